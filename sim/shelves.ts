/** The books that a run may stand on: in memory, or in a real database that is emptied between runs. */
import type { Clock } from '../src/kernel/clock.ts'
import { sqlLedger } from '../src/ledger/sql-ledger.ts'
import type { Store } from '../src/store/store.ts'
import { sqlBooks, type Books } from './books.ts'
import { memoryLedger, type LedgerDefects } from './memory-ledger.ts'
import type { Shelf } from './world/database.ts'

export function memoryShelf(clock: Clock, defects?: LedgerDefects): Shelf {
  const ledger = memoryLedger(clock, defects)
  return { ledger, books: async () => ledger.books(), budgets: async () => ledger.books().budgets, save: async () => ledger.save(), restore: async (saved) => ledger.restore(saved) }
}

const tables = ['journal_batch', 'journal_watermark', 'attempt_open', 'quarantine', 'attempt', 'refusal', 'account', 'ledger_transaction', 'entry', 'usage_minute', 'budget_period', 'lease', 'event'] as const

/** Triggers that keep the books append-only stand aside while a whole database is replaced. */
async function asRestore(store: Store, statements: readonly string[]): Promise<void> {
  await store.transaction('admin', async (sql) => {
    await sql('SET LOCAL session_replication_role = replica')
    for (const statement of statements) await sql(statement)
  })
}

const emptied = `TRUNCATE ${tables.join(', ')}`

export async function sqlShelf(store: Store, clock: Clock): Promise<Shelf> {
  await asRestore(store, [emptied, "SELECT pg_notify('weir', 'resync')"])
  const ledger = sqlLedger(store, clock)
  return {
    ledger,
    books: () => sqlBooks(store),
    budgets: async (): Promise<Books['budgets']> => {
      const rows = await store.query<Record<string, string>>('admin', 'SELECT budget, period, limit_picos, posted, leased, overrun FROM budget_period')
      return rows.map((row) => ({ budget: row['budget'] ?? '', period: row['period'] ?? '', limit: row['limit_picos'] ?? undefined, posted: row['posted'] ?? '', leased: row['leased'] ?? '', overrun: row['overrun'] ?? '' }))
    },
    save: async () => {
      await asRestore(store, ['DROP SCHEMA IF EXISTS backup CASCADE', 'CREATE SCHEMA backup', ...tables.map((table) => `CREATE TABLE backup.${table} AS TABLE ${table}`)])
    },
    // Sessions that had lost a database are told so; here the sessions live on, and are told all the same.
    restore: async () => asRestore(store, [emptied, ...tables.map((table) => `INSERT INTO ${table} ${table === 'quarantine' ? 'OVERRIDING SYSTEM VALUE ' : ''}SELECT * FROM backup.${table}`), "SELECT pg_notify('weir', 'resync')"]),
  }
}
