/**
 * How likely an actual falls below, inside or above a guided range, from the earlier actuals of the same base (economics
 * reference §4: short series, damped drift, residual bootstrap). Floats: a probability is a measurement, not money.
 *
 *   forecast of quarter n+h:  y(n) + d·(φ + φ² + … + φ^h)     d: mean change of a quarter, φ = 0.8
 *   its error:                h draws, with replacement, of the one-quarter errors that the rule made before, centred
 */
import { seededRandom, wholeBelow, type Random } from '../kernel/random.ts'
import { type Figure, type Known, missing, type Source } from './figure.ts'
import { type Actual, finalityOf, type Guidance } from './guidance.ts'

/** Fewer earlier quarters leave fewer than six errors to draw from. */
const quartersNeeded = 8
/** Quarters ahead beyond which so short a series says nothing. */
const horizonMax = 4
/** Drift fades: part of it that each further quarter keeps. Assumed, as is usual for damped trends (Gardner and McKenzie 1985 fit 0.8 to 0.98). */
const damping = 0.8
const draws = 4_000
const resamples = 200

export interface DatedActual { readonly id: string; readonly actual: Actual }

/** Quarters since year 0, and whose year: `FY2026Q4` and `2026Q4` are not of one calendar. */
function quarterOf(text: string): { readonly calendar: string; readonly index: number } {
  const [, calendar = '', year = '0', quarter = '1'] = /^(FY)?(\d{4})Q([1-4])$/.exec(text) ?? []
  return { calendar, index: Number(year) * 4 + Number(quarter) - 1 }
}

const nameOf = (calendar: string, index: number): string => `${calendar}${Math.floor(index / 4)}Q${(index % 4) + 1}`
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
const changes = (values: readonly number[]): readonly number[] => values.slice(1).map((value, index) => value - (values[index] ?? 0))

/** The rule's forecast, `ahead` quarters after the last value. */
export function dampedDrift(values: readonly number[], ahead: number): number {
  const drift = mean(changes(values))
  const faded = Array.from({ length: ahead }, (_, index) => damping ** (index + 1)).reduce((a, b) => a + b, 0)
  return (values.at(-1) ?? 0) + drift * faded
}

/** Errors that the rule would have made, a quarter ahead, at each quarter from the third on; and those of "as last time". */
function backtest(values: readonly number[]): { readonly rule: readonly number[]; readonly last: readonly number[] } {
  const at = Array.from({ length: values.length - 2 }, (_, index) => index + 2)
  return { rule: at.map((t) => (values[t] ?? 0) - dampedDrift(values.slice(0, t), 1)), last: at.map((t) => (values[t] ?? 0) - (values[t - 1] ?? 0)) }
}

interface Odds { readonly below: number; readonly within: number; readonly above: number }

function oddsOf(forecast: number, errors: readonly number[], ahead: number, range: readonly [number, number], random: Random, times: number): Odds {
  let [below, above] = [0, 0]
  for (let draw = 0; draw < times; draw += 1) {
    let value = forecast
    for (let step = 0; step < ahead; step += 1) value += errors[wholeBelow(random, errors.length)] ?? 0
    if (value < range[0]) below += 1
    else if (value > range[1]) above += 1
  }
  return { below: below / times, above: above / times, within: 1 - (below + above) / times }
}

/** Centred, and widened for the mean that was taken off: else a short series looks surer than it is. */
function centred(errors: readonly number[]): readonly number[] {
  const middle = mean(errors)
  const widened = Math.sqrt(errors.length / (errors.length - 1))
  return errors.map((error) => (error - middle) * widened)
}

const percent = (share: number): string => (100 * share).toFixed(1)

