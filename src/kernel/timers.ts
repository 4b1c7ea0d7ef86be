/** Timers come in from outside, as the clock does. Every handle ends by `stop`, which may be called twice. */
export interface Timers {
  readonly after: (ms: number, run: () => void) => Stop
  /** Unlike `after` it keeps no process alive. */
  readonly every: (ms: number, run: () => void) => Stop
  /** Runs after the present turn of the event loop: the moment of a group commit. */
  readonly soon: (run: () => void) => void
}

export type Stop = () => void

export const systemTimers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  every: (ms, run) => {
    const timer = setInterval(run, ms)
    timer.unref()
    return () => clearInterval(timer)
  },
  soon: (run) => void setImmediate(run),
}

export const sleep = (timers: Timers, ms: number): Promise<void> => new Promise((resolve) => void timers.after(ms, resolve))
