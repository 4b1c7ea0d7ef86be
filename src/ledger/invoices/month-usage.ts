/** A customer's usage of a month, from the rollups by day: what is to be billed, and what of it was billed before. */
import { decimal } from '../../kernel/decimal.ts'
import type { Meter } from '../../kernel/meters.ts'
import type { Sql } from '../../store/store.ts'
import { monthPeriod } from '../contracts/calendar.ts'
import type { UsageRow } from '../contracts/usage-row.ts'

export interface DayUsage extends UsageRow {
  /** Key of the rollup row. */
  readonly dims: string
  readonly key: string
  readonly supplier: string
  readonly maker: string
  readonly source: string
  /** Of the quantity and the attempts, what stands on an invoice that is not void. */
  readonly billedQuantity: string
  readonly billedAttempts: number
}

interface Found extends Record<string, unknown> {
  day: string; dims: string; organization: string; project: string; key: string; supplier: string; maker: string; model: string; deployment: string
  meter: string; tier: string; source: string; currency: string; price_row: string; unit_price: string; quantity: string; attempts: string
  billed_quantity: string; billed_attempts: string
}

export async function monthUsage(sql: Sql, organization: string, month: string, exceptInvoice = ''): Promise<readonly DayUsage[]> {
  const { from, until } = monthPeriod(month)
  const rows = await sql<Found>(`
    SELECT to_char(u.day, 'YYYY-MM-DD') AS day, u.dims, u.organization, u.project, u.key, u.supplier, u.maker, u.model, u.deployment, u.meter, u.tier, u.source, u.currency,
      u.price_row, u.unit_price, u.quantity, u.attempts, coalesce(b.quantity, 0) AS billed_quantity, coalesce(b.attempts, 0) AS billed_attempts
    FROM usage_day u
    LEFT JOIN (SELECT iu.day, iu.dims, sum(iu.quantity) AS quantity, sum(iu.attempts) AS attempts FROM invoice_usage iu JOIN invoice i ON i.id = iu.invoice
      WHERE i.organization = $1 AND i.status <> 'void' AND i.id <> $4 AND iu.day >= $2 AND iu.day < $3 GROUP BY iu.day, iu.dims) b ON b.day = u.day AND b.dims = u.dims
    WHERE u.organization = $1 AND u.day >= $2 AND u.day < $3
    ORDER BY u.day, u.dims`, [organization, from, until, exceptInvoice])
  return rows.map((row): DayUsage => ({
    dims: row.dims, organization: row.organization, project: row.project, key: row.key, supplier: row.supplier, maker: row.maker, model: row.model, deployment: row.deployment,
    meter: row.meter as Meter, tier: row.tier, day: row.day, source: row.source, currency: row.currency, quantity: decimal(row.quantity),
    listUnitPrice: decimal(row.unit_price), priceRow: row.price_row, calls: Number(row.attempts), ...(row.source === 'estimated' ? { estimated: decimal(row.quantity) } : {}),
    billedQuantity: row.billed_quantity, billedAttempts: Number(row.billed_attempts),
  }))
}

/** Months before this one in which usage arrived after its invoice was issued. */
export async function lateMonths(sql: Sql, organization: string, before: string): Promise<readonly string[]> {
  const rows = await sql<{ month: string }>(`
    SELECT DISTINCT to_char(u.day, 'YYYY-MM') AS month FROM usage_day u
    WHERE u.organization = $1 AND u.day < $2
      AND EXISTS (SELECT 1 FROM invoice i WHERE i.organization = $1 AND i.month = to_char(u.day, 'YYYY-MM') AND i.kind = 'invoice' AND i.status IN ('issued', 'paid'))
      AND u.quantity <> coalesce((SELECT sum(iu.quantity) FROM invoice_usage iu JOIN invoice i ON i.id = iu.invoice WHERE i.status <> 'void' AND iu.day = u.day AND iu.dims = u.dims), 0)
    ORDER BY 1`, [organization, monthPeriod(before).from])
  return rows.map((row) => row.month)
}
