/** The outlook, and what planning is told: guidance, actuals, assumptions, retirements. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import { dayOf, isMonth } from '../../ledger/contracts/calendar.ts'
import { actualSchema, finalityOf } from '../../planner/guidance.ts'
import { outlook } from '../../planner/outlook.ts'
import { assumptionFault, type RecordKind, record, recordSchemas, recordsOf } from '../../planner/plan-records.ts'
import { parseScenario } from '../../planner/scenario.ts'
import type { AdminPorts } from '../ports.ts'
import { outlookAnswer, outlookOf } from './outlook-answer.ts'
import { type Api, Failed, listOf } from './reply.ts'

const querystring = z.object({
  month: z.string().refine(isMonth, 'a month, such as 2026-11').optional().describe('The last month with usage by default.'),
  base: z.enum(['invoiced', 'usage']).optional().describe('Invoices where they are complete, by default; the two are never mixed.'),
  currency: z.string().optional(),
  what_if: z.string().optional().describe('customer=leaves|halves|doubles|ramp:6'),
  model: z.string().optional().describe('Advice on this model; the five dearest by default.'),
})
const answer = z.object({ status: z.enum(['known', 'missing']), missing: z.array(z.string()).optional(), outlook: outlookAnswer.optional().describe('Figures with value, unit, base, interval, inputs (row ids and dates) and what they were checked against.') })
const stored = z.object({ id: z.string(), kind: z.string(), recorded_at: z.string(), recorded_by: z.string(), body: z.unknown() })

/** What whoever records should know of it: that it does not stand yet, or is not final. */
function doubtsOf(kind: RecordKind, body: object, today: string): readonly string[] {
  const dated = 'given' in body ? body.given : 'known' in body ? body.known : undefined
  const finality = kind === 'actual' ? finalityOf(actualSchema.parse(body)) : undefined
  return [
    ...(typeof dated === 'string' && dated > today ? [`it stands from ${dated} on: until then what was recorded before does`] : []),
    ...(finality === undefined || finality.status === 'final' ? [] : [finality.says]),
  ]
}

export function outlookApi(api: Api, { store, clock, snapshot, priceBook, resources }: AdminPorts): void {
  api.get('/admin/v1/outlook', { schema: { tags: ['outlook'], summary: 'Concentration, run-rate, what-if, guidance, reservation, make or buy, mix, calendar', querystring, response: { 200: answer } } }, async (request) => {
    const { month, base, currency, what_if: text, model } = request.query
    const scenario = text === undefined ? undefined : parseScenario(text)
    if (scenario !== undefined && 'refused' in scenario) throw new Failed(422, 'bad_scenario', scenario.refused)
    const ask = { ...(month === undefined ? {} : { month }), ...(base === undefined ? {} : { base }), ...(currency === undefined ? {} : { currency }), ...(model === undefined ? {} : { models: [model] }), ...(scenario === undefined ? {} : { scenario }) }
    const found = await outlook({ store, clock, snapshot, sheet: (...args) => priceBook().sheet(...args) }, ask)
    return found.status === 'missing' ? { status: 'missing' as const, missing: [...found.missing] } : { status: 'known' as const, outlook: outlookOf(found.outlook) }
  })
  const kinds = z.object({ kind: z.enum(Object.keys(recordSchemas) as [RecordKind, ...RecordKind[]]) })
  api.get('/admin/v1/outlook/records/:kind', { schema: { tags: ['outlook'], summary: 'Guidance, actuals, assumptions or retirements as recorded', params: kinds, querystring: z.object({ all: z.enum(['true', 'false']).optional().describe('Also those that a later one stands in for, and those that do not stand yet.') }), response: { 200: listOf(stored) } } }, async (request) => ({
    data: (await recordsOf(store, request.params.kind, request.query.all === 'true' ? {} : { standingOn: dayOf(clock.now()) })).map((each) => ({ id: each.id, kind: each.kind, recorded_at: isoTime(each.recordedAt), recorded_by: each.recordedBy, body: each.body })),
  }))
  api.post('/admin/v1/outlook/records/:kind', { schema: { tags: ['outlook'], summary: 'Record one; it never changes, a later one stands in for it', params: kinds, body: z.unknown(), response: { 201: z.object({ id: z.string(), note: z.string().optional().describe('What is doubtful about it.') }) } } }, async (request, reply) => {
    const { kind } = request.params
    const parsed = recordSchemas[kind].safeParse(request.body)
    if (!parsed.success) throw new Failed(422, 'invalid', parsed.error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`).join('; '))
    const fault = kind === 'assumption' ? assumptionFault(recordSchemas.assumption.parse(parsed.data)) : undefined
    if (fault !== undefined) throw new Failed(422, 'invalid', fault)
    const id = await record(store, { clock, makeId: resources.ports.makeId }, kind, parsed.data as never, request.actor ?? 'console')
    const notes = doubtsOf(kind, parsed.data, dayOf(clock.now()))
    return reply.code(201).send(notes.length === 0 ? { id } : { id, note: notes.join('; ') })
  })
}
