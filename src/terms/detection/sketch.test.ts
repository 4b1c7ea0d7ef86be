import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { form, harvest, many, question } from '../../../test/detection/made-prompts.ts'
import { rhythmOf, sharingOf } from './rhythm.ts'
import { wilson } from './share.ts'
import { sketchOf, vectorBytes, wordHashes } from './sketch.ts'
import { ruleHits, techniqueShares, techniquesIn } from './techniques.ts'

test('a vector has two bits a dimension, never both, for any text', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 400 }), (text) => {
    const sketch = sketchOf(text)
    if (sketch === undefined) return
    const half = vectorBytes / 2
    assert.equal(sketch.vector.length, vectorBytes)
    assert.ok(sketch.vector.some((byte) => byte !== 0))
    for (let at = 0; at < half; at += 1) assert.equal((sketch.vector[at] ?? 0) & (sketch.vector[half + at] ?? 0), 0)
  }))
})

test('case and punctuation do not matter; without words there is no sketch', () => {
  assert.deepEqual(wordHashes('Hello, World! x_1'), wordHashes('hello world X_1'))
  for (const none of ['', ' \n', '... !?', '🙂']) assert.equal(none === '🙂' ? undefined : sketchOf(none), undefined)
})

test('scripts without spaces are read character by character', () => {
  assert.equal(wordHashes('最小公倍数').length, 5)
  assert.equal(wordHashes('ab最c').length, 3)
})

test('only the first 300 words count, and an unbroken megabyte is one word', () => {
  const long = Array.from({ length: 400 }, (_, at) => `w${at}`).join(' ')
  assert.deepEqual(sketchOf(long), sketchOf(`${long} and more`))
  assert.equal(wordHashes('a'.repeat(1_000_000)).length, 1)
})

const shared = (a: string, b: string): boolean => {
  const [one, other] = [sketchOf(a), sketchOf(b)]
  return one !== undefined && other !== undefined && one.bands.some((band, at) => band === other.bands[at])
}

test('near-duplicates share a band, other texts do not', () => {
  const forms = many(1, 60, form)
  const near = forms.slice(1).filter((each, at) => shared(each, forms[at] ?? ''))
  assert.ok(near.length > 20, `${near.length} of 59`)
  const questions = many(2, 60, question)
  assert.equal(forms.filter((each) => questions.some((other) => shared(each, other))).length, 0)
})

test('rules name techniques with an interval, and not on three of four', () => {
  const masks = many(3, 50, harvest).map(techniquesIn)
  assert.deepEqual(ruleHits(techniqueShares(masks)).map(({ name }) => name)[0], 'task-generation')
  assert.deepEqual(ruleHits(techniqueShares(many(4, 50, question).map(techniquesIn))), [])
  const few = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
  assert.deepEqual(ruleHits(techniqueShares(few)), [], 'two of twenty may be chance')
  for (const [text, name] of [['Rewrite the given prompt so that it is harder.', 1], ['Think step by step and show your reasoning.', 2], ['You are an impartial judge. Which response is better?', 3], ['Insert API calls into the text.', 4], ['Create fine-tuning data: 20 examples.', 5]] as const) {
    assert.ok((techniquesIn(text) & (1 << name)) !== 0, text)
  }
})

test('Wilson\'s interval holds the share, and at both ends reaches 0 and 1', () => {
  fc.assert(fc.property(fc.nat(500), fc.nat(500), (a, b) => {
    const [hits, of] = [Math.min(a, b), Math.max(a, b)]
    const { share, low, high } = wilson(hits, of)
    assert.ok(low >= 0 && high <= 1 && low <= share && share <= high)
  }))
  // 3 of 60: 1.7 % to 13.7 %, as Wilson's own formula gives it.
  const { low, high } = wilson(3, 60)
  assert.deepEqual([low.toFixed(3), high.toFixed(3)], ['0.017', '0.137'])
})

test('a pacemaker and a quota show; people and a single network do not', () => {
  const steady = Array.from({ length: 60 }, (_, at) => at * 1_000)
  assert.equal(rhythmOf(steady).machineLike, true)
  const pinned = Array.from({ length: 120 }, (_, at) => Math.floor(at / 10) * 60_000 + ((at * 7_919) % 59_000)).toSorted((a, b) => a - b)
  assert.equal(rhythmOf(pinned).pinned, 1)
  const uneven = Array.from({ length: 60 }, (_, at) => at * at * 700)
  assert.equal(rhythmOf(uneven).machineLike, false)
  const from = (networks: readonly string[]) => Array.from({ length: 60 }, (_, at) => ({ atMs: at * 2_000, network: networks[at % networks.length] }))
  assert.equal(sharingOf(from(['a', 'b', 'c', 'd'])).shared, true)
  assert.equal(sharingOf(from(['a'])).shared, false)
})
