/**
 * Splits a stream of server-sent events into events without losing a byte. Lines end in LF, CRLF or CR, an event in a
 * blank line (https://html.spec.whatwg.org/multipage/server-sent-events.html, section 9.2.5, read 2026-11-23).
 */

import type { WireEvent } from './composing.ts'

/** One event. The `raw` of all events, in order, are the bytes of the stream. */
export interface SseEvent {
  readonly raw: Buffer
  /** Value of the last `event` field; empty where there is none. */
  readonly name: string
  /** Value of the `data` fields, joined by LF; undefined where the event has none (comments, blank lines). */
  readonly data: Buffer | undefined
}

export interface SseSplitter {
  /** Calls `visit` for each event that is complete with this chunk. */
  readonly push: (chunk: Buffer, visit: (event: SseEvent) => void) => void
  /** The stream has ended: what is left counts as an event, although its blank line is missing. */
  readonly flush: (visit: (event: SseEvent) => void) => void
}

const lf = 0x0a, cr = 0x0d
const empty = Buffer.alloc(0)

/**
 * State between chunks: where the last line ended. `after-cr` and `blank-cr` wait for one more byte, since an LF would
 * belong to the same line end; so a stream that ends its lines in CR alone is one byte late.
 */
type LineState = 'inside' | 'start' | 'after-cr' | 'blank-cr'

export function createSseSplitter(): SseSplitter {
  let pending: Buffer[] = []
  let state: LineState = 'start'
  let first = true

  const emit = (last: Buffer, visit: (event: SseEvent) => void): void => {
    const raw = pending.length === 0 ? last : Buffer.concat([...pending, last])
    pending = []
    if (raw.length === 0) return
    visit(readEvent(raw, first))
    first = false
  }

  /** Index after the next event's end at or after `at`, or -1. Moves `state` along. */
  const endOfEvent = (chunk: Buffer, at: number, plain: boolean): number => {
    while (at < chunk.length) {
      if (state === 'blank-cr') {
        state = 'start'
        return chunk[at] === lf ? at + 1 : at
      }
      if (state === 'after-cr') {
        state = 'start'
        if (chunk[at] === lf) at++
        continue
      }
      const next = plain ? chunk.indexOf(lf, at) : lineEnd(chunk, at)
      const blank = next === at && state === 'start'
      if (next === -1) {
        state = 'inside'
        return -1
      }
      at = next + 1
      if (chunk[next] === cr) state = blank ? 'blank-cr' : 'after-cr'
      else {
        state = 'start'
        if (blank) return at
      }
    }
    return -1
  }

  return {
    push(chunk, visit) {
      const plain = chunk.indexOf(cr) === -1
      let start = 0
      for (;;) {
        const end = endOfEvent(chunk, start, plain)
        if (end === -1) break
        emit(chunk.subarray(start, end), visit)
        start = end
      }
      if (start < chunk.length) pending.push(start === 0 ? chunk : chunk.subarray(start))
    },
    flush(visit) {
      emit(empty, visit)
      state = 'start'
    },
  }
}

function lineEnd(chunk: Buffer, at: number): number {
  for (; at < chunk.length; at++) {
    const byte = chunk[at]
    if (byte === lf || byte === cr) return at
  }
  return -1
}

const dataField = Buffer.from('data'), eventField = Buffer.from('event')

function startsWith(raw: Buffer, at: number, field: Buffer): boolean {
  for (let index = 0; index < field.length; index++) if (raw[at + index] !== field[index]) return false
  return true
}

/** Reads the fields of one event's bytes. `first` is the stream's first event, which may begin with a byte order mark. */
function readEvent(raw: Buffer, first: boolean): SseEvent {
  let at = first && raw[0] === 0xef && raw[1] === 0xbb && raw[2] === 0xbf ? 3 : 0
  let name = ''
  let data: Buffer | undefined
  const plain = raw.indexOf(cr, at) === -1
  while (at < raw.length) {
    const found = plain ? raw.indexOf(lf, at) : lineEnd(raw, at)
    const end = found === -1 ? raw.length : found
    const isData = startsWith(raw, at, dataField)
    const field = isData ? dataField : startsWith(raw, at, eventField) ? eventField : undefined
    if (field !== undefined) {
      const after = at + field.length
      if (after === end || raw[after] === 0x3a) {
        let start = Math.min(after + 1, end)
        if (raw[start] === 0x20 && start < end) start++
        const value = raw.subarray(start, end)
        if (!isData) name = value.toString()
        else data = data === undefined ? value : Buffer.concat([data, Buffer.from('\n'), value])
      }
    }
    at = end + 1
  }
  return { raw, name, data }
}

/** The bytes of composed events. */
export function eventBytes(events: readonly WireEvent[]): Buffer {
  let text = ''
  for (const { name, data } of events) {
    if (name !== undefined) text += `event: ${name}\n`
    text += `data: ${data === '[DONE]' ? data : JSON.stringify(data)}\n\n`
  }
  return Buffer.from(text)
}
