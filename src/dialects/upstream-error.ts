/** What all providers' errors have in common: the kind by status, whether to try again, and when. */
import type { UpstreamError, UpstreamErrorKind } from './dialect.ts'
import { headerText, type Headers } from './headers.ts'

export interface ErrorFacts {
  readonly status: number
  readonly kind: UpstreamErrorKind
  readonly message: string
  readonly code: string | undefined
  readonly type: string | undefined
}

const statusKinds: Readonly<Record<number, UpstreamErrorKind>> = {
  400: 'bad-request', 401: 'unauthorized', 402: 'quota-exhausted', 403: 'forbidden', 404: 'not-found', 408: 'timeout', 409: 'overloaded',
  413: 'too-large', 422: 'bad-request', 424: 'server-error', 425: 'overloaded', 429: 'rate-limited', 498: 'rate-limited', 503: 'overloaded', 504: 'timeout', 529: 'overloaded',
}

/** The kind that a status alone tells. 409 is a lock that another request holds: official clients try it again, and so do we. */
export function kindOfStatus(status: number): UpstreamErrorKind {
  return statusKinds[status] ?? (status >= 500 ? 'server-error' : 'bad-request')
}

const retryableKinds: ReadonlySet<UpstreamErrorKind> = new Set(['rate-limited', 'overloaded', 'server-error', 'timeout'])
/** Whoever does not support a method or version today will not on the next try. */
const finalStatuses: ReadonlySet<number> = new Set([501, 505])

/** Completes an error: retryable by its kind, unless the provider says otherwise in `x-should-retry`; suspended and exhausted accounts never are. */
export function errorOf(facts: ErrorFacts, headers: Headers): UpstreamError {
  const told = headerText(headers, 'x-should-retry')
  const byKind = retryableKinds.has(facts.kind) && !finalStatuses.has(facts.status)
  const stuck = facts.kind === 'suspended' || facts.kind === 'quota-exhausted'
  const retryable = told === 'false' || stuck ? false : told === 'true' || byKind
  return { ...facts, retryable, retryAfterMs: retryAfterOf(facts.kind, headers) }
}

/**
 * Milliseconds to wait: `retry-after-ms`, else `retry-after` (seconds, or a date, taken against the answer's own `date`
 * so that no clock is needed), else for rate limits the later reset of those limits that are used up.
 */
function retryAfterOf(kind: UpstreamErrorKind, headers: Headers): number | undefined {
  const ms = Number.parseFloat(headerText(headers, 'retry-after-ms') ?? '')
  if (ms >= 0) return Math.ceil(ms)
  const after = headerText(headers, 'retry-after')
  if (after !== undefined) {
    if (/^\s*\d+(\.\d+)?\s*$/.test(after)) return Math.ceil(Number(after) * 1000)
    const wait = Date.parse(after) - Date.parse(headerText(headers, 'date') ?? '')
    if (!Number.isNaN(wait)) return Math.max(0, wait)
  }
  if (kind !== 'rate-limited') return undefined
  const limits = ['requests', 'tokens'].map((unit) => ({ left: headerText(headers, `x-ratelimit-remaining-${unit}`), reset: durationMs(headerText(headers, `x-ratelimit-reset-${unit}`)) }))
  const spent = limits.filter(({ left }) => left !== undefined && Number(left) <= 0)
  const resets = (spent.length > 0 ? spent : limits).map(({ reset }) => reset).filter((reset) => reset !== undefined)
  return resets.length === 0 ? undefined : Math.max(...resets)
}

const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** Milliseconds of a duration as OpenAI writes them (`6m0s`, `20ms`, `1.5s`) or of plain seconds; undefined for anything else. */
export function durationMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,6}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000)
  if (!/^(\d+(\.\d+)?(ms|d|h|m|s))+$/.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|d|h|m|s)/g)) total += Number(amount) * unitMs[unit!]!
  return Math.ceil(total)
}
