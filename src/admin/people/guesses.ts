/**
 * How often somebody may guess. A guess is taken before it is looked at, in one statement, so that a hundred at once are
 * counted as a hundred; who was right gets the account's guesses back. Names that do not exist are counted like the others.
 */
import type { Store } from '../../store/store.ts'

/** Guesses before waiting begins. An address may be that of a whole house. `challenge`: what an address asked for and did not answer. */
const free = { account: 5, code: 5, address: 30, challenge: 60 } as const
const waitMostMs = 15 * 60_000
/** After so long without one, guesses are forgotten. */
const forgetMs = 24 * 3_600_000

export type Guessing = { readonly status: 'may' } | { readonly status: 'wait'; readonly untilMs: number }

/** The wait doubles with each wrong guess: 1 s, 2 s, 4 s … 15 min. */
export async function takeGuess(store: Store, kind: keyof typeof free, whom: string, nowMs: number): Promise<Guessing> {
  const key = `${kind}/${whom.slice(0, 200)}`
  const [taken] = await store.query('admin', `
    INSERT INTO sign_in_guess AS g (whom, count, last_ms, until_ms) VALUES ($1, 1, $2, 0)
    ON CONFLICT (whom) DO UPDATE SET
      count = CASE WHEN g.last_ms < $2 - $5 THEN 1 ELSE g.count + 1 END, last_ms = $2,
      until_ms = CASE WHEN g.last_ms < $2 - $5 OR g.count + 1 < $3 THEN 0 ELSE $2 + least($4, 1000 * power(2, least(g.count + 1 - $3, 30)))::bigint END
    WHERE g.until_ms <= $2 RETURNING whom`, [key, nowMs, free[kind], waitMostMs, forgetMs])
  if (taken !== undefined) return { status: 'may' }
  const [held] = await store.query<{ until_ms: string }>('admin', 'SELECT until_ms FROM sign_in_guess WHERE whom = $1', [key])
  return { status: 'wait', untilMs: Number(held?.until_ms ?? nowMs) }
}

/** After a right one. An address gets back only this one: its owner's success must not pay for guesses at others. */
export async function forgiveGuess(store: Store, kind: keyof typeof free, whom: string): Promise<void> {
  const key = `${kind}/${whom.slice(0, 200)}`
  if (kind === 'address' || kind === 'challenge') await store.query('admin', 'UPDATE sign_in_guess SET count = greatest(0, count - 1), until_ms = 0 WHERE whom = $1', [key])
  else await store.query('admin', 'DELETE FROM sign_in_guess WHERE whom = $1', [key])
}
