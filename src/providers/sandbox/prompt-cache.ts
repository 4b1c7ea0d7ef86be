/**
 * The makers' prompt caches. OpenAI: automatic, prompts of 1,024 tokens and more, in steps of 128 (its prompt caching guide,
 * read 2026-11-23). Anthropic: only up to marked blocks, written once and read afterwards, from 1,024 tokens.
 */
import { createHash } from 'node:crypto'

const leastTokens = 1_024
const stepTokens = 128
const prefixesKept = 100_000

export interface PromptCache {
  /** How many leading tokens were seen before; remembers all of them for the next. `scope` keeps models apart. */
  readonly read: (scope: string, tokens: readonly number[]) => number
  /** For a marked prefix: whether it was there already; it is afterwards. */
  readonly mark: (scope: string, text: string) => boolean
}

export function makePromptCache(): PromptCache {
  const seen = new Set<string>()
  const remember = (key: string): boolean => {
    if (seen.has(key)) return true
    seen.add(key)
    if (seen.size > prefixesKept) {
      const [oldest] = seen
      if (oldest !== undefined) seen.delete(oldest)
    }
    return false
  }
  return {
    read: (scope, tokens) => {
      if (tokens.length < leastTokens) return 0
      const hash = createHash('sha1').update(scope)
      let cached = 0
      for (let end = stepTokens; end <= tokens.length; end += stepTokens) {
        hash.update(Uint32Array.from(tokens.slice(end - stepTokens, end)))
        if (end < leastTokens) continue
        if (remember(hash.copy().digest('base64'))) cached = end
      }
      return cached
    },
    mark: (scope, text) => remember(createHash('sha1').update(scope).update(text).digest('base64')),
  }
}

export const markedLeastTokens = leastTokens
