/**
 * Drafts a customer's invoice of a month: this month's lines, what arrived late for earlier ones, credits. A draft may be
 * made again until it is issued; its id is made from customer, month and ordinal, so making it again replaces it.
 */
import { type Clock, isoTime } from '../../kernel/clock.ts'
import { type Decimal, add, compare, decimal, formatDecimal, formatFixed, isNegative, isZero, multiply, negate, subtract, sum, zero } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { monthPeriod, overlap } from '../contracts/calendar.ts'
import { type Contract, termPeriod, termsOn } from '../contracts/contract.ts'
import { contractIn, contractVersion, listContract, type StoredContract } from '../contracts/contract-store.ts'
import { type Draw, drawCredits, type Grant } from '../contracts/draw-credits.ts'
import { converted, type RateOn, ratesUntil } from '../contracts/exchange.ts'
import { lineDifference } from '../contracts/line-difference.ts'
import { type Party, partyOf } from '../contracts/party.ts'
import { chargesByDay, type Line, type RatedPeriod, rateUnderContract } from '../contracts/rate-contract.ts'
import type { UsageRow } from '../contracts/usage-row.ts'
import { composeInvoice, type InvoiceDocument, type InvoiceLine, invoiceLine, totalWithTax } from './invoice-document.ts'
import { type DayUsage, lateMonths, monthUsage } from './month-usage.ts'
import { linesFromJson, linesToJson } from './rated-lines.ts'

export type Drafted =
  | { readonly status: 'drafted'; readonly id: string; readonly document: InvoiceDocument }
  | { readonly status: 'nothing-to-bill' }
  /** An invoice of this month is issued already; what came later goes onto the next month's. */
  | { readonly status: 'already-issued'; readonly id: string }
  | { readonly status: 'no-exchange-rate'; readonly base: string; readonly quote: string; readonly day: string }

interface RatedMonth {
  readonly month: string
  readonly contract: Contract
  readonly version: number
  readonly rated: RatedPeriod
  readonly usage: readonly DayUsage[]
  readonly rows: readonly UsageRow[]
}

class NoRate extends Error {
  readonly row: UsageRow
  readonly quote: string
  constructor(row: UsageRow, quote: string) { super(`no rate from ${row.currency} to ${quote} on ${row.day}`); this.row = row; this.quote = quote }
}

/** The currency of a customer without contract: that of its usage, USD where there is none. */
const currencyOf = (usage: readonly DayUsage[]): string => usage[0]?.currency ?? 'USD'

export async function drawnBefore(sql: Sql, contract: string, month: string): Promise<ReadonlyMap<string, Decimal>> {
  const rows = await sql<{ commitment: string; amount: string }>('SELECT commitment, sum(amount) AS amount FROM commitment_draw WHERE contract = $1 AND month < $2 GROUP BY commitment', [contract, month])
  return new Map(rows.map((row) => [row.commitment, decimal(row.amount)]))
}

/** Rates a month under a contract, from the rollups. Throws NoRate where a row cannot be converted. */
export async function rateMonth(sql: Sql, organization: string, month: string, stored: StoredContract | undefined, rateOn: RateOn, exceptInvoice = ''): Promise<RatedMonth> {
  const usage = await monthUsage(sql, organization, month, exceptInvoice)
  const { contract, version } = stored ?? listContract(organization, currencyOf(usage))
  const rows = usage.map((row) => {
    const same = converted(row, contract.currency, rateOn)
    if (same === undefined) throw new NoRate(row, contract.currency)
    return same
  })
  const period = overlap(monthPeriod(month), termPeriod(contract)) ?? monthPeriod(month)
  const rated = rateUnderContract(rows, contract, period, await drawnBefore(sql, contract.id, month))
  return { month, contract, version, rated, usage, rows }
}

/** Lines of earlier months whose usage grew after they were billed, under the contract version they were billed under. */
async function lateLines(sql: Sql, organization: string, month: string, rateOn: RateOn): Promise<readonly { readonly line: Line; readonly late: RatedMonth }[]> {
  const found: { line: Line; late: RatedMonth }[] = []
  for (const late of await lateMonths(sql, organization, month)) {
    const [last] = await sql<{ contract: string; contract_version: number; lines: unknown }>(`
      SELECT r.contract, r.contract_version, r.lines FROM rated_month r JOIN invoice i ON i.id = r.invoice
      WHERE r.organization = $1 AND r.month = $2 AND i.status IN ('issued', 'paid') ORDER BY r.n DESC LIMIT 1`, [organization, late])
    if (last === undefined) continue
    const contract = last.contract_version === 0 ? undefined : await contractVersion(sql, last.contract, last.contract_version)
    const again = await rateMonth(sql, organization, late, contract === undefined ? undefined : { contract, version: last.contract_version }, rateOn)
    const change = lineDifference({ lines: linesFromJson(last.lines), currency: again.rated.currency }, again.rated)
    for (const line of change.lines) found.push({ line, late: again })
  }
  return found
}

