/**
 * What one customer's going, halving, doubling or ramping away does, everything else held as it is: revenue, what is owed
 * to suppliers and makers, commitments that are no longer filled, assets that stand idle. An accounting answer, not a
 * forecast: no other customer reacts, no price moves. All exact.
 */
import type { Decimal } from '../kernel/decimal.ts'
import { concentration, retention, type Part } from './concentration.ts'
import { type Ratio, greater, minus, one, over, plus, times, toRatio, zeroRatio, rounded } from './ratio.ts'
import { factorIn, type Scenario } from './scenario.ts'

/** Cost of a month that one customer causes with one supplier or maker. */
export interface CostPart {
  readonly party: string
  readonly customer: string
  readonly amount: Decimal
}

/** A sum a month that has to be reached, by whoever owes it. */
export interface Commitment {
  readonly id: string
  /** `customer`: the customer owes it to us. `supplier`: we owe it. */
  readonly side: 'customer' | 'supplier'
  readonly party: string
  readonly monthly: Decimal
  /** Whole months that it still runs; undefined: no end was agreed. */
  readonly monthsLeft: number | undefined
  /** What counts towards it in a month, by customer. */
  readonly drawn: readonly Part[]
}

/** An asset's cost of a month and how much of its use each customer had (1 in all, or less where it stood idle). */
export interface AssetUse {
  readonly id: string
  readonly monthlyCost: Decimal
  readonly use: readonly { readonly customer: string; readonly share: Ratio }[]
}

/** One month of business of one base and currency. */
export interface Business {
  readonly revenue: readonly Part[]
  readonly costs: readonly CostPart[]
  readonly commitments: readonly Commitment[]
  readonly assets: readonly AssetUse[]
}

export interface MonthAfter {
  readonly month: number
  readonly revenue: Ratio
  /** By supplier or maker. */
  readonly payable: ReadonlyMap<string, Ratio>
  /** Missing to each commitment that still runs. */
  readonly shortfall: ReadonlyMap<string, Ratio>
  /** Cost of the part of each asset that nobody uses. */
  readonly idle: ReadonlyMap<string, Ratio>
  /** Revenue less payables, shortfalls that we owe, and what assets cost; plus shortfalls that customers owe. */
  readonly margin: Ratio
}

export interface WhatIf {
  readonly scenario: Scenario
  readonly before: MonthAfter
  readonly months: readonly MonthAfter[]
  /** The last month's revenue × 12. */
  readonly runRate: { readonly before: Ratio; readonly after: Ratio }
  /** Revenue of the last month over revenue now, of the customers of now. */
  readonly netRetention: Ratio | undefined
  /** `after` undefined: nothing is left to be shared. */
  readonly index: { readonly before: Ratio; readonly after: Ratio | undefined } | undefined
}

type Factor = (customer: string) => Ratio

function monthAfter(business: Business, month: number, factor: Factor): MonthAfter {
  const scaled = (customer: string, amount: Decimal): Ratio => times(toRatio(amount), factor(customer))
  const revenue = business.revenue.reduce((total, part) => plus(total, scaled(part.name, part.amount)), zeroRatio)
  const payable = new Map<string, Ratio>()
  for (const { party, customer, amount } of business.costs) payable.set(party, plus(payable.get(party) ?? zeroRatio, scaled(customer, amount)))
  const shortfall = new Map<string, Ratio>()
  let owed = zeroRatio
  for (const item of business.commitments) {
    if (item.monthsLeft !== undefined && month > item.monthsLeft) continue
    const drawn = item.drawn.reduce((total, part) => plus(total, scaled(part.name, part.amount)), zeroRatio)
    const gap = greater(minus(toRatio(item.monthly), drawn), zeroRatio)
    shortfall.set(item.id, gap)
    owed = item.side === 'supplier' ? plus(owed, gap) : minus(owed, gap)
  }
  const idle = new Map<string, Ratio>()
  let assets = zeroRatio
  for (const { id, monthlyCost, use } of business.assets) {
    const used = use.reduce((total, part) => plus(total, times(part.share, factor(part.customer))), zeroRatio)
    idle.set(id, times(toRatio(monthlyCost), greater(minus(one, used), zeroRatio)))
    assets = plus(assets, toRatio(monthlyCost))
  }
  const payables = [...payable.values()].reduce(plus, zeroRatio)
  return { month, revenue, payable, shortfall, idle, margin: minus(minus(minus(revenue, payables), owed), assets) }
}

const unchanged: Factor = () => one

/** Months 1 to `horizon` after today under the scenario, beside a month as it is. */
export function whatIf(business: Business, scenario: Scenario, horizon = 12): WhatIf {
  const factorOf = (month: number): Factor => (customer) => (customer === scenario.customer ? factorIn(scenario, month) : one)
  const before = monthAfter(business, 0, unchanged)
  const months = Array.from({ length: horizon }, (_, index) => monthAfter(business, index + 1, factorOf(index + 1)))
  const last = factorOf(horizon)
  // Twelve digits are far below a cent of any revenue; the index is shown to one.
  const after = business.revenue.map((part) => ({ ...part, amount: rounded(times(toRatio(part.amount), last(part.name)), 12) }))
  const [then, now] = [concentration(business.revenue), concentration(after)]
  const twelve = toRatio(12)
  return {
    scenario, before, months,
    runRate: { before: times(before.revenue, twelve), after: times(months.at(-1)?.revenue ?? before.revenue, twelve) },
    netRetention: retention(business.revenue, after)?.net,
    index: then === undefined ? undefined : { before: then.index, after: now?.index },
  }
}

/** What a scenario adds to idle cost and shortfalls over its months, in all: commitments and assets that strand. */
export function stranded({ before, months }: WhatIf): { readonly idle: Ratio; readonly shortfall: Ratio } {
  const extra = (of: (month: MonthAfter) => ReadonlyMap<string, Ratio>): Ratio => months.reduce((total, month) => {
    const grown = [...of(month)].map(([id, amount]) => greater(minus(amount, of(before).get(id) ?? zeroRatio), zeroRatio))
    return grown.reduce(plus, total)
  }, zeroRatio)
  return { idle: extra((month) => month.idle), shortfall: extra((month) => month.shortfall) }
}

/** Share of revenue that a customer has in a business. */
export function shareIn(business: Business, customer: string): Ratio | undefined {
  const total = business.revenue.reduce((sum, part) => plus(sum, toRatio(part.amount)), zeroRatio)
  const own = business.revenue.filter((part) => part.name === customer).reduce((sum, part) => plus(sum, toRatio(part.amount)), zeroRatio)
  return total.numerator === 0n ? undefined : over(own, total)
}
