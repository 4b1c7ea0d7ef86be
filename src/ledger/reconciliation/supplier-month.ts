/**
 * What a supplier's contract makes of a month, payable before a bill names it: units bought, shortfalls to a minimum and to
 * commitments, discounts by spend and on usage. Posting books calls at list price; this moves cost and payable to the
 * contract. A bill that names such a charge takes the accrual's place (true-up.ts); what a bill has said stands. Closing a
 * month again, after late usage or an amendment, books the difference.
 */
import type { Clock } from '../../kernel/clock.ts'
import { type Decimal, add, decimal, formatDecimal, isZero, negate, subtract, sum, zero } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { monthOf, monthPeriod } from '../contracts/calendar.ts'
import { type CommitmentDraw, writeDraws } from '../contracts/commitment-accounts.ts'
import { holdsOn } from '../contracts/contract.ts'
import { contractsIn } from '../contracts/contract-store.ts'
import { mainOf, type StoredContract } from '../contracts/cover.ts'
import { ratesUntil } from '../contracts/exchange.ts'
import { commitmentDraws, type LineKind, rateUnderContract } from '../contracts/rate-contract.ts'
import { supplierUsage } from '../contracts/supplier-usage.ts'
import { CannotRate, drawnBefore, inOneCurrency, type NotRatable } from '../invoices/rate-month.ts'
import { lockSupplier } from './settled-kinds.ts'
import { accrued, book, bookedBefore, gathered, keyOf, type Place } from './true-up.ts'
import { expectedByDay } from './expected-cost.ts'

export type SupplierMonth =
  | { readonly status: 'posted'; readonly transaction: string; readonly currency: string; readonly amount: string; readonly charges: readonly { readonly account: string; readonly amount: string }[] }
  | { readonly status: 'no-contract' }
  | { readonly status: 'no-change' }
  | NotRatable

/** Under which name a bill would carry the charge: what stands on one takes the accrual's place. */
const accounts: Readonly<Record<Exclude<LineKind, 'usage'>, string>> = { provisioned: 'purchase', 'minimum-shortfall': 'fee', 'commitment-shortfall': 'fee', 'spend-discount': 'credit' }

/** Charges of the month that are no call's, and draws of commitments. */
async function chargesOf(sql: Sql, clock: Clock, supplier: string, month: string, holding: readonly StoredContract[]): Promise<readonly Place[]> {
  const { currency } = mainOf(holding).contract
  const rows = inOneCurrency(await supplierUsage(sql, supplier, monthPeriod(month)), currency, await ratesUntil(sql, monthPeriod(month).until))
  const places: Place[] = []
  const draws: CommitmentDraw[] = []
  for (const { contract, version } of holding) {
    const own = rows.filter((row) => holdsOn(contract, row.day))
    for (const line of rateUnderContract(own, contract, monthPeriod(month), await drawnBefore(sql, contract.id, month)).lines) {
      if (line.kind !== 'usage') places.push({ day: line.from, model: line.model ?? '', account: `${accrued}${accounts[line.kind]}`, amount: line.payable })
    }
    for (const [commitment, amount] of version === 0 ? [] : commitmentDraws(own, contract, month)) draws.push({ contract: contract.id, commitment, currency: contract.currency, amount })
  }
  await writeDraws(sql, clock, { id: supplier, side: 'supplier' }, month, draws)
  return places
}

/** By how much each day's usage costs less under the contract than at the list price that posting booked. */
async function discountsOf(sql: Sql, supplier: string, month: string, currency: string): Promise<readonly Place[]> {
  const { from, until } = monthPeriod(month)
  const expected = await expectedByDay(sql, supplier, from, until, currency) ?? []
  const list = await sql<{ day: string; amount: string }>(`SELECT to_char(day, 'YYYY-MM-DD') AS day, sum(amount) AS amount FROM usage_day WHERE supplier = $1 AND day >= $2 AND day < $3 AND currency = $4 GROUP BY day ORDER BY day`, [supplier, from, until, currency])
  const days = new Map<string, Decimal>(list.map((row) => [row.day, negate(decimal(row.amount))]))
  for (const row of expected) days.set(row.day, add(days.get(row.day) ?? zero, row.amount))
  return [...days].map(([day, amount]) => ({ day, model: '', account: 'contract', amount }))
}

