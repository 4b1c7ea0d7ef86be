/**
 * Discrete events: the clock stands still while an event and all that follows from it run, then jumps to the next event.
 * One queue for the whole world, ordered by time and then by when an event was planned, so that a seed fixes everything.
 */
import type { Clock } from '../../src/kernel/clock.ts'
import type { Stop, Timers } from '../../src/kernel/timers.ts'

interface Planned {
  readonly at: number
  readonly order: number
  readonly run: () => void
  stopped: boolean
}

export interface SimulatedTime {
  /** Milliseconds since the run began. */
  readonly now: () => number
  readonly after: (ms: number, run: () => void) => Stop
  /** Events so far. */
  readonly events: () => number
  /** Runs events until none is left or the next lies beyond `until`; `settled` is called when an event and what follows from it are done. */
  readonly runUntil: (until: number, settled: () => void | Promise<void>) => Promise<void>
  /** Work that really takes time, such as the embedded database: the next event waits for it. */
  readonly waitFor: <T>(work: Promise<T>) => Promise<T>
}

/** Lets everything that is already possible happen: promises settle in between. */
const drain = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

export function simulatedTime(): SimulatedTime {
  const queue: Planned[] = []
  let now = 0
  let order = 0
  let events = 0
  let working = 0

  const before = (a: Planned, b: Planned): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)
  const push = (planned: Planned): void => {
    let at = queue.push(planned) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(planned, queue[parent] as Planned)) break
      queue[at] = queue[parent] as Planned
      at = parent
    }
    queue[at] = planned
  }
  const pop = (): Planned | undefined => {
    const first = queue[0]
    const last = queue.pop()
    if (first === undefined || last === undefined || first === last) return first
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= queue.length) break
      if (child + 1 < queue.length && before(queue[child + 1] as Planned, queue[child] as Planned)) child += 1
      if (!before(queue[child] as Planned, last)) break
      queue[at] = queue[child] as Planned
      at = child
    }
    queue[at] = last
    return first
  }

  return {
    now: () => now,
    events: () => events,
    after: (ms, run) => {
      const planned: Planned = { at: now + Math.max(0, ms), order: (order += 1), run, stopped: false }
      push(planned)
      return () => { planned.stopped = true }
    },
    waitFor: (work) => {
      working += 1
      return work.finally(() => { working -= 1 })
    },
    runUntil: async (until, settled) => {
      for (let next = queue[0]; next !== undefined && next.at <= until; next = queue[0]) {
        pop()
        if (next.stopped) continue
        now = next.at
        events += 1
        next.run()
        do await drain()
        while (working > 0)
        await settled()
      }
      now = Math.max(now, until)
    },
  }
}

/** A node's own clock: the world's time on a wall clock that may be wrong, and jump. */
export function nodeClock(time: SimulatedTime, epoch: number): Clock & { readonly jump: (ms: number) => void } {
  let skew = 0
  return {
    now: () => Math.floor(epoch + time.now() + skew),
    monotonic: time.now,
    jump: (ms) => { skew += ms },
  }
}

/** A node's timers: they die with it. */
export function nodeTimers(time: SimulatedTime, alive: () => boolean): Timers {
  const guarded = (run: () => void) => (): void => { if (alive()) run() }
  return {
    after: (ms, run) => time.after(ms, guarded(run)),
    every: (ms, run) => {
      let stop: Stop = () => {}
      const again = (): void => {
        if (!alive()) return
        stop = time.after(ms, again)
        run()
      }
      stop = time.after(ms, again)
      return () => stop()
    },
    soon: (run) => void time.after(0, guarded(run)),
  }
}
