/** Strict reading of a request: every field is taken by name, and what nobody took is refused by name (C7). */
import type { Json } from '../kernel/canonical-json.ts'
import type { Refusal } from './dialect.ts'
import type { JsonObject } from './part.ts'

/** Collects what is wrong with one request; the first objection is the one that the client is told. */
export interface Objections {
  readonly add: (param: string, code: ObjectionCode, message: string) => void
  readonly first: () => Refusal | undefined
}

export type ObjectionCode = 'unknown_parameter' | 'unsupported_parameter' | 'unsupported_value' | 'invalid_type' | 'invalid_value' | 'missing_required_parameter'

export function collectObjections(): Objections {
  let first: Refusal | undefined
  return {
    add: (param, code, message) => { first ??= { refused: message, param, code } },
    first: () => first,
  }
}

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads the members of one JSON object. Null counts as absent, as it does in all three dialects. */
export interface Fields {
  /** Where the object stands in the request: `messages[2].content[0]`, empty at the top. */
  readonly at: (key: string) => string
  readonly take: (key: string) => Json | undefined
  readonly text: (key: string) => string | undefined
  readonly needText: (key: string) => string
  readonly number: (key: string) => number | undefined
  readonly flag: (key: string) => boolean | undefined
  readonly list: (key: string) => readonly Json[] | undefined
  readonly object: (key: string) => JsonObject | undefined
  readonly oneOf: <T extends string>(key: string, values: readonly T[]) => T | undefined
  /** The value under a key, not taken. */
  readonly peek: (key: string) => Json | undefined
  /** Whether a key has a value that nobody took yet. */
  readonly left: (key: string) => boolean
  /** Opens the object under a key; undefined where it is absent. */
  readonly inner: (key: string) => Fields | undefined
  /** Takes fields that say nothing to a model: ids and states of items that an earlier answer gave. */
  readonly skip: (...keys: readonly string[]) => void
  readonly refuse: (key: string, code: ObjectionCode, message: string) => void
  /** Refuses everything that was not taken. Call it last. */
  readonly close: () => void
}

const typeNames = { string: 'a string', number: 'a number', boolean: 'true or false', object: 'an object', array: 'an array' } as const

export function openFields(value: unknown, path: string, objections: Objections): Fields {
  const source: JsonObject = isObject(value) ? value : {}
  const taken = new Set<string>()
  const at = (key: string): string => path === '' ? key : `${path}.${key}`
  const refuse: Fields['refuse'] = (key, code, message) => objections.add(at(key), code, message)
  if (!isObject(value)) objections.add(path, 'invalid_type', `${path === '' ? 'The body' : `'${path}'`} must be an object.`)
  const take = (key: string): Json | undefined => {
    taken.add(key)
    return source[key] ?? undefined
  }
  const typed = <T extends Json>(key: string, type: keyof typeof typeNames, is: (found: Json) => found is T): T | undefined => {
    const found = take(key)
    if (found === undefined || is(found)) return found
    refuse(key, 'invalid_type', `'${at(key)}' must be ${typeNames[type]}.`)
    return undefined
  }
  const text: Fields['text'] = (key) => typed(key, 'string', (found) => typeof found === 'string')
  return {
    at, take, text, refuse,
    peek: (key) => source[key] ?? undefined,
    left: (key) => !taken.has(key) && (source[key] ?? undefined) !== undefined,
    needText: (key) => {
      const found = text(key)
      if (found === undefined) refuse(key, 'missing_required_parameter', `'${at(key)}' is required.`)
      return found ?? ''
    },
    number: (key) => typed(key, 'number', (found) => typeof found === 'number'),
    flag: (key) => typed(key, 'boolean', (found) => typeof found === 'boolean'),
    list: (key) => typed(key, 'array', (found): found is readonly Json[] => Array.isArray(found)),
    object: (key) => typed(key, 'object', isObject),
    oneOf: (key, values) => {
      const found = text(key)
      const match = values.find((candidate) => candidate === found)
      if (found !== undefined && match === undefined) {
        refuse(key, 'unsupported_value', `'${at(key)}' is '${found}'; what can be carried over is ${values.map((each) => `'${each}'`).join(', ')}.`)
      }
      return match
    },
    inner: (key) => {
      const found = take(key)
      return found === undefined ? undefined : openFields(found, at(key), objections)
    },
    skip: (...keys) => keys.forEach((key) => taken.add(key)),
    close: () => {
      for (const key of Object.keys(source)) {
        if (taken.has(key) || source[key] === null) continue
        refuse(key, 'unknown_parameter', `Unknown parameter: '${at(key)}'. This model is served in another wire format, into which the parameter has no translation: leave it out.`)
      }
    },
  }
}
