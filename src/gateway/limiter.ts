/**
 * Requests, tokens and open calls per key, project, organization and model. One primitive over a path of scopes, as with
 * budgets: either every scope of the path takes the call, or none does.
 *
 * Requests and tokens are buckets that fill continuously, as OpenAI's do: capacity is the limit, the refill a sixtieth of
 * it each second. Tokens are taken at admission by estimate and corrected at the end, so a bucket may go below zero and
 * then admits nothing until it has filled again. This one is for a node alone; pooled-limiter.ts is for several.
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
  readonly admit: (path: readonly ScopedLimits[], tokens: number) => Admission | Throttled | Promise<Admission | Throttled>
  readonly openCalls: (scope: string) => number
  readonly stop: () => Promise<void>
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
}

export const free: Admission = { done: () => {}, headers: {} }

/** `6m0s`, `1.5s`, `20ms`: the form of OpenAI's reset headers. */
export function resetText(ms: number): string {
  const whole = Math.ceil(ms)
  if (whole < 1_000) return `${whole}ms`
  if (whole < 60_000) return `${whole / 1_000}s`
  const seconds = Math.ceil(whole / 1_000)
  return `${Math.floor(seconds / 60)}m${seconds % 60}s`
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
        open: 0,
      }
      scopes.set(limits.scope, scope)
    }
    return scope
  }

  return {
    admit: (path, tokens) => {
      const limited: Limited[] = []
      for (const limits of path) if (isLimited(limits)) limited.push({ limits, scope: scopeOf(limits) })
      if (limited.length === 0) return free
      const now = clock.monotonic()
      for (const each of limited) {
        const refused = refusalOf(each, tokens, now)
        if (refused !== undefined) return refused
      }
      for (const each of limited) take(each, tokens)
      let ended = false
      return {
        headers: limitHeaders(limited.map((each) => restOf(each, now))),
        done: (actual) => {
          if (ended) return
          ended = true
          for (const { limits, scope } of limited) {
            scope.open -= 1
            if (actual !== undefined && limits.tokensPerMinute !== undefined) scope.tokens.level = Math.min(limits.tokensPerMinute, scope.tokens.level + tokens - actual)
          }
        },
      }
    },
    openCalls: (name) => scopes.get(name)?.open ?? 0,
    stop: async () => {},
  }
}

interface Limited {
  readonly limits: ScopedLimits
  readonly scope: Scope
}

function refusalOf(limited: Limited, tokens: number, now: number): Throttled | undefined {
  const { limits, scope } = limited
  const { requestsPerMinute: requestsMax, tokensPerMinute: tokensMax } = limits
  const headers = (): Record<string, string> => limitHeaders([restOf(limited, now)])
  if (limits.concurrency !== undefined && scope.open >= limits.concurrency) {
    return { throttled: 'concurrency', scope: limits.scope, limit: limits.concurrency, retryAfterMs: 1_000, headers: headers() }
  }
  if (requestsMax !== undefined) {
    refill(scope.requests, requestsMax, now)
    if (scope.requests.level < 1) return { throttled: 'requests', scope: limits.scope, limit: requestsMax, retryAfterMs: waitMs(scope.requests, 1, requestsMax), headers: headers() }
  }
  if (tokensMax !== undefined) {
    refill(scope.tokens, tokensMax, now)
    // A call larger than the whole limit may still go when the bucket is full: it leaves a debt behind.
    if (scope.tokens.level < Math.min(tokens, tokensMax)) return { throttled: 'tokens', scope: limits.scope, limit: tokensMax, retryAfterMs: waitMs(scope.tokens, tokens, tokensMax), headers: headers() }
  }
  return undefined
}

function take({ limits, scope }: Limited, tokens: number): void {
  scope.open += 1
  if (limits.requestsPerMinute !== undefined) scope.requests.level -= 1
  if (limits.tokensPerMinute !== undefined) scope.tokens.level -= tokens
}

function restOf({ limits, scope }: Limited, now: number): Rest {
  if (limits.requestsPerMinute !== undefined) refill(scope.requests, limits.requestsPerMinute, now)
  if (limits.tokensPerMinute !== undefined) refill(scope.tokens, limits.tokensPerMinute, now)
  return { limits, requests: scope.requests.level, tokens: scope.tokens.level }
}

/** What is left of a scope's limits. */
export interface Rest {
  readonly limits: ScopedLimits
  readonly requests: number
  readonly tokens: number
}

export const isLimited = (limits: ScopedLimits): boolean => limits.requestsPerMinute !== undefined || limits.tokensPerMinute !== undefined || limits.concurrency !== undefined

const headerNames = {
  requests: ['x-ratelimit-limit-requests', 'x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
  tokens: ['x-ratelimit-limit-tokens', 'x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'],
} as const

/** OpenAI's `x-ratelimit-*`: per kind, of these scopes, the one with the least left. */
export function limitHeaders(path: readonly Rest[]): Record<string, string> {
  const headers: Record<string, string> = {}
  putHeaders(headers, 'requests', path)
  putHeaders(headers, 'tokens', path)
  return headers
}

/** Compares numbers and writes the text of one scope alone: each call comes by here. */
function putHeaders(headers: Record<string, string>, kind: 'requests' | 'tokens', path: readonly Rest[]): void {
  let least: number | undefined
  let limit = 0
  let level = 0
  for (const rest of path) {
    const wanted = kind === 'requests' ? rest.limits.requestsPerMinute : rest.limits.tokensPerMinute
    if (wanted === undefined) continue
    const whole = Math.max(0, Math.floor(rest[kind]))
    if (least !== undefined && whole >= least) continue
    least = whole
    limit = wanted
    level = rest[kind]
  }
  if (least === undefined) return
  const [limitName, remainingName, resetName] = headerNames[kind]
  headers[limitName] = String(limit)
  headers[remainingName] = String(least)
  headers[resetName] = resetText(Math.max(0, ((limit - level) * 60_000) / limit))
}
