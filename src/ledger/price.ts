/** Prices as the hot path and the posting use them: types only. Rows are immutable and have no stored end. */
import type { Decimal } from '../kernel/decimal.ts'
import type { Counts, Meter } from '../kernel/meters.ts'

export interface PriceRow {
  /** Stable id, written on every ledger line that used it: hash of the row's own content. */
  readonly id: string
  /** Price list: `openai`, `azure`, `anthropic`, `sandbox`, or one of the operator's own. */
  readonly list: string
  readonly model: string
  readonly meter: Meter
  /** Service tier of the response: default, batch, flex, priority. */
  readonly tier: string
  /** global, data-zone, regional; `any` applies to all. */
  readonly regionClass: string
  /** The row applies to prompts of more than this many input tokens (0: all). Reprices the whole prompt, not the margin. */
  readonly aboveInput: number
  readonly currency: string
  /** Price of one unit (one token, one call), exact. */
  readonly unitPrice: Decimal
  /** Milliseconds. From when it holds, and when we learnt of it. */
  readonly effectiveFrom: number
  readonly recordedAt: number
  readonly source: string
}

/** All rows of one (list, model, region class) in force at one (instant, known at). */
export interface PriceSheet {
  readonly list: string
  readonly model: string
  readonly currency: string
  readonly rows: readonly PriceRow[]
}

export interface RatedLine {
  readonly meter: Meter
  readonly quantity: string
  readonly unitPrice: Decimal
  /** quantity × unitPrice, exact, unrounded. */
  readonly amount: Decimal
  readonly priceRow: string
}

export type Rated =
  | { readonly status: 'rated'; readonly currency: string; readonly lines: readonly RatedLine[]; readonly total: Decimal }
  /** No price for these meters: never free, so it is quarantined until a row is added (DESIGN.md, Prices). */
  | { readonly status: 'unpriced'; readonly meters: readonly Meter[] }
  | { readonly status: 'nonsense'; readonly why: string }

export interface PriceBook {
  /** Undefined: the model has no price on that list then. */
  readonly sheet: (list: string, model: string, regionClass: string, instant: number, knownAt: number) => PriceSheet | undefined
}

/** The worst that one attempt can cost. */
export interface Worst {
  readonly inputTokens: number
  /** Over all choices, reasoning included. */
  readonly outputTokens: number
  readonly toolCalls: readonly { readonly meter: Meter; readonly calls: number }[]
  /** Images or other pieces that are sold by number. */
  readonly pieces?: readonly { readonly meter: Meter; readonly count: number }[]
}

/** Implemented in `rating.ts`. */
export type Rate = (sheet: PriceSheet, counts: Counts, tier: string | undefined) => Rated

/** Picos. Dearest of input, cache-write and long-context rates for input, dearest output meter for output, over all tiers. Undefined: something in it has no price. */
export type Bound = (sheet: PriceSheet, worst: Worst) => bigint | undefined
