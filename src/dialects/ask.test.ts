import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isRefusal, type Ask, type DialectName, type Edits, type Refusal } from './dialect.ts'
import { dialectOf, passingDialect, readAsk, servable } from './dialects.ts'

const read = (dialect: DialectName, body: object | string): Ask | Refusal => readAsk(dialect, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), 'application/json')

function ask(dialect: DialectName, body: object | string): Ask {
  const found = read(dialect, body)
  assert.ok(!isRefusal(found), JSON.stringify(found))
  return found
}

function edited(dialect: DialectName, body: string, edits: Edits): string {
  const result = passingDialect(dialect).edit(Buffer.from(body), 'application/json', edits, ask(dialect, body))
  assert.ok(!isRefusal(result))
  return result.toString()
}

test('chat: fields of the ask', () => {
  const found = ask('openai-chat', {
    model: 'gpt', stream: true, stream_options: { include_usage: true }, max_tokens: 10, max_completion_tokens: 20, n: 3, store: true, service_tier: 'flex',
    user: 'u', safety_identifier: 's', metadata: { team: 'a', odd: 1 }, web_search_options: {}, messages: [{ role: 'user', content: 'hi' }],
  })
  assert.deepEqual(found, {
    model: 'gpt', stream: true, usageAsked: true, outputMax: 20, choices: 3, unbounded: ['web_search_options'],
    hostedTools: [{ meter: 'web_search_call', callsMax: undefined }], stored: ['store'], storedUnlessTold: false, background: false, previousResponseId: undefined, items: { references: [], byId: [], containers: [] },
    serviceTier: 'flex', endUser: 's', tags: { team: 'a' },
  })
  assert.deepEqual([ask('openai-chat', { messages: [] }).usageAsked, ask('openai-chat', { messages: [], stream: true }).usageAsked], [true, false])
  assert.equal(ask('openai-chat', { messages: [], max_tokens: 0, n: null, store: null }).outputMax, undefined)
})

test('chat: what the bytes cannot bound is named, however it is written', () => {
  const unbounded = (content: unknown, more: object = {}): readonly string[] => ask('openai-chat', { messages: [{ role: 'user', content }], ...more }).unbounded
  assert.deepEqual(unbounded([{ type: 'text', text: 'see "type": "image_url"' }]), [])
  assert.deepEqual(unbounded([{ type: 'image_url', image_url: { url: 'http://x' } }, { type: 'file', file: { file_id: 'f' } }]), ['messages.image_url', 'messages.file'])
  assert.deepEqual(unbounded([{ image_url: { url: 'http://x' } }]), ['messages.image_url'])
  assert.deepEqual(ask('openai-chat', '{"messages":[{"content":[{"\\u0074ype":"im\\u0061ge_url"}]}]}').unbounded, ['messages.image_url'])
  assert.deepEqual(ask('openai-chat', '{"messages":[{"content":[{"type"   \n  :  "input_audio"}]}]}').unbounded, ['messages.input_audio'])
  assert.deepEqual(ask('openai-chat', { messages: [{ role: 'assistant', audio: { id: 'audio_1' } }] }).unbounded, ['messages.audio'])
  assert.deepEqual(unbounded('x', { tools: [{ type: 'function', function: { parameters: { type: 'object' } } }, { type: 'browser' }], data_sources: [{}] }), ['data_sources', 'tools.browser'])
})

test('responses: fields of the ask', () => {
  const found = ask('openai-responses', {
    model: 'gpt', stream: true, max_output_tokens: 9, max_tool_calls: 4, store: true, background: true, previous_response_id: 'resp_1', input: 'x',
    tools: [{ type: 'function', name: 'f' }, { type: 'web_search_preview' }, { type: 'file_search' }, { type: 'code_interpreter' }], user: 'u',
  })
  assert.deepEqual([found.stored, found.background, found.previousResponseId, found.outputMax, found.usageAsked, found.endUser], [['store', 'background', 'previous_response_id'], true, 'resp_1', 9, true, 'u'])
  assert.deepEqual(found.unbounded, ['previous_response_id', 'tools.web_search_preview', 'tools.file_search', 'tools.code_interpreter'])
  assert.deepEqual(found.hostedTools, [{ meter: 'web_search_call', callsMax: 4 }, { meter: 'file_search_call', callsMax: 4 }, { meter: 'code_interpreter_session', callsMax: 4 }])
  const unbounded = (input: unknown): readonly string[] => ask('openai-responses', { input }).unbounded
  assert.deepEqual(unbounded([{ role: 'user', content: [{ type: 'input_text', text: 'x' }] }, { id: 'msg_1', type: 'message', content: [] }]), [])
  assert.deepEqual(unbounded([{ id: 'msg_1' }, { role: 'user', content: [{ type: 'input_image' }] }, { type: 'function_call_output', output: [{ type: 'input_file' }] }]), ['input.item_reference', 'input.input_image', 'input.input_file'])
})

