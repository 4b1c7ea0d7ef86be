/** Money that came in: matched to invoices it names, then to the oldest due; what is left over stays as unapplied credit. */
import { type Clock, isoTime } from '../../kernel/clock.ts'
import { type Decimal, compare, decimal, formatDecimal, isZero, negate, subtract, zero } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { dayOf } from '../contracts/calendar.ts'
import { contractSchema } from '../contracts/contract.ts'
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

export type Recorded = ({ readonly status: 'recorded' } & Matched)
  /** The id stands for other money. */
  | { readonly status: 'another-payment'; readonly organization: string; readonly currency: string; readonly amount: string }

export interface Matched {
  /** Invoices that the reference names and that are in another currency, so that nothing was matched with them. */
  readonly inOtherCurrency: readonly { readonly number: string; readonly currency: string }[]
  readonly matches: readonly { readonly invoice: string; readonly number: string; readonly amount: string }[]
  readonly unapplied: string
  readonly known: boolean
}

const open = (row: InvoiceRow): Decimal => subtract(subtract(decimal(row.due), decimal(row.paid)), decimal(row.credited))

async function matchesOf(sql: Sql, id: string): Promise<Matched['matches']> {
  return sql<{ invoice: string; number: string; amount: string }>('SELECT m.invoice, i.number, m.amount FROM payment_match m JOIN invoice i ON i.id = m.invoice WHERE m.payment = $1 ORDER BY i.number', [id])
}

const inOtherCurrencyOf = (sql: Sql, { organization, currency, reference }: Payment): Promise<Matched['inOtherCurrency']> =>
  sql<{ number: string; currency: string }>(`SELECT number, currency FROM invoice WHERE organization = $1 AND currency <> $2 AND kind = 'invoice' AND status = 'issued' AND position(number IN $3) > 0 ORDER BY number`, [organization, currency, reference])

/** Matches what is left of a payment: with the invoices that its reference names, then with the oldest due; or with one alone. */
async function matchLeft(sql: Sql, payment: Pick<Payment, 'id' | 'organization' | 'currency' | 'reference'>, amount: Decimal, only?: string): Promise<{ readonly matches: Matched['matches']; readonly left: Decimal }> {
  const rows = await sql<InvoiceRow>(`SELECT ${invoiceColumns} FROM invoice WHERE organization = $1 AND currency = $2 AND status = 'issued' AND kind = 'invoice' AND ($3::text IS NULL OR number = $3) ORDER BY due_on, number FOR UPDATE`, [payment.organization, payment.currency, only ?? null])
  const named = rows.filter((row) => row.number !== null && payment.reference.includes(row.number))
  let left = amount
  const matches: { invoice: string; number: string; amount: string }[] = []
  for (const row of [...named, ...rows.filter((item) => !named.includes(item))]) {
    if (isZero(left)) break
    const due = open(row)
    if (compare(due, zero) <= 0) continue
    const part = compare(left, due) <= 0 ? left : due
    left = subtract(left, part)
    matches.push({ invoice: row.id, number: row.number ?? '', amount: formatDecimal(part) })
    await sql('INSERT INTO payment_match (payment, invoice, amount) VALUES ($1, $2, $3) ON CONFLICT (payment, invoice) DO UPDATE SET amount = payment_match.amount + excluded.amount', [payment.id, row.id, formatDecimal(part)])
    await sql(`UPDATE invoice SET paid = paid + $2, status = CASE WHEN paid + $2 + credited >= due THEN 'paid' ELSE status END WHERE id = $1`, [row.id, formatDecimal(part)])
  }
  return { matches, left }
}

/** Books a payment once. */
export async function recordPayment(store: Store, clock: Clock, payment: Payment): Promise<Recorded> {
  return store.transaction('admin', async (sql) => {
    const { organization, currency } = payment
    const inserted = await sql('INSERT INTO payment (id, organization, currency, amount, received_on, reference, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING 1',
      [payment.id, organization, currency, payment.amount, payment.receivedOn, payment.reference, isoTime(clock.now())])
    if (inserted.length === 0) {
      const [known] = await sql<{ organization: string; currency: string; amount: string }>('SELECT organization, currency, amount FROM payment WHERE id = $1', [payment.id])
      if (known !== undefined && (known.organization !== organization || known.currency !== currency || compare(decimal(known.amount), decimal(payment.amount)) !== 0)) return { status: 'another-payment', ...known, amount: formatDecimal(decimal(known.amount)) }
      const matches = await matchesOf(sql, payment.id)
      return { status: 'recorded', matches, inOtherCurrency: await inOtherCurrencyOf(sql, payment), unapplied: formatDecimal(await unappliedOf(sql, payment.id)), known: true }
    }
    const { matches, left } = await matchLeft(sql, payment, decimal(payment.amount))
    await postMoney(sql, {
      id: `payment:${payment.id}`, kind: 'payment', at: clock.now(), currency, note: payment.reference,
      entries: [
        { account: { id: `cash/${currency}` }, amount: decimal(payment.amount) },
        { account: { id: `invoiced/${organization}`, organization }, amount: subtract(left, decimal(payment.amount)) },
        { account: { id: `unapplied/${organization}`, organization }, amount: negate(left) },
      ],
    })
    return { status: 'recorded', matches, inOtherCurrency: await inOtherCurrencyOf(sql, payment), unapplied: formatDecimal(left), known: false }
  })
}

