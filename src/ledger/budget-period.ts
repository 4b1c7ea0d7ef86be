/** Days and months of budgets: fixed at admission, in the budget's time zone, across changes of clocks. */
import { isoTime } from '../kernel/clock.ts'
import type { Budget } from './lease.ts'

export interface BudgetPeriod {
  /** First instant, RFC 3339 UTC; `total` where the budget has no period. */
  readonly period: string
  /** Milliseconds; `endsAt` is the first instant of the next period. Undefined for `total`. */
  readonly startsAt: number
  readonly endsAt: number | undefined
}

const total: BudgetPeriod = { period: 'total', startsAt: -Infinity, endsAt: undefined }

const formats = new Map<string, Intl.DateTimeFormat>()

/** Days since 1970 of the local date, and its month as year × 12 + month. */
function localDate(at: number, timeZone: string): { readonly day: number; readonly month: number } {
  let format = formats.get(timeZone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', { timeZone, year: 'numeric', month: 'numeric', day: 'numeric' })
    formats.set(timeZone, format)
  }
  const parts = format.formatToParts(at)
  const read = (type: 'year' | 'month' | 'day'): number => Number(parts.find((part) => part.type === type)?.value)
  const [year, month, day] = [read('year'), read('month'), read('day')]
  return { day: Date.UTC(year, month - 1, day) / 86_400_000, month: year * 12 + month - 1 }
}

const dayMs = 86_400_000

/**
 * The first instant at which `reached` holds, between two instants that enclose it. Local dates only ever step forward at
 * whole minutes, so a search over minutes finds midnight, or what stands for it where clocks skip midnight.
 */
function firstInstant(from: number, to: number, reached: (at: number) => boolean): number {
  const minute = 60_000
  let low = Math.floor(from / minute)
  let high = Math.ceil(to / minute)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (reached(middle * minute)) high = middle
    else low = middle
  }
  return high * minute
}

const cache = new Map<string, BudgetPeriod>()

/** The period of a budget that an instant falls in. Cached by zone, so that the hot path compares two numbers. */
export function budgetPeriod({ period, timeZone }: Pick<Budget, 'period' | 'timeZone'>, at: number): BudgetPeriod {
  if (period === 'total') return total
  const key = `${period} ${timeZone}`
  const cached = cache.get(key)
  if (cached?.endsAt !== undefined && at >= cached.startsAt && at < cached.endsAt) return cached
  const unit = (instant: number): number => localDate(instant, timeZone)[period]
  const here = unit(at)
  // Zones lie within a day of UTC, and no month has more than 31 days.
  const span = (period === 'day' ? 2 : 33) * dayMs
  const startsAt = firstInstant(at - span, at + 1, (instant) => unit(instant) >= here)
  const endsAt = firstInstant(at, at + span, (instant) => unit(instant) > here)
  const found = { period: isoTime(startsAt), startsAt, endsAt }
  cache.set(key, found)
  return found
}
