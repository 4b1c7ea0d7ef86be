/** Calls as the books know them: attempts to search, and one call in full. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import { decimal, formatDecimal, multiply } from '../../kernel/decimal.ts'
import { callDetail, listCalls, type CallAttempt, type CallRow } from '../../ledger/calls.ts'
import { loadPrices } from '../../ledger/stored-prices.ts'
import type { PriceRow } from '../../ledger/price.ts'
import type { AdminPorts } from '../ports.ts'
import { type Api, instant, notFound, pageOf } from './reply.ts'

const row = z.object({
  call: z.string(), n: z.number().describe('1 for the first dial of the call.'), at: z.string(), duration_ms: z.number(), organization: z.string(), project: z.string(), key: z.string(), purpose: z.string().nullable(),
  model: z.string(), deployment: z.string(), supplier: z.string(), maker: z.string(), operation: z.string(), outcome: z.string(), status: z.number().nullable(),
  source: z.string().describe('reported, estimated or absent.'), billable: z.string(), tier: z.string(), input_tokens: z.number().nullable(), cached_input_tokens: z.number().nullable(), output_tokens: z.number().nullable(),
  cost: z.string().nullable(), currency: z.string(), last: z.boolean().describe('The call ended with this attempt.'),
})

const line = z.object({ meter: z.string(), quantity: z.string(), unit_price: z.string().nullable(), amount: z.string().nullable(), price_row: z.string(), source: z.string().nullable() })
const attempt = row.extend({
  budget_charge_picos: z.string(), lines: z.array(line), transactions: z.array(z.string()),
  records: z.unknown().describe('As journalled, with the provider\'s usage as it came; null once the journal is retired.'),
})
const call = z.object({ call: z.string(), attempts: z.array(attempt), open: z.array(z.unknown()).describe('Dialled, and no outcome yet.'), quarantined: z.array(z.object({ id: z.string(), reason: z.string(), detail: z.string() })) })

const filters = z.object({
  organization: z.string().optional(), project: z.string().optional(), key: z.string().optional(), model: z.string().optional(), deployment: z.string().optional(), outcome: z.string().optional(),
  supplier: z.string().optional(), maker: z.string().optional(), purpose: z.string().optional(), operation: z.string().optional(),
  source: z.enum(['reported', 'estimated', 'absent']).optional(), search: z.string().optional().describe('Part of a call id.'), from: instant.optional(), to: instant.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50), after: z.string().optional().describe('`next` of the page before.'),
})

const rowOf = (one: CallRow): z.infer<typeof row> => ({
  call: one.call, n: one.n, at: isoTime(one.at), duration_ms: one.durationMs, organization: one.organization, project: one.project, key: one.key, purpose: one.purpose ?? null, model: one.model,
  deployment: one.deployment, supplier: one.supplier, maker: one.maker, operation: one.operation, outcome: one.outcome, status: one.status ?? null, source: one.source, billable: one.billable, tier: one.tier,
  input_tokens: one.input ?? null, cached_input_tokens: one.cachedInput ?? null, output_tokens: one.output ?? null, cost: one.cost ?? null, currency: one.currency, last: one.last,
})

function attemptOf(one: CallAttempt, prices: ReadonlyMap<string, PriceRow>): z.infer<typeof attempt> {
  return {
    ...rowOf(one), budget_charge_picos: one.charge, transactions: [...one.transactions], records: one.records ?? null,
    lines: one.lines.map(({ meter, quantity, priceRow }) => {
      const price = prices.get(priceRow)
      return {
        meter, quantity, price_row: priceRow, unit_price: price === undefined ? null : formatDecimal(price.unitPrice),
        amount: price === undefined ? null : formatDecimal(multiply(decimal(quantity), price.unitPrice)), source: price?.source ?? null,
      }
    }),
  }
}

/** The filters that were given, without those that were not. */
const given = <T extends object>(query: T): { [K in keyof T]?: Exclude<T[K], undefined> } => Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> }

export function callsApi(api: Api, { store }: AdminPorts): void {
  api.get('/admin/v1/calls', { schema: { tags: ['calls'], summary: 'Attempts of calls, the latest first', querystring: filters, response: { 200: pageOf(row) } } }, async (request) => {
    const { from, to, ...rest } = request.query
    const { calls, next } = await listCalls(store, { ...given(rest), ...(from === undefined ? {} : { from: Date.parse(from) }), ...(to === undefined ? {} : { to: Date.parse(to) }) })
    return { data: calls.map(rowOf), next: next ?? null }
  })
  api.get('/admin/v1/calls/:call', { schema: { tags: ['calls'], summary: 'One call in full', params: z.object({ call: z.string() }), response: { 200: call } } }, async (request) => {
    const found = await callDetail(store, request.params.call)
    if (found === undefined) throw notFound(`no call ${request.params.call}; one that has just ended is posted within a moment`)
    const ids = [...new Set(found.attempts.flatMap((one) => one.lines.map(({ priceRow }) => priceRow)))]
    const prices = new Map((ids.length === 0 ? [] : await loadPrices(store, ids)).map((price) => [price.id, price]))
    return { call: found.call, attempts: found.attempts.map((one) => attemptOf(one, prices)), open: [...found.open], quarantined: found.quarantined.map((item) => ({ ...item })) }
  })
}