async function grantsOf(sql: Sql, contract: Contract, day: string): Promise<readonly Grant[]> {
  const { credits } = termsOn(contract, day)
  if (credits.length === 0) return []
  const rows = await sql<{ grant_id: string; drawn: string }>('SELECT grant_id, sum(amount) AS drawn FROM credit_draw WHERE contract = $1 AND active GROUP BY grant_id', [contract.id])
  const drawn = new Map(rows.map((row) => [row.grant_id, decimal(row.drawn)]))
  return credits.map((grant) => ({ grant, left: subtract(decimal(grant.amount), drawn.get(grant.id) ?? zero) }))
}

/** Credit that was given, not paid for, lowers the price: one line each, before tax. */
function promotionLines(draws: readonly Draw[], rated: RatedPeriod, first: number): readonly InvoiceLine[] {
  return draws.map((draw, index) => ({
    n: first + index, kind: 'credit', description: `Credit ${draw.grant}`, rule: `credit ${draw.grant}`, from: rated.period.from, until: rated.period.until,
    quantity: '1', unit: 'credit', unitPrice: formatDecimal(negate(draw.amount)), exact: formatDecimal(negate(draw.amount)), payable: formatFixed(negate(draw.amount)), calls: 0, priceRows: [],
  }))
}

interface Body {
  readonly lines: readonly InvoiceLine[]
  readonly draws: readonly Draw[]
  readonly promotions: readonly Draw[]
}

async function bodyOf(sql: Sql, current: RatedMonth, late: readonly { readonly line: Line; readonly late: RatedMonth }[], buyer: Party): Promise<Body> {
  const { rated, contract } = current
  const lines = rated.lines.map((line, index) => invoiceLine(line, index + 1, buyer, contract.currency))
  for (const { line, late: month } of late) {
    const printed = invoiceLine(line, lines.length + 1, buyer, contract.currency)
    lines.push({ ...printed, kind: 'late-usage', description: `${printed.description}, late for ${month.month}` })
  }
  const grants = await grantsOf(sql, contract, rated.period.from)
  const byDay = chargesByDay(current.rows, contract, rated)
  const owed = sum(lines.map((line) => decimal(line.payable)))
  const promotions = drawCredits(contract, grants.filter((item) => !item.grant.paid), byDay, owed)
  const all = [...lines, ...promotionLines(promotions, rated, lines.length + 1)]
  const total = totalWithTax(all, buyer, contract.currency)
  const taxed = new Map([...byDay].map(([day, amount]) => [day, add(amount, multiply(amount, { coefficient: decimal(buyer.tax.percent).coefficient, scale: decimal(buyer.tax.percent).scale + 2 }))]))
  return { lines: all, promotions, draws: drawCredits(contract, grants.filter((item) => item.grant.paid), taxed, total) }
}

async function saveDraft(sql: Sql, clock: Clock, id: string, ordinal: number, document: InvoiceDocument, months: readonly RatedMonth[], promotions: readonly Draw[]): Promise<void> {
  await sql(`INSERT INTO invoice (id, kind, organization, contract, contract_version, month, ordinal, status, currency, net, tax, total, prepaid, due, document, created_at)
    VALUES ($1, 'invoice', $2, $3, $4, $5, $6, 'draft', $7, $8, $9, $10, $11, $12, $13, $14)`,
  [id, document.organization, document.contract, document.contractVersion, document.month, ordinal, document.currency, document.net, document.tax, document.total, document.prepaid, document.due, JSON.stringify(document), isoTime(clock.now())])
  for (const month of months) {
    const fresh = month.usage.filter((row) => formatDecimal(row.quantity) !== formatDecimal(decimal(row.billedQuantity)))
    await sql('INSERT INTO invoice_usage (invoice, day, dims, quantity, attempts) SELECT $1, * FROM unnest($2::date[], $3::text[], $4::numeric[], $5::bigint[])',
      [id, fresh.map((row) => row.day), fresh.map((row) => row.dims), fresh.map((row) => formatDecimal(subtract(row.quantity, decimal(row.billedQuantity)))), fresh.map((row) => row.calls - row.billedAttempts)])
    await sql('INSERT INTO rated_month (organization, month, contract, contract_version, lines, invoice) VALUES ($1, $2, $3, $4, $5, $6)',
      [document.organization, month.month, month.contract.id, month.version, JSON.stringify(linesToJson(month.rated.lines)), id])
  }
  for (const draw of promotions) await sql('INSERT INTO credit_draw (invoice, contract, grant_id, amount) VALUES ($1, $2, $3, $4)', [id, document.contract, draw.grant, formatDecimal(draw.amount)])
  for (const draw of document.prepaidDraws) await sql('INSERT INTO credit_draw (invoice, contract, grant_id, amount) VALUES ($1, $2, $3, $4)', [id, document.contract, draw.grant, draw.amount])
}

