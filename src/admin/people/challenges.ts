/** What was asked of a browser and waits for its answer, once: kept in the database, because the answer may reach another node. */
import type { Store } from '../../store/store.ts'
import type { ResourceBook } from '../resources.ts'

export type ChallengeKind = 'passkey-sign-in' | 'passkey-new' | 'totp-new' | 'single-sign-on'

/** Open at once of one kind, on all nodes: anybody may ask for some kinds, and more than this is nobody signing in. The oldest go. */
const openMax = 10_000

/** Answers the secret that fetches it. */
export async function keepChallenge(store: Store, book: ResourceBook, kind: ChallengeKind, body: unknown, lastsMs: number): Promise<string> {
  const { clock, random } = book.ports
  const now = clock.now()
  const secret = random.bytes(32).toString('base64url')
  await store.query('admin', 'DELETE FROM sign_in_challenge WHERE expires_ms < $1', [now])
  await store.query('admin', 'INSERT INTO sign_in_challenge (hash, kind, body, expires_ms) VALUES ($1, $2, $3::jsonb, $4)', [book.hash(secret), kind, JSON.stringify(body), now + lastsMs])
  await store.query('admin', 'DELETE FROM sign_in_challenge WHERE hash IN (SELECT hash FROM sign_in_challenge WHERE kind = $1 ORDER BY expires_ms DESC OFFSET $2)', [kind, openMax])
  return secret
}

/** Takes it away: the second to ask for it gets nothing. */
export async function takeChallenge<T>(store: Store, book: ResourceBook, kind: ChallengeKind, secret: string): Promise<T | undefined> {
  const [found] = await store.query<{ body: T }>('admin', 'DELETE FROM sign_in_challenge WHERE hash = $1 AND kind = $2 AND expires_ms >= $3 RETURNING body', [book.hash(secret), kind, book.ports.clock.now()])
  return found?.body
}
