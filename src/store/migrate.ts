/** Brings the schema up to the program's, all missing steps in one transaction. */
import type { Migration, Store } from './store.ts'

/** Any fixed number: starts of several nodes on one database take turns by it. */
const advisoryLock = 5_714_319_117

/**
 * Runs the migrations that the database lacks, in order; a failing one rolls back all of this start. Throws where the
 * database has steps that this program does not know: a newer program wrote it, and reading it with old eyes loses data.
 */
export async function migrate(store: Store, migrations: readonly Migration[]): Promise<readonly string[]> {
  const names = migrations.map((migration) => migration.name)
  if (names.some((name, index) => index > 0 && name <= (names[index - 1] ?? ''))) {
    throw new Error(`migrations must be listed in the order of their names, each once: ${names.join(', ')}`)
  }
  return store.transaction('jobs', async (sql) => {
    await sql('SET LOCAL statement_timeout = 0')
    await sql('SELECT pg_advisory_xact_lock($1)', [advisoryLock])
    await sql('CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())')
    const applied = (await sql<{ name: string }>('SELECT name FROM migration ORDER BY name')).map((row) => row.name)
    const unknown = applied.filter((name) => !names.includes(name))
    if (unknown.length > 0) {
      throw new Error(`the database is newer than this program: it has ${unknown.join(', ')}. Start the Weir that made it or a later one, or restore a backup from before`)
    }
    const missing = migrations.filter((migration) => !applied.includes(migration.name))
    for (const migration of missing) {
      try {
        await sql(migration.up)
      } catch (cause) {
        // A failing statement of the step. The step's name is what its author needs.
        throw new Error(`migration ${migration.name} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
      }
      await sql('INSERT INTO migration (name) VALUES ($1)', [migration.name])
    }
    return missing.map((migration) => migration.name)
  })
}
