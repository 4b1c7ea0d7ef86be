import assert from 'node:assert/strict'
import test from 'node:test'
import type { Observed } from '../gateway/ports.ts'
import type { Timers } from '../kernel/timers.ts'
import { makeLiveFeed, type LiveEvent } from './live-feed.ts'

const seen = (call: string): Observed => ({
  call, at: 0, organization: 'acme', project: 'feed', key: 'key_1', model: 'm', deployment: 'd', operation: 'chat', surface: 'openai', stream: false, attempts: 1, status: 200, fault: undefined,
  durationMs: 1, firstByteMs: 1, counts: undefined, source: 'absent', charge: 0n, clientGone: false, traceparent: undefined,
})

test('calls are handed on in batches that keep the latest and count all; nothing is kept for nobody', () => {
  const due: (() => void)[] = []
  const timers: Timers = { after: (_ms, run) => { due.push(run); return () => undefined }, every: () => () => undefined, soon: (run) => run() }
  const feed = makeLiveFeed(timers)
  feed.observe(seen('call_0'))
  feed.posted()
  assert.equal(due.length, 0)
  const events: LiveEvent[] = []
  const stop = feed.subscribe((event) => events.push(event))
  for (let n = 1; n <= 250; n += 1) feed.observe(seen(`call_${n}`))
  feed.posted()
  assert.equal(due.length, 1)
  due.shift()?.()
  const [calls, posted] = events
  assert.deepEqual(posted, { kind: 'posted' })
  assert.ok(calls?.kind === 'calls')
  assert.equal(calls.count, 250)
  assert.equal(calls.calls.length, 100)
  assert.equal(calls.calls.at(-1)?.call, 'call_250')
  stop()
  feed.observe(seen('call_251'))
  assert.equal(due.length, 0)
})
