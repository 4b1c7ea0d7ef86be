/**
 * One dial at one deployment, from request to the last byte.
 *
 *   dialled ──head──► error ──────────────────────────────► ended, nothing delivered
 *      │         ├──► whole ──end──► settle ─► head, body ─► ended, delivered
 *      │         └──► stream ─data*─► terminal event ─► settle ─► terminal event ─► ended, delivered
 *      └─ unreached, broke, timed out ─► before the first byte: ended, nothing delivered; after it: settle ─► error event
 *   client gone: cancel ─► settle as cut; drain ─► read on without writing
 *   call cut by the node: settle as cut ─► error event, where a stream has begun
 *
 * The meter sits on the upstream side: what the client does never changes what is counted. The last byte of an answer
 * is withheld until `settle` has committed, because a client that has it is finished before the response is.
 */
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import type { Exchange, Pipe, Reading, UpstreamError } from '../dialects/dialect.ts'
import { codingOf, headerText, isEventStream, type Headers } from '../dialects/headers.ts'
import type { Outcome } from '../journal/record.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Timers } from '../kernel/timers.ts'
import type { Cut, Sink } from './call.ts'
import type { DialFailure, Line, Upstream, UpstreamRequest } from './dial.ts'
import { makeDecoder, type Decoder } from './decode-stream.ts'

export interface Ended {
  readonly outcome: Outcome
  readonly status: number | undefined
  /** Why nothing (more) was delivered; undefined when it was. */
  readonly failure: Failure | undefined
  readonly reading: Reading | undefined
  /** The client has had bytes of it, so there is no second try. */
  readonly delivered: boolean
  readonly clientGone: boolean
  readonly headersMs: number | undefined
  readonly firstByteMs: number | undefined
  readonly lastByteMs: number | undefined
  readonly responseBytes: number
  readonly headers: Headers
  /** What of a complete answer is still to be delivered, content coding undone. */
  readonly rest?: Buffer
}

export interface Failure {
  readonly kind: UpstreamError['kind'] | DialFailure['kind'] | 'redirected'
  readonly message: string
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined
  /** The upstream's refusal in the client's shape. */
  readonly answer: { readonly status: number; readonly body: Buffer; readonly contentType: string } | undefined
}

export interface AttemptInput {
  readonly request: UpstreamRequest
  /** Our credential at this upstream, which a refusal may quote: cut out before anybody reads it. */
  readonly secret: string | undefined
  /** The client's `accept-encoding`: an answer comes compressed only to who names its coding. */
  readonly acceptEncoding: string | undefined
  readonly exchange: Exchange
  readonly sink: Sink
  readonly upstream: Upstream
  readonly clock: Clock
  readonly timers: Timers
  readonly whenClientLeaves: 'cancel' | 'drain'
  readonly drainMaxMs: number
  /** Headers of the answer, once it is known what it costs. */
  readonly answerHeaders: (upstream: Headers, contentType: string, settled: Settled | undefined) => Record<string, string>
  /** Told the id of a stored response as soon as its stream names it, for a response that works on without its client. */
  readonly begun?: ((responseId: string) => void) | undefined
  /** Commits usage and outcome. Called exactly once when anything was delivered or the client left, before the last byte. */
  readonly settle: (ended: Ended) => Promise<Settled>
}

export interface Settled {
  /** Exact cost as decimal text, where it is known. */
  readonly cost: string | undefined
}

/** More than this of a refusal is not read. */
export const errorBytesMax = 1 << 20

export const isRedirect = (status: number): boolean => status >= 300 && status < 400
/**
 * An answer in one piece is held until it is settled. The largest that are meant, 2,048 embeddings of 3,072 numbers each, take
 * some 140 MB; more than this, also once its coding is undone, is not one.
 */
export const wholeBytesMax = 256 << 20

const bound = { maxOutputLength: wholeBytesMax }
const gunzip = (bytes: Buffer): Buffer => gunzipSync(bytes, bound)
const decoders: ReadonlyMap<string, (bytes: Buffer) => Buffer> = new Map(Object.entries({
  gzip: gunzip, 'x-gzip': gunzip, deflate: (bytes: Buffer) => inflateSync(bytes, bound), br: (bytes: Buffer) => brotliDecompressSync(bytes, bound), zstd: (bytes: Buffer) => zstdDecompressSync(bytes, bound),
}))

/** Decodes a copy of a compressed body for the meter, by what `codingOf` read; undefined where the coding is unknown or the bytes are broken. */
export function decodeWhole(body: Buffer, coding: string | undefined): Buffer | undefined {
  if (coding === undefined) return body
  try {
    return decoders.get(coding)?.(body)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause) return undefined
    throw cause
  }
}

