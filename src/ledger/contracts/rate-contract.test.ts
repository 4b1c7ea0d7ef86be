import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { add, compare, decimal, divideRounded, formatDecimal, multiply, roundHalfEven, subtract, sum, zero } from '../../kernel/decimal.ts'
import { addDays, addMonths, daysBetween } from './calendar.ts'
import { type Contract } from './contract.ts'
import { parseContract } from './parse-contract.ts'
import { type Grant, drawCredits, expiryOf } from './draw-credits.ts'
import { lineDifference } from './line-difference.ts'
import { allocate, amortisedIn, chargesIn, utilisationIn } from './provisioned.ts'
import { rateUnderContract } from './rate-contract.ts'
import { type UsageRow, listAmount } from './usage-row.ts'

function contractOf(terms: string, suspensions = '[]'): Contract {
  const parsed = parseContract(`id: c\nparty: a\nside: customer\ncurrency: USD\nterm: { from: "2024-01-01" }\nsuspensions: ${suspensions}\nterms: ${terms}\n`)
  if ('faults' in parsed) assert.fail(JSON.stringify(parsed.faults))
  return parsed.contract
}

const everything = contractOf(`
  prices: [{ models: [big], meters: [output], perMillion: "7.77" }]
  discounts: [{ models: [big], percent: "12.5" }]
  allowances: [{ id: free, meters: [cached_input], quantity: "3000", whenSuspended: pause }]
  quantityTiers:
    - { id: g, models: [mid], kind: graduated, bands: [{ upTo: "4000", perMillion: "3" }, { upTo: "9000", discountPercent: "10" }, { perMillion: "1.1" }] }
    - { id: v, models: [small], kind: volume, bands: [{ upTo: "5000", discountPercent: "0" }, { discountPercent: "33" }] }
  spendTiers: [{ id: s, kind: graduated, bands: [{ upTo: "0.01", discountPercent: "1" }, { discountPercent: "3" }] }]
  minimum: { amount: "0.05" }
  commitments: [{ id: k, amount: "1", from: "2024-02-10", until: "2024-03-20" }]
  provisioned: [{ id: u, count: 2, model: big, deployments: [ptu], term: hourly, unitPrice: "0.0001", from: "2024-02-03" }, { id: y, count: 1, model: mid, term: yearly, payment: monthly, unitPrice: "0.1", from: "2024-01-31" }]
`, '[{ from: "2024-02-20", until: "2024-02-25" }]')

const row = fc.record({
  day: fc.nat({ max: 59 }).map((n) => addDays('2024-02-01', n)),
  project: fc.constantFrom('x', 'y'),
  model: fc.constantFrom('big', 'mid', 'small'),
  deployment: fc.constantFrom('main', 'ptu'),
  meter: fc.constantFrom('input' as const, 'cached_input' as const, 'output' as const),
  quantity: fc.nat({ max: 4_000 }).map((n) => decimal(n + 1)),
  listUnitPrice: fc.constantFrom('0.000002', '0.00000333', '0.00000001').map(decimal),
}).map((part): UsageRow => ({ ...part, organization: 'a', tier: 'default', currency: 'USD', priceRow: formatDecimal(part.listUnitPrice), calls: 1 }))

const rowsOf = fc.array(row, { maxLength: 40 })
const period = { from: '2024-02-01', until: '2024-04-01' }

test('splitting a period anywhere changes no sum', () => {
  fc.assert(fc.property(rowsOf, fc.nat({ max: 60 }), (rows, cut) => {
    const middle = addDays(period.from, cut)
    const whole = rateUnderContract(rows, everything, period)
    const left = rateUnderContract(rows, everything, { from: period.from, until: middle })
    const right = rateUnderContract(rows, everything, { from: middle, until: period.until })
    assert.equal(compare(whole.exact, add(left.exact, right.exact)), 0)
    for (const rated of [whole, left, right]) assert.equal(compare(rated.exact, add(rated.total, rated.remainder)), 0)
  }), { numRuns: 60 })
})

test('each line: exact product, payable rounded half to even, total the sum of payables; quantities are all priced', () => {
  fc.assert(fc.property(rowsOf, (rows) => {
    const rated = rateUnderContract(rows, everything, period)
    for (const line of rated.lines) {
      assert.equal(compare(line.amount, multiply(line.quantity, line.unitPrice)), 0)
      assert.equal(compare(line.payable, roundHalfEven(line.amount, 2)), 0)
    }
    assert.equal(compare(rated.total, sum(rated.lines.map((line) => line.payable))), 0)
    const usage = rated.lines.filter((line) => line.kind === 'usage')
    assert.equal(compare(sum(usage.map((line) => line.quantity)), sum(rows.map((item) => item.quantity))), 0)
    assert.equal(compare(sum(usage.map((line) => multiply(line.quantity, line.listUnitPrice ?? zero))), sum(rows.map(listAmount))), 0)
    assert.equal(usage.reduce((calls, line) => calls + line.calls, 0), rows.length)
  }), { numRuns: 60 })
})

