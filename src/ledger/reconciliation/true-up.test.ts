/** Bills that overlap, come again in another order or in another form are trued up once. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { openAnyForTest } from '../../../test/stores.ts'
import { add, decimal, formatDecimal, negate, sum, zero } from '../../kernel/decimal.ts'
import type { Store } from '../../store/store.ts'
import { addDays } from '../contracts/calendar.ts'
import { parseContract } from '../contracts/parse-contract.ts'
import { saveContract } from '../contracts/contract-store.ts'
import { bookUsage } from '../invoices/booked-usage.fixture.ts'
import { varianceKinds } from './match-bill.ts'
import { importBill, reconcile, type Report } from './reconcile.ts'
import { trueUp, type TruedUp } from './true-up.ts'

let store: Store
let now = Date.parse('2026-12-02T09:00:00Z')
const clock = { now: () => (now += 1), monotonic: () => now }

before(async () => { store = await openAnyForTest() })
after(() => store.close())

const head = 'ChargePeriodStart,BillingCurrency,BilledCost,ConsumedQuantity,ConsumedUnit,SkuMeter,x_Model'
interface Row { readonly day: string; readonly model: string; readonly meter: string; readonly quantity: number; readonly cost: string }
const csv = (rows: readonly Row[]): string => `${[head, ...rows.map((row) => `${row.day},USD,${row.cost},${row.quantity},Tokens,${row.meter},${row.model}`)].join('\n')}\n`

async function settle(supplier: string, text: string, kinds: typeof varianceKinds[number][] = [...varianceKinds]): Promise<{ readonly report: Report; readonly done: TruedUp }> {
  const imported = await importBill(store, clock, supplier, text)
  assert.ok(imported.status === 'imported', JSON.stringify(imported))
  const report = await reconcile(store, clock, imported.bill)
  assert.ok(report)
  return { report, done: await trueUp(store, clock, report.id, kinds) }
}

const payable = async (supplier: string): Promise<string> => {
  const rows = await store.query<{ amount: string }>('jobs', `SELECT amount FROM entry WHERE account LIKE 'payable/' || $1 || '/%'`, [supplier])
  return formatDecimal(negate(sum(rows.map((row) => decimal(row.amount)))))
}
const use = (supplier: string, days: readonly string[]) => bookUsage(store, days.map((day) => ({ day, organization: `of-${supplier}`, supplier, meter: 'output', quantity: '1000000', unitPrice: '0.00001' })))
const row = (day: string, cost: string, meter = 'output'): Row => ({ day, model: 'gpt-4.1', meter, quantity: 1_000_000, cost })

test('a month after its days, and the month again in another order: what the days have booked is not booked again', async () => {
  await use('daily', ['2026-11-01', '2026-11-02', '2026-11-03'])
  const first = await settle('daily', csv([row('2026-11-01', '12')]))
  assert.ok(first.done.status === 'posted' && first.done.amount === '2')
  const month = [row('2026-11-01', '12'), row('2026-11-02', '13'), row('2026-11-03', '10')]
  const whole = await settle('daily', csv(month))
  assert.ok(whole.done.status === 'posted' && whole.done.amount === '3', JSON.stringify(whole.done))
  assert.equal((await settle('daily', csv(month.toReversed()))).done.status, 'posted-before')
  assert.equal(await payable('daily'), '35')
})

test('a later bill that says another thing moves the books to it; one that leaves a difference open moves nothing', async () => {
  await use('corrected', ['2026-11-01', '2026-11-02'])
  await settle('corrected', csv([row('2026-11-01', '12'), row('2026-11-02', '15')]))
  assert.equal(await payable('corrected'), '27')
  const agreed = await settle('corrected', csv([row('2026-11-01', '10'), row('2026-11-02', '15.00')]))
  assert.ok(agreed.done.status === 'posted' && agreed.done.amount === '-2')
  const open = await settle('corrected', csv([row('2026-11-02', '18'), row('2026-11-01', '10.0')]), ['rounding'])
  assert.equal(open.done.status, 'posted-before')
  assert.equal(await payable('corrected'), '25')
})

test('a contract’s discount of a day is booked once, whatever bills the day is on', async () => {
  const parsed = parseContract('id: agreed\nparty: agreed\nside: supplier\ncurrency: USD\nterm: { from: "2026-01-01" }\nterms: { discounts: [{ percent: "10" }] }\n')
  assert.ok('contract' in parsed)
  await saveContract(store, clock, parsed.contract)
  await use('agreed', ['2026-11-01', '2026-11-02'])
  const first = await settle('agreed', csv([row('2026-11-01', '9')]))
  assert.deepEqual([first.report.discountByDay, first.done.status === 'posted' && first.done.amount], [{ '2026-11-01': '-1' }, '-1'])
  const both = await settle('agreed', csv([row('2026-11-01', '9'), row('2026-11-02', '9')]))
  assert.equal(both.done.status === 'posted' && both.done.amount, '-1')
  assert.equal(await payable('agreed'), '18')
})

let run = 0
const days = Array.from({ length: 6 }, (_, index) => addDays('2026-10-01', index))

test('imports are idempotent in any order and overlap: in the end each billed day costs what its bill says, once', async () => {
  const windows = fc.array(fc.record({ from: fc.nat({ max: 5 }), length: fc.integer({ min: 1, max: 6 }), turn: fc.boolean(), again: fc.boolean() }), { minLength: 1, maxLength: 5 })
  const costs = fc.array(fc.constantFrom('10', '10.001', '12.5', '7', '0'), { minLength: 12, maxLength: 12 })
  await fc.assert(fc.asyncProperty(windows, costs, async (bills, cost) => {
    run += 1
    const supplier = `p${run}`
    await bookUsage(store, days.flatMap((day) => ['output', 'input'].map((meter) => ({ day, organization: `of-${supplier}`, supplier, meter, quantity: '1000000', unitPrice: '0.00001' }))))
    const truth = days.flatMap((day, index) => [row(day, cost[index * 2] ?? '0'), row(day, cost[index * 2 + 1] ?? '0', 'input')])
    const seen = new Set<string>()
    for (const { from, length, turn, again } of bills) {
      const own = truth.filter((each) => days.indexOf(each.day) >= from && days.indexOf(each.day) < from + length)
      own.forEach((each) => seen.add(each.day))
      const text = csv(turn ? own.toReversed() : own)
      await settle(supplier, text)
      if (again) assert.notEqual((await settle(supplier, text)).done.status, 'posted')
    }
    const expected = truth.reduce((total, each) => add(total, decimal(seen.has(each.day) ? each.cost : '10')), zero)
    assert.equal(await payable(supplier), formatDecimal(expected))
  }), { numRuns: 25 })
})
