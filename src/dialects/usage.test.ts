import assert from 'node:assert/strict'
import { test } from 'node:test'
import { extractUsage, findProvider } from '@pydantic/genai-prices'
import { nonsense, type Counts } from '../kernel/meters.ts'
import { messagesCounts } from './anthropic-messages/usage.ts'
import { chatCounts } from './openai-chat/usage.ts'
import { imageCounts } from './openai-images/usage.ts'
import { responsesCounts } from './openai-responses/usage.ts'
import { transcriptionCounts } from './openai-transcriptions/usage.ts'

/** What an outsider reads from the same usage, in our words; a zero and an absence are the same to it. */
function outsider(providerId: string, flavour: string, model: string, usage: object): Counts {
  const provider = findProvider({ providerId })
  assert.ok(provider !== undefined)
  const { usage: read } = extractUsage(provider, { model, usage }, flavour)
  const long = (usage as { cache_creation?: { ephemeral_1h_input_tokens?: number } }).cache_creation?.ephemeral_1h_input_tokens ?? 0
  return withoutZeros({
    input: read.input_tokens ?? 0, cachedInput: read.cache_read_tokens ?? 0, cacheWrite: (read.cache_write_tokens ?? 0) - long, cacheWriteLong: long,
    audioInput: read.input_audio_tokens ?? 0, output: read.output_tokens ?? 0, audioOutput: read.output_audio_tokens ?? 0,
  })
}

const withoutZeros = (counts: Counts): Counts => Object.fromEntries(Object.entries(counts).filter(([field, value]) => value !== 0 && field !== 'reasoning'))

test('usage agrees with what genai-prices extracts', () => {
  const chat = { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150, prompt_tokens_details: { cached_tokens: 20, audio_tokens: 30 }, completion_tokens_details: { reasoning_tokens: 10, audio_tokens: 5, accepted_prediction_tokens: 3, rejected_prediction_tokens: 2 } }
  assert.deepEqual(withoutZeros(chatCounts(chat)), outsider('openai', 'chat', 'gpt-4o-audio-preview', chat))
  const responses = { input_tokens: 75, input_tokens_details: { cached_tokens: 5 }, output_tokens: 1186, output_tokens_details: { reasoning_tokens: 1024 }, total_tokens: 1261 }
  assert.deepEqual(withoutZeros(responsesCounts(responses)), outsider('openai', 'responses', 'gpt-5', responses))
  const messages = { input_tokens: 11, cache_creation_input_tokens: 30, cache_read_input_tokens: 100, cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 }, output_tokens: 6 }
  assert.deepEqual(withoutZeros(messagesCounts(messages)), outsider('anthropic', 'default', 'claude-sonnet-4-5', messages))
})

test('counts are whole: totals include their parts', () => {
  const chat = chatCounts({ prompt_tokens: 100, completion_tokens: 50, prompt_tokens_details: { cached_tokens: 20, audio_tokens: 30 }, completion_tokens_details: { reasoning_tokens: 10, audio_tokens: 5, rejected_prediction_tokens: 2 } })
  assert.deepEqual(chat, { input: 100, cachedInput: 20, audioInput: 30, output: 50, reasoning: 10, audioOutput: 5 })
  assert.equal(nonsense(chat), undefined)
  assert.deepEqual(responsesCounts({ input_tokens: 9, input_tokens_details: { cache_write_tokens: 7, cache_write_tokens_details: { ttl_12h_tokens: 3, ttl_30m_tokens: 4 } }, output_tokens: 1 }), { input: 9, cacheWrite: 4, cacheWriteLong: 3, output: 1 })
  assert.deepEqual(messagesCounts({ input_tokens: 10, output_tokens: 5, output_tokens_details: { thinking_tokens: 2 }, iterations: [{ type: 'compaction', input_tokens: 100, cache_read_input_tokens: 50, output_tokens: 20 }, { type: 'message', input_tokens: 10, output_tokens: 5 }] }), { input: 160, cachedInput: 50, output: 25, reasoning: 2 })
  assert.deepEqual(imageCounts({ input_tokens: 50, input_tokens_details: { text_tokens: 10, image_tokens: 40 }, output_tokens: 200, output_tokens_details: { image_tokens: 190, text_tokens: 10 } }), { input: 50, imageInput: 40, output: 200, imageOutput: 190 })
  assert.deepEqual(transcriptionCounts({ type: 'duration', seconds: 7.25 }), { audioSeconds: '7.25' })
  assert.deepEqual(transcriptionCounts({ type: 'duration', seconds: 1e-7 }), { audioSeconds: '0.000000100' })
})

test('what a provider does not report stays unknown', () => {
  assert.deepEqual(chatCounts({}), {})
  assert.deepEqual(chatCounts({ prompt_tokens: 0, completion_tokens: null, prompt_tokens_details: null }), { input: 0 })
  assert.deepEqual(messagesCounts({ output_tokens: 3 }), { output: 3 })
})
