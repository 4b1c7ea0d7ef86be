/** Usage of the Messages API, whose `input_tokens` leave out what was read from or written to the cache. */
import type { Counts, UsageReport } from '../../kernel/meters.ts'
import { defined, listOf, numberOf, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'

/**
 * Counts of a usage object. Our `input` includes cache tokens, so it is the sum of `input_tokens`,
 * `cache_creation_input_tokens` and `cache_read_input_tokens`
 * (https://docs.claude.com/en/docs/build-with-claude/prompt-caching, read 2026-11-23). Where the context was compacted on
 * the way, the totals leave out those iterations, which are billed too; they are added. `output_tokens` includes thinking.
 */
export function messagesCounts(usage: JsonRecord): Counts {
  const parts = [usage, ...listOf(usage['iterations']).map(recordOf).filter((entry) => entry?.['type'] === 'compaction')].map((entry) => cachedCounts(entry ?? {}))
  const sum = (field: keyof Counts): number | undefined => {
    const given = parts.map((part) => part[field]).filter((value) => typeof value === 'number')
    return given.length === 0 ? undefined : given.reduce((total, value) => total + value, 0)
  }
  const searches = numberOf(recordOf(usage['server_tool_use'])?.['web_search_requests'])
  return defined<Counts>({
    input: sum('input'),
    cachedInput: sum('cachedInput'),
    cacheWrite: sum('cacheWrite'),
    cacheWriteLong: sum('cacheWriteLong'),
    output: sum('output'),
    reasoning: numberOf(recordOf(usage['output_tokens_details'])?.['thinking_tokens']),
    webSearchCalls: searches === 0 ? undefined : searches,
  })
}

function cachedCounts(usage: JsonRecord): Counts {
  const plain = numberOf(usage['input_tokens'])
  const read = numberOf(usage['cache_read_input_tokens'])
  const byLifetime = recordOf(usage['cache_creation'])
  const long = numberOf(byLifetime?.['ephemeral_1h_input_tokens'])
  const short = numberOf(byLifetime?.['ephemeral_5m_input_tokens'])
  const written = numberOf(usage['cache_creation_input_tokens']) ?? (short === undefined && long === undefined ? undefined : (short ?? 0) + (long ?? 0))
  return defined<Counts>({
    input: plain === undefined ? undefined : plain + (written ?? 0) + (read ?? 0),
    cachedInput: read,
    cacheWrite: written === undefined ? undefined : written - (long ?? 0),
    cacheWriteLong: long,
    output: numberOf(usage['output_tokens']),
  })
}

/** Lays a later usage object over an earlier one: fields that it gives replace, fields that it leaves out or sets to null stay. */
export function mergeUsage(earlier: JsonRecord | undefined, later: JsonRecord | undefined): JsonRecord | undefined {
  if (later === undefined) return earlier
  return { ...earlier, ...Object.fromEntries(Object.entries(later).filter(([, value]) => value !== null && value !== undefined)) }
}

/** The report of one usage object, or of the merged ones of a stream. */
export function messagesUsage(usage: JsonRecord, raw: string, model: string | undefined): UsageReport {
  return defined<UsageReport>({ counts: messagesCounts(usage), raw, model, serviceTier: stringOf(usage['service_tier']) })
}
