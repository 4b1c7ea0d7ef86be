import assert from 'node:assert/strict'
import test from 'node:test'
import { calcPrice } from '@pydantic/genai-prices'
import fc from 'fast-check'
import { compare, decimal, formatDecimal, fromPicos, sum } from '../kernel/decimal.ts'
import type { Counts } from '../kernel/meters.ts'
import { priceBook } from './price-book.ts'
import { seedPriceRows } from './price-seed.ts'
import type { PriceSheet, Rated } from './price.ts'
import { bound, rate } from './rating.ts'

const book = priceBook(seedPriceRows())
const today = Date.UTC(2026, 10, 23)
const sheet = (model: string, list = 'openai', regionClass = 'global'): PriceSheet => {
  const found = book.sheet(list, model, regionClass, today, today)
  assert.ok(found !== undefined, `${list} ${model}`)
  return found
}
const told = (rated: Rated): string => {
  if (rated.status === 'rated') return `${formatDecimal(rated.total)} ${rated.currency}`
  return rated.status === 'unpriced' ? `unpriced ${rated.meters.join(' ')}` : 'nonsense'
}

test('what usage costs, to the last digit', () => {
  const rows: [string, string, Counts, string | undefined, string][] = [
    ['openai', 'gpt-4.1', { input: 1_000_000, output: 0 }, undefined, '2 USD'],
    ['openai', 'gpt-4.1', { input: 10, cachedInput: 4, output: 3, reasoning: 2 }, 'default', '0.000038 USD'],
    ['openai', 'gpt-4.1', { input: 10, output: 3 }, 'batch', '0.000022 USD'],
    ['openai', 'gpt-4.1', { input: 10, output: 3 }, 'flex', '0.000022 USD'],
    ['openai', 'gpt-4.1', { input: 10, output: 3 }, 'auto', '0.000044 USD'],
    ['openai', 'gpt-4.1', { input: 10, output: 3 }, 'priority', 'unpriced input output'],
    ['openai', 'gpt-4.1', { input: 10, output: 3 }, 'scale', 'unpriced input output'],
    ['anthropic', 'claude-haiku-4-5', { input: 10, output: 3 }, 'standard', '0.000025 USD'],
    ['anthropic', 'claude-haiku-4-5', { input: 10, cacheWrite: 2, cacheWriteLong: 3, cachedInput: 1, output: 0 }, 'standard', '0.0000126 USD'],
    ['openai', 'gpt-4.1', { input: 10, cacheWrite: 2, output: 0 }, undefined, '0.00002 USD'],
    ['openai', 'gpt-4.1', { input: 10, cacheWriteLong: 2, output: 0 }, undefined, 'unpriced cache_write_long'],
    ['openai', 'gpt-5.4', { input: 271_999, output: 10 }, undefined, '0.6801475 USD'],
    ['openai', 'gpt-5.4', { input: 272_000, output: 10 }, undefined, '1.360225 USD'],
    ['openai', 'gpt-5.4', { input: 272_000, cachedInput: 271_999, output: 10 }, undefined, '0.1362295 USD'],
    ['openai', 'gpt-4.1', { webSearchCalls: 2 }, 'batch', '0.02 USD'],
    ['openai', 'gpt-4.1', { codeInterpreterSessions: 1 }, undefined, 'unpriced code_interpreter_session'],
    ['openai', 'gpt-4.1', { input: 5, audioInput: 1, output: 0 }, undefined, 'unpriced audio_input'],
    ['openai', 'text-embedding-3-small', { input: 1_000 }, undefined, '0.00002 USD'],
    ['openai', 'whisper-1', { audioSeconds: '3.5' }, undefined, '0.00035 USD'],
    ['openai', 'omni-moderation-latest', { input: 500 }, undefined, '0 USD'],
    ['openai', 'gpt-image-1', { input: 20, imageInput: 10, output: 100, imageOutput: 100 }, undefined, '0.00415 USD'],
    ['openai', 'gpt-4o-mini-audio-preview', { input: 22, output: 18, audioOutput: 12 }, 'default', '0.0002469 USD'],
    ['openai', 'gpt-image-1-mini', { images: 2 }, 'high 1024x1536', '0.104 USD'],
    ['openai', 'gpt-image-1-mini', { images: 2 }, undefined, 'unpriced image'],
    ['openai', 'gpt-4.1', { input: 5, cachedInput: 6, output: 0 }, undefined, 'nonsense'],
    ['openai', 'gpt-4.1', { input: -5, output: 0 }, undefined, 'nonsense'],
    ['openai', 'gpt-4.1', {}, undefined, '0 USD'],
  ]
  for (const [list, model, counts, tier, expected] of rows) {
    assert.equal(told(rate(sheet(model, list), counts, tier)), expected, `${list} ${model} ${JSON.stringify(counts)} ${tier}`)
  }
})

