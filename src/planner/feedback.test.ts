import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAnyForTest } from '../../test/stores.ts'
import { decimal } from '../kernel/decimal.ts'
import { idMaker, timeOfId } from '../kernel/ids.ts'
import { seededRandom } from '../kernel/random.ts'
import type { Store } from '../store/store.ts'
import { lastStretch, type Step } from './diversion-steps.ts'
import { feedbackSchema, recordFeedback } from './feedback.ts'
import { type Observation, readTwoSides, twoSides } from './two-sides.ts'

let now = Date.parse('2026-11-23T10:00:00Z')
const clock = { now: () => now, monotonic: () => 0 }
const makeId = idMaker(clock, seededRandom(5))
const speaker = { organization: 'acme', project: 'feed', key: 'key_1' }

async function dialled(store: Store, call: string, over: { readonly deployment?: string; readonly organization?: string; readonly cost?: string; readonly outcome?: string; readonly latency?: number } = {}): Promise<void> {
  const day = Math.floor(now / 86_400_000)
  await store.query('jobs', `CREATE TABLE IF NOT EXISTS attempt_${day} PARTITION OF attempt FOR VALUES FROM (${day}) TO (${day + 1})`)
  await store.query('jobs', `INSERT INTO attempt (day, call, n, journal_id, attempt_sequence, sequence, at_ms, ended_ms, organization, project, key, model, deployment, supplier, maker, operation, outcome, source, billable, tier, currency, cost, charge, last, lines)
    VALUES ($1, $2, 1, 'j', 1, 2, $3, $4, $5, 'feed', 'key_1', 'chat', $6, 's', 'm', 'chat', $7, 'reported', 'yes', 'default', 'USD', $8, 0, true, '-')`,
  [day, call, now, now + (over.latency ?? 100), over.organization ?? 'acme', over.deployment ?? 'cloud', over.outcome ?? 'complete', over.cost ?? '0.01'])
}

test('feedback is bound to the calls of its own project, waits for what is not posted yet, and knows no others', async () => {
  const store = await openAnyForTest()
  try {
    const [own, foreign, young] = [makeId('call'), makeId('call'), makeId('call')]
    assert.equal(timeOfId(own), now)
    await dialled(store, own)
    await dialled(store, foreign, { organization: 'rival' })
    const old = idMaker({ ...clock, now: () => now - 86_400_000 }, seededRandom(9))('call')
    const said = await recordFeedback(store, { clock, makeId }, speaker, [own, foreign, young, old].map((call) => ({ call, signal: 'feedback', success: true })))
    assert.deepEqual(said.map((each) => each.status), ['bound', 'unknown', 'pending', 'unknown'])
    assert.equal((await store.query('jobs', 'SELECT id FROM feedback')).length, 2)
    await assert.rejects(store.query('jobs', 'DELETE FROM feedback'), /append-only/)
  } finally {
    await store.close()
  }
})

test('what says nothing, or is no call, is refused', () => {
  const call = makeId('call')
  assert.ok(feedbackSchema.safeParse({ call, success: false }).success)
  assert.ok(feedbackSchema.safeParse({ events: [{ call, score: 0.5, signal: 'resolved' }, { call, label: 'angry' }] }).success)
  for (const wrong of [{ call }, { call: 'call_x', success: true }, { call: 'chatcmpl-1', success: true }, { call, score: 1.5 }, { call, success: 'yes' }, { call, success: true, stars: 5 }, { events: [] }]) assert.equal(feedbackSchema.safeParse(wrong).success, false)
})

test('both sides: what the product said last counts, and its sums are the books\' own', async () => {
  const store = await openAnyForTest()
  try {
    const since = now
    const said: { call: string; signal: string; success: boolean }[] = []
    for (let index = 0; index < 40; index += 1) {
      const call = makeId('call')
      await dialled(store, call, index % 2 === 0 ? { deployment: 'cloud', cost: '0.02', latency: 200 + index } : { deployment: 'own', cost: '0.004', latency: 300 + index, ...(index === 39 ? { outcome: 'failed' } : {}) })
      said.push({ call, signal: 'resolved', success: index % 4 < 2 })
    }
    await recordFeedback(store, { clock, makeId }, speaker, said.map((each) => ({ ...each, success: !each.success })))
    now += 1_000
    await recordFeedback(store, { clock, makeId }, speaker, said)
    const seen = await readTwoSides(store, { model: 'chat', own: ['own'], since, until: now, signal: 'resolved' })
    assert.match(seen.says, /no equivalence is claimed/)
    assert.deepEqual(seen.missing, [])
    const [supplier, own] = seen.sides
    assert.deepEqual([supplier?.attempts, supplier?.judged, supplier?.successes, supplier?.cost, supplier?.costPerSuccess?.value], [20, 20, 10, '0.4', '0.04'])
    assert.deepEqual([own?.attempts, own?.successes, own?.cost, own?.costPerSuccess?.value, own?.errorRate?.value], [20, 10, '0.08', '0.008', '0.0500'])
    for (const side of seen.sides) {
      for (const estimate of [side.successRate, side.errorRate, side.costPerSuccess, side.costPerCall, side.latencyMedianMs]) {
        assert.ok(estimate && Number(estimate.low) <= Number(estimate.value) && (estimate.high === undefined || Number(estimate.high) >= Number(estimate.value)), JSON.stringify(estimate))
      }
    }
    const silent = await readTwoSides(store, { model: 'chat', own: ['own'], since, until: now, signal: 'never-said' })
    assert.equal(silent.missing.length, 2)
    assert.equal(silent.sides[0]?.costPerSuccess, undefined)
  } finally {
    await store.close()
  }
})

test('a retry is an error of the side that failed and a success of the one that answered', () => {
  const base: Observation = { deployment: 'own', cost: decimal('0.001'), currency: 'USD', latencyMs: 50, failed: false, last: true, success: true }
  const [supplier, own] = twoSides([{ ...base, failed: true, last: false, success: true }, { ...base, deployment: 'cloud', cost: undefined }, base, base], new Set(['own']))
  assert.deepEqual([own?.attempts, own?.calls, own?.successes, own?.errorRate?.value, own?.cost], [3, 2, 2, '0.3333', '0.003'])
  assert.deepEqual([supplier?.attempts, supplier?.successes, supplier?.uncosted], [1, 1, 1])
})

test('the last stretch begins with the first step after the last way back', () => {
  const step = (at: number, action: Step['action'], deployment?: string): Step => ({ id: `${at}`, model: 'chat', action, deployment, share: undefined, sticky: undefined, version: at, at, actor: 'console' })
  assert.equal(lastStretch([], 9), undefined)
  assert.deepEqual(lastStretch([step(1, 'divert', 'a'), step(2, 'divert', 'b')], 9), { since: 1, until: 9, own: ['a', 'b'] })
  assert.deepEqual(lastStretch([step(1, 'divert', 'a'), step(2, 'back'), step(5, 'divert', 'b'), step(7, 'back')], 9), { since: 5, until: 7, own: ['b'] })
})
