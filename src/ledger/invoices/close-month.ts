/**
 * The monthly run: one draft and one issue a customer, then each supplier's month, each in its own transaction. A run that
 * was cut off is run again: what is issued is passed over, what is a draft is made anew, and of a supplier's month only what
 * changed since is booked. Running it twice changes nothing.
 */
import type { Clock } from '../../kernel/clock.ts'
import type { Store } from '../../store/store.ts'
import { monthPeriod } from '../contracts/calendar.ts'
import { bookAllPromises } from '../contracts/commitment-accounts.ts'
import { closeSupplierMonth } from '../reconciliation/supplier-month.ts'
import { draftInvoice } from './draft-invoice.ts'
import { issueInvoice } from './issue-invoice.ts'
import type { NotRatable } from './rate-month.ts'

export interface MonthClosed {
  readonly month: string
  readonly issued: readonly { readonly organization: string; readonly id: string; readonly number: string; readonly total: string; readonly currency: string }[]
  readonly alreadyIssued: number
  readonly nothingToBill: readonly string[]
  /** Customers that could not be billed, and why: the run goes on without them. */
  readonly failed: readonly { readonly organization: string; readonly why: string }[]
  readonly suppliers: SuppliersClosed
}

/** What became of suppliers whose contracts hold in the month. */
export interface SuppliersClosed {
  /** `amount`: what payable grew by. */
  readonly posted: readonly { readonly supplier: string; readonly currency: string; readonly amount: string }[]
  readonly unchanged: number
  readonly failed: readonly { readonly supplier: string; readonly why: string }[]
}

/** Customers with usage in the month, with a contract, or with usage that arrived late. */
async function customersOf(store: Store, month: string): Promise<readonly string[]> {
  const { from, until } = monthPeriod(month)
  const rows = await store.query<{ organization: string }>('jobs', `
    SELECT organization FROM usage_day WHERE day >= $1 AND day < $2 UNION SELECT party FROM contract WHERE side = 'customer' ORDER BY 1`, [from, until])
  return rows.map((row) => row.organization)
}

/** What keeps a month from being billed, in words that say what to do. */
export const whyNotRated = (why: NotRatable): string => why.status === 'no-exchange-rate'
  ? `no exchange rate from ${why.base} to ${why.quote} on ${why.day}: record it with weir contracts rate ${why.base} ${why.quote} ${why.day} RATE --source TEXT, and run again`
  : `contracts in more than one currency hold in the month (${why.contracts.join(', ')}): an invoice has one, so let one of them end with a month and the next begin with one`

/** Makes the month of each supplier with a contract payable: units, minimums, commitments, discounts (supplier-month.ts). */
async function closeSuppliers(store: Store, clock: Clock, month: string): Promise<SuppliersClosed> {
  const posted: SuppliersClosed['posted'][number][] = []
  const failed: SuppliersClosed['failed'][number][] = []
  let unchanged = 0
  for (const { party: supplier } of await store.query<{ party: string }>('jobs', `SELECT DISTINCT party FROM contract WHERE side = 'supplier' ORDER BY party`)) {
    const done = await closeSupplierMonth(store, clock, supplier, month)
    if (done.status === 'posted') posted.push({ supplier, currency: done.currency, amount: done.amount })
    else if (done.status === 'no-change') unchanged += 1
    else if (done.status !== 'no-contract') failed.push({ supplier, why: whyNotRated(done) })
  }
  return { posted, unchanged, failed }
}

const noSuppliers: SuppliersClosed = { posted: [], unchanged: 0, failed: [] }

/**
 * Closes a month. `draftOnly` stops before issuing, for review; a run for some customers leaves suppliers to the whole one.
 * The month must be over; the caller says so by asking.
 */
export async function closeMonth(store: Store, clock: Clock, month: string, options: { readonly draftOnly?: boolean; readonly organizations?: readonly string[] } = {}): Promise<MonthClosed> {
  const issued: MonthClosed['issued'][number][] = []
  const nothingToBill: string[] = []
  const failed: MonthClosed['failed'][number][] = []
  let alreadyIssued = 0
  for (const organization of options.organizations ?? await customersOf(store, month)) {
    const drafted = await draftInvoice(store, clock, organization, month)
    if (drafted.status === 'already-issued') alreadyIssued += 1
    else if (drafted.status === 'nothing-to-bill') nothingToBill.push(organization)
    else if (drafted.status === 'no-exchange-rate' || drafted.status === 'two-currencies') failed.push({ organization, why: whyNotRated(drafted) })
    else if (options.draftOnly !== true) {
      const result = await issueInvoice(store, clock, drafted.id)
      if (result.status === 'issued') issued.push({ organization, id: drafted.id, number: result.number, total: drafted.document.total, currency: drafted.document.currency })
      else alreadyIssued += 1
    }
  }
  const whole = options.draftOnly !== true && options.organizations === undefined
  const suppliers = whole ? await closeSuppliers(store, clock, month) : noSuppliers
  if (whole) await bookAllPromises(store, clock)
  return { month, issued, alreadyIssued, nothingToBill, failed, suppliers }
}
