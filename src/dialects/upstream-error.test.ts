import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DialectName, UpstreamError } from './dialect.ts'
import { passingDialect } from './dialects.ts'
import { durationMs } from './upstream-error.ts'

const read = (dialect: DialectName, status: number, body: object | string, headers: Readonly<Record<string, string>> = {}): UpstreamError =>
  passingDialect(dialect).error(status, headers, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)))

test('errors of OpenAI, Azure and their imitators: kind and whether to try again', () => {
  const rows: readonly (readonly [number, object | string, UpstreamError['kind'], boolean])[] = [
    [401, { error: { message: 'Incorrect API key', type: 'invalid_request_error', code: 'invalid_api_key' } }, 'unauthorized', false],
    [401, { error: { message: 'The OpenAI account associated with this API key has been deactivated.', type: 'invalid_request_error', code: 'account_deactivated' } }, 'suspended', false],
    [403, { error: { code: '403', message: 'Your resource has been temporarily blocked because of AbusePenalty' } }, 'suspended', false],
    [403, { error: { code: 'AbusePenalty', message: 'blocked' } }, 'suspended', false],
    [403, { error: { code: 'access_terminated', message: 'Requests with this safety_identifier have been blocked.' } }, 'content-filter', false],
    [403, { error: { message: 'no' } }, 'forbidden', false],
    [429, { error: { message: 'You exceeded your current quota', type: 'insufficient_quota', code: 'insufficient_quota' } }, 'quota-exhausted', false],
    [429, { error: { message: 'Rate limit reached', type: 'tokens', code: 'rate_limit_exceeded' } }, 'rate-limited', true],
    [429, { error: { code: '429', message: 'Requests have exceeded the call rate limit' } }, 'rate-limited', true],
    [400, { error: { message: "This model's maximum context length is 8192 tokens", code: 'context_length_exceeded' } }, 'context-too-long', false],
    [400, { object: 'error', message: "This model's maximum context length is 4096 tokens", type: 'BadRequestError', code: 400 }, 'context-too-long', false],
    [400, { error: { code: 'content_filter', message: 'filtered', innererror: { code: 'ResponsibleAIPolicyViolation' } } }, 'content-filter', false],
    [400, { error: { code: null, message: 'filtered', innererror: { code: 'ResponsibleAIPolicyViolation' } } }, 'content-filter', false],
    [404, { error: { code: 'DeploymentNotFound', message: 'no' } }, 'not-found', false],
    [401, { statusCode: 401, message: 'Access denied due to invalid subscription key' }, 'unauthorized', false],
    [400, { error: 'bad thing' }, 'bad-request', false],
    [400, { error: { message: "Invalid value: 'my account has been suspended, AbusePenalty'", code: 'constructor' } }, 'bad-request', false],
    [413, '', 'too-large', false],
    [500, { error: { message: 'oops', type: 'server_error' } }, 'server-error', true],
    [501, '', 'server-error', false],
    [502, '<html>bad gateway</html>', 'server-error', true],
    [503, '', 'overloaded', true],
    [504, '', 'timeout', true],
  ]
  for (const [status, body, kind, retryable] of rows) {
    const error = read('openai-chat', status, body)
    assert.deepEqual([error.kind, error.retryable, error.status], [kind, retryable, status], JSON.stringify(body))
  }
  assert.equal(read('openai-chat', 400, { error: 'bad thing' }).message, 'bad thing')
  assert.equal(read('openai-embeddings', 502, '<html>').message, '<html>')
})

