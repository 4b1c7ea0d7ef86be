import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { systemClock } from '../kernel/clock.ts'
import { seededRandom, systemRandom, wholeBelow, type Random } from '../kernel/random.ts'
import { systemTimers } from '../kernel/timers.ts'
import type { Store } from '../store/store.ts'
import { until } from '../../demo/until.ts'
import { openEmbeddedForTest } from '../../test/embedded.ts'
import { postgresMissing } from '../../test/postgres.ts'
import { openPostgresForTest } from '../../test/stores.ts'
import { budgetPeriod } from './budget-period.ts'
import { budgetState, writeOff } from './budgets.ts'
import { isExhausted, type Budget, type Hold } from './lease.ts'
import { sqlLeases } from './sql-ledger.ts'
import { nodeLeases, type NodeLeases } from './leases.ts'

const budget = (id: string, limit: bigint, over: Partial<Budget> = {}): Budget => ({ id, scope: 'organization', name: id, currency: 'USD', limit, period: 'total', timeZone: 'UTC', thresholds: ['0.5', '1'], ...over })

interface TestNode {
  readonly journalId: string
  readonly leases: NodeLeases
  readonly holds: Hold[]
}

/** What posting does with outcomes, without the journal: charges by use. */
async function post(store: Store, journalId: string, hold: Hold, charge: bigint): Promise<void> {
  const uses = [...hold.uses].sort((a, b) => (a.budget < b.budget ? -1 : 1))
  await store.query('posting', 'SELECT budget_charge(now(), $1, $2, $3, $4, $5, $6::numeric[], $7::numeric[])',
    [`${journalId}:${Math.random()}`, journalId, uses.map((use) => use.budget), uses.map((use) => use.period), uses.map((use) => use.epoch ?? '-'), uses.map(() => charge.toString()), uses.map(() => '0')])
}

const node = (store: Store, journalId: string, lastSequence?: () => number): TestNode => ({
  journalId, holds: [],
  leases: nodeLeases({ ledger: sqlLeases(store), journalId, clock: systemClock, timers: systemTimers, random: systemRandom, failed: () => undefined, recallMs: 200, ...(lastSequence === undefined ? {} : { lastSequence }) }),
})

/** A store whose lease answers are lost now and then, after the database has acted. */
const losing = (store: Store, random: Random): Store => ({
  ...store,
  query: async (priority, text, values) => {
    const rows = await store.query(priority, text, values)
    if (text.includes('lease_take') && random.fraction() < 0.1) throw new Error('connection lost')
    return rows as never
  },
})

const kinds: readonly (readonly [string, () => Promise<Store>, string | false])[] = [
  ['embedded', () => openEmbeddedForTest(), false],
  ['postgres', () => openPostgresForTest(), postgresMissing],
]

