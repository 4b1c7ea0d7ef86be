/** Who stands on a bill: names, addresses, tax, payment. One schema for customers, suppliers, makers and `self`, who issues. */
import { z } from 'zod'
import { decimal, isZero } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { isPercent } from './amount.ts'

const percent = z.string().refine(isPercent, 'a percentage in quotes between "0" and "100"')

export const partySchema = z.strictObject({
  name: z.string().min(1),
  street: z.string().optional(),
  city: z.string().optional(),
  postalCode: z.string().optional(),
  /** ISO 3166-1 alpha-2. */
  country: z.string().regex(/^[A-Z]{2}$/, 'two capital letters, ISO 3166-1').default('US'),
  vatId: z.string().optional(),
  /** Registration number, and its scheme of ISO 6523. */
  registration: z.string().optional(),
  /** Where electronic invoices go: address and scheme (EAS code), such as `0204`. */
  electronicAddress: z.strictObject({ scheme: z.string(), value: z.string() }).optional(),
  email: z.string().optional(),
  contact: z.string().optional(),
  phone: z.string().optional(),
  /** What the buyer wants to read on an invoice. */
  buyerReference: z.string().optional(),
  purchaseOrder: z.string().optional(),
  iban: z.string().optional(),
  bic: z.string().optional(),
  /**
   * Tax on sales to this party. Category codes of UNCL 5305 as EN 16931 admits them: S standard, Z zero rated, E exempt,
   * AE reverse charge, G export outside the EU, O not subject to VAT.
   */
  tax: z.strictObject({ name: z.string().default('VAT'), category: z.enum(['S', 'Z', 'E', 'AE', 'G', 'O']), percent: percent.default('0'), reason: z.string().optional() })
    .refine((tax) => isZero(decimal(tax.percent)) === (tax.category !== 'S'), 'only category S has a rate, and it has one')
    .refine((tax) => ['S', 'Z'].includes(tax.category) || tax.reason !== undefined, 'say the reason for the exemption, such as "Reverse charge"')
    .prefault({ category: 'O', reason: 'Not subject to VAT' }),
  costCentres: z.record(z.string(), z.string()).default({}),
})

export type Party = z.output<typeof partySchema>

export async function saveParty(store: Store, id: string, party: Party): Promise<void> {
  await store.query('admin', 'INSERT INTO party (id, body) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET body = excluded.body, changed_at = now()', [id, JSON.stringify(party)])
}

/** A party as saved; one that nobody described stands under its id. */
export async function partyOf(sql: Sql, id: string): Promise<Party> {
  const [row] = await sql<{ body: unknown }>('SELECT body FROM party WHERE id = $1', [id])
  return partySchema.parse(row?.body ?? { name: id })
}
