import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { form, harvest, many, question, seen } from '../../../test/detection/made-prompts.ts'
import { clustersIn, linksIn, unionFind } from './clusters.ts'

const byText = (a: readonly string[], b: readonly string[]): number => a.join(' ').localeCompare(b.join(' '))
const everyKeyIsNew = (): boolean => true

/** Components by flooding: shares no code with union-find. */
function flooded(names: readonly string[], pairs: readonly (readonly [string, string])[]): string[][] {
  const left = new Set(names)
  const found: string[][] = []
  for (const name of names) {
    if (!left.delete(name)) continue
    const set = [name]
    for (const at of set) for (const [a, b] of pairs) for (const next of [a === at ? b : undefined, b === at ? a : undefined]) if (next !== undefined && left.delete(next)) set.push(next)
    found.push(set.toSorted())
  }
  return found.toSorted(byText)
}

test('union-find makes the components that flooding makes, in any order of joining', () => {
  const name = fc.constantFrom(...'abcdefghij')
  fc.assert(fc.property(fc.array(fc.tuple(name, name), { maxLength: 20 }), (pairs) => {
    const made = (order: readonly (readonly [string, string])[]): string[][] => {
      const sets = unionFind()
      for (const [a, b] of order) sets.join(a, b)
      return sets.sets().map((set) => [...set]).toSorted(byText)
    }
    const names = [...new Set(pairs.flat())]
    assert.deepEqual(made(pairs), flooded(names, pairs))
    assert.deepEqual(made(pairs.toReversed()), made(pairs))
  }))
})

test('keys that share a template are one cluster; keys of people who ask different things are none', () => {
  const forms = many(1, 40, form).map((text, at) => seen(text, at, { key: `form_${at % 8}` }))
  const people = many(2, 40, question).map((text, at) => seen(text, 100 + at, { key: `person_${at % 8}` }))
  const clusters = clustersIn(linksIn([...forms, ...people], everyKeyIsNew))
  assert.deepEqual(clusters.map(({ keys }) => keys.every((key) => key.startsWith('form_'))), clusters.map(() => true))
  assert.equal(clusters[0]?.keys.length, 8)
})

test('one end user on two keys joins them', () => {
  const calls = many(3, 4, question).map((text, at) => seen(text, at, { key: `key_${at}`, ...(at < 2 ? { actor: 'u1' } : { actor: `other${at}` }) }))
  assert.deepEqual(clustersIn(linksIn(calls, everyKeyIsNew)).map(({ keys, links }) => [keys, links]), [[['key_0', 'key_1'], { 'end-user': 1 }]])
})

test('a burst is five new keys of one origin in ten minutes, in an organization that was there before', () => {
  const origin = { agent: 'a', network: 'n' }
  const old = many(4, 3, question).map((text, at) => seen(text, at, { ...origin, key: 'old', atMs: at }))
  const fresh = many(5, 6, question).map((text, at) => seen(text, 10 + at, { ...origin, key: `new_${at}`, atMs: 3_600_000 + at * 60_000 }))
  const keysIn = (calls: Parameters<typeof linksIn>[0]): number[] => clustersIn(linksIn(calls, (key) => key !== 'old')).map(({ keys }) => keys.length)
  assert.deepEqual(keysIn([...old, ...fresh]), [6])
  assert.deepEqual(keysIn(fresh), [], 'in a new installation every key is new')
  assert.deepEqual(keysIn([...old, ...fresh.slice(0, 4)]), [])
  assert.deepEqual(keysIn([...old, ...fresh.map((call, at) => ({ ...call, atMs: 3_600_000 + at * 700_000 }))]), [])
  assert.deepEqual(keysIn([...old, ...fresh.map((call, at) => ({ ...call, network: `n${at}` }))]), [])
})

test('attack: a campaign spread over forty keys, five prompts each, is one cluster', () => {
  const calls = many(6, 200, harvest).map((text, at) => seen(text, at, { key: `key_${String(at % 40).padStart(2, '0')}` }))
  assert.deepEqual(clustersIn(linksIn(calls, everyKeyIsNew)).map(({ id, keys }) => [id, keys.length]), [['cluster:key_00', 40]])
})
