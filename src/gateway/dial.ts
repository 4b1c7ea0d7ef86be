/**
 * One request to one upstream, as callbacks, with its deadlines. They are swept by one interval instead of a timer per
 * chunk.
 */
import type { Headers } from '../dialects/headers.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Timers } from '../kernel/timers.ts'
import type { Timeouts } from './snapshot.ts'
import { upstreamConnections, type Connection, type Connections } from './upstream-connections.ts'

export interface UpstreamRequest {
  readonly origin: string
  readonly path: string
  readonly method: 'POST' | 'GET' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | undefined
  readonly timeouts: Timeouts
}

/** `unreached`: no byte of the request can have arrived, so nothing can have been billed. */
export interface DialFailure {
  readonly kind: 'unreached' | 'timeout' | 'broke'
  readonly message: string
}

/** Exactly one of `end` and `failed` comes last; nothing comes after `abort`. */
export interface UpstreamEvents {
  readonly head: (status: number, headers: Headers) => void
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
  const connections = upstreamConnections(options)
  const watches = new Set<Watch>()
  const stopSweep = timers.every(sweepMs, () => {
    const now = clock.monotonic()
    for (const watch of watches) {
      const what = overdue(watch, now)
      if (what !== undefined) watch.expire(what)
    }
    connections.sweep()
  })
  return {
    dial: (request, events) => new OpenLine(request, events, { clock, watches, connections }),
    close: async () => {
      stopSweep()
      connections.close()
    },
  }
}

interface Switchboard {
  readonly clock: Clock
  readonly watches: Set<Watch>
  readonly connections: Connections
}

/** A request under way: it watches the clock and says the last word once. A class because it has identity and a lifetime. */
class OpenLine implements Line, Watch {
  readonly timeouts: Timeouts
  readonly startedAt: number
  phase: Watch['phase'] = 'first-byte'
  since: number
  readonly #events: UpstreamEvents
  readonly #board: Switchboard
  readonly #connection: Connection
  #over = false

  constructor(request: UpstreamRequest, events: UpstreamEvents, board: Switchboard) {
    this.#events = events
    this.#board = board
    this.timeouts = request.timeouts
    this.startedAt = this.since = board.clock.monotonic()
    board.watches.add(this)
    this.#connection = board.connections.send(request, this)
  }

  head(status: number, headers: Headers): void {
    this.#heard()
    this.#events.head(status, headers)
  }

  data(chunk: Buffer): void {
    if (this.#over) return
    this.#heard()
    this.#events.data(chunk)
  }

  end(): void {
    if (this.#finish()) this.#events.end()
  }

  failed(failure: DialFailure): void {
    if (this.#finish()) this.#events.failed(failure)
  }

  expire(what: string): void {
    if (!this.#finish()) return
    const { connected } = this.#connection
    this.#connection.abort()
    this.#events.failed({ kind: connected ? 'timeout' : 'unreached', message: what })
  }

  pause(): void {
    if (this.#over || this.phase === 'paused') return
    this.phase = 'paused'
    this.#connection.pause()
  }

  resume(): void {
    if (this.#over || this.phase !== 'paused') return
    this.phase = 'idle'
    this.#heard()
    this.#connection.resume()
  }

  abort(): void {
    if (this.#finish()) this.#connection.abort()
  }

  #heard(): void {
    if (this.phase !== 'paused') this.phase = 'idle'
    this.since = this.#board.clock.monotonic()
  }

  #finish(): boolean {
    if (this.#over) return false
    this.#over = true
    this.#board.watches.delete(this)
    return true
  }
}
