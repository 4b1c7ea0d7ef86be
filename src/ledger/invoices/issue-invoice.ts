/**
 *   draft ──issue──► issued ──payments and credit notes reach what is due──► paid
 *                      │ ▲────────a bank takes a payment back────────────────┘
 *                      └────void (nothing paid)────► void
 *
 * Issuing gives the number, freezes the document and posts it, in one transaction: so numbers have no gaps, and what is
 * invoiced is what the books say, to the cent.
 */
import { type Clock, isoTime } from '../../kernel/clock.ts'
import { type Decimal, add, compare, decimal, formatDecimal, isZero, multiply, negate, subtract, sum, zero } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { addDays, dayOf, dayStart, monthPeriod } from '../contracts/calendar.ts'
import { parseSum } from '../contracts/amount.ts'
import { ratesUntil } from '../contracts/exchange.ts'
import { type MoneyEntry, postMoney } from '../money-transaction.ts'
import { raiseEvent } from '../events.ts'
import { lockCustomer } from './draft-invoice.ts'
import { composeInvoice, type ContractDraw, type InvoiceDocument, type InvoiceLine, negatedLines } from './invoice-document.ts'
import { creditedWhole, recordDraws } from './rate-month.ts'
import { releaseOverpaid } from './release-payments.ts'

export interface InvoiceSummary extends Record<string, unknown> {
  readonly id: string
  readonly kind: 'invoice' | 'credit-note'
  readonly organization: string
  readonly status: 'draft' | 'issued' | 'paid' | 'void'
  readonly number: string | null
  readonly currency: string
  readonly total: string
  readonly due: string
  readonly paid: string
  readonly credited: string
  readonly month: string
  readonly ordinal: number
  readonly due_on: string | null
  readonly issued_on: string | null
  readonly transaction_id: string | null
}

export interface InvoiceRow extends InvoiceSummary {
  readonly document: InvoiceDocument
}

/** All but the document, which may be long. */
export const summaryColumns = `id, kind, organization, status, number, currency, total, due, paid, credited, month, ordinal, to_char(due_on, 'YYYY-MM-DD') AS due_on, to_char(issued_on, 'YYYY-MM-DD') AS issued_on, transaction_id`
export const invoiceColumns = `${summaryColumns}, document`

const locked = async (sql: Sql, id: string): Promise<InvoiceRow | undefined> => (await sql<InvoiceRow>(`SELECT ${invoiceColumns} FROM invoice WHERE id = $1 FOR UPDATE`, [id]))[0]

/** The id of an invoice or note that is named by its number, as people have it, or by its id; undefined: there is none. Ids of notes are chosen, so a number goes first. */
export async function invoiceNamed(store: Store, name: string): Promise<string | undefined> {
  const [row] = await store.query<{ id: string }>('admin', 'SELECT id FROM invoice WHERE id = $1 OR number = $1 ORDER BY number IS DISTINCT FROM $1 LIMIT 1', [name])
  return row?.id
}

export type Issued =
  | { readonly status: 'issued'; readonly number: string; readonly document: InvoiceDocument }
  | { readonly status: 'unknown' }
  | { readonly status: 'not-a-draft'; readonly number: string | undefined }

/** The next number of a series; the row stays locked until the transaction ends, so a failure gives the number back. */
async function nextNumber(sql: Sql, prefix: string, year: string): Promise<string> {
  const series = `${prefix}-${year}`
  await sql('INSERT INTO number_series (series) VALUES ($1) ON CONFLICT DO NOTHING', [series])
  const [row] = await sql<{ last: string }>('UPDATE number_series SET last = last + 1 WHERE series = $1 RETURNING last', [series])
  return `${series}-${(row?.last ?? '').padStart(6, '0')}`
}

