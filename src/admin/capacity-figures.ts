/** How full what was reserved and what is our own is: tokens of the last hour against what units and replicas can carry. */
import { type Decimal, add, compare, decimal, divideRounded, formatDecimal, multiply, zero } from '../kernel/decimal.ts'
import { dayOf } from '../ledger/contracts/calendar.ts'
import { contractSchema, type Provisioned, termsOn } from '../ledger/contracts/contract.ts'
import type { Store } from '../store/store.ts'
import { all } from './entries.ts'
import type { ResourceBook } from './resources.ts'

export interface CapacityFigures {
  /** Units of a contract, or replicas of a deployment of our own. */
  readonly kind: 'reserved' | 'in-house'
  /** Contract and units, or the deployment. */
  readonly id: string
  readonly model: string
  readonly deployments: readonly string[]
  /** Units or replicas; undefined where nobody has declared how many. */
  readonly count: number | undefined
  /** What all of them carry, input-equivalent tokens a minute; undefined where nobody has declared it. */
  readonly tokensPerMinute: string | undefined
  /** Input-equivalent tokens a minute, mean and busiest minute of the last hour. */
  readonly mean: string
  readonly peak: string
  /** Parts of one of what they carry; undefined where that is unknown. The busiest minute may be above one. */
  readonly utilisation: string | undefined
  readonly peakUtilisation: string | undefined
}

const minutes = 60
const scale = 4

interface Minute extends Record<string, unknown> { readonly minute: string; readonly deployment: string; readonly input: string; readonly output: string }

interface Carrier extends Pick<CapacityFigures, 'kind' | 'id' | 'model' | 'deployments' | 'count'> {
  readonly each: string | undefined
  readonly outputWeight: string
}

function figuresOf({ each, outputWeight, ...carrier }: Carrier, usage: readonly Minute[]): CapacityFigures {
  const byMinute = new Map<string, Decimal>()
  for (const row of usage.filter((one) => carrier.deployments.includes(one.deployment))) {
    byMinute.set(row.minute, add(byMinute.get(row.minute) ?? zero, add(decimal(row.input), multiply(decimal(row.output), decimal(outputWeight)))))
  }
  const total = [...byMinute.values()].reduce(add, zero)
  const peak = [...byMinute.values()].reduce((most, one) => (compare(one, most) > 0 ? one : most), zero)
  const mean = divideRounded(total, decimal(minutes), scale)
  const carries = each === undefined || carrier.count === undefined ? undefined : multiply(decimal(each), decimal(carrier.count))
  const part = (value: Decimal): string | undefined => (carries === undefined || compare(carries, zero) === 0 ? undefined : formatDecimal(divideRounded(value, carries, scale)))
  return { ...carrier, tokensPerMinute: carries === undefined ? undefined : formatDecimal(carries), mean: formatDecimal(mean), peak: formatDecimal(peak), utilisation: part(mean), peakUtilisation: part(peak) }
}

/** Units that a contract promises today, of customers and of suppliers. */
async function reserved(store: Store, nowMs: number): Promise<readonly Carrier[]> {
  const rows = await store.query<{ id: string; body: unknown }>('admin', `SELECT DISTINCT ON (id) id, body FROM contract WHERE side IN ('customer', 'supplier') ORDER BY id, version DESC`)
  const day = dayOf(nowMs)
  const runs = (item: Provisioned): boolean => item.from.slice(0, 10) <= day && (item.until === undefined || item.until.slice(0, 10) > day)
  return rows.flatMap(({ id, body }) => termsOn(contractSchema.parse(body), day).provisioned.filter(runs).map((item): Carrier => ({
    kind: 'reserved', id: `${id}/${item.id}`, model: item.model, deployments: item.deployments, count: item.count, each: item.tokensPerMinute, outputWeight: item.outputWeight,
  })))
}

/** Deployments of our own, with the replicas that are declared for them. */
async function ours(resources: ResourceBook): Promise<readonly Carrier[]> {
  return all(await resources.state(), 'model').flatMap(({ name, body: { spec } }) => spec.deployments.filter((one) => one.capacity === 'in-house').map((one): Carrier => {
    const id = one.id ?? `${one.provider}/${one.model}`
    return { kind: 'in-house', id, model: name, deployments: [id], count: one.replicas?.count, each: one.replicas?.tokensPerMinute, outputWeight: one.replicas?.outputWeight ?? '1' }
  }))
}

/** Of the hour before `nowMs`, from the books. */
export async function capacityFigures({ store, resources }: { readonly store: Store; readonly resources: ResourceBook }, nowMs: number): Promise<readonly CapacityFigures[]> {
  const carriers = [...await reserved(store, nowMs), ...await ours(resources)]
  if (carriers.length === 0) return []
  const until = Math.floor(nowMs / 60_000)
  // Counts are totals: cached tokens lie inside the input and weigh nothing, as on the contract's own page.
  const usage = await store.query<Minute>('admin', 'SELECT minute, deployment, sum(greatest(0, input - cached_input)) AS input, sum(output) AS output FROM usage_minute WHERE minute > $1 AND minute <= $2 AND deployment = ANY ($3::text[]) GROUP BY minute, deployment',
    [until - minutes, until, [...new Set(carriers.flatMap((one) => one.deployments))]])
  return carriers.map((one) => figuresOf(one, usage))
}
