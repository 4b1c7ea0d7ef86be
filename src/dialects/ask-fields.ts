/** Reading a request's fields for its `Ask`: what all dialects with JSON bodies have in common. */
import type { Ask, Edits, Refusal } from './dialect.ts'
import { recordOf, stringOf, type JsonRecord } from './json-fields.ts'
import { elementsAt, isSpanFault, memberChanges, skipSpace, spansAt, spansOf, splice, textOf, valueOf, type SpanFault, type Spans } from './json-spans.ts'

/** Web search tools go by dated names in every dialect (`web_search_preview_2025_03_11`, `web_search_20250305`). */
export const isWebSearch = (tool: string): boolean => tool.startsWith('web_search')

/** An ask that wants nothing in particular; dialects override what they know. */
export const plainAsk: Ask = {
  model: undefined, stream: false, usageAsked: true, outputMax: undefined, choices: 1, unbounded: [], hostedTools: [], stored: [],
  storedUnlessTold: false, background: false, previousResponseId: undefined, items: { references: [], byId: [], containers: [] }, serviceTier: undefined, endUser: undefined, tags: {},
}

/** Most alternatives that one request may ask for. */
const choicesMax = 128

/** A request whose small fields have been parsed. Large ones stay bytes until somebody asks. */
export interface Fields {
  readonly spans: Spans
  readonly values: JsonRecord
}

/** Spans of request bodies, so that an edit, or the next attempt of the same call, need not scan again. Bodies are never written to. */
const scanned = new WeakMap<Buffer, Spans>()

/** Spans of a request body: scanned once, as long as the same buffer is asked about. */
export function requestSpans(body: Buffer): Spans | SpanFault {
  const known = scanned.get(body)
  if (known !== undefined) return known
  const spans = spansOf(body)
  if (!isSpanFault(spans)) scanned.set(body, spans)
  return spans
}

