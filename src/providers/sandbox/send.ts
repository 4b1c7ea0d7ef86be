/**
 * Writes an answer, with its pace and its faults, and enters the bill. What a stream has produced when it breaks is what it
 * costs; an answer in one piece is work done before its first byte, so it costs all of it.
 */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { constants, createGzip, gzipSync } from 'node:zlib'
import { sleep } from '../../kernel/timers.ts'
import type { BillBook, BillEntry } from './bill.ts'
import { type Answer, type Charge, type Desk, type Frame, type Incoming, isFrames } from './desk.ts'

/** Frames that follow each other without delay leave in writes of about this size. */
const writeLength = 32_768

export interface Delivery {
  readonly incoming: Incoming
  readonly desk: Desk
  readonly response: ServerResponse
  readonly headers: Readonly<Record<string, string>>
  readonly bills: BillBook
}

/** Quantities of a charge when only part of the output was produced. Reasoning comes first. */
export function quantitiesOf(charge: Charge, produced: number): Record<string, number> {
  const reasoning = Math.min(charge.reasoningTokens, produced)
  const all: Record<string, number> = { ...charge.input, output: produced - reasoning, reasoning }
  return Object.fromEntries(Object.entries(all).filter(([, quantity]) => quantity > 0))
}

export function enterBill(bills: BillBook, incoming: Incoming, desk: Desk, charge: Charge, outcome: BillEntry['outcome'], produced: number, id?: string): BillEntry {
  const attempt = incoming.headers['x-weir-attempt']
  return bills.enter({
    id: id ?? desk.makeId('bill_'), request: incoming.requestId, attempt: typeof attempt === 'string' ? attempt : null, account: incoming.account, model: charge.model, operation: charge.operation, stream: incoming.body['stream'] === true,
    atMs: desk.clock.now(), tier: charge.tier, quantities: quantitiesOf(charge, produced), usageSent: charge.usageSent && outcome === 'delivered', outcome,
  })
}

/** Answers are compressed only where `x-sandbox-encoding: gzip` asks for it. */
const isPacked = (incoming: Incoming): boolean => incoming.headers['x-sandbox-encoding'] === 'gzip'
const codingHeader = (incoming: Incoming): Record<string, string> => (isPacked(incoming) ? { 'content-encoding': 'gzip' } : {})

/** Compresses a stream so that every write can be read at once. */
function packer(): (text: string, last: boolean) => Promise<Buffer> {
  const gzip = createGzip()
  const ready: Buffer[] = []
  gzip.on('data', (chunk: Buffer) => ready.push(chunk))
  return (text, last) => new Promise((resolve) => {
    const done = (): void => { resolve(Buffer.concat(ready.splice(0))) }
    gzip.write(text)
    if (last) gzip.once('end', done).end()
    else gzip.flush(constants.Z_SYNC_FLUSH, done)
  })
}

/** Ends when the answer has left, or the connection is gone. */
export async function send(answer: Answer, delivery: Delivery): Promise<void> {
  const { incoming, response } = delivery
  const { fault } = incoming
  if (fault?.kind === 'reset' || fault?.kind === 'lost') {
    if (fault.kind === 'lost' && answer.charge !== undefined) enterBill(delivery.bills, incoming, delivery.desk, answer.charge, 'broken', answer.charge.outputTokens)
    response.socket?.resetAndDestroy()
    return
  }
  if (isFrames(answer.body)) await sendFrames(answer, answer.body, delivery)
  else await sendWhole(answer, answer.body, delivery)
}

async function sendWhole(answer: Answer, body: string | Buffer, delivery: Delivery): Promise<void> {
  const { incoming, desk, response, bills } = delivery
  const { profile } = desk
  const { charge } = answer
  const { fault } = incoming
  const wait = charge === undefined ? 0 : profile.firstTokenMs + profile.perTokenMs * charge.outputTokens
  if (wait > 0) await sleep(desk.timers, wait)
  let bytes = typeof body === 'string' ? Buffer.from(body) : body
  if (fault?.kind === 'bad-json' && answer.status === 200) bytes = bytes.subarray(0, Math.floor(bytes.length / 2))
  if (isPacked(incoming)) bytes = gzipSync(bytes)
  const entry = charge === undefined ? undefined : enterBill(bills, incoming, desk, charge, response.destroyed ? 'broken' : 'delivered', charge.outputTokens)
  if (response.destroyed) return
  watchBreak(entry, delivery)
  const claimed = fault?.kind === 'content-length' ? bytes.length + 64 : bytes.length
  response.writeHead(answer.status, { 'content-type': answer.contentType, 'content-length': claimed, ...codingHeader(incoming), ...delivery.headers, ...answer.headers })
  const cutAt = cutOf(fault, bytes.length)
  if (cutAt === undefined) {
    response.end(bytes)
    return
  }
  response.write(bytes.subarray(0, cutAt))
  if (fault?.kind === 'stall') return
  // The bytes are to arrive before the connection goes.
  response.socket?.end()
}

