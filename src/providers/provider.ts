/** Who hosts models: rows of data. Code only for what data cannot say (Entra tokens, the sandbox). Types only here. */
import type { DialectName, Operation } from '../dialects/dialect.ts'

/** Differences between hosts of one dialect, declared rather than branched on. */
export interface Quirks {
  /** Understands `stream_options.include_usage`. */
  readonly usageOption: boolean
  /** Keeps responses: `store`, `background`, `previous_response_id`, retrieve, cancel, delete. */
  readonly storedResponses: boolean
  /** Understands `safety_identifier`. */
  readonly safetyIdentifier: boolean
  /** Wants `max_completion_tokens` rather than `max_tokens` where a limit is added. */
  readonly completionLimit: boolean
}

export type AuthScheme = 'bearer' | 'api-key' | 'x-api-key' | 'entra' | 'none'

/** A row of the catalogue: what `type:` in weir.yaml names. */
export interface ProviderType {
  readonly type: string
  readonly auth: AuthScheme
  readonly baseUrl: string | undefined
  readonly dialects: readonly DialectName[]
  readonly quirks: Quirks
  /** Path below the base URL for an operation; `{model}` and `{apiVersion}` are filled in. Undefined: not offered. */
  readonly paths: Readonly<Partial<Record<Operation, string>>>
  /** Headers that every request carries. */
  readonly headers: Readonly<Record<string, string>>
  readonly prices: string
  readonly maker: string | undefined
  readonly channel: string
  /** Response headers: the provider's request id, and the deployment that served where it spilled over. */
  readonly requestIdHeader: string
  /** Prefixes of client headers that pass to this host; all others stay behind. */
  readonly forwards: readonly string[]
  readonly spilloverHeader: string | undefined
  /** Served by Weir itself where no base URL is given. */
  readonly inProcess?: true
  /** What is wrong with `options`, for types whose own code reads them. */
  readonly optionsFault?: (options: Readonly<Record<string, unknown>>) => string | undefined
}
