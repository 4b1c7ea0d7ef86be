/** Contracts, statements and assets as the what-if needs them: sums a month, what counts towards them, whose use they carry. */
import { type Decimal, compare, decimal, divideRounded, multiply, sum } from '../kernel/decimal.ts'
import { daysBetween, monthPeriod } from '../ledger/contracts/calendar.ts'
import { type Contract, type Provisioned, termsOn } from '../ledger/contracts/contract.ts'
import { hoursPerMonth } from './sizing.ts'
import type { Part } from './concentration.ts'
import type { Source } from './figure.ts'
import { over, toRatio, type Ratio, zeroRatio, lesser, one } from './ratio.ts'
import type { AssetMonthRow, StatementRow, StoredTerms, UsageSum } from './read-books.ts'
import type { MonthRevenue } from './revenue.ts'
import type { AssetUse, Business, Commitment, CostPart } from './what-if.ts'

const bySame = (rows: readonly UsageSum[]): readonly Part[] =>
  [...Map.groupBy(rows, (row) => row.organization)].map(([name, own]) => ({ name, amount: sum(own.map((row) => row.amount)) }))

/** Whole months from a day to the end of something; undefined: no end. */
const monthsUntil = (day: string, until: string | undefined): number | undefined => (until === undefined ? undefined : Math.max(0, Math.ceil(daysBetween(day, until) / 30.44)))

const monthsIn = (from: string, until: string): number => Math.max(1, Math.round(daysBetween(from, until) / 30.44))

function commitmentsOf({ contract }: StoredTerms, revenue: MonthRevenue, day: string): readonly Commitment[] {
  if (contract.currency !== revenue.currency || contract.term.from > day || (contract.term.until !== undefined && contract.term.until <= day)) return []
  const terms = termsOn(contract, day)
  const drawn = contract.side === 'customer' ? revenue.parts.filter((part) => part.name === contract.party) : bySame(revenue.usage.filter((row) => row.supplier === contract.party))
  const make = (id: string, monthly: Decimal, until: string | undefined): Commitment => ({ id: `${contract.id}/${id}`, side: contract.side, party: contract.party, monthly, monthsLeft: monthsUntil(day, until), drawn })
  return [
    ...(terms.minimum === undefined ? [] : [make('minimum', decimal(terms.minimum.amount), contract.term.until)]),
    ...terms.commitments.filter((item) => item.from <= day && item.until > day)
      .map((item) => make(item.id, divideRounded(decimal(item.amount), decimal(monthsIn(item.from, item.until)), 6), item.until)),
  ]
}

/** Price of reserved units for a month. */
function monthPriceOf(item: Provisioned): Decimal {
  const price = multiply(decimal(item.count), decimal(item.unitPrice))
  if (item.term === 'hourly') return multiply(price, decimal(hoursPerMonth))
  return item.term === 'monthly' ? price : divideRounded(price, decimal(12), 6)
}

/** Reserved units as an asset: their cost runs whoever uses them; shares of use by tokens, at most all of it. */
function unitsOf({ contract }: StoredTerms, revenue: MonthRevenue, day: string): readonly AssetUse[] {
  if (contract.side !== 'supplier' || contract.currency !== revenue.currency) return []
  const running = termsOn(contract, day).provisioned.filter((item) => item.from.slice(0, 10) <= day && (item.until === undefined || item.until.slice(0, 10) > day))
  return running.map((item) => {
    const rows = revenue.usage.filter((row) => item.deployments.includes(row.deployment))
    const used = sum(rows.map((row) => row.tokens))
    const capacity = capacityOf(item)
    const whole = capacity !== undefined && compare(capacity, used) > 0 ? capacity : used
    const share = (tokens: Decimal): Ratio => (whole.coefficient === 0n ? zeroRatio : lesser(over(toRatio(tokens), toRatio(whole)), one))
    return { id: `${contract.id}/${item.id}`, monthlyCost: monthPriceOf(item), use: [...Map.groupBy(rows, (row) => row.organization)].map(([customer, own]) => ({ customer, share: share(sum(own.map((row) => row.tokens))) })) }
  })
}

