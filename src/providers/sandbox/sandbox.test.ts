import Anthropic from '@anthropic-ai/sdk'
import { Ajv2020 } from 'ajv/dist/2020.js'
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import OpenAI, { AzureOpenAI, toFile } from 'openai'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { specificationMissing, validator } from '../../../test/openapi.ts'
import { systemClock } from '../../kernel/clock.ts'
import { systemTimers } from '../../kernel/timers.ts'
import { startSandbox, type Sandbox } from './sandbox.ts'

async function open(context: TestContext, profile?: unknown): Promise<Sandbox> {
  const sandbox = await startSandbox({ seed: 7, profile, clock: systemClock, timers: systemTimers })
  context.after(() => sandbox.close())
  return sandbox
}

const openai = (sandbox: Sandbox, apiKey = 'sk-one'): OpenAI => new OpenAI({ apiKey, baseURL: `${sandbox.url}/v1`, maxRetries: 0 })
const azure = (sandbox: Sandbox): AzureOpenAI => new AzureOpenAI({ apiKey: 'az-one', endpoint: sandbox.url, apiVersion: '2024-10-21', maxRetries: 0 })
const anthropic = (sandbox: Sandbox): Anthropic => new Anthropic({ apiKey: 'an-one', baseURL: sandbox.url, maxRetries: 0 })

/** Every value conforms to the named schema; passes where the specification is absent. */
function conforms(schema: string, ...values: readonly unknown[]): void {
  if (specificationMissing !== false) return
  const check = validator(schema)
  for (const value of values) assert.deepEqual(check(value), [], JSON.stringify(value))
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of stream) all.push(item)
  return all
}

const weather = { type: 'function', function: { name: 'weather', description: 'Weather in a city', parameters: { type: 'object', properties: { city: { type: 'string' }, unit: { enum: ['c', 'f'] } }, required: ['city', 'unit'], additionalProperties: false } } } as const

test('chat, whole: exact counts, the official client reads it, and the specification admits it', async (context) => {
  const sandbox = await open(context)
  const messages = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'How high is the river today?' }] as const
  const answer = await openai(sandbox).chat.completions.create({ model: 'gpt-4.1', messages: [...messages], max_completion_tokens: 500, metadata: { weir_output_tokens: '133' } })
  conforms('CreateChatCompletionResponse', answer)
  const content = answer.choices[0]?.message.content ?? ''
  assert.equal(answer.usage?.prompt_tokens, countTokens(messages[0].content) + countTokens(messages[1].content))
  assert.equal(answer.usage?.completion_tokens, 133)
  assert.equal(countTokens(content), 133)
  const [entry] = (await sandbox.bill()).entries
  assert.deepEqual(entry?.quantities, { input: answer.usage?.prompt_tokens, output: 133 })
  assert.equal(entry?.cost, (((answer.usage?.prompt_tokens ?? 0) * 2 + 133 * 8) / 1e6).toFixed(6).replace(/0+$/, ''))
})

test('chat, streamed: chunks conform, add up to the usage, and n choices are all billed', async (context) => {
  const sandbox = await open(context)
  const chunks = await collect(await openai(sandbox).chat.completions.create({ model: 'gpt-5-mini', n: 2, messages: [{ role: 'user', content: 'Tell me.' }], stream: true, stream_options: { include_usage: true } }))
  conforms('CreateChatCompletionStreamResponse', ...chunks)
  const text = (index: number): string => chunks.flatMap((chunk) => chunk.choices).filter((choice) => choice.index === index).map((choice) => choice.delta.content ?? '').join('')
  const usage = chunks.at(-1)?.usage
  assert.equal(usage?.completion_tokens_details?.reasoning_tokens, 128)
  assert.equal(usage?.completion_tokens, countTokens(text(0)) + countTokens(text(1)) + 128)
  assert.notEqual(text(0), text(1))
  const silent = await collect(await openai(sandbox).chat.completions.create({ model: 'gpt-4.1', messages: [{ role: 'user', content: 'Tell me.' }], stream: true }))
  assert.ok(silent.every((chunk) => chunk.usage === undefined))
})

