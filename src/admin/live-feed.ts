/**
 * What this node serves, as it happens, for people who look. Calls are handed on in batches, so that a busy node sends
 * as many messages as a quiet one; nobody watching costs one comparison per call.
 */
import type { Observed } from '../gateway/ports.ts'
import type { Stop, Timers } from '../kernel/timers.ts'

export type LiveEvent =
  /** `count` calls ended since the last batch; `calls` holds the latest of them, the oldest first. */
  | { readonly kind: 'calls'; readonly count: number; readonly calls: readonly Observed[] }
  /** The books have moved on. */
  | { readonly kind: 'posted' }

export interface LiveFeed {
  readonly observe: (seen: Observed) => void
  readonly posted: () => void
  readonly subscribe: (send: (event: LiveEvent) => void) => Stop
}

const batchMs = 300
const batchCallsMax = 100

export function makeLiveFeed(timers: Timers): LiveFeed {
  const subscribers = new Set<(event: LiveEvent) => void>()
  let calls: Observed[] = []
  let count = 0
  let posted = false
  let waiting = false

  const flush = (): void => {
    waiting = false
    const events: LiveEvent[] = [...(count > 0 ? [{ kind: 'calls' as const, count, calls }] : []), ...(posted ? [{ kind: 'posted' as const }] : [])]
    calls = []
    count = 0
    posted = false
    for (const event of events) for (const send of subscribers) send(event)
  }
  const soon = (): void => {
    if (waiting) return
    waiting = true
    timers.after(batchMs, flush)
  }
  return {
    observe: (seen) => {
      if (subscribers.size === 0) return
      count += 1
      calls.push(seen)
      if (calls.length > batchCallsMax) calls.shift()
      soon()
    },
    posted: () => {
      if (subscribers.size === 0) return
      posted = true
      soon()
    },
    subscribe: (send) => {
      subscribers.add(send)
      return () => void subscribers.delete(send)
    },
  }
}
