/** Defects that the simulator has found, each in the smallest world that shows it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settlement } from '../src/gateway/settle.ts'
import { memoryDisk, openMemoryJournal } from '../src/journal/memory-journal.ts'
import { seededRandom } from '../src/kernel/random.ts'
import { carryJournal } from '../src/ledger/carry.ts'
import { isExhausted, type Budget } from '../src/ledger/lease.ts'
import { nodeLeases, type NodeLeases } from '../src/ledger/leases.ts'
import type { Ledger } from '../src/ledger/ledger.ts'
import { attemptOf, outcomeOf, refusalOf } from '../test/conformance/journal-records.ts'
import { memoryLedger, type MemoryLedger } from './memory-ledger.ts'
import { nodeClock, nodeTimers, simulatedTime, type SimulatedTime } from './world/simulated-time.ts'

interface Small {
  readonly time: SimulatedTime
  readonly ledger: MemoryLedger
  readonly clock: ReturnType<typeof nodeClock>
  readonly timers: ReturnType<typeof nodeTimers>
  readonly pass: (ms: number) => Promise<void>
  readonly node: (journalId: string, ledger?: Ledger) => NodeLeases
}

const noon = Date.UTC(2026, 2, 31, 12)

function small(epoch = noon): Small {
  const time = simulatedTime()
  const clock = nodeClock(time, epoch)
  const timers = nodeTimers(time, () => true)
  const ledger = memoryLedger(clock)
  /** The books answer after a moment, as a database does. */
  const later = <T>(run: () => Promise<T>): Promise<T> => new Promise((resolve, reject) => void time.after(1, () => void run().then((value) => time.after(1, () => resolve(value)), reject)))
  const slow = (under: Ledger): Ledger => ({
    ...under, takeLeases: (...given) => later(() => under.takeLeases(...given)), returnLease: (...given) => later(() => under.returnLease(...given)),
  })
  return {
    time, clock, timers, ledger,
    pass: (ms) => time.runUntil(time.now() + ms, () => undefined),
    node: (journalId, under = ledger) => nodeLeases({ ledger: slow(under), journalId, clock, timers, random: seededRandom(journalId.length), failed: () => undefined }),
  }
}

const budgetOf = (id: string, limit: bigint, period: Budget['period'] = 'total'): Budget => ({ id, scope: 'organization', name: id, currency: 'USD', limit, period, timeZone: 'UTC', thresholds: [] })

async function answerOf<T>({ pass }: Small, asked: T | Promise<T>): Promise<T> {
  let answer: { readonly value: T } | undefined
  void Promise.resolve(asked).then((value) => (answer = { value }))
  for (let turn = 0; turn < 100 && answer === undefined; turn += 1) await pass(20)
  assert.ok(answer !== undefined, 'no answer came')
  return answer.value
}

test('every account of a path is recalled before a hold is refused on it', async () => {
  const world = small()
  const [outer, inner] = [budgetOf('organization/a/total', 1_000n), budgetOf('project/a/b/total', 1_000n)]
  const [first, second] = [world.node('journal_1'), world.node('journal_22')]
  // The first node has both accounts in hand, and uses neither: what it gives back has to be asked for account by account.
  for (const path of [[outer], [inner]]) {
    const held = await answerOf(world, first.hold(path, 900n, noon))
    assert.ok(!isExhausted(held))
    first.settle(held, 0n)
  }
  assert.ok(!isExhausted(await answerOf(world, second.hold([outer, inner], 500n, noon))))
})

test('a return that crosses a recall on its way is no answer to it', async () => {
  const world = small()
  const late: Ledger = { ...world.ledger, onNotify: (listener) => world.ledger.onNotify((payload) => world.time.after(300, () => listener(payload))) }
  const [first, second] = [world.node('journal_1', late), world.node('journal_22')]
  const path = [budgetOf('organization/a/total', 1_000n)]
  const held = await answerOf(world, first.hold(path, 800n, noon))
  assert.ok(!isExhausted(held))
  first.settle(held, 0n)
  // At five seconds the first node gives a part back, of itself, before it hears that the second one is short.
  await world.pass(4_850 - world.time.now())
  assert.ok(!isExhausted(await answerOf(world, second.hold(path, 900n, noon))))
})

test('a return that the database did not take is said again', async () => {
  const world = small()
  let down = false
  const flaky: Ledger = { ...world.ledger, returnLease: (...given) => (down ? Promise.reject(new Error('down')) : world.ledger.returnLease(...given)) }
  const node = world.node('journal_1', flaky)
  const budget = budgetOf('organization/a/total', 1_000n)
  const held = await answerOf(world, node.hold([budget], 400n, noon))
  assert.ok(!isExhausted(held))
  node.settle(held, 0n)
  down = true
  await world.pass(10_000)
  down = false
  await world.pass(3_000)
  assert.equal((await world.ledger.budgetState())[0]?.leased, 0n)
})

