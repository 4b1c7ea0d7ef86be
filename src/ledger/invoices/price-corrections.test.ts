import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAnyForTest } from '../../../test/stores.ts'
import { decimal, formatDecimal } from '../../kernel/decimal.ts'
import type { Priority, Row, Store } from '../../store/store.ts'
import type { PriceRow } from '../price.ts'
import { balanceOf } from '../money-transaction.ts'
import { bookUsage } from './booked-usage.fixture.ts'
import { checkMoney } from './check-money.ts'
import { closeMonth } from './close-month.ts'
import { draftInvoice } from './draft-invoice.ts'
import { applyPriceCorrections, previewPriceCorrections } from './price-corrections.ts'

const addPrice = (store: Store, id: string, unitPrice: string, from: string, recordedAt: number): Promise<unknown> =>
  store.query('admin', `INSERT INTO price (id, list, model, meter, tier, region_class, above_input, currency, unit_price, effective_from_ms, recorded_at_ms, source) VALUES ($1, 'azure', 'gpt-4.1', 'output', 'default', 'any', 0, 'USD', $2, $3, $4, 'test')`,
    [id, unitPrice, Date.parse(from), recordedAt])

test('a corrected price is previewed, booked once by corrections that name what they correct, and billed as late lines', async () => {
  const store = await openAnyForTest()
  const clock = { now: () => Date.parse('2027-01-02T09:00:00Z'), monotonic: () => 0 }
  try {
    await addPrice(store, 'price_gpt-4.1_output_0.000008', '0.000008', '2026-01-01', 1)
    await bookUsage(store, [{ day: '2026-11-05', meter: 'output', quantity: '1000000', unitPrice: '0.000008' }, { day: '2026-11-20', meter: 'output', quantity: '1000000', unitPrice: '0.000008' }, { day: '2026-12-05', meter: 'output', quantity: '500000', unitPrice: '0.000008' }])
    await closeMonth(store, clock, '2026-11')
    assert.deepEqual(await previewPriceCorrections(store), [])
    // Learnt late: from the 10th on, the price was 6, not 8. Whoever looks before it is stored sees the same, and stores nothing.
    const late: PriceRow = { id: 'price_lower', list: 'azure', model: 'gpt-4.1', meter: 'output', tier: 'default', regionClass: 'any', aboveInput: 0, currency: 'USD', unitPrice: decimal('0.000006'), effectiveFrom: Date.parse('2026-11-10'), recordedAt: 2, source: 'test' }
    const stored = async (): Promise<unknown> => store.query('admin', 'SELECT id FROM price ORDER BY id')
    const before = await stored()
    assert.deepEqual((await previewPriceCorrections(store, [late])).map((row) => [row.toPrice, row.amount, row.transactions]), [['0.000006', '-3', 2]])
    assert.deepEqual(await stored(), before)
    await addPrice(store, 'price_lower', '0.000006', '2026-11-10', 2)
    const preview = await previewPriceCorrections(store)
    assert.deepEqual(preview.map((row) => [row.organization, row.quantity, row.fromPrice, row.toPrice, row.amount, row.transactions]), [['acme', '1500000', '0.000008', '0.000006', '-3', 2]])
    assert.equal((await applyPriceCorrections(store, clock)).transactions, 2)
    assert.equal((await applyPriceCorrections(store, clock)).transactions, 0)
    assert.deepEqual(await previewPriceCorrections(store), [])
    const drafted = await draftInvoice(store, clock, 'acme', '2026-12')
    assert.ok(drafted.status === 'drafted')
    assert.deepEqual(drafted.document.lines.map((line) => [line.kind, line.quantity, line.unitPrice, line.payable]), [
      ['usage', '500000', '0.000006', '3.00'], ['late-usage', '1000000', '0.000006', '6.00'], ['late-usage', '-1000000', '0.000008', '-8.00'],
    ])
    await closeMonth(store, clock, '2026-12')
    const balance = async (account: string): Promise<string> => formatDecimal(decimal((await store.transaction('jobs', (sql) => balanceOf(sql, account))).get('USD') ?? '0'))
    assert.deepEqual([await balance('receivable/acme/feed'), await balance('invoiced/acme'), await balance('payable/azure/openai')], ['0', '17', '-17'])
    assert.deepEqual((await checkMoney(store)).filter((item) => !item.ok), [])
    // And corrected again.
    await addPrice(store, 'price_lowest', '0.000005', '2026-11-10', 3)
    assert.equal((await applyPriceCorrections(store, clock)).transactions, 2)
    assert.equal(await balance('payable/azure/openai'), '-15.5')
    assert.deepEqual((await checkMoney(store)).filter((item) => !item.ok), [])
  } finally {
    await store.close()
  }
})

test('thousands of transactions are looked at a stretch at a time: the preview adds up, what is booked is what was previewed', async (t) => {
  const store = await openAnyForTest()
  const clock = { now: () => Date.parse('2027-01-02T09:00:00Z'), monotonic: () => 0 }
  try {
    await addPrice(store, 'price_gpt-4.1_output_0.000008', '0.000008', '2026-01-01', 1)
    await bookUsage(store, Array.from({ length: 2_300 }, (_, index) => ({ day: '2026-12-05', project: index % 2 === 0 ? 'feed' : 'ads', meter: index % 5 === 0 ? 'input' : 'output', quantity: '1000', unitPrice: '0.000008' })))
    await addPrice(store, 'price_higher', '0.00001', '2026-12-01', 2)
    let longest = 0
    const counting: Store = { ...store, query: async <R extends Row>(priority: Priority, text: string, values?: readonly unknown[]) => {
      const since = performance.now()
      const rows = await store.query<R>(priority, text, values)
      longest = Math.max(longest, performance.now() - since)
      return rows
    } }
    const preview = await previewPriceCorrections(counting)
    // Of 2,300 every fifth is input, for which no other price is known.
    assert.deepEqual(preview.map((row) => [row.meter, row.quantity, row.amount, row.transactions]), [['output', '1840000', '3.68', 1_840]])
    assert.equal((await applyPriceCorrections(store, clock)).transactions, 1_840)
    assert.deepEqual(await previewPriceCorrections(store), [])
    assert.equal((await applyPriceCorrections(store, clock)).transactions, 0)
    assert.deepEqual((await checkMoney(store)).filter((item) => !item.ok), [])
    t.diagnostic(`longest statement of the preview: ${longest.toFixed(1)} ms`)
  } finally {
    await store.close()
  }
})
