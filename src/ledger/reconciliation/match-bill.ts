/**
 * A bill against the books. Rows are gathered into groups: one attempt each where the bill names attempts, else one day of
 * one model (and deployment, where the bill tells it). A group whose sides differ makes variances, each with one kind and an
 * amount (billed − booked); together they are the difference of the totals, exactly. Kinds, in the order they are tried:
 *
 *   timing            missing on one day and too much on the next, or so over several days in a row that add up to nothing,
 *                     unless a row stands there twice
 *   duplicate         the same row, word for word, stands on the bill again, and without it the bill comes closer to the books
 *   outside-gateway   billed for a model or an attempt that the books do not know, on this day or the ones beside it
 *   cancelled         billed for attempts that were cut or whose usage never came: nothing is booked, a hold bounds it
 *   estimated         the books estimated, the bill counted
 *   cached-class      the same tokens, divided otherwise between cached and plain input
 *   price, rounding   the same quantity at another price; rounding where the digits of the bill's amounts allow no more
 *                     than that, or where less than a minor unit is less than a thousandth of what is booked
 *   unexplained       the rest
 *
 * What a bill charges for beside calls is no group: taxes, purchases, fees, credits, adjustments and other services each
 * make variances of their own kind, a day and a description, with nothing booked against them.
 */
import { type Decimal, absolute, add, compare, decimal, isNegative, isZero, multiply, subtract, sum, zero } from '../../kernel/decimal.ts'
import { minorDigits } from '../contracts/currency.ts'
import { type Bill, type BillRow, charges, lastDigit } from './bill.ts'
import { shiftedDays } from './shifted-days.ts'

export const varianceKinds = ['duplicate', 'outside-gateway', 'cancelled', 'estimated', 'cached-class', 'price', 'rounding', 'timing', 'unexplained', ...charges] as const
export type VarianceKind = (typeof varianceKinds)[number]

/** What the books say of one attempt, or of one day of a deployment and model. */
export interface Booked {
  readonly day: string
  readonly model: string
  readonly deployment: string
  readonly meter: string
  readonly quantity: Decimal
  readonly amount: Decimal
  /** How much of the quantity is estimated. */
  readonly estimated: Decimal
  /** Set where the bill names attempts. */
  readonly attempt?: string
}

/** Attempts that may have been billed and have nothing booked. */
export interface Unbooked {
  readonly day: string
  readonly model: string
  readonly deployment: string
  readonly attempts: number
  /** What they can have cost at most. */
  readonly hold: Decimal
  readonly attempt?: string
}

export interface Variance {
  readonly kind: VarianceKind
  readonly day: string
  readonly model?: string
  readonly deployment?: string
  readonly meter?: string
  readonly attempt?: string
  readonly billedQuantity?: Decimal
  readonly bookedQuantity?: Decimal
  /** Billed − booked. */
  readonly amount: Decimal
  readonly why: string
}

export interface Matched {
  readonly byAttempt: boolean
  readonly byDeployment: boolean
  readonly billed: Decimal
  readonly booked: Decimal
  readonly difference: Decimal
  readonly variances: readonly Variance[]
  readonly groups: number
  readonly agreeing: number
}

interface Side {
  quantity: Decimal; amount: Decimal; estimated: Decimal; counted: boolean; priced: boolean
  /** By how much the amounts of the rows may be off because they are rounded. */
  slack: Decimal
  /** Of rows that stand on the bill again. */
  again: { readonly rows: number; readonly quantity: Decimal; readonly amount: Decimal } | undefined
}
interface Group {
  readonly day: string
  readonly model: string | undefined
  readonly deployment: string | undefined
  readonly attempt: string | undefined
  readonly billed: Map<string, Side>
  readonly booked: Map<string, Side>
  unbooked: Decimal
  unbookedAttempts: number
}

interface Difference { readonly meter: string; readonly billed: Side; readonly booked: Side; readonly quantity: Decimal; readonly amount: Decimal }

const empty = (): Side => ({ quantity: zero, amount: zero, estimated: zero, counted: true, priced: true, slack: zero, again: undefined })
const inputs = ['input', 'cached_input', 'cache_write', 'cache_write_long']

export interface MatchOptions {
  /** The bill's model or deployment name → ours. */
  readonly aliases?: ReadonlyMap<string, string>
}