/** What usage lines were booked at when the calls were posted: list price, by project, in the currency of the list. */
async function bookedUsage(sql: Sql, invoice: string): Promise<readonly { readonly project: string; readonly currency: string; readonly day: string; readonly amount: Decimal }[]> {
  const rows = await sql<{ project: string; currency: string; day: string; amount: string }>(`
    SELECT u.project, u.currency, to_char(u.day, 'YYYY-MM-DD') AS day, sum(iu.quantity * u.unit_price) AS amount
    FROM invoice_usage iu JOIN usage_day u ON u.day = iu.day AND u.dims = iu.dims WHERE iu.invoice = $1 GROUP BY u.project, u.currency, u.day ORDER BY 1, 2, 3`, [invoice])
  return rows.map((row) => ({ ...row, amount: decimal(row.amount) }))
}

const isUsage = (line: InvoiceLine): boolean => line.kind === 'usage' || (line.kind === 'late-usage' && line.meter !== undefined)

/**
 * Takes the usage off the receivables at list price, and puts what is owed in their place; the difference is discount.
 * Entries per currency sum to zero: foreign usage passes through an exchange account at the rates of its days.
 */
async function invoiceEntries(sql: Sql, document: InvoiceDocument): Promise<readonly MoneyEntry[]> {
  const { organization, currency } = document
  const entries: MoneyEntry[] = []
  const rateOn = await ratesUntil(sql, monthPeriod(document.month).until)
  let list = zero
  for (const booked of await bookedUsage(sql, document.id)) {
    const account = { id: `receivable/${organization}/${booked.project}`, organization, project: booked.project }
    entries.push({ account, amount: negate(booked.amount), currency: booked.currency })
    const rate = rateOn(booked.currency, currency, booked.day)
    if (rate === undefined) throw new Error(`no rate from ${booked.currency} to ${currency} on ${booked.day}, which the draft had`)
    const own = multiply(booked.amount, rate)
    list = add(list, own)
    if (booked.currency === currency) continue
    entries.push({ account: { id: `exchange/${booked.currency}` }, amount: booked.amount, currency: booked.currency })
    entries.push({ account: { id: `exchange/${currency}` }, amount: negate(own) })
  }
  const usage = sum(document.lines.filter(isUsage).map((line) => decimal(line.exact)))
  const reductions = sum(document.lines.filter((line) => line.kind === 'spend-discount' || line.kind === 'credit').map((line) => decimal(line.exact)))
  const fees = subtract(subtract(decimal(document.exact), usage), reductions)
  entries.push(
    { account: { id: `discount/${organization}`, organization }, amount: subtract(subtract(list, usage), reductions) },
    { account: { id: `fees/${organization}`, organization }, amount: negate(fees) },
    { account: { id: `invoiced/${organization}`, organization }, amount: decimal(document.due) },
    { account: { id: `rounding/${currency}` }, amount: decimal(document.remainder) },
    ...document.taxes.map((tax) => ({ account: { id: `tax/${tax.name}` }, amount: negate(decimal(tax.amount)) })),
    ...document.prepaidDraws.map((draw) => ({ account: { id: `prepaid/${organization}/${draw.grant}`, organization }, amount: decimal(draw.amount) })),
  )
  return entries
}

/** The months that an invoice rates: its own, and those that came late onto it. */
async function monthsOn(sql: Sql, invoice: string): Promise<readonly string[]> {
  return (await sql<{ month: string }>('SELECT month FROM rated_month WHERE invoice = $1 ORDER BY month', [invoice])).map((row) => row.month)
}

export const issueInvoice = (store: Store, clock: Clock, id: string): Promise<Issued> => store.transaction('jobs', (sql) => issueIn(sql, clock, id))

