import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../kernel/clock.ts'
import { openEmbeddedForTest } from '../../test/embedded.ts'
import { forgetClaims, remembered } from './remembered.ts'

test('what a node left in flight when it died is ended when it starts again; others’ keys and calls that go on are left', async (t) => {
  const store = await openEmbeddedForTest()
  t.after(() => store.close())
  const [mine, other] = [remembered(store, systemClock, 'journal_a'), remembered(store, systemClock, 'journal_b')]
  for (const [memory, key, call] of [[mine, 'died', 'call_1'], [mine, 'goes-on', 'call_2'], [other, 'theirs', 'call_3']] as const) {
    assert.equal((await memory.claim('acme/feed', key, call, 'f')).state, 'mine')
  }
  await mine.closeClaims(['call_2'])
  const states = async (): Promise<readonly string[]> => Promise.all(['died', 'goes-on', 'theirs'].map(async (key) => (await mine.claim('acme/feed', key, 'call_9', 'f')).state))
  assert.deepEqual(await states(), ['finished', 'in-flight', 'in-flight'])

  await forgetClaims(store, systemClock.now() + 23 * 3_600_000)
  assert.deepEqual(await states(), ['finished', 'in-flight', 'in-flight'])
  await forgetClaims(store, systemClock.now() + 25 * 3_600_000)
  assert.deepEqual(await states(), ['mine', 'mine', 'mine'], 'a day later they are new')
})
