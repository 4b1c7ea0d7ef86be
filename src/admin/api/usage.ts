/** Usage and costs, exact: counts as whole numbers, money as decimal text. */
import { z } from 'zod'
import { formatDecimal } from '../../kernel/decimal.ts'
import type { AdminPorts } from '../ports.ts'
import { usageDimensions, type UsageDimension, usageFigures, type UsageQuery } from '../usage-figures.ts'
import { type Api, Failed, instant, isoOrNull, listOf } from './reply.ts'

const filters = z.object({
  from: instant.optional(), to: instant.optional(), organization: z.string().optional(), project: z.string().optional().describe('organization/project'), key: z.string().optional(), model: z.string().optional(),
  deployment: z.string().optional(), supplier: z.string().optional(), maker: z.string().optional(), purpose: z.string().optional(),
  group_by: z.string().optional().describe(`Comma-separated, of ${usageDimensions.join(', ')}; organization,project,model by default.`),
  bucket: z.enum(['minute', 'hour', 'day']).optional().describe('In UTC; without it one row for the whole time.'),
})

const row = z.object({
  start: z.string().nullable().optional(), organization: z.string().optional(), project: z.string().optional(), model: z.string().optional(), key: z.string().nullable().optional(), purpose: z.string().nullable().optional(), deployment: z.string().optional(),
  supplier: z.string().optional(), maker: z.string().optional(), operation: z.string().optional(), tier: z.string().optional(),
  calls: z.number(), attempts: z.number(), reported_calls: z.number(), estimated_calls: z.number(), absent_calls: z.number(),
  input_tokens: z.number(), cached_input_tokens: z.number(), output_tokens: z.number(), reasoning_tokens: z.number(), cost: z.string(), currency: z.string(),
})

const costRow = row.pick({ start: true, organization: true, project: true, model: true, key: true, purpose: true, deployment: true, supplier: true, maker: true, operation: true, tier: true, cost: true, currency: true })

const minutes = { minute: 1, hour: 60, day: 1_440 } as const

function queryOf(given: z.infer<typeof filters>, onlyOrganization: string | undefined): UsageQuery {
  const groupBy = (given.group_by ?? 'organization,project,model').split(',').filter((name) => name !== '')
  const unknown = groupBy.find((name) => !(usageDimensions as readonly string[]).includes(name))
  if (unknown !== undefined) throw new Failed(422, 'invalid', `group_by: unknown ${unknown}; expected ${usageDimensions.join(', ')}`)
  const one = (value: string | undefined): readonly string[] | undefined => (value === undefined ? undefined : [value])
  if (onlyOrganization !== undefined && given.organization !== undefined && given.organization !== onlyOrganization) throw new Failed(403, 'not_permitted', `This token sees ${onlyOrganization} only.`)
  return {
    fromMs: given.from === undefined ? undefined : Date.parse(given.from), toMs: given.to === undefined ? undefined : Date.parse(given.to), groupBy: groupBy as UsageDimension[],
    ...(given.bucket === undefined ? {} : { bucketMinutes: minutes[given.bucket] }),
    only: {
      organization: one(onlyOrganization ?? given.organization), project: one(given.project), key: one(given.key), model: one(given.model), deployment: one(given.deployment),
      supplier: one(given.supplier), maker: one(given.maker), purpose: one(given.purpose),
    },
  }
}

/** `project` of a row is its own name; the organization stands beside it where it was grouped by. */
const shortProject = (dimensions: Readonly<Record<string, string | null>>): Readonly<Record<string, string | null>> =>
  dimensions['project'] === undefined || dimensions['project'] === null || dimensions['organization'] === undefined ? dimensions : { ...dimensions, project: dimensions['project'].split('/').slice(1).join('/') }

export function usageApi(api: Api, { store }: AdminPorts): void {
  api.get('/admin/v1/usage', { schema: { tags: ['money'], summary: 'Calls, tokens and cost', querystring: filters, response: { 200: listOf(row) } } }, async (request) => ({
    data: (await usageFigures(store, queryOf(request.query, request.onlyOrganization))).map((figure) => ({
      ...(request.query.bucket === undefined ? {} : { start: isoOrNull(figure.bucketStart) }), ...(shortProject(figure.dimensions as Record<string, string | null>) as Record<string, string>),
      calls: figure.calls, attempts: figure.attempts, reported_calls: figure.reported, estimated_calls: figure.estimated, absent_calls: figure.absent,
      input_tokens: figure.input, cached_input_tokens: figure.cachedInput, output_tokens: figure.output, reasoning_tokens: figure.reasoning, cost: formatDecimal(figure.cost), currency: figure.currency,
    })),
  }))
  api.get('/admin/v1/costs', { schema: { tags: ['money'], summary: 'Cost alone, by day unless asked otherwise', querystring: filters, response: { 200: listOf(costRow) } } }, async (request) => {
    const query = { ...request.query, bucket: request.query.bucket ?? 'day' as const }
    return {
      data: (await usageFigures(store, queryOf(query, request.onlyOrganization))).map((figure) => ({
        start: isoOrNull(figure.bucketStart), ...(shortProject(figure.dimensions as Record<string, string | null>) as Record<string, string>), cost: formatDecimal(figure.cost), currency: figure.currency,
      })),
    }
  })
}
