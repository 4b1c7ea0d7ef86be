/** Group commit: everything appended in one turn of the event loop is committed together, and shares one promise. */
import type { Timers } from '../kernel/timers.ts'
import { NotRecorded } from './record.ts'

export interface Group<Item> {
  /**
   * Resolves once the item is committed with its group; rejects where that fails. One that is `patient` waits where there is only
   * no room. Ask `refusal` first: while nothing is taken, only patient items may be added, and only for want of room.
   */
  readonly add: (item: Item, patient: boolean) => Promise<void>
  /** Changes the items that wait. */
  readonly revise: (change: (items: readonly Item[]) => readonly Item[]) => void
  /** How many items wait. */
  readonly waiting: () => number
  /** Commits what waits, at once, and admits nothing more. */
  readonly close: () => void
  /** Why nothing can be added; undefined while it can. */
  readonly refusal: () => NotRecorded | undefined
}

export interface Writing<Item> {
  /** All of it or nothing. An empty group shows whether anything could be written. */
  readonly commit: (items: readonly Item[]) => void
  /** Whether a failure left everything as it was, so that another try may succeed: a full disk. */
  readonly isFull: (cause: unknown) => boolean
  /** Told of a group that found no room: answers its patient items, as they are to be written when there is some. */
  readonly patient: (items: readonly Item[]) => readonly Item[]
  /** Told when records are refused, and when they are taken again. */
  readonly changed?: ((refusal: NotRecorded | undefined) => void) | undefined
}

interface Pending<Item> {
  items: Item[]
  /** Of the items that wait for room, and of those that do not; made for the first of each. */
  patient: PromiseWithResolvers<void> | undefined
  hasty: PromiseWithResolvers<void> | undefined
}

/** Between two looks whether there is room again. */
const retryMs = 1_000

export function groupOf<Item>(timers: Timers, { commit, isFull, patient, changed }: Writing<Item>): Group<Item> {
  let pending: Pending<Item> | undefined
  let refusal: NotRecorded | undefined
  let stopRetry = (): void => undefined

  /** Undefined where the items were committed. */
  const failureOf = (items: readonly Item[]): NotRecorded | undefined => {
    try {
      commit(items)
      return undefined
    } catch (cause) {
      return isFull(cause)
        ? new NotRecorded('the journal has no room and takes no records: free space on the disk of the data folder, and it goes on by itself', false, cause)
        // What is in the file is no longer known, so nothing may rest on it until a restart reads it.
        : new NotRecorded('the journal could not be written and takes no more records: mend or replace its disk, then restart', true, cause)
    }
  }

  const become = (next: NotRecorded | undefined): void => {
    const before = refusal
    refusal = next
    if (before?.lasting !== next?.lasting) changed?.(next)
  }

  const flush = (): void => {
    const group = pending
    if (group === undefined) return
    pending = undefined
    const failure = failureOf(group.items)
    become(failure)
    if (failure === undefined) {
      group.patient?.resolve()
      group.hasty?.resolve()
      return
    }
    group.hasty?.reject(failure)
    if (failure.lasting) return group.patient?.reject(failure)
    pending = { items: [...patient(group.items)], patient: group.patient, hasty: undefined }
    stopRetry = timers.after(retryMs, flush)
  }

  const opened = (): Pending<Item> => {
    timers.soon(flush)
    return { items: [], patient: undefined, hasty: undefined }
  }

  return {
    refusal: () => refusal,
    waiting: () => pending?.items.length ?? 0,
    revise: (change) => {
      if (pending !== undefined) pending.items = [...change(pending.items)]
    },
    add: (item, waits) => {
      pending ??= opened()
      pending.items.push(item)
      const shared = (pending[waits ? 'patient' : 'hasty'] ??= Promise.withResolvers<void>())
      return shared.promise
    },
    close: () => {
      flush()
      stopRetry()
      const closed = new NotRecorded('the journal is closed', true, refusal)
      // What had no room is found open by the next start.
      pending?.patient?.reject(closed)
      pending = undefined
      refusal = closed
    },
  }
}
