/** Messages that pass: reading whole answers and streams. */
import type { Reading, UpstreamError, Whole } from '../dialect.ts'
import type { PassingDialect } from '../passing.ts'
import { emptyReading, errorIn, parseAnswer, rawUsage } from '../answer.ts'
import { listOf, parseRecord, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'
import type { SseEvent } from '../sse.ts'
import { createDelivered, createPipe, type EventReader, type Verdict } from '../stream-pipe.ts'
import { containersIn, editMessages, readMessagesAsk } from './ask.ts'
import { messagesError, readMessagesError } from './errors.ts'
import { finishes } from './response.ts'
import { messagesStreamOf } from './stream-of-whole.ts'
import { mergeUsage, messagesUsage } from './usage.ts'

/** Weir's word for a stop reason; a reason that is not known stays as the provider wrote it. */
export const messagesFinish = (reason: unknown): string | undefined => {
  const text = stringOf(reason)
  return text === undefined ? undefined : finishes.get(text) ?? text
}

function readWhole(body: Buffer): Whole {
  const values = parseAnswer(body)
  if (values === undefined) return { broken: 'the answer is not a JSON object' }
  const error = errorIn(values)
  if (!Array.isArray(values['content'])) return error === undefined ? { broken: 'the answer has no content' } : { failed: readMessagesError(200, {}, error) }
  const delivered = createDelivered()
  for (const block of listOf(values['content']).map(recordOf)) {
    delivered.add(block?.['text'] ?? block?.['thinking'])
    if (block?.['input'] !== undefined) delivered.add(JSON.stringify(block['input']))
  }
  const usage = recordOf(values['usage'])
  const model = stringOf(values['model'])
  return {
    ...emptyReading,
    usage: usage === undefined ? undefined : messagesUsage(usage, rawUsage(body, usage), model),
    delivered: delivered.text(),
    responseId: stringOf(values['id']),
    model,
    finish: error === undefined ? messagesFinish(values['stop_reason']) : 'error',
    failure: error === undefined ? undefined : readMessagesError(200, {}, error),
    items: containersIn(values['container']),
  }
}

/**
 * Reads a stream of named events. `message_start` has the input's usage and `message_delta` running totals, so the usage
 * is the later laid over the earlier, and its raw text is that merged object. `message_start` alone counts output tokens
 * that have hardly begun: before the first `message_delta` the report has no output. An `error` event and all after it
 * wait for the end of the stream.
 */
function createReader(): EventReader {
  const delivered = createDelivered()
  let usage: JsonRecord | undefined
  let totals = false
  let responseId: string | undefined, model: string | undefined, finish: string | undefined
  let failure: UpstreamError | undefined
  let items: readonly string[] = []

  const handlers: Readonly<Record<string, (event: JsonRecord) => Verdict>> = {
    message_start(event) {
      const message = recordOf(event['message'])
      responseId = stringOf(message?.['id'])
      model = stringOf(message?.['model'])
      usage = mergeUsage(usage, recordOf(message?.['usage']))
      items = containersIn(message?.['container'])
      return 'pass'
    },
    content_block_start(event) {
      const block = recordOf(event['content_block'])
      delivered.add(block?.['text'])
      return 'pass'
    },
    content_block_delta(event) {
      const delta = recordOf(event['delta'])
      delivered.add(delta?.['text'] ?? delta?.['thinking'] ?? delta?.['partial_json'])
      return 'pass'
    },
    message_delta(event) {
      const reported = recordOf(event['usage'])
      items = [...items, ...containersIn(recordOf(event['delta'])?.['container'])]
      totals ||= reported !== undefined
      usage = mergeUsage(usage, reported)
      finish = messagesFinish(recordOf(event['delta'])?.['stop_reason']) ?? finish
      // The usage of the whole answer waits for the end, so that no client holds a figure that is not yet on record.
      return reported !== undefined && finish !== undefined ? 'hold' : 'pass'
    },
    message_stop: () => 'terminal',
    error(event) {
      failure = readMessagesError(200, {}, errorIn(event) ?? {})
      finish = 'error'
      return 'hold'
    },
  }

  const read = ({ data }: SseEvent): Verdict => {
    const event = data === undefined ? undefined : parseRecord(data.toString())
    const type = event === undefined ? undefined : stringOf(event['type'])
    return type !== undefined && Object.hasOwn(handlers, type) ? handlers[type]!(event!) : 'pass'
  }

  const report = (): Reading['usage'] => {
    if (usage === undefined) return undefined
    const whole = messagesUsage(usage, JSON.stringify(usage), model)
    if (totals) return whole
    const { output: _begun, reasoning: _thought, ...counts } = whole.counts
    return { ...whole, counts }
  }

  return {
    read,
    reading: () => ({ ...emptyReading, usage: report(), delivered: delivered.text(), responseId, model, finish, failure, items: [...new Set(items)] }),
    completeAtEnd: () => false,
    abort: (message, code) => Buffer.from(`event: error\ndata: ${JSON.stringify({ type: 'error', error: { type: code === 'overloaded' ? 'overloaded_error' : 'api_error', message } })}\n\n`),
  }
}

export const messagesPassing: PassingDialect = {
  readAsk: readMessagesAsk,
  edit: editMessages,
  whole: readWhole,
  stream: () => createPipe(createReader()),
  streamOf: messagesStreamOf,
  error: messagesError,
}
