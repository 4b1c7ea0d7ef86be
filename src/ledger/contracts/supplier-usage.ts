/** What a supplier served, all customers together, as rows that its contracts rate like a customer's: its customers' projects are its projects. */
import { decimal } from '../../kernel/decimal.ts'
import type { Meter } from '../../kernel/meters.ts'
import type { Sql } from '../../store/store.ts'
import type { Period } from './calendar.ts'
import type { UsageRow } from './usage-row.ts'

interface Found extends Record<string, unknown> {
  readonly day: string; readonly project: string; readonly model: string; readonly deployment: string; readonly meter: string; readonly tier: string; readonly source: string
  readonly currency: string; readonly price_row: string; readonly unit_price: string; readonly quantity: string; readonly attempts: string
}

/** A supplier's usage of some days, from the rollups, in every currency in which it was booked. */
export async function supplierUsage(sql: Sql, supplier: string, { from, until }: Period): Promise<readonly UsageRow[]> {
  const rows = await sql<Found>(`SELECT to_char(day, 'YYYY-MM-DD') AS day, organization || '/' || project AS project, model, deployment, meter, tier, source, currency, price_row, unit_price, sum(quantity) AS quantity, sum(attempts) AS attempts
    FROM usage_day WHERE supplier = $1 AND day >= $2 AND day < $3 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9`, [supplier, from, until])
  return rows.map(({ unit_price: price, price_row: priceRow, attempts, quantity, source, meter, ...row }): UsageRow => ({
    ...row, organization: supplier, meter: meter as Meter, quantity: decimal(quantity), listUnitPrice: decimal(price), priceRow, calls: Number(attempts), ...(source === 'estimated' ? { estimated: decimal(quantity) } : {}),
  }))
}
