/** What suppliers impose on accounts, carried out: who is blocked is out, who is throttled yields all calls but a share. */
import type { Clock } from '../kernel/clock.ts'
import type { Penalty } from '../terms/mirror/penalties.ts'

/** What a supplier imposes on an account, whoever said so. */
export type AccountPenalty = Omit<Penalty, 'notice'>

export interface AccountPenalties {
  /** All that is imposed from now on. Answers what was not there before. */
  readonly set: (penalties: readonly AccountPenalty[]) => readonly AccountPenalty[]
  readonly block: (account: string) => AccountPenalty | undefined
  readonly blocks: () => readonly AccountPenalty[]
  /** Whether this call goes elsewhere, where it can: the stated share stays, spread evenly. */
  readonly yields: (account: string) => boolean
  /** Takes all back from an account; true where there was something. */
  readonly lift: (account: string) => boolean
}

const nameOf = ({ account, action, percent, sinceMs }: AccountPenalty): string => JSON.stringify([account, action, percent, sinceMs])

export function accountPenalties(clock: Clock): AccountPenalties {
  let all: readonly AccountPenalty[] = []
  /** How far each throttled account is from keeping its next call. */
  const levels = new Map<string, number>()
  const holding = (action: AccountPenalty['action'], account?: string): readonly AccountPenalty[] =>
    all.length === 0 ? all : all.filter((one) => one.action === action && (account === undefined || one.account === account) && clock.now() < one.untilMs)
  return {
    set: (now) => {
      const known = new Set(all.map(nameOf))
      all = now
      return now.filter((one) => !known.has(nameOf(one)))
    },
    block: (account) => holding('block', account)[0],
    blocks: () => holding('block'),
    yields: (account) => {
      const percent = Math.max(0, Math.min(...holding('throttle', account).map((one) => one.percent ?? 100), 100))
      if (percent >= 100) return false
      // The first call stays, unless none does.
      const level = (levels.get(account) ?? (percent === 0 ? 0 : 100 - percent)) + percent
      levels.set(account, level >= 100 ? level - 100 : level)
      return level < 100
    },
    lift: (account) => {
      const left = all.filter((one) => one.account !== account)
      const lifted = left.length < all.length
      all = left
      return lifted
    },
  }
}
