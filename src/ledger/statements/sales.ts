/** What was sold of each model to each customer in a month: from issued invoices, with the usage behind them. */
import { type Decimal, add, decimal, isZero, multiply, subtract, sum, zero } from '../../kernel/decimal.ts'
import type { Sql } from '../../store/store.ts'
import { monthPeriod } from '../contracts/calendar.ts'
import type { RateOn } from '../contracts/exchange.ts'
import { CannotRate } from '../invoices/rate-month.ts'
import { allocate } from '../contracts/provisioned.ts'
import type { InvoiceDocument } from '../invoices/invoice-document.ts'
import type { Sale } from './compose-statement.ts'

export interface ModelSale extends Sale {
  readonly maker: string
  readonly supplier: string
  readonly currency: string
}

interface Building { organization: string; model: string; maker: string; supplier: string; currency: string; net: Decimal; list: Decimal; tokens: Decimal; calls: number; priceRows: Set<string>; invoices: Set<string> }

const tokenMeters = `('input','cached_input','cache_write','cache_write_long','audio_input','image_input','output','reasoning','audio_output','image_output')`

/** Takes what lowers a whole invoice (spend discounts, credit that was given) off its models, in proportion. */
function netByModel(document: InvoiceDocument): ReadonlyMap<string, Decimal> {
  const nets = new Map<string, Decimal>()
  for (const line of document.lines) if (line.model !== undefined) nets.set(line.model, add(nets.get(line.model) ?? zero, decimal(line.payable)))
  const reductions = sum(document.lines.filter((line) => line.model === undefined && (line.unit === 'spend' || line.kind === 'credit' || line.kind === 'credit-note')).map((line) => decimal(line.payable)))
  const models = [...nets.keys()]
  const weights = models.map((model) => nets.get(model) ?? zero)
  if (isZero(reductions) || models.length === 0) return nets
  const parts = allocate(reductions, weights)
  return new Map(models.map((model, index) => [model, add(weights[index] ?? zero, parts[index] ?? zero)]))
}

/**
 * Sales of a month by customer, model and maker. Revenue is what issued invoices and credit notes of the month say; where a
 * model has several makers or suppliers in the month, it is divided by their list amounts. Usage that came late counts where
 * it was billed, or, for statements, in its own month, beside the tokens and the list price of then.
 */
export async function salesOf(sql: Sql, month: string, late: 'where-billed' | 'own-month' = 'where-billed'): Promise<readonly ModelSale[]> {
  const { from, until } = monthPeriod(month)
  const usage = await sql<{ organization: string; model: string; maker: string; supplier: string; currency: string; list: string; tokens: string | null; calls: string; price_rows: string[] }>(`
    SELECT organization, model, maker, supplier, currency, sum(amount) AS list, sum(quantity) FILTER (WHERE meter IN ${tokenMeters}) AS tokens,
      max(meter_attempts) AS calls, array_agg(DISTINCT price_row) AS price_rows
    FROM (SELECT *, sum(attempts) OVER (PARTITION BY organization, model, maker, supplier, currency, meter) AS meter_attempts FROM usage_day WHERE day >= $1 AND day < $2) u
    GROUP BY organization, model, maker, supplier, currency ORDER BY organization, model, maker, supplier`, [from, until])
  const sales = usage.map((row): Building => ({
    organization: row.organization, model: row.model, maker: row.maker, supplier: row.supplier, currency: row.currency, net: zero, list: decimal(row.list), tokens: decimal(row.tokens ?? '0'),
    calls: Number(row.calls), priceRows: new Set(row.price_rows), invoices: new Set(),
  }))
  for (const one of await (late === 'own-month' ? documentsFor(sql, month) : documentsOf(sql, month))) {
    const { organization, number, document } = one
    for (const [model, net] of netsOf(one)) {
      let own = sales.filter((sale) => sale.organization === organization && sale.model === model)
      if (own.length === 0) {
        // Usage of an earlier month that was billed late: no usage of this month stands beside it.
        own = (await sellersOf(sql, organization, model)).map((seller): Building => ({ organization, model, ...seller, currency: document.currency, net: zero, list: zero, tokens: zero, calls: 0, priceRows: new Set(), invoices: new Set() }))
        sales.push(...own)
      }
      const parts = allocate(net, own.map((sale) => sale.list))
      own.forEach((sale, index) => { sale.net = add(sale.net, parts[index] ?? zero); sale.invoices.add(number); sale.currency = document.currency })
    }
  }
  return sales.map((sale) => ({ ...sale, priceRows: [...sale.priceRows].sort(), invoices: [...sale.invoices] }))
}