test('a hold that is granted after its period has ended is not forgotten with it', async () => {
  const world = small(Date.UTC(2026, 2, 31, 23, 59, 58))
  let down = true
  const flaky: Ledger = { ...world.ledger, takeLeases: (...given) => (down ? Promise.reject(new Error('down')) : world.ledger.takeLeases(...given)) }
  const node = world.node('journal_1', flaky)
  const asked = Promise.resolve(node.hold([budgetOf('organization/a/day', 1_000n, 'day')], 400n, world.clock.now()))
  await world.pass(4_000)
  down = false
  const held = await answerOf(world, asked)
  assert.ok(!isExhausted(held))
  node.settle(held, 0n)
  await world.pass(8_000)
  assert.equal((await world.ledger.budgetState())[0]?.leased, 0n)
})

test('a node learns that the database was restored, and ships again what it lacks', async () => {
  const world = small()
  const journal = openMemoryJournal(memoryDisk('journal_1'), world.timers)
  const { ledger } = world
  const carrier = carryJournal({ journal, clock: world.clock, timers: world.timers, ship: (records) => ledger.ship('journal_1', records), watermark: () => ledger.watermark('journal_1'), shipped: () => undefined, failed: () => undefined })
  const backup = ledger.save()
  void journal.append(refusalOf('a'))
  await world.pass(2_000)
  assert.equal(await ledger.watermark('journal_1'), 1)
  ledger.restore(backup)
  carrier.reread()
  await world.pass(2_000)
  assert.equal(await ledger.watermark('journal_1'), 1)
})

test('what a full disk does not let a node forget is reported and tried again, and ends nothing', async () => {
  const world = small()
  const { ledger } = world
  const journal = { ...openMemoryJournal(memoryDisk('journal_1'), world.timers), forget: () => { throw new Error('the disk is full') } }
  const failures: string[] = []
  carryJournal({ journal, clock: world.clock, timers: world.timers, ship: (records) => ledger.ship('journal_1', records), watermark: () => ledger.watermark('journal_1'), shipped: () => undefined, failed: (cause) => void failures.push(String(cause)) })
  void journal.append(refusalOf('a'))
  await world.pass(130_000)
  assert.deepEqual(failures, ['Error: the disk is full', 'Error: the disk is full'])
})

test("a copied journal's own records arrive, though its original has used their numbers", async () => {
  const world = small()
  const disk = memoryDisk('journal_1')
  const { ledger } = world
  const carry = (of: typeof disk): ReturnType<typeof openMemoryJournal> => {
    const journal = openMemoryJournal(of, world.timers)
    carryJournal({ journal, clock: world.clock, timers: world.timers, ship: (records) => ledger.ship('journal_1', records), watermark: () => ledger.watermark('journal_1'), shipped: () => undefined, failed: () => undefined })
    return journal
  }
  const original = carry(disk)
  const copy = carry({ ...disk, rows: [...disk.rows] })
  void original.append(attemptOf('a'))
  void original.append(outcomeOf('a'))
  void original.append(refusalOf('b'))
  await world.pass(2_000)
  void copy.append(attemptOf('c'))
  void copy.append(outcomeOf('c'))
  await world.pass(2_000)
  assert.deepEqual(ledger.books().quarantine.map(({ sequence, reason }) => [sequence, reason]), [[1, 'conflict'], [2, 'conflict']])
})

test('an error inside a stream that had begun well may be billed', async () => {
  const ended = {
    outcome: 'failed', status: 200, failure: { kind: 'overloaded', message: 'overloaded', retryable: true, retryAfterMs: undefined, answer: undefined }, reading: undefined, delivered: false, clientGone: false,
    headersMs: 1, firstByteMs: 1, lastByteMs: 1, responseBytes: 10, headers: {},
  } as const
  const input = {
    call: 'c', n: 1, operation: 'messages', ended, deployment: { provider: { type: { spilloverHeader: undefined, requestIdHeader: 'request-id' } } } as never,
    sheet: { list: 'l', model: 'm', currency: 'USD', rows: [] }, held: 70n, body: Buffer.from('{}'), last: false,
  }
  const ports = { rate: () => { throw new Error('nothing to rate') }, countTokens: async () => 0, clock: { now: () => noon, monotonic: () => 0 } }
  const { record } = await settlement(input, ports)
  assert.deepEqual([record.billable, record.source, record.charge], ['maybe', 'absent', '70'])
  const refused = await settlement({ ...input, ended: { ...ended, outcome: 'refused', status: 529 } }, ports)
  assert.deepEqual([refused.record.billable, refused.record.charge], ['no', '0'])
})