interface Place {
  readonly id: string
  readonly ordinal: number
  /** Changes with every invoice of the customer, whoever makes it: what was read while it stood still belongs together. */
  readonly ground: string
}

const lockCustomer = (sql: Sql, organization: string): Promise<unknown> => sql('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`invoice ${organization}`])

async function groundOf(sql: Sql, organization: string): Promise<string> {
  const [row] = await sql<{ ground: string }>(`SELECT md5(coalesce(string_agg(id || status || created_at, ',' ORDER BY id), '')) AS ground FROM invoice WHERE organization = $1`, [organization])
  return row?.ground ?? ''
}

/** Takes the place of the draft: one that is there is taken away, and what it had taken is free again. */
async function takePlace(sql: Sql, organization: string, month: string): Promise<Place | Extract<Drafted, { status: 'already-issued' }>> {
  await lockCustomer(sql, organization)
  const [before] = await sql<{ id: string; status: string; ordinal: number }>(`SELECT id, status, ordinal FROM invoice WHERE organization = $1 AND month = $2 AND kind = 'invoice' ORDER BY ordinal DESC LIMIT 1`, [organization, month])
  // Not the last one alone: a further invoice after a new rating may be void or a draft, and the month is billed all the same.
  const [issued] = await sql<{ id: string }>(`SELECT id FROM invoice WHERE organization = $1 AND month = $2 AND kind = 'invoice' AND status IN ('issued', 'paid') ORDER BY ordinal DESC LIMIT 1`, [organization, month])
  if (issued !== undefined) return { status: 'already-issued', id: issued.id }
  const ordinal = before === undefined ? 1 : before.status === 'void' ? before.ordinal + 1 : before.ordinal
  const id = `inv_${organization}_${month}_${ordinal}`
  await sql('DELETE FROM rated_month WHERE invoice = $1', [id])
  await sql('DELETE FROM credit_draw WHERE invoice = $1', [id])
  await sql(`DELETE FROM invoice WHERE id = $1 AND status = 'draft'`, [id])
  return { id, ordinal, ground: await groundOf(sql, organization) }
}

interface Composed { readonly document: InvoiceDocument; readonly months: readonly RatedMonth[]; readonly promotions: readonly Draw[] }

/** Reads, rates and adds up. No transaction: the longest part of a draft must not hold up posting. */
async function compose(sql: Sql, id: string, organization: string, month: string): Promise<Composed | undefined> {
  const rateOn = await ratesUntil(sql, monthPeriod(month).until)
  const current = await rateMonth(sql, organization, month, await contractIn(sql, organization, 'customer', month), rateOn)
  const late = await lateLines(sql, organization, month, rateOn)
  const [buyer, seller] = [await partyOf(sql, organization), await partyOf(sql, 'self')]
  let body = await bodyOf(sql, current, late, buyer)
  const negative = isNegative(totalWithTax(body.lines, buyer, current.contract.currency))
  if (negative) body = await bodyOf(sql, current, [], buyer)
  if (body.lines.length === 0) return undefined
  const months = [current, ...(negative ? [] : new Set(late.map((item) => item.late)))]
  const document = composeInvoice({
    kind: 'invoice', id, month, ...current.rated.period, currency: current.contract.currency, organization, contract: current.contract.id, contractVersion: current.version,
    paymentDays: termsOn(current.contract, current.rated.period.from).paymentDays, seller, buyer, lines: body.lines, draws: body.draws,
  })
  const empty = compare(decimal(document.total), zero) === 0 && body.lines.every((line) => isZero(decimal(line.quantity)))
  return empty ? undefined : { document, months, promotions: body.promotions }
}

/** Another node may make an invoice of the same customer meanwhile: then what was read is read again. */
const triesMax = 8

export async function draftInvoice(store: Store, clock: Clock, organization: string, month: string): Promise<Drafted> {
  const read: Sql = (text, values) => store.query('jobs', text, values)
  for (let tries = 0; tries < triesMax; tries += 1) {
    const place = await store.transaction('jobs', (sql) => takePlace(sql, organization, month))
    if ('status' in place) return place
    let composed: Composed | undefined
    try {
      composed = await compose(read, place.id, organization, month)
    } catch (cause) {
      if (cause instanceof NoRate) return { status: 'no-exchange-rate', base: cause.row.currency, quote: cause.quote, day: cause.row.day }
      throw cause
    }
    if (composed === undefined) return { status: 'nothing-to-bill' }
    const { document, months, promotions } = composed
    const saved = await store.transaction('jobs', async (sql) => {
      await lockCustomer(sql, organization)
      if (await groundOf(sql, organization) !== place.ground) return false
      await saveDraft(sql, clock, place.id, place.ordinal, document, months, promotions)
      return true
    })
    if (saved) return { status: 'drafted', id: place.id, document }
  }
  throw new Error(`the invoice of ${organization} for ${month} was overtaken ${triesMax} times: run it again from one node`)
}
