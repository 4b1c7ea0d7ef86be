/**
 * Deliveries of webhooks: each waits in the database until its endpoint answers 2xx, is tried again at growing intervals
 * for three days, and can be sent again by hand. Redirects are not followed, answers are not read beyond their beginning.
 */
import { request } from 'undici'
import type { Clock } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import type { Keyring } from '../../kernel/sealing.ts'
import type { Sql, Store } from '../../store/store.ts'
import { addressFault, publicAgent } from './public-address.ts'
import { signingOf } from './endpoint-store.ts'
import { signWebhook } from './standard-webhooks.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** Waits between tries, as Standard Webhooks suggests them: ten tries over three days. */
export const waitsMs = [5_000, 5 * minuteMs, 30 * minuteMs, 2 * hourMs, 5 * hourMs, 10 * hourMs, 14 * hourMs, 20 * hourMs, 24 * hourMs] as const

/** Deliveries that are under way at once, one of each endpoint before a second of any: a slow one does not hold up the others. */
const atOnce = 8
/** The oldest that are due, among which the turns are taken. */
const looked = 1_000
const timeoutMs = 10_000
const answerBytesMax = 1_000

export interface Posted { readonly status: number | undefined; readonly says: string }
export type PostMessage = (url: string, headers: Readonly<Record<string, string>>, body: string) => Promise<Posted>

/** Sends over HTTP. `exempt` are hosts that may have private addresses. */
export function postMessages(exempt: ReadonlySet<string>): { readonly post: PostMessage; readonly close: () => Promise<void> } {
  const agent = publicAgent(exempt, timeoutMs)
  const post: PostMessage = async (url, headers, body) => {
    const fault = addressFault(url, exempt)
    if (fault !== undefined) return { status: undefined, says: fault }
    try {
      const answer = await request(url, { method: 'POST', headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'weir-webhooks/1' }, body, dispatcher: agent, signal: AbortSignal.timeout(timeoutMs) })
      let text = ''
      for await (const part of answer.body) {
        text += String(part)
        if (text.length > answerBytesMax) break
      }
      return { status: answer.statusCode, says: answer.statusCode < 300 ? '' : answer.statusCode < 400 ? 'it redirects, and redirects are not followed' : text.slice(0, answerBytesMax) }
    } catch (cause) {
      return { status: undefined, says: cause instanceof Error ? `${(cause as NodeJS.ErrnoException).code ?? cause.name}: ${cause.message}` : String(cause) }
    }
  }
  return { post, close: () => agent.close() }
}

export interface DeliveryPorts {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly keyring: () => Keyring
  readonly post: PostMessage
}

interface DueRow extends Record<string, unknown> { readonly id: string; readonly endpoint: string; readonly body: string; readonly tries: number }

/** When the next try is, with up to a fifth added so that many messages do not come back together; undefined: no more. */
export function nextTryMs(tries: number, nowMs: number, random: Random): number | undefined {
  const wait = waitsMs[tries - 1]
  return wait === undefined ? undefined : nowMs + Math.round(wait * (1 + random.fraction() / 5))
}

/** Sends one message, and writes down what came of it. */
async function deliverOne({ store, clock, random, keyring, post }: DeliveryPorts, due: DueRow): Promise<void> {
  const ask: Sql = (text, values) => store.query('jobs', text, values)
  const signing = await signingOf(ask, keyring(), due.endpoint, clock.now())
  const answer: Posted = 'failed' in signing ? { status: undefined, says: signing.failed } : await post(signing.url, { ...signWebhook(signing.secrets, due.id, clock.now(), due.body) }, due.body)
  const nowMs = clock.now()
  const delivered = answer.status !== undefined && answer.status >= 200 && answer.status < 300
  // 410: the receiver says that it wants no more; the endpoint is switched off, visibly.
  const gone = answer.status === 410
  const next = delivered || gone ? undefined : nextTryMs(due.tries + 1, nowMs, random)
  const state = delivered ? 'delivered' : next === undefined ? 'given-up' : 'waiting'
  await ask(`UPDATE webhook_delivery SET state = $3, tries = tries + 1, next_at_ms = $4, status = $5, says = $6, ended_at_ms = $7 WHERE endpoint = $1 AND id = $2`,
    [due.endpoint, due.id, state, String(next ?? nowMs), answer.status ?? null, answer.says, state === 'waiting' ? null : String(nowMs)])
  if (gone) await ask('UPDATE webhook_endpoint SET enabled = false, updated_at_ms = $2 WHERE id = $1', [due.endpoint, String(nowMs)])
}

