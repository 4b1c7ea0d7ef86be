/** The node's clock against the database's: prices and periods hang on instants, so a wrong clock admits nothing. */
import type { Fault } from './gateway/call.ts'
import type { Ports } from './gateway/ports.ts'
import type { Timers } from './kernel/timers.ts'
import type { Store } from './store/store.ts'

/** Milliseconds of difference that raise an alarm, and that stop admission. */
const alarmMs = 1_000
const refuseMs = 5_000
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
  const measure = async (): Promise<void> => {
    skewMs = await store.clockSkewMs()
    const far = Math.abs(skewMs) > alarmMs
    if (far && !alarmed) raise('clock-skewed', 'node', { skewMs: Math.round(skewMs), refuses: Math.abs(skewMs) > refuseMs })
    alarmed = far
  }
  await measure()
  const stop = timers.every(everyMs, () => void measure().catch(failed))
  const refuses = (): boolean => Math.abs(skewMs) > refuseMs
  return {
    stop,
    refuses: () => (refuses() ? { code: 'clock_skewed', say: { skew: `${Math.round(skewMs)} ms` } } : undefined),
    says: () => (refuses() ? `This node's clock is ${Math.abs(Math.round(skewMs) / 1_000).toFixed(1)} s ${skewMs < 0 ? 'ahead of' : 'behind'} the database's, so nothing is decided by it: mend the clock of the node, or ask another node.` : undefined),
  }
}