/** Whether a client that sent this `accept-encoding` can read the coding. One that sent none may not be able to undo any. */
const accepts = (acceptEncoding: string | undefined, coding: string | undefined): boolean =>
  coding === undefined || (acceptEncoding ?? '').split(',').some((one) => one.trim().toLowerCase() === coding)

/** Some hosts quote the key that they refuse. It is ours, not the client's, and belongs in no answer, event or log. */
export function withoutSecret(body: Buffer, secret: string | undefined): Buffer {
  if (secret === undefined || secret === '' || !body.includes(secret)) return body
  return Buffer.from(body.toString('latin1').replaceAll(Buffer.from(secret).toString('latin1'), '***'), 'latin1')
}

/** What a refusal says, its coding undone, without our credential where it quotes it. */
export const refusalBody = (raw: Buffer, headers: Headers, secret: string | undefined): Buffer =>
  withoutSecret(decodeWhole(raw, codingOf(headers)) ?? raw, secret)

/** The secret in the headers that prove who we are. */
export const secretIn = (credentials: Readonly<Record<string, string>>): string | undefined => Object.values(credentials)[0]?.replace(/^bearer\s+/i, '')

/** An error without our credential where its words quote it: they go on record. */
const errorWithout = (error: UpstreamError, secret: string | undefined): UpstreamError => ({ ...error, message: withoutSecret(Buffer.from(error.message), secret).toString() })

/** An error that came inside a 200: nothing of the answer has been delivered yet, so it may be tried again. */
function failureInside(given: UpstreamError, { exchange, secret }: Pick<AttemptInput, 'exchange' | 'secret'>): Failure {
  const error = errorWithout(given, secret)
  return { kind: error.kind, message: error.message, retryable: error.retryable, retryAfterMs: error.retryAfterMs, answer: { status: error.status, ...exchange.failed(error) } }
}

export function runAttempt(input: AttemptInput): Promise<Ended> {
  return new Promise((resolve, reject) => new Attempt(input, resolve, reject).start())
}

/** State of one attempt while its line is open. A class because it has identity and a lifetime. */
class Attempt {
  readonly #input: AttemptInput
  readonly #resolve: (ended: Ended) => void
  readonly #reject: (cause: unknown) => void
  readonly #startedAt: number
  #line: Line | undefined
  #mode: 'waiting' | 'error' | 'whole' | 'stream' = 'waiting'
  #over = false
  #status: number | undefined
  #headers: Headers = {}
  #chunks: Buffer[] = []
  #bytes = 0
  #pipe: Pipe | undefined
  #decoder: Decoder | undefined
  /** How the line broke, while the rest of a coded stream is being decoded. */
  #failure: DialFailure | undefined
  #begun = false
  #headSent = false
  #clientGone = false
  #headersMs: number | undefined
  #firstByteMs: number | undefined
  #stopDrain: (() => void) | undefined

  constructor(input: AttemptInput, resolve: (ended: Ended) => void, reject: (cause: unknown) => void) {
    this.#input = input
    this.#resolve = resolve
    this.#reject = reject
    this.#startedAt = input.clock.monotonic()
  }

