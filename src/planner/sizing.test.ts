/** The worked examples of provisioned units and the break-even table, as published, through what the advice is made with. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unitFacts } from './provisioned-facts.ts'
import { fixedText, minus, one, over, plus, type Ratio, times, toRatio } from './ratio.ts'
import { breakEvenShare } from './reservation.ts'
import { hoursPerMonth, unitsToCarry, worthOfCache } from './sizing.ts'

/** Input-equivalent tokens of a thousand requests a minute, of which a share is cached and carried for nothing: `RPM·in·(1−cache) + w·RPM·out`. */
const load = (input: string, output: string, cached: string, outputWeight: Ratio): Ratio =>
  times(toRatio(1_000), plus(times(toRatio(input), minus(one, toRatio(cached))), times(outputWeight, toRatio(output))))

test('worked examples: 110, 80 and 150 units', () => {
  for (const [input, output, cached, region, raw, units] of [['200', '20', '0', 'global', '105.88', 110], ['200', '20', '0.5', 'global', '76.47', 80], ['100', '50', '0', 'regional', '147.06', 150]] as const) {
    const unit = unitFacts('gpt-5.2', region)
    assert.ok(unit)
    const sized = unitsToCarry(load(input, output, cached, unit.outputWeight), unit)
    assert.deepEqual([fixedText(sized.raw, 2), sized.units], [raw, units])
  }
})

test('a load that fits exactly takes no further step, and a small one takes the minimum', () => {
  const unit = { tokensPerMinute: toRatio(3_400), step: 5, minimum: 5 }
  assert.deepEqual([34_000, 34_001, 1, 0].map((tokens) => unitsToCarry(toRatio(tokens), { ...unit, minimum: tokens < 2 ? 15 : 5 }).units), [10, 15, 15, 15])
})

/** Price per million of input, cached input | value of a full unit-month, break-even by the month, by the year, year against data-zone prices, year with half the input cached at 5:1. */
const table = `
gpt-5       1.25 0.125 | 260.1 1.000 .850 .773 .830
gpt-5.2     1.75 0.175 | 260.6  .998 .848 .771 .828
gpt-5.4     2.5  0.25  | 262.8  .989 .841 .764 .817
gpt-5.5     5    0.5   | 262.8  .989 .841 .764 .817
gpt-4.1     2    0.5   | 262.8  .989 .841 .764 .767
gpt-4o      2.5  1.25  | 273.8  .950 .807 .734 .677
gpt-4o-mini 0.15 0.075 | 243.1 1.070 .909 .826 .762`

test('the break-even table, every column', () => {
  const shown = (value: Ratio, digits: number): string => fixedText(value, digits).replace(/^0/, '')
  for (const row of table.trim().split('\n')) {
    const [left = '', right = ''] = row.split('|')
    const [model = '', price = '', cachedPrice = ''] = left.trim().split(/\s+/)
    const unit = unitFacts(model, 'global')
    assert.ok(unit, model)
    const tokenPrice = over(toRatio(price), toRatio(1_000_000))
    const share = (monthPrice: Ratio, perToken: Ratio): string => shown(breakEvenShare({ ...unit, monthPrice, tokenPrice: perToken }), 3)
    const half = worthOfCache({ plain: toRatio('2.5'), cached: toRatio('2.5'), output: toRatio(1) }, over(toRatio(cachedPrice), toRatio(price)), unit.outputWeight)
    const { month, year } = unit.monthPrice
    const got = [shown(times(times(unit.tokensPerMinute, toRatio(60 * hoursPerMonth)), tokenPrice), 1), share(month, tokenPrice), share(year, tokenPrice), share(year, times(tokenPrice, toRatio('1.1'))), share(year, times(tokenPrice, half))]
    assert.deepEqual([model, ...got], [model, ...right.trim().split(/\s+/)])
  }
})

test('a unit that nothing fills is worth what it is, with or without a cache', () => {
  const nothing = { plain: toRatio(0), cached: toRatio(5), output: toRatio(0) }
  assert.equal(fixedText(worthOfCache(nothing, toRatio('0.5'), toRatio(4)), 1), '1.0')
})
