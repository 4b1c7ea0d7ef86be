/** Lease traffic: `npm run bench -- leases embedded|postgres [nodes] [calls]`. Requests to the database per thousand calls and how long holds wait. */
import { setTimeout as pause } from 'node:timers/promises'
import { systemClock } from '../src/kernel/clock.ts'
import { systemRandom } from '../src/kernel/random.ts'
import { systemTimers } from '../src/kernel/timers.ts'
import { isExhausted, type Budget } from '../src/ledger/lease.ts'
import { nodeLeases } from '../src/ledger/leases.ts'
import { sqlLeases } from '../src/ledger/sql-ledger.ts'
import { openEmbeddedForTest } from '../test/embedded.ts'
import { openPostgresForTest } from '../test/stores.ts'
import { printFigures, wordsGiven } from './figures.ts'

const [kind = 'embedded', nodesText = '1', callsText = '20000'] = wordsGiven()
const store = kind === 'postgres' ? await openPostgresForTest() : await openEmbeddedForTest()
const budget = (id: string, limit: bigint): Budget => ({ id, scope: 'organization', name: id, currency: 'USD', limit, period: 'month', timeZone: 'UTC', thresholds: [] })
const path = [budget('organization/acme/month', 1_000_000_000_000_000n), budget('project/acme/feed/month', 500_000_000_000_000n)]
const nodes = Array.from({ length: Number(nodesText) }, (_, index) => nodeLeases({
  ledger: sqlLeases(store), journalId: `node-${index}`, clock: systemClock, timers: systemTimers, random: systemRandom, failed: (cause) => console.error(cause),
}))
const waits: number[] = []
let left = Number(callsText)
const began = performance.now()
const client = async (leases: (typeof nodes)[number]): Promise<void> => {
  while (left > 0) {
    left -= 1
    const before = performance.now()
    const hold = await leases.hold(path, 68_000_000_000n, systemClock.now())
    waits.push(performance.now() - before)
    if (isExhausted(hold)) throw new Error('the budget of the bench is too small')
    await pause(5)
    leases.settle(hold, 3_000_000_000n)
  }
}
await Promise.all(nodes.flatMap((leases) => Array.from({ length: 64 }, () => client(leases))))
const ms = performance.now() - began
waits.sort((a, b) => a - b)
const at = (share: number): number => Number((waits[Math.floor(waits.length * share)] ?? 0).toFixed(3))
const requests = nodes.reduce((sum, leases) => sum + leases.sums().requests, 0)
printFigures(`leases, ${kind}, ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}, ${waits.length} calls`, [
  { name: 'requestsPerThousandCalls', value: Number((requests / waits.length * 1_000).toFixed(2)), says: 'requests to the database per thousand calls' },
  { name: 'callsPerSecond', value: Math.round(waits.length / ms * 1_000), says: 'calls a second' },
  { name: 'waitP50Ms', value: at(0.5), says: 'ms a hold waits, median' },
  { name: 'waitP99Ms', value: at(0.99), says: 'ms, of 99 in a hundred' },
  { name: 'waitMaxMs', value: at(0.9999), says: 'ms at most' },
])
await Promise.all(nodes.map((leases) => leases.stop()))
await store.close()
process.exit(0)
