import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRefusal, type Edits, type Exchange } from './dialect.ts'
import { readAsk } from './dialects.ts'
import { openExchange } from './exchange.ts'
import type { ChatDialect, JsonObject } from './part.ts'

function open(client: ChatDialect, upstream: ChatDialect, request: JsonObject, edits: Edits = {}): Exchange {
  const body = Buffer.from(JSON.stringify(request))
  const ask = readAsk(client, body, 'application/json')
  assert.ok(!isRefusal(ask))
  const exchange = openExchange({ client, upstream, body, contentType: 'application/json', ask, edits })
  if (isRefusal(exchange)) assert.fail(exchange.refused)
  return exchange
}

const bodyOf = (exchange: Exchange): JsonObject => JSON.parse(exchange.body.toString()) as JsonObject
const chat: JsonObject = { model: 'public', messages: [{ role: 'user', content: 'Hello' }] }
const chunk = (choices: readonly JsonObject[], rest: JsonObject = {}): string => `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices, ...rest })}\n\n`

void test('the route\'s edits: model, output limit, safety identifier', () => {
  const edits: Edits = { model: 'served', outputMax: 77, safetyIdentifier: 'hash' }
  assert.deepEqual(bodyOf(open('openai-chat', 'anthropic-messages', { ...chat, user: 'kim', max_tokens: 500 }, edits)),
    { model: 'served', max_tokens: 77, messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }], metadata: { user_id: 'hash' } })
  const { model, max_output_tokens: limit, safety_identifier: identifier } = bodyOf(open('openai-chat', 'openai-responses', chat, edits))
  assert.deepEqual([model, limit, identifier], ['served', 77, 'hash'])
})

void test('a body without a model, as Azure\'s deployment paths have it, takes the route\'s', () => {
  const { model } = bodyOf(open('openai-chat', 'anthropic-messages', { messages: chat['messages'] }, { model: 'served' }))
  assert.equal(model, 'served')
})

void test('a chat upstream is asked for the usage event of a stream wherever the call needs it', () => {
  const request: JsonObject = { model: 'public', max_tokens: 50, stream: true, messages: [{ role: 'user', content: 'Hello' }] }
  assert.deepEqual(bodyOf(open('anthropic-messages', 'openai-chat', request))['stream_options'], { include_usage: true })
  assert.equal(bodyOf(open('anthropic-messages', 'openai-chat', { ...request, stream: false }))['stream_options'], undefined)
})

void test('a chat client sees the usage event of a translated stream only where it asked for it', () => {
  const upstream = 'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","model":"m","usage":{"input_tokens":3,"output_tokens":1}}}\n\n'
    + 'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n'
  for (const asked of [true, false]) {
    const pipe = open('openai-chat', 'anthropic-messages', { ...chat, stream: true, stream_options: { include_usage: asked } }).stream()
    assert.equal(pipe.push(Buffer.from(upstream)).includes('"prompt_tokens":3'), false)
    assert.equal(pipe.end().rest.includes('"prompt_tokens":3'), asked)
    assert.deepEqual(pipe.end().reading.usage?.counts.output, 2)
  }
})

void test('a complete stream without its terminal event is ended for the client; a broken one is not', () => {
  const request: JsonObject = { model: 'public', max_tokens: 50, stream: true, messages: [{ role: 'user', content: 'Hello' }] }
  const started = chunk([{ index: 0, delta: { role: 'assistant', content: 'Hi' }, finish_reason: null }])
  const complete = open('anthropic-messages', 'openai-chat', request).stream()
  complete.push(Buffer.from(started + chunk([{ index: 0, delta: {}, finish_reason: 'stop' }])))
  const ended = complete.end()
  assert.equal(ended.complete, true)
  assert.match(ended.rest.toString(), /event: message_delta[\s\S]*event: message_stop/)

  const broken = open('anthropic-messages', 'openai-chat', request).stream()
  assert.match(broken.push(Buffer.from(started)).toString(), /"text":"Hi"/)
  assert.equal(broken.peek().delivered, 'Hi')
  assert.deepEqual([broken.end().complete, broken.end().rest.length], [false, 0])
})

