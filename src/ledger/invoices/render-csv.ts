/** An invoice's lines as CSV, one row a line, totals left to the reader's sum: `payable` adds up to the net. */
import { csvTable } from './csv.ts'
import type { InvoiceDocument } from './invoice-document.ts'

const columns = ['invoice', 'issued_on', 'line', 'kind', 'description', 'project', 'cost_centre', 'model', 'meter', 'tier', 'rule', 'from', 'until', 'quantity', 'unit', 'list_unit_price', 'unit_price', 'exact', 'payable', 'currency', 'calls'] as const

export const renderCsv = (document: InvoiceDocument): string =>
  csvTable(columns, document.lines.map((line) => [
    document.number ?? 'DRAFT', document.issuedOn, line.n, line.kind, line.description, line.project, line.costCentre, line.model, line.meter, line.tier, line.rule,
    line.from, line.until, line.quantity, line.unit, line.listUnitPrice, line.unitPrice, line.exact, line.payable, document.currency, line.calls,
  ]))
