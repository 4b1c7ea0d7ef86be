/**
 * The wire format of `POST /v1/chat/completions` as far as it is composed here (OpenAI OpenAPI specification 2.3.0).
 * `reasoning_content` is not OpenAI's: servers of open models (vLLM, SGLang, DeepSeek) send reasoning text there.
 */
import type { Json } from '../../kernel/canonical-json.ts'
import type { JsonObject } from '../part.ts'

export interface ChatText { readonly type: 'text'; readonly text: string }
export interface ChatImage { readonly type: 'image_url'; readonly image_url: { readonly url: string; readonly detail?: string } }
export interface ChatToolCall { readonly id: string; readonly type: 'function'; readonly function: { readonly name: string; readonly arguments: string } }

export type ChatMessage =
  | { readonly role: 'system' | 'developer'; readonly content: string | readonly ChatText[] }
  | { readonly role: 'user'; readonly content: string | readonly (ChatText | ChatImage)[] }
  | { readonly role: 'assistant'; readonly content: string | readonly ChatText[] | null; readonly refusal?: string; readonly tool_calls?: readonly ChatToolCall[] }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string | readonly ChatText[] }

export interface ChatRequest {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly tools?: readonly JsonObject[]
  readonly tool_choice?: Json
  readonly parallel_tool_calls?: boolean
  readonly response_format?: JsonObject
  readonly max_completion_tokens?: number
  readonly temperature?: number
  readonly top_p?: number
  readonly stop?: readonly string[]
  readonly reasoning_effort?: string
  readonly verbosity?: string
  readonly logprobs?: true
  readonly top_logprobs?: number
  readonly prompt_cache_key?: string
  readonly prompt_cache_retention?: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly safety_identifier?: string
  readonly user?: string
  readonly service_tier?: string
  readonly stream?: true
  readonly stream_options?: { readonly include_usage: true }
}

export interface ChatUsage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly prompt_tokens_details?: { readonly cached_tokens?: number; readonly cache_write_tokens?: number; readonly audio_tokens?: number }
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number; readonly audio_tokens?: number }
}

export type ChatFinish = 'stop' | 'length' | 'tool_calls' | 'content_filter'
export interface ChatLogprobs { readonly content: readonly Json[]; readonly refusal: null }

export interface ChatCompletion {
  readonly id: string
  readonly object: 'chat.completion'
  readonly created: number
  readonly model: string
  readonly choices: readonly [{
    readonly index: 0
    readonly message: {
      readonly role: 'assistant'
      readonly content: string | null
      readonly refusal: string | null
      readonly reasoning_content?: string
      readonly tool_calls?: readonly ChatToolCall[]
    }
    readonly logprobs: ChatLogprobs | null
    readonly finish_reason: ChatFinish
  }]
  readonly usage?: ChatUsage
  readonly service_tier?: string
}

export interface ChatDelta {
  readonly role?: 'assistant'
  readonly content?: string
  readonly refusal?: string
  readonly reasoning_content?: string
  readonly tool_calls?: readonly { readonly index: number; readonly id?: string; readonly type?: 'function'; readonly function: { readonly name?: string; readonly arguments: string } }[]
}

export interface ChatChunk {
  readonly id: string
  readonly object: 'chat.completion.chunk'
  readonly created: number
  readonly model: string
  readonly choices: readonly { readonly index: 0; readonly delta: ChatDelta; readonly logprobs?: ChatLogprobs; readonly finish_reason: ChatFinish | null }[]
  readonly usage?: ChatUsage
  readonly service_tier?: string
}

/** What an upstream's stream holds: every event is a chunk but the last. */
export interface Wire {
  chunk: { readonly chunk: Readonly<Record<string, unknown>> }
  error: { readonly error: Readonly<Record<string, unknown>> }
  done: object
}
