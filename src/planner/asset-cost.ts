/**
 * What the own side of a diversion cost by the books of its assets. An own deployment charges a stated internal rate; the
 * months of an asset say what its hours really cost and which model used them. The two of a month, over each other, are
 * what an amount at the stated rate has to be multiplied with.
 */
import { add, compare, type Decimal, decimal, formatDecimal, zero } from '../kernel/decimal.ts'
import { addDays, dayOf, monthOf, monthPeriod } from '../ledger/contracts/calendar.ts'
import type { Store } from '../store/store.ts'
import { type Known, missing, type Source } from './figure.ts'
import { fixedText, over, times, toRatio } from './ratio.ts'
import { assetMonths, usageByMonth } from './read-books.ts'

export interface AtAsset {
  readonly month: string
  /** Of the hours that the model used, idle hours not included; in the currency of the side. */
  readonly cost: string
  /** The same month's usage of the own deployments at the stated rate. */
  readonly atRate: string
  /** cost / atRate. */
  readonly times: string
  /** Cost per success of the side, at what the asset cost; undefined where the side has none. */
  readonly costPerSuccess: { readonly value: string; readonly low: string; readonly high: string | undefined } | undefined
  readonly inputs: readonly Source[]
}

interface AssetAsk {
  readonly model: string
  readonly own: readonly string[]
  /** Assets that these deployments name: theirs are the only months that count; none named: any that names the model. */
  readonly assets?: readonly string[]
  /** Milliseconds. */
  readonly since: number
  readonly until: number
  readonly currency: string | undefined
  readonly costPerSuccess: AtAsset['costPerSuccess']
}

const more = (sums: Map<string, Decimal>, month: string, amount: Decimal): unknown => sums.set(month, add(sums.get(month) ?? zero, amount))

/** Month by month of the diversion, where an asset's month names the model among its users; else what is missing. */
export async function costAtAsset(store: Store, { model, own, assets = [], since, until, currency, costPerSuccess }: AssetAsk): Promise<Known<{ readonly months: readonly AtAsset[] }>> {
  if (currency === undefined) return missing('what the own side cost by its assets: it has no attempt yet')
  const [first, last] = [monthOf(dayOf(since)), monthOf(dayOf(until - 1))]
  const costs = new Map<string, Decimal>()
  const rows = new Map<string, Source[]>()
  for (const { asset, month, shares } of await assetMonths(store, first, last, currency)) {
    if (assets.length > 0 && !assets.includes(asset)) continue
    for (const share of shares.filter((one) => one.model === model)) {
      more(costs, month, share.cost)
      rows.set(month, [...rows.get(month) ?? [], { kind: 'asset-month', id: `${asset} ${month}`, date: month, says: `${formatDecimal(share.hours)} hours of ${share.party}, ${formatDecimal(share.cost)} ${currency}` }])
    }
  }
  if (costs.size === 0) {
    return missing(`what the own side cost by its assets: no month of ${assets.length === 0 ? 'an asset' : assets.join(', ')} from ${first} to ${last} names ${model} among its users, so the stated internal rate stands alone; book it with weir contracts asset-month ASSET ${first} PARTY:customer:HOURS:${model}`)
  }
  const stated = new Map<string, Decimal>()
  const used = (await usageByMonth(store, `${first}-01`, monthPeriod(last).until, currency)).filter((row) => row.model === model && own.includes(row.deployment))
  for (const row of used) more(stated, row.month, row.amount)
  const months = [...costs].flatMap(([month, cost]): readonly AtAsset[] => {
    const atRate = stated.get(month) ?? zero
    if (compare(atRate, zero) <= 0) return []
    const factor = over(toRatio(cost), toRatio(atRate))
    const scaled = (text: string): string => fixedText(times(toRatio(decimal(text)), factor), 9)
    const { from, until: end } = monthPeriod(month)
    return [{
      month, cost: formatDecimal(cost), atRate: formatDecimal(atRate), times: fixedText(factor, 4),
      costPerSuccess: costPerSuccess === undefined ? undefined
        : { value: scaled(costPerSuccess.value), low: scaled(costPerSuccess.low), high: costPerSuccess.high === undefined ? undefined : scaled(costPerSuccess.high) },
      inputs: [...rows.get(month) ?? [], { kind: 'usage-day', id: `usage_day ${from}..${end} model=${model} deployment=${own.join(',')} currency=${currency}`, date: from, says: `to ${addDays(end, -1)}: ${formatDecimal(atRate)} ${currency}` }],
    }]
  })
  return months.length > 0 ? { status: 'known', months } : missing(`what the own side cost by its assets: no usage of ${model} on ${own.join(', ')} in ${[...costs.keys()].join(', ')} to set it against`)
}
