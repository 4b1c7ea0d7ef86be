/** From counted usage to exact amounts. No rounding here: a line is quantity × unit price, to the last digit (C6). */
import { add, compare, decimal, multiply, toPicosUp, zero, type Decimal } from '../kernel/decimal.ts'
import { billable, nonsense, type Meter } from '../kernel/meters.ts'
import type { Bound, PriceRow, PriceSheet, Rate, RatedLine } from './price.ts'

/**
 * Meters that are billed as another where the list has no row for them. Everything else without a row is unpriced.
 * Reasoning is output; lists without a cache price bill cached and cache-writing tokens as plain input.
 */
export const fallbacks: Readonly<Partial<Record<Meter, Meter>>> = {
  reasoning: 'output',
  cached_input: 'input',
  cache_write: 'input',
}

/**
 * What a response may say in place of a tier that has rows. `auto` is what was asked for where the provider did not say
 * what it did. Any other word is a tier of its own: without rows its usage is unpriced, `scale` among them, since scale
 * units are paid for ahead and the list price is not what they cost. An operator's own row for the tier settles it.
 */
const defaultTiers: ReadonlySet<string> = new Set(['default', 'auto', 'standard', ''])
export const tierOf = (serviceTier: string | undefined | null): string =>
  serviceTier === undefined || serviceTier === null || defaultTiers.has(serviceTier) ? 'default' : serviceTier

/** Whether a request that names this tier may be sent: Anthropic's `standard_only` and what means the default always may. */
export const sellsTier = (sheet: PriceSheet, asked: string | undefined): boolean =>
  tierOf(asked) === 'default' || asked === 'standard_only' || sheet.rows.some((row) => row.tier === asked)

type Ladder = readonly PriceRow[]

/** Per sheet: tier → meter → rows, the highest threshold first. Sheets are immutable and live as long as the book keeps them. */
const compiled = new WeakMap<PriceSheet, Map<string, Map<Meter, Ladder>>>()

function ladders(sheet: PriceSheet): Map<string, Map<Meter, Ladder>> {
  const known = compiled.get(sheet)
  if (known !== undefined) return known
  const tiers = new Map<string, Map<Meter, PriceRow[]>>()
  for (const row of sheet.rows) {
    const byMeter = tiers.get(row.tier) ?? new Map<Meter, PriceRow[]>()
    tiers.set(row.tier, byMeter)
    byMeter.set(row.meter, [...(byMeter.get(row.meter) ?? []), row].toSorted((a, b) => b.aboveInput - a.aboveInput))
  }
  compiled.set(sheet, tiers)
  return tiers
}

function rowFor(byMeter: ReadonlyMap<Meter, Ladder> | undefined, meter: Meter, inputTokens: number): PriceRow | undefined {
  const own = byMeter?.get(meter)
  const fallback = fallbacks[meter]
  const ladder = own ?? (fallback === undefined ? undefined : byMeter?.get(fallback))
  return ladder?.find((row) => row.aboveInput === 0 || inputTokens > row.aboveInput)
}

const tokenMeters: ReadonlySet<Meter> = new Set<Meter>([
  'input', 'cached_input', 'cache_write', 'cache_write_long', 'audio_input', 'image_input', 'output', 'reasoning', 'audio_output', 'image_output',
])

/**
 * Rates counts against a sheet. The whole prompt, cached and audio parts included, decides the long-context row, and that
 * row then applies to every token of its meter. Things sold by the piece are priced in the default tier where the
 * response's tier has no row for them, since tiers are prices of tokens.
 */
export const rate: Rate = (sheet, counts, serviceTier) => {
  const why = nonsense(counts)
  if (why !== undefined) return { status: 'nonsense', why }
  const tier = tierOf(serviceTier)
  const tiers = ladders(sheet)
  const lines: RatedLine[] = []
  const missing: Meter[] = []
  let total = zero
  for (const [meter, quantity] of billable(counts)) {
    const row = rowFor(tiers.get(tier), meter, counts.input ?? 0)
      ?? (tokenMeters.has(meter) || !tiers.has(tier) ? undefined : rowFor(tiers.get('default'), meter, counts.input ?? 0))
    if (row === undefined) {
      missing.push(meter)
      continue
    }
    const amount = multiply(decimal(quantity), row.unitPrice)
    lines.push({ meter, quantity, unitPrice: row.unitPrice, amount, priceRow: row.id })
    total = add(total, amount)
  }
  if (missing.length > 0) return { status: 'unpriced', meters: missing }
  return { status: 'rated', currency: sheet.currency, lines, total }
}

const inputMeters: readonly Meter[] = ['input', 'cached_input', 'cache_write', 'cache_write_long']
const outputMeters: readonly Meter[] = ['output', 'reasoning']

const anyInput: readonly Meter[] = [...inputMeters, 'audio_input', 'image_input']
const anyOutput: readonly Meter[] = [...outputMeters, 'audio_output', 'image_output']

/** The dearest row of these meters that a prompt of at most `inputTokens` can meet, over all tiers. */
function dearest(sheet: PriceSheet, wanted: readonly Meter[], inputTokens: number): Decimal | undefined {
  let worst: Decimal | undefined
  for (const row of sheet.rows) {
    if (!wanted.includes(row.meter) || (row.aboveInput > 0 && inputTokens <= row.aboveInput)) continue
    if (worst === undefined || compare(row.unitPrice, worst) > 0) worst = row.unitPrice
  }
  return worst
}

/**
 * Picos that one attempt can cost at most: every input token at the dearest input meter, every output token at the
 * dearest output meter, pieces at theirs. Audio and image rows of the model count too, since tokens of either may hide
 * in the totals. A zero quantity needs no price. Undefined where something in it has none.
 */
export const bound: Bound = (sheet, worst) => {
  let total = zero
  const put = (quantity: number, price: Decimal | undefined): boolean => {
    if (quantity === 0) return true
    if (price === undefined) return false
    total = add(total, multiply(decimal(quantity), price))
    return true
  }
  if (!put(worst.inputTokens, dearest(sheet, anyInput, worst.inputTokens))) return undefined
  if (!put(worst.outputTokens, dearest(sheet, anyOutput, worst.inputTokens))) return undefined
  for (const { meter, calls } of worst.toolCalls) {
    if (!put(calls, dearest(sheet, [meter], worst.inputTokens))) return undefined
  }
  for (const { meter, count } of worst.pieces ?? []) {
    if (!put(count, dearest(sheet, [meter], worst.inputTokens))) return undefined
  }
  return toPicosUp(total)
}
