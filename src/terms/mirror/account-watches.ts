/** Accounts at suppliers that are read for what was imposed on them; the secret that reads each is kept sealed (S1). */
import type { Json } from '../../kernel/canonical-json.ts'
import type { Random } from '../../kernel/random.ts'
import type { Keyring } from '../../kernel/sealing.ts'
import { seal, unseal } from '../../kernel/sealing.ts'
import type { Sql } from '../../store/store.ts'
import { recordEvent } from '../log/governance.ts'

export const watchKinds = ['azure-account', 'bedrock-retention'] as const
export type WatchKind = (typeof watchKinds)[number]

export interface WatchedAccount {
  readonly id: string
  readonly kind: WatchKind
  readonly party: string
  readonly account: string
  readonly organization: string
  readonly url: string
  readonly region: string | undefined
  readonly tenant: string | undefined
  readonly client: string | undefined
  readonly authority: string | undefined
}

export interface AccountWatch extends WatchedAccount {
  /** What was read last; undefined: nothing yet. */
  readonly state: Json | undefined
  readonly readAtMs: number | undefined
  readonly nextAtMs: number
  readonly failures: number
  readonly trouble: string | undefined
}

interface WatchRow extends Record<string, unknown> {
  readonly id: string; readonly kind: WatchKind; readonly party: string; readonly account: string; readonly organization: string; readonly url: string; readonly region: string | null; readonly tenant: string | null
  readonly client: string | null; readonly authority: string | null; readonly sealed_secret: string; readonly state: Json; readonly read_at_ms: string | null; readonly next_at_ms: string; readonly failures: number; readonly trouble: string | null
}

const columns = 'id, kind, party, account, organization, url, region, tenant, client, authority, sealed_secret, state, read_at_ms, next_at_ms, failures, trouble'
const watchOf = (row: WatchRow): AccountWatch => ({
  id: row.id, kind: row.kind, party: row.party, account: row.account, organization: row.organization, url: row.url, region: row.region ?? undefined, tenant: row.tenant ?? undefined, client: row.client ?? undefined, authority: row.authority ?? undefined,
  state: row.state ?? undefined, readAtMs: row.read_at_ms === null ? undefined : Number(row.read_at_ms), nextAtMs: Number(row.next_at_ms), failures: row.failures, trouble: row.trouble ?? undefined,
})

const place = (id: string): string => `account-watch/${id}`

export async function addWatch(sql: Sql, keyring: Keyring, random: Random, watch: WatchedAccount & { readonly secret: string }, actor: string, atMs: number): Promise<void> {
  const { id, kind, party, account, organization, url, region, tenant, client, authority, secret } = watch
  await sql('INSERT INTO terms_account_watch (id, kind, party, account, organization, url, region, tenant, client, authority, sealed_secret, next_at_ms, created_at_ms, actor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13)',
    [id, kind, party, account, organization, url, region ?? null, tenant ?? null, client ?? null, authority ?? null, seal(keyring, random, place(id), secret), String(atMs), actor])
  await recordEvent(sql, { kind: 'account-watch-added', atMs, actor, subject: `account-watch/${id}`, body: { kind, party, account, organization, url } })
}

/** Ends it, and destroys the secret. False where there is none. */
export async function removeWatch(sql: Sql, id: string, actor: string, atMs: number): Promise<boolean> {
  const rows = await sql("UPDATE terms_account_watch SET removed_at_ms = $2, sealed_secret = '' WHERE id = $1 AND removed_at_ms IS NULL RETURNING id", [id, String(atMs)])
  if (rows.length === 0) return false
  await recordEvent(sql, { kind: 'account-watch-removed', atMs, actor, subject: `account-watch/${id}`, body: {} })
  return true
}

export const readWatches = async (sql: Sql): Promise<AccountWatch[]> => (await sql<WatchRow>(`SELECT ${columns} FROM terms_account_watch WHERE removed_at_ms IS NULL ORDER BY id`)).map(watchOf)

/** The mode of data retention that an account was found at, in a region or in all. */
export interface RetentionFound { readonly account: string; readonly region: string | undefined; readonly mode: string }

export const readRetention = async (sql: Sql): Promise<RetentionFound[]> =>
  (await sql<{ account: string; region: string | null; mode: string }>("SELECT account, region, state #>> '{}' AS mode FROM terms_account_watch WHERE kind = 'bedrock-retention' AND removed_at_ms IS NULL AND state IS NOT NULL ORDER BY id"))
    .map(({ account, region, mode }) => ({ account, region: region ?? undefined, mode }))

export interface DueWatch extends AccountWatch { readonly sealed: string }

/** Takes what is due by moving its next reading ahead, so that of two nodes one reads. */
export const takeDue = async (sql: Sql, nowMs: number, untilMs: number): Promise<DueWatch[]> =>
  (await sql<WatchRow>(`UPDATE terms_account_watch SET next_at_ms = $2 WHERE id IN (SELECT id FROM terms_account_watch WHERE removed_at_ms IS NULL AND next_at_ms <= $1 ORDER BY next_at_ms LIMIT 20) AND next_at_ms <= $1 RETURNING ${columns}`,
    [String(nowMs), String(untilMs)])).map((row) => ({ ...watchOf(row), sealed: row.sealed_secret }))

export const secretOf = (keyring: Keyring, watch: DueWatch): { readonly clear: string } | { readonly failed: string } => unseal(keyring, place(watch.id), watch.sealed)

/** Writes down what was read; false where another node had already seen this change. */
export async function sawState(sql: Sql, watch: AccountWatch, state: Json, readAtMs: number, nextAtMs: number): Promise<boolean> {
  const rows = await sql('UPDATE terms_account_watch SET state = $2::jsonb, read_at_ms = $3, next_at_ms = $4, failures = 0, trouble = NULL WHERE id = $1 AND state IS NOT DISTINCT FROM $5::jsonb RETURNING id',
    [watch.id, JSON.stringify(state), String(readAtMs), String(nextAtMs), watch.state === undefined ? null : JSON.stringify(watch.state)])
  return rows.length > 0
}

export const couldNotRead = (sql: Sql, id: string, trouble: string, nextAtMs: number): Promise<unknown> =>
  sql('UPDATE terms_account_watch SET failures = failures + 1, trouble = $2, next_at_ms = $3 WHERE id = $1', [id, trouble, String(nextAtMs)])

/** Seals all secrets anew under the current master key, in the transaction that rotates it. Answers how many. */
export async function resealWatches(sql: Sql, keyring: Keyring, random: Random): Promise<number | { readonly failed: string }> {
  const rows = await sql<WatchRow>(`SELECT ${columns} FROM terms_account_watch WHERE removed_at_ms IS NULL ORDER BY id FOR UPDATE`)
  for (const { id, sealed_secret: sealed } of rows) {
    const opened = unseal(keyring, place(id), sealed)
    if ('failed' in opened) return opened
    await sql('UPDATE terms_account_watch SET sealed_secret = $2 WHERE id = $1', [id, seal(keyring, random, place(id), opened.clear)])
  }
  return rows.length
}
