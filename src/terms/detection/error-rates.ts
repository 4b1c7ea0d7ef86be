/** The detector's own measured errors, shown beside every score. Written by `npm run detection -- --write`; docs/detection.md has all of them. */
import measured from './error-rates.json' with { type: 'json' }

export interface ErrorRate {
  readonly what: string
  readonly hits: number
  readonly of: number
  /** 95 % interval. */
  readonly low: number
  readonly high: number
}

export interface ErrorRates {
  /** Day of the measurement. */
  readonly measured: string
  /** Windows of ordinary traffic that were flagged, against a reference of the same kind. */
  readonly falseAlarms: readonly ErrorRate[]
  /** Windows of distillation that were flagged. */
  readonly detection: readonly ErrorRate[]
}

export const errorRates: ErrorRates = measured
