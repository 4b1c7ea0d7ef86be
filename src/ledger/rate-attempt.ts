/** What one ended attempt means for the books. */
import type { Decimal } from '../kernel/decimal.ts'
import type { Pair } from './journal-page.ts'
import { modelFacts } from './model-facts.ts'
import type { PriceBook, PriceRow, PriceSheet, RatedLine } from './price.ts'
import { rate, tierOf } from './rating.ts'

export interface RatedAttempt extends Pair {
  readonly supplier: string
  readonly maker: string
  readonly tier: string
  readonly currency: string
  /** Undefined: nothing is booked, since usage is absent or the attempt cannot have been billed. */
  readonly cost: Decimal | undefined
  readonly lines: readonly RatedLine[]
  /** Where the lines' prices stand; undefined without lines. */
  readonly sheet: PriceSheet | undefined
}

export interface Doubtful extends Pair {
  readonly reason: 'unpriced' | 'nonsense'
  readonly detail: string
}

const pricedModel = ({ attempt }: Pair): string => attempt.pricedAs ?? attempt.upstreamModel

/** The maker that the record names, or the catalogue; the supplier where neither knows. */
function makerOf({ attempt }: Pair): string {
  return attempt.maker ?? modelFacts(attempt.pricedAs ?? attempt.upstreamModel)?.maker ?? attempt.supplier ?? attempt.provider
}

/** A full provisioned deployment may hand a call to another one of its host: that one served, so it is booked, at its price. */
function asServed(pair: Pair): Pair {
  const { servedBy } = pair.outcome
  return servedBy === undefined ? pair : { ...pair, attempt: { ...pair.attempt, ...servedBy } }
}

/**
 * Rates an attempt with the prices in force at its dial, as known at `knownAt`. Reported and estimated usage cost exactly
 * quantity × price; absent usage and what cannot have been billed cost nothing that we know of. Usage that makes no sense
 * or has no price is doubtful: it goes to quarantine, never to zero.
 */
export function rateAttempt(journalled: Pair, book: PriceBook, knownAt: number): RatedAttempt | Doubtful {
  const pair = asServed(journalled)
  const { attempt, outcome } = pair
  const supplier = attempt.supplier ?? attempt.provider
  const tier = tierOf(outcome.serviceTier)
  const settled = { ...pair, supplier, maker: makerOf(pair), tier, currency: attempt.currency, lines: [], sheet: undefined }
  if (outcome.source === 'absent') return { ...settled, cost: undefined }
  if (outcome.counts === undefined) {
    return outcome.billable === 'no' ? { ...settled, cost: undefined } : { ...pair, reason: 'nonsense', detail: `usage is ${outcome.source} but no counts came with it` }
  }
  const model = pricedModel(pair)
  const sheet = book.sheet(attempt.priceList, model, attempt.regionClass, attempt.at, knownAt)
  if (sheet === undefined) return { ...pair, reason: 'unpriced', detail: `price list ${attempt.priceList} has no price for ${model} (${attempt.regionClass}) at ${attempt.at}; add one, then re-drive` }
  const rated = rate(sheet, outcome.counts, outcome.serviceTier)
  switch (rated.status) {
    case 'rated': return { ...settled, currency: rated.currency, lines: rated.lines, cost: rated.total, sheet }
    case 'unpriced': return { ...pair, reason: 'unpriced', detail: `price list ${attempt.priceList} has no price for ${rated.meters.join(', ')} of ${model} in tier ${tier}; add one, then re-drive` }
    case 'nonsense': return { ...pair, reason: 'nonsense', detail: rated.why }
  }
}

/** Price rows of these attempts that are not among `known`. */
export function pricesOf(rated: readonly RatedAttempt[], known: ReadonlySet<string>): readonly PriceRow[] {
  const fresh = new Map<string, PriceRow>()
  for (const { lines, sheet } of rated) {
    for (const line of lines) {
      if (known.has(line.priceRow) || fresh.has(line.priceRow)) continue
      const row = sheet?.rows.find((each) => each.id === line.priceRow)
      if (row !== undefined) fresh.set(row.id, row)
    }
  }
  return [...fresh.values()]
}
