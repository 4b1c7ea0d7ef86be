/** The one pipe that all streams of events share: bytes in, bytes out, what each event means is the dialect's. */
import type { Pipe, Reading } from './dialect.ts'
import { createSseSplitter, type SseEvent } from './sse.ts'

/**
 * What becomes of an event. `pass`: it leaves at once. `withhold`: it never leaves. `hold`: it and all after it wait for
 * the end (an error, after which a client may go; the usage of the whole answer). `terminal`: as `hold`, and the stream is finished.
 */
export type Verdict = 'pass' | 'withhold' | 'hold' | 'terminal'

/** A dialect's reader of one stream. Mutable inside: it lives as long as the stream. */
export interface EventReader {
  readonly read: (event: SseEvent) => Verdict
  readonly reading: () => Reading
  /** Whether a stream that ended normally without a terminal event may count as complete. */
  readonly completeAtEnd: () => boolean
  readonly abort: (message: string, code: string) => Buffer
}

const nothing = Buffer.alloc(0)

export function createPipe(reader: EventReader): Pipe {
  const splitter = createSseSplitter()
  let leaving: Buffer[] = []
  const kept: Buffer[] = []
  let holding = false
  let finished = false
  let ended: ReturnType<Pipe['end']> | undefined

  const visit = (event: SseEvent): void => {
    const verdict = reader.read(event)
    if (verdict === 'terminal') finished = true
    if (verdict === 'hold' || verdict === 'terminal') holding = true
    if (verdict === 'withhold') return
    if (holding) kept.push(event.raw)
    else leaving.push(event.raw)
  }

  return {
    push(chunk) {
      splitter.push(chunk, visit)
      const pieces = leaving
      leaving = []
      if (pieces.length === 0) return nothing
      if (pieces.length === 1) return pieces[0]!
      // Where every byte of the chunk leaves, the chunk itself does, without a copy.
      const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
      const first = pieces[0]!
      const whole = length === chunk.length && first.buffer === chunk.buffer && first.byteOffset === chunk.byteOffset
      return whole ? chunk : Buffer.concat(pieces, length)
    },
    finished: () => finished,
    end() {
      if (ended !== undefined) return ended
      splitter.flush(visit)
      ended = { rest: Buffer.concat([...leaving, ...kept]), reading: reader.reading(), complete: finished || reader.completeAtEnd() }
      return ended
    },
    peek: () => reader.reading(),
    abort: (message, code) => reader.abort(message, code),
  }
}

/** Most characters of delivered text that are kept for an estimate: 256 Ki, more than any output limit in use. */
export const deliveredMax = 262_144

/** Collects delivered text up to `deliveredMax` characters. */
export function createDelivered(): { readonly add: (text: unknown) => void; readonly text: () => string } {
  let kept = ''
  return {
    add(text) {
      if (typeof text === 'string' && kept.length < deliveredMax) kept += kept.length + text.length <= deliveredMax ? text : text.slice(0, deliveredMax - kept.length)
    },
    text: () => kept,
  }
}
