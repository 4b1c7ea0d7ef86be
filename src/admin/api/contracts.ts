/** Who stands on bills, what was agreed with them, and at what rates currencies are exchanged. */
import { z } from 'zod'
import { parseAmount } from '../../ledger/contracts/amount.ts'
import { dayOf } from '../../ledger/contracts/calendar.ts'
import { type Contradiction, contradictions, leavesDays, overlapping } from '../../ledger/contracts/check-contract.ts'
import { contractSchema, instant } from '../../ledger/contracts/contract.ts'
import { saveContractIn } from '../../ledger/contracts/contract-store.ts'
import { keepingCases } from '../../ledger/contracts/record-suspensions.ts'
import { suspensionEffects } from '../../ledger/contracts/suspension-effects.ts'
import { saveRates } from '../../ledger/contracts/exchange.ts'
import { partySchema, saveParty } from '../../ledger/contracts/party.ts'
import { assetSchema } from '../../ledger/assets/asset.ts'
import { postAssetMonth, saveAsset } from '../../ledger/assets/asset-store.ts'
import { agreementSchema } from '../../ledger/statements/agreement.ts'
import { agreedElsewhere, contradictionsOf } from '../../ledger/statements/check-agreement.ts'
import { saveAgreementIn } from '../../ledger/statements/issue-statement.ts'
import type { AdminPorts } from '../ports.ts'
import { effect, effectShown } from './case-contracts.ts'
import { currencyCode, day, month, refuseUnbegun } from './money-parts.ts'
import { type Api, conflict, Failed, listOf, nameIn, nameParam, notFound } from './reply.ts'

const tags = ['money']
const version = z.object({ id: z.string(), version: z.number() })

/** Zod's findings as one sentence a line, each with its place. */
export function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  throw new Failed(422, 'invalid', result.error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`).join('\n'))
}

function refused(found: readonly Contradiction[]): void {
  if (found.length > 0) throw new Failed(422, 'contradiction', found.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'))
}

export function contractsApi(api: Api, { store, clock }: AdminPorts): void {
  api.get('/admin/v1/contracts', { schema: { tags, summary: 'Contracts, the latest version of each', response: { 200: listOf(z.object({ id: z.string(), version: z.number(), party: z.string(), side: z.string(), body: z.unknown() })) } } }, async () => ({
    data: await store.query<{ id: string; version: number; party: string; side: string; body: unknown }>('admin', 'SELECT DISTINCT ON (id) id, version, party, side, body FROM contract ORDER BY id, version DESC'),
  }))
  api.put('/admin/v1/contracts/:id', { schema: { tags, summary: 'Save a contract; a change is a new version', params: z.object({ id: z.string() }), body: z.unknown(), response: { 200: version } } }, async (request) => {
    const contract = parsed(contractSchema, { ...(request.body as object), id: request.params.id })
    refused(contradictions(contract))
    const version = await store.transaction('admin', async (sql) => {
      const other = await overlapping(sql, contract)
      const left = await leavesDays(sql, contract, dayOf(clock.now()))
      refused([other, left].filter((one) => one !== undefined))
      return saveContractIn(sql, clock, await keepingCases(sql, contract))
    })
    return { id: contract.id, version }
  })
  const effects = z.object({ contract: z.string(), version: z.number(), effects: z.array(effect) })
  const span = z.object({ from: instant, until: instant.optional(), project: z.string().optional() })
    .refine(({ from: begins, until }) => until === undefined || Date.parse(until) > Date.parse(begins), { path: ['until'], message: 'it must be after from: a suspension that ends before it begins suspends nothing' })
  api.get('/admin/v1/contracts/:id/suspension', { schema: { tags, summary: 'What suspending the customer, or one project, would do to each rule of its contract; changes nothing', params: z.object({ id: nameParam }), querystring: span, response: { 200: effects } } }, async (request) => {
    const id = nameIn(request.params.id)
    const [row] = await store.query<{ version: number; body: unknown }>('admin', `SELECT version, body FROM contract WHERE id = $1 AND side = 'customer' ORDER BY version DESC LIMIT 1`, [id])
    if (row === undefined) throw notFound(`no customer's contract ${id}`)
    return { contract: id, version: row.version, effects: suspensionEffects(contractSchema.parse(row.body), request.query).map(effectShown) }
  })
  api.put('/admin/v1/parties/:id', { schema: { tags, summary: 'Save a party; `self` is who issues', params: z.object({ id: z.string() }), body: z.unknown(), response: { 200: z.object({ id: z.string() }) } } }, async (request) => {
    await saveParty(store, request.params.id, parsed(partySchema, request.body))
    return { id: request.params.id }
  })
  api.put('/admin/v1/agreements/:id', { schema: { tags, summary: 'Save what a channel and a maker agreed on', params: z.object({ id: z.string() }), body: z.unknown(), response: { 200: version } } }, async (request) => {
    const agreement = parsed(agreementSchema, { ...(request.body as object), id: request.params.id })
    refused(contradictionsOf(agreement))
    const saved = await store.transaction('admin', async (sql) => {
      const other = await agreedElsewhere(sql, agreement)
      refused(other === undefined ? [] : [other])
      return saveAgreementIn(sql, clock, agreement)
    })
    return { id: agreement.id, version: saved }
  })
  api.put('/admin/v1/assets/:id', { schema: { tags, summary: 'Save an infrastructure asset', params: z.object({ id: z.string() }), body: z.unknown(), response: { 200: z.object({ id: z.string() }) } } }, async (request) => {
    const saved = await saveAsset(store, parsed(assetSchema, { ...(request.body as object), id: request.params.id }))
    if (saved.status === 'in-use') throw new Failed(409, 'in_use', saved.why)
    return { id: request.params.id }
  })
  const used = z.object({ month, used: z.array(z.object({ party: z.string(), use: z.enum(['customer', 'maker']), model: z.string().optional(), hours: z.string() })) })
  api.post('/admin/v1/assets/:id/months', { schema: { tags, summary: 'Post a month of an asset: depreciation, allocated to who used it and to idle', params: z.object({ id: z.string() }), body: used, response: { 200: z.object({ status: z.string() }) } } }, async (request) => {
    const hours = request.body.used.map(({ model, ...rest }) => (model === undefined ? rest : { ...rest, model }))
    refuseUnbegun(request.body.month, clock)
    const done = await postAssetMonth(store, clock, request.params.id, request.body.month, hours)
    if (done.status === 'unknown') throw notFound(`no asset ${request.params.id}`)
    if (done.status === 'too-many-hours') throw new Failed(422, 'too_many_hours', 'more hours were used than the asset has in the month')
    return { status: done.status }
  })
  const above = z.string().refine((text) => { const value = parseAmount(text); return value !== undefined && value.coefficient > 0n }, 'a number above zero, such as 1.0812')
  const rate = z.object({ base: currencyCode, quote: currencyCode, day, rate: above, source: z.string().min(1) }).refine((one) => one.base !== one.quote, 'a currency is 1 of itself: name two')
  api.post('/admin/v1/exchange-rates', { schema: { tags, summary: 'Record dated exchange rates, each with its source', body: z.object({ rates: z.array(rate).min(1) }), response: { 200: z.object({ saved: z.number() }) } } }, async (request) => {
    const { rates } = request.body
    const done = await saveRates(store, rates)
    if (done.status === 'contradicts') throw conflict(`1 ${done.base} is ${done.known} ${done.quote} from ${done.day} on already, and bills may rest on it: record what holds now under the day from which it does, or leave ${done.rate} out`)
    return { saved: request.body.rates.length }
  })
}
