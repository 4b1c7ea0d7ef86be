/** The auditor's own arithmetic: exact fractions, so that it shares nothing with what it checks. */
export interface Ratio {
  readonly over: bigint
  readonly under: bigint
}

export const zeroRatio: Ratio = { over: 0n, under: 1n }

/** Reads plain decimal text, such as `-0.0000005`. */
export function ratioOf(text: string): Ratio {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  if (match === null) throw new Error(`not a plain decimal: ${text}`)
  const [, sign, whole = '', fraction = ''] = match
  const over = BigInt(whole + fraction)
  return { over: sign === '-' ? -over : over, under: 10n ** BigInt(fraction.length) }
}

export const plus = (a: Ratio, b: Ratio): Ratio => ({ over: a.over * b.under + b.over * a.under, under: a.under * b.under })
export const times = (a: Ratio, whole: bigint): Ratio => ({ over: a.over * whole, under: a.under })
export const same = (a: Ratio, b: Ratio): boolean => a.over * b.under === b.over * a.under
export const showRatio = ({ over, under }: Ratio): string => `${over}/${under}`

/** Millionths of millionths, rounded up. */
export function picosUp({ over, under }: Ratio): bigint {
  const scaled = over * 1_000_000_000_000n
  const whole = scaled / under
  return scaled > 0n && scaled % under !== 0n ? whole + 1n : whole
}
