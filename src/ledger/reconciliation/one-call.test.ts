import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attemptOf, outcomeOf } from '../../../test/conformance/journal-records.ts'
import { openAnyForTest } from '../../../test/stores.ts'
import { postPending } from '../post.ts'
import { priceBook } from '../price-book.ts'
import { seedPriceRows } from '../price-seed.ts'
import { ship } from '../ship.ts'
import { importBill, reconcile } from './reconcile.ts'

const at = Date.parse('2026-11-20T12:00:00Z')
const clock = { now: () => at + 86_400_000, monotonic: () => 0 }

/** call → input, output, and whether its usage is estimated. */
const calls: Readonly<Record<string, readonly [input: number, output: number, estimated?: true]>> = { one: [301, 60], two: [451, 51], three: [451, 51], cut: [2_000, 3, true] }

test('a difference that is exactly what one call used names that call, though an estimate could have explained a part of it', async () => {
  const store = await openAnyForTest()
  try {
    const records = Object.entries(calls).flatMap(([call, [input, output, estimated]]) => [
      { ...attemptOf(call, 1, at), organization: 'acme', project: 'feed', supplier: 'cloud', model: 'gpt-4.1', upstreamModel: 'gpt-4.1', deployment: 'cloud/gpt-4.1', priceList: 'openai', budgets: [] },
      { ...outcomeOf(call, 1, at + 900), source: estimated === true ? 'estimated' : 'reported', counts: { input, cachedInput: 0, output } },
    ])
    await ship(store, 'j', records.map((record, index) => ({ sequence: index + 1, body: JSON.stringify(record) })), { clock })
    while ((await postPending(store, priceBook(seedPriceRows()), 10_000, clock)).remaining > 0);
    const sums = Object.values(calls).reduce((all, [input, output]) => ({ input: all.input + input, output: all.output + output }), { input: 0, output: 0 })
    const told = async (input: number, output: number): Promise<readonly string[]> => {
      const row = (meter: string, quantity: number, price: string): object => ({ day: '2026-11-20', deployment: 'x', model: 'gpt-4.1', meter, tier: 'default', quantity: String(quantity), amount: (quantity * Number(price) / 1e6).toFixed(6) })
      const text = JSON.stringify({ format: 'weir-usage/1', from: '2026-11-20', until: '2026-11-21', currency: 'USD', rows: [row('input', sums.input + input, '2'), row('output', sums.output + output, '8')] })
      const bill = await importBill(store, clock, 'cloud', text)
      assert.ok(bill.status === 'imported', JSON.stringify(bill))
      const report = await reconcile(store, clock, bill.bill)
      return report?.variances.map((item) => `${item.kind} ${item.meter} ${item.why}: ${item.calls.join(' ')}`) ?? []
    }
    assert.deepEqual(await told(-301, -60), ['unexplained input the bill lacks exactly what one call used: one/1', 'unexplained output the bill lacks exactly what one call used: one/1'])
    assert.deepEqual(await told(451, 51), ['input', 'output'].map((meter) => `unexplained ${meter} the bill has once more exactly what one call used, one of 2 alike: three/1 two/1`))
    assert.deepEqual((await told(-300, -60)).map((line) => line.split(':')[0]), ['estimated input the books estimated because no usage was reported; the bill counted', 'unexplained output the bill has less than the books'], 'one token off is no call')
    assert.deepEqual(await told(0, 0), [])
  } finally {
    await store.close()
  }
})
