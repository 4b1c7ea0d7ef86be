/** What the independent upstream says and counts: its own simple rule, one token a word. */

export interface Work {
  readonly model: string
  readonly stream: boolean
  readonly usageAsked: boolean
  readonly inputTokens: number
  readonly words: readonly string[]
}

type Json = { readonly [key: string]: unknown }

export const objectOf = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {})
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Words of every string below a value. Names of members, roles and types are not content. */
function wordsBelow(value: unknown): number {
  if (typeof value === 'string') return value.split(/\s+/u).filter((word) => word !== '').length
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + wordsBelow(item), 0)
  return Object.entries(objectOf(value)).reduce((sum, [name, member]) => (['content', 'text', 'input', 'output', 'arguments', 'instructions', 'system'].includes(name) ? sum + wordsBelow(member) : sum), 0)
}

const lexicon = ['one', 'boat', 'drifts', 'past', 'the', 'old', 'mill', 'and', 'then', 'slows', 'near', 'its', 'lock', 'while', 'gulls', 'circle', 'over', 'wet', 'sand', 'again']

/** mulberry32: a small generator of the upstream's own. */
export function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function seedOf(text: string): number {
  let hash = 5_381
  for (let index = 0; index < text.length; index += 1) hash = (Math.imul(hash, 33) ^ text.charCodeAt(index)) >>> 0
  return hash
}

const limitOf = (body: Json): number => {
  const limits = [body['max_tokens'], body['max_completion_tokens'], body['max_output_tokens']].filter((limit): limit is number => typeof limit === 'number')
  return Math.min(...limits, 10_000)
}

/** Reads a request of any of the four kinds. Output: as many words as `metadata.words` or the prompt's hash says, up to the limit. */
export function workOf(body: Json): Work {
  const prompt = [body['messages'], body['input'], body['system'], body['instructions']]
  const inputTokens = prompt.reduce((sum: number, part) => sum + wordsBelow(part), 0)
  const random = generator(seedOf(JSON.stringify(prompt)))
  const asked = Number(objectOf(body['metadata'])['words'])
  const length = Math.min(Number.isInteger(asked) && asked > 0 ? asked : 8 + Math.floor(random() * 40), limitOf(body))
  return {
    model: typeof body['model'] === 'string' ? body['model'] : '',
    stream: body['stream'] === true,
    usageAsked: objectOf(body['stream_options'])['include_usage'] === true,
    inputTokens,
    words: Array.from({ length }, () => lexicon[Math.floor(random() * lexicon.length)] ?? 'one'),
  }
}

/** Inputs of an embeddings request and their words. */
export const inputsOf = (body: Json): readonly unknown[] => (typeof body['input'] === 'string' ? [body['input']] : listOf(body['input']))
