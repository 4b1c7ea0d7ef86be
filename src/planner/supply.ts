/** What the deployments of an installation are, as planning needs it: read from the gateway's snapshot, prices from the book. */
import type { Snapshot } from '../gateway/snapshot.ts'
import { isoTime } from '../kernel/clock.ts'
import { formatDecimal } from '../kernel/decimal.ts'
import { namesOf } from '../ledger/model-facts.ts'
import type { PriceBook, PriceRow } from '../ledger/price.ts'
import type { Source } from './figure.ts'
import type { Capacity } from './live-mix.ts'
import { type UnitFacts, unitFacts } from './provisioned-facts.ts'

export interface Supply {
  readonly model: string
  readonly deployment: string
  readonly capacity: Exclude<Capacity, 'undeclared'>
  readonly priceList: string
  readonly pricedAs: string
  readonly regionClass: string
}

export const suppliesOf = (snapshot: Snapshot | undefined): readonly Supply[] =>
  [...(snapshot?.models.values() ?? [])].flatMap((model) => model.deployments.map((deployment) => ({
    model: model.name, deployment: deployment.id, capacity: deployment.capacity, priceList: deployment.priceList, pricedAs: deployment.pricedAs, regionClass: deployment.regionClass,
  })))

/** What a deployment was, by its id; `undeclared` where no resource says so any more. */
export function capacityOf(supplies: readonly Supply[]): (deployment: string) => Capacity {
  const known = new Map(supplies.map((each) => [each.deployment, each.capacity]))
  return (deployment) => known.get(deployment) ?? 'undeclared'
}

export const deploymentsOf = (supplies: readonly Supply[], model: string, capacities: readonly Capacity[]): readonly string[] =>
  supplies.filter((each) => each.model === model && capacities.includes(each.capacity)).map((each) => each.deployment)

export interface PricesNow {
  readonly input: PriceRow
  readonly output: PriceRow
  /** Undefined: cached input is priced as input. */
  readonly cached: PriceRow | undefined
  readonly currency: string
  readonly inputs: readonly Source[]
}

export const priceSource = (row: PriceRow): Source =>
  ({ kind: 'price', id: row.id, date: isoTime(row.effectiveFrom).slice(0, 10), says: `${row.list} ${row.model} ${row.meter}: ${formatDecimal(row.unitPrice)} ${row.currency} a unit [${row.source}]` })

/** Input and output price in force now for a deployment that is bought by the token. */
export function pricesNow(supply: Supply, sheet: PriceBook['sheet'], now: number): PricesNow | undefined {
  const found = sheet(supply.priceList, supply.pricedAs, supply.regionClass, now, now)
  const row = (meter: string): PriceRow | undefined => found?.rows.find((each) => each.meter === meter && each.tier === 'default' && each.aboveInput === 0)
  const [input, output, cached] = [row('input'), row('output'), row('cached_input')]
  return found === undefined || input === undefined || output === undefined ? undefined : { input, output, cached, currency: found.currency, inputs: [input, output, ...(cached === undefined ? [] : [cached])].map(priceSource) }
}

/** What is published of provisioned units for a model, by any of its names. */
export function unitsFor({ pricedAs, regionClass }: Supply): UnitFacts | undefined {
  for (const name of namesOf(pricedAs)) {
    const found = unitFacts(name, regionClass)
    if (found !== undefined) return found
  }
  return undefined
}
