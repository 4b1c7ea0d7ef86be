/** A credit that a dispute has booked already and that a bill names later: trued up as well it would be taken off twice. */
import { type Decimal, compare, decimal, isNegative, negate } from '../../kernel/decimal.ts'
import type { Sql } from '../../store/store.ts'
import { besideCalls } from './bill.ts'
import type { Variance } from './match-bill.ts'

/** Disputes of a supplier that were credited, and with what, in a currency. */
async function creditedDisputes(sql: Sql, supplier: string, currency: string): Promise<readonly { readonly id: string; readonly credit: Decimal }[]> {
  const rows = await sql<{ id: string; credit: string }>(`SELECT d.id, t.amount AS credit FROM dispute d JOIN ledger_transaction t ON t.id = 'dispute:' || d.id WHERE d.supplier = $1 AND d.currency = $2 AND d.state = 'credited' ORDER BY d.raised_at`, [supplier, currency])
  return rows.map(({ id, credit }) => ({ id, credit: decimal(credit) }))
}

/** Notes beside credits of a bill that come to the very sum of a dispute that was credited: only a person knows whether they are the same. */
export async function creditedBefore(sql: Sql, supplier: string, currency: string, variances: readonly Variance[]): Promise<ReadonlyMap<Variance, string>> {
  const credits = variances.filter((item) => besideCalls.has(item.kind) && isNegative(item.amount))
  if (credits.length === 0) return new Map()
  const disputes = await creditedDisputes(sql, supplier, currency)
  return new Map(credits.flatMap((item) => {
    const same = disputes.find(({ credit }) => compare(credit, negate(item.amount)) === 0)
    return same === undefined ? [] : [[item, `${same.id} was credited with the same sum, which is in the books: if this is that credit, leave ${item.kind} out of the true-up, or it is taken off twice`] as const]
  }))
}
