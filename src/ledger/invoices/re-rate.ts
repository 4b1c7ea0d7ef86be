/**
 * A contract that came late, or was amended for a month that is billed: the month is rated again under the version in
 * force now, over what was billed, and the difference becomes a document of its own in the open period: a further invoice
 * where more is owed, a credit note where less is. Previewed first; what the preview showed is what is applied, or nothing.
 * Budget periods that are over are not touched: they consumed the prices known at admission (DESIGN.md, Hard budgets). One
 * that is still open (a `total`) is charged the difference, and admits nothing more where that takes it beyond its limit.
 */
import { createHash } from 'node:crypto'
import { type Clock, isoTime } from '../../kernel/clock.ts'
import { decimal, formatDecimal, isNegative, isZero } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { adjustBudgets, type Recharge } from '../adjust-budgets.ts'
import { dayStart, monthPeriod, overlap } from '../contracts/calendar.ts'
import { termPeriod, termsOn } from '../contracts/contract.ts'
import { contractIn, listContract, type StoredContract } from '../contracts/contract-store.ts'
import { converted, ratesUntil } from '../contracts/exchange.ts'
import { type Difference, lineDifference } from '../contracts/line-difference.ts'
import { partyOf } from '../contracts/party.ts'
import { type RatedPeriod, rateUnderContract } from '../contracts/rate-contract.ts'
import { drawnBefore } from './draft-invoice.ts'
import { composeInvoice, invoiceLine } from './invoice-document.ts'
import { creditInvoice, type InvoiceRow, invoiceColumns, issueInvoice } from './issue-invoice.ts'
import { monthUsage } from './month-usage.ts'
import { linesFromJson, linesToJson } from './rated-lines.ts'

export interface Preview {
  readonly organization: string
  readonly month: string
  readonly currency: string
  /** Version it was billed under, and the one in force now. */
  readonly from: { readonly contract: string; readonly version: number }
  readonly to: { readonly contract: string; readonly version: number }
  readonly change: Difference
  /** Names exactly this difference: given back to apply it. */
  readonly token: string
}

export type Previewed = { readonly status: 'previewed'; readonly preview: Preview } | { readonly status: 'not-billed' } | { readonly status: 'no-change' } | { readonly status: 'other-currency'; readonly billed: string; readonly now: string } | { readonly status: 'no-exchange-rate' }

interface Found {
  readonly preview: Preview
  readonly stored: StoredContract
  readonly after: RatedPeriod
  readonly invoice: InvoiceRow
}

async function differenceIn(sql: Sql, organization: string, month: string): Promise<Found | Exclude<Previewed, { status: 'previewed' }>> {
  const [last] = await sql<{ contract: string; contract_version: number; lines: unknown }>(`
    SELECT r.contract, r.contract_version, r.lines FROM rated_month r JOIN invoice i ON i.id = r.invoice
    WHERE r.organization = $1 AND r.month = $2 AND i.status IN ('issued', 'paid') ORDER BY r.n DESC LIMIT 1`, [organization, month])
  const [invoice] = await sql<InvoiceRow>(`SELECT ${invoiceColumns} FROM invoice WHERE organization = $1 AND month = $2 AND kind = 'invoice' AND status IN ('issued', 'paid') ORDER BY ordinal LIMIT 1`, [organization, month])
  if (last === undefined || invoice === undefined) return { status: 'not-billed' }
  const stored = await contractIn(sql, organization, 'customer', month) ?? listContract(organization, invoice.currency)
  const { contract } = stored
  if (contract.currency !== invoice.currency) return { status: 'other-currency', billed: invoice.currency, now: contract.currency }
  const rateOn = await ratesUntil(sql, monthPeriod(month).until)
  const rows = (await monthUsage(sql, organization, month)).map((row) => converted({ ...row, quantity: decimal(row.billedQuantity), calls: row.billedAttempts }, contract.currency, rateOn)).filter((row) => row === undefined || !isZero(row.quantity))
  const known = rows.filter((row) => row !== undefined)
  if (known.length !== rows.length) return { status: 'no-exchange-rate' }
  const period = overlap(monthPeriod(month), termPeriod(contract)) ?? monthPeriod(month)
  const after = rateUnderContract(known, contract, period, await drawnBefore(sql, contract.id, month))
  const change = lineDifference({ lines: linesFromJson(last.lines), currency: contract.currency }, after)
  if (change.lines.length === 0 || isZero(change.total)) return { status: 'no-change' }
  const token = createHash('sha256').update(JSON.stringify([organization, month, contract.id, stored.version, linesToJson(change.lines)])).digest('hex').slice(0, 24)
  return { stored, after, invoice, preview: { organization, month, currency: contract.currency, from: { contract: last.contract, version: last.contract_version }, to: { contract: contract.id, version: stored.version }, change, token } }
}

