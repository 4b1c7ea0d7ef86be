import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Breaker } from '../gateway/breaker.ts'
import { buildSnapshot } from '../gateway/build-snapshot.ts'
import { type ModelResource, modelSchema, providerSchema } from '../gateway/resources.ts'
import { route } from '../gateway/route.ts'
import type { Model } from '../gateway/snapshot.ts'
import { seededRandom } from '../kernel/random.ts'
import { providerType } from '../providers/catalogue.ts'
import { type Diversion, diverted, objectionTo, parseShare } from './diversion.ts'

const declared: ModelResource = modelSchema.parse({
  contextWindow: 100_000,
  deployments: [{ provider: 'cloud', model: 'chat', id: 'cloud-a', weight: 3 }, { provider: 'cloud', model: 'chat', id: 'cloud-b', weight: 1 }, { provider: 'cloud', model: 'chat', id: 'spare', group: 1 }, { provider: 'own', model: 'chat', id: 'own', group: 2, capacity: 'in-house' }],
})
const provider = providerSchema.parse({ type: 'sandbox' })
const snapshotOf = (model: ModelResource): Model => {
  const snapshot = buildSnapshot({ version: 1, createdAt: 0, providers: new Map([['cloud', provider], ['own', provider]]), models: new Map([['chat', model]]), organizations: new Map(), projects: new Map(), keys: [] }, { providerType, modelFacts: () => undefined })
  const built = snapshot.models.get('chat')
  assert.ok(built)
  return built
}
const breaker = { fit: () => true, suspended: () => undefined } as unknown as Breaker
const random = seededRandom(1)
const serves = (model: Model, user: string | undefined): string => route({ model, breaker, random, stickyTo: user }).candidates[0]?.id ?? ''
const toOwn = (share: number): Diversion => ({ model: 'chat', to: 'own', share, sticky: 'user' })
const users = Array.from({ length: 20_000 }, (_, index) => `user-${index}`)

/** Four standard deviations: one false alarm in 16,000. */
function withinBinomial(hits: number, tries: number, share: number): void {
  const spread = 4 * Math.sqrt(tries * share * (1 - share))
  assert.ok(Math.abs(hits - tries * share) <= spread, `${hits} of ${tries} at ${share}`)
}

test('the split holds within a binomial interval, sticky or not, and the others keep their proportions', () => {
  for (const share of [0.01, 0.1, 0.5, 0.9]) {
    const model = snapshotOf(diverted(declared, toOwn(share)))
    const counts = new Map<string, number>()
    for (const user of users) counts.set(serves(model, user), (counts.get(serves(model, user)) ?? 0) + 1)
    withinBinomial(counts.get('own') ?? 0, users.length, share)
    withinBinomial(counts.get('cloud-a') ?? 0, users.length, 0.75 * (1 - share))
    withinBinomial(counts.get('cloud-b') ?? 0, users.length, 0.25 * (1 - share))
    const free = users.filter(() => serves(model, undefined) === 'own').length
    withinBinomial(free, users.length, share)
  }
})

test('stickiness is exact: the same user, the same side, on any node and after any rebuild', () => {
  const [one, other] = [snapshotOf(diverted(declared, toOwn(0.3))), snapshotOf(diverted(structuredClone(declared), toOwn(0.3)))]
  for (const user of users.slice(0, 2_000)) {
    const first = serves(one, user)
    for (let again = 0; again < 3; again += 1) assert.equal(serves(one, user), first)
    assert.equal(serves(other, user), first)
  }
})

test('a larger share moves users to the target only; the way back puts every one where it was', () => {
  const plain = { ...declared, sticky: 'user' as const }
  const steps = [0.05, 0.2, 0.6, 1].map((share) => snapshotOf(diverted(declared, toOwn(share))))
  const before = snapshotOf(plain)
  for (const user of users.slice(0, 3_000)) {
    let moved = false
    const home = serves(before, user)
    for (const step of steps) {
      const now = serves(step, user)
      assert.ok(now === 'own' || (!moved && now === home), `${user}: ${home} → ${now}`)
      moved ||= now === 'own'
    }
    assert.ok(moved, 'at 100 % everybody is there')
  }
  assert.deepEqual(diverted(declared, { ...toOwn(0.3), to: 'gone' }), declared)
})

test('the other side stays behind the target, so that no call fails where the own deployment does', () => {
  const model = snapshotOf(diverted(declared, toOwn(1)))
  const broken = { fit: (deployment: { readonly id: string }) => deployment.id !== 'own', suspended: () => undefined } as unknown as Breaker
  const left = route({ model, breaker: broken, random, stickyTo: 'user-1' })
  assert.deepEqual(left.candidates.map((each) => each.id).toSorted(), ['cloud-a', 'cloud-b', 'spare'])
})

test('weights of one sum: the target the share, the carriers the rest, everyone else untouched', () => {
  fc.assert(fc.property(fc.double({ min: 0.001, max: 1, noNaN: true }), (share) => {
    const model = diverted(declared, toOwn(share))
    const weights = model.deployments.filter((each) => each.group === 0).map((each) => each.weight)
    assert.ok(Math.abs(weights.reduce((a, b) => a + b, 0) - 1) < 1e-12)
    assert.deepEqual(model.deployments[2], declared.deployments[2])
  }))
})

test('what cannot be diverted is refused with what would do', () => {
  assert.equal(objectionTo(declared, toOwn(0.1)), undefined)
  assert.match(objectionTo(undefined, toOwn(0.1)) ?? '', /no model chat/)
  assert.match(objectionTo(declared, { ...toOwn(0.1), to: 'cloud-b' }) ?? '', /pay-as-you-go, not in-house/)
  assert.match(objectionTo(declared, { ...toOwn(0.1), to: 'x' }) ?? '', /its deployments are cloud-a, cloud-b, spare, own/)
  assert.match(objectionTo(declared, toOwn(0)) ?? '', /above 0 %/)
  assert.match(objectionTo({ ...declared, deployments: declared.deployments.slice(3) }, toOwn(0.1)) ?? '', /nothing to divert from/)
  assert.deepEqual(['10%', '0.1', '10', '100%', '1', '2.5 %', '0', '101%', '-1', 'x', ''].map(parseShare), [0.1, 0.1, 0.1, 1, 1, 0.025, undefined, undefined, undefined, undefined, undefined])
})
