import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTricky, routeOf } from './surfaces.ts'

test('an encoded slash is part of a model’s name, and nowhere else', () => {
  assert.equal(isTricky('/v1/models/meta%2Fllama'), false)
  assert.equal(isTricky('/openai/deployments/meta%2Fllama/chat/completions'), false)
  assert.deepEqual(routeOf('GET', '/v1/models/meta%2Fllama', false), { kind: 'models', surface: 'openai', model: 'meta/llama' })
  for (const path of ['/v1%2fmodels', '/v1/chat%2Fcompletions', '/v1/models/%2e%2e', '/v1/models/a/../b', '/v1/models//a', '/v1/models/a%5cb', '/v1/models/a%00', 'http://host/v1/models', '/openai/deployments/a/chat%2fcompletions']) assert.equal(isTricky(path), true, path)
})
