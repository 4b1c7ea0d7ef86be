/**
 * What a suspension does to the clock of a right or a duty. `run`: nothing. `pause`: suspended time does not count.
 * `end`: nothing counts from the first suspension on. Days count as suspended where their first instant is.
 */
import { type Period, dayStart, eachDay, hourMs } from './calendar.ts'
import type { Contract, WhenSuspended } from './contract.ts'

export interface Span {
  /** Milliseconds, end excluded. */
  readonly from: number
  readonly until: number
}

const instantOf = (text: string): number => text.length === 10 ? dayStart(text) : Date.parse(text)

export const suspensionsOf = (contract: Contract): readonly Span[] =>
  contract.suspensions
    .map((item) => ({ from: instantOf(item.from), until: item.until === undefined ? Number.MAX_SAFE_INTEGER : instantOf(item.until) }))
    .sort((a, b) => a.from - b.from)

export const isSuspendedAt = (spans: readonly Span[], at: number): boolean => spans.some((span) => at >= span.from && at < span.until)

/** Whether time at `at` counts for something with this effect. */
export function countsAt(spans: readonly Span[], effect: WhenSuspended, at: number): boolean {
  if (effect === 'run') return true
  if (effect === 'pause') return !isSuspendedAt(spans, at)
  const first = spans[0]
  return first === undefined || at < first.from
}

/** Days of a period that count. */
export function countedDays(spans: readonly Span[], effect: WhenSuspended, period: Period): number {
  let days = 0
  for (const day of eachDay(period)) if (countsAt(spans, effect, dayStart(day))) days += 1
  return days
}

/** Started hours of a span that count; hours are those of the clock, and one counts where its first instant does. */
export function countedHours(spans: readonly Span[], effect: WhenSuspended, span: Span): number {
  if (span.until <= span.from) return 0
  const total = Math.ceil((span.until - span.from) / hourMs)
  if (effect === 'run' || spans.length === 0) return total
  let hours = 0
  for (let index = 0; index < total; index += 1) if (countsAt(spans, effect, span.from + index * hourMs)) hours += 1
  return hours
}
