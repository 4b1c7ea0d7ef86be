/** A supplier's bill or usage report, whatever its form was: rows by day, deployment, model and meter. */
import { type Decimal, formatDecimal } from '../../kernel/decimal.ts'

/**
 * What a row charges for that is no call: taxes, what was bought ahead (units, reservations, commitments), fees, credits and
 * refunds, corrections of earlier bills, and services beside models. The first five are FOCUS's charge categories.
 */
export const charges = ['tax', 'purchase', 'fee', 'credit', 'adjustment', 'other-service'] as const
export type Charge = (typeof charges)[number]

/** The same for kinds of variances: no maker's model stands for them, and they are booked on accounts of their own, as `cost/azure/tax`. */
export const besideCalls: ReadonlySet<string> = new Set(charges)

export interface BillRow {
  /** Row or entry of the source, counted from 1, for messages. */
  readonly n: number
  /** UTC day. */
  readonly day: string
  /** Left out: usage of calls. */
  readonly charge?: Charge
  readonly deployment?: string
  /** The supplier's name of the model, without a date at its end. */
  readonly model?: string
  /** Ours where it could be told, else undefined. */
  readonly meter?: string
  readonly tier?: string
  /** `call/attempt`, where the supplier was told and says it. */
  readonly attempt?: string
  /** Units (tokens, calls), whatever the bill counted in. */
  readonly quantity?: Decimal
  /** Undefined on a report of usage alone. */
  readonly amount?: Decimal
  /** Of an amount that was converted: what one step of the bill's own last digit has become. */
  readonly roundedTo?: Decimal
  readonly currency: string
  readonly description: string
  /** The same row stands on the bill before, word for word. */
  readonly repeats?: true
}

export interface Bill {
  readonly format: BillFormat
  readonly currency: string
  /** Days that the bill covers, end excluded. */
  readonly from: string
  readonly until: string
  readonly rows: readonly BillRow[]
}

export type BillFormat = 'focus' | 'openai-costs' | 'openai-usage' | 'azure-export' | 'sandbox' | 'weir-usage'

/** What is wrong with a bill, and where. A bill with one fault is not imported at all. */
export interface BillFault {
  readonly row: number
  readonly column: string
  readonly reason: string
}

export type Parsed = { readonly bill: Bill } | { readonly faults: readonly BillFault[] }

/** At most this many faults are told: who has more has another problem. */
export const faultsMax = 50

/**
 * One step of the last digit in which a bill prints amounts of calls. That of the row which shows the most: zeros at the end
 * of the others are lost when they are read, and some forms never print them.
 */
export const lastDigit = (rows: readonly BillRow[]): Decimal => ({
  coefficient: 1n, scale: rows.reduce((most, { amount, charge }) => (amount === undefined || charge !== undefined ? most : Math.max(most, formatDecimal(amount).split('.')[1]?.length ?? 0)), 0),
})

/** Model names that end in a date are sold under the name without it. */
export const undated = (model: string): string => model.replace(/-(\d{4}-\d{2}-\d{2}|\d{4}|\d{8})$/, '')

/** Days from the first to the last of the rows of usage, as a period: a tax of the month or a purchase dates from no call. Of all rows where none is usage. */
export function coveredBy(rows: readonly BillRow[], nextDay: (day: string) => string): { readonly from: string; readonly until: string } | undefined {
  const usage = rows.filter((row) => row.charge === undefined)
  let from: string | undefined
  let last: string | undefined
  for (const { day } of usage.length > 0 ? usage : rows) {
    if (from === undefined || day < from) from = day
    if (last === undefined || day > last) last = day
  }
  return from === undefined || last === undefined ? undefined : { from, until: nextDay(last) }
}
