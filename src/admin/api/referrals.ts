/** A maker at the channel: complaints without sight of prompts or customers, what became of them, and how much its models are used. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import { decimal, formatDecimal } from '../../kernel/decimal.ts'
import { states } from '../../terms/cases/case.ts'
import { makersViews, refer } from '../../terms/cases/referral.ts'
import { pseudonymOf } from '../../kernel/sealing.ts'
import type { AdminPorts } from '../ports.ts'
import { adminSql } from '../terms-desk.ts'
import { type Api, Failed, instant, isoOrNull, pageOf } from './reply.ts'

const tags = ['referrals']
const view = z.object({
  case: z.string(), referral: z.string().nullable(), maker: z.string(), state: z.enum(states), since: z.string(), clause: z.string(), says: z.string(), finding: z.string().nullable(), due: z.object({ what: z.string(), at: z.string() }).nullable(),
  restrictions: z.array(z.object({ kind: z.string(), status: z.string(), ends: z.string().nullable() })), steps: z.array(z.object({ at: z.string(), what: z.string() })),
})
const lookBackMs = 90 * 86_400_000

export function referralsApi(api: Api, { store, clock, resources }: AdminPorts): void {
  const mine = (asked: string | undefined, only: string | undefined): string | undefined => {
    if (only !== undefined && asked !== undefined && asked !== only) throw new Failed(403, 'not_permitted', `You speak for ${only}, not for ${asked}.`)
    return only ?? asked
  }
  const asked = z.object({ maker: z.string().optional(), case: z.string().optional().describe('The one that is this case.'), after: z.string().max(400).optional(), limit: z.coerce.number().int().min(1).max(1_000).default(200) })
  api.get('/admin/v1/referrals', { schema: { tags, summary: 'Complaints of makers as the maker may see them: no customers, no prompts', querystring: asked, response: { 200: pageOf(view) } } }, async (request) => {
    const { maker, case: id, after, limit } = request.query
    const { views, next } = await makersViews(adminSql(store), mine(maker, request.onlyMaker), { after, limit, id })
    const data = views.map((one) => ({
      case: one.case, referral: one.referral ?? null, maker: one.maker, state: one.state, since: isoTime(one.sinceMs), clause: one.clause, says: one.says, finding: one.finding ?? null, due: one.due === undefined ? null : { what: one.due.what, at: isoTime(one.due.atMs) },
      restrictions: one.restrictions.map(({ kind, status, endsMs }) => ({ kind, status, ends: isoOrNull(endsMs) })), steps: one.steps.map(({ atMs, what }) => ({ at: isoTime(atMs), what })),
    }))
    return { data, next: next ?? null }
  })
  const body = z.strictObject({
    maker: z.string().min(1), reference: z.string().min(1).max(200).optional().describe('Your own name of this complaint: sent again under it, also as Idempotency-Key, it opens nothing new.'), clause: z.string().min(1), says: z.string().min(1).max(2_000).describe('The complaint: channel and customer read it.'), identifiers: z.array(z.string().min(1)).max(1_000).default([]).describe('Safety identifiers that the maker received.'),
    request_ids: z.array(z.string().min(1)).max(10_000).default([]).describe('The maker\'s own request ids.'), from: instant.optional(), to: instant.optional(),
  }).refine(({ identifiers, request_ids: ids }) => identifiers.length + ids.length > 0, 'name identifiers or request_ids: by these the channel finds the calls')
  const made = z.object({ referral: z.string(), cases: z.array(z.object({ id: z.string(), calls: z.number() })), calls: z.number(), known: z.boolean().describe('It came before: these are the cases of then, and nothing new was opened.') })
  api.post('/admin/v1/referrals', { schema: { tags, summary: 'Complain: the channel finds the calls, opens a case for each customer concerned, and decides', body, response: { 200: made, 201: made } } }, async (request, reply) => {
    const { maker, clause, says, identifiers, request_ids: requestIds, from, to } = request.body
    mine(maker, request.onlyMaker)
    const atMs = clock.now()
    const id = resources.ports.makeId('referral')
    const key = request.headers['idempotency-key']
    const reference = request.body.reference ?? (typeof key === 'string' && key !== '' ? key.slice(0, 200) : undefined)
    const referral = { id, maker, reference, clause, says, identifiers, requestIds, fromMs: from === undefined ? atMs - lookBackMs : Date.parse(from), toMs: to === undefined ? atMs + 1 : Date.parse(to), pseudonym: pseudonymOf(resources.hash) }
    const done = await refer(adminSql(store), (run) => store.transaction('revocation', run), referral, resources.ports.makeId, request.actor ?? 'console', atMs)
    if (done.status === 'other') throw new Failed(409, 'another_complaint', `Under this reference you complained otherwise before: that is ${done.referral}. Give the new complaint a reference of its own.`)
    const { referred } = done
    return reply.code(done.status === 'opened' ? 201 : 200).send({ referral: referred.id, cases: referred.cases.map((one) => ({ ...one })), calls: referred.calls, known: done.status === 'known' })
  })
  const figures = z.object({ maker: z.string(), from: z.string(), to: z.string(), data: z.array(z.object({ model: z.string(), customers: z.number(), calls: z.number(), input_tokens: z.string(), output_tokens: z.string(), cost: z.string(), currency: z.string() })) })
  const query = z.object({ from: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a day'), to: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a day, exclusive') })
  api.get('/admin/v1/makers/:maker/usage', { schema: { tags, summary: 'How much a maker\'s models are used, summed over all customers', params: z.object({ maker: z.string() }), querystring: query, response: { 200: figures } } }, async (request) => {
    const maker = mine(request.params.maker, request.onlyMaker) ?? ''
    const { from, to } = request.query
    const rows = await adminSql(store)<{ model: string; customers: string; calls: string; input: string; output: string; cost: string; currency: string }>(
      `SELECT model, currency, count(DISTINCT organization) AS customers, sum(calls) AS calls, sum(input) AS input, sum(output) AS output, sum(cost) AS cost FROM usage_minute
       WHERE maker = $1 AND minute >= extract(epoch FROM $2::date) / 60 AND minute < extract(epoch FROM $3::date) / 60 GROUP BY model, currency ORDER BY model, currency`, [maker, from, to])
    return { maker, from, to, data: rows.map((row) => ({ model: row.model, customers: Number(row.customers), calls: Number(row.calls), input_tokens: row.input, output_tokens: row.output, cost: formatDecimal(decimal(row.cost)), currency: row.currency })) }
  })
}