test('the order of rows changes nothing; rating twice changes nothing; late rows make exactly their difference', () => {
  fc.assert(fc.property(rowsOf, rowsOf, (early, late) => {
    const first = rateUnderContract(early, everything, period)
    assert.deepEqual(lineDifference(first, rateUnderContract([...early].reverse(), everything, period)).lines, [])
    const all = rateUnderContract([...early, ...late], everything, period)
    const change = lineDifference(first, all)
    assert.equal(compare(add(first.total, change.total), all.total), 0)
    assert.equal(compare(add(first.exact, change.exact), all.exact), 0)
  }), { numRuns: 40 })
})

test('usage in another currency is not priced by accident', () => {
  const euro: UsageRow = { organization: 'a', project: 'x', model: 'm', deployment: 'd', meter: 'input', tier: 'default', day: '2024-02-01', currency: 'EUR', quantity: decimal(1), listUnitPrice: decimal(1), priceRow: 'p', calls: 1 }
  assert.throws(() => rateUnderContract([euro], everything, period), /convert it/)
})

test('amortisation of adjoining periods adds up to what was bought, also under pause and end', () => {
  for (const effect of ['run', 'pause', 'end']) {
    const contract = contractOf(`{ provisioned: [{ id: y, count: 7, model: m, term: yearly, unitPrice: "2652", from: "2024-02-29", until: "2024-12-31", whenSuspended: ${effect} }] }`, '[{ from: "2024-06-10T03:00:00Z", until: "2024-06-20" }]')
    const item = contract.terms.provisioned[0]
    assert.ok(item)
    let total = zero
    for (let month = '2024-02-01'; month < '2025-06-01'; month = addMonths(month, 1)) total = add(total, amortisedIn(contract, item, { from: month, until: addMonths(month, 1) }))
    assert.equal(formatDecimal(total), '18564')
    const june = amortisedIn(contract, item, { from: '2024-07-01', until: '2024-08-01' })
    assert.equal(formatDecimal(june) === '0', effect === 'end')
  }
})

test('yearly units that are paid by the month cost what was charged for them, also where a suspension ends them', () => {
  for (const [effect, charged] of [['run', '18564'], ['end', '6188']] as const) {
    const contract = contractOf(`{ provisioned: [{ id: y, count: 7, model: m, term: yearly, payment: monthly, unitPrice: "2652", from: "2024-03-01", until: "2025-03-01", whenSuspended: ${effect} }] }`, '[{ from: "2024-06-10T03:00:00Z", until: "2024-06-20" }]')
    const item = contract.terms.provisioned[0]
    assert.ok(item)
    let [cost, paid] = [zero, zero]
    for (let month = '2024-03-01'; month < '2025-06-01'; month = addMonths(month, 1)) {
      const within = { from: month, until: addMonths(month, 1) }
      cost = add(cost, amortisedIn(contract, item, within))
      for (const charge of chargesIn(contract, item, within)) paid = add(paid, multiply(charge.quantity, charge.unitPrice))
    }
    assert.deepEqual([formatDecimal(cost), formatDecimal(paid)], [charged, charged], effect)
  }
})

test('a paused term lasts longer by the suspended time', () => {
  const contract = contractOf('{ provisioned: [{ id: m, count: 1, model: m, term: monthly, unitPrice: "300", from: "2024-04-01", whenSuspended: pause }] }', '[{ from: "2024-04-11", until: "2024-04-21" }]')
  const rated = rateUnderContract([], contract, { from: '2024-04-01', until: '2024-07-01' })
  assert.deepEqual(rated.lines.map((line) => [line.from, formatDecimal(line.payable)]), [['2024-04-01', '300'], ['2024-05-01', '300'], ['2024-06-01', '300']])
  const item = contract.terms.provisioned[0]
  assert.ok(item)
  assert.equal(formatDecimal(amortisedIn(contract, item, { from: '2024-04-11', until: '2024-04-21' })), '0')
  assert.equal(formatDecimal(amortisedIn(contract, item, { from: '2024-05-01', until: '2024-05-11' })), '100')
})

