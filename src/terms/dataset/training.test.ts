import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openAnyForTest } from '../../../test/stores.ts'
import type { Sql, Store } from '../../store/store.ts'
import { ensureGovernance } from '../log/governance.ts'
import { Engine, policySet } from '../policy/engine.ts'
import { seedClauses } from '../policy/seed-clauses.ts'
import { giveApproval } from '../register/approvals.ts'
import type { RowSource } from '../register/facts-of.ts'
import { emptyRegister, purposeSchema } from '../register/register.ts'
import type { Purpose } from '../register/register.ts'
import type { Ancestor } from './lineage.ts'
import { readLineage, register } from './lineage-store.ts'
import { publish, train } from './training.ts'
import type { Judged, ModelPorts } from './training.ts'

const now = 1_800_000_000_000
const engine = new Engine('draft')
assert.equal(engine.load(policySet(seedClauses())).status, 'ok')
let store: Store
const ask: Sql = (text, values) => store.query('admin', text, values)
const ports = (): ModelPorts => ({ store, clock: { now: () => now, monotonic: () => now }, engine, register: emptyRegister })
const purpose = (id: string, target: Purpose['target']): Purpose => purposeSchema.parse({ id, organization: 'acme', says: id, phase: 'training', target, dataClass: 'internal', owner: 'ml', expiresMs: now + 1_000 })
const chat = purpose('own-chat', { class: 'chat', distribution: 'external', host: 'own', competesWith: 'none' })
const tagging = purpose('tagging', { class: 'classifier', distribution: 'internal', host: 'own' })

before(async () => {
  store = await openAnyForTest()
  await store.transaction('admin', (sql) => ensureGovernance(sql, 'log.example/governance'))
})
after(() => store.close())

async function have(id: string, kind: Ancestor['kind'], source: Partial<RowSource> | undefined, change: Partial<Ancestor> = {}): Promise<void> {
  const sources = source === undefined ? [] : [{ maker: 'none', channel: 'none', origin: 'model', flags: [], ...source } as RowSource]
  await store.transaction('admin', (sql) => register(sql, 'acme', { id, kind, origin: 'known', flags: [], licences: [], from: [], ...change }, { sources: sources.map((one) => ({ ...one, flags: [...one.flags] })) }, 'ada', now))
}

const tried = (model: string, of: Purpose, from: readonly string[], organization = 'acme'): ReturnType<typeof train> => train(ports(), { organization, model, purpose: of, from, parameters: {}, actor: 'ada' })
async function training(model: string, of: Purpose, from: readonly string[]): Promise<Judged> {
  const done = await tried(model, of, from)
  if (done.status === 'taken') throw new Error(done.says)
  return done
}
const publishing = (id: string, change: { readonly name?: string; readonly distribution?: 'internal' | 'external'; readonly fulfilled?: Readonly<Record<string, string>> } = {}): Promise<Judged | undefined> =>
  publish(ports(), { organization: 'acme', id, distribution: change.distribution ?? 'external', fulfilled: change.fulfilled ?? {}, actor: 'ada', ...(change.name === undefined ? {} : { name: change.name }) })
const events = async (): Promise<string[]> => (await ask<{ body: string }>(`SELECT body FROM terms_leaf WHERE log = 'governance' ORDER BY index`)).map((row) => (JSON.parse(row.body) as { kind: string }).kind)

test('every source must be allowed; what was allowed by exception stays internal, also a generation later', async () => {
  await have('first-rows', 'dataset', { maker: 'openai', channel: 'openai', model: 'gpt', access: 'api' })
  const refused = await training('chatter', chat, ['first-rows'])
  assert.deepEqual([refused.status, refused.clauses], ['refused', ['oai.compete']])
  assert.equal((await readLineage(ask)).has('chatter'), false, 'what is refused is not registered')
  const tagger = await training('tagger', tagging, ['first-rows'])
  assert.deepEqual([tagger.status, tagger.flags], ['recorded', ['oai.exc.a', 'oai.exc.a.keep']])
  const child = await training('tagger-2', tagging, ['tagger'])
  assert.equal(child.status, 'recorded')
  for (const id of ['tagger', 'tagger-2']) {
    const outside = await publishing(id)
    assert.deepEqual([outside?.status, outside?.clauses], ['refused', ['oai.exc.a.keep']], id)
    assert.equal((await publishing(id, { distribution: 'internal' }))?.status, 'recorded')
  }
})

test('a name stands for one training: none sheds what sticks to the first, hides a dataset, or goes round in a circle', async () => {
  await have('excepted', 'dataset', { maker: 'openai', channel: 'openai', model: 'gpt', access: 'api' })
  await have('written', 'dataset', { origin: 'human' })
  await have('later', 'model', undefined, { from: ['earlier'] })
  assert.equal((await training('kept-inside', tagging, ['excepted'])).status, 'recorded')
  const why = async (of: ReturnType<typeof tried>): Promise<string> => { const done = await of; return done.status === 'taken' ? done.says : done.status }
  assert.match(await why(tried('kept-inside', tagging, ['written'])), /kept-inside is registered already, as a model: .* choose another name/)
  assert.match(await why(tried('kept-inside', tagging, ['written'], 'somebody-else')), /choose another name/)
  assert.match(await why(tried('excepted', tagging, ['written'])), /registered already, as a dataset/)
  assert.match(await why(tried('earlier', tagging, ['later', 'written'])), /later comes from earlier/)
  assert.match(await why(tried('itself', tagging, ['itself'])), /itself comes from itself/)
  assert.deepEqual((await publishing('kept-inside'))?.clauses, ['oai.exc.a.keep'])
})

