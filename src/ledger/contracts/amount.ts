/**
 * Numbers that people and suppliers hand in. A text such as 1e400 is a number too: one that no money ever was, which would
 * stand in every sum after it and could not be taken out of books that only grow.
 */
import { absolute, compare, decimal, isNegative, parseDecimal, roundHalfEven, type Decimal } from '../../kernel/decimal.ts'
import { minorDigits } from './currency.ts'

const most = decimal(10n ** 18n)
const digitsMax = 40

/** Whether it is below a trillion millions, either way, with at most forty fractional digits: more than any price or sum needs. */
export const isBounded = (value: Decimal): boolean => value.scale <= digitsMax && compare(absolute(value), most) < 0

/** The number that a text says, where it is one that money can be. */
export function parseAmount(text: string): Decimal | undefined {
  const value = parseDecimal(text)
  return value !== undefined && isBounded(value) ? value : undefined
}

/** For schemas: an amount that is not negative. */
export function isAmount(text: string): boolean {
  const value = parseAmount(text)
  return value !== undefined && !isNegative(value)
}

/** For schemas: a percentage between 0 and 100. */
export const isPercent = (text: string): boolean => isAmount(text) && compare(decimal(text), decimal(100)) <= 0

/** Whether it has no part beyond so many fractional digits. */
export const isWhole = (value: Decimal, digits = 0): boolean => compare(roundHalfEven(value, digits), value) === 0

/** What somebody paid or gave back: above zero, and no part of a minor unit. */
export function parseSum(text: string, currency: string): Decimal | undefined {
  const value = parseAmount(text)
  return value !== undefined && value.coefficient > 0n && isWhole(value, minorDigits(currency)) ? value : undefined
}
