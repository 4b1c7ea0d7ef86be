/** A database that was restored has forgotten a lease: it grants nothing until the lease's holder has named it (C2). */
import assert from 'node:assert/strict'
import test from 'node:test'
import { systemClock } from '../kernel/clock.ts'
import { systemRandom } from '../kernel/random.ts'
import { systemTimers } from '../kernel/timers.ts'
import type { Store } from '../store/store.ts'
import { until } from '../../demo/until.ts'
import { openEmbeddedForTest } from '../../test/embedded.ts'
import { administer, freshPostgresUrl, postgresMissing, testCluster } from '../../test/postgres.ts'
import { openPostgresForTest } from '../../test/stores.ts'
import { BudgetsRecovering, budgetState, spoke, takeLeases, watchHistory, writeOff } from './budgets.ts'
import { isExhausted, type Budget } from './lease.ts'
import type { LeaseLedger } from './ledger.ts'
import { LeasesUnanswered, nodeLeases, type NodeLeases } from './leases.ts'
import { watermark } from './ship.ts'
import { sqlLeases } from './sql-ledger.ts'

const budget: Budget = { id: 'organization/acme/total', scope: 'organization', name: 'acme', currency: 'USD', limit: 1_000n, period: 'total', timeZone: 'UTC', thresholds: [] }

/** Nodes that reach whichever database is the present one, and are told of a reconnect. */
function nodesOn(first: Store): { readonly node: (journalId: string) => NodeLeases; readonly move: (to: Store) => void; readonly reconnect: () => void } {
  let present = sqlLeases(first)
  const heard: ((payload: string) => void)[] = []
  const ledger: LeaseLedger = {
    takeLeases: (...given) => present.takeLeases(...given), returnLease: (...given) => present.returnLease(...given), closeLeases: (...given) => present.closeLeases(...given),
    releaseClosed: (...given) => present.releaseClosed(...given), spoke: (...given) => present.spoke(...given),
    onNotify: (listener) => {
      heard.push(listener)
      return () => {}
    },
  }
  return {
    node: (journalId) => nodeLeases({ ledger, journalId, clock: systemClock, timers: systemTimers, random: systemRandom, failed: () => undefined, recallMs: 50, unansweredMs: 1_200 }),
    move: (to) => { present = sqlLeases(to) },
    reconnect: () => { for (const listener of heard) listener('resync') },
  }
}

/** As `weir backup` and `weir restore` would leave it: the same rows in another database. */
async function copyOf(url: string): Promise<string> {
  const { adminUrl } = await testCluster()
  const name = new URL(url).pathname.slice(1)
  await administer(adminUrl, `CREATE DATABASE ${name}_restored TEMPLATE ${name}`)
  const copy = new URL(url)
  copy.pathname = `/${name}_restored`
  return copy.href
}

const atWork = (store: Store, ...journals: readonly string[]): Promise<unknown> =>
  store.query('jobs', "INSERT INTO node (id, role, journal_id) SELECT 'node-' || j, 'gateway', j FROM unnest($1::text[]) AS j", [journals])

test('a forgotten lease is not granted again: the database waits until its holder has spoken', { skip: postgresMissing }, async (t) => {
  const url = await freshPostgresUrl()
  const before = await openPostgresForTest(undefined, url)
  await watchHistory(before)
  await atWork(before, 'a', 'b')
  await before.close()
  const restoredUrl = await copyOf(url)
  const [lost, restored] = [await openPostgresForTest(undefined, url), await openPostgresForTest(undefined, restoredUrl)]
  t.after(() => Promise.all([lost.close(), restored.close()]))

  const nodes = nodesOn(lost)
  const [a, b] = [nodes.node('a'), nodes.node('b')]
  await Promise.all([a.recover([]), b.recover([])])
  const held = await b.hold([budget], 900n, 0)
  assert.ok(!isExhausted(held))
  nodes.move(restored)
  // Node a comes first, and the restored database knows of nothing that b holds.
  await assert.rejects(async () => a.hold([budget], 500n, 0), LeasesUnanswered)
  const [fence] = await restored.query<{ awaits: readonly string[] }>('jobs', 'SELECT awaits FROM budget_fence')
  assert.deepEqual(fence?.awaits, ['a', 'b'])
  assert.equal((await restored.query('jobs', "SELECT 1 FROM event WHERE kind = 'budgets-fenced'")).length, 1, 'a person is told')
  const within = await b.hold([budget], 0n, 0)
  assert.ok(!isExhausted(within), 'what a node holds already goes on')

  nodes.reconnect()
  await until('a fence that awaits nobody', () => restored.query<{ awaits: readonly string[] }>('jobs', 'SELECT awaits FROM budget_fence'), ([row]) => row?.awaits.length === 0)
  await assert.rejects(async () => a.hold([budget], 500n, 0), LeasesUnanswered, 'a node that this database never heard of may still speak')
  await restored.query('jobs', "UPDATE budget_fence SET since = since - interval '20 seconds'")
  const refused = await a.hold([budget], 500n, 0)
  assert.ok(isExhausted(refused) && refused.leased >= 900n, 'b holds 900 of 1,000')
  const small = await a.hold([budget], 100n, 0)
  assert.ok(!isExhausted(small))
  const [state] = await budgetState(restored)
  assert.deepEqual([state?.posted, state?.leased], [0n, 1_000n])
  a.settle(small, 0n)
  b.settle(held, 0n)
  await Promise.all([a.stop(), b.stop()])
})

