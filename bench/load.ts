/**
 * The client of the benches, a process of its own: keep-alive connections over bare sockets, because an HTTP client would
 * cost more than most of what is measured. Takes its orders as JSON on the command line, warms up, prints `warm`, waits for
 * a line of input, measures, prints the figures as JSON. Closed loop by default; with `rate`, calls start on a schedule and
 * are timed from when they were due, so that a slow answer does not hide the wait of those behind it.
 */
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

export interface LoadOrder {
  readonly host: string
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly model: string
  /** Bytes of the request body. */
  readonly bodyBytes: number
  readonly stream: boolean
  readonly connections: number
  readonly warmMs: number
  readonly measureMs: number
  /** Calls a second; left out, each connection sends its next call when it has its answer. */
  readonly rate?: number
  /** Open streams are held until the input ends, and nothing is measured but that they opened. */
  readonly hold?: boolean
}

export interface LoadFigures {
  readonly calls: number
  readonly failed: number
  readonly seconds: number
  /** How many calls failed with which status; 0 where the connection ended or no answer came in time. */
  readonly failures: Readonly<Record<string, number>>
  /** Milliseconds to the last byte. */
  readonly p50: number
  readonly p99: number
  /** Milliseconds to the first byte of the body; streams only. */
  readonly firstP50?: number
  readonly firstP99?: number
  /** Milliseconds from the upstream's write of a chunk to its arrival; streams only. */
  readonly chunkP50?: number
  readonly chunkP99?: number
}

const callTimeoutMs = 10_000

export function requestOf(order: LoadOrder): Buffer {
  const fixed = { model: order.model, max_tokens: 64, ...(order.stream ? { stream: true, stream_options: { include_usage: true } } : {}) }
  const shell = JSON.stringify({ ...fixed, messages: [{ role: 'user', content: '' }] })
  const words = 'the quick brown fox jumps over the lazy dog '
  const content = words.repeat(Math.ceil(order.bodyBytes / words.length)).slice(0, Math.max(1, order.bodyBytes - shell.length))
  const body = JSON.stringify({ ...fixed, messages: [{ role: 'user', content }] })
  const headers = Object.entries({ host: `${order.host}:${order.port}`, 'content-type': 'application/json', accept: 'application/json', 'content-length': String(body.length), ...order.headers })
  return Buffer.from(`POST ${order.path} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`)
}

/** What is being measured; undefined samples are thrown away while warming up. */
interface Samples {
  on: boolean
  calls: number
  failed: number
  readonly failures: Record<string, number>
  readonly whole: number[]
  readonly first: number[]
  readonly chunk: number[]
}

const samples: Samples = { on: false, calls: 0, failed: 0, failures: {}, whole: [], first: [], chunk: [] }

/** One connection: at most one call at a time. */
class Connection {
  readonly #order: LoadOrder
  readonly #request: Buffer
  readonly #idle: (connection: Connection) => void
  #socket: Socket | undefined
  #busy = false
  #due = 0
  #head = ''
  #inBody = false
  #missing = 0
  #chunked = false
  #tail = ''
  #status = 0
  chunks = 0

