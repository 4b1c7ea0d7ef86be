import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { breakEvenVolume, type InputName, makeOrBuy, type MakeOrBuy } from './make-or-buy.ts'
import { compareRatios, fixedText, over, type Ratio, ratio, times, toRatio } from './ratio.ts'

type Values = Readonly<Record<InputName, Ratio>>
const million = toRatio(1_000_000)
const base: Values = {
  price: over(toRatio('2.93'), million), variableCost: over(toRatio('0.05'), million), build: toRatio(6_000_000), amortisationMonths: toRatio(24), operations: toRatio(150_000),
  // 730 hours at 3.5 dollars; 3,115 tokens a second, busy half the time
  unitMonth: toRatio(2_555), unitTokens: toRatio(3_115 * 3_600 * 730), utilisation: ratio(1n, 2n),
}

test('V* = (build/T + ops + n·c) / (p − v), with the n that carries it', () => {
  const found = breakEvenVolume(base)
  assert.ok(found.status === 'reached')
  // fixed 400,000 a month; one accelerator carries 4.093e9 tokens, worth 11,788 less 2,555: 43.3 of them pay
  const { volume, units } = found.at
  const carried = times(times(base.unitTokens, base.utilisation), { numerator: units, denominator: 1n })
  assert.ok(compareRatios(volume, carried) <= 0, 'the accelerators carry the volume')
  assert.equal(units, 44n)
  assert.equal(fixedText(volume, 0), fixedText(over(toRatio(400_000 + 44 * 2_555), over(toRatio('2.88'), million)), 0))
})

test('one accelerator fewer would not carry what pays for it', () => {
  const found = breakEvenVolume(base)
  assert.ok(found.status === 'reached')
  const fewer = found.at.units - 1n
  const volume = over(toRatio(400_000 + Number(fewer) * 2_555), over(toRatio('2.88'), million))
  assert.ok(compareRatios(volume, times(times(base.unitTokens, base.utilisation), { numerator: fewer, denominator: 1n })) > 0)
})

test('where a token served costs what a bought one costs, no volume pays', () => {
  assert.equal(breakEvenVolume({ ...base, variableCost: base.price }).status, 'never')
  assert.equal(breakEvenVolume({ ...base, unitMonth: toRatio(20_000) }).status, 'never')
  assert.equal(breakEvenVolume({ ...base, utilisation: toRatio(0) }).status, 'never')
})

test('what is free at one end moves the answer most, and divides nothing', () => {
  const free = (values: Partial<Values>): MakeOrBuy => Object.fromEntries(Object.entries({ ...base, build: toRatio(0), operations: toRatio(0), unitMonth: toRatio(0), ...values })
    .map(([name, value]) => [name, { low: name === 'unitMonth' ? toRatio(0) : value, high: value, unit: 'x', source: { kind: 'assumption', id: name, date: '2026-11-23' } }])) as unknown as MakeOrBuy
  assert.deepEqual(makeOrBuy(free({})).middle, { status: 'reached', at: { volume: toRatio(0), units: 1n } })
  assert.equal(makeOrBuy(free({ unitMonth: toRatio(100) })).sensitivity[0]?.name, 'unitMonth')
})

const percent = fc.integer({ min: 100, max: 400 }).map((value) => ratio(BigInt(value), 100n))
const names = Object.keys(base) as InputName[]
const rises: ReadonlySet<InputName> = new Set<InputName>(['variableCost', 'build', 'operations', 'unitMonth'])

test('break-even is monotone: dearer supply lowers it, every cost of one\'s own raises it', () => {
  fc.assert(fc.property(fc.record(Object.fromEntries(names.map((name) => [name, percent])) as Record<InputName, typeof percent>), fc.constantFrom(...names), percent, (factors, name, more) => {
    const start = Object.fromEntries(names.map((each) => [each, times(base[each], factors[each])])) as Record<InputName, Ratio>
    const before = breakEvenVolume(start)
    const after = breakEvenVolume({ ...start, [name]: times(start[name], more) })
    if (before.status === 'never') return rises.has(name) ? assert.equal(after.status, 'never') : undefined
    if (after.status === 'never') return assert.ok(rises.has(name))
    const order = compareRatios(after.at.volume, before.at.volume)
    assert.ok(rises.has(name) ? order >= 0 : order <= 0, name)
  }))
})

test('the range holds its middle, names every row, and puts what decides first', () => {
  const inputs = Object.fromEntries(names.map((name) => {
    const spread = name === 'build' ? 2n : 20n
    const low = times(base[name], ratio(spread - 1n, spread))
    return [name, { low, high: times(base[name], ratio(spread + 1n, spread)), unit: 'x', source: { kind: 'assumption', id: `row ${name}`, date: '2026-11-23' } }]
  })) as unknown as MakeOrBuy
  const range = makeOrBuy(inputs)
  assert.ok(range.best.status === 'reached' && range.middle.status === 'reached' && range.worst.status === 'reached')
  assert.ok(compareRatios(range.best.at.volume, range.middle.at.volume) < 0 && compareRatios(range.middle.at.volume, range.worst.at.volume) < 0)
  assert.deepEqual(range.inputs.map(({ input }) => input.source.id).toSorted(), names.map((name) => `row ${name}`).toSorted())
  assert.equal(range.sensitivity[0]?.name, 'build')
})
