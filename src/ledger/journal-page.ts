/** Shipped batches back into records, and records into pairs of attempt and outcome. */
import { zstdDecompressSync } from 'node:zlib'
import type { AttemptRecord, OutcomeRecord, RefusalRecord } from '../journal/record.ts'

export interface Placed<R> {
  readonly sequence: number
  readonly record: R
  readonly body: string
}

export interface Stray {
  readonly sequence: number
  readonly reason: 'malformed' | 'outcome-without-attempt' | 'duplicate-attempt'
  readonly detail: string
  readonly body: string
}

export interface Pair {
  readonly attempt: AttemptRecord
  readonly outcome: OutcomeRecord
  readonly attemptSequence: number
  /** The outcome's number. */
  readonly sequence: number
  /** Both as they were journalled. */
  readonly attemptBody: string
  readonly outcomeBody: string
}

/** An attempt that waits for its outcome. */
export interface OpenAttempt {
  readonly sequence: number
  readonly record: AttemptRecord
  readonly body: string
}

/** What stands in a stretch of one journal. */
export interface Page {
  readonly journalId: string
  /** The journal's mark before the page. */
  readonly from: number
  readonly first: number
  readonly last: number
  readonly attempts: readonly Placed<AttemptRecord>[]
  readonly outcomes: readonly Placed<OutcomeRecord>[]
  readonly refusals: readonly Placed<RefusalRecord>[]
  readonly strays: readonly Stray[]
}

export const bodiesOf = (payload: Buffer): readonly string[] => zstdDecompressSync(payload).toString('utf8').split('\n')

const required = {
  attempt: ['call', 'organization', 'project', 'key', 'model', 'deployment', 'provider', 'upstreamModel', 'operation', 'priceList', 'regionClass', 'currency', 'hold'],
  outcome: ['call', 'outcome', 'source', 'billable', 'charge'],
  refusal: ['call', 'organization', 'project', 'key', 'model', 'operation', 'code'],
} as const

const picos = /^\d{1,60}$/

/** Says what is wrong with a parsed record; undefined where its shape is sound. Journals are ours, but files are copied and cut. */
function flawOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'not an object'
  const record = value as Record<string, unknown>
  const { kind } = record
  if (kind !== 'attempt' && kind !== 'outcome' && kind !== 'refusal') return `unknown kind ${JSON.stringify(kind)}`
  const missing = required[kind].find((field) => typeof record[field] !== 'string' || record[field] === '')
  if (missing !== undefined) return `${kind} without ${missing}`
  if (!Number.isSafeInteger(record['at'])) return `${kind} without a time`
  if (kind === 'refusal') return undefined
  if (!Number.isSafeInteger(record['n'])) return `${kind} without its number`
  if (!picos.test(record[kind === 'attempt' ? 'hold' : 'charge'] as string)) return `${kind} with an amount that is not whole picos`
  return kind === 'attempt' && !Array.isArray(record['budgets']) ? 'attempt without budgets' : undefined
}

/** One number of a journal as it was read; `record` is undefined where the body makes no sense, and `flaw` says why. */
export interface Read {
  readonly sequence: number
  readonly body: string
  readonly record: AttemptRecord | OutcomeRecord | RefusalRecord | undefined
  readonly flaw: string
}

/** Parses bodies numbered from `first` on. */
export const readRecords = (first: number, bodies: readonly string[]): readonly Read[] => bodies.map((body, index) => {
  const value = parsed(body)
  const flaw = value === undefined ? 'not JSON' : flawOf(value)
  return { sequence: first + index, body, record: flaw === undefined ? value as Read['record'] : undefined, flaw: flaw ?? '' }
})

/** Sorts what was read by kind. */
export function pageOf(journalId: string, from: number, first: number, read: readonly Read[]): Page {
  const attempts: Placed<AttemptRecord>[] = []
  const outcomes: Placed<OutcomeRecord>[] = []
  const refusals: Placed<RefusalRecord>[] = []
  const strays: Stray[] = []
  for (const { sequence, body, record, flaw } of read) {
    switch (record?.kind) {
      case undefined: strays.push({ sequence, reason: 'malformed', detail: flaw, body }); break
      case 'attempt': attempts.push({ sequence, record, body }); break
      case 'outcome': outcomes.push({ sequence, record, body }); break
      case 'refusal': refusals.push({ sequence, record, body }); break
    }
  }
  return { journalId, from, first, last: first + read.length - 1, attempts, outcomes, refusals, strays }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown
  } catch (cause) {
    // A cut or damaged line: quarantined as malformed, with its text.
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}

export const attemptKey = (record: { readonly call: string; readonly n: number }): string => `${record.call} ${record.n}`

export interface Paired {
  readonly pairs: readonly Pair[]
  /** Attempts whose outcome is not on this page: they stay open. */
  readonly opened: readonly Placed<AttemptRecord>[]
  /** Attempts from earlier pages that end here. */
  readonly closed: readonly OpenAttempt[]
  readonly strays: readonly Stray[]
}

/** Joins outcomes to attempts of the page, or of `open`: attempts of earlier pages by `attemptKey`. */
export function pairPage(page: Page, open: ReadonlyMap<string, OpenAttempt>): Paired {
  const here = new Map<string, Placed<AttemptRecord>>()
  const strays: Stray[] = [...page.strays]
  for (const attempt of page.attempts) {
    const key = attemptKey(attempt.record)
    if (here.has(key) || open.has(key)) {
      strays.push({ sequence: attempt.sequence, reason: 'duplicate-attempt', detail: `attempt ${key} was recorded before`, body: attempt.body })
    } else here.set(key, attempt)
  }
  const pairs: Pair[] = []
  const closed: OpenAttempt[] = []
  const used = new Set<string>()
  for (const outcome of page.outcomes) {
    const key = attemptKey(outcome.record)
    const before = open.get(key)
    const attempt = here.get(key) ?? before
    if (attempt === undefined || used.has(key)) {
      strays.push({ sequence: outcome.sequence, reason: 'outcome-without-attempt', detail: `no open attempt ${key}`, body: outcome.body })
      continue
    }
    used.add(key)
    pairs.push({ attempt: attempt.record, outcome: outcome.record, attemptSequence: attempt.sequence, sequence: outcome.sequence, attemptBody: attempt.body, outcomeBody: outcome.body })
    if (before !== undefined && !here.has(key)) closed.push(before)
    here.delete(key)
  }
  return { pairs, opened: [...here.values()], closed, strays }
}
