import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { elementsAt, isSpanFault, memberChanges, nestingMax, spansOf, splice, textOf, valueOf, type Spans } from './json-spans.ts'

const scan = (text: string, twice?: 'refuse' | 'last'): Spans => {
  const spans = spansOf(Buffer.from(text), twice)
  assert.ok(!isSpanFault(spans), isSpanFault(spans) ? spans.fault : '')
  return spans
}

const rebuilt = (spans: Spans): Record<string, unknown> => Object.fromEntries([...spans.members.keys()].map((name) => [name, valueOf(spans, name)]))

/** JSON text of an object with white space strewn between the tokens. */
const spaced = fc.tuple(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { noNullPrototype: true }), fc.constantFrom(undefined, 1, '\t', '\r\n')).map(([value, indent]) => {
  const text = JSON.stringify(value, null, typeof indent === 'string' && indent.startsWith('\r') ? 2 : indent)
  return { text: indent === '\r\n' ? ` \r\n${text.replaceAll('\n', '\r\n')}\t ` : text }
})

test('members parse to what the whole body parses to', () => {
  fc.assert(fc.property(spaced, ({ text }) => {
    assert.deepEqual(rebuilt(scan(text)), JSON.parse(text))
  }))
})

test('with plain strings, exactly what JSON.parse takes for an object is taken', () => {
  const plain = fc.jsonValue({ stringUnit: fc.constantFrom('a', 'b', ' ') })
  const object = fc.dictionary(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 3 }), plain, { noNullPrototype: true, maxKeys: 4 })
  const damage = fc.array(fc.tuple(fc.nat(), fc.constantFrom('', ...'{}[],:"0.-+eEtfnul a')), { maxLength: 2 })
  fc.assert(fc.property(object, damage, (value, hits) => {
    let text = JSON.stringify(value)
    for (const [where, byte] of hits) text = text.slice(0, where % text.length) + byte + text.slice(where % text.length + 1)
    let expected: unknown
    try { expected = JSON.parse(text) } catch { expected = undefined }
    const isObject = typeof expected === 'object' && expected !== null && !Array.isArray(expected)
    const spans = spansOf(Buffer.from(text), 'last')
    assert.equal(!isSpanFault(spans), isObject, text)
  }), { numRuns: 3000 })
})

test('spliced bodies parse to the changed object, and untouched members keep their bytes', () => {
  const names = fc.constantFrom('a', 'b', 'c', 'd', 'e"\u00e9')
  const object = fc.uniqueArray(fc.tuple(names, fc.jsonValue()), { selector: ([name]) => name }).map((pairs) => Object.fromEntries(pairs))
  const values = fc.uniqueArray(fc.tuple(names, fc.option(fc.jsonValue(), { nil: undefined })), { selector: ([name]) => name })
  fc.assert(fc.property(object, values, fc.constantFrom(undefined, 2), (before, pairs, indent) => {
    const spans = scan(JSON.stringify(before, null, indent))
    const changes = new Map(pairs.map(([name, value]) => [name, value === undefined ? undefined : JSON.stringify(value)]))
    const after = scan(splice(spans.body, memberChanges(spans, changes)).toString())
    const expected: Record<string, unknown> = { ...before }
    for (const [name, text] of changes) {
      if (text === undefined) delete expected[name]
      else expected[name] = JSON.parse(text)
    }
    assert.deepEqual(rebuilt(after), JSON.parse(JSON.stringify(expected)))
    for (const name of spans.members.keys()) if (!changes.has(name as 'a')) assert.equal(textOf(after, name), textOf(spans, name))
  }), { numRuns: 500 })
})

test('refuses what two readers could understand differently', () => {
  const faulty = (text: string | Buffer): string => {
    const spans = spansOf(Buffer.from(text))
    assert.ok(isSpanFault(spans), String(text))
    return spans.fault
  }
  assert.match(faulty('{"a":1,"\\u0061":2}'), /"a" twice/)
  assert.match(faulty('{"a":1} x'), /not valid JSON/)
  assert.match(faulty('[1]'), /not a JSON object/)
  assert.match(faulty(''), /not a JSON object/)
  assert.match(faulty('{"a":"b'), /ends too early/)
  assert.match(faulty('{"a":"b\\"}'), /ends too early/)
  assert.match(faulty(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), /UTF-8/)
  assert.match(faulty('\ufeff{}'), /not a JSON object/)
  for (const text of ['{"a":01}', '{"a":1.}', '{"a":.5}', '{"a":+1}', '{"a":tru}', '{"a":[1,]}', '{"a":1,}', '{,}', '{"a" 1}', '{"a":NaN}', '{"\\x":1}']) faulty(text)
})

test('nesting is followed to its limit and refused beyond it', () => {
  const nested = (depth: number): Buffer => Buffer.from(`{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`)
  assert.ok(!isSpanFault(spansOf(nested(nestingMax))))
  assert.ok(isSpanFault(spansOf(nested(nestingMax + 1))))
})

test('long strings with escapes before the closing quote are followed', () => {
  for (const tail of ['', '\\', '\\\\', '"', '\\"', 'x"\\']) {
    const value = 'y'.repeat(60) + tail
    assert.equal(valueOf(scan(JSON.stringify({ a: value, b: 1 })), 'a'), value)
  }
})

test('elements of an array are found without parsing them', () => {
  const text = ' { "a" : [ {"b":[1,2]} , "x,]" , 3 ] } '
  const spans = scan(text)
  const offsets = elementsAt(spans.body, spans.members.get('a')!.valueStart)
  assert.deepEqual([0, 2, 4].map((index) => text.slice(offsets![index], offsets![index + 1])), ['{"b":[1,2]}', '"x,]"', '3'])
  assert.deepEqual(elementsAt(Buffer.from('[ ]'), 0), [])
  assert.equal(elementsAt(Buffer.from('{}'), 0), undefined)
})
