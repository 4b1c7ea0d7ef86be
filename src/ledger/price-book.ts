/**
 * The price book: immutable rows, no stored end. What applies at an instant is the row with the latest `effectiveFrom`
 * not after it, among the rows that were known by then (DESIGN.md, Prices).
 */
import { createHash } from 'node:crypto'
import { compare, formatDecimal } from '../kernel/decimal.ts'
import { canonicalJson } from '../kernel/canonical-json.ts'
import { isoTime } from '../kernel/clock.ts'
import { namesOf } from './model-facts.ts'
import type { PriceBook, PriceRow, PriceSheet } from './price.ts'

/** Hash of everything that a row says but the day it was recorded and the words of its source. */
export function priceRowId(row: Omit<PriceRow, 'id'>): string {
  const { list, model, meter, tier, regionClass, aboveInput, currency, effectiveFrom, recordedAt } = row
  const text = canonicalJson({ list, model, meter, tier, regionClass, aboveInput, currency, effectiveFrom, recordedAt, unitPrice: formatDecimal(row.unitPrice) })
  return `price_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
}

/** Two rows that answer the same question with different prices. */
export interface PriceConflict {
  readonly status: 'conflict'
  readonly kept: PriceRow
  readonly refused: PriceRow
  readonly why: string
}

export interface ExtendablePriceBook extends PriceBook {
  /** Adds rows; exact duplicates are ignored. All or nothing: on a conflict nothing is added. */
  readonly add: (rows: readonly PriceRow[]) => PriceConflict | undefined
  readonly rows: () => readonly PriceRow[]
}

/** Builds a book; throws where the rows contradict each other, naming both sources. */
export function priceBook(rows: readonly PriceRow[]): ExtendablePriceBook {
  const book = emptyBook()
  const conflict = book.add(rows)
  if (conflict !== undefined) throw new Error(conflict.why)
  return book
}

interface Window {
  readonly instantFrom: number
  readonly instantTo: number
  readonly knownFrom: number
  readonly knownTo: number
  readonly sheet: PriceSheet | undefined
}

const kindKey = (row: PriceRow): string => `${row.meter}|${row.tier}|${row.aboveInput}`
const momentKey = (row: PriceRow): string => `${kindKey(row)}|${row.regionClass}|${row.effectiveFrom}|${row.recordedAt}`

function emptyBook(): ExtendablePriceBook {
  /** list → model → rows. */
  const listed = new Map<string, Map<string, PriceRow[]>>()
  const windows = new Map<string, Window[]>()

  const rowsOf = (list: string, model: string): readonly PriceRow[] => {
    const models = listed.get(list)
    if (models === undefined) return []
    for (const name of namesOf(model)) {
      const rows = models.get(name)
      if (rows !== undefined) return rows
    }
    return []
  }

  const add = (rows: readonly PriceRow[]): PriceConflict | undefined => {
    const fresh = new Map<string, PriceRow>()
    for (const row of rows) {
      const key = `${row.list}|${row.model}|${momentKey(row)}`
      const twin = fresh.get(key) ?? listed.get(row.list)?.get(row.model)?.find((other) => momentKey(other) === momentKey(row))
      if (twin === undefined) fresh.set(key, row)
      else if (compare(twin.unitPrice, row.unitPrice) !== 0 || twin.currency !== row.currency) return conflictOf(twin, row)
    }
    for (const row of fresh.values()) {
      if (listed.get(row.list)?.get(row.model)?.some((other) => momentKey(other) === momentKey(row)) === true) continue
      const models = listed.get(row.list) ?? new Map<string, PriceRow[]>()
      listed.set(row.list, models)
      models.set(row.model, [...(models.get(row.model) ?? []), row])
    }
    windows.clear()
    return undefined
  }

  const sheet: PriceBook['sheet'] = (list, model, regionClass, instant, knownAt) => {
    const key = `${list}|${model}|${regionClass}`
    const cached = windows.get(key)
    const hit = cached?.find((w) => instant >= w.instantFrom && instant < w.instantTo && knownAt >= w.knownFrom && knownAt < w.knownTo)
    if (hit !== undefined) return hit.sheet
    const found = windowOf(rowsOf(list, model), list, model, regionClass, instant, knownAt)
    // A handful of windows per model is normal; a caller that walks through history must not fill the memory.
    windows.set(key, [found, ...(cached ?? []).slice(0, 7)])
    return found.sheet
  }

  return { add, sheet, rows: () => [...listed.values()].flatMap((models) => [...models.values()].flat()) }
}

function conflictOf(kept: PriceRow, refused: PriceRow): PriceConflict {
  const what = `${refused.list} ${refused.model} ${refused.meter} (tier ${refused.tier}, ${refused.regionClass}, above ${refused.aboveInput}) from ${isoTime(refused.effectiveFrom)}`
  const prices = `${formatDecimal(kept.unitPrice)} ${kept.currency} [${kept.source}] against ${formatDecimal(refused.unitPrice)} ${refused.currency} [${refused.source}]`
  return { status: 'conflict', kept, refused, why: `two prices for ${what}: ${prices}; record a correction with its own date instead` }
}

/** The sheet at one point, and the rectangle of (instant, known at) in which it stays the same. */
function windowOf(all: readonly PriceRow[], list: string, model: string, regionClass: string, instant: number, knownAt: number): Window {
  const rows = all.filter((row) => row.regionClass === regionClass || row.regionClass === 'any')
  const best = new Map<string, PriceRow>()
  for (const row of rows) {
    if (row.recordedAt > knownAt || row.effectiveFrom > instant) continue
    const other = best.get(kindKey(row))
    if (other === undefined || beats(row, other)) best.set(kindKey(row), row)
  }
  const below = (values: readonly number[], at: number): number => Math.max(-Infinity, ...values.filter((value) => value <= at))
  const above = (values: readonly number[], at: number): number => Math.min(Infinity, ...values.filter((value) => value > at))
  const effective = rows.map((row) => row.effectiveFrom)
  const recorded = rows.map((row) => row.recordedAt)
  const chosen = [...best.values()].toSorted((a, b) => (kindKey(a) < kindKey(b) ? -1 : 1))
  const currency = chosen[0]?.currency
  const sheet = currency === undefined ? undefined : { list, model, currency, rows: chosen.filter((row) => row.currency === currency) }
  return { instantFrom: below(effective, instant), instantTo: above(effective, instant), knownFrom: below(recorded, knownAt), knownTo: above(recorded, knownAt), sheet }
}

/** A row for the very region class beats one for any; then the later effective date, then what was learnt last. */
function beats(row: PriceRow, other: PriceRow): boolean {
  const exact = row.regionClass !== 'any'
  if (exact !== (other.regionClass !== 'any')) return exact
  if (row.effectiveFrom !== other.effectiveFrom) return row.effectiveFrom > other.effectiveFrom
  return row.recordedAt > other.recordedAt
}