  constructor(order: LoadOrder, request: Buffer, idle: (connection: Connection) => void) {
    this.#order = order
    this.#request = request
    this.#idle = idle
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: this.#order.host, port: this.#order.port, noDelay: true }, () => resolve())
      socket.on('data', (chunk) => this.#data(chunk)).on('error', reject).on('close', () => this.#closed(socket))
      this.#socket = socket
    })
  }

  send(due: number): void {
    this.#busy = true
    this.#due = due
    this.#inBody = false
    this.#head = ''
    this.#status = 0
    this.chunks = 0
    this.#socket?.write(this.#request)
  }

  /** Milliseconds for which the present call has been waited for. */
  waitsMs(now: number): number {
    return this.#busy ? now - this.#due : 0
  }

  close(): void {
    this.#socket?.destroy()
  }

  #closed(socket: Socket): void {
    if (socket !== this.#socket) return
    this.#socket = undefined
    const failed = this.#busy
    this.open().then(() => {
      if (failed) this.#done(false)
    }, () => process.exit(1))
  }

  #data(chunk: Buffer): void {
    if (!this.#inBody) {
      const before = this.#head.length
      this.#head += chunk.toString('latin1')
      const end = this.#head.indexOf('\r\n\r\n')
      if (end === -1) return
      this.#inBody = true
      this.#status = Number(this.#head.slice(9, 12))
      const length = /\r\ncontent-length: *(\d+)/i.exec(this.#head.slice(0, end + 2))?.[1]
      this.#chunked = length === undefined
      this.#missing = Number(length ?? 0)
      this.#tail = ''
      const rest = chunk.subarray(end + 4 - before)
      if (rest.length > 0 || this.#missing === 0) this.#body(rest)
    } else this.#body(chunk)
  }

  #body(chunk: Buffer): void {
    if (this.chunks === 0 && chunk.length > 0 && samples.on && this.#order.stream) samples.first.push(performance.now() - this.#due)
    if (chunk.length > 0) this.chunks += 1
    if (this.#order.stream && samples.on) this.#chunkDelay(chunk)
    if (!this.#chunked) {
      this.#missing -= chunk.length
      if (this.#missing <= 0) this.#done(this.#status === 200)
      return
    }
    this.#tail = (this.#tail + chunk.toString('latin1', Math.max(0, chunk.length - 7))).slice(-7)
    if (this.#tail.endsWith('\r\n0\r\n\r\n') || this.#tail === '0\r\n\r\n') this.#done(this.#status === 200)
  }

  #chunkDelay(chunk: Buffer): void {
    const at = chunk.indexOf('"t=')
    if (at === -1) return
    const written = Number(chunk.toString('latin1', at + 3, at + 19))
    samples.chunk.push(performance.timeOrigin + performance.now() - written / 1_000)
  }

  #done(fine: boolean): void {
    this.#busy = false
    if (samples.on) {
      if (fine) {
        samples.calls += 1
        samples.whole.push(performance.now() - this.#due)
      } else {
        samples.failed += 1
        samples.failures[this.#status] = (samples.failures[this.#status] ?? 0) + 1
      }
    }
    this.#idle(this)
  }
}

const percentile = (values: number[], part: number): number => {
  values.sort((a, b) => a - b)
  return values[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

async function openAll(order: LoadOrder, idle: (connection: Connection) => void): Promise<Connection[]> {
  const request = requestOf(order)
  const all = Array.from({ length: order.connections }, () => new Connection(order, request, idle))
  for (let at = 0; at < all.length; at += 50) await Promise.all(all.slice(at, at + 50).map((connection) => connection.open()))
  return all
}

/** Starts and stops calls: closed loop, or on a schedule. */
async function driver(order: LoadOrder): Promise<{ readonly start: () => void; readonly stop: () => Promise<void> }> {
  let running = false
  const free: Connection[] = []
  const waiting: number[] = []
  const idle = (connection: Connection): void => {
    const due = order.rate === undefined ? (running ? performance.now() : undefined) : waiting.shift()
    if (due === undefined) free.push(connection)
    else connection.send(due)
  }
  const all = await openAll(order, idle)
  free.push(...all)
  let next = 0
  const tick = (): void => {
    const now = performance.now()
    for (const connection of all) if (connection.waitsMs(now) > callTimeoutMs) connection.close()
    if (!running || order.rate === undefined) return
    for (; next <= now; next += 1_000 / order.rate) {
      // In turn, so that none is idle until the other side ends it.
      const connection = free.shift()
      if (connection === undefined) waiting.push(next)
      else connection.send(now - next > 2 ? next : now)
    }
  }
  setInterval(tick, order.rate === undefined ? 500 : 1)
  return {
    start: () => {
      running = true
      next = performance.now()
      if (order.rate === undefined) for (const connection of free.splice(0)) connection.send(performance.now())
    },
    stop: async () => {
      running = false
      waiting.length = 0
      for (const until = performance.now() + callTimeoutMs + 2_000; free.length < all.length && performance.now() < until;) await pause(20)
    },
  }
}

async function measure(order: LoadOrder): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  const { start, stop } = await driver(order)
  start()
  await pause(order.warmMs)
  await stop()
  console.log('warm')
  await lines.next()
  samples.on = true
  const began = performance.now()
  start()
  await pause(order.measureMs)
  const seconds = (performance.now() - began) / 1_000
  const calls = samples.calls
  await stop()
  const figures: LoadFigures = {
    calls: samples.calls, failed: samples.failed, failures: samples.failures, seconds: seconds * (samples.calls / Math.max(1, calls)), p50: percentile(samples.whole, 0.5), p99: percentile(samples.whole, 0.99),
    ...(order.stream ? { firstP50: percentile(samples.first, 0.5), firstP99: percentile(samples.first, 0.99), chunkP50: percentile(samples.chunk, 0.5), chunkP99: percentile(samples.chunk, 0.99) } : {}),
  }
  console.log(JSON.stringify(figures))
  process.exit(0)
}

/** Opens streams, says how many have had a first byte, and keeps them until the input ends. */
async function holdOpen(order: LoadOrder): Promise<void> {
  const request = requestOf(order)
  const all: Connection[] = []
  for (let opened = 0; opened < order.connections; opened += 50) {
    const some = Array.from({ length: Math.min(50, order.connections - opened) }, () => new Connection(order, request, () => {}))
    all.push(...some)
    await Promise.all(some.map((connection) => connection.open()))
    for (const connection of some) connection.send(performance.now())
    for (const until = performance.now() + 5_000; some.some((connection) => connection.chunks === 0) && performance.now() < until;) await pause(10)
  }
  console.log(JSON.stringify({ open: all.filter((connection) => connection.chunks > 0).length }))
  process.stdin.on('end', () => process.exit(0)).resume()
}

if (process.argv[1] === import.meta.filename) {
  const order = JSON.parse(process.argv[2] ?? '{}') as LoadOrder
  await (order.hold === true ? holdOpen(order) : measure(order))
}
