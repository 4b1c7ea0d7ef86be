/**
 * Connections to upstreams, each kept open and lent to one request at a time. Ours because it is the hot path: through
 * undici's pool a call cost twice the CPU (docs/decisions/2026-11-28-own-upstream-connections.md). HTTP/1.1 alone, no
 * pipelining, no redirects, no proxies: what a gateway asks of a host and no more.
 */
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Headers } from '../dialects/headers.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Timers } from '../kernel/timers.ts'
import { AnswerReader, Malformed } from './answer-reader.ts'
import type { DialFailure, UpstreamRequest } from './dial.ts'

/** Exactly one of `end` and `failed` comes last; nothing comes after `abort`. */
export interface Reception {
  readonly head: (status: number, headers: Headers) => void
  readonly data: (chunk: Buffer) => void
  readonly end: () => void
  readonly failed: (failure: DialFailure) => void
}

/** How long a connection without a request is kept at most, where the upstream says that it keeps it. */
const idleMaxMs = 30_000
/** And where it says nothing: servers that say nothing close after 5 s at the earliest (uvicorn, before vLLM and its like). */
const idleMs = 4_000
/** An upstream that keeps connections for n seconds may close one just as we write: they are given up this much earlier. */
const marginMs = 1_500
/** A body up to this size is copied behind its head, so that both leave in one piece. */
const joinedBytesMax = 16_384

/** What may stand in a header (RFC 9110, section 5.5); anything else could end it and begin another. */
const unfit = /[^\t\u0020-\u007e\u0080-\u00ff]/
/** A space or a line's end in a path would end the request line. */
const unfitInPath = /[^\u0021-\u007e]/

/** What says where a request goes and how long it is stands once, and is ours to write. */
const ours: ReadonlySet<string> = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'upgrade', 'te', 'trailer', 'expect'])

export interface Connections {
  /** Sends a request on a connection that is free, or on a new one. */
  readonly send: (request: UpstreamRequest, reception: Reception) => Connection
  /** Gives up connections that have been free for too long. */
  readonly sweep: () => void
  readonly close: () => void
}

interface Host {
  readonly url: URL
  /** Free connections, the one used last at the end. */
  readonly free: Connection[]
  readonly all: Set<Connection>
  /** The TLS session to go on with, which spares most of a handshake. */
  session: Buffer | undefined
}

export function upstreamConnections({ clock, timers }: { readonly clock: Clock; readonly timers: Timers }): Connections {
  const hosts = new Map<string, Host>()
  const hostOf = (origin: string): Host => {
    let host = hosts.get(origin)
    if (host === undefined) hosts.set(origin, (host = { url: new URL(origin), free: [], all: new Set(), session: undefined }))
    return host
  }
  return {
    send: (request, reception) => {
      const host = hostOf(request.origin)
      const connection = freeIn(host, clock.monotonic()) ?? new Connection(host, clock, timers, request.timeouts.connectMs)
      connection.send(request, reception)
      return connection
    },
    sweep: () => {
      const now = clock.monotonic()
      for (const host of hosts.values()) for (const connection of [...host.free]) if (connection.freeUntil < now) connection.abort()
    },
    close: () => {
      for (const host of hosts.values()) for (const connection of [...host.all]) connection.abort()
    },
  }
}

/** The connection used last, unless its time is over: a process that was held up finds connections that the sweep has not seen. */
function freeIn({ free }: Host, now: number): Connection | undefined {
  for (let connection = free.pop(); connection !== undefined; connection = free.pop()) {
    if (connection.freeUntil >= now) return connection
    connection.abort()
  }
  return undefined
}

