/**
 * What somebody told others to expect: a dated object with its quarter, base, range, owner and assumptions. It is
 * compared with actuals of the same base, metric and quarter, and with nothing else (P1).
 */
import { z } from 'zod'
import { parseDecimal, decimal, compare, subtract, formatDecimal } from '../kernel/decimal.ts'

const amount = z.string().refine((text) => parseDecimal(text) !== undefined, 'a decimal number in quotes, such as "30"')
const day = z.iso.date('a day, such as "2026-11-23"')
const name = z.string().min(1).max(200)
/** `FY2026Q4`, `2026Q3`. */
const quarter = z.string().regex(/^(FY)?\d{4}Q[1-4]$/, 'a quarter, such as "FY2026Q4"')
/** Last day of the quarter: a fiscal year begins where its owner says. Left out: the calendar's, for a quarter without FY. */
const ends = day.optional()

export const guidanceSchema = z.strictObject({
  /** Whose fiscal quarter, and of which year. */
  quarter,
  ends,
  /** What it is about: `cloud as a whole`, `AI business`, `customer acme`. Compared letter by letter. */
  base: name,
  /** What is counted: `growth year on year`, `revenue`. */
  metric: name,
  unit: name,
  low: amount,
  high: amount,
  owner: name,
  /** Day on which it was given. */
  given: day,
  assumptions: z.array(z.string().min(1)).min(1, 'say at least one assumption'),
  source: name,
}).refine((it) => { const low = parseDecimal(it.low), high = parseDecimal(it.high); return low === undefined || high === undefined || compare(low, high) <= 0 }, { message: 'must not be below low', path: ['high'] })

export const actualSchema = z.strictObject({
  quarter, ends, base: name, metric: name, unit: name, value: amount,
  /** Day on which it was known. */
  known: day,
  source: name,
})

export type Guidance = z.output<typeof guidanceSchema>
export type Actual = z.output<typeof actualSchema>

export type Verdict = 'below range' | 'within range' | 'above range'

/** Whether an actual was known after its quarter was over: before, more can come. */
export type Finality = { readonly status: 'final' } | { readonly status: 'preliminary' | 'unknown'; readonly says: string }

/** Last day of a quarter: as recorded, or of the calendar. Undefined: a fiscal quarter of which nobody said it. */
export function quarterEnds({ quarter: text, ends: recorded }: Pick<Actual, 'quarter' | 'ends'>): string | undefined {
  if (recorded !== undefined) return recorded
  const [, year = '', number = ''] = /^(\d{4})Q([1-4])$/.exec(text) ?? []
  return year === '' ? undefined : `${year}-${['03-31', '06-30', '09-30', '12-31'][Number(number) - 1] ?? ''}`
}

/** An actual known on or before the last day of its quarter is preliminary; it neither closes a guidance nor feeds its odds. */
export function finalityOf(actual: Actual, guided?: Guidance): Finality {
  const last = quarterEnds(actual) ?? (guided === undefined ? undefined : quarterEnds(guided))
  if (last === undefined) return { status: 'unknown', says: `when ${actual.quarter} ends is not recorded, so whether the figure is final is not known: record its last day with --ends` }
  if (actual.known > last) return { status: 'final' }
  return { status: 'preliminary', says: `preliminary: known ${actual.known}, and ${actual.quarter} ends on ${last}` }
}

export type Compared =
  | {
    readonly status: 'compared'
    readonly verdict: Verdict
    /** Distance to the nearer end in the unit of both, negative below, zero within. */
    readonly distance: string
    readonly finality: Finality
  }
  | { readonly status: 'not-comparable'; readonly says: string }

const same = ['base', 'metric', 'unit', 'quarter'] as const

/** An actual beside what was guided for the same base, metric, unit and quarter; anything else is refused by name. */
export function compareWithGuidance(guidance: Guidance, actual: Actual): Compared {
  const different = same.filter((member) => guidance[member] !== actual[member])
  if (different.length > 0) {
    const says = different.map((member) => `${member}: guided "${guidance[member]}", actual "${actual[member]}"`).join('; ')
    return { status: 'not-comparable', says: `not of the same ${different.join(', ')}: ${says}` }
  }
  const [low, high, value] = [decimal(guidance.low), decimal(guidance.high), decimal(actual.value)]
  const finality = finalityOf(actual, guidance)
  const compared = (verdict: Verdict, distance: string): Compared => ({ status: 'compared', verdict, distance, finality })
  if (compare(value, low) < 0) return compared('below range', formatDecimal(subtract(value, low)))
  if (compare(value, high) > 0) return compared('above range', formatDecimal(subtract(value, high)))
  return compared('within range', '0')
}
