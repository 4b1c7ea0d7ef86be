/**
 * An invoice as PDF (docs/decisions: pdf). Set in the standard Helvetica, which every reader has and which covers Latin
 * letters; `fontFile` names a TrueType font for others. The same document gives the same bytes: dates come from it.
 */
import PDFDocument from 'pdfkit'
import type { Party } from '../contracts/party.ts'
import { type InvoiceLine, type Tally, tally } from './invoice-document.ts'
import type { InvoiceHead, PagedInvoice } from './invoice-pages.ts'
import { grouped, perMillion } from './printed-amounts.ts'
import { lastDay, partyLines, titleOf, totalsOf } from './render-html.ts'

export interface PdfFonts {
  readonly regular: string
  readonly bold: string
}

const standard: PdfFonts = { regular: 'Helvetica', bold: 'Helvetica-Bold' }
const page = { left: 48, right: 547, top: 48, bottom: 780 }

type Pdf = InstanceType<typeof PDFDocument>

interface Column {
  readonly title: string
  readonly x: number
  readonly width: number
  readonly align: 'left' | 'right'
}

const columns: readonly Column[] = [
  { title: 'Description', x: 48, width: 205, align: 'left' },
  { title: 'Project', x: 258, width: 64, align: 'left' },
  { title: 'Quantity', x: 326, width: 90, align: 'right' },
  { title: 'Unit price', x: 420, width: 52, align: 'right' },
  { title: 'Amount', x: 476, width: 71, align: 'right' },
]

/** The standard fonts have no glyph beyond Latin letters; what they lack is shown as a question mark rather than as noise. */
const latin = (text: string): string => text.replace(/[^\u0009\u0020-\u007e\u00a0-\u00ff\u2013\u2014\u2018-\u201e\u2020-\u2022\u2026\u20ac]/g, '?')

interface Pen {
  readonly pdf: Pdf
  readonly fonts: PdfFonts
  readonly clean: (text: string) => string
}

function write({ pdf, fonts, clean }: Pen, text: string, x: number, y: number, options: { width?: number; align?: 'left' | 'right'; size?: number; bold?: boolean } = {}): number {
  const { width = page.right - x, align = 'left', size = 9, bold = false } = options
  pdf.font(bold ? fonts.bold : fonts.regular).fontSize(size)
  const shown = clean(text)
  pdf.text(shown, x, y, { width, align, lineBreak: true })
  return pdf.heightOfString(shown, { width })
}

const rule = ({ pdf }: Pen, y: number, colour = '#999999'): void => { pdf.moveTo(page.left, y).lineTo(page.right, y).lineWidth(0.5).strokeColor(colour).stroke() }

function block(pen: Pen, title: string, party: Party, x: number, y: number): number {
  write(pen, title, x, y, { size: 7 })
  let at = y + 11
  partyLines(party).forEach((line, index) => { at += write(pen, line, x, at, { width: 220, bold: index === 0 }) + 1 })
  return at
}

function head(pen: Pen, document: InvoiceHead): number {
  write(pen, titleOf(document), page.left, page.top, { size: 18, bold: true })
  const facts = [
    ['Issued', document.issuedOn ?? 'not issued'], ['Due', document.dueOn ?? '-'],
    ['Usage', `${document.from} to ${lastDay(document.until)} (UTC)`], ['Contract', document.contract],
    ...(document.buyer.purchaseOrder === undefined ? [] : [['Purchase order', document.buyer.purchaseOrder]]),
    ...(document.corrects === undefined ? [] : [['Corrects', `${document.corrects.number} of ${document.corrects.issuedOn}`], ['Reason', document.reason ?? '']]),
  ]
  let y = page.top + 30
  for (const [name = '', value = ''] of facts) {
    write(pen, name, page.left, y, { size: 8, width: 80 })
    y += Math.max(11, write(pen, value, page.left + 82, y, { size: 8 })) + 1
  }
  y += 10
  return Math.max(block(pen, 'FROM', document.seller, page.left, y), block(pen, 'TO', document.buyer, 300, y)) + 14
}

function tableHead(pen: Pen, y: number): number {
  for (const column of columns) write(pen, column.title, column.x, y, { width: column.width, align: column.align, bold: true, size: 8 })
  rule(pen, y + 13, '#111111')
  return y + 18
}