const capacityOf = (item: Provisioned): Decimal | undefined =>
  item.tokensPerMinute === undefined ? undefined : multiply(multiply(decimal(item.tokensPerMinute), decimal(item.count)), decimal(60 * hoursPerMonth))

/** What the month cost: makers' statements where there are any, divided by use; suppliers' list price for the rest. */
function costsOf(revenue: MonthRevenue, statements: readonly StatementRow[], paidOtherwise: (deployment: string) => boolean): readonly CostPart[] {
  const settled = statements.filter((row) => row.currency === revenue.currency)
  const fromStatements = settled.flatMap((statement) => {
    const parts = bySame(revenue.usage.filter((row) => row.maker === statement.maker))
    const total = sum(parts.map((part) => part.amount))
    if (total.coefficient === 0n) return [{ party: `maker ${statement.maker}`, customer: '', amount: statement.net }]
    return parts.map((part) => ({ party: `maker ${statement.maker}`, customer: part.name, amount: divideRounded(multiply(statement.net, part.amount), total, 6) }))
  })
  const rest = revenue.usage.filter((row) => !paidOtherwise(row.deployment) && !settled.some((statement) => statement.maker === row.maker))
  const listed = [...Map.groupBy(rest, (row) => `${row.supplier}\n${row.organization}`).values()].flatMap((own) => {
    const [first] = own
    return first === undefined ? [] : [{ party: `supplier ${first.supplier}, at list price`, customer: first.organization, amount: sum(own.map((row) => row.amount)) }]
  })
  return [...fromStatements, ...listed]
}

export interface Books {
  readonly business: Business
  readonly inputs: readonly Source[]
}

/** An asset's posted month: whose hours were how much of those that could be sold. */
const assetOf = ({ asset, cost, hours, shares }: AssetMonthRow): AssetUse => ({
  id: asset, monthlyCost: cost,
  use: hours.coefficient === 0n ? [] : shares.filter((share) => share.use !== 'idle').map((share) => ({ customer: share.party, share: over(toRatio(share.hours), toRatio(hours)) })),
})

export interface Surroundings {
  readonly contracts: readonly StoredTerms[]
  readonly statements: readonly StatementRow[]
  /** Of the month. Where there are any, in-house usage costs what they cost and not its internal rate. */
  readonly assets: readonly AssetMonthRow[]
  readonly inHouse: (deployment: string) => boolean
}

/** The month as the what-if takes it, with every row it rests on. */
export function businessOf(revenue: MonthRevenue, { contracts, statements, assets, inHouse }: Surroundings): Books {
  const day = `${revenue.month}-15`
  const running = contracts.filter(({ contract }) => commits(contract))
  const carried = new Set(running.filter(({ contract }) => contract.side === 'supplier').flatMap(({ contract }) => termsOn(contract, day).provisioned.flatMap((item) => item.deployments)))
  return {
    business: {
      revenue: revenue.parts,
      costs: costsOf(revenue, statements, (deployment) => carried.has(deployment) || (assets.length > 0 && inHouse(deployment))),
      commitments: running.flatMap((stored) => commitmentsOf(stored, revenue, day)),
      assets: [...running.flatMap((stored) => unitsOf(stored, revenue, day)), ...assets.map(assetOf)],
    },
    inputs: [
      ...[...revenue.inputs.values()].flat(),
      ...revenue.prices,
      ...running.map(({ contract, version }): Source => ({ kind: 'contract', id: `${contract.id} version ${version}`, date: contract.term.from })),
      ...statements.map((row): Source => ({ kind: 'statement', id: row.id, date: monthPeriod(revenue.month).from, says: row.maker })),
      ...assets.map((row): Source => ({ kind: 'asset-month', id: `${row.asset} ${row.month}`, date: row.month })),
    ],
  }
}

const commits = ({ terms, amendments }: Contract): boolean =>
  [terms, ...amendments.map((item) => item.terms)].some((each) => each.minimum !== undefined || (each.commitments ?? []).length > 0 || (each.provisioned ?? []).length > 0)

