/**
 * Rate limits that several nodes share. Each node admits out of reserves that it has taken from the buckets in the database
 * (limit-pool.ts): each second it takes what its calls will want until the next, and gives back what they did not; a call
 * for which the reserve does not suffice asks at once, together with all others that wait. A reserve lasts three seconds
 * from the ask that confirmed it, so a node that cannot reach the database soon admits nothing that is limited.
 */
import type { Clock } from '../kernel/clock.ts'
import type { Timers } from '../kernel/timers.ts'
import { wishesMs, type Ask, type Granted } from './limit-pool.ts'
import type { AskPools } from './limit-pool-store.ts'
import { free, isLimited, limitHeaders, type Admission, type Limiter, type Rest, type Throttled } from './limiter.ts'
import type { ScopedLimits } from './snapshot.ts'

export interface PooledLimiterOptions {
  readonly ask: AskPools
  readonly clock: Clock
  readonly timers: Timers
  /** The database did not answer; asked again with the next tick or call. */
  readonly failed: (cause: unknown) => void
}

export const pooledLimiter = (options: PooledLimiterOptions): Limiter => new PooledLimiter(options)

type Kind = Throttled['throttled']

interface Scope {
  limits: ScopedLimits
  requests: number
  tokens: number
  places: number
  open: number
  /** Monotonic milliseconds of the ask that last confirmed the reserves. */
  confirmedAt: number
  left: Granted['left']
  contested: boolean
  /** Asked for since the last tick, served or not; and the pace of it, a second. */
  requestsSeen: number
  tokensSeen: number
  openMost: number
  requestsPace: number
  tokensPace: number
  placesWanted: number
  /** Until when the bucket is known not to hold enough, monotonic milliseconds. */
  readonly emptyUntil: Record<Kind, number>
  usedAt: number
}

interface Waiter {
  readonly limited: readonly ScopedLimits[]
  readonly tokens: number
  tries: number
  readonly resolve: (answer: Admission | Throttled) => void
}

const tickMs = 1_000
/** Reserves are for the time until the next tick, and a little longer. */
const aheadSeconds = 1.2
/** A bucket that was empty is asked again at the earliest and at the latest after so long. */
const againMinMs = 50
const againMaxMs = 1_000
/** Asks for one call: others may take what was granted to it. */
const triesMax = 4
const idleMs = 10_000

class PooledLimiter implements Limiter {
  readonly #options: PooledLimiterOptions
  readonly #scopes = new Map<string, Scope>()
  #waiters: Waiter[] = []
  #working: Promise<void> | undefined
  #ticked = false
  readonly #stopTicking: () => void

  constructor(options: PooledLimiterOptions) {
    this.#options = options
    this.#stopTicking = options.timers.every(tickMs, () => this.#tick())
  }

  readonly openCalls = (name: string): number => this.#scopes.get(name)?.open ?? 0

  readonly stop = async (): Promise<void> => {
    this.#stopTicking()
    await this.#working
    for (const scope of this.#scopes.values()) Object.assign(scope, { requestsPace: 0, tokensPace: 0, placesWanted: 0, openMost: 0, requestsSeen: 0, tokensSeen: 0 })
    await this.#options.ask([...this.#scopes.values()].map((scope) => ({ limits: scope.limits, ask: askOf(scope, undefined) }))).catch(this.#options.failed)
  }

  readonly admit: Limiter['admit'] = (path, tokens) => {
    const limited = path.filter(isLimited)
    if (limited.length === 0) return free
    const now = this.#options.clock.monotonic()
    for (const limits of limited) {
      const scope = this.#scopeOf(limits, now)
      scope.requestsSeen += 1
      scope.tokensSeen += tokens
      scope.openMost = Math.max(scope.openMost, scope.open + 1)
      scope.usedAt = now
    }
    // Those who wait came first.
    if (this.#waiters.length === 0) {
      const answer = this.#attempt(limited, tokens, now)
      if (answer !== undefined) return answer
    }
    return new Promise((resolve) => {
      this.#waiters.push({ limited, tokens, tries: 0, resolve })
      this.#work()
    })
  }

  #scopeOf(limits: ScopedLimits, now: number): Scope {
    let scope = this.#scopes.get(limits.scope)
    if (scope === undefined) {
      scope = {
        limits, requests: 0, tokens: 0, places: 0, open: 0, confirmedAt: Number.NEGATIVE_INFINITY, left: { requests: 0, tokens: 0, places: 0 }, contested: false,
        requestsSeen: 0, tokensSeen: 0, openMost: 0, requestsPace: 0, tokensPace: 0, placesWanted: 0, emptyUntil: { requests: 0, tokens: 0, concurrency: 0 }, usedAt: now,
      }
      this.#scopes.set(limits.scope, scope)
    }
    scope.limits = limits
    return scope
  }

