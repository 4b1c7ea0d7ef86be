/** What a program may do about a case by itself: look more closely, for a while. */
import type { Sql } from '../../store/store.ts'
import { moveCase, restrict } from './case-store.ts'
import type { Restriction } from './restriction.ts'

/** How a customer objects to a restriction, where nobody has said otherwise. */
export const appealTo = 'Write to the operator and name the case.'

/** Takes a case up and watches: the watch lapses after 72 hours unless a person takes it over. */
export async function watchMeanwhile(sql: Sql, caseId: string, watch: Pick<Restriction, 'id' | 'scope' | 'clause' | 'says' | 'evidence'>, actor: string, atMs: number): Promise<void> {
  await moveCase(sql, caseId, { act: 'take-up', says: 'A program took it up so that it may watch. A person decides whether there is anything to it.', finding: undefined, evidence: [], actor, atMs })
  await restrict(sql, caseId, { ...watch, kind: 'watch', appeal: appealTo, reversible: true, automatic: true }, actor, atMs)
}
