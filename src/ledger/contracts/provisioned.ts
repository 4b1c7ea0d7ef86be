/**
 * Provisioned units over time: what is charged when, what of it belongs to which hours, and how much of that was used.
 *
 * `hourly` units are charged for each hour that counts. `monthly` and `yearly` units are bought term by term: charged on
 * the first day of a term (a yearly one may be paid in twelve parts) and amortised straight-line over the term's hours.
 * Suspension: `run` changes nothing; `pause` stops the clock, so hours are not charged and a term that was bought lasts
 * longer by the suspended time; `end` buys no further term, and what is left of the running one is stranded at once.
 */
import { type Decimal, add, compare, decimal, divideRounded, isZero, multiply, picoScale, subtract, zero } from '../../kernel/decimal.ts'
import { addDays, addMonths, dayOf, dayStart, type Period } from './calendar.ts'
import type { Contract, Provisioned } from './contract.ts'
import { type Span, countedHours, instantOf, suspensionsOf } from './suspensions.ts'

export interface Term {
  readonly span: Span
  /** Charged for the whole term, all units. */
  readonly price: Decimal
}

export interface UnitCharge {
  /** Day on which it is charged; for hourly units the period's first. */
  readonly from: string
  readonly until: string
  /** Units, or unit-hours. */
  readonly quantity: Decimal
  readonly unit: 'unit-hours' | 'units'
  readonly unitPrice: Decimal
}

const farMs = dayStart('9998-12-31')
const spanOf = (item: Provisioned): Span => ({ from: instantOf(item.from), until: item.until === undefined ? farMs : instantOf(item.until) })
export const periodSpan = (period: Period): Span => ({ from: dayStart(period.from), until: dayStart(period.until) })

const spansOfUnits = (contract: Contract, item: Provisioned): readonly Span[] => suspensionsOf(contract, undefined, instantOf(item.from))

const meet = (a: Span, b: Span): Span => ({ from: Math.max(a.from, b.from), until: Math.min(a.until, b.until) })
const monthsLater = (at: number, months: number): number => dayStart(addMonths(dayOf(at), months)) + (at - dayStart(dayOf(at)))

/** The end of a term that begins at `from`: suspended time that falls inside is added until none is left to add. */
function termEnd(from: number, months: number, spans: readonly Span[]): number {
  const nominal = monthsLater(from, months)
  let end = nominal
  for (;;) {
    const lost = spans.reduce((sum, span) => sum + Math.max(0, Math.min(span.until, end) - Math.max(span.from, from)), 0)
    if (nominal + lost === end || lost > farMs) return Math.min(end, farMs)
    end = Math.min(nominal + lost, farMs)
    if (end === farMs) return farMs
  }
}

/** Terms bought with a first instant before `before`, in order. Empty for hourly units. */
export function termsBought(contract: Contract, item: Provisioned, before: number): readonly Term[] {
  if (item.term === 'hourly') return []
  const months = item.term === 'monthly' ? 1 : 12
  const spans = spansOfUnits(contract, item)
  const whole = spanOf(item)
  const price = multiply(decimal(item.count), decimal(item.unitPrice))
  const terms: Term[] = []
  let from = whole.from
  for (let index = 1; from < Math.min(before, whole.until); index += 1) {
    if (item.whenSuspended === 'end' && spans[0] !== undefined && from >= spans[0].from) break
    if (item.whenSuspended === 'pause') {
      const blocking = spans.find((span) => from >= span.from && from < span.until)
      if (blocking !== undefined) { from = blocking.until; index -= 1; continue }
    }
    const until = item.whenSuspended === 'pause' ? termEnd(from, months, spans) : monthsLater(whole.from, months * index)
    terms.push({ span: { from, until }, price })
    from = until
  }
  return terms
}

