/** Errors of the Messages API: `{type:'error', error:{type, message}}`. */
import type { UpstreamError, UpstreamErrorKind } from '../dialect.ts'
import { parseRecord, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'
import { openaiError } from '../openai-chat/errors.ts'
import type { Headers } from '../headers.ts'
import { errorOf, kindOfStatus } from '../upstream-error.ts'

/** Kinds and statuses of the documented error types (https://docs.claude.com/en/api/errors, read 2026-11-23). Errors inside a stream have no status of their own. */
const types: ReadonlyMap<string, { readonly kind: UpstreamErrorKind; readonly status: number }> = new Map(Object.entries({
  invalid_request_error: { kind: 'bad-request', status: 400 },
  authentication_error: { kind: 'unauthorized', status: 401 },
  billing_error: { kind: 'quota-exhausted', status: 402 },
  permission_error: { kind: 'forbidden', status: 403 },
  not_found_error: { kind: 'not-found', status: 404 },
  request_too_large: { kind: 'too-large', status: 413 },
  rate_limit_error: { kind: 'rate-limited', status: 429 },
  api_error: { kind: 'server-error', status: 500 },
  timeout_error: { kind: 'timeout', status: 504 },
  overloaded_error: { kind: 'overloaded', status: 529 },
} satisfies Record<string, { readonly kind: UpstreamErrorKind; readonly status: number }>))

/** Whole sentences, since a 400 may quote what a client sent, and no client shall be able to have an account taken out. */
const suspendedText = /^(?:this|your) (?:organization|account) has been (?:disabled|suspended|deactivated)\b/i
const creditText = /^your credit balance is too low/i
const tooLongText = /prompt is too long|exceed(?:s)? (?:the )?context (?:limit|window)/i

/** Reads an error object. `status` 200 stands for an error inside a stream: its type then tells the status. */
export function readMessagesError(status: number, headers: Headers, error: JsonRecord): UpstreamError {
  const type = stringOf(error['type'])
  const message = stringOf(error['message']) ?? `upstream answered ${status}`
  const known = type === undefined ? undefined : types.get(type)
  const own = status === 200 ? known?.status ?? 500 : status
  const kind = suspendedText.test(message) && own < 500 ? 'suspended'
    : creditText.test(message) ? 'quota-exhausted'
      : own === 400 && tooLongText.test(message) ? 'context-too-long'
        : known?.kind ?? kindOfStatus(own)
  return errorOf({ status: own, kind, message, code: undefined, type }, headers)
}

/**
 * The provider's refusal in Weir's words. What does not have this API's shape comes from a host or a gateway in front of it
 * (Azure's `{error:{code, message}}`, API Management's `{statusCode, message}`, a proxy's page) and is read as their kind.
 */
export function messagesError(status: number, headers: Headers, body: Buffer): UpstreamError {
  const error = recordOf(parseRecord(body.toString())?.['error'])
  return error === undefined || !types.has(stringOf(error['type']) ?? '') ? openaiError(status, headers, body) : readMessagesError(status, headers, error)
}
