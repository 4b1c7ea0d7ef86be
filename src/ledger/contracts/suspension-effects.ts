/** What a suspension would do to each rule of a contract, in the month in which it begins: to be seen before somebody suspends. */
import { type Decimal, add, formatDecimal, formatFixed, multiply, roundHalfEven, zero } from '../../kernel/decimal.ts'
import { dayOf, monthOf, monthPeriod } from './calendar.ts'
import { type Contract, type Suspension, termsOn, type WhenSuspended } from './contract.ts'
import { minorDigits } from './currency.ts'
import { expiryOf } from './draw-credits.ts'
import { granted } from './price-usage.ts'
import { chargesIn } from './provisioned.ts'
import { commitmentEnd, minimumOf } from './rate-contract.ts'

export interface SuspensionEffect {
  /** `minimum`, `allowance <id>`, `commitment <id>`, `credit <id>`, `provisioned <id>`. */
  readonly rule: string
  readonly whenSuspended: WhenSuspended
  /** What is owed, granted or due without the suspension and with it, in words. */
  readonly without: string
  readonly with: string
}

/** Effects on the rules in force on the day it begins; a rule that runs on is listed too, with the same on both sides. */
export function suspensionEffects(contract: Contract, suspension: Suspension): readonly SuspensionEffect[] {
  const day = dayOf(Date.parse(suspension.from))
  const month = monthOf(day)
  const period = monthPeriod(month)
  const terms = termsOn(contract, day)
  const suspended: Contract = { ...contract, suspensions: [...contract.suspensions, suspension] }
  const money = (amount: Decimal): string => `${formatFixed(roundHalfEven(amount, minorDigits(contract.currency)))} ${contract.currency}`
  const effect = (rule: string, whenSuspended: WhenSuspended, of: (under: Contract) => string): SuspensionEffect => ({ rule, whenSuspended, without: of(contract), with: of(suspended) })
  const charged = (under: Contract, item: (typeof terms.provisioned)[number]): Decimal => chargesIn(under, item, period).reduce((sum, charge) => add(sum, multiply(charge.quantity, charge.unitPrice)), zero)
  const never = (until: string): string => (until >= '9998' ? 'no end' : `until ${until}`)
  return [
    ...(terms.minimum === undefined ? [] : [effect('minimum', terms.minimum.whenSuspended, (under) => `${money(minimumOf(under, month))} for ${month}`)]),
    ...terms.allowances.map((item) => effect(`allowance ${item.id}`, item.whenSuspended, (under) => `${formatDecimal(granted({ contract: under, period }, item))} free in ${month}`)),
    ...terms.commitments.map((item) => effect(`commitment ${item.id}`, item.whenSuspended, (under) => { const end = commitmentEnd(under, item); return `${money(end.amount)}, ${never(end.until)}` })),
    ...terms.credits.map((item) => effect(`credit ${item.id}`, item.whenSuspended, (under) => never(expiryOf(under, item)))),
    ...terms.provisioned.map((item) => effect(`provisioned ${item.id}`, item.whenSuspended, (under) => `${money(charged(under, item))} charged in ${month}`)),
  ]
}
