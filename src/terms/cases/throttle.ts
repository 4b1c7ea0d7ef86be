/**
 * Carries a throttle out: of the calls in its scope, the stated percentage passes, spread evenly and not drawn by lot, so
 * that ten calls at 30 % are three and never none. A share and not a lowered limit, because a share needs no knowledge of
 * the usual rate, which a key without limits does not have, and no agreement between nodes: each node's share is the whole's.
 */
import { endsAt, type InForce } from './case.ts'
import { refusalOf, reaches, type Refusal, type Use } from './restriction.ts'

export interface Throttled extends Refusal {
  readonly percent: number
}

/** Remembers for each restriction how far it is from letting the next call pass. */
export function throttler(): (restrictions: readonly InForce[], use: Use, nowMs: number) => Throttled | undefined {
  const levels = new Map<string, number>()
  return (restrictions, use, nowMs) => {
    let strictest: InForce | undefined
    for (const one of restrictions) {
      if (one.kind === 'throttle' && one.percent !== undefined && one.percent < (strictest?.percent ?? 100) && nowMs < endsAt(one) && reaches(one, use)) strictest = one
    }
    const percent = strictest?.percent
    if (strictest === undefined || percent === undefined) return undefined
    // The first call passes.
    const level = (levels.get(strictest.id) ?? 100 - percent) + percent
    levels.set(strictest.id, level >= 100 ? level - 100 : level)
    return level >= 100 ? undefined : { ...refusalOf(strictest), percent }
  }
}

/** Whether a case has a use watched. */
export const watches = (restrictions: readonly InForce[], use: Use, nowMs: number): boolean => restrictions.some((one) => one.kind === 'watch' && nowMs < endsAt(one) && reaches(one, use))
