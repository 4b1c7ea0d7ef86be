/**
 * A customer's month rated from the rollups: every row under the contract that holds on its day, at list price where none
 * does. Nothing is left out, so what an invoice marks as billed was billed.
 */
import type { Clock } from '../../kernel/clock.ts'
import { assert } from '../../kernel/assert.ts'
import { type Decimal, decimal, isZero, subtract } from '../../kernel/decimal.ts'
import type { Sql } from '../../store/store.ts'
import { monthPeriod, type Period } from '../contracts/calendar.ts'
import { type CommitmentDraw, writeDraws } from '../contracts/commitment-accounts.ts'
import { heldIn, holdsOn } from '../contracts/contract.ts'
import { contractVersion } from '../contracts/contract-store.ts'
import { cover, listContract, mainOf, type StoredContract } from '../contracts/cover.ts'
import { converted, type RateOn, ratesUntil } from '../contracts/exchange.ts'
import { commitmentDraws, type Line, type RatedPeriod, rateUnderContract } from '../contracts/rate-contract.ts'
import type { UsageRow } from '../contracts/usage-row.ts'
import type { HeldUnder } from './invoice-document.ts'
import { type DayUsage, monthUsage } from './month-usage.ts'
import { linesToJson } from './rated-lines.ts'

/** Why a month cannot be rated, with what is missing. */
export type NotRatable =
  | { readonly status: 'no-exchange-rate'; readonly base: string; readonly quote: string; readonly day: string }
  /** One invoice has one currency: one of these has to begin, or to end, with a month. */
  | { readonly status: 'two-currencies'; readonly contracts: readonly string[] }

export class CannotRate extends Error {
  readonly why: NotRatable
  constructor(why: NotRatable) { super(why.status); this.why = why }
}

export interface RatedPart extends StoredContract {
  readonly rated: RatedPeriod
  readonly rows: readonly UsageRow[]
}

export interface RatedMonth {
  readonly month: string
  readonly currency: string
  /** Contracts that hold in the month, and list prices for the rest if something was used in it. */
  readonly parts: readonly RatedPart[]
  readonly main: StoredContract
  readonly period: Period
  readonly lines: readonly Line[]
  readonly usage: readonly DayUsage[]
}

/** The currency of a customer without contract: that of its usage, USD where there is none. */
export const currencyOf = (usage: readonly { readonly currency: string }[]): string => usage[0]?.currency ?? 'USD'

/** What was drawn of a contract's commitments in months before this one. */
export async function drawnBefore(sql: Sql, contract: string, month: string): Promise<ReadonlyMap<string, Decimal>> {
  const rows = await sql<{ commitment: string; amount: string }>('SELECT commitment, sum(amount) AS amount FROM commitment_draw WHERE contract = $1 AND month < $2 GROUP BY commitment', [contract, month])
  return new Map(rows.map((row) => [row.commitment, decimal(row.amount)]))
}

/** Rows in one currency, at the rates of their days. Throws CannotRate where one is missing. */
export const inOneCurrency = (rows: readonly UsageRow[], currency: string, rateOn: RateOn): readonly UsageRow[] =>
  rows.map((row) => {
    const same = converted(row, currency, rateOn)
    if (same === undefined) throw new CannotRate({ status: 'no-exchange-rate', base: row.currency, quote: currency, day: row.day })
    return same
  })

/** Rates usage of a month under the contracts that hold in it. Throws CannotRate. */
export async function rateUsage(sql: Sql, month: string, usage: readonly DayUsage[], holding: readonly StoredContract[], rateOn: RateOn): Promise<RatedMonth> {
  const main = mainOf(holding)
  const { currency } = main.contract
  const other = holding.filter(({ contract }) => contract.currency !== currency)
  if (other.length > 0) throw new CannotRate({ status: 'two-currencies', contracts: [...other, main].map(({ contract }) => `${contract.id} in ${contract.currency}`) })
  const rows = inOneCurrency(usage, currency, rateOn)
  const parts: RatedPart[] = []
  for (const { contract, version } of holding) {
    const own = rows.filter((row) => holdsOn(contract, row.day))
    if (own.length === 0 && version === 0 && holding.length > 1) continue
    parts.push({ contract, version, rows: own, rated: rateUnderContract(own, contract, monthPeriod(month), await drawnBefore(sql, contract.id, month)) })
  }
  assert(parts.reduce((count, part) => count + part.rows.length, 0) === rows.length, `a row of ${month} is under no contract, or under two: ${holding.map(({ contract }) => contract.id).join(', ')}`)
  const held = parts.flatMap((part) => heldIn(part.contract, monthPeriod(month)))
  const period = held.length === 0 ? monthPeriod(month) : { from: held.map((span) => span.from).sort()[0] ?? '', until: held.map((span) => span.until).sort().at(-1) ?? '' }
  return { month, currency, parts, main, period, lines: parts.flatMap((part) => part.rated.lines), usage }
}

/** Rates all that was used in a month. Throws CannotRate. */
export const rateMonth = async (sql: Sql, organization: string, month: string, holding: readonly StoredContract[], rateOn: RateOn): Promise<RatedMonth> =>
  rateUsage(sql, month, await monthUsage(sql, organization, month), holding, rateOn)

/** What of a month's usage stands on invoices that are not void. */
export const billedUsage = async (sql: Sql, organization: string, month: string): Promise<readonly DayUsage[]> =>
  (await monthUsage(sql, organization, month)).map((row) => ({ ...row, quantity: decimal(row.billedQuantity), calls: row.billedAttempts })).filter((row) => !isZero(row.quantity))

