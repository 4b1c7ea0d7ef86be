/**
 * A statement between channel and maker for one month, both ways, netted. Each line keeps the keys that lead to its calls:
 * customer, model, month and price rows. Amounts exact, payables rounded half to even once a line (C6).
 */
import { type Decimal, add, asFraction, compare, decimal, formatDecimal, formatFixed, isNegative, multiply, roundHalfEven, subtract, sum, zero } from '../../kernel/decimal.ts'
import { monthPeriod, overlap } from '../contracts/calendar.ts'
import { minorDigits } from '../contracts/currency.ts'
import { inScope } from '../contracts/scope.ts'
import { type Agreement, agreementOn } from './agreement.ts'

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

export type DueKind = 'revenue-share' | 'floor' | 'pass-through' | 'guarantee-shortfall' | 'compute' | 'compute-credit'

export interface StatementLine {
  readonly n: number
  /** Who owes it: `to-maker` we do, `to-channel` the maker does. */
  readonly direction: 'to-maker' | 'to-channel'
  readonly kind: DueKind | 'adjustment'
  /** Of an adjustment: what it changes, of the month that its keys name. */
  readonly of?: DueKind
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
  /** As the agreement named it; the party that runs this Weir where it named none. */
  readonly channel?: string
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
  /** What posting had accrued at list price for the models paid here, by month: taken back by this statement. */
  readonly takenBack?: readonly TakenBack[]
}

export interface TakenBack { readonly month: string; readonly supplier: string; readonly currency: string; readonly amount: string }

/** A line before it is numbered. `payable` where it is not the product rounded: an adjustment's is the difference of two. */
export type DraftLine = Omit<StatementLine, 'n' | 'exact' | 'payable' | 'base' | 'rate'> & { readonly base: Decimal; readonly rate: Decimal; readonly payable?: Decimal }
type Draft = DraftLine

const scoped = (models: readonly string[] | undefined, model: string): boolean => inScope({ models }, { model, meter: '', tier: '', project: '' })

function saleLines(agreement: Agreement, month: string, sale: Sale): readonly Draft[] {
  const keys = { month, priceRows: sale.priceRows, invoices: sale.invoices, calls: sale.calls }
  const who = { direction: 'to-maker', organization: sale.organization, model: sale.model, keys } as const
  const through = agreement.passThrough.find((item) => scoped(item.models, sale.model))
  if (through !== undefined) return [{ ...who, kind: 'pass-through', description: `Cost of ${sale.model} handed on`, base: sale.list, rate: asFraction(decimal(through.percentOfList)) }]
  const share = agreement.shares.find((item) => scoped(item.models, sale.model))
  if (share === undefined) return []
  const base = share.base === 'list' ? sale.list : sale.net
  const rate = asFraction(decimal(share.percent))
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
      ? { direction: 'to-channel', kind: 'compute', description: `GPU-hours of ${item.asset} at cost and ${terms.costPlusPercent ?? '0'} %`, asset: item.asset, base: item.cost, rate: add(decimal(1), asFraction(decimal(terms.costPlusPercent ?? '0'))), keys }
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

/** What either got under its guarantee in other months, and what compute credit was drawn. */
export interface Before {
  readonly paidUnderGuarantee: Decimal
  /** Compute of the maker under its own guarantee, before credit. */
  readonly computeUnderGuarantee?: Decimal
  readonly creditsLeft: ReadonlyMap<string, Decimal>
}

type Guarantee = NonNullable<Agreement['minimumGuarantee']>

/** Whether a month lies in the days of a guarantee, and whether they end in it. */
export const guarantees = (guarantee: Guarantee | undefined, month: string): guarantee is Guarantee => guarantee !== undefined && overlap(guarantee, monthPeriod(month)) !== undefined
const endsIn = (guarantee: Guarantee | undefined, month: string): guarantee is Guarantee => guarantee !== undefined && guarantee.until > monthPeriod(month).from && guarantee.until <= monthPeriod(month).until

function shortfall(guarantee: Guarantee | undefined, direction: StatementLine['direction'], month: string, earned: Decimal): readonly Draft[] {
  if (!endsIn(guarantee, month)) return []
  const short = subtract(decimal(guarantee.amount), earned)
  if (isNegative(short) || short.coefficient === 0n) return []
  return [{ direction, kind: 'guarantee-shortfall', description: `Shortfall to the guarantee of ${guarantee.from} to ${guarantee.until}`, base: short, rate: decimal(1), keys: { month, priceRows: [], invoices: [], calls: 0 } }]
}

export const payableOf = (line: DraftLine, currency: string): Decimal => line.payable ?? roundHalfEven(multiply(line.base, line.rate), minorDigits(currency))

/** What a month owes, either way, before it is numbered. `adjustments` of earlier months count under guarantees too. */
export function duesOf(agreement: Agreement, month: string, sales: readonly Sale[], compute: readonly MakerCompute[], before: Before, adjustments: readonly DraftLine[] = []): readonly DraftLine[] {
  const { currency, minimumGuarantee, makerGuarantee } = agreement
  const drafts: Draft[] = [...sales.flatMap((sale) => saleLines(agreement, month, sale)), ...computeLines(agreement, month, compute, before.creditsLeft)]
  const payable = (line: DraftLine): Decimal => payableOf(line, currency)
  const earlier = adjustments.filter((line) => line.direction === 'to-maker' && guarantees(minimumGuarantee, line.keys.month))
  const earned = add(before.paidUnderGuarantee, sum([...earlier, ...drafts.filter((draft) => draft.direction === 'to-maker')].map(payable)))
  const taken = add(before.computeUnderGuarantee ?? zero, sum(drafts.filter((draft) => draft.kind === 'compute').map(payable)))
  return [...drafts, ...shortfall(minimumGuarantee, 'to-maker', month, earned), ...shortfall(makerGuarantee, 'to-channel', month, taken)]
}

export function composeStatement(agreed: Agreement, version: number, month: string, sales: readonly Sale[], compute: readonly MakerCompute[], before: Before, adjustments: readonly DraftLine[] = []): StatementDocument {
  const agreement = agreementOn(agreed, month)
  const digits = minorDigits(agreement.currency)
  const drafts = [...duesOf(agreement, month, sales, compute, before, adjustments), ...adjustments]
  const lines = drafts.map((draft, index): StatementLine => ({ ...draft, n: index + 1, base: formatDecimal(draft.base), rate: formatDecimal(draft.rate), exact: formatDecimal(multiply(draft.base, draft.rate)), payable: formatFixed(payableOf(draft, agreement.currency)) }))
  const of = (direction: StatementLine['direction'], member: 'payable' | 'exact'): Decimal => sum(lines.filter((line) => line.direction === direction).map((line) => decimal(line[member])))
  const fixed = (value: Decimal): string => formatFixed(roundHalfEven(value, digits))
  const [toMaker, toChannel] = [of('to-maker', 'payable'), of('to-channel', 'payable')]
  const net = subtract(toMaker, toChannel)
  return {
    maker: agreement.maker, ...(agreement.channel === undefined ? {} : { channel: agreement.channel }), agreement: agreement.id, agreementVersion: version, month, currency: agreement.currency, lines,
    toMaker: fixed(toMaker), toChannel: fixed(toChannel), net: fixed(net), remainder: formatDecimal(subtract(subtract(of('to-maker', 'exact'), of('to-channel', 'exact')), net)),
  }
}
