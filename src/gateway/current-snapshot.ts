/**
 * The snapshot in force on this node: refreshed by notification, and by a poll of the version each second in case one was
 * lost. A node that has not confirmed its version for `staleAfterMs` has none, so that it admits nothing on old prices,
 * revoked keys or lapsed decisions.
 */
import type { Clock } from '../kernel/clock.ts'
import type { Timers } from '../kernel/timers.ts'
import type { Snapshot } from './snapshot.ts'

export interface CurrentSnapshot {
  /** Undefined: not confirmed for too long. */
  readonly get: () => Snapshot | undefined
  /** Asks for the version now and loads where it has changed. Waits for a load under way. */
  readonly refresh: () => Promise<void>
  /** Milliseconds since the version was last confirmed. */
  readonly ageMs: () => number
  readonly stop: () => void
}

export interface CurrentSnapshotOptions {
  readonly version: () => Promise<number>
  readonly load: () => Promise<Snapshot>
  readonly clock: Clock
  readonly timers: Timers
  readonly staleAfterMs: () => number
  /** The database did not answer; called for each failed confirmation. */
  readonly unconfirmed: (cause: unknown) => void
  /** Called after each change with the new and the old snapshot. */
  readonly changed?: (now: Snapshot, before: Snapshot | undefined) => void
  readonly pollMs?: number
}

/** Resolves with the first snapshot loaded; rejects where that fails, since a node without one is of no use. */
export async function watchSnapshot(options: CurrentSnapshotOptions): Promise<CurrentSnapshot> {
  const { clock, timers, staleAfterMs } = options
  let snapshot = await options.load()
  let confirmedAt = clock.monotonic()
  options.changed?.(snapshot, undefined)
  let running: Promise<void> | undefined
  let again = false

  async function confirm(): Promise<void> {
    const asked = clock.monotonic()
    const version = await options.version()
    if (version !== snapshot.version) {
      const before = snapshot
      snapshot = await options.load()
      options.changed?.(snapshot, before)
    }
    confirmedAt = asked
  }
  async function confirmAll(): Promise<void> {
    do {
      again = false
      await confirm().catch(options.unconfirmed)
    } while (again)
    // In the same breath as the last look at `again`: whoever asks from here on starts a look of its own.
    running = undefined
  }
  const refresh = (): Promise<void> => {
    if (running !== undefined) again = true
    running ??= confirmAll()
    return running
  }
  const stop = timers.every(options.pollMs ?? 1_000, () => void refresh())
  return { get: () => (clock.monotonic() - confirmedAt > staleAfterMs() ? undefined : snapshot), refresh, ageMs: () => clock.monotonic() - confirmedAt, stop }
}
