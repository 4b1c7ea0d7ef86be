/** A node's leases as one call uses them, with the auditor looking on. */
import { isExhausted, type Budget, type Exhausted, type Hold, type Leases } from '../../src/ledger/lease.ts'
import type { Auditor, Disk } from '../auditor.ts'

interface Looking {
  readonly auditor: Auditor
  readonly node: string
  readonly disk: Disk
  readonly call: string
  /** Whether nothing excuses a refusal of what fits. */
  readonly strict: boolean
  /** Whether the journal still takes records: after a failed disk a call cannot write down its end. */
  readonly sound: () => boolean
}

/** First instant of the budget's period; the simulation's budgets are all in UTC. */
export function periodAt({ period }: Pick<Budget, 'period'>, at: number): string {
  if (period === 'total') return 'total'
  const text = new Date(at).toISOString()
  return period === 'day' ? `${text.slice(0, 10)}T00:00:00.000Z` : `${text.slice(0, 7)}-01T00:00:00.000Z`
}

export function auditedLeases(leases: Leases, { auditor, node, disk, call, strict, sound }: Looking): Leases {
  /** The question goes on until the real leases have answered it. */
  const asked = (uses: Hold['uses'], more: bigint, ask: () => Hold | Exhausted | Promise<Hold | Exhausted>, granted: (hold: Hold) => void): ReturnType<typeof ask> => {
    const question = auditor.asking(uses, more)
    const answered = (answer: Hold | Exhausted): Hold | Exhausted => {
      if (isExhausted(answer)) question.refused(strict)
      else {
        granted(answer)
        question.granted()
      }
      return answer
    }
    const answer = ask()
    if (!(answer instanceof Promise)) return answered(answer)
    return answer.then(answered, (cause: unknown) => {
      question.failed()
      throw cause
    })
  }
  return {
    hold: (path, picos, at) => asked(path.map((budget) => ({ budget: budget.id, period: periodAt(budget, at) })), picos, () => leases.hold(path, picos, at), (hold) => auditor.held(node, call, hold.uses, hold.picos)),
    raise: (hold, more) => asked(hold.uses, more, () => leases.raise(hold, more), (raised) => auditor.raised(call, raised.picos)),
    settle: (hold, charge) => {
      auditor.look([disk])
      leases.settle(hold, charge)
      if (sound()) auditor.settled(call, charge)
      else auditor.givenUp(call)
    },
    restore: leases.restore,
  }
}
