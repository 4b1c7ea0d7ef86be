import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openAnyForTest } from '../../../test/stores.ts'
import { raiseEvent } from '../../ledger/events.ts'
import type { Sql, Store } from '../../store/store.ts'
import { compareBooks, openBooksCases } from '../../terms-work.ts'
import { ensureGovernance } from '../log/governance.ts'
import { automaticMs, clocks } from './case.ts'
import { workCases } from './clock-work.ts'
import { moveCase, openCase, readCase, readCases, readRestrictions, restrict } from './case-store.ts'
import type { Restriction } from './restriction.ts'

let store: Store
const ask: Sql = (text, values) => store.query('admin', text, values)
before(async () => {
  store = await openAnyForTest()
  await store.transaction('admin', (sql) => ensureGovernance(sql, 'log.example/governance'))
})
after(() => store.close())

const begin = 1_800_000_000_000
const open = (id: string): Promise<void> => store.transaction('admin', (sql) => openCase(sql, id, { kind: 'signalled', organization: 'acme', about: { organization: 'acme' }, source: 'own_initiative', matter: 'misuse', clause: 'c', says: 's', evidence: ['e'] }, 'ada', begin))
const move = (id: string, acts: readonly Parameters<typeof moveCase>[2]['act'][], atMs: number): Promise<void> => store.transaction('admin', async (sql) => {
  for (const act of acts) assert.equal((await moveCase(sql, id, { act, says: 'why', finding: act === 'decide' ? 'remediation' : undefined, evidence: [], actor: 'ada', atMs })).status, 'done', act)
})
const bars = (id: string, restriction: Partial<Restriction>): Promise<void> => store.transaction('admin', async (sql) => {
  const given = { id: `r-${id}`, kind: 'block_export', scope: { organization: 'acme' }, clause: 'c', says: 's', evidence: ['e'], appeal: 'write', reversible: true, automatic: false, ...restriction } as Restriction
  assert.equal((await restrict(sql, id, given, 'ada', begin)).status, 'done')
})

test('time reminds of a triage that is overdue, writes down silence, ends measures, closes after the appeal window; and does each once', async () => {
  for (const id of ['case_a', 'case_b', 'case_c', 'case_d']) await open(id)
  await move('case_b', ['take-up', 'open', 'notice'], begin)
  await move('case_c', ['take-up', 'open'], begin)
  await bars('case_c', { kind: 'watch', automatic: true })
  await move('case_d', ['take-up', 'open', 'notice', 'answer', 'investigate', 'decide'], begin)
  assert.deepEqual(await workCases(store, begin + clocks.triage), { silent: [], closed: [], lapsed: [], overdue: [] })
  const soon = await workCases(store, begin + clocks.triage + 1)
  assert.deepEqual(soon.overdue.map((one) => [one.case, one.what]), [['case_a', 'triage']])
  assert.deepEqual((await workCases(store, begin + automaticMs)).lapsed, [{ case: 'case_c', restriction: 'r-case_c' }])
  assert.deepEqual((await workCases(store, begin + automaticMs)).lapsed, [], 'once')
  assert.deepEqual((await workCases(store, begin + clocks.answer)).silent, ['case_b'])
  assert.deepEqual((await readCase(ask, 'case_b'))?.state, 'silent')
  assert.deepEqual((await workCases(store, begin + clocks.appealWindow + 1)).closed, ['case_d'])
  const found = await readCase(ask, 'case_c')
  assert.deepEqual([found?.restrictions.map((one) => one.status), found?.events.at(-1)?.actor], [['lapsed'], 'clock'])
  assert.match(JSON.stringify(found?.events.at(-1)?.body), /No human took it over/)
})

