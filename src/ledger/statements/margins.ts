/**
 * Margin per customer, model and month, and what each party had of the month. Revenue is what was billed; cost is the
 * maker's share where an agreement says so, else the supplier's contract, else the list price that posting booked, which for
 * deployments of our own is their internal rate; what their machines' hours cost stands beside it (in-house-cost.ts).
 */
import { type Decimal, add, compare, decimal, divideRounded, formatDecimal, formatFixed, isZero, roundHalfEven, subtract, sum, zero } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { addDays, monthPeriod } from '../contracts/calendar.ts'
import { contractsIn } from '../contracts/contract-store.ts'
import { holdsOn } from '../contracts/contract.ts'
import { minorDigits } from '../contracts/currency.ts'
import { ratesUntil, type RateOn } from '../contracts/exchange.ts'
import { inOneCurrency } from '../invoices/rate-month.ts'
import { allocate } from '../contracts/provisioned.ts'
import { rateUnderContract } from '../contracts/rate-contract.ts'
import { supplierUsage } from '../contracts/supplier-usage.ts'
import { channelOf, ownChannel } from './agreement.ts'
import { type AssetsNamed, inHouseCosts } from './in-house-cost.ts'
import { type Drafted, statementIn } from './issue-statement.ts'
import { inCurrency, type ModelSale, saleIn, salesOf, unassignedOf } from './sales.ts'

/** Stands in a margin's model where a customer was billed for none. */
const noModel = 'no model'

export interface Margin {
  readonly month: string
  readonly organization: string
  readonly model: string
  readonly maker: string
  readonly supplier: string
  readonly currency: string
  readonly calls: number
  readonly list: Decimal
  readonly revenue: Decimal
  readonly cost: Decimal
  /** Where the cost comes from; `no-model` for what no model stands for, such as a shortfall to a minimum. */
  readonly basis: 'agreement' | 'supplier-contract' | 'list' | 'no-model'
  readonly margin: Decimal
  /** What months of assets say that this customer's hours of the model cost us: beside the cost, never in it. */
  readonly inHouseCost?: Decimal
}

/** What a supplier charges for each model under its contracts, all customers together; undefined where none holds. */
async function supplierCosts(sql: Sql, supplier: string, month: string, currency: string, rateOn: RateOn): Promise<ReadonlyMap<string, Decimal> | undefined> {
  const holding = await contractsIn(sql, supplier, 'supplier', month, currency)
  if (holding.every((part) => part.version === 0)) return undefined
  const period = monthPeriod(month)
  const usage = await supplierUsage(sql, supplier, period)
  const costs = new Map<string, Decimal>()
  for (const { contract } of holding) {
    const own = inOneCurrency(usage.filter((row) => holdsOn(contract, row.day)), contract.currency, rateOn)
    for (const line of rateUnderContract(own, contract, period).lines) {
      const amount = inCurrency(line.amount, contract.currency, currency, addDays(period.until, -1), rateOn)
      costs.set(line.model ?? '', add(costs.get(line.model ?? '') ?? zero, amount))
    }
  }
  return costs
}

function costsByAgreement(lines: readonly { readonly direction: string; readonly organization?: string; readonly model?: string; readonly exact: string }[], sale: ModelSale): Decimal | undefined {
  const own = lines.filter((line) => line.direction === 'to-maker' && line.organization === sale.organization && line.model === sale.model)
  return own.length === 0 ? undefined : sum(own.map((line) => decimal(line.exact)))
}

export async function marginsOf(store: Store, month: string, currency: string, assets: AssetsNamed = new Map()): Promise<readonly Margin[]> {
  // One short statement after the other, no transaction: this is read while calls are posted.
  const sql: Sql = (text, values) => store.query('jobs', text, values)
  const { until } = monthPeriod(month)
  const rateOn = await ratesUntil(sql, until)
  const lastDay = addDays(until, -1)
  const sales = (await salesOf(sql, month)).map((sale) => saleIn(sale, currency, rateOn, lastDay))
  const byMaker = new Map<string, Drafted>()
  for (const maker of new Set(sales.map((sale) => sale.maker))) byMaker.set(maker, await statementIn(sql, maker, month))
  const bySupplier = new Map<string, ReadonlyMap<string, Decimal> | undefined>()
  for (const supplier of new Set(sales.map((sale) => sale.supplier))) bySupplier.set(supplier, await supplierCosts(sql, supplier, month, currency, rateOn))
  const fees = (await unassignedOf(sql, month)).map(({ organization, currency: own, net }): Margin => {
    const revenue = inCurrency(net, own, currency, lastDay, rateOn)
    return { month, organization, model: noModel, maker: '', supplier: '', currency, calls: 0, list: zero, revenue, cost: zero, basis: 'no-model', margin: revenue }
  })
  const inHouse = await inHouseCosts(sql, month, currency, rateOn, sales, assets)
  const perModel = sales.map((sale): Margin => {
    const statement = byMaker.get(sale.maker)
    const agreed = statement?.status === 'drafted' && statement.document.currency === currency ? costsByAgreement(statement.document.lines, sale) : undefined
    const contracted = bySupplier.get(sale.supplier)?.get(sale.model)
    const peers = sales.filter((item) => item.supplier === sale.supplier && item.model === sale.model)
    const part = contracted === undefined ? undefined : allocate(contracted, peers.map((item) => item.list))[peers.indexOf(sale)]
    const cost = agreed ?? part ?? sale.list
    const inHouseCost = inHouse.get(sale)
    return {
      month, organization: sale.organization, model: sale.model, maker: sale.maker, supplier: sale.supplier, currency, calls: sale.calls, list: sale.list, revenue: sale.net, cost,
      basis: agreed !== undefined ? 'agreement' : part !== undefined ? 'supplier-contract' : 'list', margin: subtract(sale.net, cost),
      ...(inHouseCost === undefined ? {} : { inHouseCost }),
    }
  })
  return [...perModel, ...fees]
}