/** The contracts that a month was rated under, as they are written down: undefined where one holds on all of it. */
export const heldUnder = (parts: readonly StoredContract[]): readonly HeldUnder[] | undefined =>
  parts.length < 2 && parts[0]?.contract.heldOn === undefined ? undefined
    : parts.map(({ contract, version }) => ({ contract: contract.id, version, on: contract.heldOn ?? [] }))

export interface WrittenDown {
  readonly contract: string
  readonly version: number
  readonly parts: readonly HeldUnder[] | undefined
}

/** The contracts that a month was rated under, in the versions of then; what none of them held on is at list price. */
export async function contractsOf(sql: Sql, organization: string, month: string, currency: string, written: WrittenDown): Promise<readonly StoredContract[]> {
  const found: StoredContract[] = []
  for (const { contract: id, version, on } of written.parts ?? [{ ...written, on: [] }]) {
    const contract = version === 0 ? listContract(organization, currency).contract : await contractVersion(sql, id, version)
    if (contract !== undefined) found.push({ version, contract: on.length === 0 ? contract : { ...contract, heldOn: on } })
  }
  return cover(found.filter((part) => part.version > 0), month, organization, currency)
}

interface Rating extends Record<string, unknown> { readonly contract: string; readonly contract_version: number; readonly parts: readonly HeldUnder[] | null; readonly lines: unknown; readonly currency: string }

export interface LastRating extends WrittenDown {
  readonly lines: unknown
  readonly currency: string
}

/** How a month was rated last, of what stands (`standing`: and was not credited whole); undefined where nothing of it is billed. */
export async function lastRating(sql: Sql, organization: string, month: string, { standing = false } = {}): Promise<LastRating | undefined> {
  const [row] = await sql<Rating>(`
    SELECT r.contract, r.contract_version, r.parts, r.lines, i.currency FROM rated_month r JOIN invoice i ON i.id = r.invoice
    WHERE r.organization = $1 AND r.month = $2 AND i.status IN ('issued', 'paid') ${standing ? `AND NOT ${creditedWhole}` : ''} ORDER BY r.n DESC LIMIT 1`, [organization, month])
  return row === undefined ? undefined : { contract: row.contract, version: row.contract_version, parts: row.parts ?? undefined, lines: row.lines, currency: row.currency }
}

/** Writes down how a month was rated, for an invoice or a credit note. */
export async function recordRating(sql: Sql, organization: string, invoice: string, { month, main, parts, lines }: Pick<RatedMonth, 'month' | 'main' | 'parts' | 'lines'>): Promise<void> {
  const under = heldUnder(parts)
  await sql('INSERT INTO rated_month (organization, month, contract, contract_version, parts, lines, invoice) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING',
    [organization, month, main.contract.id, main.version, under === undefined ? null : JSON.stringify(under), JSON.stringify(linesToJson(lines)), invoice])
}

/**
 * Writes down and books what a billed month draws of commitments: by what stands on its invoices, as it was rated last. Called
 * whenever that changes, so that an invoice that is taken back leaves the draws of those that stand.
 */
export async function recordDraws(sql: Sql, clock: Clock, organization: string, month: string): Promise<void> {
  await writeDraws(sql, clock, { id: organization, side: 'customer' }, month, await drawsOf(sql, organization, month))
}

/** Of an invoice `i`: one note credits it whole, and what it drew is given back. */
export const creditedWhole = '(i.total <> 0 AND EXISTS (SELECT 1 FROM invoice n WHERE n.corrects = i.id AND n.total = -i.total))'

/** What is billed of a month, without what stands on invoices that were credited whole. */
async function standingUsage(sql: Sql, organization: string, month: string): Promise<readonly DayUsage[]> {
  const { from, until } = monthPeriod(month)
  const back = new Map((await sql<{ day: string; dims: string; quantity: string; attempts: string }>(`
    SELECT to_char(u.day, 'YYYY-MM-DD') AS day, u.dims, sum(u.quantity) AS quantity, sum(u.attempts) AS attempts FROM invoice i JOIN invoice_usage u ON u.invoice = i.id
    WHERE i.organization = $1 AND i.status <> 'void' AND u.day >= $2 AND u.day < $3 AND ${creditedWhole} GROUP BY u.day, u.dims`, [organization, from, until])).map((row) => [`${row.day} ${row.dims}`, row]))
  return (await billedUsage(sql, organization, month)).map((row) => {
    const given = back.get(`${row.day} ${row.dims}`)
    return given === undefined ? row : { ...row, quantity: subtract(row.quantity, decimal(given.quantity)), calls: row.calls - Number(given.attempts) }
  }).filter((row) => !isZero(row.quantity))
}

async function drawsOf(sql: Sql, organization: string, month: string): Promise<readonly CommitmentDraw[]> {
  const last = await lastRating(sql, organization, month, { standing: true })
  if (last === undefined) return []
  const holding = (await contractsOf(sql, organization, month, last.currency, last)).filter(({ contract }) => contract.terms.commitments.length + contract.amendments.length > 0)
  if (holding.length === 0) return []
  const rows = inOneCurrency(await standingUsage(sql, organization, month), last.currency, await ratesUntil(sql, monthPeriod(month).until))
  return holding.flatMap(({ contract }) => [...commitmentDraws(rows, contract, month)].map(([commitment, amount]) => ({ contract: contract.id, commitment, currency: contract.currency, amount })))
}
