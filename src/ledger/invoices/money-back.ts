/** Money that goes back to who paid it: a refund of what a payment left over, or the return of a whole payment that the payer's bank took back. */
import { type Clock, isoTime } from '../../kernel/clock.ts'
import { type Decimal, add, compare, decimal, formatDecimal, negate, sum, zero } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { raiseEvent } from '../events.ts'
import { postMoney } from '../money-transaction.ts'

export interface MoneyBack {
  /** The bank's reference of the movement: the same id is the same money. */
  readonly id: string
  readonly payment: string
  /** What is paid back; undefined: the bank returned the whole payment. */
  readonly amount: string | undefined
  /** Day on which it left our account. */
  readonly leftOn: string
  readonly reference: string
}

export type WentBack =
  | {
    readonly status: 'recorded'
    readonly known: boolean
    /** What the payment has left over after it. */
    readonly unapplied: string
    readonly currency: string
    /** Invoices that are open again by what the payment had paid of them. */
    readonly reopened: readonly { readonly number: string; readonly amount: string }[]
  }
  | { readonly status: 'no-payment' }
  /** The id stands for other money. */
  | { readonly status: 'another'; readonly payment: string; readonly amount: string; readonly currency: string }
  | { readonly status: 'too-much'; readonly unapplied: string; readonly currency: string }
  /** The bank took all of it back already, as the movement of that id. */
  | { readonly status: 'returned-already'; readonly id: string }
  /** A payment of which something was refunded cannot be returned whole. */
  | { readonly status: 'refunded-already'; readonly amount: string; readonly currency: string }

interface Paid extends Record<string, unknown> { readonly organization: string; readonly currency: string; readonly amount: string; readonly unapplied: string }

/** Takes the payment off the invoices that it was matched with; those that it had settled are open again. */
async function unmatch(sql: Sql, payment: string): Promise<readonly { readonly number: string; readonly amount: string }[]> {
  const rows = await sql<{ invoice: string; number: string; amount: string }>(`WITH off AS (DELETE FROM payment_match WHERE payment = $1 RETURNING invoice, amount)
    UPDATE invoice i SET paid = paid - off.amount, status = CASE WHEN i.kind = 'invoice' AND paid - off.amount + credited < due THEN 'issued' ELSE status END FROM off WHERE i.id = off.invoice RETURNING i.id AS invoice, i.number, off.amount`, [payment])
  return rows.map(({ number, amount }) => ({ number, amount: formatDecimal(decimal(amount)) })).toSorted((a, b) => (a.number < b.number ? -1 : 1))
}

/** Books it once, in one transaction: cash goes out, and with it what the customer had left over or, of a return, what its invoices were paid. */
export async function giveBack(store: Store, clock: Clock, { id, payment, amount, leftOn, reference }: MoneyBack): Promise<WentBack> {
  return store.transaction('admin', async (sql): Promise<WentBack> => {
    // Who records the same money under another payment waits, and so does who matches this one: each finds what is left.
    await sql('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`money-back:${id}`])
    await sql('SELECT 1 FROM payment WHERE id = $1 FOR UPDATE', [payment])
    const [paid] = await sql<Paid>('SELECT organization, currency, amount, unapplied FROM payment_left WHERE id = $1', [payment])
    if (paid === undefined) return { status: 'no-payment' }
    const { organization, currency } = paid
    const kind = amount === undefined ? 'return' : 'refund'
    const wanted = decimal(amount ?? paid.amount)
    const [known] = await sql<{ payment: string; kind: string; amount: string; currency: string }>('SELECT b.payment, b.kind, b.amount, p.currency FROM money_back b JOIN payment p ON p.id = b.payment WHERE b.id = $1', [id])
    if (known !== undefined) {
      const same = known.payment === payment && known.kind === kind && compare(decimal(known.amount), wanted) === 0
      return same ? { status: 'recorded', known: true, unapplied: formatDecimal(decimal(paid.unapplied)), currency, reopened: [] } : { status: 'another', payment: known.payment, amount: formatDecimal(decimal(known.amount)), currency: known.currency }
    }
    const before = await sql<{ id: string; kind: string; amount: string }>('SELECT id, kind, amount FROM money_back WHERE payment = $1', [payment])
    const returned = before.find((row) => row.kind === 'return')
    if (returned !== undefined) return { status: 'returned-already', id: returned.id }
    const refunded = sum(before.map((row) => decimal(row.amount)))
    if (kind === 'return' && compare(refunded, zero) > 0) return { status: 'refunded-already', amount: formatDecimal(refunded), currency }
    const reopened = kind === 'return' ? await unmatch(sql, payment) : []
    const wasMatched = sum(reopened.map((one) => decimal(one.amount)))
    const left = add(decimal(paid.unapplied), wasMatched)
    if (compare(wanted, left) > 0) return { status: 'too-much', unapplied: formatDecimal(left), currency }
    await sql('INSERT INTO money_back (id, payment, kind, amount, left_on, reference, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7)', [id, payment, kind, formatDecimal(wanted), leftOn, reference, isoTime(clock.now())])
    // Reminders go on where they were and may all have gone out, so nothing else would say it.
    for (const one of reopened) await raiseEvent(sql, clock, 'invoice-reopened', `invoice/${one.number}`, id, { organization, payment, amount: one.amount, currency })
    const owed = (account: string, value: Decimal): { readonly account: { readonly id: string; readonly organization: string }; readonly amount: Decimal } => ({ account: { id: `${account}/${organization}`, organization }, amount: value })
    const fromLeft = add(wanted, negate(wasMatched))
    await postMoney(sql, { id: `money-back:${id}`, kind: 'payment', at: clock.now(), currency, note: reference, entries: [{ account: { id: `cash/${currency}` }, amount: negate(wanted) }, owed('unapplied', fromLeft), owed('invoiced', wasMatched)] })
    return { status: 'recorded', known: false, unapplied: formatDecimal(add(left, negate(wanted))), currency, reopened }
  })
}
