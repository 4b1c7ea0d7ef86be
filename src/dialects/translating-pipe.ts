/** Carries a stream from an upstream of one dialect to a client of another: events to parts, parts to events. */
import type { StreamComposer, StreamReader } from './codec.ts'
import type { WireEvent } from './composing.ts'
import type { Pipe, Reading, UpstreamError } from './dialect.ts'
import type { CanonicalRequest, Failure, StreamPart } from './part.ts'
import { createSseSplitter, eventBytes, type SseEvent } from './sse.ts'

/**
 * `meter` reads the upstream's bytes as if they passed: usage, delivered text and the terminal event are its to tell. The
 * composed end (usage and closing events, or all that a failure says) is kept back.
 */
export function createTranslatingPipe(read: StreamReader, meter: Pipe, composer: StreamComposer, request: CanonicalRequest): Pipe {
  const splitter = createSseSplitter()
  const hidden = request.reasoning?.summary === 'omitted'
  let leaving: WireEvent[] = []
  let kept: readonly WireEvent[] = []
  let over = false
  let failure: Failure | undefined
  let ended: ReturnType<Pipe['end']> | undefined

  const add = (part: StreamPart): void => {
    if (over || (hidden && part.type === 'reasoning-delta')) return
    if (part.type === 'response-end') finish()
    else if (part.type === 'failure') {
      over = true
      failure = part.failure
      kept = composer.add(part)
    } else {
      leaving.push(...composer.add(part))
    }
  }

  const finish = (): void => {
    over = true
    const { usage } = meter.peek()
    // Usage and all after it are kept back with the terminal event: no client holds a figure that is not yet on record.
    kept = [...(usage === undefined ? [] : composer.add({ type: 'usage', usage })), ...composer.add({ type: 'response-end' })]
  }

  const visit = (event: SseEvent): void => {
    meter.push(event.raw)
    if (event.data !== undefined) for (const part of read(event.data.toString())) add(part)
  }

  const flush = (): Buffer => {
    const bytes = eventBytes(leaving)
    leaving = []
    return bytes
  }

  const reading = (from: Reading): Reading => failure === undefined || from.failure !== undefined ? from : { ...from, finish: 'error', failure: untranslated(failure) }

  return {
    push(chunk) {
      splitter.push(chunk, visit)
      return flush()
    },
    finished: () => meter.finished(),
    end() {
      if (ended !== undefined) return ended
      splitter.flush(visit)
      const metered = meter.end()
      // What the meter understood as a failure and the translation did not must reach the client all the same.
      const unsaid = metered.reading.failure
      if (unsaid !== undefined && !over) add({ type: 'failure', failure: { message: unsaid.message, ...(unsaid.code === undefined ? {} : { code: unsaid.code }) } })
      // Some hosts end a complete stream without its terminal event; the client's dialect demands one all the same.
      if (metered.complete && !over) finish()
      ended = { rest: Buffer.concat([flush(), eventBytes(kept)]), reading: reading(metered.reading), complete: metered.complete }
      return ended
    },
    peek: () => reading(meter.peek()),
    abort: (message, code) => eventBytes([composer.abort(message, code)]),
  }
}

/** What the upstream sent is an answer, yet not one that this translation can carry: a failure that no retry mends. */
const untranslated = ({ message, code, errorType }: Failure): UpstreamError =>
  ({ kind: 'server-error', status: 502, retryable: false, retryAfterMs: undefined, message, code, type: errorType })
