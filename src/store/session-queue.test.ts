import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sessionQueue } from './session-queue.ts'
import { priorities, type Priority } from './store.ts'

const one = { lease: 1, revocation: 1, posting: 1, admin: 1, jobs: 1 }

test('whatever the order of arrival, the bounds hold, everybody is served, and none passes one of higher or equal priority', async () => {
  const priority = fc.constantFrom(...priorities)
  const limits = fc.record({ lease: fc.integer({ min: 1, max: 3 }), revocation: fc.integer({ min: 1, max: 3 }), posting: fc.integer({ min: 1, max: 3 }), admin: fc.integer({ min: 1, max: 3 }), jobs: fc.integer({ min: 1, max: 3 }) })
  await fc.assert(fc.asyncProperty(fc.array(priority, { maxLength: 30 }), limits, fc.integer({ min: 1, max: 6 }), fc.scheduler(), async (arrivals, each, sessionsMax, scheduler) => {
    const queue = sessionQueue(sessionsMax, each)
    const running = { lease: 0, revocation: 0, posting: 0, admin: 0, jobs: 0 }
    const served: number[] = []
    const work = arrivals.map(async (mine, index) => {
      const leave = await queue.acquire(mine)
      running[mine] += 1
      served.push(index)
      assert.ok(running[mine] <= each[mine])
      assert.ok(Object.values(running).reduce((sum, n) => sum + n, 0) <= sessionsMax)
      await scheduler.schedule(Promise.resolve())
      running[mine] -= 1
      leave()
    })
    await scheduler.waitFor(Promise.all(work))
    assert.equal(served.length, arrivals.length)
    for (const mine of priorities) {
      const order = served.filter((index) => arrivals[index] === mine)
      assert.deepEqual(order, order.toSorted((a, b) => a - b))
    }
  }), { numRuns: 100 })
})

test('on one session what waits is served by priority', async () => {
  const queue = sessionQueue(1, one)
  const leave = await queue.acquire('jobs')
  const order: Priority[] = []
  const work = (['jobs', 'admin', 'posting', 'revocation', 'lease'] as const).map(async (mine) => {
    const done = await queue.acquire(mine)
    order.push(mine)
    done()
  })
  assert.deepEqual(queue.waiting(), one)
  leave()
  await Promise.all(work)
  assert.deepEqual(order, [...priorities])
})

test('draining waits for what was accepted and refuses the rest', async () => {
  const queue = sessionQueue(1, one)
  const leave = await queue.acquire('admin')
  const accepted = queue.acquire('jobs')
  let drained = false
  const drain = queue.drain().then(() => { drained = true })
  await assert.rejects(queue.acquire('lease'), /closed/)
  leave()
  const done = await accepted
  assert.equal(drained, false)
  done()
  await drain
})
