/**
 * The seam between wire formats and the gateway: types only. A dialect is code (a folder with the same file names in
 * each); a provider is a row that names the dialects which it speaks. The gateway sees a body as bytes, an `Ask`, and
 * an `Exchange`; it never sees a field of a wire format.
 */
import type { Headers } from './headers.ts'
import type { UsageReport } from '../kernel/meters.ts'

/** What a call wants done. One operation has one path on each surface that offers it. */
export type Operation =
  | 'chat' | 'responses' | 'messages' | 'embeddings' | 'completions' | 'moderations' | 'images' | 'transcriptions' | 'count-tokens'

/** Whose API the client believes that it speaks: sets paths, header names and the shape of errors. */
export type Surface = 'openai' | 'azure' | 'anthropic'

/** A wire format. The chat family (the first, second and fourth) translates into each other; the rest only pass. */
export type DialectName =
  | 'openai-chat' | 'openai-responses' | 'openai-embeddings' | 'anthropic-messages'
  | 'openai-completions' | 'openai-moderations' | 'openai-images' | 'openai-transcriptions' | 'anthropic-count-tokens'

/** What the gateway must know of a request before it routes, holds and dials. Read without rebuilding the body. */
export interface Ask {
  /** The public model name; undefined where the body has none (Azure's deployment path carries it). */
  readonly model: string | undefined
  readonly stream: boolean
  /** The client asked to see the usage event of a stream (always true where the dialect sends it unasked). */
  readonly usageAsked: boolean
  /** The client's own limit of output tokens for one choice. */
  readonly outputMax: number | undefined
  /** How many alternatives are generated, and billed: n, best_of, number of images; prompts × n for completions. */
  readonly choices: number
  /** Fields whose input tokens cannot be bounded by the body's bytes: images, files, hosted tools, stored context. */
  readonly unbounded: readonly string[]
  /** Hosted tools that are sold by the call, with the most calls that the request allows (undefined: no limit given). */
  readonly hostedTools: readonly { readonly meter: 'web_search_call' | 'file_search_call' | 'code_interpreter_session'; readonly callsMax: number | undefined }[]
  /** Names of stored-response fields that the request uses: `store` (explicitly true), `background`, `previous_response_id`. */
  readonly stored: readonly string[]
  /** The provider stores the answer unless it is told not to, and the request does not say: the Responses API without `store`. */
  readonly storedUnlessTold: boolean
  readonly background: boolean
  readonly previousResponseId: string | undefined
  /**
   * Ids of items that earlier answers made: `references` stand for the item itself and mean nothing where none is stored;
   * `byId` are of items that carry something of their own, and are looked up only by suppliers that store. `containers`, where
   * hosted tools are to work on, are looked up by every supplier that gets the request as it is.
   */
  readonly items: { readonly references: readonly string[]; readonly byId: readonly string[]; readonly containers: readonly string[] }
  readonly serviceTier: string | undefined
  /** End-user value that the client sent (`safety_identifier`, `user`, `metadata.user_id`): stickiness, never logged in clear. */
  readonly endUser: string | undefined
  /** `metadata` of the request: journalled as caller tags. */
  readonly tags: Readonly<Record<string, string>>
}

/** The closed list of edits to a request that passes (DESIGN.md, Bytes), spliced without re-serialising. */
export interface Edits {
  readonly model?: string
  /** Ask the provider for the usage event of a stream. */
  readonly includeUsage?: true
  readonly outputMax?: number
  /** Chat only: the field that takes `outputMax` where the body has none (a provider's quirk). `max_completion_tokens` by default. */
  readonly outputField?: 'max_tokens' | 'max_completion_tokens'
  readonly safetyIdentifier?: string
}

/** A request that cannot be read or cannot be carried: named, so that the client can mend it. */
export interface Refusal {
  readonly refused: string
  /** The field at fault, as the surface's error names it (`param`). */
  readonly param?: string
  readonly code?: string
}

export const isRefusal = (value: object): value is Refusal => 'refused' in value

/** What was learnt from an answer, on the upstream side of the pipe. */
export interface Reading {
  /** The usage event, if one arrived. The last one counts where a provider sends running totals. */
  readonly usage: UsageReport | undefined
  /** Output text and tool arguments that were delivered so far: what an estimate is made of when no usage arrives. */
  readonly delivered: string
  /** The provider's id of the answer (`chatcmpl-…`, `resp_…`, `msg_…`). */
  readonly responseId: string | undefined
  readonly model: string | undefined
  /** Why it ended: stop, length, tool-calls, content-filter, refusal, error. */
  readonly finish: string | undefined
  /** An error that came inside a 200 (an `error` event, `response.failed`). */
  readonly failure: UpstreamError | undefined
  /** For a background or incomplete stored response: its present status. */
  readonly status: string | undefined
  /** Ids under which a supplier that stores keeps what the answer holds: of its output items, and of the containers that its tools worked in. */
  readonly items?: readonly string[]
}

/** What a complete answer says. `failed`: it is nothing but an error, under a status that promised an answer. */
export type Whole = Reading | { readonly broken: string } | { readonly failed: UpstreamError }

/** Carries a stream from upstream to client. Feed it upstream bytes; send on what it returns. */
export interface Pipe {
  /** What may leave now. Keeps back the usage of the whole answer, the terminal event and all after them (empty buffer: nothing to send yet). */
  readonly push: (chunk: Buffer) => Buffer
  /** The terminal event has been read: settle, then send `end().rest`. */
  readonly finished: () => boolean
  /** Upstream has ended or `finished` is true. `rest` is what was kept back; `complete` tells whether the terminal event came. */
  readonly end: () => { readonly rest: Buffer; readonly reading: Reading; readonly complete: boolean }
  /** For a stream that broke: what has been read until now. May be called at any time. */
  readonly peek: () => Reading
  /** Bytes that tell a client inside an open stream that it failed, in its dialect: an error event, without a terminal one. */
  readonly abort: (message: string, code: string) => Buffer
}

/** One call as it will be made in one upstream's dialect. The same shape for bytes that pass and for translation. */
export interface Exchange {
  readonly upstream: DialectName
  readonly translated: boolean
  readonly contentType: string
  readonly body: Buffer
  /** `contentType` where the answer takes another form than the upstream's: a stream, for a client that asked for one and a host that ignored it. */
  readonly whole: (body: Buffer) => { readonly body: Buffer; readonly reading: Reading; readonly contentType?: string } | Exclude<Whole, Reading>
  readonly stream: () => Pipe
  /** The upstream's refusal, understood, and as the client's surface would show it (bytes pass where the dialect is the same). */
  readonly error: (status: number, headers: Headers, body: Buffer) => { readonly error: UpstreamError; readonly body: Buffer; readonly contentType: string }
  /** An error that came under a status of success, in a whole answer or first in a stream, as the client's surface would show it. */
  readonly failed: (error: UpstreamError) => { readonly body: Buffer; readonly contentType: string }
}

export type UpstreamErrorKind =
  | 'bad-request' | 'context-too-long' | 'unauthorized' | 'suspended' | 'forbidden' | 'not-found' | 'too-large'
  | 'rate-limited' | 'quota-exhausted' | 'content-filter' | 'overloaded' | 'server-error' | 'timeout'

/** A provider's refusal in Weir's words. `retryable` is decided here, once. */
export interface UpstreamError {
  readonly kind: UpstreamErrorKind
  readonly status: number
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined
  readonly message: string
  readonly code: string | undefined
  readonly type: string | undefined
}
