/** The journal in memory, for the simulator: the same promises, on a disk that a crash leaves as it was. */
import type { Timers } from '../kernel/timers.ts'
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

export interface MemoryJournal extends Journal {
  /** The node dies: what waits is never committed, and no promise of it is ever kept. Open the disk again to recover. */
  readonly crash: () => void
}

export function openMemoryJournal(disk: MemoryDisk, timers: Timers): MemoryJournal {
  const index = attemptIndex()
  for (const row of disk.rows) index.recall(JSON.parse(row.body) as JournalRecord, row.sequence)
  let given = disk.last
  let dead = false
  const living: Timers = { ...timers, soon: (run) => timers.soon(() => { if (!dead) run() }) }
  const group = groupOf<MemoryDisk['rows'][number]>(living, (items) => {
    const size = items.reduce((sum, item) => sum + item.body.length, 0)
    if (size > disk.room) throw new Error('the disk is full')
    disk.room -= size
    disk.rows.push(...items)
    disk.last = given
  })

  return {
    identity: disk.identity,
    append: (record) => {
      if (dead) return new Promise(() => undefined)
      const refusal = group.refusal() ?? index.note(record, given + 1)
      if (refusal !== undefined) return Promise.reject(refusal)
      given += 1
      return group.add({ sequence: given, at: record.at, body: JSON.stringify(record) })
    },
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
    close: () => group.close(),
    crash: () => { dead = true },
  }
}