/** Which payments are matched again: all, a customer's, one; with any invoice, or with the one of this number. */
export interface MatchLater { readonly organization?: string | undefined; readonly payment?: string | undefined; readonly invoice?: string | undefined }

export interface MatchedLater {
  readonly matched: readonly { readonly payment: string; readonly invoice: string; readonly number: string; readonly amount: string }[]
  /** What is left over after it, of the payments looked at. */
  readonly left: readonly { readonly payment: string; readonly organization: string; readonly currency: string; readonly amount: string }[]
}

interface LeftOver extends Record<string, unknown> { id: string; organization: string; currency: string; reference: string }

/** What of a payment is matched with no invoice and did not go back. */
async function unappliedOf(sql: Sql, payment: string): Promise<Decimal> {
  const [row] = await sql<{ unapplied: string }>('SELECT unapplied FROM payment_left WHERE id = $1', [payment])
  return decimal(row?.unapplied ?? '0')
}

/** The transaction of a payment's next matching: they are counted. */
async function nextMatching(sql: Sql, payment: string): Promise<string> {
  for (let n = 1; ; n += 1) {
    const id = `payment-match:${payment}:${n}`
    if ((await sql('SELECT 1 FROM ledger_transaction WHERE id = $1', [id])).length === 0) return id
  }
}

/** Matches what payments have left over with invoices that were issued since, the oldest money first; what moves is booked. */
export async function matchPayments(store: Store, clock: Clock, { organization, payment, invoice }: MatchLater = {}): Promise<MatchedLater> {
  return store.transaction('admin', async (sql) => {
    const rows = await sql<LeftOver>(`SELECT id, organization, currency, reference FROM payment p WHERE ($1::text IS NULL OR organization = $1) AND ($2::text IS NULL OR id = $2)
      AND (SELECT unapplied FROM payment_left l WHERE l.id = p.id) > 0 ORDER BY received_on, id FOR UPDATE`, [organization ?? null, payment ?? null])
    const matched: MatchedLater['matched'][number][] = []
    const over: MatchedLater['left'][number][] = []
    for (const row of rows) {
      // Read once it is locked: whoever held it may have matched it.
      const unapplied = await unappliedOf(sql, row.id)
      if (compare(unapplied, zero) <= 0) continue
      const { matches, left } = await matchLeft(sql, row, unapplied, invoice)
      matched.push(...matches.map((match) => ({ payment: row.id, ...match })))
      if (!isZero(left)) over.push({ payment: row.id, organization: row.organization, currency: row.currency, amount: formatDecimal(left) })
      const applied = subtract(unapplied, left)
      if (isZero(applied)) continue
      await postMoney(sql, {
        id: await nextMatching(sql, row.id), kind: 'payment', at: clock.now(), currency: row.currency, note: matches.map((match) => match.number).join(', '),
        entries: [{ account: { id: `unapplied/${row.organization}`, organization: row.organization }, amount: applied }, { account: { id: `invoiced/${row.organization}`, organization: row.organization }, amount: negate(applied) }],
      })
    }
    return { matched, left: over }
  })
}

export type Prepaid =
  | { readonly status: 'recorded' }
  /** The contracts of the customer have no credit of that id that is paid for; these they have. */
  | { readonly status: 'no-grant'; readonly grants: readonly string[] }
  | { readonly status: 'other-currency'; readonly contract: string; readonly currency: string }
  | { readonly status: 'paid-already'; readonly amount: string; readonly currency: string }

/** Prepaid credit is bought: what came in is owed back in service, in the currency in which the contract draws it. Once an organization and grant. */
export async function recordPrepayment(store: Store, clock: Clock, organization: string, grant: string, currency: string, amount: string): Promise<Prepaid> {
  return store.transaction('admin', async (sql): Promise<Prepaid> => {
    const id = `prepaid:${organization}:${grant}`
    await sql('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [id])
    const [known] = await sql<{ amount: string; currency: string }>('SELECT amount, currency FROM ledger_transaction WHERE id = $1', [id])
    if (known !== undefined) return known.currency === currency && compare(decimal(known.amount), decimal(amount)) === 0 ? { status: 'recorded' } : { status: 'paid-already', currency: known.currency, amount: formatDecimal(decimal(known.amount)) }
    const contracts = (await sql<{ body: unknown }>(`SELECT DISTINCT ON (id) body FROM contract WHERE party = $1 AND side = 'customer' ORDER BY id, version DESC`, [organization])).map((row) => contractSchema.parse(row.body))
    const bought = contracts.flatMap((contract) => [contract.terms, ...contract.amendments.map((item) => item.terms)].flatMap(({ credits = [] }) => credits.filter((item) => item.paid).map((item) => ({ contract, id: item.id }))))
    const found = bought.filter((item) => item.id === grant)
    if (found.length === 0) return { status: 'no-grant', grants: [...new Set(bought.map((item) => item.id))] }
    const other = found.find(({ contract }) => contract.currency !== currency)
    if (other !== undefined) return { status: 'other-currency', contract: other.contract.id, currency: other.contract.currency }
    await postMoney(sql, { id, kind: 'payment', at: clock.now(), currency, entries: [{ account: { id: `cash/${currency}` }, amount: decimal(amount) }, { account: { id: `prepaid/${organization}/${grant}`, organization }, amount: negate(decimal(amount)) }] })
    return { status: 'recorded' }
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
