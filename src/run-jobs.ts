/** Work that is done every now and then, by one control node. Each job is short, or pages its work; runs of one never overlap. */
import { all } from './admin/entries.ts'
import type { ResourceBook } from './admin/resources.ts'
import { forgetClaims } from './gateway/remembered.ts'
import type { Timers } from './kernel/timers.ts'
import { remind } from './ledger/invoices/payments.ts'
import { pruneBatches } from './ledger/ship.ts'
import { type SpendWatch, watchSpend } from './ledger/spend-anomalies.ts'
import { forgetSketches, makeDetector, type DetectPorts } from './terms/detection/detect.ts'

export interface Job {
  readonly name: string
  readonly everyMs: number
  readonly run: () => Promise<unknown>
}

export interface RunJobsOptions {
  readonly timers: Timers
  readonly leads: () => boolean
  readonly jobs: readonly Job[]
  readonly failed: (what: string, cause: unknown) => void
}

/** A node that begins to lead has begun every job by then, however seldom it comes: what fell due while nobody led is not left for an hour. */
const beginMs = 5_000

/** A job that fails is reported and runs again at its next time. */
export function runJobs({ timers, leads, jobs, failed }: RunJobsOptions): { readonly stop: () => Promise<void> } {
  const running = new Map<string, Promise<unknown>>()
  const stops = jobs.map((job) => {
    const tickMs = Math.min(job.everyMs, beginMs)
    let ticksLeft = 0
    return timers.every(tickMs, () => {
      ticksLeft -= 1
      if (ticksLeft > 0 || !leads() || running.has(job.name)) return
      ticksLeft = Math.round(job.everyMs / tickMs)
      running.set(job.name, job.run().catch((cause: unknown) => failed(job.name, cause)).finally(() => running.delete(job.name)))
    })
  })
  return {
    stop: async () => {
      for (const stop of stops) stop()
      await Promise.all(running.values())
    },
  }
}

const hourMs = 3_600_000
const detectMs = 5_000
/** As long as a journal keeps its rows (ledger/carry.ts): until then what a payload says may be shipped again. */
const payloadsMs = 7 * 24 * hourMs
/** Longer than a part counts for anything (gateway/limit-pool.ts). */
const partsMs = 120_000
const poolsMs = 24 * hourMs

/** Every project is watched, at what it says of itself or by default. */
async function watches(resources: Pick<ResourceBook, 'state'>): Promise<readonly SpendWatch[]> {
  return all(await resources.state(), 'project').map(({ name, body: { spec } }) => {
    const [organization = '', project = ''] = name.split('/')
    const { factor = '4', floor = '20', capAfter } = spec.spendAlert ?? {}
    return { organization, project, owner: spec.owner, factor, floor, capAfter }
  })
}

export const controlJobs = ({ store, clock, ...detection }: DetectPorts, resources: Pick<ResourceBook, 'state'>): readonly Job[] => [
  { name: 'looking for spend out of the ordinary', everyMs: 60_000, run: async () => watchSpend(store, clock, await watches(resources)) },
  { name: 'detection of misuse', everyMs: detectMs, run: makeDetector({ store, clock, ...detection }) },
  { name: 'forgetting sketches', everyMs: hourMs, run: () => forgetSketches(store, clock.now()) },
  { name: 'forgetting idempotency keys', everyMs: hourMs, run: () => forgetClaims(store, clock.now()) },
  { name: 'forgetting payloads', everyMs: hourMs, run: () => pruneBatches(store, clock.now() - payloadsMs) },
  // A level is raised once, so asking more often changes nothing.
  { name: 'reminding of overdue invoices', everyMs: hourMs, run: () => remind(store, clock) },
  { name: 'forgetting rate limits', everyMs: hourMs, run: () => store.query('jobs', 'DELETE FROM limit_pool WHERE at_ms < extract(epoch FROM clock_timestamp()) * 1000 - $1::float8', [poolsMs]) },
  { name: 'forgetting parts of rate limits', everyMs: 60_000, run: () => store.query('jobs', 'DELETE FROM limit_part WHERE at_ms < extract(epoch FROM clock_timestamp()) * 1000 - $1::float8', [partsMs]) },
]
