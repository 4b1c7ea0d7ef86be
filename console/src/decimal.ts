/** Exact sums of the decimal texts that the API answers. Numbers are for drawing only. */
const scale = 24

/** In units of 10^-24. */
export function exact(text: string): bigint {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text.trim()) ?? []
  const value = BigInt(whole + fraction.slice(0, scale).padEnd(scale, '0'))
  return sign === '-' ? -value : value
}

export function text(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0')
  const fraction = digits.slice(-scale).replace(/0+$/, '')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}${fraction === '' ? '' : `.${fraction}`}`
}

export const sum = (texts: readonly string[]): string => text(texts.reduce((total, one) => total + exact(one), 0n))

/** `amount` times a ratio of whole numbers, for projections: rounded down at 10^-24. */
export const scaled = (amount: string, numerator: number, denominator: number): string => (denominator === 0 ? '0' : text((exact(amount) * BigInt(Math.round(numerator))) / BigInt(Math.round(denominator))))

/** Share of `part` in `whole`, for bars and percentages. */
export function share(part: string, whole: string): number {
  const all = exact(whole)
  return all === 0n ? 0 : Number((exact(part) * 1_000_000n) / all) / 1_000_000
}

export const compare = (a: string, b: string): number => {
  const difference = exact(a) - exact(b)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}
