/** A witness's memory in one SQLite file, locked by the process that has it open; each advance is one synced transaction. */
import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import type { WitnessMemory } from './witness.ts'

export interface WitnessFile extends WitnessMemory {
  readonly close: () => void
}

/** Opens or makes the file. Throws "database is locked" where another witness has it: two could cosign two histories. */
export function openWitnessFile(path: string): WitnessFile {
  const database = new DatabaseSync(path)
  database.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA;
    CREATE TABLE IF NOT EXISTS witnessed (origin TEXT PRIMARY KEY, origin_hash TEXT NOT NULL UNIQUE, size TEXT NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL) STRICT;
    BEGIN IMMEDIATE; COMMIT;`)
  const latest = database.prepare('SELECT size, root FROM witnessed WHERE origin = ?')
  const add = database.prepare('INSERT INTO witnessed (origin, origin_hash, size, root, note) VALUES (?, ?, ?, ?, ?) ON CONFLICT (origin) DO NOTHING')
  const move = database.prepare('UPDATE witnessed SET size = ?, root = ?, note = ? WHERE origin = ? AND size = ?')
  const published = database.prepare('SELECT note FROM witnessed WHERE origin_hash = ?')
  return {
    latest: async (origin) => {
      const row = latest.get(origin) as { size: string; root: Uint8Array } | undefined
      return row === undefined ? undefined : { size: BigInt(row.size), root: Buffer.from(row.root) }
    },
    advance: async (origin, from, to, note) => {
      const moved = move.run(String(to.size), to.root, note, origin, String(from)).changes
      if (Number(moved) === 1) return true
      const hash = createHash('sha256').update(origin).digest('hex')
      return from === 0n && Number(add.run(origin, hash, String(to.size), to.root, note).changes) === 1
    },
    published: async (originHash) => (published.get(originHash) as { note: string } | undefined)?.note,
    close: () => database.close(),
  }
}
