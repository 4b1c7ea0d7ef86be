/** Hosts that answer in one piece although a stream was asked for: the official clients get their stream all the same, with exact usage. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type Anthropic from '@anthropic-ai/sdk'
import { anthropic, hello, openai } from './clients.ts'
import { house, keys } from './house.ts'
import { completionText, type Script } from './scripted.ts'

const calling = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"place":"Bern"}' } }
const whole = (more: object = {}): string => {
  const answer = JSON.parse(completionText('all is well')) as { choices: { message: object }[] }
  const [choice] = answer.choices
  return JSON.stringify({ ...answer, choices: [{ ...choice, message: { ...choice?.message, reasoning_content: 'Hm.', ...more } }] })
}
const says = (text: string): Script => (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(text)
const tools = [{ name: 'weather', parameters: { type: 'object', properties: {} } }]

async function telling(text: string): Promise<void> {
  const { scripted } = await house()
  scripted.tell('odd', says(text))
}

test('openai chat, bytes that pass: one chunk with all that the host said, usage only where it was asked for', async () => {
  await telling(whole({ tool_calls: [calling] }))
  const client = await openai()
  const body = { model: 'odd', messages: hello } as const
  const seen = client.chat.completions.stream({ ...body, stream_options: { include_usage: true } })
  const chunks = []
  for await (const chunk of seen) chunks.push(chunk)
  const final = await seen.finalChatCompletion()
  assert.equal(final.choices[0]?.message.content, 'all is well')
  assert.deepEqual(final.choices[0].message.tool_calls?.map((call) => call.type === 'function' && call.function.arguments), ['{"place":"Bern"}'])
  assert.equal((chunks[0]?.choices[0]?.delta as { reasoning_content?: string } | undefined)?.reasoning_content, 'Hm.')
  assert.equal(final.usage?.total_tokens, 10)
  const unasked = []
  for await (const chunk of await client.chat.completions.create({ ...body, stream: true })) unasked.push(chunk)
  assert.ok(unasked.length > 0 && unasked.every((chunk) => !('usage' in chunk)), JSON.stringify(unasked))
})

test('openai responses and anthropic messages, translated: every event that the clients wait for', async () => {
  await telling(whole({ tool_calls: [calling] }))
  const response = await (await openai()).responses.stream({ model: 'odd', input: 'Hello', tools: tools.map((tool) => ({ type: 'function', strict: false, ...tool })) }).finalResponse()
  assert.equal(response.output_text, 'all is well')
  assert.deepEqual(response.output.map(({ type }) => type), ['reasoning', 'message', 'function_call'])
  assert.deepEqual([response.usage?.input_tokens, response.usage?.output_tokens], [7, 3])
  const message = await (await anthropic()).messages.stream({ model: 'odd', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }], tools: tools.map(({ name, parameters }) => ({ name, input_schema: parameters as { type: 'object' } })) }).finalMessage()
  assert.deepEqual(message.content.filter(({ type }) => type !== 'thinking').map((part) => part.type === 'text' ? part.text : part.type === 'tool_use' ? part.input : part), ['all is well', { place: 'Bern' }])
  assert.deepEqual([message.usage.input_tokens, message.usage.output_tokens, message.stop_reason], [7, 3, 'tool_use'])
})

test('openai responses, bytes that pass: each item and its text, and what the host said at the end', async () => {
  const { scripted, admin, settled } = await house()
  const response = {
    id: 'resp_whole', object: 'response', created_at: 1_790_000_000, status: 'completed', model: 'gpt-4.1', host: 'its own',
    output: [
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm.' }] },
      { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: 'all is well', annotations: [] }, { type: 'refusal', refusal: 'but this' }] },
      { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'weather', arguments: '{"place":"Bern"}', status: 'completed' },
    ],
    usage: { input_tokens: 7, input_tokens_details: { cached_tokens: 2 }, output_tokens: 3, output_tokens_details: { reasoning_tokens: 1 }, total_tokens: 10 },
  }
  scripted.tell('keeping', says(JSON.stringify(response)))
  const client = await openai()
  const stream = client.responses.stream({ model: 'keeping', input: 'Hello' })
  const seen: string[] = []
  for await (const event of stream) seen.push(event.type === 'response.output_text.delta' ? event.delta : event.type)
  const final = await stream.finalResponse()
  assert.deepEqual([final.output_text, final.output.map(({ type }) => type), (final as unknown as { host: string }).host], ['all is well', ['reasoning', 'message', 'function_call'], 'its own'])
  assert.deepEqual([seen[0], seen.at(-1), seen.includes('all is well')], ['response.created', 'response.completed', true])
  const incomplete = await client.responses.create({ model: 'keeping', input: 'Hello', stream: true }).withResponse()
  await Array.fromAsync(incomplete.data)
  await settled()
  const { attempts } = await admin<{ attempts: object[] }>('GET', `/admin/v1/calls/${incomplete.response.headers.get('x-weir-call-id')}`)
  assert.partialDeepStrictEqual(attempts, [{ source: 'reported', outcome: 'complete', input_tokens: 7, cached_input_tokens: 2, output_tokens: 3 }])
  scripted.tell('keeping', says(JSON.stringify({ ...response, id: 'resp_failed', status: 'failed', output: [], error: { code: 'server_error', message: 'it broke' } })))
  const failed = await Array.fromAsync(await client.responses.create({ model: 'keeping', input: 'Hello', stream: true }))
  assert.equal(failed.at(-1)?.type, 'response.failed')
})

test('anthropic messages, bytes that pass: each block as it is gathered from deltas, usage exact', async () => {
  const { scripted, admin, settled } = await house()
  const message = {
    id: 'msg_whole', type: 'message', role: 'assistant', model: 'claude-sonnet-4-6', stop_reason: 'tool_use', stop_sequence: null, stop_details: null, container: null,
    content: [
      { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' }, { type: 'redacted_thinking', data: 'eA==' },
      { type: 'text', text: 'all is well', citations: [{ type: 'char_location', cited_text: 'all', document_index: 0, document_title: null, start_char_index: 0, end_char_index: 3, file_id: null }] },
      { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { place: 'Bern' } },
    ],
    usage: { input_tokens: 5, cache_read_input_tokens: 2, cache_creation_input_tokens: 0, output_tokens: 3, service_tier: 'standard' },
  }
  scripted.tell('odd', says(JSON.stringify(message)))
  const stream = (await anthropic()).messages.stream({ model: 'odd-claude', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] })
  const texts: string[] = []
  stream.on('text', (text) => texts.push(text))
  const final = await stream.finalMessage()
  const { parsed_output: _, ...gathered } = final as Anthropic.Message & { parsed_output: unknown }
  assert.deepEqual(JSON.parse(JSON.stringify(gathered)), message)
  assert.deepEqual(texts, ['all is well'])
  await settled()
  const { attempts } = await admin<{ attempts: object[] }>('GET', `/admin/v1/calls/${stream.response?.headers.get('x-weir-call-id')}`)
  assert.partialDeepStrictEqual(attempts, [{ source: 'reported', outcome: 'complete', input_tokens: 7, cached_input_tokens: 2, output_tokens: 3 }])
})

test('what it used is reported, and the answer is a stream', async () => {
  await telling(whole())
  const { url, admin, settled } = await house()
  const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${keys.plain}`, 'content-type': 'application/json' }, body: JSON.stringify({ model: 'odd', messages: hello, stream: true }) })
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/)
  assert.match(await response.text(), /\ndata: \[DONE\]\n\n$/)
  await settled()
  const { attempts } = await admin<{ attempts: { source: string; outcome: string; output_tokens: number }[] }>('GET', `/admin/v1/calls/${response.headers.get('x-weir-call-id')}`)
  assert.deepEqual(attempts.map(({ source, outcome, output_tokens }) => [source, outcome, output_tokens]), [['reported', 'complete', 3]])
})