test('chat limits: never above, and finish_reason says so', async (context) => {
  const sandbox = await open(context)
  const cut = await openai(sandbox).chat.completions.create({ model: 'gpt-4.1', messages: [{ role: 'user', content: 'Go on.' }], max_tokens: 5 })
  assert.equal(cut.usage?.completion_tokens, 5)
  assert.equal(cut.choices[0]?.finish_reason, 'length')
})

test('chat tools: parallel calls with valid arguments, then an answer', async (context) => {
  const sandbox = await open(context)
  const client = openai(sandbox)
  const tools = [weather, { type: 'function', function: { name: 'time', parameters: { type: 'object', properties: {} } } } as const]
  const first = await client.chat.completions.create({ model: 'gpt-4.1', messages: [{ role: 'user', content: 'Weather and time?' }], tools })
  conforms('CreateChatCompletionResponse', first)
  const calls = first.choices[0]?.message.tool_calls ?? []
  assert.equal(calls.length, 2)
  assert.equal(first.choices[0]?.finish_reason, 'tool_calls')
  const second = await client.chat.completions.create({
    model: 'gpt-4.1', tools, messages: [{ role: 'user', content: 'Weather and time?' }, { role: 'assistant', tool_calls: calls }, ...calls.map((call) => ({ role: 'tool' as const, tool_call_id: call.id, content: 'sunny' }))],
  })
  assert.equal(second.choices[0]?.finish_reason, 'stop')
  const streamed = await client.chat.completions.create({ model: 'gpt-4.1', messages: [{ role: 'user', content: 'Weather?' }], tools: [weather], stream: true }).then(collect)
  conforms('CreateChatCompletionStreamResponse', ...streamed)
  const args = streamed.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []).map((call) => call.function?.arguments ?? '').join('')
  assert.ok(new Ajv2020().compile(weather.function.parameters)(JSON.parse(args)), args)
})

test('chat with a JSON schema gives an instance of it', async (context) => {
  const sandbox = await open(context)
  const schema = weather.function.parameters
  const answer = await openai(sandbox).chat.completions.create({ model: 'gpt-4.1', messages: [{ role: 'user', content: 'JSON please' }], response_format: { type: 'json_schema', json_schema: { name: 'w', strict: true, schema } } })
  assert.ok(new Ajv2020().compile(schema)(JSON.parse(answer.choices[0]?.message.content ?? '')))
})

test('embeddings: floats and base64 carry the same vectors', async (context) => {
  const sandbox = await open(context)
  const client = openai(sandbox)
  const floats = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['one', 'two words'], encoding_format: 'float' })
  conforms('CreateEmbeddingResponse', floats)
  const packed = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['one', 'two words'] })
  assert.equal(packed.data[1]?.embedding.length, 1_536)
  assert.deepEqual(packed.data.map((item) => item.embedding), floats.data.map((item) => item.embedding))
  assert.equal(floats.usage.prompt_tokens, 3)
  const short = await client.embeddings.create({ model: 'text-embedding-3-large', input: [1, 2, 3, 4], dimensions: 8, encoding_format: 'float' })
  assert.equal(short.data[0]?.embedding.length, 8)
  assert.equal(short.usage.prompt_tokens, 4)
  await assert.rejects(client.embeddings.create({ model: 'text-embedding-3-small', input: 'x', dimensions: -1 }), OpenAI.BadRequestError)
})

