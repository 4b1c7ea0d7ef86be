import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conversationOf } from './conversation.ts'

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const expected = { turns: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Two and two?' }, { role: 'assistant', content: 'Four.' }] }
const chatRequest = bytes({ model: 'm', n: 1, unheard_of: 1, messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: [{ type: 'text', text: 'Two and two?' }] }] })

test('the same conversation from three wire formats, whole and streamed', () => {
  assert.deepEqual(conversationOf('openai-chat', chatRequest, bytes({ choices: [{ message: { role: 'assistant', content: 'Four.' }, finish_reason: 'stop' }] }), 'application/json'), expected)
  const stream = ['Fo', 'ur.'].map((content) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`).join('')
  assert.deepEqual(conversationOf('openai-chat', chatRequest, Buffer.from(`${stream}data: [DONE]\n\n`), 'text/event-stream; charset=utf-8'), expected)
  const messages = bytes({ model: 'm', max_tokens: 9, system: 'Be brief.', messages: [{ role: 'user', content: 'Two and two?' }] })
  assert.deepEqual(conversationOf('anthropic-messages', messages, bytes({ id: 'msg', type: 'message', content: [{ type: 'text', text: 'Four.' }], stop_reason: 'end_turn' }), 'application/json'), expected)
})

test('what is no plain conversation is named and not guessed', () => {
  const tools = bytes({ choices: [{ message: { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] }, finish_reason: 'tool_calls' }] })
  for (const [dialect, request, response] of [
    ['openai-chat', chatRequest, tools], ['openai-chat', chatRequest, bytes({ choices: [] })], ['openai-chat', Buffer.from('{'), bytes({})], ['openai-embeddings', chatRequest, bytes({})],
    ['openai-chat', bytes({ model: 'm', messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.org/a.png' } }] }] }), bytes({ choices: [{ message: { content: 'Four.' } }] })],
    ['openai-chat', Buffer.from('{"model":"m","messages":[{"role":"user","content":"half of \\ud83d"}]}'), bytes({ choices: [{ message: { content: 'Four.' } }] })],
  ] as const) assert.ok('unusable' in conversationOf(dialect, request, response, 'application/json'), dialect)
})
