/** What one Weir sold a customer, by the day, as another Weir imports it (`weir-usage/1`): quantities and list amounts. */
import type { Store } from '../../store/store.ts'
import { decimal, formatDecimal } from '../../kernel/decimal.ts'
import type { WeirUsage } from './parse-json-bills.ts'

export async function usageForCustomer(store: Store, organization: string, from: string, until: string, currency: string): Promise<WeirUsage> {
  const rows = await store.query<{ day: string; deployment: string; model: string; meter: string; tier: string; quantity: string; amount: string }>('jobs', `
    SELECT to_char(day, 'YYYY-MM-DD') AS day, deployment, model, meter, tier, sum(quantity) AS quantity, sum(amount) AS amount FROM usage_day
    WHERE organization = $1 AND day >= $2 AND day < $3 AND currency = $4 GROUP BY day, deployment, model, meter, tier ORDER BY 1, 2, 3, 4, 5`, [organization, from, until, currency])
  return { format: 'weir-usage/1', from, until, currency, rows: rows.map((row) => ({ ...row, quantity: formatDecimal(decimal(row.quantity)), amount: formatDecimal(decimal(row.amount)) })) }
}