/** Draws one line of the table at `y`, on a new page where it does not fit; answers where the next one goes. */
function lineRow(pen: Pen, line: InvoiceLine, from: number): number {
  let y = from
  const cells = [line.description, line.project ?? '', grouped(line.quantity), perMillion(line), grouped(line.payable)]
  pen.pdf.font(pen.fonts.regular).fontSize(8)
  const height = Math.max(...cells.map((cell, index) => pen.pdf.heightOfString(pen.clean(cell), { width: columns[index]?.width ?? 50 })))
  if (y + height > page.bottom) { pen.pdf.addPage(); y = tableHead(pen, page.top) }
  cells.forEach((cell, index) => {
    const column = columns[index]
    if (column !== undefined) write(pen, cell, column.x, y, { width: column.width, align: column.align, size: 8 })
  })
  rule(pen, y + height + 2, '#dddddd')
  return y + height + 4
}

function totals(pen: Pen, document: InvoiceHead, from: number): number {
  let y = from
  if (y + 20 * totalsOf(document).length > page.bottom) { pen.pdf.addPage(); y = page.top }
  for (const [label, amount] of totalsOf(document)) {
    const bold = label === 'Total' || label.startsWith('Due')
    const height = write(pen, label, 150, y, { width: 265, align: 'right', bold })
    // Wide enough for a hundred billion: a sum that wraps would stand on the next one.
    write(pen, `${grouped(amount)} ${document.currency}`, 420, y, { width: 127, align: 'right', bold })
    y += height + 4
  }
  return y + 8
}

function summary(pen: Pen, document: InvoiceHead, sums: readonly (readonly [string, Tally])[], from: number): void {
  let y = from
  for (const [name, sum] of sums) {
    const rows = sum.rows()
    if (y + 16 + 12 * Math.min(rows.length, 4) > page.bottom) { pen.pdf.addPage(); y = page.top }
    write(pen, `By ${name}`, page.left, y, { bold: true, size: 9 })
    y += 14
    for (const row of rows) {
      write(pen, row.name, page.left, y, { width: 300, size: 8 })
      write(pen, grouped(row.payable), 420, y, { width: 127, align: 'right', size: 8 })
      y += 12
      if (y > page.bottom) { pen.pdf.addPage(); y = page.top }
    }
    y += 8
  }
  const { iban, bic } = document.seller
  const note = `Each line is quantity times unit price, rounded once, half to even. Left over by rounding: ${document.remainder} ${document.currency}.${iban === undefined ? '' : ` Pay to ${iban}${bic === undefined ? '' : ` (${bic})`}, reference ${document.number ?? ''}.`}`
  if (y + 30 > page.bottom) { pen.pdf.addPage(); y = page.top }
  write(pen, note, page.left, y, { size: 7 })
}

/** Pages are written out as they are full, so how many there will be is not known when one is numbered. */
function numberPages(pen: Pen, document: InvoiceHead): void {
  let count = 0
  const number = (): void => {
    count += 1
    write(pen, `${titleOf(document)} · page ${count}`, page.left, 800, { size: 7, width: page.right - page.left, align: 'right' })
  }
  number()
  pen.pdf.on('pageAdded', number)
}

/** The bytes as they are made: a page of lines is drawn when it has been read, and given away before the next is. */
export async function* renderPdf({ head: document, pages }: PagedInvoice, fontFile?: string): AsyncGenerator<Buffer> {
  const fonts = fontFile === undefined ? standard : { regular: fontFile, bold: fontFile }
  const issued = new Date(`${document.issuedOn ?? document.from}T00:00:00Z`)
  const pdf = new PDFDocument({ size: 'A4', margin: 0, lang: 'en', displayTitle: true, info: { Title: titleOf(document), Author: document.seller.name, CreationDate: issued, ModDate: issued } })
  let chunks: Buffer[] = []
  const taken = (): Buffer => {
    const made = Buffer.concat(chunks)
    chunks = []
    return made
  }
  const done = new Promise<void>((resolve, reject) => {
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk))
    pdf.on('end', resolve)
    pdf.on('error', reject)
  })
  const pen: Pen = { pdf, fonts, clean: fontFile === undefined ? latin : (text) => text }
  const sums = [['model', tally(document.currency, (line) => line.model)], ['project', tally(document.currency, (line) => line.project)]] as const
  numberPages(pen, document)
  let y = tableHead(pen, head(pen, document))
  for await (const lines of pages()) {
    for (const line of lines) {
      y = lineRow(pen, line, y)
      for (const [, sum] of sums) sum.add(line)
    }
    yield taken()
  }
  summary(pen, document, sums, totals(pen, document, y + 4))
  pdf.end()
  await done
  yield taken()
}