const counts: fc.Arbitrary<Counts> = fc.record({ plain: fc.nat(400_000), cached: fc.nat(50_000), output: fc.nat(100_000), reasoning: fc.nat(20_000) })
  .map(({ plain, cached, output, reasoning }) => ({ input: plain + cached, cachedInput: cached, output: output + reasoning, reasoning }))
const models = ['gpt-4.1', 'gpt-4o-mini', 'gpt-5.4', 'gpt-6-sol', 'gpt-5.6-luna', 'o3']

test('lines add up to the total, and no attempt costs more than its bound', () => {
  fc.assert(fc.property(fc.constantFrom(...models), counts, (model, usage) => {
    const rated = rate(sheet(model), usage, undefined)
    assert.equal(rated.status, 'rated')
    if (rated.status !== 'rated') return
    assert.equal(compare(sum(rated.lines.map((line) => line.amount)), rated.total), 0)
    const worst = bound(sheet(model), { inputTokens: usage.input ?? 0, outputTokens: usage.output ?? 0, toolCalls: [] })
    assert.ok(worst !== undefined && compare(rated.total, fromPicos(worst)) <= 0)
  }))
})

test('a bound needs a price for whatever can happen', () => {
  assert.equal(bound(sheet('gpt-4.1'), { inputTokens: 0, outputTokens: 0, toolCalls: [{ meter: 'code_interpreter_session', calls: 1 }] }), undefined)
  assert.equal(bound(sheet('text-embedding-3-small'), { inputTokens: 1, outputTokens: 0, toolCalls: [] }), 20_000n)
  assert.equal(bound(sheet('text-embedding-3-small'), { inputTokens: 1, outputTokens: 1, toolCalls: [] }), undefined)
  assert.equal(bound(sheet('gpt-4.1'), { inputTokens: 100, outputTokens: 10, toolCalls: [{ meter: 'web_search_call', calls: 2 }] }), 20_280_000_000n)
})

test('our exact amounts agree with an independent calculator within its floats', () => {
  fc.assert(fc.property(fc.constantFrom(...models.map((model) => ['openai', model] as const), ['anthropic', 'claude-haiku-4-5'] as const, ['google', 'gemini-2.5-pro'] as const), counts, ([list, model], usage) => {
    const theirs = calcPrice({ input_tokens: usage.input, cache_read_tokens: usage.cachedInput, output_tokens: usage.output }, model, { providerId: list, timestamp: new Date(today) })
    const ours = rate(sheet(model, list), usage, undefined)
    assert.ok(theirs !== null && ours.status === 'rated')
    assert.ok(Math.abs(Number(formatDecimal(ours.total)) - theirs.total_price) < 1e-9, `${model} ${JSON.stringify(usage)}: ${formatDecimal(ours.total)} against ${theirs.total_price}`)
  }))
})

test('quantities beyond 2^53 picos stay exact', () => {
  const rated = rate(sheet('gpt-6-astra'), { input: 9_007_199_254_740_991, output: 0 }, undefined)
  assert.ok(rated.status === 'rated')
  assert.equal(compare(rated.total, decimal('180143985094.81982')), 0)
})
