/**
 * Usage and costs in the shape of OpenAI's administration API (its OpenAPI 2.3.0: /organization/usage/completions,
 * /organization/usage/embeddings, /organization/costs; read 2026-11-23), so that tools made for it read Weir.
 * `project_id` is organization/project. Amounts are JSON numbers there; they are written from the exact decimals, digit by
 * digit, and never pass through a float here.
 */
import { z } from 'zod'
import { formatDecimal } from '../../kernel/decimal.ts'
import type { Store } from '../../store/store.ts'
import type { AdminPorts } from '../ports.ts'
import { costLines, type UsageDimension, type UsageFigure, usageFigures } from '../usage-figures.ts'
import { type Api, Failed } from './reply.ts'

const seconds = z.coerce.number().int().nonnegative()
const names = z.union([z.array(z.string()), z.string().transform((one) => [one])]).optional()
const paging = { start_time: seconds, end_time: seconds.optional(), limit: z.coerce.number().int().min(1).optional(), page: z.string().optional(), project_ids: names, api_key_ids: names }
const usageQuery = z.object({ ...paging, bucket_width: z.enum(['1m', '1h', '1d']).default('1d'), models: names, user_ids: names, batch: z.enum(['true', 'false']).optional(), group_by: names })
const costsQuery = z.object({ ...paging, bucket_width: z.enum(['1d']).default('1d'), group_by: names })

const widths = { '1m': { minutes: 1, limit: 60, most: 1_440 }, '1h': { minutes: 60, limit: 24, most: 168 }, '1d': { minutes: 1_440, limit: 7, most: 31 } } as const

/** The operations that OpenAI counts as completions. */
const completionOperations = ['chat', 'responses', 'completions', 'messages']

/** Their names of dimensions and ours. A user is not a dimension of the books: it reads as null. */
const dimensionOf: Readonly<Record<string, UsageDimension | undefined>> = { project_id: 'project', api_key_id: 'key', model: 'model', service_tier: 'tier', batch: 'tier' }
const usageGroups = ['project_id', 'user_id', 'api_key_id', 'model', 'batch', 'service_tier']
const costGroups = ['project_id', 'line_item', 'api_key_id']

interface Span { readonly start: number; readonly end: number }

/** The buckets of one page, seconds, and where the next page begins. */
function spans(start: number, end: number, width: number, limit: number): { readonly buckets: readonly Span[]; readonly next: number | undefined } {
  const buckets: Span[] = []
  let at = start
  while (at < end && buckets.length < limit) {
    const until = Math.min(end, (Math.floor(at / width) + 1) * width)
    buckets.push({ start: at, end: until })
    at = until
  }
  return { buckets, next: at < end ? at : undefined }
}

interface Asked {
  readonly start_time: number
  readonly end_time?: number | undefined
  readonly limit?: number | undefined
  readonly page?: string | undefined
}

function pageOf(asked: Asked, width: number, limit: number, now: number): ReturnType<typeof spans> {
  const cursor = asked.page === undefined ? undefined : Number(/^page_(\d+)$/.exec(asked.page)?.[1])
  if (cursor !== undefined && Number.isNaN(cursor)) throw new Failed(400, 'invalid_page', 'page: expected the next_page of an answer before')
  return spans(cursor ?? asked.start_time, asked.end_time ?? Math.ceil(now / 1_000), width, limit)
}

function grouping(given: readonly string[] | undefined, known: readonly string[]): readonly string[] {
  const groups = (given ?? []).flatMap((one) => one.split(','))
  const unknown = groups.find((one) => !known.includes(one))
  if (unknown !== undefined) throw new Failed(400, 'invalid_group_by', `group_by: unknown ${unknown}; expected ${known.join(', ')}`)
  return groups
}

const ours = (groups: readonly string[]): readonly UsageDimension[] => [...new Set(groups.flatMap((one) => dimensionOf[one] ?? []))]

