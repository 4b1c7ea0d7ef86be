import assert from 'node:assert/strict'
import { test } from 'node:test'
import { specificationMissing, validator } from './openapi.ts'

const chat = {
  id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi', refusal: null }, finish_reason: 'stop', logprobs: null }],
}

test('the validator accepts what conforms and names what does not', { skip: specificationMissing }, () => {
  const check = validator('CreateChatCompletionResponse')
  assert.deepEqual(check(chat), [])
  assert.match(check({ ...chat, object: 'chat' })[0] ?? '', /\/object/)
  assert.match(check({ ...chat, choices: [{ index: 0 }] })[0] ?? '', /\/choices\/0/)
})

test('an unknown schema name is an error, not a pass', { skip: specificationMissing }, () => {
  assert.throws(() => validator('NoSuchSchema')({}), /NoSuchSchema/)
})

test('every schema that Weir answers with compiles', { skip: specificationMissing }, () => {
  for (const name of [
    'CreateChatCompletionStreamResponse', 'Response', 'ResponseStreamEvent', 'CreateEmbeddingResponse', 'CreateCompletionResponse',
    'CreateModerationResponse', 'ImagesResponse', 'CreateTranscriptionResponseJson', 'ListModelsResponse', 'Model', 'ErrorResponse', 'ResponseItemList',
  ]) assert.notEqual(validator(name)({}).length, 0, name)
})
