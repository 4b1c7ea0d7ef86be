/** Usage and costs, exact: counts as whole numbers, money as decimal text. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { formatDecimal } from '../../kernel/decimal.ts'
import type { AdminPorts } from '../ports.ts'
import { usageDimensions, type UsageDimension, usageFigures, type UsageQuery } from '../usage-figures.ts'
import { type Api, Failed, instant, isoOrNull, listOf, ownMaker, ownOrganization } from './reply.ts'

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

/** What a maker is told apart: nothing that says who the customers are or what they pay whom. */
const makerDimensions: ReadonlySet<string> = new Set(['model', 'maker', 'operation', 'tier'])

type Only = Pick<FastifyRequest, 'onlyOrganization' | 'onlyMaker'>

function queryOf(given: z.infer<typeof filters>, { onlyOrganization, onlyMaker }: Only): UsageQuery {
  const groupBy = (given.group_by ?? (onlyMaker === undefined ? 'organization,project,model' : 'model')).split(',').filter((name) => name !== '')
  const unknown = groupBy.find((name) => !(usageDimensions as readonly string[]).includes(name))
  if (unknown !== undefined) throw new Failed(422, 'invalid', `group_by: unknown ${unknown}; expected ${usageDimensions.join(', ')}`)
  const one = (value: string | undefined): readonly string[] | undefined => (value === undefined ? undefined : [value])
  const organization = ownOrganization({ onlyOrganization }, given.organization)
  if (onlyMaker !== undefined) refuseMaker(given, groupBy)
  return {
    fromMs: given.from === undefined ? undefined : Date.parse(given.from), toMs: given.to === undefined ? undefined : Date.parse(given.to), groupBy: groupBy as UsageDimension[],
    ...(given.bucket === undefined ? {} : { bucketMinutes: minutes[given.bucket] }),
    only: {
      organization: one(organization), project: one(given.project), key: one(given.key), model: one(given.model), deployment: one(given.deployment),
      supplier: one(given.supplier), maker: one(ownMaker({ onlyMaker }, given.maker)), purpose: one(given.purpose),
    },
  }
}

/** Neither grouped nor filtered by anything that names a customer: a sum over one customer would say what that one uses. */
function refuseMaker(given: z.infer<typeof filters>, groupBy: readonly string[]): void {
  const asked = [...groupBy, ...(['organization', 'project', 'key', 'deployment', 'supplier', 'purpose'] as const).filter((name) => given[name] !== undefined)]
  const hidden = asked.find((name) => !makerDimensions.has(name))
  if (hidden !== undefined) throw new Failed(403, 'not_permitted', `A maker sees sums over all customers: group and filter by ${[...makerDimensions].join(', ')}, not by ${hidden}.`)
}

/** `project` of a row is its own name; the organization stands beside it where it was grouped by. */
const shortProject = (dimensions: Readonly<Record<string, string | null>>): Readonly<Record<string, string | null>> =>
  dimensions['project'] === undefined || dimensions['project'] === null || dimensions['organization'] === undefined ? dimensions : { ...dimensions, project: dimensions['project'].split('/').slice(1).join('/') }

export function usageApi(api: Api, { store }: AdminPorts): void {
  api.get('/admin/v1/usage', { schema: { tags: ['money'], summary: 'Calls, tokens and cost', querystring: filters, response: { 200: listOf(row) } } }, async (request) => ({
    data: (await usageFigures(store, queryOf(request.query, request))).map((figure) => ({
      ...(request.query.bucket === undefined ? {} : { start: isoOrNull(figure.bucketStart) }), ...(shortProject(figure.dimensions as Record<string, string | null>) as Record<string, string>),
      calls: figure.calls, attempts: figure.attempts, reported_calls: figure.reported, estimated_calls: figure.estimated, absent_calls: figure.absent,
      input_tokens: figure.input, cached_input_tokens: figure.cachedInput, output_tokens: figure.output, reasoning_tokens: figure.reasoning, cost: formatDecimal(figure.cost), currency: figure.currency,
    })),
  }))
  api.get('/admin/v1/costs', { schema: { tags: ['money'], summary: 'Cost alone, by day unless asked otherwise', querystring: filters, response: { 200: listOf(costRow) } } }, async (request) => {
    const query = { ...request.query, bucket: request.query.bucket ?? 'day' as const }
    return {
      data: (await usageFigures(store, queryOf(query, request))).map((figure) => ({
        start: isoOrNull(figure.bucketStart), ...(shortProject(figure.dimensions as Record<string, string | null>) as Record<string, string>), cost: formatDecimal(figure.cost), currency: figure.currency,
      })),
    }
  })
}