test('provisioned cost divides into used and unused, and gives the price of a token as it was used', () => {
  const contract = contractOf('{ provisioned: [{ id: u, count: 10, model: m, term: hourly, unitPrice: "1", from: "2024-04-01", tokensPerMinute: "3400" }] }')
  const item = contract.terms.provisioned[0]
  assert.ok(item)
  const used = utilisationIn(contract, item, { from: '2024-04-01', until: '2024-04-02' }, decimal(12_240_000))
  assert.deepEqual([used.cost, used.capacity, used.usedCost, used.unusedCost, used.utilisation].map((value) => value === undefined ? '' : formatDecimal(value)), ['240', '48960000', '60', '180', '0.25'])
  assert.equal(formatDecimal(used.perToken ?? zero), '0.000019607843137255')
})

test('allocation gives away exactly what there is', () => {
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 9 }), (amount, weights) => {
    const money = { coefficient: amount, scale: 4 }
    assert.equal(compare(sum(allocate(money, weights.map(decimal))), money), 0)
  }))
})

const grantsOf = (contract: Contract): readonly Grant[] => contract.terms.credits.map((grant) => ({ grant, left: decimal(grant.amount) }))
const daily = (amounts: Readonly<Record<string, string>>) => new Map(Object.entries(amounts).map(([day, amount]) => [day, decimal(amount)]))
const drawsOf = (contract: Contract, charges: Readonly<Record<string, string>>) => {
  const byDay = daily(charges)
  return drawCredits(contract, grantsOf(contract), byDay, roundHalfEven(sum(byDay.values()), 2)).map((draw) => `${draw.grant} ${formatDecimal(draw.amount)}`)
}

test('credit: soonest expiry first, a stated order before it, nothing after expiry, never more than is owed', () => {
  const contract = contractOf('{ credits: [{ id: late, amount: "100", from: "2024-01-01", expires: "2025-01-01" }, { id: soon, amount: "30", from: "2024-01-01", expires: "2024-04-10" }] }')
  assert.deepEqual(drawsOf(contract, { '2024-04-01': '20', '2024-04-09': '20' }), ['soon 30', 'late 10'])
  assert.deepEqual(drawsOf(contract, { '2024-04-01': '20', '2024-04-10': '20' }), ['soon 20', 'late 20'])
  assert.deepEqual(drawsOf(contract, { '2024-04-01': '500' }), ['soon 30', 'late 100'])
  const ordered = contractOf('{ credits: [{ id: late, amount: "100", from: "2024-01-01", expires: "2025-01-01", order: -1 }, { id: soon, amount: "30", from: "2024-01-01", expires: "2024-04-10" }] }')
  assert.deepEqual(drawsOf(ordered, { '2024-04-01': '20' }), ['late 20'])
})

test('credit under a suspension: expiry runs, is moved, or the rest is forfeit', () => {
  for (const [effect, expiry] of [['run', '2024-04-10'], ['pause', '2024-04-15'], ['end', '2024-04-03']]) {
    const contract = contractOf(`{ credits: [{ id: c, amount: "100", from: "2024-01-01", expires: "2024-04-10", whenSuspended: ${effect} }] }`, '[{ from: "2024-04-02T08:00:00Z", until: "2024-04-07T20:00:00Z" }]')
    const grant = contract.terms.credits[0]
    assert.ok(grant)
    assert.equal(expiryOf(contract, grant), expiry)
  }
})

test('months: leap days, short months, year ends', () => {
  assert.deepEqual([addMonths('2024-01-31', 1), addMonths('2023-01-31', 1), addMonths('2024-02-29', 12), addMonths('2024-12-15', 1), addMonths('2024-03-31', -1)], ['2024-02-29', '2023-02-28', '2025-02-28', '2025-01-15', '2024-02-29'])
  assert.equal(daysBetween('2024-02-01', '2024-03-01'), 29)
  assert.equal(daysBetween('2026-03-28', '2026-03-30'), 2)
})

test('nothing is lost by rounding: a thousand lines of half a cent', () => {
  const rows = Array.from({ length: 1000 }, (_, index): UsageRow => ({ organization: 'a', project: `p${index}`, model: 'm', deployment: 'd', meter: 'input', tier: 'default', day: '2024-05-01', currency: 'USD', quantity: decimal(1), listUnitPrice: decimal('0.005'), priceRow: 'p', calls: 1 }))
  const rated = rateUnderContract(rows, contractOf('{}'), { from: '2024-05-01', until: '2024-06-01' })
  assert.equal(formatDecimal(rated.total), '0')
  assert.equal(formatDecimal(subtract(rated.exact, rated.remainder)), '0')
  assert.equal(formatDecimal(divideRounded(rated.exact, decimal(1), 3)), '5')
})
