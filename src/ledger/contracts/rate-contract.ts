/**
 * What a period costs under a contract: exact lines, each rounded once. `splitting a period never changes a sum` holds
 * because the bill of [from, until) is, by definition, the bill of the month up to `until` less the bill up to `from`:
 * the exact amounts of adjoining periods telescope, under volume tiers, allowances and minimums as well.
 */
import { type Decimal, add, asFraction, compare, decimal, divideRounded, isZero, multiply, negate, roundHalfEven, subtract, zero } from '../../kernel/decimal.ts'
import { type Period, daysBetween, dayStart, eachDay, monthOf, monthPeriod, monthsOf } from './calendar.ts'
import { type Contract, heldIn, holdsOn, type Terms, termsOn } from './contract.ts'
import { minorDigits } from './currency.ts'
import { bandOf, cutByBands, type Piece, priceMonth } from './price-usage.ts'
import { chargesIn } from './provisioned.ts'
import { inScope } from './scope.ts'
import { countsAt, suspensionsOf } from './suspensions.ts'
import type { UsageRow } from './usage-row.ts'

export type LineKind = 'usage' | 'provisioned' | 'spend-discount' | 'minimum-shortfall' | 'commitment-shortfall'

export interface Line {
  readonly kind: LineKind
  /** What set the price: `list`, `discount 1`, `tier chat band 2`, `minimum`, … */
  readonly rule: string
  readonly project?: string
  readonly model?: string
  readonly meter?: string
  readonly tier?: string
  /** Days that the line covers, end excluded. */
  readonly from: string
  readonly until: string
  readonly quantity: Decimal
  readonly unit: string
  /** List price of one unit, for usage. */
  readonly listUnitPrice?: Decimal
  readonly unitPrice: Decimal
  /** quantity × unitPrice, exact (C6). */
  readonly amount: Decimal
  /** The amount rounded half to even to the currency's minor unit: what is owed. */
  readonly payable: Decimal
  /** Price rows behind it: the drill-down key to the calls. */
  readonly priceRows: readonly string[]
  readonly calls: number
}

export interface RatedPeriod {
  readonly contract: string
  readonly currency: string
  readonly period: Period
  readonly lines: readonly Line[]
  /** Sum of the payables. */
  readonly total: Decimal
  /** Sum of the exact amounts. */
  readonly exact: Decimal
  /** exact − total: posted to the rounding account. */
  readonly remainder: Decimal
}

type Draft = Omit<Line, 'amount' | 'payable'>

/** Commitments drawn down before the period, by commitment id. */
export type DrawnBefore = ReadonlyMap<string, Decimal>

const keyOf = (line: Draft): string => JSON.stringify([line.kind, line.rule, line.project, line.model, line.meter, line.tier, line.unit, scaleFree(line.unitPrice), line.listUnitPrice === undefined ? null : scaleFree(line.listUnitPrice)])

function scaleFree(value: Decimal): string {
  let { coefficient, scale } = value
  while (scale > 0 && coefficient % 10n === 0n) { coefficient /= 10n; scale -= 1 }
  return `${coefficient}e-${scale}`
}

const amountOf = (line: { readonly quantity: Decimal; readonly unitPrice: Decimal }): Decimal => multiply(line.quantity, line.unitPrice)
const total = (lines: Iterable<{ readonly quantity: Decimal; readonly unitPrice: Decimal }>): Decimal => {
  let all = zero
  for (const line of lines) all = add(all, amountOf(line))
  return all
}

/** Adds lines that differ only in days and calls. */
function merge(lines: Iterable<Draft>): Map<string, Draft> {
  const merged = new Map<string, Draft>()
  for (const line of lines) {
    const key = keyOf(line)
    const known = merged.get(key)
    merged.set(key, known === undefined ? line : {
      ...known,
      from: known.from < line.from ? known.from : line.from,
      until: known.until > line.until ? known.until : line.until,
      quantity: add(known.quantity, line.quantity),
      priceRows: known.priceRows.includes(line.priceRows[0] ?? '') ? known.priceRows : [...known.priceRows, ...line.priceRows],
      calls: known.calls + line.calls,
    })
  }
  return merged
}