test('responses: whole, streamed, stored, continued, deleted', async (context) => {
  const sandbox = await open(context)
  const client = openai(sandbox)
  const first = await client.responses.create({ model: 'gpt-5', input: 'How high is the river?', instructions: 'Be brief.', reasoning: { effort: 'low', summary: 'auto' } })
  conforms('Response', first)
  assert.equal(first.usage?.output_tokens, countTokens(first.output_text) + 32)
  assert.deepEqual((await client.responses.retrieve(first.id)).output, first.output)
  const next = await client.responses.create({ model: 'gpt-5', input: 'And tomorrow?', previous_response_id: first.id })
  assert.equal(next.usage?.input_tokens, countTokens('Be brief.') + countTokens('How high is the river?') + countTokens(first.output_text) + countTokens('And tomorrow?'))
  const list = await client.responses.inputItems.list(first.id)
  assert.equal(list.data.length, 1)
  conforms('ResponseItemList', { object: 'list', data: list.data, first_id: list.data[0]?.id, last_id: list.data[0]?.id, has_more: list.has_more })
  const streamed = await collect(await client.responses.create({ model: 'gpt-5', input: 'Stream it', stream: true, reasoning: { summary: 'auto' }, metadata: { weir_output_tokens: '90' } }))
  conforms('ResponseStreamEvent', ...streamed)
  assert.deepEqual(streamed.map((event) => event.sequence_number), streamed.map((_, index) => index))
  const last = streamed.at(-1)
  assert.ok(last?.type === 'response.completed')
  assert.equal(last.response.usage?.output_tokens, 90)
  await client.responses.delete(first.id)
  await assert.rejects(client.responses.retrieve(first.id), OpenAI.NotFoundError)
  await assert.rejects(openai(sandbox, 'sk-other').responses.retrieve(next.id), OpenAI.NotFoundError)
  await assert.rejects(client.responses.create({ model: 'gpt-5', input: 'x', previous_response_id: 'resp_none' }), OpenAI.BadRequestError)
})

test('responses: tools, hosted search, JSON schema, the limit', async (context) => {
  const sandbox = await open(context)
  const client = openai(sandbox)
  const tool = { type: 'function', name: 'weather', parameters: weather.function.parameters, strict: true } as const
  const called = await client.responses.create({ model: 'gpt-4.1', input: 'Weather?', tools: [tool] })
  conforms('Response', called)
  const call = called.output[0]
  assert.ok(call?.type === 'function_call')
  const answered = await client.responses.create({ model: 'gpt-4.1', previous_response_id: called.id, tools: [tool], input: [{ type: 'function_call_output', call_id: call.call_id, output: 'sunny' }] })
  assert.equal(answered.output[0]?.type, 'message')
  const events = await collect(await client.responses.create({ model: 'gpt-4.1', input: 'Weather?', tools: [tool, { type: 'web_search' }], stream: true }))
  conforms('ResponseStreamEvent', ...events)
  assert.ok((await sandbox.bill()).entries.some((entry) => entry.quantities['web_search_call'] === 1))
  const shaped = await client.responses.create({ model: 'gpt-4.1', input: 'JSON', text: { format: { type: 'json_schema', name: 'w', schema: { ...weather.function.parameters } } } })
  assert.ok(new Ajv2020().compile(weather.function.parameters)(JSON.parse(shaped.output_text)))
  const cut = await client.responses.create({ model: 'gpt-4.1', input: 'Go on', max_output_tokens: 16 })
  conforms('Response', cut)
  assert.deepEqual([cut.status, cut.incomplete_details?.reason, cut.usage?.output_tokens], ['incomplete', 'max_output_tokens', 16])
})

