import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { isRefusal, type Ask, type DialectName, type Edits, type Exchange, type Pipe, type Reading } from './dialect.ts'
import { readAsk } from './dialects.ts'
import { openExchange } from './exchange.ts'

const shared = new URL('../../../shared/', import.meta.url)
const recordings = new URL('recordings/envoy/', shared)
const anthropicStreams = new URL('specs/anthropic-sse/', shared)

const askOf = (dialect: DialectName, body: Buffer, contentType = 'application/json'): Ask => {
  const ask = readAsk(dialect, body, contentType)
  assert.ok(!isRefusal(ask), JSON.stringify(ask))
  return ask
}

function opened(dialect: DialectName, body: Buffer, edits: Edits = {}): Exchange {
  const exchange = openExchange({ client: dialect, upstream: dialect, body, contentType: 'application/json', ask: askOf(dialect, body), edits })
  assert.ok(!isRefusal(exchange), JSON.stringify(exchange))
  return exchange
}

interface Run {
  readonly sent: Buffer
  readonly rest: Buffer
  readonly reading: Reading
  readonly complete: boolean
}

/** Sends the pieces through a pipe to its end. */
function run(pipe: Pipe, pieces: readonly Buffer[]): Run {
  const sent = Buffer.concat(pieces.map((piece) => pipe.push(piece)))
  const { rest, reading, complete } = pipe.end()
  return { sent, rest, reading, complete }
}

/** Runs a stream uncut, cut in two at every byte, and byte by byte: all must agree. Returns the uncut run. */
function cutEverywhere(open: () => Pipe, bytes: Buffer): Run {
  const whole = run(open(), [bytes])
  const output = Buffer.concat([whole.sent, whole.rest]).toString()
  const check = (pieces: readonly Buffer[]): void => {
    const cut = run(open(), pieces)
    assert.equal(Buffer.concat([cut.sent, cut.rest]).toString(), output)
    assert.deepEqual({ reading: cut.reading, complete: cut.complete }, { reading: whole.reading, complete: whole.complete })
  }
  for (let at = 1; at < bytes.length; at++) check([bytes.subarray(0, at), bytes.subarray(at)])
  check(Array.from(bytes, (_, index) => bytes.subarray(index, index + 1)))
  return whole
}

const chatBody = (extra: object = {}): Buffer => Buffer.from(JSON.stringify({ model: 'm', stream: true, messages: [], ...extra }))
const events = (...data: readonly (object | string)[]): Buffer => Buffer.from(data.map((item) => `data: ${typeof item === 'string' ? item : JSON.stringify(item)}\n\n`).join(''))
const delta = (content: string, finish: string | null = null, index = 0): object => ({ id: 'chatcmpl-1', model: 'm-1', choices: [{ index, delta: { content }, finish_reason: finish }] })

test('chat: the usage event that only Weir asked for is withheld, the terminal event waits for the end', () => {
  const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13, prompt_tokens_details: { cached_tokens: 3 } }
  const filter = { id: '', model: '', choices: [], prompt_filter_results: [{ prompt_index: 0 }] }
  const chunks = [filter, { ...delta('Hé'), usage: null }, { ...delta('llo', 'stop'), usage: null }]
  const last = { id: 'chatcmpl-1', model: 'm-1', service_tier: 'flex', choices: [], usage }
  const open = (): Pipe => opened('openai-chat', chatBody(), { includeUsage: true }).stream()
  const whole = cutEverywhere(open, Buffer.concat([Buffer.from(': hello\n\n'), events(...chunks, last, '[DONE]')]))
  assert.equal(whole.sent.toString(), `: hello\n\n${events(...chunks).toString()}`)
  assert.equal(whole.rest.toString(), 'data: [DONE]\n\n')
  assert.equal(whole.complete, true)
  assert.deepEqual(whole.reading, {
    usage: { counts: { input: 9, cachedInput: 3, output: 4 }, raw: JSON.stringify(usage), model: 'm-1', serviceTier: 'flex' },
    delivered: 'Héllo', responseId: 'chatcmpl-1', model: 'm-1', finish: 'stop', failure: undefined, status: undefined,
  })
  const asked = run(opened('openai-chat', chatBody({ stream_options: { include_usage: true } }), { includeUsage: true }).stream(), [events(...chunks, last, '[DONE]')])
  assert.equal(Buffer.concat([asked.sent, asked.rest]).toString(), events(...chunks, last, '[DONE]').toString())
})

