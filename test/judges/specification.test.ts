/** What Weir composes itself conforms to the published specification: translated answers and chunks, faults, lists. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { specificationMissing, validator, type Specification } from '../openapi.ts'
import { house, keys } from './house.ts'
import { hello, shape, tideTool, weatherTool } from './clients.ts'
import { streamPieces, well } from './scripted.ts'

const skip = specificationMissing

async function post(path: string, body: object, key: string = keys.plain, headers: Record<string, string> = {}): Promise<Response> {
  const home = await house()
  return fetch(`${home.url}${path}`, { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
}

function conforms(schema: string, value: unknown): void {
  assert.deepEqual(validator(schema)(value), [], JSON.stringify(value).slice(0, 2_000))
}

const dataOf = (text: string): unknown[] => text.split('\n').filter((line) => line.startsWith('data: ') && line !== 'data: [DONE]').map((line) => JSON.parse(line.slice(6)) as unknown)

const chatRequests: Readonly<Record<string, object>> = {
  plain: {}, 'a limit': { max_completion_tokens: 4 }, tools: { tools: [weatherTool, tideTool], tool_choice: 'required' }, 'a schema': { response_format: { type: 'json_schema', json_schema: { name: 'person', schema: shape, strict: true } } },
  'a stop word': { stop: ['zzz'], temperature: 0.5 },
}
const responsesRequests: Readonly<Record<string, object>> = {
  plain: {}, 'a limit': { max_output_tokens: 30 }, tools: { tools: [{ type: 'function', name: 'weather', parameters: weatherTool.function.parameters, strict: true }], tool_choice: 'required' },
  'a schema': { text: { format: { type: 'json_schema', name: 'person', schema: shape, strict: true } } }, instructions: { instructions: 'Be brief.', metadata: { a: 'b' } },
}

for (const [what, more] of Object.entries(chatRequests)) {
  test(`translated chat with ${what}: whole and streamed`, { skip }, async () => {
    const whole = await post('/v1/chat/completions', { model: 'claude-only', messages: hello, ...more })
    const body: unknown = await whole.json()
    assert.equal(whole.status, 200, JSON.stringify(body))
    conforms('CreateChatCompletionResponse', body)
    const streamed = await post('/v1/chat/completions', { model: 'claude-only', messages: hello, stream: true, stream_options: { include_usage: true }, ...more })
    const chunks = dataOf(await streamed.text())
    assert.ok(chunks.length > 2)
    for (const chunk of chunks) conforms('CreateChatCompletionStreamResponse', chunk)
  })
}

for (const model of ['claude-only', 'chat-only']) {
  for (const [what, more] of Object.entries(responsesRequests)) {
    test(`translated responses over ${model} with ${what}: whole and streamed`, { skip }, async () => {
      const whole = await post('/v1/responses', { model, input: 'Tell me of the river.', store: false, ...more })
      const body: unknown = await whole.json()
      assert.equal(whole.status, 200, JSON.stringify(body))
      conforms('Response', body)
      const events = dataOf(await (await post('/v1/responses', { model, input: 'Tell me of the river.', store: false, stream: true, ...more })).text())
      assert.ok(events.length > 4)
      for (const event of events) conforms('ResponseStreamEvent', event)
    })
  }
}

test('faults of every kind have the shape of the specification', { skip }, async () => {
  const home = await house()
  const faults = [
    await post('/v1/chat/completions', {}, 'sk-weir-unknown-000000000000'), await post('/v1/chat/completions', {}, keys.expired), await post('/v1/chat/completions', { messages: hello }), await post('/v1/chat/completions', { model: 'nothing', messages: hello }),
    await post('/v1/chat/completions', { model: 'gpt-4.1', messages: hello }, keys.poor), await post('/v1/responses', { model: 'unstored', input: 'x', store: true }), await post('/v1/nothing', {}), await fetch(`${home.url}/v1/chat/completions`), await fetch(`${home.url}/v1//models`),
    await post('/v1/chat/completions', { model: 'unreachable', messages: hello }), await post('/v1/embeddings', { model: 'claude-only', input: 'x' }), await fetch(`${home.url}/v1/responses/resp_none`, { headers: { authorization: `Bearer ${keys.plain}` } }),
    await post('/v1/chat/completions', { model: 'claude-only', messages: hello, n: 2 }), await post('/v1/chat/completions', { model: 'claude-only', messages: hello, logit_bias: { 1: 2 } }),
  ]
  for (const response of faults) {
    const body = (await response.json()) as { error: unknown }
    assert.ok(response.status >= 400)
    conforms('ErrorResponse', body)
    assert.match(response.headers.get('x-weir-call-id') ?? '', /^call_/, JSON.stringify(body))
  }
})

test('Azure: faults of every kind have the shape of its specifications, and so has the list of models', { skip }, async () => {
  const home = await house()
  const chat = (deployment: string): string => `/openai/deployments/${deployment}/chat/completions?api-version=2024-10-21`
  const azurePost = (path: string, body: object, key: string = keys.plain): Promise<Response> =>
    fetch(`${home.url}${path}`, { method: 'POST', headers: { 'api-key': key, 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const faults: readonly (readonly [Response, string])[] = [
    [await azurePost(chat('gpt-4.1'), { messages: hello }, 'sk-weir-unknown-000000000000'), 'invalid_api_key'], [await azurePost(chat('gpt-4.1'), { messages: hello }, keys.expired), 'expired_api_key'],
    [await azurePost(chat('nothing'), { messages: hello }), 'model_not_found'], [await azurePost(chat('gpt-4.1'), { messages: hello, n: 'x' }), 'invalid_request'], [await azurePost(chat('gpt-4.1'), { messages: hello }, keys.poor), 'insufficient_quota'],
    [await azurePost('/openai/deployments/gpt-4.1/nothing?api-version=2024-10-21', {}), 'unknown_path'], [await fetch(`${home.url}${chat('gpt-4.1')}`, { headers: { 'api-key': keys.plain } }), 'method_not_allowed'],
    [await azurePost(chat('unreachable'), { messages: hello }), 'upstream_unreachable'], [await azurePost('/openai/v1/responses', { model: 'unstored', input: 'x', store: true }), 'stored_responses_unsupported'],
    [await azurePost('/openai/v1/embeddings', { model: 'claude-only', input: 'x' }), 'unsupported_operation'], [await fetch(`${home.url}/openai/v1/responses/resp_none`, { headers: { 'api-key': keys.plain } }), 'response_not_found'],
  ]
  const conformsTo = (name: string, from: Specification, value: unknown): void => assert.deepEqual(validator(name, from)(value), [], JSON.stringify(value))
  for (const [response, code] of faults) {
    const body = (await response.json()) as { error: { code: string; message: string; type: string } }
    assert.deepEqual([response.status >= 400, body.error.code], [true, code], JSON.stringify(body))
    assert.ok(body.error.message.length > 10)
    conformsTo('errorResponse', 'azure-2024-10-21', body)
    conformsTo('errorResponse', 'azure-2025-03-01-preview', body)
    // The third says that `type` is always "error", which the others and the official client's typed errors do not know.
    conformsTo('AzureErrorResponse', 'azure-v1', { error: { ...body.error, type: 'error' } })
  }
  const list = (path: string): Promise<unknown> => fetch(`${home.url}${path}`, { headers: { 'api-key': keys.plain } }).then((response) => response.json())
  for (const path of ['/openai/v1/models', '/openai/models?api-version=2024-10-21']) {
    const models = (await list(path)) as { data: readonly object[] }
    assert.ok(models.data.length > 10)
    conformsTo('OpenAI.ListModelsResponse', 'azure-v1', models)
  }
  conformsTo('OpenAI.Model', 'azure-v1', await list('/openai/v1/models/gpt-4.1'))
})

test('the error that ends a stream conforms, on both surfaces', { skip }, async () => {
  const { scripted } = await house()
  scripted.tell('k', async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(streamPieces().slice(0, 3).join(''))
    await wait(50)
    response.destroy()
  })
  const chat = dataOf(await (await post('/v1/chat/completions', { model: 'cut', messages: hello, stream: true })).text())
  conforms('ErrorResponse', chat.at(-1))
  const events = dataOf(await (await post('/v1/responses', { model: 'cut', input: 'x', store: false, stream: true })).text())
  for (const event of events) conforms('ResponseStreamEvent', event)
  assert.match(JSON.stringify(events.at(-1)), /upstream_broke|server_error|error/)
  scripted.tell('k', well)
})

test('the list of models conforms', { skip }, async () => {
  const { url } = await house()
  const headers = { authorization: `Bearer ${keys.plain}` }
  conforms('ListModelsResponse', await (await fetch(`${url}/v1/models`, { headers })).json())
  conforms('Model', await (await fetch(`${url}/v1/models/gpt-4.1`, { headers })).json())
})

test('usage and costs of the administration surface conform', { skip }, async () => {
  const home = await house()
  await home.settled()
  const from = Math.floor(performance.timeOrigin / 1_000) - 86_400
  conforms('UsageResponse', await home.admin('GET', `/v1/organization/usage/completions?start_time=${from}&group_by=model`))
  conforms('UsageResponse', await home.admin('GET', `/v1/organization/usage/embeddings?start_time=${from}`))
  conforms('UsageResponse', await home.admin('GET', `/v1/organization/costs?start_time=${from}`))
  await assert.rejects(home.admin('GET', '/v1/organization/costs?start_time=abc'), /: 400 .*start_time: give Unix seconds/)
  await assert.rejects(home.admin('GET', '/v1/organization/usage/completions'), /: 400 .*start_time: give Unix seconds/)
})