test('background responses: polled to the end, cancelled, taken up where the stream broke', async (context) => {
  const sandbox = await open(context, { backgroundMs: 30, perTokenMs: 1 })
  const client = openai(sandbox)
  let response = await client.responses.create({ model: 'gpt-4.1', input: 'Take your time', background: true })
  conforms('Response', response)
  assert.equal(response.status, 'queued')
  while (response.status === 'queued' || response.status === 'in_progress') {
    await new Promise((resolve) => void systemTimers.after(5, () => { resolve(undefined) }))
    response = await client.responses.retrieve(response.id)
  }
  assert.equal(response.status, 'completed')
  assert.ok((response.usage?.output_tokens ?? 0) >= 20)

  const stopped = await client.responses.create({ model: 'gpt-4.1', input: 'Never mind', background: true, metadata: { weir_output_tokens: '5000' } })
  assert.equal((await client.responses.cancel(stopped.id)).status, 'cancelled')
  const { entries } = await sandbox.bill()
  assert.equal(entries.find((entry) => entry.id === stopped.id)?.outcome, 'cancelled')

  const stream = await client.responses.create({ model: 'gpt-4.1', input: 'Stream in the background', background: true, stream: true })
  const seen: number[] = []
  let id = ''
  for await (const event of stream) {
    seen.push(event.sequence_number)
    if (event.type === 'response.created') id = event.response.id
    if (seen.length === 8) break
  }
  const rest = await collect(await client.responses.retrieve(id, { stream: true, starting_after: seen.at(-1) ?? 0 }))
  conforms('ResponseStreamEvent', ...rest)
  assert.equal(rest[0]?.sequence_number, 8)
  assert.equal(rest.at(-1)?.type, 'response.completed')
})

test('messages: whole, streamed, tools, thinking, counted', async (context) => {
  const sandbox = await open(context)
  const client = anthropic(sandbox)
  const request = { model: 'claude-sonnet-4-6', max_tokens: 200, system: 'Be brief.', messages: [{ role: 'user' as const, content: 'How high is the river?' }] }
  const whole = await client.messages.create(request)
  const block = whole.content[0]
  assert.ok(block?.type === 'text')
  assert.equal(whole.usage.output_tokens, countTokens(block.text))
  assert.equal(whole.usage.input_tokens, (await client.messages.countTokens({ model: request.model, system: request.system, messages: request.messages })).input_tokens)
  const streamed = await client.messages.stream(request).finalMessage()
  assert.deepEqual(streamed.content, whole.content)
  assert.deepEqual(streamed.usage.output_tokens, whole.usage.output_tokens)
  const tools = [{ name: 'weather', input_schema: { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] } }]
  const called = await client.messages.stream({ ...request, tools }).finalMessage()
  assert.equal(called.stop_reason, 'tool_use')
  const use = called.content.find((item) => item.type === 'tool_use')
  assert.ok(use && typeof (use.input as { city?: unknown }).city === 'string')
  const answered = await client.messages.create({ ...request, tools, messages: [...request.messages, { role: 'assistant', content: called.content }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: 'sunny' }] }] })
  assert.equal(answered.stop_reason, 'end_turn')
  const thought = await client.messages.stream({ ...request, max_tokens: 4_000, thinking: { type: 'enabled', budget_tokens: 1_024 } }).finalMessage()
  assert.equal(thought.content[0]?.type, 'thinking')
  const cut = await client.messages.create({ ...request, max_tokens: 3 })
  assert.deepEqual([cut.stop_reason, cut.usage.output_tokens], ['max_tokens', 3])
})

