/** Chat completions that pass: reading whole answers and streams. */
import type { Reading, UpstreamError, Whole } from '../dialect.ts'
import type { PassingDialect } from '../passing.ts'
import { emptyReading, errorIn, parseAnswer, rawUsage } from '../answer.ts'
import { listOf, parseRecord, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'
import type { SseEvent } from '../sse.ts'
import { createDelivered, createPipe, type EventReader, type Verdict } from '../stream-pipe.ts'
import { editChat, readChatAsk } from './ask.ts'
import { failedOr, openaiError, readOpenaiError } from './errors.ts'
import { finishes } from './response.ts'
import { chatStreamOf } from './stream-of-whole.ts'
import { chatCounts, chatUsage } from './usage.ts'

/** Weir's word for a finish reason; a reason that is not known stays as the provider wrote it. */
export const chatFinish = (reason: unknown): string | undefined => {
  const text = stringOf(reason)
  return text === undefined ? undefined : finishes.get(text) ?? text
}

type Delivered = ReturnType<typeof createDelivered>

/** Adds the text of a message or a delta: content, refusal, reasoning as hosts name it, audio transcript, tool arguments. */
function addMessage(delivered: Delivered, message: JsonRecord): void {
  if (Array.isArray(message['content'])) for (const part of message['content'].map(recordOf)) delivered.add(part?.['text'])
  else delivered.add(message['content'])
  delivered.add(message['refusal'])
  delivered.add(message['reasoning_content'] ?? message['reasoning'])
  const audio = message['audio'], single = message['function_call'], calls = message['tool_calls']
  if (audio !== undefined) delivered.add(recordOf(audio)?.['transcript'])
  if (single !== undefined) delivered.add(recordOf(single)?.['arguments'])
  if (calls === undefined) return
  for (const call of listOf(calls).map(recordOf)) {
    delivered.add(recordOf(call?.['function'])?.['arguments'])
    delivered.add(recordOf(call?.['custom'])?.['input'])
  }
}

function readWhole(body: Buffer): Whole {
  const values = parseAnswer(body)
  if (values === undefined) return { broken: 'the answer is not a JSON object' }
  const error = errorIn(values)
  const usage = recordOf(values['usage'])
  if (usage === undefined && !Array.isArray(values['choices'])) return failedOr(values, { broken: 'the answer has neither choices nor usage' })
  const delivered = createDelivered()
  const choices = listOf(values['choices']).map(recordOf)
  for (const choice of choices) {
    addMessage(delivered, recordOf(choice?.['message']) ?? {})
    delivered.add(choice?.['text'])
  }
  return {
    ...emptyReading,
    usage: usage === undefined ? undefined : chatUsage(usage, rawUsage(body, usage), values),
    delivered: delivered.text(),
    responseId: stringOf(values['id']),
    model: stringOf(values['model']),
    finish: error === undefined ? chatFinish(choices.findLast((choice) => choice?.['finish_reason'])?.['finish_reason']) : 'error',
    failure: error === undefined ? undefined : readOpenaiError(200, {}, error),
  }
}

const done = Buffer.from('[DONE]')
const isDone = (data: Buffer): boolean => data.length < 16 && data.toString().trim() === done.toString()

/**
 * Reads a stream of chunks, of chat and of text completions. A stream that ends without `[DONE]` is complete where every
 * choice that began has named its finish reason: some hosts never send `[DONE]`. The caller ends the pipe only where the
 * socket ended normally. Where Weir asked for usage and the client did not, chunks carry `"usage":null`: these pass as
 * they are, and only the event that is nothing but usage (no choices) is withheld.
 */
export function createChatReader(withholdUsage: boolean): EventReader {
  const delivered = createDelivered()
  const open = new Set<number>(), closed = new Set<number>()
  let last: { readonly data: Buffer; readonly usage: JsonRecord; readonly chunk: JsonRecord } | undefined
  let responseId: string | undefined, model: string | undefined, finish: string | undefined, tier: string | undefined
  let failure: UpstreamError | undefined
  let began = false

  const readChoice = (choice: JsonRecord): void => {
    const index = typeof choice['index'] === 'number' ? choice['index'] : 0
    const delta = recordOf(choice['delta'])
    if (delta !== undefined) addMessage(delivered, delta)
    delivered.add(choice['text'])
    const reason = chatFinish(choice['finish_reason'])
    if (reason === undefined) {
      if (!closed.has(index)) open.add(index)
    } else {
      finish = reason
      open.delete(index)
      closed.add(index)
    }
  }

  const read = ({ data, name }: SseEvent): Verdict => {
    if (data === undefined) return 'pass'
    // An end without a beginning is no answer: its client would wait for the first chunk in vain.
    if (isDone(data)) return began ? 'terminal' : 'hold'
    const chunk = parseRecord(data.toString())
    if (chunk === undefined) return 'pass'
    began = true
    responseId ??= stringOf(chunk['id']) || undefined
    model = stringOf(chunk['model']) || model
    tier = stringOf(chunk['service_tier']) ?? tier
    const choices = listOf(chunk['choices'])
    for (const choice of choices) readChoice(recordOf(choice) ?? {})
    const usage = recordOf(chunk['usage'])
    // One that counts nothing says nothing, and takes nothing back.
    if (usage !== undefined && (last === undefined || Object.keys(chatCounts(usage)).length > 0)) last = { data, usage, chunk }
    const error = errorIn(chunk) ?? (name === 'error' ? chunk : undefined)
    if (error !== undefined) {
      failure = readOpenaiError(200, {}, error)
      finish = 'error'
      return 'hold'
    }
    if (usage === undefined) return 'pass'
    if (withholdUsage && choices.length === 0) return 'withhold'
    // The usage of the whole answer waits for the end, so that no client holds a figure that is not yet on record. Hosts
    // that repeat running totals in every chunk are not held up: their choices are still open.
    return finish !== undefined && open.size === 0 ? 'hold' : 'pass'
  }

  const report = (): Reading['usage'] => last === undefined ? undefined
    : chatUsage(last.usage, rawUsage(last.data, last.usage), { model: stringOf(last.chunk['model']) || model, service_tier: stringOf(last.chunk['service_tier']) ?? tier })

  return {
    read,
    reading: () => ({ ...emptyReading, usage: report(), delivered: delivered.text(), responseId, model, finish, failure }),
    completeAtEnd: () => finish !== undefined && open.size === 0 && failure === undefined,
    abort: (message, code) => Buffer.from(`data: ${JSON.stringify({ error: { message, type: 'server_error', param: null, code } })}\n\n`),
  }
}

export const chatPassing: PassingDialect = {
  readAsk: readChatAsk,
  edit: editChat,
  whole: readWhole,
  stream: (withholdUsage) => createPipe(createChatReader(withholdUsage)),
  streamOf: chatStreamOf,
  error: openaiError,
}
