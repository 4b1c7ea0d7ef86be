/** Budgets as a node uses them: types only. A node spends inside leases; the database keeps `posted + leased <= limit`. */
import type { BudgetUse } from '../journal/record.ts'

export interface Budget {
  /** `organization/acme/month`, `project/acme/feed/month`, `key/key_…/total`. */
  readonly id: string
  readonly scope: 'organization' | 'project' | 'key'
  /** Name of the organization, project or key, for messages. */
  readonly name: string
  readonly currency: string
  /** Picos. */
  readonly limit: bigint
  readonly period: 'day' | 'month' | 'total'
  /** IANA zone in which days and months begin. */
  readonly timeZone: string
  /** Fractions of the limit, as decimal text, that raise an event when passed. */
  readonly thresholds: readonly string[]
}

export interface Hold {
  readonly uses: readonly BudgetUse[]
  /** Grows by `raise`. Picos. */
  readonly picos: bigint
}

export interface Exhausted {
  readonly exhausted: Budget
  readonly period: string
  /** Picos: what the database said when it refused. */
  readonly posted: bigint
  readonly leased: bigint
  readonly asked: bigint
  /** When the period ends, milliseconds; undefined for `total`. */
  readonly resetsAt: number | undefined
}

export const isExhausted = (value: Hold | Exhausted): value is Exhausted => 'exhausted' in value

/**
 * A node's side of the budgets. `hold` answers at once where its leases suffice, and asks the database otherwise, in one
 * atomic statement over the whole path. An empty path holds nothing and always succeeds.
 */
export interface Leases {
  readonly hold: (path: readonly Budget[], picos: bigint, at: number) => Hold | Exhausted | Promise<Hold | Exhausted>
  /** Adds `more` to an open hold before a further dial. On exhaustion the hold stays as it was. */
  readonly raise: (hold: Hold, more: bigint) => Hold | Exhausted | Promise<Hold | Exhausted>
  /** Ends a hold, exactly once: `charge` is spent, the rest becomes free. A second end of one hold throws. */
  readonly settle: (hold: Hold, charge: bigint) => void
  /** For holds that a recovered journal shows: they count as held again until settled. */
  readonly restore: (uses: readonly BudgetUse[], picos: bigint) => Hold
}
