import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { add, compare, decimal, formatDecimal, formatFixed, multiply, sum, zero } from '../../kernel/decimal.ts'
import { addDays, eachDay, monthPeriod } from './calendar.ts'
import { type Contract, holdsOn } from './contract.ts'
import { parseContract } from './parse-contract.ts'
import { cover, mainOf, type StoredContract } from './cover.ts'
import { rateUnderContract } from './rate-contract.ts'
import type { UsageRow } from './usage-row.ts'

function stored(id: string, from: string, until: string | undefined, terms = '{}'): StoredContract {
  const parsed = parseContract(`id: ${id}\nparty: acme\nside: customer\ncurrency: USD\nterm: { from: "${from}"${until === undefined ? '' : `, until: "${until}"`} }\nterms: ${terms}\n`)
  if ('faults' in parsed) assert.fail(JSON.stringify(parsed.faults))
  return { contract: parsed.contract, version: 1 }
}

const row = (day: string, quantity: number, deployment = 'main'): UsageRow => ({
  organization: 'acme', project: 'p', model: 'm', deployment, meter: 'input', tier: 'default', day, currency: 'USD', quantity: decimal(quantity), listUnitPrice: decimal('0.01'), priceRow: 'p', calls: 1,
})

const november = monthPeriod('2026-11')
const daysOf = (parts: readonly StoredContract[]): readonly string[] =>
  parts.map(({ contract }) => `${contract.id} ${(contract.heldOn ?? [november]).map((span) => `${span.from.slice(5)}..${span.until.slice(5)}`).join(' ')}`)

const months: readonly (readonly [string, readonly StoredContract[], readonly string[], string])[] = [
  ['no contract', [], ['list/acme 11-01..12-01'], 'list/acme'],
  ['one that holds on all of it', [stored('a', '2026-01-01', undefined)], ['a 11-01..12-01'], 'a'],
  ['one that begins within', [stored('a', '2026-11-11', undefined)], ['list/acme 11-01..11-11', 'a 11-11..12-01'], 'a'],
  ['one that ends within', [stored('a', '2026-01-01', '2026-11-11')], ['a 11-01..11-11', 'list/acme 11-11..12-01'], 'a'],
  ['one after the other', [stored('a', '2026-01-01', '2026-11-11'), stored('b', '2026-11-11', undefined)], ['a 11-01..11-11', 'b 11-11..12-01'], 'b'],
  ['a gap between', [stored('a', '2026-01-01', '2026-11-11'), stored('b', '2026-11-21', undefined)], ['a 11-01..11-11', 'list/acme 11-11..11-21', 'b 11-21..12-01'], 'b'],
  ['a later one that takes the place of an open one', [stored('a', '2026-01-01', undefined), stored('b', '2026-11-21', undefined)], ['a 11-01..11-21', 'b 11-21..12-01'], 'b'],
  ['a later one within an open one, which goes on', [stored('a', '2026-01-01', undefined), stored('b', '2026-11-11', '2026-11-21')], ['a 11-01..11-11 11-21..12-01', 'b 11-11..11-21'], 'b'],
]

test('which contract holds on which day', () => {
  for (const [name, contracts, days, main] of months) {
    const parts = cover(contracts, '2026-11', 'acme', 'USD')
    assert.deepEqual(daysOf(parts), days, name)
    assert.equal(mainOf(parts).contract.id, main, name)
    assert.deepEqual(daysOf(cover(contracts.toReversed(), '2026-11', 'acme', 'USD')), days, `${name}, saved the other way round`)
  }
})

const lines = (contract: Contract, rows: readonly UsageRow[]): readonly string[] =>
  rateUnderContract(rows, contract, november).lines.map((line) => `${line.kind} ${line.rule} ${formatDecimal(line.quantity)} ${formatFixed(line.payable)} ${line.from.slice(8)}..${line.until.slice(8)}`)

