/** Who may send us webhooks, and the secret that signs them; kept sealed, with the key that reads the case behind a notice. */
import type { Keyring } from '../../kernel/sealing.ts'
import { seal, unseal } from '../../kernel/sealing.ts'
import type { Random } from '../../kernel/random.ts'
import type { Sql } from '../../store/store.ts'
import { recordEvent } from '../log/governance.ts'

export interface NoticeSource {
  readonly id: string
  readonly party: string
  readonly organization: string
  readonly baseUrl: string
  readonly createdAtMs: number
  readonly readsCases: boolean
  /** Messages that were refused since it was registered. */
  readonly refused: number
}

interface SourceRow extends Record<string, unknown> { readonly id: string; readonly party: string; readonly organization: string; readonly base_url: string; readonly sealed_secret: string; readonly sealed_key: string | null; readonly created_at_ms: string; readonly refused: string }

const columns = 'id, party, organization, base_url, sealed_secret, sealed_key, created_at_ms, refused'
const sourceOf = (row: SourceRow): NoticeSource => ({ id: row.id, party: row.party, organization: row.organization, baseUrl: row.base_url, createdAtMs: Number(row.created_at_ms), readsCases: row.sealed_key !== null, refused: Number(row.refused) })

const places = (id: string): readonly [string, string] => [`notice-source/${id}/secret`, `notice-source/${id}/key`]

export interface NewSource { readonly id: string; readonly party: string; readonly organization: string; readonly baseUrl: string; readonly secret: string; readonly key: string | undefined }

export async function addSource(sql: Sql, keyring: Keyring, random: Random, source: NewSource, actor: string, atMs: number): Promise<void> {
  const { id, party, organization, baseUrl, secret, key } = source
  const [secretPlace, keyPlace] = places(id)
  await sql('INSERT INTO terms_notice_source (id, party, organization, base_url, sealed_secret, sealed_key, created_at_ms, actor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
    [id, party, organization, baseUrl, seal(keyring, random, secretPlace, secret), key === undefined ? null : seal(keyring, random, keyPlace, key), String(atMs), actor])
  await recordEvent(sql, { kind: 'notice-source-added', atMs, actor, subject: `notice-source/${id}`, body: { party, organization, baseUrl } })
}

export const readSources = async (sql: Sql): Promise<NoticeSource[]> => (await sql<SourceRow>(`SELECT ${columns} FROM terms_notice_source ORDER BY id`)).map(sourceOf)

/** Whoever knows a source's path can send what is refused: the governance log takes one in this time, with the count so far. */
const tellEveryMs = 60_000

/** Counts a message that was refused. Answers whether the log was told. */
export async function countRefused(sql: Sql, { id, party }: NoticeSource, says: string, atMs: number): Promise<boolean> {
  const [told] = await sql<{ refused: string }>('UPDATE terms_notice_source SET refused = refused + 1, refusal_told_ms = $2 WHERE id = $1 AND refusal_told_ms <= $3 RETURNING refused', [id, String(atMs), String(atMs - tellEveryMs)])
  if (told === undefined) {
    await sql('UPDATE terms_notice_source SET refused = refused + 1 WHERE id = $1', [id])
    return false
  }
  await recordEvent(sql, { kind: 'notice-refused', atMs, actor: `webhook ${party}`, subject: `notice-source/${id}`, body: { says, refused: told.refused } })
  return true
}

export interface OpenedSource extends NoticeSource { readonly secret: string; readonly key: string | undefined }

/** A source with its secrets; undefined: there is none. */
export async function openSource(sql: Sql, keyring: Keyring, id: string): Promise<OpenedSource | undefined | { readonly failed: string }> {
  const [row] = await sql<SourceRow>(`SELECT ${columns} FROM terms_notice_source WHERE id = $1`, [id])
  if (row === undefined) return undefined
  const [secretPlace, keyPlace] = places(id)
  const secret = unseal(keyring, secretPlace, row.sealed_secret)
  if ('failed' in secret) return secret
  const key = row.sealed_key === null ? undefined : unseal(keyring, keyPlace, row.sealed_key)
  if (key !== undefined && 'failed' in key) return key
  return { ...sourceOf(row), secret: secret.clear, key: key?.clear }
}

/** Seals all secrets anew under the current master key, in the transaction that rotates it. Answers how many. */
export async function resealSources(sql: Sql, keyring: Keyring, random: Random): Promise<number | { readonly failed: string }> {
  const rows = await sql<SourceRow>(`SELECT ${columns} FROM terms_notice_source ORDER BY id FOR UPDATE`)
  for (const { id } of rows) {
    const opened = await openSource(sql, keyring, id)
    if (opened === undefined) continue
    if ('failed' in opened) return opened
    const [secretPlace, keyPlace] = places(id)
    await sql('UPDATE terms_notice_source SET sealed_secret = $2, sealed_key = $3 WHERE id = $1', [id, seal(keyring, random, secretPlace, opened.secret), opened.key === undefined ? null : seal(keyring, random, keyPlace, opened.key)])
  }
  return rows.length
}
