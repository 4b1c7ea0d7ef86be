/**
 * What a provider counts, and what a price is asked for. The two differ: providers report totals with parts inside them
 * (`input` includes what was cached), prices apply to disjoint quantities. `billable` goes from one to the other.
 */

/** Totals and parts as one attempt's usage event gave them. Undefined is "not reported", never zero. */
export interface Counts {
  /** All input tokens: plain, cached, written to a cache, audio and image. */
  readonly input?: number
  readonly cachedInput?: number
  /** Written to a cache with the provider's usual lifetime (Anthropic: 5 minutes). */
  readonly cacheWrite?: number
  /** Written to a cache with the longer lifetime that has a price of its own (Anthropic: 1 hour). */
  readonly cacheWriteLong?: number
  readonly audioInput?: number
  readonly imageInput?: number
  /** All output tokens: visible, reasoning, audio and image. */
  readonly output?: number
  readonly reasoning?: number
  readonly audioOutput?: number
  readonly imageOutput?: number
  /** Hosted tools and other things sold by the piece. */
  readonly webSearchCalls?: number
  readonly fileSearchCalls?: number
  readonly codeInterpreterSessions?: number
  readonly images?: number
  /** Seconds of audio, where a provider bills time instead of tokens; may have a fraction, so it is a decimal text. */
  readonly audioSeconds?: string
}

/** The disjoint classes that price rows name. Tokens unless the name says otherwise. */
export const meters = [
  'input',
  'cached_input',
  'cache_write',
  'cache_write_long',
  'audio_input',
  'image_input',
  'output',
  'reasoning',
  'audio_output',
  'image_output',
  'web_search_call',
  'file_search_call',
  'code_interpreter_session',
  'image',
  'audio_second',
  'request',
] as const

export type Meter = (typeof meters)[number]

export type Quantities = ReadonlyMap<Meter, string>

/** Where a usage figure came from: three facts that are never folded into one (C4). */
export type UsageSource = 'reported' | 'estimated' | 'absent'

/** One usage event as a provider sent it. `raw` is its JSON text, kept with the entry. */
export interface UsageReport {
  readonly counts: Counts
  readonly raw: string
  /** The model that the response names, where it does: may differ from the one asked for. */
  readonly model?: string
  /** The tier that the response names: it, not the request, sets the price (DESIGN.md, Prices). */
  readonly serviceTier?: string
}

const parts = {
  input: ['cachedInput', 'cacheWrite', 'cacheWriteLong', 'audioInput', 'imageInput'],
  output: ['reasoning', 'audioOutput', 'imageOutput'],
} as const

const wholeFields = [
  'input', 'cachedInput', 'cacheWrite', 'cacheWriteLong', 'audioInput', 'imageInput', 'output', 'reasoning', 'audioOutput',
  'imageOutput', 'webSearchCalls', 'fileSearchCalls', 'codeInterpreterSessions', 'images',
] as const satisfies readonly (keyof Counts)[]

const partsOfTotals = Object.entries(parts) as ['input' | 'output', readonly (keyof Counts)[]][]

/** Says in a sentence what is arithmetically impossible in the counts; undefined where nothing is. */
export function nonsense(counts: Counts): string | undefined {
  for (const field of wholeFields) {
    const value = counts[field]
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 0)) return `${field} is ${value}, not a whole number of zero or more`
  }
  if (counts.audioSeconds !== undefined && !/^\d+(\.\d+)?$/.test(counts.audioSeconds)) return `audioSeconds is ${counts.audioSeconds}`
  for (const [total, members] of partsOfTotals) {
    const whole = counts[total]
    const inside = members.reduce((sum, member) => sum + Number(counts[member] ?? 0), 0)
    if (inside > 0 && whole === undefined) return `parts of ${total} are reported without ${total}`
    if (whole !== undefined && inside > whole) return `parts of ${total} add up to ${inside}, more than its ${whole}`
  }
  return undefined
}

/** Splits sane counts into disjoint priced quantities; meters of zero are left out. Call `nonsense` first. */
export function billable(counts: Counts): Quantities {
  const quantities = new Map<Meter, string>()
  const put = (meter: Meter, value: number | string | undefined): void => {
    if (value !== undefined && Number(value) !== 0) quantities.set(meter, String(value))
  }
  const inside = (members: readonly (keyof Counts)[]): number => members.reduce((sum, member) => sum + Number(counts[member] ?? 0), 0)
  if (counts.input !== undefined) put('input', counts.input - inside(parts.input))
  put('cached_input', counts.cachedInput)
  put('cache_write', counts.cacheWrite)
  put('cache_write_long', counts.cacheWriteLong)
  put('audio_input', counts.audioInput)
  put('image_input', counts.imageInput)
  if (counts.output !== undefined) put('output', counts.output - inside(parts.output))
  put('reasoning', counts.reasoning)
  put('audio_output', counts.audioOutput)
  put('image_output', counts.imageOutput)
  put('web_search_call', counts.webSearchCalls)
  put('file_search_call', counts.fileSearchCalls)
  put('code_interpreter_session', counts.codeInterpreterSessions)
  put('image', counts.images)
  put('audio_second', counts.audioSeconds)
  return quantities
}
