/** The price book: what applies, all that was ever recorded, and new rows. Rows never change. */
import { z } from 'zod'
import { priceSchema } from '../../gateway/resources.ts'
import { isoTime } from '../../kernel/clock.ts'
import { decimal, formatDecimal, multiply } from '../../kernel/decimal.ts'
import { namesOf } from '../../ledger/model-facts.ts'
import type { PriceRow } from '../../ledger/price.ts'
import type { Entry } from '../entries.ts'
import { priceName } from '../plan-apply.ts'
import type { AdminPorts } from '../ports.ts'
import { type Api, failureOf, instant, listOf } from './reply.ts'

const price = z.object({
  id: z.string(), list: z.string(), model: z.string(), meter: z.string(), tier: z.string(), region_class: z.string(),
  above_input: z.number().describe('Applies to prompts of more than this many tokens; 0: to all.'),
  currency: z.string(), unit_price: z.string(), per_million: z.string(), effective_from: z.string(), recorded_at: z.string(), source: z.string(),
})

const million = decimal(1_000_000)

const priceOf = (row: PriceRow): z.infer<typeof price> => ({
  id: row.id, list: row.list, model: row.model, meter: row.meter, tier: row.tier, region_class: row.regionClass, above_input: row.aboveInput, currency: row.currency,
  unit_price: formatDecimal(row.unitPrice), per_million: formatDecimal(multiply(row.unitPrice, million)), effective_from: isoTime(row.effectiveFrom), recorded_at: isoTime(row.recordedAt), source: row.source,
})

export function pricesApi(api: Api, { resources, priceBook, clock }: AdminPorts): void {
  const querystring = z.object({ model: z.string().optional(), list: z.string().optional(), at: instant.optional().describe('In force then; now by default.') })
  const matching = (rows: readonly PriceRow[], model: string | undefined, list: string | undefined): readonly PriceRow[] => {
    const names = model === undefined ? undefined : namesOf(model)
    return rows.filter((row) => (names === undefined || names.includes(row.model)) && (list === undefined || row.list === list))
  }
  api.get('/admin/v1/prices', { schema: { tags: ['prices'], summary: 'Prices in force', querystring, response: { 200: listOf(price) } } }, (request) => {
    const { model, list, at } = request.query
    const when = at === undefined ? clock.now() : Date.parse(at)
    const groups = new Map(matching(priceBook().rows(), model, list).map((row) => [`${row.list} ${row.model} ${row.regionClass}`, row]))
    const ids = new Set<string>()
    const rows = [...groups.values()].flatMap((row) => priceBook().sheet(row.list, row.model, row.regionClass, when, clock.now())?.rows ?? []).filter((row) => !ids.has(row.id) && ids.add(row.id).size > 0)
    return { data: rows.map(priceOf) }
  })
  api.get('/admin/v1/prices/history', { schema: { tags: ['prices'], summary: 'All rows ever recorded', querystring, response: { 200: listOf(price) } } }, (request) => ({
    data: matching(priceBook().rows(), request.query.model, request.query.list).toSorted((a, b) => a.effectiveFrom - b.effectiveFrom || a.recordedAt - b.recordedAt).map(priceOf),
  }))
  api.post('/admin/v1/prices', { schema: { tags: ['prices'], summary: 'Record prices; a correction is a new row with its own date', body: z.object({ prices: z.array(priceSchema).min(1).max(1_000) }), response: { 200: z.object({ version: z.number() }) } } }, async (request) => {
    const done = await resources.edit((state) => {
      const fresh = request.body.prices.map((spec): Entry => ({ kind: 'price', name: priceName(spec), body: { spec, createdAt: clock.now() }, managedBy: undefined })).filter((entry) => !state.entries.has(`price ${entry.name}`))
      return { changes: fresh.map((entry) => ({ kind: 'price' as const, name: entry.name, action: 'add' as const, differences: [] })), writes: fresh, removals: [], made: [] }
    })
    if (done.status !== 'applied') throw failureOf(done)
    return { version: done.version }
  })
}
