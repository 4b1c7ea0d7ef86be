import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Decimal, decimal, divideRounded, formatDecimal, formatFixed, multiply, roundHalfEven } from '../../kernel/decimal.ts'
import { type UnitModel, breakEven, unitMonthValue, unitsFor, valueWithCache } from './sizing.ts'

const gpt52 = (step: number, minimum: number): UnitModel => ({ tokensPerMinutePerUnit: decimal('3400'), outputWeight: decimal('8'), step, minimum })
const load = (input: string, output: string, cached: string) => ({ requestsPerMinute: decimal('1000'), inputTokens: decimal(input), outputTokens: decimal(output), cachedFraction: decimal(cached) })

test('worked examples of provisioned units: 110, 80 and 150', () => {
  for (const [input, output, cached, step, minimum, raw, units] of [
    ['200', '20', '0', 5, 15, '105.8824', 110],
    ['200', '20', '0.5', 5, 15, '76.4706', 80],
    ['100', '50', '0', 50, 50, '147.0588', 150],
  ] as const) {
    const sized = unitsFor(load(input, output, cached), gpt52(step, minimum))
    assert.equal(formatDecimal(sized.raw), raw)
    assert.equal(sized.units, units)
  }
})

test('a load that fits exactly takes no further step, and a small one takes the minimum', () => {
  const exact = { requestsPerMinute: decimal(1), inputTokens: decimal(34_000), outputTokens: decimal(0), cachedFraction: decimal(0) }
  assert.equal(unitsFor(exact, gpt52(5, 5)).units, 10)
  assert.equal(unitsFor({ ...exact, inputTokens: decimal(34_001) }, gpt52(5, 5)).units, 15)
  assert.equal(unitsFor({ ...exact, inputTokens: decimal(1) }, gpt52(5, 15)).units, 15)
})

/** Value, break-even at a month, at a year, year against data-zone prices, year with half the input cached at 5:1. */
const breakEvens = `
gpt-5       4750  8 1.25 0.125 | 260.1 1.000 .850 .773 .830
gpt-5.2     3400  8 1.75 0.175 | 260.6  .998 .848 .771 .828
gpt-5.4     2400  6 2.5  0.25  | 262.8  .989 .841 .764 .817
gpt-5.5     1200  6 5    0.5   | 262.8  .989 .841 .764 .817
gpt-4.1     3000  4 2    0.5   | 262.8  .989 .841 .764 .767
gpt-4o      2500  4 2.5  1.25  | 273.8  .950 .807 .734 .677
gpt-4o-mini 37000 4 0.15 0.075 | 243.1 1.070 .909 .826 .762`

const shown = (value: Decimal, digits: number): string => formatFixed(roundHalfEven(value, digits)).replace(/^0/, '')

test('break-even table', () => {
  for (const row of breakEvens.trim().split('\n')) {
    const [left = '', right = ''] = row.split('|')
    const [name, tpm = '', weight = '', price = '', cachedPrice = ''] = left.trim().split(/\s+/)
    const [value = '', month = '', year = '', zone = '', cached = ''] = right.trim().split(/\s+/)
    const model: UnitModel = { tokensPerMinutePerUnit: decimal(tpm), outputWeight: decimal(weight), minimum: 15, step: 5 }
    const worth = unitMonthValue(model, divideRounded(decimal(price), decimal(1_000_000), 12))
    const half = valueWithCache(worth, decimal(5), decimal('0.5'), divideRounded(decimal(cachedPrice), decimal(price), 6), decimal(weight))
    const wide = (a: Decimal) => breakEven(decimal(221), a, 9)
    assert.deepEqual([name, shown(worth, 1), shown(breakEven(decimal(260), worth, 9), 3), shown(wide(worth), 3), shown(wide(multiply(worth, decimal('1.1'))), 3), shown(wide(half), 3)], [name, value, month, year, zone, cached])
  }
})
