/**
 * What the hours of our own machines cost that a month of an asset puts to a customer. It stands beside the internal rate
 * that margins count as cost, and is never added to it: the two price the same work.
 *
 * Calls of deployments that name their asset are costed from that asset and no other; an asset that is named carries no
 * other calls. Where no deployment names one, the month of an asset is found by the customer and model that it names.
 */
import { type Decimal, add, decimal, multiply, zero } from '../../kernel/decimal.ts'
import type { Sql } from '../../store/store.ts'
import { addDays, monthPeriod } from '../contracts/calendar.ts'
import type { RateOn } from '../contracts/exchange.ts'

interface Sold { readonly organization: string; readonly model: string; readonly maker: string; readonly supplier: string }
interface Share extends Record<string, unknown> { readonly asset: string; readonly currency: string; readonly party: string; readonly model: string | null; readonly cost: string }

/** Deployment's id → asset. */
export type AssetsNamed = ReadonlyMap<string, string>

const saleKey = ({ organization, model, maker, supplier }: Sold): string => JSON.stringify([organization, model, maker, supplier])

/** The assets that the deployments behind each sale name. */
async function assetsBySale(sql: Sql, month: string, assets: AssetsNamed): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  if (assets.size === 0) return new Map()
  const { from, until } = monthPeriod(month)
  const rows = await sql<Sold & { deployment: string; [column: string]: unknown }>(
    'SELECT DISTINCT organization, model, maker, supplier, deployment FROM usage_day WHERE day >= $1 AND day < $2 AND deployment = ANY($3)', [from, until, [...assets.keys()]])
  const found = new Map<string, Set<string>>()
  for (const row of rows) found.set(saleKey(row), (found.get(saleKey(row)) ?? new Set()).add(assets.get(row.deployment) ?? ''))
  return found
}

/** By sale of a month, in `currency`; undefined where no asset names it, a rate is missing, or several sales could be meant. */
export async function inHouseCosts<T extends Sold>(sql: Sql, month: string, currency: string, rateOn: RateOn, sales: readonly T[], assets: AssetsNamed = new Map()): Promise<ReadonlyMap<T, Decimal>> {
  const shares = await sql<Share>(`
    SELECT asset, currency, s->>'party' AS party, s->>'model' AS model, s->>'cost' AS cost FROM asset_month, jsonb_array_elements(document->'shares') s
    WHERE month = $1 AND s->>'use' = 'customer' ORDER BY asset`, [month])
  const bySale = await assetsBySale(sql, month, assets)
  const named = new Set(assets.values())
  const meant = (share: Share, sale: T): boolean => {
    if (share.party !== sale.organization) return false
    // Hours on a named asset may leave the model out: the deployments that name it say which it was.
    if (named.has(share.asset)) return (bySale.get(saleKey(sale))?.has(share.asset) ?? false) && (share.model === null || share.model === sale.model)
    return bySale.get(saleKey(sale)) === undefined && share.model === sale.model
  }
  const lastDay = addDays(monthPeriod(month).until, -1)
  const costs = new Map<T, Decimal>()
  for (const sale of sales) {
    const own = shares.filter((share) => meant(share, sale))
    const alone = own.every((share) => sales.filter((other) => meant(share, other)).length === 1)
    const rates = own.map((share) => rateOn(share.currency, currency, lastDay))
    if (own.length === 0 || !alone || rates.includes(undefined)) continue
    costs.set(sale, own.reduce((all, share, index) => add(all, multiply(decimal(share.cost), rates[index] ?? zero)), zero))
  }
  return costs
}
