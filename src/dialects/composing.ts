/** What composing an answer needs besides the answer: the request it belongs to. Types only. */
import type { CanonicalRequest, JsonObject } from './part.ts'

export interface Composing {
  readonly request: CanonicalRequest
  /** The client's request as it came: some answers repeat parts of it. */
  readonly asked: JsonObject
  /** Whether the client sees the usage event of a stream. */
  readonly usageAsked: boolean
  /** Seconds since 1970: the answer's time where the upstream's wire format has none. */
  readonly now: number
}

/** One server-sent event to write; `name` where the wire format names its events. */
export interface WireEvent { readonly name?: string; readonly data: object | '[DONE]' }