/** The same within a transaction of the caller's. */
export async function issueIn(sql: Sql, clock: Clock, id: string): Promise<Issued> {
  const row = await locked(sql, id)
  if (row === undefined) return { status: 'unknown' }
  if (row.status !== 'draft') return { status: 'not-a-draft', number: row.number ?? undefined }
  const issuedOn = dayOf(clock.now())
  const number = await nextNumber(sql, 'INV', issuedOn.slice(0, 4))
  const dueOn = addDays(issuedOn, row.document.paymentDays)
  const document: InvoiceDocument = { ...row.document, number, issuedOn, dueOn }
  const transaction = `invoice:${id}`
  await postMoney(sql, { id: transaction, kind: 'invoice', at: clock.now(), currency: document.currency, entries: await invoiceEntries(sql, document), note: number })
  await sql(`UPDATE invoice SET status = CASE WHEN due = 0 THEN 'paid' ELSE 'issued' END, number = $2, issued_on = $3, due_on = $4, issued_at = $5, transaction_id = $6, document = $7 WHERE id = $1`,
    [id, number, issuedOn, dueOn, isoTime(clock.now()), transaction, JSON.stringify(document)])
  for (const month of await monthsOn(sql, id)) await recordDraws(sql, clock, row.organization, month)
  return { status: 'issued', number, document }
}

/** Whether one note credits an invoice whole: what it drew is back then, and nothing more can be credited or taken back. */
const isCreditedWhole = async (sql: Sql, invoice: string): Promise<boolean> => (await sql(`SELECT 1 FROM invoice i WHERE i.id = $1 AND ${creditedWhole}`, [invoice])).length > 0

/** Of the month of an invoice, one that stands and was made after it: it bills what changed since, and so rests on it. */
async function furtherInvoice(sql: Sql, { id, organization, month }: Pick<InvoiceRow, 'id' | 'organization' | 'month'>): Promise<{ readonly number: string; readonly back: boolean } | undefined> {
  const [row] = await sql<{ number: string; back: boolean }>(`SELECT number, ${creditedWhole} AS back FROM invoice i WHERE organization = $1 AND month = $2 AND kind = 'invoice' AND status IN ('issued', 'paid')
    AND ordinal > (SELECT ordinal FROM invoice WHERE id = $3) ORDER BY back, ordinal DESC LIMIT 1`, [organization, month, id])
  return row
}

export type Voided = { readonly status: 'void' } | { readonly status: 'unknown' } | { readonly status: 'not-voidable'; readonly why: string }

/** Takes an issued invoice back whole; its usage and its credit are free to be billed and drawn again. The number stays used. */
export async function voidInvoice(store: Store, clock: Clock, id: string, reason: string): Promise<Voided> {
  return store.transaction('admin', async (sql) => {
    const row = await locked(sql, id)
    if (row === undefined) return { status: 'unknown' }
    if (row.status === 'void') return { status: 'void' }
    if (row.status === 'draft') return { status: 'not-voidable', why: 'it is a draft: make it again or leave it' }
    if (await isCreditedWhole(sql, id)) return { status: 'not-voidable', why: 'a note over the whole of it stands: nothing is left to take back' }
    if (Number(row.paid) + Number(row.credited) !== 0 || row.kind === 'credit-note') return { status: 'not-voidable', why: 'something was paid or credited on it: write a credit note' }
    const further = await furtherInvoice(sql, row)
    if (further !== undefined) return { status: 'not-voidable', why: further.back ? `a further invoice of its month, ${further.number}, was credited whole: write a credit note over this one too` : `a further invoice of its month, ${further.number}, rests on it: take that back first` }
    const later = await sql(`SELECT 1 FROM invoice WHERE organization = $1 AND month > $2 AND status IN ('issued', 'paid') LIMIT 1`, [row.organization, row.month])
    if (later.length > 0) return { status: 'not-voidable', why: 'a later month is issued already: write a credit note' }
    const entries = await sql<{ account: string; currency: string; amount: string }>('SELECT account, currency, amount FROM entry WHERE transaction_id = $1', [row.transaction_id])
    await postMoney(sql, {
      id: `void:${id}`, kind: 'correction', at: clock.now(), currency: row.currency, corrects: row.transaction_id ?? '', note: reason,
      entries: entries.map((entry) => ({ account: { id: entry.account }, currency: entry.currency, amount: negate(decimal(entry.amount)) })),
    })
    await sql('UPDATE credit_draw SET active = false WHERE invoice = $1', [id])
    await sql(`UPDATE invoice SET status = 'void' WHERE id = $1`, [id])
    for (const month of await monthsOn(sql, id)) await recordDraws(sql, clock, row.organization, month)
    await raiseEvent(sql, clock, 'invoice-void', `invoice/${row.number}`, id, { reason, total: row.total })
    return { status: 'void' }
  })
}

