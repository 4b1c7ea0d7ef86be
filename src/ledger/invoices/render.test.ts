import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decimal, formatDecimal, sum } from '../../kernel/decimal.ts'
import { partySchema } from '../contracts/party.ts'
import { checkEn16931 } from './check-en16931.ts'
import { csvTable, parseCsv } from './csv.ts'
import { composeInvoice, type InvoiceDocument, type InvoiceLine, negatedLines, subtotals } from './invoice-document.ts'
import { inMemory, renderJson } from './invoice-pages.ts'
import { renderCsv } from './render-csv.ts'
import { renderHtml } from './render-html.ts'
import { renderPdf } from './render-pdf.ts'
import { renderUbl } from './render-ubl.ts'

const line = (n: number, part: Partial<InvoiceLine>): InvoiceLine => ({
  n, kind: 'usage', description: `gpt-4.1, input tokens <${n}>`, project: 'feed', costCentre: 'CC-1', model: 'gpt-4.1', meter: 'input', tier: 'default', rule: 'list',
  from: '2026-11-01', until: '2026-12-01', quantity: '12345678', unit: 'input', listUnitPrice: '0.000002', unitPrice: '0.000002', exact: '24.691356', payable: '24.69', calls: 10, priceRows: ['p1'], ...part,
})
const discount = line(2, { kind: 'spend-discount', description: 'Discount by spend', quantity: '24.691356', unit: 'spend', unitPrice: '-0.05', exact: '-1.2345678', payable: '-1.23', calls: 0 })
const seller = { name: 'Weir Cloud & Co', country: 'IT', vatId: 'IT12345678901', iban: 'IT60X0542811101000000123456', street: 'Via Roma 1', city: 'Milano', postalCode: '20121' }

function invoice(tax: Record<string, string>, part: Partial<InvoiceDocument> = {}): InvoiceDocument {
  const document = composeInvoice({
    kind: part.kind ?? 'invoice', id: 'inv_1', month: '2026-11', from: '2026-11-01', until: '2026-12-01', currency: 'EUR', organization: 'acme', contract: 'c1', contractVersion: 1, paymentDays: 30,
    seller: partySchema.parse(seller), buyer: partySchema.parse({ name: 'Acme "GmbH"', country: 'DE', vatId: 'DE123456789', tax }),
    lines: part.lines ?? [line(1, {}), discount], draws: [{ grant: 'pre', amount: decimal(part.kind === 'credit-note' ? '-3.00' : '3.00'), contract: 'c1' }],
  })
  return { ...document, number: 'INV-2026-000001', issuedOn: '2026-12-01', dueOn: '2026-12-31', ...part }
}
const whole = async (parts: AsyncIterable<string>): Promise<string> => (await Array.fromAsync(parts)).join('')
const pdfOf = async (document: InvoiceDocument): Promise<Buffer> => Buffer.concat(await Array.fromAsync(renderPdf(inMemory(document))))
const ubl = (document: InvoiceDocument): Promise<string> => {
  const result = renderUbl(inMemory(document))
  if (result.status !== 'rendered') assert.fail(result.why)
  return whole(result.xml)
}

test('EN 16931: standard rate, reverse charge, export, exempt, not subject to VAT', async () => {
  for (const tax of [{ category: 'S', percent: '22' }, { category: 'AE', reason: 'Reverse charge' }, { category: 'G', reason: 'Export outside the EU' }, { category: 'E', reason: 'Exempt' }, { category: 'O', reason: 'Not subject to VAT' }, { category: 'Z' }]) {
    assert.deepEqual(checkEn16931(await ubl(invoice(tax))), [], JSON.stringify(tax))
  }
})

test('EN 16931: a credit note has positive amounts and names its invoice', async () => {
  const note = invoice({ category: 'S', percent: '22' }, { kind: 'credit-note', lines: negatedLines([line(1, {}), discount]), corrects: { number: 'INV-2026-000001', issuedOn: '2026-12-01' }, reason: 'wrong price' })
  const xml = await ubl(note)
  assert.deepEqual(checkEn16931(xml), [])
  assert.match(xml, /<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>INV-2026-000001<\/cbc:ID><cbc:IssueDate>2026-12-01</)
  assert.match(xml, /<cbc:PayableAmount currencyID="EUR">25\.62<\/cbc:PayableAmount>/, 'less what goes back to prepaid credit')
})