/** Where a faulty delivery stops, in bytes. */
function cutOf(fault: Incoming['fault'], length: number): number | undefined {
  if (fault?.kind === 'disconnect') return Math.min(fault.value ?? Math.floor(length / 2), length)
  if (fault?.kind === 'stall') return Math.floor(length / 2)
  return fault?.kind === 'content-length' ? length : undefined
}

/** The entry stands from before the last byte; it is marked when the connection ends before the answer. */
function watchBreak(entry: BillEntry | undefined, { response, bills }: Delivery): void {
  if (entry === undefined) return
  response.once('close', () => {
    if (!response.writableFinished) bills.broke(entry)
  })
}

const stalls = (fault: Incoming['fault'], written: number, frames: number): boolean => fault?.kind === 'stall' && frames > (fault.value ?? 3) && written > 0

async function sendFrames(answer: Answer, frames: Iterable<Frame> | AsyncIterable<Frame>, delivery: Delivery): Promise<void> {
  const { incoming, desk, response, bills } = delivery
  const { fault } = incoming
  const { firstTokenMs, perTokenMs } = desk.profile
  const { charge } = answer
  const pack = isPacked(incoming) ? packer() : undefined
  let produced = 0
  let held = ''
  let written = 0
  let count = 0
  let over = false
  const breakOff = (): void => {
    over = true
    if (charge !== undefined) enterBill(bills, incoming, desk, charge, 'broken', produced)
  }
  const flush = async (): Promise<void> => {
    if (held === '') return
    const limit = fault?.kind === 'disconnect' ? (fault.value ?? 400) : Infinity
    const text = held
    held = ''
    const bytes = pack === undefined ? Buffer.from(text) : await pack(text, false)
    const part = written + bytes.length > limit ? bytes.subarray(0, limit - written) : bytes
    written += part.length
    const room = response.write(part)
    if (part !== bytes) {
      breakOff()
      response.socket?.end()
    } else if (!room && !response.destroyed) await Promise.race([once(response, 'drain'), once(response, 'close')])
  }

  if (charge !== undefined && firstTokenMs > 0) await sleep(desk.timers, firstTokenMs)
  if (!response.destroyed) response.writeHead(answer.status, { 'content-type': answer.contentType, 'cache-control': 'no-cache', ...codingHeader(incoming), ...delivery.headers, ...answer.headers })
  for await (const frame of frames) {
    const pause = (frame.waitMs ?? 0) + (charge === undefined ? 0 : perTokenMs * frame.tokens)
    if (pause > 0) {
      await flush()
      await sleep(desk.timers, pause)
    }
    if (response.destroyed || over) break
    produced += frame.tokens
    held += frame.text
    count += 1
    if (fault?.kind === 'bad-json' && count === 3) held += 'data: {"id": "chatcm\n\n'
    if (stalls(fault, held.length, count)) {
      await flush()
      await once(response, 'close')
      break
    }
    if (held.length > writeLength) await flush()
  }
  if (over) return
  if (response.destroyed || response.closed) return breakOff()
  // Entered before the last bytes leave, so that whoever has them finds them billed.
  if (held.length > 0 && fault?.kind === 'disconnect') {
    await flush()
    if (over) return
  }
  const entry = charge === undefined ? undefined : enterBill(bills, incoming, desk, charge, 'delivered', charge.outputTokens)
  watchBreak(entry, delivery)
  if (fault?.kind === 'content-length') {
    response.write(held)
    response.socket?.end()
    return
  }
  response.end(pack === undefined ? held : await pack(held, true))
}
