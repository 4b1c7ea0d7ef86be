/** What is known of a model apart from its price, and the declared rules by which one model's names lead to each other. */
import catalogue from './seed/models.json' with { type: 'json' }

export interface ModelFacts {
  /** Tokens of prompt and answer together. */
  readonly contextWindow: number
  /** The most tokens that one answer may have; the context window where the maker states no limit of its own. */
  readonly outputMax: number
  readonly maker: string
}

const aliases: Readonly<Record<string, string>> = catalogue.aliases
const facts: Readonly<Record<string, { readonly maker: string; readonly contextWindow: number; readonly outputMax?: number }>> = catalogue.models

/** `gpt-4.1-2025-04-14`, `claude-haiku-4-5-20251001`, `claude-3-5-haiku-latest`: a version of the model named before it. */
const versionSuffix = /-(?:\d{4}-\d{2}-\d{2}|\d{8}|latest)$/
/** `ft:gpt-4o-mini-2024-07-18:acme::abc` is priced as `ft:gpt-4o-mini`. */
const fineTuned = /^(ft:[^:]+):.*$/

/**
 * The names under which a model may be listed, the most exact first: the name itself, its declared alias, the name
 * without the version, that name's alias. Nothing else is tried: an unknown name stays unknown.
 */
export function namesOf(model: string): readonly string[] {
  const names = [model]
  const add = (name: string | undefined): void => {
    if (name !== undefined && !names.includes(name)) names.push(name)
  }
  add(aliases[model])
  const plain = model.replace(fineTuned, '$1')
  add(plain)
  const base = plain.replace(versionSuffix, '')
  add(base)
  add(aliases[base])
  return names
}

/** Facts of a model by any of its names; undefined where the catalogue does not know it. */
export function modelFacts(model: string): ModelFacts | undefined {
  for (const name of namesOf(model)) {
    const found = Object.hasOwn(facts, name) ? facts[name] : undefined
    if (found !== undefined) {
      return { contextWindow: found.contextWindow, outputMax: found.outputMax ?? found.contextWindow, maker: found.maker }
    }
  }
  return undefined
}