export type Credited =
  | { readonly status: 'issued'; readonly id: string; readonly number: string; readonly document: InvoiceDocument }
  | { readonly status: 'unknown' }
  | { readonly status: 'not-creditable'; readonly why: string }

/**
 * Lines of a credit note: all of the invoice's, or one sum for a stated reason. A note over the whole invoice, of all lines
 * or of a sum that comes to the same total, gives back what the invoice drew of credits and commitments, as a void does; one
 * over a part gives money alone, since what was used was drawn.
 */
export type CreditOf = { readonly all: true } | { readonly net: string; readonly description: string } | { readonly lines: readonly InvoiceLine[] }

function creditLines(invoice: InvoiceDocument, of: CreditOf): readonly InvoiceLine[] {
  if ('all' in of) return negatedLines(invoice.lines)
  if ('lines' in of) return of.lines
  const amount = `-${of.net.replace(/^-/, '')}`
  return [{ n: 1, kind: 'credit-note', description: of.description, rule: 'credit note', from: invoice.from, until: invoice.until, quantity: '-1', unit: 'credit', unitPrice: of.net, exact: amount, payable: amount, calls: 0, priceRows: [] }]
}

/**
 * Writes and issues a credit note against an issued invoice; both sides of the books follow. Its amounts are negative.
 * `id` makes it idempotent: the same id again answers the note that is there.
 */
export const creditInvoice = (store: Store, clock: Clock, invoice: string, id: string, of: CreditOf, reason: string): Promise<Credited> =>
  store.transaction('admin', (sql) => creditIn(sql, clock, invoice, id, of, reason))

/** What has a note's id already: that note, where it is over this invoice. */
function knownNote({ id, kind, number, document }: InvoiceRow, invoice: InvoiceRow): Credited {
  if (kind !== 'credit-note') return { status: 'not-creditable', why: `${id} is an invoice: give the note an id of its own` }
  const over = document.corrects?.number ?? ''
  return over === invoice.number ? { status: 'issued', id, number: number ?? '', document } : { status: 'not-creditable', why: `${id} is a note over ${over} already: give this one an id of its own` }
}

