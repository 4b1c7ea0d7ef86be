/**
 * What a bill is made from: one day's usage of one meter at one list price, summed over the calls of one project on one
 * deployment. Small enough to drill into, few enough that a month closes in the same time whatever the number of calls.
 */
import { type Decimal, multiply } from '../../kernel/decimal.ts'
import type { Meter } from '../../kernel/meters.ts'

export interface UsageRow {
  readonly organization: string
  readonly project: string
  /** Public model name. */
  readonly model: string
  readonly deployment: string
  readonly meter: Meter
  /** Service tier that the provider answered with. */
  readonly tier: string
  /** UTC day of the dial. */
  readonly day: string
  readonly currency: string
  /** Units: tokens, calls, seconds. */
  readonly quantity: Decimal
  /** Price of one unit on the list in force at the dial. */
  readonly listUnitPrice: Decimal
  /** Price row that gave it: the drill-down key from a line to its calls. */
  readonly priceRow: string
  readonly calls: number
  /** How much of the quantity is estimated because the provider reported no usage. */
  readonly estimated?: Decimal
}

export const listAmount = (row: UsageRow): Decimal => multiply(row.quantity, row.listUnitPrice)

/** The order in which rights that are used up apply: by day first, so that a bill of part of a month is a prefix of the whole. */
export function byDay(a: UsageRow, b: UsageRow): number {
  const left = [a.day, a.project, a.model, a.deployment, a.meter, a.tier, a.priceRow]
  const right = [b.day, b.project, b.model, b.deployment, b.meter, b.tier, b.priceRow]
  for (let index = 0; index < left.length; index += 1) {
    const x = left[index] ?? ''
    const y = right[index] ?? ''
    if (x !== y) return x < y ? -1 : 1
  }
  return 0
}
