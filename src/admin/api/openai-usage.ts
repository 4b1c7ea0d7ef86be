/**
 * Usage and costs in the shape of OpenAI's administration API (its OpenAPI 2.3.0: /organization/usage/completions,
 * /organization/usage/embeddings, /organization/costs; read 2026-11-23), so that tools made for it read Weir. With an
 * administrator's token `project_id` is organization/project, with one of an organization it is the project alone.
 */
import { z } from 'zod'
import { type BucketQuery, usageBuckets, type UsageKind } from '../../ledger/usage.ts'
import type { AdminPorts } from '../ports.ts'
import { type Api, Failed } from './reply.ts'

const seconds = z.coerce.number({ error: 'give Unix seconds' }).int('give whole Unix seconds').nonnegative('give Unix seconds')
const names = z.union([z.array(z.string()), z.string().transform((one) => one.split(','))]).optional()
const querystring = z.object({
  start_time: seconds, end_time: seconds.optional(), bucket_width: z.string().optional(), limit: z.coerce.number().int().optional(), page: z.string().optional(),
  group_by: names, project_ids: names, user_ids: names, api_key_ids: names, models: names, batch: z.enum(['true', 'false']).optional(),
})

const paths: Readonly<Record<UsageKind, string>> = { completions: '/v1/organization/usage/completions', embeddings: '/v1/organization/usage/embeddings', costs: '/v1/organization/costs' }

export function openaiUsageApi(api: Api, { store, clock }: AdminPorts): void {
  // The official clients write lists as `models[]=a&models[]=b`.
  api.addHook('preValidation', async (request) => {
    if (!request.url.startsWith('/v1/organization')) return
    const query = request.query as Record<string, unknown>
    for (const name of Object.keys(query)) if (name.endsWith('[]')) query[name.slice(0, -2)] = query[name]
  })
  for (const kind of Object.keys(paths) as UsageKind[]) {
    api.get(paths[kind], { schema: { tags: ['openai'], summary: kind === 'costs' ? 'Costs in OpenAI\'s shape' : `Usage of ${kind} in OpenAI's shape`, querystring } }, async (request) => {
      const page = await usageBuckets(store, bucketQuery(kind, request.query, request.onlyOrganization), clock.now())
      if ('invalid' in page) throw new Failed(400, 'invalid_value', `${page.invalid}: ${page.why}`)
      // End users stand in the books as hashes only, so no usage is known to be theirs.
      return request.query.user_ids === undefined ? page : { ...page, data: page.data.map((bucket) => ({ ...bucket, results: [] })) }
    })
  }
}

function bucketQuery(kind: UsageKind, query: z.infer<typeof querystring>, organization: string | undefined): BucketQuery {
  const optional = {
    organization, endTime: query.end_time, bucketWidth: query.bucket_width, groupBy: query.group_by, projectIds: query.project_ids, apiKeyIds: query.api_key_ids, models: query.models, limit: query.limit, page: query.page,
    batch: query.batch === undefined ? undefined : query.batch === 'true',
  }
  return { kind, startTime: query.start_time, ...(Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) as Partial<BucketQuery>) }
}