test('a licence\'s name and notices are asked for at publication, and its evidence is recorded', async () => {
  await have('llama-base', 'weights', { maker: 'meta', channel: 'own', access: 'weights', licence: 'llama-4', origin: 'own-model' }, { licences: ['llama-4'] })
  await have('people', 'dataset', { origin: 'human' })
  const made = await training('helper', chat, ['people', 'llama-base'])
  assert.equal(made.status, 'recorded', made.says.join('; '))
  assert.ok(made.flags.includes('llama.name'))
  const evidence = { 'llama.display': 'page', 'llama.notice': 'NOTICE', 'llama.licence-copy': 'LICENSE' }
  assert.deepEqual((await publishing('helper', { fulfilled: evidence }))?.clauses, ['llama.name'], 'its name does not begin as the licence wants')
  assert.deepEqual((await publishing('helper', { name: 'Llama Helper' }))?.clauses, ['llama.name'], 'notices are missing')
  const published = await publishing('helper', { name: 'Llama Helper', fulfilled: evidence })
  assert.equal(published?.status, 'recorded', published?.says.join('; '))
  const obligation = 'Start the name with Llama, display Built with Llama, ship the NOTICE and a copy of the licence.'
  assert.deepEqual((await readLineage(ask)).get('helper')?.body['publication'], { name: 'Llama Helper', distribution: 'external', evidence, duties: [{ clause: 'llama.name', obligation, met: true }] })
})

test('of several licences each binds, whichever comes first, through a chain of models and for what was entered by hand', async () => {
  await have('merged', 'weights', { maker: 'none', channel: 'own', access: 'weights', licence: 'apache-2.0', origin: 'own-model' }, { licences: ['apache-2.0', 'llama-4', 'qwen'] })
  await have('by-people', 'dataset', { origin: 'human' })
  const first = await training('first-link', chat, ['by-people', 'merged'])
  assert.deepEqual([first.status, first.flags.includes('llama.name')], ['recorded', true])
  const second = await training('second-link', chat, ['by-people', 'first-link'])
  assert.deepEqual([second.status, second.licences], ['recorded', ['apache-2.0', 'llama-4', 'qwen']])
  const evidence = { 'llama.display': 'page', 'llama.notice': 'NOTICE', 'llama.licence-copy': 'LICENSE' }
  assert.deepEqual((await publishing('second-link', { fulfilled: evidence }))?.clauses.toSorted(), ['llama.name', 'threshold.display'], 'its name, and Qwen’s threshold, which nobody has attested')
  const named = await publishing('second-link', { name: 'Llama Link', fulfilled: { ...evidence, 'threshold.display': 'page' } })
  assert.equal(named?.status, 'recorded', named?.says.join('; '))

  await have('older', 'model', undefined, { licences: ['llama-3'] })
  assert.deepEqual((await publishing('older'))?.clauses, ['llama.name'], 'no training has flagged it')
})

test('what is of unknown origin is a question for two people; one person twice does not answer it', async () => {
  await have('old-rows', 'dataset', undefined, { origin: 'unknown' })
  const asked = await training('heir', chat, ['old-rows'])
  assert.equal(asked.status, 'refused')
  assert.ok(asked.approval)
  const give = (actor: string): ReturnType<typeof giveApproval> => store.transaction('admin', (sql) => giveApproval(sql, asked.approval ?? '', now + 1, actor, now))
  assert.equal((await give('ada')).status, 'approved')
  assert.equal((await give('ada')).status, 'same-person')
  assert.equal((await training('heir', chat, ['old-rows'])).status, 'refused')
  assert.equal((await give('bo')).status, 'approved')
  assert.equal((await training('heir', chat, ['old-rows'])).status, 'recorded')
  assert.equal((await readLineage(ask)).get('heir')?.origin, 'unknown')
  assert.equal((await training('heir-2', chat, ['old-rows', 'first-rows'])).status, 'refused', 'the answer was about these rows alone')
  const outside = await publishing('heir')
  assert.deepEqual([outside?.status, outside?.outcome], ['refused', 'ask'])
  assert.match(outside?.says.join(' ') ?? '', /unknown origin/)
  assert.equal(await publishing('nobody'), undefined)
  assert.equal(new Set(['training-refused', 'publication-refused', 'use-approval-refused', 'training-recorded', 'publication-recorded']).difference(new Set(await events())).size, 0)
})

test('what a training waits for counts: a purpose that ends meanwhile says nothing about its target any more', async () => {
  await have('waiting-rows', 'dataset', { maker: 'openai', channel: 'openai', model: 'gpt', access: 'api' })
  let nowMs = now
  const late: ModelPorts = { ...ports(), clock: { now: () => nowMs, monotonic: () => nowMs }, store: { ...store, transaction: (priority, run) => {
    // Others were before it.
    nowMs += 1_000
    return store.transaction(priority, run)
  } } }
  const done = await train(late, { organization: 'acme', model: 'waiter', purpose: tagging, from: ['waiting-rows'], parameters: {}, actor: 'ada' })
  assert.deepEqual([done.status, done.status === 'refused' && done.clauses], ['refused', ['oai.compete']])
})
