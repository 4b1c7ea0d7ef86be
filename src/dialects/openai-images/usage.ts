/** Usage of image generation: tokens where the model reports them, else images. */
import type { Counts, UsageReport } from '../../kernel/meters.ts'
import { readFields } from '../ask-fields.ts'
import { defined, numberOf, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'

/**
 * Counts of a usage object. `input_tokens` has text and image parts; `output_tokens` are image tokens, except what
 * `output_tokens_details` says is text (https://platform.openai.com/docs/api-reference/images/object, read 2026-11-23).
 */
export function imageCounts(usage: JsonRecord): Counts {
  const inside = recordOf(usage['input_tokens_details']) ?? {}
  const outside = recordOf(usage['output_tokens_details'])
  const output = numberOf(usage['output_tokens'])
  return defined<Counts>({
    input: numberOf(usage['input_tokens']),
    imageInput: numberOf(inside['image_tokens']),
    output,
    imageOutput: outside === undefined ? output : numberOf(outside['image_tokens']),
  })
}

/**
 * Quality and size, which set the price of an image: as the answer names them, else as the request did. `low 1024x1024` is
 * a tier of prices like those that other answers name; undefined where either is left to the host and not told.
 */
export function imageClass(answer: JsonRecord, request?: Buffer): string | undefined {
  const asked = request === undefined ? undefined : readFields(request, ['quality', 'size'])
  const wanted: JsonRecord = asked === undefined || 'refused' in asked ? {} : asked.values
  const [quality, size] = ['quality', 'size'].map((field) => stringOf(answer[field]) ?? stringOf(wanted[field]))
  return quality === undefined || size === undefined || quality === 'auto' || size === 'auto' ? undefined : `${quality} ${size}`
}

/** A model that reports no tokens is sold by the image: what arrived is counted. The evidence is the count itself. */
export function countedImages(images: number, tier: string | undefined): UsageReport {
  return { counts: { images }, raw: JSON.stringify({ images }), ...(tier === undefined ? {} : { serviceTier: tier }) }
}