function headOf({ method, path, headers, body }: UpstreamRequest, host: string): string {
  if (unfitInPath.test(path)) throw new Malformed(`path ${JSON.stringify(path)} holds a character that HTTP does not allow`)
  let head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`
  for (const name in headers) {
    const value = headers[name] ?? ''
    if (ours.has(name)) throw new Malformed(`header ${name} is the connection's own: take it out of the provider's headers`)
    if (unfit.test(value)) throw new Malformed(`header ${name} holds a character that HTTP does not allow`)
    head += `${name}: ${value}\r\n`
  }
  return body === undefined && method !== 'POST' ? `${head}\r\n` : `${head}content-length: ${body?.length ?? 0}\r\n\r\n`
}

/** One socket. A class because it has identity and a lifetime. */
export class Connection {
  readonly #host: Host
  readonly #socket: Socket
  readonly #reader = new AnswerReader()
  readonly #clock: Clock
  #connected = false
  /** Writes the request that waits for the connection: not a byte of it leaves before a host has proved who it is. */
  #waiting: (() => void) | undefined
  #closed = false
  /** What the socket said went wrong. */
  #cause: Error | undefined
  #reception: Reception | undefined
  /** Monotonic milliseconds until which it may wait for another request. */
  freeUntil = Infinity

  constructor(host: Host, clock: Clock, timers: Timers, connectMs: number) {
    this.#host = host
    this.#clock = clock
    host.all.add(this)
    const socket = (this.#socket = open(host))
    const stopWaiting = timers.after(connectMs, () => socket.destroy(Object.assign(new Error(`no connection within ${connectMs} ms`), { code: 'CONNECT_TIMEOUT' })))
    socket.once(host.url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      stopWaiting()
      this.#connected = true
      this.#waiting?.()
      this.#waiting = undefined
    })
    socket.on('data', (bytes: Buffer) => this.#read(bytes))
    socket.on('end', () => this.#ended())
    socket.on('error', (cause) => { this.#cause = cause })
    socket.on('close', () => {
      stopWaiting()
      this.#gone()
    })
  }

  send(request: UpstreamRequest, reception: Reception): void {
    this.#reception = reception
    this.freeUntil = Infinity
    this.#reader.begin(reception)
    try {
      const head = headOf(request, this.#host.url.host)
      if (this.#connected) this.#write(head, request.body)
      else this.#waiting = () => this.#write(head, request.body)
    } catch (cause) {
      if (!(cause instanceof Malformed)) throw cause
      // Nothing has left. The connection is given up all the same: it may not even be open.
      this.#fail({ kind: 'unreached', message: cause.message })
    }
  }

  /** Whether anything of a request can have left: until its host has answered and proved who it is, nothing has. */
  get connected(): boolean {
    return this.#connected
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Gives the connection up, and with it the request that it carries: nothing more is said of that. */
  abort(): void {
    this.#reception = undefined
    this.#drop()
  }

  #write(head: string, body: Buffer | undefined): void {
    const socket = this.#socket
    if (body === undefined) return void socket.write(head, 'latin1')
    if (body.length <= joinedBytesMax) {
      const whole = Buffer.allocUnsafe(head.length + body.length)
      whole.write(head, 0, 'latin1')
      body.copy(whole, head.length)
      return void socket.write(whole)
    }
    socket.cork()
    socket.write(head, 'latin1')
    socket.write(body)
    socket.uncork()
  }

  #read(bytes: Buffer): void {
    // Free, and yet it speaks: whatever that is, it is not an answer to the next request.
    if (this.#reception === undefined) return this.#drop()
    try {
      if (this.#reader.push(bytes)) this.#over()
    } catch (cause) {
      if (!(cause instanceof Malformed)) throw cause
      this.#fail({ kind: 'broke', message: `the answer is not HTTP: ${cause.message}` })
    }
  }

  /** The answer is whole. The connection is free before anybody hears of it, so that the next request finds it. */
  #over(): void {
    const reception = this.#reception
    this.#reception = undefined
    const { reusable, keepsSeconds } = this.#reader
    if (reusable && !this.#closed && this.#socket.writableLength === 0) {
      const keptMs = keepsSeconds === undefined || Number.isNaN(keepsSeconds) ? idleMs : Math.min(idleMaxMs, keepsSeconds * 1_000 - marginMs)
      this.freeUntil = this.#clock.monotonic() + keptMs
      if (keptMs > 0) {
        if (this.#socket.isPaused()) this.#socket.resume()
        this.#host.free.push(this)
      } else this.#drop()
    } else this.#drop()
    reception?.end()
  }

  #ended(): void {
    if (this.#reception === undefined) return this.#drop()
    if (this.#reader.untilClose()) {
      this.#reader.reusable = false
      this.#over()
    } else this.#fail({ kind: this.#connected ? 'broke' : 'unreached', message: 'the upstream closed the connection' })
  }

  #gone(): void {
    this.#forget()
    const cause = this.#cause as NodeJS.ErrnoException | undefined
    this.#fail({ kind: this.#connected ? 'broke' : 'unreached', message: cause === undefined ? 'the upstream closed the connection' : `${cause.code ?? cause.name}: ${cause.message}` })
  }

  #fail(failure: DialFailure): void {
    const reception = this.#reception
    this.#reception = undefined
    this.#drop()
    reception?.failed(failure)
  }

  #drop(): void {
    this.#forget()
    this.#socket.destroy()
  }

  #forget(): void {
    if (this.#closed) return
    this.#closed = true
    this.#host.all.delete(this)
    const at = this.#host.free.indexOf(this)
    if (at !== -1) this.#host.free.splice(at, 1)
  }
}

function open(host: Host): Socket {
  const { url } = host
  const isTls = url.protocol === 'https:'
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const where = { host: name, port: Number(url.port === '' ? (isTls ? 443 : 80) : url.port), noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }
  if (!isTls) return connect(where)
  const servername = /^[\d.]+$|:/.test(name) ? {} : { servername: name }
  const socket = connectTls({ ...where, ...servername, ALPNProtocols: ['http/1.1'], ...(host.session === undefined ? {} : { session: host.session }) })
  socket.on('session', (session) => { host.session = session })
  return socket
}
