/** From a case to the invoice: what a suspension does to the customer's contract from the instant at which it holds. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openAnyForTest } from '../../../test/stores.ts'
import { formatDecimal } from '../../kernel/decimal.ts'
import { type Contract } from '../../ledger/contracts/contract.ts'
import { parseContract } from '../../ledger/contracts/parse-contract.ts'
import { saveContract } from '../../ledger/contracts/contract-store.ts'
import { keepingCases, previewSuspension, recordSuspensions } from '../../ledger/contracts/record-suspensions.ts'
import { suspensionEffects } from '../../ledger/contracts/suspension-effects.ts'
import { bookUsage } from '../../ledger/invoices/booked-usage.fixture.ts'
import { closeMonth } from '../../ledger/invoices/close-month.ts'
import { previewReRating } from '../../ledger/invoices/re-rate.ts'
import type { Sql, Store } from '../../store/store.ts'
import { carrySuspensions } from '../../terms-work.ts'
import { isoTime } from '../../kernel/clock.ts'
import { ensureGovernance } from '../log/governance.ts'
import { clocks } from './case.ts'
import { workCases } from './clock-work.ts'
import { approveRestriction, type Changed, liftRestriction, moveCase, openCase, restrict } from './case-store.ts'
import type { Restriction } from './restriction.ts'
import { readSuspensions } from './suspensions.ts'

let store: Store
let now = Date.parse('2026-11-10T00:00:00Z')
const clock = { now: () => now, monotonic: () => now }
before(async () => {
  store = await openAnyForTest()
  await store.transaction('jobs', (sql) => ensureGovernance(sql, 'log.example/governance'))
})
after(() => store.close())

const ask: Sql = (text, values) => store.query('admin', text, values)
const at = (text: string): number => Date.parse(text)
const change = async (run: (sql: Sql) => Promise<Changed>): Promise<void> => assert.equal((await store.transaction('revocation', run)).status, 'done')
const grounds = { clause: 'oai.compete', says: 'Outputs went into a model.', evidence: ['call_1'], appeal: 'write to us', reversible: true, automatic: false }

function contractOf(text: string): Contract {
  const parsed = parseContract(text)
  assert.ok('contract' in parsed, JSON.stringify(parsed))
  return parsed.contract
}
const bodyOf = async (id: string): Promise<{ readonly version: number; readonly body: Contract }> => {
  const [row] = await ask<{ version: number; body: Contract }>('SELECT version, body FROM contract WHERE id = $1 ORDER BY version DESC LIMIT 1', [id])
  assert.ok(row)
  return row
}

/** A case that was noticed, in which one person proposes and another approves a suspension. */
async function suspend(id: string, organization: string, kind: 'suspend_account' | 'suspend_project', holds: string, project?: string): Promise<void> {
  const atMs = at(holds)
  await store.transaction('admin', (sql) => openCase(sql, id, { kind: 'signalled', organization, about: { organization }, source: 'own_initiative', matter: 'misuse', ...grounds }, 'anna', atMs - 3000))
  for (const act of ['take-up', 'open', 'notice'] as const) await change((sql) => moveCase(sql, id, { act, says: 'why', finding: undefined, evidence: [], actor: 'anna', atMs: atMs - 2000 }))
  const restriction: Restriction = { ...grounds, id: `${id}_r`, kind, scope: { organization, ...(project === undefined ? {} : { project }) } }
  await change((sql) => restrict(sql, id, restriction, 'anna', atMs - 1000))
  assert.equal((await readSuspensions(ask)).get(organization), undefined, 'a proposal suspends nobody')
  await change((sql) => approveRestriction(sql, id, `${id}_r`, undefined, 'ben', atMs))
}

const acme = `
id: acme
party: acme
side: customer
currency: USD
term: { from: "2026-01-01" }
terms:
  minimum: { amount: "3000", whenSuspended: pause }
  allowances: [{ id: free, meters: [output], quantity: "3000000", whenSuspended: pause }]
  commitments: [{ id: k, amount: "12000", from: "2026-01-01", until: "2027-01-01", whenSuspended: end }]
  credits: [{ id: c, amount: "100", from: "2026-01-01", expires: "2026-12-01", whenSuspended: run }]
  provisioned: [{ id: u, count: 10, model: gpt-4.1, term: hourly, unitPrice: "1", from: "2026-11-01", whenSuspended: pause }]
`

