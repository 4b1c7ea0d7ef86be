import assert from 'node:assert/strict'
import { test } from 'node:test'
import { specificationMissing, validator } from '../openapi.ts'
import { requestOutcomes } from './outcomes.ts'

for (const { feature, client, upstream, got, expected } of requestOutcomes()) {
  if (got !== undefined) void test(`${client} → ${upstream}: ${feature}`, () => {
    assert.notEqual(expected, undefined, 'the feature table says nothing about this pair')
    assert.deepEqual(got, expected)
  })
}

const schemas = { 'openai-chat': 'CreateChatCompletionRequest', 'openai-responses': 'CreateResponse' } as const

void test('every composed request is as the OpenAPI specification has it', { skip: specificationMissing }, () => {
  for (const { feature, upstream, got } of requestOutcomes()) {
    if (got === undefined || 'refused' in got || upstream === 'anthropic-messages') continue
    assert.deepEqual(validator(schemas[upstream])(got.body), [], feature)
  }
})
