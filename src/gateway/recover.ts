/**
 * After a crash: attempts that were journalled before their dial and have no outcome. Nobody knows how far they came, so
 * each is closed as lost, with usage absent, and its budgets are charged the whole hold until a bill trues it up (C1).
 */
import type { AttemptRecord, Journal } from '../journal/record.ts'
import type { Clock } from '../kernel/clock.ts'

/** Background responses live on at the provider: they are followed to their end instead of being closed. */
export async function closeLost(journal: Journal, clock: Clock, follows: (attempt: AttemptRecord) => boolean): Promise<{ readonly closed: readonly AttemptRecord[]; readonly followed: readonly AttemptRecord[] }> {
  const open = journal.open()
  const followed = open.filter(follows)
  const lost = open.filter((attempt) => !followed.includes(attempt))
  await Promise.all(
    lost.map((attempt) =>
      journal.append({
        kind: 'outcome', call: attempt.call, n: attempt.n, at: clock.now(), outcome: 'lost', source: 'absent', billable: 'maybe', charge: attempt.hold,
        error: 'the node ended before the attempt did', last: true,
      }),
    ),
  )
  return { closed: lost, followed }
}
