/**
 * The one queue in front of the database's sessions. Work waits by priority, first come first served inside one, so that a
 * lease never stands behind a report (DESIGN.md, Database).
 */
import { priorities, type Priority } from './store.ts'

export type PerPriority = Readonly<Record<Priority, number>>

export interface SessionQueue {
  /** Resolves when a session is free for this priority; the answer gives it back and must be called exactly once. */
  readonly acquire: (priority: Priority) => Promise<() => void>
  readonly waiting: () => PerPriority
  /** Refuses new work from now on; resolves when what was accepted has ended. */
  readonly drain: () => Promise<void>
}

/**
 * `sessionsMax` bounds all work together, `each` the work of one priority: with `each.posting` below `sessionsMax` posting
 * can never hold every session.
 */
export function sessionQueue(sessionsMax: number, each: PerPriority): SessionQueue {
  const lines = perPriority<(() => void)[]>(() => [])
  const running = perPriority(() => 0)
  let runningTotal = 0
  let closing: (() => void) | undefined

  const hasRoom = (priority: Priority): boolean => runningTotal < sessionsMax && running[priority] < each[priority]
  const enter = (priority: Priority): (() => void) => {
    running[priority] += 1
    runningTotal += 1
    return () => leave(priority)
  }
  const leave = (priority: Priority): void => {
    running[priority] -= 1
    runningTotal -= 1
    for (const next of priorities) while (hasRoom(next) && lines[next].length > 0) lines[next].shift()?.()
    if (runningTotal === 0) closing?.()
  }

  return {
    acquire: (priority) => {
      if (closing !== undefined) return Promise.reject(new Error('the store is closed: nothing may use it after close()'))
      if (hasRoom(priority) && lines[priority].length === 0) return Promise.resolve(enter(priority))
      return new Promise((resolve) => lines[priority].push(() => resolve(enter(priority))))
    },
    waiting: () => ({ ...perPriority((priority) => lines[priority].length) }),
    drain: () => new Promise((resolve) => {
      closing = resolve
      if (runningTotal === 0) resolve()
    }),
  }
}

function perPriority<T>(make: (priority: Priority) => T): Record<Priority, T> {
  return Object.fromEntries(priorities.map((priority) => [priority, make(priority)])) as Record<Priority, T>
}
