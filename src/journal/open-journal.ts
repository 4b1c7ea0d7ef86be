import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'
import type { Timers } from '../kernel/timers.ts'
import { appending, patientOf, type Appended } from './append.ts'
import { attemptIndex, type AttemptIndex } from './attempt-index.ts'
import { groupOf } from './group.ts'
import { Damaged, isFull, openFile, setAside, synchronous, type Durability } from './journal-file.ts'
import type { Journal, JournalRecord, NotRecorded, NumberedRecord } from './record.ts'

export interface JournalOptions {
  readonly file: string
  readonly durability: Durability
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  /** The size that the file may grow to; beyond it appends are refused, as on a full disk. No bound by default. */
  readonly sizeMaxBytes?: number
  /** Told when records are refused, and, with undefined, when they are taken again. */
  readonly onRefusal?: (refusal: NotRecorded | undefined) => void
  /** Told where a damaged file was found, renamed and replaced by a new one; a process warning by default. */
  readonly onSetAside?: (message: string) => void
}

export interface NodeJournal extends Journal {
  /** What each later commit survives; those before it stay as they were made. */
  readonly setDurability: (durability: Durability) => void
  /** As SQLite itself says. */
  readonly durability: () => Durability
}

/** Rows between two notes of where recovery may start. */
const noteEveryRows = 1_000

/** What a look whether there is room writes: more than most records take. */
const probeBytes = 8_192

/** Rows that one `forget` looks at, so that it never holds the event loop for long. */
const forgetMaxRows = 1_000

/**
 * Opens the node's journal, or makes it with a new random identity. Throws where another process has it. A damaged file is
 * renamed beside its place and reported, and the node goes on with a new one: what the old one held open stays charged to
 * its leases until they are written off.
 */
export function openJournal(options: JournalOptions): NodeJournal {
  try {
    return openOnce(options)
  } catch (cause) {
    if (!(cause instanceof Damaged)) throw cause
    const aside = setAside(options.file, options.clock)
    const report = options.onSetAside ?? ((message: string) => process.emitWarning(message))
    report(`the journal ${options.file} is damaged (${cause.message}). It was renamed to ${aside} and a new one begun: keep the renamed file, records that had not reached the database are in it alone`)
    return openOnce(options)
  }
}

function openOnce(options: JournalOptions): NodeJournal {
  const database = openFile(options.file, options)
  try {
    return journalOver(database, options)
  } catch (cause) {
    // Whatever keeps it from being read: the lock must not stay.
    database.close()
    throw cause
  }
}

