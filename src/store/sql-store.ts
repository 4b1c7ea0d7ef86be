/** A Store over a driver's pool: what the embedded database and a served one have in common. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Pool, PoolClient } from 'pg'
import type { Clock } from '../kernel/clock.ts'
import type { Timers } from '../kernel/timers.ts'
import { codeOf } from './error-code.ts'
import { runTransaction, type Scope, type TransactionParts } from './run-transaction.ts'
import type { SessionQueue } from './session-queue.ts'
import { asker, type Ask } from './statement.ts'
import type { Priority, Store } from './store.ts'

export interface Backing {
  readonly kind: Store['kind']
  readonly pool: Pool
  readonly queue: SessionQueue
  readonly clock: Clock
  readonly timers: Timers
  /** Whose statements are named, and so planned once per session. */
  readonly named: readonly Priority[]
  readonly onNotify: Store['onNotify']
  /**
   * How long work of a priority may take before its connection is given up, so that a network which swallows packets
   * is found out: the system itself would wait for a quarter of an hour. Undefined: as long as it takes.
   */
  readonly silenceMs: Readonly<Partial<Record<Priority, number>>>
  /** Throws where the database is known to be gone for good. */
  readonly check: () => void
  /** Ends pool, listener and thread. */
  readonly end: () => Promise<void>
}

export function sqlStore(backing: Backing): Store {
  const { queue, clock, timers } = backing
  const inside = new AsyncLocalStorage<Scope>()
  const namedAsk = asker(true)
  const plainAsk = asker(false)
  const askFor = (priority: Priority): Ask => (backing.named.includes(priority) ? namedAsk : plainAsk)
  const enter: TransactionParts['enter'] = (scope, run) => inside.run(scope, run)

  /** Works on PostgreSQL and deadlocks on one session, so it is refused on both (STACK.md, pitfall 11). */
  const guard = (): void => {
    backing.check()
    if (inside.getStore()?.open === true) {
      throw new Error('the store was used inside its own transaction: use the sql function that the transaction hands to its callback')
    }
  }
  const turn = async <T>(priority: Priority, use: (session: PoolClient) => Promise<T>): Promise<T> => {
    guard()
    const leave = await queue.acquire(priority)
    try {
      return await withSession(backing, priority, use)
    } finally {
      leave()
    }
  }

  return {
    kind: backing.kind,
    transaction: (priority, run) => turn(priority, (session) => runTransaction(session, run, { ask: askFor(priority), timers, enter })),
    query: (priority, text, values) => turn(priority, (session) => askFor(priority)(session, text, values)),
    onNotify: backing.onNotify,
    clockSkewMs: () => turn('revocation', async (session) => {
      const before = clock.now()
      const [row] = await plainAsk<{ ms: string }>(session, 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::int8 AS ms', undefined)
      const after = clock.now()
      // It looked at its clock at some time in between: a wait of ours, for a long export, is no difference of clocks.
      return Number(row?.ms) - Math.min(Math.max(Number(row?.ms), Math.floor(before)), after)
    }),
    waiting: () => queue.waiting(),
    close: async () => {
      await queue.drain()
      await backing.end()
    },
  }
}

/** More than a pool has sessions: each may hold an outdated plan. */
const freshSessionsMax = 10

/** SQLSTATE feature_not_supported says more than this, so the message decides. */
const isPlanOutdated = (cause: unknown): boolean => codeOf(cause) === '0A000' && cause instanceof Error && cause.message.includes('cached plan')

/**
 * Where another node has migrated the schema, a session's named statements may be outdated. The work then runs again on
 * another session; the callback of a transaction is written to be run again anyway.
 */
async function withSession<T>(backing: Backing, priority: Priority, use: (session: PoolClient) => Promise<T>): Promise<T> {
  const silenceMs = backing.silenceMs[priority]
  for (let n = 1; ; n += 1) {
    backing.check()
    const session = await backing.pool.connect()
    let outdated = false
    let dropped = false
    const stopWaiting = silenceMs === undefined ? undefined : backing.timers.after(silenceMs, () => {
      dropped = true
      session.release(true)
    })
    try {
      return await use(session)
    } catch (cause) {
      outdated = isPlanOutdated(cause)
      if (!outdated || n === freshSessionsMax) throw cause
    } finally {
      stopWaiting?.()
      if (!dropped) session.release(outdated || isOpen(session))
    }
  }
}

/** A session with an open transaction must not go back to the pool. */
const isOpen = (session: PoolClient): boolean => session.getTransactionStatus() !== 'I'
