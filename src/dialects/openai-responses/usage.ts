/** Usage of the Responses API, which images and transcriptions follow: `input_tokens` and `output_tokens` with details inside. */
import type { Counts, UsageReport } from '../../kernel/meters.ts'
import { defined, numberOf, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'
import { hostedCalls } from './tools.ts'

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
