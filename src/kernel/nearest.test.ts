import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from './nearest.ts'

test('the nearest name, capitals and blanks aside; none where nothing is near', () => {
  const known = ['azure', 'azure-west', 'openai', 'maker']
  for (const [typed, meant] of [['azrue', 'azure'], ['Azure ', 'azure'], ['azuer', 'azure'], ['azure-wst', 'azure-west'], ['opnai', 'openai'], ['makers', 'maker'], ['bedrock', undefined], ['', undefined]] as const) assert.equal(nearest(typed, known), meant, typed)
  assert.equal(nearest('azure', []), undefined)
})