test('completions, moderations, images, transcriptions, models', async (context) => {
  const sandbox = await open(context)
  const client = openai(sandbox)
  const completion = await client.completions.create({ model: 'gpt-3.5-turbo-instruct', prompt: ['a', 'b'], n: 2, max_tokens: 9 })
  conforms('CreateCompletionResponse', completion)
  assert.deepEqual([completion.choices.length, completion.usage?.completion_tokens], [4, 36])
  const pieces = await collect(await client.completions.create({ model: 'gpt-3.5-turbo-instruct', prompt: 'a', stream: true, stream_options: { include_usage: true } }))
  assert.equal(pieces.at(-1)?.usage?.completion_tokens, 16)
  const judged = await client.moderations.create({ model: 'omni-moderation-latest', input: ['fine', '[flag] not'] })
  conforms('CreateModerationResponse', judged)
  assert.deepEqual(judged.results.map((result) => result.flagged), [false, true])
  const drawn = await client.images.generate({ model: 'gpt-image-1', prompt: 'a weir', n: 2, quality: 'low' })
  conforms('ImagesResponse', drawn)
  assert.deepEqual([drawn.data?.length, drawn.usage?.output_tokens], [2, 544])
  const audio = await toFile(Buffer.alloc(32_001), 'speech.wav')
  const heard = await client.audio.transcriptions.create({ model: 'whisper-1', file: audio })
  conforms('CreateTranscriptionResponseJson', heard)
  assert.deepEqual((heard as { usage?: unknown }).usage, { type: 'duration', seconds: 3 })
  const spoken = await collect(await client.audio.transcriptions.create({ model: 'gpt-4o-transcribe', file: audio, stream: true }))
  conforms('CreateTranscriptionResponseStreamEvent', ...spoken)
  assert.equal(spoken.at(-1)?.type, 'transcript.text.done')
  const listed = await collect(client.models.list())
  conforms('Model', ...listed)
  assert.equal((await client.models.retrieve('gpt-4.1')).id, 'gpt-4.1')
  await assert.rejects(client.models.retrieve('no-such'), OpenAI.NotFoundError)
  assert.deepEqual((await sandbox.bill()).entries.filter((entry) => entry.cost === null), [])
})

test('Azure: both URL families, its error shape and filter fields, spillover', async (context) => {
  const sandbox = await open(context)
  const client = azure(sandbox)
  const { data, response } = await client.chat.completions.create({ model: 'my-gpt', messages: [{ role: 'user', content: 'Hello' }] }).withResponse()
  assert.equal(response.headers.get('x-ms-deployment-name'), 'my-gpt')
  assert.ok('content_filter_results' in (data.choices[0] ?? {}))
  const chunks = await collect(await client.chat.completions.create({ model: 'my-gpt', messages: [{ role: 'user', content: 'Hello' }], stream: true }))
  assert.ok('prompt_filter_results' in (chunks[0] ?? {}))
  assert.equal((await client.embeddings.create({ model: 'my-embedding', input: 'x' })).data.length, 1)
  assert.equal((await client.images.generate({ model: 'my-images', prompt: 'x' })).data?.length, 1)
  const v1 = new OpenAI({ apiKey: 'az-one', baseURL: `${sandbox.url}/openai/v1`, maxRetries: 0 })
  assert.equal((await v1.responses.create({ model: 'my-gpt', input: 'Hello' })).status, 'completed')
  const full = await client.chat.completions.create({ model: 'ptu', messages: [{ role: 'user', content: 'Hello' }] }, { headers: { 'x-sandbox-fault': 'saturated', 'x-ms-spillover-deployment': 'standard' } }).withResponse()
  assert.deepEqual([full.response.headers.get('x-ms-spillover-from-deployment'), full.response.headers.get('x-ms-deployment-name')], ['ptu', 'standard'])
  await assert.rejects(client.chat.completions.create({ model: 'no-such', messages: [{ role: 'user', content: 'x' }] }), (cause) => cause instanceof OpenAI.NotFoundError && cause.code === 'DeploymentNotFound')
})

test('a suspended account is refused in the words of each surface until it is reinstated', async (context) => {
  const sandbox = await open(context)
  const manage = (key: string, action: string): Promise<Response> => fetch(`${sandbox.url}/_sandbox/accounts/${key}/${action}`, { method: 'POST' })
  for (const key of ['sk-one', 'az-one', 'an-one']) await manage(key, 'suspend')
  const ask = { model: 'gpt-4.1', messages: [{ role: 'user' as const, content: 'x' }] }
  await assert.rejects(openai(sandbox).chat.completions.create(ask), (cause) => cause instanceof OpenAI.AuthenticationError && cause.code === 'account_deactivated')
  await assert.rejects(azure(sandbox).chat.completions.create(ask), (cause) => cause instanceof OpenAI.PermissionDeniedError && cause.code === 'AbusePenalty')
  await assert.rejects(anthropic(sandbox).messages.create({ ...ask, max_tokens: 5 }), Anthropic.PermissionDeniedError)
  assert.equal((await openai(sandbox, 'sk-other').chat.completions.create(ask)).choices.length, 1)
  await manage('sk-one', 'reinstate')
  assert.equal((await openai(sandbox).chat.completions.create(ask)).choices.length, 1)
})

