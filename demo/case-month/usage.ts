/**
 * How much each customer uses, and when. Tokens are sought such that its invoice, rated under its own contract, comes to
 * what the case says; then they are laid over the hours of the month by the trace's own hours, to the token.
 */
import { type Decimal, add, compare, decimal, divideRounded, multiply, subtract, zero } from '../../src/kernel/decimal.ts'
import type { Counts } from '../../src/kernel/meters.ts'
import { dayStart, hourMs, monthPeriod } from '../../src/ledger/contracts/calendar.ts'
import { type Contract, contractSchema, termsOn } from '../../src/ledger/contracts/contract.ts'
import { rateUnderContract } from '../../src/ledger/contracts/rate-contract.ts'
import type { UsageRow } from '../../src/ledger/contracts/usage-row.ts'
import type { PriceBook } from '../../src/ledger/price.ts'
import { rate } from '../../src/ledger/rating.ts'
import type { Client, Shape, Sizes } from './shape.ts'
import { type Customer, customerOf, type Scale, type Stream } from './terms.ts'

/** Of the prompts' tokens, those found in a cache: the Mooncake conversation trace's 36.6 % of blocks, with a cache without end. */
const cachedPerMille = 366n

export interface Use {
  readonly stream: Stream
  readonly input: bigint
  readonly cached: bigint
  readonly output: bigint
}

export interface CustomerMonth {
  readonly customer: Customer
  readonly client: Client
  readonly uses: readonly Use[]
}

const countsOf = (use: Omit<Use, 'stream'>): Counts => ({ input: Number(use.input), cachedInput: Number(use.cached), output: Number(use.output) })

/** What counts cost at list price: lines by meter. */
export function listLines(book: PriceBook, model: string, at: number, counts: Counts): { readonly lines: readonly { readonly meter: string; readonly quantity: string; readonly unitPrice: Decimal; readonly amount: Decimal; readonly priceRow: string }[]; readonly total: Decimal } {
  const sheet = book.sheet('openai', model, 'any', at, at)
  const rated = sheet === undefined ? undefined : rate(sheet, counts, 'default')
  if (rated?.status !== 'rated') throw new Error(`the price list that comes with Weir has no price for ${model}`)
  return rated
}

interface Mix { readonly input: bigint; readonly output: bigint }

const mixOf = (calls: readonly Sizes[]): Mix => ({ input: calls.reduce((sum, call) => sum + BigInt(call.input), 0n), output: calls.reduce((sum, call) => sum + BigInt(call.output), 0n) })

/** Tokens of a list amount in one model, at the mix of prompts and answers of the trace. */
function tokensFor(book: PriceBook, stream: Stream, at: number, mix: Mix, amount: Decimal): Use {
  const of = (input: bigint): Omit<Use, 'stream'> => ({ input, cached: (input * cachedPerMille) / 1_000n, output: (input * mix.output) / mix.input })
  const unit = 10n ** 12n
  const perUnit = listLines(book, stream.model, at, countsOf(of(unit))).total
  const part = multiply(amount, { coefficient: BigInt(stream.percent), scale: 2 })
  return { stream, ...of(divideRounded(multiply(part, decimal(unit)), perUnit, 0).coefficient) }
}

function rowsOf(book: PriceBook, of: Scale, uses: readonly Use[]): readonly UsageRow[] {
  const { from } = monthPeriod(of.month)
  return uses.flatMap((use) => listLines(book, use.stream.model, dayStart(from), countsOf(use)).lines.map((line): UsageRow => ({
    organization: '', project: use.stream.project, model: use.stream.model, deployment: use.stream.deployment, meter: line.meter as UsageRow['meter'], tier: 'default', day: from, currency: 'USD',
    quantity: decimal(line.quantity), listUnitPrice: line.unitPrice, priceRow: line.priceRow, calls: 1,
  })))
}

/** The contract without what fills a bill up, for those whose usage is meant to fall short. */
const withoutDuties = (contract: Contract): Contract => contractSchema.parse({ ...contract, terms: { ...contract.terms, minimum: undefined, commitments: [] } })

/** List amount whose bill comes closest to the target from below: the bill never falls as usage grows, so halving finds it. */
function usesFor(book: PriceBook, of: Scale, customer: Customer, mix: Mix): readonly Use[] {
  const whole = contractSchema.parse(customer.contract)
  const { from } = monthPeriod(of.month)
  const contract = customer.shortPercent === 0 ? whole : withoutDuties(whole)
  const given = termsOn(whole, from).credits.filter((credit) => !credit.paid).reduce((sum, credit) => add(sum, decimal(credit.amount)), zero)
  const target = add(multiply(customer.target, { coefficient: BigInt(100 - customer.shortPercent), scale: 2 }), given)
  const at = dayStart(from)
  const usesOf = (picos: bigint): readonly Use[] => customer.streams.map((stream) => tokensFor(book, stream, at, mix, { coefficient: picos, scale: 6 }))
  let [low, high] = [0n, divideRounded(multiply(target, decimal(4)), decimal(1), 6).coefficient]
  while (high - low > 1n) {
    const middle = (low + high) / 2n
    if (compare(rateUnderContract(rowsOf(book, of, usesOf(middle)), contract, monthPeriod(of.month)).total, target) <= 0) low = middle
    else high = middle
  }
  return usesOf(low)
}

/** The case: 20.0 million a month from one customer, a billion a year from all (demo/case.json). */
export interface Targets { readonly largest: Decimal; readonly all: Decimal }

/** Every customer of the month with what it uses. Deterministic: the same shape and scale, the same tokens. */
export function customerMonths(book: PriceBook, shape: Shape, of: Scale, targets: Targets): readonly CustomerMonth[] {
  const mix = mixOf(shape.calls)
  const others = subtract(targets.all, targets.largest)
  const weight = shape.rest.reduce((sum, client) => sum + client.weight, 0n)
  const targetOf = (client: Client): Decimal => divideRounded(multiply(multiply(others, of.scale), decimal(client.weight)), decimal(weight), 2)
  const months = [
    { client: shape.largest, customer: customerOf(of, 0, 'buyer', divideRounded(multiply(targets.largest, of.scale), decimal(1), 2)) },
    ...shape.rest.map((client, index) => ({ client, customer: customerOf(of, index + 1, client.name, targetOf(client)) })),
  ]
  return months.map((month) => ({ ...month, uses: usesFor(book, of, month.customer, mix) }))
}

export interface HourUse extends Use {
  /** First instant of the hour, or of the day. */
  readonly at: number
}

/** Lays a use over the month: what falls into each hour is the difference of two cumulative floors, so nothing is lost. */
export function* overHours({ month }: Scale, client: Client, use: Use, stepHours: number): Generator<HourUse> {
  const { from, until } = monthPeriod(month)
  const hours = (dayStart(until) - dayStart(from)) / hourMs
  const weights = Array.from({ length: hours }, (_, hour) => BigInt(client.hours[hour % client.hours.length] ?? 0))
  const whole = weights.reduce((sum, weight) => sum + weight, 0n)
  let [before, after] = [0n, 0n]
  for (let hour = 0; hour < hours; hour += stepHours) {
    for (let part = hour; part < hour + stepHours; part += 1) after += weights[part] ?? 0n
    const part = (total: bigint): bigint => (total * after) / whole - (total * before) / whole
    const input = part(use.input)
    const cached = part(use.cached)
    const output = part(use.output)
    before = after
    if (input > 0n || output > 0n) yield { stream: use.stream, at: dayStart(from) + hour * hourMs, input, cached: cached > input ? input : cached, output }
  }
}
