/**
 * One of several nodes does what must be done once: jobs, posting. Whoever holds the duty's lease leads; a lease that is
 * not renewed lapses by the database's clock, and its holder stops earlier by its own. Work under it must still be safe
 * when two do it at once, since no lease can stop a statement that is under way.
 */
import type { Clock } from '../kernel/clock.ts'
import type { Timers } from '../kernel/timers.ts'
import type { Store } from './store.ts'

export interface Leadership {
  readonly leads: () => boolean
  /** Gives the duty up, so that another node takes it at once. */
  readonly stop: () => Promise<void>
}

export interface LeadershipOptions {
  readonly store: Store
  readonly clock: Clock
  readonly timers: Timers
  readonly duty: string
  /** This process's id, unique among all that ever ran. */
  readonly holder: string
  /** False: this node is not to have the duty now, and leaves it to others. Left out: always fit. */
  readonly fit?: () => boolean
  /** The database did not answer; asked again by itself. */
  readonly failed: (cause: unknown) => void
}

const leaseMs = 3_000
const renewMs = 1_000
/** What clocks may drift apart by during one lease. */
const marginMs = 250

/** An embedded database has one process, which always leads. Resolves when it is known for the first time who leads. */
export async function seekLeadership({ store, clock, timers, duty, holder, fit = () => true, failed }: LeadershipOptions): Promise<Leadership> {
  if (store.kind === 'embedded') return { leads: fit, stop: async () => {} }
  let until = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | undefined
  const ask = async (): Promise<void> => {
    const asked = clock.monotonic()
    const rows = await store.query('revocation', `
      INSERT INTO leader AS l (duty, holder, until) VALUES ($1, $2, clock_timestamp() + $3::float8 * interval '1 millisecond')
      ON CONFLICT (duty) DO UPDATE SET holder = excluded.holder, until = excluded.until
      WHERE l.holder = excluded.holder OR l.until < clock_timestamp() RETURNING 1`, [duty, holder, leaseMs])
    until = rows.length > 0 ? asked + leaseMs - marginMs : Number.NEGATIVE_INFINITY
  }
  const renew = (): void => {
    // What is not renewed lapses, and another takes it.
    if (!fit()) return
    asking ??= ask().catch(failed).finally(() => (asking = undefined))
  }
  if (fit()) await ask()
  const stopRenewing = timers.every(renewMs, renew)
  return {
    leads: () => clock.monotonic() < until && fit(),
    stop: async () => {
      stopRenewing()
      await asking
      until = Number.NEGATIVE_INFINITY
      // Where the database is gone the lease lapses by itself.
      await store.query('revocation', 'DELETE FROM leader WHERE duty = $1 AND holder = $2', [duty, holder]).catch(failed)
    },
  }
}
