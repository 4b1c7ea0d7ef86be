/** Every recorded exchange on a path that is served passes byte-true; the others, and every other path of the specification's families, are named with their 404. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { readRecordings, type Recording } from '../upstream/recordings.ts'
import { house, keys, recordingsFolder, recordingsMissing } from './house.ts'
import { completionText, streamPieces, well } from './scripted.ts'

const recordings = recordingsMissing === false ? readRecordings(recordingsFolder) : []
const upload = (model: string): FormData => {
  const form = new FormData()
  form.append('model', model)
  form.append('file', new Blob([Buffer.alloc(64)], { type: 'audio/wav' }), 'a.wav')
  return form
}

/** As recorded, but for the model's public name. */
function requestOf({ requestBody, requestContentType }: Recording): { body: string | FormData; headers: Record<string, string> } {
  if (requestContentType.startsWith('multipart/')) return { body: upload('recorded/whisper-1'), headers: {} }
  return { body: requestBody.replace(/("model": *")/, '$1recorded/'), headers: { 'content-type': 'application/json' } }
}

/** The usage event that nobody asked for is withheld; the recordings hold it only where it was asked for. */
const served = /^\/(chat\/completions|completions|embeddings|images\/generations|audio\/transcriptions)$/

/** Recordings on paths that are not served, each with its path: none of those that are there today. One that is neither served nor named fails. */
const notServed: Readonly<Record<string, string>> = {}

for (const recording of recordings) {
  const listed = notServed[recording.name]
  test(`recording ${recording.name} ${listed === undefined ? 'passes byte-true' : 'gets a 404 that says what is served'}`, async () => {
    assert.equal(listed, served.test(recording.path) ? undefined : recording.path, 'a recording of another path: name it with its path in notServed')
    const home = await house()
    const azure = recording.name.startsWith('azure')
    const { body, headers } = requestOf(recording)
    const path = azure ? '/openai/deployments/recorded-azure/chat/completions?api-version=2025-01-01-preview' : `/v1${recording.path}`
    const response = await fetch(`${home.url}${path}`, { method: 'POST', headers: { authorization: `Bearer ${keys.plain}`, ...headers }, body: azure ? recording.requestBody : body })
    const bytes = Buffer.from(await response.arrayBuffer())
    if (listed !== undefined) return assert.ok(response.status === 404 && bytes.toString().includes('is not served here. Supported:'), bytes.toString())
    assert.equal(response.status, recording.status, bytes.toString().slice(0, 400))
    assert.ok(bytes.equals(Buffer.from(recording.body)), `${bytes.toString().slice(0, 600)}\n— recorded —\n${recording.body.slice(0, 600)}`)
    assert.equal(response.headers.get('content-type'), recording.headers['content-type'])
    home.keepsSecrets(bytes.toString(), keys.plain)
  })
}

test('every recording is in the books at its list price, and none in quarantine', { skip: recordingsMissing }, async () => {
  const home = await house()
  await home.settled()
  const { data } = await home.admin<{ data: readonly { model: string; cost: string | null }[] }>('GET', '/admin/v1/calls?limit=500')
  const { data: doubtful } = await home.admin<{ data: readonly { reason: string; detail: string; record: { attempt: { model: string } } }[] }>('GET', '/admin/v1/quarantine')
  const booked = data.filter((call) => call.model.startsWith('recorded'))
  assert.deepEqual(doubtful.filter((one) => one.record.attempt.model.startsWith('recorded')).map(({ detail }) => detail), [])
  assert.equal(booked.length, recordings.length)
  const cost = (model: string): string | null | undefined => booked.find((call) => call.model === `recorded/${model}`)?.cost
  // 22 text tokens in at 0.15, 6 text tokens out at 0.60 and 12 audio tokens at 20 dollars a million; one image of low quality; 7 seconds.
  assert.deepEqual(['gpt-4o-mini-audio-preview', 'gpt-image-1-mini', 'whisper-1'].map(cost), ['0.0002469', '0.005', '0.0007'])
})

const azureExamples = new URL('../../../shared/specs/azure-examples/', import.meta.url)
const azurePaths: Readonly<Record<string, { readonly path: string; readonly served: boolean }>> = {
  'audio_transcription_object.json': { path: 'audio/transcriptions', served: true }, 'audio_translation_object.json': { path: 'audio/translations', served: false },
  'chat_completions.json': { path: 'chat/completions', served: true }, 'chat_completions_azure_search_minimum.json': { path: 'chat/completions', served: true },
  'completions.json': { path: 'completions', served: true }, 'generated_audio_speech.json': { path: 'audio/speech', served: false },
  'image_generation.json': { path: 'images/generations', served: true }, 'preview_generated_image_generation.json': { path: 'images/generations', served: true },
}

for (const file of existsSync(azureExamples) ? readdirSync(azureExamples).filter((name) => name.endsWith('.json')) : []) {
  test(`Azure example ${file}: ${azurePaths[file]?.served === false ? 'a 404 that says what is served' : 'passes byte-true'}`, async () => {
    const home = await house()
    const { path, served: isServed } = azurePaths[file] ?? assert.fail('a new example: say where it goes')
    const { parameters, responses } = JSON.parse(readFileSync(new URL(file, azureExamples), 'utf8')) as { parameters: { body?: object | string }; responses: Record<string, { body: unknown }> }
    const answer = JSON.stringify(responses['200']?.body)
    home.scripted.tell('paygo', (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(answer))
    const isJson = typeof parameters.body === 'object'
    const response = await fetch(`${home.url}/openai/deployments/azure-example/${path}?api-version=2024-10-21`, {
      method: 'POST', headers: { 'api-key': keys.plain, ...(isJson ? { 'content-type': 'application/json' } : {}) }, body: isJson ? JSON.stringify(parameters.body) : upload('azure-example'),
    })
    const text = await response.text()
    if (isServed) assert.deepEqual([response.status, text], [200, answer])
    else assert.ok(response.status === 404 && text.includes(`POST /openai/deployments/azure-example/${path} is not served here. Supported:`), text)
    home.scripted.tell('paygo', well)
  })
}

for (const [coding, compress] of [['gzip', gzipSync], ['br', brotliCompressSync]] as const) {
  test(`an answer in ${coding} is metered on a decoded copy and passed as it came; a stream is passed decoded`, async () => {
    const { url, scripted } = await house()
    const bytes = compress(Buffer.from(completionText('squeezed')))
    scripted.tell('j', (response) => void response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': coding, 'content-length': bytes.length }).end(bytes))
    const ask = (stream: boolean): Promise<Response> => fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${keys.plain}`, 'content-type': 'application/json', 'accept-encoding': `identity, ${coding}` }, body: JSON.stringify({ model: 'calm', messages: [], stream, ...(stream ? { stream_options: { include_usage: true } } : {}) }) })
    const whole = await ask(false)
    assert.equal(whole.headers.get('x-weir-cost'), '0.000038')
    assert.equal(whole.headers.get('content-encoding'), coding)
    assert.equal(await whole.text(), completionText('squeezed'))
    const pieces = streamPieces().join('')
    scripted.tell('j', (response) => void response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': coding }).end(compress(Buffer.from(pieces))))
    assert.equal(await (await ask(true)).text(), pieces)
    scripted.tell('j', well)
  })
}

for (const [written, read, compress] of [['GZIP', 'gzip', gzipSync], ['Identity', null, (bytes: Buffer) => bytes], ['', null, (bytes: Buffer) => bytes]] as const) {
  test(`the coding of an answer is read in any letters: '${written}'`, async () => {
    const { url, scripted } = await house()
    const ask = (stream: boolean): Promise<Response> => fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${keys.plain}`, 'content-type': 'application/json', 'accept-encoding': 'gzip' }, body: JSON.stringify({ model: 'calm', messages: [], stream, ...(stream ? { stream_options: { include_usage: true } } : {}) }) })
    scripted.tell('j', (response) => void response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': written }).end(compress(Buffer.from(completionText('spelt')))))
    const whole = await ask(false)
    assert.deepEqual([whole.status, whole.headers.get('content-encoding'), whole.headers.get('x-weir-cost'), await whole.text()], [200, read, '0.000038', completionText('spelt')])
    const pieces = streamPieces().join('')
    scripted.tell('j', (response) => void response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': written }).end(compress(Buffer.from(pieces))))
    assert.equal(await (await ask(true)).text(), pieces)
    scripted.tell('j', well)
  })
}

test('a client that takes no compressed answers gets none', async () => {
  const { url, scripted } = await house()
  const bytes = gzipSync(Buffer.from(completionText('squeezed')))
  scripted.tell('j', (response) => void response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip', 'content-length': bytes.length }).end(bytes))
  const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${keys.plain}`, 'content-type': 'application/json', 'accept-encoding': 'identity' }, body: JSON.stringify({ model: 'calm', messages: [] }) })
  assert.equal(response.headers.get('content-encoding'), null)
  assert.equal(await response.text(), completionText('squeezed'))
  scripted.tell('j', well)
})
