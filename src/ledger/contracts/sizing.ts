/**
 * Provisioned units: how many a load needs, what one is worth, and where it breaks even. Formulas of the provisioned
 * throughput documents of May and June 2026, read 2026-09-23.
 */
import { type Decimal, add, compare, decimal, divideRounded, multiply, subtract } from '../../kernel/decimal.ts'

export interface UnitModel {
  readonly tokensPerMinutePerUnit: Decimal
  /** Input tokens that one output token weighs. */
  readonly outputWeight: Decimal
  readonly minimum: number
  readonly step: number
}

export interface Load {
  readonly requestsPerMinute: Decimal
  readonly inputTokens: Decimal
  readonly outputTokens: Decimal
  /** 0 to 1. Cached tokens are deducted fully. */
  readonly cachedFraction: Decimal
}

/** Input-equivalent tokens a minute: `RPM·in·(1−cache) + w·RPM·out`. */
export function equivalentTokensPerMinute(load: Load, outputWeight: Decimal): Decimal {
  const plain = multiply(load.inputTokens, subtract(decimal(1), load.cachedFraction))
  return multiply(load.requestsPerMinute, add(plain, multiply(outputWeight, load.outputTokens)))
}

/** `raw` to four digits for display; `units` is exact: the smallest allowed count that carries the load. */
export function unitsFor(load: Load, model: UnitModel): { readonly raw: Decimal; readonly units: number } {
  const need = equivalentTokensPerMinute(load, model.outputWeight)
  const raw = divideRounded(need, model.tokensPerMinutePerUnit, 4)
  const perStep = multiply(model.tokensPerMinutePerUnit, decimal(model.step))
  let steps = Number(divideRounded(need, perStep, 0).coefficient)
  if (compare(multiply(perStep, decimal(steps)), need) < 0) steps += 1
  return { raw, units: Math.max(model.minimum, steps * model.step) }
}

/** Hours of a month in provisioned-unit arithmetic. */
export const hoursPerMonth = 730

/** Value of one fully used unit for a month at pay-as-you-go prices: `V = TPM·60·730·p_in`. */
export const unitMonthValue = (model: UnitModel, inputUnitPrice: Decimal): Decimal =>
  multiply(multiply(model.tokensPerMinutePerUnit, decimal(60 * hoursPerMonth)), inputUnitPrice)

/** Utilisation above which a unit at this monthly price is cheaper than pay as you go: price / V, to `scale` digits. */
export const breakEven = (unitMonthPrice: Decimal, value: Decimal, scale = 4): Decimal => divideRounded(unitMonthPrice, value, scale)

/**
 * Value of a unit where a share `cached` of the input costs only `cachedPriceFraction`, at `ratio` input tokens to one
 * of output: V × (i(1−c) + i·c·f + w·o) / (i(1−c) + w·o).
 */
export function valueWithCache(value: Decimal, ratio: Decimal, cached: Decimal, cachedPriceFraction: Decimal, outputWeight: Decimal): Decimal {
  const plain = multiply(ratio, subtract(decimal(1), cached))
  const base = add(plain, outputWeight)
  const top = add(base, multiply(multiply(ratio, cached), cachedPriceFraction))
  return divideRounded(multiply(value, top), base, 12)
}
