/** The wire format of `POST /v1/messages` as far as it is composed and read here (typings of @anthropic-ai/sdk 1.12.0, read 2026-11-23). */
import type { Json } from '../../kernel/canonical-json.ts'
import type { JsonRecord } from '../json-fields.ts'
import type { JsonObject } from '../part.ts'

export interface TextBlock { readonly type: 'text'; readonly text: string }
export interface ImageBlock {
  readonly type: 'image'
  readonly source: { readonly type: 'url'; readonly url: string } | { readonly type: 'base64'; readonly media_type: string; readonly data: string }
}
export interface ToolResultBlock {
  readonly type: 'tool_result'
  readonly tool_use_id: string
  readonly content?: readonly (TextBlock | ImageBlock)[]
  readonly is_error?: true
}
export interface ThinkingBlock { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
export interface RedactedThinkingBlock { readonly type: 'redacted_thinking'; readonly data: string }
export interface ToolUseBlock { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: Json }

export type Turn =
  | { readonly role: 'system'; readonly content: readonly TextBlock[] }
  | { readonly role: 'user'; readonly content: readonly (TextBlock | ImageBlock | ToolResultBlock)[] }
  | { readonly role: 'assistant'; readonly content: readonly (TextBlock | ThinkingBlock | RedactedThinkingBlock | ToolUseBlock)[] }

export interface MessagesRequest {
  readonly model: string
  readonly max_tokens: number
  readonly system?: readonly TextBlock[]
  readonly messages: readonly Turn[]
  readonly tools?: readonly JsonObject[]
  readonly tool_choice?: JsonObject
  readonly thinking?: JsonObject
  readonly output_config?: JsonObject
  readonly stop_sequences?: readonly string[]
  readonly temperature?: number
  readonly top_p?: number
  readonly top_k?: number
  readonly metadata?: { readonly user_id: string }
  readonly service_tier?: 'auto' | 'standard_only'
  readonly stream?: true
}

export type StopReason = 'end_turn' | 'max_tokens' | 'stop_sequence' | 'tool_use' | 'refusal'

export interface MessagesUsage {
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cache_creation_input_tokens: number
  readonly cache_read_input_tokens: number
  readonly output_tokens_details?: { readonly thinking_tokens: number }
}

export type AnswerBlock =
  | { readonly type: 'text'; readonly text: string; readonly citations: null }
  | ThinkingBlock | RedactedThinkingBlock
  | (ToolUseBlock & { readonly caller: { readonly type: 'direct' } })

export interface StopDetails { readonly type: 'refusal'; readonly category: null; readonly explanation: string | null }

export interface MessageAnswer {
  readonly id: string
  readonly type: 'message'
  readonly role: 'assistant'
  readonly model: string
  readonly content: readonly AnswerBlock[]
  readonly stop_reason: StopReason | null
  readonly stop_sequence: string | null
  readonly stop_details: StopDetails | null
  readonly usage: MessagesUsage
}

/** The events of an upstream's stream, as far as they are trusted to be objects. */
export interface Wire {
  message_start: { readonly message: JsonRecord }
  content_block_start: { readonly index: number; readonly content_block: JsonRecord }
  content_block_delta: { readonly index: number; readonly delta: JsonRecord }
  content_block_stop: { readonly index: number }
  message_delta: { readonly delta: JsonRecord }
  message_stop: object
  ping: object
  error: { readonly error: JsonRecord }
}
