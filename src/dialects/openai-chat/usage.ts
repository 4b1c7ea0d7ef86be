/** Usage of chat completions, text completions and embeddings: `prompt_tokens` and `completion_tokens` with details inside. */
import type { Counts, UsageReport } from '../../kernel/meters.ts'
import { defined, numberOf, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'

/**
 * The counts of a usage object. `prompt_tokens` includes cached, cache-write, audio and image tokens; `completion_tokens`
 * includes reasoning and audio tokens, and predicted tokens whether accepted or rejected, which have no meter of their own
 * (https://platform.openai.com/docs/api-reference/chat/object, read 2026-11-23). Cached audio or image tokens would count
 * in two parts at once; the provider does not say how many, so nonsense is found by the meters, not mended here.
 */
export function chatCounts(usage: JsonRecord): Counts {
  const inside = recordOf(usage['prompt_tokens_details']) ?? {}
  const outside = recordOf(usage['completion_tokens_details']) ?? {}
  return defined<Counts>({
    input: numberOf(usage['prompt_tokens']),
    cachedInput: numberOf(inside['cached_tokens']),
    cacheWrite: numberOf(inside['cache_write_tokens']),
    audioInput: numberOf(inside['audio_tokens']),
    imageInput: numberOf(inside['image_tokens']),
    output: numberOf(usage['completion_tokens']),
    reasoning: numberOf(outside['reasoning_tokens']),
    audioOutput: numberOf(outside['audio_tokens']),
    imageOutput: numberOf(outside['image_tokens']),
  })
}

/** The report of one usage object. `answer` is the whole answer or chunk that carried it: model and tier stand there. */
export function chatUsage(usage: JsonRecord, raw: string, answer: JsonRecord): UsageReport {
  return defined<UsageReport>({ counts: chatCounts(usage), raw, model: stringOf(answer['model']), serviceTier: stringOf(answer['service_tier']) })
}