/** Earlier actuals of the same base, in a row up to the last one that is known; or what is missing. */
function series(guidance: Guidance, actuals: readonly DatedActual[]): Known<{ readonly rows: readonly DatedActual[]; readonly ahead: number }> {
  const wanted = quarterOf(guidance.quarter)
  const about = `P(actual < guidance) of ${guidance.base}, ${guidance.metric}, ${guidance.quarter}`
  const same = actuals.filter(({ actual }) =>
    actual.base === guidance.base && actual.metric === guidance.metric && actual.unit === guidance.unit && finalityOf(actual).status !== 'preliminary'
    && quarterOf(actual.quarter).calendar === wanted.calendar && quarterOf(actual.quarter).index < wanted.index)
  const byQuarter = new Map(same.map((row) => [quarterOf(row.actual.quarter).index, row]))
  const last = Math.max(...byQuarter.keys())
  const rows: DatedActual[] = []
  for (let index = last; byQuarter.has(index); index -= 1) rows.unshift(byQuarter.get(index) as DatedActual)
  if (rows.length < quartersNeeded) {
    const gap = rows.length === 0 ? nameOf(wanted.calendar, wanted.index - 1) : nameOf(wanted.calendar, last - rows.length)
    return missing(`${about}: ${rows.length} earlier quarters in a row are known, ${quartersNeeded} are needed; the next to record is ${gap}, on the same base: weir outlook actual`)
  }
  const ahead = wanted.index - last
  if (ahead > horizonMax) return missing(`${about}: the last known quarter is ${nameOf(wanted.calendar, last)}, ${ahead} quarters before; ${horizonMax} is the most that so short a series carries`)
  return { status: 'known', rows, ahead }
}

/** Three probabilities that add up to one, each with its interval. The same series gives the same answer. */
export function guidanceOdds(guidance: Guidance, actuals: readonly DatedActual[]): Known<{ readonly figures: readonly Figure[] }> {
  const found = series(guidance, actuals)
  if (found.status === 'missing') return found
  const { rows, ahead } = found
  const values = rows.map(({ actual }) => Number(actual.value))
  const range = [Number(guidance.low), Number(guidance.high)] as const
  const forecast = dampedDrift(values, ahead)
  const tested = backtest(values)
  const errors = centred(tested.rule)
  const random = seededRandom(1)
  const odds = oddsOf(forecast, errors, ahead, range, random, draws)
  // Other histories that could have been: the errors themselves drawn anew, each with its own answer.
  const others = Array.from({ length: resamples }, () => oddsOf(forecast, Array.from(errors, () => errors[wholeBelow(random, errors.length)] ?? 0), ahead, range, random, 400))
  const miss = (list: readonly number[]): number => mean(list.map(Math.abs))
  const [ruleMiss, lastMiss] = [miss(tested.rule), miss(tested.last)]
  const inputs: readonly Source[] = rows.map(({ id, actual }) => ({ kind: 'actual', id, date: actual.known, says: `${actual.quarter}: ${actual.value} ${actual.unit} [${actual.source}]` }))
  const checked = `${tested.rule.length} quarters forecast from those before: the rule missed by ${ruleMiss.toFixed(2)} ${guidance.unit} in the mean, "as last time" by ${lastMiss.toFixed(2)}${ruleMiss > lastMiss ? ': the rule is no better, do not lean on it' : ''}`
  const figure = (name: string, of: (odds: Odds) => number): Figure => {
    const sorted = others.map(of).toSorted((a, b) => a - b)
    return {
      name, value: percent(of(odds)), unit: '%', base: `${guidance.base}, ${guidance.metric}, ${guidance.quarter}, guided ${guidance.low} to ${guidance.high} ${guidance.unit}`,
      interval: { low: percent(sorted[Math.floor(0.05 * resamples)] ?? 0), high: percent(sorted[Math.ceil(0.95 * resamples) - 1] ?? 1), meaning: `nine of ten redraws of the ${errors.length} errors that the rule made before; forecast ${forecast.toFixed(2)} ${guidance.unit}, damped drift` },
      inputs, checked,
    }
  }
  return { status: 'known', figures: [figure('probability that the actual falls below guidance', (one) => one.below), figure('probability that it falls inside', (one) => one.within), figure('probability that it falls above', (one) => one.above)] }
}
