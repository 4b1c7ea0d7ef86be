/**
 * FOCUS tables read back from CSV or Parquet, ours or anybody's, for the checkers. Decimals stay exact. Which dataset and
 * version a file holds: what a Parquet file of ours says of itself, else what its columns fit.
 */
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { formatDecimal } from '../../kernel/decimal.ts'
import { parseCsv } from '../invoices/csv.ts'
import { costAndUsageColumns } from './cost-and-usage.ts'
import { billingPeriodColumns, contractCommitmentColumns, invoiceDetailColumns } from './billing-datasets.ts'
import type { FocusRow, FocusTable, FocusVersion } from './focus-row.ts'

export type ReadFocus = { readonly table: FocusTable } | { readonly failed: string }

const known: readonly (readonly [FocusTable['dataset'], readonly string[]])[] = [
  ['Cost and Usage', costAndUsageColumns('1.4')], ['Invoice Detail', invoiceDetailColumns], ['Contract Commitment', contractCommitmentColumns], ['Billing Period', billingPeriodColumns],
]

/** The dataset whose columns are most like these, by columns shared of all that either has. */
function datasetOf(columns: readonly string[]): FocusTable['dataset'] {
  const own = new Set(columns)
  const likeness = (of: readonly string[]): number => {
    const shared = of.filter((name) => own.has(name)).length
    return shared / (of.length + own.size - shared)
  }
  const [best] = known.toSorted((a, b) => likeness(b[1]) - likeness(a[1]))
  return best?.[0] ?? 'Cost and Usage'
}

/** 1.2 names its provider and publisher; 1.4 has taken both columns out. */
const versionOf = (columns: readonly string[]): FocusVersion =>
  (columns.includes('ProviderName') || columns.includes('PublisherName')) && !columns.includes('ServiceProviderName') ? '1.2' : '1.4'

function tableOf(columns: readonly string[], rows: readonly FocusRow[], dataset = datasetOf(columns), version = versionOf(columns)): ReadFocus {
  return { table: { dataset, version, columns, rows } }
}

/** An empty cell is null: CSV cannot tell it from an empty text. */
export function readFocusCsv(text: string): ReadFocus {
  const parsed = parseCsv(text)
  if ('reason' in parsed) return { failed: `row ${parsed.row}: ${parsed.reason}` }
  const [header, ...rows] = parsed.rows
  if (header === undefined) return { failed: 'the file is empty' }
  const uneven = rows.findIndex((row) => row.length !== header.length)
  if (uneven >= 0) return { failed: `row ${uneven + 1}: ${rows[uneven]?.length} cells where the header has ${header.length}` }
  return tableOf(header, rows.map((row) => Object.fromEntries(header.map((name, at) => [name, row[at] === '' ? null : row[at] ?? null]))))
}

/** Big-endian two's complement, as Parquet keeps decimals in bytes. */
function wholeOf(bytes: Uint8Array): bigint {
  const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  return BigInt.asIntN(8 * bytes.length, value)
}

function textOf(value: unknown, scale: number | undefined): string | null {
  if (value === null || value === undefined) return null
  if (scale !== undefined && value instanceof Uint8Array) return formatDecimal({ coefficient: wholeOf(value), scale })
  if (scale !== undefined && (typeof value === 'bigint' || typeof value === 'number')) return formatDecimal({ coefficient: BigInt(value), scale })
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  if (value instanceof Date) return `${value.toISOString().slice(0, 19)}Z`
  if (typeof value === 'object') return JSON.stringify(value)
  return typeof value === 'string' ? value : String(value as number | bigint | boolean)
}

/** Decimals are read as the whole numbers they are kept as: the library alone would make floats of them. */
export async function readFocusParquet(bytes: Uint8Array): Promise<ReadFocus> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  const metadata = await parquetMetadataAsync(file)
  const scales = new Map(metadata.schema.flatMap((element) => (element.converted_type === 'DECIMAL' ? [[element.name, element.scale ?? 0] as const] : [])))
  const schema = metadata.schema.map((element) => {
    if (!scales.has(element.name)) return element
    const { converted_type: _, logical_type: __, ...raw } = element
    return raw
  })
  const columns = schema.slice(1).map((element) => element.name)
  const objects = await parquetReadObjects({ file, metadata: { ...metadata, schema }, utf8: false })
  const rows = objects.map((row) => Object.fromEntries(columns.map((name) => [name, textOf(row[name], scales.get(name))])))
  const said = (key: string): string | undefined => metadata.key_value_metadata?.find((item) => item.key === key)?.value
  const dataset = known.find(([name]) => name === said('focus_dataset'))?.[0]
  const version = said('focus_version')
  return tableOf(columns, rows, dataset, version === '1.2' || version === '1.4' ? version : undefined)
}
