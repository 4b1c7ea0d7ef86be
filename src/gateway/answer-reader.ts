/**
 * Reads HTTP/1.1 answers from the bytes of a connection (RFC 9110, RFC 9112, read 2026-11-28), strictly: where two readers
 * could understand an answer differently it is refused, and a connection is never used again after a doubtful one.
 *
 *   head ──► length ─────────────────────────────► over
 *     │  ──► size ─► chunk ─► after-chunk ─► size … 0 ─► trailer ─► over
 *     │  ──► close ─────────── closed() ─────────► over
 *     └─ 1xx: head again; 204, 304: over
 */
import type { Headers } from '../dialects/headers.ts'

export interface AnswerEvents {
  readonly head: (status: number, headers: Headers) => void
  readonly data: (chunk: Buffer) => void
}

/** The bytes are no HTTP answer; the message says why. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
}

/** Bytes of a status line with its headers, and of a trailer: as much as Node's own client takes four times over. */
const headBytesMax = 65_536
const sizeLineMax = 1_024

/** A status line, then fields as RFC 9112, section 5 has them: no folding, no space before the colon, no control characters. */
const wellFormed = /^HTTP\/1\.[01] [1-9]\d\d(?: [^\u0000-\u0008\u000a-\u001f\u007f]*)?(?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\u0000-\u0008\u000a-\u001f\u007f]*)*$/
const fieldLine = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\u0000-\u0008\u000a-\u001f\u007f]*$/
const lengthText = /^\d{1,15}$/
const sizeText = /^([0-9a-f]{1,12})[ \t]*(?:;[^\u0000-\u0008\u000a-\u001f\u007f]*)?$/i
const keepAliveSeconds = /(?:^|[,\s])timeout=(\d{1,6})/i

const lf = 0x0a

type State = 'head' | 'length' | 'size' | 'chunk' | 'after-chunk' | 'trailer' | 'close' | 'over'

/** Reads one answer; `begin` makes it ready for the next one of its connection. */
export class AnswerReader {
  #state: State = 'over'
  #events: AnswerEvents | undefined
  /** The beginning of a head or line whose end has not come yet. */
  #held: Buffer | undefined
  /** Bytes of the body or chunk that are still to come. */
  #left = 0
  /** Whether the connection may carry another request when this answer is over. */
  reusable = false
  /** How long the upstream says that it keeps the connection open, seconds. */
  keepsSeconds: number | undefined

  begin(events: AnswerEvents): void {
    this.#events = events
    this.#state = 'head'
    this.#held = undefined
    this.reusable = false
    this.keepsSeconds = undefined
  }

  /** True where an answer ends when its connection does. */
  untilClose(): boolean {
    return this.#state === 'close'
  }

  /** Takes bytes as they came; true when the answer is over. Throws `Malformed`. */
  push(bytes: Buffer): boolean {
    let at = 0
    while (at < bytes.length && this.#state !== 'over') {
      switch (this.#state) {
        case 'head': at = this.#head(bytes, at); break
        case 'size': at = this.#size(bytes, at); break
        case 'after-chunk': at = this.#afterChunk(bytes, at); break
        case 'trailer': at = this.#trailer(bytes, at); break
        case 'length': case 'chunk': at = this.#body(bytes, at); break
        case 'close': this.#events?.data(at === 0 ? bytes : bytes.subarray(at)); at = bytes.length
      }
    }
    // What comes behind an answer that nobody asked for makes the connection unfit for another.
    if (at < bytes.length) this.reusable = false
    return this.#state === 'over'
  }

