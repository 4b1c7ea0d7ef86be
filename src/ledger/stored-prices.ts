/** The ledger's own copy of price rows: written once, never changed, so that every booked line can be explained for good. */
import { decimal, formatDecimal } from '../kernel/decimal.ts'
import type { Meter } from '../kernel/meters.ts'
import type { Store } from '../store/store.ts'
import type { PriceRow } from './price.ts'
import type { Statement } from './write-page.ts'

/** Stores rows; those already there are left alone. The price book has refused contradictions before. */
export function storePrices(rows: readonly PriceRow[]): Statement[] {
  if (rows.length === 0) return []
  return [{
    text: `INSERT INTO price (id, list, model, meter, tier, region_class, above_input, currency, unit_price, effective_from_ms, recorded_at_ms, source)
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::numeric[], $10::bigint[], $11::bigint[], $12::text[])
      ON CONFLICT DO NOTHING`,
    values: [rows.map((r) => r.id), rows.map((r) => r.list), rows.map((r) => r.model), rows.map((r) => r.meter), rows.map((r) => r.tier), rows.map((r) => r.regionClass), rows.map((r) => r.aboveInput),
      rows.map((r) => r.currency), rows.map((r) => formatDecimal(r.unitPrice)), rows.map((r) => r.effectiveFrom), rows.map((r) => r.recordedAt), rows.map((r) => r.source)],
  }]
}

/** Stored rows by id, or all of them. */
export async function loadPrices(store: Store, ids?: readonly string[]): Promise<readonly PriceRow[]> {
  const rows = await store.query<Readonly<Record<string, string>>>('admin', 'SELECT * FROM price WHERE $1::text[] IS NULL OR id = ANY($1) ORDER BY list, model, meter, effective_from_ms', [ids ?? null])
  const text = (row: Readonly<Record<string, string>>, name: string): string => row[name] ?? ''
  return rows.map((row) => ({
    id: text(row, 'id'), list: text(row, 'list'), model: text(row, 'model'), meter: text(row, 'meter') as Meter, tier: text(row, 'tier'), regionClass: text(row, 'region_class'),
    aboveInput: Number(row['above_input']), currency: text(row, 'currency'), unitPrice: decimal(text(row, 'unit_price')), effectiveFrom: Number(row['effective_from_ms']), recordedAt: Number(row['recorded_at_ms']), source: text(row, 'source'),
  }))
}
