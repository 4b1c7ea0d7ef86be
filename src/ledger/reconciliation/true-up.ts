/**
 * Books what a supplier is right about. A bill says what its days cost, so of bills that overlap (a month after its days, an
 * export made again in another order) the later moves the books by what it says less what true-ups have booked of those
 * days already: nothing is booked twice, whatever the order.
 */
import type { Clock } from '../../kernel/clock.ts'
import { type Decimal, add, decimal, formatDecimal, isZero, negate, subtract, sum, zero } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { adjustBudgets, type Adjusted } from '../adjust-budgets.ts'
import { addDays, monthOf, monthPeriod } from '../contracts/calendar.ts'
import { postMoney } from '../money-transaction.ts'
import { besideCalls, charges, undated } from './bill.ts'
import type { VarianceKind } from './match-bill.ts'
import type { Report } from './reconcile.ts'
import { disputed, kindsBefore, lockSupplier, recordKinds } from './settled-kinds.ts'
import { recordDues, rechargesOf } from './true-up-budgets.ts'

export type TruedUp =
  | { readonly status: 'posted'; readonly amount: string; readonly transaction: string; readonly budgets: Adjusted }
  | { readonly status: 'unknown' }
  /** This bill, or others that said the same of its days: nothing is left to book. `says`: why, and what to do next. */
  | { readonly status: 'posted-before'; readonly says: string }
  | { readonly status: 'nothing-to-post' }
  /** A dispute that is open is over one of the kinds. */
  | { readonly status: 'disputed'; readonly why: string }

/** An amount of a day, a model (or none) and the last part of its account. */
export interface Place { readonly day: string; readonly model: string; readonly account: string; readonly amount: Decimal }

export const keyOf = ({ day, model, account }: Omit<Place, 'amount'>): string => `${day}\n${model}\n${account}`

export function gathered(places: Iterable<Place>): ReadonlyMap<string, Place> {
  const sums = new Map<string, Place>()
  for (const place of places) sums.set(keyOf(place), { ...place, amount: add(sums.get(keyOf(place))?.amount ?? zero, place.amount) })
  return sums
}

const accountOf = (makers: ReadonlyMap<string, string>, item: { readonly kind: VarianceKind; readonly model?: string }): string =>
  besideCalls.has(item.kind) ? item.kind : makers.get(undated(item.model ?? '')) ?? 'unknown'

/** What the report asks for in these kinds, and of which places it says something that is not asked for. */
function askedFor(report: Report, kinds: readonly VarianceKind[], makers: ReadonlyMap<string, string>): { readonly asked: ReadonlyMap<string, Place>; readonly open: ReadonlySet<string> } {
  const places = report.variances.map((item) => ({ kind: item.kind, place: { day: item.day, model: undated(item.model ?? ''), account: accountOf(makers, item), amount: decimal(item.amount) } }))
  // The contract's discount is of the supplier as a whole; it stands on an account of its own.
  const discounts = Object.entries(report.discountByDay ?? { [report.from]: report.contractDiscount }).map(([day, amount]): Place => ({ day, model: '', account: 'contract', amount: decimal(amount) }))
  return {
    asked: gathered([...places.filter(({ kind }) => kinds.includes(kind)).map(({ place }) => place), ...discounts]),
    open: new Set(places.filter(({ kind }) => !kinds.includes(kind)).map(({ place }) => keyOf(place))),
  }
}

/** Marks what a month's charges under a contract were accrued at before a bill named them (supplier-month.ts). */
export const accrued = 'accrued '

/** What is booked of some days beside the list price of calls; of the days in `beside` only what a bill charges beside calls. */
export async function bookedBefore(sql: Sql, { supplier, from, until, currency }: Pick<Report, 'supplier' | 'from' | 'until' | 'currency'>, beside: readonly string[] = []): Promise<ReadonlyMap<string, Place>> {
  const rows = await sql<{ day: string; model: string; account: string; amount: string }>(`
    SELECT to_char(day, 'YYYY-MM-DD') AS day, model, account, sum(amount) AS amount FROM trued_up
    WHERE supplier = $1 AND currency = $4 AND ((day >= $2 AND day < $3) OR (account = ANY ($5::text[]) AND day = ANY ($6::date[]))) GROUP BY 1, 2, 3`, [supplier, from, until, currency, charges, beside])
  return gathered(rows.map((row) => ({ ...row, amount: decimal(row.amount) })))
}

/** Accruals of a month that the bill now names itself, taken back: its word takes their place, whatever day it stands on. */
async function replacedAccruals(sql: Sql, report: Report, asked: ReadonlyMap<string, Place>): Promise<readonly Place[]> {
  const whole = { ...report, from: monthPeriod(monthOf(report.from)).from, until: monthPeriod(monthOf(addDays(report.until, -1))).until }
  const named = new Set([...asked.values()].map((place) => `${accrued}${place.account} ${monthOf(place.day)}`))
  return [...(await bookedBefore(sql, whole)).values()].filter((place) => named.has(`${place.account} ${monthOf(place.day)}`)).map((place) => ({ ...place, amount: negate(place.amount) }))
}

