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
  const spans = suspensionsOf(contract)
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
 * @param payable what the period's bill adds up to: no more than that is drawn
 */
export function drawCredits(contract: Contract, grants: readonly Grant[], chargesByDay: ReadonlyMap<string, Decimal>, payable: Decimal): readonly Draw[] {
  const digits = minorDigits(contract.currency)
  const spans = suspensionsOf(contract)
  const ordered = grants
    .map((item) => ({ ...item, expiry: expiryOf(contract, item.grant), drawn: zero }))
    .sort((a, b) => a.grant.order - b.grant.order || a.expiry.localeCompare(b.expiry) || a.grant.from.localeCompare(b.grant.from) || a.grant.id.localeCompare(b.grant.id))
  for (const day of [...chargesByDay.keys()].sort()) {
    let owed = chargesByDay.get(day) ?? zero
    for (const item of ordered) {
      if (compare(owed, zero) <= 0) break
      if (day < item.grant.from || day >= item.expiry || !countsAt(spans, item.grant.whenSuspended, dayStart(day))) continue
      const room = subtract(item.left, item.drawn)
      if (compare(room, zero) <= 0) continue
      const part = compare(owed, room) <= 0 ? owed : room
      item.drawn = add(item.drawn, part)
      owed = subtract(owed, part)
    }
  }
  let left = payable
  const draws: Draw[] = []
  for (const item of ordered) {
    const rounded = roundHalfEven(item.drawn, digits)
    const capped = [rounded, item.left, left].reduce((least, value) => compare(value, least) < 0 ? value : least)
    if (isZero(capped) || compare(capped, zero) < 0) continue
    draws.push({ grant: item.grant.id, amount: roundHalfEven(capped, digits) })
    left = subtract(left, capped)
  }
  return draws
}
