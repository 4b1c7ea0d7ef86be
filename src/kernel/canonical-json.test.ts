import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson, type Json } from './canonical-json.ts'

/** RFC 8785 by the letter: sorted at every level, one member at a time. */
function byTheLetter(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item: Json) => byTheLetter(item)).join(',')}]`
  const members = Object.entries(value as { readonly [key: string]: Json | undefined }).filter(([, member]) => member !== undefined).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${byTheLetter(member as Json)}`).join(',')}}`
}

test('equal values have equal bytes, whether their keys came in order or not', () => {
  const key = fc.oneof(fc.string(), fc.constantFrom('10', '9', 'a', 'A', 'ä', '€', '\u{1f600}', 'toJSON', ''))
  const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
    tree: fc.oneof({ depthSize: 'small' }, fc.string({ unit: 'binary' }), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null), fc.array(tie('tree')),
      fc.dictionary(key, fc.option(tie('tree'), { nil: undefined })) as fc.Arbitrary<Json>),
  }))
  fc.assert(fc.property(tree, (value) => { assert.equal(canonicalJson(value), byTheLetter(value)) }), { numRuns: 500 })
})

test('what has no canonical form is refused, in order or not', () => {
  for (const value of [Number.NaN, { a: Number.POSITIVE_INFINITY }, { b: 1, a: Number.NaN }]) assert.throws(() => canonicalJson(value), /no NaN/)
  // A form of its own is not one that a reader of the same members would write.
  assert.equal(canonicalJson({ a: new Date(0) } as unknown as Json), '{"a":{}}')
})
