/** PostgreSQL 15 or later behind the driver: a small pool, and one client that only listens. */
import { Client, Pool, type ClientConfig } from 'pg'
import type { Stop } from '../kernel/timers.ts'
import { codeOf } from './error-code.ts'
import { channel, listeners, type Listeners } from './listeners.ts'
import { sessionQueue } from './session-queue.ts'
import type { Backing } from './sql-store.ts'
import { priorities } from './store.ts'
import { valueTypes } from './value-types.ts'

export interface PostgresDatabase {
  readonly kind: 'postgres'
  /** `postgres://user:password@host:port/database?sslmode=verify-full`. */
  readonly url: string
}

type Options = Pick<Backing, 'clock' | 'timers'> & { readonly onLost: (cause: unknown) => void }

/** What each priority may use at once. Their sum is the pool, so no priority ever waits for another's work to end. */
const sessions = { lease: 2, revocation: 1, posting: 1, admin: 2, jobs: 1 } as const
const sessionsMax = Object.values(sessions).reduce((sum, count) => sum + count, 0)

/** Calls wait for leases, and a node's life hangs on confirming its version; statements of the rest end by statement_timeout. Jobs may migrate. */
const silenceMs = { lease: 5_000, revocation: 5_000, posting: 70_000, admin: 70_000 } as const

const backoffFirstMs = 100
const backoffMaxMs = 5_000

/** `uuidv7()` and the like are newer; 15 is what Weir is tested on (STACK.md, pitfall 16). */
const versionMin = 150_000

export async function openPostgres(database: PostgresDatabase, options: Options): Promise<Backing> {
  const config: ClientConfig = {
    connectionString: database.url, types: valueTypes, keepAlive: true, connectionTimeoutMillis: 5_000, application_name: 'weir',
    statement_timeout: 60_000, idle_in_transaction_session_timeout: 60_000,
  }
  let closing = false
  const lost = (cause: unknown): void => { if (!closing) options.onLost(cause) }
  const pool = new Pool({ ...config, max: sessionsMax, onConnect: async (client) => { await client.query("SET TIME ZONE 'UTC'") } })
  // Without both handlers, losing the database inside a transaction ends the process (STACK.md, pitfall 10).
  pool.on('error', lost)
  pool.on('connect', (client) => void client.on('error', lost))
  const heard = listeners()
  try {
    await checkVersion(pool)
    const listener = await listen(config, heard, options.timers, lost)
    return {
      kind: 'postgres', pool, clock: options.clock, timers: options.timers, named: priorities, silenceMs,
      queue: sessionQueue(sessionsMax, sessions),
      onNotify: heard.add,
      check: () => undefined,
      end: async () => {
        closing = true
        await Promise.all([listener.close(), pool.end()])
      },
    }
  } catch (cause) {
    await pool.end()
    throw cause
  }
}

async function checkVersion(pool: Pool): Promise<void> {
  const answer = await pool.query<{ version: number; encoding: string }>(
    "SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding",
  ).catch((cause: unknown) => {
    // Connection refused, wrong password, no such database: all are the reader's to mend. The URL may hold a password (S1).
    const reason = cause instanceof Error && cause.message !== '' ? cause.message : String(codeOf(cause))
    throw new Error(`PostgreSQL cannot be reached: ${reason}. Check the database URL, and that the server runs`, { cause })
  })
  const { version = 0, encoding = '' } = answer.rows[0] ?? {}
  if (version < versionMin) throw new Error(`PostgreSQL ${Math.floor(version / 10_000)} is too old: Weir needs 15 or later`)
  if (encoding !== 'UTF8') throw new Error(`the database's encoding is ${encoding}: create one with ENCODING 'UTF8'`)
}

interface Listening {
  readonly close: () => Promise<void>
}

/**
 * Listens on a connection of its own, and whenever that breaks connects again with growing pauses and tells `resync`, upon
 * which everybody rereads what they may have missed (STACK.md, pitfall 15).
 */
async function listen(config: ClientConfig, heard: Listeners, timers: Backing['timers'], lost: (cause: unknown) => void): Promise<Listening> {
  let client: Client | undefined
  let stopWaiting: Stop = () => undefined
  let closing = false

  const open = async (): Promise<void> => {
    const fresh = new Client({ ...config, statement_timeout: 0 })
    fresh.on('error', lost)
    fresh.on('notification', (message) => heard.tell(message.payload ?? ''))
    await fresh.connect()
    await fresh.query(`LISTEN ${channel}`)
    client = fresh
    fresh.once('end', () => reopen(backoffFirstMs))
    if (closing) await fresh.end()
  }
  const reopen = (pauseMs: number): void => {
    client = undefined
    if (closing) return
    stopWaiting = timers.after(pauseMs, () => {
      // Any failure to connect has the one remedy: try again later. It is reported, and readers poll the version meanwhile.
      open().then(() => heard.tell('resync'), (cause: unknown) => {
        lost(cause)
        reopen(Math.min(pauseMs * 2, backoffMaxMs))
      })
    })
  }

  await open()
  return {
    close: async () => {
      closing = true
      stopWaiting()
      await client?.end()
    },
  }
}
