/**
 * The HTTP edge: one node:http server. Calls go straight to the gateway; everything else (admin, console, metrics) to
 * `otherwise`. Web streams and fetch stay out of it (STACK.md, pitfall 20).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Server as TcpServer, type Socket } from 'node:net'
import type { Surface } from '../dialects/dialect.ts'
import { codingOf } from '../dialects/headers.ts'
import type { Call, Fault, Reply, Sink } from '../gateway/call.ts'
import type { Clock } from '../kernel/clock.ts'
import type { MakeId } from '../kernel/ids.ts'
import { dialectOf, isTricky, routeOf, supported, type Route } from './surfaces.ts'
import { writeFault } from './write-fault.ts'

export interface StoredRequest {
  readonly id: string
  readonly received: number
  readonly surface: Surface
  readonly action: 'retrieve' | 'cancel' | 'delete' | 'input-items'
  readonly response: string
  readonly query: string
  readonly secret: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly sink: Sink
}

export interface Handlers {
  readonly call: (call: Call) => Promise<Reply>
  readonly stored: (request: StoredRequest) => Promise<Reply>
  /** The models that this secret may use; a fault where it is no key. */
  readonly models: (secret: string | undefined, model: string | undefined, surface: Surface) => Buffer | Fault
  /** What a product says of its calls. Answers JSON, or a fault where the key or the body is none. */
  readonly feedback: (secret: string | undefined, body: Buffer) => Promise<Buffer | Fault>
  readonly otherwise: (request: IncomingMessage, response: ServerResponse) => void
  /** Told what broke a call; answers what its client is told, where nothing was sent yet. */
  readonly failed: (call: string, cause: unknown) => Fault
}

export interface ListenOptions {
  readonly host: string
  readonly port: number
  /** Asked at each body. */
  readonly bodyLimitBytes: () => number
  readonly clock: Clock
  readonly makeId: MakeId
  readonly handlers: Handlers
}

export interface Listening {
  readonly server: Server
  readonly port: number
  /** Stops accepting; resolves when the last connection has ended, or after the deadline has cut them. */
  readonly close: () => Promise<void>
  /** Whether answers that were handed over have not left yet: their readers are slow. */
  readonly unsent: () => boolean
  readonly cut: () => void
}

const bearer = /^bearer\s+(\S+)\s*$/i

export function secretOf(headers: IncomingMessage['headers']): string | undefined {
  const authorization = headers.authorization
  const token = authorization === undefined ? undefined : bearer.exec(authorization)?.[1]
  const other = headers['api-key'] ?? headers['x-api-key']
  return token ?? (Array.isArray(other) ? other[0] : other)
}

const headerBytesMax = 32_768

/** What cannot be read as a request has no surface: OpenAI's shape, and what to do. */
const malformed = { status: '400 Bad Request', code: 'malformed_http', message: 'The request is not well-formed HTTP/1.1. Send it with a plain HTTP client; TLS and HTTP/2 end at a proxy in front.' }
const unreadable: Readonly<Record<string, typeof malformed>> = {
  HPE_HEADER_OVERFLOW: { status: '431 Request Header Fields Too Large', code: 'headers_too_large', message: `The address and headers are larger than ${headerBytesMax} bytes. Send fewer or shorter ones.` },
  ERR_HTTP_REQUEST_TIMEOUT: { status: '408 Request Timeout', code: 'request_timeout', message: 'The request did not arrive in time. Send it again, faster or in a smaller body.' },
}

