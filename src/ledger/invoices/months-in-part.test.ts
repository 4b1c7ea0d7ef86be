/** Months that contracts hold on only in part: every row billed once, by the contract of its day, else at list price. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openAnyForTest } from '../../../test/stores.ts'
import { add, decimal, formatDecimal, zero } from '../../kernel/decimal.ts'
import type { Store } from '../../store/store.ts'
import { parseContract } from '../contracts/parse-contract.ts'
import { saveContract } from '../contracts/contract-store.ts'
import { costAndUsage } from '../focus/export-focus.ts'
import { balanceOf } from '../money-transaction.ts'
import { expectedByDay } from '../reconciliation/expected-cost.ts'
import { marginsOf } from '../statements/margins.ts'
import { bookUsage } from './booked-usage.fixture.ts'
import { checkMoney } from './check-money.ts'
import { closeMonth } from './close-month.ts'
import { draftInvoice } from './draft-invoice.ts'
import { invoiceColumns, type InvoiceRow, issueInvoice, voidInvoice } from './issue-invoice.ts'
import { applyReRating, previewReRating } from './re-rate.ts'

let store: Store
let now = Date.parse('2026-12-02T09:00:00Z')
const clock = { now: () => now, monotonic: () => now }

async function contract(id: string, party: string, term: string, terms = '{}', rest = 'side: customer\ncurrency: USD'): Promise<void> {
  const parsed = parseContract(`id: ${id}\nparty: ${party}\n${rest}\nterm: ${term}\nterms: ${terms}\n`)
  if ('faults' in parsed) assert.fail(JSON.stringify(parsed.faults))
  await saveContract(store, clock, parsed.contract)
}

const million = (organization: string, ...days: readonly string[]) => bookUsage(store, days.map((day) => ({ day, organization, project: 'p', meter: 'output', quantity: '1000000', unitPrice: '0.00001' })))
const balance = async (account: string): Promise<string> => formatDecimal(decimal((await store.transaction('jobs', (sql) => balanceOf(sql, account))).get('USD') ?? '0'))
const invoice = async (id: string): Promise<InvoiceRow> => {
  const [row] = await store.query<InvoiceRow>('jobs', `SELECT ${invoiceColumns} FROM invoice WHERE id = $1`, [id])
  assert.ok(row, id)
  return row
}
const linesOf = async (id: string): Promise<readonly string[]> => (await invoice(id)).document.lines.map((line) => `${line.kind} ${line.rule} ${line.from.slice(5)}..${line.until.slice(5)} ${line.quantity} ${line.payable}`)
const draws = async (organization: string): Promise<readonly string[]> =>
  (await store.query<{ contract: string; commitment: string; month: string; amount: string }>('jobs', 'SELECT contract, commitment, month, amount FROM commitment_draw WHERE organization = $1 ORDER BY 1, 2, 3', [organization]))
    .map((row) => `${row.contract} ${row.commitment} ${row.month} ${formatDecimal(decimal(row.amount))}`)

describe('months in part', () => {
  before(async () => { store = await openAnyForTest() })
  after(() => store.close())

  test('a contract that begins within the month: what came before is billed at list price, and the books are even', async () => {
    await contract('late', 'late', '{ from: "2026-11-16" }', '{ discounts: [{ percent: "50" }], minimum: { amount: "30" } }')
    await million('late', '2026-11-03', '2026-11-20')
    const run = await closeMonth(store, clock, '2026-11', { organizations: ['late'] })
    // 10.00 at list, 5.00 under the contract, which owes 15.00 for its fifteen days of thirty.
    assert.deepEqual(run.issued.map((item) => item.total), ['25.00'])
    assert.deepEqual(await linesOf('inv_late_2026-11_1'), ['usage list 11-01..11-16 1000000 10.00', 'usage discount 1 11-16..12-01 1000000 5.00', 'minimum-shortfall minimum 11-16..12-01 1 10.00'])
    assert.deepEqual([await balance('receivable/late/p'), await balance('invoiced/late'), await balance('discount/late'), await balance('fees/late')], ['0', '25', '5', '-10'])
    const { document } = await invoice('inv_late_2026-11_1')
    assert.deepEqual([document.contract, document.from, document.until], ['late', '2026-11-01', '2026-12-01'])
    assert.deepEqual(document.heldUnder?.map((held) => held.contract), ['list/late', 'late'])
  })

  test('a contract that ends within the month, without usage after: nothing of another stands on the invoice', async () => {
    await contract('ended', 'ended', '{ from: "2026-01-01", until: "2026-11-16" }', '{ discounts: [{ percent: "50" }] }')
    await million('ended', '2026-11-03')
    await closeMonth(store, clock, '2026-11', { organizations: ['ended'] })
    const { document } = await invoice('inv_ended_2026-11_1')
    assert.deepEqual([document.from, document.until, document.total], ['2026-11-01', '2026-11-16', '5.00'])
  })

  test('one contract follows another with a gap: each under its own terms, credits of each on its own days, late usage likewise', async () => {
    await contract('one', 'both', '{ from: "2026-01-01", until: "2026-11-11" }', '{ discounts: [{ percent: "10" }], credits: [{ id: pre, amount: "100", from: "2026-01-01" }], commitments: [{ id: k, amount: "1", from: "2026-01-01", until: "2027-01-01" }] }')
    await contract('two', 'both', '{ from: "2026-11-21" }', '{ discounts: [{ percent: "20" }], credits: [{ id: pre, amount: "3", from: "2026-01-01" }], commitments: [{ id: k, amount: "500", from: "2026-11-21", until: "2027-11-21" }] }')
    await million('both', '2026-11-05', '2026-11-15', '2026-11-25')
    await closeMonth(store, clock, '2026-11', { organizations: ['both'] })
    assert.deepEqual(await linesOf('inv_both_2026-11_1'), ['usage discount 1 11-01..11-11 1000000 9.00', 'usage list 11-11..11-21 1000000 10.00', 'usage discount 1 11-21..12-01 1000000 8.00'])
    const first = await invoice('inv_both_2026-11_1')
    assert.deepEqual(first.document.prepaidDraws, [{ grant: 'pre', amount: '9.00', contract: 'one' }, { grant: 'pre', amount: '3.00' }])
    assert.deepEqual([first.total, first.due], ['27.00', '15.00'])
    assert.deepEqual(await draws('both'), ['one k 2026-11 9', 'two k 2026-11 8'])
    await million('both', '2026-11-06', '2026-11-16', '2026-11-26')
    now = Date.parse('2027-01-02T09:00:00Z')
    await closeMonth(store, clock, '2026-12', { organizations: ['both'] })
    assert.deepEqual(await linesOf('inv_both_2026-12_1'), ['late-usage discount 1 11-01..11-11 1000000 9.00', 'late-usage list 11-11..11-21 1000000 10.00', 'late-usage discount 1 11-21..12-01 1000000 8.00'])
    // What came late draws the commitment of its month too.
    assert.deepEqual(await draws('both'), ['one k 2026-11 18', 'two k 2026-11 16', 'two k 2026-12 0'])
    assert.equal(await balance('receivable/both/p'), '0')
  })

  test('contracts in two currencies within a month are refused by name, and nothing is marked billed', async () => {
    await contract('dollars', 'mixed', '{ from: "2026-01-01", until: "2026-11-11" }')
    await contract('euros', 'mixed', '{ from: "2026-11-11" }', '{}', 'side: customer\ncurrency: EUR')
    await million('mixed', '2026-11-05')
    const run = await closeMonth(store, clock, '2026-11', { organizations: ['mixed'] })
    assert.match(run.failed[0]?.why ?? '', /dollars in USD, euros in EUR.*end with a month/)
    assert.deepEqual(await store.query('jobs', `SELECT 1 FROM invoice WHERE organization = 'mixed'`), [])
  })

  test('re-rating: a contract that came late for a part of a billed month changes that part alone', async () => {
    await million('gamma', '2026-11-05', '2026-11-25')
    await closeMonth(store, clock, '2026-11', { organizations: ['gamma'] })
    assert.equal((await invoice('inv_gamma_2026-11_1')).total, '20.00')
    await contract('gamma', 'gamma', '{ from: "2026-11-21" }', '{ discounts: [{ percent: "30" }] }')
    const found = await previewReRating(store, 'gamma', '2026-11')
    assert.ok(found.status === 'previewed', found.status)
    assert.deepEqual(found.preview.change.lines.map((line) => [line.rule, formatDecimal(line.quantity), formatDecimal(line.payable)]), [['list', '-1000000', '-10'], ['discount 1', '1000000', '7']])
    const applied = await applyReRating(store, clock, 'gamma', '2026-11', found.preview.token)
    assert.ok(applied.status === 'credited' && applied.total === '-3.00')
    assert.equal((await previewReRating(store, 'gamma', '2026-11')).status, 'no-change')
    assert.equal(await balance('invoiced/gamma'), '17')
  })

  test('what a supplier is expected to bill, and its cost in margins, agree with the contracts of each day', async () => {
    await contract('s1', 'sup', '{ from: "2026-10-01", until: "2026-10-11" }', '{ discounts: [{ percent: "10" }] }', 'side: supplier\ncurrency: USD')
    await contract('s2', 'sup', '{ from: "2026-10-21" }', '{ discounts: [{ percent: "20" }] }', 'side: supplier\ncurrency: USD')
    await bookUsage(store, ['2026-10-05', '2026-10-15', '2026-10-25'].map((day) => ({ day, organization: 'buyer', project: 'p', supplier: 'sup', maker: 'm', meter: 'output', quantity: '1000000', unitPrice: '0.00001' })))
    const expected = await store.transaction('jobs', (sql) => expectedByDay(sql, 'sup', '2026-10-01', '2026-11-01', 'USD'))
    assert.deepEqual(expected?.map((row) => `${row.day} ${formatDecimal(row.amount)}`), ['2026-10-05 9', '2026-10-15 10', '2026-10-25 8'])
    await closeMonth(store, clock, '2026-10', { organizations: ['buyer'] })
    const margins = await marginsOf(store, '2026-10', 'USD')
    assert.deepEqual(margins.map((item) => [item.organization, item.basis, formatDecimal(item.cost), formatDecimal(item.margin)]), [['buyer', 'supplier-contract', '27', '3']])
  })

  test('a further invoice that is taken back leaves the draws of the invoice that stands', async () => {
    await contract('kappa', 'kappa', '{ from: "2026-01-01" }', '{ commitments: [{ id: year, amount: "1000", from: "2026-01-01", until: "2027-01-01" }] }')
    await million('kappa', '2026-11-05')
    await closeMonth(store, clock, '2026-11', { organizations: ['kappa'] })
    assert.deepEqual(await draws('kappa'), ['kappa year 2026-11 10'])
    await contract('kappa', 'kappa', '{ from: "2026-01-01" }', '{ prices: [{ perMillion: "12" }], commitments: [{ id: year, amount: "1000", from: "2026-01-01", until: "2027-01-01" }] }')
    const dearer = await previewReRating(store, 'kappa', '2026-11')
    assert.ok(dearer.status === 'previewed')
    const further = await applyReRating(store, clock, 'kappa', '2026-11', dearer.preview.token)
    assert.ok(further.status === 'invoiced')
    assert.deepEqual(await draws('kappa'), ['kappa year 2026-11 12'])
    assert.equal((await voidInvoice(store, clock, further.id, 'agreed otherwise')).status, 'void')
    assert.deepEqual(await draws('kappa'), ['kappa year 2026-11 10'])
    assert.equal((await voidInvoice(store, clock, 'inv_kappa_2026-11_1', 'agreed otherwise')).status, 'void')
    assert.deepEqual(await draws('kappa'), [])
  })

  test('a new rating whose node was killed at any statement leaves nothing; applied again there is one further invoice', async () => {
    await million('sigma', '2026-11-05')
    await closeMonth(store, clock, '2026-11', { organizations: ['sigma'] })
    await contract('sigma', 'sigma', '{ from: "2026-01-01" }', '{ minimum: { amount: "20" } }')
    const dearer = await previewReRating(store, 'sigma', '2026-11')
    assert.ok(dearer.status === 'previewed')
    const rows = async (): Promise<readonly string[]> => (await store.query<{ status: string; total: string }>('jobs', `SELECT status, total FROM invoice WHERE organization = 'sigma' ORDER BY ordinal`)).map((row) => `${row.status} ${Number(row.total)}`)
    for (let statements = 1; ; statements += 3) {
      let left = statements
      const dying: Store = { ...store, transaction: (priority, run) => store.transaction(priority, (sql) => run((text, values) => { if ((left -= 1) < 0) throw new Error('killed'); return sql(text, values) })) }
      const done = await applyReRating(dying, clock, 'sigma', '2026-11', dearer.preview.token).catch((cause: unknown) => { if (!(cause instanceof Error) || cause.message !== 'killed') throw cause })
      if (done !== undefined) break
      assert.deepEqual(await rows(), ['issued 10'])
      assert.equal((await draftInvoice(store, clock, 'sigma', '2026-11')).status, 'already-issued')
    }
    assert.equal((await issueInvoice(store, clock, 'inv_sigma_2026-11_2')).status, 'not-a-draft')
    assert.deepEqual(await rows(), ['issued 10', 'issued 10'])
  })

  test('FOCUS rows of such months add up to their invoices, at list and contract prices; the ledger is sound', async () => {
    for (const [organization, month] of [['late', '2026-11'], ['both', '2026-11'], ['both', '2026-12']] as const) {
      const { rows } = await costAndUsage(store, '1.4', month, organization)
      const billed = rows.reduce((total, row) => add(total, decimal(row['BilledCost'] ?? '0')), zero)
      assert.equal(formatDecimal(billed), formatDecimal(decimal((await invoice(`inv_${organization}_${month}_1`)).total)), `${organization} ${month}`)
    }
    assert.deepEqual((await checkMoney(store)).filter((item) => !item.ok), [])
  })
})
