/** The whole line: journalled calls, posted, invoiced, exported, and reconciled with a bill that names their attempts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attemptOf, outcomeOf } from '../../../test/conformance/journal-records.ts'
import { openAnyForTest } from '../../../test/stores.ts'
import { decimal, formatDecimal, sum } from '../../kernel/decimal.ts'
import type { JournalRecord } from '../../journal/record.ts'
import { costAndUsage } from '../focus/export-focus.ts'
import { checkLedger } from '../integrity.ts'
import { postPending } from '../post.ts'
import { priceBook } from '../price-book.ts'
import { seedPriceRows } from '../price-seed.ts'
import { importBill, reconcile } from '../reconciliation/reconcile.ts'
import { ship } from '../ship.ts'
import { closeMonth } from './close-month.ts'

const start = Date.UTC(2026, 10, 22, 12)
const clock = { now: () => Date.UTC(2026, 11, 1, 3), monotonic: () => 0 }

function calls(): readonly JournalRecord[] {
  const records: JournalRecord[] = []
  const add = (call: string, at: number, outcome: Partial<Extract<JournalRecord, { kind: 'outcome' }>>): void => {
    records.push({ ...attemptOf(call, 1, at), priceList: 'openai', upstreamModel: 'gpt-4.1', model: 'gpt-4.1', supplier: 'upstream', hold: '100000000000', budgets: [] })
    const { counts: _, ...rest } = outcomeOf(call, 1, at + 500)
    records.push({ ...rest, charge: '0', ...outcome })
  }
  for (let index = 0; index < 40; index += 1) add(`call_${index}`, start + index * 1000, { source: 'reported', billable: 'yes', counts: { input: 1000 + index, cachedInput: 500, output: 100 } })
  add('call_estimated', start, { source: 'estimated', billable: 'yes', counts: { input: 1000, output: 50 }, outcome: 'cut' })
  add('call_cut', start, { source: 'absent', billable: 'maybe', outcome: 'cut', charge: '100000000000' })
  return records
}

test('calls → posting → invoice = ledger → FOCUS → the supplier’s bill, to the cent and by the attempt', async () => {
  const store = await openAnyForTest()
  try {
    const records = calls()
    await ship(store, 'journal-1', records.map((record, index) => ({ sequence: index + 1, body: JSON.stringify(record) })), { clock })
    const posted = await postPending(store, priceBook(seedPriceRows()), 10_000, clock)
    assert.deepEqual([posted.posted, posted.quarantined], [42, 0])
    const run = await closeMonth(store, clock, '2026-11')
    const [organization] = await store.query<{ organization: string; cost: string }>('jobs', 'SELECT organization, sum(cost) AS cost FROM attempt GROUP BY organization')
    assert.equal(run.issued.length, 1)
    const exact = formatDecimal(decimal(organization?.cost ?? '0'))
    const table = await costAndUsage(store, '1.4', '2026-11')
    assert.equal(formatDecimal(sum(table.rows.filter((row) => row['ChargeCategory'] === 'Usage').map((row) => decimal(row['BilledCost'] ?? '0')))), exact)
    const checks = (await checkLedger(store)).checks.filter((item) => !item.ok && item.id !== 'C2')
    assert.deepEqual(checks, [])

    const unitPrices = { input: '0.000002', cached_input: '0.0000005', output: '0.000008' }
    const entry = (attempt: string | null, quantities: Record<string, number>) => ({ id: attempt ?? 'stranger', attempt, model: 'gpt-4.1-2025-04-14', at: '2026-11-22T12:00:10.000Z', tier: 'default', outcome: 'delivered', currency: 'USD', quantities, unitPrices })
    const entries = Array.from({ length: 40 }, (_, index) => entry(`call_${index}/1`, { input: 500 + index, cached_input: 500, output: 100 }))
    entries.push(entry('call_estimated/1', { input: 1000, output: 40 }), entry('call_cut/1', { input: 1000, output: 20 }), entry(null, { input: 10 }))
    const imported = await importBill(store, clock, 'upstream', JSON.stringify({ currency: 'USD', more: false, entries }))
    assert.ok(imported.status === 'imported')
    const report = await reconcile(store, clock, imported.bill)
    assert.ok(report)
    assert.deepEqual([report.by, report.agreeing, report.unexplained], ['attempt', 40, '0'])
    const kinds = new Map(report.variances.map((item) => [item.kind, item.attempt ?? 'none']))
    assert.deepEqual([...kinds].sort((a, b) => a[0].localeCompare(b[0])), [['cancelled', 'call_cut/1'], ['estimated', 'call_estimated/1'], ['outside-gateway', 'none']])
    assert.equal(formatDecimal(sum(report.variances.map((item) => decimal(item.amount)))), report.difference)
  } finally {
    await store.close()
  }
})
