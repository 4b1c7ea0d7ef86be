/** Payments: recorded and matched, and what went back to who paid it. */
import { z } from 'zod'
import { giveBack, type WentBack } from '../../ledger/invoices/money-back.ts'
import { matchPayments, recordPayment } from '../../ledger/invoices/payments.ts'
import type { AdminPorts } from '../ports.ts'
import { adminSql } from '../terms-desk.ts'
import { currencyCode, day, hasSum, refuseAhead, refuseStranger, sumFault, sumSays } from './money-parts.ts'
import { type Api, conflict, Failed, nameIn, nameParam, notFound } from './reply.ts'

const tags = ['money']

export function paymentsApi(api: Api, { store, clock, resources }: AdminPorts): void {
  const payment = z.object({
    id: z.string().min(1), organization: z.string(), currency: currencyCode, amount: z.string(), reference: z.string(),
    received_on: day,
  }).refine(hasSum, sumFault)
  api.post('/admin/v1/payments', { schema: { tags, summary: 'Record a payment and match it', body: payment, response: { 200: z.object({ matches: z.array(z.object({ invoice: z.string(), number: z.string(), amount: z.string() })), unapplied: z.string(), known: z.boolean(), in_other_currency: z.array(z.object({ number: z.string(), currency: z.string() })).describe('Invoices that the reference names, in another currency: nothing is matched with them.') }) } } }, async (request) => {
    const { received_on: receivedOn, ...rest } = request.body
    refuseAhead(receivedOn, clock, 'body.received_on', 'record a payment when it has come in')
    const { organization } = rest
    await refuseStranger({ store, resources }, organization)
    const done = await recordPayment(store, clock, { ...rest, receivedOn })
    if (done.status === 'another-payment') throw conflict(`${rest.id} is a payment of ${done.amount} ${done.currency} by ${done.organization} already: give this one the bank's own reference of it`)
    return { matches: [...done.matches], unapplied: done.unapplied, known: done.known, in_other_currency: [...done.inOtherCurrency] }
  })
  const later = z.strictObject({ organization: z.string().optional(), payment: z.string().optional().describe('Its id; left out: all of them.'), invoice: z.string().optional().describe('Number of an invoice; left out: those that the reference names, then the oldest due.') })
  const matchedLater = z.object({ matched: z.array(z.object({ payment: z.string(), invoice: z.string(), number: z.string(), amount: z.string() })), left: z.array(z.object({ payment: z.string(), organization: z.string(), currency: z.string(), amount: z.string() })) })
  api.post('/admin/v1/payments/match', { schema: { tags, summary: 'Match what payments have left over with invoices issued since', body: later, response: { 200: matchedLater } } }, async (request) => {
    const { invoice, payment: id } = request.body
    const known = async (text: string, value: string | undefined): Promise<boolean> => value === undefined || (await store.query('admin', text, [value])).length > 0
    if (!await known(`SELECT 1 FROM invoice WHERE number = $1 AND kind = 'invoice'`, invoice)) throw notFound(`no invoice ${invoice ?? ''}`)
    if (!await known('SELECT 1 FROM payment WHERE id = $1', id)) throw notFound(`no payment ${id ?? ''}`)
    const { matched, left } = await matchPayments(store, clock, request.body)
    return { matched: [...matched], left: [...left] }
  })
  moneyBackRoutes(api, { store, clock })
}

/** What went back, or why not. */
function answerOf(payment: string, done: WentBack): { readonly known: boolean; readonly unapplied: string; readonly currency: string; readonly reopened: { number: string; amount: string }[] } {
  switch (done.status) {
    case 'recorded': return { known: done.known, unapplied: done.unapplied, currency: done.currency, reopened: [...done.reopened] }
    case 'no-payment': throw notFound(`no payment ${payment}: GET /admin/v1/payments lists them`)
    case 'another': throw conflict(`this id stands for ${done.amount} ${done.currency} of ${done.payment} already: give this money the bank's own reference of it`)
    case 'too-much': throw new Failed(422, 'too_much', `body.amount: ${payment} has ${done.unapplied} ${done.currency} left over; what was matched with an invoice is left over once a credit note lowers what is due`)
    case 'returned-already': throw conflict(`the bank took all of ${payment} back already, as ${done.id}: nothing of it is left to go back`)
    case 'refunded-already': throw conflict(`${done.amount} ${done.currency} of ${payment} was refunded already, so it cannot come back whole: ask the bank what it returned`)
  }
}

function moneyBackRoutes(api: Api, { store, clock }: Pick<AdminPorts, 'store' | 'clock'>): void {
  const params = z.object({ id: nameParam })
  const wentBack = z.object({ known: z.boolean().describe('It was recorded before.'), unapplied: z.string().describe('What the payment has left over now.'), currency: z.string(), reopened: z.array(z.object({ number: z.string(), amount: z.string() })).describe('Invoices that are open again by what the payment had paid of them.') })
  const common = { id: z.string().min(1).max(200).describe('The bank’s reference of the movement: the same again is the same money.'), left_on: day, reference: z.string().min(3) }
  const currencyOf = async (payment: string): Promise<string | undefined> => (await adminSql(store)<{ currency: string }>('SELECT currency FROM payment WHERE id = $1', [payment]))[0]?.currency
  const notYet = (leftOn: string): void => refuseAhead(leftOn, clock, 'body.left_on', 'record the money when it has left')
  api.post('/admin/v1/payments/:id/refunds', { schema: { tags, summary: 'Record that what a payment left over was paid back, whole or in part', params, body: z.strictObject({ ...common, amount: z.string() }), response: { 200: wentBack } } }, async (request) => {
    const payment = nameIn(request.params.id)
    const { id, amount, left_on: leftOn, reference } = request.body
    notYet(leftOn)
    const currency = await currencyOf(payment)
    if (currency !== undefined && !hasSum({ amount, currency })) throw new Failed(422, 'invalid', `body.amount: ${sumSays}`)
    return answerOf(payment, await giveBack(store, clock, { id, payment, amount, leftOn, reference }))
  })
  api.post('/admin/v1/payments/:id/return', { schema: { tags, summary: 'Record that the payer’s bank took a whole payment back: what it had paid is open again', params, body: z.strictObject(common), response: { 200: wentBack } } }, async (request) => {
    const payment = nameIn(request.params.id)
    const { id, left_on: leftOn, reference } = request.body
    notYet(leftOn)
    return answerOf(payment, await giveBack(store, clock, { id, payment, amount: undefined, leftOn, reference }))
  })
}