/** Finds the members of the body and parses the named ones. Refuses a body that is not a JSON object, or is one in doubt. */
export function readFields(body: Buffer, names: readonly string[]): Fields | Refusal {
  const spans = requestSpans(body)
  if (isSpanFault(spans)) {
    const { fault, name } = spans
    return name === undefined ? { refused: `${capital(fault)}. Send one JSON object in UTF-8.`, code: 'invalid_json' } : { refused: `${capital(fault)}. Send it once.`, param: name, code: 'duplicate_field' }
  }
  const values: Record<string, unknown> = {}
  for (const name of names) {
    if (!spans.members.has(name)) continue
    try {
      values[name] = valueOf(spans, name) ?? undefined
    } catch (cause) {
      if (cause instanceof SyntaxError) return { refused: `The value of '${name}' is not valid JSON. Escape control characters and use JSON's own escapes.`, param: name, code: 'invalid_json' }
      throw cause
    }
  }
  return { spans, values }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const wrong = (name: string, expected: string): Refusal => ({ refused: `Invalid type or value for '${name}': expected ${expected}.`, param: name, code: 'invalid_value' })

type Kind = 'string' | 'boolean' | 'object'

/** Refuses a field that is there with another type than Weir has to read it as; null counts as absent. */
export function checkTypes(values: JsonRecord, kinds: Readonly<Record<string, Kind>>): Refusal | undefined {
  for (const name of Object.keys(values)) {
    const value = values[name]
    const kind = kinds[name]
    if (value === undefined || kind === undefined) continue
    const fits = kind === 'object' ? recordOf(value) !== undefined : typeof value === kind
    if (!fits) return wrong(name, kind === 'object' ? 'an object' : `a ${kind}`)
  }
  return undefined
}

/** Refuses limits that are no whole numbers of zero or more: what they would bound could not be held. */
export function checkLimits(values: JsonRecord, names: readonly string[]): Refusal | undefined {
  for (const name of names) {
    const value = values[name]
    if (value !== undefined && !(typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)) return wrong(name, 'a whole number of zero or more')
  }
  return undefined
}

/** Refuses a number of alternatives that could not be held. */
export function checkChoices(values: JsonRecord, names: readonly string[]): Refusal | undefined {
  for (const name of names) {
    const value = values[name]
    if (value !== undefined && !(typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= choicesMax)) return wrong(name, `a whole number from 1 to ${choicesMax}`)
  }
  return undefined
}

/** Refuses a request without one of the fields without which nothing can be generated. */
export function checkPresent(spans: Spans, names: readonly string[]): Refusal | undefined {
  for (const name of names) if (!spans.members.has(name)) return { refused: `Missing required parameter: '${name}'.`, param: name, code: 'missing_required_parameter' }
  return undefined
}

/** The largest of several limits that were given; a limit of zero counts as none, since hosts differ in what it means. */
export function limitOf(...limits: readonly unknown[]): number | undefined {
  const given = limits.filter((limit): limit is number => typeof limit === 'number' && limit > 0)
  return given.length === 0 ? undefined : Math.max(...given)
}

/** The string values of `metadata`. */
export function tagsOf(metadata: unknown): Readonly<Record<string, string>> {
  const pairs = Object.entries(recordOf(metadata) ?? {}).filter((pair): pair is [string, string] => typeof pair[1] === 'string')
  return Object.fromEntries(pairs)
}

/** What the names inside a top-level field tell about its content. */
export interface Contents {
  /** Values of all `type` members, at any depth. */
  readonly types: ReadonlySet<string>
  /** Which of the marked names other than `type` occur: `id`, `audio`, `image_url`, `video_url`, `audio_url`. */
  readonly names: ReadonlySet<string>
}

/** The contents of a top-level field, from the marks of the scan; undefined where a name or type is escaped, so that the field has to be parsed. */
export function contentsOf(spans: Spans, field: string): Contents | undefined {
  const types = new Set<string>(), names = new Set<string>()
  const member = spans.members.get(field)
  if (member === undefined) return { types, names }
  const { body, marks } = spans
  for (let index = 0; index < marks.length; index += 2) {
    const start = marks[index]!, end = marks[index + 1]!
    if (start < member.valueStart || start >= member.valueEnd) continue
    const name = body.toString('latin1', start + 1, end - 1)
    if (name.includes('\\')) return undefined
    if (name !== 'type') {
      if (watchedNames.has(name)) names.add(name)
      continue
    }
    const value = skipSpace(body, skipSpace(body, end) + 1)
    if (body[value] !== 0x22) continue
    const type = body.toString('latin1', value + 1, body.indexOf(0x22, value + 1))
    if (type.includes('\\')) return undefined
    types.add(type)
  }
  return { types, names }
}

const watchedNames: ReadonlySet<string> = new Set(['id', 'audio', 'image_url', 'video_url', 'audio_url'])

/** The objects of an array field, one span each, without parsing what is inside them; empty where it is no array of objects. */
export function objectsIn(spans: Spans, name: string): readonly Spans[] {
  const member = spans.members.get(name)
  const offsets = member === undefined ? undefined : elementsAt(spans.body, member.valueStart)
  const objects: Spans[] = []
  for (let index = 0; offsets !== undefined && index < offsets.length; index += 2) {
    const object = spansAt(spans.body, offsets[index]!, offsets[index + 1]!, 'last')
    if (!isSpanFault(object)) objects.push(object)
  }
  return objects
}

/** Splices new values into a JSON body. `values`: member name → JSON text, undefined to take it out. */
export function editMembers(body: Buffer, values: ReadonlyMap<string, string | undefined>): Buffer | Refusal {
  if (values.size === 0) return body
  const spans = requestSpans(body)
  if (isSpanFault(spans)) return { refused: capital(spans.fault), code: 'invalid_json' }
  return splice(body, memberChanges(spans, values))
}

/** The JSON text of an object field with one member set and all others as they were; a new object where it is absent or null. */
export function withMember(body: Buffer, name: string, member: string, text: string): string {
  const spans = requestSpans(body)
  const own = isSpanFault(spans) ? undefined : textOf(spans, name)
  const inside = own === undefined ? undefined : spansOf(Buffer.from(own))
  if (inside === undefined || isSpanFault(inside)) return `{${JSON.stringify(member)}:${text}}`
  return splice(inside.body, memberChanges(inside, new Map([[member, text]]))).toString()
}

/** The edit that every JSON dialect has: the model name. */
export function modelEdit(edits: Edits): Map<string, string | undefined> {
  return new Map(edits.model === undefined ? [] : [['model', JSON.stringify(edits.model)]])
}

/** The model that a body names. */
export const modelOf = (values: JsonRecord): string | undefined => stringOf(values['model'])
