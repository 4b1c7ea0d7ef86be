import assert from 'node:assert/strict'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI, { AzureOpenAI } from 'openai'
import type { Surface } from './dialect.ts'
import { composeFault, type Fault } from './faults.ts'

const fault = (status: number, more: Partial<Fault> = {}): Fault => ({ status, code: 'weir_code', message: 'Say what to do.', ...more })

/** A fetch that answers every request with the fault of that surface. */
const answering = (surface: Surface, given: Fault) => async (): Promise<Response> => {
  const { body, contentType } = composeFault(surface, given)
  return new Response(new Uint8Array(body), { status: given.status, headers: { 'content-type': contentType } })
}

const thrown = async (work: () => PromiseLike<unknown>): Promise<unknown> => {
  try {
    await work()
  } catch (cause) {
    return cause
  }
  throw new Error('nothing was thrown')
}

test('the OpenAI clients raise their typed errors with code, param and type', async () => {
  const given = fault(400, { param: 'n', code: 'invalid_value' })
  const clients = [
    new OpenAI({ apiKey: 'k', baseURL: 'http://127.0.0.1:1', fetch: answering('openai', given), maxRetries: 0 }),
    new AzureOpenAI({ apiKey: 'k', endpoint: 'http://127.0.0.1:1', apiVersion: '2024-10-21', fetch: answering('azure', given), maxRetries: 0 }),
  ]
  for (const client of clients) {
    const error = await thrown(() => client.chat.completions.create({ model: 'm', messages: [] }))
    assert.ok(error instanceof OpenAI.BadRequestError)
    assert.deepEqual([error.code, error.param, error.type], ['invalid_value', 'n', 'invalid_request_error'])
    assert.match(error.message, /Say what to do/)
  }
})

test('the Anthropic client raises its typed errors', async () => {
  for (const [status, type] of [[401, 'authentication_error'], [404, 'not_found_error'], [429, 'rate_limit_error'], [500, 'api_error'], [529, 'overloaded_error']] as const) {
    const client = new Anthropic({ apiKey: 'k', baseURL: 'http://127.0.0.1:1', fetch: answering('anthropic', fault(status, { requestId: 'call_1' })), maxRetries: 0 })
    const error = await thrown(() => client.messages.create({ model: 'm', max_tokens: 1, messages: [] }))
    assert.ok(error instanceof Anthropic.APIError)
    assert.deepEqual([error.status, error.error], [status, { type: 'error', error: { type, message: 'Say what to do.' }, request_id: 'call_1' }])
  }
})

test('OpenAI error types by status and code', () => {
  const type = (status: number, code: string): unknown => (JSON.parse(composeFault('openai', fault(status, { code })).body.toString()) as { error: { type: unknown } }).error.type
  assert.deepEqual([type(404, 'x'), type(429, 'x'), type(429, 'insufficient_quota'), type(503, 'x')], ['invalid_request_error', 'rate_limit_error', 'insufficient_quota', 'server_error'])
})
