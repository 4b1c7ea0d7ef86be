/** Long work in slices: whoever holds the event loop for some milliseconds holds up every call that is open. */
import { systemTimers, type Timers } from './timers.ts'

/** Leaves the event loop to others; resolves when the next slice may begin. */
export type Pause = () => Promise<void>

/** For one turn of the event loop. */
export const pauseOf = (timers: Pick<Timers, 'soon'>): Pause => () => new Promise((resolve) => void timers.soon(resolve))

export const systemPause: Pause = pauseOf(systemTimers)

/**
 * For a millisecond while there is somebody to be polite to, else for a turn. A call takes some four turns of the event loop, between
 * which it waits for others: with a slice in each of them it would wait for four slices.
 */
export const politePause = (timers: Pick<Timers, 'soon' | 'after'>, somebodyWaits: () => boolean): Pause =>
  () => new Promise((resolve) => void (somebodyWaits() ? timers.after(1, resolve) : timers.soon(resolve)))

/** Gives `work` so many items at a time, and where in all of them they begin, with a pause before each. */
export async function inSlices<T>(pause: Pause, items: readonly T[], size: number, work: (slice: readonly T[], at: number) => void): Promise<void> {
  for (let at = 0; at < items.length; at += size) {
    await pause()
    work(items.slice(at, at + size), at)
  }
}
