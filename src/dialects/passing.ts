/** What every dialect can do for bytes that pass: read a request, edit it, read an answer, carry a stream. Types only. */
import type { Ask, DialectName, Edits, Pipe, Refusal, UpstreamError, Whole } from './dialect.ts'
import type { Headers } from './headers.ts'

/** Everything that opening an exchange takes, the same for bytes that pass and for translation. */
export interface ExchangeArgs {
  /** The dialect that the client spoke. */
  readonly client: DialectName
  /** The dialect in which the upstream is called. */
  readonly upstream: DialectName
  /** The client's request body, as it came (decoded from any content encoding). */
  readonly body: Buffer
  /** The client's content type, with a multipart boundary where there is one. */
  readonly contentType: string
  /** What `readAsk` made of `body`. */
  readonly ask: Ask
  readonly edits: Edits
}

export interface PassingDialect {
  readonly readAsk: (body: Buffer, contentType: string) => Ask | Refusal
  /** The body with the edits spliced in; every other byte stays as it is. */
  readonly edit: (body: Buffer, contentType: string, edits: Edits, ask: Ask) => Buffer | Refusal
  /** Reads a complete answer, with the request where its usage is not told without. `broken` says why it is not an answer of this dialect. */
  readonly whole: (body: Buffer, request?: Buffer) => Whole
  /** `withholdUsage`: Weir asked for the usage event and the client did not, so that event must not reach the client. */
  readonly stream: (withholdUsage: boolean) => Pipe
  /** The stream of an answer that a host gave in one piece; undefined where it is none. A dialect without it passes such an answer as it is. */
  readonly streamOf?: (answer: Buffer, usageAsked: boolean) => Buffer | undefined
  readonly error: (status: number, headers: Headers, body: Buffer) => UpstreamError
}
