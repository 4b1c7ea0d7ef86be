/** One transaction on one session, run again where the database asks for it. */
import type { PoolClient } from 'pg'
import { sleep, type Timers } from '../kernel/timers.ts'
import { codeOf } from './error-code.ts'
import type { Ask } from './statement.ts'
import type { Row, Sql } from './store.ts'

/** SQLSTATEs after which the same transaction may succeed: serialization_failure, deadlock_detected. */
const retried: ReadonlySet<unknown> = new Set(['40001', '40P01'])
const attemptsMax = 5
const backoffMs = 5

/** Lives as long as the callback does: `open` is false once its transaction has ended. */
export interface Scope {
  open: boolean
}

/** `enter` runs the callback inside its scope, by which the store knows that it is used inside its own transaction. */
export interface TransactionParts {
  readonly ask: Ask
  readonly timers: Timers
  readonly enter: <T>(scope: Scope, run: () => Promise<T>) => Promise<T>
}

export async function runTransaction<T>(session: PoolClient, run: (sql: Sql) => Promise<T>, parts: TransactionParts): Promise<T> {
  for (let n = 1; ; n += 1) {
    try {
      return await attempt(session, run, parts)
    } catch (cause) {
      if (n === attemptsMax || !retried.has(codeOf(cause))) throw cause
    }
    await sleep(parts.timers, backoffMs * n)
  }
}

async function attempt<T>(session: PoolClient, run: (sql: Sql) => Promise<T>, { ask, enter }: TransactionParts): Promise<T> {
  const scope: Scope = { open: true }
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
    const result = await enter(scope, () => run(sql))
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

/** The statement's own promise rejects too. */
const itsCallerKnows = (): void => undefined

/** A rollback fails only where the connection is gone; `release` then finds the transaction open and drops the session. */
const leftOpen = (): void => undefined
