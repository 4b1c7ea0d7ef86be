/** Agreements, purposes, attestations and exclusivities: each change a version and a leaf of the governance log. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import { type Explained, explain } from '../../terms/policy/explain.ts'
import { historyOf, latestRecords, putRecord } from '../../terms/register/record-store.ts'
import type { StoredRecord } from '../../terms/register/record-store.ts'
import { agreementMoves, agreementSchema, agreementStates, attestationSchema, currentPurpose, exclusivitySchema, purposeSchema } from '../../terms/register/register.ts'
import type { AdminPorts } from '../ports.ts'
import { adminSql, inForce } from '../terms-desk.ts'
import { type Api, Failed, listOf, nameIn, nameParam, notFound } from './reply.ts'

const tags = ['terms']
const kindNames = ['agreements', 'purposes', 'attestations', 'exclusivities'] as const
type KindName = (typeof kindNames)[number]

const kinds: Readonly<Record<KindName, { readonly kind: 'agreement' | 'purpose' | 'attestation' | 'exclusivity'; readonly schema: z.ZodType<{ readonly id: string; readonly organization?: string }> }>> = {
  agreements: { kind: 'agreement', schema: agreementSchema }, purposes: { kind: 'purpose', schema: purposeSchema },
  attestations: { kind: 'attestation', schema: attestationSchema }, exclusivities: { kind: 'exclusivity', schema: exclusivitySchema },
}

const record = z.object({ id: z.string(), version: z.number(), body: z.unknown(), actor: z.string(), at: z.string() })
const shown = ({ id, version, body, actor, atMs }: StoredRecord): z.infer<typeof record> => ({ id, version, body, actor, at: isoTime(atMs) })

const reason = z.looseObject({ clause: z.string(), effect: z.string(), says: z.string(), remedy: z.string(), missing: z.array(z.string()) })
const explained = z.object({
  deployment: z.string(), model: z.string(), maker: z.string(), channel: z.string(), outcome: z.enum(['allow', 'ask', 'deny']), observed: z.enum(['allow', 'ask', 'deny']).describe('What it would be with every clause signed off.'),
  points: z.array(z.object({ point: z.string(), outcome: z.enum(['allow', 'ask', 'deny']), reasons: z.array(reason) })), missing: z.array(z.string()), remedies: z.array(z.string()), duties: z.array(z.string()),
})
const explainedOf = ({ points, missing, remedies, duties, ...rest }: Explained): z.infer<typeof explained> => ({
  ...rest, points: points.map((one) => ({ ...one, reasons: one.reasons.map((each) => ({ ...each, missing: [...each.missing] })) })), missing: [...missing], remedies: [...remedies], duties: [...duties],
})

export function termsRegisterApi(api: Api, { store, clock, terms }: AdminPorts): void {
  const params = z.object({ kind: z.enum(kindNames) })
  api.get('/admin/v1/terms/records/:kind', { schema: { tags, summary: 'What is registered, the latest version of each', params, querystring: z.object({ organization: z.string().optional() }), response: { 200: listOf(record) } } }, async (request) =>
    ({ data: (await latestRecords(adminSql(store), kinds[request.params.kind].kind, request.query.organization)).map(shown) }))
  api.get('/admin/v1/terms/records/:kind/:id', { schema: { tags, summary: 'Every version of one record, oldest first', params: params.extend({ id: nameParam }), response: { 200: listOf(record) } } }, async (request) => {
    const data = (await historyOf(adminSql(store), kinds[request.params.kind].kind, nameIn(request.params.id))).map(shown)
    if (data.length === 0) throw notFound(`no ${request.params.kind} ${nameIn(request.params.id)}`)
    return { data }
  })
  api.post('/admin/v1/terms/records/:kind', { schema: { tags, summary: 'Register a version; the earlier ones stay readable', params, body: z.record(z.string(), z.unknown()), response: { 201: z.object({ id: z.string(), version: z.number() }) } } }, async (request, reply) => {
    const { kind, schema } = kinds[request.params.kind]
    const parsed = schema.safeParse(request.body)
    if (!parsed.success) throw new Failed(422, 'invalid', parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
    const { id, organization } = parsed.data
    const version = await store.transaction('admin', (sql) => putRecord(sql, { kind, id, ...(organization === undefined ? {} : { organization }), body: parsed.data as unknown as Json, actor: request.actor ?? 'console', atMs: clock.now() }))
    return reply.code(201).send({ id, version })
  })
  stateRoute(api, { store, clock })
  api.get('/admin/v1/terms/explain/:purpose', { schema: { tags, summary: 'Which models may serve a purpose, and what is missing for the others', params: z.object({ purpose: nameParam }), querystring: z.object({ organization: z.string().optional() }), response: { 200: z.object({ purpose: z.unknown(), data: z.array(explained) }) } } }, async (request) => {
    const { engine, register } = await inForce(terms, store)
    const id = nameIn(request.params.purpose)
    const named = register.purposes.filter((one) => one.id === id && (request.query.organization === undefined || one.organization === request.query.organization))
    const purpose = named.map((one) => currentPurpose(register, one.organization, id, clock.now())).find((one) => one !== undefined)
    if (purpose === undefined) throw notFound(named.length === 0 ? `no purpose ${id} is registered: weir terms put purposes FILE` : `purpose ${id} has expired: register it again`)
    return { purpose, data: explain(engine, register, purpose, terms.offers(), clock.now()).map(explainedOf) }
  })
}

/** An agreement moves by a rule: what has ended stays ended. Its state decides calls, exports and trainings (house.agreement, house.investigation). */
function stateRoute(api: Api, { store, clock }: Pick<AdminPorts, 'store' | 'clock'>): void {
  const body = z.strictObject({ state: z.enum(agreementStates), says: z.string().min(3).describe('Why: whose letter, which decision.'), evidence: z.string().optional().describe('Where it is written.') })
  api.post('/admin/v1/terms/agreements/:agreement/state', { schema: { tags, summary: 'Record that an agreement is active, under investigation, suspended or ended', params: z.object({ agreement: nameParam }), body, response: { 200: z.object({ id: z.string(), version: z.number(), state: z.enum(agreementStates) }) } } }, async (request) => {
    const id = nameIn(request.params.agreement)
    const { state, says, evidence } = request.body
    return store.transaction('admin', async (sql) => {
      const found = (await latestRecords(sql, 'agreement')).find((one) => one.id === id)
      if (found === undefined) throw notFound(`no agreement ${id}: weir terms list agreements`)
      const agreement = agreementSchema.parse(found.body)
      if (!agreementMoves[agreement.state].includes(state)) throw new Failed(409, 'not_here', `An agreement that is ${agreement.state} cannot become ${state}; possible: ${agreementMoves[agreement.state].join(', ') || 'nothing: register another agreement'}.`)
      const next = { ...agreement, state, says, ...(evidence === undefined ? {} : { evidence }) }
      const version = await putRecord(sql, { kind: 'agreement', id, organization: agreement.organization, body: next as unknown as Json, actor: request.actor ?? 'console', atMs: clock.now() })
      return { id, version, state }
    })
  })
}
