/** Transcriptions that pass: JSON, subtitles, plain text, or events. */
import type { Reading, UpstreamError, Whole } from '../dialect.ts'
import type { PassingDialect } from '../passing.ts'
import { emptyReading, errorIn, rawUsage, readAnswer } from '../answer.ts'
import { parseRecord, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'
import { openaiError, readOpenaiError } from '../openai-chat/errors.ts'
import type { SseEvent } from '../sse.ts'
import { createDelivered, createPipe, deliveredMax, type EventReader, type Verdict } from '../stream-pipe.ts'
import { editTranscriptions, readTranscriptionsAsk } from './ask.ts'
import { transcriptionCounts } from './usage.ts'

const usageOf = (data: Buffer, values: JsonRecord): Reading['usage'] => {
  const usage = recordOf(values['usage'])
  return usage === undefined ? undefined : { counts: transcriptionCounts(usage), raw: rawUsage(data, usage) }
}

/** Answers in the formats text, srt and vtt are no JSON and report no usage: what was delivered is all that is known. */
function readWhole(body: Buffer): Whole {
  const answer = readAnswer(body, ['text', 'usage', 'error'])
  if ('broken' in answer) return { ...emptyReading, delivered: body.toString().slice(0, deliveredMax), finish: 'stop' }
  const error = errorIn(answer.values)
  if (error !== undefined && answer.values['text'] === undefined) return { failed: readOpenaiError(200, {}, error) }
  return {
    ...emptyReading,
    usage: usageOf(body, answer.values),
    delivered: (stringOf(answer.values['text']) ?? '').slice(0, deliveredMax),
    finish: error === undefined ? 'stop' : 'error',
    failure: error === undefined ? undefined : readOpenaiError(200, {}, error),
  }
}

/** Reads a stream of transcript events. `transcript.text.done` carries the usage; `[DONE]` may follow it or not, so both wait for the end. */
function createReader(): EventReader {
  const delivered = createDelivered()
  let usage: Reading['usage']
  let done = false
  let failure: UpstreamError | undefined

  const read = ({ data }: SseEvent): Verdict => {
    if (data === undefined) return 'pass'
    if (data.length < 16 && data.toString().trim() === '[DONE]') return 'terminal'
    const event = parseRecord(data.toString())
    if (event === undefined) return 'pass'
    const error = errorIn(event)
    if (error !== undefined) {
      failure = readOpenaiError(200, {}, error)
      return 'hold'
    }
    usage = usageOf(data, event) ?? usage
    if (event['type'] === 'transcript.text.delta') delivered.add(event['delta'])
    if (event['type'] !== 'transcript.text.done') return 'pass'
    done = true
    return 'hold'
  }

  return {
    read,
    reading: () => ({ ...emptyReading, usage, delivered: delivered.text(), finish: failure !== undefined ? 'error' : done ? 'stop' : undefined, failure }),
    completeAtEnd: () => done && failure === undefined,
    abort: (message, code) => Buffer.from(`event: error\ndata: ${JSON.stringify({ type: 'error', error: { message, type: 'server_error', param: null, code } })}\n\n`),
  }
}

export const transcriptionsPassing: PassingDialect = {
  readAsk: readTranscriptionsAsk,
  edit: editTranscriptions,
  whole: readWhole,
  stream: () => createPipe(createReader()),
  error: openaiError,
}
