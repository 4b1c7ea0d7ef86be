/**
 * Finds the members of a JSON object in its bytes without building the object. Structure is checked in full (brackets,
 * commas, colons, literals, numbers, nesting); the inside of strings is skipped natively and checked where a value is read.
 */
import { isUtf8 } from 'node:buffer'

/** One member: the offsets of its name's opening quote, and of its value's first byte and the byte after its last. */
export interface Member {
  readonly nameStart: number
  readonly valueStart: number
  readonly valueEnd: number
}

/** A top-level object: `start` is the offset after `{`, `end` that of `}`. Members are in the order of the body. */
export interface Spans {
  readonly body: Buffer
  readonly start: number
  readonly end: number
  readonly members: ReadonlyMap<string, Member>
  /**
   * Offsets, start and end in turns, of the names at any depth that have one of `markedLengths` characters or an escape:
   * enough to find out what kinds of content a body holds without parsing it.
   */
  readonly marks: readonly number[]
}

/** Why bytes were not taken for an object. `name` is the member that stands twice. */
export interface SpanFault {
  readonly fault: string
  readonly name?: string
}

/** Deepest nesting that is followed; a body nested deeper is refused. */
export const nestingMax = 512

const quote = 0x22, backslash = 0x5c, comma = 0x2c, colon = 0x3a
const openBrace = 0x7b, closeBrace = 0x7d, openBracket = 0x5b, closeBracket = 0x5d
/** Strings up to this many bytes are walked in JavaScript; the rest is left to the native search, whose call costs more. */
const walkedBytes = 24

/** Lengths of the names that are marked: `id`, `type`, `audio`, `image_url`, `video_url`, `audio_url`. */
const markedLengths = Uint8Array.from({ length: walkedBytes }, (_, length) => Number([2, 4, 5, 9].includes(length)))

/** Kinds of the open containers, by depth. One array serves every scan, since a scan never yields. */
const closers = new Uint8Array(nestingMax)
/** Marks of the running scan. */
let marks: number[] = []

