/**
 * What planning reads of the books: sums over rollups, never single calls, so that an outlook costs the same whatever the
 * traffic. Amounts come back as decimals, days as texts in UTC.
 */
import { type Decimal, add, decimal, zero } from '../kernel/decimal.ts'
import { addDays, dayOf, dayStart } from '../ledger/contracts/calendar.ts'
import { type Contract, contractSchema } from '../ledger/contracts/contract.ts'
import type { Store } from '../store/store.ts'
import { latestRecords } from '../terms/register/record-store.ts'
import { purposeSchema } from '../terms/register/register.ts'
import type { DayOfCalls, Pilot } from './early-signs.ts'

type Texts<K extends string> = Readonly<Record<K, string>>

/** Asks day by day: a statement over weeks would keep posting and leases waiting (DESIGN.md, Database). */
async function dayByDay<R>(from: string, until: string, ask: (day: string, next: string) => Promise<readonly R[]>): Promise<readonly R[]> {
  const rows: R[] = []
  for (let day = from; day < until; day = addDays(day, 1)) rows.push(...await ask(day, addDays(day, 1)))
  return rows
}

/** First and last minute of a span of days, since 1970. */
const minutes = (from: string, until: string): readonly [number, number] => [dayStart(from) / 60_000, dayStart(until) / 60_000]

