import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRefusal, type Exchange, type Pipe } from '../../src/dialects/dialect.ts'
import type { ChatDialect, JsonObject } from '../../src/dialects/part.ts'
import { specificationMissing, validator } from '../openapi.ts'
import { answerFeatures, type AnswerFeature } from './answers.ts'
import { open } from './outcomes.ts'
import { dialectPairs } from './pairs.ts'
import { plain } from './requests.ts'
import { streamOf, wholeOf } from './upstreams.ts'

const schemas: Readonly<Record<ChatDialect, string | undefined>> = { 'openai-chat': 'CreateChatCompletionResponse', 'openai-responses': 'Response', 'anthropic-messages': undefined }
const chunkSchemas: Readonly<Record<ChatDialect, string | undefined>> = { 'openai-chat': 'CreateChatCompletionStreamResponse', 'openai-responses': 'ResponseStreamEvent', 'anthropic-messages': undefined }

function opened(feature: AnswerFeature, client: ChatDialect, upstream: ChatDialect, members: object = {}): Exchange | undefined {
  const exchange = open(client, upstream, { ...plain[client], ...feature.asks?.[client], ...members })
  if (!isRefusal(exchange)) return exchange
  assert.equal(feature.asks?.[client] === undefined, false, `refused: ${exchange.refused}`)
  return undefined
}

/** What of a response repeats the request or is the service's own: the answer is the rest. */
function answerOf(client: ChatDialect, body: JsonObject): JsonObject {
  if (client !== 'openai-responses') return body
  const names = ['id', 'object', 'created_at', 'model', 'status', 'error', 'incomplete_details', 'output', 'usage']
  return Object.fromEntries(names.filter((name) => body[name] !== undefined).map((name) => [name, body[name]]))
}

const counts = { input: 30, cachedInput: 10, output: 12, reasoning: 4 }

for (const feature of answerFeatures) {
  for (const [client, upstream] of dialectPairs) {
    const said = feature.says[upstream]
    if (said === undefined) continue
    const expected = wholeOf[client](feature.shows?.(client, upstream) ?? said)

    void test(`${client} ← ${upstream}: ${feature.name}, whole`, () => {
      const answer = opened(feature, client, upstream)?.whole(Buffer.from(JSON.stringify(wholeOf[upstream](said))))
      if (answer === undefined) return
      assert.ok('body' in answer)
      assert.deepEqual(answerOf(client, JSON.parse(answer.body.toString()) as JsonObject), expected)
      const { cacheWrite: _none, ...read } = answer.reading.usage?.counts ?? {}
      assert.deepEqual(read, counts)
    })

    void test(`${client} ← ${upstream}: ${feature.name}, every composed answer and event as specified`, { skip: specificationMissing }, () => {
      const schema = schemas[client]
      const chunkSchema = chunkSchemas[client]
      const exchange = opened(feature, client, upstream, client === 'openai-chat' ? { stream: true, stream_options: { include_usage: true } } : { stream: true })
      const plainly = opened(feature, client, upstream)
      if (schema === undefined || chunkSchema === undefined || exchange === undefined || plainly === undefined) return
      const whole = plainly.whole(Buffer.from(JSON.stringify(wholeOf[upstream](said))))
      assert.ok('body' in whole)
      assert.deepEqual(validator(schema)(JSON.parse(whole.body.toString())), [])
      const pipe = exchange.stream()
      const bytes = Buffer.concat([pipe.push(Buffer.from(streamOf[upstream](said))), pipe.end().rest]).toString()
      for (const [, event = ''] of bytes.matchAll(/^data: (\{.*)$/gm)) assert.deepEqual(validator(chunkSchema)(JSON.parse(event)), [], event)
    })

    void test(`${client} ← ${upstream}: ${feature.name}, streamed: the terminal event waits for the end, at any cut`, () => {
      const exchange = opened(feature, client, upstream, { stream: true })
      if (exchange === undefined) return
      const bytes = Buffer.from(streamOf[upstream](said))
      const straight = exchange.stream()
      const before = straight.push(bytes).toString()
      assert.equal(straight.finished(), true)
      const { rest, complete, reading } = straight.end()
      assert.equal(complete, true)
      const terminal = { 'openai-chat': /(^|\n\n)data: \[DONE\]\n\n$/, 'openai-responses': /(^|\n\n)event: response\.(completed|incomplete)\n.*\n\n$/, 'anthropic-messages': /(^|\n\n)event: message_stop\n.*\n\n$/ }[client]
      assert.match(rest.toString(), terminal)
      // Nor may the usage of the whole answer leave before its outcome is on record.
      assert.doesNotMatch(before, /\[DONE\]|event: response\.(completed|incomplete)|event: message_(stop|delta)|"prompt_tokens"/)
      const { cacheWrite: _none, ...read } = reading.usage?.counts ?? {}
      assert.deepEqual(read, counts)
      for (let at = 1; at < bytes.length; at += 1) {
        const pipe: Pipe = exchange.stream()
        const first: string = pipe.push(bytes.subarray(0, at)).toString()
        assert.equal(first + pipe.push(bytes.subarray(at)).toString(), before)
        assert.equal(pipe.end().rest.toString(), rest.toString())
      }
    })
  }
}
