import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ceiling, compareRatios, fixedText, floor, minus, over, percentText, plus, ratio, times, toRatio } from './ratio.ts'

const ratios = fc.tuple(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.bigInt({ min: 1n, max: 10n ** 9n })).map(([a, b]) => ratio(a, b))

test('fractions are a field: what is added comes off, what is multiplied divides', () => {
  fc.assert(fc.property(ratios, ratios, (a, b) => {
    assert.deepEqual(minus(plus(a, b), b), a)
    if (b.numerator !== 0n) assert.deepEqual(over(times(a, b), b), a)
    assert.equal(compareRatios(a, b), compareRatios(minus(a, b), toRatio(0)))
    const up = ceiling(a)
    assert.ok(compareRatios(toRatio(up), a) >= 0 && compareRatios(toRatio(up - 1n), a) < 0)
    const down = floor(a)
    assert.ok(compareRatios(toRatio(down), a) <= 0 && compareRatios(toRatio(down + 1n), a) > 0)
  }))
})

test('a fraction is rounded once, half to even, where it is shown', () => {
  assert.equal(fixedText(ratio(1n, 8n), 2), '0.12')
  assert.equal(fixedText(ratio(3n, 8n), 2), '0.38')
  assert.equal(percentText(ratio(1n, 3n)), '33.33')
  assert.throws(() => ratio(1n, 0n))
})
