/**
 * Log probabilities in the shapes of the makers. The sandbox has no model to take them from: they are made up from the
 * tokens, the same for the same text, the written token always the likeliest.
 */
import type { Piece } from './vocabulary.ts'

/** The most alternatives that a request may ask for. */
export const topMax = 20

interface Likely {
  readonly token: string
  readonly logprob: number
  readonly bytes: readonly number[]
}

export interface TokenLogprob extends Likely {
  readonly top_logprobs: readonly Likely[]
}

const others = [' river', ' water', ' the', ' and', '.', ',', ' level', ' gate', ' bank', ' light', ' field', ' stone', ' rain', ' north', ' south', ' east', ' west', ' early', ' late', ' slow', ' deep', ' wide'] as const

/** Between 0 and 1, by the token and its place. */
function draw(text: string, place: number): number {
  let hash = 0x811c9dc5 ^ place
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0
  return hash / 0x1_0000_0000
}

const likely = (token: string, logprob: number): Likely => ({ token, logprob: Math.round(logprob * 1e6) / 1e6, bytes: [...Buffer.from(token)] })

/** One entry for each token; `first` is the place of the first of them in its answer. */
export function logprobsOf(pieces: readonly Piece[], top: number, first = 0): TokenLogprob[] {
  return pieces.map(({ text }, index) => {
    const place = first + index
    const written = likely(text, -0.5 * draw(text, place) - 0.001)
    const from = place % others.length
    const rest = [...others.slice(from), ...others.slice(0, from)].filter((other) => other !== text).slice(0, Math.max(0, top - 1))
    return { ...written, top_logprobs: top === 0 ? [] : [written, ...rest.map((other, rank) => likely(other, written.logprob - 1 - rank))] }
  })
}
