/** Money that came in: matched to invoices it names, then to the oldest due; what is left over stays as unapplied credit. */
import { type Clock, isoTime } from '../../kernel/clock.ts'
import { type Decimal, compare, decimal, formatDecimal, isZero, negate, subtract, zero } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { dayOf } from '../contracts/calendar.ts'
import { raiseEvent } from '../events.ts'
import { postMoney } from '../money-transaction.ts'
import { daysOverdue, invoiceColumns, type InvoiceRow } from './issue-invoice.ts'

export interface Payment {
  /** The bank's reference of the movement: the same id is the same payment. */
  readonly id: string
  readonly organization: string
  readonly currency: string
  readonly amount: string
  readonly receivedOn: string
  /** Free text; invoice numbers in it are matched first. */
  readonly reference: string
}

export interface Matched {
  readonly matches: readonly { readonly invoice: string; readonly number: string; readonly amount: string }[]
  readonly unapplied: string
  readonly known: boolean
}

const open = (row: InvoiceRow): Decimal => subtract(subtract(decimal(row.due), decimal(row.paid)), decimal(row.credited))

async function matchesOf(sql: Sql, id: string): Promise<Matched['matches']> {
  return sql<{ invoice: string; number: string; amount: string }>('SELECT m.invoice, i.number, m.amount FROM payment_match m JOIN invoice i ON i.id = m.invoice WHERE m.payment = $1 ORDER BY i.number', [id])
}

/** Books a payment once. */
export async function recordPayment(store: Store, clock: Clock, payment: Payment): Promise<Matched> {
  return store.transaction('admin', async (sql) => {
    const { organization, currency } = payment
    const inserted = await sql('INSERT INTO payment (id, organization, currency, amount, received_on, reference, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING 1',
      [payment.id, organization, currency, payment.amount, payment.receivedOn, payment.reference, isoTime(clock.now())])
    if (inserted.length === 0) {
      const matches = await matchesOf(sql, payment.id)
      return { matches, unapplied: formatDecimal(matches.reduce((left, match) => subtract(left, decimal(match.amount)), decimal(payment.amount))), known: true }
    }
    const rows = await sql<InvoiceRow>(`SELECT ${invoiceColumns} FROM invoice WHERE organization = $1 AND currency = $2 AND status = 'issued' AND kind = 'invoice' ORDER BY due_on, number FOR UPDATE`, [organization, currency])
    const named = rows.filter((row) => row.number !== null && payment.reference.includes(row.number))
    let left = decimal(payment.amount)
    const matches: { invoice: string; number: string; amount: string }[] = []
    for (const row of [...named, ...rows.filter((item) => !named.includes(item))]) {
      if (isZero(left)) break
      const due = open(row)
      if (compare(due, zero) <= 0) continue
      const part = compare(left, due) <= 0 ? left : due
      left = subtract(left, part)
      matches.push({ invoice: row.id, number: row.number ?? '', amount: formatDecimal(part) })
      await sql('INSERT INTO payment_match (payment, invoice, amount) VALUES ($1, $2, $3)', [payment.id, row.id, formatDecimal(part)])
      await sql(`UPDATE invoice SET paid = paid + $2, status = CASE WHEN paid + $2 + credited >= due THEN 'paid' ELSE status END WHERE id = $1`, [row.id, formatDecimal(part)])
    }
    const applied = subtract(decimal(payment.amount), left)
    await postMoney(sql, {
      id: `payment:${payment.id}`, kind: 'payment', at: clock.now(), currency, note: payment.reference,
      entries: [
        { account: { id: `cash/${currency}` }, amount: decimal(payment.amount) },
        { account: { id: `invoiced/${organization}`, organization }, amount: negate(applied) },
        { account: { id: `unapplied/${organization}`, organization }, amount: negate(left) },
      ],
    })
    return { matches, unapplied: formatDecimal(left), known: false }
  })
}

/** Prepaid credit is bought: what came in is owed back in service. Idempotent by (organization, grant). */
export async function recordPrepayment(store: Store, clock: Clock, organization: string, grant: string, currency: string, amount: string): Promise<void> {
  await store.transaction('admin', async (sql) => {
    const id = `prepaid:${organization}:${grant}`
    const [known] = await sql('SELECT 1 FROM ledger_transaction WHERE id = $1', [id])
    if (known !== undefined) return
    await postMoney(sql, { id, kind: 'payment', at: clock.now(), currency, entries: [{ account: { id: `cash/${currency}` }, amount: decimal(amount) }, { account: { id: `prepaid/${organization}/${grant}`, organization }, amount: negate(decimal(amount)) }] })
  })
}

/** Days past due at which a reminder goes out, by level. */
export const dunningDays = [1, 14, 30] as const

/** Raises each overdue invoice to the level that its days past due ask for; one event a level. Answers how many were raised. */
export async function remind(store: Store, clock: Clock): Promise<number> {
  const today = dayOf(clock.now())
  return store.transaction('jobs', async (sql) => {
    const rows = await sql<InvoiceRow & { dunning: number }>(`SELECT ${invoiceColumns}, dunning FROM invoice WHERE status = 'issued' AND kind = 'invoice' AND due_on < $1 FOR UPDATE`, [today])
    let raised = 0
    for (const row of rows) {
      const level = dunningDays.filter((days) => daysOverdue(row.due_on ?? today, today) >= days).length
      if (level <= row.dunning) continue
      await sql('UPDATE invoice SET dunning = $2 WHERE id = $1', [row.id, level])
      await raiseEvent(sql, clock, 'invoice-overdue', `invoice/${row.number}`, String(level), { organization: row.organization, level, open: formatDecimal(open(row)), currency: row.currency, dueOn: row.due_on ?? '' })
      raised += 1
    }
    return raised
  })
}
