/**
 * A planned figure as it is shown (P1): value, unit and base, an interval with what it means, the rows it was made from,
 * and what it was checked against. Where the data does not carry a figure, the answer says what is missing instead.
 */
export type SourceKind =
  | 'usage-day' | 'usage-minute' | 'invoice' | 'contract' | 'commitment' | 'price' | 'unit-price' | 'statement' | 'asset' | 'asset-month' | 'attempt' | 'feedback'
  | 'guidance' | 'actual' | 'assumption' | 'retirement' | 'purpose' | 'resource'

/** One row, or one set of rows that a key names, behind a figure. */
export interface Source {
  readonly kind: SourceKind
  /** Row id, or the key of the rows: `usage_day 2026-11-01..2026-11-30 organization=acme`. */
  readonly id: string
  /** When it held: a day, a month, or an instant. */
  readonly date: string
  /** The value that was read, with its unit, where one row gives one value. */
  readonly says?: string
}

export interface Interval {
  readonly low: string
  readonly high: string
  /** `exact`, or what the two ends mean and how they were reached. */
  readonly meaning: string
}

export interface Figure {
  readonly name: string
  readonly value: string
  readonly unit: string
  /** What the figure is a share or an amount of. Figures of different bases are never compared or added. */
  readonly base: string
  readonly interval: Interval
  readonly inputs: readonly Source[]
  readonly checked: string
}

export interface Missing {
  readonly status: 'missing'
  /** Sentences: what is not there, and how to put it there. */
  readonly missing: readonly string[]
}

export type Known<T> = ({ readonly status: 'known' } & T) | Missing

export const missing = (...says: readonly string[]): Missing => ({ status: 'missing', missing: says })

/** A figure that follows from its rows by arithmetic alone. */
export const exactly = (figure: Omit<Figure, 'interval'>): Figure =>
  ({ ...figure, interval: { low: figure.value, high: figure.value, meaning: 'exact: arithmetic on the rows named' } })
