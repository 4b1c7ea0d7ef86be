/**
 * An upstream that is independent of Weir: it shares no code with src/, counts tokens by its own rule (words) and writes its
 * own bill, attempt by attempt, before the bytes leave. What it wrote is what it believes it is owed.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { openBillFile, type BillFile, type BillLine } from './bill-file.ts'
import { openRecordings, type Recordings } from './recordings.ts'
import { generator, inputsOf, objectOf, workOf, type Work } from './work.ts'
import { wires, type StreamPiece, type Wire } from './wire.ts'

/** Kinds of faults. `refuse-*` cost nothing; all others are billed for what was produced. */
export type FaultKind = 'refuse-429' | 'refuse-500' | 'refuse-503' | 'reset-early' | 'reset-late' | 'cut' | 'stall' | 'no-usage' | 'late-usage' | 'nonsense' | 'bad-json'

export interface UpstreamOptions {
  readonly port?: number
  readonly bill?: string
  readonly seed?: number
  /** Probability of each kind; their sum is at most 1. `x-upstream-fault: KIND` on a request overrides the draw. */
  readonly faults?: Readonly<Partial<Record<FaultKind, number>>>
  /** Milliseconds between pieces of a stream, and before the first byte. */
  readonly pieceMs?: number
  readonly firstMs?: number
  /** A folder of recordings to serve instead, byte for byte. */
  readonly recordings?: string
}

export interface Upstream {
  /** Without `/v1`. */
  readonly url: string
  /** Requests in hand at this moment, and all so far. */
  readonly counts: () => { readonly open: number; readonly received: number }
  readonly close: () => Promise<void>
}

interface House {
  readonly options: UpstreamOptions
  readonly bill: BillFile
  readonly recordings: Recordings | undefined
  readonly random: () => number
  sequence: number
  open: number
}

export async function startUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const house: House = {
    options, bill: openBillFile(options.bill), recordings: options.recordings === undefined ? undefined : openRecordings(options.recordings), random: generator(options.seed ?? 1), sequence: 0, open: 0,
  }
  const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, (request, response) => {
    house.open += 1
    const closed = new Promise<void>((resolve) => void response.once('close', resolve))
    let answered = Promise.resolve()
    const chunks: Buffer[] = []
    request.on('error', () => { response.destroy() })
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => { answered = answer(request, Buffer.concat(chunks), response, house) })
    // In hand until its last line stands in the bill: who hung up is noticed a moment after.
    void closed.then(() => answered).finally(() => { house.open -= 1 })
  })
  server.listen({ port: options.port ?? 0, host: '127.0.0.1', backlog: 1_024 })
  await new Promise<void>((resolve, reject) => void server.once('listening', resolve).once('error', reject))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts: () => ({ open: house.open, received: house.sequence }),
    close: () => new Promise((resolve) => {
      server.close(() => {
        house.bill.close()
        resolve()
      })
      server.closeAllConnections()
    }),
  }
}

/** One attempt in hand, and how to write about it. */
interface Hand {
  readonly response: ServerResponse
  readonly house: House
  readonly path: string
  readonly fault: FaultKind | undefined
  readonly request: string
  readonly work: Work
  readonly note: (event: BillLine['event'], outputTokens: number, bytes: number) => void
}

/** Every request draws once, so that the plan depends on the order of arrival only. */
function drawFault(header: string | string[] | undefined, house: House): FaultKind | undefined {
  let draw = house.random()
  if (typeof header === 'string') return header as FaultKind
  for (const [kind, rate] of Object.entries(house.options.faults ?? {})) {
    if (draw < rate) return kind as FaultKind
    draw -= rate
  }
  return undefined
}

async function answer(request: IncomingMessage, bytes: Buffer, response: ServerResponse, house: House): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://upstream').pathname
  if (house.recordings !== undefined) return house.recordings.answer(request, bytes, response)
  house.sequence += 1
  const sequence = house.sequence
  const id = `up_${sequence.toString().padStart(8, '0')}`
  const fault = drawFault(request.headers['x-upstream-fault'], house)
  const attempt = request.headers['x-weir-attempt']
  const body = parse(bytes)
  const work = workOf(body)
  const hand: Hand = {
    response, house, path, fault, request: id, work,
    note: (event, outputTokens, size) => {
      house.bill.write({
        request: id, attempt: typeof attempt === 'string' ? attempt : null, sequence, event, path, model: work.model, stream: work.stream, fault: fault ?? null, inputTokens: event === 'received' || event === 'refused' ? 0 : work.inputTokens, outputTokens, bytes: size,
      })
    },
  }
  hand.note('received', 0, bytes.length)
  response.setHeader('x-request-id', id)
  if (house.options.firstMs !== undefined) await wait(house.options.firstMs)
  if (fault?.startsWith('refuse-') === true) return refuse(hand, Number(fault.slice('refuse-'.length)))
  if (fault === 'reset-early') {
    hand.note('refused', 0, 0)
    response.socket?.resetAndDestroy()
    return
  }
  const suffix = Object.keys(wires).find((end) => path.endsWith(end))
  const spoken = suffix === undefined ? undefined : wires[suffix]
  if (spoken !== undefined) return work.stream ? deliverStream(hand, spoken.wire, `${spoken.prefix}${sequence}`) : deliverWhole(hand, distort(spoken.wire.whole(work, `${spoken.prefix}${sequence}`, fault !== 'no-usage'), fault), work.words.length)
  if (path.endsWith('/embeddings')) return deliverWhole(hand, embeddings(body, hand), 0)
  hand.note('refused', 0, 0)
  response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message: `nothing at ${path}`, type: 'invalid_request_error', param: null, code: 'unknown_url' } }))
}

