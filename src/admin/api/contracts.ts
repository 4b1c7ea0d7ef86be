/** Who stands on bills, what was agreed with them, and at what rates currencies are exchanged. */
import { z } from 'zod'
import { contractSchema } from '../../ledger/contracts/contract.ts'
import { saveContract } from '../../ledger/contracts/contract-store.ts'
import { saveRates } from '../../ledger/contracts/exchange.ts'
import { partySchema, saveParty } from '../../ledger/contracts/party.ts'
import { assetSchema } from '../../ledger/assets/asset.ts'
import { postAssetMonth, saveAsset } from '../../ledger/assets/asset-store.ts'
import { agreementSchema } from '../../ledger/statements/agreement.ts'
import { saveAgreement } from '../../ledger/statements/issue-statement.ts'
import type { AdminPorts } from '../ports.ts'
import { type Api, Failed, listOf, notFound } from './reply.ts'

const tags = ['money']
const version = z.object({ id: z.string(), version: z.number() })
const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'a month, such as 2026-11')

/** Zod's findings as one sentence a line, each with its place. */
export function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  throw new Failed(422, 'invalid', result.error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`).join('\n'))
}

export function contractsApi(api: Api, { store, clock }: AdminPorts): void {
  api.get('/admin/v1/contracts', { schema: { tags, summary: 'Contracts, the latest version of each', response: { 200: listOf(z.object({ id: z.string(), version: z.number(), party: z.string(), side: z.string(), body: z.unknown() })) } } }, async () => ({
    data: await store.query<{ id: string; version: number; party: string; side: string; body: unknown }>('admin', 'SELECT DISTINCT ON (id) id, version, party, side, body FROM contract ORDER BY id, version DESC'),
  }))
  api.put('/admin/v1/contracts/:id', { schema: { tags, summary: 'Save a contract; a change is a new version', params: z.object({ id: z.string() }), body: z.unknown(), response: { 200: version } } }, async (request) => {
    const contract = parsed(contractSchema, { ...(request.body as object), id: request.params.id })
    return { id: contract.id, version: await saveContract(store, clock, contract) }
  })
  api.put('/admin/v1/parties/:id', { schema: { tags, summary: 'Save a party; `self` is who issues', params: z.object({ id: z.string() }), body: z.unknown(), response: { 200: z.object({ id: z.string() }) } } }, async (request) => {
    await saveParty(store, request.params.id, parsed(partySchema, request.body))
    return { id: request.params.id }
  })
  api.put('/admin/v1/agreements/:id', { schema: { tags, summary: 'Save what a channel and a maker agreed on', params: z.object({ id: z.string() }), body: z.unknown(), response: { 200: version } } }, async (request) => {
    const agreement = parsed(agreementSchema, { ...(request.body as object), id: request.params.id })
    return { id: agreement.id, version: await saveAgreement(store, clock, agreement) }
  })
  api.put('/admin/v1/assets/:id', { schema: { tags, summary: 'Save an infrastructure asset', params: z.object({ id: z.string() }), body: z.unknown(), response: { 200: z.object({ id: z.string() }) } } }, async (request) => {
    const saved = await saveAsset(store, parsed(assetSchema, { ...(request.body as object), id: request.params.id }))
    if (saved.status === 'in-use') throw new Failed(409, 'in_use', saved.why)
    return { id: request.params.id }
  })
  const used = z.object({ month, used: z.array(z.object({ party: z.string(), use: z.enum(['customer', 'maker']), model: z.string().optional(), hours: z.string() })) })
  api.post('/admin/v1/assets/:id/months', { schema: { tags, summary: 'Post a month of an asset: depreciation, allocated to who used it and to idle', params: z.object({ id: z.string() }), body: used, response: { 200: z.object({ status: z.string() }) } } }, async (request) => {
    const hours = request.body.used.map(({ model, ...rest }) => (model === undefined ? rest : { ...rest, model }))
    const done = await postAssetMonth(store, clock, request.params.id, request.body.month, hours)
    if (done.status === 'unknown') throw notFound(`no asset ${request.params.id}`)
    if (done.status === 'too-many-hours') throw new Failed(422, 'too_many_hours', 'more hours were used than the asset has in the month')
    return { status: done.status }
  })
  const rate = z.object({ base: z.string().length(3), quote: z.string().length(3), day: z.string(), rate: z.string(), source: z.string().min(1) })
  api.post('/admin/v1/exchange-rates', { schema: { tags, summary: 'Record dated exchange rates, each with its source', body: z.object({ rates: z.array(rate).min(1) }), response: { 200: z.object({ saved: z.number() }) } } }, async (request) => {
    await saveRates(store, request.body.rates)
    return { saved: request.body.rates.length }
  })
}
