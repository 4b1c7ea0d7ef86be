/** Requests byte by byte, as no client library would send them. */
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly text: string
  /** Of each answer on the connection, in order. */
  readonly statuses: readonly number[]
  /** Weir closed or reset the connection. */
  readonly closed: boolean
}

export interface RawOptions {
  /** Milliseconds to wait for Weir to close the connection or to answer; `waitFor` ends it sooner. */
  readonly patienceMs?: number
  /** The answer is complete when this many have come. */
  readonly answers?: number
  /** Milliseconds between parts. */
  readonly pauseMs?: number
}

const statusesIn = (text: string): number[] => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]))

/** Counts answers that are there in whole: those with a length, and error answers before a close. */
function wholeAnswers(text: string): number {
  let count = 0
  let at = 0
  for (;;) {
    const end = text.indexOf('\r\n\r\n', at)
    if (end === -1) return count
    const head = text.slice(at, end).toLowerCase()
    const length = /content-length: (\d+)/.exec(head)?.[1]
    if (length === undefined) {
      const last = head.includes('transfer-encoding: chunked') ? text.indexOf('\r\n0\r\n\r\n', end) : -1
      if (last === -1) return count
      at = last + 7
    } else {
      if (text.length < end + 4 + Number(length)) return count
      at = end + 4 + Number(length)
    }
    count += 1
  }
}

export function openSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => { resolve(socket) })
    socket.once('error', reject)
  })
}

/** Sends the parts and gathers all that comes back. */
export async function sendRaw(url: string, parts: readonly (string | Buffer)[], { patienceMs = 15_000, answers = 1, pauseMs = 0 }: RawOptions = {}): Promise<RawAnswer> {
  const socket = await openSocket(url)
  return new Promise((resolve) => {
    let text = ''
    let over = false
    const finish = (closed: boolean): void => {
      if (over) return
      over = true
      clearTimeout(timer)
      socket.destroy()
      resolve({ text, statuses: statusesIn(text), closed })
    }
    const timer = setTimeout(() => { finish(false) }, patienceMs)
    socket.on('error', () => { finish(true) })
    socket.on('close', () => { finish(true) })
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (wholeAnswers(text) >= answers) finish(false)
    })
    const write = (index: number): void => {
      const part = parts[index]
      if (part === undefined || over) return
      socket.write(typeof part === 'string' ? Buffer.from(part, 'latin1') : part)
      if (pauseMs > 0) setTimeout(() => { write(index + 1) }, pauseMs)
      else write(index + 1)
    }
    write(0)
  })
}

export interface Posted {
  readonly path?: string
  readonly method?: string
  readonly headers?: readonly string[]
  readonly body?: string | Buffer
  readonly key?: string
}

/** A request with a right length, as one buffer. */
export function posted({ path = '/v1/chat/completions', method = 'POST', headers = [], body = '', key = '' }: Posted): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const head = [`${method} ${path} HTTP/1.1`, 'host: weir', `authorization: Bearer ${key}`, ...(headers.some((header) => header.startsWith('content-type')) ? [] : ['content-type: application/json']), `content-length: ${bytes.length}`, ...headers]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), bytes])
}
