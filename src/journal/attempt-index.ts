/**
 * The attempts that have no outcome yet, in memory: as many as there are calls in flight. Kept here and not in the file,
 * because an index in SQL would cost every append twice. Holds C1's "exactly one outcome" at the door.
 */
import { Broken } from '../kernel/assert.ts'
import type { AttemptRecord, JournalRecord } from './record.ts'

export interface AttemptIndex {
  /** Takes note of a new record. Answers what is wrong, and changes nothing, where an attempt is opened twice or an outcome has no open attempt. */
  readonly note: (record: JournalRecord, sequence: number) => Broken | undefined
  /** Takes note of a record read back. The attempt of an outcome may lie before where reading began, or be forgotten. */
  readonly recall: (record: JournalRecord, sequence: number) => void
  readonly open: () => readonly AttemptRecord[]
  /** Sequences of the open attempts, ascending. */
  readonly sequences: () => readonly number[]
  /** Every attempt below this sequence has its outcome. `next` where none is open. */
  readonly closedBelow: (next: number) => number
}

export function attemptIndex(): AttemptIndex {
  const open = new Map<string, { readonly record: AttemptRecord; readonly sequence: number }>()
  return {
    note: (record, sequence) => {
      if (record.kind === 'refusal') return undefined
      const key = `${record.call}/${record.n}`
      if (record.kind === 'outcome') {
        return open.delete(key) ? undefined : new Broken(`journal: an outcome for attempt ${key}, which is not open`)
      }
      if (open.has(key)) return new Broken(`journal: attempt ${key} is opened twice`)
      open.set(key, { record, sequence })
      return undefined
    },
    recall: (record, sequence) => {
      if (record.kind === 'attempt') open.set(`${record.call}/${record.n}`, { record, sequence })
      else if (record.kind === 'outcome') open.delete(`${record.call}/${record.n}`)
    },
    open: () => [...open.values()].map((entry) => entry.record),
    sequences: () => [...open.values()].map((entry) => entry.sequence),
    // A Map keeps the order of insertion, and sequences only grow: the first entry is the oldest.
    closedBelow: (next) => {
      for (const entry of open.values()) return entry.sequence
      return next
    },
  }
}
