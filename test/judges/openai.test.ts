import assert from 'node:assert/strict'
import { test } from 'node:test'
import type OpenAI from 'openai'
import { until } from '../../demo/until.ts'
import { gather, hello, openai, shape, tideTool, wav, weatherTool } from './clients.ts'

const model = 'gpt-4.1'

test('openai: chat, whole, with the headers that Weir adds', async () => {
  const { data, response } = await (await openai()).chat.completions.create({ model, messages: hello, max_completion_tokens: 12 }).withResponse()
  assert.equal(data.choices[0]?.finish_reason, 'length')
  assert.equal(data.usage?.completion_tokens, 12)
  assert.match(response.headers.get('x-weir-call-id') ?? '', /^call_/)
  assert.equal(response.headers.get('x-weir-deployment'), 'hosted/gpt-4.1')
  assert.equal(response.headers.get('x-weir-attempts'), '1')
  assert.ok(Number(response.headers.get('x-weir-cost')) > 0)
  assert.equal(response.headers.get('x-weir-currency'), 'USD')
})

test('openai: chat, streamed, with usage only where it was asked for', async () => {
  const client = await openai()
  const plain = await gather(await client.chat.completions.create({ model, messages: hello, stream: true }))
  assert.ok(plain.every((chunk) => chunk.usage === undefined || chunk.usage === null))
  const asked = await gather(await client.chat.completions.create({ model, messages: hello, stream: true, stream_options: { include_usage: true } }))
  assert.ok((asked.at(-1)?.usage?.completion_tokens ?? 0) > 0)
  const words = (chunks: readonly OpenAI.ChatCompletionChunk[]): string => chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')
  assert.equal(words(plain), words(asked))
})

test('openai: chat tools, in parallel, answered, and the runner', async () => {
  const client = await openai()
  const first = await client.chat.completions.create({ model, messages: hello, tools: [weatherTool, tideTool], tool_choice: 'required' })
  const calls = first.choices[0]?.message.tool_calls ?? []
  assert.equal(first.choices[0]?.finish_reason, 'tool_calls')
  assert.equal(calls.length, 2)
  const results = calls.map((call) => ({ role: 'tool' as const, tool_call_id: call.id, content: '{"ok":true}' }))
  const second = await client.chat.completions.create({ model, messages: [...hello, first.choices[0]!.message, ...results], tools: [weatherTool, tideTool] })
  assert.equal(second.choices[0]?.finish_reason, 'stop')
  const given: unknown[] = []
  const runner = client.chat.completions.runTools({
    model, messages: hello, stream: true,
    tools: [{ type: 'function', function: { ...weatherTool.function, parse: JSON.parse, function: (input: unknown) => { given.push(input); return 'sunny' } } }],
  })
  assert.ok(((await runner.finalContent()) ?? '').length > 0)
  assert.ok(given.length > 0)
})

test('openai: chat with a JSON schema, parsed by the client; n choices; one tool at a time', async () => {
  const client = await openai()
  const parsed = await client.chat.completions.parse({ model, messages: hello, response_format: { type: 'json_schema', json_schema: { name: 'person', schema: shape, strict: true } } })
  const value = parsed.choices[0]?.message.parsed as { name: string; age: number } | null | undefined
  assert.equal(typeof value?.name, 'string')
  assert.ok(Number.isInteger(value?.age))
  const many = await client.chat.completions.create({ model, messages: hello, n: 3, max_tokens: 4 })
  assert.deepEqual(many.choices.map((choice) => choice.index), [0, 1, 2])
  const single = await client.chat.completions.create({ model, messages: hello, tools: [weatherTool, tideTool], tool_choice: 'required', parallel_tool_calls: false })
  assert.equal(single.choices[0]?.message.tool_calls?.length, 1)
})

test('openai: responses, whole, streamed, tools, schema, continued', async () => {
  const client = await openai()
  const whole = await client.responses.create({ model, input: 'Tell me of the river.' })
  assert.ok(whole.output_text.length > 0)
  const events = await gather(await client.responses.create({ model, input: 'Tell me of the river.', stream: true }))
  assert.equal(events[0]?.type, 'response.created')
  assert.equal(events.at(-1)?.type, 'response.completed')
  const next = await client.responses.create({ model, input: 'And then?', previous_response_id: whole.id })
  assert.equal(next.previous_response_id, whole.id)
  const other = await client.responses.create({ model: 'gpt-4.1-mini', input: 'And in other words?', previous_response_id: whole.id })
  assert.equal(other.previous_response_id, whole.id, 'another model of the same account')
  const tools = await client.responses.create({ model, input: 'Weather?', tools: [{ type: 'function', name: 'weather', parameters: weatherTool.function.parameters, strict: true }], tool_choice: 'required' })
  assert.equal(tools.output.filter((item) => item.type === 'function_call').length, 1)
  const parsed = await client.responses.parse({ model, input: 'Who?', text: { format: { type: 'json_schema', name: 'person', schema: shape, strict: true } } })
  assert.equal(typeof (parsed.output_parsed as { name: string } | null)?.name, 'string')
})

