/** Weir's own errors in the JSON shape of the surface that the client speaks, so that its official client raises the typed exception. */
import type { Surface, UpstreamError, UpstreamErrorKind } from './dialect.ts'

/** An error that Weir composes. `code` is Weir's or the surface's word for the cause; `type` overrides the surface's default for the status. */
export interface Fault {
  readonly status: number
  readonly code: string
  readonly type?: string
  readonly message: string
  /** The request field at fault. */
  readonly param?: string
  /** The call's id, shown where the surface has a place for it. */
  readonly requestId?: string
}

/** Anthropic's error types by status (https://docs.claude.com/en/api/errors). */
const anthropicTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error', 401: 'authentication_error', 402: 'billing_error', 403: 'permission_error',
  404: 'not_found_error', 413: 'request_too_large', 429: 'rate_limit_error', 504: 'timeout_error', 503: 'overloaded_error', 529: 'overloaded_error',
}

/** Anthropic's error type for an HTTP status: other 4xx are invalid requests, other 5xx are `api_error`. */
export function anthropicErrorType(status: number): string {
  return anthropicTypes[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error')
}

/** OpenAI's error type for an HTTP status and code. Its own service sends `invalid_request_error` for every mistake of the caller, also for a wrong key. */
export function openaiErrorType(status: number, code: string): string {
  if (code === 'insufficient_quota') return 'insufficient_quota'
  if (status === 429) return 'rate_limit_error'
  return status >= 500 ? 'server_error' : 'invalid_request_error'
}

/**
 * The body and content type of an error answer.
 * OpenAI: `{error:{message,type,param,code}}`. Azure: the same members with code and message first, as its specification
 * requires both, and no `param` where there is none, as it allows no null; the `openai` client reads the same names there. Anthropic: `{type:'error',error:{type,message},request_id?}`.
 */
export function composeFault(surface: Surface, fault: Fault): { readonly body: Buffer; readonly contentType: string } {
  return { body: Buffer.from(JSON.stringify(shapeOf(surface, fault))), contentType: 'application/json' }
}

function shapeOf(surface: Surface, { status, code, type, message, param, requestId }: Fault): object {
  switch (surface) {
    case 'openai': return { error: { message, type: type ?? openaiErrorType(status, code), param: param ?? null, code } }
    case 'azure': return { error: { code, message, type: type ?? openaiErrorType(status, code), ...(param === undefined ? {} : { param }) } }
    case 'anthropic': return {
      type: 'error',
      error: { type: type ?? anthropicErrorType(status), message },
      ...(requestId === undefined ? {} : { request_id: requestId }),
    }
  }
}

/** OpenAI's codes for the kinds of errors; a client of the official library tells its cases apart by them. */
const codes: Readonly<Record<UpstreamErrorKind, string>> = {
  'bad-request': 'invalid_request', 'context-too-long': 'context_length_exceeded', unauthorized: 'invalid_api_key', suspended: 'account_deactivated',
  forbidden: 'permission_denied', 'not-found': 'model_not_found', 'too-large': 'request_too_large', 'rate-limited': 'rate_limit_exceeded',
  'quota-exhausted': 'insufficient_quota', 'content-filter': 'content_filter', overloaded: 'server_is_overloaded', 'server-error': 'server_error', timeout: 'timeout',
}

/** An upstream's error in the shape of another surface than its own, or where its own words had no shape of an answer. */
export const composeUpstreamError = (surface: Surface, error: UpstreamError): { readonly body: Buffer; readonly contentType: string } =>
  composeFault(surface, { status: error.status, code: codes[error.kind], message: error.message })
