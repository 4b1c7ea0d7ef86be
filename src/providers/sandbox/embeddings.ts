/** `/embeddings`: unit vectors that depend on seed and input, as floats or base64. */
import { seededRandom } from '../../kernel/random.ts'
import { items, record, text, whole } from './body.ts'
import { type Answer, type Desk, type Incoming, json, refuse } from './desk.ts'
import { promptSeed } from './generation.ts'

const usualDimensions = 1_536
const largeDimensions = 3_072
const dimensionsMax = 3_072

/** A unit vector as 32-bit floats: base64 carries them bit for bit. */
function vectorOf(seed: number, dimensions: number): Float32Array {
  const random = seededRandom(seed)
  const vector = new Float32Array(dimensions)
  let square = 0
  for (let index = 0; index < dimensions; index += 1) {
    const value = random.fraction() * 2 - 1
    vector[index] = value
    square += value * value
  }
  const length = Math.sqrt(square)
  return vector.map((value) => value / length)
}

/** Inputs as texts and their tokens: a text, texts, one list of token ids, or several. */
export function readInputs(input: unknown, count: (text: string) => number): { readonly text: string; readonly tokens: number }[] {
  if (typeof input === 'string') return [{ text: input, tokens: count(input) }]
  const list = items(input)
  if (list.length > 0 && list.every((item) => typeof item === 'number')) return [{ text: list.join(','), tokens: list.length }]
  return list.map((item) => {
    if (Array.isArray(item)) return { text: item.join(','), tokens: item.length }
    // Moderations and multimodal inputs wrap their text.
    const words = text(item) ?? text(record(item)['text']) ?? ''
    return { text: words, tokens: count(words) }
  })
}

/** POST /embeddings. */
export function embeddings(incoming: Incoming, desk: Desk): Answer {
  const { body, model } = incoming
  const inputs = readInputs(body['input'], desk.count)
  if (inputs.length === 0) return refuse(incoming, { status: 400, message: "'$.input' is invalid: give a text, a list of texts or token ids.", param: 'input' })
  const asked = body['dimensions'] === undefined ? (model.includes('-large') ? largeDimensions : usualDimensions) : whole(body['dimensions'])
  if (asked === undefined || asked < 1 || asked > dimensionsMax) return refuse(incoming, { status: 400, message: `${String(body['dimensions'])} is not a number of dimensions between 1 and ${dimensionsMax} - 'dimensions'`, param: 'dimensions' })
  const base64 = body['encoding_format'] === 'base64'
  const data = inputs.map((input, index) => {
    const vector = vectorOf(promptSeed(desk.seed, { model, texts: [input.text] }, 0), asked)
    return { object: 'embedding', index, embedding: base64 ? Buffer.from(vector.buffer).toString('base64') : [...vector] }
  })
  const tokens = inputs.reduce((sum, input) => sum + input.tokens, 0)
  const silent = incoming.fault?.kind === 'missing-usage'
  const usage = silent ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } }
  return json({ object: 'list', data, model, ...usage }, { operation: 'embeddings', model, tier: 'default', input: { input: tokens }, outputTokens: 0, reasoningTokens: 0, usageSent: !silent })
}
