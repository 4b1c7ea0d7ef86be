/**
 * A contract that came late, or was amended for a month that is billed: the month is rated again under the version in
 * force now, over what was billed, and the difference becomes a document of its own in the open period: a further invoice
 * where more is owed, credit notes against the invoices that billed it where less is. Previewed first; what the preview showed is what is
 * applied, or nothing.
 * Budget periods that are over are not touched: they consumed the prices known at admission (DESIGN.md, Hard budgets). One
 * that is still open (a `total`) is charged the difference, and admits nothing more where that takes it beyond its limit.
 */
import { createHash } from 'node:crypto'
import { type Clock, isoTime } from '../../kernel/clock.ts'
import { assert } from '../../kernel/assert.ts'
import { add, asFraction, decimal, divideRounded, formatDecimal, formatFixed, isNegative, isZero, negate, picoScale, roundUp, subtract, sum } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { adjustBudgets, type Recharge } from '../adjust-budgets.ts'
import { dayStart, monthPeriod } from '../contracts/calendar.ts'
import { termsOn } from '../contracts/contract.ts'
import { contractsIn } from '../contracts/contract-store.ts'
import { mainOf } from '../contracts/cover.ts'
import { minorDigits } from '../contracts/currency.ts'
import { ratesUntil } from '../contracts/exchange.ts'
import { type Difference, lineDifference } from '../contracts/line-difference.ts'
import { partyOf } from '../contracts/party.ts'
import { type Billing, divideCredit } from './divide-credit.ts'
import { lockCustomer } from './draft-invoice.ts'
import { composeInvoice, type InvoiceDocument, invoiceLine } from './invoice-document.ts'
import { creditIn, type InvoiceRow, invoiceColumns, issueIn } from './issue-invoice.ts'
import { billedUsage, CannotRate, creditedWhole, heldUnder, lastRating, type NotRatable, type RatedMonth, rateUsage, recordDraws, recordRating } from './rate-month.ts'
import { linesFromJson, linesToJson } from './rated-lines.ts'

export interface Preview {
  readonly organization: string
  readonly month: string
  readonly currency: string
  /** Version it was billed under, and the one in force now; of several in the month, the one that begins last. */
  readonly from: { readonly contract: string; readonly version: number }
  readonly to: { readonly contract: string; readonly version: number }
  readonly change: Difference
  /** Names exactly this difference: given back to apply it. */
  readonly token: string
}

export type Previewed = { readonly status: 'previewed'; readonly preview: Preview } | { readonly status: 'not-billed' } | { readonly status: 'no-change' } | { readonly status: 'other-currency'; readonly billed: string; readonly now: string } | NotRatable

interface Found {
  readonly preview: Preview
  readonly after: RatedMonth
}

async function differenceIn(sql: Sql, organization: string, month: string): Promise<Found | Exclude<Previewed, { status: 'previewed' }>> {
  const last = await lastRating(sql, organization, month)
  const [invoice] = await sql<InvoiceRow>(`SELECT ${invoiceColumns} FROM invoice WHERE organization = $1 AND month = $2 AND kind = 'invoice' AND status IN ('issued', 'paid') ORDER BY ordinal LIMIT 1`, [organization, month])
  if (last === undefined || invoice === undefined) return { status: 'not-billed' }
  const holding = await contractsIn(sql, organization, 'customer', month, invoice.currency)
  const { contract, version } = mainOf(holding)
  if (contract.currency !== invoice.currency) return { status: 'other-currency', billed: invoice.currency, now: contract.currency }
  let after: RatedMonth
  try {
    after = await rateUsage(sql, month, await billedUsage(sql, organization, month), holding, await ratesUntil(sql, monthPeriod(month).until))
  } catch (cause) {
    if (cause instanceof CannotRate) return cause.why
    throw cause
  }
  const change = lineDifference({ lines: linesFromJson(last.lines), currency: contract.currency }, after)
  if (change.lines.length === 0 || isZero(change.total)) return { status: 'no-change' }
  const token = createHash('sha256').update(JSON.stringify([organization, month, contract.id, version, linesToJson(change.lines)])).digest('hex').slice(0, 24)
  return { after, preview: { organization, month, currency: contract.currency, from: { contract: last.contract, version: last.version }, to: { contract: contract.id, version }, change, token } }
}

