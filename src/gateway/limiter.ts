/**
 * Requests, tokens and open calls per key, project, organization and model. One primitive over a path of scopes, as with
 * budgets: either every scope of the path takes the call, or none does.
 *
 * Requests and tokens are buckets that fill continuously, as OpenAI's do: capacity is the limit, the refill a sixtieth of
 * it each second. Tokens are taken at admission by estimate and corrected at the end, so a bucket may go below zero and
 * then admits nothing until it has filled again. `share` is this node's part of each limit (leased when there are many nodes).
 */
import type { Clock } from '../kernel/clock.ts'
import type { ScopedLimits } from './snapshot.ts'

export interface Admission {
  /** Gives back the open-call places, and books the difference between estimated and actual tokens. Acts once. */
  readonly done: (actualTokens: number | undefined) => void
  /** OpenAI's `x-ratelimit-*` of the scope with the least left; empty where nothing is limited. */
  readonly headers: Readonly<Record<string, string>>
}

export interface Throttled {
  readonly throttled: 'requests' | 'tokens' | 'concurrency'
  readonly scope: string
  readonly limit: number
  readonly retryAfterMs: number
  readonly headers: Readonly<Record<string, string>>
}

export interface Limiter {
  readonly admit: (path: readonly ScopedLimits[], tokens: number) => Admission | Throttled
  /** This node's part of a scope's limits, 0 to 1. */
  readonly setShare: (scope: string, share: number) => void
  /** Tokens and requests admitted per scope since the last call, for sharing limits between nodes. */
  readonly demand: () => ReadonlyMap<string, { readonly requests: number; readonly tokens: number }>
  readonly openCalls: (scope: string) => number
}

export const isThrottled = (value: Admission | Throttled): value is Throttled => 'throttled' in value

interface Bucket {
  level: number
  /** Monotonic milliseconds of the last refill. */
  at: number
}

interface Scope {
  requests: Bucket
  tokens: Bucket
  open: number
  demandRequests: number
  demandTokens: number
  share: number
}

const free: Admission = { done: () => {}, headers: {} }

