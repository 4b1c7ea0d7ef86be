/** The official clients read what the translators compose: one tiny server plays the composed bytes to them. */
import Anthropic from '@anthropic-ai/sdk'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import { isRefusal } from '../../src/dialects/dialect.ts'
import type { ChatDialect, JsonObject } from '../../src/dialects/part.ts'
import { answerFeatures } from './answers.ts'
import { open } from './outcomes.ts'
import { dialectPairs } from './pairs.ts'
import { plain } from './requests.ts'
import { streamOf, wholeOf } from './upstreams.ts'

/** What the server answers next: set by each test. */
let reply: { readonly status: number; readonly contentType: string; readonly body: Buffer } = { status: 500, contentType: 'text/plain', body: Buffer.alloc(0) }
let server: Server
let url = ''

before(async () => {
  server = createServer((request, response) => {
    request.resume()
    request.on('end', () => response.writeHead(reply.status, { 'content-type': reply.contentType }).end(reply.body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

after(() => {
  server.close()
  server.closeAllConnections()
})

const openai = (): OpenAI => new OpenAI({ apiKey: 'k', baseURL: `${url}/v1`, maxRetries: 0 })
const anthropic = (): Anthropic => new Anthropic({ apiKey: 'k', baseURL: url, maxRetries: 0 })

/** The answer as an official client's stream gathers it. */
const gather: Readonly<Record<ChatDialect, (request: JsonObject) => Promise<object>>> = {
  'openai-chat': async (request) => {
    const stream = openai().chat.completions.stream({ ...request, stream: true, stream_options: { include_usage: true } } as unknown as Parameters<OpenAI['chat']['completions']['stream']>[0])
    // The helper knows no reasoning text: it is gathered from the chunks.
    let reasoning = ''
    stream.on('chunk', ({ choices }) => { reasoning += ((choices[0]?.delta ?? {}) as { reasoning_content?: string }).reasoning_content ?? '' })
    const final = await stream.finalChatCompletion()
    for (const { message } of final.choices) Object.assign(message, { reasoning_content: reasoning })
    return final
  },
  'openai-responses': (request) => openai().responses.stream({ ...request, stream: true } as unknown as Parameters<OpenAI['responses']['stream']>[0]).finalResponse(),
  'anthropic-messages': (request) => anthropic().messages.stream(request as unknown as Parameters<Anthropic['messages']['stream']>[0]).finalMessage(),
}

const ask: Readonly<Record<ChatDialect, (request: JsonObject) => Promise<object>>> = {
  'openai-chat': (request) => openai().chat.completions.create({ ...request, stream: false } as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming),
  'openai-responses': (request) => openai().responses.create({ ...request, stream: false } as unknown as OpenAI.Responses.ResponseCreateParamsNonStreaming),
  'anthropic-messages': (request) => anthropic().messages.create({ ...request, stream: false } as unknown as Anthropic.MessageCreateParamsNonStreaming),
}

/** The members that carry the answer, in one shape for what was said and what a client gathered. */
const essence: Readonly<Record<ChatDialect, (body: JsonObject) => unknown>> = {
  'openai-chat': (body) => {
    const { choices, usage } = body as unknown as OpenAI.ChatCompletion
    const [{ message, finish_reason: finish }] = choices as [OpenAI.ChatCompletion.Choice]
    const calls = message.tool_calls?.map((call) => call.type === 'function' ? [call.id, call.function.name, call.function.arguments] : [])
    return { text: message.content ?? '', refusal: message.refusal ?? '', reasoning: (message as unknown as JsonObject)['reasoning_content'] ?? '', calls: calls ?? [], finish, usage }
  },
  'openai-responses': (body) => {
    const { output, status, incomplete_details: details, usage } = body as unknown as OpenAI.Responses.Response
    const items = output.map((item) => {
      if (item.type === 'message') return item.content.map((part) => part.type === 'output_text' ? ['text', part.text] : ['refusal', part.refusal])
      if (item.type === 'function_call') return ['call', item.call_id, item.name, item.arguments]
      return item.type === 'reasoning' ? ['reasoning', item.summary.map((part) => part.text).join(''), item.encrypted_content ?? ''] : [item.type]
    })
    return { items, status, reason: details?.reason, usage }
  },
  'anthropic-messages': (body) => {
    const { content, stop_reason: reason, stop_sequence: sequence, stop_details: details, usage } = body as unknown as Anthropic.Message
    return { content: content.map((block) => ({ ...block })), reason, sequence, details, usage: { ...usage } }
  },
}

for (const feature of answerFeatures) {
  for (const [client, upstream] of dialectPairs) {
    const said = feature.says[upstream]
    if (said === undefined) continue
    const request: JsonObject = { ...plain[client], ...feature.asks?.[client] }
    const expected = essence[client](wholeOf[client](feature.shows?.(client, upstream) ?? said))

    void test(`the official client gathers from ${client} ← ${upstream}: ${feature.name}`, async () => {
      const exchange = open(client, upstream, client === 'openai-chat' ? { ...request, stream: true, stream_options: { include_usage: true } } : { ...request, stream: true })
      if (isRefusal(exchange)) return assert.notEqual(feature.asks?.[client], undefined)
      const pipe = exchange.stream()
      reply = { status: 200, contentType: 'text/event-stream', body: Buffer.concat([pipe.push(Buffer.from(streamOf[upstream](said))), pipe.end().rest]) }
      assert.deepEqual(essence[client](await gather[client](request) as JsonObject), expected)

      const said200 = Buffer.from(JSON.stringify(wholeOf[upstream](said)))
      const unstreamed = exchange.whole(said200)
      assert.ok('body' in unstreamed)
      reply = { status: 200, contentType: 'text/event-stream', body: unstreamed.body }
      assert.deepEqual(essence[client](await gather[client](request) as JsonObject), expected, 'from a host that ignores stream')

      const plainly = open(client, upstream, request)
      assert.ok(!isRefusal(plainly))
      const answer = plainly.whole(said200)
      assert.ok('body' in answer)
      reply = { status: 200, contentType: 'application/json', body: answer.body }
      assert.deepEqual(essence[client](await ask[client](request) as JsonObject), expected)
    })
  }
}

const upstreamErrors: Readonly<Record<ChatDialect, (status: number) => string>> = {
  'openai-chat': () => JSON.stringify({ error: { message: 'Slow down.', type: 'requests', param: null, code: 'rate_limit_exceeded' } }),
  'openai-responses': () => JSON.stringify({ error: { message: 'Slow down.', type: 'requests', param: null, code: 'rate_limit_exceeded' } }),
  'anthropic-messages': () => JSON.stringify({ type: 'error', error: { type: 'rate_limit_error', message: 'Slow down.' } }),
}

for (const [client, upstream] of dialectPairs) {
  void test(`the official client raises its typed error from ${client} ← ${upstream}`, async () => {
    const exchange = open(client, upstream, plain[client])
    assert.ok(!isRefusal(exchange))
    const { error, body, contentType } = exchange.error(429, { 'retry-after': '2' }, Buffer.from(upstreamErrors[upstream](429)))
    assert.equal(error.kind, 'rate-limited')
    assert.equal(error.retryAfterMs, 2000)
    reply = { status: 429, contentType, body }
    await assert.rejects(ask[client](plain[client]), (raised) => raised instanceof (client === 'anthropic-messages' ? Anthropic.RateLimitError : OpenAI.RateLimitError) && raised.message.includes('Slow down.'))
  })

  void test(`the official client raises an error inside a stream from ${client} ← ${upstream}`, async () => {
    const exchange = open(client, upstream, { ...plain[client], stream: true })
    assert.ok(!isRefusal(exchange))
    const failing = {
      'openai-chat': 'data: {"error":{"message":"It broke.","type":"server_error","code":"server_error"}}\n\n',
      'openai-responses': 'event: error\ndata: {"type":"error","code":"server_error","message":"It broke.","param":null,"sequence_number":9}\n\n',
      'anthropic-messages': 'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"It broke."}}\n\n',
    }[upstream]
    const started = streamOf[upstream]({ blocks: [{ text: 'Hello' }], end: 'stop' }).split('\n\n').slice(0, 4).join('\n\n')
    const pipe = exchange.stream()
    const leaving = pipe.push(Buffer.from(`${started}\n\n${failing}`))
    const { rest, reading, complete } = pipe.end()
    assert.equal(complete, false)
    assert.equal(reading.failure?.message, 'It broke.')
    assert.match(rest.toString(), /It broke\./)
    reply = { status: 200, contentType: 'text/event-stream', body: Buffer.concat([leaving, rest]) }
    if (client === 'openai-responses') {
      const failed = await gather[client](plain[client]).catch((cause: unknown) => cause)
      assert.ok(failed instanceof Error || (failed as { status?: string }).status === 'failed')
    } else await assert.rejects(gather[client](plain[client]), /It broke\./)
  })

  void test(`an open stream is ended by an error that the official client raises: ${client} ← ${upstream}`, async () => {
    const exchange = open(client, upstream, { ...plain[client], stream: true })
    assert.ok(!isRefusal(exchange))
    const pipe = exchange.stream()
    const leaving = pipe.push(Buffer.from(streamOf[upstream]({ blocks: [{ text: 'Hello' }], end: 'stop' }).split('\n\n').slice(0, 3).join('\n\n') + '\n\n'))
    reply = { status: 200, contentType: 'text/event-stream', body: Buffer.concat([leaving, pipe.abort('The upstream fell silent.', 'timeout')]) }
    assert.equal(pipe.end().complete, false)
    await assert.rejects(gather[client](plain[client]), /fell silent/)
  })
}
