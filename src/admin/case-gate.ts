/** Cases at the points where nothing can be called back: exports, trainings and publications of an organization that a case keeps from them. */
import type { Clock } from '../kernel/clock.ts'
import type { Store } from '../store/store.ts'
import { blockedAt } from '../terms/cases/case-store.ts'
import type { HeldPoint, Refusal } from '../terms/cases/restriction.ts'
import { recordEvent } from '../terms/log/governance.ts'
import { adminSql } from './terms-desk.ts'

const sentence = ({ clause, says, remedy }: Refusal): string => `Not permitted by clause ${clause}: ${says} ${remedy}`

/** The sentence in which a case refuses now; undefined: none is in the way. */
export async function caseInTheWay({ store, clock }: { readonly store: Store; readonly clock: Clock }, point: HeldPoint, about: { readonly organization: string; readonly purpose?: string }): Promise<string | undefined> {
  const found = await blockedAt(adminSql(store), point, about.organization, clock.now(), about.purpose)
  return found === undefined ? undefined : sentence(found)
}

/** The sentence that refuses, logged; undefined: no case is in the way. Asked anew each time, so that a case holds at once. */
export async function caseStops({ store, clock }: { readonly store: Store; readonly clock: Clock }, point: HeldPoint, about: { readonly organization: string; readonly purpose?: string }, subject: string, actor: string): Promise<string | undefined> {
  const found = await blockedAt(adminSql(store), point, about.organization, clock.now(), about.purpose)
  if (found === undefined) return undefined
  await store.transaction('admin', (sql) => recordEvent(sql, { kind: `${point}-refused`, atMs: clock.now(), actor, subject, body: { clause: found.clause, case: found.case } }))
  return sentence(found)
}
