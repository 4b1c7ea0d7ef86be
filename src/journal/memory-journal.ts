/** The journal in memory, for the simulator: the same promises, on a disk that a crash leaves as it was. */
import type { Timers } from '../kernel/timers.ts'
import { appending, patientOf, type Appended } from './append.ts'
import { attemptIndex } from './attempt-index.ts'
import { groupOf } from './group.ts'
import type { Journal, JournalRecord, NumberedRecord } from './record.ts'

/** What outlives the node. */
export interface MemoryDisk {
  readonly identity: string
  rows: { readonly sequence: number; readonly at: number; readonly body: string }[]
  last: number
  confirmed: number
  /** Characters that it holds; a commit beyond them fails, as on a full disk. */
  room: number
}

export const memoryDisk = (identity: string, room = Infinity): MemoryDisk => ({ identity, rows: [], last: 0, confirmed: 0, room })

/** A disk with less than this is full, also to an empty group. */
const leastRoom = 500

export interface MemoryJournal extends Journal {
  /** The node dies: what waits is never committed, and no promise of it is ever kept. Open the disk again to recover. */
  readonly crash: () => void
}

export function openMemoryJournal(disk: MemoryDisk, timers: Timers): MemoryJournal {
  const index = attemptIndex()
  for (const row of disk.rows) index.recall(JSON.parse(row.body) as JournalRecord, row.sequence)
  let dead = false
  const ifAlive = (run: () => void) => (): void => { if (!dead) run() }
  const living: Timers = { ...timers, soon: (run) => timers.soon(ifAlive(run)), after: (ms, run) => timers.after(ms, ifAlive(run)) }
  const group = groupOf<Appended>(living, {
    commit: (items) => {
      const rows = items.map(({ record, body }, index) => ({ sequence: disk.last + index + 1, at: record.at, body }))
      const size = rows.reduce((sum, row) => sum + row.body.length, 0)
      if (Math.max(size, leastRoom) > disk.room) throw new Error('the disk is full')
      disk.room -= size
      disk.rows.push(...rows)
      disk.last += rows.length
    },
    isFull: () => true,
    patient: (items) => patientOf(items, index),
  })

  return {
    identity: disk.identity,
    append: appending(group, index, () => disk.last),
    refusal: group.refusal,
    after: (sequence, limit) => {
      const found: NumberedRecord[] = []
      for (const row of disk.rows) if (row.sequence > sequence && found.length < limit) found.push({ sequence: row.sequence, body: row.body })
      return found
    },
    open: index.open,
    last: () => disk.last,
    confirmed: () => disk.confirmed,
    confirm: (sequence) => { disk.confirmed = sequence },
    forget: (sequence, before) => {
      const open = new Set(index.sequences())
      const kept = disk.rows.filter((row) => row.sequence > sequence || row.at >= before || open.has(row.sequence))
      const removed = disk.rows.length - kept.length
      disk.rows = kept
      return removed
    },
    close: async () => group.close(),
    crash: () => { dead = true },
  }
}
