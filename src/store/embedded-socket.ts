/**
 * The embedded database's socket. It has one client, and hands what comes to the database in whole messages, as many at once
 * as have arrived: a page of postings is a megabyte in one message, which is put together once, and a statement's five
 * messages are one step of the database.
 */
import { createServer, type Socket } from 'node:net'
import type { PGlite } from '@electric-sql/pglite'

/** What of the embedded database the socket needs. */
export type Served = Pick<PGlite, 'runExclusive' | 'execProtocolRawStream' | 'isInTransaction' | 'exec'>

export interface DatabaseSocket {
  /** Takes no more work; resolves when what was taken is done. */
  readonly stop: () => Promise<void>
}

/** Codes in place of a version in a first message: https://www.postgresql.org/docs/current/protocol-message-formats.html, read 2026-11-29. */
const sslRequest = 80_877_103
const cancelRequest = 80_877_102

const terminate = 'X'.charCodeAt(0)

/** Listens; a second client at the same time is turned away. What a client leaves unfinished is rolled back before the next one begins. */
export async function serveDatabase(database: Served, path: string): Promise<DatabaseSocket> {
  let client: Socket | undefined
  let working = Promise.resolve()
  const then = (work: () => Promise<unknown>): void => { working = working.then(async () => { await work() }) }
  const server = createServer((socket) => {
    client = socket
    const answer = (data: Uint8Array): void => { if (socket.writable) socket.write(Buffer.from(data)) }
    const messages = wholeMessages({
      refuseSsl: () => void socket.write('N'),
      run: (whole) => then(() => database.runExclusive(() => database.execProtocolRawStream(whole, { onRawData: answer }))),
      end: () => void socket.end(),
    })
    socket.on('data', messages)
    socket.on('error', () => void socket.destroy())
    socket.on('close', () => then(async () => { if (database.isInTransaction()) await database.exec('ROLLBACK') }))
  })
  server.maxConnections = 1
  await new Promise<void>((resolve, reject) => void server.once('error', reject).listen(path, resolve))
  return {
    stop: async () => {
      server.close()
      client?.destroy()
      await working
    },
  }
}

interface Taker {
  readonly refuseSsl: () => void
  /** The startup message, or one or more whole messages after it. */
  readonly run: (whole: Buffer) => void
  /** The client takes its leave; nothing comes after it. */
  readonly end: () => void
}

/** Takes bytes as they come, cut anywhere. */
export function wholeMessages(taker: Taker): (chunk: Buffer) => void {
  let chunks: Buffer[] = []
  let held = 0
  /** Fewer bytes than this hold no whole message. */
  let needed = 8
  let started = false
  let ended = false

  /** First messages have no type: length, code. Answers how many bytes they took. */
  const start = (bytes: Buffer): number => {
    let at = 0
    while (!started && bytes.length >= at + 8 && bytes.length >= at + bytes.readInt32BE(at)) {
      const length = bytes.readInt32BE(at)
      const code = bytes.readInt32BE(at + 4)
      if (code === sslRequest) taker.refuseSsl()
      else if (code !== cancelRequest) {
        started = true
        taker.run(bytes.subarray(at, at + length))
      }
      at += length
    }
    return at
  }
  /** All others: type, length without the type. Answers where the last whole one ends. */
  const wholeUntil = (bytes: Buffer, from: number): number => {
    let at = from
    while (bytes.length >= at + 5 && bytes.length > at + bytes.readInt32BE(at + 1)) {
      // Within the database it would end the thread.
      if (bytes[at] === terminate) {
        ended = true
        break
      }
      at += 1 + bytes.readInt32BE(at + 1)
    }
    return at
  }

  return (chunk) => {
    if (ended) return
    chunks.push(chunk)
    held += chunk.length
    if (held < needed) return
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks, held)
    const from = started ? 0 : start(bytes)
    const until = started ? wholeUntil(bytes, from) : from
    if (until > from) taker.run(bytes.subarray(from, until))
    if (ended) taker.end()
    const rest = bytes.subarray(until)
    chunks = rest.length === 0 ? [] : [rest]
    held = rest.length
    needed = !started ? 8 : held < 5 ? 5 : 1 + rest.readInt32BE(1)
  }
}
