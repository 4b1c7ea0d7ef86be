/** What a customer could cost us if it paid nothing more: used and not billed, billed and not paid, promised and not used. */
import { type Decimal, add, compare, decimal, formatFixed, isNegative, multiply, roundHalfEven, subtract, zero } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { addDays, monthOf } from '../contracts/calendar.ts'
import { termsOn } from '../contracts/contract.ts'
import { contractIn, listContract } from '../contracts/contract-store.ts'
import { minorDigits } from '../contracts/currency.ts'
import { ratesUntil } from '../contracts/exchange.ts'
import { commitmentEnd } from '../contracts/rate-contract.ts'
import { drawnBefore } from './draft-invoice.ts'

export interface Exposure {
  readonly organization: string
  readonly currency: string
  /** At list price. */
  readonly unbilled: string
  readonly unpaid: string
  /** Left of commitments that have begun and not ended. */
  readonly committed: string
  readonly total: string
  readonly creditLimit: string | undefined
  readonly over: boolean
}

async function unbilledIn(sql: Sql, organization: string, currency: string, today: string): Promise<Decimal> {
  const rows = await sql<{ currency: string; amount: string }>(`
    SELECT u.currency, sum((u.quantity - coalesce(b.quantity, 0)) * u.unit_price) AS amount FROM usage_day u
    LEFT JOIN (SELECT iu.day, iu.dims, sum(iu.quantity) AS quantity FROM invoice_usage iu JOIN invoice i ON i.id = iu.invoice WHERE i.organization = $1 AND i.status IN ('issued', 'paid') GROUP BY iu.day, iu.dims) b
      ON b.day = u.day AND b.dims = u.dims
    WHERE u.organization = $1 GROUP BY u.currency`, [organization])
  const rateOn = await ratesUntil(sql, addDays(today, 1))
  let total = zero
  for (const row of rows) {
    const rate = rateOn(row.currency, currency, today)
    if (rate === undefined) throw new Error(`exposure of ${organization}: no rate from ${row.currency} to ${currency}; add one`)
    total = add(total, multiply(decimal(row.amount), rate))
  }
  return total
}

export async function exposureOf(store: Store, organization: string, today: string): Promise<Exposure> {
  return store.transaction('jobs', async (sql) => {
    const month = monthOf(today)
    const { contract } = await contractIn(sql, organization, 'customer', month) ?? listContract(organization, 'USD')
    const terms = termsOn(contract, today)
    const [row] = await sql<{ unpaid: string }>(`SELECT coalesce(sum(due - paid - credited), 0) AS unpaid FROM invoice WHERE organization = $1 AND kind = 'invoice' AND status = 'issued' AND currency = $2`, [organization, contract.currency])
    const unbilled = await unbilledIn(sql, organization, contract.currency, today)
    const drawn = await drawnBefore(sql, contract.id, month)
    let committed = zero
    for (const item of terms.commitments) {
      const end = commitmentEnd(contract, item)
      if (item.from > today || end.until <= today) continue
      const left = subtract(end.amount, drawn.get(item.id) ?? zero)
      if (!isNegative(left)) committed = add(committed, left)
    }
    const unpaid = decimal(row?.unpaid ?? '0')
    const total = add(add(unbilled, unpaid), committed)
    const fixed = (value: Decimal): string => formatFixed(roundHalfEven(value, minorDigits(contract.currency)))
    return {
      organization, currency: contract.currency, unbilled: fixed(unbilled), unpaid: fixed(unpaid), committed: fixed(committed), total: fixed(total),
      creditLimit: terms.creditLimit, over: terms.creditLimit !== undefined && compare(total, decimal(terms.creditLimit)) > 0,
    }
  })
}