/** The last digit of the bill's amounts, at most a minor unit: by that much a row may be off. */
function roundedTo({ amount, roundedTo: converted }: BillRow, currency: string, digit: Decimal): Decimal {
  const minor: Decimal = { coefficient: 1n, scale: minorDigits(currency) }
  if (amount === undefined) return zero
  const own = converted ?? digit
  return compare(own, minor) < 0 ? own : minor
}

/** What stands on the bill again and what is left without it, where the bill comes closer to the books without it. */
function repeated(item: Difference): { readonly again: Difference; readonly rest: Difference } | undefined {
  const { again } = item.billed
  if (again === undefined || isZero(again.quantity)) return undefined
  const left = subtract(item.quantity, again.quantity)
  if (compare(absolute(left), absolute(item.quantity)) >= 0) return undefined
  const billed: Side = { ...item.billed, quantity: subtract(item.billed.quantity, again.quantity), amount: subtract(item.billed.amount, again.amount), again: undefined }
  return { again: { ...item, quantity: again.quantity, amount: again.amount }, rest: { ...item, billed, quantity: left, amount: subtract(item.amount, again.amount) } }
}

/**
 * What an estimate explains, which knows of no cached tokens: of input in other classes than were estimated, as much as was
 * estimated of input in all.
 */
function estimated(items: readonly Difference[]): readonly Difference[] {
  const family = items.filter((item) => inputs.includes(item.meter))
  const guessed = sum(family.map((item) => item.booked.estimated))
  const asFamily = !isZero(guessed) && compare(absolute(sum(family.map((item) => item.quantity))), guessed) <= 0
  return items.filter((item) => {
    const bound = asFamily && family.includes(item) ? guessed : item.booked.estimated
    return !isZero(item.quantity) && !isZero(bound) && compare(absolute(item.quantity), bound) <= 0
  })
}

const isRounding = (item: Difference, currency: string): boolean => {
  const off = absolute(item.amount)
  if (compare(off, item.billed.slack) < 0) return true
  return compare(off, { coefficient: 1n, scale: minorDigits(currency) }) < 0 && compare(multiply(off, decimal(1_000)), absolute(item.booked.amount)) <= 0
}

function groupsOf(bill: Bill, booked: readonly Booked[], unbooked: readonly Unbooked[], byAttempt: boolean, byDeployment: boolean, alias: (name: string) => string): Map<string, Group> {
  const groups = new Map<string, Group>()
  const group = (day: string, model: string | undefined, deployment: string | undefined, attempt: string | undefined): Group => {
    const key = byAttempt && attempt !== undefined ? `attempt ${attempt}` : `${day}|${model ?? ''}|${byDeployment ? deployment ?? '' : ''}`
    const known = groups.get(key) ?? { day, model, deployment: byDeployment || byAttempt ? deployment : undefined, attempt: byAttempt ? attempt : undefined, billed: new Map(), booked: new Map(), unbooked: zero, unbookedAttempts: 0 }
    groups.set(key, known)
    return known
  }
  const put = (sides: Map<string, Side>, meter: string, quantity: Decimal | undefined, amount: Decimal | undefined, estimated = zero): void => {
    const side = sides.get(meter) ?? empty()
    sides.set(meter, { ...side, quantity: add(side.quantity, quantity ?? zero), amount: add(side.amount, amount ?? zero), estimated: add(side.estimated, estimated), counted: side.counted && quantity !== undefined, priced: side.priced && amount !== undefined })
  }
  // Suppliers bill what a model thought with what it said, unless the bill tells the two apart.
  const thoughts = bill.rows.some((row) => row.meter === 'reasoning')
  for (const row of booked) put(group(row.day, row.model, row.deployment, row.attempt).booked, row.meter === 'reasoning' && !thoughts ? 'output' : row.meter, row.quantity, row.amount, row.estimated)
  for (const item of unbooked) {
    const own = group(item.day, item.model, item.deployment, item.attempt)
    own.unbooked = add(own.unbooked, item.hold)
    own.unbookedAttempts += item.attempts
  }
  const digit = lastDigit(bill.rows)
  for (const row of bill.rows) {
    if (row.charge !== undefined) continue
    const model = row.model === undefined ? undefined : alias(row.model)
    const deployment = row.deployment === undefined ? undefined : alias(row.deployment)
    const meter = row.meter ?? `other: ${row.description}`
    const { billed } = group(row.day, model, deployment, row.attempt)
    put(billed, meter, row.quantity, row.amount)
    const side = billed.get(meter)
    if (side === undefined) continue
    side.slack = add(side.slack, roundedTo(row, bill.currency, digit))
    if (row.repeats === true) side.again = { rows: (side.again?.rows ?? 0) + 1, quantity: add(side.again?.quantity ?? zero, row.quantity ?? zero), amount: add(side.again?.amount ?? zero, row.amount ?? zero) }
  }
  return groups
}

