/**
 * Sessions of browsers: kept here, known by the hash of a random cookie. A session has a stage:
 *
 *   password ──► factor ──(second factor)──► full
 *   link, first owner ──► enrol ──(a factor is set up)──► full
 *   single sign-on, passkey, admin token ──► full
 *
 * Each step forward is a new session with a new cookie, so that one planted beforehand never becomes a signed-in one.
 */
import type { Store } from '../../store/store.ts'
import type { ResourceBook } from '../resources.ts'
import type { Role } from '../roles.ts'

export type Stage = 'factor' | 'enrol' | 'full'
export type Way = 'password' | 'link' | 'passkey' | 'single-sign-on' | 'token' | 'set-up'

const hourMs = 3_600_000
/** A session that asked for nothing so long ends (NIST SP 800-63B-4, 2.2.3, read 2026-11-28: one hour at AAL2). */
export const idleMs = hourMs
/** No session lasts longer, however busy. */
export const absoluteMs = 12 * hourMs
/** Between a password and its second factor. */
const betweenMs = 10 * 60_000
/** How recent a second factor has to be for what is dangerous. */
export const recentMs = 15 * 60_000
/** `seen` is written at most so often. */
const touchMs = 60_000

export interface Session {
  readonly id: string
  readonly user: string | undefined
  readonly tokenId: string | undefined
  readonly stage: Stage
  readonly way: Way
  readonly createdMs: number
  readonly seenMs: number
  readonly expiresMs: number
  readonly factorMs: number
  readonly address: string
  readonly agent: string
}

export interface SignedIn {
  readonly session: Session
  /** Undefined for the session of an admin token. */
  readonly user: { readonly id: string; readonly name: string; readonly role: Role; readonly organization: string | undefined; readonly maker: string | undefined } | undefined
}

interface SessionRow {
  readonly [name: string]: unknown
  readonly id: string
  readonly user_id: string | null
  readonly token_id: string | null
  readonly stage: Stage
  readonly way: Way
  readonly created_ms: string
  readonly seen_ms: string
  readonly expires_ms: string
  readonly factor_ms: string
  readonly address: string
  readonly agent: string
  readonly name: string | null
  readonly role: Role | null
  readonly organization: string | null
  readonly maker: string | null
}

const sessionOf = (row: SessionRow): Session => ({
  id: row.id, user: row.user_id ?? undefined, tokenId: row.token_id ?? undefined, stage: row.stage, way: row.way, createdMs: Number(row.created_ms), seenMs: Number(row.seen_ms), expiresMs: Number(row.expires_ms),
  factorMs: Number(row.factor_ms), address: row.address, agent: row.agent,
})

const columns = 's.id, s.user_id, s.token_id, s.stage, s.way, s.created_ms, s.seen_ms, s.expires_ms, s.factor_ms, s.address, s.agent'

export interface NewSession {
  readonly whose: { readonly user: string } | { readonly token: string }
  readonly stage: Stage
  readonly way: Way
  /** A second factor was shown just now. */
  readonly factor: boolean
  readonly address: string
  readonly agent: string
}

/** Answers the cookie's value. `before` is the session that this one follows: it ends. */
export async function beginSession(store: Store, book: ResourceBook, { whose, stage, way, factor, address, agent }: NewSession, before?: string): Promise<string> {
  const { clock, random, makeId } = book.ports
  const now = clock.now()
  const secret = random.bytes(32).toString('base64url')
  const user = 'user' in whose ? whose.user : null
  await store.transaction('admin', async (sql) => {
    if (before !== undefined) await sql('DELETE FROM sign_in_session WHERE id = $1', [before])
    await sql('DELETE FROM sign_in_session WHERE expires_ms < $1 OR seen_ms < $1 - $2::bigint', [now, idleMs])
    await sql(`INSERT INTO sign_in_session (hash, id, user_id, token_id, stage, way, created_ms, seen_ms, expires_ms, factor_ms, address, agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10, $11)`,
      [book.hash(secret), makeId('session'), user, 'token' in whose ? whose.token : null, stage, way, now, now + (stage === 'full' ? absoluteMs : betweenMs), factor ? now : 0, address.slice(0, 100), agent.slice(0, 200)])
    if (user !== null && stage === 'full') await sql('UPDATE sign_in_user SET seen_ms = $2 WHERE id = $1', [user, now])
  })
  return secret
}

/**
 * Who a cookie stands for, in one statement with the user as of now: a changed role or a disabled user holds at once.
 * `used`: somebody asks for something with it now, which keeps it from ending idle.
 */
export async function sessionOfCookie(store: Store, book: ResourceBook, secret: string, used = true): Promise<SignedIn | undefined> {
  const now = book.ports.clock.now()
  const hash = book.hash(secret)
  const [row] = await store.query<SessionRow>('admin', `
    SELECT ${columns}, u.name, u.role, u.organization, u.maker FROM sign_in_session s LEFT JOIN sign_in_user u ON u.id = s.user_id
    WHERE s.hash = $1 AND s.expires_ms >= $2 AND s.seen_ms >= $2 - $3::bigint AND u.disabled_ms IS NULL`, [hash, now, idleMs])
  if (row === undefined) return undefined
  if (used && Number(row.seen_ms) < now - touchMs) await store.query('admin', 'UPDATE sign_in_session SET seen_ms = $2 WHERE hash = $1', [hash, now])
  const session = sessionOf(row)
  return { session, user: row.user_id === null || row.role === null ? undefined : { id: row.user_id, name: row.name ?? '', role: row.role, organization: row.organization ?? undefined, maker: row.maker ?? undefined } }
}

export async function sessionsOfUser(store: Store, book: ResourceBook, user: string): Promise<readonly Session[]> {
  const now = book.ports.clock.now()
  const rows = await store.query<SessionRow>('admin', `SELECT ${columns} FROM sign_in_session s WHERE user_id = $1 AND stage = 'full' AND expires_ms >= $2 AND seen_ms >= $2 - $3::bigint ORDER BY seen_ms DESC`, [user, now, idleMs])
  return rows.map(sessionOf)
}

export const endSession = async (store: Store, id: string, user?: string): Promise<boolean> =>
  (await store.query('admin', 'DELETE FROM sign_in_session WHERE id = $1 AND ($2::text IS NULL OR user_id = $2) RETURNING id', [id, user ?? null])).length > 0

/** All of a user's, but for the one that asks where it may stay. */
export const endSessionsOf = async (store: Pick<Store, 'query'>, user: string, but?: string): Promise<number> =>
  (await store.query('admin', 'DELETE FROM sign_in_session WHERE user_id = $1 AND ($2::text IS NULL OR id <> $2) RETURNING id', [user, but ?? null])).length

export const showedFactor = async (store: Store, book: ResourceBook, id: string): Promise<void> =>
  void await store.query('admin', 'UPDATE sign_in_session SET factor_ms = $2 WHERE id = $1', [id, book.ports.clock.now()])