test('chat: usage inside a normal chunk passes also where only Weir asked', () => {
  const bytes = events({ ...delta('a', 'stop'), usage: { prompt_tokens: 1, completion_tokens: 1 } }, '[DONE]')
  const whole = cutEverywhere(() => opened('openai-chat', chatBody(), { includeUsage: true }).stream(), bytes)
  assert.equal(Buffer.concat([whole.sent, whole.rest]).toString(), bytes.toString())
  assert.deepEqual(whole.reading.usage?.counts, { input: 1, output: 1 })
})

test('chat: without [DONE] a stream is complete once every choice has finished', () => {
  const stream = (...data: readonly object[]): boolean => cutEverywhere(() => opened('openai-chat', chatBody()).stream(), events(...data)).complete
  assert.equal(stream(delta('a'), delta('', 'stop')), true)
  assert.equal(stream(delta('a')), false)
  assert.equal(stream(delta('a'), delta('b', null, 1), delta('', 'stop')), false)
  assert.equal(stream(delta('a'), delta('', 'stop'), delta('b', null, 1), delta('', 'stop', 1), delta('')), true)
  assert.equal(stream(delta('a'), { error: { message: 'no' } }), false)
})

test('chat: an error inside the stream waits for the end and is understood', () => {
  const bytes = events(delta('a'), { error: { message: 'The server is overloaded', type: 'server_error', code: null } })
  const whole = cutEverywhere(() => opened('openai-chat', chatBody()).stream(), bytes)
  assert.equal(whole.sent.toString(), events(delta('a')).toString())
  assert.equal(whole.reading.finish, 'error')
  assert.equal(whole.reading.failure?.kind, 'server-error')
})

test('chat: tool arguments, reasoning and refusals count as delivered', () => {
  const chunk = (value: object): object => ({ id: 'x', choices: [{ index: 0, delta: value }] })
  const bytes = events(chunk({ reasoning_content: 'think ' }), chunk({ refusal: 'no ' }), chunk({ tool_calls: [{ index: 0, function: { name: 'f', arguments: '{"a":' } }] }), chunk({ tool_calls: [{ index: 0, function: { arguments: '1}' } }] }))
  const pipe = opened('openai-chat', chatBody()).stream()
  pipe.push(bytes)
  assert.equal(pipe.peek().delivered, 'think no {"a":1}')
  assert.equal(pipe.finished(), false)
  assert.match(pipe.abort('gone', 'upstream_failed').toString(), /^data: \{"error":\{"message":"gone".*"code":"upstream_failed"\}\}\n\n$/)
})

