/** What simulated upstreams say, in three wire formats: small answers, whole or as streams, with a usage that is drawn. */
export type Format = 'chat' | 'responses' | 'messages'

/** What the upstream counts, in its own words; `undefined` members are not part of the answer. */
export interface Usage {
  readonly input: number
  readonly cached: number
  readonly output: number
  readonly reasoning: number
}

export const formatOf = (path: string): Format => (path.endsWith('/messages') ? 'messages' : path.endsWith('/responses') ? 'responses' : 'chat')

/** The usage object as the format writes it. */
export function usageObject(format: Format, { input, cached, output, reasoning }: Usage): Record<string, unknown> {
  switch (format) {
    case 'chat': return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output, prompt_tokens_details: { cached_tokens: cached }, completion_tokens_details: { reasoning_tokens: reasoning } }
    case 'responses': return { input_tokens: input, input_tokens_details: { cached_tokens: cached }, output_tokens: output, output_tokens_details: { reasoning_tokens: reasoning }, total_tokens: input + output }
    case 'messages': return { input_tokens: input - cached, cache_creation_input_tokens: 0, cache_read_input_tokens: cached, output_tokens: output }
  }
}

const data = (value: unknown): Buffer => Buffer.from(`data: ${JSON.stringify(value)}\n\n`)
const named = (value: { readonly type: string } & Record<string, unknown>): Buffer => Buffer.from(`event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`)

export interface Piece {
  readonly bytes: Buffer
  /** Set on the event that carries the usage. */
  readonly usage?: Usage
  /** Set on the event that ends the stream. */
  readonly terminal?: true
}

interface StreamOf {
  readonly id: string
  readonly model: string
  readonly words: readonly string[]
  /** The usage events, in order; none where usage is missing. */
  readonly usages: readonly Usage[]
  readonly tier: string | undefined
}

/** A stream, event by event. Where a format carries usage in its terminal event, that event has the last of them. */
export function streamOf(format: Format, given: StreamOf): readonly Piece[] {
  switch (format) {
    case 'chat': return chatStream(given)
    case 'responses': return responsesStream(given)
    case 'messages': return messagesStream(given)
  }
}

function chatStream({ id, model, words, usages, tier }: StreamOf): Piece[] {
  const chunk = (rest: Record<string, unknown>): Buffer => data({ id, object: 'chat.completion.chunk', created: 1, model, ...(tier === undefined ? {} : { service_tier: tier }), ...rest })
  return [
    ...words.map((word, index) => ({ bytes: chunk({ choices: [{ index: 0, delta: { ...(index === 0 ? { role: 'assistant' } : {}), content: word }, finish_reason: null }] }) })),
    { bytes: chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }) },
    ...usages.map((usage) => ({ bytes: chunk({ choices: [], usage: usageObject('chat', usage) }), usage })),
    { bytes: Buffer.from('data: [DONE]\n\n'), terminal: true as const },
  ]
}

function responsesStream({ id, model, words, usages, tier }: StreamOf): Piece[] {
  const last = usages.at(-1)
  const response = (rest: Record<string, unknown>): Record<string, unknown> => ({ id, object: 'response', created_at: 1, model, output: [], error: null, ...(tier === undefined ? {} : { service_tier: tier }), ...rest })
  const message = { type: 'message', id: `${id}-m`, role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: words.join(''), annotations: [] }] }
  let n = 0
  const event = (type: string, rest: Record<string, unknown>): Buffer => named({ type, sequence_number: (n += 1), ...rest })
  return [
    { bytes: event('response.created', { response: response({ status: 'in_progress' }) }) },
    { bytes: event('response.output_item.added', { output_index: 0, item: { ...message, status: 'in_progress', content: [] } }) },
    { bytes: event('response.content_part.added', { output_index: 0, content_index: 0, item_id: message.id, part: { type: 'output_text', text: '', annotations: [] } }) },
    ...words.map((word) => ({ bytes: event('response.output_text.delta', { item_id: message.id, output_index: 0, content_index: 0, delta: word }) })),
    { bytes: event('response.output_item.done', { output_index: 0, item: message }) },
    {
      bytes: event('response.completed', { response: response({ status: 'completed', output: [message], ...(last === undefined ? {} : { usage: usageObject('responses', last) }) }) }),
      terminal: true, ...(last === undefined ? {} : { usage: last }),
    },
  ]
}

