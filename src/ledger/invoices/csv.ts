/** Comma-separated values as RFC 4180 has them, written and read. */

/** Quotes a value where it must be. Spreadsheets execute texts that begin with `=`, `+`, `-` or `@`: such texts get an apostrophe, numbers do not. */
function cell(value: string | number | undefined | null): string {
  if (value === undefined || value === null) return ''
  const text = String(value)
  const risky = /^[=+\-@\t\r]/.test(text) && !/^[+-]?\d+(\.\d+)?$/.test(text)
  const safe = risky ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export const csvRow = (values: readonly (string | number | undefined | null)[]): string => `${values.map(cell).join(',')}\r\n`

export const csvTable = (header: readonly string[], rows: Iterable<readonly (string | number | undefined | null)[]>): string => {
  let text = csvRow(header)
  for (const row of rows) text += csvRow(row)
  return text
}

export interface CsvFault { readonly row: number; readonly reason: string }

/** All cells of a text; rows count from 1. A byte-order mark is passed over, an unclosed quote is a fault. */
export function parseCsv(text: string): { readonly rows: readonly (readonly string[])[] } | CsvFault {
  const rows: string[][] = []
  let row: string[] = []
  let value = ''
  let quoted = false
  let closed = false
  const source = text.startsWith('\ufeff') ? text.slice(1) : text
  const endCell = (): void => { row.push(value); value = ''; closed = false }
  const endRow = (): void => { endCell(); if (row.length > 1 || row[0] !== '') rows.push(row); row = [] }
  for (let index = 0; index < source.length; index += 1) {
    const char = source[index] ?? ''
    if (quoted) {
      if (char !== '"') value += char
      else if (source[index + 1] === '"') { value += '"'; index += 1 }
      else { quoted = false; closed = true }
    } else if (char === ',') endCell()
    else if (char === '\n') endRow()
    else if (char === '\r' && source[index + 1] === '\n') continue
    else if (char === '"' && value === '' && !closed) quoted = true
    else if (closed || char === '"') return { row: rows.length + 1, reason: `a quote in the middle of a value: ${JSON.stringify(value.slice(0, 20))}` }
    else value += char
  }
  if (quoted) return { row: rows.length + 1, reason: 'a quoted value is not closed' }
  if (value !== '' || row.length > 0) endRow()
  return { rows }
}