function* usageLines(pieces: readonly Piece[], period: Period): Generator<Draft> {
  let last: UsageRow | undefined
  for (const { row, quantity, unitPrice, rule } of pieces) {
    yield {
      kind: 'usage', rule, project: row.project, model: row.model, meter: row.meter, tier: row.tier, ...period, quantity,
      unit: row.meter, listUnitPrice: row.listUnitPrice, unitPrice, priceRows: [row.priceRow], calls: row === last ? 0 : row.calls,
    }
    last = row
  }
}

const base = (period: Period) => ({ ...period, priceRows: [] as readonly string[], calls: 0 })

function* provisionedLines(contract: Contract, terms: Terms, period: Period): Generator<Draft> {
  const held = heldIn(contract, period)
  for (const item of terms.provisioned) {
    for (const charge of held.flatMap((span) => chargesIn(contract, item, span))) {
      yield { ...base(period), kind: 'provisioned', rule: `provisioned ${item.id}`, model: item.model, quantity: charge.quantity, unit: charge.unit, unitPrice: charge.unitPrice }
    }
  }
}

/** Discounts by spend: the base is what the scope's pieces cost so far; its quantity is money, its price minus the rate. */
function* spendLines(terms: Terms, pieces: readonly Piece[], period: Period): Generator<Draft> {
  for (const tier of terms.spendTiers) {
    const spent = total(pieces.filter((piece) => inScope(tier, piece.row)))
    if (isZero(spent)) continue
    const parts = tier.kind === 'graduated' ? cutByBands(tier.bands, zero, spent) : [{ band: bandOf(tier.bands, spent), quantity: spent }]
    for (const part of parts) {
      const percent = decimal(tier.bands[part.band]?.discountPercent ?? '0')
      if (isZero(percent)) continue
      yield {
        ...base(period), kind: 'spend-discount', rule: `tier ${tier.id} band ${part.band + 1}`, quantity: part.quantity, unit: 'spend',
        unitPrice: negate(asFraction(percent)),
      }
    }
  }
}

/** The minimum that a calendar month owes: each day that is held and counts its part, under the terms of that day. Rounded to the minor unit. */
export function minimumOf(contract: Contract, month: string): Decimal {
  const period = monthPeriod(month)
  const spans = suspensionsOf(contract)
  const days = daysBetween(period.from, period.until)
  const daysAt = new Map<string, number>()
  for (const day of eachDay(period)) {
    const minimum = termsOn(contract, day).minimum
    if (minimum === undefined || !holdsOn(contract, day) || !countsAt(spans, minimum.whenSuspended, dayStart(day))) continue
    daysAt.set(minimum.amount, (daysAt.get(minimum.amount) ?? 0) + 1)
  }
  let owed = zero
  for (const [amount, counted] of daysAt) owed = add(owed, multiply(decimal(amount), decimal(counted)))
  return divideRounded(owed, decimal(days), minorDigits(contract.currency))
}

const payableOf = (contract: Contract, line: Draft): Decimal => roundHalfEven(amountOf(line), minorDigits(contract.currency))
const payables = (contract: Contract, lines: Iterable<Draft>): Decimal => {
  let sum = zero
  for (const line of lines) sum = add(sum, payableOf(contract, line))
  return sum
}

function* shortfallLine(kind: LineKind, rule: string, period: Period, short: Decimal): Generator<Draft> {
  if (compare(short, zero) > 0) yield { ...base(period), kind, rule, quantity: decimal(1), unit: 'shortfall', unitPrice: short }
}