test('responses: the terminal event waits, usage and status are read from it', () => {
  const named = (type: string, rest: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`
  const response = { id: 'resp_1', object: 'response', model: 'm-1', status: 'in_progress', output: [], usage: null, error: null }
  const usage = { input_tokens: 12, input_tokens_details: { cached_tokens: 2 }, output_tokens: 7, output_tokens_details: { reasoning_tokens: 5 }, total_tokens: 19 }
  const output = [
    { type: 'web_search_call', action: { type: 'search', query: 'q' } }, { type: 'web_search_call', action: { type: 'open_page' } }, { type: 'file_search_call' },
    { type: 'code_interpreter_call', container_id: 'c1' }, { type: 'code_interpreter_call', container_id: 'c1' }, { type: 'message', id: 'msg_1', content: [{ type: 'output_text', text: 'Hi' }] },
    { type: 'shell_call', environment: { type: 'container_reference', container_id: 'c2' } }, { type: 'shell_call', environment: { type: 'container_reference', container_id: 'c2' } }, { type: 'shell_call', environment: { type: 'local' } },
  ]
  const begun = named('response.created', { response }) + named('response.output_text.delta', { delta: 'Hi', sequence_number: 1 }) + named('response.audio.delta', { delta: 'AAAA' })
  const final = named('response.completed', { response: { ...response, status: 'completed', output, usage, service_tier: 'default' } })
  const whole = cutEverywhere(() => opened('openai-responses', Buffer.from('{"model":"m","stream":true,"input":"x"}')).stream(), Buffer.from(begun + final))
  assert.equal(whole.sent.toString(), begun)
  assert.equal(whole.rest.toString(), final)
  assert.deepEqual(whole.reading, {
    usage: { counts: { input: 12, cachedInput: 2, output: 7, reasoning: 5, webSearchCalls: 1, fileSearchCalls: 1, codeInterpreterSessions: 2 }, raw: JSON.stringify(usage), model: 'm-1', serviceTier: 'default' },
    delivered: 'Hi', responseId: 'resp_1', model: 'm-1', finish: 'stop', failure: undefined, status: 'completed', items: ['c1', 'msg_1', 'c2'],
  })
  const pipe = opened('openai-responses', Buffer.from('{"input":"x"}')).stream()
  pipe.push(Buffer.from(begun))
  assert.match(pipe.abort('gone', 'upstream_failed').toString(), /"sequence_number":2/)
  pipe.push(Buffer.from(named('error', { code: 'rate_limit_exceeded', message: 'slow down' }) + named('response.failed', { response: { ...response, status: 'failed', error: { code: 'rate_limit_exceeded', message: 'slow down' } } })))
  assert.equal(pipe.finished(), true)
  assert.deepEqual([pipe.end().reading.failure?.kind, pipe.end().reading.failure?.retryable, pipe.end().reading.status], ['rate-limited', true, 'failed'])
})

test('messages: later usage is laid over the earlier, the last usage and message_stop wait for the end', () => {
  const named = (type: string, rest: object = {}): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`
  const start = named('message_start', { message: { id: 'msg_1', model: 'm-1', usage: { input_tokens: 5, cache_read_input_tokens: 100, cache_creation_input_tokens: 30, cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 }, output_tokens: 1, service_tier: 'standard' } } })
  const middle = named('ping') + named('content_block_delta', { index: 0, delta: { type: 'thinking_delta', thinking: 'hm ' } }) + named('content_block_delta', { index: 1, delta: { type: 'input_json_delta', partial_json: '{}' } })
  const end = named('message_delta', { delta: { stop_reason: 'tool_use' }, usage: { input_tokens: null, output_tokens: 42, server_tool_use: { web_search_requests: 2 } } })
  const whole = cutEverywhere(() => opened('anthropic-messages', Buffer.from('{"model":"m","stream":true,"max_tokens":9,"messages":[]}')).stream(), Buffer.from(start + middle + end + named('message_stop')))
  assert.equal(whole.rest.toString(), end + named('message_stop'))
  assert.deepEqual(whole.reading.usage?.counts, { input: 135, cachedInput: 100, cacheWrite: 10, cacheWriteLong: 20, output: 42, webSearchCalls: 2 })
  assert.deepEqual([whole.reading.delivered, whole.reading.finish, whole.reading.responseId, whole.reading.usage?.serviceTier], ['hm {}', 'tool-calls', 'msg_1', 'standard'])
  const pipe = opened('anthropic-messages', Buffer.from('{"model":"m","stream":true,"max_tokens":9,"messages":[]}')).stream()
  pipe.push(Buffer.from(start + middle))
  // Its output has hardly begun, so there is no figure for it.
  assert.deepEqual(pipe.peek().usage?.counts, { input: 135, cachedInput: 100, cacheWrite: 10, cacheWriteLong: 20 })
  assert.match(pipe.abort('gone', 'upstream_failed').toString(), /^event: error\ndata: \{"type":"error","error":\{"type":"api_error","message":"gone"\}\}\n\n$/)
  pipe.push(Buffer.from(named('error', { error: { type: 'overloaded_error', message: 'Overloaded' } })))
  assert.deepEqual([pipe.end().complete, pipe.end().reading.failure?.kind, pipe.end().reading.failure?.status], [false, 'overloaded', 529])
})

