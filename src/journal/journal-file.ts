/** The journal's SQLite file: how it is opened, checked, and set aside where it is damaged. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CannotStart } from '../kernel/cannot-start.ts'
import { isoTime, type Clock } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'

/** `process` survives the death of the process, `power` also syncs each group. */
export type Durability = 'process' | 'power'

/** "WJNL", so that `file` and we know it. */
const applicationId = 0x574a4e4c
const formatVersion = 1

/** SQLite's primary result codes, https://sqlite.org/rescode.html, read 2026-11-23. */
const busy = 5
const corrupt = 11
const full = 13
const notADatabase = 26

const schema = `
  CREATE TABLE journal (
    identity TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    -- highest sequence ever forgotten: numbers are never given twice
    forgotten INTEGER NOT NULL,
    -- every attempt below this sequence has its outcome: where recovery starts to read
    closed_below INTEGER NOT NULL,
    -- up to where the database has confirmed this file's records
    confirmed INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE record (sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
`

export const synchronous = (durability: Durability): string => `PRAGMA synchronous = ${durability === 'power' ? 'FULL' : 'NORMAL'}`

/**
 * A checkpoint holds the event loop while it copies and syncs: 1 ms for 250 pages, 4 ms for 1,000, 15 ms for 4,000 on a disk at rest, and more
 * where a database syncs the same disk. A call writes some four pages, so it is one call in 60, in 250 or in 1,000 that waits for one. 1,000
 * was best or as good at 1 and at 32 connections (docs/benchmarks.md, Where the time goes).
 */
const checkpointPages = 1_000

export interface FileOptions {
  readonly durability: Durability
  readonly sizeMaxBytes?: number
  readonly clock: Clock
  readonly random: Random
}

/** The file is damaged; `message` says how. */
export class Damaged extends Error {
  override readonly name = 'Damaged'
}

/**
 * Opens or makes the file and takes it for this process. Throws `Damaged` where SQLite or the check finds damage, an error
 * that names the file where another process has it or a newer Weir wrote it.
 */
export function openFile(path: string, options: FileOptions): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  // Names and amounts are nobody else's business; SQLite gives its log the same mode.
  closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    // The first read in exclusive mode takes the lock, and keeps it: it is also the node's lock (STACK.md, pitfall 19).
    database.exec('PRAGMA locking_mode = EXCLUSIVE')
    const isNew = pragma(database, 'schema_version') === 0
    if (!isNew) checkFormat(database, path)
    database.exec(`PRAGMA journal_mode = WAL; ${synchronous(options.durability)}; PRAGMA wal_autocheckpoint = ${checkpointPages}`)
    if (isNew) make(database, options)
    check(database)
    if (options.sizeMaxBytes !== undefined) database.exec(`PRAGMA max_page_count = ${Math.floor(options.sizeMaxBytes / pragma(database, 'page_size'))}`)
    return database
  } catch (cause) {
    database.close()
    throw named(cause, path)
  }
}

function make(database: DatabaseSync, { clock, random }: FileOptions): void {
  database.exec(`BEGIN IMMEDIATE; ${schema} PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${formatVersion};`)
  database.prepare('INSERT INTO journal (identity, made_at, forgotten, closed_below) VALUES (?, ?, 0, 1)').run(`journal_${random.bytes(16).toString('hex')}`, clock.now())
  database.exec('COMMIT')
}

function checkFormat(database: DatabaseSync, path: string): void {
  if (pragma(database, 'application_id') !== applicationId) throw new Error(`${path} is not a journal: give the journal a file of its own`)
  const version = pragma(database, 'user_version')
  if (version !== formatVersion) throw new Error(`${path} has format ${version} and this Weir reads ${formatVersion}: start the Weir that made it`)
}

function check(database: DatabaseSync): void {
  const found = database.prepare('PRAGMA quick_check(3)').all().map((row) => String(row['quick_check']))
  if (found.length !== 1 || found[0] !== 'ok') throw new Damaged(found.join('; '))
}

const pragma = (database: DatabaseSync, name: string): number => Number(database.prepare(`PRAGMA ${name}`).get()?.[name])

const codeOf = (cause: unknown): number | undefined => typeof cause === 'object' && cause !== null && 'errcode' in cause ? Number(cause.errcode) & 0xff : undefined

/** There was no room for it. SQLite has taken back the whole transaction, and the file is as it was. */
export const isFull = (cause: unknown): boolean => codeOf(cause) === full

/** SQLite's failures that a reader can act on, in words. Any other value stays as it is. */
function named(cause: unknown, path: string): unknown {
  const code = codeOf(cause)
  if (code === busy) return new CannotStart(`the journal ${path} is in use by another process: one node, one journal; stop that process, or give this node a file of its own`, { cause })
  if (code === full) return new CannotStart(`there is no room for the journal ${path}: free space on its disk`, { cause })
  if (code === corrupt || code === notADatabase) return new Damaged(cause instanceof Error ? cause.message : String(cause))
  return cause
}

/** Renames the damaged file and its log, so that nothing of it is lost, and answers the new name. */
export function setAside(path: string, clock: Clock): string {
  const aside = `${path}.damaged-${isoTime(clock.now()).replaceAll(':', '-')}`
  for (const suffix of ['', '-wal', '-shm']) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix)
  return aside
}
