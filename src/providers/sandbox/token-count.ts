/**
 * Exact token counts by o200k_base, cheap enough to meter every prompt of a replay at full speed. Plain words take a path of
 * their own: the encoding splits such text at spaces before it merges anything, so counts of single words add up. Other text
 * goes to the tokenizer. Counts of long texts are kept by content.
 */
import { countTokens, decode, encode } from 'gpt-tokenizer/encoding/o200k_base'
import type { Piece } from './vocabulary.ts'

/** Text like `<|endoftext|>` in a prompt is text, not a control token. */
const asText = { disallowedSpecial: new Set<string>() }

const wordLengthMax = 32
const wordsKeptMax = 50_000
const keptFromLength = 256
const keptLengthMax = 8_000_000
/** The tokenizer is quadratic on unbroken runs (STACK.md, pitfall 25): longer ones are counted in parts of this size. */
const runMax = 1_024
const runs = /[\p{L}\p{M}]{1024}|[^\s\p{L}\p{N}]{1024}|\s{1024}/gu

const isLower = (code: number): boolean => code >= 97 && code <= 122
const isUpper = (code: number): boolean => code >= 65 && code <= 90
const space = 32
const fullStop = 46
const comma = 44

/** Index after one word that begins at `at` (an optional capital, then small letters); `at` itself where there is none. */
function wordEnd(text: string, at: number): number {
  let index = at
  if (isUpper(text.charCodeAt(index))) index += 1
  while (isLower(text.charCodeAt(index))) index += 1
  return index
}

/** Text divided where an unbroken run passes `runMax`; nearly always the text itself. */
function partsOf(text: string): readonly string[] {
  if (text.length < runMax) return [text]
  const parts: string[] = []
  let from = 0
  for (const match of text.matchAll(runs)) {
    const end = match.index + match[0].length
    parts.push(text.slice(from, end))
    from = end
  }
  parts.push(text.slice(from))
  return parts
}

const slowCount = (text: string): number => partsOf(text).reduce((sum, part) => sum + countTokens(part, asText), 0)

export interface TokenCounter {
  readonly count: (text: string) => number
}

export function makeTokenCounter(): TokenCounter {
  const words = new Map<string, number>()
  const texts = new Map<string, number>()
  let keptLength = 0

  const countWord = (word: string): number => {
    const known = words.get(word)
    if (known !== undefined) return known
    const tokens = countTokens(word, asText)
    if (words.size < wordsKeptMax) words.set(word, tokens)
    return tokens
  }

  /** Undefined: not plain words. */
  const countPlain = (text: string): number | undefined => {
    let tokens = 0
    let at = 0
    while (at < text.length) {
      const start = at
      if (text.charCodeAt(at) === space) at += 1
      const end = wordEnd(text, at)
      if (end === at || end - at > wordLengthMax) return undefined
      tokens += countWord(text.slice(start, end))
      at = end
      const next = text.charCodeAt(at)
      if (next === fullStop || next === comma) {
        tokens += 1
        at += 1
      }
      if (at < text.length && text.charCodeAt(at) !== space) return undefined
    }
    return tokens
  }

  const count = (text: string): number => {
    if (text === '') return 0
    if (text.length < keptFromLength) return countPlain(text) ?? slowCount(text)
    const known = texts.get(text)
    if (known !== undefined) return known
    const tokens = countPlain(text) ?? slowCount(text)
    if (keptLength + text.length > keptLengthMax) {
      texts.clear()
      keptLength = 0
    }
    texts.set(text, tokens)
    keptLength += text.length
    return tokens
  }
  return { count }
}

/** Token ids of a text, for prefixes that a cache may hold. */
export const tokensOf = (text: string): number[] => partsOf(text).flatMap((part) => encode(part, asText))

/** A text cut into its tokens. Tokens that end inside a character stay together. */
export function splitTokens(text: string): Piece[] {
  const pieces: Piece[] = []
  let open: number[] = []
  for (const token of tokensOf(text)) {
    open.push(token)
    const piece = decode(open)
    if (piece.includes('\uFFFD')) continue
    pieces.push({ text: piece, tokens: open.length })
    open = []
  }
  if (open.length > 0) pieces.push({ text: decode(open), tokens: open.length })
  return pieces
}
