/**
 * Backup and restore of the database, as files that any later Weir reads, on PostgreSQL and embedded alike. A backup is one
 * state of all tables, taken while nodes go on. It holds no master key: without that the supplier secrets in it stay sealed.
 * What happened after it is not lost while nodes keep their journals, which they do for a week: they ship again what a
 * restored database lacks.
 */
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { isoTime, systemClock } from './kernel/clock.ts'
import { systemTimers } from './kernel/timers.ts'
import { beginLoad, dumpTable, endLoad, loadRows, partitionsOf, tablesOf, type Partition } from './store/dump.ts'
import { migrations } from './store/migrations/all.ts'
import { openStore } from './store/open-store.ts'
import type { Migration, Sql, Store } from './store/store.ts'

export interface Manifest {
  readonly format: 1
  readonly weir: string
  readonly at: string
  /** Steps of the schema that the rows fit. */
  readonly migrations: readonly string[]
  readonly partitions: readonly Partition[]
  readonly tables: readonly { readonly name: string; readonly rows: number; readonly sha256: string }[]
}

export interface Place {
  /** `postgres://…`; undefined: embedded, in the data folder. */
  readonly database: string | undefined
  readonly dataFolder: string
}

/** The work was not done; says why and what to do. */
interface Failed {
  readonly failed: string
}

const manifestName = 'manifest.json'
const fileOf = (table: string): string => `${table}.jsonl.gz`

async function withStore<T>({ database, dataFolder }: Place, steps: readonly Migration[] | 'as-it-is', use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore({
    database: database === undefined ? { kind: 'embedded', folder: join(dataFolder, 'database') } : { kind: 'postgres', url: database },
    clock: systemClock, timers: systemTimers, migrations: steps, onLost: () => {},
  })
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

/**
 * PostgreSQL: nodes go on. Embedded: its one process has to be stopped, which `openStore` says. The database is left on the
 * steps that it has: a backup before an upgrade is one that the version before can restore.
 */
export async function backUp(place: Place, folder: string, version: string): Promise<Manifest | Failed> {
  if (place.database === undefined && !existsSync(join(place.dataFolder, 'database'))) return { failed: `there is no database in ${place.dataFolder}: name the data folder with --data, or a PostgreSQL with --database` }
  if (existsSync(folder) && readdirSync(folder).length > 0) return { failed: `${folder} is not empty: give each backup a folder of its own` }
  const manifest = await withStore(place, 'as-it-is', (store) => store.transaction('jobs', async (sql): Promise<Manifest | Failed> => {
    // Before anything is read: every table is then seen as it is now, whatever the nodes write meanwhile.
    await sql('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    const [found] = await sql<{ found: boolean }>(`SELECT to_regclass('migration') IS NOT NULL AS found`)
    if (found?.found !== true) return { failed: 'the database is empty: no Weir has ever started on it' }
    const newer = (await sql<{ name: string }>('SELECT name FROM migration')).map((row) => row.name).filter((name) => !migrations.some((step) => step.name === name))
    if (newer.length > 0) return { failed: `the database is newer than this program: it has ${newer.join(', ')}. Back it up with the Weir that made it or a later one` }
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return writeTables(sql, folder, version)
  }))
  if ('failed' in manifest) return manifest
  // Last: a folder without it is no backup.
  writeFileSync(join(folder, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`, { mode: 0o600 })
  return manifest
}

async function writeTables(sql: Sql, folder: string, version: string): Promise<Manifest> {
  const applied = await sql<{ name: string }>('SELECT name FROM migration ORDER BY name')
  const tables: Manifest['tables'][number][] = []
  for (const name of (await tablesOf(sql)).filter((table) => table !== 'migration')) {
    const path = join(folder, fileOf(name))
    const hash = createHash('sha256')
    let rows = 0
    writeFileSync(path, '', { mode: 0o600 })
    await dumpTable(sql, name, (page) => {
      const text = page.map((row) => `${row}\n`).join('')
      rows += page.length
      hash.update(text)
      appendFileSync(path, gzipSync(text))
    })
    tables.push({ name, rows, sha256: hash.digest('hex') })
  }
  return { format: 1, weir: version, at: isoTime(systemClock.now()), migrations: applied.map((row) => row.name), partitions: await partitionsOf(sql), tables }
}

/** Into an empty database only: nothing that stands anywhere is overwritten. A backup of an older schema is brought up to this one's. */
export async function restore(place: Place, folder: string): Promise<Manifest | Failed> {
  const read = readManifest(folder)
  if ('failed' in read) return read
  const known = migrations.map((step) => step.name)
  const unknown = read.migrations.filter((name) => !known.includes(name))
  if (unknown.length > 0) return { failed: `the backup was made by a newer Weir (${read.weir}): restore it with that one or a later one` }
  if (place.database === undefined && existsSync(join(place.dataFolder, 'database'))) return { failed: `${place.dataFolder} has a database already: restore into another folder, or move that one away` }
  const damaged = read.tables.find((table) => hashOf(folder, table.name) !== table.sha256)
  if (damaged !== undefined) return { failed: `${fileOf(damaged.name)} is not what was backed up: take another copy of the backup` }
  const used = await tablesIn(place)
  if (used > 0) return { failed: 'the database is not empty: make a new one, and name it with --database' }
  await withStore(place, migrations.filter((step) => read.migrations.includes(step.name)), (store) => store.transaction('jobs', async (sql) => {
    await sql('SET LOCAL statement_timeout = 0')
    const tables = read.tables.map((table) => table.name)
    await beginLoad(sql, tables, read.partitions)
    for (const name of tables) await loadRows(sql, name, textOf(folder, name).split('\n').filter((line) => line !== ''))
    await endLoad(sql, tables)
  }))
  await withStore(place, migrations, () => Promise.resolve())
  return read
}

/** Tables that stand in the database, the list of migrations apart. */
async function tablesIn(place: Place): Promise<number> {
  const [row] = await withStore(place, 'as-it-is', (store) => store.query<{ count: string }>('jobs', "SELECT count(*) AS count FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND relname <> 'migration'"))
  return Number(row?.count ?? 0)
}

const textOf = (folder: string, table: string): string => {
  const bytes = readFileSync(join(folder, fileOf(table)))
  return bytes.length === 0 ? '' : gunzipSync(bytes).toString('utf8')
}

/** Undefined: not there, or cannot be unpacked. */
function hashOf(folder: string, table: string): string | undefined {
  if (!existsSync(join(folder, fileOf(table)))) return undefined
  try {
    return createHash('sha256').update(textOf(folder, table)).digest('hex')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_')) return undefined
    throw cause
  }
}

function readManifest(folder: string): Manifest | Failed {
  const path = join(folder, manifestName)
  if (!existsSync(path)) return { failed: `${path} is not there: a folder without it is no whole backup` }
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest
}
