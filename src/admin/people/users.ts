/** Users: who may sign in, as what. A user is never deleted, because what one did stays in the books under the user's id. */
import { type Keyring, seal, unseal } from '../../kernel/sealing.ts'
import type { Random } from '../../kernel/random.ts'
import type { Sql, Store } from '../../store/store.ts'
import type { ResourceBook } from '../resources.ts'
import type { Bound, Role } from '../roles.ts'
import { stepOf } from './totp.ts'

export interface User extends Bound {
  readonly id: string
  /** Undefined: only single sign-on lets this person in. */
  readonly login: string | undefined
  readonly name: string
  readonly hasPassword: boolean
  readonly hasTotp: boolean
  readonly passkeys: number
  readonly recoveryLeft: number
  /** Whose word it was, where single sign-on made this user. */
  readonly issuer: string | undefined
  readonly createdMs: number
  readonly createdBy: string
  readonly seenMs: number | undefined
  readonly disabledMs: number | undefined
}

interface UserRow {
  readonly [name: string]: unknown
  readonly id: string
  readonly login: string | null
  readonly name: string
  readonly role: Role
  readonly organization: string | null
  readonly maker: string | null
  readonly has_password: boolean
  readonly has_totp: boolean
  readonly passkeys: string
  readonly recovery_left: number
  readonly issuer: string | null
  readonly created_ms: string
  readonly created_by: string
  readonly seen_ms: string | null
  readonly disabled_ms: string | null
}

const columns = `id, login, name, role, organization, maker, password IS NOT NULL AS has_password, totp IS NOT NULL AS has_totp, jsonb_array_length(recovery) AS recovery_left,
  (SELECT count(*) FROM sign_in_passkey p WHERE p.user_id = u.id) AS passkeys, issuer, created_ms, created_by, seen_ms, disabled_ms`

const userOf = (row: UserRow): User => ({
  id: row.id, login: row.login ?? undefined, name: row.name, role: row.role, organization: row.organization ?? undefined, maker: row.maker ?? undefined, hasPassword: row.has_password, hasTotp: row.has_totp,
  passkeys: Number(row.passkeys), recoveryLeft: row.recovery_left, issuer: row.issuer ?? undefined, createdMs: Number(row.created_ms), createdBy: row.created_by,
  seenMs: row.seen_ms === null ? undefined : Number(row.seen_ms), disabledMs: row.disabled_ms === null ? undefined : Number(row.disabled_ms),
})

/** How a name is compared: as people type it, whatever case their keyboard is in. */
export const loginOf = (typed: string): string => typed.normalize('NFKC').trim().toLowerCase()

export const allUsers = async (store: Store): Promise<readonly User[]> => (await store.query<UserRow>('admin', `SELECT ${columns} FROM sign_in_user u ORDER BY created_ms, id`)).map(userOf)

export async function userBy(store: Store, by: 'id' | 'login', value: string): Promise<User | undefined> {
  const [row] = await store.query<UserRow>('admin', `SELECT ${columns} FROM sign_in_user u WHERE ${by} = $1`, [value])
  return row === undefined ? undefined : userOf(row)
}

export const anyUsers = async (store: Store): Promise<boolean> => (await store.query('admin', 'SELECT FROM sign_in_user LIMIT 1')).length > 0

export interface NewUser extends Bound {
  readonly login: string
  readonly name: string
}

/** Undefined: the name is taken. */
export async function addUser(sql: Sql, book: ResourceBook, user: NewUser, by: string): Promise<string | undefined> {
  const id = book.ports.makeId('user')
  const made = await sql('INSERT INTO sign_in_user (id, login, name, role, organization, maker, created_ms, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (login) DO NOTHING RETURNING id',
    [id, loginOf(user.login), user.name, user.role, user.organization ?? null, user.maker ?? null, book.ports.clock.now(), by])
  return made.length === 0 ? undefined : id
}

export interface Journey extends Bound {
  readonly issuer: string
  readonly subject: string
  readonly name: string
}

/** The user whom an identity provider named, made where there is none; role and name are what the provider says today. */
export async function userOfProvider(store: Store, book: ResourceBook, { issuer, subject, name, role, organization, maker }: Journey): Promise<User> {
  const now = book.ports.clock.now()
  const [row] = await store.query<{ id: string }>('admin', `
    INSERT INTO sign_in_user AS u (id, name, role, organization, maker, issuer, subject, created_ms, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $6)
    ON CONFLICT (issuer, subject) DO UPDATE SET name = excluded.name, role = excluded.role, organization = excluded.organization, maker = excluded.maker RETURNING id`,
    [book.ports.makeId('user'), name, role, organization ?? null, maker ?? null, issuer, subject, now])
  const user = await userBy(store, 'id', row?.id ?? '')
  if (user === undefined) throw new Error('a user that was just written is not there')
  return user
}

const linkMs = 72 * 3_600_000

