/**
 * Drafts a customer's invoice of a month: this month's lines, what arrived late for earlier ones, credits. A draft may be
 * made again until it is issued; its id is made from customer, month and ordinal, so making it again replaces it.
 */
import { type Clock, isoTime } from '../../kernel/clock.ts'
import { type Decimal, add, asFraction, compare, decimal, formatDecimal, formatFixed, isNegative, isZero, multiply, negate, roundHalfEven, subtract, sum, zero } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { addDays, monthPeriod, type Period } from '../contracts/calendar.ts'
import { type Contract, heldIn, termsOn } from '../contracts/contract.ts'
import { contractsIn } from '../contracts/contract-store.ts'
import { minorDigits } from '../contracts/currency.ts'
import { drawCredits, type Grant } from '../contracts/draw-credits.ts'
import { type RateOn, ratesUntil } from '../contracts/exchange.ts'
import { lineDifference } from '../contracts/line-difference.ts'
import { type Party, partyOf } from '../contracts/party.ts'
import { chargesByDay, type Line } from '../contracts/rate-contract.ts'
import { composeInvoice, type ContractDraw, type InvoiceDocument, type InvoiceLine, invoiceLine, totalWithTax } from './invoice-document.ts'
import { lateMonths, monthUsage } from './month-usage.ts'
import { CannotRate, contractsOf, currencyOf, heldUnder, lastRating, type NotRatable, type RatedMonth, rateMonth, rateUsage, recordRating } from './rate-month.ts'
import { linesFromJson } from './rated-lines.ts'

export type Drafted =
  | { readonly status: 'drafted'; readonly id: string; readonly document: InvoiceDocument }
  | { readonly status: 'nothing-to-bill' }
  /** An invoice of this month is issued already; what came later goes onto the next month's. */
  | { readonly status: 'already-issued'; readonly id: string }
  | NotRatable

interface LateLine { readonly line: Line; readonly late: RatedMonth }

/** A line in the currency of the invoice it comes late onto, at the rate of the last day of its month. Throws CannotRate. */
function inCurrencyOf(line: Line, late: RatedMonth, currency: string, rateOn: RateOn): Line {
  if (late.currency === currency) return line
  const day = addDays(monthPeriod(late.month).until, -1)
  const rate = rateOn(late.currency, currency, day)
  if (rate === undefined) throw new CannotRate({ status: 'no-exchange-rate', base: late.currency, quote: currency, day })
  const amount = multiply(line.amount, rate)
  return {
    ...line, unitPrice: multiply(line.unitPrice, rate), amount, payable: roundHalfEven(amount, minorDigits(currency)),
    ...(line.listUnitPrice === undefined ? {} : { listUnitPrice: multiply(line.listUnitPrice, rate) }),
  }
}

