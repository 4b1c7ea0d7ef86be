/**
 * What suppliers' interfaces say, spoken by us to our customers: OpenAI's safety case, Azure's abuse penalty, Bedrock's retention. A client
 * that reads the one or the other from its maker reads ours unchanged. Reading lifts nothing.
 */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import { type Case, endsAt, inForceAt } from '../../terms/cases/case.ts'
import { readCase, readRestrictions } from '../../terms/cases/case-store.ts'
import { abusePenaltySchema, safetyCaseSchema } from '../../terms/mirror/notice.ts'
import { effectiveRetention, retentionModes } from '../../gateway/data-retention.ts'
import { find } from '../entries.ts'
import type { AdminPorts } from '../ports.ts'
import { adminSql } from '../terms-desk.ts'
import { type Api, notFound } from './reply.ts'

const tags = ['cases']
const suspends = new Set(['suspend_key', 'suspend_project', 'suspend_account', 'terminate'])

/** A case in OpenAI's shape: a deactivation where a suspension is in force or was, else a warning. */
function safetyCase(one: Case): z.infer<typeof safetyCaseSchema> {
  const { about, clause } = one.signal
  const deactivated = one.restrictions.some((each) => suspends.has(each.kind) && each.status !== 'proposed')
  return { id: one.id, object: 'safety.case', created_at: Math.floor((one.events[0]?.atMs ?? one.sinceMs) / 1_000), entity_identifier: about.key ?? about.project ?? about.organization, reason: clause, notice: { type: deactivated ? 'deactivation' : 'warning' } }
}

export function safetyApi(api: Api, { store, clock, resources }: AdminPorts): void {
  api.get('/v1/safety/cases/:case', { schema: { tags, summary: 'A case as OpenAI\'s clients read one; only once notice was given', params: z.object({ case: z.string() }), response: { 200: safetyCaseSchema } } }, async (request) => {
    const found = await readCase(adminSql(store), request.params.case)
    const told = found !== undefined && (found.events.some((each) => each.body.kind === 'moved' && each.body.act === 'notice') || inForceAt(found, clock.now()).length > 0)
    if (found === undefined || !told || (request.onlyOrganization !== undefined && request.onlyOrganization !== found.signal.organization)) throw notFound(`no safety case ${request.params.case}`)
    return safetyCase(found)
  })
  const penalty = z.object({ name: z.string(), properties: z.object({ abusePenalty: abusePenaltySchema.nullable() }) })
  api.get('/admin/v1/organizations/:organization/abuse-penalty', { schema: { tags, summary: 'What restricts an organization\'s calls, as Azure states it for an account', params: z.object({ organization: z.string() }), response: { 200: penalty } } }, async (request) => {
    const { organization } = request.params
    if (request.onlyOrganization !== undefined && request.onlyOrganization !== organization) throw notFound(`no organization ${organization}`)
    const all = (await readRestrictions(adminSql(store), clock.now())).filter((one) => one.scope.organization === organization && one.scope.project === undefined && one.scope.key === undefined)
    const blocking = all.find((one) => one.kind === 'suspend_account' || one.kind === 'terminate')
    const found = blocking ?? all.filter((one) => one.kind === 'throttle').toSorted((a, b) => (a.percent ?? 100) - (b.percent ?? 100))[0]
    if (found === undefined) return { name: organization, properties: { abusePenalty: null } }
    const ends = endsAt(found)
    return { name: organization, properties: { abusePenalty: { action: blocking === undefined ? 'Throttle' as const : 'Block' as const, ...(found.percent === undefined ? {} : { rateLimitPercentage: found.percent }), ...(Number.isFinite(ends) ? { expiration: isoTime(ends) } : {}) } } }
  })
  const asked = z.object({ project: z.string().optional(), region: z.string().optional() })
  api.get('/admin/v1/organizations/:organization/data-retention', { schema: { tags, summary: 'What was promised of data retention, as Bedrock states it: project, then account, then the model\'s default', params: z.object({ organization: z.string() }), querystring: asked, response: { 200: z.object({ mode: z.enum(retentionModes) }) } } }, async (request) => {
    const { organization } = request.params
    const state = await resources.state()
    const found = find(state, 'organization', organization)
    if (found === undefined || (request.onlyOrganization !== undefined && request.onlyOrganization !== organization)) throw notFound(`no organization ${organization}`)
    const { project, region } = request.query
    return { mode: effectiveRetention([project === undefined ? undefined : find(state, 'project', `${organization}/${project}`)?.body.spec.dataRetention, found.body.spec.dataRetention], region) }
  })
}