/** A link that lets its holder set a password, once, within three days. Those before it are void. */
export async function makeLink(sql: Sql, book: ResourceBook, user: string): Promise<string> {
  const secret = book.ports.random.bytes(32).toString('base64url')
  await sql('DELETE FROM sign_in_link WHERE user_id = $1', [user])
  await sql('INSERT INTO sign_in_link (hash, user_id, expires_ms) VALUES ($1, $2, $3)', [book.hash(secret), user, book.ports.clock.now() + linkMs])
  return secret
}

export async function userOfLink(store: Store, book: ResourceBook, secret: string): Promise<User | undefined> {
  const [row] = await store.query<UserRow>('admin', `SELECT ${columns} FROM sign_in_user u JOIN sign_in_link l ON l.user_id = u.id WHERE l.hash = $1 AND l.expires_ms >= $2 AND u.disabled_ms IS NULL`, [book.hash(secret), book.ports.clock.now()])
  return row === undefined ? undefined : userOf(row)
}

/** The last owner who can sign in stays one: nobody could make another. */
export async function isLastOwner(sql: Sql, user: string): Promise<boolean> {
  // Whoever was invited and never came cannot.
  const others = await sql(`SELECT FROM sign_in_user u WHERE role = 'owner' AND disabled_ms IS NULL AND id <> $1
    AND (password IS NOT NULL OR issuer IS NOT NULL OR EXISTS (SELECT FROM sign_in_passkey p WHERE p.user_id = u.id)) LIMIT 1`, [user])
  const [own] = await sql(`SELECT FROM sign_in_user WHERE role = 'owner' AND disabled_ms IS NULL AND id = $1`, [user])
  return own !== undefined && others.length === 0
}

export async function passwordHash(store: Store, user: string): Promise<string | undefined> {
  const [row] = await store.query<{ password: string | null }>('admin', 'SELECT password FROM sign_in_user WHERE id = $1', [user])
  return row?.password ?? undefined
}

const totpPlace = (user: string): string => `user/${user}/totp`

export const sealTotp = (keyring: Keyring, random: Random, user: string, secret: Buffer): string => seal(keyring, random, totpPlace(user), secret.toString('base64'))

export function openTotp(keyring: Keyring, user: string, sealed: string): Buffer {
  const opened = unseal(keyring, totpPlace(user), sealed)
  if ('failed' in opened) throw new Error(opened.failed)
  return Buffer.from(opened.clear, 'base64')
}

/** Whether a code is the app's, and was not used before: the step is kept in the statement that asks for it. */
export async function acceptCode(store: Store, book: ResourceBook, user: string, code: string): Promise<boolean> {
  const [row] = await store.query<{ totp: string | null; totp_step: string }>('admin', 'SELECT totp, totp_step FROM sign_in_user WHERE id = $1', [user])
  if (row?.totp === null || row === undefined) return false
  const step = stepOf(openTotp(book.ports.keyring(), user, row.totp), code, book.ports.clock.now(), Number(row.totp_step))
  if (step === undefined) return false
  return (await store.query('admin', 'UPDATE sign_in_user SET totp_step = $2 WHERE id = $1 AND totp_step < $2 RETURNING id', [user, step])).length === 1
}

const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789'
const plainCode = (typed: string): string => typed.toLowerCase().replaceAll(/[\s-]/g, '')

/** Ten codes of 50 bits, each good once in place of the app. Those before are void. */
export async function makeRecoveryCodes(sql: Sql, book: ResourceBook, user: string): Promise<readonly string[]> {
  const { random } = book.ports
  const letter = (): string => {
    for (;;) {
      const byte = random.bytes(1)[0] ?? 255
      if (byte < 256 - (256 % alphabet.length)) return alphabet[byte % alphabet.length] ?? 'a'
    }
  }
  const codes = Array.from({ length: 10 }, () => Array.from({ length: 10 }, letter).join('').replace(/(.{5})/, '$1-'))
  await sql('UPDATE sign_in_user SET recovery = $2::jsonb WHERE id = $1', [user, JSON.stringify(codes.map((code) => book.hash(`recovery ${user} ${plainCode(code)}`)))])
  return codes
}

export const acceptRecoveryCode = async (store: Store, book: ResourceBook, user: string, typed: string): Promise<boolean> =>
  (await store.query('admin', 'UPDATE sign_in_user SET recovery = recovery - $2::text WHERE id = $1 AND recovery ? $2 RETURNING id', [user, book.hash(`recovery ${user} ${plainCode(typed)}`)])).length === 1

/** Seals all apps' secrets anew under the current master key; part of rotating that one, in its transaction. */
export async function resealTotp(sql: Sql, keyring: Keyring, random: Random): Promise<number | { readonly failed: string }> {
  const rows = await sql<{ id: string; totp: string }>('SELECT id, totp FROM sign_in_user WHERE totp IS NOT NULL ORDER BY id FOR UPDATE')
  for (const { id, totp } of rows) {
    const opened = unseal(keyring, totpPlace(id), totp)
    if ('failed' in opened) return opened
    await sql('UPDATE sign_in_user SET totp = $2 WHERE id = $1', [id, seal(keyring, random, totpPlace(id), opened.clear)])
  }
  return rows.length
}
