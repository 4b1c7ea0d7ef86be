/** A transaction of the books that no call stands behind: an invoice, a payment, a statement, depreciation, a true-up. */
import { type Decimal, add, formatDecimal, isNegative, isZero, zero } from '../kernel/decimal.ts'
import { assert } from '../kernel/assert.ts'
import type { Sql } from '../store/store.ts'

export interface MoneyAccount {
  /** `receivable/acme/feed`, `invoiced/acme`, `tax/VAT`, `rounding/USD`: kind first. */
  readonly id: string
  readonly organization?: string
  readonly project?: string
  readonly supplier?: string
  readonly maker?: string
}

export interface MoneyEntry {
  readonly account: MoneyAccount
  /** Positive is debit. */
  readonly amount: Decimal
  /** The transaction's own where absent. */
  readonly currency?: string
}

export interface MoneyTransaction {
  /** Made from what it stands for, so that posting it twice is refused: `invoice:inv_…`. */
  readonly id: string
  readonly kind: 'invoice' | 'payment' | 'statement' | 'depreciation' | 'true-up' | 'commitment' | 'exchange' | 'opening' | 'correction'
  /** Milliseconds. */
  readonly at: number
  readonly currency: string
  readonly entries: readonly MoneyEntry[]
  /** For corrections: the transaction that this one corrects. */
  readonly corrects?: string
  readonly note?: string
}

interface Merged { readonly account: MoneyAccount; readonly currency: string; amount: Decimal }

/** Adds entries of one account and currency, leaves zeros out. */
function merged(transaction: MoneyTransaction): readonly Merged[] {
  const sums = new Map<string, Merged>()
  for (const { account, amount, currency = transaction.currency } of transaction.entries) {
    const key = `${account.id}\n${currency}`
    const sum = sums.get(key)
    if (sum === undefined) sums.set(key, { account, currency, amount })
    else sum.amount = add(sum.amount, amount)
  }
  return [...sums.values()].filter((sum) => !isZero(sum.amount))
}

/** Posts within the caller's database transaction. Throws where the entries do not sum to zero per currency (C5). */
export async function postMoney(sql: Sql, transaction: MoneyTransaction): Promise<void> {
  const entries = merged(transaction)
  const totals = new Map<string, Decimal>()
  for (const entry of entries) totals.set(entry.currency, add(totals.get(entry.currency) ?? zero, entry.amount))
  for (const [currency, total] of totals) assert(isZero(total), `transaction ${transaction.id} is off by ${formatDecimal(total)} ${currency}`)
  const debits = entries.filter((entry) => entry.currency === transaction.currency && !isNegative(entry.amount)).reduce((sum, entry) => add(sum, entry.amount), zero)
  await sql(`INSERT INTO ledger_transaction (id, kind, minute, currency, amount, attempts, corrects, note) VALUES ($1, $2, $3, $4, $5, 0, $6, $7)`,
    [transaction.id, transaction.kind, Math.floor(transaction.at / 60_000), transaction.currency, formatDecimal(debits), transaction.corrects ?? null, transaction.note ?? null])
  if (entries.length === 0) return
  const columns = (of: (entry: Merged) => string | undefined): (string | null)[] => entries.map((entry) => of(entry) ?? null)
  await sql(`INSERT INTO account (id, kind, organization, project, supplier, maker)
    SELECT DISTINCT ON (id) * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) AS a(id, kind, organization, project, supplier, maker) ORDER BY id ON CONFLICT DO NOTHING`,
  [columns((e) => e.account.id), columns((e) => e.account.id.split('/')[0]), columns((e) => e.account.organization), columns((e) => e.account.project), columns((e) => e.account.supplier), columns((e) => e.account.maker)])
  await sql('INSERT INTO entry (transaction_id, account, currency, amount) SELECT $1, * FROM unnest($2::text[], $3::text[], $4::numeric[])',
    [transaction.id, columns((e) => e.account.id), columns((e) => e.currency), entries.map((e) => formatDecimal(e.amount))])
}

/** Balance of one account from its entries, by currency. */
export async function balanceOf(sql: Sql, account: string): Promise<ReadonlyMap<string, string>> {
  const rows = await sql<{ currency: string; balance: string }>('SELECT currency, sum(amount) AS balance FROM entry WHERE account = $1 GROUP BY currency', [account])
  return new Map(rows.map((row) => [row.currency, row.balance]))
}
