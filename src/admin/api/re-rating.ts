/** What was learnt late: a contract or a price, previewed before it is booked. And how an invoice divides over cost centres. */
import { z } from 'zod'
import { formatDecimal, formatFixed } from '../../kernel/decimal.ts'
import { chargeback } from '../../ledger/invoices/chargeback.ts'
import { invoiceNamed } from '../../ledger/invoices/issue-invoice.ts'
import type { InvoiceDocument } from '../../ledger/invoices/invoice-document.ts'
import { whyNotRated } from '../../ledger/invoices/close-month.ts'
import { applyPriceCorrections, previewPriceCorrections } from '../../ledger/invoices/price-corrections.ts'
import { applyReRating, type Previewed, previewReRating } from '../../ledger/invoices/re-rate.ts'
import { recordPrepayment, remind } from '../../ledger/invoices/payments.ts'
import { storePrices } from '../../ledger/stored-prices.ts'
import type { AdminPorts } from '../ports.ts'
import { currencyCode, hasSum, month, sumFault } from './money-parts.ts'
import { type Api, conflict, Failed, listOf, notFound } from './reply.ts'

const tags = ['money']
const version = z.object({ contract: z.string(), version: z.number() })
const preview = z.object({
  organization: z.string(), month: z.string(), currency: z.string(), from: version.describe('What it was billed under.'), to: version.describe('What is in force now.'),
  lines: z.array(z.object({ rule: z.string(), project: z.string().nullable(), model: z.string().nullable(), meter: z.string().nullable(), quantity: z.string(), unit_price: z.string(), payable: z.string() })),
  total: z.string().describe('More is owed where above zero, less where below.'), token: z.string().describe('Names exactly this difference: give it back to apply it.'),
})

/** Why there is nothing to preview, in words that say what to do. */
function whyNot(found: Exclude<Previewed, { status: 'previewed' }>, organization: string, of: string): Failed {
  switch (found.status) {
    case 'not-billed': return new Failed(409, 'not_billed', `${of} of ${organization} is not billed: its invoice will be made under the contract in force`)
    case 'no-change': return new Failed(409, 'no_change', `the contract in force gives ${of} of ${organization} the same lines: nothing to re-rate`)
    case 'other-currency': return new Failed(409, 'other_currency', `${of} was billed in ${found.billed} and the contract is in ${found.now}: void the invoice and bill the month again`)
    case 'no-exchange-rate': return new Failed(409, 'no_exchange_rate', `there is no rate from ${found.base} to ${found.quote} on ${found.day}: record it with POST /admin/v1/exchange-rates`)
    case 'two-currencies': return new Failed(409, 'two_currencies', whyNotRated(found))
  }
}

function contractRoutes(api: Api, { store, clock }: AdminPorts): void {
  const params = z.object({ organization: z.string(), month })
  api.get('/admin/v1/re-ratings/:organization/:month', { schema: { tags, summary: 'What the contract in force now would change in a month that is billed; changes nothing', params, response: { 200: preview } } }, async (request) => {
    const { organization, month: of } = request.params
    const found = await previewReRating(store, organization, of)
    if (found.status !== 'previewed') throw whyNot(found, organization, of)
    const { change, ...rest } = found.preview
    return {
      ...rest, total: formatFixed(change.total),
      lines: change.lines.map((line) => ({ rule: line.rule, project: line.project ?? null, model: line.model ?? null, meter: line.meter ?? null, quantity: formatDecimal(line.quantity), unit_price: formatDecimal(line.unitPrice), payable: formatFixed(line.payable) })),
    }
  })
  const made = z.object({ id: z.string(), number: z.string(), total: z.string(), against: z.string().optional().describe('Of a credit note: the number of its invoice.') })
  const applied = made.omit({ against: true }).extend({ status: z.enum(['invoiced', 'credited']), total: z.string().describe('Of all documents.'), documents: z.array(made).describe('One further invoice, or a credit note against each invoice that had billed too much.') })
  api.post('/admin/v1/re-ratings/:organization/:month', { schema: { tags, summary: 'Book exactly what a preview showed: a further invoice, or credit notes against the invoices that billed it', params, body: z.strictObject({ token: z.string() }), response: { 200: applied } } }, async (request) => {
    const done = await applyReRating(store, clock, request.params.organization, request.params.month, request.body.token)
    if (done.status === 'changed-since-preview') throw new Failed(409, 'changed_since_preview', 'usage or contract has changed since the preview, or it is applied already: preview again')
    if (done.status === 'not-possible') throw new Failed(409, 'not_possible', done.why)
    return { ...done, documents: [...done.documents] }
  })
}