/** Offset of the first byte at or after `at` that is not JSON white space. */
export function skipSpace(body: Buffer, at: number): number {
  for (;;) {
    const byte = body[at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at
    at++
  }
}

/** Offset after the string whose opening quote stands at `at`, or the complement of where it failed. */
function skipString(body: Buffer, at: number): number {
  const soon = Math.min(at + walkedBytes, body.length)
  let next = at + 1
  for (; next < soon; next++) {
    const byte = body[next]
    if (byte === quote) return next + 1
    if (byte === backslash) next++
  }
  for (;;) {
    const found = body.indexOf(quote, next)
    if (found === -1) return ~body.length
    let slashes = found
    while (slashes > next && body[slashes - 1] === backslash) slashes--
    if ((found - slashes) % 2 === 0) return found + 1
    next = found + 1
  }
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39

function skipNumber(body: Buffer, at: number): number {
  let next = at
  if (body[next] === 0x2d) next++
  if (body[next] === 0x30) next++
  else if (isDigit(body[next])) while (isDigit(body[next])) next++
  else return ~next
  if (body[next] === 0x2e) {
    next++
    if (!isDigit(body[next])) return ~next
    while (isDigit(body[next])) next++
  }
  const byte = body[next]
  if (byte === 0x65 || byte === 0x45) {
    next++
    if (body[next] === 0x2b || body[next] === 0x2d) next++
    if (!isDigit(body[next])) return ~next
    while (isDigit(body[next])) next++
  }
  return next
}

function skipWord(body: Buffer, at: number, word: string): number {
  for (let index = 0; index < word.length; index++) if (body[at + index] !== word.charCodeAt(index)) return ~(at + index)
  return at + word.length
}

function skipScalar(body: Buffer, at: number): number {
  switch (body[at]) {
    case quote: return skipString(body, at)
    case 0x74: return skipWord(body, at, 'true')
    case 0x66: return skipWord(body, at, 'false')
    case 0x6e: return skipWord(body, at, 'null')
    default: return skipNumber(body, at)
  }
}

function hasEscape(body: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (body[at] === backslash) return true
  return false
}

/** From before a member's name to after its colon. */
function skipName(body: Buffer, at: number): number {
  const start = skipSpace(body, at)
  if (body[start] !== quote) return ~start
  const end = skipString(body, start)
  if (end < 0) return end
  const length = end - start - 2
  if (length < walkedBytes ? markedLengths[length] === 1 || hasEscape(body, start, end) : body.subarray(start, end).includes(backslash)) marks.push(start, end)
  if (body[end] === colon) return end + 1
  const separator = skipSpace(body, end)
  return body[separator] === colon ? separator + 1 : ~separator
}

/** Offset after the value that begins at `at` (white space allowed before it), or the complement of where it failed. */
export function skipValue(body: Buffer, at: number): number {
  let depth = 0
  for (;;) {
    at = skipSpace(body, at)
    const byte = body[at]
    if (byte === openBrace || byte === openBracket) {
      if (depth === nestingMax - 1) return ~at
      const closer = byte === openBrace ? closeBrace : closeBracket
      const inside = skipSpace(body, at + 1)
      if (body[inside] !== closer) {
        closers[depth++] = closer
        at = closer === closeBrace ? skipName(body, inside) : inside
        if (at < 0) return at
        continue
      }
      at = inside + 1
    } else {
      at = skipScalar(body, at)
      if (at < 0) return at
    }
    for (;;) {
      if (depth === 0) return at
      at = skipSpace(body, at)
      if (body[at] === comma) {
        at = closers[depth - 1] === closeBrace ? skipName(body, at + 1) : at + 1
        if (at < 0) return at
        break
      }
      if (body[at] !== closers[depth - 1]) return ~at
      depth--
      at++
    }
  }
}

const malformed = (body: Buffer, at: number): SpanFault => ({
  fault: at >= body.length ? 'the body is not complete JSON: it ends too early' : `the body is not valid JSON: unexpected byte at offset ${at}, or nesting deeper than ${nestingMax}`,
})

/**
 * Spans of the members of the one object that the bytes hold. Refuses what is not UTF-8, not an object, malformed,
 * nested deeper than `nestingMax` or followed by anything; with `twice: 'refuse'` also a name that stands twice, which
 * two readers could understand differently (with `twice: 'last'` the last one counts, as in JSON.parse).
 */
export function spansOf(body: Buffer, twice: 'refuse' | 'last' = 'refuse'): Spans | SpanFault {
  if (!isUtf8(body)) return { fault: 'the body is not valid UTF-8' }
  return spansAt(body, 0, body.length, twice)
}

/** As `spansOf`, for an object that stands between two offsets of a larger body, which has been found to be UTF-8. */
export function spansAt(body: Buffer, from: number, to: number, twice: 'refuse' | 'last' = 'refuse'): Spans | SpanFault {
  const open = skipSpace(body, from)
  if (open >= to || body[open] !== openBrace) return { fault: 'the body is not a JSON object' }
  const members = new Map<string, Member>()
  marks = []
  const start = open + 1
  let at = skipSpace(body, start)
  if (body[at] !== closeBrace) {
    for (;;) {
      const nameStart = skipSpace(body, at)
      const colonEnd = skipName(body, nameStart)
      if (colonEnd < 0) return malformed(body, ~colonEnd)
      const valueStart = skipSpace(body, colonEnd)
      const valueEnd = skipValue(body, valueStart)
      if (valueEnd < 0) return malformed(body, ~valueEnd)
      const name = nameAt(body, nameStart)
      if (name === undefined) return malformed(body, nameStart)
      if (twice === 'refuse' && members.has(name)) return { fault: `the body has the member ${JSON.stringify(name)} twice`, name }
      members.set(name, { nameStart, valueStart, valueEnd })
      at = skipSpace(body, valueEnd)
      if (body[at] === closeBrace) break
      if (body[at] !== comma) return malformed(body, at)
      at++
    }
  }
  const end = at
  return skipSpace(body, end + 1) >= to ? { body, start, end, members, marks } : malformed(body, end + 1)
}

function nameAt(body: Buffer, at: number): string | undefined {
  const end = skipString(body, at)
  const plain = end - at < walkedBytes ? !hasEscape(body, at, end) : !body.subarray(at, end).includes(backslash)
  try {
    return plain ? body.toString('utf8', at + 1, end - 1) : JSON.parse(body.toString('utf8', at, end)) as string
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}

export const isSpanFault = (value: Spans | SpanFault): value is SpanFault => 'fault' in value

/** The text of a member's value as it stands in the body; undefined where there is no such member. */
export function textOf(spans: Spans, name: string): string | undefined {
  const member = spans.members.get(name)
  return member === undefined ? undefined : spans.body.toString('utf8', member.valueStart, member.valueEnd)
}

/** A member's parsed value; undefined where there is none. Throws SyntaxError for a string with a bad escape. */
export function valueOf(spans: Spans, name: string): unknown {
  const text = textOf(spans, name)
  return text === undefined ? undefined : JSON.parse(text)
}

/** Offsets of the elements of the array that begins at `at`: start and end in turns. Undefined where no array stands there. */
export function elementsAt(body: Buffer, at: number): readonly number[] | undefined {
  if (body[at] !== openBracket) return undefined
  const offsets: number[] = []
  at = skipSpace(body, at + 1)
  if (body[at] === closeBracket) return offsets
  for (;;) {
    const start = skipSpace(body, at)
    const end = skipValue(body, start)
    if (end < 0) return undefined
    offsets.push(start, end)
    at = skipSpace(body, end)
    if (body[at] !== comma) return body[at] === closeBracket ? offsets : undefined
    at++
  }
}

/** A replacement of the bytes from `start` to `end` by `text`. Changes must not overlap. */
export interface Change {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The body with the changes made and every other byte as it was. */
export function splice(body: Buffer, changes: readonly Change[]): Buffer {
  if (changes.length === 0) return body
  const pieces: Buffer[] = []
  let at = 0
  for (const { start, end, text } of changes.toSorted((left, right) => left.start - right.start || left.end - right.end)) {
    pieces.push(body.subarray(at, start), Buffer.from(text))
    at = end
  }
  pieces.push(body.subarray(at))
  return Buffer.concat(pieces)
}

/**
 * Changes that give members new values (JSON text), add those that are not there after the last one, and take out those
 * whose text is undefined, with the comma that belongs to them.
 */
export function memberChanges(spans: Spans, values: ReadonlyMap<string, string | undefined>): readonly Change[] {
  const changes: Change[] = []
  const members = [...spans.members.entries()]
  let kept = 0
  for (const [index, [name, member]] of members.entries()) {
    const text = values.get(name)
    if (!values.has(name)) kept++
    else if (text !== undefined) {
      kept++
      changes.push({ start: member.valueStart, end: member.valueEnd, text })
    } else if (kept > 0) changes.push({ start: members[index - 1]![1].valueEnd, end: member.valueEnd, text: '' })
    else changes.push({ start: member.nameStart, end: members[index + 1]?.[1].nameStart ?? member.valueEnd, text: '' })
  }
  const added = [...values].filter(([name, text]) => text !== undefined && !spans.members.has(name))
  if (added.length > 0) {
    const text = added.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')
    const last = members.at(-1)?.[1].valueEnd ?? spans.start
    changes.push({ start: last, end: last, text: kept > 0 ? `,${text}` : text })
  }
  return changes
}
