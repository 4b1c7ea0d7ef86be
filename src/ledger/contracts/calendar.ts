/**
 * Days, months and hours of bills. Bills run on UTC: a day is `2026-11-23`, a month `2026-11`, periods include `from` and
 * exclude `until`. Budgets have time zones of their own; bills of the clouds that we reconcile against are in UTC.
 */
import { assert } from '../../kernel/assert.ts'

export interface Period {
  readonly from: string
  readonly until: string
}

export const hourMs = 3_600_000
export const dayMs = 24 * hourMs
const dayShape = /^\d{4}-\d{2}-\d{2}$/
const monthShape = /^\d{4}-(0[1-9]|1[0-2])$/

/** Whether the text is a day that exists: 2026-02-29 is not. */
export const isDay = (text: string): boolean => dayShape.test(text) && !Number.isNaN(Date.parse(text)) && new Date(Date.parse(text)).toISOString().startsWith(text)
export const isMonth = (text: string): boolean => monthShape.test(text)

/** First instant of a day, milliseconds. */
export function dayStart(day: string): number {
  assert(isDay(day), `not a day: ${day}`)
  return Date.parse(`${day}T00:00:00Z`)
}

/** The UTC day that an instant lies in. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
export const addDays = (day: string, days: number): string => dayOf(dayStart(day) + days * dayMs)
export const daysBetween = (from: string, until: string): number => Math.round((dayStart(until) - dayStart(from)) / dayMs)
export const monthOf = (day: string): string => day.slice(0, 7)

/** `2026-11` → 2026-11-01 until 2026-12-01. */
export function monthPeriod(month: string): Period {
  assert(isMonth(month), `not a month: ${month}`)
  return { from: `${month}-01`, until: addMonths(`${month}-01`, 1) }
}

/** Same day `months` later, or the last day of that month where it is shorter: 2024-01-31 + 1 is 2024-02-29. */
export function addMonths(day: string, months: number): string {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number)
  const index = year * 12 + month - 1 + months
  const first = Date.UTC(Math.floor(index / 12), index % 12, 1)
  const last = new Date(Date.UTC(Math.floor(index / 12), (index % 12) + 1, 0)).getUTCDate()
  return dayOf(first + (Math.min(date, last) - 1) * dayMs)
}

/** The part that two periods share; undefined where there is none. */
export function overlap(a: Period, b: Period): Period | undefined {
  const from = a.from > b.from ? a.from : b.from
  const until = a.until < b.until ? a.until : b.until
  return from < until ? { from, until } : undefined
}

/** Cuts a period at the first of each month. */
export function monthsOf(period: Period): readonly Period[] {
  const parts: Period[] = []
  let from = period.from
  while (from < period.until) {
    const next = monthPeriod(monthOf(from)).until
    const until = next < period.until ? next : period.until
    parts.push({ from, until })
    from = until
  }
  return parts
}

export function* eachDay(period: Period): Generator<string> {
  for (let day = period.from; day < period.until; day = addDays(day, 1)) yield day
}
