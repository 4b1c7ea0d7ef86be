/** Reading a complete JSON answer: finding its members, and the text of its usage as it came. */
import type { Reading } from './dialect.ts'
import { parseRecord, recordOf, type JsonRecord } from './json-fields.ts'
import { isSpanFault, skipSpace, skipValue, spansOf, valueOf, type Spans } from './json-spans.ts'

/** A reading of which nothing is known yet. */
export const emptyReading: Reading = { usage: undefined, delivered: '', responseId: undefined, model: undefined, finish: undefined, failure: undefined, status: undefined }

export interface Answer {
  readonly spans: Spans
  readonly values: JsonRecord
}

/** Parses the named members of an answer. Providers may repeat a member: the last one counts. */
export function readAnswer(body: Buffer, names: readonly string[]): Answer | { readonly broken: string } {
  const spans = spansOf(hasMark(body) ? body.subarray(3) : body, 'last')
  if (isSpanFault(spans)) return { broken: spans.fault }
  try {
    return { spans, values: Object.fromEntries(names.map((name) => [name, valueOf(spans, name)])) }
  } catch (cause) {
    if (cause instanceof SyntaxError) return { broken: `the answer is not valid JSON: ${cause.message}` }
    throw cause
  }
}

/** Parses a whole answer, for dialects whose answers are text that has to be read anyway: quicker than spans for small bodies. */
export const parseAnswer = (body: Buffer): JsonRecord | undefined => parseRecord(body.toString('utf8', hasMark(body) ? 3 : 0))

/** A byte order mark, which readers of JSON may ignore (RFC 8259, section 8.1) and the clients' do. */
const hasMark = (body: Buffer): boolean => body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf

/** The text of the last member `usage` as it stands in a JSON text, if it is the given value; else that value serialised. */
export function rawUsage(data: Buffer, usage: JsonRecord): string {
  const name = data.lastIndexOf('"usage"')
  const separator = skipSpace(data, name + 7)
  if (name !== -1 && data[separator] === 0x3a) {
    const start = skipSpace(data, separator + 1)
    const end = skipValue(data, start)
    const text = end < 0 ? '' : data.toString('utf8', start, end)
    const found = parseRecord(text)
    if (found !== undefined && JSON.stringify(found) === JSON.stringify(usage)) return text
  }
  return JSON.stringify(usage)
}

/** The `error` of an answer or event, where it has one: an object, or with some hosts its message alone. */
export function errorIn(values: JsonRecord): JsonRecord | undefined {
  const error = values['error']
  return typeof error === 'string' && error !== '' ? { message: error } : recordOf(error)
}
