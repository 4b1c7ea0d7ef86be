/** A bill in another currency than the books: each row at the dated rate of its day, or refused with the rate that is missing. */
import { isZero, multiply } from '../../kernel/decimal.ts'
import type { Sql } from '../../store/store.ts'
import { ratesUntil } from '../contracts/exchange.ts'
import { type Bill, type BillFault, faultsMax, lastDigit } from './bill.ts'

/** The currencies in which the books hold what a supplier did in the bill's days. */
export async function booksCurrency(sql: Sql, supplier: string, bill: Pick<Bill, 'from' | 'until'>): Promise<readonly string[]> {
  const rows = await sql<{ currency: string }>('SELECT DISTINCT currency FROM usage_day WHERE supplier = $1 AND day >= $2 AND day < $3 ORDER BY currency', [supplier, bill.from, bill.until])
  return rows.map((row) => row.currency)
}

/** The bill in the books' currency: as it is where they have some in its own, or none at all. */
export async function inCurrency(sql: Sql, bill: Bill, books: readonly string[]): Promise<{ readonly bill: Bill } | { readonly faults: readonly BillFault[] }> {
  const [currency] = books
  if (currency === undefined || books.includes(bill.currency)) return { bill }
  if (books.length > 1) return { faults: [{ row: 0, column: 'BillingCurrency', reason: `the bill is in ${bill.currency}, the books of these days in ${books.join(' and ')}: split the bill by what it is for` }] }
  const rateOn = await ratesUntil(sql, '9999-12-31')
  const faults: BillFault[] = []
  const missing = new Set<string>()
  const digit = lastDigit(bill.rows)
  const rows = bill.rows.map((row) => {
    if (row.amount === undefined || isZero(row.amount)) return { ...row, currency }
    const rate = rateOn(row.currency, currency, row.day)
    if (rate !== undefined) return { ...row, currency, amount: multiply(row.amount, rate), roundedTo: multiply(digit, rate) }
    if (!missing.has(row.day) && faults.length < faultsMax) faults.push({ row: row.n, column: 'BillingCurrency', reason: `no rate from ${row.currency} to ${currency} on ${row.day}: record one with weir contracts rate ${row.currency} ${currency} ${row.day} RATE --source TEXT` })
    missing.add(row.day)
    return row
  })
  return faults.length > 0 ? { faults } : { bill: { ...bill, currency, rows } }
}
