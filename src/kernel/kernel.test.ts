/** Properties of what everything rests on: exact decimals, ids in the order of time, one text for one value, seeds that repeat. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson, type Json } from './canonical-json.ts'
import { absolute, add, compare, decimal, divideRounded, formatDecimal, fromPicos, multiply, negate, parseDecimal, roundHalfEven, roundUp, subtract, sum, toPicosUp, type Decimal } from './decimal.ts'
import { idMaker, timeOfId } from './ids.ts'
import { billable, nonsense } from './meters.ts'
import { seededRandom, wholeBelow } from './random.ts'

const amount: fc.Arbitrary<Decimal> = fc.record({ coefficient: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), scale: fc.integer({ min: 0, max: 25 }) })
const equal = (a: Decimal, b: Decimal): boolean => compare(a, b) === 0
/** The value times 10^60, as a whole number. */
const scaled = ({ coefficient, scale }: Decimal): bigint => coefficient * 10n ** BigInt(60 - scale)

test('decimals: text and back, sums and products are exact', () => {
  fc.assert(fc.property(amount, amount, amount, (a, b, c) => {
    assert.ok(equal(decimal(formatDecimal(a)), a))
    assert.equal(scaled(add(a, b)), scaled(a) + scaled(b))
    assert.equal(scaled(subtract(a, b)), scaled(a) - scaled(b))
    assert.ok(equal(sum([a, b, c]), sum([c, a, b])) && equal(add(a, negate(a)), decimal(0)))
    assert.ok(equal(multiply(a, add(b, c)), add(multiply(a, b), multiply(a, c))))
  }))
  assert.ok(!equal(decimal('0.1'), decimal('0.10000000000000000555')))
  assert.throws(() => decimal(0.1), /only safe integers/)
  for (const text of ['', '.', '1.2.3', '0x10', 'NaN', '1e401', '1 000', '--1']) assert.equal(parseDecimal(text), undefined, text)
})

test('decimals: rounding is half to even, up is never below, and neither is off by a unit', () => {
  for (const [text, rounded] of [['0.005', '0'], ['0.015', '0.02'], ['0.025', '0.02'], ['-0.005', '0'], ['-0.015', '-0.02'], ['2.675', '2.68'], ['0.0050000000001', '0.01']] as const) {
    assert.ok(equal(roundHalfEven(decimal(text), 2), decimal(rounded)), text)
  }
  fc.assert(fc.property(amount, fc.integer({ min: 0, max: 25 }), (a, scale) => {
    const unit = 10n ** BigInt(60 - scale)
    const rounded = roundHalfEven(a, scale)
    const off = scaled(rounded) - scaled(a)
    assert.ok(2n * (off < 0n ? -off : off) <= unit)
    if (2n * (off < 0n ? -off : off) === unit) assert.equal(rounded.coefficient % 2n, 0n)
    const over = scaled(roundUp(a, scale)) - scaled(a)
    assert.ok(over >= 0n && over < unit)
    assert.ok(compare(fromPicos(toPicosUp(a)), a) >= 0)
  }))
  fc.assert(fc.property(amount, amount.filter(({ coefficient }) => coefficient !== 0n), (a, b) => {
    const back = subtract(multiply(divideRounded(a, b, 20), b), a)
    const most = multiply({ coefficient: 1n, scale: 20 }, absolute(b))
    assert.ok(compare(absolute(back), most) <= 0)
  }))
})

test('ids sort by time, tell their instant, and are never given twice', () => {
  let now = 1_790_000_000_000
  const makeId = idMaker({ now: () => now, monotonic: () => 0 }, seededRandom(1))
  const ids: string[] = []
  for (let count = 0; count < 20_000; count += 1) {
    if (count % 7 === 0) now += 1
    const id = makeId('call')
    assert.equal(timeOfId(id), now)
    ids.push(id)
  }
  assert.equal(new Set(ids).size, ids.length)
  const instants = ids.map((id) => timeOfId(id) ?? 0)
  assert.deepEqual(ids.toSorted().map((id) => timeOfId(id) ?? 0), instants)
  for (const text of ['call_', 'call_0', 'CALL_0123456789abcdefghjkmnpqr', 'call_0123456789abcdefghijklmno']) assert.equal(timeOfId(text), undefined, text)
})

test('canonical JSON: equal values have equal bytes, whatever the order of their members', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const json = value as Json
    const text = canonicalJson(json)
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)))
    assert.equal(canonicalJson(JSON.parse(text) as Json), text)
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) assert.equal(canonicalJson(Object.fromEntries(Object.entries(json).toReversed())), text)
  }))
  assert.equal(canonicalJson({ b: 1e21, a: 0.1, '\u00e9': 'x', A: [null, true], gone: undefined }), '{"A":[null,true],"a":0.1,"b":1e+21,"\u00e9":"x"}')
  assert.throws(() => canonicalJson(Number.NaN), /no NaN/)
})

test('a seed repeats its run, and another gives another', () => {
  const draw = (seed: number): readonly number[] => Array.from({ length: 50 }, ((random) => () => wholeBelow(random, 1_000))(seededRandom(seed)))
  assert.deepEqual(draw(5), draw(5))
  assert.notDeepEqual(draw(5), draw(6))
  assert.ok(draw(5).every((one) => Number.isInteger(one) && one >= 0 && one < 1_000))
})

test('counts become disjoint quantities that add up to the totals; what was not counted does not appear, and nonsense is named', () => {
  assert.deepEqual([...billable({ input: 10, cachedInput: 4 })], [['input', '6'], ['cached_input', '4']])
  assert.deepEqual([...billable({})], [])
  const part = fc.nat({ max: 1_000 })
  fc.assert(fc.property(fc.record({ cachedInput: part, cacheWrite: part, audioInput: part, reasoning: part, imageOutput: part, plainIn: part, plainOut: part }), ({ plainIn, plainOut, ...parts }) => {
    const counts = { ...parts, input: plainIn + parts.cachedInput + parts.cacheWrite + parts.audioInput, output: plainOut + parts.reasoning + parts.imageOutput }
    assert.equal(nonsense(counts), undefined)
    const total = [...billable(counts).values()].reduce((all, one) => all + Number(one), 0)
    assert.equal(total, counts.input + counts.output)
    if (plainIn < parts.cachedInput) assert.match(nonsense({ ...counts, input: counts.input - plainIn - 1 }) ?? '', /parts of input add up to/)
  }))
  for (const counts of [{ input: -1 }, { input: 1.5 }, { output: Number.NaN }, { reasoning: 1 }, { input: 1, cachedInput: 2 }, { audioSeconds: '-1' }]) assert.ok(nonsense(counts) !== undefined, JSON.stringify(counts))
})
