/** Reads the cells of a table by column name and gathers what is wrong, with row, column and reason. */
import { type Decimal, parseDecimal } from '../../kernel/decimal.ts'
import { isBounded } from '../contracts/amount.ts'
import { dayOf, isDay } from '../contracts/calendar.ts'
import { parseCsv } from '../invoices/csv.ts'
import { type BillFault, faultsMax } from './bill.ts'

export interface CellReader {
  readonly faults: BillFault[]
  readonly rows: number
  readonly has: (...names: readonly string[]) => boolean
  /** Text of the first of these columns that holds something; undefined where none does. */
  readonly text: (row: number, ...names: readonly string[]) => string | undefined
  readonly number: (row: number, ...names: readonly string[]) => Decimal | undefined
  readonly day: (row: number, ...names: readonly string[]) => string | undefined
  readonly fault: (row: number, column: string, reason: string) => void
  readonly line: (row: number) => number
  /** All that stands in a row. */
  readonly cells: (row: number) => readonly string[]
}

/** What follows a day in an export: nothing, or a time of the day, with or without its zone. */
const restOfDay = /^$|^[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AP]M)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/i

/** Days as exports write them: ISO days and times, and month/day/year as Azure writes them in its CSV. */
export function dayOfText(text: string): string | undefined {
  const slashed = /^(\d{1,2})\/(\d{1,2})\/(\d{4})/.exec(text)
  const iso = slashed === null ? text.slice(0, 10) : `${slashed[3]}-${(slashed[1] ?? '').padStart(2, '0')}-${(slashed[2] ?? '').padStart(2, '0')}`
  const rest = text.slice(slashed === null ? 10 : slashed[0].length)
  if (!isDay(iso) || !restOfDay.test(rest)) return undefined
  if (!/[+-]\d{2}:?\d{2}$/.test(rest)) return iso
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : dayOf(at)
}

/** A reader over CSV text with a header row; or the fault that makes it unreadable. Column names are matched without case. */
export function readTable(text: string): CellReader | BillFault {
  const parsed = parseCsv(text)
  if ('reason' in parsed) return { row: parsed.row, column: '', reason: parsed.reason }
  const [header, ...rows] = parsed.rows
  if (header === undefined) return { row: 1, column: '', reason: 'the file is empty' }
  const index = new Map(header.map((name, at) => [name.trim().toLowerCase(), at]))
  if (index.size !== header.length) return { row: 1, column: '', reason: 'two columns have the same name' }
  const faults: BillFault[] = []
  const fault = (row: number, column: string, reason: string): void => { if (faults.length < faultsMax) faults.push({ row: row + 2, column, reason }) }
  rows.forEach((row, at) => { if (row.length !== header.length) fault(at, '', `${row.length} cells where the header has ${header.length}`) })
  const find = (row: number, names: readonly string[]): { readonly name: string; readonly value: string } | undefined => {
    for (const name of names) {
      const at = index.get(name.toLowerCase())
      const value = at === undefined ? undefined : rows[row]?.[at]?.trim()
      if (value !== undefined && value !== '' && value.toLowerCase() !== 'null') return { name, value }
    }
    return undefined
  }
  return {
    faults, rows: rows.length, fault, line: (row) => row + 2, cells: (row) => rows[row] ?? [],
    has: (...names) => names.some((name) => index.has(name.toLowerCase())),
    text: (row, ...names) => find(row, names)?.value,
    number: (row, ...names) => {
      const cell = find(row, names)
      if (cell === undefined) return undefined
      const value = parseDecimal(cell.value)
      if (value !== undefined && isBounded(value)) return value
      fault(row, cell.name, `${JSON.stringify(cell.value.slice(0, 40))} is ${value === undefined ? 'not a number' : 'more than any bill: look whether the export is damaged'}`)
      return undefined
    },
    day: (row, ...names) => {
      const cell = find(row, names)
      const day = cell === undefined ? undefined : dayOfText(cell.value)
      if (day === undefined) fault(row, cell?.name ?? names[0] ?? '', cell === undefined ? 'is missing' : `${JSON.stringify(cell.value.slice(0, 40))} is not a day`)
      return day
    },
  }
}