const metersOf = (group: Group): string[] => [...new Set([...group.billed.keys(), ...group.booked.keys()])]

function differenceOf(group: Group, meter: string): Difference {
  const billed = group.billed.get(meter) ?? empty()
  const booked = group.booked.get(meter) ?? empty()
  const priced = billed.priced || !group.billed.has(meter)
  return { meter, billed, booked, quantity: billed.counted ? subtract(billed.quantity, booked.quantity) : zero, amount: priced ? subtract(billed.amount, booked.amount) : zero }
}

function differencesOf(group: Group): readonly Difference[] {
  return metersOf(group).sort().map((meter) => differenceOf(group, meter)).filter((item) => !isZero(item.quantity) || !isZero(item.amount))
}

interface Where { readonly day: string; readonly model?: string; readonly deployment?: string; readonly attempt?: string }
const whereOf = (group: Group): Where => ({
  day: group.day, ...(group.model === undefined ? {} : { model: group.model }), ...(group.deployment === undefined ? {} : { deployment: group.deployment }), ...(group.attempt === undefined ? {} : { attempt: group.attempt }),
})

const variance = (group: Group, item: Difference, kind: VarianceKind, why: string): Variance => ({ kind, ...whereOf(group), meter: item.meter, billedQuantity: item.billed.quantity, bookedQuantity: item.booked.quantity, amount: item.amount, why })

/** The same input tokens in other classes: exact where the family's quantities add up to the same. */
function cachedClass(group: Group, items: readonly Difference[]): readonly Difference[] {
  const family = items.filter((item) => inputs.includes(item.meter))
  if (family.length < 2 || !isZero(sum(family.map((item) => item.quantity))) || family.every((item) => isZero(item.quantity))) return []
  return family
}

/** Whether the books have nothing at all of what a group of the bill charges for. */
const isUnknown = (group: Group): boolean => group.booked.size === 0 && group.unbookedAttempts === 0

/** Differences of one group with their kinds; those that nothing of the group explains come back as `left`. `shifted`: its meters that are timing. */
function explain(group: Group, currency: string, shifted: ReadonlySet<string>): { readonly found: readonly Variance[]; readonly left: readonly Difference[] } {
  let items = differencesOf(group)
  const found: Variance[] = items.filter((item) => shifted.has(item.meter)).map((item) => variance(group, item, 'timing', 'counted on the next or the last day'))
  items = items.filter((item) => !shifted.has(item.meter))
  const all = (kind: VarianceKind, why: string): { found: readonly Variance[]; left: readonly Difference[] } => ({ found: [...found, ...items.map((item) => variance(group, item, kind, why))], left: [] })
  if (items.length === 0) return { found, left: [] }
  const total = sum(items.map((item) => item.amount))
  if (isUnknown(group)) {
    return group.attempt === undefined ? { found, left: items } : all('outside-gateway', 'the books have no such attempt')
  }
  const bounded = compare(total, group.unbooked) <= 0
  if (group.booked.size === 0 && group.unbookedAttempts > 0 && bounded) return all('cancelled', `${group.unbookedAttempts} attempts ended without usage; the bill stays within what was held for them`)
  for (const item of items) {
    const parts = repeated(item)
    if (parts === undefined) continue
    const { again, rest } = parts
    const times = (item.billed.again?.rows ?? 0) + 1
    found.push(variance(group, again, 'duplicate', `the bill has the same row ${times === 2 ? 'twice' : `${times} times`}`))
    items = items.flatMap((one) => (one !== item ? [one] : isZero(rest.quantity) && isZero(rest.amount) ? [] : [rest]))
  }
  const byEstimate = estimated(items)
  found.push(...byEstimate.map((item) => variance(group, item, 'estimated', 'the books estimated because no usage was reported; the bill counted')))
  items = items.filter((item) => !byEstimate.includes(item))
  const classes = cachedClass(group, items)
  found.push(...classes.map((item) => variance(group, item, 'cached-class', 'the same input tokens, divided otherwise between plain and cached')))
  items = items.filter((item) => !classes.includes(item))
  const samePieces = items.filter((item) => isZero(item.quantity))
  found.push(...samePieces.map((item) => isRounding(item, currency)
    ? variance(group, item, 'rounding', 'the same quantity, apart by rounding')
    : variance(group, item, 'price', 'the same quantity at another price')))
  items = items.filter((item) => !samePieces.includes(item))
  const rest = sum(items.map((item) => item.amount))
  if (items.length > 0 && group.unbookedAttempts > 0 && !isNegative(rest) && compare(rest, group.unbooked) <= 0 && items.every((item) => !isNegative(item.quantity))) {
    found.push(...items.map((item) => variance(group, item, 'cancelled', `${group.unbookedAttempts} attempts ended without usage; what is billed beyond the books stays within what was held for them`)))
    return { found, left: [] }
  }
  return { found, left: items }
}

