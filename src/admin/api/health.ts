/** How deployments and supplier accounts fare, as this node sees them, and the way back for a suspended account. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import { endPenalties } from '../../terms/mirror/penalties.ts'
import { capacityFigures } from '../capacity-figures.ts'
import { accountHealth, serviceFigures } from '../service-figures.ts'
import type { AdminPorts } from '../ports.ts'
import { type Api, isoOrNull, listOf, nameIn, nameParam, notFound } from './reply.ts'

const suspension = z.object({ since: z.string(), reason: z.string() })
const deployment = z.object({
  id: z.string(), provider: z.string(), account: z.string(), upstream_model: z.string(), models: z.array(z.string()).describe('Public names that it serves.'), capacity: z.string(), region: z.string().nullable(),
  state: z.enum(['closed', 'open', 'half-open']).describe('Of its breaker: closed serves, open rests after failures, half-open lets one call try.'), failures: z.number().describe('In a row.'), opens_again_at: z.string().nullable(),
})
const account = z.object({ account: z.string(), deployments: z.number(), suspended: suspension.nullable() })
const health = z.object({ deployments: z.array(deployment), accounts: z.array(account) })

const figures = {
  attempts: z.number(), failed: z.number().describe('Refused by the supplier, failed, unreached, cut or lost.'), p50_ms: z.number().nullable(), p95_ms: z.number().nullable(), p99_ms: z.number().nullable(), tokens_per_second: z.number().nullable(),
}
const service = z.object({
  minutes: z.number(), sampled: z.boolean().describe('True where there were more attempts than the latest that are looked at.'), ...figures,
  models: z.array(z.object({ model: z.string(), deployment: z.string(), ...figures })), outcomes: z.array(z.object({ outcome: z.string(), status: z.number().nullable(), attempts: z.number() })),
})

const carrier = z.object({
  kind: z.enum(['reserved', 'in-house']), id: z.string(), model: z.string(), deployments: z.array(z.string()), count: z.number().nullable().describe('Units or replicas; null: not declared.'),
  tokens_per_minute: z.string().nullable().describe('What all of them carry, in input-equivalent tokens; null: not declared.'), mean_tokens_per_minute: z.string(), peak_tokens_per_minute: z.string(),
  utilisation: z.string().nullable().describe('Mean of the hour, as a part of one.'), peak_utilisation: z.string().nullable().describe('Of the busiest minute; above 1 where more came than they carry.'),
})

function capacityRoute(api: Api, ports: AdminPorts): void {
  api.get('/admin/v1/capacity', { schema: { tags: ['operations'], summary: 'Use of reserved units and of replicas of our own in the last hour, from the books', response: { 200: listOf(carrier) } } }, async () => ({
    data: (await capacityFigures(ports, ports.clock.now())).map(({ kind, id, model, deployments, count, tokensPerMinute, mean, peak, utilisation, peakUtilisation }) => ({
      kind, id, model, deployments: [...deployments], count: count ?? null, tokens_per_minute: tokensPerMinute ?? null, mean_tokens_per_minute: mean, peak_tokens_per_minute: peak, utilisation: utilisation ?? null, peak_utilisation: peakUtilisation ?? null,
    })),
  }))
}

export function healthApi(api: Api, ports: AdminPorts): void {
  const { snapshot, breaker, raise, store, clock } = ports
  capacityRoute(api, ports)
  api.get('/admin/v1/health', { schema: { tags: ['operations'], summary: 'Deployments and accounts as this node sees them now', response: { 200: health } } }, () => {
    const { deployments, accounts } = accountHealth(snapshot(), breaker)
    return {
      deployments: deployments.map((one) => ({ ...one, opens_again_at: isoOrNull(one.opensAgainAt), upstream_model: one.upstreamModel, region: one.region ?? null })),
      accounts: accounts.map((one) => ({ account: one.account, deployments: one.deployments, suspended: one.suspension === undefined ? null : { since: isoTime(one.suspension.since), reason: one.suspension.reason } })),
    }
  })
  const params = z.object({ account: nameParam })
  const answer = z.object({ account: z.string(), reinstated: z.boolean() })
  api.post('/admin/v1/accounts/:account/reinstate', { schema: { tags: ['operations'], summary: 'Let this node dial a suspended account again; what its supplier was said to impose on it ends on every node', params, response: { 200: answer } } }, async (request) => {
    const name = nameIn(request.params.account)
    const known = accountHealth(snapshot(), breaker).accounts.some((one) => one.account === name)
    if (!known) throw notFound(`no account ${name}`)
    const actor = request.actor ?? 'unknown'
    const ended = await store.transaction('admin', (sql) => endPenalties(sql, name, 'A person reinstated the account.', actor, clock.now()))
    const reinstated = breaker.reinstate(name) || ended.length > 0
    if (reinstated) raise('account-reinstated', name, { by: actor })
    return { account: name, reinstated }
  })
  const querystring = z.object({ minutes: z.coerce.number().int().min(1).max(1_440).default(60) })
  api.get('/admin/v1/service', { schema: { tags: ['operations'], summary: 'Errors, latency and speed of late, from the books', querystring, response: { 200: service } } }, async (request) => {
    const { minutes } = request.query
    const { models, outcomes, ...all } = await serviceFigures(store, clock.now(), minutes)
    return { minutes, ...all, models: [...models], outcomes: [...outcomes] }
  })
}
