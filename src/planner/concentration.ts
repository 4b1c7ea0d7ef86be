/**
 * How much depends on whom: shares, the Herfindahl-Hirschman index, the effective number of customers, what stands when
 * one leaves, and how much of last year's revenue stayed. All exact. Formulas: HHI = 10^4·Σs²; effective number = 10^4/HHI;
 * net retention = revenue now of the customers of then / their revenue then; gross: each capped at its old level.
 */
import { type Decimal, compare, isNegative, isZero, sum, zero } from '../kernel/decimal.ts'
import { type Ratio, compareRatios, minus, over, percent, plus, ratio, times, toRatio, zeroRatio } from './ratio.ts'

/** One customer, model or supplier and its amount of one base in one period. */
export interface Part {
  readonly name: string
  readonly amount: Decimal
}

export interface Share extends Part {
  readonly share: Ratio
}

export interface Concentration {
  readonly total: Decimal
  /** The largest first; equal amounts by name. They add up to exactly one. */
  readonly shares: readonly Share[]
  /** Points, 0 to 10,000. */
  readonly index: Ratio
  readonly effectiveNumber: Ratio
}

const scaled = (parts: readonly Part[]): readonly bigint[] => {
  const scale = parts.reduce((most, part) => Math.max(most, part.amount.scale), 0)
  return parts.map((part) => part.amount.coefficient * 10n ** BigInt(scale - part.amount.scale))
}

/** Undefined where nothing was earned, or an amount is negative: there are no shares of a loss. */
export function concentration(parts: readonly Part[]): Concentration | undefined {
  const total = sum(parts.map((part) => part.amount))
  if (isZero(total) || parts.some((part) => isNegative(part.amount))) return undefined
  const units = scaled(parts)
  const whole = units.reduce((a, b) => a + b, 0n)
  const squares = units.reduce((a, b) => a + b * b, 0n)
  const shares = parts
    .map((part, index) => ({ ...part, share: ratio(units[index] ?? 0n, whole) }))
    .toSorted((a, b) => compare(b.amount, a.amount) || (a.name < b.name ? -1 : 1))
  return { total, shares, index: ratio(10_000n * squares, whole * whole), effectiveNumber: ratio(whole * whole, squares) }
}

/** Points that one share alone adds to the index. */
export const pointsOf = (share: Ratio): Ratio => times(times(share, share), toRatio(10_000))

/** The share of the `count` largest. */
export function topShare({ shares }: Concentration, count: number): Ratio {
  return shares.slice(0, count).reduce((total, { share }) => plus(total, share), zeroRatio)
}

/** The same without one part: what is left of the total, and how concentrated the rest is. */
export function without(parts: readonly Part[], name: string): { readonly left: Decimal; readonly rest: Concentration | undefined } {
  const others = parts.filter((part) => part.name !== name)
  return { left: sum(others.map((part) => part.amount)), rest: concentration(others) }
}

export interface Retention {
  readonly net: Ratio
  readonly gross: Ratio
  /** Earned from customers of then. */
  readonly before: Decimal
  readonly now: Decimal
}

/** Undefined where nothing was earned then. Customers who came later do not count. */
export function retention(then: readonly Part[], now: readonly Part[]): Retention | undefined {
  const before = sum(then.map((part) => part.amount))
  if (isZero(before)) return undefined
  const present = new Map<string, Decimal>()
  for (const part of now) present.set(part.name, sum([present.get(part.name) ?? zero, part.amount]))
  const kept = then.map((part) => ({ old: part.amount, now: present.get(part.name) ?? zero }))
  const stayed = sum(kept.map((part) => part.now))
  const capped = sum(kept.map((part) => (compare(part.now, part.old) > 0 ? part.old : part.now)))
  return { net: over(toRatio(stayed), toRatio(before)), gross: over(toRatio(capped), toRatio(before)), before, now: stayed }
}

/**
 * Growth after a loss, in points of the same base: g' = g − L/R0, where L is what is lost of a period's revenue and R0
 * the revenue of the period that growth is measured against. Growth, loss and R0 must be of one base; the caller holds that.
 */
export const growthAfterLoss = (growthPercent: Ratio, loss: Ratio, priorRevenue: Ratio): Ratio => minus(growthPercent, percent(over(loss, priorRevenue)))

/** Names above a share, the largest first. */
export const above = ({ shares }: Concentration, threshold: Ratio): readonly Share[] => shares.filter(({ share }) => compareRatios(share, threshold) >= 0)
