/**
 * Exact decimals over bigint: coefficient × 10^-scale. Every amount of money in Weir is one of these or an integer
 * number of picos; a float never touches money (C6).
 */
export interface Decimal {
  readonly coefficient: bigint
  readonly scale: number
}

const shape = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/

/** Quantities are whole numbers nearly always: they need no taking apart. */
const wholeText = /^\d{1,30}$/

/** The largest number of fractional digits that a parsed text may ask for; guards against `1e-999999999`. */
const scaleMax = 400

/** Parses `12`, `-0.05`, `2.5e-7`. Returns undefined where the text is not a plain decimal number. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = shape.exec(text.trim())
  if (match === null) return undefined
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = match
  if (whole === '' && fraction === '') return undefined
  const exponent = Number(exponentText)
  if (Math.abs(exponent) > scaleMax || fraction.length > scaleMax) return undefined
  const digits = BigInt(`${whole}${fraction}` || '0')
  const coefficient = sign === '-' ? -digits : digits
  const scale = fraction.length - exponent
  return scale >= 0 ? { coefficient, scale } : { coefficient: coefficient * 10n ** BigInt(-scale), scale: 0 }
}

/** Parses a decimal that the program itself wrote or that a schema has checked already; throws otherwise. */
export function decimal(text: string | bigint | number): Decimal {
  if (typeof text === 'bigint') return { coefficient: text, scale: 0 }
  if (typeof text === 'number') {
    if (!Number.isSafeInteger(text)) throw new Error(`decimal(${text}): only safe integers, pass a string instead`)
    return { coefficient: BigInt(text), scale: 0 }
  }
  if (wholeText.test(text)) return { coefficient: BigInt(text), scale: 0 }
  const parsed = parseDecimal(text)
  if (parsed === undefined) throw new Error(`not a decimal number: ${JSON.stringify(text)}`)
  return parsed
}

export const zero: Decimal = { coefficient: 0n, scale: 0 }

const powers: bigint[] = Array.from({ length: 40 }, (_, index) => 10n ** BigInt(index))
const tenTo = (n: number): bigint => powers[n] ?? 10n ** BigInt(n)
const widen = (a: Decimal, scale: number): bigint => a.coefficient * tenTo(scale - a.scale)

export function add(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale)
  return { coefficient: widen(a, scale) + widen(b, scale), scale }
}

export function subtract(a: Decimal, b: Decimal): Decimal {
  return add(a, negate(b))
}

export const negate = (a: Decimal): Decimal => ({ coefficient: -a.coefficient, scale: a.scale })

export const multiply = (a: Decimal, b: Decimal): Decimal => ({ coefficient: a.coefficient * b.coefficient, scale: a.scale + b.scale })

/** A percentage as a part of one, exact: 22 is 0.22. */
export const asFraction = (percent: Decimal): Decimal => ({ coefficient: percent.coefficient, scale: percent.scale + 2 })

export const sum = (items: Iterable<Decimal>): Decimal => {
  let total = zero
  for (const item of items) total = add(total, item)
  return total
}

/** -1, 0 or 1 as a is less than, equal to or greater than b. */
export function compare(a: Decimal, b: Decimal): -1 | 0 | 1 {
  const scale = Math.max(a.scale, b.scale)
  const left = widen(a, scale)
  const right = widen(b, scale)
  return left < right ? -1 : left > right ? 1 : 0
}

export const isZero = (a: Decimal): boolean => a.coefficient === 0n
export const isNegative = (a: Decimal): boolean => a.coefficient < 0n
export const absolute = (a: Decimal): Decimal => (isNegative(a) ? negate(a) : a)

/** Divides two bigints and rounds half to even. */
function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n !== denominator < 0n
  const n = numerator < 0n ? -numerator : numerator
  const d = denominator < 0n ? -denominator : denominator
  let quotient = n / d
  const twice = (n % d) * 2n
  if (twice > d || (twice === d && quotient % 2n === 1n)) quotient += 1n
  return negative ? -quotient : quotient
}

/** Rounds half to even at `scale` fractional digits: the rounding of every payable (C6). */
export function roundHalfEven(a: Decimal, scale: number): Decimal {
  if (a.scale <= scale) return { coefficient: widen(a, scale), scale }
  return { coefficient: divideHalfEven(a.coefficient, tenTo(a.scale - scale)), scale }
}

/** Rounds towards plus infinity at `scale` fractional digits: the rounding of a hold, which must never be too small. */
export function roundUp(a: Decimal, scale: number): Decimal {
  if (a.scale <= scale) return { coefficient: widen(a, scale), scale }
  const divisor = tenTo(a.scale - scale)
  const quotient = a.coefficient / divisor
  const up = a.coefficient > 0n && a.coefficient % divisor !== 0n ? 1n : 0n
  return { coefficient: quotient + up, scale }
}

/** a / b rounded half to even at `scale` digits. Division is never exact by accident: name the scale. Throws on b = 0. */
export function divideRounded(a: Decimal, b: Decimal, scale: number): Decimal {
  if (b.coefficient === 0n) throw new Error('division by zero')
  const numerator = a.coefficient * tenTo(scale + b.scale)
  return { coefficient: divideHalfEven(numerator, b.coefficient * tenTo(a.scale)), scale }
}

/** Plain digits, no exponent, no trailing zeros: `0.00000005`. The form that PostgreSQL NUMERIC reads. */
export function formatDecimal(a: Decimal): string {
  const fixed = formatFixed(a)
  return a.scale === 0 ? fixed : fixed.replace(/\.?0+$/, '')
}

/** As many fractional digits as the scale says: `1.50` at scale 2. */
export function formatFixed(a: Decimal): string {
  const negative = a.coefficient < 0n
  const digits = (negative ? -a.coefficient : a.coefficient).toString().padStart(a.scale + 1, '0')
  const whole = digits.slice(0, digits.length - a.scale)
  const fraction = a.scale === 0 ? '' : `.${digits.slice(digits.length - a.scale)}`
  return `${negative ? '-' : ''}${whole}${fraction}`
}

/**
 * Picos: integer 10^-12 of a currency's major unit. Holds, leases and budget charges are integers of these, so that the
 * hot path adds bigints; $0.05 per million tokens is 50,000 picos a token.
 */
export const picoScale = 12

/** The smallest number of picos that is not less than the amount. */
export const toPicosUp = (a: Decimal): bigint => roundUp(a, picoScale).coefficient

export const fromPicos = (picos: bigint): Decimal => ({ coefficient: picos, scale: picoScale })
