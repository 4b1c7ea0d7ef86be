import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { azure, gather, hello, openai, tideTool, wav, weatherTool } from './clients.ts'
import { house, keys } from './house.ts'

test('AzureOpenAI: deployment paths, whole and streamed, tools, embeddings, completions, images, transcription', async () => {
  const client = await azure()
  const whole = await client.chat.completions.create({ model: 'gpt-4.1', messages: hello, max_tokens: 9 })
  assert.equal(whole.usage?.completion_tokens, 9)
  const chunks = await gather(await client.chat.completions.create({ model: 'gpt-4.1', messages: hello, stream: true, stream_options: { include_usage: true } }))
  assert.ok((chunks.at(-1)?.usage?.total_tokens ?? 0) > 0)
  const tools = await client.chat.completions.create({ model: 'gpt-4.1', messages: hello, tools: [weatherTool, tideTool], tool_choice: 'required' })
  assert.equal(tools.choices[0]?.message.tool_calls?.length, 2)
  assert.equal((await client.embeddings.create({ model: 'text-embedding-3-small', input: ['a', 'b'] })).data.length, 2)
  assert.ok((await client.completions.create({ model: 'gpt-3.5-turbo-instruct', prompt: 'Once', max_tokens: 3 })).choices.length > 0)
  assert.ok(((await client.images.generate({ model: 'gpt-image-1', prompt: 'a boat' })).data?.length ?? 0) > 0)
  assert.equal(typeof (await client.audio.transcriptions.create({ model: 'whisper-1', file: wav() })).text, 'string')
})

test('AzureOpenAI: an Azure upstream, with its content-filter fields passed on', async () => {
  const client = await azure('azure-hosted')
  const whole = await client.chat.completions.create({ model: '', messages: hello })
  assert.ok('content_filter_results' in (whole.choices[0] ?? {}), JSON.stringify(whole))
  assert.ok('prompt_filter_results' in whole)
  const chunks = await gather(await client.chat.completions.create({ model: 'ignored', messages: hello, stream: true }))
  assert.ok(chunks.some((chunk) => 'prompt_filter_results' in chunk))
})

test('AzureOpenAI: a bearer token in place of the api-key', async () => {
  const client = await azure(undefined, { apiKey: undefined, azureADTokenProvider: () => Promise.resolve(keys.plain) })
  assert.ok((await client.chat.completions.create({ model: 'gpt-4.1', messages: hello })).choices.length > 0)
})

test('AzureOpenAI: errors in Azure’s shape raise the typed exceptions', async () => {
  const wrong = await azure('gpt-4.1', { apiKey: 'sk-weir-unknown-000000000000' })
  await assert.rejects(wrong.chat.completions.create({ model: '', messages: hello }), (error) => error instanceof OpenAI.AuthenticationError && error.code === 'invalid_api_key')
  await assert.rejects((await azure('nothing-such')).chat.completions.create({ model: '', messages: hello }), (error) => error instanceof OpenAI.NotFoundError && error.code === 'model_not_found')
})

test('openai on /openai/v1: chat, responses, stored, models', async () => {
  const home = await house()
  const client = await openai(keys.plain, { baseURL: `${home.url}/openai/v1`, defaultHeaders: { 'api-key': keys.plain } })
  assert.ok((await client.chat.completions.create({ model: 'gpt-4.1', messages: hello })).choices.length > 0)
  const made = await client.responses.create({ model: 'azure-hosted', input: 'Tell me.' })
  assert.equal((await client.responses.retrieve(made.id)).id, made.id)
  const events = await gather(await client.responses.create({ model: 'azure-hosted', input: 'Tell me.', stream: true }))
  assert.equal(events.at(-1)?.type, 'response.completed')
  assert.ok((await gather(await client.models.list())).length > 5)
})