  /** The bytes from `at` with those held before them, up to what `most` allows; undefined, and held, until `end` stands in them. */
  #until(end: string, bytes: Buffer, at: number, most: number): { readonly text: string; readonly next: number } | undefined {
    const held = this.#held
    const before = held?.length ?? 0
    const all = held === undefined ? bytes : Buffer.concat([held, bytes.subarray(at)])
    const from = held === undefined ? at : 0
    const found = all.indexOf(end, Math.max(from, before - end.length), 'latin1')
    if ((found === -1 ? all.length : found) - from > most) throw new Malformed(`a head or line of it is longer than ${most} bytes`)
    if (found === -1) {
      this.#held = held === undefined ? bytes.subarray(at) : all
      return undefined
    }
    this.#held = undefined
    return { text: all.toString('latin1', from, found), next: found + end.length - from - before + at }
  }

  #head(bytes: Buffer, at: number): number {
    const found = this.#until('\r\n\r\n', bytes, at, headBytesMax)
    if (found === undefined) return bytes.length
    if (!wellFormed.test(found.text)) throw new Malformed('its head is not well-formed HTTP/1.1')
    const status = Number(found.text.slice(9, 12))
    if (status === 101) throw new Malformed('it switches protocols, which nobody asked for')
    if (status < 200) return found.next
    const headers = fieldsOf(found.text)
    this.#frame(status, found.text.charCodeAt(7) === 0x31, headers)
    this.#events?.head(status, headers)
    return found.next
  }

  /** RFC 9112, section 6.3: how long the body is. */
  #frame(status: number, isOneOne: boolean, headers: Record<string, string | string[]>): void {
    const coding = headers['transfer-encoding']
    const length = headers['content-length']
    const connection = String(headers['connection'] ?? '').toLowerCase()
    this.reusable = isOneOne ? !connection.includes('close') : connection.includes('keep-alive')
    const keeps = headers['keep-alive']
    this.keepsSeconds = keeps === undefined ? undefined : Number(keepAliveSeconds.exec(String(keeps))?.[1] ?? Number.NaN)
    if (status === 204 || status === 304) {
      // No body, whatever its fields say (RFC 9112, section 6.3, rule 1); what such a host writes next is anybody's guess.
      if (coding !== undefined) this.reusable = false
      this.#state = 'over'
    } else if (coding !== undefined) {
      if (String(coding).toLowerCase() !== 'chunked') throw new Malformed(`its transfer coding ${JSON.stringify(coding)} was not asked for`)
      // Two lengths, or a coding that HTTP/1.0 does not have (section 6.1).
      if (length !== undefined || !isOneOne) this.reusable = false
      this.#state = 'size'
    } else if (length === undefined) {
      this.reusable = false
      this.#state = 'close'
    } else {
      const [first = '', ...others] = Array.isArray(length) ? length : [length]
      if (!lengthText.test(first) || others.some((other) => other !== first)) throw new Malformed('its content-length is not one number')
      this.#left = Number(first)
      this.#state = this.#left === 0 ? 'over' : 'length'
    }
  }

  #body(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left)
    this.#left -= end - at
    if (this.#left === 0) this.#state = this.#state === 'length' ? 'over' : 'after-chunk'
    this.#events?.data(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end))
    return end
  }

  #size(bytes: Buffer, at: number): number {
    const found = this.#until('\r\n', bytes, at, sizeLineMax)
    if (found === undefined) return bytes.length
    const size = sizeText.exec(found.text)?.[1]
    if (size === undefined) throw new Malformed('the size of a chunk is not a number')
    this.#left = Number.parseInt(size, 16)
    this.#state = this.#left === 0 ? 'trailer' : 'chunk'
    return found.next
  }

  #afterChunk(bytes: Buffer, at: number): number {
    const expected = this.#held === undefined ? 0x0d : lf
    if (bytes[at] !== expected) throw new Malformed('a chunk is longer than its size')
    if (expected === lf) {
      this.#held = undefined
      this.#state = 'size'
    } else this.#held = bytes.subarray(at, at + 1)
    return at + 1
  }

  /** Fields after the last chunk are read and left out: nothing that Weir needs comes there. */
  #trailer(bytes: Buffer, at: number): number {
    const found = this.#until('\r\n', bytes, at, headBytesMax)
    if (found === undefined) return bytes.length
    if (found.text === '') this.#state = 'over'
    else if (!fieldLine.test(found.text)) this.reusable = false
    return found.next
  }
}

/** Names in lower case; what stands more than once becomes a list. */
function fieldsOf(head: string): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  for (let at = head.indexOf('\r\n'); at !== -1; ) {
    const next = head.indexOf('\r\n', at + 2)
    const colon = head.indexOf(':', at + 2)
    const name = head.slice(at + 2, colon).toLowerCase()
    const value = head.slice(colon + 1, next === -1 ? head.length : next).trim()
    const before = Object.hasOwn(headers, name) ? headers[name] : undefined
    headers[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value]
    at = next
  }
  return headers
}