/** Results of a bucket by its start, where figures carry aligned starts and the first bucket may begin in the middle of one. */
const bucketed = (buckets: readonly Span[], width: number, results: ReadonlyMap<number, readonly object[]>, next: number | undefined): object => ({
  object: 'page',
  data: buckets.map(({ start, end }) => ({ object: 'bucket', start_time: start, end_time: end, results: results.get(Math.floor(start / width) * width) ?? [] })),
  has_more: next !== undefined,
  next_page: next === undefined ? null : `page_${next}`,
})

function collect<T>(items: readonly T[], startOf: (item: T) => number, resultOf: (item: T) => object): ReadonlyMap<number, readonly object[]> {
  const results = new Map<number, object[]>()
  for (const item of items) {
    const start = Math.floor(startOf(item) / 1_000)
    results.set(start, [...(results.get(start) ?? []), resultOf(item)])
  }
  return results
}

export function openaiUsageApi(api: Api, ports: AdminPorts): void {
  const { store, clock } = ports
  // The official clients write lists as `models[]=a&models[]=b`.
  api.addHook('preValidation', async (request) => {
    if (!request.url.startsWith('/v1/organization')) return
    const query = request.query as Record<string, unknown>
    for (const name of Object.keys(query)) if (name.endsWith('[]')) query[name.slice(0, -2)] = query[name]
  })
  const usage = (kind: 'completions' | 'embeddings', operations: readonly string[]): void => {
    api.get(`/v1/organization/usage/${kind}`, { schema: { tags: ['openai'], summary: `OpenAI's usage of ${kind}`, querystring: usageQuery } }, async (request, reply) => {
      const { query } = request
      const width = widths[query.bucket_width]
      const { buckets, next } = pageOf(query, width.minutes * 60, Math.min(query.limit ?? width.limit, width.most), clock.now())
      const groups = grouping(query.group_by, usageGroups)
      const figures = query.user_ids !== undefined || buckets.length === 0 ? [] : await figuresFor(store, {
        buckets, minutes: width.minutes, groups, operations, organization: request.onlyOrganization, projects: query.project_ids, keys: query.api_key_ids, models: query.models,
        batch: query.batch === undefined ? undefined : query.batch === 'true',
      })
      const results = collect(figures, (figure) => figure.bucketStart, (figure) => (kind === 'completions' ? completionsResult(figure, groups) : embeddingsResult(figure, groups)))
      return reply.serializer(JSON.stringify).send(bucketed(buckets, width.minutes * 60, results, next) as never)
    })
  }
  usage('completions', completionOperations)
  usage('embeddings', ['embeddings'])
  api.get('/v1/organization/costs', { schema: { tags: ['openai'], summary: 'OpenAI\'s costs', querystring: costsQuery } }, async (request, reply) => {
    const { query } = request
    const width = widths['1d'].minutes
    const { buckets, next } = pageOf(query, width * 60, Math.min(query.limit ?? 7, 180), clock.now())
    const groups = grouping(query.group_by, costGroups)
    const results = buckets.length === 0 ? new Map<number, readonly object[]>() : await costResults(store, { buckets, minutes: width, groups, organization: request.onlyOrganization, projects: query.project_ids, keys: query.api_key_ids })
    return reply.serializer(JSON.stringify).send(bucketed(buckets, width * 60, results, next) as never)
  })
}

interface Figures {
  readonly buckets: readonly Span[]
  readonly minutes: number
  readonly groups: readonly string[]
  readonly organization: string | undefined
  readonly projects: readonly string[] | undefined
  readonly keys: readonly string[] | undefined
}

const range = ({ buckets }: Figures): { readonly fromMs: number; readonly toMs: number } => ({ fromMs: (buckets[0]?.start ?? 0) * 1_000, toMs: (buckets.at(-1)?.end ?? 0) * 1_000 })

async function figuresFor(store: Store, asked: Figures & { readonly operations: readonly string[]; readonly models: readonly string[] | undefined; readonly batch: boolean | undefined }): Promise<readonly UsageFigure[]> {
  const figures = await usageFigures(store, {
    ...range(asked), bucketMinutes: asked.minutes, groupBy: [...new Set([...ours(asked.groups), ...(asked.batch === undefined ? [] : ['tier' as const])])],
    only: { organization: asked.organization === undefined ? undefined : [asked.organization], project: asked.projects, key: asked.keys, model: asked.models, operation: asked.operations },
  })
  return merged(asked.batch === undefined ? figures : figures.filter((figure) => (figure.dimensions.tier === 'batch') === asked.batch), asked.groups)
}