test('a node that never comes back is waited for until it is written off', { skip: postgresMissing }, async (t) => {
  const url = await freshPostgresUrl()
  const before = await openPostgresForTest(undefined, url)
  await watchHistory(before)
  await atWork(before, 'gone')
  await before.close()
  const restored = await openPostgresForTest(undefined, await copyOf(url))
  t.after(() => restored.close())
  await watchHistory(restored)
  await restored.query('jobs', "UPDATE budget_fence SET since = since - interval '1 minute'")
  const want = { budget, period: { period: 'total', startsAt: 0, endsAt: undefined }, epoch: 'e', have: 0n, returned: 0n, need: 10n, want: 10n }
  await assert.rejects(takeLeases(restored, 'new', [want], false), BudgetsRecovering)
  await writeOff(restored, 'gone')
  assert.equal((await takeLeases(restored, 'new', [want], false)).status, 'granted')
})

test('a disk that was put back is known by a journal that was told more, and each node is waited for once', { skip: postgresMissing }, async (t) => {
  const store = await openPostgresForTest()
  t.after(() => store.close())
  await watchHistory(store)
  await atWork(store, 'a', 'b')
  await store.query('posting', "INSERT INTO journal_watermark (journal_id, shipped) VALUES ('a', 3), ('b', 3)")
  const want = { budget, period: { period: 'total', startsAt: 0, endsAt: undefined }, epoch: 'e', have: 0n, returned: 0n, need: 10n, want: 10n }
  const awaits = async (): Promise<unknown> => (await store.query('jobs', 'SELECT awaits FROM budget_fence'))[0]?.['awaits']
  assert.equal((await takeLeases(store, 'a', [want], false, 3)).status, 'granted', 'nothing is missing')
  await assert.rejects(takeLeases(store, 'a', [{ ...want, have: 10n, need: 20n }], false, 5), BudgetsRecovering)
  await assert.rejects(takeLeases(store, 'b', [want], false, 0), BudgetsRecovering, 'also to who knows nothing of it')
  assert.deepEqual(await awaits(), ['a', 'b'])
  await spoke(store, 'a')
  assert.equal(await watermark(store, 'b', 7), 3)
  assert.deepEqual(await awaits(), ['b'], 'who notices later notices the same')
  assert.equal((await store.query('jobs', "SELECT 1 FROM event WHERE kind = 'budgets-fenced'")).length, 1)
  await spoke(store, 'b')
  await store.query('jobs', "UPDATE budget_fence SET since = since - interval '20 seconds'")
  assert.equal((await takeLeases(store, 'b', [want], false, 7)).status, 'granted')
})

test('a node speaks when what was charged to leases that are over is posted', { skip: postgresMissing }, async (t) => {
  const store = await openPostgresForTest()
  t.after(() => store.close())
  await store.query('posting', "INSERT INTO journal_watermark (journal_id, shipped, posted) VALUES ('a', 4, 4)")
  let spoken = 0
  const ledger: LeaseLedger = { ...sqlLeases(store), spoke: async () => { spoken += 1 } }
  const node = nodeLeases({ ledger, journalId: 'a', clock: systemClock, timers: systemTimers, random: systemRandom, failed: () => undefined, lastSequence: () => 5 })
  await node.recover([])
  await new Promise((resolve) => setTimeout(resolve, 1_200))
  assert.equal(spoken, 0, 'record 5 may be a charge that the database has forgotten')
  await store.query('posting', "UPDATE journal_watermark SET shipped = 5, posted = 5 WHERE journal_id = 'a'")
  await until('its word', () => spoken, (times) => times > 0)
  assert.equal(spoken, 1)
  await node.stop()
})

test('an embedded database has no fence: its one node closes its own leases', async (t) => {
  const store = await openEmbeddedForTest()
  t.after(() => store.close())
  await watchHistory(store)
  assert.equal((await store.query<{ fenced: boolean }>('lease', 'SELECT budgets_fenced() AS fenced'))[0]?.fenced, false)
})