for (const [kind, open, skip] of kinds) {
  test(`leases on ${kind}`, { skip }, async (t) => {
    const store = await open()
    t.after(() => store.close())

    await t.test('a hold is exact at the limit, and a refusal says the numbers', async () => {
      const one = node(store, 'exact')
      const path = [budget('exact', 100n)]
      const first = await one.leases.hold(path, 60n, 0)
      const second = await one.leases.hold(path, 40n, 0)
      assert.ok(!isExhausted(first) && !isExhausted(second))
      const third = await one.leases.hold(path, 1n, 0)
      assert.ok(isExhausted(third))
      assert.deepEqual([third.exhausted.id, third.asked, third.leased, third.resetsAt], ['exact', 1n, 100n, undefined])
      one.leases.settle(first, 10n)
      const fourth = await one.leases.hold(path, 50n, 0)
      assert.ok(!isExhausted(fourth))
      assert.ok(isExhausted(await one.leases.hold(path, 1n, 0)))
      assert.throws(() => one.leases.settle(first, 1n), /exactly once/)
      one.leases.settle(second, 40n)
      one.leases.settle(fourth, 0n)
      const raised = await one.leases.hold(path, 20n, 0)
      assert.ok(!isExhausted(raised))
      assert.ok(!isExhausted(await one.leases.raise(raised, 30n)))
      assert.equal(raised.picos, 50n)
      assert.ok(isExhausted(await one.leases.raise(raised, 1n)))
      one.leases.settle(raised, 0n)
      await one.leases.stop()
    })

    await t.test('slack of another node is called back before a hold is refused', async () => {
      const [one, two] = [node(store, 'slack-1'), node(store, 'slack-2')]
      const path = [budget('slack', 1_000n)]
      for (let n = 0; n < 20; n += 1) one.leases.settle(await one.leases.hold(path, 40n, 0) as Hold, 10n)
      const big = await two.leases.hold(path, 800n, 0)
      assert.ok(!isExhausted(big), 'posted 200 and 800 fit in 1,000')
      assert.ok(isExhausted(await one.leases.hold(path, 1n, 0)))
      two.leases.settle(big, 0n)
      assert.ok(!isExhausted(await one.leases.hold(path, 800n, 0)))
      await one.leases.stop()
      await two.leases.stop()
    })

    await t.test('what a lost answer had granted comes back too: to a recall, and when the node stops', async () => {
      let losesAll = false
      const deaf: Store = { ...store, query: async (priority, text, values) => {
        const rows = await store.query(priority, text, values)
        if (losesAll && text.includes('lease_take')) throw new Error('connection lost')
        return rows as never
      } }
      for (const how of ['recalled', 'stopped'] as const) {
        const path = [budget(`lost-${how}`, 1_000n)]
        const [one, two] = [node(deaf, `lost-${how}-1`), node(store, `lost-${how}-2`)]
        one.leases.settle(await one.leases.hold(path, 100n, 0) as Hold, 100n)
        await until('what is spent, leased', async () => (await budgetState(store, { budget: `lost-${how}` }))[0]?.leased, (leased) => leased === 100n)
        losesAll = true
        // Within what it knows of; what it asks for ahead of need is granted, and it never hears of that.
        one.leases.settle(await one.leases.hold(path, 0n, 0) as Hold, 0n)
        await until('more leased than it knows of', async () => (await budgetState(store, { budget: `lost-${how}` }))[0]?.leased ?? 0n, (leased) => leased > 100n)
        losesAll = false
        if (how === 'stopped') await one.leases.stop()
        assert.ok(!isExhausted(await two.leases.hold(path, 900n, 0)), how)
        await one.leases.stop()
        await two.leases.stop()
      }
    })

    await t.test('on a path, all accounts hold or none', async () => {
      const one = node(store, 'path')
      const [wide, narrow] = [budget('path/wide', 1_000n), budget('path/narrow', 100n)]
      const held = await one.leases.hold([wide, narrow], 100n, 0)
      assert.ok(!isExhausted(held))
      const refused = await one.leases.hold([wide, narrow], 1n, 0)
      assert.ok(isExhausted(refused) && refused.exhausted.id === 'path/narrow')
      assert.ok(!isExhausted(await one.leases.hold([wide], 900n, 0)))
      assert.ok(isExhausted(await one.leases.hold([wide], 1n, 0)))
      await one.leases.stop()
    })

    await t.test('what an earlier run had leased comes back while calls go on and posting is never quite done', async () => {
      const path = [budget('steady', 1_000n)]
      assert.ok(!isExhausted(await node(store, 'steady').leases.hold(path, 300n, 0)))
      await store.query('posting', "INSERT INTO journal_watermark (journal_id, shipped, posted) VALUES ('steady', 10, 10)")
      // The run before ended at 10; this one journals faster than anything is posted.
      let last = 9
      const again = node(store, 'steady', () => (last += 1))
      await again.leases.recover([])
      await until('nothing leased', async () => (await budgetState(store, { budget: 'steady' }))[0]?.leased, (leased) => leased === 0n)
      await again.leases.stop()
    })

    await t.test('a lease that was written off is fenced, and late charges are not counted twice', async () => {
      const one = node(store, 'fenced')
      const path = [budget('fenced', 1_000n)]
      const held = await one.leases.hold(path, 300n, 0)
      assert.ok(!isExhausted(held))
      const gone = await writeOff(store, 'fenced')
      assert.equal(gone.length, 1)
      const posted = async (): Promise<bigint | undefined> => (await budgetState(store, { budget: 'fenced' }))[0]?.posted
      const writtenOff = await posted()
      assert.equal(writtenOff, gone[0]?.picos)
      await post(store, 'fenced', held, 250n)
      assert.equal(await posted(), writtenOff)
      one.leases.settle(held, 250n)
      const rest = 1_000n - (writtenOff ?? 0n)
      const again = await one.leases.hold(path, rest, 0)
      assert.ok(!isExhausted(again))
      assert.notEqual(again.uses[0]?.epoch, held.uses[0]?.epoch)
      assert.ok(isExhausted(await one.leases.hold(path, 1n, 0)))
      await one.leases.stop()
    })

    await t.test('a charge beyond its hold is absorbed before further admission', async () => {
      const one = node(store, 'overrun')
      const path = [budget('overrun', 100n)]
      const held = await one.leases.hold(path, 10n, 0)
      assert.ok(!isExhausted(held))
      one.leases.settle(held, 95n)
      await post(store, 'overrun', held, 95n)
      assert.ok(isExhausted(await one.leases.hold(path, 6n, 0)))
      assert.ok(!isExhausted(await one.leases.hold(path, 5n, 0)))
      await one.leases.stop()
    })

    await t.test('after a crash the journal decides what the old lease still needs', async () => {
      await store.query('posting', "INSERT INTO journal_watermark (journal_id, shipped, posted) VALUES ('crash', 10, 9)")
      const before = node(store, 'crash')
      const path = [budget('crash', 1_000n)]
      const [kept, lost] = [await before.leases.hold(path, 200n, 0), await before.leases.hold(path, 100n, 0)]
      assert.ok(!isExhausted(kept) && !isExhausted(lost))
      // The process dies here: nothing is given back.
      const after = node(store, 'crash', () => 10)
      const attempt = { budgets: kept.uses, hold: '200' } as never
      await after.leases.recover([attempt])
      const restored = after.leases.restore(kept.uses, 200n)
      await pause(1_200)
      const state = async (): Promise<readonly (bigint | undefined)[]> => (await budgetState(store, { budget: 'crash' })).flatMap((each) => [each.posted, each.leased])
      assert.ok((await state())[1]! >= 300n, 'nothing is given back before all is posted')
      await post(store, 'crash', lost, 100n)
      await store.query('posting', "UPDATE journal_watermark SET posted = 10 WHERE journal_id = 'crash'")
      await until('what the old lease still needs', state, ([posted, leased]) => posted === 100n && leased === 200n)
      after.leases.settle(restored, 50n)
      await post(store, 'crash', kept, 50n)
      await until('nothing leased', state, ([posted, leased]) => posted === 150n && leased === 0n)
      await after.leases.stop()
      await before.leases.stop()
    })

    await t.test('under random interleavings no budget is exceeded, and what fits is granted', async () => {
      for (const seed of [1, 2, 3]) await storm(store, `${kind}-${seed}`, seed)
    })
  })
}

