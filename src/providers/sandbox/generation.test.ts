import { Ajv2020 } from 'ajv/dist/2020.js'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { seededRandom } from '../../kernel/random.ts'
import { generate, joined, type Task } from './generation.ts'
import { instanceOf } from './instance.ts'
import { makeTokenCounter, splitTokens } from './token-count.ts'
import { writeWords } from './vocabulary.ts'

const task: Task = {
  model: 'gpt-4.1', texts: ['hello'], otherTokens: 0, tools: [], toolChoice: 'auto', parallelTools: true, answersTools: false, format: 'text', limit: undefined, wanted: undefined, effort: undefined, stop: [],
}

test('words come in exactly the asked number of tokens', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 400 }), fc.nat(), (tokens, seed) => {
    assert.equal(countTokens(joined(writeWords(seededRandom(seed), tokens))), tokens)
  }), { numRuns: 300 })
})

test('the counter agrees with the tokenizer on plain words and on anything else', () => {
  const { count } = makeTokenCounter()
  const plain = fc.array(fc.constantFrom('river', 'The', 'a', 'I', 'unquestionably', 'zqxj', 'Ab'), { maxLength: 80 }).chain((words) => fc.constantFrom(' ', ', ', '. ', '.', '  ').map((gap) => words.join(gap)))
  fc.assert(fc.property(fc.oneof(plain, fc.string({ unit: 'grapheme', maxLength: 200 }), fc.string({ maxLength: 600 })), (text) => {
    assert.equal(count(text), countTokens(text, { disallowedSpecial: new Set() }))
    assert.equal(count(text), countTokens(text, { disallowedSpecial: new Set() }))
  }), { numRuns: 500 })
  assert.equal(count('a <|endoftext|> b'), countTokens('a <|endoftext|> b', { disallowedSpecial: new Set() }))
})

test('an unbroken run is counted in parts', () => {
  const { count } = makeTokenCounter()
  assert.equal(count('Q'.repeat(100_000)), 97 * count('Q'.repeat(1_024)) + count('Q'.repeat(100_000 - 97 * 1_024)))
})

test('splitting a text loses nothing', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (text) => assert.equal(joined(splitTokens(text)), text.toWellFormed())), { numRuns: 200 })
})

test('lengths: the hint exactly, the limit never exceeded, finish says which', () => {
  assert.equal(generate({ ...task, wanted: 123 }, 1, 0).outputTokens, 123)
  assert.deepEqual((({ outputTokens, finish }) => ({ outputTokens, finish }))(generate({ ...task, wanted: 50, limit: 50 }, 1, 0)), { outputTokens: 50, finish: 'stop' })
  assert.deepEqual((({ outputTokens, finish }) => ({ outputTokens, finish }))(generate({ ...task, wanted: 51, limit: 50 }, 1, 0)), { outputTokens: 50, finish: 'length' })
  const usual = generate(task, 1, 0)
  assert.ok(usual.outputTokens >= 20 && usual.outputTokens <= 60)
  assert.equal(joined(usual.pieces), joined(generate(task, 1, 0).pieces))
  assert.notEqual(joined(usual.pieces), joined(generate(task, 2, 0).pieces))
  assert.notEqual(joined(usual.pieces), joined(generate(task, 1, 1).pieces))
})

test('reasoning is part of the output', () => {
  const thought = generate({ ...task, effort: 'medium' }, 1, 0)
  assert.equal(thought.reasoningTokens, 64)
  assert.ok(thought.outputTokens > 64)
  const exact = generate({ ...task, effort: 'high', wanted: 41 }, 1, 0)
  assert.deepEqual([exact.reasoningTokens, exact.outputTokens], [20, 41])
  const starved = generate({ ...task, effort: 'high', limit: 10 }, 1, 0)
  assert.deepEqual([starved.outputTokens, starved.pieces.length, starved.finish], [10, 0, 'length'])
})

test('tools are called until results come', () => {
  const tools = [{ name: 'weather', schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } }, { name: 'time', schema: { type: 'object', properties: {} } }]
  assert.equal(generate({ ...task, tools }, 1, 0).calls.length, 2)
  assert.equal(generate({ ...task, tools, parallelTools: false }, 1, 0).calls.length, 1)
  assert.deepEqual(generate({ ...task, tools, toolChoice: { name: 'time' } }, 1, 0).calls.map((call) => call.name), ['time'])
  assert.equal(generate({ ...task, tools, toolChoice: 'none' }, 1, 0).calls.length, 0)
  assert.equal(generate({ ...task, tools, answersTools: true }, 1, 0).finish, 'stop')
})

test('instances validate against their schemas', () => {
  const schemas: readonly object[] = [
    { type: 'object', properties: { steps: { type: 'array', minItems: 2, items: { $ref: '#/$defs/step' } }, final: { type: ['string', 'null'] } }, required: ['steps', 'final'], additionalProperties: false, $defs: { step: { type: 'object', properties: { n: { type: 'integer', minimum: 3, maximum: 5 }, kind: { enum: ['a', 'b'] } }, required: ['n', 'kind'], additionalProperties: false } } },
    { type: 'object', properties: { child: { anyOf: [{ $ref: '#' }, { type: 'null' }] }, value: { type: 'number', exclusiveMinimum: 0, multipleOf: 0.25 } }, required: ['child', 'value'], additionalProperties: false },
    { type: 'object', properties: { name: { type: 'string', minLength: 60, maxLength: 70 }, ok: { type: 'boolean' }, tag: { const: 'x' } }, required: ['name', 'ok', 'tag'] },
    { allOf: [{ type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] }, { properties: { b: { type: 'string', maxLength: 3 } }, required: ['b'] }] },
  ]
  const ajv = new Ajv2020({ strict: false })
  for (const schema of schemas) {
    const check = ajv.compile(schema)
    for (let seed = 0; seed < 50; seed += 1) assert.ok(check(instanceOf(schema, seededRandom(seed))), JSON.stringify(check.errors))
  }
})

test('an answer ends before the first of the texts that stop it, and counts what is left', () => {
  const whole = joined(generate({ ...task, wanted: 60 }, 1, 0).pieces)
  fc.assert(fc.property(fc.nat(whole.length - 2), fc.integer({ min: 1, max: 12 }), fc.constantFrom([], ['never written'], [' ']), (at, length, others) => {
    const end = whole.slice(at, at + length)
    const made = generate({ ...task, wanted: 60, stop: [...others, end] }, 1, 0)
    const text = joined(made.pieces)
    assert.equal(text, whole.slice(0, Math.min(...[end, ...others].map((each) => whole.indexOf(each)).filter((found) => found !== -1))))
    assert.equal(made.outputTokens, countTokens(text))
    assert.equal(made.finish, 'stop')
    assert.ok(made.stopped !== undefined && whole.startsWith(text + made.stopped))
  }), { numRuns: 200 })
  const { stopped, outputTokens } = generate({ ...task, wanted: 60, stop: ['never written', ''] }, 1, 0)
  assert.deepEqual([stopped, outputTokens], [undefined, 60])
})
