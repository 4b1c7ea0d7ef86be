import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { seededRandom } from '../kernel/random.ts'
import { actualSchema, type Guidance, guidanceSchema } from './guidance.ts'
import { dampedDrift, type DatedActual, guidanceOdds } from './guidance-odds.ts'

const subject = { base: 'whole-cloud', metric: 'growth on the year before', unit: '%' }
const guided = (low: string, high: string, quarter = '2026Q1'): Guidance => guidanceSchema.parse({ ...subject, quarter, low, high, owner: 'finance chief', given: '2026-01-01', assumptions: ['none'], source: 'test' })
/** Actuals of the quarters before 2026Q1, the last of them 2025Q4. */
const known = (values: readonly number[]): readonly DatedActual[] => values.map((value, index) => {
  const at = 2026 * 4 - values.length + index
  return { id: `plan_${index}`, actual: actualSchema.parse({ ...subject, quarter: `${Math.floor(at / 4)}Q${(at % 4) + 1}`, value: value.toFixed(3), known: '2026-01-01', source: 'test' }) }
})
const odds = (found: ReturnType<typeof guidanceOdds>): readonly number[] => {
  assert.equal(found.status, 'known', JSON.stringify(found))
  return found.status === 'known' ? found.figures.map((figure) => Number(figure.value)) : []
}
const noise = (random: { readonly fraction: () => number }): number => Array.from({ length: 12 }, () => random.fraction()).reduce((a, b) => a + b, -6)

test('a series that rises by the same each quarter: the damped drift by hand, and no doubt left', () => {
  assert.equal(dampedDrift([1, 2, 3], 1), 3.8)
  assert.ok(Math.abs(dampedDrift([1, 2, 3], 2) - 4.44) < 1e-9)
  const rising = known([21, 22, 23, 24, 25, 26, 27, 28])
  // Each quarter the rule was 0.2 short; centred, nothing is left to doubt: 28.8.
  assert.deepEqual(odds(guidanceOdds(guided('30', '31'), rising)), [100, 0, 0])
  assert.deepEqual(odds(guidanceOdds(guided('28.5', '29'), rising)), [0, 100, 0])
})

test('too few quarters, a gap, another base, and too far ahead are refused with what is missing', () => {
  const says = (found: ReturnType<typeof guidanceOdds>): string => (found.status === 'missing' ? found.missing.join() : 'known')
  assert.match(says(guidanceOdds(guided('28', '29'), [])), /0 earlier quarters in a row are known, 8 are needed; the next to record is 2025Q4/)
  assert.match(says(guidanceOdds(guided('28', '29'), known([1, 2, 3, 4, 5, 6, 7]))), /7 earlier quarters.*the next to record is 2024Q1/)
  const gap = known([1, 2, 3, 4, 5, 6, 7, 8, 9]).filter((_, index) => index !== 4)
  assert.match(says(guidanceOdds(guided('28', '29'), gap)), /4 earlier quarters in a row.*2024Q4/)
  const other = known([1, 2, 3, 4, 5, 6, 7, 8]).map((row) => ({ ...row, actual: { ...row.actual, base: 'AI business' } }))
  assert.match(says(guidanceOdds(guided('28', '29'), other)), /0 earlier quarters/)
  assert.match(says(guidanceOdds(guided('28', '29', '2027Q1'), known([1, 2, 3, 4, 5, 6, 7, 8]))), /5 quarters before; 4 is the most/)
})

test('the three add up, the same series answers the same, and a higher range is missed from below more often', () => {
  const value = fc.integer({ min: -400, max: 400 }).map((tenths) => tenths / 10)
  fc.assert(fc.property(fc.array(value, { minLength: 8, maxLength: 14 }), value, (values, low) => {
    const rows = known(values)
    const at = (shift: number): readonly number[] => odds(guidanceOdds(guided(String(low + shift), String(low + shift + 1)), rows))
    const here = at(0)
    assert.ok(Math.abs(here.reduce((a, b) => a + b, 0) - 100) < 0.2)
    assert.deepEqual(at(0), here)
    assert.ok((at(5)[0] ?? 0) >= (here[0] ?? 0))
  }), { numRuns: 20 })
})

test('every figure has its interval, its rows and its backtest (P1)', () => {
  const found = guidanceOdds(guided('28', '29'), known([27, 26, 28, 31, 29, 29, 28, 29]))
  assert.ok(found.status === 'known')
  for (const figure of found.figures) {
    assert.ok(Number(figure.interval.low) <= Number(figure.value) && Number(figure.value) <= Number(figure.interval.high), JSON.stringify(figure.interval))
    assert.equal(figure.inputs.length, 8)
    assert.match(figure.checked, /6 quarters forecast from those before: the rule missed by \d.* "as last time" by/)
  }
})

test('on random walks with drift the probabilities mean what they say', () => {
  const random = seededRandom(11)
  let [predicted, happened, brier] = [0, 0, 0]
  const runs = 600
  for (let run = 0; run < runs; run += 1) {
    const drift = noise(random) * 0.3
    const values = [30]
    while (values.length < 13) values.push((values.at(-1) ?? 0) + drift + noise(random))
    const next = values.pop() ?? 0
    const low = (values.at(-1) ?? 0) + noise(random)
    const [below = 0] = odds(guidanceOdds(guided(low.toFixed(3), (low + 1).toFixed(3)), known(values)))
    predicted += below / 100
    const fell = next < Number(low.toFixed(3)) ? 1 : 0
    happened += fell
    brier += (below / 100 - fell) ** 2
  }
  assert.ok(Math.abs(predicted - happened) / runs < 0.05, `${(predicted / runs).toFixed(3)} said, ${(happened / runs).toFixed(3)} happened`)
  assert.ok(brier / runs < 0.23, `Brier score ${(brier / runs).toFixed(3)}; a coin has 0.25`)
})
