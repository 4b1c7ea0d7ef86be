/** Usage of the Responses API, which images and transcriptions follow: `input_tokens` and `output_tokens` with details inside. */
import type { Counts, UsageReport } from '../../kernel/meters.ts'
import { defined, listOf, numberOf, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'

/**
 * Counts of a usage object. `input_tokens` includes cached and cache-write tokens, `output_tokens` includes reasoning
 * (https://platform.openai.com/docs/api-reference/responses/object, read 2026-11-23). Cache writes with the longer
 * lifetime (12 hours) are told apart where the provider does.
 */
export function responsesCounts(usage: JsonRecord): Counts {
  const inside = recordOf(usage['input_tokens_details']) ?? {}
  const outside = recordOf(usage['output_tokens_details']) ?? {}
  const written = numberOf(inside['cache_write_tokens'])
  const long = numberOf(recordOf(inside['cache_write_tokens_details'])?.['ttl_12h_tokens'])
  return defined<Counts>({
    input: numberOf(usage['input_tokens']),
    cachedInput: numberOf(inside['cached_tokens']),
    cacheWrite: written === undefined ? undefined : written - (long ?? 0),
    cacheWriteLong: long,
    output: numberOf(usage['output_tokens']),
    reasoning: numberOf(outside['reasoning_tokens']),
  })
}

/**
 * Hosted tools sold by the call, counted from what the response did. Web searches: `tool_usage` where the response has
 * it, else the output's search actions; opening a page or searching inside one is not sold. File searches: one per call.
 * Code interpreter: one session per container. Undefined where the output has none.
 */
export function hostedCalls(response: JsonRecord): Counts {
  const output = listOf(response['output']).map(recordOf)
  const calls = (type: string): readonly (JsonRecord | undefined)[] => output.filter((item) => item?.['type'] === type)
  const searches = calls('web_search_call').filter((item) => (stringOf(recordOf(item?.['action'])?.['type']) ?? 'search') === 'search').length
  const counted = numberOf(recordOf(recordOf(response['tool_usage'])?.['web_search'])?.['num_requests'])
  const containers = new Set(calls('code_interpreter_call').map((item) => item?.['container_id'])).size
  const some = (count: number): number | undefined => count === 0 ? undefined : count
  return defined<Counts>({
    webSearchCalls: some(counted ?? searches),
    fileSearchCalls: some(calls('file_search_call').length),
    codeInterpreterSessions: some(containers),
  })
}

/** The report of a response object with usage; undefined where it has none (yet). */
export function responsesUsage(response: JsonRecord, raw: (usage: JsonRecord) => string): UsageReport | undefined {
  const usage = recordOf(response['usage'])
  if (usage === undefined) return undefined
  return defined<UsageReport>({
    counts: { ...responsesCounts(usage), ...hostedCalls(response) },
    raw: raw(usage),
    model: stringOf(response['model']),
    serviceTier: stringOf(response['service_tier']),
  })
}
