/** The store that a test should run on when either will do: PostgreSQL where it is installed, because it starts faster, else the embedded one. */
import { systemClock } from '../src/kernel/clock.ts'
import { systemTimers } from '../src/kernel/timers.ts'
import { migrations as all } from '../src/store/migrations/all.ts'
import { openStore } from '../src/store/open-store.ts'
import type { Migration, Store } from '../src/store/store.ts'
import { openEmbeddedForTest } from './embedded.ts'
import { freshPostgresUrl, postgresMissing } from './postgres.ts'

/** A fresh PostgreSQL store with every migration (or those given). Close it when done. Check `postgresMissing` first. */
export async function openPostgresForTest(migrations: readonly Migration[] = all, url?: string): Promise<Store> {
  return openStore({ database: { kind: 'postgres', url: url ?? await freshPostgresUrl() }, clock: systemClock, timers: systemTimers, migrations, onLost: () => undefined })
}

/** A fresh store with every migration, of the kind that starts faster here. Close it when done. */
export const openAnyForTest = (): Promise<Store> => (postgresMissing === false ? openPostgresForTest() : openEmbeddedForTest())
