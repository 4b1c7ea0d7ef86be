/** Invoices: the monthly run, one in every form that a finance department reads, credit notes, exposure. */
import { Readable } from 'node:stream'
import { z } from 'zod'
import { decimal, formatDecimal, subtract } from '../../kernel/decimal.ts'
import { closeMonth } from '../../ledger/invoices/close-month.ts'
import { creditInvoice, invoiceNamed, type InvoiceSummary, issueInvoice, summaryColumns, voidInvoice } from '../../ledger/invoices/issue-invoice.ts'
import { pagedInvoice, type PagedInvoice, renderJson } from '../../ledger/invoices/invoice-pages.ts'
import { renderCsv } from '../../ledger/invoices/render-csv.ts'
import { renderHtml } from '../../ledger/invoices/render-html.ts'
import { renderPdf } from '../../ledger/invoices/render-pdf.ts'
import { renderUbl } from '../../ledger/invoices/render-ubl.ts'
import type { Store } from '../../store/store.ts'
import type { AdminPorts } from '../ports.ts'
import { adminSql } from '../terms-desk.ts'
import { month, refuseUnbegun } from './money-parts.ts'
import { type Api, Failed, notFound, ownOrganization, pageOf } from './reply.ts'

const tags = ['money']
const summary = z.object({
  id: z.string(), kind: z.string(), organization: z.string(), month: z.string(), status: z.string(), number: z.string().nullable(), currency: z.string(), total: z.string(), due: z.string(), paid: z.string(), open: z.string().describe('Still to be paid: what was due less payments and credit notes; of a credit note nothing, since its invoice is less by it.'),
  issued_on: z.string().nullable(), due_on: z.string().nullable(),
})
const closed = z.object({
  month: z.string(), already_issued: z.number(), nothing_to_bill: z.array(z.string()), failed: z.array(z.object({ organization: z.string(), why: z.string() })),
  issued: z.array(z.object({ organization: z.string(), id: z.string(), number: z.string(), total: z.string(), currency: z.string() })),
  suppliers: z.object({
    posted: z.array(z.object({ supplier: z.string(), currency: z.string(), amount: z.string().describe('What payable grew by.') })), unchanged: z.number(),
    failed: z.array(z.object({ supplier: z.string(), why: z.string() })),
  }).describe('Their months under their contracts; none in a run of drafts or of some customers.'),
})

const rowOf = async (store: Store, id: string): Promise<InvoiceSummary> => {
  const [row] = await store.query<InvoiceSummary & Record<string, unknown>>('admin', `SELECT ${summaryColumns} FROM invoice WHERE id = $1`, [id])
  if (row === undefined) throw notFound(`no invoice ${id}`)
  return row
}

/** As people name it: by its id or its number. */
const named = z.object({ id: z.string().describe('Its id or its number.') })

async function idOf(store: Store, name: string): Promise<string> {
  const id = await invoiceNamed(store, name)
  if (id === undefined) throw notFound(`no invoice ${name}`)
  return id
}

const summaryOf = ({ id, kind, organization, month: of, status, number, currency, total, due, paid, credited, issued_on, due_on }: InvoiceSummary): z.infer<typeof summary> =>
  ({ id, kind, organization, month: of, status, number, currency, total, due, paid, open: status === 'void' || kind !== 'invoice' ? '0' : formatDecimal(subtract(subtract(decimal(due), decimal(paid)), decimal(credited))), issued_on, due_on })

/** How each form is made, and what it is. */
const forms: Readonly<Record<'json' | 'html' | 'csv' | 'pdf' | 'xml', { readonly type: string; readonly make: (invoice: PagedInvoice) => AsyncIterable<string | Buffer> }>> = {
  json: { type: 'application/json', make: renderJson },
  html: { type: 'text/html; charset=utf-8', make: renderHtml },
  csv: { type: 'text/csv; charset=utf-8', make: renderCsv },
  pdf: { type: 'application/pdf', make: renderPdf },
  xml: { type: 'application/xml', make: ublOf },
}

function ublOf(invoice: PagedInvoice): AsyncIterable<string> {
  const made = renderUbl(invoice)
  if (made.status === 'not-renderable') throw new Failed(409, 'not_renderable', made.why)
  return made.xml
}