function parse(bytes: Buffer): { readonly [key: string]: unknown } {
  try {
    return objectOf(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    if (cause instanceof SyntaxError) return {}
    throw cause
  }
}

function refuse(hand: Hand, status: number): void {
  hand.note('refused', 0, 0)
  const error = { message: `refused with ${status} on purpose`, type: status === 429 ? 'rate_limit_error' : 'server_error', param: null, code: status === 429 ? 'rate_limit_exceeded' : null }
  const body = hand.path.endsWith('/messages') ? { type: 'error', error: { type: status === 429 ? 'rate_limit_error' : 'api_error', message: error.message } } : { error }
  hand.response.writeHead(status, { 'content-type': 'application/json', ...(status === 429 ? { 'retry-after': '0' } : {}) }).end(JSON.stringify(body))
}

/** Counts that cannot be: what a meter must not book. */
function distort(answerBody: object, fault: FaultKind | undefined): object {
  if (fault !== 'nonsense' || !('usage' in answerBody)) return answerBody
  const usage = objectOf(answerBody.usage)
  return { ...answerBody, usage: { ...usage, prompt_tokens_details: { cached_tokens: 1e9 }, input_tokens_details: { cached_tokens: 1e9, cache_write_tokens: 0 }, ...('cache_read_input_tokens' in usage ? { output_tokens: -1 } : {}) } }
}

function embeddings(body: { readonly [key: string]: unknown }, hand: Hand): object {
  const vector = (text: unknown): number[] => Array.from({ length: 8 }, (_, index) => Math.sin(JSON.stringify(text).length + index))
  const encode = (values: number[]): unknown => (body['encoding_format'] === 'base64' ? Buffer.from(Float32Array.from(values).buffer).toString('base64') : values)
  const data = inputsOf(body).map((input, index) => ({ object: 'embedding', index, embedding: encode(vector(input)) }))
  return { object: 'list', model: hand.work.model, data, ...(hand.fault === 'no-usage' ? {} : { usage: { prompt_tokens: hand.work.inputTokens, total_tokens: hand.work.inputTokens } }) }
}

/** The whole work is owed once it is done, however much of the answer arrives. */
function deliverWhole(hand: Hand, body: object, outputTokens: number): void {
  const { response, fault } = hand
  const bytes = Buffer.from(JSON.stringify(body))
  hand.note('delivering', outputTokens, 0)
  if (response.destroyed || fault === 'reset-late') {
    hand.note('broke', outputTokens, 0)
    response.socket?.resetAndDestroy()
    return
  }
  response.once('close', () => {
    if (!response.writableFinished) hand.note('broke', outputTokens, 0)
  })
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length })
  if (fault === 'cut' || fault === 'stall') {
    response.write(bytes.subarray(0, bytes.length >> 1))
    if (fault === 'cut') response.socket?.end()
    return
  }
  const sent = fault === 'bad-json' ? Buffer.concat([bytes.subarray(0, bytes.length - 20), Buffer.alloc(20, 32)]) : bytes
  if ('usage' in body && fault !== 'bad-json') hand.note('usage', outputTokens, sent.length)
  hand.note('finished', outputTokens, sent.length)
  response.end(sent)
}

const lateMs = 50

async function deliverStream(hand: Hand, wire: Wire, id: string): Promise<void> {
  const { response, fault, house, work } = hand
  const pieces = wire.pieces(work, id, fault !== 'no-usage')
  const stopAt = fault === 'cut' || fault === 'stall' || fault === 'reset-late' ? Math.floor(pieces.length * (fault === 'reset-late' ? 0 : 0.5)) : pieces.length
  const pieceMs = house.options.pieceMs ?? 0
  let produced = 0
  hand.note('delivering', 0, 0)
  if (fault === 'reset-late') {
    hand.note('broke', 0, 0)
    response.socket?.resetAndDestroy()
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const [index, piece] of pieces.entries()) {
    if (response.destroyed) return void hand.note('broke', produced, 0)
    if (index === stopAt) return stopStream(hand, produced)
    if (piece.usage === true && fault === 'late-usage') await wait(lateMs)
    produced += piece.tokens
    notePiece(hand, piece, produced, index === pieces.length - 1)
    const text = fault === 'nonsense' && piece.usage === true ? piece.text.replace(/"cached_tokens":0/g, '"cached_tokens":1000000000').replace(/("type":"message_delta".*"output_tokens":)\d+/, '$1-1') : fault === 'bad-json' && index === 3 ? `data: {"broken\n\n${piece.text}` : piece.text
    if (!response.write(text)) await new Promise<void>((resolve) => void response.once('drain', resolve).once('close', resolve))
    if (pieceMs > 0) await wait(pieceMs)
    else if (index % 16 === 15) await new Promise(setImmediate)
  }
  response.once('close', () => {
    if (!response.writableFinished) hand.note('broke', produced, 0)
  })
  response.end()
}

/** Progress is noted every few pieces, and always before usage and end. */
function notePiece(hand: Hand, piece: StreamPiece, produced: number, last: boolean): void {
  if (piece.usage === true) hand.note('usage', produced, 0)
  if (last) hand.note('finished', produced, 0)
  else if (piece.tokens > 0 && produced % 8 === 0) hand.note('delivering', produced, 0)
}

async function stopStream(hand: Hand, produced: number): Promise<void> {
  const { response, fault } = hand
  if (fault === 'stall') {
    if (!response.destroyed) await new Promise<void>((resolve) => void response.once('close', resolve))
  } else response.socket?.end()
  hand.note('broke', produced, 0)
}
