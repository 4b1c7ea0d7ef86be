/** An invoice as one HTML page without scripts or outside resources, fit for print. */
import { addDays } from '../contracts/calendar.ts'
import type { Party } from '../contracts/party.ts'
import { tally } from './invoice-document.ts'
import type { InvoiceHead, PagedInvoice } from './invoice-pages.ts'
import { grouped, perMillion } from './printed-amounts.ts'

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

export const partyLines = (party: Party): readonly string[] =>
  [party.name, party.street, [party.postalCode, party.city].filter((part) => part !== undefined).join(' '), party.country, party.vatId === undefined ? undefined : `VAT ${party.vatId}`, party.email]
    .filter((line): line is string => line !== undefined && line !== '')

const style = `body{font:14px/1.45 system-ui,sans-serif;color:#111;max-width:64rem;margin:2rem auto;padding:0 1rem}h1{font-size:1.6rem;margin:0}
header,.parties{display:flex;justify-content:space-between;gap:2rem;margin-bottom:1.5rem}address{font-style:normal}table{border-collapse:collapse;width:100%;margin:1rem 0}
th,td{padding:.3rem .5rem;text-align:left;border-bottom:1px solid #ddd;vertical-align:top}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
tfoot td{border:0}tfoot tr:last-child td{font-weight:700;border-top:2px solid #111}small{color:#555}@media print{body{margin:0}}`

export const titleOf = (document: Pick<InvoiceHead, 'kind' | 'number'>): string =>
  `${document.kind === 'invoice' ? 'Invoice' : 'Credit note'} ${document.number ?? '(draft)'}`

export const lastDay = (until: string): string => addDays(until, -1)

/** Label and amount of each total, top to bottom. */
export function totalsOf(document: InvoiceHead): readonly (readonly [string, string])[] {
  return [
    ['Net', document.net],
    ...document.taxes.map((tax) => [`${tax.name} ${tax.percent} %${tax.reason === undefined ? '' : `: ${tax.reason}`}`, tax.amount] as const),
    ['Total', document.total],
    ...document.prepaidDraws.map((draw) => [draw.amount.startsWith('-') ? `Given back to prepaid credit ${draw.grant}` : `Paid from prepaid credit ${draw.grant}`, draw.amount.startsWith('-') ? draw.amount.slice(1) : `-${draw.amount}`] as const),
    [`Due ${document.dueOn === undefined ? '' : `by ${document.dueOn}`}`.trim(), document.due],
  ]
}

const tableHead = (titles: readonly string[], numbersFrom: number): string =>
  `<table><thead><tr>${titles.map((name, index) => `<th${index >= numbersFrom ? ' class="n"' : ''} scope="col">${escape(name)}</th>`).join('')}</tr></thead><tbody>`
const tableRow = (cells: readonly string[], numbersFrom: number): string =>
  `<tr>${cells.map((value, index) => `<td${index >= numbersFrom ? ' class="n"' : ''}>${escape(value)}</td>`).join('')}</tr>`

function top(head: InvoiceHead): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escape(titleOf(head))}</title><style>${style}</style></head><body>
<header><div><h1>${escape(titleOf(head))}</h1><p>${escape(head.issuedOn ?? 'not issued')} · usage of ${escape(head.from)} to ${escape(lastDay(head.until))} (UTC) · contract ${escape(head.contract)}${
    head.corrects === undefined ? '' : `<br>corrects invoice ${escape(head.corrects.number)} of ${escape(head.corrects.issuedOn)}: ${escape(head.reason ?? '')}`}</p></div></header>
<div class="parties"><address><small>From</small><br>${partyLines(head.seller).map(escape).join('<br>')}</address><address><small>To</small><br>${partyLines(head.buyer).map(escape).join('<br>')}</address></div>
`
}

export async function* renderHtml({ head, pages }: PagedInvoice): AsyncGenerator<string> {
  const { currency } = head
  const sums = [['model', tally(currency, (line) => line.model)], ['project', tally(currency, (line) => line.project)], ['cost centre', tally(currency, (line) => line.costCentre)]] as const
  yield top(head) + tableHead(['Description', 'Project', 'Cost centre', 'Quantity', 'Unit price', currency], 3)
  for await (const lines of pages()) {
    for (const line of lines) for (const [, sum] of sums) sum.add(line)
    yield lines.map((line) => tableRow([line.description, line.project ?? '', line.costCentre ?? '', grouped(line.quantity), perMillion(line), grouped(line.payable)], 3)).join('\n')
  }
  yield `</tbody><tfoot>${totalsOf(head).map(([label, amount]) => `<tr><td colspan="5" class="n">${escape(label)}</td><td class="n">${escape(grouped(amount))}</td></tr>`).join('\n')}</tfoot></table>
<p><small>Each line is quantity × unit price, exact, rounded once, half to even, to the minor unit. Left over by rounding: ${escape(head.remainder)} ${escape(currency)}.</small></p>
`
  for (const [name, sum] of sums) {
    yield `<h2>By ${name}</h2>${tableHead([name, 'calls by meter', currency], 1)}${sum.rows().map((row) => tableRow([row.name, grouped(String(row.calls)), grouped(row.payable)], 1)).join('\n')}</tbody></table>`
  }
  yield '\n</body></html>'
}
