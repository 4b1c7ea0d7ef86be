/** Usage put into the books as posting does, without calls: for tests of what comes after. */
import { decimal, formatDecimal, multiply } from '../../kernel/decimal.ts'
import type { Store } from '../../store/store.ts'

let count = 0

export interface Booked {
  readonly day: string
  readonly organization?: string
  readonly project?: string
  readonly key?: string
  readonly model?: string
  readonly deployment?: string
  readonly supplier?: string
  readonly maker?: string
  readonly meter: string
  readonly quantity: string
  readonly unitPrice: string
  readonly currency?: string
  readonly source?: string
}

export async function bookUsage(store: Store, rows: readonly Booked[]): Promise<void> {
  await store.transaction('posting', async (sql) => {
    for (const row of rows) {
      const { day, organization = 'acme', project = 'feed', key = 'key_1', model = 'gpt-4.1', deployment = 'azure/gpt-4.1', supplier = 'azure', maker = 'openai', meter, quantity, unitPrice, currency = 'USD', source = 'reported' } = row
      count += 1
      const id = `use:${count}`
      const amount = formatDecimal(multiply(decimal(quantity), decimal(unitPrice)))
      await sql(`INSERT INTO ledger_transaction (id, kind, minute, currency, organization, project, key, supplier, maker, model, deployment, meter, tier, source, price_row, quantity, unit_price, amount, attempts)
        VALUES ($1, 'usage', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'default', $12, $13, $14, $15, $16, 1)`,
      [id, Date.parse(`${day}T12:00:00Z`) / 60_000, currency, organization, project, key, supplier, maker, model, deployment, meter, source, `price_${model}_${meter}_${unitPrice}`, quantity, unitPrice, amount])
      const accounts = [`receivable/${organization}/${project}`, `revenue/${organization}/${project}`, `cost/${supplier}/${maker}`, `payable/${supplier}/${maker}`]
      await sql(`INSERT INTO account (id, kind) SELECT a, split_part(a, '/', 1) FROM unnest($1::text[]) AS a ON CONFLICT DO NOTHING`, [accounts])
      await sql('INSERT INTO entry (transaction_id, account, currency, amount) SELECT $1, * FROM unnest($2::text[], $3::text[], $4::numeric[])',
        [id, accounts, accounts.map(() => currency), [amount, `-${amount}`, amount, `-${amount}`]])
    }
  })
}