/**
 * Sends what is due. A message is taken by moving its next try ahead, so that another node, or this one after a crash,
 * tries again later; receivers tell repeats by the message's id. Answers how many were tried.
 */
export async function deliverDue(ports: DeliveryPorts): Promise<number> {
  const nowMs = ports.clock.now()
  const rows = await ports.store.query<DueRow>('jobs', `
    UPDATE webhook_delivery d SET next_at_ms = $2 WHERE (d.endpoint, d.id) IN (
      SELECT endpoint, id FROM (
        SELECT endpoint, id, next_at_ms, row_number() OVER (PARTITION BY endpoint ORDER BY next_at_ms) AS turn FROM (
          SELECT w.endpoint, w.id, w.next_at_ms FROM webhook_delivery w JOIN webhook_endpoint e ON e.id = w.endpoint WHERE w.state = 'waiting' AND w.next_at_ms <= $1 AND e.enabled ORDER BY w.next_at_ms LIMIT ${looked}
        ) oldest
      ) turns ORDER BY turn, next_at_ms LIMIT $3
    ) AND d.state = 'waiting' AND d.next_at_ms <= $1 RETURNING d.id, d.endpoint, d.body, d.tries`, [String(nowMs), String(nowMs + 3 * timeoutMs), atOnce])
  await Promise.all(rows.map((row) => deliverOne(ports, row)))
  return rows.length
}

export interface Delivery {
  readonly id: string
  readonly endpoint: string
  readonly type: string
  readonly state: 'waiting' | 'delivered' | 'given-up'
  readonly tries: number
  readonly nextAtMs: number | undefined
  readonly createdAtMs: number
  readonly status: number | undefined
  readonly says: string | undefined
  readonly body: string
}

interface DeliveryRow extends Record<string, unknown> {
  readonly id: string; readonly endpoint: string; readonly type: string; readonly state: Delivery['state']; readonly tries: number; readonly next_at_ms: string; readonly created_at_ms: string; readonly status: number | null; readonly says: string | null; readonly body: string
}

/** Deliveries, the latest first. */
export async function readDeliveries(sql: Sql, which: { readonly endpoint?: string; readonly state?: string; readonly limit: number }): Promise<Delivery[]> {
  const rows = await sql<DeliveryRow>('SELECT id, endpoint, type, state, tries, next_at_ms, created_at_ms, status, says, body FROM webhook_delivery WHERE ($1::text IS NULL OR endpoint = $1) AND ($2::text IS NULL OR state = $2) ORDER BY created_at_ms DESC, id DESC LIMIT $3', [which.endpoint ?? null, which.state ?? null, which.limit])
  return rows.map((row) => ({
    id: row.id, endpoint: row.endpoint, type: row.type, state: row.state, tries: row.tries, nextAtMs: row.state === 'waiting' ? Number(row.next_at_ms) : undefined, createdAtMs: Number(row.created_at_ms),
    status: row.status ?? undefined, says: row.says === null || row.says === '' ? undefined : row.says, body: row.body,
  }))
}

/** Why a message is not sent again: to an endpoint that was removed, or is switched off, it would wait for ever. */
export type Redelivery = 'again' | 'missing' | 'removed' | 'off'

/** Sends a message again, whatever became of it: under the same id, at the next turn. */
export async function redeliver(sql: Sql, endpoint: string, id: string, nowMs: number): Promise<Redelivery> {
  const [done] = await sql(`UPDATE webhook_delivery d SET state = 'waiting', tries = 0, next_at_ms = $3, ended_at_ms = NULL FROM webhook_endpoint e
    WHERE d.endpoint = $1 AND d.id = $2 AND e.id = d.endpoint AND e.enabled AND e.removed_at_ms IS NULL RETURNING d.id`, [endpoint, id, String(nowMs)])
  if (done !== undefined) return 'again'
  const [found] = await sql<{ removed: boolean }>('SELECT e.removed_at_ms IS NOT NULL AS removed FROM webhook_delivery d JOIN webhook_endpoint e ON e.id = d.endpoint WHERE d.endpoint = $1 AND d.id = $2', [endpoint, id])
  return found === undefined ? 'missing' : found.removed ? 'removed' : 'off'
}

const keepMs = 30 * 24 * hourMs

/** What has ended is kept for thirty days. */
export const forgetDeliveries = (sql: Sql, nowMs: number): Promise<unknown> =>
  sql(`DELETE FROM webhook_delivery WHERE ctid IN (SELECT ctid FROM webhook_delivery WHERE state <> 'waiting' AND ended_at_ms < $1 LIMIT 1000)`, [String(nowMs - keepMs)])
