/** Spans of time that people choose, as instants. Usage is kept by whole minutes in UTC, and so are days here. */
import type { Words } from './language.ts'

export const rangeIds = ['today', '24h', '7d', '30d', 'month', 'last-month', 'all'] as const
export type RangeId = (typeof rangeIds)[number]

export const rangeWords = {
  today: ['Today (UTC)', 'Oggi (UTC)'], '24h': ['Last 24 hours', 'Ultime 24 ore'], '7d': ['Last 7 days', 'Ultimi 7 giorni'], '30d': ['Last 30 days', 'Ultimi 30 giorni'],
  month: ['This month', 'Questo mese'], 'last-month': ['Last month', 'Mese scorso'], all: ['All time', 'Sempre'],
} as const satisfies Words

const hourMs = 3_600_000
const dayMs = 24 * hourMs

export interface Period {
  /** RFC 3339; undefined: since the beginning. */
  readonly from: string | undefined
  readonly to: string | undefined
  readonly bucket: 'hour' | 'day'
}

const iso = (ms: number): string => new Date(ms).toISOString()
const monthStart = (now: number, back = 0): number => {
  const at = new Date(now)
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - back, 1)
}

/** Rounded to the minute, so that the same question is asked within a minute. */
const minuteOf = (now: number): number => Math.floor(now / 60_000) * 60_000

export function periodOf(range: RangeId, at: number): Period {
  const now = minuteOf(at)
  switch (range) {
    case 'today': return { from: iso(Math.floor(now / dayMs) * dayMs), to: undefined, bucket: 'hour' }
    case '24h': return { from: iso(Math.floor((now - dayMs) / hourMs) * hourMs), to: undefined, bucket: 'hour' }
    case '7d': return { from: iso(Math.floor((now - 6 * dayMs) / dayMs) * dayMs), to: undefined, bucket: 'day' }
    case '30d': return { from: iso(Math.floor((now - 29 * dayMs) / dayMs) * dayMs), to: undefined, bucket: 'day' }
    case 'month': return { from: iso(monthStart(now)), to: undefined, bucket: 'day' }
    case 'last-month': return { from: iso(monthStart(now, 1)), to: iso(monthStart(now)), bucket: 'day' }
    case 'all': return { from: undefined, to: undefined, bucket: 'day' }
  }
}

/** The span of equal length before; undefined where there is none. */
export function periodBefore(range: RangeId, at: number): { readonly from: string; readonly to: string } | undefined {
  if (range === 'all') return undefined
  if (range === 'last-month') return { from: iso(monthStart(at, 2)), to: iso(monthStart(at, 1)) }
  const { from } = periodOf(range, at)
  const start = Date.parse(from ?? '')
  // As much of last month, or of the days before, as has passed of this: like is compared with like.
  if (range === 'month') return { from: iso(monthStart(at, 1)), to: iso(Math.min(monthStart(at, 1) + (minuteOf(at) - start), start)) }
  const length = range === 'today' ? dayMs : minuteOf(at) - start
  return { from: iso(start - length), to: iso(range === 'today' ? minuteOf(at) - dayMs : start) }
}

/** Share of the present month that has passed, as a ratio of whole minutes. */
export function monthPassed(at: number): { readonly minutes: number; readonly of: number } {
  const start = monthStart(at)
  return { minutes: Math.max(1, Math.ceil((at - start) / 60_000)), of: (monthStart(at, -1) - start) / 60_000 }
}

export const asRange = (text: string | undefined, otherwise: RangeId): RangeId => rangeIds.find((one) => one === text) ?? otherwise

/** Two whole days in UTC that somebody chose, both included; undefined where they are not days, or the wrong way round. */
export function periodBetween(first: string | undefined, last: string | undefined): Period | undefined {
  const [from, to] = [Date.parse(`${first ?? ''}T00:00:00Z`), Date.parse(`${last ?? ''}T00:00:00Z`) + dayMs]
  if (Number.isNaN(from) || Number.isNaN(to) || to <= from) return undefined
  return { from: iso(from), to: iso(to), bucket: to - from <= 2 * dayMs ? 'hour' : 'day' }
}

/** The span of equal length that ends where another begins. */
export function spanBefore({ from, to }: Period): { readonly from: string; readonly to: string } | undefined {
  if (from === undefined || to === undefined) return undefined
  return { from: iso(2 * Date.parse(from) - Date.parse(to)), to: from }
}