function journalOver(database: DatabaseSync, { timers, onRefusal }: JournalOptions): NodeJournal {
  const { identity, forgotten, closed_below: readFrom, confirmed: before } = database.prepare('SELECT identity, forgotten, closed_below, confirmed FROM journal').get() as { identity: string; forgotten: number; closed_below: number; confirmed: number }
  const highest = database.prepare('SELECT max(sequence) AS sequence FROM record').get()?.['sequence']
  const index = attemptIndex()
  recover(database, index, readFrom)

  // Sequences and milliseconds stay below 2^53, and amounts are decimal text, so plain numbers are exact (STACK.md, pitfall 19).
  let committed = Math.max(Number(highest ?? 0), forgotten)
  let notedAt = committed
  const begin = database.prepare('BEGIN IMMEDIATE')
  const end = database.prepare('COMMIT')
  const insert = database.prepare('INSERT INTO record (sequence, at, body) VALUES (?, ?, ?)')
  const note = database.prepare('UPDATE journal SET closed_below = ?')
  const mark = database.prepare('UPDATE journal SET confirmed = ?')
  let confirmed = before
  const select = database.prepare('SELECT sequence, body FROM record WHERE sequence > ? ORDER BY sequence LIMIT ?')

  const erase = database.prepare('DELETE FROM record WHERE sequence = ?')
  const write = (items: readonly Appended[], closedBelow: number | undefined): void => {
    begin.run()
    try {
      let sequence = committed
      for (const { record: { at }, body } of items) insert.run(++sequence, at, body)
      if (items.length === 0) {
        // Written and taken back: SQLite writes the pages all the same, or fails where there is no room for them.
        insert.run(committed + 1, 0, ' '.repeat(probeBytes))
        erase.run(committed + 1)
      }
      if (closedBelow !== undefined) note.run(closedBelow)
      end.run()
    } catch (cause) {
      // SQLite's failure to write. Half a group must not be seen by readers on the same connection.
      if (database.isTransaction) database.exec('ROLLBACK')
      throw cause
    }
  }
  const commit = (items: readonly Appended[]): void => {
    const last = committed + items.length
    const noting = last - notedAt >= noteEveryRows
    const [only] = items
    // One statement is a transaction by itself; a group of one is the common one, and BEGIN and COMMIT are a fifth of its cost.
    if (items.length === 1 && only !== undefined && !noting) insert.run(last, only.record.at, only.body)
    else write(items, noting ? index.closedBelow(last + 1) : undefined)
    if (noting) notedAt = last
    committed = last
  }
  const group = groupOf<Appended>(timers, { commit, isFull, patient: (items) => patientOf(items, index), changed: onRefusal })
  const forget = forgetter(database, index)

  return {
    identity,
    append: appending(group, index, () => committed),
    refusal: group.refusal,
    after: (sequence, limit) => select.all(sequence, limit) as unknown as readonly NumberedRecord[],
    open: index.open,
    last: () => committed,
    confirmed: () => confirmed,
    confirm: (sequence) => {
      confirmed = sequence
      mark.run(sequence)
    },
    forget: (sequence, before) => forget(Math.min(sequence, committed), before),
    ...durabilityOf(database),
    close: async () => {
      group.close()
      database.close()
    },
  }
}

const durabilityOf = (database: DatabaseSync): Pick<NodeJournal, 'durability' | 'setDurability'> => ({
  durability: () => (Number(database.prepare('PRAGMA synchronous').get()?.['synchronous']) >= 2 ? 'power' : 'process'),
  // Commits are made in one go, so that none is under way here: inside a transaction SQLite would not take it.
  setDurability: (durability) => database.exec(synchronous(durability)),
})

/** Reads again which attempts are open, from the first that was when the note was made. */
function recover(database: DatabaseSync, index: AttemptIndex, from: number): void {
  for (const row of database.prepare('SELECT sequence, body FROM record WHERE sequence >= ? ORDER BY sequence').iterate(from)) {
    index.recall(parse(String(row['body']), Number(row['sequence'])), Number(row['sequence']))
  }
}

function parse(body: string, sequence: number): JournalRecord {
  try {
    return JSON.parse(body) as JournalRecord
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new Damaged(`record ${sequence} is not JSON`)
    throw cause
  }
}

/** Deletes a bounded number of the oldest rows, all but open attempts, and answers how many. */
function forgetter(database: DatabaseSync, index: AttemptIndex): (sequence: number, before: number) => number {
  const oldest = database.prepare('SELECT max(sequence) AS bound FROM (SELECT sequence FROM record WHERE sequence <= ? ORDER BY sequence LIMIT ?)')
  const remove = database.prepare('DELETE FROM record WHERE sequence > ? AND sequence < ? AND at < ?')
  const raise = database.prepare('UPDATE journal SET forgotten = max(forgotten, ?)')
  return (sequence, before) => {
    const bound = oldest.get(sequence, forgetMaxRows)?.['bound']
    if (bound === null || bound === undefined) return 0
    const kept = index.sequences().filter((open) => open <= Number(bound))
    let removed = 0
    let low = 0
    database.exec('BEGIN IMMEDIATE')
    for (const high of [...kept, Number(bound) + 1]) {
      removed += Number(remove.run(low, high, before).changes)
      low = high
    }
    raise.run(Number(bound))
    database.exec('COMMIT')
    return removed
  }
}
