/** The same prompt through our translator and through @ai-sdk/anthropic: the same Messages request. */
import { createAnthropic } from '@ai-sdk/anthropic'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRefusal } from '../../src/dialects/dialect.ts'
import type { JsonObject } from '../../src/dialects/part.ts'
import { open } from './outcomes.ts'

type CallOptions = Parameters<ReturnType<ReturnType<typeof createAnthropic>>['doGenerate']>[0]

/** The body that the other library sends for a prompt. */
async function theirs(options: CallOptions): Promise<JsonObject> {
  let sent = '{}'
  const answer = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5', content: [{ type: 'text', text: '{}' }], stop_reason: 'end_turn', stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } }
  const provider = createAnthropic({
    apiKey: 'k',
    fetch: async (_input, init) => {
      sent = init?.body as string
      return new Response(JSON.stringify(answer), { headers: { 'content-type': 'application/json' } })
    },
  })
  await provider('claude-sonnet-4-5').doGenerate(options)
  return JSON.parse(sent) as JsonObject
}

function ours(request: object): JsonObject {
  const exchange = open('openai-chat', 'anthropic-messages', { model: 'claude-sonnet-4-5', ...request })
  assert.ok(!isRefusal(exchange))
  return JSON.parse(exchange.body.toString()) as JsonObject
}

/** A text in place of one block of text, in content of turns and of tool results, is the same to the API. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, key === 'content' && typeof member === 'string' ? [{ type: 'text', text: member }] : normal(member)]))
}

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII='
const schema = { type: 'object' as const, properties: { city: { type: 'string' as const } }, required: ['city'], additionalProperties: false }

void test('system, images, tool calls and results, tools, a choice, sampling', async () => {
  const expected = await theirs({
    prompt: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'text', text: 'What is it?' }, { type: 'file', mediaType: 'image/png', data: { type: 'data', data: pixel } }, { type: 'file', mediaType: 'image/*', data: { type: 'url', url: new URL('https://example.com/a.png') } }] },
      { role: 'assistant', content: [{ type: 'text', text: 'Let me look.' }, { type: 'tool-call', toolCallId: 'call_1', toolName: 'weather', input: { city: 'Oslo' } }, { type: 'tool-call', toolCallId: 'call_2', toolName: 'weather', input: { city: 'Bergen' } }] },
      { role: 'tool', content: [{ type: 'tool-result', toolCallId: 'call_1', toolName: 'weather', output: { type: 'text', value: '7 °C' } }, { type: 'tool-result', toolCallId: 'call_2', toolName: 'weather', output: { type: 'text', value: '9 °C' } }] },
      { role: 'user', content: [{ type: 'text', text: 'And now?' }] },
    ],
    tools: [{ type: 'function', name: 'weather', description: 'Weather of a city', inputSchema: schema }],
    toolChoice: { type: 'required' }, maxOutputTokens: 300, temperature: 0.5, stopSequences: ['END'],
  } as CallOptions)
  const call = (id: string, city: string): object => ({ id, type: 'function', function: { name: 'weather', arguments: JSON.stringify({ city }) } })
  assert.deepEqual(normal(ours({
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'text', text: 'What is it?' }, { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } }, { type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] },
      { role: 'assistant', content: 'Let me look.', tool_calls: [call('call_1', 'Oslo'), call('call_2', 'Bergen')] },
      { role: 'tool', tool_call_id: 'call_1', content: '7 °C' }, { role: 'tool', tool_call_id: 'call_2', content: '9 °C' }, { role: 'user', content: 'And now?' },
    ],
    tools: [{ type: 'function', function: { name: 'weather', description: 'Weather of a city', parameters: schema } }],
    tool_choice: 'required', max_tokens: 300, temperature: 0.5, stop: 'END',
  })), normal(expected))
})

void test('JSON schema output', async () => {
  const expected = await theirs({ prompt: [{ role: 'user', content: [{ type: 'text', text: 'Where?' }] }], responseFormat: { type: 'json', schema }, maxOutputTokens: 300 })
  assert.deepEqual(normal(ours({ messages: [{ role: 'user', content: 'Where?' }], max_tokens: 300, response_format: { type: 'json_schema', json_schema: { name: 'place', schema, strict: true } } })), normal(expected))
})
