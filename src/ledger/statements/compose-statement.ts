/**
 * A statement between channel and maker for one month, both ways, netted. Each line keeps the keys that lead to its calls:
 * customer, model, month and price rows. Amounts exact, payables rounded half to even once a line (C6).
 */
import { type Decimal, add, compare, decimal, formatDecimal, formatFixed, isNegative, multiply, roundHalfEven, subtract, sum, zero } from '../../kernel/decimal.ts'
import { monthPeriod, overlap } from '../contracts/calendar.ts'
import { minorDigits } from '../contracts/currency.ts'
import { inScope } from '../contracts/scope.ts'
import { type Agreement, asFraction } from './agreement.ts'

/** What one customer used and was billed for one model of the maker in the month. */
export interface Sale {
  readonly organization: string
  readonly model: string
  /** Billed, after every discount that can be put to the model. */
  readonly net: Decimal
  readonly list: Decimal
  readonly tokens: Decimal
  readonly calls: number
  readonly priceRows: readonly string[]
  readonly invoices: readonly string[]
}

/** What the maker used of our machines. */
export interface MakerCompute {
  readonly asset: string
  readonly hours: Decimal
  readonly cost: Decimal
}

export interface StatementLine {
  readonly n: number
  /** Who owes it: `to-maker` we do, `to-channel` the maker does. */
  readonly direction: 'to-maker' | 'to-channel'
  readonly kind: 'revenue-share' | 'floor' | 'pass-through' | 'guarantee-shortfall' | 'compute' | 'compute-credit'
  readonly description: string
  readonly organization?: string
  readonly model?: string
  readonly asset?: string
  /** What the rate is applied to, and the rate. */
  readonly base: string
  readonly rate: string
  readonly exact: string
  readonly payable: string
  readonly keys: { readonly month: string; readonly priceRows: readonly string[]; readonly invoices: readonly string[]; readonly calls: number }
}

export interface StatementDocument {
  readonly maker: string
  readonly agreement: string
  readonly agreementVersion: number
  readonly month: string
  readonly currency: string
  readonly lines: readonly StatementLine[]
  readonly toMaker: string
  readonly toChannel: string
  /** Positive: we pay the maker. */
  readonly net: string
  readonly remainder: string
}

type Draft = Omit<StatementLine, 'n' | 'exact' | 'payable' | 'base' | 'rate'> & { readonly base: Decimal; readonly rate: Decimal }

const scoped = (models: readonly string[] | undefined, model: string): boolean => inScope({ models }, { model, meter: '', tier: '', project: '' })

function saleLines(agreement: Agreement, month: string, sale: Sale): readonly Draft[] {
  const keys = { month, priceRows: sale.priceRows, invoices: sale.invoices, calls: sale.calls }
  const who = { direction: 'to-maker', organization: sale.organization, model: sale.model, keys } as const
  const through = agreement.passThrough.find((item) => scoped(item.models, sale.model))
  if (through !== undefined) return [{ ...who, kind: 'pass-through', description: `Cost of ${sale.model} handed on`, base: sale.list, rate: asFraction(through.percentOfList) }]
  const share = agreement.shares.find((item) => scoped(item.models, sale.model))
  if (share === undefined) return []
  const base = share.base === 'list' ? sale.list : sale.net
  const rate = asFraction(share.percent)
  const lines: Draft[] = [{ ...who, kind: 'revenue-share', description: `${share.percent} % of ${share.base === 'list' ? 'the list price' : 'what was billed'} for ${sale.model}`, base, rate }]
  if (share.floorPerMillionTokens === undefined) return lines
  const floor = decimal(share.floorPerMillionTokens)
  const least = multiply(sale.tokens, { coefficient: floor.coefficient, scale: floor.scale + 6 })
  const short = subtract(least, multiply(base, rate))
  if (compare(short, zero) > 0) lines.push({ ...who, kind: 'floor', description: `Up to the floor of ${share.floorPerMillionTokens} a million tokens of ${sale.model}`, base: short, rate: decimal(1) })
  return lines
}

