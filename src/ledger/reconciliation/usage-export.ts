/** What one Weir sold a customer, by the day, as another Weir imports it (`weir-usage/1`): quantities and list amounts. */
import type { Store } from '../../store/store.ts'
import { decimal, formatDecimal } from '../../kernel/decimal.ts'
import type { Period } from '../contracts/calendar.ts'
import type { WeirUsage } from './parse-json-bills.ts'

export type Exported =
  | { readonly status: 'exported'; readonly usage: WeirUsage }
  /** The customer's usage is in others, or in several of which none was named. */
  | { readonly status: 'other-currency'; readonly why: string }

/** A file is in one currency: left out, the one in which the usage of its days is booked; where none is, that of all other days. */
export async function usageForCustomer(store: Store, organization: string, { from, until }: Period, asked?: string): Promise<Exported> {
  const booked = await store.query<{ currency: string; within: boolean }>('jobs', 'SELECT currency, bool_or(day >= $2 AND day < $3) AS within FROM usage_day WHERE organization = $1 GROUP BY currency ORDER BY currency', [organization, from, until])
  const within = booked.filter((row) => row.within)
  const currencies = (within.length === 0 ? booked : within).map((row) => row.currency)
  const used = `${organization} used${within.length === 0 ? '' : ' in these days'}`
  if (asked === undefined && currencies.length > 1) return { status: 'other-currency', why: `what ${used} is booked in ${currencies.join(' and ')}: ask for one of them` }
  const currency = asked ?? currencies[0] ?? 'USD'
  if (currencies.length > 0 && !currencies.includes(currency)) return { status: 'other-currency', why: `nothing that ${used} is booked in ${currency}: ask for ${currencies.join(' or ')}` }
  const rows = await store.query<{ day: string; deployment: string; model: string; meter: string; tier: string; quantity: string; amount: string }>('jobs', `
    SELECT to_char(day, 'YYYY-MM-DD') AS day, deployment, model, meter, tier, sum(quantity) AS quantity, sum(amount) AS amount FROM usage_day
    WHERE organization = $1 AND day >= $2 AND day < $3 AND currency = $4 GROUP BY day, deployment, model, meter, tier ORDER BY 1, 2, 3, 4, 5`, [organization, from, until, currency])
  return { status: 'exported', usage: { format: 'weir-usage/1', from, until, currency, rows: rows.map((row) => ({ ...row, quantity: formatDecimal(decimal(row.quantity)), amount: formatDecimal(decimal(row.amount)) })) } }
}
