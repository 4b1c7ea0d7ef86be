/** Statements between channel and maker, margins, and what each party had of a month. */
import { z } from 'zod'
import { formatDecimal } from '../../kernel/decimal.ts'
import { issueStatement } from '../../ledger/statements/issue-statement.ts'
import { marginsOf, valueOf } from '../../ledger/statements/margins.ts'
import { namedAssets } from '../named-assets.ts'
import type { AdminPorts } from '../ports.ts'
import { currencyCode, month, refuseUnbegun } from './money-parts.ts'
import { type Api, listOf, notFound } from './reply.ts'

const tags = ['money']
const margin = z.object({
  month: z.string(), organization: z.string(), model: z.string(), maker: z.string(), supplier: z.string(), currency: z.string(), calls: z.number(), list: z.string(), revenue: z.string(), cost: z.string(),
  basis: z.enum(['agreement', 'supplier-contract', 'list', 'no-model']).describe('Where the cost comes from; no-model: billed for no model, such as a shortfall.'), margin: z.string(),
  in_house_cost: z.string().nullable().describe('What months of our assets say that these hours cost us, beside the cost and not in it; from the asset that the deployments name, where they name one; null where no asset’s month names this customer and model, or several suppliers could be meant.'),
})
const value = z.object({ party: z.string(), role: z.enum(['customer', 'channel', 'maker']), rows: z.array(z.object({ label: z.string(), amount: z.string(), unit: z.string() })) })
const of = z.object({ month, currency: currencyCode.default('USD') })

export function statementsApi(api: Api, { store, clock, resources }: AdminPorts): void {
  api.post('/admin/v1/statements', { schema: { tags, summary: 'Issue a maker’s statement of a month; asking again answers the same one', body: z.object({ maker: z.string(), month }), response: { 200: z.object({ id: z.string(), known: z.boolean(), document: z.unknown() }) } } }, async (request) => {
    const { maker, month: when } = request.body
    refuseUnbegun(when, clock)
    const done = await issueStatement(store, clock, maker, when)
    if (done.status === 'no-agreement') throw notFound(`no agreement with ${maker} is in force in ${when}: save one with PUT /admin/v1/agreements/{id}`)
    return { id: done.id, known: done.known, document: done.document }
  })
  api.get('/admin/v1/margins', { schema: { tags, summary: 'Margin per customer and model', querystring: of, response: { 200: listOf(margin) } } }, async (request) => ({
    data: (await marginsOf(store, request.query.month, request.query.currency, namedAssets(await resources.state()))).map(({ list, revenue, cost, margin, inHouseCost, ...rest }) => ({ ...rest, list: formatDecimal(list), revenue: formatDecimal(revenue), cost: formatDecimal(cost), margin: formatDecimal(margin), in_house_cost: inHouseCost === undefined ? null : formatDecimal(inHouseCost) })),
  }))
  api.get('/admin/v1/value', { schema: { tags, summary: 'What each party had of a month', querystring: of, response: { 200: listOf(value) } } }, async (request) => ({
    data: (await valueOf(store, request.query.month, request.query.currency)).map((one) => ({ ...one, rows: [...one.rows] })),
  }))
}
