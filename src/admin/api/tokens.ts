/** Admin tokens, and the rotation of the master key. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import { all } from '../entries.ts'
import { createToken, revokeToken } from '../keys.ts'
import type { AdminPorts } from '../ports.ts'
import { roles } from '../roles.ts'
import { rotateMasterKey } from '../secrets.ts'
import { type Api, Failed, failureOf, listOf } from './reply.ts'
import { boundOf } from './users.ts'

const token = z.object({ name: z.string(), id: z.string(), hint: z.string(), role: z.enum(roles), organization: z.string().nullable(), maker: z.string().nullable(), person: z.string().nullable().describe('The user who answers for it.'), created_at: z.string() })

export function tokensApi(api: Api, { resources }: AdminPorts): void {
  api.get('/admin/v1/tokens', { schema: { tags: ['tokens'], summary: 'Admin tokens, without their secrets', response: { 200: listOf(token) } } }, async () => ({
    data: all(await resources.state(), 'token').map(({ name, body }) => ({ name, id: body.id, hint: body.hint, role: body.spec.role ?? (body.spec.organization === undefined ? 'owner' as const : 'customer' as const), organization: body.spec.organization ?? null, maker: body.spec.maker ?? null, person: body.spec.person ?? null, created_at: isoTime(body.createdAt) })),
  }))
  const body = z.object({ name: z.string().min(1).max(128), role: z.enum(roles).optional().describe('Left out: owner, or customer where there is an organization.'), organization: z.string().optional().describe('Of a customer: the token then sees what is this organization\'s only.'), maker: z.string().optional().describe('Of a maker.') })
  api.post('/admin/v1/tokens', { schema: { tags: ['tokens'], summary: 'Create a token, shown once; one of the same name is replaced', body, response: { 201: z.object({ id: z.string(), name: z.string(), secret: z.string() }) } } }, async (request, reply) => {
    const { name, role = request.body.organization === undefined ? 'owner' : 'customer', organization, maker } = request.body
    const bound = boundOf({ role, organization, maker })
    // Whoever made it answers for it, and so does whoever answers for the token that made it.
    const person = request.caller?.person === true ? request.caller.actor : undefined
    const made = await createToken(resources, name, bound.organization, { role: bound.role, ...(bound.maker === undefined ? {} : { maker: bound.maker }), ...(person === undefined ? {} : { person }) })
    if (made.status !== 'made') throw failureOf(made)
    return reply.code(201).send({ id: made.id, name: made.name, secret: made.secret })
  })
  api.delete('/admin/v1/tokens/:token', { schema: { tags: ['tokens'], summary: 'Revoke a token', params: z.object({ token: z.string() }), response: { 200: z.object({ version: z.number() }) } } }, async (request) => {
    const done = await revokeToken(resources, request.params.token)
    if (done.status !== 'applied') throw failureOf(done)
    return { version: done.version }
  })
}

export function secretsApi(api: Api, { store, masterKey, resources }: AdminPorts): void {
  api.post('/admin/v1/secrets/rotate', { schema: { tags: ['tokens'], summary: 'Seal all supplier secrets under a new master key', response: { 200: z.object({ key: z.string(), resealed: z.number() }) } } }, async () => {
    const done = await rotateMasterKey(store, masterKey, resources.ports.random)
    if ('failed' in done) throw new Failed(409, 'refused', done.failed)
    return { key: done.key, resealed: done.resealed }
  })
}