export function invoicesApi(api: Api, ports: AdminPorts): void {
  const { store, clock } = ports
  api.get('/admin/v1/invoices', { schema: { tags, summary: 'Invoices and credit notes', querystring: z.object({ organization: z.string().optional(), month: month.optional(), status: z.enum(['draft', 'issued', 'paid', 'void']).optional(), limit: z.coerce.number().int().min(1).max(1_000).optional().describe('Of a page; left out: all.'), after: z.string().max(400).optional().describe('`next` of the page before.') }), response: { 200: pageOf(summary) } } }, async (request) => {
    const { month: of, status, limit, after } = request.query
    const organization = ownOrganization(request, request.query.organization)
    // A draft that was made anew is gone by its id: beginning at the first page again would never end.
    if (after !== undefined && (await adminSql(store)('SELECT 1 FROM invoice WHERE id = $1', [after])).length === 0) throw new Failed(422, 'invalid', `querystring.after: no invoice ${after} is there any more: ask for the first page again, without after`)
    const rows = await store.query<InvoiceSummary & Record<string, unknown>>('admin', `SELECT ${summaryColumns} FROM invoice i WHERE ($1::text IS NULL OR organization = $1) AND ($2::text IS NULL OR month = $2) AND ($3 OR status <> 'draft') AND ($4::text IS NULL OR status = $4)
      AND NOT EXISTS (SELECT 1 FROM invoice a WHERE a.id = $5 AND (i.month > a.month OR i.month = a.month AND (i.organization, i.kind <> 'invoice', i.ordinal, i.id) <= (a.organization, a.kind <> 'invoice', a.ordinal, a.id)))
      ORDER BY month DESC, organization, kind <> 'invoice', ordinal, id LIMIT $6`, [organization ?? null, of ?? null, request.onlyOrganization === undefined, status ?? null, after ?? null, limit === undefined ? null : limit + 1])
    const page = limit === undefined ? rows : rows.slice(0, limit)
    return { data: page.map(summaryOf), next: page.length < rows.length ? page.at(-1)?.id ?? null : null }
  })
  api.post('/admin/v1/invoices/close', { schema: { tags, summary: 'The monthly run: draft and issue, then make suppliers’ months payable under their contracts; running it again changes nothing', body: z.object({ month, draft_only: z.boolean().default(false), organizations: z.array(z.string()).optional() }), response: { 200: closed } } }, async (request) => {
    const { month: of, draft_only: draftOnly, organizations } = request.body
    refuseUnbegun(of, clock)
    const done = await closeMonth(store, clock, of, { draftOnly, ...(organizations === undefined ? {} : { organizations }) })
    return { month: done.month, already_issued: done.alreadyIssued, nothing_to_bill: [...done.nothingToBill], failed: [...done.failed], issued: [...done.issued],
      suppliers: { posted: [...done.suppliers.posted], unchanged: done.suppliers.unchanged, failed: [...done.suppliers.failed] } }
  })
  api.get('/admin/v1/invoices/:id', { schema: { tags, summary: 'One invoice as json, html, csv, pdf or EN 16931 xml', params: named, querystring: z.object({ format: z.enum(['json', 'html', 'csv', 'pdf', 'xml']).default('json') }) } }, async (request, reply) => {
    const form = forms[request.query.format]
    const row = await rowOf(store, await idOf(store, request.params.id))
    // A draft is ours until it is issued, and another's invoice is nobody's business.
    if (request.onlyOrganization !== undefined && (row.organization !== request.onlyOrganization || row.status === 'draft')) throw notFound(`no invoice ${request.params.id}`)
    const invoice = await pagedInvoice(store, row.id)
    if (invoice === undefined) throw notFound(`no invoice ${row.id}`)
    return reply.type(form.type).send(Readable.from(form.make(invoice)))
  })
  api.post('/admin/v1/invoices/:id/issue', { schema: { tags, summary: 'Issue a draft: it gets its number and its entries', params: named, response: { 200: summary } } }, async (request) => {
    const invoice = await idOf(store, request.params.id)
    const done = await issueInvoice(store, clock, invoice)
    if (done.status === 'unknown') throw notFound(`no invoice ${request.params.id}`)
    if (done.status === 'not-a-draft') throw new Failed(409, 'not_a_draft', `it is issued already${done.number === undefined ? '' : ` as ${done.number}`}`)
    return summaryOf(await rowOf(store, invoice))
  })
  api.post('/admin/v1/invoices/:id/void', { schema: { tags, summary: 'Take an issued invoice back whole; its number stays used', params: named, body: z.object({ reason: z.string().min(3) }), response: { 200: summary } } }, async (request) => {
    const invoice = await idOf(store, request.params.id)
    const done = await voidInvoice(store, clock, invoice, request.body.reason)
    if (done.status === 'unknown') throw notFound(`no invoice ${request.params.id}`)
    if (done.status === 'not-voidable') throw new Failed(409, 'not_voidable', done.why)
    return summaryOf(await rowOf(store, invoice))
  })
  const credit = z.strictObject({ id: z.string().min(1).max(100).describe('Of the note: the same id again answers the note that is there.'), net: z.string().regex(/^\d+(\.\d+)?$/, 'an amount such as 12.50').optional().describe('Before tax. Left out: the whole invoice, line by line, and what it drew of credits and commitments is given back.'), description: z.string().min(3), reason: z.string().min(3) })
  api.post('/admin/v1/invoices/:id/credit', { schema: { tags, summary: 'Credit an issued invoice, whole or in part; a note with its own number is written and booked', params: named, body: credit, response: { 200: summary } } }, async (request) => {
    const { id, net, description, reason } = request.body
    const invoice = await idOf(store, request.params.id)
    const done = await creditInvoice(store, clock, invoice, id, net === undefined ? { all: true } : { net, description }, reason)
    if (done.status === 'unknown') throw notFound(`no invoice ${request.params.id}`)
    if (done.status === 'not-creditable') throw new Failed(409, 'not_creditable', done.why)
    return summaryOf(await rowOf(store, done.id))
  })
}
