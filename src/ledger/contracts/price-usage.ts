/**
 * From usage rows to priced pieces, for one calendar month. A piece is a part of a row at one unit price; the pieces of a
 * row add up to its quantity exactly. Precedence, first that applies:
 *
 *   carried by provisioned units of that day > free allowance > quantity tier > negotiated price > discount on list > list
 *
 * Rows are taken in the order of days, so pricing the month up to some day gives the same pieces for those days as
 * pricing all of it, except under volume tiers, which reprice what came before by design.
 */
import { type Decimal, add, asFraction, compare, decimal, divideRounded, isZero, multiply, subtract, zero } from '../../kernel/decimal.ts'
import { type Period, daysBetween, dayStart, monthOf, monthPeriod } from './calendar.ts'
import { type Contract, heldIn, holdsOn, type Provisioned, type Terms, termsOn, unitPriceOf } from './contract.ts'
import { carriesOn } from './provisioned.ts'
import { inScope } from './scope.ts'
import { countedDays, countsAt, type Span, suspensionsOf } from './suspensions.ts'
import { type UsageRow, byDay } from './usage-row.ts'

export interface Piece {
  readonly row: UsageRow
  readonly quantity: Decimal
  readonly unitPrice: Decimal
  /** `list`, `discount 1`, `price 2`, `allowance <id>`, `tier <id> band 1`, `provisioned <id>`. */
  readonly rule: string
}

type Tier = Terms['quantityTiers'][number]
type Allowance = Terms['allowances'][number]

const hundred = decimal(100)
export const withoutPercent = (price: Decimal, percent: string): Decimal => multiply(price, asFraction(subtract(hundred, decimal(percent))))

/** The unit price without tiers and allowances. */
function basePrice(terms: Terms, row: UsageRow): { readonly unitPrice: Decimal; readonly rule: string } {
  const priced = terms.prices.findIndex((item) => inScope(item, row))
  const negotiated = priced === -1 ? undefined : unitPriceOf(terms.prices[priced] ?? {})
  if (negotiated !== undefined) return { unitPrice: negotiated, rule: `price ${priced + 1}` }
  const discounted = terms.discounts.findIndex((item) => inScope(item, row))
  const discount = terms.discounts[discounted]
  if (discount !== undefined) return { unitPrice: withoutPercent(row.listUnitPrice, discount.percent), rule: `discount ${discounted + 1}` }
  return { unitPrice: row.listUnitPrice, rule: 'list' }
}

const bandPrice = (band: Tier['bands'][number], base: Decimal): Decimal =>
  unitPriceOf(band) ?? withoutPercent(base, band.discountPercent ?? '0')

/** Index of the band that a quantity lies in; a quantity on the edge lies in the lower band. */
export function bandOf(bands: readonly { readonly upTo?: string | undefined }[], quantity: Decimal): number {
  const index = bands.findIndex((band) => band.upTo === undefined || compare(quantity, decimal(band.upTo)) <= 0)
  return index === -1 ? bands.length - 1 : index
}

/** Cuts `quantity`, which begins where `used` ends, at the edges of the bands. */
export function cutByBands(bands: readonly { readonly upTo?: string | undefined }[], used: Decimal, quantity: Decimal): readonly { readonly band: number; readonly quantity: Decimal }[] {
  const parts: { band: number; quantity: Decimal }[] = []
  let from = used
  let left = quantity
  for (let band = 0; band < bands.length && !isZero(left); band += 1) {
    const edge = bands[band]?.upTo
    if (edge !== undefined && compare(from, decimal(edge)) >= 0) continue
    const room = edge === undefined ? left : subtract(decimal(edge), from)
    const part = compare(left, room) <= 0 ? left : room
    parts.push({ band, quantity: part })
    from = add(from, part)
    left = subtract(left, part)
  }
  return parts
}

interface Month {
  readonly contract: Contract
  readonly carrierOf: CarrierOf
  readonly freeUnder: FreeUnder
  readonly allowanceUsed: Map<string, Decimal>
  readonly tierUsed: Map<string, Decimal>
  /** Total of the month by volume tier, known before pricing begins. */
  readonly volume: ReadonlyMap<string, Decimal>
}

/** Units that an allowance grants in the month: whole where every day is held and counts, else by the days that do, rounded to whole units. */
export function granted(month: { readonly contract: Contract; readonly period: Period }, allowance: Allowance): Decimal {
  const days = daysBetween(month.period.from, month.period.until)
  const spans = suspensionsOf(month.contract, allowance.projects)
  const counted = heldIn(month.contract, month.period).reduce((held, span) => held + countedDays(spans, allowance.whenSuspended, span), 0)
  if (counted === days) return decimal(allowance.quantity)
  return divideRounded(multiply(decimal(allowance.quantity), decimal(counted)), decimal(days), 0)
}

/** What an allowance grants in the month, and when it is suspended. */
type FreeUnder = (allowance: Allowance) => { readonly granted: Decimal; readonly suspended: readonly Span[] }

