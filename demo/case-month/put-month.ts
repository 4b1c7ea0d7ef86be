/**
 * Puts the case's month into the books: contracts, calls, the cluster's month, invoices and the statement. Everything goes
 * the way that it goes in service: records are shipped and posted, months closed, statements issued by the same functions.
 */
import type { Clock } from '../../src/kernel/clock.ts'
import { type Decimal, decimal, divideRounded, formatDecimal, multiply, sum } from '../../src/kernel/decimal.ts'
import type { NumberedRecord } from '../../src/journal/record.ts'
import { assetSchema } from '../../src/ledger/assets/asset.ts'
import { postAssetMonth, saveAsset } from '../../src/ledger/assets/asset-store.ts'
import { dayStart, daysBetween, monthPeriod } from '../../src/ledger/contracts/calendar.ts'
import { contractSchema } from '../../src/ledger/contracts/contract.ts'
import { saveContract } from '../../src/ledger/contracts/contract-store.ts'
import { partySchema, saveParty } from '../../src/ledger/contracts/party.ts'
import { closeMonth } from '../../src/ledger/invoices/close-month.ts'
import { postPending } from '../../src/ledger/post.ts'
import { priceBook } from '../../src/ledger/price-book.ts'
import { seedPriceRows } from '../../src/ledger/price-seed.ts'
import { ship } from '../../src/ledger/ship.ts'
import { agreementSchema } from '../../src/ledger/statements/agreement.ts'
import { issueStatement, saveAgreement } from '../../src/ledger/statements/issue-statement.ts'
import type { Store } from '../../src/store/store.ts'
import caseFile from '../case.json' with { type: 'json' }
import { recordsOf } from './records.ts'
import { inventedShape, type Shape, traceShape } from './shape.ts'
import { agreementOf, asset, assetOf, maker, seller } from './terms.ts'
import { type CustomerMonth, customerMonths } from './usage.ts'

export interface CaseMonthOptions {
  /** `2026-10`. */
  readonly month: string
  /** Part of the case's size: `1` (default) or `0.001`. Amounts, tokens and terms are scaled alike. */
  readonly scale?: string
  /** The traces' shape where they are at hand, an invented one where not. */
  readonly shape?: Shape
  /** Hours that one call of a customer other than the largest stands for; a day by default. The largest's stand for one. */
  readonly stepHours?: number
  /** `false` leaves the month open: no invoice, no statement. */
  readonly close?: boolean
  /** Told of what is done, one line a step. */
  readonly say?: (line: string) => void
}

export interface CaseMonth {
  readonly month: string
  readonly source: string
  readonly customers: readonly string[]
  readonly calls: number
  readonly invoices: number
  /** Invoiced before tax: of the largest customer, and of all. */
  readonly largest: string
  readonly all: string
  /** Largest of all, in percent. */
  readonly share: string
  /** Positive: the cloud pays the maker. */
  readonly statementNet: string
}

const recordsAtOnce = 2_000

async function postCalls(store: Store, clock: Clock, journal: string, records: Iterable<NumberedRecord>): Promise<number> {
  const book = priceBook(seedPriceRows())
  let batch: NumberedRecord[] = []
  let count = 0
  const flush = async (): Promise<void> => {
    await ship(store, journal, batch, { clock })
    count += batch.length / 2
    batch = []
  }
  for (const record of records) {
    batch.push(record)
    if (batch.length === recordsAtOnce) await flush()
  }
  if (batch.length > 0) await flush()
  while ((await postPending(store, book, 20_000, clock)).remaining > 0);
  return count
}

/** What the month's customers, contracts and terms are. */
async function agree(store: Store, clock: Clock, months: readonly CustomerMonth[], of: { readonly month: string; readonly scale: Decimal }): Promise<void> {
  await saveParty(store, 'self', partySchema.parse(seller))
  for (const { customer } of months) {
    await saveParty(store, customer.id, partySchema.parse(customer.party))
    await saveContract(store, clock, contractSchema.parse(customer.contract))
  }
  await saveAgreement(store, clock, agreementSchema.parse(agreementOf(of, caseFile.figures.makerShare.value)))
  await saveAsset(store, assetSchema.parse(assetOf(of)))
}

/** Hours of the cluster: three fifths carry customers, a quarter the maker's research, the rest stands idle (assumed). */
async function postCluster(store: Store, clock: Clock, of: { readonly month: string; readonly scale: Decimal }): Promise<void> {
  const { from, until } = monthPeriod(of.month)
  const gpus = assetSchema.parse(assetOf(of)).gpus
  const hours = multiply(decimal(gpus * 24 * daysBetween(from, until)), decimal('0.95'))
  const part = (percent: string): string => formatDecimal(divideRounded(multiply(hours, decimal(percent)), decimal(1), 0))
  await postAssetMonth(store, clock, asset, of.month, [
    { party: 'buyer', use: 'customer', model: 'gpt-4.1', hours: part('0.2') }, { party: 'others', use: 'customer', hours: part('0.4') }, { party: maker, use: 'maker', hours: part('0.25') },
  ])
}

async function invoiced(store: Store, month: string): Promise<readonly { readonly organization: string; readonly net: Decimal }[]> {
  const rows = await store.query<{ organization: string; net: string }>('jobs', `SELECT organization, net FROM invoice WHERE month = $1 AND kind = 'invoice' AND status IN ('issued', 'paid') ORDER BY net DESC`, [month])
  return rows.map((row) => ({ organization: row.organization, net: decimal(row.net) }))
}

/** Puts the month in and closes it; doing it again adds nothing. The store's clock stands at the second day of the month after. */
export async function putCaseMonth(store: Store, options: CaseMonthOptions): Promise<CaseMonth> {
  const { month, say = () => undefined, shape = traceShape() ?? inventedShape(1) } = options
  const of = { month, scale: decimal(options.scale ?? '1') }
  const closing = dayStart(monthPeriod(month).until) + 33 * 3_600_000
  const clock: Clock = { now: () => closing, monotonic: () => 0 }
  const { buyerMonthlySpend, cloudAiMonthlyRevenue } = caseFile.figures
  const months = customerMonths(priceBook(seedPriceRows()), shape, of, { largest: decimal(buyerMonthlySpend.value), all: decimal(cloudAiMonthlyRevenue.value) })
  await agree(store, clock, months, of)
  say(`${months.length} customers with their contracts, the maker's agreement, the cluster; shape: ${shape.source}`)
  const calls = await postCalls(store, clock, `case-month-${month}`, recordsOf(priceBook(seedPriceRows()), of, months, options.stepHours ?? 24))
  say(`${calls} calls shipped, rated and posted; each stands for an hour or a day of a customer`)
  await postCluster(store, clock, of)
  if (options.close === false) return { month, source: shape.source, customers: months.map(({ customer }) => customer.id), calls, invoices: 0, largest: '0', all: '0', share: '0', statementNet: '0' }
  const closed = await closeMonth(store, clock, month)
  const statement = await issueStatement(store, clock, maker, month)
  const nets = await invoiced(store, month)
  const [largest = decimal(0), all] = [nets[0]?.net, sum(nets.map((each) => each.net))]
  say(`${closed.issued.length} invoices issued, ${closed.alreadyIssued} were issued before; ${closed.failed.length} failed`)
  return {
    month, source: shape.source, customers: months.map(({ customer }) => customer.id), calls, invoices: nets.length, largest: formatDecimal(largest), all: formatDecimal(all),
    share: formatDecimal(divideRounded(multiply(largest, decimal(100)), all, 1)), statementNet: statement.status === 'issued' ? statement.document.net : '0',
  }
}
