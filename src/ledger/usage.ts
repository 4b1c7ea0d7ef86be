/** Usage and cost for people and programs: totals as `weir usage --json` prints them, and buckets in the shapes of OpenAI's administration API. */
import { decimal, formatDecimal } from '../kernel/decimal.ts'
import type { Store } from '../store/store.ts'

/** One line of `weir usage --json`. Costs are exact decimal texts. */
export interface UsageTotal {
  readonly organization: string
  readonly project: string
  readonly model: string
  readonly calls: number
  readonly attempts: number
  readonly reported_calls: number
  readonly estimated_calls: number
  readonly absent_calls: number
  readonly input_tokens: number
  readonly cached_input_tokens: number
  readonly output_tokens: number
  readonly cost: string
  readonly currency: string
}

export interface UsageFilter {
  readonly organization?: string
  readonly project?: string
  readonly model?: string
  /** Milliseconds; whole minutes of the dial. `to` is exclusive. */
  readonly from?: number
  readonly to?: number
}

type Texts<K extends string> = Readonly<Record<K, string>>
const exact = (text: string): string => formatDecimal(decimal(text))

/** Totals per organization, project, model and currency, in that order. */
export async function usageTotals(store: Store, filter: UsageFilter = {}): Promise<readonly UsageTotal[]> {
  const rows = await store.query<Texts<'organization' | 'project' | 'model' | 'currency' | 'calls' | 'attempts' | 'reported' | 'estimated' | 'absent' | 'input' | 'cached_input' | 'output' | 'cost'>>('admin', `
    SELECT organization, project, model, currency, sum(calls) AS calls, sum(attempts) AS attempts, sum(reported) AS reported, sum(estimated) AS estimated,
      sum(absent) AS absent, sum(input) AS input, sum(cached_input) AS cached_input, sum(output) AS output, sum(cost) AS cost
    FROM usage_minute
    WHERE ($1::text IS NULL OR organization = $1) AND ($2::text IS NULL OR project = $2) AND ($3::text IS NULL OR model = $3)
      AND ($4::bigint IS NULL OR minute >= $4) AND ($5::bigint IS NULL OR minute < $5)
    GROUP BY organization, project, model, currency ORDER BY organization, project, model, currency`,
  [filter.organization ?? null, filter.project ?? null, filter.model ?? null, minuteOf(filter.from, Math.floor), minuteOf(filter.to, Math.ceil)])
  return rows.map((row) => ({
    organization: row.organization, project: row.project, model: row.model, calls: Number(row.calls), attempts: Number(row.attempts),
    reported_calls: Number(row.reported), estimated_calls: Number(row.estimated), absent_calls: Number(row.absent),
    input_tokens: Number(row.input), cached_input_tokens: Number(row.cached_input), output_tokens: Number(row.output), cost: exact(row.cost), currency: row.currency,
  }))
}

const minuteOf = (at: number | undefined, round: (value: number) => number): number | null => (at === undefined ? null : round(at / 60_000))

export const usageKinds = ['completions', 'embeddings', 'costs'] as const
export type UsageKind = (typeof usageKinds)[number]
const groupings = {
  completions: ['project_id', 'user_id', 'api_key_id', 'model', 'batch', 'service_tier'],
  embeddings: ['project_id', 'user_id', 'api_key_id', 'model'],
  costs: ['project_id', 'line_item', 'api_key_id'],
} as const satisfies Record<UsageKind, readonly string[]>
export type Grouping = (typeof groupings)[UsageKind][number]

/** A query of `/v1/organization/usage/{completions,embeddings}` or `/v1/organization/costs`, as parsed. */
export interface BucketQuery {
  readonly kind: UsageKind
  /** Whose usage: an installation's administrator may ask for one organization or all. */
  readonly organization?: string
  /** Seconds since 1970, UTC. */
  readonly startTime: number
  readonly endTime?: number
  readonly bucketWidth?: string
  readonly groupBy?: readonly string[]
  readonly projectIds?: readonly string[]
  readonly apiKeyIds?: readonly string[]
  readonly models?: readonly string[]
  readonly batch?: boolean
  readonly limit?: number
  readonly page?: string
}

export interface UsagePage {
  readonly object: 'page'
  readonly data: readonly UsageBucket[]
  readonly has_more: boolean
  readonly next_page: string | null
}

export interface UsageBucket {
  readonly object: 'bucket'
  readonly start_time: number
  readonly end_time: number
  readonly results: readonly Readonly<Record<string, unknown>>[]
}

export interface InvalidQuery {
  readonly invalid: string
  readonly why: string
}

