/**
 * How many provisioned units to reserve for a load, when what goes beyond them spills over to pay as you go: reserve up
 * to the level that is exceeded a fraction β = c / (p · TPM · 60 · 730) of the hours, c the unit's price a month, p the
 * price of an input-equivalent token, TPM what a unit carries a minute. Exact; loads are means of an hour, so bursts
 * within the hour spill more than is counted here.
 */
import { assert } from '../kernel/assert.ts'
import type { Random } from '../kernel/random.ts'
import { wholeBelow } from '../kernel/random.ts'
import { commonDivisor, type Ratio, compareRatios, floor, minus, one, over, plus, ratio, times, toRatio, zeroRatio } from './ratio.ts'
import { minutesPerMonth } from './sizing.ts'

export interface UnitTerms {
  /** Price of one unit for a month, whatever the term that it is bought for. */
  readonly monthPrice: Ratio
  /** Input-equivalent tokens a minute that one unit carries. */
  readonly tokensPerMinute: Ratio
  /** Pay-as-you-go price of one input-equivalent token. */
  readonly tokenPrice: Ratio
  readonly minimum: number
  readonly step: number
}

/** Mean input-equivalent tokens a minute of each hour, in the order of time. */
export type LoadCurve = readonly Ratio[]

/** Share of a month for which a unit must be in use to be cheaper than pay as you go. Above one: never. */
export const breakEvenShare = (terms: UnitTerms): Ratio =>
  over(terms.monthPrice, times(times(terms.tokenPrice, terms.tokensPerMinute), minutesPerMonth))

/** Loads as whole numbers over one denominator, ascending: sorting and adding whole numbers is fast and exact. */
interface Ascending {
  readonly levels: readonly bigint[]
  /** Sum of the levels from an index on. */
  readonly tails: readonly bigint[]
  readonly denominator: bigint
}

function ascending(loads: LoadCurve): Ascending {
  const denominator = loads.reduce((least, load) => (least / commonDivisor(least, load.denominator)) * load.denominator, 1n)
  const levels = loads.map((load) => load.numerator * (denominator / load.denominator)).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const tails = Array.from({ length: levels.length + 1 }, () => 0n)
  for (let index = levels.length - 1; index >= 0; index -= 1) tails[index] = (tails[index + 1] ?? 0n) + (levels[index] ?? 0n)
  return { levels, tails, denominator }
}

/** Input-equivalent tokens a minute, mean over all hours, that go beyond a capacity. */
function beyond({ levels, tails, denominator }: Ascending, capacity: Ratio): Ratio {
  let low = 0
  let high = levels.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((levels[middle] ?? 0n) * capacity.denominator > capacity.numerator * denominator) high = middle
    else low = middle + 1
  }
  const past = minus(ratio(tails[low] ?? 0n, denominator), times(capacity, toRatio(levels.length - low)))
  return over(past, toRatio(levels.length))
}

export interface Priced {
  readonly units: number
  /** All amounts a month. */
  readonly cost: Ratio
  readonly reserved: Ratio
  readonly spillover: Ratio
  /** Share of the tokens that spill over. */
  readonly spilledShare: Ratio
  /** Share of the units' capacity that is used; undefined without units. */
  readonly utilisation: Ratio | undefined
}

function priceOf(curve: Ascending, terms: UnitTerms, units: number): Priced {
  const count = curve.levels.length
  const capacity = times(terms.tokensPerMinute, toRatio(units))
  const spilled = beyond(curve, capacity)
  const mean = ratio(curve.tails[0] ?? 0n, curve.denominator * BigInt(count))
  const reserved = times(terms.monthPrice, toRatio(units))
  const spillover = times(times(spilled, minutesPerMonth), terms.tokenPrice)
  return {
    units, reserved, spillover,
    cost: plus(reserved, spillover),
    spilledShare: mean.numerator === 0n ? zeroRatio : over(spilled, mean),
    utilisation: units === 0 ? undefined : over(minus(mean, spilled), capacity),
  }
}

export const costOf = (loads: LoadCurve, terms: UnitTerms, units: number): Priced => priceOf(ascending(loads), terms, units)

/** The level to reserve, in units before rounding to steps: the load at index ⌊(1−β)·n⌋ ascending. Zero where β is one or more. */
export function closedForm(loads: LoadCurve, terms: UnitTerms): Ratio {
  assert(loads.length > 0, 'a load curve without hours')
  return levelAt(ascending(loads), terms)
}

function levelAt({ levels, denominator }: Ascending, terms: UnitTerms): Ratio {
  const rest = minus(one, breakEvenShare(terms))
  if (compareRatios(rest, zeroRatio) <= 0) return zeroRatio
  const index = Number(floor(times(rest, toRatio(levels.length))))
  return over(ratio(levels[Math.min(index, levels.length - 1)] ?? 0n, denominator), terms.tokensPerMinute)
}

export interface Reservation {
  readonly breakEvenShare: Ratio
  /** Units by the rule, before steps. */
  readonly rule: Ratio
  /** The cheapest count that can be bought, found by trying them all. */
  readonly best: Priced
  readonly payAsYouGo: Priced
}

/** Tries every count that can be bought: none, or the minimum and more in steps, up to the highest load. */
export function reserve(loads: LoadCurve, terms: UnitTerms): Reservation {
  assert(loads.length > 0, 'a load curve without hours')
  const curve = ascending(loads)
  const payAsYouGo = priceOf(curve, terms, 0)
  let best = payAsYouGo
  const peak = over(ratio(curve.levels.at(-1) ?? 0n, curve.denominator), terms.tokensPerMinute)
  const most = Number(floor(peak)) + terms.step
  const first = Math.ceil(terms.minimum / terms.step) * terms.step
  for (let units = first; units <= most; units += terms.step) {
    const priced = priceOf(curve, terms, units)
    if (compareRatios(priced.cost, best.cost) < 0) best = priced
  }
  return { breakEvenShare: breakEvenShare(terms), rule: levelAt(curve, terms), best, payAsYouGo }
}

/**
 * Between which counts the rule falls when whole days are drawn again with replacement (a block bootstrap, 90 %): days
 * keep their shape, so the interval speaks of how little a few weeks say, not of a trend.
 */
export function resampledRule(loads: LoadCurve, terms: UnitTerms, random: Random, draws = 200): { readonly low: Ratio; readonly high: Ratio } {
  const days = Math.floor(loads.length / 24)
  assert(days > 0, 'a load curve of less than a day')
  const found: Ratio[] = []
  for (let draw = 0; draw < draws; draw += 1) {
    const sample: Ratio[] = []
    for (let day = 0; day < days; day += 1) {
      const from = wholeBelow(random, days) * 24
      sample.push(...loads.slice(from, from + 24))
    }
    found.push(levelAt(ascending(sample), terms))
  }
  found.sort(compareRatios)
  const at = (share: number): Ratio => found[Math.min(draws - 1, Math.floor(share * draws))] ?? zeroRatio
  return { low: at(0.05), high: at(0.95) }
}
