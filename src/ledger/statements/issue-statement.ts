/** Statements in the database: agreements by version, one statement a maker and month, posted when it is issued. */
import { canonicalJson, type Json } from '../../kernel/canonical-json.ts'
import { type Clock, isoTime } from '../../kernel/clock.ts'
import { type Decimal, add, decimal, negate, subtract, sum } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { addDays, monthPeriod } from '../contracts/calendar.ts'
import { type RateOn, ratesUntil } from '../contracts/exchange.ts'
import { type MoneyEntry, postMoney } from '../money-transaction.ts'
import { accrualsOf, adjustmentsTo, salesIn, type Settled, statementsOf, underGuarantees } from './adjustments.ts'
import { type Agreement, agreementOn, agreementSchema, channelOf } from './agreement.ts'
import { type Before, composeStatement, type MakerCompute, type StatementDocument } from './compose-statement.ts'
import { inCurrency } from './sales.ts'

/** Saves an agreement as a new version; saving what is there already makes none. */
export const saveAgreement = (store: Store, clock: Clock, agreement: Agreement): Promise<number> => store.transaction('admin', (sql) => saveAgreementIn(sql, clock, agreement))

export async function saveAgreementIn(sql: Sql, clock: Clock, agreement: Agreement): Promise<number> {
  const [last] = await sql<{ version: number; body: Json }>('SELECT version, body FROM contract WHERE id = $1 ORDER BY version DESC LIMIT 1', [agreement.id])
  if (last !== undefined && canonicalJson(last.body) === canonicalJson(agreement as unknown as Json)) return last.version
  const version = (last?.version ?? 0) + 1
  await sql(`INSERT INTO contract (id, version, party, side, body, recorded_at) VALUES ($1, $2, $3, 'maker', $4, $5)`, [agreement.id, version, agreement.maker, JSON.stringify(agreement), isoTime(clock.now())])
  return version
}

async function agreementIn(sql: Sql, maker: string, month: string): Promise<{ agreement: Agreement; version: number } | undefined> {
  const rows = await sql<{ version: number; body: unknown }>(`SELECT DISTINCT ON (id) version, body FROM contract WHERE party = $1 AND side = 'maker' ORDER BY id, version DESC`, [maker])
  const { from, until } = monthPeriod(month)
  return rows.map((row) => ({ version: row.version, agreement: agreementSchema.parse(row.body) }))
    .filter(({ agreement }) => agreement.term.from < until && (agreement.term.until === undefined || agreement.term.until > from))
    .sort((a, b) => a.agreement.term.from.localeCompare(b.agreement.term.from)).at(-1)
}

async function makerCompute(sql: Sql, maker: string, month: string, currency: string, rateOn: RateOn, day: string): Promise<readonly MakerCompute[]> {
  const rows = await sql<{ asset: string; currency: string; document: { shares: readonly { party: string; use: string; hours: string; cost: string }[] } }>('SELECT asset, currency, document FROM asset_month WHERE month = $1 ORDER BY asset', [month])
  return rows.flatMap((row) => row.document.shares.filter((share) => share.use === 'maker' && share.party === maker).map((share) => ({
    asset: row.asset, hours: decimal(share.hours), cost: inCurrency(decimal(share.cost), row.currency, currency, day, rateOn),
  })))
}

/** What earlier statements of the same agreement paid and drew. */
function beforeOf(statements: readonly Settled[], agreement: Agreement, month: string): Before {
  const lines = statements.filter((each) => each.agreement === agreement.id && each.month < month).flatMap(({ document }) => document.lines)
  const creditsLeft = new Map<string, Decimal>()
  for (const credit of agreement.computeCredits) {
    const drawn = lines.filter((line) => line.kind === 'compute-credit' && line.description === `Compute credit ${credit.id}`)
    creditsLeft.set(credit.id, drawn.reduce((left, line) => add(left, decimal(line.payable)), decimal(credit.amount)))
  }
  return { ...underGuarantees(statements, agreement, month), creditsLeft }
}

export type Drafted = { readonly status: 'drafted'; readonly document: StatementDocument } | { readonly status: 'no-agreement' }

