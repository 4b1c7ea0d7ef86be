/** What a supplier should charge under its contract: the booked usage of its days, priced piece by piece as for a customer. */
import { type Decimal, add, decimal, multiply, zero } from '../../kernel/decimal.ts'
import type { Meter } from '../../kernel/meters.ts'
import type { Sql } from '../../store/store.ts'
import { monthOf, monthPeriod, monthsOf } from '../contracts/calendar.ts'
import { contractsIn } from '../contracts/contract-store.ts'
import { priceMonth } from '../contracts/price-usage.ts'
import type { UsageRow } from '../contracts/usage-row.ts'
import { undated } from './bill.ts'
import type { Booked } from './match-bill.ts'

interface Found extends Record<string, unknown> { day: string; project: string; model: string; deployment: string; meter: string; tier: string; source: string; price_row: string; unit_price: string; quantity: string; attempts: string }

/**
 * Expected sums by day: under the contract that holds on the day, at list price where none does. Undefined where no
 * contract holds at all, or one in another currency than the bill's: list prices are all that can be compared then.
 * Spend tiers, minimums and units bought are charges of the month, not of a day, and are not among them.
 */
export async function expectedByDay(sql: Sql, supplier: string, from: string, until: string, currency: string): Promise<readonly Booked[] | undefined> {
  const sums = new Map<string, { booked: Booked; amount: Decimal; quantity: Decimal; estimated: Decimal }>()
  let signed = false
  for (const part of monthsOf({ from, until })) {
    const holding = await contractsIn(sql, supplier, 'supplier', monthOf(part.from), currency)
    if (holding.some(({ contract }) => contract.currency !== currency)) return undefined
    signed ||= holding.some(({ version }) => version > 0)
    const whole = monthPeriod(monthOf(part.from))
    const rows = await sql<Found>(`SELECT to_char(day, 'YYYY-MM-DD') AS day, organization || '/' || project AS project, model, deployment, meter, tier, source, price_row, unit_price, sum(quantity) AS quantity, sum(attempts) AS attempts
      FROM usage_day WHERE supplier = $1 AND day >= $2 AND day < $3 AND currency = $4 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8`, [supplier, whole.from, part.until, currency])
    const usage = rows.map((row): UsageRow => ({
      organization: supplier, project: row.project, model: row.model, deployment: row.deployment, meter: row.meter as Meter, tier: row.tier, day: row.day, currency, quantity: decimal(row.quantity),
      listUnitPrice: decimal(row.unit_price), priceRow: row.price_row, calls: Number(row.attempts), ...(row.source === 'estimated' ? { estimated: decimal(row.quantity) } : {}),
    }))
    for (const { row, quantity, unitPrice } of holding.flatMap(({ contract }) => priceMonth(contract, monthOf(part.from), usage))) {
      if (row.day < part.from) continue
      const key = [row.day, row.model, row.deployment, row.meter].join('|')
      const sum = sums.get(key) ?? { booked: { day: row.day, model: undated(row.model), deployment: row.deployment, meter: row.meter, quantity: zero, amount: zero, estimated: zero }, amount: zero, quantity: zero, estimated: zero }
      sums.set(key, sum)
      sum.amount = add(sum.amount, multiply(quantity, unitPrice))
      sum.quantity = add(sum.quantity, quantity)
      if (row.estimated !== undefined) sum.estimated = add(sum.estimated, quantity)
    }
  }
  if (!signed) return undefined
  return [...sums.values()].map(({ booked, amount, quantity, estimated }) => ({ ...booked, amount, quantity, estimated }))
}
