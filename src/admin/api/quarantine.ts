/** Quarantine: usage that makes no sense or has no price. Visible, and driven again once its cause is mended. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import type { AdminPorts } from '../ports.ts'
import { type Api, Failed, pageOf } from './reply.ts'

const item = z.object({ id: z.number(), at: z.string(), journal: z.string(), sequence: z.number(), reason: z.string(), detail: z.string(), record: z.unknown(), resolved_at: z.string().nullable(), resolution: z.string().nullable() })
const filters = z.object({ reason: z.string().optional(), resolved: z.enum(['true', 'false']).default('false'), limit: z.coerce.number().int().min(1).max(1_000).default(100), after: z.string().optional() })

interface QuarantineRow {
  readonly [name: string]: unknown
  readonly id: string
  readonly journal_id: string
  readonly sequence: string
  readonly reason: string
  readonly detail: string
  readonly body: string
  readonly at_ms: string
  readonly resolved_at_ms: string | null
  readonly resolution: string | null
}

export function quarantineApi(api: Api, { store, redrive, wake }: AdminPorts): void {
  api.get('/admin/v1/quarantine', { schema: { tags: ['operations'], summary: 'Records that could not be posted, and why', querystring: filters, response: { 200: pageOf(item) } } }, async (request) => {
    const { reason, resolved, after, limit } = request.query
    const rows = await store.query<QuarantineRow>('admin', `SELECT * FROM quarantine WHERE ($1::text IS NULL OR reason = $1) AND (resolved_at_ms IS NOT NULL) = $2 AND id > $3 ORDER BY id LIMIT $4`,
      [reason ?? null, resolved === 'true', Number(after ?? 0), limit + 1])
    const page = rows.slice(0, limit)
    return {
      data: page.map((row) => ({
        id: Number(row.id), at: isoTime(Number(row.at_ms)), journal: row.journal_id, sequence: Number(row.sequence), reason: row.reason, detail: row.detail, record: parsed(row.body),
        resolved_at: row.resolved_at_ms === null ? null : isoTime(Number(row.resolved_at_ms)), resolution: row.resolution,
      })),
      next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
    }
  })
  api.post('/admin/v1/quarantine/redrive', { schema: { tags: ['operations'], summary: 'Post what its mended cause lets through', body: z.object({ ids: z.array(z.number().int()).max(10_000).optional().describe('All open ones by default.') }).optional(), response: { 200: z.object({ posted: z.number(), remaining: z.number() }) } } }, async (request) => {
    if (redrive === undefined) throw new Failed(409, 'refused', 'This node posts nothing (role gateway): ask a node of role control or all.')
    const done = await redrive(request.body?.ids)
    wake()
    return done
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    // A damaged record is what quarantine is for: its text is shown as it is.
    return text
  }
}
