/** Parquet files of ours as another reader sees them: Arrow's own, in Rust, which shares nothing with the library that writes them. */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { roundHalfEven, decimal } from '../src/kernel/decimal.ts'
import { focusParquet } from '../src/ledger/focus/write-focus.ts'
import type { FocusTable } from '../src/ledger/focus/focus-row.ts'
import type { DatasetRow } from '../src/terms/dataset/gate.ts'
import { rowHash, toParquet } from '../src/terms/dataset/rows.ts'

interface Field { readonly name: string; readonly nullable: boolean; readonly type: { readonly toString: () => string; readonly scale?: number } }
interface Read { readonly numRows: number; readonly schema: { readonly fields: readonly Field[]; readonly metadata: ReadonlyMap<string, string> }; readonly toArray: () => readonly { readonly toJSON: () => Record<string, unknown> }[] }
interface Reader { readonly parquet: { readonly readParquet: (file: Uint8Array) => { readonly intoIPCStream: () => Uint8Array } }; readonly arrow: { readonly tableFromIPC: (stream: Uint8Array) => Read } }

/** The reader, where npm has installed it. */
function readerHere(): Reader | undefined {
  const ask = createRequire(import.meta.url)
  try {
    return { parquet: ask('parquet-wasm') as Reader['parquet'], arrow: ask('apache-arrow') as Reader['arrow'] }
  } catch (cause) {
    if ((cause as { readonly code?: string }).code === 'MODULE_NOT_FOUND') return undefined
    throw cause
  }
}

const reader = readerHere()
const skip = reader === undefined ? 'skipped: parquet-wasm and apache-arrow are not installed; npm ci brings them' : false
function read(file: Uint8Array): Read {
  assert.ok(reader !== undefined)
  return reader.arrow.tableFromIPC(reader.parquet.readParquet(file).intoIPCStream())
}
const rowsOf = (table: Read): Record<string, unknown>[] => table.toArray().map((row) => row.toJSON())

/** A 128-bit whole number in words of 32 bits, the least first, two's complement. */
function wide(words: unknown): bigint | null {
  if (words === null || words === undefined) return null
  const all = [...(words as Uint32Array)]
  return BigInt.asIntN(128, all.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n))
}

test('a dataset: every text as it was, also large ones and those beyond the basic plane; indexes beyond 2^53', { skip }, () => {
  const rows: DatasetRow[] = [
    { id: 'call_1', messages: [{ role: 'system', content: 'è 𝄞 "q"\n\t\u0000' }, { role: 'assistant', content: 'x'.repeat(3_000_000) }] } as unknown as DatasetRow,
    { id: 'call_2', messages: [{ role: 'user', content: '' }], receipt: { log: 'receipts/acme', index: '9007199254740993' } } as unknown as DatasetRow,
    { id: 'call_3 👩‍👩‍👧', messages: [{ role: 'user', content: 'cut \ud83d\u0000, \udc00\ud83d turned' }, { role: 'assistant', content: 'é\u0301\u200b\u00ad👍🏽' }] } as unknown as DatasetRow,
    ...Array.from({ length: 2_500 }, (_, at) => ({ id: `row ${at}`, messages: [{ role: 'user', content: `question ${at}` }] }) as unknown as DatasetRow),
  ]
  const table = read(toParquet(rows))
  assert.deepEqual(table.schema.fields.map(({ name, nullable, type }) => [name, String(type), nullable]), ['id', 'messages', 'log', 'leaf', 'sha256'].map((name) => [name, 'Utf8', false]))
  assert.deepEqual(rowsOf(table), rows.map((row) => ({ id: row.id, messages: JSON.stringify(row.messages), log: row.receipt?.log ?? '', leaf: row.receipt?.index ?? '', sha256: rowHash(row) })))
})

test('a FOCUS export: decimals exact to 38 digits, times in UTC also before 1970, empty cells as nulls, texts as they were', { skip }, () => {
  const columns = ['BilledCost', 'ListUnitPrice', 'ChargePeriodStart', 'Tags', 'ChargeDescription']
  const costs = ['-12345678901234567890123456.000000000001', null, '0', '99999999999999999999999999.999999999999']
  const rows = costs.map((cost, at) => ({
    BilledCost: cost, ListUnitPrice: at === 0 ? '0.00000005' : null, ChargePeriodStart: at === 1 ? null : at === 2 ? '1969-12-31T23:59:59.999Z' : '2026-11-01T00:00:00Z', Tags: at === 1 ? null : '{"team":"è"}', ChargeDescription: at === 1 ? null : 'è'.repeat(at * 50_000),
  }))
  const table = read(focusParquet({ version: '1.4', dataset: 'CostAndUsage', columns, rows } as unknown as FocusTable))
  assert.deepEqual(table.schema.fields.map(({ name, nullable, type }) => [name, String(type).replace(/\[.*/, ''), type.scale ?? 0, nullable]),
    [['BilledCost', 'Decimal', 12, true], ['ListUnitPrice', 'Decimal', 8, true], ['ChargePeriodStart', 'Timestamp<MILLISECOND, UTC>', 0, true], ['Tags', 'Utf8', 0, true], ['ChargeDescription', 'Utf8', 0, true]])
  const got = rowsOf(table)
  assert.deepEqual(got.map((row) => wide(row['BilledCost'])), costs.map((cost) => (cost === null ? null : roundHalfEven(decimal(cost), 12).coefficient)))
  assert.deepEqual(got.map((row) => row['ChargePeriodStart']), rows.map((row) => (row.ChargePeriodStart === null ? null : Date.parse(row.ChargePeriodStart))))
  assert.deepEqual(got.map((row) => [row['Tags'], row['ChargeDescription']]), rows.map((row) => [row.Tags, row.ChargeDescription]))
})

test('a file without rows has its columns, and is read', { skip }, () => {
  const empty = read(focusParquet({ version: '1.4', dataset: 'CostAndUsage', columns: ['BilledCost', 'ChargePeriodStart', 'Tags'], rows: [] } as unknown as FocusTable))
  assert.deepEqual([empty.numRows, empty.schema.fields.map((field) => field.name)], [0, ['BilledCost', 'ChargePeriodStart', 'Tags']])
  assert.equal(read(toParquet([])).numRows, 0)
})