/** `6m0s`, `1.5s`, `20ms`: the form of OpenAI's reset headers. */
export function resetText(ms: number): string {
  if (ms < 1_000) return `${Math.ceil(ms)}ms`
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(3))}s`
  return `${Math.floor(ms / 60_000)}m${Math.ceil((ms % 60_000) / 1_000)}s`
}

function refill(bucket: Bucket, capacity: number, now: number): void {
  bucket.level = Math.min(capacity, bucket.level + ((now - bucket.at) * capacity) / 60_000)
  bucket.at = now
}

const waitMs = (bucket: Bucket, wanted: number, capacity: number): number => Math.ceil(((Math.min(wanted, capacity) - bucket.level) * 60_000) / capacity)

export function makeLimiter(clock: Clock): Limiter {
  const scopes = new Map<string, Scope>()

  const scopeOf = (limits: ScopedLimits): Scope => {
    let scope = scopes.get(limits.scope)
    if (scope === undefined) {
      const at = clock.monotonic()
      scope = {
        requests: { level: limits.requestsPerMinute ?? 0, at },
        tokens: { level: limits.tokensPerMinute ?? 0, at },
        open: 0, demandRequests: 0, demandTokens: 0, share: 1,
      }
      scopes.set(limits.scope, scope)
    }
    return scope
  }

  return {
    admit: (path, tokens) => {
      const limited = path.filter((limits) => limits.requestsPerMinute !== undefined || limits.tokensPerMinute !== undefined || limits.concurrency !== undefined)
      if (limited.length === 0) return free
      const now = clock.monotonic()
      for (const limits of limited) {
        const refused = refusalOf(limits, scopeOf(limits), tokens, now)
        if (refused !== undefined) return refused
      }
      for (const limits of limited) take(limits, scopeOf(limits), tokens)
      let ended = false
      return {
        headers: tightest(limited.map((limits) => headersOf(limits, scopeOf(limits), now))),
        done: (actual) => {
          if (ended) return
          ended = true
          for (const limits of limited) {
            const scope = scopeOf(limits)
            scope.open -= 1
            if (actual !== undefined && limits.tokensPerMinute !== undefined) scope.tokens.level = Math.min(limits.tokensPerMinute, scope.tokens.level + tokens - actual)
          }
        },
      }
    },
    setShare: (name, share) => {
      const scope = scopes.get(name)
      if (scope !== undefined) scope.share = share
    },
    demand: () => {
      const seen = new Map<string, { requests: number; tokens: number }>()
      for (const [name, scope] of scopes) {
        if (scope.demandRequests === 0) continue
        seen.set(name, { requests: scope.demandRequests, tokens: scope.demandTokens })
        scope.demandRequests = 0
        scope.demandTokens = 0
      }
      return seen
    },
    openCalls: (name) => scopes.get(name)?.open ?? 0,
  }
}

function refusalOf(limits: ScopedLimits, scope: Scope, tokens: number, now: number): Throttled | undefined {
  const requestsMax = capacity(limits.requestsPerMinute, scope)
  const tokensMax = capacity(limits.tokensPerMinute, scope)
  const headers = headersOf(limits, scope, now)
  if (limits.concurrency !== undefined && scope.open >= Math.max(1, Math.floor(limits.concurrency * scope.share))) {
    return { throttled: 'concurrency', scope: limits.scope, limit: limits.concurrency, retryAfterMs: 1_000, headers }
  }
  if (requestsMax !== undefined) {
    refill(scope.requests, requestsMax, now)
    if (scope.requests.level < 1) return { throttled: 'requests', scope: limits.scope, limit: limits.requestsPerMinute ?? 0, retryAfterMs: waitMs(scope.requests, 1, requestsMax), headers }
  }
  if (tokensMax !== undefined) {
    refill(scope.tokens, tokensMax, now)
    // A call larger than the whole limit may still go when the bucket is full: it leaves a debt behind.
    if (scope.tokens.level < Math.min(tokens, tokensMax)) return { throttled: 'tokens', scope: limits.scope, limit: limits.tokensPerMinute ?? 0, retryAfterMs: waitMs(scope.tokens, tokens, tokensMax), headers }
  }
  return undefined
}

function take(limits: ScopedLimits, scope: Scope, tokens: number): void {
  scope.open += 1
  scope.demandRequests += 1
  scope.demandTokens += tokens
  if (limits.requestsPerMinute !== undefined) scope.requests.level -= 1
  if (limits.tokensPerMinute !== undefined) scope.tokens.level -= tokens
}

const capacity = (limit: number | undefined, scope: Scope): number | undefined => (limit === undefined ? undefined : limit * scope.share)

function headersOf(limits: ScopedLimits, scope: Scope, now: number): Record<string, string> {
  const headers: Record<string, string> = {}
  const put = (name: 'requests' | 'tokens', limit: number | undefined, bucket: Bucket): void => {
    const most = capacity(limit, scope)
    if (limit === undefined || most === undefined) return
    refill(bucket, most, now)
    headers[`x-ratelimit-limit-${name}`] = String(limit)
    headers[`x-ratelimit-remaining-${name}`] = String(Math.max(0, Math.floor(bucket.level)))
    headers[`x-ratelimit-reset-${name}`] = resetText(Math.max(0, ((most - bucket.level) * 60_000) / most))
  }
  put('requests', limits.requestsPerMinute, scope.requests)
  put('tokens', limits.tokensPerMinute, scope.tokens)
  return headers
}

/** Of several scopes' headers, per kind those with the least remaining. */
function tightest(all: readonly Record<string, string>[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const kind of ['requests', 'tokens']) {
    const least = all
      .filter((one) => one[`x-ratelimit-remaining-${kind}`] !== undefined)
      .sort((a, b) => Number(a[`x-ratelimit-remaining-${kind}`]) - Number(b[`x-ratelimit-remaining-${kind}`]))[0]
    if (least === undefined) continue
    for (const part of ['limit', 'remaining', 'reset']) headers[`x-ratelimit-${part}-${kind}`] = least[`x-ratelimit-${part}-${kind}`] ?? ''
  }
  return headers
}
