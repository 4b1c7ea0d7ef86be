/** Captured content: read call by call after another person's word, held, erased with a signed attestation. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import { allowContent, askForContent, contentAccesses, readAllowed } from '../../terms/content/content-access.ts'
import { eraseContent } from '../../terms/content/erasure.ts'
import type { AdminPorts } from '../ports.ts'
import { type Api, Failed, instant, isoOrNull, listOf, notFound } from './reply.ts'

const tags = ['content']
const access = z.object({ id: z.string(), call: z.string(), asked_by: z.string(), reason: z.string(), asked_at: z.string(), allowed_by: z.string().nullable(), until: z.string().nullable() })

const refusals = {
  unknown: [404, 'There is no such request.'], 'not-yours': [403, 'Only the person who asked may read it.'], 'not-allowed': [403, 'Nobody has allowed it yet: another person has to.'],
  over: [403, 'The hour for which it was allowed is over: ask again.'], gone: [404, 'No content of this call is kept: it was not captured, or it was erased.'],
} as const

export function contentApi(api: Api, { store, clock, resources, terms: { terms } }: AdminPorts): void {
  const { makeId } = resources.ports
  api.get('/admin/v1/content/requests', { schema: { tags, summary: 'Who asked to read which call\'s content, and who allowed it', querystring: z.object({ call: z.string().optional() }), response: { 200: listOf(access) } } }, async (request) => ({
    data: (await contentAccesses(store, request.query.call)).map((one) => ({ id: one.id, call: one.call, asked_by: one.askedBy, reason: one.reason, asked_at: isoTime(one.askedAtMs), allowed_by: one.allowedBy ?? null, until: isoOrNull(one.untilMs) })),
  }))
  api.post('/admin/v1/content/requests', { schema: { tags, summary: 'Ask to read one call\'s content', body: z.strictObject({ call: z.string(), reason: z.string().min(10, 'say why, in ten characters or more') }), response: { 201: z.object({ id: z.string() }) } } }, async (request, reply) => {
    const id = makeId('access')
    await askForContent(store, { id, call: request.body.call, actor: request.actor ?? 'console', reason: request.body.reason, nowMs: clock.now() })
    return reply.code(201).send({ id })
  })
  const params = z.object({ id: z.string() })
  api.post('/admin/v1/content/requests/:id/allow', { schema: { tags, summary: 'Another person\'s word, for an hour', params, response: { 200: z.object({ until: z.string() }) } } }, async (request) => {
    const done = await allowContent(store, request.params.id, request.actor ?? 'console', clock.now())
    if (done.status === 'unknown') throw notFound(`no request ${request.params.id}`)
    if (done.status === 'same-person') throw new Failed(409, 'same_person', 'You asked for it; another person has to allow it.')
    if (done.status !== 'allowed') throw new Failed(409, 'refused', 'It was allowed already.')
    return { until: isoTime(done.untilMs) }
  })
  api.get('/admin/v1/content/requests/:id/content', { schema: { tags, summary: 'The content, for the one who asked, while the allowance lasts; logged', params, response: { 200: z.object({ call: z.string(), dialect: z.string(), request: z.string(), response: z.string() }) } } }, async (request) => {
    const read = await readAllowed(terms.contentPorts, request.params.id, request.actor ?? 'console')
    if (read.status === 'failed') throw new Failed(409, 'refused', read.says)
    if (read.status !== 'read') throw new Failed(refusals[read.status][0], read.status.replaceAll('-', '_'), refusals[read.status][1])
    const { call, dialect, request: asked, response } = read.content
    return { call, dialect, request: asked.toString(), response: response.toString() }
  })
  const erase = z.strictObject({ organization: z.string(), calls: z.array(z.string()).min(1).optional(), before: instant.optional(), reason: z.string().min(3) }).refine((body) => (body.calls === undefined) !== (body.before === undefined), 'give calls or before, one of the two')
  api.post('/admin/v1/content/erase', { schema: { tags, summary: 'Destroy content, keys and salts; answers a signed attestation that names its limits', body: erase, response: { 200: z.object({ erased: z.number(), held: z.number(), attestation: z.unknown() }) } } }, async (request) => {
    const { organization, calls, before, reason } = request.body
    const done = await eraseContent({ store, signer: terms.signer }, { organization, which: calls === undefined ? { beforeMs: Date.parse(before ?? '') } : { calls }, reason, actor: request.actor ?? 'console', nowMs: clock.now() })
    return { erased: done.calls.length, held: done.held, attestation: done.attestation ?? null }
  })
}
