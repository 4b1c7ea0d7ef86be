/** Assets in the database, and their months in the books: depreciation once, allocated to customers, maker and idle. */
import type { Clock } from '../../kernel/clock.ts'
import { formatDecimal, negate } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { postMoney } from '../money-transaction.ts'
import { type Allocated, allocateMonth, type Asset, assetSchema, type GpuHours } from './asset.ts'

/** Saves an asset. One that has depreciated already keeps its cost, life and first day: another figure is another asset. */
export async function saveAsset(store: Store, asset: Asset): Promise<{ readonly status: 'saved' } | { readonly status: 'in-use'; readonly why: string }> {
  return store.transaction('admin', async (sql) => {
    const known = await assetIn(sql, asset.id)
    const [used] = await sql('SELECT 1 FROM asset_month WHERE asset = $1 LIMIT 1', [asset.id])
    const fixed = (item: Asset): string => JSON.stringify([item.cost, item.residual, item.inServiceOn, item.lifeMonths, item.currency])
    if (known !== undefined && used !== undefined && fixed(known) !== fixed(asset)) return { status: 'in-use', why: `${asset.id} has months in the books: register the change as an asset of its own` }
    await sql('INSERT INTO asset (id, body) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET body = excluded.body, changed_at = now()', [asset.id, JSON.stringify(asset)])
    return { status: 'saved' }
  })
}

async function assetIn(sql: Sql, id: string): Promise<Asset | undefined> {
  const [row] = await sql<{ body: unknown }>('SELECT body FROM asset WHERE id = $1', [id])
  return row === undefined ? undefined : assetSchema.parse(row.body)
}

/** Posts a month of an asset once: the cost of its hours against accumulated depreciation and what runs it. */
export async function postAssetMonth(store: Store, clock: Clock, id: string, month: string, used: readonly GpuHours[]): Promise<Allocated | { readonly status: 'unknown' } | { readonly status: 'posted-before' }> {
  return store.transaction('jobs', async (sql) => {
    const asset = await assetIn(sql, id)
    if (asset === undefined) return { status: 'unknown' }
    const [known] = await sql('SELECT 1 FROM asset_month WHERE asset = $1 AND month = $2', [id, month])
    if (known !== undefined) return { status: 'posted-before' }
    const result = allocateMonth(asset, month, used)
    if (result.status !== 'allocated') return result
    const { month: done } = result
    const transaction = `asset:${id}:${month}`
    await postMoney(sql, {
      id: transaction, kind: 'depreciation', at: clock.now(), currency: asset.currency, note: `${asset.name} ${month}`,
      entries: [
        ...done.shares.map((share) => ({ account: { id: `in-house/${id}/${share.use === 'idle' ? 'idle' : `${share.use}/${share.party}`}` }, amount: share.cost })),
        { account: { id: `depreciation/${id}` }, amount: negate(done.depreciation) },
        { account: { id: `operating/${id}` }, amount: negate(done.operating) },
      ],
    })
    const document = { ...done, depreciation: formatDecimal(done.depreciation), operating: formatDecimal(done.operating), cost: formatDecimal(done.cost), hours: formatDecimal(done.hours), perGpuHour: done.perGpuHour === undefined ? null : formatDecimal(done.perGpuHour), shares: done.shares.map((share) => ({ ...share, hours: formatDecimal(share.hours), cost: formatDecimal(share.cost) })) }
    await sql('INSERT INTO asset_month (asset, month, currency, document, transaction_id) VALUES ($1, $2, $3, $4, $5)', [id, month, asset.currency, JSON.stringify(document), transaction])
    return result
  })
}
