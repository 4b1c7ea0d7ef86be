/**
 * Exact fractions. Shares and break-evens are quotients, and a quotient of two decimals rarely is a decimal: planning
 * keeps numerator and denominator, and rounds once, where a figure is shown.
 */
import { assert } from '../kernel/assert.ts'
import { type Decimal, decimal, divideRounded, formatFixed } from '../kernel/decimal.ts'

/** Lowest terms, denominator positive. */
export interface Ratio {
  readonly numerator: bigint
  readonly denominator: bigint
}

const absolute = (a: bigint): bigint => (a < 0n ? -a : a)

/** The greatest common divisor, never negative. */
export function commonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [absolute(a), absolute(b)]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

/** numerator / denominator in lowest terms. Throws on a denominator of zero. */
export function ratio(numerator: bigint, denominator: bigint): Ratio {
  assert(denominator !== 0n, 'a fraction with denominator zero')
  const divisor = commonDivisor(numerator, denominator) * (denominator < 0n ? -1n : 1n)
  return { numerator: numerator / divisor, denominator: denominator / divisor }
}

/** A decimal, a decimal text or a safe integer as an exact fraction. */
export function toRatio(value: Decimal | string | number | bigint): Ratio {
  const exact = typeof value === 'object' ? value : decimal(value)
  return ratio(exact.coefficient, 10n ** BigInt(exact.scale))
}

export const zeroRatio: Ratio = { numerator: 0n, denominator: 1n }
export const one: Ratio = { numerator: 1n, denominator: 1n }

export const plus = (a: Ratio, b: Ratio): Ratio =>
  a.denominator === b.denominator ? ratio(a.numerator + b.numerator, a.denominator) : ratio(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
export const minus = (a: Ratio, b: Ratio): Ratio => plus(a, { numerator: -b.numerator, denominator: b.denominator })
export const times = (a: Ratio, b: Ratio): Ratio => ratio(a.numerator * b.numerator, a.denominator * b.denominator)
/** Throws where b is zero. */
export const over = (a: Ratio, b: Ratio): Ratio => ratio(a.numerator * b.denominator, a.denominator * b.numerator)

/** -1, 0 or 1 as a is less than, equal to or greater than b. */
export function compareRatios(a: Ratio, b: Ratio): -1 | 0 | 1 {
  const left = a.numerator * b.denominator
  const right = b.numerator * a.denominator
  return left < right ? -1 : left > right ? 1 : 0
}

export const lesser = (a: Ratio, b: Ratio): Ratio => (compareRatios(a, b) <= 0 ? a : b)
export const greater = (a: Ratio, b: Ratio): Ratio => (compareRatios(a, b) >= 0 ? a : b)

/** The largest whole number that is not more than a. */
export const floor = (a: Ratio): bigint => -ceiling({ numerator: -a.numerator, denominator: a.denominator })

/** The smallest whole number that is not less than a. */
export function ceiling(a: Ratio): bigint {
  const quotient = a.numerator / a.denominator
  return a.numerator > 0n && a.numerator % a.denominator !== 0n ? quotient + 1n : quotient
}

/** Rounded half to even at `digits` fractional digits: the only way from a fraction to something that is shown. */
export const rounded = (a: Ratio, digits: number): Decimal =>
  divideRounded({ coefficient: a.numerator, scale: 0 }, { coefficient: a.denominator, scale: 0 }, digits)

/** As points of a hundred: 24 of 6/25. */
export const percent = (a: Ratio): Ratio => times(a, toRatio(100))
/** `24.00` of 6/25 as a percentage at two digits. */
export const percentText = (a: Ratio, digits = 2): string => formatFixed(rounded(percent(a), digits))
export const fixedText = (a: Ratio, digits: number): string => formatFixed(rounded(a, digits))
