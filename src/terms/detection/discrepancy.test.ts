import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { many, form, question, seen } from '../../../test/detection/made-prompts.ts'
import { shuffled } from '../../../test/detection/corpus.ts'
import { seededRandom } from '../../kernel/random.ts'
import { accumulated, alarmAt } from './accumulate.ts'
import { discrepancyScore, embed, mixtureScore, referenceOf, squaredDiscrepancy } from './discrepancy.ts'
import { dimensions } from './sketch.ts'

const vectorsOf = (texts: readonly string[]): Uint8Array[] => texts.map((text, at) => seen(text, at).vector)
const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6

/** Unpacked bit by bit. */
function normalised(vector: Uint8Array): Float64Array {
  const bit = (slot: number, from: number): number => ((vector[from + (slot >> 3)] ?? 0) >> (slot & 7)) & 1
  const signs = Array.from({ length: dimensions }, (_, slot) => bit(slot, 0) - bit(slot, dimensions / 8))
  const length = Math.sqrt(signs.filter((sign) => sign !== 0).length)
  return Float64Array.from(signs, (sign) => sign / length)
}

/** The definition, pair by pair. */
function bySum(a: readonly Uint8Array[], b: readonly Uint8Array[]): number {
  const [x, y] = [a.map(normalised), b.map(normalised)]
  const dot = (p: Float64Array, q: Float64Array): number => p.reduce((sum, value, at) => sum + value * (q[at] ?? 0), 0)
  const within = (all: readonly Float64Array[]): number => all.flatMap((p, i) => all.filter((_, j) => i !== j).map((q) => dot(p, q))).reduce((sum, value) => sum + value, 0) / (all.length * (all.length - 1))
  return within(x) + within(y) - (2 * x.flatMap((p) => y.map((q) => dot(p, q))).reduce((sum, value) => sum + value, 0)) / (x.length * y.length)
}

const arbitraryVector = fc.array(fc.tuple(fc.nat(dimensions - 1), fc.boolean()), { minLength: 1, maxLength: 40 }).map((slots) => {
  const vector = new Uint8Array(dimensions / 4)
  for (const [slot, positive] of new Map(slots)) {
    const at = (slot >> 3) + (positive ? 0 : dimensions / 8)
    vector[at] = (vector[at] ?? 0) | (1 << (slot & 7))
  }
  return vector
})
const sets = fc.tuple(fc.array(arbitraryVector, { minLength: 2, maxLength: 6 }), fc.array(arbitraryVector, { minLength: 2, maxLength: 6 }))

test('sums of vectors give what the definition gives pair by pair', () => {
  fc.assert(fc.property(sets, ([a, b]) => assert.ok(near(squaredDiscrepancy(embed(a), embed(b)), bySum(a, b)))), { numRuns: 30 })
})

test('neither order within a window nor which set comes first changes anything', () => {
  fc.assert(fc.property(sets, fc.nat(), ([a, b], seed) => {
    const random = seededRandom(seed)
    assert.ok(near(squaredDiscrepancy(embed(a), embed(b)), squaredDiscrepancy(embed(shuffled(random, a)), embed(shuffled(random, b)))))
    assert.ok(near(squaredDiscrepancy(embed(a), embed(b)), squaredDiscrepancy(embed(b), embed(a))))
  }), { numRuns: 30 })
})

test('it is unbiased: over all splits of one source it is zero on average, with the deviation that the score divides by', () => {
  const all = vectorsOf(many(1, 400, question))
  const random = seededRandom(2)
  for (const size of [20, 50, 100]) {
    const scores = Array.from({ length: 150 }, () => {
      const order = shuffled(random, all)
      return discrepancyScore(embed(order.slice(0, size)), referenceOf(order.slice(size, size + 200))) ?? Number.NaN
    })
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length
    const deviation = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length)
    // Three standard errors of a mean of 150.
    assert.ok(Math.abs(mean) < 0.3, `windows of ${size}: ${mean}`)
    assert.ok(deviation > 0.7 && deviation < 1.4, `windows of ${size}: ${deviation}`)
  }
})

test('another source is far off; a mixture of two known sources is not, and a third one is', () => {
  const [questions, forms] = [vectorsOf(many(3, 300, question)), vectorsOf(many(4, 300, form))]
  const [first, second] = [referenceOf(questions.slice(0, 200)), referenceOf(forms.slice(0, 100))]
  const mixed = embed([...questions.slice(200, 235), ...forms.slice(100, 165)])
  assert.ok((discrepancyScore(mixed, first) ?? 0) > 20)
  assert.ok((mixtureScore(mixed, first, second) ?? 99) < 3)
  assert.ok((mixtureScore(embed(forms.slice(200)), first, second) ?? 99) < 3)
  const third = embed(vectorsOf(Array.from({ length: 60 }, (_, at) => `select column${at} from ledger where amount > ${at * 3}`)))
  assert.ok((mixtureScore(third, first, second) ?? 0) > 20)
})

test('a reference that is too small says nothing', () => {
  const few = vectorsOf(many(5, 5, question))
  assert.equal(discrepancyScore(embed(few), referenceOf(few)), undefined)
  assert.equal(discrepancyScore(embed(few.slice(0, 1)), referenceOf(vectorsOf(many(6, 50, question)))), undefined)
})

test('small differences add up to an alarm, chance does not, and one window alone cannot raise it', () => {
  const after = (scores: readonly number[]): number => scores.reduce(accumulated, 0)
  assert.ok(after(Array.from({ length: 20 }, () => 1)) >= alarmAt)
  assert.ok(after([400]) < alarmAt)
  const random = seededRandom(7)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction())
  const alarms = Array.from({ length: 40 }, () => {
    let sum = 0
    return Array.from({ length: 100 }, () => (sum = accumulated(sum, normal()))).some((value) => value >= alarmAt)
  })
  assert.ok(alarms.filter(Boolean).length <= 2)
})