/** Hours of a span of time in which the units stand ready: of those that are bought, to the end of a term, also of one that a pause made longer. */
function readyHours(contract: Contract, item: Provisioned, within: Span): number {
  const spans = spansOfUnits(contract, item)
  const held = item.term === 'hourly' ? [spanOf(item)] : termsBought(contract, item, within.until).map((term) => term.span)
  return held.reduce((hours, span) => hours + countedHours(spans, item.whenSuspended, meet(span, within)), 0)
}

/** Whether the units stand ready at some hour of a day: on the others their deployments' calls are priced as any other's. */
export const carriesOn = (contract: Contract, item: Provisioned, day: string): boolean => readyHours(contract, item, { from: dayStart(day), until: dayStart(addDays(day, 1)) }) > 0

function hourlyCharge(contract: Contract, item: Provisioned, period: Period): readonly UnitCharge[] {
  const hours = countedHours(spansOfUnits(contract, item), item.whenSuspended, meet(spanOf(item), periodSpan(period)))
  if (hours === 0) return []
  return [{ ...period, quantity: decimal(hours * item.count), unit: 'unit-hours', unitPrice: decimal(item.unitPrice) }]
}

/** Twelve parts of a yearly price that add up to it exactly. */
const instalment = (price: Decimal, index: number): Decimal => {
  const upTo = (parts: number): Decimal => divideRounded(multiply(price, decimal(parts)), decimal(12), Math.max(price.scale, 6))
  return subtract(upTo(index + 1), upTo(index))
}

/** What a period is charged for one provision. */
export function chargesIn(contract: Contract, item: Provisioned, period: Period): readonly UnitCharge[] {
  if (item.term === 'hourly') return hourlyCharge(contract, item, period)
  const inside = (at: number): boolean => dayOf(at) >= period.from && dayOf(at) < period.until
  const quantity = decimal(item.count)
  const charges: UnitCharge[] = []
  const suspended = spansOfUnits(contract, item)[0]?.from ?? farMs
  for (const term of termsBought(contract, item, periodSpan(period).until)) {
    const days = { from: dayOf(term.span.from), until: dayOf(term.span.until) }
    if (item.term === 'monthly' || item.payment === 'upfront') {
      if (inside(term.span.from)) charges.push({ ...days, quantity, unit: 'units', unitPrice: decimal(item.unitPrice) })
      continue
    }
    for (let index = 0; index < 12; index += 1) {
      const due = monthsLater(term.span.from, index)
      if (!inside(due) || (item.whenSuspended === 'end' && due >= suspended)) continue
      charges.push({ from: dayOf(due), until: dayOf(monthsLater(term.span.from, index + 1)), quantity, unit: 'units', unitPrice: instalment(decimal(item.unitPrice), index) })
    }
  }
  return charges
}

/** What of a term's price falls due before an instant: all of it when it begins, or a twelfth each month. */
function dueBefore(item: Provisioned, term: Term, at: number): Decimal {
  if (item.term === 'monthly' || item.payment === 'upfront') return term.price
  let due = zero
  for (let index = 0; index < 12; index += 1) {
    if (monthsLater(term.span.from, index) < at) due = add(due, multiply(instalment(decimal(item.unitPrice), index), decimal(item.count)))
  }
  return due
}

/** Part of a term's price up to an instant, straight-line by counted hours, to a pico; the whole from its end on. */
function amortisedUpTo(contract: Contract, item: Provisioned, term: Term, at: number): Decimal {
  if (at <= term.span.from) return zero
  const spans = spansOfUnits(contract, item)
  const stranded = item.whenSuspended === 'end' && spans[0] !== undefined && at > spans[0].from && spans[0].from < term.span.until
  // What will never be charged is no cost: instalments end with the suspension.
  if (stranded) return dueBefore(item, term, spans[0]?.from ?? farMs)
  if (at >= term.span.until) return term.price
  const effect = item.whenSuspended === 'pause' ? 'pause' : 'run'
  const done = countedHours(spans, effect, { from: term.span.from, until: at })
  const total = countedHours(spans, effect, term.span)
  return divideRounded(multiply(term.price, decimal(done)), decimal(total), picoScale)
}