/** What re-rating a billed month would change. Changes nothing. */
export async function previewReRating(store: Store, organization: string, month: string): Promise<Previewed> {
  const found = await store.transaction('admin', (sql) => differenceIn(sql, organization, month))
  return 'preview' in found ? { status: 'previewed', preview: found.preview } : found
}

export type Applied = { readonly status: 'invoiced' | 'credited'; readonly id: string; readonly number: string; readonly total: string } | { readonly status: 'changed-since-preview' } | { readonly status: 'not-possible'; readonly why: string }

const recordRating = (sql: Sql, found: Found, id: string): Promise<unknown> =>
  sql('INSERT INTO rated_month (organization, month, contract, contract_version, lines, invoice) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING',
    [found.preview.organization, found.preview.month, found.preview.to.contract, found.preview.to.version, JSON.stringify(linesToJson(found.after.lines)), id])

/** The difference by project: what open budgets of the customer are charged more, or less. */
const rechargesOf = ({ preview }: Found): readonly Recharge[] => preview.change.lines.map((line) => ({
  organization: preview.organization, ...(line.project === undefined ? {} : { project: line.project }), at: dayStart(monthPeriod(preview.month).until) - 1, currency: preview.currency, amount: line.amount,
}))

const chargeBudgets = (store: Store, clock: Clock, found: Found): Promise<unknown> =>
  store.transaction('admin', (sql) => adjustBudgets(sql, clock, `re-rate:${found.preview.token}`, `${found.preview.month} was rated again under ${found.preview.to.contract}`, rechargesOf(found)))

/** Drafts the further invoice. Its usage was billed and booked before, so it takes none with it. */
async function draftFurther(sql: Sql, clock: Clock, found: Found): Promise<string> {
  const { preview, stored, after } = found
  const { organization, month, currency } = preview
  const [next] = await sql<{ n: number }>(`SELECT max(ordinal) + 1 AS n FROM invoice WHERE organization = $1 AND month = $2 AND kind = 'invoice'`, [organization, month])
  const ordinal = next?.n ?? 1
  const id = `inv_${organization}_${month}_${ordinal}`
  const buyer = await partyOf(sql, organization)
  const document = composeInvoice({
    kind: 'invoice', id, month, ...after.period, currency, organization, contract: stored.contract.id, contractVersion: stored.version, paymentDays: termsOn(stored.contract, after.period.from).paymentDays,
    seller: await partyOf(sql, 'self'), buyer, draws: [], reason: `rated again under version ${stored.version} of ${stored.contract.id}`,
    lines: preview.change.lines.map((line, index) => ({ ...invoiceLine(line, index + 1, buyer, currency), kind: 'late-usage' as const })),
  })
  await sql(`INSERT INTO invoice (id, kind, organization, contract, contract_version, month, ordinal, status, currency, net, tax, total, prepaid, due, document, created_at)
    VALUES ($1, 'invoice', $2, $3, $4, $5, $6, 'draft', $7, $8, $9, $10, 0, $10, $11, $12)`,
  [id, organization, stored.contract.id, stored.version, month, ordinal, currency, document.net, document.tax, document.total, JSON.stringify(document), isoTime(clock.now())])
  await recordRating(sql, found, id)
  return id
}

/** Applies what a preview showed. Applying it again finds no change: the difference is in the books by then. */
export async function applyReRating(store: Store, clock: Clock, organization: string, month: string, token: string): Promise<Applied> {
  const found = await store.transaction('admin', (sql) => differenceIn(sql, organization, month))
  if (!('preview' in found) || found.preview.token !== token) return { status: 'changed-since-preview' }
  const { preview, invoice } = found
  await chargeBudgets(store, clock, found)
  if (isNegative(preview.change.total)) {
    const buyer = await store.transaction('admin', (sql) => partyOf(sql, organization))
    const id = `cn_${organization}_${month}_${token}`
    const lines = preview.change.lines.map((line, index) => invoiceLine(line, index + 1, buyer, preview.currency))
    const credited = await creditInvoice(store, clock, invoice.id, id, { lines }, `rated again under version ${preview.to.version} of ${preview.to.contract}`)
    if (credited.status !== 'issued') return { status: 'not-possible', why: credited.status === 'unknown' ? 'its invoice is gone' : credited.why }
    await store.transaction('admin', (sql) => recordRating(sql, found, id))
    return { status: 'credited', id, number: credited.number, total: credited.document.total }
  }
  const id = await store.transaction('admin', (sql) => draftFurther(sql, clock, found))
  const issued = await issueInvoice(store, clock, id)
  if (issued.status !== 'issued') return { status: 'not-possible', why: `the further invoice ${id} is ${issued.status}` }
  return { status: 'invoiced', id, number: issued.number, total: formatDecimal(decimal(issued.document.total)) }
}
