/** The continuity drill: what of each purpose goes on if a supplier suspends tomorrow. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import { latestRecords, putRecord } from '../../terms/register/record-store.ts'
import { drill, type Drill, type Recovery } from '../drill.ts'
import type { AdminPorts } from '../ports.ts'
import { adminSql } from '../terms-desk.ts'
import { type Api, Failed, listOf } from './reply.ts'

const tags = ['terms']
const suspended = z.object({ kind: z.enum(['supplier', 'maker', 'channel', 'account']), name: z.string().min(1) })
const line = z.object({
  organization: z.string(), purpose: z.string().nullable(), model: z.string(), calls: z.number(), calls_there: z.number().describe('Of the calls, those that went through what is suspended.'), tokens: z.string(), peak_tokens_per_minute: z.string(),
  fallbacks: z.array(z.object({ deployment: z.string(), model: z.string(), maker: z.string(), how: z.enum(['same-model', 'other-model']), carried_tokens_per_minute: z.string().nullable().describe('The most that it has carried; null: nothing, so nobody knows.'), limit_tokens_per_minute: z.number().nullable() })),
  refused: z.array(z.object({ deployment: z.string(), outcome: z.string(), says: z.string() })), capacity: z.enum(['enough', 'short', 'unknown', 'none']),
  recovery: z.object({ kind: z.enum(['automatic', 'by-change', 'none']), seconds: z.number().nullable(), says: z.string() }),
})
const result = z.object({ id: z.string(), at: z.string(), actor: z.string(), suspended, days: z.number(), stops: z.number().describe('Lines that would be served by nothing.'), lines: z.array(line) })

function recoveryText(recovery: Recovery): string {
  switch (recovery.kind) {
    case 'automatic': return 'The call that meets the suspension is served by the next deployment.'
    case 'by-change': return recovery.change
    case 'none': return 'Nothing that is permitted is left.'
  }
}

const shown = (id: string, actor: string, one: Drill): z.infer<typeof result> => ({
  id, at: isoTime(one.at), actor, suspended: { ...one.suspended }, days: one.days, stops: one.stops,
  lines: one.lines.map((each) => ({
    organization: each.organization, purpose: each.purpose ?? null, model: each.model, calls: each.calls, calls_there: each.callsThere, tokens: each.tokens, peak_tokens_per_minute: each.peak, capacity: each.capacity,
    fallbacks: each.fallbacks.map(({ deployment, model, maker, how, carried, limit }) => ({ deployment, model, maker, how, carried_tokens_per_minute: carried ?? null, limit_tokens_per_minute: limit ?? null })),
    refused: each.refused.map((refused) => ({ ...refused })), recovery: { kind: each.recovery.kind, seconds: each.recovery.seconds ?? null, says: recoveryText(each.recovery) },
  })),
})

export function drillsApi(api: Api, ports: AdminPorts): void {
  const { store, resources } = ports
  const body = z.strictObject({ suspended, organization: z.string().optional(), days: z.number().int().min(1).max(90).default(30) })
  api.post('/admin/v1/drills', { schema: { tags, summary: 'Work a suspension through on paper: fallbacks that the terms permit, capacity, time to recover. Changes nothing; its result is kept', body, response: { 201: result } } }, async (request, reply) => {
    const { organization, ...rest } = request.body
    const done = await drill(ports, { ...rest, organization })
    if (done === undefined) throw new Failed(503, 'not_ready', 'There is no snapshot yet: try again in a second.')
    const id = resources.ports.makeId('drill')
    const actor = request.actor ?? 'console'
    const answer = shown(id, actor, done)
    await store.transaction('admin', (sql) => putRecord(sql, { kind: 'drill', id, ...(organization === undefined ? {} : { organization }), body: answer as unknown as Json, actor, atMs: done.at }))
    return reply.code(201).send(answer)
  })
  api.get('/admin/v1/drills', { schema: { tags, summary: 'Drills that were held, the latest first', response: { 200: listOf(result) } } }, async () =>
    ({ data: (await latestRecords(adminSql(store), 'drill')).toSorted((a, b) => b.atMs - a.atMs).map((record) => record.body as unknown as z.infer<typeof result>) }))
}