/** Reckoned once an allowance: the days that count are the month's, and a month has many rows. */
function freeIn(contract: Contract, period: Period): FreeUnder {
  const found = new Map<Allowance, ReturnType<FreeUnder>>()
  return (allowance) => {
    const free = found.get(allowance) ?? { granted: granted({ contract, period }, allowance), suspended: suspensionsOf(contract, allowance.projects) }
    found.set(allowance, free)
    return free
  }
}

function takeAllowance(month: Month, terms: Terms, row: UsageRow, quantity: Decimal): { readonly pieces: Piece[]; readonly left: Decimal } {
  const pieces: Piece[] = []
  let left = quantity
  for (const allowance of terms.allowances) {
    if (isZero(left)) break
    if (!inScope(allowance, row)) continue
    const free = month.freeUnder(allowance)
    if (!countsAt(free.suspended, allowance.whenSuspended, dayStart(row.day))) continue
    const used = month.allowanceUsed.get(allowance.id) ?? zero
    const room = subtract(free.granted, used)
    if (compare(room, zero) <= 0) continue
    const part = compare(left, room) <= 0 ? left : room
    month.allowanceUsed.set(allowance.id, add(used, part))
    pieces.push({ row, quantity: part, unitPrice: zero, rule: `allowance ${allowance.id}` })
    left = subtract(left, part)
  }
  return { pieces, left }
}

/** Quantity beyond allowances, by tier or at the base price. */
function priceRest(month: Month, terms: Terms, row: UsageRow, left: Decimal): readonly Piece[] {
  if (isZero(left)) return []
  const base = basePrice(terms, row)
  const tier = terms.quantityTiers.find((item) => inScope(item, row))
  if (tier === undefined) return [{ row, quantity: left, ...base }]
  const used = month.tierUsed.get(tier.id) ?? zero
  month.tierUsed.set(tier.id, add(used, left))
  const parts = tier.kind === 'graduated'
    ? cutByBands(tier.bands, used, left)
    : [{ band: bandOf(tier.bands, month.volume.get(tier.id) ?? left), quantity: left }]
  return parts.map((part) => {
    const band = tier.bands[part.band]
    if (band === undefined) throw new Error(`tier ${tier.id} has no band ${part.band}`)
    return { row, quantity: part.quantity, unitPrice: bandPrice(band, base.unitPrice), rule: `tier ${tier.id} band ${part.band + 1}` }
  })
}

/** Says which units carry a row. */
export type CarrierOf = (row: Pick<UsageRow, 'deployment' | 'day'>) => Provisioned | undefined

/**
 * Units that carry a row: those of its deployment that stand ready on its day; of several, as where a pause made the earlier
 * ones last longer, the first. Looked for once a day and deployment, since a month has many rows of each.
 */
export function carriersOf(contract: Contract): CarrierOf {
  const found = new Map<string, Provisioned | undefined>()
  return ({ deployment, day }) => {
    const key = `${day} ${deployment}`
    if (!found.has(key)) found.set(key, termsOn(contract, day).provisioned.find((item) => item.deployments.includes(deployment) && carriesOn(contract, item, day)))
    return found.get(key)
  }
}

function priceRow(month: Month, row: UsageRow): readonly Piece[] {
  const terms = termsOn(month.contract, row.day)
  const carrier = month.carrierOf(row)
  if (carrier !== undefined) return [{ row, quantity: row.quantity, unitPrice: zero, rule: `provisioned ${carrier.id}` }]
  const free = takeAllowance(month, terms, row, row.quantity)
  return [...free.pieces, ...priceRest(month, terms, row, free.left)]
}

/** Two passes for volume tiers: the first finds what allowances leave, the second prices it. */
function volumesOf(fixed: Pick<Month, 'contract' | 'carrierOf' | 'freeUnder'>, rows: readonly UsageRow[]): ReadonlyMap<string, Decimal> {
  const hasVolume = [fixed.contract.terms, ...fixed.contract.amendments.map((item) => item.terms)].some((terms) => terms.quantityTiers?.some((tier) => tier.kind === 'volume'))
  if (!hasVolume) return new Map()
  const scratch: Month = { ...fixed, allowanceUsed: new Map(), tierUsed: new Map(), volume: new Map() }
  for (const row of rows) priceRow(scratch, row)
  return scratch.tierUsed
}

/** Prices the rows of one calendar month; rows outside it, or of days on which the contract does not hold, are not priced. */
export function priceMonth(contract: Contract, month: string, rows: readonly UsageRow[]): readonly Piece[] {
  const period = monthPeriod(month)
  const ordered = rows.filter((row) => monthOf(row.day) === month && holdsOn(contract, row.day)).sort(byDay)
  const fixed = { contract, carrierOf: carriersOf(contract), freeUnder: freeIn(contract, period) }
  const state: Month = { ...fixed, allowanceUsed: new Map(), tierUsed: new Map(), volume: volumesOf(fixed, ordered) }
  return ordered.flatMap((row) => priceRow(state, row))
}