/** What re-rating a billed month would change. Changes nothing. */
export async function previewReRating(store: Store, organization: string, month: string): Promise<Previewed> {
  const found = await store.transaction('admin', (sql) => differenceIn(sql, organization, month))
  return 'preview' in found ? { status: 'previewed', preview: found.preview } : found
}

/** A document that a new rating made: a further invoice, or a credit note against an invoice that had billed too much. */
export interface Made { readonly id: string; readonly number: string; readonly total: string; readonly against?: string }

export type Applied =
  /** `id` and `number` of the first document, `total` of all. */
  | (Made & { readonly status: 'invoiced' | 'credited'; readonly documents: readonly Made[] })
  | { readonly status: 'changed-since-preview' } | { readonly status: 'not-possible'; readonly why: string }

/** The difference by project: what open budgets of the customer are charged more, or less. */
const rechargesOf = ({ preview }: Found): readonly Recharge[] => preview.change.lines.map((line) => ({
  organization: preview.organization, ...(line.project === undefined ? {} : { project: line.project }), at: dayStart(monthPeriod(preview.month).until) - 1, currency: preview.currency, amount: line.amount,
}))

class NotPossible extends Error {}

/**
 * Drafts the further invoice. Its usage was billed and booked before, so it takes none with it. A draft that was
 * never issued makes room.
 */
async function draftFurther(sql: Sql, clock: Clock, found: Found): Promise<string> {
  const { preview, after } = found
  const { organization, month, currency } = preview
  const { contract, version } = after.main
  await sql(`DELETE FROM rated_month WHERE invoice IN (SELECT id FROM invoice WHERE organization = $1 AND month = $2 AND status = 'draft')`, [organization, month])
  await sql(`DELETE FROM invoice WHERE organization = $1 AND month = $2 AND status = 'draft'`, [organization, month])
  const [next] = await sql<{ n: number }>(`SELECT max(ordinal) + 1 AS n FROM invoice WHERE organization = $1 AND month = $2 AND kind = 'invoice'`, [organization, month])
  const ordinal = next?.n ?? 1
  const id = `inv_${organization}_${month}_${ordinal}`
  const buyer = await partyOf(sql, organization)
  const under = heldUnder(after.parts)
  const document = composeInvoice({
    kind: 'invoice', id, month, ...after.period, currency, organization, contract: contract.id, contractVersion: version, ...(under === undefined ? {} : { heldUnder: under }),
    paymentDays: termsOn(contract, after.period.from).paymentDays, seller: await partyOf(sql, 'self'), buyer, draws: [], reason: `rated again under version ${version} of ${contract.id}`,
    lines: preview.change.lines.map((line, index) => ({ ...invoiceLine(line, index + 1, buyer, currency), kind: 'late-usage' as const })),
  })
  await sql(`INSERT INTO invoice (id, kind, organization, contract, contract_version, month, ordinal, status, currency, net, tax, total, prepaid, due, document, created_at)
    VALUES ($1, 'invoice', $2, $3, $4, $5, $6, 'draft', $7, $8, $9, $10, 0, $10, $11, $12)`,
  [id, organization, contract.id, version, month, ordinal, currency, document.net, document.tax, document.total, JSON.stringify(document), isoTime(clock.now())])
  await recordRating(sql, organization, id, after)
  return id
}

