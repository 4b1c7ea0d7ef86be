/**
 * An invoice as PDF (docs/decisions: pdf). Set in the standard Helvetica, which every reader has and which covers Latin
 * letters; `fontFile` names a TrueType font for others. The same document gives the same bytes: dates come from it.
 */
import PDFDocument from 'pdfkit'
import type { Party } from '../contracts/party.ts'
import { type InvoiceDocument, subtotals } from './invoice-document.ts'
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
  { title: 'Description', x: 48, width: 215, align: 'left' },
  { title: 'Project', x: 268, width: 70, align: 'left' },
  { title: 'Quantity', x: 342, width: 78, align: 'right' },
  { title: 'Unit price', x: 424, width: 60, align: 'right' },
  { title: 'Amount', x: 488, width: 59, align: 'right' },
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

function head(pen: Pen, document: InvoiceDocument): number {
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

function lineRows(pen: Pen, document: InvoiceDocument, from: number): number {
  let y = tableHead(pen, from)
  for (const line of document.lines) {
    const cells = [line.description, line.project ?? '', grouped(line.quantity), perMillion(line), grouped(line.payable)]
    pen.pdf.font(pen.fonts.regular).fontSize(8)
    const height = Math.max(...cells.map((cell, index) => pen.pdf.heightOfString(pen.clean(cell), { width: columns[index]?.width ?? 50 })))
    if (y + height > page.bottom) { pen.pdf.addPage(); y = tableHead(pen, page.top) }
    cells.forEach((cell, index) => {
      const column = columns[index]
      if (column !== undefined) write(pen, cell, column.x, y, { width: column.width, align: column.align, size: 8 })
    })
    y += height + 4
    rule(pen, y - 2, '#dddddd')
  }
  return y + 4
}

function totals(pen: Pen, document: InvoiceDocument, from: number): number {
  let y = from
  if (y + 20 * totalsOf(document).length > page.bottom) { pen.pdf.addPage(); y = page.top }
  for (const [label, amount] of totalsOf(document)) {
    const bold = label === 'Total' || label.startsWith('Due')
    const height = write(pen, label, 250, y, { width: 225, align: 'right', bold })
    write(pen, `${grouped(amount)} ${document.currency}`, 478, y, { width: 69, align: 'right', bold })
    y += height + 4
  }
  return y + 8
}

function summary(pen: Pen, document: InvoiceDocument, from: number): void {
  let y = from
  for (const [name, of] of [['model', (line: { model?: string }) => line.model], ['project', (line: { project?: string }) => line.project]] as const) {
    const rows = subtotals(document, of)
    if (y + 16 + 12 * rows.length > page.bottom) { pen.pdf.addPage(); y = page.top }
    write(pen, `By ${name}`, page.left, y, { bold: true, size: 9 })
    y += 14
    for (const row of rows) {
      write(pen, row.name, page.left, y, { width: 300, size: 8 })
      write(pen, grouped(row.payable), 478, y, { width: 69, align: 'right', size: 8 })
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

function pageNumbers(pen: Pen, document: InvoiceDocument): void {
  const { start, count } = pen.pdf.bufferedPageRange()
  for (let index = start; index < start + count; index += 1) {
    pen.pdf.switchToPage(index)
    write(pen, `${titleOf(document)} · page ${index + 1} of ${count}`, page.left, 800, { size: 7, width: page.right - page.left, align: 'right' })
  }
}

export async function renderPdf(document: InvoiceDocument, fontFile?: string): Promise<Buffer> {
  const fonts = fontFile === undefined ? standard : { regular: fontFile, bold: fontFile }
  const issued = new Date(`${document.issuedOn ?? document.from}T00:00:00Z`)
  const pdf = new PDFDocument({ size: 'A4', margin: 0, bufferPages: true, lang: 'en', displayTitle: true, info: { Title: titleOf(document), Author: document.seller.name, CreationDate: issued, ModDate: issued } })
  const chunks: Buffer[] = []
  const done = new Promise<Buffer>((resolve, reject) => {
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk))
    pdf.on('end', () => resolve(Buffer.concat(chunks)))
    pdf.on('error', reject)
  })
  const pen: Pen = { pdf, fonts, clean: fontFile === undefined ? latin : (text) => text }
  summary(pen, document, totals(pen, document, lineRows(pen, document, head(pen, document))))
  pageNumbers(pen, document)
  pdf.end()
  return done
}
