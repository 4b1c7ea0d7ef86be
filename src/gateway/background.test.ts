import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NotRecorded } from '../journal/record.ts'
import { makeFollower } from './background.ts'
import type { UpstreamEvents } from './dial.ts'
import type { Pending } from './ports.ts'

test('a response whose outcome could not be recorded is asked about again, and its hold ends once', async () => {
  let monotonic = 0
  let tick: () => void = () => assert.fail('nothing asks')
  let full = true
  const body = Buffer.from(JSON.stringify({ id: 'resp_1', object: 'response', status: 'completed', model: 'm', output: [], usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 } }))
  const ended: bigint[] = []
  const troubles: unknown[] = []
  const written: unknown[] = []
  const ports = {
    clock: { now: () => 0, monotonic: () => monotonic },
    timers: { every: (_ms: number, run: () => void) => { tick = run; return () => undefined } },
    upstream: { dial: (_: unknown, events: UpstreamEvents) => { events.head(200, { 'content-type': 'application/json' }); events.data(body); events.end(); return {} } },
    target: () => ({ origin: 'http://maker', path: '/v1/responses/resp_1', headers: {} }),
    credentials: () => ({}),
    journal: async (record: unknown) => {
      if (full) throw new NotRecorded('the disk is full', true)
      written.push(record)
    },
    rate: () => ({ status: 'rated', total: { coefficient: 7n, scale: 12 } }),
    rememberItems: async () => undefined,
    failed: (cause: unknown) => void troubles.push(cause),
  }
  const follower = makeFollower(ports as unknown as Parameters<typeof makeFollower>[0])
  const deployment = { provider: { type: {}, account: 'maker' }, upstreamModel: 'm' }
  follower.follow({ response: 'resp_1', deployment, call: 'call_1', n: 1, operation: 'responses', sheet: {}, held: 9n, body: Buffer.from('{}'), ended: (charge: bigint) => void ended.push(charge) } as unknown as Pending)
  const asked = async (): Promise<void> => {
    monotonic += 60_000
    tick()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await asked()
  assert.deepEqual([troubles.length, ended, follower.open()], [1, [], 1], 'the hold stands while nothing is on record')
  full = false
  await asked()
  await asked()
  assert.deepEqual([ended, written.length, follower.open()], [[7n], 1, 0])
  follower.stop()
})