test('the prompt cache, where an account has one', async (context) => {
  const sandbox = await open(context)
  const client = openai(sandbox)
  const ask = { model: 'gpt-4.1', messages: [{ role: 'user' as const, content: 'river water '.repeat(700) }] }
  const cached = async (): Promise<number | undefined> => (await client.chat.completions.create(ask)).usage?.prompt_tokens_details?.cached_tokens
  assert.deepEqual([await cached(), await cached()], [0, 0])
  await fetch(`${sandbox.url}/_sandbox/accounts/sk-one/cache`, { method: 'POST' })
  assert.deepEqual([await cached(), await cached()], [0, 1_400 - (1_400 % 128)])
  await fetch(`${sandbox.url}/_sandbox/accounts/an-one/cache`, { method: 'POST' })
  const marked = { model: 'claude-sonnet-4-6', max_tokens: 5, system: [{ type: 'text' as const, text: 'river water '.repeat(700), cache_control: { type: 'ephemeral' as const } }], messages: [{ role: 'user' as const, content: 'Hi' }] }
  const first = (await anthropic(sandbox).messages.create(marked)).usage
  const second = (await anthropic(sandbox).messages.create(marked)).usage
  assert.deepEqual([first.input_tokens, first.cache_creation_input_tokens, first.cache_read_input_tokens], [1, second.cache_read_input_tokens, 0])
  assert.deepEqual([second.input_tokens, second.cache_creation_input_tokens], [1, 0])
})

test('compressed where asked for: whole and streamed', async (context) => {
  const sandbox = await open(context, { perTokenMs: 1 })
  const options = { headers: { 'x-sandbox-encoding': 'gzip' } }
  const ask = { model: 'gpt-4.1', messages: [{ role: 'user' as const, content: 'Pack it.' }], metadata: { weir_output_tokens: '12' } }
  const whole = await openai(sandbox).chat.completions.create(ask, options).withResponse()
  assert.equal(whole.response.headers.get('content-encoding'), 'gzip')
  const chunks = await openai(sandbox).chat.completions.create({ ...ask, stream: true }, options).then(collect)
  assert.equal(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join(''), whole.data.choices[0]?.message.content)
})

test('texts that stop an answer: chat, completions and messages, whole and streamed', async (context) => {
  const sandbox = await open(context)
  const client = openai(sandbox)
  const ask = { model: 'gpt-4.1', messages: [{ role: 'user' as const, content: 'Go on.' }], metadata: { weir_output_tokens: '80' } }
  const full = (await client.chat.completions.create(ask)).choices[0]?.message.content ?? ''
  const before = full.slice(0, full.indexOf('.'))
  const stopped = await client.chat.completions.create({ ...ask, stop: '.' })
  assert.deepEqual([stopped.choices[0]?.message.content, stopped.choices[0]?.finish_reason, stopped.usage?.completion_tokens], [before, 'stop', countTokens(before)])
  const chunks = await collect(await client.chat.completions.create({ ...ask, stop: ['never', '.'], stream: true }))
  assert.equal(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join(''), before)
  await assert.rejects(client.chat.completions.create({ ...ask, stop: ['a', 'b', 'c', 'd', 'e'] }), (cause) => cause instanceof OpenAI.BadRequestError && cause.param === 'stop')
  const old = await client.completions.create({ model: 'gpt-3.5-turbo-instruct', prompt: 'a', max_tokens: 80, stop: '.' })
  assert.deepEqual([old.choices[0]?.finish_reason, old.choices[0]?.text.includes('.'), old.usage?.completion_tokens], ['stop', false, countTokens(old.choices[0]?.text ?? '')])

  const message = { model: 'claude-sonnet-4-6', max_tokens: 500, messages: [{ role: 'user' as const, content: 'Go on.' }], stop_sequences: ['never', '.'] }
  const options = { headers: { 'x-sandbox-output-tokens': '80' } }
  const said = await anthropic(sandbox).messages.create(message, options)
  const streamed = await anthropic(sandbox).messages.stream(message, options).finalMessage()
  for (const { stop_reason: reason, stop_sequence: sequence, content } of [said, streamed]) assert.deepEqual([reason, sequence, JSON.stringify(content).includes('.')], ['stop_sequence', '.', false])
  assert.deepEqual(streamed.content, said.content)
  await assert.rejects(anthropic(sandbox).messages.create({ ...message, stop_sequences: [' '] }), Anthropic.BadRequestError)
  assert.ok((await sandbox.bill()).entries.every((entry) => entry.cost !== null))
})

