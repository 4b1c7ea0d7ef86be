/** A Store over a driver's pool: what the embedded database and a served one have in common. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Pool, PoolClient, QueryArrayResult, QueryResult } from 'pg'
import type { Clock } from '../kernel/clock.ts'
import { sleep, type Timers } from '../kernel/timers.ts'
import { codeOf } from './error-code.ts'
import type { SessionQueue } from './session-queue.ts'
import type { Priority, Row, Sql, Store } from './store.ts'

export interface Backing {
  readonly kind: Store['kind']
  readonly pool: Pool
  readonly queue: SessionQueue
  readonly clock: Clock
  readonly timers: Timers
  /** Whether statements may be named, and so planned once per session. */
  readonly named: boolean
  readonly onNotify: Store['onNotify']
  /** Throws where the database is known to be gone for good. */
  readonly check: () => void
  /** Ends pool, listener and thread. */
  readonly end: () => Promise<void>
}

/** SQLSTATEs after which the same transaction may succeed: serialization_failure, deadlock_detected. */
const retried: ReadonlySet<unknown> = new Set(['40001', '40P01'])
const attemptsMax = 5
const backoffMs = 5

/** Beyond this many distinct texts, statements stay unnamed: a program that builds SQL must not fill the server's memory. */
const namesMax = 500

export function sqlStore(backing: Backing): Store {
  const { pool, queue, clock, timers } = backing
  const names = new Map<string, string>()
  const inside = new AsyncLocalStorage<{ open: boolean }>()

  /** Works on PostgreSQL and deadlocks on one session, so it is refused on both (STACK.md, pitfall 11). */
  const guard = (): void => {
    backing.check()
    if (inside.getStore()?.open === true) {
      throw new Error('the store was used inside its own transaction: use the sql function that the transaction hands to its callback')
    }
  }

  const nameOf = (text: string): string | undefined => {
    const known = names.get(text)
    if (known !== undefined || names.size >= namesMax) return known
    const name = `weir_${names.size + 1}`
    names.set(text, name)
    return name
  }

  const ask = async <R extends Row>(session: Pool | PoolClient, text: string, values: readonly unknown[] | undefined): Promise<R[]> => {
    if (values === undefined || values.length === 0) return rowsOf<R>(await session.query(text))
    const name = backing.named ? nameOf(text) : undefined
    return rowsOf<R>(await session.query({ text, values: [...values], ...(name === undefined ? {} : { name }) }))
  }

  const attempt = async <T>(session: PoolClient, run: (sql: Sql) => Promise<T>): Promise<T> => {
    const scope = { open: true }
    // The driver wants one statement at a time; callbacks may issue several.
    let previous: Promise<unknown> = Promise.resolve()
    const sql: Sql = <R extends Row>(text: string, values?: readonly unknown[]) => {
      if (!scope.open) return Promise.reject(new Error('this transaction has ended: await every statement before its callback returns'))
      const answer = previous.then(() => ask<R>(session, text, values))
      previous = answer.catch(itsCallerKnows)
      return answer
    }
    await session.query('BEGIN ISOLATION LEVEL READ COMMITTED')
    try {
      const result = await inside.run(scope, () => run(sql))
      scope.open = false
      await previous
      const end = await session.query('COMMIT')
      if (end.command === 'COMMIT') return result
      throw new Error('the transaction was rolled back: a statement failed inside it and its error was swallowed; use a savepoint, or let it throw')
    } catch (cause) {
      // Whatever was thrown, by the callback or by COMMIT: the transaction must not stay open. The failure goes on to the caller.
      scope.open = false
      await previous
      await session.query('ROLLBACK').catch(leftOpen)
      throw cause
    }
  }

  const attempts = async <T>(session: PoolClient, run: (sql: Sql) => Promise<T>): Promise<T> => {
    for (let n = 1; ; n += 1) {
      try {
        return await attempt(session, run)
      } catch (cause) {
        if (n === attemptsMax || !retried.has(codeOf(cause))) throw cause
      }
      await sleep(timers, backoffMs * n)
    }
  }

  const withSession = async <T>(priority: Priority, use: (session: PoolClient) => Promise<T>): Promise<T> => {
    const leave = await queue.acquire(priority)
    try {
      backing.check()
      const session = await pool.connect()
      try {
        return await use(session)
      } finally {
        session.release(isBroken(session))
      }
    } finally {
      leave()
    }
  }

  const store: Store = {
    kind: backing.kind,
    transaction: async (priority, run) => {
      guard()
      return withSession(priority, (session) => attempts(session, run))
    },
    query: async (priority, text, values) => {
      guard()
      return withSession(priority, (session) => ask(session, text, values))
    },
    onNotify: backing.onNotify,
    clockSkewMs: async () => {
      guard()
      return withSession('revocation', async (session) => {
        const before = clock.now()
        const [row] = await ask<{ ms: string }>(session, "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::int8 AS ms", undefined)
        return Number(row?.ms) - (before + clock.now()) / 2
      })
    },
    waiting: () => queue.waiting(),
    close: async () => {
      await queue.drain()
      await backing.end()
    },
  }
  return store
}

/** Several statements in one text answer with several results. */
function rowsOf<R extends Row>(result: QueryResult | QueryArrayResult | readonly QueryResult[]): R[] {
  return (Array.isArray(result) ? result.flatMap((one: QueryResult) => one.rows as R[]) : (result as QueryResult).rows) as R[]
}

/** The statement's own promise rejects too. */
const itsCallerKnows = (): void => undefined

/** A rollback fails only where the connection is gone; `release` then finds the transaction open and drops the session. */
const leftOpen = (): void => undefined

/** A session with an open transaction must not go back to the pool. */
const isBroken = (session: PoolClient): boolean => session.getTransactionStatus() !== 'I'
