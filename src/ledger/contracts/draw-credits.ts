/**
 * Prepaid credit: which grant pays which day. Charges are taken day by day; each day the grants in force pay in the order
 * `order`, then earliest expiry, then earliest grant, then id. Suspension: `run` lets the expiry come, `pause` moves it by
 * the suspended time, `end` forfeits what is left at the first suspension.
 */
import { type Decimal, add, compare, isZero, roundHalfEven, subtract, zero } from '../../kernel/decimal.ts'
import { addDays, dayStart, eachDay } from './calendar.ts'
import type { Contract, CreditGrant } from './contract.ts'
import { minorDigits } from './currency.ts'
import { countsAt, isSuspendedAt, suspensionsOf } from './suspensions.ts'

export interface Grant {
  readonly grant: CreditGrant
  /** Left before the period, in the contract's currency. */
  readonly left: Decimal
}

export interface Draw {
  readonly grant: string
  /** Minor units. */
  readonly amount: Decimal
}

const never = '9998-12-31'

/** First day on which a grant no longer pays. */
export function expiryOf(contract: Contract, grant: CreditGrant): string {
  const spans = suspensionsOf(contract, undefined, dayStart(grant.from))
  const expires = grant.expires ?? never
  if (grant.whenSuspended === 'run' || spans.length === 0) return expires
  if (grant.whenSuspended === 'end') {
    const first = spans[0]
    if (first === undefined) return expires
    const day = new Date(first.from).toISOString().slice(0, 10)
    const ended = dayStart(day) === first.from ? day : addDays(day, 1)
    return ended < expires ? ended : expires
  }
  if (expires === never) return never
  let last = expires
  for (const day of eachDay({ from: grant.from, until: never })) {
    if (day >= last) break
    if (isSuspendedAt(spans, dayStart(day))) last = addDays(last, 1)
    if (spans.some((span) => span.until === Number.MAX_SAFE_INTEGER && dayStart(day) >= span.from)) return never
  }
  return last
}

/**
 * @param chargesByDay what each day cost, exact; days before a grant or from its expiry on are not paid by it
 * @param payable what the bill asks for these days: no more than that is drawn, and no less where credit carries all of them,
 * though lines that were rounded one by one may add up to more than the days
 */
export function drawCredits(contract: Contract, grants: readonly Grant[], chargesByDay: ReadonlyMap<string, Decimal>, payable: Decimal): readonly Draw[] {
  const digits = minorDigits(contract.currency)
  const ordered = grants
    .map((item) => ({ ...item, expiry: expiryOf(contract, item.grant), spans: suspensionsOf(contract, undefined, dayStart(item.grant.from)), drawn: zero }))
    .sort((a, b) => a.grant.order - b.grant.order || a.expiry.localeCompare(b.expiry) || a.grant.from.localeCompare(b.grant.from) || a.grant.id.localeCompare(b.grant.id))
  let carried = true
  for (const day of [...chargesByDay.keys()].sort()) {
    let owed = chargesByDay.get(day) ?? zero
    for (const item of ordered) {
      if (compare(owed, zero) <= 0) break
      if (day < item.grant.from || day >= item.expiry || !countsAt(item.spans, item.grant.whenSuspended, dayStart(day))) continue
      const room = subtract(item.left, item.drawn)
      if (compare(room, zero) <= 0) continue
      const part = compare(owed, room) <= 0 ? owed : room
      item.drawn = add(item.drawn, part)
      owed = subtract(owed, part)
    }
    carried &&= compare(owed, zero) <= 0
  }
  const drawn = ordered.filter((item) => !isZero(item.drawn))
  const amounts = new Map<string, Decimal>()
  let left = payable
  const take = (item: typeof drawn[number], wanted: Decimal): void => {
    const before = amounts.get(item.grant.id) ?? zero
    const amount = [wanted, subtract(item.left, before), left].reduce((least, value) => (compare(value, least) < 0 ? value : least))
    if (compare(amount, zero) <= 0) return
    amounts.set(item.grant.id, add(before, roundHalfEven(amount, digits)))
    left = subtract(left, amount)
  }
  for (const item of drawn) take(item, roundHalfEven(item.drawn, digits))
  if (carried) for (const item of drawn) take(item, left)
  return [...amounts].map(([grant, amount]) => ({ grant, amount }))
}
