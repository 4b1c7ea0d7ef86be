/** What a customer could cost us if it paid nothing more: used and not billed, billed and not paid, promised and not used. */
import { type Decimal, add, compare, decimal, formatFixed, isNegative, multiply, roundHalfEven, subtract, sum, zero } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { addDays, monthOf } from '../contracts/calendar.ts'
import { type Contract, termsOn } from '../contracts/contract.ts'
import { contractIn } from '../contracts/contract-store.ts'
import { listContract } from '../contracts/cover.ts'
import { minorDigits } from '../contracts/currency.ts'
import { ratesUntil } from '../contracts/exchange.ts'
import { commitmentEnd } from '../contracts/rate-contract.ts'
import { drawnBefore } from './rate-month.ts'

/** What is due in one currency, before it is converted. */
export interface ExposureIn {
  readonly currency: string
  readonly unbilled: string
  readonly unpaid: string
  /** Received and matched with no invoice yet; and credited beyond what an invoice asked for, since prepaid credit had paid it. */
  readonly unapplied: string
}

export interface Exposure {
  readonly organization: string
  /** The contract's: all sums but those of `currencies` are in it, at the rates of today. */
  readonly currency: string
  /** At list price. Undefined, as every sum here, where a rate is missing. */
  readonly unbilled: string | undefined
  readonly unpaid: string | undefined
  readonly unapplied: string | undefined
  /** Left of commitments that have begun and not ended. */
  readonly committed: string
  /** Unbilled, unpaid and committed, less what was received and is not matched. */
  readonly total: string | undefined
  readonly creditLimit: string | undefined
  readonly over: boolean | undefined
  readonly currencies: readonly ExposureIn[]
  /** `EUR to USD on 2026-11-28`: record these, and the sums are known. */
  readonly missingRates: readonly string[]
}

/** What a customer owes in each currency in which anything is open. */
async function openIn(sql: Sql, organization: string): Promise<readonly { readonly currency: string; readonly unbilled: Decimal; readonly unpaid: Decimal; readonly unapplied: Decimal }[]> {
  const rows = await sql<{ currency: string; unbilled: string; unpaid: string; unapplied: string }>(`
    SELECT currency, sum(unbilled) AS unbilled, sum(unpaid) AS unpaid, sum(unapplied) AS unapplied FROM (
      SELECT u.currency, (u.quantity - coalesce(b.quantity, 0)) * u.unit_price AS unbilled, 0 AS unpaid, 0 AS unapplied FROM usage_day u
        LEFT JOIN (SELECT iu.day, iu.dims, sum(iu.quantity) AS quantity FROM invoice_usage iu JOIN invoice i ON i.id = iu.invoice WHERE i.organization = $1 AND i.status IN ('issued', 'paid') GROUP BY iu.day, iu.dims) b
          ON b.day = u.day AND b.dims = u.dims WHERE u.organization = $1
      UNION ALL SELECT currency, 0, due - paid - credited, 0 FROM invoice WHERE organization = $1 AND kind = 'invoice' AND status = 'issued'
      UNION ALL SELECT currency, 0, 0, paid + credited - due FROM invoice WHERE organization = $1 AND kind = 'invoice' AND status = 'paid' AND paid + credited > due
      UNION ALL SELECT currency, 0, 0, unapplied FROM payment_left WHERE organization = $1) o
    GROUP BY currency HAVING sum(unbilled) <> 0 OR sum(unpaid) <> 0 OR sum(unapplied) <> 0 ORDER BY currency`, [organization])
  return rows.map((row) => ({ currency: row.currency, unbilled: decimal(row.unbilled), unpaid: decimal(row.unpaid), unapplied: decimal(row.unapplied) }))
}

/** Left of the commitments in force today. */
async function committedOn(sql: Sql, contract: Contract, today: string): Promise<Decimal> {
  const drawn = await drawnBefore(sql, contract.id, monthOf(today))
  let committed = zero
  for (const item of termsOn(contract, today).commitments) {
    const end = commitmentEnd(contract, item)
    if (item.from > today || end.until <= today) continue
    const left = subtract(end.amount, drawn.get(item.id) ?? zero)
    if (!isNegative(left)) committed = add(committed, left)
  }
  return committed
}

const fixedIn = (currency: string) => (value: Decimal): string => formatFixed(roundHalfEven(value, minorDigits(currency)))

export async function exposureOf(store: Store, organization: string, today: string): Promise<Exposure> {
  return store.transaction('jobs', async (sql) => {
    const { contract } = await contractIn(sql, organization, 'customer', monthOf(today)) ?? listContract(organization, 'USD')
    const { currency } = contract
    const open = await openIn(sql, organization)
    const rateOn = await ratesUntil(sql, addDays(today, 1))
    const missingRates = open.filter((item) => rateOn(item.currency, currency, today) === undefined).map((item) => `${item.currency} to ${currency} on ${today}`)
    const inOurs = (of: 'unbilled' | 'unpaid' | 'unapplied'): Decimal => sum(open.map((item) => multiply(item[of], rateOn(item.currency, currency, today) ?? zero)))
    const [unbilled, unpaid, unapplied, committed] = [inOurs('unbilled'), inOurs('unpaid'), inOurs('unapplied'), await committedOn(sql, contract, today)]
    const total = subtract(sum([unbilled, unpaid, committed]), unapplied)
    const { creditLimit } = termsOn(contract, today)
    const fixed = fixedIn(currency)
    const known = missingRates.length === 0
    return {
      organization, currency, committed: fixed(committed), creditLimit, missingRates,
      unbilled: known ? fixed(unbilled) : undefined, unpaid: known ? fixed(unpaid) : undefined, unapplied: known ? fixed(unapplied) : undefined, total: known ? fixed(total) : undefined,
      over: known ? creditLimit !== undefined && compare(total, decimal(creditLimit)) > 0 : undefined,
      currencies: open.map((item) => { const own = fixedIn(item.currency); return { currency: item.currency, unbilled: own(item.unbilled), unpaid: own(item.unpaid), unapplied: own(item.unapplied) } }),
    }
  })
}