test('responses: items that a supplier would look up under their id, and what it keeps of its whole account', () => {
  const items = (more: object): unknown => ask('openai-responses', { ...more }).items
  assert.deepEqual(items({ input: 'x' }), { references: [], byId: [], containers: [] })
  assert.deepEqual(items({ input: [{ id: 'msg_1' }, { type: 'item_reference', id: 'fc_1' }, { type: null, id: 'rs_1' }, { role: 'user', id: 'msg_2' }, { '\u0074ype': 'item_reference', id: 'msg_3' }] }), { references: ['msg_1', 'fc_1', 'rs_1', 'msg_2', 'msg_3'], byId: [], containers: [] })
  assert.deepEqual(items({ input: [
    { type: 'reasoning', id: 'rs_1', summary: [] }, { type: 'image_generation_call', id: 'ig_1' }, { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: 'x' },
    { type: 'message', id: 'msg_1', role: 'assistant', content: [] }, { role: 'user', id: 'msg_2', content: 'x' }, { type: 'function_call', id: 'fc_1', call_id: 'c', name: 'f', arguments: '{}' },
  ] }), { references: [], byId: ['rs_1', 'ig_1'], containers: [] })
  assert.deepEqual(items({ input: 'x', tools: [{ type: 'code_interpreter', container: 'cntr_1' }, { type: 'code_interpreter', container: { type: 'auto' } }, { type: 'shell', environment: { type: 'container_reference', container_id: 'cntr_2' } }] }), { references: [], byId: [], containers: ['cntr_1', 'cntr_2'] })
  for (const [param, value] of [['conversation', 'conv_1'], ['conversation', { id: 'conv_1' }], ['prompt', { id: 'pmpt_1' }]] as const) {
    const refused = readAsk('openai-responses', Buffer.from(JSON.stringify({ input: 'x', [param]: value })), 'application/json')
    assert.ok('refused' in refused && refused.param === param, param)
  }
})

test('the container of a Messages request, by its id alone or beside skills', () => {
  const containers = (container: unknown): unknown => {
    const read = readAsk('anthropic-messages', Buffer.from(JSON.stringify({ model: 'm', max_tokens: 1, messages: [], container })), 'application/json')
    return 'refused' in read ? read : read.items
  }
  for (const [container, expected] of [[undefined, []], [null, []], ['container_1', ['container_1']], [{ id: 'container_1', skills: [] }, ['container_1']], [{ skills: [] }, []]] as const) {
    assert.deepEqual(containers(container), { references: [], byId: [], containers: expected })
  }
})

test('messages: fields of the ask', () => {
  const found = ask('anthropic-messages', {
    model: 'c', max_tokens: 5, stream: true, metadata: { user_id: 'u' }, system: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }],
    messages: [{ role: 'user', content: [{ type: 'tool_result', content: [{ type: 'image', source: { type: 'url' } }] }] }],
    tools: [{ name: 'f', input_schema: { type: 'object' } }, { type: 'web_search_20250305', name: 'web_search', max_uses: 3 }],
  })
  assert.deepEqual([found.outputMax, found.endUser, found.usageAsked], [5, 'u', true])
  assert.deepEqual(found.unbounded, ['messages.image', 'tools.web_search_20250305'])
  assert.deepEqual(found.hostedTools, [{ meter: 'web_search_call', callsMax: 3 }])
})

