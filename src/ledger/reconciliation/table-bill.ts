/** What the table forms of a bill share: the checks that every row needs, and the bill that rows make. */
import type { Decimal } from '../../kernel/decimal.ts'
import { addDays } from '../contracts/calendar.ts'
import { isCurrency } from '../contracts/currency.ts'
import { type Bill, type BillRow, coveredBy, type Parsed } from './bill.ts'
import { type CellReader, readTable } from './cell-reader.ts'
import { repetitions } from './repeated-rows.ts'

/** A currency code; a cell that holds none is a fault. */
export function currencyIn(table: CellReader, row: number, ...columns: readonly [string, ...string[]]): string | undefined {
  const text = table.text(row, ...columns)
  if (text !== undefined && isCurrency(text)) return text
  table.fault(row, columns[0], text === undefined ? 'is missing' : `${JSON.stringify(text)} is not a currency`)
  return undefined
}

/** An amount that has to be there. */
export function amountIn(table: CellReader, row: number, ...columns: readonly [string, ...string[]]): Decimal | undefined {
  const amount = table.number(row, ...columns)
  if (amount === undefined && table.text(row, ...columns) === undefined) table.fault(row, columns[0], 'is missing')
  return amount
}

/** Reads a table whose header must hold one of each of these columns; every row is read, so that all faults are told at once. */
export function tableBill(text: string, format: Bill['format'], needed: readonly (readonly [string, ...string[]])[], rowOf: (table: CellReader, row: number) => BillRow | undefined): Parsed {
  const table = readTable(text)
  if ('reason' in table) return { faults: [table] }
  for (const names of needed) if (!table.has(...names)) table.fault(-1, names[0], 'the column is missing')
  if (table.faults.length > 0) return { faults: table.faults }
  const repeats = repetitions()
  const rows = Array.from({ length: table.rows }, (_, row): BillRow | undefined => {
    const read = rowOf(table, row)
    return repeats(table.cells(row)) && read !== undefined ? { ...read, repeats: true } : read
  }).filter((row) => row !== undefined)
  const currencies = new Set(rows.map((row) => row.currency))
  if (currencies.size > 1) table.fault(0, 'BillingCurrency', `the bill mixes ${[...currencies].join(' and ')}: split it`)
  if (table.faults.length > 0) return { faults: table.faults }
  const covered = coveredBy(rows, (day) => addDays(day, 1))
  if (covered === undefined) return { faults: [{ row: 1, column: '', reason: 'the bill has no row' }] }
  return { bill: { format, currency: [...currencies][0] ?? 'USD', ...covered, rows } }
}
