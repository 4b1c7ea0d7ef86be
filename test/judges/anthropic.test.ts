import assert from 'node:assert/strict'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { anthropic, gather } from './clients.ts'

const messages = [{ role: 'user' as const, content: 'Tell me of the river.' }]
const tools = [{ name: 'weather', description: 'Weather', input_schema: { type: 'object' as const, properties: { place: { type: 'string' } }, required: ['place'] } }, { name: 'tide', description: 'Tide', input_schema: { type: 'object' as const, properties: { port: { type: 'string' } }, required: ['port'] } }]

for (const model of ['claude-sonnet-4-6', 'gpt-4.1', 'chat-only']) {
  test(`anthropic: messages, stream and tools with ${model}`, async () => {
    const client = await anthropic()
    const whole = await client.messages.create({ model, messages, max_tokens: 20 })
    assert.equal(whole.stop_reason, 'max_tokens')
    assert.equal(whole.usage.output_tokens, 20)
    const stream = client.messages.stream({ model, messages, max_tokens: 200 })
    const names = (await gather(stream)).map((event) => event.type)
    assert.equal(names[0], 'message_start')
    assert.equal(names.at(-1), 'message_stop')
    assert.ok((await stream.finalMessage()).usage.output_tokens > 0)
    const called = await client.messages.create({ model, messages, max_tokens: 400, tools, tool_choice: { type: 'any' } })
    const uses = called.content.filter((block) => block.type === 'tool_use')
    assert.equal(called.stop_reason, 'tool_use')
    assert.equal(uses.length, 2)
    const answered = await client.messages.create({
      model, max_tokens: 100, tools, messages: [...messages, { role: 'assistant', content: called.content }, { role: 'user', content: uses.map((use) => ({ type: 'tool_result' as const, tool_use_id: use.id, content: 'fine' })) }],
    })
    assert.notEqual(answered.stop_reason, 'tool_use')
  })
}

test('anthropic: count_tokens and models', async () => {
  const client = await anthropic()
  assert.ok((await client.messages.countTokens({ model: 'claude-sonnet-4-6', messages })).input_tokens > 0)
  const names = (await gather(client.models.list())).map((one) => one.id)
  assert.ok(names.includes('claude-sonnet-4-6'))
  assert.equal((await client.models.retrieve('claude-sonnet-4-6')).type, 'model')
})

test('anthropic: typed exceptions', async () => {
  const of = async (key: string, model: string): Promise<unknown> => (await anthropic(key)).messages.create({ model, messages, max_tokens: 5 }).catch((error: unknown) => error)
  const unknown = await of('sk-weir-unknown-000000000000', 'claude-sonnet-4-6')
  assert.ok(unknown instanceof Anthropic.AuthenticationError, String(unknown))
  assert.deepEqual((unknown.error as { error: { type: string } }).error.type, 'authentication_error')
  const missing = await of('sk-weir-judge-plain-000000000000', 'nothing-such')
  assert.ok(missing instanceof Anthropic.NotFoundError, String(missing))
})