test('what a suspension would do is seen before anybody suspends, rule by rule', () => {
  assert.deepEqual(suspensionEffects(contractOf(acme), { from: '2026-11-16', until: '2026-11-26' }).map((one) => `${one.rule} ${one.whenSuspended}: ${one.without} -> ${one.with}`), [
    'minimum pause: 3000.00 USD for 2026-11 -> 2000.00 USD for 2026-11',
    'allowance free pause: 3000000 free in 2026-11 -> 2000000 free in 2026-11',
    'commitment k end: 12000.00 USD, until 2027-01-01 -> 10487.67 USD, until 2026-11-16',
    'credit c run: until 2026-12-01 -> until 2026-12-01',
    'provisioned u pause: 7200.00 USD charged in 2026-11 -> 4800.00 USD charged in 2026-11',
  ])
  // One project alone: no rule here is about it.
  assert.ok(suspensionEffects(contractOf(acme), { from: '2026-11-16', project: 'feed' }).every((one) => one.without === one.with))
})

test('what a case would do to the customer\'s contracts is previewed, those whose term is over left out, and nothing is written', async () => {
  const over = contractOf(acme.replace('id: acme', 'id: seen-over').replace('party: acme', 'party: seen').replace('{ from: "2026-01-01" }', '{ from: "2025-01-01", until: "2026-01-01" }').replace(/  commitments.*\n/, ''))
  const held = contractOf(acme.replace('id: acme', 'id: seen-now').replace('party: acme', 'party: seen').replace(/  commitments.*\n/, ''))
  await saveContract(store, clock, over)
  await saveContract(store, clock, held)
  const felt = await previewSuspension(ask, 'seen', { from: '2026-11-16T00:00:00Z' })
  assert.deepEqual(felt.map((one) => [one.contract, one.version, one.effects.find(({ rule }) => rule === 'minimum')?.with]), [['seen-now', 1, '1500.00 USD for 2026-11']])
  assert.deepEqual(await previewSuspension(ask, 'nobody', { from: '2026-11-16T00:00:00Z' }), [])
  assert.deepEqual(await store.query('admin', `SELECT max(version) AS version FROM contract WHERE party = 'seen'`), [{ version: 1 }])
})

test('an account that a case suspends: the month is billed by what runs, pauses and ends, until the suspension is lifted', async () => {
  const text = acme.replace('  commitments: [{ id: k, amount: "12000", from: "2026-01-01", until: "2027-01-01", whenSuspended: end }]\n', '').replace('  credits: [{ id: c, amount: "100", from: "2026-01-01", expires: "2026-12-01", whenSuspended: run }]\n', '')
  await saveContract(store, clock, contractOf(text))
  await bookUsage(store, [{ day: '2026-11-05', meter: 'output', quantity: '2500000', unitPrice: '0.000008' }])
  await suspend('case_acme', 'acme', 'suspend_account', '2026-11-16T00:00:00Z')
  now = at('2026-11-16T00:00:05Z')
  assert.equal(await carrySuspensions({ store, clock }), 1)
  assert.equal(await carrySuspensions({ store, clock }), 0, 'again changes nothing')
  const suspended = await bodyOf('acme')
  // Until the decision is overdue at the latest: nobody stays restricted because nobody decides.
  assert.deepEqual([suspended.version, suspended.body.suspensions.map((one) => [one.from, one.case, one.reason])], [2, [['2026-11-16T00:00:00.000Z', 'case_acme', 'Outputs went into a model.']]])
  assert.ok((suspended.body.suspensions[0]?.until ?? '') > '2026-12-20')

  await change((sql) => liftRestriction(sql, 'case_acme', 'case_acme_r', 'shown to be a test', 'anna', at('2026-11-26T00:00:00Z')))
  now = at('2026-11-26T00:00:05Z')
  assert.equal(await carrySuspensions({ store, clock }), 1)
  assert.equal((await bodyOf('acme')).body.suspensions[0]?.until, '2026-11-26T00:00:00.000Z')
  const events = await ask<{ kind: string }>(`SELECT kind FROM event WHERE subject = 'contract/acme' ORDER BY at, id`)
  assert.deepEqual(events.map((row) => row.kind).toSorted(), ['contract-resumed', 'contract-suspended'])

  now = at('2026-12-01T03:00:00Z')
  const run = await closeMonth(store, clock, '2026-11', { organizations: ['acme'] })
  // Twenty of thirty days: 2,000,000 free, the rest at list price; 480 of 720 hours of ten units; the minimum is met.
  assert.deepEqual(run.issued.map((one) => one.total), ['4804.00'])
})