export async function listen(options: ListenOptions): Promise<Listening> {
  const server = createServer({ keepAliveTimeout: 75_000, headersTimeout: 30_000, requestTimeout: 120_000, maxHeaderSize: headerBytesMax, noDelay: true }, (request, response) => onRequest(options, request, response))
  server.on('clientError', (cause: NodeJS.ErrnoException, socket) => {
    // One that was opened ahead of need and never used ends without a word: an answer would be taken for that of the next request.
    const unused = cause.code === 'ERR_HTTP_REQUEST_TIMEOUT' && 'bytesRead' in socket && socket.bytesRead === 0
    if (unused || !socket.writable || cause.code === 'ECONNRESET') return void socket.destroy()
    const { status, code, message } = unreadable[cause.code ?? ''] ?? malformed
    const body = JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code } })
    socket.end(`HTTP/1.1 ${status}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  })
  // Who asks before it sends its body is not asked for one that is too large.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (Number(request.headers['content-length'] ?? 0) <= options.bodyLimitBytes()) response.writeContinue()
    onRequest(options, request, response)
  })
  // An expectation other than 100-continue may be ignored (RFC 9110, section 10.1.1); node would answer 417 without a word.
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => onRequest(options, request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, 1024, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const unsent = (): boolean => [...sockets].some(({ writableLength }) => writableLength > 0)
  const address = server.address()
  return {
    server,
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () => new Promise((resolve) => {
      // To node's HTTP server a connection is idle when its answer was handed over: its own `close` would cut slow readers off.
      TcpServer.prototype.close.call(server, () => resolve())
      if (!unsent()) server.closeIdleConnections()
    }),
    unsent,
    cut: () => server.closeAllConnections(),
  }
}

/** Lengths of the headers that may stand once: `host`, `authorization`. */
const singleLengths: ReadonlySet<number> = new Set([4, 13])

/** RFC 9110, section 5.3: two servers in a row could each believe another one. Node keeps the first and says nothing. */
function standsTwice(rawHeaders: readonly string[]): string | undefined {
  let hosts = 0, authorizations = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (!singleLengths.has(name.length)) continue
    const lower = name.toLowerCase()
    if (lower === 'host' && (hosts += 1) > 1) return lower
    if (lower === 'authorization' && (authorizations += 1) > 1) return lower
  }
  return undefined
}

/** Connections that end with a rejection: node would still hand over requests that came behind it, and their answers would go nowhere. */
const ending = new WeakSet<Socket>()

/** What breaks before a body is read ends its request, never the process. */
function onRequest(options: ListenOptions, request: IncomingMessage, response: ServerResponse): void {
  try {
    dispatch(options, request, response)
  } catch (cause) {
    broke(options.handlers, response, 'openai', options.makeId('call'), cause)
  }
}

function dispatch(options: ListenOptions, request: IncomingMessage, response: ServerResponse): void {
  if (ending.has(request.socket)) return
  const url = request.url ?? '/'
  const queryAt = url.indexOf('?')
  const path = queryAt === -1 ? url : url.slice(0, queryAt)
  const method = request.method ?? 'GET'
  const anthropicClient = request.headers['anthropic-version'] !== undefined
  const surface = anthropicClient ? 'anthropic' : path.startsWith('/openai') ? 'azure' : 'openai'
  if (isTricky(path)) return reject(options, request, response, surface, { code: 'bad_path', say: {} })
  const twice = standsTwice(request.rawHeaders)
  if (twice !== undefined) return reject(options, request, response, surface, { code: 'invalid_request', say: { reason: `its header ${twice} stands twice` } })
  const transfer = request.headers['transfer-encoding']
  // Codings that do not end in `chunked` end the connection in node's parser; of what comes before it node undoes nothing.
  if (transfer?.includes(',') === true) return reject(options, request, response, surface, { code: 'encoded_body', say: { coding: transfer } })
  let route: Route | undefined
  try {
    route = routeOf(method, path, anthropicClient)
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause
    return reject(options, request, response, surface, { code: 'bad_path', say: {} })
  }
  if (route === undefined) return options.handlers.otherwise(request, response)
  switch (route.kind) {
    case 'unknown':
      return reject(options, request, response, route.surface, { code: 'unknown_path', say: { method, path, supported: supported[route.surface] } })
    case 'method':
      return reject(options, request, response, route.surface, { code: 'method_not_allowed', say: { method, path, allowed: route.allowed }, headers: { allow: route.allowed } })
    case 'models':
      return onModels(options, request, response, route)
    case 'stored':
      return onStored(options, request, response, route, queryAt === -1 ? '' : url.slice(queryAt + 1))
    case 'feedback':
      return onFeedback(options, request, response, route)
    case 'call':
      return onCall(options, request, response, route)
  }
}

type RouteOf<K extends Route['kind']> = Extract<Route, { kind: K }>

function onModels({ handlers, makeId }: ListenOptions, request: IncomingMessage, response: ServerResponse, route: RouteOf<'models'>): void {
  const answer = handlers.models(secretOf(request.headers), route.model, route.surface)
  if (!Buffer.isBuffer(answer)) return writeFault(response, route.surface, answer, makeId('call'))
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer)
}

function onStored({ handlers, makeId, clock }: ListenOptions, request: IncomingMessage, response: ServerResponse, route: RouteOf<'stored'>, query: string): void {
  const id = makeId('call')
  request.resume()
  settleReply(handlers.stored({ id, received: clock.now(), surface: route.surface, action: route.action, response: route.response, query, secret: secretOf(request.headers), headers: request.headers, sink: sinkOf(response) }), handlers, response, route.surface, id)
}

function onFeedback(options: ListenOptions, request: IncomingMessage, response: ServerResponse, route: RouteOf<'feedback'>): void {
  const { handlers, makeId } = options
  readBody(options, request, response, route.surface, (body) => {
    const id = makeId('call')
    handlers.feedback(secretOf(request.headers), body).then(
      (answer) => {
        if (!Buffer.isBuffer(answer)) return writeFault(response, route.surface, answer, id)
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer)
      },
      (cause: unknown) => broke(handlers, response, route.surface, id, cause),
    )
  })
}

function onCall(options: ListenOptions, request: IncomingMessage, response: ServerResponse, route: RouteOf<'call'>): void {
  const { handlers, clock, makeId } = options
  const id = makeId('call')
  const started = clock.monotonic()
  readBody(options, request, response, route.surface, (body) => {
    settleReply(handlers.call({
      id, received: clock.now(), started, surface: route.surface, operation: route.operation, dialect: dialectOf[route.operation], secret: secretOf(request.headers),
      modelInPath: route.modelInPath, body, contentType: request.headers['content-type'] ?? 'application/json', headers: request.headers, sink: sinkOf(response),
      ...(request.socket.remoteAddress === undefined ? {} : { peer: request.socket.remoteAddress }),
    }), handlers, response, route.surface, id)
  })
}

/** Hands on the whole body, or rejects one that is larger than the limit. */
function readBody(options: ListenOptions, request: IncomingMessage, response: ServerResponse, surface: Surface, read: (body: Buffer) => void): void {
  const bodyLimitBytes = options.bodyLimitBytes()
  const tooLarge = (): void => reject(options, request, response, surface, { code: 'body_too_large', say: { limit: String(bodyLimitBytes) } })
  if (Number(request.headers['content-length'] ?? 0) > bodyLimitBytes) return tooLarge()
  const coding = codingOf(request.headers)
  if (coding !== undefined) return reject(options, request, response, surface, { code: 'encoded_body', say: { coding } })
  const chunks: Buffer[] = []
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > bodyLimitBytes) {
      request.removeAllListeners('data').removeAllListeners('end')
      return tooLarge()
    }
    chunks.push(chunk)
  })
  request.on('end', () => read(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)))
}

/** Says so where nothing was sent yet; else the client sees its answer break off. */
function broke(handlers: Handlers, response: ServerResponse, surface: Surface, id: string, cause: unknown): void {
  const fault = handlers.failed(id, cause)
  if (response.headersSent) response.destroy()
  else writeFault(response, surface, fault, id)
}

function settleReply(reply: Promise<Reply>, handlers: Handlers, response: ServerResponse, surface: Surface, id: string): void {
  reply.then(
    (done) => {
      if (done.status === 'fault') writeFault(response, surface, done.fault, id, done.attempts)
    },
    (cause: unknown) => broke(handlers, response, surface, id, cause),
  )
}

/** How much of a body that nobody wants is read, so that its sender comes to read the answer. */
const unwantedBytesMax = 256 << 20

/**
 * Answers without having read the body, and ends the connection. Not at once: what a client is still sending would make
 * the system reset the connection, and the client would never see why. The request's own deadline bounds the wait.
 */
function reject({ makeId }: ListenOptions, request: IncomingMessage, response: ServerResponse, surface: Surface, fault: Fault): void {
  ending.add(request.socket)
  response.setHeader('connection', 'close')
  writeFault(response, surface, fault, makeId('call'), undefined, (body) => {
    response.write(body)
    let left = unwantedBytesMax
    request.on('data', (chunk: Buffer) => {
      left -= chunk.length
      if (left < 0) response.end()
    })
    request.once('end', () => response.end())
  })
  request.resume()
}

function sinkOf(response: ServerResponse): Sink {
  return {
    head: (status, headers) => void response.writeHead(status, headers),
    write: (bytes) => response.write(bytes),
    end: (bytes) => void response.end(bytes),
    destroy: () => void response.destroy(),
    whenDrained: (resume) => void response.once('drain', resume),
    whenGone: (gone) => {
      if (response.destroyed) return gone()
      response.once('close', () => {
        if (!response.writableFinished) gone()
      })
    },
    gone: () => response.destroyed,
  }
}