test('completions, images, embeddings: what is multiplied', () => {
  const choices = (body: object): number => ask('openai-completions', body).choices
  assert.equal(choices({ prompt: 'a', n: 2, best_of: 3 }), 3)
  assert.equal(choices({ prompt: ['a', 'b'], n: 2 }), 4)
  assert.equal(choices({ prompt: [[1, 2], [3]] }), 2)
  assert.equal(choices({ prompt: [1, 2, 3] }), 1)
  assert.equal(ask('openai-images', { prompt: 'x', n: 4 }).choices, 4)
  assert.equal(ask('openai-embeddings', { model: 'e', input: ['a'] }).model, 'e')
  assert.deepEqual(ask('openai-moderations', { input: [{ type: 'image_url', image_url: {} }] }).unbounded, ['input.image_url'])
})

test('what cannot be read or held is refused by name', () => {
  const refusal = (dialect: DialectName, body: object | string): readonly (string | undefined)[] => {
    const found = read(dialect, body)
    assert.ok(isRefusal(found), JSON.stringify(body))
    return [found.param, found.code]
  }
  assert.deepEqual(refusal('openai-chat', '{"messages":['), [undefined, 'invalid_json'])
  assert.deepEqual(refusal('openai-chat', '{"model":"a","messages":[],"model":"b"}'), ['model', 'duplicate_field'])
  assert.deepEqual(refusal('openai-chat', '{"model":"a\nb","messages":[]}'), ['model', 'invalid_json'])
  assert.deepEqual(refusal('openai-chat', {}), ['messages', 'missing_required_parameter'])
  assert.deepEqual(refusal('openai-chat', { messages: [], stream: 'yes' }), ['stream', 'invalid_value'])
  assert.deepEqual(refusal('openai-chat', { messages: [], n: 0 }), ['n', 'invalid_value'])
  assert.deepEqual(refusal('openai-chat', { messages: [], max_tokens: -1 }), ['max_tokens', 'invalid_value'])
  assert.deepEqual(refusal('openai-chat', { messages: [], max_tokens: 1.5 }), ['max_tokens', 'invalid_value'])
  assert.deepEqual(refusal('openai-responses', { model: 7 }), ['model', 'invalid_value'])
  assert.deepEqual(refusal('anthropic-messages', { messages: [], metadata: [] }), ['metadata', 'invalid_value'])
  assert.deepEqual(refusal('openai-transcriptions', {}), [undefined, 'invalid_form'])
})

test('edits are spliced; all other bytes stay', () => {
  const body = '{ "messages" : [ {"role":"user","content":"\\u00e9 {\\"model\\":1}"} ],\n "model":"a" , "stream":true, "max_tokens": 100 }'
  assert.equal(edited('openai-chat', body, {}), body)
  assert.equal(edited('openai-chat', body, { model: 'b"c', outputMax: 7 }), body.replace('"a"', '"b\\"c"').replace(': 100', ': 7'))
  assert.equal(edited('openai-chat', body, { includeUsage: true }), body.replace(' 100 }', ' 100,"stream_options":{"include_usage":true} }'))
  assert.equal(edited('openai-chat', '{"messages":[],"stream":true,"stream_options":{"x":1,"include_usage":false}}', { includeUsage: true }), '{"messages":[],"stream":true,"stream_options":{"x":1,"include_usage":true}}')
  assert.equal(edited('openai-chat', '{"messages":[],"stream":true,"stream_options":null}', { includeUsage: true }), '{"messages":[],"stream":true,"stream_options":{"include_usage":true}}')
  assert.equal(edited('openai-chat', '{"messages":[]}', { includeUsage: true, outputMax: 5 }), '{"messages":[],"max_completion_tokens":5}')
  assert.equal(edited('openai-chat', '{"messages":[]}', { outputMax: 5, outputField: 'max_tokens' }), '{"messages":[],"max_tokens":5}')
  assert.equal(edited('openai-responses', '{}', { model: 'a', outputMax: 5, safetyIdentifier: 's', includeUsage: true }), '{"model":"a","safety_identifier":"s","max_output_tokens":5}')
  assert.equal(edited('anthropic-messages', '{"messages":[],"metadata":{"user_id":"u","x":[1]}}', { safetyIdentifier: 's', outputMax: 3 }), '{"messages":[],"metadata":{"user_id":"s","x":[1]},"max_tokens":3}')
  assert.equal(edited('openai-completions', '{"prompt":"x"}', { model: 'm', safetyIdentifier: 's', outputMax: 3 }), '{"prompt":"x","model":"m","user":"s","max_tokens":3}')
  assert.equal(edited('openai-moderations', '{"input":"x"}', { model: 'm', safetyIdentifier: 's' }), '{"input":"x","model":"m"}')
})

