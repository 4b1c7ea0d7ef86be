/** The frameworks that most applications use, each with its own reading of the wire. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createAzure } from '@ai-sdk/azure'
import { createOpenAI } from '@ai-sdk/openai'
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { APICallError, embedMany, generateText, jsonSchema, Output, streamText, stepCountIs, tool, type LanguageModel, type ModelMessage } from 'ai'
import { shape } from './clients.ts'
import { house, keys } from './house.ts'

type Made = (model: string) => LanguageModel

const providers: Readonly<Record<string, (url: string, apiKey?: string) => Made>> = {
  'openai responses': (url, apiKey = keys.plain) => createOpenAI({ baseURL: `${url}/v1`, apiKey }),
  'openai chat': (url, apiKey = keys.plain) => (model) => createOpenAI({ baseURL: `${url}/v1`, apiKey }).chat(model),
  'azure responses': (url, apiKey = keys.plain) => createAzure({ baseURL: `${url}/openai`, apiKey }),
  'azure chat by deployment': (url, apiKey = keys.plain) => (model) => createAzure({ baseURL: `${url}/openai`, apiKey, useDeploymentBasedUrls: true, apiVersion: '2024-10-21' }).chat(model),
  anthropic: (url, apiKey = keys.plain) => createAnthropic({ baseURL: `${url}/v1`, apiKey }),
}
const weather = tool({ description: 'Weather', inputSchema: jsonSchema<{ place: string }>({ type: 'object', properties: { place: { type: 'string' } }, required: ['place'], additionalProperties: false }), execute: () => Promise.resolve('sunny') })

for (const [name, make] of Object.entries(providers)) {
  const used = name === 'anthropic' ? 'claude-sonnet-4-6' : 'gpt-4.1'

  test(`ai with ${name}: text, stream, tools in steps, object, errors`, async () => {
    const { url } = await house()
    const model = make(url)(used)
    const whole = await generateText({ model, prompt: 'Tell me of the river.', maxRetries: 0 })
    assert.ok(whole.text.length > 0)
    assert.ok((whole.usage.outputTokens ?? 0) > 0)
    const stream = streamText({ model, prompt: 'Tell me of the river.', maxRetries: 0 })
    let text = ''
    for await (const piece of stream.textStream) text += piece
    assert.ok(text.length > 0)
    assert.ok(((await stream.usage).inputTokens ?? 0) > 0)
    const steps = await generateText({ model, prompt: 'Weather?', tools: { weather }, stopWhen: stepCountIs(3), maxRetries: 0 })
    assert.equal(steps.steps[0]?.toolCalls[0]?.toolName, 'weather')
    assert.ok(steps.text.length > 0)
    const made = await generateText({ model, prompt: 'Who?', output: Output.object({ schema: jsonSchema<{ name: string }>(shape as Parameters<typeof jsonSchema>[0]) }), maxRetries: 0 })
    assert.equal(typeof made.output.name, 'string')
    const refused = await generateText({ model: make(url, 'sk-weir-unknown-000000000000')(used), prompt: 'Hm?', maxRetries: 0 }).catch((error: unknown) => error)
    assert.ok(APICallError.isInstance(refused) && refused.statusCode === 401 && !refused.isRetryable, String(refused))
    assert.match(refused.message, /not known here/)
  })
}

for (const name of ['openai responses', 'azure responses'] as const) {
  test(`ai with ${name}: turns that refer to what the supplier stored, whole, streamed and with tools`, async () => {
    const { url } = await house()
    const model = providers[name]?.(url)(name === 'azure responses' ? 'azure-hosted' : 'gpt-4.1')
    assert.ok(model !== undefined)
    const sent: unknown[] = []
    const first = await generateText({ model, prompt: 'Weather, and then a tale of the river.', tools: { weather }, stopWhen: stepCountIs(3), maxRetries: 0 })
    const messages: ModelMessage[] = [{ role: 'user', content: 'Tell me.' }, ...first.response.messages, { role: 'user', content: 'Go on.' }]
    const second = streamText({ model, messages, maxRetries: 0, include: { requestBody: true } })
    let text = ''
    for await (const piece of second.textStream) text += piece
    sent.push((await second.request).body)
    assert.ok(text.length > 0)
    const third = await generateText({ model, messages: [...messages, ...(await second.response).messages, { role: 'user', content: 'And the end?' }], maxRetries: 0, include: { requestBody: true } })
    sent.push(third.request.body)
    assert.ok(third.text.length > 0)
    for (const body of sent) assert.match(JSON.stringify(body), /item_reference/)
    const stranger = providers[name]?.(url, keys.other)(name === 'azure responses' ? 'azure-hosted' : 'gpt-4.1')
    assert.ok(stranger !== undefined)
    const refused = await generateText({ model: stranger, messages, maxRetries: 0 }).catch((error: unknown) => error)
    assert.ok(APICallError.isInstance(refused) && refused.statusCode === 404, String(refused))
  })
}

test('ai: embeddings', async () => {
  const { url } = await house()
  const { embeddings } = await embedMany({ model: createOpenAI({ baseURL: `${url}/v1`, apiKey: keys.plain }).embedding('text-embedding-3-small'), values: ['a', 'b'] })
  assert.equal(embeddings.length, 2)
})

for (const useResponsesApi of [false, true]) {
  test(`@langchain/openai ${useResponsesApi ? 'responses' : 'chat'}: invoke, stream, tools, structured output, errors`, async () => {
    const { url } = await house()
    const make = (apiKey: string): ChatOpenAI => new ChatOpenAI({ model: 'gpt-4.1', apiKey, useResponsesApi, maxRetries: 0, configuration: { baseURL: `${url}/v1` } })
    const model = make(keys.plain)
    const answer = await model.invoke('Tell me of the river.')
    assert.ok(answer.text.length > 0)
    assert.ok(((answer.usage_metadata as { output_tokens: number } | undefined)?.output_tokens ?? 0) > 0)
    let text = ''
    for await (const chunk of await model.stream('Tell me of the river.')) text += chunk.text
    assert.ok(text.length > 0)
    const called = await model.bindTools([{ type: 'function', function: { name: 'weather', description: 'Weather', parameters: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] } } }], { tool_choice: 'required' }).invoke('Weather?')
    assert.equal(called.tool_calls?.[0]?.name, 'weather')
    const made = await model.withStructuredOutput<{ name: string }>({ title: 'person', ...shape }, { method: 'jsonSchema', strict: true }).invoke('Who?')
    assert.equal(typeof made.name, 'string')
    await assert.rejects(make('sk-weir-unknown-000000000000').invoke('Hm?'), /not known here/)
  })
}

test('@langchain/openai: embeddings', async () => {
  const { url } = await house()
  const made = await new OpenAIEmbeddings({ model: 'text-embedding-3-small', apiKey: keys.plain, configuration: { baseURL: `${url}/v1` } }).embedDocuments(['a', 'b'])
  assert.equal(made.length, 2)
})