function messagesStream({ id, model, words, usages }: StreamOf): Piece[] {
  const first = usages[0]
  const start = first === undefined ? {} : { usage: { ...usageObject('messages', first), output_tokens: 1 } }
  const delta = { stop_reason: 'end_turn', stop_sequence: null }
  return [
    { bytes: named({ type: 'message_start', message: { id, type: 'message', role: 'assistant', model, content: [], stop_reason: null, ...start } }) },
    { bytes: named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }) },
    ...words.map((word) => ({ bytes: named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: word } }) })),
    { bytes: named({ type: 'content_block_stop', index: 0 }) },
    ...(usages.length === 0 ? [{ bytes: named({ type: 'message_delta', delta }) }] : usages.map((usage) => ({ bytes: named({ type: 'message_delta', delta, usage: usageObject('messages', usage) }), usage }))),
    { bytes: named({ type: 'message_stop' }), terminal: true },
  ]
}

/** A whole answer. */
export function answerOf(format: Format, { id, model, words, usages, tier }: StreamOf): Buffer {
  const last = usages.at(-1)
  const usage = last === undefined ? {} : { usage: usageObject(format, last) }
  const text = words.join('')
  const served = tier === undefined ? {} : { service_tier: tier }
  switch (format) {
    case 'chat': return Buffer.from(JSON.stringify({ id, object: 'chat.completion', created: 1, model, choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }], ...usage, ...served }))
    case 'responses': return Buffer.from(JSON.stringify({
      id, object: 'response', created_at: 1, model, status: 'completed', error: null,
      output: [{ type: 'message', id: `${id}-m`, role: 'assistant', status: 'completed', content: [{ type: 'output_text', text, annotations: [] }] }], ...usage, ...served,
    }))
    case 'messages': return Buffer.from(JSON.stringify({ id, type: 'message', role: 'assistant', model, content: [{ type: 'text', text }], stop_reason: 'end_turn', stop_sequence: null, ...usage }))
  }
}

/** An error body of the format. */
export const errorBody = (format: Format, type: string, message: string): Buffer =>
  Buffer.from(JSON.stringify(format === 'messages' ? { type: 'error', error: { type, message } } : { error: { message, type, param: null, code: type } }))

/** An error inside an open stream. */
export function errorEvent(format: Format, message: string): Buffer {
  switch (format) {
    case 'chat': return data({ error: { message, type: 'server_error', param: null, code: 'server_error' } })
    case 'responses': return named({ type: 'error', code: 'server_error', message, param: null, sequence_number: 99 })
    case 'messages': return named({ type: 'error', error: { type: 'overloaded_error', message } })
  }
}

/** A client's request body, and the text in it that a model reads. */
export function requestOf(format: Format, given: { readonly model: string; readonly text: string; readonly outputMax: number | undefined; readonly stream: boolean; readonly usageAsked: boolean }): Buffer {
  const { model, text, outputMax, stream, usageAsked } = given
  switch (format) {
    case 'chat': return Buffer.from(JSON.stringify({ model, messages: [{ role: 'user', content: text }], ...(outputMax === undefined ? {} : { max_tokens: outputMax }), ...(stream ? { stream, ...(usageAsked ? { stream_options: { include_usage: true } } : {}) } : {}) }))
    case 'responses': return Buffer.from(JSON.stringify({ model, input: text, store: false, ...(outputMax === undefined ? {} : { max_output_tokens: Math.max(16, outputMax) }), ...(stream ? { stream } : {}) }))
    case 'messages': return Buffer.from(JSON.stringify({ model, max_tokens: outputMax ?? 100, messages: [{ role: 'user', content: text }], ...(stream ? { stream } : {}) }))
  }
}
