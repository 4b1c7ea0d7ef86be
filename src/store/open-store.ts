import type { Clock } from '../kernel/clock.ts'
import type { Timers } from '../kernel/timers.ts'
import { openEmbedded, type EmbeddedDatabase } from './embedded.ts'
import { migrate } from './migrate.ts'
import { openPostgres, type PostgresDatabase } from './postgres.ts'
import { sqlStore } from './sql-store.ts'
import type { Migration, Store } from './store.ts'

export interface StoreOptions {
  readonly database: EmbeddedDatabase | PostgresDatabase
  readonly clock: Clock
  readonly timers: Timers
  /** Brought up to these; `as-it-is`: looked at and left on the steps that it has, for a backup above all. */
  readonly migrations: readonly Migration[] | 'as-it-is'
  /**
   * A connection broke; work in flight has been rejected. PostgreSQL: told each time, and the store connects again by
   * itself. Embedded: told once, and every later use throws until the process is started anew.
   */
  readonly onLost: (cause: unknown) => void
}

/**
 * Opens the database and migrates it. Throws with what to do next where the folder is in use or of another version, the
 * server cannot be reached or is older than PostgreSQL 15, or the schema is newer than the program.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { database } = options
  const store = sqlStore(database.kind === 'embedded' ? await openEmbedded(database, options) : await openPostgres(database, options))
  try {
    if (options.migrations !== 'as-it-is') await migrate(store, options.migrations)
    return store
  } catch (cause) {
    await store.close()
    throw cause
  }
}
