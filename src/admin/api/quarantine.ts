/** Quarantine: records that could not be posted. Visible, and driven again once their cause is mended. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import { dismiss, listQuarantine, redrive } from '../../ledger/quarantine.ts'
import type { AdminPorts } from '../ports.ts'
import { type Api, notFound, pageOf } from './reply.ts'

const item = z.object({ id: z.string(), at: z.string(), journal: z.string(), sequence: z.number(), reason: z.string(), detail: z.string(), record: z.unknown() })
const filters = z.object({ reason: z.string().optional(), limit: z.coerce.number().int().min(1).max(1_000).default(100), after: z.string().regex(/^\d+$/).optional() })

export function quarantineApi(api: Api, { store, clock, priceBook, wake }: AdminPorts): void {
  api.get('/admin/v1/quarantine', { schema: { tags: ['operations'], summary: 'Records that could not be posted, and why', querystring: filters, response: { 200: pageOf(item) } } }, async (request) => {
    const { reason, after, limit } = request.query
    const items = await listQuarantine(store, { limit: limit + 1, ...(reason === undefined ? {} : { reason }), ...(after === undefined ? {} : { after }) })
    const page = items.slice(0, limit)
    return {
      data: page.map((one) => ({ id: one.id, at: isoTime(one.at), journal: one.journalId, sequence: one.sequence, reason: one.reason, detail: one.detail, record: parsed(one.body) })),
      next: items.length > limit ? (page.at(-1)?.id ?? null) : null,
    }
  })
  const body = z.object({ id: z.string().optional().describe('One item; all by default.') }).optional()
  api.post('/admin/v1/quarantine/redrive', { schema: { tags: ['operations'], summary: 'Post what its mended cause lets through', body, response: { 200: z.object({ resolved: z.number(), remaining: z.number() }) } } }, async (request) => {
    const done = await redrive(store, priceBook(), request.body?.id ?? 'all', clock)
    wake()
    return { resolved: done.resolved, remaining: done.remaining }
  })
  api.post('/admin/v1/quarantine/:id/dismiss', { schema: { tags: ['operations'], summary: 'Decide that a record needs no posting', params: z.object({ id: z.string() }), body: z.object({ reason: z.string().min(3).max(1_000) }), response: { 200: z.object({ dismissed: z.boolean() }) } } }, async (request) => {
    if (!(await dismiss(store, request.params.id, `${request.body.reason} (${request.actor ?? 'unknown'})`, clock))) throw notFound(`no open item ${request.params.id} in quarantine`)
    return { dismissed: true }
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