test('transcription and image streams: what carries usage waits, with or without [DONE]', () => {
  const form = Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nRIFF\r\n--b--\r\n')
  const contentType = 'multipart/form-data; boundary=b'
  const exchange = openExchange({ client: 'openai-transcriptions', upstream: 'openai-transcriptions', body: form, contentType, ask: askOf('openai-transcriptions', form, contentType), edits: {} })
  assert.ok(!isRefusal(exchange))
  const done = { type: 'transcript.text.done', text: 'Hi', usage: { type: 'tokens', input_tokens: 14, input_token_details: { text_tokens: 4, audio_tokens: 10 }, output_tokens: 3, total_tokens: 17 } }
  const first = events({ type: 'transcript.text.delta', delta: 'Hi' })
  for (const tail of [events(done), events(done, '[DONE]')]) {
    const whole = cutEverywhere(() => exchange.stream(), Buffer.concat([first, tail]))
    assert.deepEqual([whole.sent.toString(), whole.rest.toString(), whole.complete], [first.toString(), tail.toString(), true])
    assert.deepEqual(whole.reading.usage?.counts, { input: 14, audioInput: 10, output: 3 })
    assert.equal(whole.reading.delivered, 'Hi')
  }
  const image = events({ type: 'image_generation.partial_image', b64_json: 'AA' }, { type: 'image_generation.completed', b64_json: 'AA', usage: { input_tokens: 8, input_tokens_details: { image_tokens: 0, text_tokens: 8 }, output_tokens: 272, total_tokens: 280 } })
  const whole = cutEverywhere(() => opened('openai-images', Buffer.from('{"prompt":"cat","stream":true}')).stream(), image)
  assert.deepEqual([whole.complete, whole.reading.usage?.counts], [true, { input: 8, imageInput: 0, output: 272, imageOutput: 272 }])
})

test('whole answers pass as they are; what is no answer is broken', () => {
  const whole = (dialect: DialectName, request: string, answer: string): ReturnType<Exchange['whole']> => opened(dialect, Buffer.from(request)).whole(Buffer.from(answer))
  const embedding = whole('openai-embeddings', '{"model":"e","input":"x"}', '{"object":"list","data":[{"embedding":[0.1,-2e-3]}],"model":"e-1","usage":{"prompt_tokens":8,"total_tokens":8}}')
  assert.ok('reading' in embedding)
  assert.deepEqual(embedding.reading.usage, { counts: { input: 8 }, raw: '{"prompt_tokens":8,"total_tokens":8}', model: 'e-1' })
  const pictures = whole('openai-images', '{"prompt":"x"}', '{"created":1,"data":[{"url":"a"},{"url":"b"}]}')
  assert.deepEqual('reading' in pictures && pictures.reading.usage, { counts: { images: 2 }, raw: '{"images":2}' })
  const count = whole('anthropic-count-tokens', '{"model":"m","messages":[]}', '{"input_tokens":14}')
  assert.deepEqual('reading' in count && count.reading.usage, { counts: {}, raw: '{"input_tokens":14}' })
  const moderation = whole('openai-moderations', '{"input":"x"}', '{"id":"modr-1","model":"omni","results":[]}')
  assert.equal('reading' in moderation && moderation.reading.usage, undefined)
  for (const answer of ['<html>', '{"choices":[', '{}', '[]', '']) assert.ok('broken' in whole('openai-chat', '{"messages":[]}', answer), answer)
})

// What each recording is, and how many tokens it reports. A stream is also cut at every byte.
const recorded: Readonly<Record<string, readonly [DialectName, object | undefined]>> = {
  'azure-chat-basic': ['openai-chat', { input: 8, output: 271 }], 'chat-detailed-usage': ['openai-chat', { output: 100 }], 'chat-json-mode': ['openai-chat', { output: 280 }],
  'chat-multiturn': ['openai-chat', {}], 'chat-openai-agents-python': ['openai-chat', {}], 'chat-reasoning': ['openai-chat', { input: 27, output: 267, reasoning: 192 }],
  'chat-streaming-web-search': ['openai-chat', undefined], 'chat-text-to-audio': ['openai-chat', {}], 'chat-tools': ['openai-chat', {}], 'chat-web-search': ['openai-chat', {}],
  'completion-basic': ['openai-completions', {}], 'completion-streaming': ['openai-completions', undefined], 'completion-text-batch': ['openai-completions', { input: 49, output: 58 }],
  'completion-token': ['openai-completions', { input: 31, output: 25 }], 'embeddings-basic': ['openai-embeddings', {}], 'embeddings-large-text': ['openai-embeddings', {}],
  'embeddings-mixed-batch': ['openai-embeddings', {}], 'image-generation-basic': ['openai-images', { images: 1 }], 'audio-transcription-basic': ['openai-transcriptions', { audioSeconds: '7' }],
  'chat-bad-request': ['openai-chat', undefined], 'embeddings-bad-request': ['openai-embeddings', undefined], 'embeddings-unknown-model': ['openai-embeddings', undefined],
}

