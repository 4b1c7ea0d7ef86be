/**
 * The monthly run: one draft and one issue a customer, each in its own transaction. A run that was cut off is run again:
 * what is issued is passed over, what is a draft is made anew. Running it twice changes nothing.
 */
import type { Clock } from '../../kernel/clock.ts'
import type { Store } from '../../store/store.ts'
import { monthPeriod } from '../contracts/calendar.ts'
import { draftInvoice, type Drafted } from './draft-invoice.ts'
import { issueInvoice } from './issue-invoice.ts'

export interface MonthClosed {
  readonly month: string
  readonly issued: readonly { readonly organization: string; readonly id: string; readonly number: string; readonly total: string; readonly currency: string }[]
  readonly alreadyIssued: number
  readonly nothingToBill: readonly string[]
  /** Customers that could not be billed, and why: the run goes on without them. */
  readonly failed: readonly { readonly organization: string; readonly why: string }[]
}

/** Customers with usage in the month, with a contract, or with usage that arrived late. */
async function customersOf(store: Store, month: string): Promise<readonly string[]> {
  const { from, until } = monthPeriod(month)
  const rows = await store.query<{ organization: string }>('jobs', `
    SELECT organization FROM usage_day WHERE day >= $1 AND day < $2 UNION SELECT party FROM contract WHERE side = 'customer' ORDER BY 1`, [from, until])
  return rows.map((row) => row.organization)
}

const whyNot = (drafted: Extract<Drafted, { status: 'no-exchange-rate' }>): string => `no exchange rate from ${drafted.base} to ${drafted.quote} on ${drafted.day}: add it and run again`

/** Closes a month. `draftOnly` stops before issuing, for review. The month must be over; the caller says so by asking. */
export async function closeMonth(store: Store, clock: Clock, month: string, options: { readonly draftOnly?: boolean; readonly organizations?: readonly string[] } = {}): Promise<MonthClosed> {
  const issued: MonthClosed['issued'][number][] = []
  const nothingToBill: string[] = []
  const failed: MonthClosed['failed'][number][] = []
  let alreadyIssued = 0
  for (const organization of options.organizations ?? await customersOf(store, month)) {
    const drafted = await draftInvoice(store, clock, organization, month)
    if (drafted.status === 'already-issued') alreadyIssued += 1
    else if (drafted.status === 'nothing-to-bill') nothingToBill.push(organization)
    else if (drafted.status === 'no-exchange-rate') failed.push({ organization, why: whyNot(drafted) })
    else if (options.draftOnly !== true) {
      const result = await issueInvoice(store, clock, drafted.id)
      if (result.status === 'issued') issued.push({ organization, id: drafted.id, number: result.number, total: drafted.document.total, currency: drafted.document.currency })
      else alreadyIssued += 1
    }
  }
  return { month, issued, alreadyIssued, nothingToBill, failed }
}
