/**
 * One request to one upstream, as callbacks. undici's dispatch is used bare: fetch and web streams cost five times the CPU
 * and one of their streams can kill the process when a reader leaves (STACK.md, pitfall 20). Deadlines are swept by one
 * interval instead of a timer per chunk.
 */
import { Pool, type Dispatcher } from 'undici'
import type { Clock } from '../kernel/clock.ts'
import type { Timers } from '../kernel/timers.ts'
import type { Timeouts } from './snapshot.ts'

export interface UpstreamRequest {
  readonly origin: string
  readonly path: string
  readonly method: 'POST' | 'GET' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | undefined
  readonly timeouts: Timeouts
}

export type UpstreamHeaders = Readonly<Record<string, string | string[] | undefined>>

/** `unreached`: no byte of the request can have arrived, so nothing can have been billed. */
export interface DialFailure {
  readonly kind: 'unreached' | 'timeout' | 'broke'
  readonly message: string
}

/** Exactly one of `end` and `failed` comes last; nothing comes after `abort`. */
export interface UpstreamEvents {
  readonly head: (status: number, headers: UpstreamHeaders) => void
  readonly data: (chunk: Buffer) => void
  readonly end: () => void
  readonly failed: (failure: DialFailure) => void
}

export interface Line {
  readonly pause: () => void
  readonly resume: () => void
  readonly abort: () => void
}

export interface Upstream {
  readonly dial: (request: UpstreamRequest, events: UpstreamEvents) => Line
  readonly close: () => Promise<void>
}

const sweepMs = 100

/** Codes after which the request cannot have left: no connection was ever made. */
const unreached: ReadonlySet<string> = new Set([
  'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT', 'ERR_TLS_CERT_ALTNAME_INVALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_HAS_EXPIRED', 'ERR_INVALID_URL',
])

/** Watches what an open line has been waiting for, and since when. */
interface Watch {
  readonly timeouts: Timeouts
  readonly startedAt: number
  phase: 'first-byte' | 'idle' | 'paused'
  since: number
  readonly expire: (what: string) => void
}

function overdue(watch: Watch, now: number): string | undefined {
  if (now - watch.startedAt > watch.timeouts.totalMs) return `the whole answer took longer than ${watch.timeouts.totalMs} ms`
  if (watch.phase === 'first-byte' && now - watch.since > watch.timeouts.firstByteMs) return `no answer began within ${watch.timeouts.firstByteMs} ms`
  if (watch.phase === 'idle' && now - watch.since > watch.timeouts.idleMs) return `it fell silent for more than ${watch.timeouts.idleMs} ms`
  return undefined
}

export function makeUpstream(options: { readonly clock: Clock; readonly timers: Timers }): Upstream {
  const { clock, timers } = options
  const pools = new Map<string, Pool>()
  const watches = new Set<Watch>()
  const stopSweep = timers.every(sweepMs, () => {
    const now = clock.monotonic()
    for (const watch of watches) {
      const what = overdue(watch, now)
      if (what !== undefined) watch.expire(what)
    }
  })

  const poolOf = (origin: string, connectMs: number): Pool => {
    const key = `${origin} ${connectMs}`
    let pool = pools.get(key)
    if (pool === undefined) {
      pool = new Pool(origin, { connect: { timeout: connectMs }, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 30_000, pipelining: 1, allowH2: false })
      pools.set(key, pool)
    }
    return pool
  }

  return {
    dial: (request, events) => openLine(poolOf(request.origin, request.timeouts.connectMs), request, events, { clock, watches }),
    close: async () => {
      stopSweep()
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
    },
  }
}

function heard(watch: Watch, clock: Clock): void {
  watch.phase = 'idle'
  watch.since = clock.monotonic()
}

function failureOf(cause: Error): DialFailure {
  const code = (cause as NodeJS.ErrnoException).code ?? ''
  return { kind: unreached.has(code) ? 'unreached' : 'broke', message: `${code === '' ? cause.name : code}: ${cause.message}` }
}

function openLine(pool: Pool, request: UpstreamRequest, events: UpstreamEvents, { clock, watches }: { clock: Clock; watches: Set<Watch> }): Line {
  let controller: Dispatcher.DispatchController | undefined
  let over = false
  let aborted = false
  let paused = false
  const start = clock.monotonic()

  const finish = (): boolean => {
    if (over) return false
    over = true
    watches.delete(watch)
    return true
  }
  const fail = (failure: DialFailure): void => void (finish() && events.failed(failure))
  const stop = (): void => {
    aborted = true
    // An undici request that waits for a connection has no controller yet: it is aborted when it gets one.
    controller?.abort(new Error('weir stopped reading'))
  }
  const watch: Watch = {
    timeouts: request.timeouts, startedAt: start, phase: 'first-byte', since: start,
    expire: (what) => {
      fail({ kind: 'timeout', message: what })
      stop()
    },
  }
  watches.add(watch)

  pool.dispatch(
    { path: request.path, method: request.method, headers: request.headers as Record<string, string>, body: request.body ?? null },
    {
      onRequestStart: (given) => {
        controller = given
        if (aborted) given.abort(new Error('weir stopped reading'))
      },
      onResponseStart: (_given, status, headers) => {
        if (over || status < 200) return
        heard(watch, clock)
        events.head(status, headers)
      },
      onResponseData: (_given, chunk) => {
        if (over) return
        heard(watch, clock)
        events.data(chunk)
      },
      onResponseEnd: () => {
        if (finish()) events.end()
      },
      onResponseError: (_given, cause) => fail(failureOf(cause)),
    },
  )

  return {
    pause: () => {
      if (over || paused) return
      paused = true
      watch.phase = 'paused'
      controller?.pause()
    },
    resume: () => {
      if (over || !paused) return
      paused = false
      heard(watch, clock)
      controller?.resume()
    },
    abort: () => {
      if (finish()) stop()
    },
  }
}