/** Days that a bill has been trued up for, and names of charges that one has named in the month. */
async function saidByBills(sql: Sql, supplier: string, month: string): Promise<{ readonly days: ReadonlySet<string>; readonly accounts: ReadonlySet<string> }> {
  const { from, until } = monthPeriod(month)
  const rows = await sql<{ day: string; account: string }>(`SELECT DISTINCT to_char(day, 'YYYY-MM-DD') AS day, account FROM trued_up WHERE supplier = $1 AND day >= $2 AND day < $3 AND transaction_id LIKE 'true-up:%'`, [supplier, from, until])
  return { days: new Set(rows.map((row) => row.day)), accounts: new Set(rows.map((row) => row.account)) }
}

/** Makes a supplier's month payable under its contracts. Run again it changes what has changed since, and else nothing. */
export async function closeSupplierMonth(store: Store, clock: Clock, supplier: string, month: string): Promise<SupplierMonth> {
  try {
    return await store.transaction('jobs', (sql) => closeIn(sql, clock, supplier, month))
  } catch (cause) {
    if (cause instanceof CannotRate) return cause.why
    throw cause
  }
}

async function closeIn(sql: Sql, clock: Clock, supplier: string, month: string): Promise<SupplierMonth> {
  await lockSupplier(sql, supplier)
  const holding = await contractsIn(sql, supplier, 'supplier', month, 'USD')
  const { currency } = mainOf(holding).contract
  if (holding.every((part) => part.version === 0)) return { status: 'no-contract' }
  const other = holding.filter(({ contract }) => contract.currency !== currency)
  if (other.length > 0) throw new CannotRate({ status: 'two-currencies', contracts: holding.map(({ contract }) => `${contract.id} in ${contract.currency}`) })
  const said = await saidByBills(sql, supplier, month)
  const left = (place: Place): boolean => place.account.startsWith(accrued) ? !said.accounts.has(place.account.slice(accrued.length)) : place.account === 'contract' && !said.days.has(place.day)
  const asked = gathered([...await chargesOf(sql, clock, supplier, month, holding), ...await discountsOf(sql, supplier, month, currency)].filter(left))
  const before = await bookedBefore(sql, { supplier, currency, ...monthPeriod(month) })
  const places = [
    ...[...asked.values()].map((place) => ({ ...place, amount: subtract(place.amount, before.get(keyOf(place))?.amount ?? zero) })),
    ...[...before].flatMap(([key, place]) => !asked.has(key) && left(place) ? [{ ...place, amount: negate(place.amount) }] : []),
  ].filter((place) => !isZero(place.amount) && monthOf(place.day) === month)
  if (places.length === 0) return { status: 'no-change' }
  const [row] = await sql<{ n: string }>(`SELECT count(*) + 1 AS n FROM ledger_transaction WHERE id LIKE $1 || ':%'`, [`supplier-month:${supplier}:${month}`])
  const transaction = `supplier-month:${supplier}:${month}:${row?.n ?? '1'}`
  await book(sql, clock, transaction, { supplier, currency }, `${month} under ${holding.filter((part) => part.version > 0).map(({ contract }) => contract.id).join(', ')}`, places)
  const byAccount = gathered(places.map((place) => ({ ...place, day: '', model: '', account: place.account.replace(accrued, '') })))
  return {
    status: 'posted', transaction, currency, amount: formatDecimal(sum(places.map((place) => place.amount))),
    charges: [...byAccount.values()].map(({ account, amount }) => ({ account, amount: formatDecimal(amount) })),
  }
}