function computeLines(agreement: Agreement, month: string, used: readonly MakerCompute[], creditsLeft: ReadonlyMap<string, Decimal>): readonly Draft[] {
  const keys = { month, priceRows: [], invoices: [], calls: 0 }
  const lines: Draft[] = []
  for (const item of used) {
    const terms = agreement.compute.find((candidate) => candidate.asset === item.asset)
    if (terms === undefined) continue
    lines.push(terms.perGpuHour === undefined
      ? { direction: 'to-channel', kind: 'compute', description: `GPU-hours of ${item.asset} at cost and ${terms.costPlusPercent ?? '0'} %`, asset: item.asset, base: item.cost, rate: add(decimal(1), asFraction(terms.costPlusPercent ?? '0')), keys }
      : { direction: 'to-channel', kind: 'compute', description: `GPU-hours of ${item.asset}`, asset: item.asset, base: item.hours, rate: decimal(terms.perGpuHour), keys })
  }
  const digits = minorDigits(agreement.currency)
  let owed = sum(lines.map((line) => roundHalfEven(multiply(line.base, line.rate), digits)))
  for (const credit of agreement.computeCredits) {
    if (overlap(credit, monthPeriod(month)) === undefined) continue
    const left = creditsLeft.get(credit.id) ?? decimal(credit.amount)
    const drawn = compare(owed, left) < 0 ? owed : left
    if (compare(drawn, zero) <= 0) continue
    owed = subtract(owed, drawn)
    lines.push({ direction: 'to-channel', kind: 'compute-credit', description: `Compute credit ${credit.id}`, base: drawn, rate: decimal(-1), keys })
  }
  return lines
}

/** What the maker got under the guarantee before this month, and what compute credit was drawn. */
export interface Before {
  readonly paidUnderGuarantee: Decimal
  readonly creditsLeft: ReadonlyMap<string, Decimal>
}

export function composeStatement(agreement: Agreement, version: number, month: string, sales: readonly Sale[], compute: readonly MakerCompute[], before: Before): StatementDocument {
  const digits = minorDigits(agreement.currency)
  const drafts: Draft[] = [...sales.flatMap((sale) => saleLines(agreement, month, sale)), ...computeLines(agreement, month, compute, before.creditsLeft)]
  const payable = (draft: Draft): Decimal => roundHalfEven(multiply(draft.base, draft.rate), digits)
  const { from, until } = monthPeriod(month)
  const guarantee = agreement.minimumGuarantee
  if (guarantee !== undefined && guarantee.until > from && guarantee.until <= until) {
    const earned = add(before.paidUnderGuarantee, sum(drafts.filter((draft) => draft.direction === 'to-maker').map(payable)))
    const short = subtract(decimal(guarantee.amount), earned)
    if (!isNegative(short) && short.coefficient !== 0n) {
      drafts.push({ direction: 'to-maker', kind: 'guarantee-shortfall', description: `Shortfall to the guarantee of ${guarantee.from} to ${guarantee.until}`, base: short, rate: decimal(1), keys: { month, priceRows: [], invoices: [], calls: 0 } })
    }
  }
  const lines = drafts.map((draft, index): StatementLine => ({ ...draft, n: index + 1, base: formatDecimal(draft.base), rate: formatDecimal(draft.rate), exact: formatDecimal(multiply(draft.base, draft.rate)), payable: formatFixed(payable(draft)) }))
  const of = (direction: StatementLine['direction'], member: 'payable' | 'exact'): Decimal => sum(lines.filter((line) => line.direction === direction).map((line) => decimal(line[member])))
  const fixed = (value: Decimal): string => formatFixed(roundHalfEven(value, digits))
  const [toMaker, toChannel] = [of('to-maker', 'payable'), of('to-channel', 'payable')]
  const net = subtract(toMaker, toChannel)
  return {
    maker: agreement.maker, agreement: agreement.id, agreementVersion: version, month, currency: agreement.currency, lines,
    toMaker: fixed(toMaker), toChannel: fixed(toChannel), net: fixed(net), remainder: formatDecimal(subtract(subtract(of('to-maker', 'exact'), of('to-channel', 'exact')), net)),
  }
}
