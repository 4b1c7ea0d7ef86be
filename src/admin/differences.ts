/** What changes between two specs, field by field, fit to be shown: secrets are named, never printed. */
import { canonicalJson, type Json } from '../kernel/canonical-json.ts'
import type { Kind } from './entries.ts'

export interface Difference {
  /** `deployments[0].weight`. */
  readonly path: string
  /** JSON text; undefined: absent. */
  readonly before: string | undefined
  readonly after: string | undefined
}

const secretPaths: Readonly<Partial<Record<Kind, RegExp>>> = { provider: /^(apiKey|entra\.clientSecret|headers\..*)$/ }

export function differences(kind: Kind, before: unknown, after: unknown): readonly Difference[] {
  const found: Difference[] = []
  const show = (path: string, value: unknown): string | undefined => {
    if (value === undefined) return undefined
    return secretPaths[kind]?.test(path) === true ? '(secret)' : canonicalJson(value as Json)
  }
  const walk = (path: string, left: unknown, right: unknown): void => {
    if (left === right) return
    if (isMap(left) && isMap(right)) {
      for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) walk(path === '' ? name : `${path}.${name}`, left[name], right[name])
    } else if (Array.isArray(left) && Array.isArray(right)) {
      for (let index = 0; index < Math.max(left.length, right.length); index += 1) walk(`${path}[${index}]`, left[index], right[index])
    } else if (isFilled(left) && right === undefined) {
      for (const name of Object.keys(left)) walk(path === '' ? name : `${path}.${name}`, left[name], undefined)
    } else if (left === undefined && isFilled(right)) {
      for (const name of Object.keys(right)) walk(path === '' ? name : `${path}.${name}`, undefined, right[name])
    } else if (left === undefined || right === undefined || canonicalJson(left as Json) !== canonicalJson(right as Json)) {
      found.push({ path, before: show(path, left), after: show(path, right) })
    }
  }
  walk('', before, after)
  return found
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A map that appears or goes is taken apart, so that a secret inside it is met at its own path. */
const isFilled = (value: unknown): value is Record<string, unknown> => isMap(value) && Object.keys(value).length > 0
