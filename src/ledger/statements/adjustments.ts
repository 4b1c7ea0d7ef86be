/**
 * What changed in months whose statement is issued: a credit note, a further invoice, one taken back, usage or a price that
 * came late. Each such month is reckoned again, under the agreement of its statement, and what it comes to more or less
 * than was settled for it, by its statement and by adjustments since, stands on the next statement. Issuing one more changes
 * nothing. Machines that the maker used are settled once, when their month is on the books.
 */
import { type Decimal, add, compare, decimal, formatDecimal, isZero, negate, subtract, sum, zero } from '../../kernel/decimal.ts'
import type { Sql } from '../../store/store.ts'
import { addDays, monthPeriod } from '../contracts/calendar.ts'
import type { RateOn } from '../contracts/exchange.ts'
import { type Agreement, agreementOn, agreementSchema } from './agreement.ts'
import { type Before, type DraftLine, type DueKind, duesOf, guarantees, payableOf, type StatementDocument, type StatementLine, type TakenBack } from './compose-statement.ts'
import { type ModelSale, saleIn, salesOf } from './sales.ts'

export interface Settled extends Record<string, unknown> { readonly month: string; readonly agreement: string; readonly agreement_version: number; readonly document: StatementDocument; readonly transaction_id: string }

/** A maker's statements, in the order of their months. */
export const statementsOf = (sql: Sql, maker: string): Promise<readonly Settled[]> =>
  sql<Settled>('SELECT month, agreement, agreement_version, document, transaction_id FROM statement WHERE maker = $1 ORDER BY month', [maker])

/** A maker's sales of a month, each in the currency of the agreement at the rate of the month's last day. */
export async function salesIn(sql: Sql, maker: string, month: string, currency: string, rateOn: RateOn): Promise<readonly ModelSale[]> {
  const day = addDays(monthPeriod(month).until, -1)
  return (await salesOf(sql, month, 'own-month')).filter((sale) => sale.maker === maker).map((sale) => saleIn(sale, currency, rateOn, day))
}

/** Lines that settled something of a month: its own statement's, and adjustments of it on later ones. */
export const settledFor = (statements: readonly Settled[], month: string): readonly StatementLine[] =>
  statements.flatMap(({ document }) => document.lines.filter((line) => line.keys.month === month))

/** What a maker's months under a guarantee came to, by line kind, without one month: for what is still short in that one. */
export function underGuarantees(statements: readonly Settled[], agreement: Agreement, except: string): Pick<Before, 'paidUnderGuarantee' | 'computeUnderGuarantee'> {
  const of = (guarantee: Agreement['minimumGuarantee'], counts: (line: StatementLine) => boolean): Decimal => sum(statements.filter((each) => each.agreement === agreement.id)
    .flatMap(({ document }) => document.lines.filter((line) => counts(line) && line.keys.month !== except && guarantees(guarantee, line.keys.month))).map((line) => decimal(line.payable)))
  return {
    paidUnderGuarantee: of(agreement.minimumGuarantee, (line) => line.direction === 'to-maker'),
    computeUnderGuarantee: of(agreement.makerGuarantee, (line) => line.kind === 'compute'),
  }
}

/** Months with a statement that an invoice, a credit note or a void may have touched since; what came late of a month is on a later invoice. */
async function touched(sql: Sql, maker: string, before: string): Promise<readonly string[]> {
  const rows = await sql<{ month: string }>(`
    SELECT s.month FROM statement s WHERE s.maker = $1 AND s.month < $2 AND (
      EXISTS (SELECT 1 FROM invoice i WHERE i.month = s.month AND (i.status = 'void' OR i.issued_at >= s.issued_at))
      OR EXISTS (SELECT 1 FROM rated_month r JOIN invoice i ON i.id = r.invoice WHERE r.month = s.month AND i.month > s.month AND i.status <> 'draft'))
    ORDER BY s.month`, [maker, before])
  return rows.map((row) => row.month)
}

interface Sum { base: Decimal; payable: Decimal; line: DraftLine }

const adjustable: ReadonlySet<string> = new Set<DueKind>(['revenue-share', 'floor', 'pass-through', 'guarantee-shortfall'])
const kindOf = (line: Pick<StatementLine, 'kind' | 'of'>): DueKind => line.of ?? (line.kind === 'adjustment' ? 'revenue-share' : line.kind)
const keyOf = (line: Pick<StatementLine, 'kind' | 'of' | 'direction' | 'organization' | 'model'>, rate: string): string => JSON.stringify([line.direction, kindOf(line), line.organization, line.model, rate])

function gather(sums: Map<string, Sum>, line: DraftLine, currency: string, sign: 1 | -1): void {
  if (!adjustable.has(kindOf(line)) || (kindOf(line) === 'guarantee-shortfall' && line.direction === 'to-channel')) return
  const key = keyOf(line, formatDecimal(line.rate))
  const known = sums.get(key)
  const signed = (value: Decimal): Decimal => (sign === 1 ? value : negate(value))
  const base = signed(line.base)
  const payable = signed(payableOf(line, currency))
  // The keys of what is due now lead to the calls; where nothing is due any more, those of what was settled.
  sums.set(key, known === undefined ? { base, payable, line } : { base: add(known.base, base), payable: add(known.payable, payable), line: sign === 1 ? line : known.line })
}

