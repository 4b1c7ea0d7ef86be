/** The node's clock against the database's: prices and periods hang on instants, so a wrong clock admits nothing. */
import type { Fault } from './gateway/call.ts'
import type { Ports } from './gateway/ports.ts'
import type { Timers } from './kernel/timers.ts'
import type { Store } from './store/store.ts'

/** Milliseconds of difference that raise an alarm, and that stop admission. */
const alarmMs = 1_000
const refuseMs = 5_000
/** Below this what was stopped goes on: a clock at the limit does not stop and start a node, and the jobs that it leads, at each look. */
const forgiveMs = 4_000
const everyMs = 10_000

export interface SkewWatch {
  /** Why nothing is admitted; undefined while the clocks agree. */
  readonly refuses: () => Fault | undefined
  /** The same for people, of what is decided by the clock beside calls: exports, jobs, readiness. */
  readonly says: () => string | undefined
  readonly stop: () => void
}

/** A measurement that fails changes nothing: `staleAfter` covers a database that does not answer. */
export async function watchSkew(store: Store, timers: Timers, raise: Ports['raise'], failed: (cause: unknown) => void): Promise<SkewWatch> {
  let skewMs = 0
  let alarmed = false
  let refusing = false
  const measure = async (): Promise<void> => {
    skewMs = await store.clockSkewMs()
    const far = Math.abs(skewMs) > alarmMs
    refusing = Math.abs(skewMs) > (refusing ? forgiveMs : refuseMs)
    if (far && !alarmed) raise('clock-skewed', 'node', { skewMs: Math.round(skewMs), refuses: refusing })
    alarmed = far
  }
  await measure()
  const stop = timers.every(everyMs, () => void measure().catch(failed))
  return {
    stop,
    refuses: () => (refusing ? { code: 'clock_skewed', say: { skew: `${Math.round(skewMs)} ms` } } : undefined),
    says: () => (refusing ? `This node's clock is ${Math.abs(Math.round(skewMs) / 1_000).toFixed(1)} s ${skewMs < 0 ? 'ahead of' : 'behind'} the database's, so nothing is decided by it: mend the clock of the node, or ask another node.` : undefined),
  }
}
