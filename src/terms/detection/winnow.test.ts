import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { many, question } from '../../../test/detection/made-prompts.ts'
import { containment, fingerprints, looksLikeCode, rowIndex } from './winnow.ts'

const words = (seed: number, count: number): string[] => Array.from({ length: count }, (_, at) => `w${(seed * 7_919 + at * 104_729) % 10_007}`)

test('any run of eight equal words leaves a common fingerprint', () => {
  fc.assert(fc.property(fc.nat(1_000), fc.nat(40), fc.nat(40), (seed, before, after) => {
    const run = words(seed + 5_000, 8)
    const [a, b] = [[...words(seed, before), ...run, ...words(seed + 1, after)], [...words(seed + 2, after), ...run, ...words(seed + 3, before)]].map((each) => fingerprints(each.join(' ')))
    assert.ok(a !== undefined && b !== undefined && containment(a, b) > 0)
  }))
})

test('an edited copy is a lead to its source, with its share; an unrelated row is none', () => {
  const source = words(1, 120).join(' ')
  const edited = words(1, 120).map((word, at) => (at % 9 === 4 ? 'other' : word)).join(' ')
  const index = rowIndex([edited, words(2, 120).join(' ')])
  for (const [at, text] of [words(3, 120).join(' '), source, words(4, 120).join(' ')].entries()) index.compare(`call_${at}`, text)
  const [lead, ...rest] = index.leads()
  assert.deepEqual([lead?.row, lead?.call, rest.length], [0, 'call_1', 0])
  assert.ok((lead?.share ?? 0) > 0.1 && (lead?.share ?? 1) < 0.9)
})

test('what is put around a copy does not hide it: a long row is compared in pieces, and is one lead', () => {
  const source = words(1, 90).join(' ')
  for (const [before, after] of [[0, 5_000], [5_000, 0], [395, 2_000], [650, 0], [2_000, 2_000]] as const) {
    const index = rowIndex([words(7, 60).join(' '), [...words(300, before), source, ...words(301, after)].join(' ')])
    index.compare('call_1', source)
    index.compare('call_2', words(3, 120).join(' '))
    assert.deepEqual(index.leads().map(({ row, call, share }) => [row, call, share > 0.15]), [[1, 'call_1', true]], `${before} words before, ${after} after`)
  }
})

test('a copy that a long row repeats, with other words between, is found as one that stands there once', () => {
  const source = words(1, 90).join(' ')
  const index = rowIndex([words(7, 60).join(' '), Array.from({ length: 12 }, (_, at) => `${words(300 + at, 310).join(' ')} ${source}`).join(' ')])
  index.compare('call_1', source)
  assert.deepEqual(index.leads().map(({ row, call, share }) => [row, call, share > 0.15]), [[1, 'call_1', true]])
})

test('what stands in many rows names no source', () => {
  const boilerplate = words(9, 30).join(' ')
  const index = rowIndex(Array.from({ length: 40 }, (_, at) => `${boilerplate} ${words(100 + at, 60).join(' ')}`))
  index.compare('call_1', boilerplate)
  assert.deepEqual(index.leads(), [])
})

test('a copy is found however often its row is repeated', () => {
  const [source, others] = [words(1, 120).join(' '), Array.from({ length: 20 }, (_, at) => words(200 + at, 60).join(' '))]
  const index = rowIndex([...others, ...Array.from({ length: 5_000 }, (_, at) => (at % 2 === 0 ? source : source.toUpperCase()))])
  index.compare('call_1', source)
  assert.deepEqual([index.leads().length, index.leads()[0]?.row, index.leads()[0]?.share], [5_000, 20, 1])
})

test('short texts have no fingerprints, and code asks for a higher share than prose', () => {
  assert.equal(fingerprints('too short to tell').size, 0)
  assert.equal(looksLikeCode('function add(a, b) { return a + b; }'), true)
  assert.equal(many(1, 20, question).some(looksLikeCode), false)
})
