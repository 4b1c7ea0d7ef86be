/**
 * Accounts at suppliers that are read for what is imposed on them: Azure's abuse penalty and Bedrock's data retention mode
 * stand in the account, and nobody sends them.
 */
import { z } from 'zod'
import { everyOrganization } from '../../terms/cases/case.ts'
import { addWatch, readWatches, removeWatch, watchKinds, type AccountWatch, type WatchedAccount } from '../../terms/mirror/account-watches.ts'
import { addressFault } from '../../terms/webhooks/public-address.ts'
import type { AdminPorts } from '../ports.ts'
import { adminSql } from '../terms-desk.ts'
import { type Api, Failed, isoOrNull, listOf, notFound } from './reply.ts'

const tags = ['notices']
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}$/)
const apiVersion = '2024-10-01'

const watch = z.object({
  id: z.string(), kind: z.enum(watchKinds), party: z.string(), account: z.string(), organization: z.string(), url: z.string(), state: z.unknown().describe('As it was read last: an abuse penalty or none; a retention mode.'),
  read_at: z.string().nullable(), next_reading: z.string(), failures: z.number(), trouble: z.string().nullable(),
})
const shown = (one: AccountWatch): z.infer<typeof watch> => ({
  id: one.id, kind: one.kind, party: one.party, account: one.account, organization: one.organization, url: one.url, state: one.state ?? null, read_at: isoOrNull(one.readAtMs), next_reading: isoOrNull(one.nextAtMs) ?? '', failures: one.failures, trouble: one.trouble ?? null,
})

const common = {
  account: name.describe('The account as weir.yaml names it: the provider, or its account.'), organization: z.string().default(everyOrganization).describe('Whose use the account stands for; * where several share it.'),
  base_url: z.string().optional().describe('Another cloud than the public one.'),
}
const azure = z.strictObject({
  ...common, kind: z.literal('azure-account'), party: name.default('azure'), tenant: z.string().min(1), client_id: z.string().min(1), secret: z.string().min(8).describe('Client secret of an application that may read the account (role Reader).'),
  resource: z.string().regex(/^\/subscriptions\/[^/?#]+\/resourceGroups\/[^/?#]+\/providers\/Microsoft\.CognitiveServices\/accounts\/[^/?#]+$/i, 'the resource id of the account: /subscriptions/…/resourceGroups/…/providers/Microsoft.CognitiveServices/accounts/…'),
  authority: z.string().optional().describe('Where tokens come from, for another cloud.'),
})
const bedrock = z.strictObject({
  ...common, kind: z.literal('bedrock-retention'), party: name.default('bedrock'), region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a Region such as us-east-1'), project: z.string().regex(/^[A-Za-z0-9_-]+$/).optional().describe('Left out: the account.'), secret: z.string().min(8).describe('A Bedrock API key that may read the setting.'),
})
const body = z.discriminatedUnion('kind', [azure, bedrock])

function watchedOf(given: z.infer<typeof body>, id: string): WatchedAccount {
  const { kind, party, account, organization } = given
  const base = (usual: string): string => (given.base_url ?? usual).replace(/\/+$/, '')
  const nobody = { tenant: undefined, client: undefined, authority: undefined }
  return given.kind === 'azure-account'
    ? { id, kind, party, account, organization, region: undefined, tenant: given.tenant, client: given.client_id, authority: given.authority, url: `${base('https://management.azure.com')}${given.resource}?api-version=${apiVersion}` }
    : { id, kind, party, account, organization, region: given.region, ...nobody, url: `${base(`https://bedrock-mantle.${given.region}.api.aws`)}/v1/${given.project === undefined ? 'data_retention' : `organization/projects/${given.project}`}` }
}

export function accountWatchesApi(api: Api, { store, clock, resources, masterKey, privateHosts }: AdminPorts): void {
  api.get('/admin/v1/account-watches', { schema: { tags, summary: 'Accounts at suppliers that are read every five minutes for what is imposed on them', response: { 200: listOf(watch) } } }, async () => ({ data: (await readWatches(adminSql(store))).map(shown) }))
  api.post('/admin/v1/account-watches', { schema: { tags, summary: 'Have an account read: Azure\'s abuse penalty, or Bedrock\'s data retention mode', body, response: { 201: watch } } }, async (request, reply) => {
    const id = resources.ports.makeId('watch')
    const watched = watchedOf(request.body, id)
    for (const url of [watched.url, ...(watched.authority === undefined ? [] : [watched.authority])]) {
      const fault = addressFault(url, privateHosts)
      if (fault !== undefined) throw new Failed(422, 'bad_url', `${url}: ${fault}.`)
    }
    await store.transaction('admin', (sql) => addWatch(sql, masterKey.keyring(), resources.ports.random, { ...watched, secret: request.body.secret }, request.actor ?? 'console', clock.now()))
    const found = (await readWatches(adminSql(store))).find((one) => one.id === id)
    if (found === undefined) throw notFound(`watch ${id} was not kept`)
    return reply.code(201).send(shown(found))
  })
  api.delete('/admin/v1/account-watches/:watch', { schema: { tags, summary: 'Read it no more; its secret is destroyed', params: z.object({ watch: z.string() }), response: { 200: z.object({ id: z.string(), removed: z.literal(true) }) } } }, async (request) => {
    const { watch: id } = request.params
    if (!(await store.transaction('admin', (sql) => removeWatch(sql, id, request.actor ?? 'console', clock.now())))) throw notFound(`no account watch ${id}`)
    return { id, removed: true as const }
  })
}
