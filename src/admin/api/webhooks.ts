/** Webhook endpoints and what was sent to them. A secret is answered once: when it is made. Shapes follow OpenAI's webhook endpoints. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import { addEndpoint, changeEndpoint, type Endpoint, readEndpoints, removeEndpoint, rotateEndpoint } from '../../terms/webhooks/endpoint-store.ts'
import { type Delivery, readDeliveries, redeliver } from '../../terms/webhooks/deliver.ts'
import { addressFault } from '../../terms/webhooks/public-address.ts'
import type { AdminPorts } from '../ports.ts'
import { adminSql } from '../terms-desk.ts'
import { type Api, Failed, isoOrNull, listOf, notFound } from './reply.ts'

const tags = ['webhooks']
const type = z.string().regex(/^(\*|[a-z][a-z0-9_.-]*(\.\*)?)$/, 'a type such as case.decide, case.*, event.budget-threshold, safety.* or *')
const endpoint = z.object({
  id: z.string(), object: z.literal('webhook_endpoint'), name: z.string(), url: z.string(), event_types: z.array(z.string()), organization: z.string().nullable(), enabled: z.boolean(), signing_secret_hint: z.string(), created_at: z.string(), updated_at: z.string(),
})
const shown = (one: Endpoint): z.infer<typeof endpoint> => ({
  id: one.id, object: 'webhook_endpoint', name: one.name, url: one.url, event_types: [...one.eventTypes], organization: one.organization ?? null, enabled: one.enabled, signing_secret_hint: one.hint, created_at: isoTime(one.createdAtMs), updated_at: isoTime(one.updatedAtMs),
})
const delivery = z.object({
  id: z.string(), endpoint: z.string(), type: z.string(), state: z.enum(['waiting', 'delivered', 'given-up']), tries: z.number(), next_try: z.string().nullable(), created_at: z.string(), status_code: z.number().nullable(), says: z.string().nullable(), body: z.unknown(),
})
const sent = (one: Delivery): z.infer<typeof delivery> => ({
  id: one.id, endpoint: one.endpoint, type: one.type, state: one.state, tries: one.tries, next_try: isoOrNull(one.nextAtMs), created_at: isoTime(one.createdAtMs), status_code: one.status ?? null, says: one.says ?? null, body: JSON.parse(one.body) as unknown,
})

const params = z.object({ endpoint: z.string() })
const graceMax = 7 * 24 * 3_600

export function webhooksApi(api: Api, { store, clock, resources, masterKey, privateHosts }: AdminPorts): void {
  const sealing = () => ({ keyring: masterKey.keyring(), random: resources.ports.random })
  const refuse = (url: string | undefined): void => {
    const fault = url === undefined ? undefined : addressFault(url, privateHosts)
    if (fault !== undefined) throw new Failed(422, 'bad_url', `${url}: ${fault}.`)
  }
  const one = async (id: string): Promise<z.infer<typeof endpoint>> => {
    const found = (await readEndpoints(adminSql(store))).find((each) => each.id === id)
    if (found === undefined) throw notFound(`no webhook endpoint ${id}`)
    return shown(found)
  }
  const body = z.strictObject({ name: z.string().min(1).max(200), url: z.string(), event_types: z.array(type).min(1).max(50), organization: z.string().optional().describe('It is told of this organization only: for a customer\'s own endpoint.') })
  api.get('/admin/v1/webhook-endpoints', { schema: { tags, summary: 'Endpoints that are told what happens', response: { 200: listOf(endpoint) } } }, async () => ({ data: (await readEndpoints(adminSql(store))).map(shown) }))
  api.post('/admin/v1/webhook-endpoints', { schema: { tags, summary: 'Register an endpoint; its signing secret is shown this once', body, response: { 201: endpoint.extend({ signing_secret: z.string() }) } } }, async (request, reply) => {
    refuse(request.body.url)
    const { name, url, event_types: eventTypes, organization } = request.body
    const id = resources.ports.makeId('whe')
    const secret = await store.transaction('admin', (sql) => addEndpoint(sql, sealing(), { id, name, url, eventTypes, organization }, { actor: request.actor ?? 'console', atMs: clock.now() }))
    return reply.code(201).send({ ...(await one(id)), signing_secret: secret })
  })
  const change = z.strictObject({ name: z.string().min(1).max(200).optional(), url: z.string().optional(), event_types: z.array(type).min(1).max(50).optional(), enabled: z.boolean().optional() })
  api.patch('/admin/v1/webhook-endpoints/:endpoint', { schema: { tags, summary: 'Change an endpoint, or switch it on and off; what waits for it waits on', params, body: change, response: { 200: endpoint } } }, async (request) => {
    refuse(request.body.url)
    const { name, url, event_types: eventTypes, enabled } = request.body
    const given = { ...(name === undefined ? {} : { name }), ...(url === undefined ? {} : { url }), ...(eventTypes === undefined ? {} : { eventTypes }), ...(enabled === undefined ? {} : { enabled }) }
    if (!(await store.transaction('admin', (sql) => changeEndpoint(sql, request.params.endpoint, given, { actor: request.actor ?? 'console', atMs: clock.now() })))) throw notFound(`no webhook endpoint ${request.params.endpoint}`)
    return one(request.params.endpoint)
  })
  api.delete('/admin/v1/webhook-endpoints/:endpoint', { schema: { tags, summary: 'Remove an endpoint; what waits for it is given up', params, response: { 200: z.object({ removed: z.string() }) } } }, async (request) => {
    if (!(await store.transaction('admin', (sql) => removeEndpoint(sql, request.params.endpoint, { actor: request.actor ?? 'console', atMs: clock.now() })))) throw notFound(`no webhook endpoint ${request.params.endpoint}`)
    return { removed: request.params.endpoint }
  })
  const grace = z.strictObject({ grace_seconds: z.number().int().min(0).max(graceMax).default(86_400).describe('How long messages carry the old signature as well.') })
  api.post('/admin/v1/webhook-endpoints/:endpoint/rotate', { schema: { tags, summary: 'A new signing secret, shown this once; the old one signs beside it for a while', params, body: grace, response: { 200: z.object({ id: z.string(), signing_secret: z.string() }) } } }, async (request) => {
    const secret = await store.transaction('admin', (sql) => rotateEndpoint(sql, sealing(), request.params.endpoint, request.body.grace_seconds * 1_000, { actor: request.actor ?? 'console', atMs: clock.now() }))
    if (secret === undefined) throw notFound(`no webhook endpoint ${request.params.endpoint}`)
    return { id: request.params.endpoint, signing_secret: secret }
  })
  const query = z.object({ endpoint: z.string().optional(), state: z.enum(['waiting', 'delivered', 'given-up']).optional(), limit: z.coerce.number().int().min(1).max(500).default(100) })
  api.get('/admin/v1/webhook-deliveries', { schema: { tags, summary: 'What was sent and what waits, the latest first', querystring: query, response: { 200: listOf(delivery) } } }, async (request) => {
    const { endpoint: of, state, limit } = request.query
    return { data: (await readDeliveries(adminSql(store), { ...(of === undefined ? {} : { endpoint: of }), ...(state === undefined ? {} : { state }), limit })).map(sent) }
  })
  api.post('/admin/v1/webhook-endpoints/:endpoint/deliveries/:delivery/redeliver', { schema: { tags, summary: 'Send a message again, under the same id', params: params.extend({ delivery: z.string() }), response: { 200: z.object({ id: z.string(), state: z.literal('waiting') }) } } }, async (request) => {
    const { endpoint: to, delivery: id } = request.params
    const done = await redeliver(adminSql(store), to, id, clock.now())
    if (done === 'missing') throw notFound(`no delivery ${id} to ${to}`)
    if (done === 'removed') throw new Failed(409, 'endpoint_removed', `Endpoint ${to} was removed: nothing is sent there any more. Messages from now on go to a new endpoint (weir webhooks add).`)
    if (done === 'off') throw new Failed(409, 'endpoint_off', `Endpoint ${to} is switched off: switch it on, then send the message again.`)
    return { id: request.params.delivery, state: 'waiting' as const }
  })
}
