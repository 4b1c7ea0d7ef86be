/** Webhook endpoints: made, rotated, switched off. A signing secret is answered once, when it is made, and kept sealed (S1). */
import type { Keyring } from '../../kernel/sealing.ts'
import { seal, unseal } from '../../kernel/sealing.ts'
import type { Random } from '../../kernel/random.ts'
import type { Sql } from '../../store/store.ts'
import { recordEvent } from '../log/governance.ts'
import { makeWebhookSecret } from './standard-webhooks.ts'

export interface Endpoint {
  readonly id: string
  readonly name: string
  readonly url: string
  /** Types that it wants: `case.decided`, `case.*`, `event.budget-threshold`, `safety.*`, `*`. */
  readonly eventTypes: readonly string[]
  /** It is told of this organization only; undefined: of everything. */
  readonly organization: string | undefined
  readonly hint: string
  readonly enabled: boolean
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

interface EndpointRow extends Record<string, unknown> {
  readonly id: string; readonly name: string; readonly url: string; readonly event_types: string[]; readonly organization: string | null; readonly hint: string; readonly enabled: boolean
  readonly created_at_ms: string; readonly updated_at_ms: string; readonly sealed_secret: string; readonly sealed_before: string | null; readonly before_until_ms: string | null
}

const columns = 'id, name, url, event_types, organization, hint, enabled, created_at_ms, updated_at_ms, sealed_secret, sealed_before, before_until_ms'

const endpointOf = (row: EndpointRow): Endpoint => ({
  id: row.id, name: row.name, url: row.url, eventTypes: row.event_types, organization: row.organization ?? undefined, hint: row.hint, enabled: row.enabled, createdAtMs: Number(row.created_at_ms), updatedAtMs: Number(row.updated_at_ms),
})

const place = (id: string): string => `webhook/${id}`

/** Last letters, so that a person tells two secrets apart. */
const hintOf = (secret: string): string => `whsec_…${secret.slice(-4)}`

export interface Acting { readonly actor: string; readonly atMs: number }
export interface Sealing { readonly keyring: Keyring; readonly random: Random }

export interface NewEndpoint { readonly id: string; readonly name: string; readonly url: string; readonly eventTypes: readonly string[]; readonly organization: string | undefined }

/** Answers the secret, for this once. */
export async function addEndpoint(sql: Sql, { keyring, random }: Sealing, endpoint: NewEndpoint, { actor, atMs }: Acting): Promise<string> {
  const secret = makeWebhookSecret(random)
  const { id, name, url, eventTypes, organization } = endpoint
  await sql('INSERT INTO webhook_endpoint (id, name, url, event_types, organization, sealed_secret, hint, created_at_ms, updated_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)',
    [id, name, url, [...eventTypes], organization ?? null, seal(keyring, random, place(id), secret), hintOf(secret), String(atMs)])
  await recordEvent(sql, { kind: 'webhook-added', atMs, actor, subject: `webhook/${id}`, body: { url, eventTypes: [...eventTypes], ...(organization === undefined ? {} : { organization }) } })
  return secret
}

/** Endpoints that were not removed; of one organization where it is named. */
export const readEndpoints = async (sql: Sql, organization?: string): Promise<Endpoint[]> =>
  (await sql<EndpointRow>(`SELECT ${columns} FROM webhook_endpoint WHERE removed_at_ms IS NULL AND ($1::text IS NULL OR organization = $1) ORDER BY id`, [organization ?? null])).map(endpointOf)

export interface EndpointChange { readonly name?: string; readonly url?: string; readonly eventTypes?: readonly string[]; readonly enabled?: boolean }

/** False where there is no such endpoint. */
export async function changeEndpoint(sql: Sql, id: string, change: EndpointChange, { actor, atMs }: Acting): Promise<boolean> {
  const rows = await sql(`UPDATE webhook_endpoint SET name = coalesce($2, name), url = coalesce($3, url), event_types = coalesce($4::text[], event_types), enabled = coalesce($5::boolean, enabled), updated_at_ms = $6
    WHERE id = $1 AND removed_at_ms IS NULL RETURNING id`, [id, change.name ?? null, change.url ?? null, change.eventTypes === undefined ? null : [...change.eventTypes], change.enabled ?? null, String(atMs)])
  if (rows.length === 0) return false
  await recordEvent(sql, { kind: 'webhook-changed', atMs, actor, subject: `webhook/${id}`, body: { ...(change.url === undefined ? {} : { url: change.url }), ...(change.enabled === undefined ? {} : { enabled: change.enabled }) } })
  return true
}

/** A new secret; the one before signs beside it for `graceMs`. Undefined where there is no such endpoint. */
export async function rotateEndpoint(sql: Sql, { keyring, random }: Sealing, id: string, graceMs: number, { actor, atMs }: Acting): Promise<string | undefined> {
  const secret = makeWebhookSecret(random)
  const rows = await sql('UPDATE webhook_endpoint SET sealed_before = sealed_secret, before_until_ms = $2, sealed_secret = $3, hint = $4, updated_at_ms = $5 WHERE id = $1 AND removed_at_ms IS NULL RETURNING id',
    [id, String(atMs + graceMs), seal(keyring, random, place(id), secret), hintOf(secret), String(atMs)])
  if (rows.length === 0) return undefined
  await recordEvent(sql, { kind: 'webhook-rotated', atMs, actor, subject: `webhook/${id}`, body: { graceMs: String(graceMs) } })
  return secret
}

/** Removes an endpoint; what waits for it is given up. False where there is none. */
export async function removeEndpoint(sql: Sql, id: string, { actor, atMs }: Acting): Promise<boolean> {
  const rows = await sql('UPDATE webhook_endpoint SET removed_at_ms = $2, enabled = false WHERE id = $1 AND removed_at_ms IS NULL RETURNING id', [id, String(atMs)])
  if (rows.length === 0) return false
  await sql(`UPDATE webhook_delivery SET state = 'given-up', says = 'the endpoint was removed', ended_at_ms = $2 WHERE endpoint = $1 AND state = 'waiting'`, [id, String(atMs)])
  await recordEvent(sql, { kind: 'webhook-removed', atMs, actor, subject: `webhook/${id}`, body: {} })
  return true
}

/** Where a message goes and what signs it now; `failed` says what a person has to do. */
export async function signingOf(sql: Sql, keyring: Keyring, id: string, nowMs: number): Promise<{ readonly url: string; readonly secrets: readonly string[] } | { readonly failed: string }> {
  const [row] = await sql<EndpointRow>(`SELECT ${columns} FROM webhook_endpoint WHERE id = $1`, [id])
  if (row === undefined) return { failed: `no endpoint ${id}` }
  const sealed = [row.sealed_secret, ...(row.sealed_before !== null && Number(row.before_until_ms) > nowMs ? [row.sealed_before] : [])]
  const secrets: string[] = []
  for (const one of sealed) {
    const opened = unseal(keyring, place(id), one)
    if ('failed' in opened) return opened
    secrets.push(opened.clear)
  }
  return { url: row.url, secrets }
}

/** Seals all secrets anew under the current master key, in the transaction that rotates it. Answers how many. */
export async function resealWebhooks(sql: Sql, keyring: Keyring, random: Random): Promise<number | { readonly failed: string }> {
  const rows = await sql<EndpointRow>(`SELECT ${columns} FROM webhook_endpoint ORDER BY id FOR UPDATE`)
  for (const row of rows) {
    const anew: (string | null)[] = []
    for (const one of [row.sealed_secret, row.sealed_before]) {
      const opened = one === null ? undefined : unseal(keyring, place(row.id), one)
      if (opened !== undefined && 'failed' in opened) return opened
      anew.push(opened === undefined ? null : seal(keyring, random, place(row.id), opened.clear))
    }
    await sql('UPDATE webhook_endpoint SET sealed_secret = $2, sealed_before = $3 WHERE id = $1', [row.id, ...anew])
  }
  return rows.length
}
