import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { InForce } from './case.ts'
import { throttler, watches } from './throttle.ts'

const restriction = (given: Partial<InForce>): InForce => ({
  id: 'r1', case: 'case_1', kind: 'throttle', scope: { organization: 'acme', project: 'lab' }, percent: 25, clause: 'oai.extract', says: 'It harvests.', evidence: ['x'], appeal: 'Write.', reversible: true, automatic: false, by: 'ada', atMs: 0, status: 'in-force', ...given,
})
const use = { organization: 'acme', project: 'lab', key: 'k', purpose: undefined, model: 'm' }

test('of any run of calls the stated percentage passes, to within one call, and the first does', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 500 }), (percent, count) => {
    const throttle = throttler()
    const passed = Array.from({ length: count }, () => throttle([restriction({ percent })], use, 1) === undefined)
    const share = passed.filter(Boolean).length
    assert.equal(passed[0], true)
    assert.ok(Math.abs(share - (count * percent) / 100) <= 1, `${share} of ${count} at ${percent} %`)
  }))
})

test('it reaches its scope only, ends at its end, and of two the strictest counts', () => {
  const throttle = throttler()
  const none = (given: Partial<InForce>, of = use, at = 1): boolean => Array.from({ length: 8 }, () => throttle([restriction(given)], of, at)).every((one) => one === undefined)
  assert.equal(none({ id: 'a' }, { ...use, project: 'feed' }), true)
  assert.equal(none({ id: 'b', untilMs: 5 }, use, 5), true)
  assert.equal(none({ id: 'c', kind: 'watch' }), true)
  assert.equal(none({ id: 'd' }), false)
  const both = [restriction({ id: 'e', percent: 80 }), restriction({ id: 'f', percent: 10 })]
  assert.equal(Array.from({ length: 100 }, () => throttle(both, use, 1)).filter((one) => one === undefined).length, 10)
})

test('a refusal names case, reason and the share that passes; a watch lets all pass', () => {
  const throttle = throttler()
  throttle([restriction({})], use, 1)
  const refused = throttle([restriction({})], use, 1)
  assert.deepEqual([refused?.percent, refused?.clause], [25, 'oai.extract'])
  assert.match(refused?.says ?? '', /case_1/)
  assert.equal(watches([restriction({ kind: 'watch' })], use, 1), true)
  assert.equal(watches([restriction({ kind: 'watch' })], { ...use, organization: 'other' }, 1), false)
  assert.equal(watches([restriction({ kind: 'watch', automatic: true })], use, 73 * 3_600_000), false)
})
