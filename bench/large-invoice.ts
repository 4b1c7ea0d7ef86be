/**
 * One very large invoice: `node bench/large-invoice.ts [lines]`. Writes each form out as the admin API does and reports its
 * bytes, milliseconds and how far memory rose above what was there before.
 */
import { systemClock } from '../src/kernel/clock.ts'
import { pagedInvoice, renderJson } from '../src/ledger/invoices/invoice-pages.ts'
import { renderCsv } from '../src/ledger/invoices/render-csv.ts'
import { renderHtml } from '../src/ledger/invoices/render-html.ts'
import { renderPdf } from '../src/ledger/invoices/render-pdf.ts'
import { renderUbl } from '../src/ledger/invoices/render-ubl.ts'
import { putCaseMonth } from '../demo/case-month/put-month.ts'
import { inventedShape } from '../demo/case-month/shape.ts'
import { openEmbeddedForTest } from '../test/embedded.ts'

const lines = Number(process.argv[2] ?? '100000')
const store = await openEmbeddedForTest()
await putCaseMonth(store, { month: '2026-10', scale: '0.001', shape: inventedShape(1, 1) })
// A draft may still be changed: a copy of the buyer's, with as many lines as asked for.
await store.query('admin', `INSERT INTO invoice (id, kind, organization, contract, contract_version, month, ordinal, status, currency, net, tax, total, prepaid, due, document, created_at)
  SELECT 'large', kind, organization, contract, contract_version, month, 99, 'draft', currency, net, tax, total, prepaid, due,
    jsonb_set(document - 'number', '{lines}', (SELECT jsonb_agg(jsonb_set(jsonb_set(document->'lines'->(g % 13), '{n}', to_jsonb(g)), '{project}', to_jsonb('project-' || g % 500))) FROM generate_series(1, $1::int) g)), created_at
  FROM invoice WHERE organization = 'buyer'`, [lines])
const forms = {
  csv: renderCsv, json: renderJson, html: renderHtml, pdf: renderPdf,
  xml: (invoice: Parameters<typeof renderUbl>[0]): AsyncIterable<string> => {
    const made = renderUbl({ ...invoice, head: { ...invoice.head, number: 'INV-1', issuedOn: '2026-11-02', dueOn: '2026-12-02' } })
    if (made.status !== 'rendered') throw new Error(made.why)
    return made.xml
  },
}
for (const [form, make] of Object.entries(forms)) {
  const invoice = await pagedInvoice(store, 'large')
  if (invoice === undefined) throw new Error('the invoice is gone')
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  const begin = systemClock.monotonic()
  let [bytes, most, longest, last] = [0, 0, 0, begin]
  for await (const part of make(invoice)) {
    bytes += Buffer.byteLength(part)
    most = Math.max(most, process.memoryUsage().rss)
    longest = Math.max(longest, systemClock.monotonic() - last)
    last = systemClock.monotonic()
  }
  console.log(JSON.stringify({ form, lines, megabytes: Number((bytes / 1e6).toFixed(1)), ms: Math.round(systemClock.monotonic() - begin), longestStepMs: Math.round(longest), memoryRoseMegabytes: Math.round((most - before) / 1e6) }))
}
await store.close()
process.exit(0)