/** Figures that differ only in what the asker did not group by (currency, or a tier that is `batch` or not) become one. */
function merged(figures: readonly UsageFigure[], groups: readonly string[]): readonly UsageFigure[] {
  const sums = new Map<string, UsageFigure>()
  for (const figure of figures) {
    const key = JSON.stringify([figure.bucketStart, labels(figure.dimensions, groups)])
    const other = sums.get(key)
    if (other === undefined) {
      sums.set(key, figure)
      continue
    }
    const counts = (['calls', 'attempts', 'reported', 'estimated', 'absent', 'input', 'cachedInput', 'cacheWrite', 'audioInput', 'output', 'reasoning', 'audioOutput'] as const).map((name) => [name, other[name] + figure[name]] as const)
    sums.set(key, { ...other, ...(Object.fromEntries(counts) as Pick<UsageFigure, 'calls'>) })
  }
  return [...sums.values()]
}

function labels(dimensions: UsageFigure['dimensions'], groups: readonly string[]): Readonly<Record<string, string | boolean | null>> {
  const of = (group: string, dimension: UsageDimension): string | null => (groups.includes(group) ? (dimensions[dimension] ?? null) : null)
  return {
    project_id: of('project_id', 'project'), user_id: null, api_key_id: of('api_key_id', 'key'), model: of('model', 'model'),
    batch: groups.includes('batch') ? dimensions.tier === 'batch' : null, service_tier: of('service_tier', 'tier'),
  }
}

const completionsResult = (figure: UsageFigure, groups: readonly string[]): object => ({
  object: 'organization.usage.completions.result',
  input_tokens: figure.input, input_cached_tokens: figure.cachedInput, input_cache_write_tokens: figure.cacheWrite, input_uncached_tokens: figure.input - figure.cachedInput - figure.cacheWrite,
  output_tokens: figure.output, input_audio_tokens: figure.audioInput, output_audio_tokens: figure.audioOutput, num_model_requests: figure.calls,
  ...labels(figure.dimensions, groups),
})

function embeddingsResult(figure: UsageFigure, groups: readonly string[]): object {
  const { batch: _, service_tier: __, ...rest } = labels(figure.dimensions, groups)
  return { object: 'organization.usage.embeddings.result', input_tokens: figure.input, num_model_requests: figure.calls, ...rest }
}

async function costResults(store: Store, asked: Figures): Promise<ReadonlyMap<number, readonly object[]>> {
  const query = {
    ...range(asked), bucketMinutes: asked.minutes, groupBy: ours(asked.groups.filter((group) => group !== 'line_item')),
    only: { organization: asked.organization === undefined ? undefined : [asked.organization], project: asked.projects, key: asked.keys },
  }
  const result = (dimensions: UsageFigure['dimensions'], value: string, currency: string, line: { readonly item: string; readonly quantity: string } | undefined): object => ({
    object: 'organization.costs.result', amount: { value: exactNumber(value), currency: currency.toLowerCase() },
    line_item: line?.item ?? null, project_id: asked.groups.includes('project_id') ? (dimensions.project ?? null) : null, api_key_id: asked.groups.includes('api_key_id') ? (dimensions.key ?? null) : null,
    quantity: line === undefined ? null : exactNumber(line.quantity),
  })
  if (asked.groups.includes('line_item')) {
    return collect(await costLines(store, query), (line) => line.bucketStart, (line) => result(line.dimensions, formatDecimal(line.amount), line.currency, { item: `${line.model}, ${line.meter}`, quantity: formatDecimal(line.quantity) }))
  }
  return collect(await usageFigures(store, query), (figure) => figure.bucketStart, (figure) => result(figure.dimensions, formatDecimal(figure.cost), figure.currency, undefined))
}

/** A JSON number with exactly these digits (JSON.rawJSON, V8 11.4). */
const exactNumber = (text: string): unknown => (JSON as unknown as { readonly rawJSON: (text: string) => unknown }).rawJSON(text)