test('log probabilities: one entry a token, whole and streamed, in the shapes of chat, responses and completions', async (context) => {
  const sandbox = await open(context)
  const client = openai(sandbox)
  const ask = { model: 'gpt-4.1', messages: [{ role: 'user' as const, content: 'How likely?' }], logprobs: true, top_logprobs: 3 }
  const whole = await client.chat.completions.create(ask)
  conforms('CreateChatCompletionResponse', whole)
  const entries = whole.choices[0]?.logprobs?.content ?? []
  assert.equal(entries.map(({ token }) => token).join(''), whole.choices[0]?.message.content)
  assert.equal(entries.length, whole.usage?.completion_tokens)
  assert.ok(entries.every(({ token, logprob, top_logprobs: top }) => logprob < 0 && top.length === 3 && top[0]?.token === token && top.every((each) => each.logprob <= logprob)))
  const chunks = await collect(await client.chat.completions.create({ ...ask, stream: true }))
  conforms('CreateChatCompletionStreamResponse', ...chunks)
  assert.deepEqual(chunks.flatMap((chunk) => chunk.choices[0]?.logprobs?.content ?? []), entries)
  assert.equal((await client.chat.completions.create({ ...ask, logprobs: false, top_logprobs: null })).choices[0]?.logprobs, null)
  await assert.rejects(client.chat.completions.create({ ...ask, logprobs: false }), (cause) => cause instanceof OpenAI.BadRequestError && cause.param === 'top_logprobs')
  await assert.rejects(client.chat.completions.create({ ...ask, top_logprobs: 21 }), OpenAI.BadRequestError)

  const response = await client.responses.create({ model: 'gpt-4.1', input: 'How likely?', top_logprobs: 2, include: ['message.output_text.logprobs'] })
  conforms('Response', response)
  const [item] = response.output
  const part = item?.type === 'message' ? item.content[0] : undefined
  assert.ok(part?.type === 'output_text' && part.logprobs?.length === response.usage?.output_tokens && part.logprobs?.[0]?.top_logprobs.length === 2)
  const events = await collect(await client.responses.create({ model: 'gpt-4.1', input: 'How likely?', top_logprobs: 2, include: ['message.output_text.logprobs'], stream: true }))
  conforms('ResponseStreamEvent', ...events)
  assert.equal(events.flatMap((event) => (event.type === 'response.output_text.delta' ? event.logprobs : [])).length, response.usage?.output_tokens)

  const old = await client.completions.create({ model: 'gpt-3.5-turbo-instruct', prompt: 'a', logprobs: 2, echo: true })
  conforms('CreateCompletionResponse', old)
  const shown = old.choices[0]?.logprobs
  assert.ok(shown?.tokens?.every((token, index) => old.choices[0]?.text.startsWith(token, shown.text_offset?.[index])))
  assert.equal(shown?.tokens?.length, old.usage?.completion_tokens)
})