const widths: Readonly<Record<string, { readonly seconds: number; readonly limit: number; readonly limitMax: number }>> = {
  '1m': { seconds: 60, limit: 60, limitMax: 1_440 },
  '1h': { seconds: 3_600, limit: 24, limitMax: 168 },
  '1d': { seconds: 86_400, limit: 7, limitMax: 31 },
}

interface Range {
  readonly seconds: number
  /** First instants of the buckets to answer, and the end of the last. */
  readonly from: number
  readonly to: number
  readonly next: number | undefined
}

/** Checks a query and lays out its buckets: aligned to UTC, at most `limit`, from the page's cursor on. */
function rangeOf(query: BucketQuery, now: number): Range | InvalidQuery {
  const width = widths[query.bucketWidth ?? '1d']
  const costs = query.kind === 'costs'
  if (width === undefined || (costs && query.bucketWidth !== undefined && query.bucketWidth !== '1d')) return { invalid: 'bucket_width', why: costs ? 'use 1d' : 'use 1m, 1h or 1d' }
  const limitMax = costs ? 180 : width.limitMax
  const limit = query.limit ?? width.limit
  if (!Number.isSafeInteger(query.startTime) || query.startTime < 0) return { invalid: 'start_time', why: 'give whole seconds since 1970' }
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > limitMax) return { invalid: 'limit', why: `give 1 to ${limitMax}` }
  const endTime = query.endTime ?? Math.ceil(now / 1_000)
  if (!Number.isSafeInteger(endTime) || endTime <= query.startTime) return { invalid: 'end_time', why: 'give whole seconds after start_time' }
  const unknown = query.groupBy?.find((name) => !(groupings[query.kind] as readonly string[]).includes(name))
  if (unknown !== undefined) return { invalid: 'group_by', why: `${unknown} is none of ${groupings[query.kind].join(', ')}` }
  const cursor = query.page === undefined ? undefined : /^page_(\d{1,15})$/.exec(query.page)?.[1]
  if (query.page !== undefined && cursor === undefined) return { invalid: 'page', why: 'give next_page of the answer before' }
  const { seconds } = width
  const from = cursor === undefined ? Math.floor(query.startTime / seconds) * seconds : Number(cursor)
  const end = Math.ceil(endTime / seconds) * seconds
  const to = Math.min(end, from + limit * seconds)
  return { seconds, from, to, next: to < end ? to : undefined }
}

/** Usage or costs by bucket. Buckets without usage are empty, not left out. */
export async function usageBuckets(store: Store, query: BucketQuery, now: number): Promise<UsagePage | InvalidQuery> {
  const range = rangeOf(query, now)
  if ('invalid' in range) return range
  const rows = query.kind === 'costs' ? await costRows(store, query, range) : await tokenRows(store, query, range)
  const data: UsageBucket[] = []
  for (let start = range.from; start < range.to; start += range.seconds) {
    data.push({ object: 'bucket', start_time: start, end_time: start + range.seconds, results: rows.filter((row) => row.start === start).map((row) => row.result) })
  }
  return { object: 'page', data, has_more: range.next !== undefined, next_page: range.next === undefined ? null : `page_${range.next}` }
}

interface BucketRow {
  readonly start: number
  readonly result: Readonly<Record<string, unknown>>
}

/** Operations whose usage is token usage of language models, as the administration API counts completions. */
const completionOperations = ['chat', 'responses', 'messages', 'completions']

/** SQL of what a grouping groups by; null where the query does not ask for it, as the shape has it. */
const columns: Readonly<Record<Grouping, string>> = {
  project_id: "CASE WHEN $1::text IS NULL THEN organization || '/' || project ELSE project END",
  api_key_id: 'key', model: 'model', service_tier: 'tier', batch: "(tier = 'batch')", line_item: "model || ', ' || meter",
  // End users stand in call records as hashes only.
  user_id: 'NULL::text',
}
const selected = (query: BucketQuery): string =>
  groupings[query.kind].map((name) => `${query.groupBy?.includes(name) === true ? columns[name] : 'NULL'} AS ${name}`).join(', ')
const grouped = (query: BucketQuery): string => groupings[query.kind].map((_, index) => index + 2).join(', ')