/** The invoices that billed something of the month, the latest first, each with what it says of it, and what is left of it. */
async function billingsOf(sql: Sql, organization: string, month: string, currency: string): Promise<readonly (Billing & Pick<InvoiceRow, 'number' | 'month'>)[]> {
  const rows = await sql<InvoiceRow>(`SELECT ${invoiceColumns} FROM invoice i WHERE kind = 'invoice' AND status IN ('issued', 'paid') AND currency = $3 AND NOT ${creditedWhole}
    AND id IN (SELECT invoice FROM rated_month WHERE organization = $1 AND month = $2) ORDER BY month DESC, ordinal DESC`, [organization, month, currency])
  const notes = await sql<{ corrects: string; document: InvoiceDocument }>('SELECT corrects, document FROM invoice WHERE corrects = ANY ($1::text[]) ORDER BY id', [rows.map((row) => row.id)])
  return rows.map((row) => {
    const documents = [row.document, ...notes.filter((note) => note.corrects === row.id).map((note) => note.document)]
    const tax = decimal(row.document.taxes[0]?.percent ?? '0')
    const gross = subtract(decimal(row.total), decimal(row.credited))
    const left = isZero(decimal(row.credited)) ? decimal(row.document.net) : negate(roundUp(negate(divideRounded(gross, add(decimal(1), asFraction(tax)), picoScale)), minorDigits(currency)))
    return { invoice: row.id, number: row.number, month: row.month, left, lines: documents.flatMap(({ lines }) => lines.filter((line) => month === (line.kind === 'late-usage' ? line.from.slice(0, 7) : row.month))) }
  })
}

/** Credits each invoice with its part of what is less, all of them or none. */
async function credit(sql: Sql, clock: Clock, { preview, after }: Found): Promise<readonly Made[]> {
  const { organization, month, currency, token } = preview
  const buyer = await partyOf(sql, organization)
  const billings = await billingsOf(sql, organization, month, currency)
  const parts = divideCredit(preview.change.lines.map((line, index) => invoiceLine(line, index + 1, buyer, currency)), billings, currency)
  if (parts === undefined) {
    const left = sum(billings.map((billing) => billing.left))
    throw new NotPossible(`${formatDecimal(negate(preview.change.total))} ${currency} is to be given back and ${formatDecimal(left)} is left of the invoices that billed ${month} (${billings.map(({ number }) => number).join(', ')}): pay the customer the rest apart, or agree a price that leaves it`)
  }
  const made: Made[] = []
  for (const [index, { invoice, lines }] of parts.entries()) {
    const id = `cn_${organization}_${month}_${token}${index === 0 ? '' : `_${index + 1}`}`
    const billing = billings.find((one) => one.invoice === invoice)
    const own = billing?.month === month ? lines : lines.map((line) => ({ ...line, kind: 'late-usage' as const }))
    const done = await creditIn(sql, clock, invoice, id, { lines: own }, `${month} rated again under version ${preview.to.version} of ${preview.to.contract}`)
    if (done.status !== 'issued') throw new NotPossible(done.status === 'unknown' ? 'its invoice is gone' : done.why)
    made.push({ id, number: done.number, total: done.document.total, ...(billing?.number === undefined || billing.number === null ? {} : { against: billing.number }) })
  }
  await recordRating(sql, organization, made[0]?.id ?? '', after)
  await recordDraws(sql, clock, organization, month)
  return made
}

async function charge(sql: Sql, clock: Clock, found: Found): Promise<readonly Made[]> {
  const id = await draftFurther(sql, clock, found)
  const issued = await issueIn(sql, clock, id)
  if (issued.status !== 'issued') throw new NotPossible(`the further invoice ${id} is ${issued.status}`)
  return [{ id, number: issued.number, total: formatFixed(decimal(issued.document.total)) }]
}

/** Applies what a preview showed, whole or not at all. Applying it again finds no change: the difference is in the books by then. */
export async function applyReRating(store: Store, clock: Clock, organization: string, month: string, token: string): Promise<Applied> {
  try {
    return await store.transaction('admin', async (sql): Promise<Applied> => {
      await lockCustomer(sql, organization)
      const found = await differenceIn(sql, organization, month)
      if (!('preview' in found) || found.preview.token !== token) return { status: 'changed-since-preview' }
      const { preview } = found
      await adjustBudgets(sql, clock, `re-rate:${token}`, `${month} was rated again under ${preview.to.contract}`, rechargesOf(found))
      const less = isNegative(preview.change.total)
      const documents = less ? await credit(sql, clock, found) : await charge(sql, clock, found)
      const [first] = documents
      assert(first !== undefined, 'a difference makes a document')
      return { ...first, status: less ? 'credited' : 'invoiced', total: formatFixed(sum(documents.map((each) => decimal(each.total)))), documents }
    })
  } catch (cause) {
    if (cause instanceof NotPossible) return { status: 'not-possible', why: cause.message }
    throw cause
  }
}
