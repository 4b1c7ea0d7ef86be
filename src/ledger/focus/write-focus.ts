/** FOCUS tables as CSV and as Parquet. Decimals are DECIMAL columns, exact; times are UTC milliseconds. */
import { assert } from '../../kernel/assert.ts'
import { decimal, roundHalfEven } from '../../kernel/decimal.ts'
import { parquetFile, type ParquetOptions } from '../../kernel/parquet.ts'
import { csvTable } from '../invoices/csv.ts'
import { type FocusTable, focusType } from './focus-row.ts'

/** Null is an empty cell. */
export const focusCsv = (table: FocusTable): string => csvTable(table.columns, table.rows.map((row) => table.columns.map((column) => row[column] ?? null)))

const precisionMax = 38

function decimalColumn(name: string, values: readonly (string | null)[]): { readonly scale: number; readonly data: (bigint | null)[] } {
  const read = values.map((value) => value === null ? null : decimal(value))
  const scale = read.reduce((most, value) => value !== null && value.scale > most ? value.scale : most, 0)
  const data = read.map((value) => value === null ? null : roundHalfEven(value, scale).coefficient)
  for (const value of data) assert(value === null || value.toString().replace('-', '').length <= precisionMax, `${name} needs more than ${precisionMax} digits: ${value}`)
  return { scale, data }
}

export function focusParquet(table: FocusTable): Buffer {
  const schema: Record<string, unknown>[] = [{ name: 'root', num_children: table.columns.length }]
  const columnData = table.columns.map((name) => {
    const values = table.rows.map((row) => row[name] ?? null)
    switch (focusType(name)) {
      case 'Decimal': {
        const { scale, data } = decimalColumn(name, values)
        schema.push({ name, type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, converted_type: 'DECIMAL', scale, precision: precisionMax, repetition_type: 'OPTIONAL' })
        return { name, data }
      }
      case 'Date/Time':
        schema.push({ name, type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', repetition_type: 'OPTIONAL' })
        return { name, data: values.map((value) => value === null ? null : new Date(value)) }
      case 'JSON': case 'String':
        schema.push({ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' })
        return { name, data: values }
    }
  })
  return parquetFile({ columnData, schema, kvMetadata: [{ key: 'focus_version', value: table.version }, { key: 'focus_dataset', value: table.dataset }] } as unknown as ParquetOptions)
}
