/** Providers and models: who serves what. */
import { z } from 'zod'
import { modelSchema, providerSchema } from '../../gateway/resources.ts'
import { isoTime } from '../../kernel/clock.ts'
import { hideSecrets, putEntry, removeEntry } from '../edit-entries.ts'
import { all } from '../entries.ts'
import type { AdminPorts } from '../ports.ts'
import { type Api, Failed, failureOf, listOf, nameIn, nameParam } from './reply.ts'

const about = { managed_by: z.string().nullable(), created_at: z.string() }
const provider = z.object({ name: z.string(), ...about, spec: providerSchema }).describe('Secrets read as "(secret)"; written back so, they stay as they are.')
const model = z.object({
  name: z.string(), ...about, spec: modelSchema,
  deployments: z.array(z.object({ id: z.string(), provider: z.string(), account: z.string(), upstream_model: z.string(), group: z.number(), weight: z.number(), capacity: z.string(), price_list: z.string(), priced_as: z.string(), context_window: z.number(), output_max: z.number() })).describe('As this node routes them now.'),
})
const version = z.object({ version: z.number() })

export function providersApi(api: Api, { resources }: AdminPorts): void {
  const params = z.object({ name: nameParam })
  api.get('/admin/v1/providers', { schema: { tags: ['routing'], summary: 'Providers, their secrets hidden', response: { 200: listOf(provider) } } }, async () => ({
    data: all(await resources.state(), 'provider').map((entry) => ({ name: entry.name, managed_by: entry.managedBy ?? null, created_at: isoTime(entry.body.createdAt), spec: hideSecrets(entry.body.spec) })),
  }))
  api.get('/admin/v1/provider-types', { schema: { tags: ['routing'], summary: 'What `type` of a provider may name', response: { 200: listOf(z.object({ type: z.string(), dialects: z.array(z.string()), base_url: z.string().nullable(), prices: z.string() })) } } }, () => ({
    data: resources.ports.providerTypes.flatMap((name) => {
      const type = resources.ports.catalogue.providerType(name)
      return type === undefined ? [] : [{ type: name, dialects: [...type.dialects], base_url: type.baseUrl ?? null, prices: type.prices }]
    }),
  }))
  api.put('/admin/v1/providers/:name', { schema: { tags: ['routing'], summary: 'Create or replace a provider', params, body: providerSchema, response: { 200: version } } }, async (request) => {
    const done = await putEntry(resources, 'provider', checked(request.params.name), request.body)
    if (done.status !== 'applied') throw failureOf(done)
    return { version: done.version }
  })
  api.delete('/admin/v1/providers/:name', { schema: { tags: ['routing'], summary: 'Remove a provider that no model uses', params, response: { 200: version } } }, async (request) => {
    const done = await removeEntry(resources, 'provider', nameIn(request.params.name))
    if (done.status !== 'applied') throw failureOf(done)
    return { version: done.version }
  })
}

export function modelsApi(api: Api, { resources, snapshot }: AdminPorts): void {
  const params = z.object({ name: nameParam })
  api.get('/admin/v1/models', { schema: { tags: ['routing'], summary: 'Models and the deployments that serve them', response: { 200: listOf(model) } } }, async () => {
    const now = snapshot()
    return {
      data: all(await resources.state(), 'model').map((entry) => ({
        name: entry.name, managed_by: entry.managedBy ?? null, created_at: isoTime(entry.body.createdAt), spec: entry.body.spec,
        deployments: (now?.models.get(entry.name)?.deployments ?? []).map((one) => ({
          id: one.id, provider: one.provider.name, account: one.provider.account, upstream_model: one.upstreamModel, group: one.group, weight: one.weight, capacity: one.capacity,
          price_list: one.priceList, priced_as: one.pricedAs, context_window: one.contextWindow, output_max: one.outputMax,
        })),
      })),
    }
  })
  api.put('/admin/v1/models/:name', { schema: { tags: ['routing'], summary: 'Create or replace a model', params, body: modelSchema, response: { 200: version } } }, async (request) => {
    const done = await putEntry(resources, 'model', checked(request.params.name), request.body)
    if (done.status !== 'applied') throw failureOf(done)
    return { version: done.version }
  })
  api.delete('/admin/v1/models/:name', { schema: { tags: ['routing'], summary: 'Remove a model', params, response: { 200: version } } }, async (request) => {
    const done = await removeEntry(resources, 'model', nameIn(request.params.name))
    if (done.status !== 'applied') throw failureOf(done)
    return { version: done.version }
  })
}

function checked(param: string): string {
  const name = nameIn(param)
  if (!/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$/.test(name)) throw new Failed(422, 'bad_name', 'expected a name of letters, digits and . _ : / @ - , at most 128 characters')
  return name
}