async function tokenRows(store: Store, query: BucketQuery, { from, to, seconds }: Range): Promise<readonly BucketRow[]> {
  const first = Math.max(from, Math.floor(query.startTime / 60) * 60)
  const last = query.endTime === undefined ? to : Math.min(to, Math.ceil(query.endTime / 60) * 60)
  const rows = await store.query<Texts<'start' | 'input' | 'cached_input' | 'cache_write' | 'audio_input' | 'output' | 'audio_output' | 'calls'> & Record<string, unknown>>('admin', `
    SELECT (minute * 60 / $8) * $8 AS start, ${selected(query)}, sum(input) AS input, sum(cached_input) AS cached_input, sum(cache_write) AS cache_write,
      sum(audio_input) AS audio_input, sum(output) AS output, sum(audio_output) AS audio_output, sum(calls) AS calls
    FROM usage_minute
    WHERE ($1::text IS NULL OR organization = $1) AND minute >= $2 AND minute < $3 AND operation = ANY($4::text[])
      AND ($5::text[] IS NULL OR project = ANY($5) OR organization || '/' || project = ANY($5)) AND ($6::text[] IS NULL OR key = ANY($6)) AND ($7::text[] IS NULL OR model = ANY($7))
      AND ($9::boolean IS NULL OR (tier = 'batch') = $9)
    GROUP BY 1, ${grouped(query)} ORDER BY 1, ${grouped(query)}`,
  [query.organization ?? null, first / 60, last / 60, query.kind === 'embeddings' ? ['embeddings'] : completionOperations, query.projectIds ?? null, query.apiKeyIds ?? null, query.models ?? null, seconds, query.batch ?? null])
  return rows.map((row) => ({ start: Number(row.start), result: query.kind === 'embeddings' ? embeddingResult(row) : completionResult(row) }))
}

type TokenRow = Texts<'input' | 'cached_input' | 'cache_write' | 'audio_input' | 'output' | 'audio_output' | 'calls'> & Record<string, unknown>

const completionResult = (row: TokenRow): Readonly<Record<string, unknown>> => ({
  object: 'organization.usage.completions.result',
  input_tokens: Number(row.input), input_cached_tokens: Number(row.cached_input), input_cache_write_tokens: Number(row.cache_write),
  input_uncached_tokens: Number(row.input) - Number(row.cached_input) - Number(row.cache_write),
  output_tokens: Number(row.output), input_audio_tokens: Number(row.audio_input), output_audio_tokens: Number(row.audio_output), num_model_requests: Number(row.calls),
  project_id: row['project_id'], user_id: row['user_id'], api_key_id: row['api_key_id'], model: row['model'], batch: row['batch'], service_tier: row['service_tier'],
})

const embeddingResult = (row: TokenRow): Readonly<Record<string, unknown>> => ({
  object: 'organization.usage.embeddings.result', input_tokens: Number(row.input), num_model_requests: Number(row.calls),
  project_id: row['project_id'], user_id: row['user_id'], api_key_id: row['api_key_id'], model: row['model'],
})

/** Meters by the unit names that the shape allows. */
const unitOf = (meter: string): string | null => {
  if (meter === 'image') return 'images'
  if (meter === 'audio_second') return 'duration_seconds'
  return meter.endsWith('_call') || meter.endsWith('_session') || meter === 'request' ? null : 'tokens'
}

async function costRows(store: Store, query: BucketQuery, { from, to }: Range): Promise<readonly BucketRow[]> {
  const rows = await store.query<Texts<'start' | 'currency' | 'amount' | 'quantity'> & { readonly meter: string | null } & Record<string, unknown>>('admin', `
    SELECT (minute / 1440) * 86400 AS start, ${selected(query)}, currency, sum(amount) AS amount, sum(quantity) AS quantity, CASE WHEN min(meter) = max(meter) THEN min(meter) END AS meter
    FROM ledger_transaction
    WHERE kind = 'usage' AND ($1::text IS NULL OR organization = $1) AND minute >= $2 AND minute < $3
      AND ($4::text[] IS NULL OR project = ANY($4) OR organization || '/' || project = ANY($4)) AND ($5::text[] IS NULL OR key = ANY($5))
    GROUP BY 1, ${grouped(query)}, currency ORDER BY 1, ${grouped(query)}, currency`,
  [query.organization ?? null, Math.max(from, Math.floor(query.startTime / 60) * 60) / 60, (query.endTime === undefined ? to : Math.min(to, Math.ceil(query.endTime / 60) * 60)) / 60, query.projectIds ?? null, query.apiKeyIds ?? null])
  const byLine = query.groupBy?.includes('line_item') === true
  return rows.map((row) => ({
    start: Number(row.start),
    result: {
      object: 'organization.costs.result',
      // The shape wants a JSON number; exact amounts are in `usageTotals`.
      amount: { value: Number(exact(row.amount)), currency: row.currency.toLowerCase() },
      line_item: row['line_item'], project_id: row['project_id'], api_key_id: row['api_key_id'],
      quantity: byLine ? Number(row.quantity) : null, quantity_unit: byLine && row.meter !== null ? unitOf(row.meter) : null,
    },
  }))
}
