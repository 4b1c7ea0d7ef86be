/** Rows as files: JSON lines in the form of OpenAI's chat fine-tuning, and Parquet. */
import { hash } from 'node:crypto'
import { parquetFile, type ParquetOptions } from '../../kernel/parquet.ts'
import type { DatasetRow } from './gate.ts'

interface Line {
  readonly text: string
  /** SHA-256 of the text, hex. */
  readonly sha256: string
}

/** A row's line is asked for by the file, the manifest's root and the hash column: it is made once. Rows never change. */
const lines = new WeakMap<DatasetRow, Line>()

const opening = '{"messages":'

function lineOf(row: DatasetRow): Line {
  const known = lines.get(row)
  if (known !== undefined) return known
  const text = `${opening}${JSON.stringify(row.messages.map(({ role, content }) => ({ role, content })))}}`
  const made = { text, sha256: hash('sha256', text, 'hex') }
  lines.set(row, made)
  return made
}

/** One row as a line of `{"messages":[…]}`, without newline. Receipts travel in the manifest, not in the training data. */
export const jsonLine = (row: DatasetRow): string => lineOf(row).text

/** The messages alone, as in the line. */
const messagesOf = (row: DatasetRow): string => lineOf(row).text.slice(opening.length, -1)

export const rowHash = (row: DatasetRow): string => lineOf(row).sha256

export const toJsonLines = (rows: readonly DatasetRow[]): Buffer => Buffer.from(rows.map((row) => `${jsonLine(row)}\n`).join(''))

type Column = ParquetOptions['columnData'][number]

/**
 * A column of text in which values hardly repeat, as bytes: the writer would look for a dictionary that does not pay, and
 * encode each text anew. `compressed`: whether it has words that repeat.
 */
const texts = (name: string, values: readonly string[], compressed: boolean): Column =>
  ({ name, data: values.map((value) => Buffer.from(value)), type: 'STRING', nullable: false, encoding: 'PLAIN', statistics: false, codec: compressed ? 'SNAPPY' : 'UNCOMPRESSED' })

/** Columns: id, messages (JSON), log, leaf index, row hash. */
export function toParquet(rows: readonly DatasetRow[]): Buffer {
  return parquetFile({
    columnData: [
      texts('id', rows.map((row) => row.id), true),
      texts('messages', rows.map(messagesOf), true),
      { name: 'log', data: rows.map((row) => row.receipt?.log ?? ''), type: 'STRING', nullable: false },
      texts('leaf', rows.map((row) => row.receipt?.index ?? ''), true),
      texts('sha256', rows.map(rowHash), false),
    ],
  })
}

/** White space that is not one blank between words. */
const uneven = /\s\s|[^\S ]|^\s|\s$/
const evened = (text: string): string => (uneven.test(text) ? text.replaceAll(/\s+/g, ' ').trim() : text)

/** Keeps the first of rows whose messages are equal up to white space, case and how an accent is written; answers how many went. */
export function deduplicate(rows: readonly DatasetRow[]): { rows: DatasetRow[]; dropped: number } {
  const seen = new Set<string>()
  const kept = rows.filter((row) => {
    const name = hash('sha256', row.messages.map(({ role, content }) => `${role}\n${evened(content.normalize().toLowerCase())}`).join('\n\n'), 'base64')
    return !seen.has(name) && seen.add(name).size > 0
  })
  return { rows: kept, dropped: rows.length - kept.length }
}
