/** The older `/completions`: prompts × n choices, best_of, echo, streamed or whole. */
import { seededRandom } from '../../kernel/random.ts'
import { record, whole } from './body.ts'
import { readStop, tooManyStops, wantedTokens } from './chat.ts'
import { type Answer, type Charge, type Desk, events, type Frame, type Incoming, json, refuse } from './desk.ts'
import { readInputs } from './embeddings.ts'
import { joined, promptSeed, tokensIn, upToStop } from './generation.ts'
import { logprobsOf } from './logprobs.ts'
import { writeWords, type Piece } from './vocabulary.ts'

/** The documented default of max_tokens. */
const usualLimit = 16

interface Choice {
  readonly prefix: string
  readonly pieces: readonly Piece[]
  readonly finish: 'stop' | 'length'
}

function makeChoices(incoming: Incoming, desk: Desk, prompts: readonly string[]): Choice[] {
  const { body, model } = incoming
  const limit = whole(body['max_tokens']) ?? usualLimit
  const wanted = wantedTokens(incoming) ?? limit + 1
  return prompts.flatMap((prompt) => Array.from({ length: Math.max(1, whole(body['n']) ?? 1) }, (_, choice) => {
    const written = writeWords(seededRandom(promptSeed(desk.seed, { model, texts: [prompt] }, choice)), Math.min(limit, wanted))
    const { pieces, stopped } = upToStop(written, readStop(body['stop']))
    return { prefix: body['echo'] === true ? prompt : '', pieces, finish: wanted > limit && stopped === undefined ? 'length' : 'stop' }
  }))
}

/** The most alternatives that this API shows. */
const topMax = 5

interface OldLogprobs {
  readonly tokens: readonly string[]
  readonly token_logprobs: readonly number[]
  readonly top_logprobs: readonly Readonly<Record<string, number>>[]
  readonly text_offset: readonly number[]
}

/** The older shape: lists side by side. Of a prompt that is echoed nothing is said. */
function oldLogprobs(pieces: readonly Piece[], top: number | undefined, first: number, offset: number): OldLogprobs | null {
  if (top === undefined) return null
  const entries = logprobsOf(pieces, top, first)
  let at = offset
  const offsets = pieces.map(({ text }) => {
    const here = at
    at += text.length
    return here
  })
  return {
    tokens: entries.map(({ token }) => token), token_logprobs: entries.map(({ logprob }) => logprob),
    top_logprobs: entries.map((entry) => Object.fromEntries(entry.top_logprobs.map(({ token, logprob }) => [token, logprob]))), text_offset: offsets,
  }
}

/** POST /completions. */
export function completions(incoming: Incoming, desk: Desk): Answer {
  const { body, model } = incoming
  const tooMany = tooManyStops(incoming)
  if (tooMany !== undefined) return tooMany
  const top = body['logprobs'] === undefined || body['logprobs'] === null ? undefined : (whole(body['logprobs']) ?? topMax + 1)
  if (top !== undefined && top > topMax) return refuse(incoming, { status: 400, message: `Invalid value for 'logprobs': must be a whole number from 0 to ${topMax}.`, code: 'invalid_value', param: 'logprobs' })
  const inputs = readInputs(body['prompt'] ?? '', desk.count)
  const choices = makeChoices(incoming, desk, inputs.map((input) => input.text))
  const prompt = inputs.reduce((sum, input) => sum + input.tokens, 0)
  const shown = choices.reduce((sum, choice) => sum + tokensIn(choice.pieces), 0)
  // Of `best_of` candidates only n are shown; all are generated and billed.
  const perChoice = Math.max(1, whole(body['n']) ?? 1)
  const candidates = Math.max(perChoice, whole(body['best_of']) ?? 1)
  const output = Math.round(shown * (candidates / perChoice))
  const head = { id: desk.makeId('cmpl-'), object: 'text_completion', created: Math.floor(desk.clock.now() / 1_000), model }
  const silent = incoming.fault?.kind === 'missing-usage'
  const usage = { prompt_tokens: prompt, completion_tokens: output, total_tokens: prompt + output }
  const asked = record(body['stream_options'])['include_usage'] === true
  const stream = body['stream'] === true
  const charge: Charge = { operation: 'completions', model, tier: 'default', input: { input: prompt }, outputTokens: output, reasoningTokens: 0, usageSent: !silent && (!stream || asked) }
  if (!stream) {
    const shownChoices = choices.map((choice, index) => ({ index, text: choice.prefix + joined(choice.pieces), logprobs: oldLogprobs(choice.pieces, top, 0, choice.prefix.length), finish_reason: choice.finish }))
    return json({ ...head, choices: shownChoices, ...(silent ? {} : { usage }) }, charge)
  }
  return events(chunks(head, choices, { usage: asked && !silent ? usage : undefined, asked, top }), charge)
}

function* chunks(head: object, choices: readonly Choice[], { usage, asked, top }: { readonly usage: object | undefined; readonly asked: boolean; readonly top: number | undefined }): Generator<Frame> {
  const line = (fields: object, tokens: number): Frame => ({ text: `data: ${JSON.stringify({ ...head, ...fields, ...(asked && !('usage' in fields) ? { usage: null } : {}) })}\n\n`, tokens })
  for (const [index, choice] of choices.entries()) {
    if (choice.prefix !== '') yield line({ choices: [{ index, text: choice.prefix, logprobs: null, finish_reason: null }] }, 0)
    let offset = choice.prefix.length
    for (const [place, piece] of choice.pieces.entries()) {
      yield line({ choices: [{ index, text: piece.text, logprobs: oldLogprobs([piece], top, place, offset), finish_reason: null }] }, piece.tokens)
      offset += piece.text.length
    }
    yield line({ choices: [{ index, text: '', logprobs: null, finish_reason: choice.finish }] }, 0)
  }
  if (usage !== undefined) yield line({ choices: [], usage }, 0)
  yield { text: 'data: [DONE]\n\n', tokens: 0 }
}
