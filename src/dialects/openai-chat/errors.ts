/** Errors of OpenAI, of Azure OpenAI and of the many hosts that imitate them: one reading for all `openai-…` dialects. */
import type { UpstreamError, UpstreamErrorKind } from '../dialect.ts'
import { errorIn } from '../answer.ts'
import { parseRecord, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'
import { errorOf, kindOfStatus, type ErrorFacts } from '../upstream-error.ts'
import type { Headers } from '../headers.ts'

/** Kinds by the error's code or type, where they say more than the status. */
const kinds: ReadonlyMap<string, UpstreamErrorKind> = new Map(Object.entries({
  account_deactivated: 'suspended',
  organization_deactivated: 'suspended',
  access_terminated: 'suspended',
  billing_not_active: 'suspended',
  AbusePenalty: 'suspended',
  insufficient_quota: 'quota-exhausted',
  billing_hard_limit_reached: 'quota-exhausted',
  context_length_exceeded: 'context-too-long',
  string_above_max_length: 'context-too-long',
  content_filter: 'content-filter',
  content_policy_violation: 'content-filter',
  moderation_blocked: 'content-filter',
  ResponsibleAIPolicyViolation: 'content-filter',
  model_not_found: 'not-found',
  DeploymentNotFound: 'not-found',
  invalid_api_key: 'unauthorized',
  rate_limit_exceeded: 'rate-limited',
  RateLimitReached: 'rate-limited',
  too_many_requests: 'rate-limited',
  server_error: 'server-error',
  server_is_overloaded: 'overloaded',
  slow_down: 'overloaded',
} satisfies Record<string, UpstreamErrorKind>))

/**
 * A block that says so only in its text: Azure's abuse monitoring, and accounts that were closed. Read only in answers
 * that refuse the caller: a 400 may quote what a client sent, and no client shall be able to have an account taken out.
 */
const suspendedText = /AbusePenalty|account (?:\S+ )?(?:has been|is|was) (?:deactivated|suspended|disabled|terminated)|(?:resource|subscription) has been (?:temporarily )?(?:blocked|suspended|disabled)/i

/**
 * One end user of an application is blocked by the identifier that it sends (OpenAI, Safety checks, read 2026-11-29): the
 * caller's matter, not the account's. No code is documented for it, so the text tells.
 */
const endUserText = /safety[ _-]identifier/i

const refusals: ReadonlySet<number> = new Set([401, 403, 429])
const tooLongText = /maximum context length|context window|context length exceeded|prompt is too long|exceeds? the (?:model's )?context/i

/** The error object of a body: `{error:{…}}`, `{error:"…"}`, or the members at the top, as API Management and older vLLM send. */
const errorRecord = (body: JsonRecord): JsonRecord => errorIn(body) ?? body

/** Statuses of kinds that an error names where the answer's own status said success. */
const kindStatuses: Readonly<Partial<Record<UpstreamErrorKind, number>>> = {
  suspended: 403, 'quota-exhausted': 429, 'context-too-long': 400, 'content-filter': 400, 'not-found': 404, unauthorized: 401, 'rate-limited': 429, overloaded: 503,
}

/** Under a status of success the error itself tells: some hosts put an HTTP status into `code`, the others' code or type names a kind. */
function ownStatus(code: string | undefined, type: string | undefined, named: UpstreamErrorKind | undefined): number {
  if (code !== undefined && /^[45]\d\d$/.test(code)) return Number(code)
  return (named === undefined ? undefined : kindStatuses[named]) ?? (type === 'invalid_request_error' ? 400 : 500)
}

function kindOf(status: number, named: UpstreamErrorKind | undefined, message: string): UpstreamErrorKind {
  if (refusals.has(status) && endUserText.test(message)) return 'content-filter'
  if (refusals.has(status) && named !== 'quota-exhausted' && suspendedText.test(message)) return 'suspended'
  return named ?? (status === 400 && tooLongText.test(message) ? 'context-too-long' : kindOfStatus(status))
}

/** Reads an error object. `given` 200 stands for one that came inside a stream or in place of an answer. */
export function readOpenaiError(given: number, headers: Headers, error: JsonRecord): UpstreamError {
  const inner = recordOf(error['innererror']) ?? recordOf(error['inner_error']) ?? {}
  const message = stringOf(error['message']) ?? stringOf(error['detail']) ?? `upstream answered ${given}`
  const code = stringOf(error['code']) ?? (typeof error['code'] === 'number' ? String(error['code']) : undefined)
  const type = stringOf(error['type'])
  const named = [code, stringOf(inner['code']), type].map((name) => name === undefined ? undefined : kinds.get(name)).find((kind) => kind !== undefined)
  const status = given === 200 ? ownStatus(code, type, named) : given
  const kind = kindOf(status, named, message)
  const facts: ErrorFacts = { status, kind, message, code, type }
  return errorOf(facts, headers)
}

/** The provider's refusal in Weir's words. A body that is not JSON becomes the message, cut to 500 characters. */
export function openaiError(status: number, headers: Headers, body: Buffer): UpstreamError {
  const text = body.toString()
  const record = parseRecord(text)
  return readOpenaiError(status, headers, record === undefined ? { message: text.trim().slice(0, 500) || `upstream answered ${status} without a body` } : errorRecord(record))
}

/** An answer that is nothing but an error has failed; else what is `otherwise` said of one that is not what was asked for. */
export function failedOr(answer: JsonRecord, otherwise: { readonly broken: string }): { readonly failed: UpstreamError } | { readonly broken: string } {
  const error = errorIn(answer)
  return error === undefined ? otherwise : { failed: readOpenaiError(200, {}, error) }
}
