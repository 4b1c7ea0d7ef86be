/** Use that did not pass the gateway, as reconciliation with suppliers' bills found it: what a statement of use states and does not prove. */
import type { Store } from '../store/store.ts'
import type { OutsideUse } from '../terms/log/statement.ts'
import { adminSql } from './terms-desk.ts'

interface Found extends Record<string, unknown> { readonly supplier: string; readonly period_from: string; readonly period_until: string; readonly currency: string; readonly kind: string | null; readonly amount: string | null }

/** From the latest reconciliation of each bill that touches the period; where there is no bill, the gap is that nobody looked. */
export async function outsideUse(store: Store, fromMs: number, toMs: number): Promise<OutsideUse[]> {
  const rows = await adminSql(store)<Found>(
    `SELECT b.supplier, b.period_from::text, b.period_until::text, b.currency, v.kind, v.amount FROM bill b
     JOIN LATERAL (SELECT report FROM reconciliation WHERE bill = b.id ORDER BY made_at DESC LIMIT 1) r ON true
     LEFT JOIN LATERAL (SELECT e->>'kind' AS kind, sum((e->>'amount')::numeric)::text AS amount FROM jsonb_array_elements(r.report->'variances') AS e WHERE e->>'kind' IN ('outside-gateway', 'unexplained') GROUP BY 1) v ON true
     WHERE b.replaced_by IS NULL AND b.period_from < to_timestamp($2::numeric / 1000) AND b.period_until > to_timestamp($1::numeric / 1000) ORDER BY b.supplier, b.period_from, v.kind`, [String(fromMs), String(toMs)])
  if (rows.length === 0) return [{ supplier: 'all', says: 'No supplier\'s bill has been reconciled for this period: use outside the gateway is not known.' }]
  return rows.map(({ supplier, period_from: from, period_until: until, currency, kind, amount }) =>
    kind === null || amount === null
      ? { supplier, says: `The bill of ${from} to ${until} shows no use outside the gateway.` }
      : { supplier, says: kind === 'outside-gateway' ? `Billed for ${from} to ${until}, and not in the gateway's books.` : `Difference of ${from} to ${until} that nothing explains.`, amount, currency })
}