/** The day on which a commitment ends, and what of it is owed then, under its effect of suspensions. */
export function commitmentEnd(contract: Contract, item: Terms['commitments'][number]): { readonly until: string; readonly amount: Decimal } {
  const spans = suspensionsOf(contract, item.projects, dayStart(item.from))
  const days = daysBetween(item.from, item.until)
  if (item.whenSuspended === 'run' || spans.length === 0) return { until: item.until, amount: decimal(item.amount) }
  if (item.whenSuspended === 'end') {
    let counted = 0
    for (const day of eachDay(item)) if (countsAt(spans, 'end', dayStart(day))) counted += 1
    if (counted === days) return { until: item.until, amount: decimal(item.amount) }
    const owed = divideRounded(multiply(decimal(item.amount), decimal(counted)), decimal(days), minorDigits(contract.currency))
    return { until: [...eachDay(item)][counted] ?? item.until, amount: owed }
  }
  let left = days
  for (const day of eachDay({ from: item.from, until: '9998-12-31' })) {
    if (left === 0) return { until: day, amount: decimal(item.amount) }
    if (countsAt(spans, 'pause', dayStart(day))) left -= 1
    else if (spans.some((span) => span.until === Number.MAX_SAFE_INTEGER && dayStart(day) >= span.from)) break
  }
  return { until: '9998-12-31', amount: decimal(item.amount) }
}

/** What each commitment is drawn down by in a month: the pieces of its scope on its days, and the units bought. */
export function drawnIn(contract: Contract, terms: Terms, pieces: readonly Piece[], lines: Iterable<Draft>): ReadonlyMap<string, Decimal> {
  const all = [...lines]
  return new Map(terms.commitments.map((item) => {
    const days = { from: item.from, until: commitmentEnd(contract, item).until }
    const usage = total(pieces.filter((piece) => inScope(item, piece.row) && piece.row.day >= days.from && piece.row.day < days.until))
    const bought = item.models === undefined && item.meters === undefined
      ? total(all.filter((line) => (line.kind === 'provisioned' || line.kind === 'spend-discount') && line.from < days.until && line.until > days.from)) : zero
    return [item.id, roundHalfEven(add(usage, bought), minorDigits(contract.currency))]
  }))
}

/** What a month draws down of each commitment, in minor units: for the record that later months are rated with. */
export function commitmentDraws(rows: readonly UsageRow[], contract: Contract, month: string): ReadonlyMap<string, Decimal> {
  const period = monthPeriod(month)
  const terms = termsOn(contract, new Date(dayStart(period.until) - 1).toISOString().slice(0, 10))
  const pieces = priceMonth(contract, month, rows)
  return drawnIn(contract, terms, pieces, [...provisionedLines(contract, terms, period), ...spendLines(terms, pieces, period)])
}

/** What each day of a month costs, exact: usage on its day, fees on their first, shortfalls on the last. Credits pay by it. */
export function chargesByDay(rows: readonly UsageRow[], contract: Contract, rated: RatedPeriod): ReadonlyMap<string, Decimal> {
  const days = new Map<string, Decimal>()
  const put = (day: string, amount: Decimal): void => { days.set(day, add(days.get(day) ?? zero, amount)) }
  for (const part of monthsOf(rated.period)) {
    for (const piece of priceMonth(contract, monthOf(part.from), rows)) {
      if (piece.row.day >= part.from && piece.row.day < part.until) put(piece.row.day, multiply(piece.quantity, piece.unitPrice))
    }
  }
  for (const line of rated.lines) {
    if (line.kind === 'provisioned') put(line.from, line.amount)
    else if (line.kind !== 'usage') put(new Date(dayStart(line.until) - 1).toISOString().slice(0, 10), line.amount)
  }
  return days
}

