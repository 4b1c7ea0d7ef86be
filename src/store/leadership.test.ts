import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postgresMissing } from '../../test/postgres.ts'
import { openPostgresForTest } from '../../test/stores.ts'
import type { Timers } from '../kernel/timers.ts'
import { systemTimers } from '../kernel/timers.ts'
import { type Leadership, seekLeadership } from './leadership.ts'

test('a node that is not fit takes no duty and keeps none: another has it once the lease has lapsed', { skip: postgresMissing }, async (t) => {
  const store = await openPostgresForTest()
  t.after(() => store.close())
  let monotonicMs = 0
  const fit = new Map([['one', false], ['two', true]])
  const renewals: (() => void)[] = []
  const timers: Timers = { ...systemTimers, every: (_ms, run) => { renewals.push(run); return () => undefined } }
  const seek = (holder: string): Promise<Leadership> => seekLeadership({ store, clock: { now: Date.now, monotonic: () => monotonicMs }, timers, duty: 'jobs', holder, fit: () => fit.get(holder) === true, failed: (cause) => assert.fail(String(cause)) })
  const [one, two] = [await seek('one'), await seek('two')]
  const leads = (): readonly boolean[] => [one.leads(), two.leads()]
  /** Whoever asks after them is answered after them. */
  const renewed = async (): Promise<void> => {
    for (const renew of renewals) renew()
    await store.query('revocation', 'SELECT 1')
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.deepEqual(leads(), [false, true])
  fit.set('two', false)
  assert.deepEqual(leads(), [false, false], 'at once, whatever its lease says')
  fit.set('one', true)
  await renewed()
  assert.deepEqual(leads(), [false, false], 'the lease of the other still runs')
  await store.query('admin', "UPDATE leader SET until = clock_timestamp() - interval '1 millisecond'")
  await renewed()
  assert.deepEqual(leads(), [true, false])
  fit.set('two', true)
  await renewed()
  assert.deepEqual(leads(), [true, false], 'fit again, it waits for its turn')
  monotonicMs += 10_000
  assert.deepEqual(leads(), [false, false])
  await Promise.all([one.stop(), two.stop()])
})
