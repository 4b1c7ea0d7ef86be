/**
 * Traces of calls: `TIMESTAMP,ContextTokens,GeneratedTokens` as CSV (Azure's public traces) and one JSON object a line with
 * `timestamp`, `input_length`, `output_length` (Mooncake's), plain or gzipped.
 */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import type { Readable } from 'node:stream'

export interface TraceRow {
  /** Milliseconds after the first row. */
  readonly atMs: number
  readonly inputTokens: number
  readonly outputTokens: number
}

export interface Trace {
  readonly rows: readonly TraceRow[]
  /** Rows that ask for no output at all; no API can be asked for that. */
  readonly skipped: number
}

/** A row, or why the line is none. */
type Read = (line: string) => { readonly time: number; readonly inputTokens: number; readonly outputTokens: number } | string

/** Names of columns, lower case, that mean the same. The first is the documented one. */
const columns = {
  time: ['timestamp', 'timestamp_ms', 'time'],
  input: ['contexttokens', 'input_length', 'input_tokens'],
  output: ['generatedtokens', 'output_length', 'output_tokens'],
}

const forms = 'expected CSV with the header TIMESTAMP,ContextTokens,GeneratedTokens or one JSON object a line with timestamp, input_length, output_length'

/** Rows sorted by time; a sentence where the file cannot be read, with the line at fault. */
export async function readTrace(path: string): Promise<Trace | { readonly failed: string }> {
  const raw = createReadStream(path)
  const input: Readable = path.endsWith('.gz') ? raw.pipe(createGunzip()) : raw
  const lines = createInterface({ input, crlfDelay: Infinity })
  const broken = new Promise<{ readonly failed: string }>((resolve) => {
    const fail = (cause: Error): void => resolve({ failed: `${path}: ${cause.message}` })
    raw.on('error', fail)
    input.on('error', fail)
  })
  return Promise.race([broken, collect(lines, path)])
}

async function collect(lines: AsyncIterable<string>, path: string): Promise<Trace | { readonly failed: string }> {
  const rows: TraceRow[] = []
  let read: Read | undefined
  let number = 0
  let skipped = 0
  for await (const raw of lines) {
    number += 1
    const line = number === 1 ? raw.replace(/^\uFEFF/, '') : raw
    if (line.trim() === '') continue
    if (read === undefined) {
      const form = formOf(line)
      if (form === undefined) return { failed: `${path}:${number}: ${forms}` }
      read = form.read
      if (form.header) continue
    }
    const row = read(line)
    if (typeof row === 'string') return { failed: `${path}:${number}: ${row}` }
    if (row.outputTokens === 0) skipped += 1
    else rows.push({ atMs: row.time, inputTokens: row.inputTokens, outputTokens: row.outputTokens })
  }
  if (rows.length === 0) return { failed: `${path}: no rows; ${forms}` }
  rows.sort((a, b) => a.atMs - b.atMs)
  const start = rows[0]?.atMs ?? 0
  return { rows: rows.map((row) => ({ ...row, atMs: row.atMs - start })), skipped }
}

function formOf(first: string): { readonly read: Read; readonly header: boolean } | undefined {
  if (first.trimStart().startsWith('{')) return { read: readJson, header: false }
  const titles = cellsOf(first).map((title) => title.toLowerCase())
  const at = (names: readonly string[]): number => titles.findIndex((title) => names.includes(title))
  const time = at(columns.time)
  const input = at(columns.input)
  const output = at(columns.output)
  if (time < 0 || input < 0 || output < 0) return undefined
  return {
    header: true,
    read: (line) => {
      const cells = cellsOf(line)
      return checked(timeOf(cells[time] ?? ''), cells[time], numberOf(cells[input]), numberOf(cells[output]))
    },
  }
}

/** Cells of a line, without the quotes that some programs put around each. */
const cellsOf = (line: string): readonly string[] => line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1').trim())

const numberOf = (text: string | undefined): number => (text === undefined || text === '' ? Number.NaN : Number(text))

function readJson(line: string): ReturnType<Read> {
  let value: Record<string, unknown>
  try {
    value = JSON.parse(line) as Record<string, unknown>
  } catch {
    // The caller adds file and line.
    return 'expected one JSON object a line with timestamp, input_length, output_length'
  }
  const { timestamp } = value
  const time = typeof timestamp === 'number' ? timestamp : timeOf(String(timestamp))
  return checked(time, JSON.stringify(timestamp), Number(value['input_length']), Number(value['output_length']))
}

/** Milliseconds of a number, or of a UTC time such as `2023-11-16 18:15:46.6805900`. */
function timeOf(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?(?:Z|\+00:00)?$/.exec(text)
  return match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}Z`) + Number(`0${match[3] ?? ''}`) * 1_000
}

/** More than any model takes, and less than what no prompt can be written for. */
const tokensMax = 10_000_000

function checked(time: number, written: string | undefined, inputTokens: number, outputTokens: number): ReturnType<Read> {
  if (!Number.isFinite(time)) return `the time ${written ?? ''} is none: expected 2023-11-16 18:15:46.68 in UTC, or milliseconds`
  const whole = (value: number): boolean => Number.isSafeInteger(value) && value >= 0 && value <= tokensMax
  if (!whole(inputTokens)) return `the input is no number of tokens: expected a whole number from 0 to ${tokensMax}`
  if (!whole(outputTokens)) return `the output is no number of tokens: expected a whole number from 0 to ${tokensMax}`
  return { time, inputTokens, outputTokens }
}
