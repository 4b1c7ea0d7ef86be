/** Reading a complete JSON answer: finding its members, and the text of its usage as it came. */
import type { Reading } from './dialect.ts'
import { recordOf, type JsonRecord } from './json-fields.ts'
import { isSpanFault, spansOf, textOf, valueOf, type Spans } from './json-spans.ts'

/** A reading of which nothing is known yet. */
export const emptyReading: Reading = { usage: undefined, delivered: '', responseId: undefined, model: undefined, finish: undefined, failure: undefined, status: undefined }

export interface Answer {
  readonly spans: Spans
  readonly values: JsonRecord
}

/** Parses the named members of an answer. Providers may repeat a member: the last one counts. */
export function readAnswer(body: Buffer, names: readonly string[]): Answer | { readonly broken: string } {
  const spans = spansOf(body, 'last')
  if (isSpanFault(spans)) return { broken: spans.fault }
  try {
    return { spans, values: Object.fromEntries(names.map((name) => [name, valueOf(spans, name)])) }
  } catch (cause) {
    if (cause instanceof SyntaxError) return { broken: `the answer is not valid JSON: ${cause.message}` }
    throw cause
  }
}

/** A member of a JSON text as it stands there, along a path of names; the given value serialised where it cannot be found. */
export function rawMember(data: Buffer, path: readonly string[], value: unknown): string {
  let at = data
  for (const name of path) {
    const spans = spansOf(at, 'last')
    const text = isSpanFault(spans) ? undefined : textOf(spans, name)
    if (text === undefined) return JSON.stringify(value)
    at = Buffer.from(text)
  }
  return at.toString()
}

/** The `error` object of an answer, where it has one that is not null. */
export const errorIn = (values: JsonRecord): JsonRecord | undefined => recordOf(values['error'])
