/**
 * The attempts that have no outcome yet, in memory: as many as there are calls in flight. Kept here and not in the file,
 * because an index in SQL would cost every append twice. Holds C1's "exactly one outcome" at the door.
 */
import { Broken } from '../kernel/assert.ts'
import type { AttemptRecord, JournalRecord } from './record.ts'

export interface AttemptIndex {
  /** Takes note of a new record. Answers what is wrong, and changes nothing, where an attempt is opened twice or an outcome has no open attempt. */
  readonly note: (record: JournalRecord, sequence: number) => Broken | undefined
  /** Takes back the note of an attempt whose record was not written. */
  readonly drop: (record: AttemptRecord) => void
  /** Takes note of a record read back. The attempt of an outcome may lie before where reading began, or be forgotten. */
  readonly recall: (record: JournalRecord, sequence: number) => void
  readonly open: () => readonly AttemptRecord[]
  /** Sequences of the open attempts, ascending. */
  readonly sequences: () => readonly number[]
  /** Every attempt below this sequence has its outcome. `next` where none is open. */
  readonly closedBelow: (next: number) => number
}

/** A call's id alone names its first attempt, the common one: no text has to be made and hashed for it. Ids hold no slash. */
const keyOf = ({ call, n }: { readonly call: string; readonly n: number }): string => (n === 1 ? call : `${call}/${n}`)

export function attemptIndex(): AttemptIndex {
  const open = new Map<string, { readonly record: AttemptRecord; readonly sequence: number }>()
  return {
    note: (record, sequence) => {
      if (record.kind === 'refusal') return undefined
      const key = keyOf(record)
      if (record.kind === 'outcome') {
        return open.delete(key) ? undefined : new Broken(`journal: an outcome for attempt ${record.call}/${record.n}, which is not open`)
      }
      if (open.has(key)) return new Broken(`journal: attempt ${record.call}/${record.n} is opened twice`)
      open.set(key, { record, sequence })
      return undefined
    },
    drop: (record) => void open.delete(keyOf(record)),
    recall: (record, sequence) => {
      if (record.kind === 'attempt') open.set(keyOf(record), { record, sequence })
      else if (record.kind === 'outcome') open.delete(keyOf(record))
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
