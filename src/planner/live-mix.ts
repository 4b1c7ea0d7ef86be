/** How much of the traffic is bought by the token, carried by reserved units, or served in-house, month by month. Exact. */
import { type Decimal, add, isZero, zero } from '../kernel/decimal.ts'
import { type Ratio, over, toRatio } from './ratio.ts'

export const capacities = ['pay-as-you-go', 'provisioned', 'in-house', 'undeclared'] as const
/** `undeclared`: the deployment is no longer among the resources, so nothing says what it was. Never folded into another. */
export type Capacity = (typeof capacities)[number]

export interface MixRow {
  /** `2026-11` or `2026-11-23`. */
  readonly period: string
  readonly capacity: Capacity
  /** Input and output tokens together. */
  readonly tokens: Decimal
  /** List or stated internal price of the usage. */
  readonly amount: Decimal
}

export interface MixShare {
  readonly capacity: Capacity
  readonly tokens: Decimal
  readonly amount: Decimal
  /** Of the period's tokens; undefined where it has none. */
  readonly share: Ratio | undefined
}

export interface MixPeriod {
  readonly period: string
  readonly tokens: Decimal
  /** One row each, in the order of `capacities`; the shares add up to exactly one. */
  readonly shares: readonly MixShare[]
}

export function liveMix(rows: readonly MixRow[]): readonly MixPeriod[] {
  const periods = [...Map.groupBy(rows, (row) => row.period)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return periods.map(([period, own]) => {
    const total = own.reduce((sum, row) => add(sum, row.tokens), zero)
    const shares = capacities.map((capacity) => {
      const mine = own.filter((row) => row.capacity === capacity)
      const tokens = mine.reduce((sum, row) => add(sum, row.tokens), zero)
      const amount = mine.reduce((sum, row) => add(sum, row.amount), zero)
      return { capacity, tokens, amount, share: isZero(total) ? undefined : over(toRatio(tokens), toRatio(total)) }
    })
    return { period, tokens: total, shares }
  })
}
