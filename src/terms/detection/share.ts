/** Shares of a count with an interval, so that nothing is read from five of ten that could be chance. */

export interface Share {
  readonly hits: number
  readonly of: number
  readonly share: number
  /** 95 % interval. */
  readonly low: number
  readonly high: number
}

/** Wilson's score interval (JASA 22, 1927), which stays within 0 and 1 and is fair at both ends. */
export function wilson(hits: number, of: number, z = 1.96): Share {
  if (of === 0) return { hits, of, share: 0, low: 0, high: 1 }
  const share = hits / of
  const square = z * z
  const centre = share + square / (2 * of)
  const half = z * Math.sqrt((share * (1 - share)) / of + square / (4 * of * of))
  const scale = 1 + square / of
  return { hits, of, share, low: hits === 0 ? 0 : (centre - half) / scale, high: hits === of ? 1 : (centre + half) / scale }
}
