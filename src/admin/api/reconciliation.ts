/** Suppliers' bills against the books: import, match, true up, dispute; and our own usage as a customer's Weir imports it. FOCUS exports. */
import { z } from 'zod'
import { nearest } from '../../kernel/nearest.ts'
import { dayOf } from '../../ledger/contracts/calendar.ts'
import { billingPeriods, contractCommitments, costAndUsage, invoiceDetail } from '../../ledger/focus/export-focus.ts'
import { focusCsv, focusParquet } from '../../ledger/focus/write-focus.ts'
import { whyNotRated } from '../../ledger/invoices/close-month.ts'
import { suppliersInTheBooks } from '../../ledger/reconciliation/known-suppliers.ts'
import { importBill, reconcile } from '../../ledger/reconciliation/reconcile.ts'
import { closeSupplierMonth } from '../../ledger/reconciliation/supplier-month.ts'
import { trueUp } from '../../ledger/reconciliation/true-up.ts'
import { varianceKinds } from '../../ledger/reconciliation/match-bill.ts'
import { raiseDispute } from '../../ledger/reconciliation/dispute.ts'
import { usageForCustomer } from '../../ledger/reconciliation/usage-export.ts'
import type { AdminPorts } from '../ports.ts'
import { currencyCode, day, month, refuseStranger, refuseUnbegun } from './money-parts.ts'
import { type Api, Failed, notFound } from './reply.ts'

const tags = ['money']
const kinds = z.array(z.enum(varianceKinds)).min(1)

/**
 * A name that nothing of ours has, and that is nearly one that something has, is asked about: it is new, or it was mistyped. A name like
 * no other is a supplier that sells past the gateway, and its bill says so.
 */
async function refuseMistyped({ store, snapshot }: Pick<AdminPorts, 'store' | 'snapshot'>, supplier: string): Promise<void> {
  const known = [...new Set([...[...(snapshot()?.deployments.values() ?? [])].map(({ provider }) => provider.supplier), ...await suppliersInTheBooks(store)])]
  if (known.includes(supplier)) return
  const meant = nearest(supplier, known)
  if (meant !== undefined) throw new Failed(422, 'unknown_supplier', `no supplier ${supplier}: no provider, contract, call or earlier bill has that name, and nothing was imported. Is it ${meant}? If it is a new supplier, say so with new_supplier, or weir reconcile --new-supplier`)
}

