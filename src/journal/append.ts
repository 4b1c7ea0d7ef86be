/** What every journal does with a record that it is handed, whatever it is written on. */
import type { AttemptIndex } from './attempt-index.ts'
import type { Group } from './group.ts'
import type { AttemptRecord, Journal, JournalRecord } from './record.ts'

/** A record with its JSON text, before it has a number. */
export interface Appended {
  readonly record: JournalRecord
  readonly body: string
}

/** `last`: the highest number that has been committed. */
export const appending = (group: Group<Appended>, index: AttemptIndex, last: () => number): Journal['append'] => (record) => {
  const refusal = group.refusal()
  // An outcome belongs to a dial that was made: where there is only no room for it, it waits.
  const patient = record.kind === 'outcome'
  if (refusal !== undefined && (refusal.lasting || !patient)) {
    if (record.kind === 'attempt') group.revise((items) => endingBefore(items, record))
    return Promise.reject(refusal)
  }
  const body = JSON.stringify(record)
  const broken = index.note(record, last() + group.waiting() + 1)
  return broken === undefined ? group.add({ record, body }, patient) : Promise.reject(broken)
}

/** What of a group without room is still to be written: outcomes of attempts that stand. The other records never were. */
export function patientOf(items: readonly Appended[], index: AttemptIndex): readonly Appended[] {
  const dropped = items.map(({ record }) => record).filter((record) => record.kind === 'attempt')
  dropped.forEach(index.drop)
  const outcomes = items.filter(({ record }) => record.kind === 'outcome' && !dropped.some(({ call, n }) => call === record.call && n === record.n))
  return dropped.reduce(endingBefore, outcomes)
}

/** An attempt that could not be recorded is not made: its call ended with the attempt before it, whose outcome waits as well. */
const endingBefore = (items: readonly Appended[], { call, n }: AttemptRecord): readonly Appended[] => items.map((item) => {
  const { record } = item
  if (record.kind !== 'outcome' || record.call !== call || record.n !== n - 1) return item
  const last = { ...record, last: true }
  return { record: last, body: JSON.stringify(last) }
})