export async function draftStatement(sql: Sql, maker: string, month: string): Promise<Drafted> {
  const found = await agreementIn(sql, maker, month)
  if (found === undefined) return { status: 'no-agreement' }
  const { version } = found
  const agreement = agreementOn(found.agreement, month)
  const { currency } = agreement
  const { until } = monthPeriod(month)
  const rateOn = await ratesUntil(sql, until)
  const sales = await salesIn(sql, maker, month, currency, rateOn)
  const compute = await makerCompute(sql, maker, month, currency, rateOn, addDays(until, -1))
  const before = beforeOf(await statementsOf(sql, maker), agreement, month)
  return { status: 'drafted', document: composeStatement(agreement, version, month, sales, compute, before, await adjustmentsTo(sql, maker, month, currency, rateOn)) }
}

/** The statement of a month as it was issued, or as it would be. */
export async function statementIn(sql: Sql, maker: string, month: string): Promise<Drafted> {
  const [issued] = await sql<{ document: StatementDocument }>('SELECT document FROM statement WHERE maker = $1 AND month = $2', [maker, month])
  return issued === undefined ? draftStatement(sql, maker, month) : { status: 'drafted', document: issued.document }
}

/**
 * What posting booked as owed to the maker's suppliers at list price is taken back for the models that the agreement pays
 * otherwise, and what the statement says takes its place. `settlement/<maker>` then holds what is to be paid.
 *
 * Beside it stands what each of the two owes the other: `channel/<channel>/owes/<maker>` (credit) and
 * `channel/<channel>/owed/<maker>` (debit) before netting, against `maker/<maker>/<channel>`, what the maker is to have of it
 * in the end. An agreement that names no channel is that of the party that runs this Weir, `self`.
 */
function statementEntries(document: StatementDocument): readonly MoneyEntry[] {
  const { maker } = document
  const channel = channelOf(document)
  const entries: MoneyEntry[] = []
  for (const { supplier, currency, amount } of document.takenBack ?? []) {
    const account = { supplier, maker }
    entries.push({ account: { id: `payable/${supplier}/${maker}`, ...account }, amount: decimal(amount), currency })
    entries.push({ account: { id: `cost/${supplier}/${maker}`, ...account }, amount: negate(decimal(amount)), currency })
  }
  const exact = (direction: string): Decimal => sum(document.lines.filter((line) => line.direction === direction).map((line) => decimal(line.exact)))
  const net = decimal(document.net)
  entries.push(
    { account: { id: `share/${maker}`, maker }, amount: exact('to-maker') },
    { account: { id: `compute-sold/${maker}`, maker }, amount: negate(exact('to-channel')) },
    { account: { id: `settlement/${maker}`, maker }, amount: negate(net) },
    { account: { id: `channel/${channel}/owes/${maker}`, maker }, amount: negate(decimal(document.toMaker)) },
    { account: { id: `channel/${channel}/owed/${maker}`, maker }, amount: decimal(document.toChannel) },
    { account: { id: `maker/${maker}/${channel}`, maker }, amount: net },
    { account: { id: `rounding/${document.currency}` }, amount: subtract(net, subtract(exact('to-maker'), exact('to-channel'))) },
  )
  return entries
}

export type IssuedStatement = { readonly status: 'issued'; readonly id: string; readonly document: StatementDocument; readonly known: boolean } | { readonly status: 'no-agreement' }

/** Issues a maker's statement of a month, once: asking again answers the one that is there. */
export async function issueStatement(store: Store, clock: Clock, maker: string, month: string): Promise<IssuedStatement> {
  return store.transaction('jobs', async (sql) => {
    const id = `statement_${maker}_${month}`
    await sql('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [id])
    const [known] = await sql<{ document: StatementDocument }>('SELECT document FROM statement WHERE id = $1', [id])
    if (known !== undefined) return { status: 'issued', id, document: known.document, known: true }
    const drafted = await draftStatement(sql, maker, month)
    if (drafted.status === 'no-agreement') return drafted
    const document = { ...drafted.document, takenBack: await accrualsOf(sql, drafted.document) }
    await postMoney(sql, { id: `statement:${id}`, kind: 'statement', at: clock.now(), currency: document.currency, entries: statementEntries(document), note: `${maker} ${month}` })
    await sql('INSERT INTO statement (id, maker, month, agreement, agreement_version, currency, net, document, transaction_id, issued_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
      [id, maker, month, document.agreement, document.agreementVersion, document.currency, document.net, JSON.stringify(document), `statement:${id}`, isoTime(clock.now())])
    return { status: 'issued', id, document, known: false }
  })
}

