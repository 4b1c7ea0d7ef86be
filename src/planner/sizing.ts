/**
 * Provisioned units: how many a load needs, and what one is worth where part of the input is cached. Formulas of the
 * provisioned throughput documents of May and June 2026, read 2026-09-23.
 */
import { ceiling, one, over, plus, type Ratio, times, toRatio } from './ratio.ts'

/** Hours of a month in provisioned-unit arithmetic, a twelfth of 365 days: of what is served as of what is bought. */
export const hoursPerMonth = 730
export const minutesPerMonth = toRatio(60 * hoursPerMonth)

export interface UnitSize {
  /** Input-equivalent tokens a minute that one unit carries. */
  readonly tokensPerMinute: Ratio
  readonly minimum: number
  readonly step: number
}

/** The units that a load of input-equivalent tokens a minute fills, and the smallest count that can be bought and carries it. */
export function unitsToCarry(tokensPerMinute: Ratio, unit: UnitSize): { readonly raw: Ratio; readonly units: number } {
  const raw = over(tokensPerMinute, unit.tokensPerMinute)
  return { raw, units: Math.max(unit.minimum, Number(ceiling(over(raw, toRatio(unit.step)))) * unit.step) }
}

/** Tokens of a mix, in any unit. */
export interface Mix {
  /** Input that is not cached. */
  readonly plain: Ratio
  readonly cached: Ratio
  readonly output: Ratio
}

/**
 * How much more a unit is worth than by the tokens that fill it: it carries cached input for nothing, which by the token
 * costs `cachedPriceShare` of the input price. `(i(1−c) + i·c·f + w·o) / (i(1−c) + w·o)`; one where nothing fills it.
 */
export function worthOfCache({ plain, cached, output }: Mix, cachedPriceShare: Ratio, outputWeight: Ratio): Ratio {
  const filled = plus(plain, times(outputWeight, output))
  return filled.numerator === 0n ? one : over(plus(filled, times(cached, cachedPriceShare)), filled)
}
