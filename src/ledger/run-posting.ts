/** Keeps posting what arrives: at once after a shipment, every second otherwise, page by page, one loop a process. */
import type { Clock } from '../kernel/clock.ts'
import type { Timers } from '../kernel/timers.ts'
import type { Posted } from './post.ts'

export interface PostingOptions {
  readonly clock: Clock
  readonly timers: Timers
  readonly post: () => Promise<Posted>
  /** After something was posted: budgets are acknowledged, waiting readers told. */
  readonly posted: (what: Posted) => void
  readonly failed: (cause: unknown) => void
  readonly everyMs?: number
}

export interface Posting {
  readonly wake: () => void
  /** Resolves when nothing shipped remains unposted; rejects where posting fails. */
  readonly flush: () => Promise<void>
  readonly stop: () => void
}

export function runPosting(options: PostingOptions): Posting {
  const { timers, clock, everyMs = 1_000 } = options
  let running: Promise<void> | undefined
  let again = false
  let failures = 0
  let waitUntil = 0

  async function work(): Promise<void> {
    let remaining: number
    do {
      again = false
      const done = await options.post()
      remaining = done.remaining
      if (done.posted + done.quarantined > 0) options.posted(done)
      failures = 0
    } while (remaining > 0 || again)
  }
  const run = (): Promise<void> => {
    running ??= work().finally(() => (running = undefined))
    return running
  }
  const wake = (): void => {
    again = true
    if (running !== undefined || clock.monotonic() < waitUntil) return
    run().catch((cause: unknown) => {
      failures += 1
      waitUntil = clock.monotonic() + Math.min(30_000, 250 * 2 ** failures)
      options.failed(cause)
    })
  }
  const stop = timers.every(everyMs, wake)
  return {
    wake,
    stop,
    flush: async () => {
      await running
      await run()
    },
  }
}
