import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NotRecorded } from '../journal/record.ts'
import { makeFollower } from './background.ts'
import type { UpstreamEvents } from './dial.ts'
import type { Pending } from './ports.ts'

/** What a follower is handed, of which the answer to each question and the journal are the test's; its clock moves a minute a round. */
function following(body: Buffer, journal: (record: unknown) => Promise<void>): { readonly follower: ReturnType<typeof makeFollower>; readonly asked: () => Promise<void>; readonly ended: readonly bigint[]; readonly troubles: readonly unknown[] } {
  let monotonic = 0
  let tick: () => void = () => assert.fail('nothing asks')
  const ended: bigint[] = []
  const troubles: unknown[] = []
  const ports = {
    clock: { now: () => 0, monotonic: () => monotonic },
    timers: { every: (_ms: number, run: () => void) => { tick = run; return () => undefined } },
    upstream: { dial: (_: unknown, events: UpstreamEvents) => { events.head(200, { 'content-type': 'application/json' }); events.data(body); events.end(); return {} } },
    target: () => ({ origin: 'http://maker', path: '/v1/responses/resp_1', headers: {} }),
    credentials: () => ({ authorization: 'Bearer sk-ours' }),
    journal,
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
  return { follower, asked, ended, troubles }
}

const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 }

test('a response whose outcome could not be recorded is asked about again, and its hold ends once', async () => {
  let full = true
  const written: unknown[] = []
  const body = Buffer.from(JSON.stringify({ id: 'resp_1', object: 'response', status: 'completed', model: 'm', output: [], usage }))
  const { follower, asked, ended, troubles } = following(body, async (record) => {
    if (full) throw new NotRecorded('the disk is full', true)
    written.push(record)
  })
  await asked()
  assert.deepEqual([troubles.length, ended, follower.open()], [1, [], 1], 'the hold stands while nothing is on record')
  full = false
  await asked()
  await asked()
  assert.deepEqual([ended, written.length, follower.open()], [[7n], 1, 0])
  follower.stop()
})

test('what a failed response says goes on record without our credential', async () => {
  const written: { readonly error?: string }[] = []
  const body = Buffer.from(JSON.stringify({ id: 'resp_1', object: 'response', status: 'failed', model: 'm', output: [], usage, error: { code: 'server_error', message: 'no good: sk-ours' } }))
  const { follower, asked } = following(body, async (record) => void written.push(record as { readonly error?: string }))
  await asked()
  assert.deepEqual(written.map(({ error }) => error), ['no good: ***'])
  follower.stop()
})
