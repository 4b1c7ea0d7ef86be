/** When a customer, or a project of it, was suspended by cases: spans for whoever has to act on them, contracts above all. */
import { isoTime } from '../../kernel/clock.ts'
import type { Sql } from '../../store/store.ts'
import { type Case, caseOf, holdsUntil, type InForce } from './case.ts'
import { readCasesThatRestrict } from './case-store.ts'

export interface CaseSpan {
  readonly organization: string
  readonly case: string
  readonly reason: string
  /** Of this project alone; left out: of the whole account. */
  readonly project?: string
  readonly from: string
  /** Left out: until it is lifted. */
  readonly until?: string
}

const kinds = ['suspend_project', 'suspend_account', 'terminate'] as const
const isSuspension = ({ kind }: InForce): boolean => (kinds as readonly string[]).includes(kind)

/** From the second person's word until it was lifted or ended by itself. What was only proposed suspended nobody. */
export function suspensionsIn(found: Case): readonly CaseSpan[] {
  return found.restrictions.filter(isSuspension).flatMap((one): readonly CaseSpan[] => {
    const approved = found.events.find(({ body }) => body.kind === 'restriction-approved' && body.restriction === one.id)
    if (approved === undefined) return []
    const ended = found.events.find(({ body }) => (body.kind === 'restriction-lifted' || body.kind === 'restriction-lapsed') && body.restriction === one.id)
    // That it ended is written down when a clock or a person comes to it; when it ended the case of then tells.
    const then = ended === undefined ? found : caseOf(found.id, found.events.filter((event) => event.number < ended.number)) ?? found
    const until = Math.min(ended?.atMs ?? Number.POSITIVE_INFINITY, holdsUntil(then, one))
    if (until <= approved.atMs) return []
    return [{
      organization: found.signal.organization, case: found.id, reason: one.says, ...(one.scope.project === undefined ? {} : { project: one.scope.project }),
      from: isoTime(approved.atMs), ...(Number.isFinite(until) ? { until: isoTime(until) } : {}),
    }]
  })
}

/** All suspensions that cases have ever brought, by organization, the earliest first. */
export async function readSuspensions(sql: Sql): Promise<ReadonlyMap<string, readonly CaseSpan[]>> {
  const spans = (await readCasesThatRestrict(sql, kinds)).flatMap(suspensionsIn).toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
  return Map.groupBy(spans, (span) => span.organization)
}
