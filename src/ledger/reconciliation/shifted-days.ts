/**
 * Differences that only say on which day something was counted: a supplier whose days begin at another hour moves a part of
 * each day onto the next, so what is missing on the first day is over on the last and the days between have a little of both.
 */
import { type Decimal, absolute, add, compare, isNegative, isZero, subtract, zero } from '../../kernel/decimal.ts'
import { addDays } from '../contracts/calendar.ts'

export interface DayDifference {
  readonly day: string
  /** What is compared with itself from day to day: one meter of one model and deployment. */
  readonly series: string
  readonly billed: Decimal
  readonly booked: Decimal
}

const quantityOf = ({ billed, booked }: DayDifference): Decimal => subtract(billed, booked)

/** The last index of the shortest run of following days from `start` on that adds up to nothing; undefined where none does. */
function runFrom(days: readonly DayDifference[], start: number): number | undefined {
  let moved = zero
  for (let index = start; index < days.length; index += 1) {
    const [here, before] = [days[index], days[index - 1]]
    if (here === undefined || (index > start && before !== undefined && here.day !== addDays(before.day, 1))) return undefined
    // What moves is a part of its day: where a day is unlike the one before, as much of it would not have moved.
    if (index > start && isZero(quantityOf(here)) && before !== undefined && compare(here.booked, before.booked) !== 0) return undefined
    moved = add(moved, quantityOf(here))
    if (isZero(moved)) return index
    const next = days[index + 1]
    // What was booked today and billed tomorrow, or the other way about: no more than both days have.
    const [from, to] = isNegative(moved) ? [here.booked, next?.billed] : [here.billed, next?.booked]
    if ([from, to ?? zero].some((most) => compare(absolute(moved), most) > 0)) return undefined
  }
  return undefined
}

/** Those of the days that differ by timing alone. */
export function shiftedDays<T extends DayDifference>(all: readonly T[]): ReadonlySet<T> {
  const found = new Set<T>()
  for (const series of Map.groupBy(all, (item) => item.series).values()) {
    const sorted = series.toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0))
    for (let start = 0; start < sorted.length; start += 1) {
      const [first] = sorted.slice(start)
      const end = first === undefined || isZero(quantityOf(first)) ? undefined : runFrom(sorted, start)
      if (end === undefined) continue
      // A day between that gave as much as it got differs in nothing.
      for (const item of sorted.slice(start, end + 1)) if (!isZero(quantityOf(item))) found.add(item)
      start = end
    }
  }
  return found
}
