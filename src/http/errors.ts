/**
 * Every error that Weir itself answers: status, the type names of the OpenAI shape, what is said, and what the reader
 * should do next. `{name}` is filled from the fault. docs/errors.md is made from this table.
 */
import type { FaultCode } from '../gateway/call.ts'

export interface ErrorRow {
  readonly status: number
  /** `error.type` of the OpenAI shape. */
  readonly type: string
  /** `error.code` of the OpenAI and Azure shapes. */
  readonly code: string
  readonly message: string
  readonly todo: string
}

const row = (status: number, type: string, code: string, message: string, todo: string): ErrorRow => ({ status, type, code, message, todo })

const invalid = 'invalid_request_error'

export const errorRows: Readonly<Record<FaultCode, ErrorRow>> = {
  missing_key: row(401, invalid, 'missing_api_key', 'No API key was given.', 'Send it as Authorization: Bearer, api-key or x-api-key.'),
  invalid_key: row(401, invalid, 'invalid_api_key', 'The API key {hint} is not known here.', 'Check the key, or ask for one with `weir keys create`.'),
  expired_key: row(401, invalid, 'expired_api_key', 'The API key {key} has expired.', 'Ask for a new one with `weir keys rotate`.'),
  not_current: row(503, 'server_error', 'not_current', 'This node has not been able to confirm its prices, keys and decisions for too long, so it admits nothing.', 'Try another node, or again in a few seconds; operators: look at the database connection.'),
  not_recorded: row(503, 'server_error', 'not_recorded', 'This node cannot record calls, so it makes none: its journal could not be written.', 'Try again as Retry-After says: another node may answer. Operators: free space on the disk of the data folder, and the node goes on by itself; where its disk fails, replace it and restart the node. The log has the cause.'),
  draining: row(503, 'server_error', 'draining', 'This node is stopping and takes no new calls.', 'Try again: another node answers.'),
  clock_skewed: row(503, 'server_error', 'clock_skewed', 'This node’s clock differs from the database’s by {skew}, so it admits nothing.', 'Operators: mend the clock of the node.'),
  invalid_request: row(400, invalid, 'invalid_request', 'The request could not be taken: {reason}.', 'Mend the request.'),
  bad_path: row(400, invalid, 'bad_path', 'The path is not in its plain form.', 'Send the path without dot segments, double or encoded slashes.'),
  body_too_large: row(413, invalid, 'body_too_large', 'The body is larger than {limit} bytes.', 'Send less, or raise bodyLimitBytes.'),
  unknown_path: row(404, invalid, 'unknown_path', '{method} {path} is not served here. Supported: {supported}.', 'Use one of the supported paths.'),
  control_node: row(404, invalid, 'control_node', 'This node serves the admin API and no calls.', 'Send calls to a gateway node: one that was started with --role gateway or --role all.'),
  encoded_body: row(415, invalid, 'encoded_body', 'The body is encoded as {coding}, which is not read here.', 'Send it plain, without content-encoding; transfer-encoding may be chunked alone.'),
  method_not_allowed: row(405, invalid, 'method_not_allowed', '{method} is not possible on {path}; use {allowed}.', 'Use the named method.'),
  model_not_found: row(404, invalid, 'model_not_found', 'The model `{model}` does not exist or this key may not use it.', 'List the models of this key with GET /v1/models.'),
  not_permitted: row(403, invalid, 'terms_not_permitted', 'Not permitted by clause {clause}: {says}', '{remedy}'),
  approval_needed: row(403, invalid, 'terms_approval_needed', 'Clause {clause} needs a person to decide: {says} Approval id: {approval}.', '{remedy}'),
  no_deployment: row(503, 'server_error', 'no_deployment', 'No deployment of `{model}` can serve this call.', 'Operators: add a deployment to the model.'),
  no_dialect: row(400, invalid, 'unsupported_operation', 'No deployment of `{model}` offers {operation}, and it cannot be translated.', 'Use another model or another endpoint.'),
  stored_unsupported: row(400, invalid, 'stored_responses_unsupported', '`{fields}` cannot be used with `{model}`: its upstream does not store responses, or not this one.', 'Leave the field out, or use a model whose provider stores responses; one is continued where it was made.'),
  retention_none: row(403, invalid, 'retention_none', 'Nothing of this project may be kept by a supplier, and `{field}` would have the supplier of `{model}` keep this call.', 'Send `store: false` and leave `background` out; whoever answers for the project can change its dataRetention.'),
  unpriced_model: row(503, 'server_error', 'unpriced_model', '`{model}` has no price on its list, and an unknown price is not free.', 'Operators: add the price under `prices` in weir.yaml (zero, with a source, where it is free).'),
  unpriced_tier: row(400, invalid, 'unpriced_tier', 'The price list of `{model}` has no service tier `{tier}`, and an unknown price is not free.', 'Leave service_tier out; operators: add prices of that tier under `prices` in weir.yaml.'),
  unpriced_tool: row(400, invalid, 'unpriced_tool', 'The price list of `{model}` has no price for {meter}, by which a tool of this request is sold, and an unknown price is not free.', 'Leave the tool out; operators: add a row for the meter {meter} under `prices` in weir.yaml.'),
  suppliers_unavailable: row(503, 'server_error', 'suppliers_unavailable', 'All deployments of `{model}` have failed too often and are resting.', 'Try again in some seconds.'),
  supplier_suspended: row(503, 'server_error', 'supplier_suspended', 'The supplier of `{model}` refuses our account, and no permitted fallback is left.', 'Operators: see `weir doctor`; reinstate the account or give it new credentials.'),
  budget_exhausted: row(429, 'insufficient_quota', 'insufficient_quota', 'The budget of {scope} {name} does not cover this call: limit {limit} {currency}, spent {spent}, held for open calls {held}, this call at its worst {asked}; period {period}, resets {resets}.', 'Ask for less (a smaller max_tokens), wait for the next period, or have the budget raised.'),
  rate_limited: row(429, 'rate_limit_error', 'rate_limit_exceeded', 'Rate limit reached for {scope}: {limit} {kind} per minute. Try again in {seconds} s.', 'Wait as long as Retry-After says.'),
  throttled: row(429, 'rate_limit_error', 'throttled', 'A part of the calls of this key is refused for now, under clause {clause}: {says}', '{remedy} Until then wait as long as Retry-After says: {percent} % of the calls pass.'),
  too_many_open_calls: row(429, 'rate_limit_error', 'rate_limit_exceeded', 'Too many open calls for {scope}: the limit is {limit} at a time.', 'Wait for one to end.'),
  upstream_unreachable: row(502, 'server_error', 'upstream_unreachable', 'No upstream of `{model}` could be reached.', 'Try again; operators: check the network and the base URL.'),
  upstream_timeout: row(504, 'server_error', 'upstream_timeout', 'The upstream of `{model}` took too long: {what}.', 'Try again, or raise the model’s timeouts.'),
  upstream_redirected: row(502, 'server_error', 'upstream_redirected', 'The upstream of `{model}` answered with a redirect, which is not followed: the credential is for its own address.', 'Operators: set baseUrl of its provider to the address that answers (https in place of http, for one).'),
  upstream_broke: row(502, 'server_error', 'upstream_broke', 'The upstream of `{model}` broke off or answered unreadably.', 'Try again.'),
  idempotency_in_flight: row(409, invalid, 'idempotency_in_flight', 'A call with this Idempotency-Key is still running: {call}.', 'Wait for it to end.'),
  idempotency_finished: row(409, invalid, 'idempotency_finished', 'A call with this Idempotency-Key has finished: {call}. No answer is kept to give again: the project does not capture content, the answer was not whole or too large, or its node ended first.', 'Use a new key for a new call.'),
  idempotency_mismatch: row(409, invalid, 'idempotency_mismatch', 'This Idempotency-Key was used for another request: {call}.', 'Use a new key for a different request.'),
  response_not_found: row(404, invalid, 'response_not_found', 'Response with id `{response}` not found.', 'Check the id; responses of other projects cannot be seen.'),
  item_not_found: row(404, invalid, 'item_not_found', 'Item with id `{item}` not found.', 'Name items of answers that your own project got, at the supplier that made them; others have to be sent whole (`store: false` makes clients do so).'),
  items_unsupported: row(400, invalid, 'stored_responses_unsupported', 'The item `{item}` cannot be referred to with `{model}`: its upstream does not store responses.', 'Send the item itself: `store: false` makes clients do so.'),
  internal: row(500, 'server_error', 'internal_error', 'Weir failed on this call.', 'Try again; operators: the log has the cause under the call id.'),
}

/** Fills a template; a name without a value stays visible, so that a test finds it. */
export const fill = (template: string, say: Readonly<Record<string, string>>): string => template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => say[name] ?? whole)