/** Several nodes, holds of random size, charges up to the hold, answers lost, nodes killed and written off. */
async function storm(store: Store, name: string, seed: number): Promise<void> {
  const random = seededRandom(seed)
  const limit = 100_000n
  const organization = budget(`${name}/org`, limit)
  const projects = [budget(`${name}/a`, limit / 2n), budget(`${name}/b`, limit)]
  let spent = 0n
  let held = 0n
  let dead = 0n
  let made = 0
  const fresh = (): TestNode => node(losing(store, random), `${name}-node-${made += 1}`)
  const nodes = [fresh(), fresh(), fresh()]
  const check = async (): Promise<void> => {
    assert.ok(spent + held + dead <= limit, `spent ${spent}, held ${held}, dead ${dead}`)
    for (const state of await budgetState(store)) {
      if (state.budget.startsWith(name)) assert.ok(state.posted + state.leased <= (state.limit ?? 0n), `${state.budget}: posted ${state.posted}, leased ${state.leased}`)
    }
  }
  const work = async (one: TestNode): Promise<void> => {
    for (let n = 0; n < 40 && nodes.includes(one); n += 1) {
      const picos = BigInt(1 + wholeBelow(random, 2_000))
      const path = [organization, projects[wholeBelow(random, 2)] as Budget]
      const hold = await one.leases.hold(path, picos, 0)
      if (isExhausted(hold)) {
        await pause(1)
        continue
      }
      if (!nodes.includes(one)) {
        // Granted while the node was written off: the call is not dialled, so nothing is charged.
        one.leases.settle(hold, 0n)
        continue
      }
      held += picos
      one.holds.push(hold)
      assert.ok(spent + held + dead <= limit, `spent ${spent}, held ${held}, dead ${dead}`)
      if (random.fraction() < 0.5) await pause(wholeBelow(random, 3))
      if (!nodes.includes(one)) continue
      one.holds.splice(one.holds.indexOf(hold), 1)
      const charge = BigInt(wholeBelow(random, Number(picos) + 1))
      held -= picos
      spent += charge
      one.leases.settle(hold, charge)
      await post(store, one.journalId, hold, charge)
    }
  }
  const kill = async (): Promise<void> => {
    await pause(30)
    const [victim] = nodes.splice(0, 1)
    if (victim === undefined) return
    for (const hold of victim.holds) {
      held -= hold.picos
      dead += hold.picos
    }
    await writeOff(store, victim.journalId)
    await check()
  }
  const victim = nodes[0]
  await Promise.all([...nodes.flatMap((one) => [work(one), work(one), work(one)]), kill()])
  await check()
  await victim?.leases.stop()
  // What fits is granted: all that is left can be spent in one hold, and not a pico more.
  const [first, second] = nodes
  assert.ok(first !== undefined && second !== undefined)
  const before = (await budgetState(store, { budget: organization.id }))[0]
  const rest = limit - (before?.posted ?? 0n)
  assert.ok(!isExhausted(await first.leases.hold([organization], rest, 0)), `${name}: ${rest} of ${limit} must fit after ${before?.posted}`)
  assert.ok(isExhausted(await second.leases.hold([organization], 1n, 0)))
  await Promise.all(nodes.map((one) => one.leases.stop()))
}

