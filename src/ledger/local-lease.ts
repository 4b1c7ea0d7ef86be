/** A node's own account of one lease: sums since it was opened, picos. The database's sums may lag behind, never run ahead of what the node may spend. */
import type { BudgetPeriod } from './budget-period.ts'
import type { LeaseWant } from './budgets.ts'
import type { Budget } from './lease.ts'

export interface LocalLease {
  readonly period: BudgetPeriod
  readonly epoch: string
  /** As the last call on it knew the budget. */
  budget: Budget
  granted: bigint
  returned: bigint
  /** What the database is known to have taken back of `returned`. */
  acknowledged: bigint
  charged: bigint
  held: bigint
  /** Taken by holds since the last tick, and the decayed most of any tick: what sizes the next grant. */
  taken: bigint
  pace: bigint
  /** Until when, by the monotonic clock, only exact needs are asked for: another node was refused. */
  tightUntil: number
  /** Before which nothing is asked for ahead of need: the last such request brought nothing. Monotonic, too, as is `usedAt`. */
  quietUntil: number
  usedAt: number
  /** Requests under way that may change it. */
  asking: number
  /** A request failed and may have been granted all the same: until an answer says so, there may be more of it than is known here. */
  unsure: boolean
  /** The last recall heard, and the last one answered: while a request under way may still add to the lease, its end answers. */
  recalled: number
  answered: number
  /** The last answer that the database is known to have heard. */
  told: number
  /** Fenced or of an earlier run: nothing is added to it. */
  closed: boolean
}

export function openLocal(budget: Budget, period: BudgetPeriod, epoch: string, at: number): LocalLease {
  return { budget, period, epoch, granted: 0n, returned: 0n, acknowledged: 0n, charged: 0n, held: 0n, taken: 0n, pace: 0n, tightUntil: 0, quietUntil: 0, usedAt: at, asking: 0, unsure: false, recalled: 0, answered: 0, told: 0, closed: false }
}

/** What a new hold may take at once; negative after charges beyond their holds, which the next grant has to absorb first. */
export const freeOf = (lease: LocalLease): bigint => lease.granted - lease.returned - lease.charged - lease.held

/** What `granted` has to reach for `picos` more. */
export const needOf = (lease: LocalLease, picos: bigint): bigint => lease.returned + lease.charged + lease.held + picos

/** How much a node likes to have at hand: what its holds took in the last two seconds, nothing where others are short. */
export const aheadOf = (lease: LocalLease, now: number): bigint => (now < lease.tightUntil ? 0n : 2n * (lease.pace > lease.taken ? lease.pace : lease.taken))

/** Ends a tick of one second: the pace follows rises at once and falls by a third a second. */
export function tick(lease: LocalLease): void {
  const decayed = (lease.pace * 2n) / 3n
  lease.pace = lease.taken > decayed ? lease.taken : decayed
  lease.taken = 0n
}

/** A request for this lease; what is granted already is never asked for again. */
export const wantOf = (lease: LocalLease, { need, want }: { readonly need: bigint; readonly want: bigint }): LeaseWant => ({
  budget: lease.budget, period: lease.period, epoch: lease.epoch, have: lease.granted, returned: lease.returned, need: need > lease.granted ? need : lease.granted, want,
})

export const refusedBy = (lease: LocalLease, answer: { readonly budget: string; readonly period: string }): boolean =>
  lease.budget.id === answer.budget && lease.period.period === answer.period
