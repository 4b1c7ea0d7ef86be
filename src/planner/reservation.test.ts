import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { seededRandom } from '../kernel/random.ts'
import { breakEvenShare, closedForm, costOf, type LoadCurve, reserve, resampledRule, type UnitTerms } from './reservation.ts'
import { unitFacts, weightFits } from './provisioned-facts.ts'
import { compareRatios, fixedText, over, plus, ratio, times, toRatio, zeroRatio } from './ratio.ts'

const hourly = resolve(import.meta.dirname, '../../../shared/traces/servegen-hourly.csv')
const gpt5: UnitTerms = { monthPrice: toRatio(221), tokensPerMinute: toRatio(4750), tokenPrice: toRatio('0.00000125'), minimum: 15, step: 5 }

test('the example: 2,656.4 by the rule, 2,655 by trying all', { skip: !existsSync(hourly) && 'skipped: ../shared/traces not found' }, () => {
  const requests = readFileSync(hourly, 'utf8').trim().split('\n').slice(1).map((line) => line.split(',')).filter(([workload]) => workload === 'm-large').map((row) => toRatio(row[2] ?? '0'))
  assert.equal(requests.length, 336)
  const mean = over(requests.reduce(plus, zeroRatio), toRatio(requests.length))
  const loads = requests.map((load) => over(times(load, toRatio(20_000_000)), mean))
  const found = reserve(loads, gpt5)
  assert.equal(fixedText(found.breakEvenShare, 4), '0.8498')
  assert.equal(fixedText(found.rule, 1), '2656.4')
  assert.equal(found.best.units, 2655)
  assert.equal(fixedText(found.best.cost, 1), '1013220.5')
  assert.equal(fixedText(costOf(loads, gpt5, 2660).cost, 1), '1013224.7')
  assert.equal(fixedText(found.payAsYouGo.cost, 0), '1095000')
  const between = resampledRule(loads, gpt5, seededRandom(1))
  assert.ok(compareRatios(between.low, found.rule) <= 0 && compareRatios(between.high, found.rule) >= 0)
  assert.ok(compareRatios(between.low, between.high) < 0)
})

/** Model, price per million input and output, break-even utilisation by the month and by the year. */
const published = [
  ['gpt-5', '1.25', '10', '1.000', '0.850'], ['gpt-5.1', '1.25', '10', '1.000', '0.850'], ['gpt-5.2', '1.75', '14', '0.998', '0.848'], ['gpt-5.4', '2.5', '15', '0.989', '0.841'],
  ['gpt-5.5', '5', '30', '0.989', '0.841'], ['gpt-4.1', '2', '8', '0.989', '0.841'], ['gpt-4o', '2.5', '10', '0.950', '0.807'], ['gpt-4o-mini', '0.15', '0.6', '1.070', '0.909'],
] as const

test('break-even of published units', () => {
  for (const [model, input, output, month, year] of published) {
    const unit = unitFacts(model, 'global')
    assert.ok(unit, model)
    const tokenPrice = over(toRatio(input), toRatio(1_000_000))
    assert.ok(weightFits(unit, tokenPrice, over(toRatio(output), toRatio(1_000_000))), `${model}: its output weight is its price ratio`)
    const at = (monthPrice: UnitTerms['monthPrice']): string => fixedText(breakEvenShare({ ...unit, monthPrice, tokenPrice }), 3)
    assert.deepEqual([model, at(unit.monthPrice.month), at(unit.monthPrice.year)], [model, month, year])
  }
  assert.equal(unitFacts('unheard-of', 'global'), undefined)
})

const loadCurves: fc.Arbitrary<LoadCurve> = fc.array(fc.integer({ min: 0, max: 200_000 }), { minLength: 1, maxLength: 60 }).map((levels) => levels.map((level) => toRatio(level)))
const terms = fc.record({ price: fc.integer({ min: 1, max: 400 }), token: fc.integer({ min: 1, max: 1_000 }) }).map(({ price, token }) => ({ ...gpt5, minimum: 5, monthPrice: toRatio(price), tokenPrice: ratio(BigInt(token), 100_000_000n) }))

test('the rule is the optimum: no neighbouring count, nor paying as you go, is cheaper than the best by more than its own step allows', () => {
  fc.assert(fc.property(loadCurves, terms, (loads, unit) => {
    const found = reserve(loads, unit)
    const rule = Number(fixedText(closedForm(loads, unit), 6))
    const around = [Math.floor(rule / 5) * 5, Math.ceil(rule / 5) * 5].map((units) => costOf(loads, unit, units).cost)
    const nearest = around.reduce((a, b) => (compareRatios(a, b) <= 0 ? a : b))
    assert.equal(compareRatios(found.best.cost, nearest), 0)
    assert.ok(compareRatios(found.best.cost, found.payAsYouGo.cost) <= 0)
  }))
})

test('a dearer unit is never reserved more, and a dearer token never less', () => {
  fc.assert(fc.property(loadCurves, terms, fc.integer({ min: 1, max: 100 }), (loads, unit, more) => {
    const base = closedForm(loads, unit)
    assert.ok(compareRatios(closedForm(loads, { ...unit, monthPrice: plus(unit.monthPrice, toRatio(more)) }), base) <= 0)
    assert.ok(compareRatios(closedForm(loads, { ...unit, tokenPrice: times(unit.tokenPrice, toRatio(more)) }), base) >= 0)
    assert.ok(compareRatios(breakEvenShare({ ...unit, monthPrice: plus(unit.monthPrice, toRatio(more)) }), breakEvenShare(unit)) > 0)
  }))
})

test('cost splits into what is reserved and what spills, and all that is needed is somewhere', () => {
  fc.assert(fc.property(loadCurves, terms, fc.integer({ min: 0, max: 60 }), (loads, unit, units) => {
    const priced = costOf(loads, unit, units)
    assert.equal(compareRatios(priced.cost, plus(priced.reserved, priced.spillover)), 0)
    const wanted = loads.reduce(plus, zeroRatio)
    const capacity = times(unit.tokensPerMinute, toRatio(units))
    const spilled = loads.reduce((sum, load) => (compareRatios(load, capacity) > 0 ? plus(sum, plus(load, times(capacity, toRatio(-1)))) : sum), zeroRatio)
    if (wanted.numerator > 0n) assert.equal(compareRatios(times(priced.spilledShare, wanted), spilled), 0)
  }))
})
