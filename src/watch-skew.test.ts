/** The node's clock against a real database's: the clock that is wrong is the node's, moved from outside. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { embeddedTemplate, temporaryFolder } from '../test/embedded.ts'
import { callHandlers, type Serving } from './call-handlers.ts'
import type { Call } from './gateway/call.ts'
import { errorRows } from './http/errors.ts'
import { systemClock } from './kernel/clock.ts'
import { systemTimers } from './kernel/timers.ts'
import { openStore } from './store/open-store.ts'
import { watchSkew } from './watch-skew.ts'

test('a clock that is off by more than a second alarms once, by more than five seconds admits nothing, and is forgiven', async (t) => {
  let aheadMs = 0
  /** What passes from one look at the clock to the next. */
  let busyMs = 0
  const clock = { ...systemClock, now: () => {
    const now = Date.now() + aheadMs
    aheadMs += busyMs
    return now
  } }
  const store = await openStore({
    database: { kind: 'embedded', folder: temporaryFolder(), template: await embeddedTemplate() }, clock, timers: systemTimers, migrations: [], onLost: (cause) => { throw cause },
  })
  t.after(() => store.close())
  const raised: string[] = []
  let tick: () => void = () => assert.fail('nothing measures')
  const everies: number[] = []
  const timers = { ...systemTimers, every: (ms: number, run: () => void) => {
    everies.push(ms)
    tick = run
    return () => undefined
  } }
  const skew = await watchSkew(store, timers, (kind, subject, body) => void raised.push(`${kind} ${subject} ${JSON.stringify(body)}`), (cause) => assert.fail(String(cause)))
  const measured = async (ms: number): Promise<void> => {
    aheadMs = ms
    tick()
    // Whoever asks after it is answered after it.
    await store.clockSkewMs()
  }
  assert.deepEqual([skew.refuses(), raised, everies], [undefined, [], [10_000]])

  await measured(800)
  assert.deepEqual([skew.refuses(), raised], [undefined, []])
  for (const ms of [1_500, 1_600]) await measured(ms)
  assert.equal(skew.refuses(), undefined)
  assert.equal(raised.length, 1, 'one alarm while it lasts')
  assert.match(raised[0] ?? '', /^clock-skewed node \{"skewMs":-1[45]\d\d,"refuses":false\}$/)

  for (const ms of [6_000, -6_000]) {
    await measured(ms)
    const refused = skew.refuses()
    assert.equal(refused?.code, 'clock_skewed')
    assert.match(refused.say['skew'] ?? '', ms > 0 ? /^-(5|6)\d\d\d ms$/ : /^(5|6)\d\d\d ms$/)
    assert.equal(errorRows[refused.code].status, 503)
    assert.match(skew.says() ?? '', ms > 0 ? /^This node's clock is [56]\.\d s ahead of the database's, .*mend the clock/ : /^This node's clock is [56]\.\d s behind the database's/)
    // No part of a gateway is asked: the call ends before it.
    const { call } = callHandlers({ skew } as unknown as Serving)
    assert.deepEqual(await call({} as Call), { status: 'fault', fault: refused, attempts: 0 })
  }

  // A node that was busy for twelve seconds before it looked at the answer is no node whose clock is off.
  aheadMs = 0
  busyMs = 12_000
  assert.equal(await store.clockSkewMs(), 0)
  busyMs = 0

  await measured(0)
  assert.deepEqual([skew.refuses(), skew.says()], [undefined, undefined])
  await measured(1_500)
  assert.equal(raised.length, 2, 'what was well and is off again alarms again')

  // At the limit: half a second to each side is room for the time that a measurement takes.
  for (const [ms, refuses] of [[4_500, false], [5_500, true], [4_500, true], [-4_500, true], [3_500, false], [4_500, false]] as const) {
    await measured(ms)
    assert.deepEqual([skew.refuses() !== undefined, skew.says() !== undefined], [refuses, refuses], `${ms} ms`)
  }
  skew.stop()
})
