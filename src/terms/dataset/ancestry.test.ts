import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Engine, policySet } from '../policy/engine.ts'
import { seedClauses } from '../policy/seed-clauses.ts'
import { emptyRegister, purposeSchema, type Register } from '../register/register.ts'
import { judgeAncestry } from './ancestry.ts'
import { type Ancestor, lineOf } from './lineage.ts'
import type { Registered } from './lineage-store.ts'

const now = 1_800_000_000_000
const engine = new Engine('draft')
assert.equal(engine.load(policySet(seedClauses())).status, 'ok')
const base = { organization: 'acme', phase: 'training', dataClass: 'internal', owner: 'ml', expiresMs: now + 1_000 }
const register: Register = { ...emptyRegister, purposes: [
  purposeSchema.parse({ ...base, id: 'own-chat', says: 'chat', target: { class: 'chat', distribution: 'external', host: 'own', competesWith: 'none' } }),
  purposeSchema.parse({ ...base, id: 'tagging', says: 'tags', target: { class: 'classifier', distribution: 'internal', host: 'own' } }),
] }

type Sources = Registered['sources']
const openai: Sources = [{ maker: 'openai', channel: 'openai', model: 'gpt', access: 'api', origin: 'model', flags: [] }]
const people: Sources = [{ maker: 'none', channel: 'none', origin: 'human', flags: [] }]

const one = (id: string, kind: Ancestor['kind'], more: Partial<Registered> = {}): readonly [string, Registered] =>
  [id, { id, kind, organization: 'acme', version: 1, atMs: now, actor: 'ada', origin: 'known', flags: [], licences: [], from: [], sources: [], body: {}, ...more }]
const made = (model: string, purpose: string, from: readonly string[], flags: readonly string[] = []): readonly (readonly [string, Registered])[] =>
  [one(`${model}/run`, 'run', { from, flags, body: { purpose } }), one(model, 'model', { from: [`${model}/run`], flags, body: { purpose } })]

const known = new Map([
  one('outputs', 'dataset', { sources: openai }), one('people', 'dataset', { sources: people }), one('found', 'dataset', { origin: 'unknown' }),
  ...made('own-chat', 'own-chat', ['outputs']), ...made('clean-chat', 'own-chat', ['people']), ...made('grandchild', 'own-chat', ['own-chat', 'people']),
  ...made('tagger', 'tagging', ['outputs'], ['oai.exc.a', 'oai.exc.a.keep']), ...made('murky', 'own-chat', ['people', 'found']), ...made('old', 'gone', ['people']),
])
const judge = (id: string, of: ReadonlyMap<string, Registered> = known): ReturnType<typeof judgeAncestry> => judgeAncestry(engine, register, id, of, now)

test('a chat model made from outputs that may not make one is denied, with the clause and the training; so is its grandchild', () => {
  for (const id of ['own-chat', 'grandchild']) {
    const found = judge(id)
    assert.equal(found?.outcome, 'deny', id)
    assert.match(found?.says.join(' ') ?? '', /oai\.compete, training own-chat\/run: Outputs of OpenAI models must not be used/)
  }
})

test('a model made from what people wrote may serve, and the answer says that it was judged', () => {
  assert.deepEqual(judge('clean-chat'), { outcome: 'allow', says: ['The ancestry of clean-chat was judged by the clauses of today: 1 training runs.'] })
})

test('what was allowed by exception may serve inside, and not once it was published outside', () => {
  const inside = judge('tagger')
  assert.deepEqual([inside?.outcome, inside?.says.join()], ['allow', 'The ancestry of tagger was judged by the clauses of today: 1 training runs. It carries oai.exc.a, oai.exc.a.keep.'])
  const tagger = known.get('tagger')
  assert.ok(tagger !== undefined)
  const outside = judge('tagger', new Map([...known, ['tagger', { ...tagger, body: { ...tagger.body, publication: { name: 'Tagger', distribution: 'external', evidence: {} } } }]]))
  assert.equal(outside?.outcome, 'deny')
  assert.match(outside?.says.join() ?? '', /oai\.exc\.a\.keep/)
})

test('an ancestor of unknown origin, or a purpose that is gone, is a question; what is not registered has no answer', () => {
  const murky = judge('murky')
  assert.notEqual(murky?.outcome, 'allow')
  assert.match(murky?.says.join() ?? '', /found is of unknown origin/)
  const old = judge('old')
  assert.equal(old?.outcome, 'ask')
  assert.match(old?.says.join() ?? '', /Training old\/run has no purpose that is registered now: register gone again/)
  assert.equal(judge('nobody'), undefined)
  assert.equal(judge('people'), undefined, 'a dataset serves nobody')
})

test('a line of any length is followed to its end', () => {
  const long = new Map(Array.from({ length: 20_000 }, (_, at) => one(`m${at}`, 'model', { from: [`m${at + 1}`] })))
  long.set(...one('m20000', 'dataset', { origin: 'unknown' }))
  assert.match(judge('m0', long)?.says.join() ?? '', /m20000 is of unknown origin/)
  assert.deepEqual(lineOf('own-chat', known).map(({ id }) => id), ['own-chat', 'own-chat/run', 'outputs'])
})
