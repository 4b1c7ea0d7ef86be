/** Intervals for what was observed. Floats: rates and latencies are measurements, not money. */
import type { Random } from '../kernel/random.ts'
import { wholeBelow } from '../kernel/random.ts'

export interface Bounds {
  readonly low: number
  readonly high: number
}

/** Quantile of the normal distribution for two-sided 95 %. */
const z95 = 1.959963984540054

/** Score interval of a proportion (Wilson 1927). All of [0, 1] where nothing was observed. */
export function wilson(hits: number, tries: number, z = z95): Bounds {
  if (tries === 0) return { low: 0, high: 1 }
  const share = hits / tries
  const spread = z * Math.sqrt((share * (1 - share)) / tries + (z * z) / (4 * tries * tries))
  const centre = share + (z * z) / (2 * tries)
  const scale = 1 + (z * z) / tries
  return { low: hits === 0 ? 0 : Math.max(0, (centre - spread) / scale), high: hits === tries ? 1 : Math.min(1, (centre + spread) / scale) }
}

/** The value below which a share of the sorted values lies (nearest rank). */
export function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]
}

/**
 * 95 % interval of a quantile from order statistics: ranks n·q ± 1.96·√(n·q·(1−q)), no assumption about the shape.
 * Undefined where there are too few values for the upper rank to exist.
 */
export function quantileBounds(sorted: readonly number[], share: number): Bounds | undefined {
  const count = sorted.length
  const spread = z95 * Math.sqrt(count * share * (1 - share))
  const low = Math.floor(count * share - spread)
  const high = Math.ceil(count * share + spread)
  const [a, b] = [sorted[low - 1], sorted[high - 1]]
  return a === undefined || b === undefined ? undefined : { low: a, high: b }
}

/** 95 % percentile bootstrap of a statistic; draws on which it is undefined (a ratio without denominator) make the end open. */
export function bootstrap<T>(items: readonly T[], statistic: (sample: readonly T[]) => number | undefined, random: Random, draws = 500): { readonly low: number; readonly high: number | undefined } | undefined {
  if (items.length < 2) return undefined
  const found: number[] = []
  for (let draw = 0; draw < draws; draw += 1) {
    const sample = Array.from({ length: items.length }, () => items[wholeBelow(random, items.length)] as T)
    found.push(statistic(sample) ?? Number.POSITIVE_INFINITY)
  }
  found.sort((a, b) => a - b)
  const low = found[Math.floor(0.025 * draws)]
  const high = found[Math.min(draws - 1, Math.ceil(0.975 * draws) - 1)]
  if (low === undefined || !Number.isFinite(low)) return undefined
  return { low, high: high === undefined || !Number.isFinite(high) ? undefined : high }
}

export interface Difference extends Bounds {
  readonly estimate: number
}

/** Difference of two means (second less first) with a 95 % interval after Welch, normal quantile. Undefined below two values each. */
export function meanDifference(first: readonly number[], second: readonly number[]): Difference | undefined {
  if (first.length < 2 || second.length < 2) return undefined
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
  const variance = (values: readonly number[]): number => { const m = mean(values); return values.reduce((a, b) => a + (b - m) ** 2, 0) / (values.length - 1) }
  const estimate = mean(second) - mean(first)
  const spread = z95 * Math.sqrt(variance(first) / first.length + variance(second) / second.length)
  return { estimate, low: estimate - spread, high: estimate + spread }
}