export interface PartyValue {
  readonly party: string
  readonly role: 'customer' | 'channel' | 'maker'
  readonly rows: readonly { readonly label: string; readonly amount: string; readonly unit: string }[]
}

/** One page: what each customer, the channel and each maker had of a month. */
export async function valueOf(store: Store, month: string, currency: string): Promise<readonly PartyValue[]> {
  const margins = await marginsOf(store, month, currency)
  const digits = minorDigits(currency)
  const money = (value: Decimal): string => formatFixed(roundHalfEven(value, digits))
  const of = (items: readonly Margin[], member: 'list' | 'revenue' | 'cost' | 'margin'): Decimal => sum(items.map((item) => item[member]))
  const revenue = of(margins, 'revenue')
  const share = (part: Decimal): string => isZero(revenue) ? '0' : formatDecimal(divideRounded({ coefficient: part.coefficient * 100n, scale: part.scale }, revenue, 2))
  const statements = await store.query<{ maker: string; document: { channel?: string; toMaker: string; toChannel: string; net: string; currency: string } }>('jobs', 'SELECT maker, document FROM statement WHERE month = $1', [month])
  const grouped = (key: 'organization' | 'maker'): readonly (readonly [string, readonly Margin[]])[] => [...new Set(margins.map((item) => item[key]))].sort().map((name) => [name, margins.filter((item) => item[key] === name)] as const)
  const customers = grouped('organization').map(([party, items]): PartyValue => ({
    party, role: 'customer',
    rows: [
      { label: 'calls', amount: String(items.reduce((sumOf, item) => sumOf + item.calls, 0)), unit: 'calls' }, { label: 'value at list price', amount: money(of(items, 'list')), unit: currency },
      { label: 'billed', amount: money(of(items, 'revenue')), unit: currency }, { label: 'saved against list price', amount: money(subtract(of(items, 'list'), of(items, 'revenue'))), unit: currency },
      { label: 'share of all revenue', amount: share(of(items, 'revenue')), unit: '%' },
    ],
  })).sort((a, b) => compare(decimal(b.rows[2]?.amount ?? '0'), decimal(a.rows[2]?.amount ?? '0')))
  const makers = grouped('maker').filter(([party]) => party !== '').map(([party, items]): PartyValue => {
    const statement = statements.find((item) => item.maker === party)?.document
    return {
      party, role: 'maker',
      rows: [
        { label: 'sales of its models', amount: money(of(items, 'revenue')), unit: currency }, { label: statement === undefined ? 'cost of its models' : 'owed to it', amount: statement?.toMaker ?? money(of(items, 'cost')), unit: currency },
        ...(statement === undefined ? [] : [{ label: 'compute it used and owes', amount: statement.toChannel, unit: statement.currency }, { label: 'net paid to it', amount: statement.net, unit: statement.currency }]),
      ],
    }
  })
  const named = new Set(statements.map(({ document }) => channelOf(document)))
  const channel: PartyValue = {
    // What agreements call the party that runs this Weir, where the month's statements call it one thing.
    party: named.size === 1 ? ([...named][0] ?? ownChannel) : ownChannel, role: 'channel',
    rows: [
      { label: 'revenue', amount: money(revenue), unit: currency }, { label: 'cost of models', amount: money(of(margins, 'cost')), unit: currency }, { label: 'margin', amount: money(of(margins, 'margin')), unit: currency },
      { label: 'largest customer', amount: customers[0]?.rows[4]?.amount ?? '0', unit: '% of revenue' },
    ],
  }
  return [channel, ...makers, ...customers]
}