void test('tool calls as hosts write them: all under index 0, arguments as an object, an end in `stop`; text in parts; errors by the name of their event', () => {
  const request: JsonObject = { model: 'public', max_tokens: 50, stream: true, messages: [{ role: 'user', content: 'Hello' }] }
  const carried = (...pieces: readonly string[]): string => {
    const pipe = open('anthropic-messages', 'openai-chat', request).stream()
    return pipe.push(Buffer.from(pieces.join(''))).toString() + pipe.end().rest.toString()
  }
  const call = (id: string, name: string, given: JsonObject | string): JsonObject => ({ index: 0, id, type: 'function', function: { name, arguments: given } })
  const text = carried(
    chunk([{ index: 0, delta: { content: [{ type: 'text', text: 'Look: ' }] }, finish_reason: null }]), chunk([{ index: 0, delta: { tool_calls: [call('a', 'f', '{"x":1}')] }, finish_reason: null }]),
    chunk([{ index: 0, delta: { tool_calls: [call('b', 'g', { y: 2 })] }, finish_reason: null }]), chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]), 'data: [DONE]\n\n')
  for (const part of ['"text":"Look: "', '"id":"a","name":"f"', '"id":"b","name":"g"', '"partial_json":"{\\"y\\":2}"', '"stop_reason":"tool_use"']) assert.ok(text.includes(part), `${part} in ${text}`)
  assert.match(carried(chunk([{ index: 0, delta: { content: 'Hi' }, finish_reason: null }]), 'event: error\ndata: {"message":"It broke."}\n\n'), /event: error\ndata: .*It broke\./)

  const whole = open('anthropic-messages', 'openai-chat', { ...request, stream: false }).whole(Buffer.from(JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, message: { role: 'assistant', content: [{ type: 'text', text: 'Look: ' }], tool_calls: [call('a', 'f', { x: 1 })] }, finish_reason: 'stop' }] })))
  assert.ok('body' in whole)
  const { content, stop_reason: stop } = JSON.parse(whole.body.toString()) as { content: JsonObject[]; stop_reason: string }
  assert.deepEqual([content.map(({ type }) => type), content[1]?.['input'], stop], [['text', 'tool_use'], { x: 1 }, 'tool_use'])
})

void test('a service that answers 200 with an error is understood as failing', () => {
  const exchange = open('anthropic-messages', 'openai-chat', { model: 'public', max_tokens: 50, messages: [{ role: 'user', content: 'Hello' }] })
  const answer = exchange.whole(Buffer.from('{"error":{"message":"It broke.","type":"server_error","code":"server_error"}}'))
  assert.ok('failed' in answer)
  assert.deepEqual([answer.failed.message, answer.failed.status, answer.failed.retryable], ['It broke.', 500, true])
  assert.equal((JSON.parse(exchange.failed(answer.failed).body.toString()) as JsonObject)['type'], 'error')
})

void test('arguments of a tool that were cut off reach a client of messages as they are', () => {
  const message: JsonObject = { role: 'assistant', content: null, refusal: null, tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":' } }] }
  const answer = open('anthropic-messages', 'openai-chat', { model: 'public', max_tokens: 50, messages: [{ role: 'user', content: 'Hello' }] })
    .whole(Buffer.from(JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, message, finish_reason: 'length' }] })))
  assert.ok('body' in answer)
  const { content, stop_reason: reason } = JSON.parse(answer.body.toString()) as { content: { input: unknown }[]; stop_reason: string }
  assert.deepEqual([content[0]?.input, reason], [{ raw_arguments: '{"a":' }, 'max_tokens'])
})

void test('what has no translation at all is refused', () => {
  const body = Buffer.from('{"model":"m","input":"x"}')
  const ask = readAsk('openai-embeddings', body, 'application/json')
  assert.ok(!isRefusal(ask))
  const exchange = openExchange({ client: 'openai-embeddings', upstream: 'openai-chat', body, contentType: 'application/json', ask, edits: {} })
  assert.deepEqual('code' in exchange ? exchange.code : undefined, 'unsupported_translation')
})