test('a suspension that comes after the month was billed is shown by a re-rating; a file saved again leaves it in place', async () => {
  const text = 'id: beta\nparty: beta\nside: customer\ncurrency: USD\nterm: { from: "2026-01-01" }\nterms: { minimum: { amount: "3000", whenSuspended: pause } }\nsuspensions: [{ from: "2026-10-01", until: "2026-10-02", reason: by hand }]\n'
  await saveContract(store, clock, contractOf(text))
  await bookUsage(store, [{ day: '2026-11-05', organization: 'beta', meter: 'output', quantity: '1000', unitPrice: '0.000008' }])
  await closeMonth(store, clock, '2026-11', { organizations: ['beta'] })
  await suspend('case_beta', 'beta', 'suspend_account', '2026-11-21T00:00:00Z')
  assert.equal(await carrySuspensions({ store, clock }), 1)
  const found = await previewReRating(store, 'beta', '2026-11')
  assert.ok(found.status === 'previewed')
  assert.equal(formatDecimal(found.preview.change.total), '-1000')
  const saved = await store.transaction('admin', (sql) => keepingCases(sql, contractOf(text)))
  assert.deepEqual(saved.suspensions.map((one) => one.reason), ['by hand', 'Outputs went into a model.'])
  await saveContract(store, clock, saved)
  assert.equal(await carrySuspensions({ store, clock }), 0)
  // What the case no longer says is taken out again; what somebody wrote by hand stays.
  assert.deepEqual((await recordSuspensions(store, clock, 'beta', [])).map((one) => one.contract), ['beta'])
  assert.deepEqual((await bodyOf('beta')).body.suspensions.map((one) => one.reason), ['by hand'])
  assert.equal(await carrySuspensions({ store, clock }), 1, 'and comes back while the case says so')
})

test('a project that is suspended touches the rules that are about it, and no others', async () => {
  await saveContract(store, clock, contractOf('id: gamma\nparty: gamma\nside: customer\ncurrency: USD\nterm: { from: "2026-01-01" }\nterms:\n  minimum: { amount: "30", whenSuspended: pause }\n  allowances:\n    - { id: feed, projects: [feed], quantity: "3000000", whenSuspended: pause }\n    - { id: ads, projects: [ads], quantity: "3000000", whenSuspended: pause }\n'))
  await bookUsage(store, ['feed', 'ads'].map((project) => ({ day: '2026-11-05', organization: 'gamma', project, meter: 'output', quantity: '3000000', unitPrice: '0.00001' })))
  await suspend('case_gamma', 'gamma', 'suspend_project', '2026-11-16T00:00:00Z', 'feed')
  assert.equal(await carrySuspensions({ store, clock }), 1)
  const run = await closeMonth(store, clock, '2026-11', { organizations: ['gamma'] })
  // Half of feed's allowance: 15.00 of usage; the minimum of 30 is the account's, which nobody suspended.
  const [row] = await ask<{ lines: { rule: string; payable: string }[] }>(`SELECT document->'lines' AS lines FROM invoice WHERE organization = 'gamma'`)
  assert.deepEqual(row?.lines.filter((line) => line.payable !== '0.00').map((line) => [line.rule, line.payable]), [['list', '15.00'], ['minimum', '15.00']])
  assert.deepEqual(run.issued.map((one) => one.total), ['30.00'])
})

test('a suspension that ended while nobody kept the clocks ended then, also where the lapse is written down days later', async () => {
  const held = at('2026-11-01T00:00:00Z')
  await suspend('case_l', 'late', 'suspend_account', isoTime(held))
  const overdue = held - 3000 + clocks.triage + clocks.answer + clocks.decision
  const span = async (): Promise<unknown> => (await readSuspensions(ask)).get('late')?.map((one) => one.until)
  assert.deepEqual(await span(), [isoTime(overdue)], 'nobody stays restricted because nobody decides')
  const work = await workCases(store, overdue + 9 * 86_400_000)
  assert.deepEqual(work.lapsed.map((one) => one.case), ['case_l'])
  assert.deepEqual(await span(), [isoTime(overdue)])
  assert.deepEqual((await workCases(store, overdue + 10 * 86_400_000)).lapsed, [], 'once')
})