/** By how much each place moves: to what is asked for; back to nothing where the bill agrees with the books; not where it is left open. */
function moves(asked: ReadonlyMap<string, Place>, open: ReadonlySet<string>, before: ReadonlyMap<string, Place>): readonly Place[] {
  const changed: Place[] = []
  for (const [key, place] of asked) changed.push({ ...place, amount: subtract(place.amount, before.get(key)?.amount ?? zero) })
  for (const [key, place] of before) if (!asked.has(key) && !open.has(key) && !place.account.startsWith(accrued)) changed.push({ ...place, amount: negate(place.amount) })
  return changed.filter((place) => !isZero(place.amount))
}

/** Moves cost and payable, and writes down of which days. */
export async function book(sql: Sql, clock: Clock, transaction: string, of: Pick<Report, 'supplier' | 'currency'>, note: string, places: readonly Place[]): Promise<void> {
  const { supplier, currency } = of
  await postMoney(sql, {
    id: transaction, kind: 'true-up', at: clock.now(), currency, note,
    entries: places.flatMap(({ account, amount }) => {
      const maker = account.startsWith(accrued) ? account.slice(accrued.length) : account
      return [{ account: { id: `cost/${supplier}/${maker}`, supplier, maker }, amount }, { account: { id: `payable/${supplier}/${maker}`, supplier, maker }, amount: negate(amount) }]
    }),
  })
  await sql('INSERT INTO trued_up (transaction_id, supplier, currency, day, model, account, amount) SELECT $1, $2, $3, * FROM unnest($4::date[], $5::text[], $6::text[], $7::numeric[])',
    [transaction, supplier, currency, places.map((place) => place.day), places.map((place) => place.model), places.map((place) => place.account), places.map((place) => formatDecimal(place.amount))])
}

/** What is left to do where a true-up books nothing. */
const nothingLeft = (report: Report, kinds: readonly VarianceKind[], by: string): string => {
  const left = [...new Set(report.variances.map((item) => item.kind))].filter((kind) => !kinds.includes(kind)).sort()
  return `${by}: nothing is left to book in ${kinds.join(', ')}. ${left.length === 0 ? 'This bill is done: where the supplier has corrected it since, import the corrected one' : `What is open on this bill: ${left.join(', ')}; true up or dispute that`}`
}

/**
 * Cost and payable move to what the bill says in these kinds and in those trued up before: each kind of a bill once, except
 * those that are disputed until the dispute ends. Budgets that were charged full holds are charged what the bill says
 * instead, where their period is still open.
 */
export async function trueUp(store: Store, clock: Clock, reconciliation: string, of: readonly VarianceKind[]): Promise<TruedUp> {
  return store.transaction('admin', async (sql) => {
    const [row] = await sql<{ bill: string; report: Report }>('SELECT bill, report FROM reconciliation WHERE id = $1 FOR UPDATE', [reconciliation])
    if (row === undefined) return { status: 'unknown' }
    const { bill, report } = row
    await lockSupplier(sql, report.supplier)
    const done = await sql<{ id: string }>(`SELECT DISTINCT transaction_id AS id FROM trued_up_kind WHERE bill = $1`, [bill])
    const earlier = await kindsBefore(sql, bill)
    const kinds = [...new Set([...earlier, ...of])].sort()
    if (done.length > 0 && kinds.length === earlier.length) return { status: 'posted-before', says: nothingLeft(report, kinds, `this bill was trued up by ${done.map(({ id }) => id).join(', ')}`) }
    const why = await disputed(sql, report, of)
    if (why !== undefined) return { status: 'disputed', why }
    const transaction = done.length === 0 ? `true-up:${bill}` : `true-up:${bill}:${done.length + 1}`
    const makers = new Map((await sql<{ model: string; maker: string }>('SELECT DISTINCT model, maker FROM usage_day WHERE supplier = $1', [report.supplier])).map((item) => [undated(item.model), item.maker]))
    const { asked, open } = askedFor(report, kinds, makers)
    // A tax of the month may date from before the first call that its bill covers.
    const before = await bookedBefore(sql, report, report.variances.filter((item) => besideCalls.has(item.kind)).map((item) => item.day))
    const places = [...moves(asked, open, before), ...await replacedAccruals(sql, report, asked)].filter((place) => !isZero(place.amount))
    const { recharges, dues } = await rechargesOf(sql, report, kinds)
    const budgets = await adjustBudgets(sql, clock, transaction, `true-up of ${bill}`, recharges)
    await recordDues(sql, report.supplier, dues)
    if (budgets.changed === 0 && places.length === 0) return before.size > 0 ? { status: 'posted-before', says: nothingLeft(report, kinds, 'true-ups of other bills of these days have booked what this one says') } : { status: 'nothing-to-post' }
    await book(sql, clock, transaction, report, `${bill}: ${of.join(', ')}`, places)
    await recordKinds(sql, reconciliation, bill, transaction, of)
    await sql('UPDATE reconciliation SET transaction_id = $2 WHERE id = $1', [reconciliation, transaction])
    return { status: 'posted', amount: formatDecimal(sum(places.map((place) => place.amount))), transaction, budgets }
  })
}