test('openai: stored responses: retrieve, input items, delete, gone', async () => {
  const client = await openai()
  const made = await client.responses.create({ model, input: 'Keep this.' })
  assert.equal((await client.responses.retrieve(made.id)).output_text, made.output_text)
  assert.equal((await client.responses.inputItems.list(made.id)).data.length, 1)
  await client.responses.delete(made.id)
  await assert.rejects(client.responses.retrieve(made.id), { status: 404 })
})

test('openai: background responses: polled to the end, cancelled, a stream taken up where it broke', async () => {
  const client = await openai()
  const one = await client.responses.create({ model, input: 'Take your time.', background: true })
  assert.match(one.status ?? '', /queued|in_progress/)
  await until('its end', () => client.responses.retrieve(one.id), ({ status }) => status === 'completed')
  const doomed = await client.responses.create({ model, input: 'Never mind.', background: true })
  assert.match((await client.responses.cancel(doomed.id)).status ?? '', /cancelled|completed/)
  const stream = await client.responses.create({ model, input: 'Stream in the background.', background: true, stream: true })
  let cursor = 0
  let id = ''
  for await (const event of stream) {
    if (event.type === 'response.created') id = event.response.id
    cursor = event.sequence_number
    if (cursor >= 2) break
  }
  const rest = await gather(await client.responses.retrieve(id, { stream: true, starting_after: cursor }))
  assert.equal(rest[0]?.sequence_number, cursor + 1)
  assert.equal(rest.at(-1)?.type, 'response.completed')
})

test('openai: embeddings as floats and as base64', async () => {
  const client = await openai()
  const floats = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['one', 'two'], encoding_format: 'float' })
  // The client asks for base64 by itself and decodes it.
  const decoded = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['one', 'two'] })
  assert.equal(floats.data.length, 2)
  assert.ok(Math.abs((floats.data[1]?.embedding[3] ?? 0) - (decoded.data[1]?.embedding[3] ?? 9)) < 1e-6)
  const raw = await client.embeddings.create({ model: 'text-embedding-3-small', input: 'one', encoding_format: 'base64' })
  assert.equal(typeof raw.data[0]?.embedding, 'string')
})

test('openai: completions, moderations, images, transcription', async () => {
  const client = await openai()
  const completed = await client.completions.create({ model: 'gpt-3.5-turbo-instruct', prompt: 'Once', max_tokens: 5 })
  assert.equal(completed.usage?.completion_tokens, 5)
  const streamed = await gather(await client.completions.create({ model: 'gpt-3.5-turbo-instruct', prompt: 'Once', max_tokens: 5, stream: true }))
  assert.ok(streamed.length > 1)
  assert.equal((await client.moderations.create({ model: 'omni-moderation-latest', input: 'a calm day' })).results[0]?.flagged, false)
  assert.equal((await client.moderations.create({ input: 'a calm day' })).model, 'omni-moderation-latest')
  assert.ok(((await client.images.generate({ model: 'gpt-image-1', prompt: 'a boat', size: '1024x1024' })).data?.[0]?.b64_json ?? '').length > 0)
  assert.equal(typeof (await client.audio.transcriptions.create({ model: 'whisper-1', file: wav() })).text, 'string')
})

test('openai: models, only those that the key may use', async () => {
  const client = await openai()
  const names = (await gather(await client.models.list())).map((one) => one.id)
  assert.ok(names.includes('gpt-4.1') && names.includes('spilling'))
  assert.equal((await client.models.retrieve('family/member')).id, 'family/member')
  await assert.rejects(client.models.retrieve('nothing-such'), { status: 404, code: 'model_not_found' })
})

test('openai: the other two dialects behind the chat and responses surfaces', async () => {
  const client = await openai()
  const chat = await client.chat.completions.create({ model: 'claude-only', messages: hello, tools: [weatherTool], tool_choice: 'required' })
  assert.equal(chat.choices[0]?.finish_reason, 'tool_calls')
  const chunks = await gather(await client.chat.completions.create({ model: 'claude-only', messages: hello, stream: true, stream_options: { include_usage: true } }))
  assert.ok((chunks.at(-1)?.usage?.total_tokens ?? 0) > 0)
  assert.ok((await client.responses.create({ model: 'claude-only', input: 'Tell me.', store: false })).output_text.length > 0)
  assert.ok((await client.responses.create({ model: 'chat-only', input: 'Tell me.', store: false })).output_text.length > 0)
})
