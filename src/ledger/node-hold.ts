/** A hold as the node that made it knows it: with its own accounts of the leases that it stands in. */
import { assert } from '../kernel/assert.ts'
import type { BudgetUse } from '../journal/record.ts'
import type { Exhausted, Hold } from './lease.ts'
import type { LocalLease } from './local-lease.ts'

export interface NodeHold extends Hold {
  picos: bigint
  readonly leases: readonly LocalLease[]
  ended: boolean
}

export const usesOf = (leases: readonly LocalLease[]): readonly BudgetUse[] => leases.map((lease) => ({ budget: lease.budget.id, period: lease.period.period, epoch: lease.epoch }))

export const opened = (leases: readonly LocalLease[], picos: bigint): NodeHold => ({ uses: usesOf(leases), picos, leases, ended: false })

/** Refuses a hold of other making, and one that has ended. */
export function asOpen(hold: Hold): NodeHold {
  assert('leases' in hold && 'ended' in hold, 'a hold comes from the leases that made it')
  const open = hold as NodeHold
  assert(!open.ended, 'a hold ends exactly once')
  return open
}

/** A hold in a lease that was written off cannot grow: its lease is over. */
export function fencedOut(lease: LocalLease | undefined, asked: bigint): Exhausted {
  assert(lease !== undefined, 'only a hold in leases can be fenced')
  return { exhausted: lease.budget, period: lease.period.period, posted: 0n, leased: 0n, asked, resetsAt: lease.period.endsAt }
}