  /** Admits where every scope's reserve suffices, refuses where a bucket is known to be empty; undefined: ask. */
  #attempt(limited: readonly ScopedLimits[], tokens: number, now: number): Admission | Throttled | undefined {
    const scopes = limited.map((limits) => this.#scopeOf(limits, now))
    let short = false
    for (const scope of scopes) {
      const kind = shortOf(scope, tokens, now)
      if (kind === undefined) continue
      if (scope.emptyUntil[kind] > now) return throttled(scope, kind, tokens)
      short = true
    }
    if (short) return undefined
    for (const scope of scopes) {
      scope.requests -= 1
      scope.tokens -= tokens
      scope.open += 1
    }
    return this.#admission(scopes, tokens)
  }

  #admission(scopes: readonly Scope[], tokens: number): Admission {
    let ended = false
    return {
      headers: limitHeaders(scopes.map(restOf)),
      done: (actual) => {
        if (ended) return
        ended = true
        for (const scope of scopes) {
          scope.open -= 1
          scope.usedAt = this.#options.clock.monotonic()
          if (actual !== undefined) scope.tokens += tokens - actual
          // A place that another node waits for must not idle here until the next tick.
          if (scope.contested && scope.limits.concurrency !== undefined) this.#tickSoon()
        }
      },
    }
  }

  #tickSoon(): void {
    if (this.#ticked) return
    this.#ticked = true
    this.#work()
  }

  #tick(): void {
    for (const scope of this.#scopes.values()) {
      // Rises at once, falls by a third a second.
      scope.requestsPace = paceOf(scope.requestsPace, scope.requestsSeen)
      scope.tokensPace = paceOf(scope.tokensPace, scope.tokensSeen)
      scope.placesWanted = Math.max(scope.openMost, scope.open)
      Object.assign(scope, { requestsSeen: 0, tokensSeen: 0, openMost: scope.open })
    }
    if (this.#scopes.size > 0) this.#tickSoon()
  }

  /** One ask under way at a time; what comes meanwhile goes with the next. */
  #work(): void {
    this.#working ??= this.#round().catch((cause: unknown) => {
      // Nobody knows what may be admitted, so those who wait are told to try again.
      this.#options.failed(cause)
      const waiters = this.#waiters
      this.#waiters = []
      for (const { limited, tokens, resolve } of waiters) resolve(unanswered(limited.map((limits) => this.#scopeOf(limits, 0)), tokens))
    }).finally(() => {
      this.#working = undefined
      if (this.#waiters.length > 0 || this.#ticked) this.#work()
    })
  }

  async #round(): Promise<void> {
    const all = this.#ticked
    this.#ticked = false
    const asked = this.#options.clock.monotonic()
    const waiting = new Map<string, { need: number; all: number; calls: number }>()
    for (const { limited, tokens } of this.#waiters) {
      for (const { scope } of limited) {
        const one = waiting.get(scope)
        if (one === undefined) waiting.set(scope, { need: tokens, all: tokens, calls: 1 })
        else Object.assign(one, { all: one.all + tokens, calls: one.calls + 1 })
      }
    }
    const scopes = [...this.#scopes.values()].filter((scope) => all || waiting.has(scope.limits.scope))
    for (const scope of scopes) if (asked - scope.confirmedAt > wishesMs) Object.assign(scope, { requests: 0, tokens: Math.min(0, scope.tokens) })
    const asks = scopes.map((scope) => ({ limits: scope.limits, ask: askOf(scope, waiting.get(scope.limits.scope)) }))
    const answers = await this.#options.ask(asks)
    for (const [index, scope] of scopes.entries()) {
      const granted = answers.get(scope.limits.scope)
      const ask = asks[index]?.ask
      if (granted !== undefined && ask !== undefined) settle(scope, ask, granted, asked, this.#options.clock.monotonic())
      // Forgotten only once all that it held is back where others find it.
      if (scope.open === 0 && scope.places === 0 && asked - scope.usedAt > idleMs && !waiting.has(scope.limits.scope)) this.#scopes.delete(scope.limits.scope)
    }
    this.#serve()
  }

  /** Admits in the order of arrival whom the reserves suffice for; who has asked in vain too often is refused. */
  #serve(): void {
    const waiters = this.#waiters
    this.#waiters = []
    const now = this.#options.clock.monotonic()
    for (const waiter of waiters) {
      waiter.tries += 1
      const answer = this.#attempt(waiter.limited, waiter.tokens, now)
      if (answer !== undefined) waiter.resolve(answer)
      else if (waiter.tries < triesMax) this.#waiters.push(waiter)
      else waiter.resolve(unanswered(waiter.limited.map((limits) => this.#scopeOf(limits, now)), waiter.tokens))
    }
  }
}

const paceOf = (before: number, seen: number): number => Math.max(seen, (before * 2) / 3)

function shortOf({ limits, requests, tokens: reserve, places, open, confirmedAt }: Scope, tokens: number, now: number): Kind | undefined {
  const lapsed = now - confirmedAt > wishesMs
  if (limits.concurrency !== undefined && (lapsed || open >= places)) return 'concurrency'
  if (limits.requestsPerMinute !== undefined && (lapsed || requests < 1)) return 'requests'
  if (limits.tokensPerMinute !== undefined && (lapsed || reserve < tokens)) return 'tokens'
  return undefined
}

/** What a scope's next ask says. `waiting`: the first waiting call's tokens, and the sum and number of all. */
function askOf(scope: Scope, waiting: { readonly need: number; readonly all: number; readonly calls: number } | undefined): Ask {
  const { requests, tokens, open } = scope
  const lack = (wanted: number, reserve: number): number => Math.max(0, wanted - Math.max(0, reserve))
  const calls = waiting?.calls ?? 0
  return {
    requestsHeld: requests, tokensHeld: tokens,
    requestsNeed: calls > 0 ? lack(1, requests) : 0,
    requestsWant: calls + scope.requestsPace * aheadSeconds - requests,
    tokensNeed: waiting === undefined ? 0 : lack(waiting.need, tokens),
    tokensWant: (waiting?.all ?? 0) + scope.tokensPace * aheadSeconds - tokens,
    requestsPace: Math.max(scope.requestsPace, scope.requestsSeen), tokensPace: Math.max(scope.tokensPace, scope.tokensSeen),
    open, placesNeed: calls > 0 ? open + 1 : 0, placesWant: Math.max(open + calls, scope.placesWanted),
  }
}

function settle(scope: Scope, ask: Ask, granted: Granted, asked: number, now: number): void {
  scope.requests += granted.requests
  scope.tokens += granted.tokens
  scope.places = granted.places
  scope.left = granted.left
  scope.contested = granted.contested
  scope.confirmedAt = asked
  const { requestsPerMinute, tokensPerMinute } = scope.limits
  const again = (lacking: number, perMinute: number | undefined): number => now + Math.min(againMaxMs, Math.max(againMinMs, perMinute === undefined ? 0 : (lacking * 60_000) / perMinute))
  scope.emptyUntil.requests = granted.requests < ask.requestsNeed ? again(ask.requestsNeed - Math.max(0, granted.left.requests), requestsPerMinute) : 0
  scope.emptyUntil.tokens = granted.tokens < ask.tokensNeed ? again(ask.tokensNeed - Math.max(0, granted.left.tokens), tokensPerMinute) : 0
  scope.emptyUntil.concurrency = granted.places < ask.placesNeed ? now + againMinMs : 0
}

/** What this node may still admit, and what is left for anybody. */
const restOf = ({ limits, left, requests, tokens }: Scope): Rest => ({ limits, requests: Math.max(0, requests) + left.requests, tokens: Math.max(0, tokens) + left.tokens })

function throttled(scope: Scope, kind: Kind, tokens: number): Throttled {
  const { limits, left } = scope
  const wait = (lacking: number, perMinute: number): number => Math.max(againMinMs, Math.ceil((Math.max(0, lacking) * 60_000) / perMinute))
  const base = { throttled: kind, scope: limits.scope, headers: limitHeaders([restOf(scope)]) }
  switch (kind) {
    case 'concurrency': return { ...base, limit: limits.concurrency ?? 0, retryAfterMs: 1_000 }
    case 'requests': return { ...base, limit: limits.requestsPerMinute ?? 0, retryAfterMs: wait(1 - left.requests, limits.requestsPerMinute ?? 1) }
    case 'tokens': return { ...base, limit: limits.tokensPerMinute ?? 0, retryAfterMs: wait(Math.min(tokens, limits.tokensPerMinute ?? 0) - left.tokens, limits.tokensPerMinute ?? 1) }
  }
}

/** Refused because the database did not say in time that it may go: a second later it may. */
function unanswered(scopes: readonly Scope[], tokens: number): Throttled {
  const now = Number.POSITIVE_INFINITY
  for (const scope of scopes) {
    const kind = shortOf(scope, tokens, now)
    if (kind !== undefined) return { ...throttled(scope, kind, tokens), retryAfterMs: 1_000 }
  }
  throw new Error('a call waits for a limit that limits nothing')
}
