import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decimal } from '../kernel/decimal.ts'
import { compareRatios, fixedText, percentText, plus, ratio, toRatio, zeroRatio } from './ratio.ts'
import { parseScenario, type Scenario, scenarioText } from './scenario.ts'
import { type Business, type MonthAfter, stranded, whatIf } from './what-if.ts'

const part = (name: string, amount: number) => ({ name, amount: decimal(amount) })
const business: Business = {
  revenue: [part('largest', 240), part('a', 500), part('b', 260)],
  costs: [{ party: 'maker', customer: 'largest', amount: decimal(100) }, { party: 'maker', customer: 'a', amount: decimal(150) }],
  commitments: [
    { id: 'units', side: 'supplier', party: 'cloud', monthly: decimal(200), monthsLeft: 6, drawn: [part('largest', 150), part('a', 90)] },
    { id: 'minimum', side: 'customer', party: 'largest', monthly: decimal(200), monthsLeft: 3, drawn: [part('largest', 240)] },
  ],
  assets: [{ id: 'cluster', monthlyCost: decimal(80), use: [{ customer: 'largest', share: ratio(3n, 4n) }, { customer: 'a', share: ratio(1n, 8n) }] }],
}
const scenario = (text: string): Scenario => {
  const parsed = parseScenario(text)
  assert.ok(!('refused' in parsed), text)
  return parsed
}

test('the largest leaves: 760 left, 76 % retention, commitments and assets strand while they run', () => {
  const found = whatIf(business, scenario('largest=leaves'))
  assert.equal(fixedText(found.months[0]?.revenue ?? zeroRatio, 0), '760')
  assert.equal(percentText(found.netRetention ?? zeroRatio), '76.00')
  assert.equal(fixedText(found.runRate.after, 0), '9120')
  const month = (index: number): MonthAfter => found.months[index] as MonthAfter
  assert.equal(fixedText(month(0).shortfall.get('units') ?? zeroRatio, 0), '110')
  assert.equal(fixedText(month(0).shortfall.get('minimum') ?? zeroRatio, 0), '200')
  assert.equal(month(3).shortfall.has('minimum'), false)
  assert.equal(month(6).shortfall.has('units'), false)
  assert.equal(fixedText(month(0).idle.get('cluster') ?? zeroRatio, 0), '70')
  assert.equal(fixedText(found.before.idle.get('cluster') ?? zeroRatio, 0), '10')
  // revenue 760 less payable 150, less 110 that we owe, plus 200 that the customer owes, less 80 for the cluster
  assert.equal(fixedText(month(0).margin, 0), '620')
  assert.equal(fixedText(stranded(found).idle, 0), String(60 * 12))
  assert.equal(fixedText(stranded(found).shortfall, 0), String(6 * 110 + 3 * 200))
})

test('halves, doubles and ramps', () => {
  const last = (text: string, month: number): string => fixedText(whatIf(business, scenario(text)).months[month - 1]?.revenue ?? zeroRatio, 0)
  assert.equal(last('largest=halves', 1), '880')
  assert.equal(last('largest=doubles', 12), '1240')
  assert.deepEqual([1, 2, 3, 5, 6, 7].map((month) => last('largest=ramp:6', month)), ['960', '920', '880', '800', '760', '760'])
})

const sameMonth = (a: MonthAfter, b: MonthAfter): void => {
  assert.equal(compareRatios(a.revenue, b.revenue), 0)
  assert.deepEqual(a.payable, b.payable)
  assert.deepEqual(a.idle, b.idle)
}

const names = fc.constantFrom('a', 'b', 'c', 'd')
const amount = fc.integer({ min: 0, max: 1_000_000 }).map((value) => decimal(value))
const businesses: fc.Arbitrary<Business> = fc.record({
  revenue: fc.uniqueArray(fc.record({ name: names, amount }), { selector: (item) => item.name, minLength: 1 }),
  costs: fc.array(fc.record({ party: names, customer: names, amount }), { maxLength: 6 }),
  commitments: fc.array(fc.record({ id: names, side: fc.constantFrom('customer' as const, 'supplier' as const), party: names, monthly: amount, monthsLeft: fc.constant(undefined), drawn: fc.array(fc.record({ name: names, amount }), { maxLength: 3 }) }), { maxLength: 3 }),
  assets: fc.array(fc.record({ id: names, monthlyCost: amount, use: fc.array(fc.record({ customer: names, share: fc.integer({ min: 0, max: 25 }).map((n) => ratio(BigInt(n), 100n)) }), { maxLength: 4 }) }), { maxLength: 2 }),
})

test('what if nothing happens: every month is as it is, whoever is named', () => {
  fc.assert(fc.property(businesses, fc.constantFrom('a', 'b', 'nobody'), fc.constantFrom('stays', 'leaves'), (world, customer, kind) => {
    if (kind === 'leaves' && customer !== 'nobody') return
    const found = whatIf(world, scenario(`${customer}=${kind}`))
    for (const month of found.months) {
      sameMonth(month, found.before)
      assert.equal(compareRatios(month.margin, found.before.margin), 0)
    }
    assert.equal(compareRatios(found.runRate.after, found.runRate.before), 0)
    if (found.index !== undefined) assert.deepEqual(found.index.after, found.index.before)
    if (found.netRetention !== undefined) assert.equal(compareRatios(found.netRetention, toRatio(1)), 0)
  }))
})

test('two halves of a customer are worth what the whole is', () => {
  fc.assert(fc.property(businesses, (world) => {
    const halved = whatIf(world, scenario('a=halves')).months[0]
    const gone = whatIf(world, scenario('a=leaves')).months[0]
    const before = whatIf(world, scenario('a=stays')).before
    assert.ok(halved && gone)
    assert.equal(compareRatios(plus(halved.revenue, halved.revenue), plus(gone.revenue, before.revenue)), 0)
  }))
})

test('scenarios read back as they are written, and anything else is refused with the form', () => {
  for (const text of ['acme=leaves', 'acme=halves', 'acme=doubles', 'acme=stays', 'acme=ramp:6', 'a=b=leaves']) assert.equal(scenarioText(scenario(text)), text)
  for (const text of ['acme', '=leaves', 'acme=ramp', 'acme=ramp:0', 'acme=ramp:999', 'acme=explodes']) assert.ok('refused' in parseScenario(text), text)
})
