/** Quality of service: from the latest attempts in the books, and from the breakers of this node. */
import type { Breaker, Suspension } from '../gateway/breaker.ts'
import type { Deployment, Snapshot } from '../gateway/snapshot.ts'
import type { Row, Store } from '../store/store.ts'

export interface Figures {
  readonly attempts: number
  readonly failed: number
  /** Milliseconds from the dial to the end, of complete attempts; null where there is none. */
  readonly p50_ms: number | null
  readonly p95_ms: number | null
  readonly p99_ms: number | null
  /** Output tokens by the time of complete attempts. */
  readonly tokens_per_second: number | null
}

export interface ServiceFigures extends Figures {
  readonly sampled: boolean
  readonly models: readonly (Figures & { readonly model: string; readonly deployment: string })[]
  readonly outcomes: readonly { readonly outcome: string; readonly status: number | null; readonly attempts: number }[]
}

/** At most so many attempts are looked at, so that the answer costs the same on a busy day. */
const attemptsMax = 5_000

interface Grouped extends Row {
  readonly model: string | null
  readonly deployment: string | null
  readonly attempts: string
  readonly failed: string
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
  readonly speed: number | null
}

/** Keys are read backwards from the latest, and ids begin with their time, so the window is a range of the primary key. */
const window = `WITH late AS (
  SELECT model, deployment, outcome, status, output, ended_ms - at_ms AS took FROM (
    SELECT model, deployment, outcome, status, output, ended_ms, at_ms FROM attempt WHERE day >= $1 ORDER BY day DESC, call DESC, n DESC LIMIT $3
  ) AS latest WHERE at_ms >= $2)`

const round = (value: number | null): number | null => (value === null ? null : Math.round(Number(value) * 10) / 10)

const figuresOf = (row: Grouped | undefined): Figures => ({
  attempts: Number(row?.attempts ?? 0), failed: Number(row?.failed ?? 0), p50_ms: round(row?.p50 ?? null), p95_ms: round(row?.p95 ?? null), p99_ms: round(row?.p99 ?? null), tokens_per_second: round(row?.speed ?? null),
})

/** Of the last `minutes` before `now` (milliseconds), from the latest attempts that are posted. */
export async function serviceFigures(store: Store, now: number, minutes: number): Promise<ServiceFigures> {
  const from = now - minutes * 60_000
  const values = [Math.floor(from / 86_400_000), from, attemptsMax]
  const rows = await store.query<Grouped>('admin', `${window}
    SELECT model, deployment, count(*) AS attempts, count(*) FILTER (WHERE outcome <> 'complete') AS failed,
      percentile_cont(0.5) WITHIN GROUP (ORDER BY took) FILTER (WHERE outcome = 'complete') AS p50,
      percentile_cont(0.95) WITHIN GROUP (ORDER BY took) FILTER (WHERE outcome = 'complete') AS p95,
      percentile_cont(0.99) WITHIN GROUP (ORDER BY took) FILTER (WHERE outcome = 'complete') AS p99,
      (sum(output) FILTER (WHERE outcome = 'complete' AND output > 0) * 1000.0 / nullif(sum(took) FILTER (WHERE outcome = 'complete' AND output > 0), 0))::float8 AS speed
    FROM late GROUP BY GROUPING SETS ((), (model, deployment)) ORDER BY attempts DESC, model, deployment`, values)
  const outcomes = await store.query<{ outcome: string; status: number | null; attempts: string }>('admin', `${window} SELECT outcome, status, count(*) AS attempts FROM late GROUP BY outcome, status ORDER BY attempts DESC, outcome`, values)
  const all = figuresOf(rows.find((row) => row.model === null))
  return {
    ...all, sampled: all.attempts >= attemptsMax,
    models: rows.flatMap((row) => (row.model === null ? [] : [{ model: row.model, deployment: row.deployment ?? '', ...figuresOf(row) }])),
    outcomes: outcomes.map((row) => ({ outcome: row.outcome, status: row.status, attempts: Number(row.attempts) })),
  }
}

export interface DeploymentHealth {
  readonly id: string
  readonly provider: string
  readonly account: string
  readonly upstreamModel: string
  readonly models: string[]
  readonly capacity: string
  readonly region: string | undefined
  readonly state: 'closed' | 'open' | 'half-open'
  readonly failures: number
  readonly opensAgainAt: number | undefined
}

export interface AccountHealth {
  readonly account: string
  readonly deployments: number
  readonly suspension: Suspension | undefined
}

/** All deployments that are routed now, in the order of their ids, and the accounts behind them. */
export function accountHealth(snapshot: Snapshot | undefined, breaker: Pick<Breaker, 'states' | 'suspended'>): { readonly deployments: readonly DeploymentHealth[]; readonly accounts: readonly AccountHealth[] } {
  const states = new Map(breaker.states().map((one) => [one.deployment, one]))
  const serving = new Map<string, string[]>()
  for (const model of snapshot?.models.values() ?? []) for (const one of model.deployments) serving.set(one.id, [...(serving.get(one.id) ?? []), model.name])
  const routed = [...(snapshot?.deployments.values() ?? [])].toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const byAccount = new Map<string, Deployment[]>()
  for (const one of routed) byAccount.set(one.provider.account, [...(byAccount.get(one.provider.account) ?? []), one])
  return {
    deployments: routed.map((one) => {
      const state = states.get(one.id)
      return {
        id: one.id, provider: one.provider.name, account: one.provider.account, upstreamModel: one.upstreamModel, models: serving.get(one.id) ?? [], capacity: one.capacity, region: one.region,
        state: state?.state ?? 'closed', failures: state?.failures ?? 0, opensAgainAt: state?.opensAgainAt,
      }
    }),
    accounts: [...byAccount].map(([account, [first, ...rest]]) => ({ account, deployments: rest.length + 1, suspension: first === undefined ? undefined : breaker.suspended(first.provider) })),
  }
}
