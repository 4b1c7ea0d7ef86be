/** The independent upstream's bill: one JSON line per event, appended and handed to the system before the bytes it speaks of leave. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'

/** What was done for one attempt. Later lines about the same `request` add to the earlier ones. */
export interface BillLine {
  /** The id in the answer's `x-request-id`. */
  readonly request: string
  /** From `x-weir-attempt`: the caller's call and attempt; null where it sent none. */
  readonly attempt: string | null
  /** Order of arrival, from 1. */
  readonly sequence: number
  /**
   * `received`: the request is read. `refused`: answered with an error, nothing owed. `delivering`: the work is done; these tokens are owed
   * from here on. `usage`: the usage is about to be sent. `finished`: the last byte is about to leave. `broke`: the connection
   * ended first, by a fault or by the caller.
   */
  readonly event: 'received' | 'refused' | 'delivering' | 'usage' | 'finished' | 'broke'
  readonly path: string
  readonly model: string
  readonly stream: boolean
  readonly fault: string | null
  readonly inputTokens: number
  /** Produced until now. */
  readonly outputTokens: number
  readonly bytes: number
}

/** An attempt with all that is known of it at the end. */
export interface BilledAttempt {
  readonly request: string
  readonly attempt: string | null
  readonly sequence: number
  readonly path: string
  readonly model: string
  readonly stream: boolean
  readonly fault: string | null
  readonly refused: boolean
  readonly inputTokens: number
  readonly outputTokens: number
  /** The usage event was handed to the connection. */
  readonly usageSent: boolean
  readonly finished: boolean
  readonly broke: boolean
}

export interface BillFile {
  readonly write: (line: BillLine) => void
  readonly close: () => void
}

export function openBillFile(file: string | undefined): BillFile {
  if (file === undefined) return { write: () => undefined, close: () => undefined }
  const descriptor = openSync(file, 'a')
  let open = true
  return {
    write: (line) => {
      if (open) writeSync(descriptor, `${JSON.stringify(line)}\n`)
    },
    close: () => {
      open = false
      closeSync(descriptor)
    },
  }
}

/** The bill by attempt, in order of arrival. A line that was cut off by a kill is left out. */
export function readBillFile(file: string): BilledAttempt[] {
  const attempts = new Map<string, BilledAttempt>()
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const entry = parseLine(line)
    if (entry === undefined) continue
    const { request, attempt, sequence, path, model, stream, fault } = entry
    const before = attempts.get(request)
    attempts.set(request, {
      request, attempt, sequence, path, model, stream, fault,
      refused: before?.refused === true || entry.event === 'refused',
      inputTokens: Math.max(before?.inputTokens ?? 0, entry.inputTokens),
      outputTokens: Math.max(before?.outputTokens ?? 0, entry.outputTokens),
      usageSent: before?.usageSent === true || entry.event === 'usage',
      finished: before?.finished === true || entry.event === 'finished',
      broke: before?.broke === true || entry.event === 'broke',
    })
  }
  return [...attempts.values()].sort((a, b) => a.sequence - b.sequence)
}

function parseLine(line: string): BillLine | undefined {
  if (line === '') return undefined
  try {
    return JSON.parse(line) as BillLine
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}
