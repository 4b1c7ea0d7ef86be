import assert from 'node:assert/strict'
import { test } from 'node:test'
import { form, harvest, many, question, seen, terse } from '../../../test/detection/made-prompts.ts'
import { scoreCard, type Observed } from './score-card.ts'
import type { SeenCall } from './seen.ts'

const dayMs = 86_400_000
const calls = (texts: readonly string[], given: Partial<SeenCall> = {}, from = 0): SeenCall[] => texts.map((text, at) => seen(text, from + at, given))
const past = calls(many(1, 300, question))

const observed = (window: readonly SeenCall[], given: Partial<Observed> = {}): Observed => ({
  subject: { kind: 'key', id: 'key:key_1', organization: 'acme', project: 'feed', keys: ['key_1'] }, calls: [...past, ...window], purposeCalls: [], accepted: [], purpose: { id: 'captions', phase: 'product' }, purposeUnknown: false, sum: 0, ...given,
})
const verdictOf = (window: readonly SeenCall[], given: Partial<Observed> = {}): string => scoreCard(observed(window, given)).verdict

const cluster = (keys: number, window: readonly SeenCall[], given: Partial<Observed> = {}): Observed => observed([], {
  subject: { kind: 'cluster', id: 'cluster:k', organization: 'acme', project: 'lab', keys: Array.from({ length: keys }, (_, at) => `k${at}`) }, calls: window.map((call, at) => ({ ...call, key: `k${at % keys}` })), purposeCalls: past, ...given,
})

test('what goes on as before is quiet, whatever its length', () => {
  for (const size of [50, 150]) assert.equal(verdictOf(calls(many(2, size, question), {}, 300)), 'quiet')
})

test('a new template under a registered purpose is a signal to clear, and no case', () => {
  const card = scoreCard(observed(calls(many(3, 60, form), {}, 300)))
  assert.deepEqual([card.verdict, card.high, card.mismatch], ['signal', true, []])
  assert.match(card.says.join(' '), /clear it under that/)
})

test('once it is accepted, neither it nor a mixture of old and new signals, and a third kind does', () => {
  const accepted = [calls(many(4, 80, form), {}, 200)]
  assert.equal(verdictOf(calls(many(5, 60, form), {}, 300), { accepted }), 'quiet')
  assert.equal(verdictOf(calls([...many(6, 30, form), ...many(7, 30, question)], {}, 300), { accepted }), 'quiet')
  assert.equal(verdictOf(calls(many(8, 60, terse), {}, 300), { accepted }), 'signal')
})

test('a technique that the purpose does not declare is a case; declared, it is at most a signal', () => {
  const window = calls(many(9, 60, harvest), {}, 300)
  assert.equal(verdictOf(window), 'case')
  for (const phase of ['data-generation', 'training'] as const) assert.equal(verdictOf(window, { purpose: { id: 'rows', phase } }), 'signal')
})

test('attack: spread over many keys, with nothing a rule knows, is a case; ordinary traffic of as many keys is not', () => {
  const card = scoreCard(cluster(40, calls(many(10, 200, terse))))
  assert.deepEqual([card.verdict, card.mismatch], ['case', ['40 keys act as one']])
  assert.equal(scoreCard(cluster(40, calls(many(11, 200, question)))).verdict, 'quiet')
  assert.equal(scoreCard(cluster(3, calls(many(12, 200, terse)))).verdict, 'signal', 'three keys are no spread')
})

test('attack: what was wrong from its first day is no excuse for itself where others share the purpose', () => {
  const wrong = calls(many(13, 300, terse))
  assert.equal(scoreCard(observed([], { calls: wrong, purposeCalls: past })).verdict, 'signal')
  const established = wrong.map((call, at) => ({ ...call, atMs: call.atMs + at * dayMs / 10 }))
  assert.equal(scoreCard(observed([], { calls: established, purposeCalls: past })).verdict, 'quiet', 'after weeks it is a use of its own')
})

test('attack: a slow ramp is in no reference: flagged calls are left out of the past', () => {
  const flagged = calls(many(14, 150, terse), { standing: 'flagged' }, 150)
  assert.equal(verdictOf(calls(many(15, 60, terse), {}, 300), { calls: [...past.slice(0, 150), ...flagged, ...calls(many(15, 60, terse), {}, 300)] }), 'signal')
})

test('high and from many networks at once is a lent key', () => {
  const window = calls(many(16, 60, terse), {}, 300).map((call, at) => ({ ...call, network: `n${at % 5}` }))
  const card = scoreCard(observed(window))
  assert.deepEqual([card.verdict, card.sharing.shared], ['case', true])
  assert.equal(verdictOf(calls(many(17, 60, question), {}, 300).map((call, at) => ({ ...call, network: `n${at % 5}` }))), 'quiet', 'a mismatch without a high score opens nothing')
})

test('a purpose that is not registered makes a high score a case; without any purpose it stays a signal', () => {
  const window = calls(many(18, 60, form), {}, 300)
  assert.equal(verdictOf(window, { purpose: undefined, purposeUnknown: true }), 'case')
  assert.equal(verdictOf(window, { purpose: undefined }), 'signal')
})

test('a new key without past or neighbours is not judged by its score', () => {
  const card = scoreCard(observed([], { calls: calls(many(19, 60, terse)) }))
  assert.deepEqual([card.verdict, card.score], ['quiet', undefined])
})