test('periods begin when the zone says so', () => {
  const at = (text: string): number => Date.parse(text)
  const rows: [Budget['period'], string, string, string, string][] = [
    ['month', 'UTC', '2026-02-28T23:59:59.999Z', '2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z'],
    ['month', 'UTC', '2028-02-29T12:00:00Z', '2028-02-01T00:00:00.000Z', '2028-03-01T00:00:00.000Z'],
    ['day', 'Europe/Rome', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
    ['day', 'Europe/Rome', '2026-10-25T00:30:00Z', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
    ['month', 'Europe/Rome', '2026-03-31T22:30:00Z', '2026-03-31T22:00:00.000Z', '2026-04-30T22:00:00.000Z'],
    ['month', 'America/Los_Angeles', '2026-11-01T06:59:59Z', '2026-10-01T07:00:00.000Z', '2026-11-01T07:00:00.000Z'],
    ['day', 'America/Sao_Paulo', '2018-11-04T12:00:00Z', '2018-11-04T03:00:00.000Z', '2018-11-05T02:00:00.000Z'],
    ['day', 'Asia/Kathmandu', '2026-01-01T00:00:00Z', '2025-12-31T18:15:00.000Z', '2026-01-01T18:15:00.000Z'],
    ['day', 'Pacific/Apia', '2011-12-30T09:59:00Z', '2011-12-29T10:00:00.000Z', '2011-12-30T10:00:00.000Z'],
    ['day', 'Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-30T10:00:00.000Z', '2011-12-31T10:00:00.000Z'],
  ]
  for (const [period, timeZone, instant, starts, ends] of rows) {
    const found = budgetPeriod({ period, timeZone }, at(instant))
    assert.deepEqual([found.period, found.endsAt], [starts, at(ends)], `${period} of ${instant} in ${timeZone}`)
  }
  assert.equal(budgetPeriod({ period: 'total', timeZone: 'UTC' }, 0).period, 'total')
})
