/** Weir's own errors in the JSON shape of the surface that the client speaks, so that its official client raises the typed exception. */
import type { Surface } from './dialect.ts'

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
 * requires both; the `openai` client reads the same names there. Anthropic: `{type:'error',error:{type,message},request_id?}`.
 */
export function composeFault(surface: Surface, fault: Fault): { readonly body: Buffer; readonly contentType: string } {
  return { body: Buffer.from(JSON.stringify(shapeOf(surface, fault))), contentType: 'application/json' }
}

function shapeOf(surface: Surface, { status, code, type, message, param, requestId }: Fault): object {
  switch (surface) {
    case 'openai': return { error: { message, type: type ?? openaiErrorType(status, code), param: param ?? null, code } }
    case 'azure': return { error: { code, message, type: type ?? openaiErrorType(status, code), param: param ?? null } }
    case 'anthropic': return {
      type: 'error',
      error: { type: type ?? anthropicErrorType(status), message },
      ...(requestId === undefined ? {} : { request_id: requestId }),
    }
  }
}
