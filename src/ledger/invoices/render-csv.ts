/** An invoice's lines as CSV, one row a line, totals left to the reader's sum: `payable` adds up to the net. */
import { csvRow } from './csv.ts'
import type { PagedInvoice } from './invoice-pages.ts'

const columns = ['invoice', 'issued_on', 'line', 'kind', 'description', 'project', 'cost_centre', 'model', 'meter', 'tier', 'rule', 'from', 'until', 'quantity', 'unit', 'list_unit_price', 'unit_price', 'exact', 'payable', 'currency', 'calls'] as const

export async function* renderCsv({ head, pages }: PagedInvoice): AsyncGenerator<string> {
  yield csvRow(columns)
  for await (const lines of pages()) {
    yield lines.map((line) => csvRow([
      head.number ?? 'DRAFT', head.issuedOn, line.n, line.kind, line.description, line.project, line.costCentre, line.model, line.meter, line.tier, line.rule,
      line.from, line.until, line.quantity, line.unit, line.listUnitPrice, line.unitPrice, line.exact, line.payable, head.currency, line.calls,
    ])).join('')
  }
}