/** Adds up what each day said of the same thing. */
function merged<R>(rows: readonly R[], keyOf: (row: R) => string, plus: (a: R, b: R) => R): readonly R[] {
  const sums = new Map<string, R>()
  for (const row of rows) {
    const before = sums.get(keyOf(row))
    sums.set(keyOf(row), before === undefined ? row : plus(before, row))
  }
  return [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}

/** First and last day with usage; undefined: the books hold none. */
export async function usageSpan(store: Store): Promise<{ readonly first: string; readonly last: string } | undefined> {
  const [row] = await store.query<{ first: string | null; last: string | null }>('jobs', `SELECT to_char(min(day), 'YYYY-MM-DD') AS first, to_char(max(day), 'YYYY-MM-DD') AS last FROM usage_day`)
  return row?.first == null || row.last == null ? undefined : { first: row.first, last: row.last }
}

export interface UsageSum {
  readonly organization: string
  readonly supplier: string
  readonly maker: string
  readonly model: string
  readonly deployment: string
  readonly currency: string
  readonly amount: Decimal
  /** Input and output tokens of all classes. */
  readonly tokens: Decimal
}

/** Meters that count tokens, as `usage_day` names them. */
const tokenMeters = ['input', 'cached_input', 'cache_write', 'cache_write_long', 'audio_input', 'image_input', 'output', 'reasoning', 'audio_output', 'image_output']

/** Usage at list price of a span of days (`until` excluded). */
export async function usageIn(store: Store, from: string, until: string): Promise<readonly UsageSum[]> {
  const rows = await dayByDay(from, until, async (day) => {
    const found = await store.query<Texts<'organization' | 'supplier' | 'maker' | 'model' | 'deployment' | 'currency' | 'amount' | 'tokens'>>('jobs', `
      SELECT organization, supplier, maker, model, deployment, currency, sum(amount) AS amount, coalesce(sum(quantity) FILTER (WHERE meter = ANY($2::text[])), 0) AS tokens
      FROM usage_day WHERE day = $1 GROUP BY 1, 2, 3, 4, 5, 6`, [day, tokenMeters])
    return found.map((row): UsageSum => ({ ...row, amount: decimal(row.amount), tokens: decimal(row.tokens) }))
  })
  return merged(rows, (row) => [row.organization, row.supplier, row.maker, row.model, row.deployment, row.currency].join('\n'), (x, y) => ({ ...x, amount: add(x.amount, y.amount), tokens: add(x.tokens, y.tokens) }))
}

/** Amount of each day in one currency: how steady a month was. */
export async function amountByDay(store: Store, from: string, until: string, currency: string): Promise<ReadonlyMap<string, Decimal>> {
  const rows = await store.query<Texts<'day' | 'amount'>>('jobs', `SELECT to_char(day, 'YYYY-MM-DD') AS day, sum(amount) AS amount FROM usage_day WHERE day >= $1 AND day < $2 AND currency = $3 GROUP BY day ORDER BY day`, [from, until, currency])
  return new Map(rows.map((row) => [row.day, decimal(row.amount)]))
}

/** Sum of the usage transactions of a span, read day by day: the same money as the rollup, from the append-only books. */
export async function bookedIn(store: Store, from: string, until: string, currency: string): Promise<Decimal> {
  let total = zero
  for (let day = from; day < until; day = addDays(day, 1)) {
    const minute = dayStart(day) / 60_000
    const [row] = await store.query<Texts<'amount'>>('jobs', `SELECT coalesce(sum(amount), 0) AS amount FROM ledger_transaction WHERE kind = 'usage' AND minute >= $1 AND minute < $2 AND currency = $3`, [minute, minute + 1_440, currency])
    if (row !== undefined) total = add(total, decimal(row.amount))
  }
  return total
}

export interface PriceRowUse {
  readonly priceRow: string
  readonly meter: string
  readonly unitPrice: Decimal
  readonly quantity: Decimal
  readonly amount: Decimal
}

/** Price rows behind all usage of a span: quantity times unit price, summed, is the usage at list price. */
export async function pricesOf(store: Store, from: string, until: string, currency: string): Promise<readonly (PriceRowUse & { readonly model: string })[]> {
  const rows = await dayByDay(from, until, async (day) => (await store.query<Texts<'model' | 'price_row' | 'meter' | 'unit_price' | 'quantity' | 'amount'>>('jobs', `
    SELECT model, price_row, meter, unit_price, sum(quantity) AS quantity, sum(amount) AS amount FROM usage_day WHERE day = $1 AND currency = $2 GROUP BY 1, 2, 3, 4`, [day, currency]))
    .map((row) => ({ model: row.model, priceRow: row.price_row, meter: row.meter, unitPrice: decimal(row.unit_price), quantity: decimal(row.quantity), amount: decimal(row.amount) })))
  return merged(rows, (row) => [row.model, row.priceRow, row.meter].join('\n'), (x, y) => ({ ...x, quantity: add(x.quantity, y.quantity), amount: add(x.amount, y.amount) }))
}

/** Price rows behind a model's usage on some deployments. */
export async function priceRowsOf(store: Store, model: string, deployments: readonly string[], currency: string, from: string, until: string): Promise<readonly PriceRowUse[]> {
  const rows = await store.query<Texts<'price_row' | 'meter' | 'unit_price' | 'quantity' | 'amount'>>('jobs', `
    SELECT price_row, meter, unit_price, sum(quantity) AS quantity, sum(amount) AS amount FROM usage_day
    WHERE model = $1 AND deployment = ANY($2::text[]) AND currency = $3 AND day >= $4 AND day < $5 GROUP BY 1, 2, 3 ORDER BY 5 DESC, 1`, [model, [...deployments], currency, from, until])
  return rows.map((row) => ({ priceRow: row.price_row, meter: row.meter, unitPrice: decimal(row.unit_price), quantity: decimal(row.quantity), amount: decimal(row.amount) }))
}

/** Price of a token, all classes together, week by week: amount and tokens of a model on some deployments. */
export async function weeklyBlend(store: Store, model: string, deployments: readonly string[], currency: string, from: string, until: string): Promise<readonly { readonly week: string; readonly amount: Decimal; readonly tokens: Decimal }[]> {
  const rows = await store.query<Texts<'week' | 'amount' | 'tokens'>>('jobs', `
    SELECT to_char(date_trunc('week', day), 'YYYY-MM-DD') AS week, sum(amount) AS amount, sum(quantity) AS tokens FROM usage_day
    WHERE model = $1 AND deployment = ANY($2::text[]) AND currency = $3 AND day >= $4 AND day < $5 AND meter = ANY($6::text[]) GROUP BY 1 HAVING sum(quantity) > 0 ORDER BY 1`,
  [model, [...deployments], currency, from, until, tokenMeters])
  return rows.map((row) => ({ week: row.week, amount: decimal(row.amount), tokens: decimal(row.tokens) }))
}

/** On how many days of a span a model was used on some deployments, and the first of them. */
export async function daysUsed(store: Store, model: string, deployments: readonly string[], currency: string, from: string, until: string): Promise<{ readonly days: number; readonly first: string | undefined }> {
  const [row] = await store.query<{ days: string; first: string | null }>('jobs', 'SELECT count(DISTINCT day) AS days, to_char(min(day), \'YYYY-MM-DD\') AS first FROM usage_day WHERE model = $1 AND deployment = ANY($2::text[]) AND currency = $3 AND day >= $4 AND day < $5', [model, [...deployments], currency, from, until])
  return { days: Number(row?.days ?? 0), first: row?.first ?? undefined }
}

export interface MonthOnDeployment {
  readonly month: string
  readonly model: string
  readonly deployment: string
  readonly priceRow: string
  readonly amount: Decimal
  readonly tokens: Decimal
}

export async function usageByMonth(store: Store, from: string, until: string, currency: string): Promise<readonly MonthOnDeployment[]> {
  const rows = await store.query<Texts<'month' | 'model' | 'deployment' | 'price_row' | 'amount' | 'tokens'>>('jobs', `
    SELECT to_char(day, 'YYYY-MM') AS month, model, deployment, price_row, sum(amount) AS amount, coalesce(sum(quantity) FILTER (WHERE meter = ANY($4::text[])), 0) AS tokens
    FROM usage_day WHERE day >= $1 AND day < $2 AND currency = $3 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`, [from, until, currency, tokenMeters])
  return rows.map((row) => ({ month: row.month, model: row.model, deployment: row.deployment, priceRow: row.price_row, amount: decimal(row.amount), tokens: decimal(row.tokens) }))
}

/** Calls by day, customer, project and purpose; those on the named deployments counted apart. */
export async function callsByDay(store: Store, from: string, until: string, own: readonly string[]): Promise<readonly DayOfCalls[]> {
  return dayByDay(from, until, async (day, next) => {
    const rows = await store.query<Texts<'organization' | 'project' | 'calls' | 'own'> & { readonly purpose: string | null }>('jobs', `
      SELECT organization, project, purpose, sum(calls) AS calls, coalesce(sum(calls) FILTER (WHERE deployment = ANY($3::text[])), 0) AS own
      FROM usage_minute WHERE minute >= $1 AND minute < $2 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`, [...minutes(day, next), [...own]])
    return rows.map((row) => ({
      day, customer: row.organization, project: row.project, purpose: row.purpose ?? undefined, calls: Number(row.calls), ownCalls: Number(row.own),
    }))
  })
}

export interface HourOfLoad {
  /** Hours since 1970 UTC. */
  readonly hour: number
  /** Input tokens that are not cached, those that are, and output tokens, of the hour. */
  readonly input: bigint
  readonly cached: bigint
  readonly output: bigint
}

/** Hours in which anything at all was recorded: a gap of everybody is a gap of ours, not of demand. */
export async function hoursSeen(store: Store, from: string, until: string): Promise<readonly number[]> {
  return dayByDay(from, until, async (day, next) =>
    (await store.query<Texts<'hour'>>('jobs', 'SELECT DISTINCT minute / 60 AS hour FROM usage_minute WHERE minute >= $1 AND minute < $2 ORDER BY 1', minutes(day, next))).map((row) => Number(row.hour)))
}

export async function loadByHour(store: Store, model: string, deployments: readonly string[], from: string, until: string): Promise<readonly HourOfLoad[]> {
  return dayByDay(from, until, async (day, next) => {
    const rows = await store.query<Texts<'hour' | 'input' | 'cached' | 'output'>>('jobs', `
      SELECT minute / 60 AS hour, sum(input - cached_input) AS input, sum(cached_input) AS cached, sum(output) AS output FROM usage_minute
      WHERE model = $1 AND deployment = ANY($2::text[]) AND minute >= $3 AND minute < $4 GROUP BY 1 ORDER BY 1`, [model, [...deployments], ...minutes(day, next)])
    return rows.map((row) => ({ hour: Number(row.hour), input: BigInt(row.input), cached: BigInt(row.cached), output: BigInt(row.output) }))
  })
}

export interface InvoicedNet {
  readonly id: string
  readonly number: string
  readonly kind: string
  readonly organization: string
  readonly currency: string
  readonly net: Decimal
}

/** Issued or paid invoices and credit notes of a month, before tax. A credit note's net counts against. */
export async function invoicedIn(store: Store, month: string): Promise<readonly InvoicedNet[]> {
  const rows = await store.query<Texts<'id' | 'number' | 'kind' | 'organization' | 'currency' | 'net'>>('jobs', `
    SELECT id, number, kind, organization, currency, CASE WHEN kind = 'credit-note' THEN -abs(net) ELSE net END AS net FROM invoice WHERE month = $1 AND status IN ('issued', 'paid') ORDER BY number`, [month])
  return rows.map((row) => ({ ...row, net: decimal(row.net) }))
}

export interface StatementRow {
  readonly id: string
  readonly maker: string
  readonly currency: string
  readonly net: Decimal
}

export async function statementsOf(store: Store, month: string): Promise<readonly StatementRow[]> {
  const rows = await store.query<Texts<'id' | 'maker' | 'currency' | 'net'>>('jobs', 'SELECT id, maker, currency, net FROM statement WHERE month = $1 ORDER BY maker', [month])
  return rows.map((row) => ({ ...row, net: decimal(row.net) }))
}

export interface AssetMonthRow {
  readonly asset: string
  readonly month: string
  readonly cost: Decimal
  readonly hours: Decimal
  /** Undefined before the asset is in service. */
  readonly perGpuHour: Decimal | undefined
  readonly shares: readonly AssetShare[]
}

interface AssetShare {
  readonly party: string
  readonly use: 'customer' | 'maker' | 'idle'
  readonly model: string | undefined
  readonly hours: Decimal
  readonly cost: Decimal
}

/** Months of in-house assets as they were posted, up to and with a month. */
export async function assetMonths(store: Store, from: string, month: string, currency: string): Promise<readonly AssetMonthRow[]> {
  type Share = Texts<'party' | 'hours' | 'cost'> & { readonly use: AssetShare['use']; readonly model?: string }
  interface Document { readonly cost: string; readonly hours: string; readonly perGpuHour: string | null; readonly shares: readonly Share[] }
  const rows = await store.query<{ asset: string; month: string; document: Document }>('jobs', 'SELECT asset, month, document FROM asset_month WHERE month >= $1 AND month <= $2 AND currency = $3 ORDER BY month, asset', [from, month, currency])
  return rows.map(({ asset, month: of, document }) => ({
    asset, month: of, cost: decimal(document.cost), hours: decimal(document.hours), perGpuHour: document.perGpuHour === null ? undefined : decimal(document.perGpuHour),
    shares: document.shares.map(({ party, use, model, hours, cost }) => ({ party, use, model, hours: decimal(hours), cost: decimal(cost) })),
  }))
}

export interface StoredTerms {
  readonly contract: Contract
  readonly version: number
}

/** The latest version of every customer's and supplier's contract. */
export async function contractsOf(store: Store): Promise<readonly StoredTerms[]> {
  const rows = await store.query<{ version: number; body: unknown }>('jobs', `SELECT DISTINCT ON (id) version, body FROM contract WHERE side IN ('customer', 'supplier') ORDER BY id, version DESC`)
  return rows.map((row) => ({ version: row.version, contract: contractSchema.parse(row.body) }))
}

/** Registered purposes of the phase "evaluation": what customers try before they buy, or before they go. */
export async function pilotsOf(store: Store): Promise<readonly Pilot[]> {
  return (await latestRecords((text, values) => store.query('jobs', text, values), 'purpose')).flatMap(({ id, version, body }) => {
    const { phase, organization, expiresMs } = purposeSchema.parse(body)
    return phase === 'evaluation' ? [{ purpose: id, customer: organization, version, expires: dayOf(expiresMs) }] : []
  })
}

/** Calls of each key and model in a span: whom a retired model concerns. */
export async function keyUse(store: Store, from: string, until: string): Promise<readonly { readonly key: string; readonly organization: string; readonly project: string; readonly model: string; readonly calls: number }[]> {
  const rows = await dayByDay(from, until, async (day, next) => {
    const found = await store.query<Texts<'key' | 'organization' | 'project' | 'model' | 'calls'>>('jobs', `
      SELECT key, organization, project, model, sum(calls) AS calls FROM usage_minute WHERE minute >= $1 AND minute < $2 GROUP BY 1, 2, 3, 4`, minutes(day, next))
    return found.map((row) => ({ ...row, calls: Number(row.calls) }))
  })
  return merged(rows, (row) => [row.organization, row.project, row.key, row.model].join('\n'), (x, y) => ({ ...x, calls: x.calls + y.calls }))
}
