import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runJobs } from './run-jobs.ts'

test('a job begins within five seconds of leading, then keeps its pace; runs of one never overlap, and a failure ends none', async () => {
  let now = 0
  const every: { readonly ms: number; readonly run: () => void }[] = []
  const ran: string[] = []
  const failures: string[] = []
  let leading = false
  let slow = Promise.withResolvers<void>()
  const { stop } = runJobs({
    timers: { after: () => () => undefined, every: (ms, run) => { every.push({ ms, run }); return () => undefined }, soon: (run) => run() },
    leads: () => leading, failed: (what) => void failures.push(what),
    jobs: [
      { name: 'second', everyMs: 1_000, run: async () => void ran.push(`second ${now}`) },
      { name: 'hour', everyMs: 3_600_000, run: async () => { ran.push(`hour ${now}`); throw new Error('the database is away') } },
      { name: 'slow', everyMs: 5_000, run: async () => { ran.push(`slow ${now}`); await slow.promise } },
    ],
  })
  const pass = async (seconds: number): Promise<void> => {
    for (let at = 0; at < seconds; at += 1) {
      now += 1_000
      for (const { ms, run } of every) if (now % ms === 0) run()
      await new Promise((resolve) => void setImmediate(resolve))
    }
  }
  await pass(7_300)
  assert.equal(ran.length, 0, 'another node leads')
  leading = true
  const from = now
  await pass(7_300)
  const times = (name: string): readonly number[] => ran.filter((one) => one.startsWith(name)).map((one) => (Number(one.split(' ')[1]) - from) / 1_000)
  assert.deepEqual(times('hour'), [5, 3_605, 7_205])
  assert.deepEqual(failures, ['hour', 'hour', 'hour'])
  assert.equal(times('second').length, 7_300)
  assert.deepEqual(times('slow'), [5])
  slow.resolve()
  slow = Promise.withResolvers<void>()
  slow.resolve()
  await pass(11)
  assert.equal(times('slow').length, 3)
  await stop()
})