export function reconciliationApi(api: Api, { store, clock, snapshot, resources }: AdminPorts): void {
  api.post('/admin/v1/bills', { schema: { tags, summary: 'Import a supplier’s bill and match it with the books', body: z.object({ supplier: z.string().min(1), text: z.string().min(1), aliases: z.record(z.string(), z.string()).default({}).describe('The bill’s name of a model or deployment → ours, where they differ.'), new_supplier: z.boolean().default(false).describe('The supplier is new: nothing of ours names it yet. Without it a name that is nearly a known one is refused.') }), response: { 200: z.object({ bill: z.looseObject({ bill: z.string(), format: z.string(), rows: z.number(), total: z.string(), currency: z.string(), known: z.boolean() }), report: z.looseObject({ id: z.string() }) }) } } }, async (request) => {
    if (!request.body.new_supplier) await refuseMistyped({ store, snapshot }, request.body.supplier)
    const imported = await importBill(store, clock, request.body.supplier, request.body.text)
    if (imported.status === 'refused') throw new Failed(422, 'bad_bill', imported.faults.map((fault) => `row ${fault.row}${fault.column === '' ? '' : `, column ${fault.column}`}: ${fault.reason}`).join('\n'))
    const report = await reconcile(store, clock, imported.bill, { aliases: new Map(Object.entries(request.body.aliases)) })
    if (report === undefined) throw notFound(`no bill ${imported.bill}`)
    return { bill: { ...imported }, report: { ...report } }
  })
  api.post('/admin/v1/reconciliations/:id/true-up', { schema: { tags, summary: 'Book what the supplier is right about', params: z.object({ id: z.string() }), body: z.object({ kinds }), response: { 200: z.unknown() } } }, async (request) => {
    const done = await trueUp(store, clock, request.params.id, request.body.kinds)
    if (done.status === 'unknown') throw notFound(`no reconciliation ${request.params.id}: GET /admin/v1/reconciliations lists them`)
    if (done.status === 'disputed') throw new Failed(409, 'disputed', done.why)
    return done
  })
  api.post('/admin/v1/reconciliations/:id/disputes', { schema: { tags, summary: 'Dispute variances with the supplier', params: z.object({ id: z.string() }), body: z.object({ kinds, reason: z.string().min(3) }), response: { 200: z.unknown() } } }, async (request) => {
    const done = await raiseDispute(store, clock, request.params.id, request.body.kinds, request.body.reason)
    if (done.status === 'unknown') throw notFound(`no reconciliation ${request.params.id}: GET /admin/v1/reconciliations lists them`)
    if (done.status === 'not-possible') throw new Failed(409, 'not_possible', done.why)
    return done.dispute
  })
  const closed = z.object({ status: z.enum(['posted', 'no-change']), currency: z.string().nullable(), amount: z.string().describe('What payable grew by.'), charges: z.array(z.object({ account: z.string(), amount: z.string() })) })
  api.post('/admin/v1/suppliers/:supplier/months', { schema: { tags, summary: 'Make a supplier’s month payable under its contracts: units, minimum, commitment, discounts; again, what changed since', params: z.object({ supplier: z.string() }), body: z.strictObject({ month }), response: { 200: closed } } }, async (request) => {
    const { supplier } = request.params
    refuseUnbegun(request.body.month, clock)
    const done = await closeSupplierMonth(store, clock, supplier, request.body.month)
    if (done.status === 'no-contract') throw notFound(`no contract with ${supplier} holds in ${request.body.month}: save one with PUT /admin/v1/contracts/{id}`)
    if (done.status === 'no-exchange-rate' || done.status === 'two-currencies') throw new Failed(409, done.status.replaceAll('-', '_'), whyNotRated(done))
    return done.status === 'posted' ? { status: done.status, currency: done.currency, amount: done.amount, charges: [...done.charges] } : { status: done.status, currency: null, amount: '0', charges: [] }
  })
  const days = z.object({ from: day, until: day, currency: currencyCode.optional().describe('Left out: the one in which its usage is booked.') }).refine((query) => query.from < query.until, 'until is the day after the last: it must be after from')
  api.get('/admin/v1/usage-export/:organization', { schema: { tags, summary: 'What a customer used, in the form that its own Weir imports', params: z.object({ organization: z.string() }), querystring: days, response: { 200: z.unknown() } } }, async (request) => {
    const { organization } = request.params
    await refuseStranger({ store, resources }, organization)
    const exported = await usageForCustomer(store, organization, request.query, request.query.currency)
    if (exported.status === 'other-currency') throw new Failed(422, 'other_currency', `querystring.currency: ${exported.why}`)
    return exported.usage
  })
  const query = z.object({ month: month.optional(), version: z.enum(['1.2', '1.4']).default('1.4'), format: z.enum(['csv', 'parquet']).default('csv'), organization: z.string().optional() })
  api.get('/admin/v1/focus/:dataset', { schema: { tags, summary: 'FOCUS datasets', params: z.object({ dataset: z.enum(['cost-and-usage', 'invoice-detail', 'billing-period', 'contract-commitment']) }), querystring: query } }, async (request, reply) => {
    const today = dayOf(clock.now())
    const { month: of = today.slice(0, 7), version, format, organization } = request.query
    if (organization !== undefined) await refuseStranger({ store, resources }, organization)
    const makers = {
      'cost-and-usage': () => costAndUsage(store, version, of, organization), 'invoice-detail': () => invoiceDetail(store, of, organization),
      'billing-period': () => billingPeriods(store, of), 'contract-commitment': () => contractCommitments(store, today, organization),
    }
    const table = await makers[request.params.dataset]()
    return format === 'csv' ? reply.type('text/csv; charset=utf-8').send(focusCsv(table)) : reply.type('application/vnd.apache.parquet').send(focusParquet(table))
  })
}