test('a bill that nothing explains, and books that differ from receipts, open a case, once', async () => {
  const clock = { now: () => begin, monotonic: () => begin }
  await store.transaction('jobs', (sql) => raiseEvent(sql, clock, 'reconciliation-unexplained', 'supplier/azure', 'bill_1', { reconciliation: 'reconciliation_1', bill: 'bill_1', currency: 'USD', unexplained: '12.50', outsideGateway: '3' }))
  assert.deepEqual([await openBooksCases({ store, clock }), await openBooksCases({ store, clock })], [1, 0])
  const found = (await readCases(ask, { organization: '*' })).cases.filter((one) => one.signal.matter === 'books_differ')
  assert.match(found[0]?.signal.says ?? '', /bill_1 of supplier\/azure does not agree with the books: 12.50 USD that nothing explains, 3 USD outside the gateway/)
  assert.ok(found[0]?.signal.evidence.includes('reconciliation_1'))
  // The books have an attempt that no receipt was written for.
  const [minute, hour] = [Math.floor(begin / 60_000) - 90, 3_600_000]
  await ask(`INSERT INTO usage_minute (minute, dims, organization, project, key, model, deployment, supplier, maker, operation, tier, currency, calls, attempts, reported, estimated, absent, input, cached_input, cache_write, audio_input, output, reasoning, audio_output, pieces, cost)
    VALUES ($1, 'd', 'acme', 'p', 'k', 'm', 'd', 's', 'm', 'chat', 'default', 'USD', 1, 1, 1, 0, 0, 5, 0, 0, 0, 5, 0, 0, 0, 0)`, [String(minute)])
  await ask(`CREATE TABLE IF NOT EXISTS attempt_test PARTITION OF attempt FOR VALUES FROM (20000) TO (30000)`)
  await ask(`INSERT INTO attempt (day, call, n, journal_id, attempt_sequence, sequence, at_ms, ended_ms, organization, project, key, model, deployment, supplier, maker, operation, outcome, source, billable, tier, input, output, currency, charge, last, lines)
    VALUES ($1, 'call_x', 1, 'j', 1, 2, $2, $2, 'acme', 'p', 'k', 'm', 'd', 's', 'm', 'chat', 'complete', 'reported', 'yes', 'default', 5, 5, 'USD', 0, true, '-')`, [Math.floor((minute * 60_000) / 86_400_000), String(minute * 60_000)])
  const later = { now: () => (Math.floor((minute * 60_000) / hour) + 1) * hour + 600_000, monotonic: () => begin }
  assert.equal(await compareBooks({ store, clock: later }), 1)
  assert.equal(await openBooksCases({ store, clock: later }), 1)
  assert.match((await readCases(ask, { organization: 'acme' })).cases.find((one) => one.signal.matter === 'books_differ')?.signal.says ?? '', /attempts: receipts 0, ledger 1/)
  assert.equal(await compareBooks({ store, clock: later }), 0, 'an hour is compared once')
  // Nobody compared for three hundred hours; ten hours in, a call has no receipt.
  const missed = minute + 600
  await ask(`INSERT INTO usage_minute (minute, dims, organization, project, key, model, deployment, supplier, maker, operation, tier, currency, calls, attempts, reported, estimated, absent, input, cached_input, cache_write, audio_input, output, reasoning, audio_output, pieces, cost)
    SELECT $1, dims, 'beta', project, key, model, deployment, supplier, maker, operation, tier, currency, calls, attempts, reported, estimated, absent, input, cached_input, cache_write, audio_input, output, reasoning, audio_output, pieces, cost FROM usage_minute WHERE minute = $2`, [String(missed), String(minute)])
  await ask(`INSERT INTO attempt (day, call, n, journal_id, attempt_sequence, sequence, at_ms, ended_ms, organization, project, key, model, deployment, supplier, maker, operation, outcome, source, billable, tier, input, output, currency, charge, last, lines)
    VALUES ($1, 'call_y', 1, 'j', 3, 4, $2, $2, 'beta', 'p', 'k', 'm', 'd', 's', 'm', 'chat', 'complete', 'reported', 'yes', 'default', 5, 5, 'USD', 0, true, '-')`, [Math.floor((missed * 60_000) / 86_400_000), String(missed * 60_000)])
  const back = { now: () => later.now() + 300 * hour, monotonic: () => begin }
  assert.equal(await compareBooks({ store, clock: back }), 1)
  const through = async (): Promise<number> => Number((await ask<{ through_ms: string }>('SELECT through_ms FROM terms_books_compared'))[0]?.through_ms)
  assert.equal(await through(), later.now() - 600_000 + 200 * hour, 'two hundred hours a run')
  assert.equal(await compareBooks({ store, clock: back }), 0)
  assert.equal(await through(), back.now() - 600_000)
})

test('at twenty thousand cases the clock, a snapshot and a page of the queue read what concerns them', async () => {
  const many = 20_000
  // As the store writes them, in bulk.
  await ask(`INSERT INTO terms_case_event (case_id, number, organization, kind, body, at_ms, actor, leaf)
    SELECT 'case_many_' || lpad(n::text, 6, '0'), 1, 'many', 'signalled', jsonb_build_object('kind', 'signalled', 'organization', 'many', 'about', '{"organization":"many"}'::jsonb, 'source', 'own_initiative', 'matter', 'misuse', 'clause', 'c', 'says', 's', 'evidence', '["e"]'::jsonb), $1::bigint + n, 'ada', 0
    FROM generate_series(1, ${many}) AS n`, [String(begin)])
  // As the migration leaves cases that were there before it: looked at once.
  await ask(`INSERT INTO terms_case_clock (case_id, organization, maker, due_ms, next_ms, since_ms, restricts, events) SELECT case_id, organization, NULL, 0, 0, at_ms, false, 1 FROM terms_case_event WHERE organization = 'many'`)
  let asked = 0
  const counting: Store = { ...store, query: (priority, text, values) => { asked += 1; return store.query(priority, text, values) } }
  const overdue = async (nowMs: number): Promise<{ readonly found: number; readonly asked: number }> => {
    asked = 0
    const { overdue: told } = await workCases(counting, nowMs)
    return { found: told.filter((one) => one.organization === 'many').length, asked }
  }
  const first = await overdue(begin)
  assert.deepEqual([first.found, first.asked <= 3 * (many / 200 + 1)], [0, true], `${first.asked} statements to look at all of them once`)
  const quiet = await overdue(begin + 60_000)
  assert.deepEqual([quiet.found, quiet.asked <= 3], [0, true], `${quiet.asked} statements where nothing is due`)
  // The first hundred triages are overdue, and then told.
  const some = await overdue(begin + clocks.triage + 101)
  assert.deepEqual([some.found, some.asked <= 4], [100, true], `${some.asked} statements for a hundred`)
  assert.equal((await overdue(begin + clocks.triage + 101)).found, 0, 'told once')
  asked = 0
  const counted: Sql = (text, values) => counting.query('admin', text, values)
  const page = await readCases(counted, { organization: 'many', open: true, limit: 50 })
  const more = await readCases(counted, { organization: 'many', open: true, limit: 50, after: page.next })
  assert.deepEqual([asked, page.cases.length, page.cases[0]?.id, more.cases[0]?.id, more.cases.at(-1)?.id], [4, 50, 'case_many_000001', 'case_many_000051', 'case_many_000100'])
  const latest = await readCases(counted, { organization: 'many', order: 'latest', limit: 1 })
  assert.deepEqual(latest.cases.map(({ id }) => id), ['case_many_020000'])
  assert.deepEqual(await readRestrictions(counted, begin), [], 'no case restricts anybody')
})