/** Every line of a month as it stands when usage is known up to `until`; the month's own charges only once its last day that is held is over. */
function monthUpTo(contract: Contract, until: string, month: string, rows: readonly UsageRow[], drawn: DrawnBefore): Map<string, Draft> {
  const whole = monthPeriod(month)
  if (until <= whole.from) return new Map()
  const period = { from: whole.from, until }
  const terms = termsOn(contract, new Date(dayStart(until) - 1).toISOString().slice(0, 10))
  const pieces = priceMonth(contract, month, rows.filter((row) => row.day < until))
  const lines = merge([...usageLines(pieces, period), ...provisionedLines(contract, terms, period), ...spendLines(terms, pieces, period)])
  if (until < (heldIn(contract, whole).at(-1)?.until ?? whole.until)) return lines
  const minimum = minimumOf(contract, month)
  const closing: Draft[] = [...shortfallLine('minimum-shortfall', 'minimum', whole, subtract(minimum, payables(contract, lines.values())))]
  const drawnNow = drawnIn(contract, terms, pieces, lines.values())
  for (const item of terms.commitments) {
    const end = commitmentEnd(contract, item)
    if (end.until <= whole.from || end.until > whole.until) continue
    const met = add(drawn.get(item.id) ?? zero, drawnNow.get(item.id) ?? zero)
    closing.push(...shortfallLine('commitment-shortfall', `commitment ${item.id}`, whole, subtract(end.amount, met)))
  }
  return merge([...lines.values(), ...closing])
}

function difference(upTo: Map<string, Draft>, before: Map<string, Draft>, period: Period): readonly Draft[] {
  const lines: Draft[] = []
  for (const [key, line] of upTo) {
    const earlier = before.get(key)
    const quantity = earlier === undefined ? line.quantity : subtract(line.quantity, earlier.quantity)
    if (!isZero(quantity)) lines.push({ ...line, ...period, quantity, calls: line.calls - (earlier?.calls ?? 0) })
  }
  for (const [key, line] of before) {
    if (!upTo.has(key)) lines.push({ ...line, ...period, quantity: negate(line.quantity), calls: -line.calls })
  }
  return lines
}

const lineOrder = (a: Line, b: Line): number => {
  const rank = (line: Line): string => [['usage', 'provisioned', 'spend-discount', 'minimum-shortfall', 'commitment-shortfall'].indexOf(line.kind), line.from, line.project ?? '', line.model ?? '', line.meter ?? '', line.tier ?? '', line.rule, scaleFree(line.unitPrice)].join('\u0000')
  const [left, right] = [rank(a), rank(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

/**
 * Rates a period. `rows` must hold the organization's usage from the first of the period's first month on, in the
 * contract's currency (throws otherwise: convert first). Cuts at months, since allowances, tiers and minimums are monthly,
 * and rates no day on which the contract does not hold: whose rows those are, cover.ts says.
 */
export function rateUnderContract(rows: readonly UsageRow[], contract: Contract, period: Period, drawn: DrawnBefore = new Map()): RatedPeriod {
  const foreign = rows.find((row) => row.currency !== contract.currency)
  if (foreign !== undefined) throw new Error(`usage in ${foreign.currency} under contract ${contract.id} in ${contract.currency}: convert it with dated rates first`)
  const digits = minorDigits(contract.currency)
  const lines: Line[] = []
  for (const part of monthsOf(period).flatMap((month) => heldIn(contract, month))) {
    const month = monthOf(part.from)
    const upTo = monthUpTo(contract, part.until, month, rows, drawn)
    const before = monthUpTo(contract, part.from, month, rows, drawn)
    for (const line of difference(upTo, before, part)) {
      const amount = amountOf(line)
      lines.push({ ...line, amount, payable: roundHalfEven(amount, digits) })
    }
  }
  lines.sort(lineOrder)
  const sumOf = (of: (line: Line) => Decimal): Decimal => lines.reduce((sum, line) => add(sum, of(line)), zero)
  const exact = sumOf((line) => line.amount)
  const payable = roundHalfEven(sumOf((line) => line.payable), digits)
  return { contract: contract.id, currency: contract.currency, period, lines, total: payable, exact, remainder: subtract(exact, payable) }
}