/** The same within a transaction of the caller's. */
export async function creditIn(sql: Sql, clock: Clock, invoiceId: string, id: string, of: CreditOf, reason: string): Promise<Credited> {
  // Notes of a month are counted over all of its invoices: those of one customer take turns.
  const [owner] = await sql<{ organization: string }>('SELECT organization FROM invoice WHERE id = $1', [invoiceId])
  if (owner !== undefined) await lockCustomer(sql, owner.organization)
  const row = await locked(sql, invoiceId)
  if (row === undefined) return { status: 'unknown' }
  const known = await locked(sql, id)
  if (known !== undefined) return knownNote(known, row)
  if (row.kind !== 'invoice' || (row.status !== 'issued' && row.status !== 'paid')) return { status: 'not-creditable', why: `it is a ${row.kind} and ${row.status}` }
  if ('net' in of && parseSum(of.net.replace(/^-/, ''), row.currency) === undefined) return { status: 'not-creditable', why: `${of.net} is no sum of ${row.currency}: name one above zero in whole minor units, such as 12.50` }
  const issuedOn = dayOf(clock.now())
  const { document: invoice } = row
  const [ordinal] = await sql<{ n: string }>(`SELECT count(*) + 1 AS n FROM invoice WHERE organization = $1 AND month = $2 AND kind = 'credit-note'`, [row.organization, row.month])
  const note = (draws: readonly ContractDraw[]): InvoiceDocument => composeInvoice({
    kind: 'credit-note', id, month: invoice.month, from: invoice.from, until: invoice.until, currency: invoice.currency, organization: invoice.organization, contract: invoice.contract,
    contractVersion: invoice.contractVersion, paymentDays: invoice.paymentDays, seller: invoice.seller, buyer: invoice.buyer, lines: creditLines(invoice, of), draws,
    corrects: { number: row.number ?? '', issuedOn: row.issued_on ?? '' }, reason,
  })
  if (await isCreditedWhole(sql, invoiceId)) return { status: 'not-creditable', why: 'a note over the whole of it stands already: nothing is left to credit' }
  const part = note([])
  const credited = negate(decimal(part.total))
  const whole = isZero(decimal(row.credited)) && compare(credited, decimal(row.total)) === 0
  const draft = whole ? note(invoice.prepaidDraws.map(({ grant, amount, contract }) => ({ grant, contract: contract ?? invoice.contract, amount: negate(decimal(amount)) }))) : part
  // A new rating takes no invoice back, though it may leave nothing of one.
  const further = whole && !('lines' in of) ? await furtherInvoice(sql, row) : undefined
  if (further?.back === false) return { status: 'not-creditable', why: `a further invoice of its month, ${further.number}, rests on it: credit or void that whole first` }
  const left = subtract(decimal(row.total), decimal(row.credited))
  if (compare(credited, zero) <= 0) return { status: 'not-creditable', why: `a credit of ${formatDecimal(credited)} gives nothing back: name an amount above zero` }
  if (compare(credited, left) > 0) return { status: 'not-creditable', why: `a credit of ${formatDecimal(credited)} with tax is more than the ${formatDecimal(left)} that is left of ${row.number ?? invoiceId}: credit at most that, and the rest on another invoice` }
  const number = await nextNumber(sql, 'CN', issuedOn.slice(0, 4))
  const document: InvoiceDocument = { ...draft, number, issuedOn, dueOn: issuedOn }
  const { organization } = row
  await postMoney(sql, {
    id: `credit-note:${id}`, kind: 'correction', at: clock.now(), currency: row.currency, corrects: row.transaction_id ?? '', note: number,
    entries: [
      { account: { id: `invoiced/${organization}`, organization }, amount: decimal(document.due) },
      ...document.prepaidDraws.map((draw) => ({ account: { id: `prepaid/${organization}/${draw.grant}`, organization }, amount: decimal(draw.amount) })),
      { account: { id: `credited/${organization}`, organization }, amount: negate(decimal(document.exact)) },
      { account: { id: `rounding/${row.currency}` }, amount: decimal(document.remainder) },
      ...document.taxes.map((tax) => ({ account: { id: `tax/${tax.name}` }, amount: negate(decimal(tax.amount)) })),
    ],
  })
  await sql(`INSERT INTO invoice (id, kind, organization, contract, contract_version, month, ordinal, status, number, currency, net, tax, total, prepaid, due, issued_on, due_on, document, corrects, transaction_id, created_at, issued_at)
    VALUES ($1, 'credit-note', $2, $3, $4, $5, $6, 'issued', $7, $8, $9, $10, $11, $17, $18, $12, $12, $13, $14, $15, $16, $16)`,
  [id, organization, document.contract, document.contractVersion, row.month, ordinal?.n ?? 1, number, row.currency, document.net, document.tax, document.total, issuedOn, JSON.stringify(document), invoiceId, `credit-note:${id}`, isoTime(clock.now()), document.prepaid, document.due])
  await sql(`UPDATE invoice SET credited = credited + $2, status = CASE WHEN paid + credited + $2 >= due THEN 'paid' ELSE status END WHERE id = $1`, [invoiceId, formatDecimal(negate(decimal(document.due)))])
  await releaseOverpaid(sql, clock, invoiceId, { id, number })
  if (whole) {
    await sql('UPDATE credit_draw SET active = false WHERE invoice = $1', [invoiceId])
    for (const month of await monthsOn(sql, invoiceId)) await recordDraws(sql, clock, organization, month)
  }
  return { status: 'issued', id, number, document }
}

/** Days past due, for dunning. */
export const daysOverdue = (dueOn: string, today: string): number => Math.max(0, Math.round((dayStart(today) - dayStart(dueOn)) / 86_400_000))
