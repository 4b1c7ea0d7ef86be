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

/** Milliseconds of a day's first instant or of a time, as contracts write them. */
export const instantOf = (text: string): number => text.length === 10 ? dayStart(text) : Date.parse(text)

/** Spans in order, those that touch or overlap made one: time is suspended once, whoever says so. */
function merged(spans: readonly Span[]): readonly Span[] {
  const found: Span[] = []
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = found.at(-1)
    if (last !== undefined && span.from <= last.until) found[found.length - 1] = { from: last.from, until: Math.max(last.until, span.until) }
    else if (span.until > span.from) found.push(span)
  }
  return found
}

const both = (a: readonly Span[], b: readonly Span[]): readonly Span[] =>
  a.flatMap((one) => b.map((two) => ({ from: Math.max(one.from, two.from), until: Math.min(one.until, two.until) }))).filter((span) => span.until > span.from)

/**
 * When a contract is suspended; of a rule that is about some projects only, when all of these are: each by itself, or with
 * the whole account. `since`, milliseconds: when the rule began; a suspension that was over by then does nothing to it.
 */
export const suspensionsOf = (contract: Pick<Contract, 'suspensions'>, projects?: readonly string[], since = 0): readonly Span[] => allSuspensions(contract, projects).filter((span) => span.until > since)

function allSuspensions(contract: Pick<Contract, 'suspensions'>, projects: readonly string[] | undefined): readonly Span[] {
  const spansOf = (project: string | undefined): readonly Span[] => merged(contract.suspensions
    .filter((item) => item.project === undefined || item.project === project)
    .map((item) => ({ from: instantOf(item.from), until: item.until === undefined ? Number.MAX_SAFE_INTEGER : instantOf(item.until) })))
  const [first, ...others] = projects ?? []
  return others.reduce<readonly Span[]>((spans, project) => both(spans, spansOf(project)), spansOf(first))
}

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
