import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attemptOf, outcomeOf } from '../../../test/conformance/journal-records.ts'
import { openAnyForTest } from '../../../test/stores.ts'
import type { AttemptRecord, OutcomeRecord } from '../../journal/record.ts'
import type { Store } from '../../store/store.ts'
import { takeLeases } from '../budgets.ts'
import { checkLedger } from '../integrity.ts'
import { postPending } from '../post.ts'
import { priceBook } from '../price-book.ts'
import { seedPriceRows } from '../price-seed.ts'
import { ship } from '../ship.ts'
import { importBill, reconcile } from './reconcile.ts'
import { trueUp } from './true-up.ts'

const picos = 10n ** 12n
const dialledAt = Date.parse('2026-11-20T12:00:00Z')
const now = Date.parse('2026-11-25T00:00:00Z')
const clock = { now: () => now, monotonic: () => now }
const budget = { budget: 'organization/acme/month', period: '2026-11-01T00:00:00Z', epoch: 'e1' }

type How = Partial<OutcomeRecord> & { readonly dollars: number }

/** Calls in the books, each charged so many dollars; a budget of 100 whose lease they were held in. */
async function booked(store: Store, calls: Readonly<Record<string, How>>): Promise<void> {
  const records: (AttemptRecord | OutcomeRecord)[] = Object.entries(calls).flatMap(([call, { dollars, ...how }]) => {
    const charge = String(BigInt(dollars) * picos)
    return [
      { ...attemptOf(call, 1, dialledAt), organization: 'acme', project: 'feed', supplier: 'azure', model: 'gpt-4.1', upstreamModel: 'gpt-4.1', deployment: 'azure/gpt-4.1', priceList: 'openai', hold: charge, budgets: [budget] },
      { ...outcomeOf(call, 1, dialledAt + 900), charge, ...how },
    ]
  })
  await takeLeases(store, 'j', [{ budget: { id: budget.budget, scope: 'organization', name: 'acme', currency: 'USD', limit: 100n * picos, period: 'month', timeZone: 'UTC', thresholds: [] }, period: { period: budget.period, startsAt: 0, endsAt: Date.parse('2026-12-01') }, epoch: 'e1', have: 0n, returned: 0n, need: 50n * picos, want: 50n * picos }], false)
  await store.query('jobs', `UPDATE lease SET opened_at = '2026-11-20T11:00:00Z'`)
  await ship(store, 'j', records.map((record, index) => ({ sequence: index + 1, body: JSON.stringify(record) })), { clock })
  while ((await postPending(store, priceBook(seedPriceRows()), 10_000, clock)).remaining > 0);
}

async function spent(store: Store): Promise<number> {
  const [row] = await store.query<{ posted: string }>('jobs', 'SELECT posted FROM budget_period')
  return Number(row?.posted) / 1e12
}

const tokens = (output: number) => ({ input: 0, cachedInput: 0, output })

const calls: Readonly<Record<string, How>> = {
  // 2, 3 and 8 dollars of output at 8 a million; the estimate is 1.
  reported: { dollars: 2, source: 'reported', counts: tokens(250_000) },
  estimated: { dollars: 8, source: 'estimated', counts: tokens(125_000) },
  billed: { dollars: 9, source: 'absent', outcome: 'cut', billable: 'maybe' },
  silent: { dollars: 7, source: 'absent', outcome: 'cut', billable: 'maybe' },
}

const entry = (attempt: string, output: number): object => ({ id: `req_${attempt}`, attempt: `${attempt}/1`, model: 'gpt-4.1', at: '2026-11-20T12:00:00Z', tier: 'default', outcome: 'complete', currency: 'USD', quantities: { output }, unitPrices: { output: '0.000008' } })

const named = JSON.stringify({ currency: 'USD', entries: [entry('reported', 250_000), entry('estimated', 187_500), entry('billed', 375_000)] })

test('a bill that names attempts: full holds become what was billed, in the budget too', async () => {
  const store = await openAnyForTest()
  try {
    await booked(store, calls)
    assert.equal(await spent(store), 26)
    const imported = await importBill(store, clock, 'azure', named)
    assert.ok(imported.status === 'imported')
    const report = await reconcile(store, clock, imported.bill)
    assert.deepEqual(report?.byKind, { cancelled: '3', estimated: '0.5' })
    const done = await trueUp(store, clock, report?.id ?? '', ['cancelled', 'estimated'])
    assert.ok(done.status === 'posted')
    assert.deepEqual([done.amount, done.budgets], ['3.5', { changed: 1, closed: 0 }])
    // Reported 2, estimated 1.5 for a hold of 8, billed 3 for 9, silent 0 for 7.
    assert.equal(await spent(store), 6.5)
    assert.equal((await trueUp(store, clock, report?.id ?? '', ['cancelled'])).status, 'posted-before')
    assert.equal(await spent(store), 6.5)
    // The same in another order is another text; neither books nor budgets hear it twice.
    const turned = await importBill(store, clock, 'azure', JSON.stringify({ currency: 'USD', entries: [entry('billed', 375_000), entry('estimated', 187_500), entry('reported', 250_000)] }))
    assert.ok(turned.status === 'imported' && !turned.known)
    assert.equal((await trueUp(store, clock, (await reconcile(store, clock, turned.bill))?.id ?? '', ['cancelled', 'estimated'])).status, 'posted-before')
    assert.equal(await spent(store), 6.5)
    assert.deepEqual((await checkLedger(store)).checks.filter((check) => !check.ok), [])
  } finally {
    await store.close()
  }
})

test('a variance of many calls names the first twenty and says how many there are', async () => {
  const store = await openAnyForTest()
  try {
    await booked(store, Object.fromEntries(Array.from({ length: 23 }, (_, index) => [`call_${String(index).padStart(2, '0')}`, { dollars: 1, source: 'estimated', counts: tokens(1_000) }])))
    const imported = await importBill(store, clock, 'azure', 'ChargePeriodStart,BillingCurrency,BilledCost,ConsumedQuantity,ConsumedUnit,SkuMeter,x_Model\n2026-11-20,USD,0.192,24000,Tokens,output,gpt-4.1\n')
    assert.ok(imported.status === 'imported')
    const variances = (await reconcile(store, clock, imported.bill))?.variances ?? []
    assert.deepEqual(variances.map((one) => [one.kind, one.calls.length, one.calls[0], one.callsInAll]), [['estimated', 20, 'call_00/1', 23]])
  } finally {
    await store.close()
  }
})

test('a bill by days divides what it says over the holds of the day; what it leaves unexplained leaves them as they are', async () => {
  // Ten are booked. Four beyond are within the sixteen that were held for the two without usage; ninety are not.
  for (const [beyond, expected] of [[4, 10 + 4], [90, 10 + 16]] as const) {
    const store = await openAnyForTest()
    try {
      await booked(store, { ...calls, estimated: { dollars: 8, source: 'reported', counts: tokens(1_000_000) } })
      const total = 10 + beyond
      const imported = await importBill(store, clock, 'azure', `ChargePeriodStart,BillingCurrency,BilledCost,ConsumedQuantity,ConsumedUnit,SkuMeter,x_Model\n2026-11-20,USD,${total},${total * 125_000},Tokens,output,gpt-4.1\n`)
      assert.ok(imported.status === 'imported')
      const report = await reconcile(store, clock, imported.bill)
      await trueUp(store, clock, report?.id ?? '', ['cancelled'])
      assert.ok(Math.abs(await spent(store) - expected) < 1e-9, `${await spent(store)} ${JSON.stringify(report?.byKind)}`)
    } finally {
      await store.close()
    }
  }
})