/** The cost of the units that belongs to a period, whenever it was charged. Adjoining periods add up exactly. */
export function amortisedIn(contract: Contract, item: Provisioned, period: Period): Decimal {
  if (item.term === 'hourly') {
    return hourlyCharge(contract, item, period).reduce((sum, charge) => add(sum, multiply(charge.quantity, charge.unitPrice)), zero)
  }
  const { from, until } = periodSpan(period)
  let total = zero
  for (const term of termsBought(contract, item, until)) {
    const part = subtract(amortisedUpTo(contract, item, term, until), amortisedUpTo(contract, item, term, from))
    total = add(total, part)
  }
  return total
}

const read: ReadonlySet<string> = new Set(['input', 'cache_write', 'cache_write_long', 'audio_input', 'image_input'])
const written: ReadonlySet<string> = new Set(['output', 'reasoning', 'audio_output', 'image_output'])

/** Input-equivalent tokens of a quantity that units carried: what was written weighs more, what was cached and what is no token weighs nothing. */
export const inputEquivalent = (item: Provisioned, meter: string, quantity: Decimal): Decimal =>
  read.has(meter) ? quantity : written.has(meter) ? multiply(quantity, decimal(item.outputWeight)) : zero

export interface Utilisation {
  /** Amortised cost of the period. */
  readonly cost: Decimal
  /** Input-equivalent tokens that the units could carry; undefined where the contract does not say what one carries. */
  readonly capacity: Decimal | undefined
  readonly used: Decimal
  readonly usedCost: Decimal
  readonly unusedCost: Decimal
  /** used / capacity, six digits. */
  readonly utilisation: Decimal | undefined
  /** Cost of one input-equivalent token as it was really used: cost / used; undefined where nothing was. */
  readonly perToken: Decimal | undefined
}

/** Minutes in which the units stood ready, times what they carry. */
function capacityOf(contract: Contract, item: Provisioned, period: Period): Decimal | undefined {
  if (item.tokensPerMinute === undefined) return undefined
  const hours = readyHours(contract, item, periodSpan(period))
  return multiply(multiply(decimal(hours * 60), decimal(item.count)), decimal(item.tokensPerMinute))
}

/** Divides the amortised cost of a period into what was used and what stood idle. `used`: input-equivalent tokens. */
export function utilisationIn(contract: Contract, item: Provisioned, period: Period, used: Decimal): Utilisation {
  const cost = amortisedIn(contract, item, period)
  const capacity = capacityOf(contract, item, period)
  const perToken = isZero(used) ? undefined : divideRounded(cost, used, 18)
  if (capacity === undefined || isZero(capacity)) {
    const usedCost = isZero(used) ? zero : cost
    return { cost, capacity, used, usedCost, unusedCost: subtract(cost, usedCost), utilisation: undefined, perToken }
  }
  const counted = compare(used, capacity) > 0 ? capacity : used
  const usedCost = divideRounded(multiply(cost, counted), capacity, picoScale)
  return { cost, capacity, used, usedCost, unusedCost: subtract(cost, usedCost), utilisation: divideRounded(used, capacity, 6), perToken }
}

/** Cuts an amount over weights so that the parts, of `digits` digits each (a pico by default), add up to it exactly; all to the last where all weigh nothing. */
export function allocate(amount: Decimal, weights: readonly Decimal[], digits = picoScale): readonly Decimal[] {
  const total = weights.reduce((sum, weight) => add(sum, weight), zero)
  if (weights.length === 0) return []
  const scale = Math.max(amount.scale, digits)
  let done = zero
  let given = zero
  return weights.map((weight, index) => {
    done = add(done, weight)
    const last = index === weights.length - 1
    const upTo = last ? amount : isZero(total) ? zero : divideRounded(multiply(amount, done), total, scale)
    const part = subtract(upTo, given)
    given = upTo
    return part
  })
}