const part = (name: string, value: string, rest = ''): string => `--xx\r\nContent-Disposition: form-data; name="${name}"${rest}\r\n\r\n${value}\r\n`

test('transcription forms are read and edited in place, whatever the file holds', () => {
  const contentType = 'multipart/form-data; boundary="xx"'
  const file = part('file', 'RIFF\r\n--x\r\n\r\nname="model"\u0000', '; filename="a \\"b\\".wav"\r\nContent-Type: audio/wav')
  const form = (...parts: readonly string[]): Buffer => Buffer.from(`preamble\r\n${parts.join('')}--xx--\r\n`)
  const { readAsk: reader, edit } = passingDialect('openai-transcriptions')
  const body = form(file, part('model', 'whisper-1'), part('stream', 'true'))
  const found = reader(body, contentType)
  assert.ok(!isRefusal(found))
  assert.deepEqual([found.model, found.stream, found.unbounded], ['whisper-1', true, ['file']])
  const renamed = edit(body, contentType, { model: 'gpt-4o-transcribe' }, found)
  assert.ok(!isRefusal(renamed))
  assert.equal(renamed.toString(), body.toString().replace('whisper-1', 'gpt-4o-transcribe'))
  const added = edit(form(file), contentType, { model: 'm' }, found)
  assert.ok(!isRefusal(added))
  assert.equal(added.toString(), form(part('model', 'm'), file).toString())
  for (const bad of [Buffer.from(''), Buffer.from('--xx'), Buffer.from(part('file', 'x')), form(part('model', 'a')), form(file, part('model', 'a'), part('model', 'b')), form(file, part('stream', 'maybe'))]) {
    assert.ok(isRefusal(reader(bad, contentType)), bad.toString())
  }
  for (let length = 0; length < body.length; length++) reader(body.subarray(0, length), contentType)
})

test('an upstream serves in the client\'s dialect if it can, else in one that Weir translates into', () => {
  assert.equal(dialectOf('messages'), 'anthropic-messages')
  assert.equal(servable('chat', ['anthropic-messages', 'openai-chat']), 'openai-chat')
  assert.equal(servable('chat', ['anthropic-messages']), 'anthropic-messages')
  assert.equal(servable('messages', ['openai-responses', 'openai-chat']), 'openai-chat')
  assert.equal(servable('embeddings', ['openai-chat']), undefined)
  assert.equal(servable('count-tokens', ['anthropic-messages']), undefined)
})

const azure = new URL('../../../shared/specs/azure-examples/', import.meta.url)

test("Azure's examples are read and pass", { skip: existsSync(azure) ? false : 'skipped: ../shared/specs not found' }, () => {
  const dialects: readonly (readonly [string, DialectName])[] = [['chat_completions', 'openai-chat'], ['completions', 'openai-completions'], ['image_generation', 'openai-images'], ['preview_generated_image_generation', 'openai-images'], ['audio_transcription', 'openai-transcriptions'], ['audio_translation', 'openai-transcriptions']]
  const files = readdirSync(azure).filter((name) => name.endsWith('.json') && !name.includes('speech'))
  assert.ok(files.length > 5)
  for (const name of files) {
    const dialect = dialects.find(([prefix]) => name.startsWith(prefix))![1]
    const example = JSON.parse(readFileSync(new URL(name, azure), 'utf8')) as { parameters: { body: unknown }; responses: { 200: { body: { usage?: { prompt_tokens: number } } } } }
    if (dialect !== 'openai-transcriptions') assert.equal(ask(dialect, JSON.stringify(example.parameters.body)).model, undefined)
    const answer = example.responses[200].body
    const reading = passingDialect(dialect).whole(Buffer.from(JSON.stringify(answer, null, 1)))
    assert.ok(!('broken' in reading || 'failed' in reading), name)
    if (answer.usage !== undefined) assert.equal(reading.usage?.counts.input, answer.usage.prompt_tokens)
  }
})
