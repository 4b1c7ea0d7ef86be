import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Operation } from '../dialects/dialect.ts'
import { providerType, providerTypes } from './catalogue.ts'
import { credentialHeaders, upstreamTarget } from './upstream-request.ts'

const rows: readonly (readonly [type: string, baseUrl: string, apiVersion: string | undefined, operation: Operation, expected: string])[] = [
  ['openai', 'https://api.openai.com/v1', undefined, 'chat', 'https://api.openai.com/v1/chat/completions'],
  ['openai', 'https://api.openai.com/v1/', undefined, 'images', 'https://api.openai.com/v1/images/generations'],
  ['azure', 'https://r.openai.azure.com', undefined, 'chat', 'https://r.openai.azure.com/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21'],
  ['azure', 'https://r.openai.azure.com/openai', '2025-03-01-preview', 'embeddings', 'https://r.openai.azure.com/openai/deployments/my%20gpt/embeddings?api-version=2025-03-01-preview'],
  ['azure', 'https://r.openai.azure.com', '2024-10-21', 'responses', 'https://r.openai.azure.com/openai/v1/responses'],
  ['azure', 'https://r.openai.azure.com/openai/v1', 'v1', 'chat', 'https://r.openai.azure.com/openai/v1/chat/completions'],
  ['azure', 'https://r.openai.azure.com', 'v1', 'responses', 'https://r.openai.azure.com/openai/v1/responses'],
  ['anthropic', 'https://api.anthropic.com', undefined, 'messages', 'https://api.anthropic.com/v1/messages'],
  ['anthropic', 'https://gate.example/v1', undefined, 'count-tokens', 'https://gate.example/v1/messages/count_tokens'],
  ['openai-compatible', 'http://127.0.0.1:9000/v1', undefined, 'completions', 'http://127.0.0.1:9000/v1/completions'],
  ['openai-compatible', 'http://127.0.0.1:9000/api?tenant=a', undefined, 'chat', 'http://127.0.0.1:9000/api/chat/completions?tenant=a'],
  ['sandbox', 'http://127.0.0.1:7', undefined, 'messages', 'http://127.0.0.1:7/v1/messages'],
  ['sandbox', 'http://127.0.0.1:7/v1', undefined, 'responses', 'http://127.0.0.1:7/v1/responses'],
]

test('addresses of operations', () => {
  for (const [type, baseUrl, apiVersion, operation, expected] of rows) {
    const row = providerType(type)
    assert.ok(row, type)
    const target = upstreamTarget({ type: row, baseUrl, apiVersion, headers: row.headers }, operation, 'my gpt')
    assert.ok('origin' in target, `${type} ${operation}`)
    assert.equal(target.origin + target.path, expected)
  }
})

test('a stored response is addressed below its collection', () => {
  const type = providerType('openai')
  assert.ok(type)
  const target = upstreamTarget({ type, baseUrl: 'https://api.openai.com/v1', apiVersion: undefined, headers: {} }, 'responses', 'm', { below: '/resp_1', query: 'stream=true&starting_after=4' })
  assert.ok('path' in target)
  assert.equal(target.path, '/v1/responses/resp_1?stream=true&starting_after=4')
})

test('what is not offered and what has no address is a value that says what to do', () => {
  const anthropic = providerType('anthropic')
  const vllm = providerType('vllm')
  assert.ok(anthropic && vllm)
  const notOffered = upstreamTarget({ type: anthropic, baseUrl: 'https://api.anthropic.com', apiVersion: undefined, headers: {} }, 'embeddings', 'm')
  assert.match('failed' in notOffered ? notOffered.failed : '', /does not offer embeddings/)
  const nowhere = upstreamTarget({ type: vllm, baseUrl: '', apiVersion: undefined, headers: {} }, 'chat', 'm')
  assert.match('failed' in nowhere ? nowhere.failed : '', /set baseUrl/)
})

test('every dialect of a row has a path for its operation', () => {
  const operationOf: Readonly<Record<string, Operation>> = {
    'openai-chat': 'chat', 'openai-responses': 'responses', 'openai-embeddings': 'embeddings', 'openai-completions': 'completions', 'openai-moderations': 'moderations',
    'openai-images': 'images', 'openai-transcriptions': 'transcriptions', 'anthropic-messages': 'messages', 'anthropic-count-tokens': 'count-tokens',
  }
  for (const name of providerTypes) {
    const row = providerType(name)
    assert.ok(row)
    for (const dialect of row.dialects) {
      const operation = operationOf[dialect]
      assert.ok(operation && row.paths[operation], `${name} ${dialect}`)
    }
  }
})

test('credentials by scheme', () => {
  assert.deepEqual(credentialHeaders('bearer', 's'), { authorization: 'Bearer s' })
  assert.deepEqual(credentialHeaders('entra', 's'), { authorization: 'Bearer s' })
  assert.deepEqual(credentialHeaders('api-key', 's'), { 'api-key': 's' })
  assert.deepEqual(credentialHeaders('x-api-key', 's'), { 'x-api-key': 's' })
  assert.deepEqual(credentialHeaders('none', 's'), {})
  assert.deepEqual(credentialHeaders('bearer', undefined), {})
})