const asDraft = (line: StatementLine): DraftLine => ({ ...line, base: decimal(line.base), rate: decimal(line.rate), payable: decimal(line.payable) })

/** What a month comes to now, less what was settled for it. */
function change(now: readonly DraftLine[], settled: readonly StatementLine[], currency: string): readonly DraftLine[] {
  const sums = new Map<string, Sum>()
  for (const line of settled) gather(sums, asDraft(line), currency, -1)
  for (const line of now) gather(sums, line, currency, 1)
  return [...sums.values()].filter((each) => !isZero(each.base) || !isZero(each.payable)).map(({ base, payable, line }) => {
    const { keys, direction, organization, model } = line
    const seen = new Set(settled.filter((each) => each.organization === organization && each.model === model).flatMap((each) => each.keys.invoices))
    const news = keys.invoices.filter((number) => !seen.has(number))
    const described = line.description.replace(/^\d{4}-\d{2}: /, '').replace(/ \(changed since its statement.*$/, '')
    return {
      direction, kind: 'adjustment', of: kindOf(line), ...(organization === undefined ? {} : { organization }), ...(model === undefined ? {} : { model }),
      description: `${keys.month}: ${described} (changed since its statement${news.length === 0 ? '' : ` by ${news.join(', ')}`})`, base, rate: line.rate, payable, keys,
    }
  })
}

/** Adjustments that a statement of `month` carries, in the currency of its agreement. */
export async function adjustmentsTo(sql: Sql, maker: string, month: string, currency: string, rateOn: RateOn): Promise<readonly DraftLine[]> {
  const statements = await statementsOf(sql, maker)
  const found: DraftLine[] = []
  for (const earlier of await touched(sql, maker, month)) {
    const own = statements.find((each) => each.month === earlier)
    if (own === undefined) continue
    const [row] = await sql<{ body: unknown }>('SELECT body FROM contract WHERE id = $1 AND version = $2', [own.agreement, own.agreement_version])
    if (row === undefined) continue
    const agreement = agreementOn(agreementSchema.parse(row.body), earlier)
    if (agreement.currency !== currency) throw new Error(`the statement of ${maker} for ${earlier} is in ${agreement.currency}, and what changed since cannot stand on one in ${currency}: end the agreement ${own.agreement} with a month whose invoices are settled`)
    const sales = await salesIn(sql, maker, earlier, currency, rateOn)
    const before: Before = { ...underGuarantees(statements, agreement, earlier), creditsLeft: new Map() }
    found.push(...change(duesOf(agreement, earlier, sales, [], before, found), settledFor(statements, earlier), currency))
  }
  return found
}

/** What was taken back of a month's accruals by statements so far. One of before this was written down has it in its entries. */
async function takenBackFor(sql: Sql, statements: readonly Settled[], maker: string, month: string): Promise<ReadonlyMap<string, Decimal>> {
  const sums = new Map<string, Decimal>()
  const put = ({ supplier, currency, amount }: Omit<TakenBack, 'month'>): void => { sums.set(`${supplier}\n${currency}`, add(sums.get(`${supplier}\n${currency}`) ?? zero, decimal(amount))) }
  for (const { document, month: own, transaction_id: transaction } of statements) {
    document.takenBack?.filter((each) => each.month === month).forEach(put)
    if (document.takenBack !== undefined || own !== month) continue
    const entries = await sql<{ supplier: string; currency: string; amount: string }>(`SELECT split_part(account, '/', 2) AS supplier, currency, amount FROM entry WHERE transaction_id = $1 AND account LIKE 'payable/%/' || $2`, [transaction, maker])
    entries.forEach(put)
  }
  return sums
}

/** What posting has accrued at list price for the models that a statement pays, its own month's and of months it adjusts, and no statement took back. */
export async function accrualsOf(sql: Sql, document: StatementDocument): Promise<readonly TakenBack[]> {
  const statements = await statementsOf(sql, document.maker)
  const months = new Set([document.month, ...document.lines.map((line) => line.keys.month)])
  const accrued: TakenBack[] = []
  for (const month of months) {
    const { from, until } = monthPeriod(month)
    const lines = [...settledFor(statements, month), ...document.lines.filter((line) => line.keys.month === month)]
    const models = [...new Set(lines.flatMap((line) => line.direction === 'to-maker' && line.model !== undefined ? [line.model] : []))]
    const booked = await sql<{ supplier: string; currency: string; amount: string }>(
      'SELECT supplier, currency, sum(amount) AS amount FROM usage_day WHERE maker = $1 AND day >= $2 AND day < $3 AND model = ANY($4) GROUP BY supplier, currency ORDER BY 1, 2', [document.maker, from, until, models])
    const before = await takenBackFor(sql, statements, document.maker, month)
    for (const { supplier, currency, amount } of booked) {
      const left = subtract(decimal(amount), before.get(`${supplier}\n${currency}`) ?? zero)
      if (compare(left, zero) !== 0) accrued.push({ month, supplier, currency, amount: formatDecimal(left) })
    }
  }
  return accrued
}
