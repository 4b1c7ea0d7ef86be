/** Responses that pass: reading whole, stored and streamed ones. */
import type { Reading, UpstreamError, Whole } from '../dialect.ts'
import type { PassingDialect } from '../passing.ts'
import { emptyReading, errorIn, parseAnswer, rawUsage } from '../answer.ts'
import { listOf, numberOf, parseRecord, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'
import { failedOr, openaiError, readOpenaiError } from '../openai-chat/errors.ts'
import type { SseEvent } from '../sse.ts'
import { createDelivered, createPipe, type EventReader, type Verdict } from '../stream-pipe.ts'
import { editResponses, readResponsesAsk } from './ask.ts'
import { responsesStreamOf } from './stream-of-whole.ts'
import { containerOfCall, plainCalls } from './tools.ts'
import { responsesUsage } from './usage.ts'

/** Weir's word for how a response ended; undefined while it runs. */
export function responsesFinish(response: JsonRecord): string | undefined {
  switch (response['status']) {
    case 'completed': return listOf(response['output']).some((item) => plainCalls.has(String(recordOf(item)?.['type']))) ? 'tool-calls' : 'stop'
    case 'incomplete': return recordOf(response['incomplete_details'])?.['reason'] === 'content_filter' ? 'content-filter' : 'length'
    case 'failed': return 'error'
    case 'cancelled': return 'cancelled'
    default: return undefined
  }
}

function outputText(response: JsonRecord): string {
  const delivered = createDelivered()
  for (const item of listOf(response['output']).map(recordOf)) {
    for (const part of [...listOf(item?.['summary']), ...listOf(item?.['content'])].map(recordOf)) delivered.add(part?.['text'] ?? part?.['refusal'])
    delivered.add(item?.['arguments'] ?? item?.['input'] ?? item?.['code'])
  }
  return delivered.text()
}

/** The ids by which a later call can name what an output item holds. */
function idsOf(item: JsonRecord | undefined): readonly string[] {
  const id = stringOf(item?.['id'])
  return [...(id === undefined || id === '' ? [] : [id]), ...containerOfCall(item)]
}

/** Codes of a failed response come without a status; these are the ones another try can help. */
const failureStatus = (code: unknown): number => code === 'server_error' ? 500 : code === 'rate_limit_exceeded' ? 429 : 400

const failureOf = (error: JsonRecord | undefined): UpstreamError | undefined => error === undefined ? undefined : readOpenaiError(failureStatus(error['code']), {}, error)

function readResponse(response: JsonRecord, raw: (usage: JsonRecord) => string): Reading {
  return {
    usage: responsesUsage(response, raw),
    delivered: outputText(response),
    responseId: stringOf(response['id']),
    model: stringOf(response['model']),
    finish: responsesFinish(response),
    failure: failureOf(errorIn(response)),
    status: stringOf(response['status']),
    items: listOf(response['output']).flatMap((item) => idsOf(recordOf(item))),
  }
}

function readWhole(body: Buffer): Whole {
  const values = parseAnswer(body)
  if (values === undefined) return { broken: 'the answer is not a JSON object' }
  // A stored response that failed is an answer: it has an id and a status.
  if (!Array.isArray(values['output']) && values['status'] === undefined) return failedOr(values, { broken: 'the answer has no output' })
  return readResponse(values, (usage) => rawUsage(body, usage))
}

const terminal: ReadonlySet<unknown> = new Set(['response.completed', 'response.failed', 'response.incomplete', 'response.cancelled'])

/**
 * Reads a stream of named events. The four terminal events carry the whole response with its usage. An `error` event and
 * all after it wait for the end of the stream, since a client goes when it has read it. A stream of a background
 * response may end while the response runs: then it is not complete and `status` says where it stands.
 */
function createReader(): EventReader {
  const delivered = createDelivered()
  const items = new Set<string>()
  let sequence = -1
  let reading: Reading = emptyReading

  const read = ({ data }: SseEvent): Verdict => {
    const event = data === undefined ? undefined : parseRecord(data.toString())
    if (data === undefined || event === undefined) return 'pass'
    sequence = numberOf(event['sequence_number']) ?? sequence
    const type = event['type']
    if (typeof type === 'string' && type.endsWith('.delta') && type !== 'response.audio.delta') delivered.add(event['delta'])
    if (type === 'response.output_item.added' || type === 'response.output_item.done') for (const id of idsOf(recordOf(event['item']))) items.add(id)
    const response = recordOf(event['response'])
    if (response !== undefined) reading = readResponse(response, (usage) => rawUsage(data, usage))
    if (terminal.has(type)) return 'terminal'
    if (type !== 'error') return 'pass'
    reading = { ...reading, finish: 'error', failure: failureOf(recordOf(event['error']) ?? event) }
    return 'hold'
  }

  return {
    read,
    reading: () => ({ ...reading, delivered: delivered.text() || reading.delivered, items: [...new Set([...items, ...reading.items ?? []])] }),
    completeAtEnd: () => false,
    abort: (message, code) => Buffer.from(`event: error\ndata: ${JSON.stringify({ type: 'error', code, message, param: null, sequence_number: sequence + 1 })}\n\n`),
  }
}

export const responsesPassing: PassingDialect = {
  readAsk: readResponsesAsk,
  edit: editResponses,
  whole: readWhole,
  stream: () => createPipe(createReader()),
  streamOf: responsesStreamOf,
  error: openaiError,
}