interface Recording {
  readonly request: { readonly body: string }
  readonly response: { readonly body: string; readonly code: number; readonly headers: Readonly<Record<string, readonly string[]>> }
}

const skipRecordings = existsSync(recordings) ? false : 'skipped: ../shared/recordings not found'

test('recorded exchanges pass to the byte, with their usage', { skip: skipRecordings }, async (context) => {
  const names = readdirSync(recordings).filter((name) => name.endsWith('.yaml')).map((name) => name.slice(0, -5))
  assert.deepEqual(names.toSorted(), Object.keys(recorded).toSorted())
  for (const name of names) {
    await context.test(name, () => {
      const [dialect, counts] = recorded[name]!
      const { request, response } = (parse(readFileSync(new URL(`${name}.yaml`, recordings), 'utf8')) as { interactions: readonly [Recording] }).interactions[0]
      const form = dialect === 'openai-transcriptions'
      const body = Buffer.from(form ? '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--b--\r\n' : request.body)
      const contentType = form ? 'multipart/form-data; boundary=b' : 'application/json'
      const exchange = openExchange({ client: dialect, upstream: dialect, body, contentType, ask: askOf(dialect, body, contentType), edits: {} })
      assert.ok(!isRefusal(exchange))
      assert.equal(exchange.body, body)
      const answer = Buffer.from(response.body)
      if (response.code >= 400) return checkError(exchange, response, answer)
      if (response.headers['Content-Type']?.[0]?.startsWith('text/event-stream')) return checkStream(exchange, answer)
      const whole = exchange.whole(answer)
      assert.ok('reading' in whole, JSON.stringify(whole))
      assert.equal(whole.body, answer)
      assert.ok(whole.reading.usage !== undefined && whole.reading.finish !== undefined)
      for (const [field, value] of Object.entries(counts!)) assert.equal(whole.reading.usage.counts[field as 'input'], value, field)
      const usage = (JSON.parse(response.body) as { usage?: object }).usage
      if (usage !== undefined) assert.deepEqual(JSON.parse(whole.reading.usage.raw), usage)
    })
  }
})

function checkError(exchange: Exchange, response: Recording['response'], answer: Buffer): void {
  const headers = Object.fromEntries(Object.entries(response.headers).map(([key, values]) => [key.toLowerCase(), values[0]]))
  const { error, body, contentType } = exchange.error(response.code, headers, answer)
  assert.equal(body, answer)
  assert.equal(contentType, headers['content-type'])
  assert.deepEqual([error.kind, error.retryable], [response.code === 404 ? 'not-found' : 'bad-request', false])
}

function checkStream(exchange: Exchange, answer: Buffer): void {
  const whole = cutEverywhere(() => exchange.stream(), answer)
  assert.equal(Buffer.concat([whole.sent, whole.rest]).toString(), answer.toString())
  assert.match(whole.rest.toString(), /^data: \[DONE\]/)
  assert.ok(whole.complete && whole.reading.delivered.length > 0 && whole.reading.finish !== undefined)
}

test('Anthropic streams pass to the byte, cut at every byte', { skip: existsSync(anthropicStreams) ? false : 'skipped: ../shared/specs not found' }, () => {
  const expected: Readonly<Record<string, readonly [string, number, number]>> = {
    'basic_response.txt': ['stop', 11, 6], 'incomplete_partial_json_response.txt': ['length', 450, 124], 'stream-a-refusal.sse': ['refusal', 28, 106],
    'stream-a-toolrefusal.sse': ['refusal', 28, 106], 'stream-b-fallback.sse': ['stop', 31, 547], 'tool_use_response.txt': ['tool-calls', 377, 65],
  }
  for (const [name, [finish, input, output]] of Object.entries(expected)) {
    const bytes = readFileSync(new URL(name, anthropicStreams))
    const whole = cutEverywhere(() => opened('anthropic-messages', Buffer.from('{"model":"m","max_tokens":1,"stream":true,"messages":[]}')).stream(), bytes)
    assert.equal(Buffer.concat([whole.sent, whole.rest]).toString(), bytes.toString())
    assert.match(whole.rest.toString(), /^event: message_delta\n.*\n\nevent: message_stop/)
    assert.deepEqual([name, whole.complete, whole.reading.finish, whole.reading.usage?.counts.input, whole.reading.usage?.counts.output], [name, true, finish, input, output])
  }
})
