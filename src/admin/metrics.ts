/** Prometheus metrics of a node, served at /metrics. Names are listed in docs/metrics.md with the alert that each serves. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Observed } from '../gateway/ports.ts'

export interface Gauges {
  readonly unshipped: () => number
  readonly snapshotAgeMs: () => number
  readonly openCalls: () => number
  readonly oldestUnshippedMs: () => number | undefined
  readonly snapshotVersion: () => number | undefined
  readonly leaseRequests: () => number
  /** The journal takes no records, so that no call is made. */
  readonly refusesRecords: () => boolean
  readonly breakers: () => readonly { readonly deployment: string; readonly state: string }[]
  readonly suspendedAccounts: () => readonly string[]
  /** Database work that waits, by priority. */
  readonly waiting: () => Readonly<Record<string, number>>
  readonly leads: () => boolean
  readonly runsJobs: () => boolean
  /** What the database knows of all nodes, read when it was last asked. */
  readonly installation: () => InstallationFigures
  /** C3: shipped, posted, quarantined and their kin, read from the database when it was last asked. */
  readonly loss: () => Readonly<Record<string, number>>
}

export interface InstallationFigures {
  /** Nodes heard of in the last ten seconds, by role; empty on an embedded database. */
  readonly nodes: Readonly<Record<string, number>>
  /** The budgets of which most is used. */
  readonly budgets: readonly { readonly budget: string; readonly used: number }[]
  /** Projects whose spend was raised as out of the ordinary today, by the UTC day. */
  readonly spendAnomalies: number
}

export interface Metrics {
  readonly observe: (seen: Observed) => void
  /** A hold had to wait for the database, milliseconds. */
  readonly held: (waitedMs: number) => void
  readonly text: () => Promise<string>
  readonly contentType: string
}

const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]

export function makeMetrics(gauges: Gauges): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const calls = new Counter({ name: 'weir_calls_total', help: 'Calls by what became of them.', labelNames: ['model', 'operation', 'outcome'] as const, registers })
  const tokens = new Counter({ name: 'weir_tokens_total', help: 'Tokens by direction and by where the figure came from.', labelNames: ['model', 'direction', 'source'] as const, registers })
  const attempts = new Counter({ name: 'weir_attempts_total', help: 'Dials, retries and fallbacks included.', labelNames: ['model'] as const, registers })
  const left = new Counter({ name: 'weir_clients_gone_total', help: 'Calls whose client left before the end.', labelNames: ['model'] as const, registers })
  const duration = new Histogram({ name: 'weir_call_duration_seconds', help: 'From the request to the last byte.', labelNames: ['model', 'operation'] as const, buckets: secondsBuckets, registers })
  const firstByte = new Histogram({ name: 'weir_first_byte_seconds', help: 'From the dial to the upstream’s first byte.', labelNames: ['model'] as const, buckets: secondsBuckets, registers })
  new Gauge({ name: 'weir_journal_unshipped', help: 'Records that the database has not confirmed.', registers, collect() { this.set(gauges.unshipped()) } })
  new Gauge({ name: 'weir_snapshot_age_seconds', help: 'Since the version of keys, prices and routes was last confirmed.', registers, collect() { this.set(gauges.snapshotAgeMs() / 1_000) } })
  new Gauge({ name: 'weir_open_calls', help: 'Calls that are being served now.', registers, collect() { this.set(gauges.openCalls()) } })
  new Gauge({ name: 'weir_ledger_events', help: 'Events by where they are; received = posted + quarantined + open + waiting.', labelNames: ['state'] as const, registers, collect() { for (const [state, count] of Object.entries(gauges.loss())) this.set({ state }, count) } })

  const holdWait = new Histogram({ name: 'weir_hold_wait_seconds', help: 'How long a hold waited for a lease; holds that a lease at hand answers are not counted.', buckets: secondsBuckets, registers })
  installationGauges(registers, gauges)

  return {
    held: (waitedMs) => holdWait.observe(waitedMs / 1_000),
    observe: (seen) => {
      const { model, operation } = seen
      const outcome = seen.fault ?? (seen.clientGone ? 'client-gone' : seen.status >= 400 ? `upstream-${seen.status}` : 'served')
      calls.inc({ model, operation, outcome })
      if (seen.attempts > 0) attempts.inc({ model }, seen.attempts)
      if (seen.clientGone) left.inc({ model })
      duration.observe({ model, operation }, seen.durationMs / 1_000)
      if (seen.firstByteMs !== undefined) firstByte.observe({ model }, seen.firstByteMs / 1_000)
      if (seen.counts?.input !== undefined) tokens.inc({ model, direction: 'input', source: seen.source }, seen.counts.input)
      if (seen.counts?.output !== undefined) tokens.inc({ model, direction: 'output', source: seen.source }, seen.counts.output)
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

/** What is read when somebody asks. A series goes when what it is about goes. */
function installationGauges(registers: Registry[], gauges: Gauges): void {
  const one = (name: string, help: string, read: () => number): void => void new Gauge({ name, help, registers, collect() { this.set(read()) } })
  one('weir_journal_oldest_unshipped_seconds', 'Age of the oldest record that the database has not confirmed; 0 where there is none.', () => (gauges.oldestUnshippedMs() ?? 0) / 1_000)
  one('weir_journal_refuses', '1 while the journal takes no records, so that no call is made.', () => (gauges.refusesRecords() ? 1 : 0))
  one('weir_snapshot_version', 'Version of keys, prices and routes in force; 0 where none is confirmed.', () => gauges.snapshotVersion() ?? 0)
  one('weir_lease_requests', 'Requests for budget leases since the node started.', gauges.leaseRequests)
  one('weir_leads', '1 on the control node that posts.', () => (gauges.leads() ? 1 : 0))
  one('weir_runs_jobs', '1 on the control node that runs the jobs. None does while the clock of each is off.', () => (gauges.runsJobs() ? 1 : 0))
  const many = (name: string, help: string, label: string, read: () => readonly (readonly [string, number])[]): void => void new Gauge({
    name, help, labelNames: [label], registers,
    collect() {
      this.reset()
      for (const [value, count] of read()) this.set({ [label]: value }, count)
    },
  })
  many('weir_breaker_open', '1 for each deployment that has failed too often and rests or is on trial.', 'deployment', () => gauges.breakers().filter(({ state }) => state !== 'closed').map(({ deployment }) => [deployment, 1]))
  many('weir_account_suspended', '1 for each supplier account that refuses us.', 'account', () => gauges.suspendedAccounts().map((account) => [account, 1]))
  many('weir_database_waiting', 'Work that waits for a database session, by priority.', 'priority', () => Object.entries(gauges.waiting()))
  many('weir_nodes', 'Nodes heard of in the last ten seconds.', 'role', () => Object.entries(gauges.installation().nodes))
  one('weir_spend_anomalies', 'Projects whose spend of this UTC day was raised as out of the ordinary.', () => gauges.installation().spendAnomalies)
  many('weir_budget_used_ratio', 'Posted and leased part of the limit, for the twenty budgets of which most is used.', 'budget', () => gauges.installation().budgets.map(({ budget, used }) => [budget, used]))
}
