import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { openAnyForTest } from '../../../test/stores.ts'
import { seededRandom } from '../../kernel/random.ts'
import type { Sql, Store } from '../../store/store.ts'
import { ensureGovernance } from '../log/governance.ts'
import { formatVkey, localSigner } from '../log/note.ts'
import { receiptStatement } from '../log/receipt.ts'
import type { Receipted } from '../log/receipt.ts'
import { Engine, policySet } from '../policy/engine.ts'
import { replay } from '../policy/evaluate.ts'
import { seedClauses } from '../policy/seed-clauses.ts'
import { emptyRegister, purposeSchema } from '../register/register.ts'
import { verifyEnvelope } from '../verifier/verify.ts'
import { createDataset, readReceipts } from './create-dataset.ts'
import type { DatasetAsk, DatasetMade } from './create-dataset.ts'
import type { DatasetRow, Group, InTheWay } from './gate.ts'

let store: Store
before(async () => {
  store = await openAnyForTest()
  await store.transaction('admin', (sql) => ensureGovernance(sql, 'log.example/governance'))
})
after(() => store.close())

const now = 1_800_000_000_000
const set = policySet(seedClauses())
const engine = new Engine('draft')
assert.equal(engine.load(set).status, 'ok')
const purpose = purposeSchema.parse({ id: 'own-chat', organization: 'acme', says: 'Our own chat model', phase: 'training', target: { class: 'chat', distribution: 'external', host: 'own', competesWith: 'none' }, dataClass: 'internal', owner: 'ada', expiresMs: now + 1_000 })
const ask: Sql = (text, values) => store.query('admin', text, values)
const sha = (text: string): Buffer => createHash('sha256').update(text).digest()
const signer = localSigner('weir.example/export', Buffer.alloc(32, 4))

async function captured(makers: readonly string[]): Promise<DatasetRow[]> {
  const receipts = makers.map((maker, at): Receipted => ({
    sequence: at, maker, channel: maker, access: 'api', terms: { policySetHash: set.hash, termsHashes: [], decisionId: 'd', duties: [] }, content: { input: sha(`question ${at}`), output: sha(`answer ${at}`) },
    attempt: { call: `call-${at}`, n: 1, at: now, organization: 'acme', project: 'p', key: 'k', account: 'a', deployment: 'd', upstreamModel: 'u', regionClass: 'any' } as Receipted['attempt'],
    outcome: { outcome: 'complete', at: now, source: 'reported', billable: 'yes', counts: { input: 1, output: 2 } } as Receipted['outcome'],
  }))
  const statement = await receiptStatement({ random: seededRandom(3), originBase: 'log.example' })('j', receipts)
  await ask(statement?.text ?? '', statement?.values)
  const found = await readReceipts(ask, 'receipts/acme', makers.map((_, at) => `call-${at}`))
  return makers.map((_, at) => ({
    id: `call-${at}`, messages: [{ role: 'user', content: `question ${at}` }, { role: 'assistant', content: `answer ${at}` }],
    inputHash: sha(`question ${at}`).toString('hex'), outputHash: sha(`answer ${at}`).toString('hex'), receipt: found.get(`call-${at}`) as NonNullable<DatasetRow['receipt']>,
  }))
}

test('captured calls become a dataset: the forbidden rows stay, files and manifest agree, all is recorded', async () => {
  const rows = await captured(['openai', 'deepseek', 'anthropic', 'deepseek'])
  const written = new Map<string, Buffer>()
  let clock = now
  let inTheWay: string | undefined
  const asked: string[] = []
  const anew = async (groups: readonly Group[]): Promise<InTheWay | undefined> => {
    asked.push(groups.map(({ source }) => source.maker).join())
    return inTheWay === undefined ? undefined : { says: inTheWay, decisions: [] }
  }
  const make = (name: string, given: readonly DatasetRow[], change: Partial<DatasetAsk> = {}): Promise<DatasetMade> =>
    createDataset({ organization: 'acme', name, purpose, rows: given, register: emptyRegister, engine, engineFor: () => engine, approvals: new Map(), format: 'jsonl', actor: 'ada', ...change },
      { store, clock: { now: () => clock, monotonic: () => clock }, signer, pause: async () => undefined, anew, write: async (file, bytes) => { written.set(file, bytes) } })
  const made = await make('chat-1', [...rows, rows[1] as DatasetRow])
  assert.ok(made.status === 'made')
  assert.deepEqual(made.plan.exclusions, [{ clause: 'ant.train', maker: 'anthropic', rows: 1 }, { clause: 'oai.compete', maker: 'openai', rows: 1 }])
  assert.equal(written.get('chat-1.jsonl')?.toString().trimEnd().split('\n').length, 2)
  const verdict = await verifyEnvelope(written.get('chat-1.manifest.json')?.toString() ?? '', formatVkey(signer.key))
  assert.ok(verdict.ok)
  const statement = verdict.receipt as { subject: { digest: { sha256: string } }[] }
  assert.equal(statement.subject[0]?.digest.sha256, createHash('sha256').update(written.get('chat-1.jsonl') ?? '').digest('hex'))

  written.clear()
  assert.equal((await make('chat-2', rows.slice(0, 1))).status, 'refused')
  let looked = 0
  const slow = { now: () => { looked += 1; return looked === 1 ? now : now + 1_000 }, monotonic: () => now }
  const late = await createDataset({ organization: 'acme', name: 'chat-3', purpose, rows, register: emptyRegister, engine, engineFor: () => engine, approvals: new Map(), format: 'jsonl', actor: 'ada' }, { store, clock: slow, signer, pause: async () => undefined, anew, write: async (file, bytes) => { written.set(file, bytes) } })
  assert.match(late.status === 'refused' ? late.says : '', /ended while it ran/)
  inTheWay = 'a case blocks exports.'
  const overtaken = await make('chat-3', rows)
  assert.equal(overtaken.status === 'refused' ? overtaken.says : '', 'While the files were made, this came in the way: a case blocks exports.')
  assert.deepEqual(asked, ['deepseek', 'deepseek'], 'asked with the groups that pass, when all else has been made')
  inTheWay = undefined
  clock += 1_000
  assert.equal((await make('chat-4', rows)).status, 'refused', 'an expired purpose says nothing about its target')
  assert.equal(written.size, 0)

  const events = await ask<{ body: string }>(`SELECT body FROM terms_leaf WHERE log = 'governance' ORDER BY index`)
  assert.deepEqual(events.map((row) => (JSON.parse(row.body) as { kind: string }).kind), ['dataset-recorded', 'export-made', 'export-refused', 'export-refused', 'export-refused', 'export-refused'])
  for (const row of await ask<{ body: string }>('SELECT body FROM terms_decision')) assert.equal(replay(engine, row.body).status, 'same')
})