/** Lines of earlier months whose usage grew after they were billed, under the contract versions they were billed under. */
async function lateLines(sql: Sql, organization: string, month: string, currency: string, rateOn: RateOn): Promise<readonly LateLine[]> {
  const found: LateLine[] = []
  for (const late of await lateMonths(sql, organization, month)) {
    const last = await lastRating(sql, organization, late)
    if (last === undefined) continue
    const again = await rateMonth(sql, organization, late, await contractsOf(sql, organization, late, last.currency, last), rateOn)
    const change = lineDifference({ lines: linesFromJson(last.lines), currency: again.currency }, again)
    for (const line of change.lines) found.push({ line: inCurrencyOf(line, again, currency, rateOn), late: again })
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
function promotionLines(draws: readonly ContractDraw[], { from, until }: Period, first: number): readonly InvoiceLine[] {
  return draws.map((draw, index) => ({
    n: first + index, kind: 'credit', description: `Credit ${draw.grant}`, rule: `credit ${draw.grant}`, from, until,
    quantity: '1', unit: 'credit', unitPrice: formatDecimal(negate(draw.amount)), exact: formatDecimal(negate(draw.amount)), payable: formatFixed(negate(draw.amount)), calls: 0, priceRows: [],
  }))
}

/**
 * What the credits of each contract pay of the days on which it holds, no more than `payable` in all. `paid` credit pays
 * the taxes on a charge too, at `taxPercent`; credit that was given lowers the price before them.
 */
async function drawsOf(sql: Sql, current: RatedMonth, paid: boolean, payable: Decimal, taxPercent: string): Promise<readonly ContractDraw[]> {
  const percent = decimal(taxPercent)
  const rate = add(decimal(1), asFraction(percent))
  const draws: ContractDraw[] = []
  let left = payable
  for (const { contract, rows, rated } of current.parts) {
    const first = heldIn(contract, monthPeriod(current.month))[0]?.from ?? current.period.from
    const grants = (await grantsOf(sql, contract, first)).filter((item) => item.grant.paid === paid)
    if (grants.length === 0) continue
    const byDay = new Map([...chargesByDay(rows, contract, rated)].map(([day, amount]) => [day, multiply(amount, rate)]))
    const billed = roundHalfEven(multiply(sum(rated.lines.map((line) => line.payable)), rate), minorDigits(current.currency))
    const own = drawCredits(contract, grants, byDay, compare(billed, left) < 0 ? billed : left)
    draws.push(...own.map((draw) => ({ ...draw, contract: contract.id })))
    left = subtract(left, sum(own.map((draw) => draw.amount)))
  }
  return draws
}

interface Body {
  readonly lines: readonly InvoiceLine[]
  readonly draws: readonly ContractDraw[]
  readonly promotions: readonly ContractDraw[]
}

async function bodyOf(sql: Sql, current: RatedMonth, late: readonly LateLine[], buyer: Party): Promise<Body> {
  const { currency } = current
  const lines = current.lines.map((line, index) => invoiceLine(line, index + 1, buyer, currency))
  for (const { line, late: month } of late) {
    const printed = invoiceLine(line, lines.length + 1, buyer, currency)
    lines.push({ ...printed, kind: 'late-usage', description: `${printed.description}, late for ${month.month}` })
  }
  const promotions = await drawsOf(sql, current, false, sum(lines.map((line) => decimal(line.payable))), '0')
  const all = [...lines, ...promotionLines(promotions, current.period, lines.length + 1)]
  return { lines: all, promotions, draws: await drawsOf(sql, current, true, totalWithTax(all, buyer, currency), buyer.tax.percent) }
}

async function saveDraft(sql: Sql, clock: Clock, id: string, ordinal: number, document: InvoiceDocument, months: readonly RatedMonth[], promotions: readonly ContractDraw[]): Promise<void> {
  await sql(`INSERT INTO invoice (id, kind, organization, contract, contract_version, month, ordinal, status, currency, net, tax, total, prepaid, due, document, created_at)
    VALUES ($1, 'invoice', $2, $3, $4, $5, $6, 'draft', $7, $8, $9, $10, $11, $12, $13, $14)`,
  [id, document.organization, document.contract, document.contractVersion, document.month, ordinal, document.currency, document.net, document.tax, document.total, document.prepaid, document.due, JSON.stringify(document), isoTime(clock.now())])
  for (const month of months) {
    const fresh = month.usage.filter((row) => formatDecimal(row.quantity) !== formatDecimal(decimal(row.billedQuantity)))
    await sql('INSERT INTO invoice_usage (invoice, day, dims, quantity, attempts) SELECT $1, * FROM unnest($2::date[], $3::text[], $4::numeric[], $5::bigint[])',
      [id, fresh.map((row) => row.day), fresh.map((row) => row.dims), fresh.map((row) => formatDecimal(subtract(row.quantity, decimal(row.billedQuantity)))), fresh.map((row) => row.calls - row.billedAttempts)])
    await recordRating(sql, document.organization, id, month)
  }
  const drawn = [...promotions.map((draw) => ({ ...draw, amount: formatDecimal(draw.amount) })), ...document.prepaidDraws]
  for (const draw of drawn) await sql('INSERT INTO credit_draw (invoice, contract, grant_id, amount) VALUES ($1, $2, $3, $4)', [id, draw.contract ?? document.contract, draw.grant, draw.amount])
}

interface Place {
  readonly id: string
  readonly ordinal: number
  /** Changes with every invoice of the customer, whoever makes it: what was read while it stood still belongs together. */
  readonly ground: string
}

/** Those that make invoices of one customer take turns. */
export const lockCustomer = (sql: Sql, organization: string): Promise<unknown> => sql('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`invoice ${organization}`])

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

interface Composed { readonly document: InvoiceDocument; readonly months: readonly RatedMonth[]; readonly promotions: readonly ContractDraw[] }

/** Reads, rates and adds up. No transaction: the longest part of a draft must not hold up posting. Throws CannotRate. */
async function compose(sql: Sql, id: string, organization: string, month: string): Promise<Composed | undefined> {
  const rateOn = await ratesUntil(sql, monthPeriod(month).until)
  const usage = await monthUsage(sql, organization, month)
  const current = await rateUsage(sql, month, usage, await contractsIn(sql, organization, 'customer', month, currencyOf(usage)), rateOn)
  const { currency, period, main: { contract, version } } = current
  const late = await lateLines(sql, organization, month, currency, rateOn)
  const [buyer, seller] = [await partyOf(sql, organization), await partyOf(sql, 'self')]
  let body = await bodyOf(sql, current, late, buyer)
  const negative = isNegative(totalWithTax(body.lines, buyer, currency))
  if (negative) body = await bodyOf(sql, current, [], buyer)
  if (body.lines.length === 0) return undefined
  const months = [current, ...(negative ? [] : new Set(late.map((item) => item.late)))]
  const under = heldUnder(current.parts)
  const document = composeInvoice({
    kind: 'invoice', id, month, ...period, currency, organization, contract: contract.id, contractVersion: version, ...(under === undefined ? {} : { heldUnder: under }),
    paymentDays: termsOn(contract, period.from).paymentDays, seller, buyer, lines: body.lines, draws: body.draws,
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
      if (cause instanceof CannotRate) return cause.why
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
