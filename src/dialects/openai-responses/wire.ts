/** The wire format of `POST /v1/responses` as far as it is composed and read here (OpenAI OpenAPI specification 2.3.0). */
import type { Json } from '../../kernel/canonical-json.ts'
import type { JsonRecord } from '../json-fields.ts'
import type { JsonObject } from '../part.ts'

export interface InputText { readonly type: 'input_text'; readonly text: string }
export interface InputImage { readonly type: 'input_image'; readonly image_url: string; readonly detail: string }

export type InputItem =
  | { readonly type: 'message'; readonly role: 'system' | 'developer' | 'user'; readonly content: readonly (InputText | InputImage)[] }
  | { readonly type: 'message'; readonly role: 'assistant'; readonly content: string }
  | { readonly type: 'message'; readonly role: 'assistant'; readonly id: string; readonly status: 'completed'; readonly content: readonly RefusalContent[] }
  | { readonly type: 'function_call'; readonly call_id: string; readonly name: string; readonly arguments: string }
  | { readonly type: 'function_call_output'; readonly call_id: string; readonly output: string | readonly (InputText | InputImage)[] }
  | { readonly type: 'reasoning'; readonly id?: string; readonly summary: readonly SummaryText[]; readonly encrypted_content: string }

export interface ResponsesRequest {
  readonly model: string
  readonly input: readonly InputItem[]
  readonly tools?: readonly JsonObject[]
  readonly tool_choice?: Json
  readonly parallel_tool_calls?: boolean
  readonly text?: JsonObject
  readonly reasoning?: JsonObject
  readonly include?: readonly string[]
  readonly max_output_tokens?: number
  readonly temperature?: number
  readonly top_p?: number
  readonly top_logprobs?: number
  readonly prompt_cache_key?: string
  readonly prompt_cache_retention?: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly safety_identifier?: string
  readonly user?: string
  readonly service_tier?: string
  readonly store: false
  readonly stream?: true
}

export interface SummaryText { readonly type: 'summary_text'; readonly text: string }
export interface RefusalContent { readonly type: 'refusal'; readonly refusal: string }
export interface OutputText { readonly type: 'output_text'; readonly text: string; readonly annotations: readonly []; readonly logprobs: readonly Json[] }
export type ItemStatus = 'in_progress' | 'completed'

export type OutputItem =
  | { readonly type: 'message'; readonly id: string; readonly role: 'assistant'; readonly status: ItemStatus; readonly content: readonly (OutputText | RefusalContent)[] }
  | { readonly type: 'function_call'; readonly id: string; readonly call_id: string; readonly name: string; readonly arguments: string; readonly status: ItemStatus }
  | { readonly type: 'reasoning'; readonly id: string; readonly summary: readonly SummaryText[]; readonly encrypted_content?: string }

export interface ResponsesUsage {
  readonly input_tokens: number
  readonly input_tokens_details: { readonly cached_tokens: number; readonly cache_write_tokens: number }
  readonly output_tokens: number
  readonly output_tokens_details: { readonly reasoning_tokens: number }
  readonly total_tokens: number
}

export type ResponseStatus = 'in_progress' | 'completed' | 'incomplete' | 'failed'

/** The members of a response that the answer decides; the rest repeats the request. */
export interface ResponseFacts {
  readonly id: string
  readonly model: string
  readonly createdAt: number
  readonly status: ResponseStatus
  readonly output: readonly OutputItem[]
  readonly usage: ResponsesUsage | undefined
  readonly incomplete: 'max_output_tokens' | 'content_filter' | undefined
  readonly error: { readonly code: string; readonly message: string } | undefined
  readonly tier: string | undefined
}

/** The events of an upstream's stream that say something; all others (hosted tools, announcements of parts) say nothing. */
export interface Wire {
  'response.created': { readonly response: JsonRecord }
  'response.output_item.added': { readonly output_index: number; readonly item: JsonRecord }
  'response.output_item.done': { readonly output_index: number; readonly item: JsonRecord }
  'response.output_text.delta': { readonly delta: string; readonly logprobs: readonly Json[] }
  'response.refusal.delta': { readonly delta: string }
  'response.function_call_arguments.delta': { readonly output_index: number; readonly delta: string }
  'response.reasoning_summary_part.added': { readonly summary_index: number }
  'response.reasoning_summary_text.delta': { readonly delta: string }
  'response.reasoning_text.delta': { readonly delta: string }
  'response.completed': { readonly response: JsonRecord }
  'response.incomplete': { readonly response: JsonRecord }
  'response.failed': { readonly response: JsonRecord }
  error: { readonly error: JsonRecord }
}
