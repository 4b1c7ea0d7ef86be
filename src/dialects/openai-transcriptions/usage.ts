/** Usage of transcriptions: tokens or seconds, as the model is sold. */
import type { Counts } from '../../kernel/meters.ts'
import { defined, numberOf, recordOf, type JsonRecord } from '../json-fields.ts'

/**
 * Counts of a usage object of type `tokens` (audio and text inside `input_tokens`) or `duration` (`seconds`)
 * (https://platform.openai.com/docs/api-reference/audio/json-object, read 2026-11-23).
 */
export function transcriptionCounts(usage: JsonRecord): Counts {
  if (usage['type'] === 'duration') return defined<Counts>({ audioSeconds: secondsText(numberOf(usage['seconds'])) })
  const inside = recordOf(usage['input_token_details']) ?? recordOf(usage['input_tokens_details']) ?? {}
  return defined<Counts>({ input: numberOf(usage['input_tokens']), audioInput: numberOf(inside['audio_tokens']), output: numberOf(usage['output_tokens']) })
}

/** Seconds as decimal text, without an exponent. */
function secondsText(seconds: number | undefined): string | undefined {
  if (seconds === undefined) return undefined
  const text = String(seconds)
  return text.includes('e') ? seconds.toFixed(9) : text
}