test('errors of Anthropic', () => {
  const rows: readonly (readonly [number, string, string, UpstreamError['kind'], boolean])[] = [
    [400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum', 'context-too-long', false],
    [400, 'invalid_request_error', 'Your credit balance is too low to access the API', 'quota-exhausted', false],
    [400, 'invalid_request_error', 'This organization has been disabled.', 'suspended', false],
    [400, 'invalid_request_error', "messages.0.role: 'This organization has been disabled' is not allowed", 'bad-request', false],
    [401, 'authentication_error', 'invalid x-api-key', 'unauthorized', false],
    [413, 'request_too_large', 'big', 'too-large', false],
    [429, 'rate_limit_error', 'slow', 'rate-limited', true],
    [500, 'api_error', 'oops', 'server-error', true],
    [529, 'overloaded_error', 'Overloaded', 'overloaded', true],
  ]
  for (const [status, type, message, kind, retryable] of rows) {
    const error = read('anthropic-messages', status, { type: 'error', error: { type, message }, request_id: 'req_1' })
    assert.deepEqual([error.kind, error.retryable, error.type, error.message], [kind, retryable, type, message])
  }
})

test('a refusal in the shape of Azure, API Management or a proxy is understood from an upstream of any dialect', () => {
  const rows: readonly (readonly [number, object | string, UpstreamError['kind']])[] = [
    [403, { error: { code: 'AbusePenalty', message: 'Access was blocked' } }, 'suspended'],
    [403, { error: { code: '403', message: 'Your resource has been temporarily blocked because of AbusePenalty' } }, 'suspended'],
    [401, { error: { code: '401', message: 'Access denied due to invalid subscription key or wrong API endpoint.' } }, 'unauthorized'],
    [401, { statusCode: 401, message: 'Unauthorized. Access token is missing, invalid, or expired.' }, 'unauthorized'],
    [404, { error: { code: 'DeploymentNotFound', message: 'The API deployment for this resource does not exist.' } }, 'not-found'],
    [429, { error: { code: '429', message: 'Requests have exceeded the call rate limit of your current pricing tier.' } }, 'rate-limited'],
    [429, { error: { code: 'insufficient_quota', message: 'You exceeded your current quota' } }, 'quota-exhausted'],
    [400, { error: { code: 'content_filter', message: 'filtered', innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: { jailbreak: { filtered: true, detected: true } } } } }, 'content-filter'],
    [400, { error: { code: 'context_length_exceeded', message: 'too long' } }, 'context-too-long'],
    [502, '<html>bad gateway</html>', 'server-error'],
  ]
  for (const dialect of ['openai-chat', 'openai-responses', 'openai-embeddings', 'openai-images', 'openai-transcriptions', 'anthropic-messages', 'anthropic-count-tokens'] as const) {
    for (const [status, body, kind] of rows) assert.equal(read(dialect, status, body).kind, kind, `${dialect} ${JSON.stringify(body)}`)
  }
})

test('when to try again', () => {
  const after = (headers: Readonly<Record<string, string>>, status = 429): number | undefined => read('openai-chat', status, '{}', headers).retryAfterMs
  assert.equal(after({ 'retry-after-ms': '1500.2', 'retry-after': '9' }), 1501)
  assert.equal(after({ 'retry-after': '2' }), 2000)
  assert.equal(after({ 'retry-after': 'Mon, 23 Nov 2026 10:00:05 GMT', date: 'Mon, 23 Nov 2026 10:00:00 GMT' }), 5000)
  assert.equal(after({ 'retry-after': 'Mon, 23 Nov 2026 10:00:05 GMT' }), undefined)
  assert.equal(after({ 'x-ratelimit-reset-requests': '1m0s', 'x-ratelimit-remaining-requests': '5', 'x-ratelimit-reset-tokens': '20ms', 'x-ratelimit-remaining-tokens': '0' }), 20)
  assert.equal(after({ 'x-ratelimit-reset-requests': '1m0s' }, 500), undefined)
  assert.equal(read('openai-chat', 500, '{}', { 'x-should-retry': 'false' }).retryable, false)
  assert.equal(read('openai-chat', 400, '{}', { 'x-should-retry': 'true' }).retryable, true)
  assert.deepEqual(['6m0s', '1.5s', '20ms', '1h2m', '3', 'soon', undefined].map(durationMs), [360_000, 1500, 20, 3_720_000, 3000, undefined, undefined])
})
