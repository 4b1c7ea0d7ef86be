/** Holds that wait for their leases: in order, tree by tree, and refused together. */
import type { LeaseAnswer } from './budgets.ts'
import type { Exhausted } from './lease.ts'
import { freeOf, needOf, type LocalLease } from './local-lease.ts'

export type Outcome = 'taken' | 'fenced' | Exhausted

export interface Waiter {
  readonly leases: readonly LocalLease[]
  readonly picos: bigint
  readonly since: number
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (cause: Error) => void
}

/** Leases that share a path's first budget: no lease stands in two trees. */
export interface Tree {
  readonly waiters: Waiter[]
  asking: boolean
}

/** Whether a hold of so much fits into all of these at once. */
export const fits = (leases: readonly LocalLease[], picos: bigint): boolean => leases.every((lease) => !lease.closed && freeOf(lease) >= picos)

/** Refuses all of these whose hold cannot fit under the ceiling that the database named. */
export function refuse(tree: Tree, present: ReadonlySet<Waiter>, lease: LocalLease, answer: Extract<LeaseAnswer, { status: 'refused' }>): void {
  const most = (answer.ceiling > lease.granted ? answer.ceiling : lease.granted) - needOf(lease, 0n)
  for (const waiter of tree.waiters.filter((each) => present.has(each) && each.leases.includes(lease) && each.picos > most)) {
    tree.waiters.splice(tree.waiters.indexOf(waiter), 1)
    waiter.resolve({ exhausted: lease.budget, period: answer.period, posted: answer.posted, leased: answer.leased, asked: waiter.picos, resetsAt: lease.period.endsAt })
  }
}
