/** Legal holds: set, looked at again by another person, ended. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import { endHold, type Hold, type HoldJudged, readHolds, reviewHold, setHold } from '../../terms/content/holds.ts'
import type { AdminPorts } from '../ports.ts'
import { adminSql } from '../terms-desk.ts'
import { type Api, Failed, instant, isoOrNull, listOf, notFound } from './reply.ts'

const tags = ['content']
const hold = z.object({
  id: z.string(), organization: z.string(), matter: z.string(), reason: z.string(), calls: z.array(z.string()).nullable().describe('Null: all calls of the period.'), from: z.string().nullable(), to: z.string().nullable(),
  set_by: z.string(), set_at: z.string(), until: z.string(), reviewed_by: z.string().nullable(), reviewed_at: z.string().nullable(), ended_by: z.string().nullable(), ended_at: z.string().nullable(), state: z.enum(['holds', 'ended']),
})
const shown = (one: Hold, nowMs: number): z.infer<typeof hold> => ({
  id: one.id, organization: one.organization, matter: one.matter, reason: one.reason, calls: one.calls === undefined ? null : [...one.calls], from: isoOrNull(one.fromMs), to: isoOrNull(one.toMs), set_by: one.setBy, set_at: isoTime(one.setAtMs), until: isoTime(one.untilMs),
  reviewed_by: one.reviewedBy ?? null, reviewed_at: isoOrNull(one.reviewedAtMs), ended_by: one.endedBy ?? null, ended_at: isoOrNull(one.endedAtMs), state: one.endedAtMs === undefined && one.untilMs > nowMs ? 'holds' : 'ended',
})

function after(judged: HoldJudged, nowMs: number): z.infer<typeof hold> {
  if (judged.status === 'done') return shown(judged.hold, nowMs)
  if (judged.code === 'unknown') throw notFound(judged.says)
  throw new Failed(judged.code === 'too_long' ? 422 : 409, judged.code, judged.says)
}

export function holdsApi(api: Api, { store, clock, resources }: AdminPorts): void {
  api.get('/admin/v1/holds', { schema: { tags, summary: 'Legal holds, the latest first', querystring: z.object({ organization: z.string().optional() }), response: { 200: listOf(hold) } } }, async (request) =>
    ({ data: (await readHolds(adminSql(store), request.query.organization)).map((one) => shown(one, clock.now())) }))
  const body = z.strictObject({
    organization: z.string(), matter: z.string().min(1).describe('The case, claim or letter that it serves.'), reason: z.string().min(10, 'say why, in ten characters or more'), until: instant,
    calls: z.array(z.string()).min(1).max(10_000).optional(), from: instant.optional(), to: instant.optional(),
  }).refine(({ calls, from, to }) => (calls === undefined ? from !== undefined && to !== undefined : from === undefined && to === undefined), 'give calls, or from and to')
  api.post('/admin/v1/holds', { schema: { tags, summary: 'Keep calls from erasure, for a year at most', body, response: { 201: hold } } }, async (request, reply) => {
    const { until, from, to, calls, ...rest } = request.body
    const set = { ...rest, id: resources.ports.makeId('hold'), calls, fromMs: from === undefined ? undefined : Date.parse(from), toMs: to === undefined ? undefined : Date.parse(to), untilMs: Date.parse(until) }
    return reply.code(201).send(after(await store.transaction('admin', (sql) => setHold(sql, set, request.actor ?? 'console', clock.now())), clock.now()))
  })
  const params = z.object({ hold: z.string() })
  const says = z.string().min(3)
  api.post('/admin/v1/holds/:hold/review', { schema: { tags, summary: 'Look at it again and prolong it: somebody other than who set it', params, body: z.strictObject({ until: instant, says }), response: { 200: hold } } }, async (request) =>
    after(await store.transaction('admin', (sql) => reviewHold(sql, request.params.hold, Date.parse(request.body.until), request.body.says, request.actor ?? 'console', clock.now())), clock.now()))
  api.post('/admin/v1/holds/:hold/end', { schema: { tags, summary: 'End it: retention applies again from the next minute', params, body: z.strictObject({ says }), response: { 200: hold } } }, async (request) =>
    after(await store.transaction('admin', (sql) => endHold(sql, request.params.hold, request.body.says, request.actor ?? 'console', clock.now())), clock.now()))
}
