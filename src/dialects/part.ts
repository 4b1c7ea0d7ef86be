/**
 * The canonical form: what a chat request, its answer and the pieces of its stream say, whichever wire format carries them.
 * Each dialect parses into it and composes from it, so that n dialects need 2n codecs. Types only.
 */
import type { Json } from '../kernel/canonical-json.ts'
import type { UsageReport } from '../kernel/meters.ts'

/** The dialects that translate into each other. */
export type ChatDialect = 'openai-chat' | 'openai-responses' | 'anthropic-messages'

export type JsonObject = { readonly [key: string]: Json | undefined }

export interface TextPart { readonly type: 'text'; readonly text: string }

export type ImageSource =
  | { readonly type: 'url'; readonly url: string }
  /** `data` is base64 without white space. */
  | { readonly type: 'data'; readonly mediaType: string; readonly data: string }

export interface ImagePart { readonly type: 'image'; readonly source: ImageSource; readonly detail?: 'low' | 'high' | 'original' }

/** The model declined in words of its own. */
export interface RefusalPart { readonly type: 'refusal'; readonly text: string }

/** What only the maker of a reasoning text can verify or read: a signature, or the encrypted reasoning itself. */
export interface Seal {
  readonly by: ChatDialect
  readonly value: string
  /** The item's id, where its maker wants it back. */
  readonly id?: string
  /** The text is withheld: `value` is all there is. */
  readonly redacted?: true
}

export interface ReasoningPart { readonly type: 'reasoning'; readonly text: string; readonly seal?: Seal }

/** `arguments` is JSON text, as the model wrote it: it may be cut off. */
export interface ToolCallPart { readonly type: 'tool-call'; readonly id: string; readonly name: string; readonly arguments: string }

export type AssistantPart = TextPart | RefusalPart | ReasoningPart | ToolCallPart

export type Message =
  | { readonly role: 'system' | 'developer'; readonly content: readonly TextPart[] }
  | { readonly role: 'user'; readonly content: readonly (TextPart | ImagePart)[] }
  | { readonly role: 'assistant'; readonly content: readonly AssistantPart[] }
  | { readonly role: 'tool'; readonly callId: string; readonly isError: boolean; readonly content: readonly (TextPart | ImagePart)[] }

export interface ToolDefinition {
  readonly name: string
  readonly description?: string
  /** JSON schema of the arguments; undefined: the function takes none. */
  readonly parameters?: JsonObject
  readonly strict?: boolean
}

export type ToolChoice =
  | { readonly type: 'auto' | 'none' | 'required' }
  | { readonly type: 'tool'; readonly name: string }
  | { readonly type: 'allowed'; readonly mode: 'auto' | 'required'; readonly names: readonly string[] }

export type ResponseFormat =
  | { readonly type: 'text' | 'json' }
  | { readonly type: 'json-schema'; readonly name?: string; readonly description?: string; readonly schema: JsonObject; readonly strict?: boolean }

export type Effort = 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'

export interface ReasoningWish {
  readonly mode?: 'on' | 'off'
  readonly effort?: Effort
  /** How much of the reasoning is shown. */
  readonly summary?: 'auto' | 'concise' | 'detailed' | 'omitted'
}

/** A chat request. A field that is not there was not asked for: the upstream's default holds. */
export interface CanonicalRequest {
  readonly model: string
  readonly stream: boolean
  readonly messages: readonly Message[]
  readonly tools?: readonly ToolDefinition[]
  readonly toolChoice?: ToolChoice
  readonly parallelToolCalls?: boolean
  readonly format?: ResponseFormat
  readonly outputMax?: number
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
  readonly stop?: readonly string[]
  readonly reasoning?: ReasoningWish
  readonly verbosity?: 'low' | 'medium' | 'high'
  /** Log probabilities of output tokens are wanted, with this many alternatives for each. */
  readonly logprobs?: { readonly top?: number }
  readonly promptCacheKey?: string
  readonly promptCacheRetention?: string
  readonly metadata?: Readonly<Record<string, string>>
  /** An identifier of the end user, for the maker's abuse detection. */
  readonly endUser?: string
  /** OpenAI's older identifier, where it was sent beside or in place of the newer. */
  readonly user?: string
  readonly serviceTier?: string
}

/** What may be absent, and what a target may be unable to carry. */
export type RequestField = Exclude<keyof CanonicalRequest, 'model' | 'stream' | 'messages'>

export type FinishReason = 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'refusal' | 'error'

/** Why an answer ended, in our word and in the upstream's own. */
export interface Finish {
  readonly reason: FinishReason
  readonly raw: string
  readonly stopSequence?: string
  /** The maker's explanation of a refusal. */
  readonly explanation?: string
}

/** The upstream gave up inside an answer: its own words. */
export interface Failure { readonly message: string; readonly code?: string; readonly errorType?: string }

/** A complete answer. `usage` is what the upstream dialect's meter read. */
export interface CanonicalResponse {
  readonly id: string
  readonly model: string
  /** Seconds since 1970, where the wire format has it. */
  readonly createdAt?: number
  readonly content: readonly AssistantPart[]
  readonly finish: Finish
  readonly usage?: UsageReport
  readonly serviceTier?: string
  /** Log probabilities of the text, in OpenAI's form, which both of its dialects share. */
  readonly logprobs?: readonly Json[]
  readonly failure?: Failure
}

/** One piece of a streamed answer. Parts of one kind belong together until another kind begins or an `…-end` comes. */
export type StreamPart =
  | { readonly type: 'response-start'; readonly id: string; readonly model: string; readonly createdAt?: number; readonly serviceTier?: string }
  | { readonly type: 'text-delta'; readonly text: string; readonly logprobs?: readonly Json[] }
  | { readonly type: 'text-end' }
  | { readonly type: 'refusal-delta'; readonly text: string }
  | { readonly type: 'reasoning-delta'; readonly text: string }
  | { readonly type: 'reasoning-end'; readonly seal?: Seal }
  /** `index` tells parallel calls apart; it grows by one from zero. */
  | { readonly type: 'tool-call-start'; readonly index: number; readonly id: string; readonly name: string }
  | { readonly type: 'tool-call-delta'; readonly index: number; readonly arguments: string }
  | { readonly type: 'tool-call-end'; readonly index: number }
  /** Added by the translation from the meter, never by a parser, so that usage is read in one place. */
  | { readonly type: 'usage'; readonly usage: UsageReport }
  | { readonly type: 'finish'; readonly finish: Finish }
  | { readonly type: 'failure'; readonly failure: Failure }
  /** The terminal event of the wire format. Nothing follows. */
  | { readonly type: 'response-end' }

export type PartType = StreamPart['type']
export type PartOf<K extends PartType> = Extract<StreamPart, { readonly type: K }>
