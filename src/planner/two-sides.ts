/**
 * Both sides of a diversion beside each other: cost per success, latency, errors, each with a plain interval. Intervals
 * take attempts for independent, which users with many calls are not; nothing here decides, and no equivalence is claimed.
 */
import { isoTime } from '../kernel/clock.ts'
import { type Decimal, decimal, divideRounded, formatDecimal, roundHalfEven, sum } from '../kernel/decimal.ts'
import { seededRandom } from '../kernel/random.ts'
import type { Store } from '../store/store.ts'
import { type AtAsset, costAtAsset } from './asset-cost.ts'
import type { Known } from './figure.ts'
import { bootstrap, quantile, quantileBounds, wilson } from './intervals.ts'

export const disclaimer = 'no equivalence is claimed'

/** One attempt on one side, with what the product said of its call. */
export interface Observation {
  readonly deployment: string
  readonly cost: Decimal | undefined
  readonly currency: string
  readonly latencyMs: number
  readonly failed: boolean
  /** The last attempt of its call: what the product says is about it. */
  readonly last: boolean
  readonly success: boolean | undefined
}

export interface Estimate {
  readonly value: string
  readonly low: string
  /** Undefined: open above, since some draws have no success at all. */
  readonly high: string | undefined
}

export interface Side {
  readonly side: 'own' | 'supplier'
  readonly deployments: readonly string[]
  readonly attempts: number
  readonly calls: number
  /** Calls of which the product said whether they succeeded. */
  readonly judged: number
  readonly successes: number
  readonly currency: string | undefined
  /** Exact. Own deployments cost their stated internal rate; what an asset really cost stands in `atAsset`. */
  readonly cost: string
  /** Attempts whose cost is not known: usage absent. They are in no cost. */
  readonly uncosted: number
  readonly successRate: Estimate | undefined
  readonly errorRate: Estimate | undefined
  readonly costPerCall: Estimate | undefined
  readonly costPerSuccess: Estimate | undefined
  readonly latencyMedianMs: Estimate | undefined
  readonly latency95Ms: Estimate | undefined
}

export interface TwoSides {
  readonly model: string
  readonly since: string
  readonly until: string
  readonly signal: string
  readonly sides: readonly Side[]
  /** The own side at what its assets cost by the books, month by month. */
  readonly atAsset: Known<{ readonly months: readonly AtAsset[] }>
  readonly says: string
  readonly missing: readonly string[]
  readonly methods: readonly string[]
}

const methods = [
  'rates: Wilson score intervals, 95 %', 'latency: order statistics, 95 %, of attempts that were answered whole', 'cost per call and per success: bootstrap over attempts, 500 draws, 95 %; a success counts for the side that answered last',
] as const

const share = (hits: number, tries: number): Estimate | undefined => {
  if (tries === 0) return undefined
  const { low, high } = wilson(hits, tries)
  return { value: (hits / tries).toFixed(4), low: low.toFixed(4), high: high.toFixed(4) }
}

function latency(sorted: readonly number[], at: number): Estimate | undefined {
  const value = quantile(sorted, at)
  const bounds = quantileBounds(sorted, at)
  return value === undefined || bounds === undefined ? undefined : { value: String(value), low: String(bounds.low), high: String(bounds.high) }
}

type Draw = { readonly cost: number; readonly last: boolean; readonly success: boolean }

function perUnit(observed: readonly Observation[], total: Decimal, units: number, counts: (draw: Draw) => boolean): Estimate | undefined {
  if (units === 0) return undefined
  const draws = observed.map((each): Draw => ({ cost: each.cost === undefined ? 0 : Number(formatDecimal(each.cost)), last: each.last, success: each.last && each.success === true }))
  const statistic = (sample: readonly Draw[]): number | undefined => {
    let cost = 0
    let count = 0
    for (const draw of sample) {
      cost += draw.cost
      if (counts(draw)) count += 1
    }
    return count === 0 ? undefined : cost / count
  }
  const bounds = bootstrap(draws, statistic, seededRandom(1))
  const value = formatDecimal(roundHalfEven(divideRounded(total, decimal(units), 12), 9))
  return bounds === undefined ? undefined : { value, low: bounds.low.toFixed(9), high: bounds.high?.toFixed(9) }
}

