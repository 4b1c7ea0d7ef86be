/** Rows as files: JSON lines in the form of OpenAI's chat fine-tuning, and Parquet. */
import { createHash } from 'node:crypto'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { DatasetRow } from './gate.ts'

/** One row as a line of `{"messages":[…]}`, without newline. Receipts travel in the manifest, not in the training data. */
export const jsonLine = (row: DatasetRow): string => JSON.stringify({ messages: row.messages.map(({ role, content }) => ({ role, content })) })

export const rowHash = (row: DatasetRow): string => createHash('sha256').update(jsonLine(row)).digest('hex')

export const toJsonLines = (rows: readonly DatasetRow[]): Buffer => Buffer.from(rows.map((row) => `${jsonLine(row)}\n`).join(''))

/** Columns: id, messages (JSON), log, leaf index, row hash. */
export function toParquet(rows: readonly DatasetRow[]): Buffer {
  return Buffer.from(parquetWriteBuffer({
    columnData: [
      { name: 'id', data: rows.map((row) => row.id), type: 'STRING' },
      { name: 'messages', data: rows.map((row) => JSON.stringify(row.messages)), type: 'STRING' },
      { name: 'log', data: rows.map((row) => row.receipt?.log ?? ''), type: 'STRING' },
      { name: 'leaf', data: rows.map((row) => row.receipt?.index ?? ''), type: 'STRING' },
      { name: 'sha256', data: rows.map(rowHash), type: 'STRING' },
    ],
  }))
}

/** Keeps the first of rows whose messages are equal up to white space and case; answers how many went. */
export function deduplicate(rows: readonly DatasetRow[]): { rows: DatasetRow[]; dropped: number } {
  const seen = new Set<string>()
  const kept = rows.filter((row) => {
    const name = createHash('sha256').update(row.messages.map(({ role, content }) => `${role}\n${content.toLowerCase().replaceAll(/\s+/g, ' ').trim()}`).join('\n\n')).digest('base64')
    return !seen.has(name) && seen.add(name).size > 0
  })
  return { rows: kept, dropped: rows.length - kept.length }
}