  start(): void {
    const { upstream, request, sink } = this.#input
    this.#line = upstream.dial(request, {
      head: (status, headers) => this.#guard(() => this.#head(status, headers)),
      data: (chunk) => this.#guard(() => this.#data(chunk)),
      end: () => this.#guard(() => this.#end()),
      failed: (failure) => this.#guard(() => this.#failed(failure)),
    })
    sink.whenGone(() => this.#guard(() => this.#gone()))
    sink.whenCut?.((why) => this.#guard(() => this.#cut(why)))
  }

  /** A broken invariant in a callback ends the call, not the process: it rejects the attempt. */
  #guard(run: () => void): void {
    try {
      run()
    } catch (cause) {
      this.#breakOff(cause)
    }
  }

  #breakOff(cause: unknown): void {
    this.#over = true
    this.#line?.abort()
    this.#stopDrain?.()
    this.#reject(cause)
  }

  #since(): number {
    return Math.round((this.#input.clock.monotonic() - this.#startedAt) * 1000) / 1000
  }

  #head(status: number, headers: Headers): void {
    this.#status = status
    this.#headers = headers
    this.#headersMs = this.#since()
    if (isRedirect(status)) return this.#redirected(status)
    if (status >= 400) this.#mode = 'error'
    else if (isEventStream(headers)) {
      this.#mode = 'stream'
      this.#pipe = this.#input.exchange.stream()
      const coding = codingOf(headers)
      if (coding !== undefined) this.#decoder = makeDecoder(coding, (chunk) => this.#guard(() => this.#relay(chunk)), () => this.#guard(() => this.#streamEnded()))
    } else this.#mode = 'whole'
  }

  /** Another address has no claim to our credential or the client's words, and the client none to an address of the upstream's. */
  #redirected(status: number): void {
    this.#line?.abort()
    // 303 tells where the result of work lies that has been done.
    this.#fail(status === 303 ? 'failed' : 'refused', undefined, { kind: 'redirected', message: `it answered ${status}, and redirects are not followed: its baseUrl is not its address`, retryable: false, retryAfterMs: undefined, answer: undefined })
  }

  #data(chunk: Buffer): void {
    if (this.#over) return
    this.#firstByteMs ??= this.#since()
    this.#bytes += chunk.length
    if (this.#mode === 'stream') {
      if (this.#decoder === undefined) this.#relay(chunk)
      else this.#decoder.write(chunk)
    } else if (this.#mode === 'whole' && this.#bytes > wholeBytesMax) this.#tooLarge()
    else if (this.#mode === 'whole' || this.#bytes <= errorBytesMax) this.#chunks.push(chunk)
  }

  /** Another try would cost as much again and end the same way. */
  #tooLarge(): void {
    this.#line?.abort()
    this.#chunks = []
    this.#fail('failed', undefined, { ...this.#dialFailure({ kind: 'broke', message: `the answer is larger than ${wholeBytesMax} bytes` }), retryable: false })
  }

  #relay(chunk: Buffer): void {
    const pipe = this.#pipe
    if (this.#over || pipe === undefined) return
    const out = pipe.push(chunk)
    this.#tellBegun(pipe)
    if (out.length > 0 && !this.#clientGone) this.#send(out)
    if (pipe.finished()) this.#finishStream(pipe)
  }

  #tellBegun(pipe: Pipe): void {
    const { begun } = this.#input
    const id = begun === undefined || this.#begun ? undefined : pipe.peek().responseId
    if (id === undefined) return
    this.#begun = true
    begun?.(id)
  }

  #send(out: Buffer): void {
    const { sink, answerHeaders } = this.#input
    if (!this.#headSent) {
      this.#headSent = true
      sink.head(200, answerHeaders(this.#headers, headerText(this.#headers, 'content-type') ?? 'text/event-stream', undefined))
    }
    if (sink.write(out)) return
    this.#line?.pause()
    sink.whenDrained(() => this.#line?.resume())
  }

  #finishStream(pipe: Pipe): void {
    const { rest: last, reading, complete } = pipe.end()
    const rest = reading.failure === undefined ? last : withoutSecret(last, this.#input.secret)
    if (reading.failure !== undefined && !this.#headSent && !this.#clientGone) return this.#fail('failed', reading, failureInside(reading.failure, this.#input))
    if (!complete && reading.failure === undefined) return this.#streamBroke({ kind: 'broke', message: 'the stream ended before its terminal event' })
    this.#conclude({ ...this.#ended(reading.failure === undefined ? 'complete' : 'failed', reading, undefined), rest }, () => {
      if (this.#clientGone) return
      if (this.#headSent) this.#input.sink.end(rest)
      else {
        this.#send(rest)
        this.#input.sink.end()
      }
    })
  }

  #streamEnded(): void {
    if (this.#over || this.#pipe === undefined) return
    if (this.#failure === undefined) this.#finishStream(this.#pipe)
    else this.#streamBroke(this.#failure)
  }

  /** A stream that broke: nothing delivered, so it may be tried again; otherwise it is settled and the client is told. */
  #streamBroke(failure: DialFailure): void {
    const pipe = this.#pipe
    const reading = pipe?.peek()
    if (!this.#headSent && !this.#clientGone) return this.#fail('failed', reading, this.#dialFailure(failure))
    this.#conclude(this.#ended('failed', reading, this.#dialFailure(failure)), () => {
      if (this.#clientGone || pipe === undefined) return
      this.#input.sink.end(pipe.abort(`The upstream's stream broke: ${failure.message}.`, failure.kind === 'timeout' ? 'upstream_timeout' : 'upstream_broke'))
    })
  }

  #end(): void {
    if (this.#over) return
    if (this.#mode === 'stream') return this.#decoder === undefined ? this.#streamEnded() : this.#decoder.end()
    if (this.#mode === 'error') return this.#refused()
    this.#whole()
  }

  #refused(): void {
    const status = this.#status ?? 502
    const raw = Buffer.concat(this.#chunks)
    const body = refusalBody(raw, this.#headers, this.#input.secret)
    const { error, body: answer, contentType } = this.#input.exchange.error(status, this.#headers, body)
    this.#fail('refused', undefined, {
      kind: error.kind, message: error.message, retryable: error.retryable, retryAfterMs: error.retryAfterMs, answer: { status: error.status, body: answer, contentType },
    })
  }

  #whole(): void {
    const { exchange, sink, answerHeaders } = this.#input
    const raw = this.#chunks.length === 1 && this.#chunks[0] !== undefined ? this.#chunks[0] : Buffer.concat(this.#chunks)
    const coding = codingOf(this.#headers)
    const decoded = decodeWhole(raw, coding)
    const read = decoded === undefined ? { broken: 'its content coding could not be undone' } : exchange.whole(decoded)
    if ('failed' in read) return this.#fail('refused', undefined, failureInside(read.failed, this.#input))
    if ('broken' in read) return this.#fail('failed', undefined, this.#dialFailure({ kind: 'broke', message: `the answer could not be read: ${read.broken}` }))
    const rest = read.reading.failure === undefined ? read.body : withoutSecret(read.body, this.#input.secret)
    this.#conclude({ ...this.#ended('complete', read.reading, undefined), rest }, (settled) => {
      if (this.#clientGone) return
      const type = headerText(this.#headers, 'content-type') ?? 'application/json'
      const passes = !exchange.translated && rest === decoded && accepts(this.#input.acceptEncoding, coding)
      const headers = answerHeaders(this.#headers, read.contentType ?? (exchange.translated ? 'application/json' : type), settled)
      if (passes && coding !== undefined) headers['content-encoding'] = coding
      const body = passes ? raw : rest
      headers['content-length'] = String(body.length)
      sink.head(this.#status ?? 200, headers)
      sink.end(body)
    })
  }

  #failed(failure: DialFailure): void {
    if (this.#over) return
    if (this.#mode === 'stream') {
      if (this.#decoder === undefined) return this.#streamBroke(failure)
      // What has arrived is still being decoded: usage may be in it.
      this.#failure = failure
      return this.#decoder.end()
    }
    this.#fail(failure.kind === 'unreached' ? 'unreached' : 'failed', undefined, this.#dialFailure(failure))
  }

  #gone(): void {
    if (this.#over || this.#clientGone) return
    this.#clientGone = true
    const { whenClientLeaves, drainMaxMs, timers } = this.#input
    if (whenClientLeaves === 'cancel') return this.#cut()
    this.#line?.resume()
    this.#stopDrain = timers.after(drainMaxMs, () => this.#guard(() => this.#cut()))
  }

  #cut(why?: Cut): void {
    if (this.#over) return
    this.#line?.abort()
    const pipe = this.#pipe
    this.#conclude(this.#ended('cut', pipe?.peek(), undefined), () => {
      if (why !== undefined && pipe !== undefined && this.#headSent && !this.#clientGone) this.#input.sink.end(pipe.abort(why.message, why.code))
    })
  }

  #dialFailure(failure: DialFailure): Failure {
    return { kind: failure.kind, message: failure.message, retryable: true, retryAfterMs: undefined, answer: undefined }
  }

  #ended(outcome: Outcome, read: Reading | undefined, failure: Failure | undefined): Ended {
    const reading = read?.failure === undefined ? read : { ...read, failure: errorWithout(read.failure, this.#input.secret) }
    return {
      outcome, status: this.#status, failure, reading, delivered: failure === undefined || this.#headSent, clientGone: this.#clientGone,
      headersMs: this.#headersMs, firstByteMs: this.#firstByteMs, lastByteMs: this.#since(), responseBytes: this.#bytes, headers: this.#headers,
    }
  }

  /** Nothing was delivered: the caller decides whether to try again, and writes the outcome. */
  #fail(outcome: Outcome, reading: Reading | undefined, failure: Failure): void {
    if (this.#over) return
    this.#over = true
    this.#stopDrain?.()
    this.#resolve(this.#ended(outcome, reading, failure))
  }

  /** Settles, then lets the last byte go. */
  #conclude(ended: Ended, deliver: (settled: Settled) => void): void {
    if (this.#over) return
    this.#over = true
    this.#stopDrain?.()
    this.#input.settle(ended).then((settled) => {
      deliver(settled)
      this.#resolve({ ...ended, delivered: true })
    }).catch((cause: unknown) => this.#breakOff(cause))
  }
}