/** Of each group the meters that only stand on other days; a bill of attempts has no days to shift, and a row that stands twice tells itself. */
function shiftedMeters(groups: Iterable<Group>): ReadonlyMap<Group, ReadonlySet<string>> {
  const days = [...groups].filter((group) => group.attempt === undefined).flatMap((group) => metersOf(group).map((meter) => ({
    group, meter, day: group.day, series: [group.model, group.deployment, meter].join('\n'), billed: group.billed.get(meter)?.quantity ?? zero, booked: group.booked.get(meter)?.quantity ?? zero,
  })).filter(({ meter }) => group.billed.get(meter)?.counted !== false && repeated(differenceOf(group, meter)) === undefined))
  return new Map([...Map.groupBy(shiftedDays(days), ({ group }) => group)].map(([group, items]) => [group, new Set(items.map(({ meter }) => meter))]))
}

const unexplained = (item: Difference): string =>
  isZero(item.billed.quantity) && isZero(item.billed.amount) ? 'booked here and not on the bill' : isNegative(item.quantity) ? 'the bill has less than the books' : 'the bill has more than the books'

const chargeWords: Readonly<Record<(typeof charges)[number], string>> = {
  tax: 'a tax', purchase: 'bought ahead, not used by a call', fee: 'a fee', credit: 'a credit or refund', adjustment: 'an adjustment', 'other-service': 'another service than models',
}

/** What is charged beside calls, by day and description. */
function chargesOf(bill: Bill): readonly Variance[] {
  const found = new Map<string, Variance>()
  for (const { charge, day, description, amount = zero } of bill.rows) {
    if (charge === undefined) continue
    const key = `${charge}|${day}|${description}`
    found.set(key, { kind: charge, day, amount: add(found.get(key)?.amount ?? zero, amount), why: `${chargeWords[charge]}: ${description}` })
  }
  return [...found.values()].filter((item) => !isZero(item.amount))
}

/** The bill's side and the books' side must be of the same supplier, days and currency. */
export function matchBill(bill: Bill, booked: readonly Booked[], unbooked: readonly Unbooked[], options: MatchOptions = {}): Matched {
  const alias = (name: string): string => options.aliases?.get(name) ?? name
  const byAttempt = bill.rows.some((row) => row.attempt !== undefined)
  const ours = new Set([...booked, ...unbooked].map((item) => item.deployment))
  const usage = bill.rows.filter((row) => row.meter !== undefined)
  const byDeployment = !byAttempt && usage.length > 0 && usage.every((row) => row.deployment !== undefined) && usage.some((row) => ours.has(alias(row.deployment ?? '')))
  const groups = groupsOf(bill, booked, unbooked, byAttempt, byDeployment, alias)
  const variances: Variance[] = [...chargesOf(bill)]
  const left: { readonly group: Group; readonly item: Difference }[] = []
  const shifted = shiftedMeters(groups.values())
  let agreeing = 0
  for (const group of groups.values()) {
    const result = explain(group, bill.currency, shifted.get(group) ?? new Set())
    if (result.found.length === 0 && result.left.length === 0) agreeing += 1
    variances.push(...result.found)
    left.push(...result.left.map((item) => ({ group, item })))
  }
  for (const { group, item } of left) {
    variances.push(isUnknown(group) ? variance(group, item, 'outside-gateway', 'no call of this model went through the gateway on this day')
      : variance(group, item, 'unexplained', unexplained(item)))
  }
  const difference = sum(variances.map((item) => item.amount))
  const billed = sum(bill.rows.map((row) => row.amount ?? zero))
  return { byAttempt, byDeployment, billed, booked: subtract(billed, difference), difference, variances, groups: groups.size, agreeing }
}
