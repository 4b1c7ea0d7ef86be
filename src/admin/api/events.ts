/** Events: alarms, crossed thresholds, suspended suppliers. What a person should see. */
import { z } from 'zod'
import type { AdminPorts } from '../ports.ts'
import { type Api, instant, pageOf } from './reply.ts'

const event = z.object({ id: z.string(), at: z.string(), kind: z.string(), subject: z.string(), body: z.unknown() })
const filters = z.object({ kind: z.string().optional(), subject: z.string().optional(), from: instant.optional(), limit: z.coerce.number().int().min(1).max(1_000).default(100), after: z.string().optional() })

export function eventsApi(api: Api, { store }: AdminPorts): void {
  api.get('/admin/v1/events', { schema: { tags: ['operations'], summary: 'Events, the latest first', querystring: filters, response: { 200: pageOf(event) } } }, async (request) => {
    const { kind, subject, from, after, limit } = request.query
    // Ids of events that are raised once whoever finds them are hashes: the order is that of time, an id only says where to go on.
    const rows = await store.query<{ id: string; at: string; kind: string; subject: string; body: unknown }>('admin',
      `SELECT id, at, kind, subject, body FROM event WHERE ($1::text IS NULL OR kind = $1) AND ($2::text IS NULL OR subject = $2) AND ($3::timestamptz IS NULL OR at >= $3)
         AND ($4::text IS NULL OR (at, id) < (SELECT e.at, e.id FROM event e WHERE e.id = $4))
       ORDER BY at DESC, id DESC LIMIT $5`, [kind ?? null, subject ?? null, from ?? null, after ?? null, limit + 1])
    const page = rows.slice(0, limit)
    return { data: page.map((row) => ({ id: row.id, at: row.at, kind: row.kind, subject: row.subject, body: row.body })), next: rows.length > limit ? (page.at(-1)?.id ?? null) : null }
  })
}
