/** Several nodes and one bucket on turned time: never more than one bucket would admit, and hardly less, however the load is spread. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Clock } from '../kernel/clock.ts'
import type { Timers } from '../kernel/timers.ts'
import { fullPool, grant, placesMs, type Part, type Pool } from './limit-pool.ts'
import type { AskPools } from './limit-pool-store.ts'
import { isThrottled, resetText, type Admission } from './limiter.ts'
import { pooledLimiter } from './pooled-limiter.ts'
import type { ScopedLimits } from './snapshot.ts'

const stepMs = 20

test('resets are written as OpenAI writes them, at the edges too', () => {
  assert.deepEqual([0, 20, 999.2, 1_500, 59_999.6, 60_000, 119_500, 3_600_000].map(resetText), ['0ms', '20ms', '1s', '1.5s', '1m0s', '1m0s', '2m0s', '60m0s'])
})

const limitsOf = (given: Partial<ScopedLimits>): ScopedLimits => ({ scope: 'project:acme/feed', requestsPerMinute: undefined, tokensPerMinute: undefined, concurrency: undefined, ...given })

/** Nodes over one bucket. Ticks of the nodes are spread over the second, as those of real nodes are. */
function fleet(count: number, limits: ScopedLimits): { readonly nodes: readonly Node[]; readonly step: () => Promise<void>; readonly now: () => number; readonly cutOff: Set<number> } {
  let now = 0
  const pools = new Map<string, { pool: Pool; readonly parts: Map<number, Part> }>()
  const cutOff = new Set<number>()
  const ticks: { readonly at: number; readonly run: () => void }[] = []
  const clock: Clock = { now: () => now, monotonic: () => now }
  const askFor = (node: number): AskPools => async (asks) => {
    if (cutOff.has(node)) throw new Error('cut off')
    return new Map(asks.map(({ limits: asked, ask }) => {
      const held = pools.get(asked.scope) ?? { pool: fullPool(asked, now), parts: new Map<number, Part>() }
      pools.set(asked.scope, held)
      const served = grant(asked, held.pool, [...held.parts].filter(([id]) => id !== node).map(([, part]) => part), ask, now)
      held.pool = served.pool
      held.parts.set(node, served.part)
      return [asked.scope, served.granted]
    }))
  }
  const nodes = Array.from({ length: count }, (_, id): Node => {
    const timers = { every: (_ms: number, run: () => void) => {
      ticks.push({ at: Math.floor(((id * 1_000) / count) / stepMs) * stepMs, run })
      return () => {}
    } } as unknown as Timers
    const limiter = pooledLimiter({ ask: askFor(id), clock, timers, failed: () => {} })
    const node: Node = {
      admitted: 0, refused: 0, open: [],
      call: async (tokens, ms) => {
        const answer = await limiter.admit([limits], tokens)
        if (isThrottled(answer)) node.refused += 1
        else {
          node.admitted += 1
          node.open.push({ until: now + ms, admission: answer, tokens })
        }
      },
    }
    return node
  })
  return {
    nodes, cutOff, now: () => now,
    step: async () => {
      now += stepMs
      for (const tick of ticks) if (now % 1_000 === tick.at) tick.run()
      for (const node of nodes) {
        for (const one of node.open.filter((each) => each.until <= now)) one.admission.done(one.tokens)
        node.open = node.open.filter((each) => each.until > now)
      }
      await new Promise(setImmediate)
    },
  }
}

interface Node {
  admitted: number
  refused: number
  open: { readonly until: number; readonly admission: Admission; readonly tokens: number }[]
  readonly call: (tokens: number, ms: number) => Promise<void>
}

const sum = (nodes: readonly Node[], of: (node: Node) => number): number => nodes.reduce((all, node) => all + of(node), 0)

/** Fires each node's calls at its pace, a second, for so long; answers how many were admitted in each second. */
async function drive(world: ReturnType<typeof fleet>, paces: readonly number[], seconds: number, tokens = 1, callMs = 0): Promise<number[]> {
  const perSecond: number[] = []
  const owed = paces.map(() => 0)
  let before = sum(world.nodes, (node) => node.admitted)
  for (let step = 0; step < (seconds * 1_000) / stepMs; step += 1) {
    const calls: Promise<void>[] = []
    for (const [id, node] of world.nodes.entries()) {
      owed[id] = (owed[id] ?? 0) + ((paces[id] ?? 0) * stepMs) / 1_000
      for (; (owed[id] ?? 0) >= 1; owed[id] = (owed[id] ?? 0) - 1) calls.push(node.call(tokens, callMs))
    }
    await Promise.all([world.step(), ...calls])
    if ((step + 1) % (1_000 / stepMs) === 0) {
      const after = sum(world.nodes, (node) => node.admitted)
      perSecond.push(after - before)
      before = after
    }
  }
  return perSecond
}

void test('all nodes together admit at most one bucket, and at least nine tenths of it, however the load is spread', async () => {
  await fc.assert(fc.asyncProperty(
    fc.integer({ min: 60, max: 3_000 }), fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 8 }),
    async (perMinute, weights) => {
      const limits = limitsOf({ requestsPerMinute: perMinute })
      const world = fleet(weights.length, limits)
      const total = weights.reduce((all, weight) => all + weight, 0)
      fc.pre(total > 0)
      const rate = perMinute / 60
      // Enough to empty the bucket within the first 20 seconds and to want twice the refill from then on.
      const paces = weights.map((weight) => (weight / total) * (perMinute / 20 + 2 * rate))
      const warm = (await drive(world, paces, 24)).reduce((all, count) => all + count, 0)
      const later = (await drive(world, paces, 20)).reduce((all, count) => all + count, 0)
      assert.ok(warm <= perMinute + rate * 24 + 1e-6, `${warm} admitted in 24 s of ${perMinute} a minute`)
      assert.ok(warm + later <= perMinute + rate * 44 + 1e-6, `${warm + later} admitted in 44 s of ${perMinute} a minute`)
      assert.ok(later >= Math.floor(rate * 20 * 0.9), `${later} admitted in 20 s, of ${rate * 20}`)
    },
  ), { numRuns: 25 })
})

