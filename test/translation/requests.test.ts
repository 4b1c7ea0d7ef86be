import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestOutcomes } from './outcomes.ts'

for (const { feature, client, upstream, got, expected } of requestOutcomes()) {
  if (got !== undefined) void test(`${client} → ${upstream}: ${feature}`, () => {
    assert.notEqual(expected, undefined, 'the feature table says nothing about this pair')
    assert.deepEqual(got, expected)
  })
}
