import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openAnyForTest } from '../../../test/stores.ts'
import type { Sql, Store } from '../../store/store.ts'
import { governanceLog, readFrontier } from '../log/append.ts'
import { ensureGovernance } from '../log/governance.ts'
import { decisionIdOf } from '../policy/decision-table.ts'
import { Engine, policySet, restorePolicySet } from '../policy/engine.ts'
import { decisionText, evaluate, isSigned, replay } from '../policy/evaluate.ts'
import { seedClauses } from '../policy/seed-clauses.ts'
import type { Clause } from '../policy/seed-clauses.ts'
import { approveClause, attachSource, currentClauses, essenceHash, historyOf, putRecord, readRegister, recordDecisions, saveClause } from './record-store.ts'
import type { Approved } from './record-store.ts'

let store: Store
const seeds = seedClauses()
before(async () => {
  store = await openAnyForTest()
  await store.transaction('admin', (sql) => ensureGovernance(sql, 'log.example/governance'))
})
after(() => store.close())

const ask: Sql = (text, values) => store.query('admin', text, values)
const clauseNow = async (id: string): Promise<Clause> => (await currentClauses(ask, seeds)).find((clause) => clause.id === id) as Clause
const approve = (clause: Clause, actor: string, hash = essenceHash(clause)): Promise<Approved> => store.transaction('admin', (sql) => approveClause(sql, clause, hash, actor, 1))

test('versions are kept, the latest is read, and each change is a governance leaf', async () => {
  const size = (await readFrontier(ask, governanceLog)).size
  const body = { id: 'p', organization: 'acme', says: 's', phase: 'product', dataClass: 'public', owner: 'ada', expiresMs: 5 }
  await Promise.all([1, 2, 3].map((n) => store.transaction('admin', (sql) => putRecord(sql, { kind: 'purpose', id: 'p', organization: 'acme', body: { ...body, expiresMs: n }, actor: 'ada', atMs: n }))))
  const history = await historyOf(ask, 'purpose', 'p')
  assert.deepEqual(history.map((record) => record.version), [1, 2, 3])
  assert.deepEqual((await readRegister(ask)).purposes, [history[2]?.body])
  assert.equal((await readFrontier(ask, governanceLog)).size, size + 3n)
  await assert.rejects(ask(`DELETE FROM terms_record WHERE id = 'p'`), /append-only/)
})

test('a clause binds after two different people have approved this very version', async () => {
  const clause = await clauseNow('oai.region')
  assert.equal((await approve(clause, 'ada')).status, 'approved')
  assert.equal((await approve(clause, 'ada')).status, 'same-person')
  assert.equal(isSigned(await clauseNow('oai.region')), false)
  assert.deepEqual(await approve(clause, 'bo'), { status: 'approved', approvals: 2 })
  assert.equal(isSigned(await clauseNow('oai.region')), true)
  assert.equal(isSigned(await clauseNow('oai.key')), false)

  await store.transaction('admin', (sql) => saveClause(sql, { ...clause, remedy: 'Do otherwise.' }, 'ada', 2))
  const changed = await clauseNow('oai.region')
  assert.equal(isSigned(changed), false, 'approvals do not carry over to a changed clause')
  assert.equal(changed.version, 2)
  assert.equal((await approve(changed, 'bo', essenceHash(clause))).status, 'changed', 'an approval of the old text is not replayed on the new one')
})

test('a house rule that was changed needs two approvals of its own, as every other clause', async () => {
  const clause = await clauseNow('house.use')
  assert.equal(isSigned(clause), true)
  await store.transaction('admin', (sql) => saveClause(sql, { ...clause, says: 'Otherwise.' }, 'ada', 2))
  const changed = await clauseNow('house.use')
  assert.deepEqual([changed.approvedBy, isSigned(changed)], [[], false])
})

test('attaching a text gives the hash; another text makes every clause that was read from it a question until two people approve again', async () => {
  const attach = async (id: string, hash: string): Promise<Awaited<ReturnType<typeof attachSource>>> => {
    const clauses = await currentClauses(ask, seeds)
    return store.transaction('admin', (sql) => attachSource(sql, clauses.find((one) => one.id === id) as Clause, hash, clauses, 'ada', 3))
  }
  const [first, second] = ['a'.repeat(64), 'b'.repeat(64)]
  assert.equal((await attach('ds.label', first)).status, 'attached')
  assert.equal((await attach('ds.train', first)).status, 'attached')
  for (const id of ['ds.label', 'ds.train']) for (const actor of ['ada', 'bo']) await approve(await clauseNow(id), actor)
  assert.equal((await attach('ds.label', first)).status, 'unchanged')
  assert.equal(isSigned(await clauseNow('ds.label')), true)
  const rows = { at: 1, maker: 'deepseek', channel: 'deepseek', authorisations: [], lineageFlags: [], lineageLicences: [], fulfilled: [], origin: 'model', access: 'api', targetIsModel: true, targetClass: 'chat', targetDistribution: 'external' } as const
  const decided = async (): Promise<{ outcome: string; reasons: string[] }> => {
    const engine = new Engine('draft')
    assert.equal(engine.load(policySet(await currentClauses(ask, seeds))).status, 'ok')
    const decision = evaluate(engine, 'train', rows)
    return { outcome: decision.outcome, reasons: decision.reasons.map((reason) => `${reason.clause} ${reason.because}`) }
  }
  assert.deepEqual(await decided(), { outcome: 'allow', reasons: ['ds.train matched'] })
  const changed = await attach('ds.label', second)
  assert.deepEqual(changed, { status: 'terms-changed', before: first, clauses: ['ds.train', 'ds.label'] })
  assert.deepEqual([isSigned(await clauseNow('ds.label')), isSigned(await clauseNow('ds.train'))], [false, false])
  assert.deepEqual(await decided(), { outcome: 'ask', reasons: ['ds.train terms-changed'] })
  await approve(await clauseNow('ds.train'), 'ada')
  assert.equal((await decided()).outcome, 'ask', 'one person is not two')
  await approve(await clauseNow('ds.train'), 'bo')
  assert.deepEqual(await decided(), { outcome: 'allow', reasons: ['ds.train matched'] })
})

test('recorded decisions replay from the database, whatever the clauses have become', async () => {
  const set = policySet(await currentClauses(ask, seeds))
  const engine = new Engine('draft')
  assert.equal(engine.load(set).status, 'ok')
  const decision = evaluate(engine, 'export', { at: 1, maker: 'openai', channel: 'azure', targetIsModel: true, targetClass: 'chat' })
  const text = decisionText(decision)
  const recorded = { id: decisionIdOf(text), text, decision, organization: 'acme', subject: 'dataset/d' }
  await store.transaction('admin', (sql) => recordDecisions(sql, set, [recorded, recorded], 4))
  await approve(await clauseNow('oai.compete'), 'ada')
  await approve(await clauseNow('oai.compete'), 'bo')
  const [row] = await ask<{ body: string; policy_set: string }>('SELECT body, policy_set FROM terms_decision WHERE id = $1', [recorded.id])
  const [kept] = await ask<{ body: string }>('SELECT body FROM terms_policy_set WHERE hash = $1', [row?.policy_set])
  const restored = restorePolicySet(row?.policy_set ?? '', kept?.body ?? '')
  assert.ok(restored)
  const again = new Engine('replay')
  assert.equal(again.load(restored).status, 'ok')
  assert.equal(replay(again, row?.body ?? '').status, 'same')
})
