/** Diversions: a share of a model to an own deployment, the way back, and both sides beside each other. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import { divert, divertBack, type Diverted, type DivertPorts, diversions, sidesOf } from '../divert.ts'
import type { AdminPorts } from '../ports.ts'
import { sidesAnswer, sidesOfAnswer } from './outlook-answer.ts'
import { judgeOf } from '../terms-desk.ts'
import { type Api, failureOf, listOf, nameIn, nameParam, notFound } from './reply.ts'

const diversion = z.object({ model: z.string(), to: z.string().describe('Deployment id.'), share: z.number().describe('Above 0, at most 1.'), sticky: z.enum(['user', 'session']) })
const changed = z.object({ status: z.enum(['diverted', 'back', 'unchanged']), version: z.number().describe('The snapshot version from which it holds.'), diversion: diversion.nullable(), notes: z.array(z.string()) })
const step = z.object({ at: z.string(), action: z.enum(['divert', 'back']), deployment: z.string().nullable(), share: z.string().nullable(), sticky: z.string().nullable(), version: z.number(), actor: z.string() })
const standing = z.object({ outcome: z.enum(['allow', 'ask', 'deny', 'unregistered']), says: z.array(z.string()) })
const view = z.object({
  model: z.string(), diversion: diversion.nullable(), standing: standing.nullable().describe('What the clauses of now say of its own model; traffic stays where it is whatever they say.'),
  idle: z.string().nullable().describe('Why it has no effect, where it has none.'), steps: z.array(step),
})

const answerOf = ({ status, version, diversion: now, notes }: Diverted): z.infer<typeof changed> => ({ status, version, diversion: now ?? null, notes: [...notes] })

export function diversionsApi(api: Api, ports: AdminPorts): void {
  const params = z.object({ model: nameParam })
  const judging: DivertPorts = { ...ports, ancestry: judgeOf(ports) }
  api.get('/admin/v1/diversions', { schema: { tags: ['outlook'], summary: 'Models that are or were diverted', response: { 200: listOf(view) } } }, async () => ({
    data: (await diversions(judging)).map((each) => ({
      model: each.model, diversion: each.diversion ?? null, idle: each.idle ?? null,
      standing: each.standing === undefined ? null : { outcome: each.standing.outcome, says: [...each.standing.says] },
      steps: each.steps.map(({ at, action, deployment, share, sticky, version, actor }) => ({ at: isoTime(at), action, deployment: deployment ?? null, share: share ?? null, sticky: sticky ?? null, version, actor })),
    })),
  }))
  const body = z.object({ to: z.string(), share: z.number().gt(0).max(1), sticky: z.enum(['user', 'session']).default('user'), unknown_ancestry: z.boolean().default(false) })
  api.put('/admin/v1/diversions/:model', { schema: { tags: ['outlook'], summary: 'Divert a share of a model, on every node within two seconds', params, body, response: { 200: changed } } }, async (request) => {
    const { to, share, sticky, unknown_ancestry: unknownAncestry } = request.body
    const done = await divert(judging, { model: nameIn(request.params.model), to, share, sticky }, request.actor ?? 'console', { unknownAncestry })
    if ('version' in done && 'notes' in done) return answerOf(done)
    throw failureOf(done)
  })
  api.delete('/admin/v1/diversions/:model', { schema: { tags: ['outlook'], summary: 'Take a diversion back, on every node within two seconds', params, response: { 200: changed } } }, async (request) => {
    const done = await divertBack(ports, nameIn(request.params.model), request.actor ?? 'console')
    if ('version' in done && 'notes' in done) return answerOf(done)
    throw failureOf(done)
  })
  api.get('/admin/v1/diversions/:model/sides', { schema: { tags: ['outlook'], summary: 'Cost per success, latency and errors of both sides; no equivalence is claimed', params, querystring: z.object({ signal: z.string().default('feedback') }), response: { 200: sidesAnswer } } }, async (request) => {
    const found = await sidesOf(ports, nameIn(request.params.model), request.query.signal)
    if ('status' in found) throw notFound(found.says)
    return sidesOfAnswer(found)
  })
}