const planted: readonly (readonly [string, RegExp, string])[] = [
  ['BR-02', /<cbc:ID>INV-2026-000001<\/cbc:ID>\n/, ''],
  ['BR-CO-10', /(<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">)[\d.]+/, '$123.45'],
  ['BR-CO-15', /(<cbc:TaxInclusiveAmount currencyID="EUR">)[\d.]+/, '$11.00'],
  ['BR-CO-16', /(<cbc:PayableAmount currencyID="EUR">)[\d.]+/, '$11.00'],
  ['BR-CO-17', /(<cac:TaxSubtotal>.*?<cbc:TaxAmount currencyID="EUR">)[\d.]+/, '$10.10'],
  ['BR-DEC', /(<cbc:LineExtensionAmount currencyID="EUR">)24\.69</, '$124.691<'],
  ['BR-27', /<cbc:PriceAmount currencyID="EUR">0\.05/, '<cbc:PriceAmount currencyID="EUR">-0.05'],
  ['BR-25', /<cbc:Name>Discount by spend<\/cbc:Name>/, ''],
  ['BR-S-02', /<cac:PartyTaxScheme><cbc:CompanyID>IT[^<]*<\/cbc:CompanyID>/, '<cac:PartyTaxScheme>'],
  ['BR-CL-03', /currencyID="EUR">0\.000002/, 'currencyID="USD">0.000002'],
  ['UBL-order', /(<cbc:IssueDate>[^<]*<\/cbc:IssueDate>)\n(<cbc:DueDate>[^<]*<\/cbc:DueDate>)/, '$2\n$1'],
  ['UBL-order', /(<cbc:StreetName>[^<]*<\/cbc:StreetName>)(<cbc:CityName>[^<]*<\/cbc:CityName>)/, '$2$1'],
  ['UBL-element', /cac:TaxSubtotal>/g, 'cac:TaxPart>'],
  ['XML', /<\/cac:TaxTotal>/, ''],
]

test('EN 16931: the checker finds what is planted', async () => {
  const good = await ubl(invoice({ category: 'S', percent: '22' }))
  for (const [rule, pattern, replacement] of planted) {
    const bad = good.replace(pattern, replacement)
    assert.notEqual(bad, good, rule)
    assert.ok(checkEn16931(bad).some((fault) => fault.rule === rule), `${rule}: ${JSON.stringify(checkEn16931(bad))}`)
  }
})

test('what EN 16931 cannot carry is refused by name', () => {
  const { number: _, ...draft } = invoice({ category: 'S', percent: '22' })
  assert.equal(renderUbl(inMemory(draft)).status, 'not-renderable')
  assert.equal(renderUbl(inMemory({ ...invoice({ category: 'S', percent: '22' }), currency: 'KWD' })).status, 'not-renderable')
})

test('CSV reads back, adds up to the net, and no text can run as a formula', async () => {
  const document = invoice({ category: 'S', percent: '22' }, { lines: [line(1, { description: '=HYPERLINK("x")', project: 'a,b' }), discount] })
  const read = parseCsv(await whole(renderCsv(inMemory(document))))
  assert.ok('rows' in read)
  const payable = read.rows[0]?.indexOf('payable') ?? -1
  assert.equal(formatDecimal(sum(read.rows.slice(1).map((row) => decimal(row[payable] ?? '')))), document.net)
  assert.equal(read.rows[1]?.[4], `'=HYPERLINK("x")`)
  assert.equal(read.rows[1]?.[5], 'a,b')
})

test('CSV: quotes, line breaks and faults', () => {
  const table = csvTable(['a', 'b'], [['x "y"', 'line\nbreak'], ['', 'z']])
  assert.deepEqual(parseCsv(`\ufeff${table}`), { rows: [['a', 'b'], ['x "y"', 'line\nbreak'], ['', 'z']] })
  assert.deepEqual(parseCsv('a,b\n1,"2'), { row: 2, reason: 'a quoted value is not closed' })
  assert.equal('reason' in parseCsv('a,b\n1,2"3\n'), true)
})

test('HTML escapes what it shows and carries every total', async () => {
  const html = await whole(renderHtml(inMemory(invoice({ category: 'S', percent: '22' }))))
  assert.match(html, /gpt-4\.1, input tokens &lt;1&gt;/)
  for (const amount of ['23.46', '5.16', '28.62', '-3.00', '25.62']) assert.ok(html.includes(amount), amount)
  assert.doesNotMatch(html, /<script|https?:/)
})

test('PDF: the same document gives the same bytes, long ones take several pages', async () => {
  const document = invoice({ category: 'S', percent: '22' }, { lines: Array.from({ length: 120 }, (_, index) => line(index + 1, {})) })
  const first = await pdfOf(document)
  assert.equal(first.subarray(0, 5).toString(), '%PDF-')
  assert.ok(first.equals(await pdfOf(document)))
  assert.ok((first.toString('latin1').match(/\/Type \/Page\b/g) ?? []).length >= 3)
})

test('subtotals by project add up to the net', () => {
  const document = invoice({ category: 'S', percent: '22' })
  assert.equal(formatDecimal(sum(subtotals(document, (item) => item.project).map((row) => decimal(row.payable)))), document.net)
})

test('lines that come in pages make the same forms as all at once', async () => {
  const document = invoice({ category: 'S', percent: '22' }, { lines: Array.from({ length: 250 }, (_, index) => line(index + 1, { project: `p${index % 3}` })) })
  const { lines, ...head } = document
  const inPages = { head, pages: async function* () { for (let at = 0; at < lines.length; at += 20) { await Promise.resolve(); yield lines.slice(at, at + 20) } } }
  for (const render of [renderCsv, renderJson] as const) assert.equal(await whole(render(inPages)), await whole(render(inMemory(document))))
  assert.equal((await whole(renderHtml(inPages))).replaceAll(/\s/g, ''), (await whole(renderHtml(inMemory(document)))).replaceAll(/\s/g, ''))
  assert.deepEqual(JSON.parse(await whole(renderJson(inPages))), JSON.parse(JSON.stringify({ ...head, lines })))
  assert.ok(Buffer.concat(await Array.fromAsync(renderPdf(inPages))).equals(await pdfOf(document)))
  const xml = renderUbl(inPages)
  assert.ok(xml.status === 'rendered')
  assert.equal(await whole(xml.xml), await ubl(document))
})
