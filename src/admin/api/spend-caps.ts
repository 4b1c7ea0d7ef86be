/** Caps that spend out of the ordinary put below budgets, and their lifting. The anomalies themselves are events. */
import { z } from 'zod'
import { capsInForce, liftCap } from '../../ledger/spend-anomalies.ts'
import type { AdminPorts } from '../ports.ts'
import { type Api, listOf, nameIn, nameParam, notFound } from './reply.ts'

const tags = ['money']
const cap = z.object({ budget: z.string(), period: z.string(), cap: z.string().describe('What may be posted in the period at most.'), posted: z.string(), reason: z.string() })

export function spendCapsApi(api: Api, { store, clock }: AdminPorts): void {
  api.get('/admin/v1/spend-caps', { schema: { tags, summary: 'Caps below budgets, put there by spend out of the ordinary', response: { 200: listOf(cap) } } }, async () => ({ data: [...await capsInForce(store, clock)] }))
  api.post('/admin/v1/spend-caps/:budget/lift', { schema: { tags, summary: 'Lift the cap of a budget; who and why become an event', params: z.object({ budget: nameParam }), body: z.strictObject({ reason: z.string().min(3) }), response: { 200: z.object({ lifted: z.number() }) } } }, async (request) => {
    const budget = nameIn(request.params.budget)
    const lifted = await liftCap(store, clock, budget, request.actor ?? 'unknown', request.body.reason)
    if (lifted === 0) throw notFound(`no cap on ${budget}: GET /admin/v1/spend-caps lists those in force`)
    return { lifted }
  })
}