function sideOf(side: Side['side'], observed: readonly Observation[]): Side {
  const last = observed.filter((each) => each.last)
  const judged = last.filter((each) => each.success !== undefined)
  const successes = judged.filter((each) => each.success === true).length
  const cost = sum(observed.flatMap((each) => each.cost ?? []))
  const latencies = observed.filter((each) => !each.failed).map((each) => each.latencyMs).toSorted((a, b) => a - b)
  const judgedOnly = observed.filter((each) => !each.last || each.success !== undefined)
  const judgedCost = sum(judgedOnly.flatMap((each) => each.cost ?? []))
  return {
    side, deployments: [...new Set(observed.map((each) => each.deployment))].toSorted(), attempts: observed.length, calls: last.length, judged: judged.length, successes,
    currency: observed[0]?.currency, cost: formatDecimal(cost), uncosted: observed.filter((each) => each.cost === undefined && !each.failed).length,
    successRate: share(successes, judged.length),
    errorRate: share(observed.filter((each) => each.failed).length, observed.length),
    costPerCall: perUnit(observed, cost, last.length, (draw) => draw.last),
    costPerSuccess: perUnit(judgedOnly, judgedCost, successes, (draw) => draw.success),
    latencyMedianMs: latency(latencies, 0.5), latency95Ms: latency(latencies, 0.95),
  }
}

/** Pure: both sides from their attempts. `own`: ids of the deployments that the traffic is diverted to. */
export function twoSides(observed: readonly Observation[], own: ReadonlySet<string>): readonly Side[] {
  return [sideOf('supplier', observed.filter((each) => !own.has(each.deployment))), sideOf('own', observed.filter((each) => own.has(each.deployment)))]
}

export interface SidesAsk {
  readonly model: string
  readonly own: readonly string[]
  /** Assets that these name. */
  readonly assets?: readonly string[]
  /** Milliseconds. */
  readonly since: number
  readonly until: number
  readonly signal: string
}

const dayMs = 86_400_000
/** More attempts a day than this are sampled, by a hash of the call, so that every attempt of a call is in or out together. */
const perDayMax = 5_000

/** Reads both sides of a model from the books, day by day. */
export async function readTwoSides(store: Store, ask: SidesAsk): Promise<TwoSides> {
  const observed: Observation[] = []
  let sampled = false
  for (let day = Math.floor(ask.since / dayMs); day * dayMs < ask.until; day += 1) {
    const rows = await store.query<{ deployment: string; cost: string | null; currency: string; latency: string; outcome: string; last: boolean; success: boolean | null }>('jobs', `
      SELECT a.deployment, a.cost, a.currency, a.ended_ms - a.at_ms AS latency, a.outcome, a.last,
        (SELECT f.success FROM feedback f WHERE f.call = a.call AND f.signal = $5 AND f.organization = a.organization AND f.project = a.project ORDER BY f.recorded_at_ms DESC, f.id DESC LIMIT 1) AS success
      FROM attempt a WHERE a.day = $1 AND a.model = $2 AND a.at_ms >= $3 AND a.at_ms < $4 ORDER BY md5(a.call) LIMIT ${perDayMax}`, [day, ask.model, ask.since, ask.until, ask.signal])
    sampled ||= rows.length === perDayMax
    observed.push(...rows.map((row) => ({
      deployment: row.deployment, cost: row.cost === null ? undefined : decimal(row.cost), currency: row.currency, latencyMs: Number(row.latency), failed: row.outcome !== 'complete', last: row.last, success: row.success ?? undefined,
    })))
  }
  const sides = twoSides(observed, new Set(ask.own))
  const currencies = new Set(observed.map((each) => each.currency))
  const lacking = sides.flatMap((side) => [
    ...(side.attempts === 0 ? [`no attempt on the ${side.side} side`] : []),
    ...(side.attempts > 0 && side.judged === 0 ? [`cost per success of the ${side.side} side: no outcome "${ask.signal}" was reported; POST /v1/feedback with the call's id and success`] : []),
    ...(side.judged > 0 && side.successes === 0 ? [`cost per success of the ${side.side} side: none of ${side.judged} calls succeeded`] : []),
  ])
  const own = sides.find((side) => side.side === 'own')
  return {
    atAsset: await costAtAsset(store, { ...ask, currency: own?.currency, costPerSuccess: own?.costPerSuccess }),
    model: ask.model, since: isoTime(ask.since), until: isoTime(ask.until), signal: ask.signal, sides, methods,
    says: `Two sides observed, not compared: ${disclaimer}.${sampled ? ` Days with more than ${perDayMax} attempts are sampled by call.` : ''}`,
    missing: [...lacking, ...(currencies.size > 1 ? [`costs are in ${[...currencies].join(' and ')}: sums over both mean nothing`] : [])],
  }
}