test('monthly rules of a part: minimum and allowance by its days, bands whole, units by their hours, a commitment by its own dates', () => {
  const terms = `
  allowances: [{ id: free, quantity: "300", models: [m] }]
  quantityTiers: [{ id: t, kind: graduated, bands: [{ upTo: "500", perUnit: "0.01" }, { perUnit: "0.005" }] }]
  minimum: { amount: "90" }
  commitments: [{ id: k, amount: "20", from: "2026-01-01", until: "2026-11-15" }]
  provisioned: [{ id: u, count: 1, model: m, deployments: [ptu], term: hourly, unitPrice: "0.1", from: "2026-01-01" }]`
  const part = cover([stored('a', '2026-01-01', '2026-11-11', terms)], '2026-11', 'acme', 'USD')[0]?.contract
  assert.ok(part)
  // Ten of thirty days: 100 free, 30.00 at least. 10 days of a unit are 240 hours, 24.00; 700 more units cost 5.00 and 1.00; 20.00 were committed and 30.00 drawn.
  assert.deepEqual(lines(part, [row('2026-11-03', 800)]), [
    'usage allowance free 100 0.00 01..11', 'usage tier t band 1 500 5.00 01..11', 'usage tier t band 2 200 1.00 01..11', 'provisioned provisioned u 240 24.00 01..11',
  ])
  assert.deepEqual(lines(part, []), ['provisioned provisioned u 240 24.00 01..11', 'minimum-shortfall minimum 1 6.00 01..11'])
})

test('a contract that goes on after another within it owes each monthly rule once', () => {
  const terms = '{ minimum: { amount: "90" }, allowances: [{ id: free, quantity: "300" }], commitments: [{ id: k, amount: "200", from: "2026-01-01", until: "2026-11-30" }] }'
  const [a] = cover([stored('a', '2026-01-01', undefined, terms), stored('b', '2026-11-11', '2026-11-21')], '2026-11', 'acme', 'USD')
  assert.ok(a)
  const rated = lines(a.contract, [row('2026-11-03', 150), row('2026-11-25', 150)])
  // Twenty of thirty days: 200 free of 300 used, 60.00 at least.
  assert.deepEqual(rated.filter((line) => line.startsWith('minimum') || line.startsWith('commitment')), ['minimum-shortfall minimum 1 59.00 21..01', 'commitment-shortfall commitment k 1 199.00 21..01'])
  assert.deepEqual(rated.filter((line) => line.startsWith('usage')), ['usage allowance free 150 0.00 01..11', 'usage allowance free 50 0.00 21..01', 'usage list 100 1.00 21..01'])
})

const span = fc.tuple(fc.integer({ min: -20, max: 40 }), fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }))

test('every day has one contract and every row one price, whatever terms overlap', () => {
  fc.assert(fc.property(fc.array(span, { maxLength: 5 }), fc.array(fc.nat({ max: 29 }), { maxLength: 20 }), (spans, days) => {
    const contracts = spans.map(([first, length], index) => {
      const from = addDays('2026-11-01', first)
      return stored(`c${index}`, from, length === undefined ? undefined : addDays(from, length), `{ discounts: [{ percent: "${index * 10}" }], allowances: [{ id: f, quantity: "30" }], quantityTiers: [{ id: t, kind: volume, bands: [{ upTo: "50", discountPercent: "0" }, { discountPercent: "5" }] }] }`)
    })
    const parts = cover(contracts, '2026-11', 'acme', 'USD')
    for (const day of eachDay(november)) assert.equal(parts.filter(({ contract }) => holdsOn(contract, day)).length, 1, day)
    const rows = days.map((day) => row(addDays('2026-11-01', day), day + 1))
    const rated = parts.map(({ contract }) => rateUnderContract(rows, contract, november))
    const usage = rated.flatMap((each) => each.lines).filter((line) => line.kind === 'usage')
    assert.equal(compare(sum(usage.map((line) => line.quantity)), sum(rows.map((each) => each.quantity))), 0)
    assert.equal(compare(sum(usage.map((line) => multiply(line.quantity, line.listUnitPrice ?? zero))), sum(rows.map((each) => multiply(each.quantity, each.listUnitPrice)))), 0)
    for (const cut of [7, 15, 23]) {
      const middle = addDays('2026-11-01', cut)
      for (const [index, { contract }] of parts.entries()) {
        const halves = [rateUnderContract(rows, contract, { from: november.from, until: middle }), rateUnderContract(rows, contract, { from: middle, until: november.until })]
        assert.equal(compare(halves.reduce((total, half) => add(total, half.exact), zero), rated[index]?.exact ?? zero), 0)
      }
    }
  }), { numRuns: 40 })
})
