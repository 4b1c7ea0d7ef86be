/** What several routes of money ask for: months, days, currencies, sums. */
import { z } from 'zod'
import { parseSum } from '../../ledger/contracts/amount.ts'
import type { Clock } from '../../kernel/clock.ts'
import { addDays, dayOf, isDay, monthOf } from '../../ledger/contracts/calendar.ts'
import { isCurrency } from '../../ledger/contracts/currency.ts'
import { Failed } from './reply.ts'

export const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'a month, such as 2026-11')
export const day = z.string().refine(isDay, 'a day that exists, such as 2026-11-01')
export const currencyCode = z.string().refine(isCurrency, 'a currency of ISO 4217, such as EUR')

/** Refuses to book a month that has not begun: its number, statement or allocation would stand there before anything was used. */
export function refuseUnbegun(of: string, clock: Clock): void {
  const today = dayOf(clock.now())
  // A day ahead of us is today somewhere.
  if (of > monthOf(addDays(today, 1))) throw new Failed(422, 'not_begun', `${of} has not begun, it is ${monthOf(today)}: nothing is booked of a month ahead`)
}

/** For bodies with `amount` and `currency`: what somebody paid or gave back. */
export const hasSum = (one: { readonly amount: string; readonly currency: string }): boolean => parseSum(one.amount, one.currency) !== undefined
export const sumFault = { path: ['amount'], message: 'an amount above zero in whole minor units of the currency, such as 12.50' }
