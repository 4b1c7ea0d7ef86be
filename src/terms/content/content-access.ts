/** Reading captured content: asked for call by call with a reason, allowed by another person, for an hour, and logged at every step. */
import type { Store } from '../../store/store.ts'
import { recordEvent } from '../log/governance.ts'
import { contentOf } from './content-store.ts'
import type { Content, ContentPorts } from './content-store.ts'

export const accessMs = 3_600_000

export interface Access {
  readonly id: string
  readonly call: string
  readonly askedBy: string
  readonly reason: string
  readonly askedAtMs: number
  readonly allowedBy: string | undefined
  readonly untilMs: number | undefined
}

interface AccessRow extends Record<string, unknown> { readonly id: string; readonly call: string; readonly asked_by: string; readonly reason: string; readonly asked_at_ms: string; readonly allowed_by: string | null; readonly until_ms: string | null }

const accessOf = (row: AccessRow): Access => ({
  id: row.id, call: row.call, askedBy: row.asked_by, reason: row.reason, askedAtMs: Number(row.asked_at_ms), allowedBy: row.allowed_by ?? undefined, untilMs: row.until_ms === null ? undefined : Number(row.until_ms),
})

export async function askForContent(store: Store, ask: { readonly id: string; readonly call: string; readonly actor: string; readonly reason: string; readonly nowMs: number }): Promise<void> {
  await store.transaction('admin', async (sql) => {
    await sql('INSERT INTO terms_content_access (id, call, asked_by, reason, asked_at_ms) VALUES ($1, $2, $3, $4, $5)', [ask.id, ask.call, ask.actor, ask.reason, String(ask.nowMs)])
    await recordEvent(sql, { kind: 'content-asked', atMs: ask.nowMs, actor: ask.actor, subject: `call/${ask.call}`, body: { id: ask.id, reason: ask.reason } })
  })
}

export type Allowed = { readonly status: 'allowed'; readonly untilMs: number } | { readonly status: 'unknown' | 'same-person' | 'already' }

/** Another person's word. The one who asked cannot give it, and trying is logged. */
export async function allowContent(store: Store, id: string, actor: string, nowMs: number): Promise<Allowed> {
  return store.transaction('admin', async (sql): Promise<Allowed> => {
    const [row] = await sql<AccessRow>('SELECT * FROM terms_content_access WHERE id = $1 FOR UPDATE', [id])
    if (row === undefined) return { status: 'unknown' }
    const refused = row.asked_by === actor
    if (!refused && row.allowed_by !== null) return { status: 'already' }
    await recordEvent(sql, { kind: refused ? 'content-allowance-refused' : 'content-allowed', atMs: nowMs, actor, subject: `call/${row.call}`, body: { id, ...(refused ? { why: 'the same person asked for it' } : {}) } })
    if (refused) return { status: 'same-person' }
    await sql('UPDATE terms_content_access SET allowed_by = $2, until_ms = $3 WHERE id = $1', [id, actor, String(nowMs + accessMs)])
    return { status: 'allowed', untilMs: nowMs + accessMs }
  })
}

export type ContentRead =
  | { readonly status: 'read'; readonly content: Content }
  | { readonly status: 'unknown' | 'not-yours' | 'not-allowed' | 'over' | 'gone' }
  | { readonly status: 'failed'; readonly says: string }

/** Hands the content to the one who asked, while the allowance lasts. The reading is on record before the content leaves. */
export async function readAllowed(ports: ContentPorts, id: string, actor: string): Promise<ContentRead> {
  const nowMs = ports.clock.now()
  const [row] = await ports.store.query<AccessRow>('admin', 'SELECT * FROM terms_content_access WHERE id = $1', [id])
  if (row === undefined) return { status: 'unknown' }
  const access = accessOf(row)
  if (access.askedBy !== actor) return { status: 'not-yours' }
  if (access.untilMs === undefined) return { status: 'not-allowed' }
  if (access.untilMs <= nowMs) return { status: 'over' }
  const content = await contentOf(ports, access.call)
  if (content === undefined) return { status: 'gone' }
  if ('failed' in content) return { status: 'failed', says: content.failed }
  await ports.store.transaction('admin', (sql) => recordEvent(sql, { kind: 'content-read', atMs: nowMs, actor, subject: `call/${access.call}`, body: { id, allowedBy: access.allowedBy ?? '' } }))
  return { status: 'read', content }
}

/** The latest requests, and of one call where it is named: what the customer may see afterwards. */
export const contentAccesses = async (store: Store, call?: string): Promise<Access[]> =>
  (await store.query<AccessRow>('admin', 'SELECT * FROM terms_content_access WHERE $1::text IS NULL OR call = $1 ORDER BY asked_at_ms DESC LIMIT 200', [call ?? null])).map(accessOf)
