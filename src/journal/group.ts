/** Group commit: everything appended in one turn of the event loop is committed together, and shares one promise. */
import type { Timers } from '../kernel/timers.ts'

export interface Group<Item> {
  /** Resolves once the item is committed with its group; rejects with the group's failure. Ask `refusal` first. */
  readonly add: (item: Item) => Promise<void>
  /** Commits what waits, at once, and admits nothing more. */
  readonly close: () => Promise<void>
  /** Why nothing can be added any more; undefined while it can. */
  readonly refusal: () => Error | undefined
}

interface Pending<Item> {
  readonly items: Item[]
  readonly committed: Promise<void>
  readonly resolve: () => void
  readonly reject: (cause: unknown) => void
}

export function groupOf<Item>(timers: Timers, commit: (items: readonly Item[]) => void): Group<Item> {
  let pending: Pending<Item> | undefined
  let refusal: Error | undefined

  const flush = (): void => {
    const group = pending
    pending = undefined
    if (group === undefined) return
    try {
      commit(group.items)
    } catch (cause) {
      // A full or failing disk. What is in the file is no longer known, so nothing may rest on it until a restart reads it.
      refusal = new Error('the journal could not be written and takes no more records: free or replace its disk, then restart', { cause })
      group.reject(refusal)
      return
    }
    group.resolve()
  }

  return {
    refusal: () => refusal,
    add: (item) => {
      if (pending === undefined) {
        const { promise, resolve, reject } = Promise.withResolvers<void>()
        pending = { items: [], committed: promise, resolve, reject }
        timers.soon(flush)
      }
      pending.items.push(item)
      return pending.committed
    },
    close: async () => {
      const committed = pending?.committed
      flush()
      await committed
      refusal ??= new Error('the journal is closed')
    },
  }
}