interface Billed extends Record<string, unknown> {
  readonly organization: string
  readonly number: string
  readonly month: string
  readonly document: InvoiceDocument
  /** What a credit note corrects, else null. */
  readonly corrected: InvoiceDocument | null
}

const billed = 'SELECT i.organization, i.number, i.month, i.document, c.document AS corrected FROM invoice i LEFT JOIN invoice c ON c.id = i.corrects'

const documentsOf = (sql: Sql, month: string): Promise<readonly Billed[]> =>
  sql<Billed>(`${billed} WHERE i.month = $1 AND i.status IN ('issued', 'paid') ORDER BY i.number`, [month])

/** What a document says for each model. A credit of one sum lowers what its invoice says, in proportion, each model and what none stands for. */
function netsOf({ document, corrected }: Billed): ReadonlyMap<string, Decimal> {
  if (corrected === null || document.lines.length === 0 || document.lines.some((line) => line.model !== undefined)) return netByModel(document)
  const nets = [...netByModel(corrected)]
  const rest = subtract(decimal(corrected.net), sum(nets.map(([, net]) => net)))
  const parts = allocate(decimal(document.net), [...nets.map(([, net]) => net), rest])
  return new Map(nets.map(([model], index) => [model, parts[index] ?? zero]))
}

/** Documents with their lines of this month's usage alone: what came late is taken from the later invoices that billed it. */
async function documentsFor(sql: Sql, month: string): Promise<readonly Billed[]> {
  const later = await sql<Billed>(`WITH late AS (SELECT r.invoice FROM rated_month r JOIN invoice i ON i.id = r.invoice WHERE r.month = $1 AND i.month > $1)
    ${billed} WHERE i.status IN ('issued', 'paid') AND (i.id IN (SELECT invoice FROM late) OR i.corrects IN (SELECT invoice FROM late)) ORDER BY i.number`, [month])
  return [...await documentsOf(sql, month), ...later].map((each) => ({
    ...each, document: { ...each.document, lines: each.document.lines.filter((line) => month === (line.kind === 'late-usage' ? line.from.slice(0, 7) : each.month)) },
  }))
}

/** What customers were billed in the month and no model stands for: shortfalls to minimums and commitments. */
export async function unassignedOf(sql: Sql, month: string): Promise<readonly { readonly organization: string; readonly currency: string; readonly net: Decimal }[]> {
  const nets = new Map<string, { readonly organization: string; readonly currency: string; readonly net: Decimal }>()
  for (const one of await documentsOf(sql, month)) {
    const { organization, document } = one
    const key = `${organization} ${document.currency}`
    const left = subtract(decimal(document.net), sum(netsOf(one).values()))
    nets.set(key, { organization, currency: document.currency, net: add(nets.get(key)?.net ?? zero, left) })
  }
  return [...nets.values()].filter((each) => !isZero(each.net))
}

async function sellersOf(sql: Sql, organization: string, model: string): Promise<readonly { readonly maker: string; readonly supplier: string }[]> {
  return sql<{ maker: string; supplier: string }>('SELECT maker, supplier FROM usage_day WHERE organization = $1 AND model = $2 ORDER BY day DESC LIMIT 1', [organization, model])
}

/** An amount in another currency at the rate of a day; throws CannotRate where none is known, since a statement must not leave a sale out. */
export function inCurrency(amount: Decimal, base: string, quote: string, day: string, rateOn: RateOn): Decimal {
  const rate = rateOn(base, quote, day)
  if (rate === undefined) throw new CannotRate({ status: 'no-exchange-rate', base, quote, day })
  return multiply(amount, rate)
}

/** A sale with its amounts in another currency, at the rate of a day; throws CannotRate where none is known. */
export const saleIn = (sale: ModelSale, currency: string, rateOn: RateOn, day: string): ModelSale =>
  ({ ...sale, currency, net: inCurrency(sale.net, sale.currency, currency, day, rateOn), list: inCurrency(sale.list, sale.currency, currency, day, rateOn) })
