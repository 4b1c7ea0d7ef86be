/** Time comes in from outside: `main.ts` hands over the real clock, `sim/` one that it turns by hand. */
export interface Clock {
  /** Wall clock, milliseconds since 1970 UTC. May jump. */
  readonly now: () => number
  /** Milliseconds from an arbitrary start, never going back. For durations. */
  readonly monotonic: () => number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}

/** RFC 3339 in UTC with milliseconds. */
export const isoTime = (ms: number): string => new Date(ms).toISOString()