const priceChange = z.object({
  organization: z.string(), supplier: z.string(), model: z.string(), meter: z.string(), currency: z.string(), from_price: z.string(), to_price: z.string(), quantity: z.string(), amount: z.string(), transactions: z.number(),
})

function priceRoutes(api: Api, { store, clock, priceBook }: AdminPorts): void {
  api.get('/admin/v1/price-corrections', { schema: { tags, summary: 'What prices recorded late would change in the books; changes nothing', response: { 200: listOf(priceChange) } } }, async () => {
    return { data: (await previewPriceCorrections(store, priceBook().rows())).map(({ fromPrice, toPrice, ...rest }) => ({ ...rest, from_price: fromPrice, to_price: toPrice })) }
  })
  const done = z.object({ transactions: z.number(), budgets_changed: z.number(), budgets_closed: z.number().describe('Budget periods that are over, and stay as they were charged.') })
  api.post('/admin/v1/price-corrections', { schema: { tags, summary: 'Book again what was booked at prices that were corrected', response: { 200: done } } }, async () => {
    // Rows recorded since are known to the book first, and to the ledger once something is booked at them.
    for (const { text, values } of storePrices(priceBook().rows())) await store.query('admin', text, values)
    const { transactions, budgets } = await applyPriceCorrections(store, clock)
    return { transactions, budgets_changed: budgets.changed, budgets_closed: budgets.closed }
  })
}

export function reRatingApi(api: Api, ports: AdminPorts): void {
  const { store, clock } = ports
  contractRoutes(api, ports)
  priceRoutes(api, ports)
  const part = z.object({ cost_centre: z.string().nullable(), usage: z.string(), provisioned: z.string(), shared: z.string(), total: z.string() })
  api.get('/admin/v1/invoices/:id/chargeback', { schema: { tags, summary: 'An invoice divided over the buyer’s cost centres, to the cent', params: z.object({ id: z.string().describe('Its id or its number.') }), response: { 200: listOf(part) } } }, async (request) => {
    const [row] = await store.query<{ document: InvoiceDocument }>('admin', 'SELECT document FROM invoice WHERE id = $1', [await invoiceNamed(store, request.params.id) ?? ''])
    if (row === undefined) throw notFound(`no invoice ${request.params.id}`)
    return { data: chargeback(row.document).map(({ costCentre, ...rest }) => ({ cost_centre: costCentre ?? null, ...rest })) }
  })
  const prepayment = z.strictObject({ organization: z.string(), grant: z.string().describe('Id of the credit in the contract.'), currency: currencyCode, amount: z.string() })
    .refine(hasSum, sumFault)
  api.post('/admin/v1/prepayments', { schema: { tags, summary: 'Prepaid credit was paid for; once an organization and grant', body: prepayment, response: { 200: z.object({ grant: z.string() }) } } }, async (request) => {
    const { organization, grant, currency, amount: paid } = request.body
    const done = await recordPrepayment(store, clock, organization, grant, currency, paid)
    switch (done.status) {
      case 'recorded': return { grant }
      case 'no-grant': throw notFound(`no contract of ${organization} has a credit ${grant} that is paid for${done.grants.length === 0 ? '' : `: it has ${done.grants.join(', ')}`}; save the contract with its credit first`)
      case 'other-currency': throw new Failed(422, 'other_currency', `body.currency: the credit ${grant} of ${done.contract} is in ${done.currency}: name what came in in ${done.currency}`)
      case 'paid-already': throw conflict(`${done.amount} ${done.currency} was recorded for ${grant} already: credit that is bought beside it is a credit of its own in the contract, with an id of its own`)
    }
  })
  api.post('/admin/v1/reminders', { schema: { tags, summary: 'Remind of every overdue invoice at the level its days ask for; also done once a day', response: { 200: z.object({ raised: z.number() }) } } }, async () => ({ raised: await remind(store, clock) }))
}
