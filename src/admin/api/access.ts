/** Organizations, projects and client keys. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { keySchema, organizationSchema, projectSchema } from '../../gateway/resources.ts'
import { isoTime } from '../../kernel/clock.ts'
import { putEntry, removeEntry } from '../edit-entries.ts'
import { all, find, type EntryOf } from '../entries.ts'
import { createKey, findKey, revokeKey, rotateKey } from '../keys.ts'
import type { AdminPorts } from '../ports.ts'
import { type Api, Failed, failureOf, isoOrNull, listOf, nameIn, nameParam, notFound, ownOrganization } from './reply.ts'

const organizationSpec = organizationSchema.omit({ projects: true })
const projectSpec = projectSchema.omit({ keys: true })

const described = { managed_by: z.string().nullable().describe('`file` where a weir.yaml declares it; then it is changed there.'), created_at: z.string() }
const organization = z.object({ name: z.string(), ...described, spec: organizationSpec })
const project = z.object({ organization: z.string(), name: z.string(), ...described, spec: projectSpec })
const version = z.object({ version: z.number().describe('The snapshot version that holds the change.') })

const about = (entry: { readonly managedBy: string | undefined; readonly body: { readonly createdAt: number } }): { managed_by: string | null; created_at: string } =>
  ({ managed_by: entry.managedBy ?? null, created_at: isoTime(entry.body.createdAt) })

const projectOf = (entry: EntryOf<'project'>): z.infer<typeof project> => {
  const [owner = '', name = ''] = entry.name.split('/')
  return { organization: owner, name, ...about(entry), spec: entry.body.spec }
}

export function organizationsApi(api: Api, { resources }: AdminPorts): void {
  const params = z.object({ organization: nameParam })
  api.get('/admin/v1/organizations', { schema: { tags: ['access'], summary: 'Organizations', response: { 200: listOf(organization) } } }, async () => ({
    data: all(await resources.state(), 'organization').map((entry) => ({ name: entry.name, ...about(entry), spec: entry.body.spec })),
  }))
  api.get('/admin/v1/organizations/:organization', { schema: { tags: ['access'], summary: 'One organization', params, response: { 200: organization } } }, async (request) => {
    const entry = find(await resources.state(), 'organization', request.params.organization)
    if (entry === undefined) throw notFound(`no organization ${request.params.organization}`)
    return { name: entry.name, ...about(entry), spec: entry.body.spec }
  })
  api.put('/admin/v1/organizations/:organization', { schema: { tags: ['access'], summary: 'Create or replace an organization', params, body: organizationSpec, response: { 200: version } } }, async (request) => {
    const name = segment(request.params.organization)
    const done = await putEntry(resources, 'organization', name, request.body)
    if (done.status !== 'applied') throw failureOf(done)
    return { version: done.version }
  })
  api.delete('/admin/v1/organizations/:organization', { schema: { tags: ['access'], summary: 'Remove an organization without projects', params, response: { 200: version } } }, async (request) => {
    const done = await removeEntry(resources, 'organization', request.params.organization)
    if (done.status !== 'applied') throw failureOf(done)
    return { version: done.version }
  })
}

export function projectsApi(api: Api, { resources }: AdminPorts): void {
  const params = z.object({ organization: nameParam, project: nameParam })
  const path = ({ organization: owner, project: name }: { readonly organization: string; readonly project: string }): string => `${owner}/${name}`
  api.get('/admin/v1/projects', { schema: { tags: ['access'], summary: 'Projects', querystring: z.object({ organization: z.string().optional() }), response: { 200: listOf(project) } } }, async (request) => ({
    data: all(await resources.state(), 'project').map(projectOf).filter((one) => [undefined, one.organization].includes(ownOrganization(request, request.query.organization))),
  }))
  api.get('/admin/v1/organizations/:organization/projects/:project', { schema: { tags: ['access'], summary: 'One project', params, response: { 200: project } } }, async (request) => {
    const entry = find(await resources.state(), 'project', path(request.params))
    if (entry === undefined) throw notFound(`no project ${path(request.params)}`)
    return projectOf(entry)
  })
  api.put('/admin/v1/organizations/:organization/projects/:project', { schema: { tags: ['access'], summary: 'Create or replace a project', params, body: projectSpec, response: { 200: version } } }, async (request) => {
    segment(request.params.organization)
    segment(request.params.project)
    const done = await putEntry(resources, 'project', path(request.params), request.body)
    if (done.status !== 'applied') throw failureOf(done)
    return { version: done.version }
  })
  api.delete('/admin/v1/organizations/:organization/projects/:project', { schema: { tags: ['access'], summary: 'Remove a project without valid keys', params, response: { 200: version } } }, async (request) => {
    const done = await removeEntry(resources, 'project', path(request.params))
    if (done.status !== 'applied') throw failureOf(done)
    return { version: done.version }
  })
}

function segment(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/.test(name)) throw new Failed(422, 'bad_name', 'expected a name of letters, digits and . _ : @ - , at most 128 characters')
  return name
}

const key = z.object({
  id: z.string(), organization: z.string(), project: z.string(), name: z.string(), hint: z.string().describe('The last letters of the secret.'),
  purpose: z.string().nullable(), models: z.array(z.string()).nullable(), expires: z.string().nullable(), revoked_at: z.string().nullable(), revoked_by: z.string().nullable(), ...described,
  spec: keySchema.omit({ secret: true }),
})
const madeKey = z.object({ id: z.string(), name: z.string(), secret: z.string().describe('Shown in this answer and never again.') })

const keyOf = (entry: EntryOf<'key'>): z.infer<typeof key> => {
  const { body } = entry
  return {
    id: body.id, organization: body.organization, project: body.project, name: body.spec.name, hint: body.hint, purpose: body.spec.purpose ?? null, models: body.spec.models ?? null,
    expires: body.spec.expires ?? null, revoked_at: isoOrNull(body.revoked?.at), revoked_by: body.revoked?.by ?? null, ...about(entry), spec: body.spec,
  }
}

export function keysApi(api: Api, { resources }: AdminPorts): void {
  /** A customer is not told that another's key is there. */
  const refuseOther = async ({ onlyOrganization, params: asked }: Pick<FastifyRequest<{ Params: { key: string } }>, 'onlyOrganization' | 'params'>): Promise<void> => {
    const found = findKey(await resources.state(), nameIn(asked.key))
    if (onlyOrganization !== undefined && found?.body.organization !== onlyOrganization) throw notFound(`no key ${nameIn(asked.key)}`)
  }
  const params = z.object({ key: nameParam.describe('Its id, or organization~project~name.') })
  const querystring = z.object({ project: z.string().optional().describe('organization/project'), revoked: z.enum(['true', 'false']).optional() })
  api.get('/admin/v1/keys', { schema: { tags: ['access'], summary: 'Client keys, without their secrets', querystring, response: { 200: listOf(key) } } }, async (request) => ({
    data: all(await resources.state(), 'key').map(keyOf).filter((one) =>
      (request.query.revoked === 'true' || one.revoked_at === null) && [undefined, one.organization].includes(request.onlyOrganization) && (request.query.project === undefined || `${one.organization}/${one.project}` === request.query.project)),
  }))
  const body = keySchema.extend({ organization: z.string(), project: z.string() })
  api.post('/admin/v1/keys', { schema: { tags: ['access'], summary: 'Create a key; its secret is shown once', body, response: { 201: madeKey } } }, async (request, reply) => {
    const { organization: owner, project: within, secret, ...spec } = request.body
    ownOrganization(request, owner)
    const made = await createKey(resources, { organization: owner, project: within, spec, ...(secret === undefined ? {} : { secret }) })
    if (made.status !== 'made') throw failureOf(made)
    return reply.code(201).send({ id: made.id, name: made.name, secret: made.secret })
  })
  api.post('/admin/v1/keys/:key/rotate', { schema: { tags: ['access'], summary: 'Give a key a new secret, shown once', params, body: z.object({ grace_seconds: z.number().int().min(0).max(2_592_000).default(0) }).optional(), response: { 200: madeKey } } }, async (request) => {
    await refuseOther(request)
    const made = await rotateKey(resources, nameIn(request.params.key), (request.body?.grace_seconds ?? 0) * 1_000)
    if (made.status !== 'made') throw failureOf(made)
    return { id: made.id, name: made.name, secret: made.secret }
  })
  api.delete('/admin/v1/keys/:key', { schema: { tags: ['access'], summary: 'Revoke a key, on every node within two seconds', params, response: { 200: version } } }, async (request) => {
    await refuseOther(request)
    const done = await revokeKey(resources, nameIn(request.params.key), request.actor ?? 'console')
    if (done.status !== 'applied') throw failureOf(done)
    return { version: done.version }
  })
}
