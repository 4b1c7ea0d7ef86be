/** What several routes of money ask for: months, days, currencies, sums. */
import { z } from 'zod'
import { parseSum } from '../../ledger/contracts/amount.ts'
import type { Clock } from '../../kernel/clock.ts'
import { addDays, dayOf, isDay, monthOf } from '../../ledger/contracts/calendar.ts'
import { isCurrency } from '../../ledger/contracts/currency.ts'
import { isInTheBooks } from '../../ledger/invoices/known-customers.ts'
import { find } from '../entries.ts'
import type { AdminPorts } from '../ports.ts'
import { adminSql } from '../terms-desk.ts'
import { Failed, notFound } from './reply.ts'

export const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'a month, such as 2026-11')
export const day = z.string().refine(isDay, 'a day that exists, such as 2026-11-01')
export const currencyCode = z.string().refine(isCurrency, 'a currency of ISO 4217, such as EUR')

/** Refuses to book a month that has not begun: its number, statement or allocation would stand there before anything was used. */
export function refuseUnbegun(of: string, clock: Clock): void {
  const today = dayOf(clock.now())
  // A day ahead of us is today somewhere.
  if (of > monthOf(addDays(today, 1))) throw new Failed(422, 'not_begun', `${of} has not begun, it is ${monthOf(today)}: nothing is booked of a month ahead`)
}

/** Refuses a day of a movement of money that is yet to come; `place` is where it stands, `then` what to do. */
export function refuseAhead(of: string, clock: Clock, place: string, then: string): void {
  // A day ahead of us is today somewhere.
  if (of > addDays(dayOf(clock.now()), 1)) throw new Failed(422, 'invalid', `${place}: ${of} is yet to come: ${then}`)
}

/** Refuses the name of a customer that nothing of ours has: it was mistyped, and money or a file under it would be nobody's. */
export async function refuseStranger({ store, resources }: Pick<AdminPorts, 'store' | 'resources'>, customer: string): Promise<void> {
  if (find(await resources.state(), 'organization', customer) !== undefined || await isInTheBooks(adminSql(store), customer)) return
  throw notFound(`no customer ${customer}: nobody of that name has a key, usage, a contract, an invoice or a payment; GET /admin/v1/exposure lists customers`)
}

/** For bodies with `amount` and `currency`: what somebody paid or gave back. */
export const hasSum = (one: { readonly amount: string; readonly currency: string }): boolean => parseSum(one.amount, one.currency) !== undefined
export const sumSays = 'an amount above zero in whole minor units of the currency, such as 12.50'
/** For `refine`, which takes the words out of what it is given: they are read from `sumSays`. */
export const sumFault = { path: ['amount'], message: sumSays }