void test('one busy node of eight has the whole limit, at once', async () => {
  const world = fleet(8, limitsOf({ requestsPerMinute: 600 }))
  const first = await drive(world, [1_000], 1)
  assert.ok((first[0] ?? 0) >= 595, `${first[0]} in the first second`)
  const later = (await drive(world, [100, 0, 0, 0, 0, 0, 0, 0], 10)).reduce((all, count) => all + count, 0)
  assert.ok(later >= 95 && later <= 105, `${later} in ten seconds of refill`)
  assert.equal(sum(world.nodes, (node) => node.refused) > 0, true)
})

void test('a limit smaller than the number of nodes is kept to the call, wherever calls arrive', async () => {
  const world = fleet(8, limitsOf({ requestsPerMinute: 3 }))
  for (const id of [0, 1, 2]) await world.nodes[id]?.call(1, 0)
  assert.equal(sum(world.nodes, (node) => node.admitted), 3)
  await drive(world, [0, 0, 0, 2, 2, 2, 2, 2], 19)
  assert.equal(sum(world.nodes, (node) => node.admitted), 3)
  await drive(world, [0, 0, 0, 2, 2, 2, 2, 2], 2)
  assert.equal(sum(world.nodes, (node) => node.admitted), 4)
})

void test('tokens are counted by estimate and set right at the end; a call larger than the limit leaves a debt', async () => {
  const world = fleet(2, limitsOf({ tokensPerMinute: 6_000 }))
  await world.nodes[0]?.call(9_000, 0)
  assert.equal(world.nodes[0]?.admitted, 1, 'the bucket was full')
  await world.step()
  await world.nodes[1]?.call(10, 0)
  assert.equal(world.nodes[1]?.admitted, 0, 'the debt is everybody’s')
  await drive(world, [], 31)
  await world.nodes[1]?.call(10, 0)
  assert.equal(world.nodes[1]?.admitted, 1)
})

void test('open calls are never more than allowed, and hardly fewer', async () => {
  await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 30 }), fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 8 }), async (concurrency, weights) => {
    const total = weights.reduce((all, weight) => all + weight, 0)
    fc.pre(total > 0)
    const world = fleet(weights.length, limitsOf({ concurrency }))
    // Calls of half a second, sixteen times as many as fit, so that a free place waits for its node and not for a call.
    const paces = weights.map((weight) => (weight / total) * concurrency * 32)
    let most = 0
    let served = 0
    for (let second = 0; second < 12; second += 1) {
      const counts = await drive({ ...world, step: async () => {
        await world.step()
        most = Math.max(most, sum(world.nodes, (node) => node.open.length))
      } }, paces, 1, 1, 500)
      if (second >= 4) served += counts[0] ?? 0
    }
    assert.ok(most <= concurrency, `${most} open of ${concurrency}`)
    assert.ok(served >= concurrency * 2 * 8 * 0.8, `${served} served in 8 s, of ${concurrency * 2 * 8} at most`)
  }), { numRuns: 25 })
})

void test('a node that cannot reach the database admits what it has taken, and nothing when that has lapsed', async () => {
  const world = fleet(2, limitsOf({ requestsPerMinute: 6_000, concurrency: 1_000 }))
  await drive(world, [50, 50], 3)
  world.cutOff.add(0)
  const before = world.nodes[0]?.admitted ?? 0
  await drive(world, [50, 50], 4)
  const left = (world.nodes[0]?.admitted ?? 0) - before
  assert.ok(left <= 61, `${left} admitted out of a reserve of 1.2 seconds`)
  const lapsed = world.nodes[0]?.admitted
  await drive(world, [50, 50], 2)
  assert.equal(world.nodes[0]?.admitted, lapsed)
  world.cutOff.delete(0)
  await drive(world, [50, 50], 2)
  assert.ok((world.nodes[0]?.admitted ?? 0) > (lapsed ?? 0) + 80)
})

void test('a long call gives its place back when it ends, though its node has asked for nothing else for long', async () => {
  const world = fleet(2, limitsOf({ concurrency: 1 }))
  await world.nodes[0]?.call(1, 15_000)
  await drive(world, [], 14)
  await world.nodes[1]?.call(1, 0)
  assert.equal(world.nodes[1]?.admitted, 0)
  await drive(world, [], 4)
  await world.nodes[1]?.call(1, 0)
  assert.equal(world.nodes[1]?.admitted, 1)
})

void test('open calls of a node that was cut off keep their places, until it must have ended', () => {
  const limits = limitsOf({ concurrency: 4 })
  const ask = { requestsHeld: 0, tokensHeld: 0, requestsNeed: 0, requestsWant: 0, tokensNeed: 0, tokensWant: 0, requestsPace: 0, tokensPace: 0, open: 0, placesNeed: 1, placesWant: 4 }
  const gone: Part = { requestsHeld: 0, tokensHeld: 0, requestsWanted: 0, tokensWanted: 0, places: 3, placesWanted: 3, at: 0 }
  assert.equal(grant(limits, fullPool(limits, 0), [gone], ask, 10_000).granted.places, 1)
  assert.equal(grant(limits, fullPool(limits, 0), [gone], ask, placesMs).granted.places, 4)
})
