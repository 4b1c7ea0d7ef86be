/** A value that a JSON schema admits, by seed: what structured output and tool arguments are made of. */
import type { Json } from '../../kernel/canonical-json.ts'
import { type Random, wholeBelow } from '../../kernel/random.ts'
import { isRecord, items, record, type Body } from './body.ts'
import { writeWords } from './vocabulary.ts'

const depthMax = 12

const formats: Readonly<Record<string, string>> = {
  'date-time': '2026-01-15T09:30:00Z', date: '2026-01-15', time: '09:30:00Z', duration: 'P1DT2H', email: 'reader@example.com',
  hostname: 'weir.example.com', ipv4: '192.0.2.7', ipv6: '2001:db8::7', uuid: '6f1c2b3a-4d5e-4f60-8a7b-9c0d1e2f3a4b', uri: 'https://example.com/river',
}

/** Follows `#/$defs/Name` and other local pointers. */
function resolve(schema: Body, root: Body): Body {
  const pointer = schema['$ref']
  if (typeof pointer !== 'string' || !pointer.startsWith('#')) return schema
  let at: unknown = root
  for (const part of pointer.slice(1).split('/').filter((segment) => segment !== '')) at = record(at)[decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')]
  return { ...record(at), ...Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$ref')) }
}

function typeOf(schema: Body): string {
  const { type } = schema
  if (typeof type === 'string') return type
  if (Array.isArray(type)) return String(type.find((name) => name !== 'null') ?? 'null')
  if (schema['properties'] !== undefined) return 'object'
  return schema['items'] === undefined ? 'string' : 'array'
}

const bound = (schema: Body, name: string): number | undefined => (typeof schema[name] === 'number' ? schema[name] : undefined)

function numberOf(schema: Body, random: Random, whole: boolean): number {
  const step = bound(schema, 'multipleOf') ?? (whole ? 1 : 0.5)
  const exclusiveLow = bound(schema, 'exclusiveMinimum')
  const exclusiveHigh = bound(schema, 'exclusiveMaximum')
  const low = exclusiveLow === undefined ? bound(schema, 'minimum') : exclusiveLow + step
  const high = exclusiveHigh === undefined ? bound(schema, 'maximum') : exclusiveHigh - step
  const from = Math.ceil((low ?? (high === undefined ? 0 : high - 100 * step)) / step)
  const to = Math.floor((high ?? (low ?? 0) + 100 * step) / step)
  return to <= from ? from * step : (from + wholeBelow(random, to - from + 1)) * step
}

function stringOf(schema: Body, random: Random): string {
  const format = schema['format']
  if (typeof format === 'string' && formats[format] !== undefined) return formats[format]
  const text = writeWords(random, 2 + wholeBelow(random, 4)).map((piece) => piece.text).join('').replace('.', '')
  const least = bound(schema, 'minLength') ?? 0
  return text.padEnd(least, ' river').slice(0, Math.max(least, bound(schema, 'maxLength') ?? text.length))
}

function arrayOf(schema: Body, root: Body, random: Random, depth: number): Json[] {
  const prefix = items(schema['prefixItems']).map((item) => make(record(item), root, random, depth + 1))
  const least = bound(schema, 'minItems') ?? 0
  const count = Math.max(least, Math.min(bound(schema, 'maxItems') ?? 3, depth > 6 ? least : 1 + wholeBelow(random, 2)))
  while (prefix.length < count && schema['items'] !== false) prefix.push(make(record(schema['items']), root, random, depth + 1))
  return prefix
}

function objectOf(schema: Body, root: Body, random: Random, depth: number): Json {
  const properties = record(schema['properties'])
  const required = new Set(items(schema['required']))
  const made: Record<string, Json> = {}
  for (const [name, property] of Object.entries(properties)) {
    if (required.has(name) || depth < 3) made[name] = make(record(property), root, random, depth + 1)
  }
  for (const name of required) if (typeof name === 'string' && !Object.hasOwn(made, name)) made[name] = make({}, root, random, depth + 1)
  return made
}

/** Branches of a union that end soonest come first, so that recursive schemas end. */
function branchOf(branches: readonly unknown[], root: Body, random: Random, depth: number): Body {
  const resolved = branches.map((branch) => resolve(record(branch), root))
  const simple = resolved.filter((branch) => !['object', 'array'].includes(typeOf(branch)))
  const from = depth > 4 && simple.length > 0 ? simple : resolved
  return from[wholeBelow(random, from.length)] ?? {}
}

function make(given: Body, root: Body, random: Random, depth: number): Json {
  const schema = resolve(given, root)
  if (depth > depthMax) return null
  if (schema['const'] !== undefined) return schema['const'] as Json
  const choices = items(schema['enum'])
  if (choices.length > 0) return choices[wholeBelow(random, choices.length)] as Json
  const union = [...items(schema['anyOf']), ...items(schema['oneOf'])]
  if (union.length > 0) return make(branchOf(union, root, random, depth), root, random, depth + 1)
  const all = items(schema['allOf'])
  if (all.length > 0) return make(merge([schema, ...all.map((part) => resolve(record(part), root))]), root, random, depth + 1)
  switch (typeOf(schema)) {
    case 'null': return null
    case 'boolean': return random.fraction() < 0.5
    case 'integer': return numberOf(schema, random, true)
    case 'number': return numberOf(schema, random, false)
    case 'array': return arrayOf(schema, root, random, depth)
    case 'object': return objectOf(schema, root, random, depth)
    default: return stringOf(schema, random)
  }
}

function merge(parts: readonly Body[]): Body {
  const whole: Record<string, unknown> = {}
  for (const part of parts) {
    for (const [key, value] of Object.entries(part)) {
      if (key === 'allOf') continue
      const before = whole[key]
      if (Array.isArray(before) && Array.isArray(value)) whole[key] = [...(before as unknown[]), ...(value as unknown[])]
      else whole[key] = isRecord(before) && isRecord(value) ? { ...before, ...value } : value
    }
  }
  return whole
}

/**
 * An instance of the schema. Understands types, enumerations, unions, local references, bounds and formats; `pattern` and
 * `not` are not read. The same random source gives the same instance.
 */
export const instanceOf = (schema: unknown, random: Random): Json => make(record(schema), record(schema), random, 0)
