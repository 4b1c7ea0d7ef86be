/** Streams of real services, cut at every byte: the same parts, however the network delivers them. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { codecs } from '../../src/dialects/codec.ts'
import type { ChatDialect, StreamPart } from '../../src/dialects/part.ts'
import { createSseSplitter } from '../../src/dialects/sse.ts'
import { specification, specificationMissing } from '../openapi.ts'
import { answerFeatures } from './answers.ts'
import { streamOf } from './upstreams.ts'

const shared = new URL('../../../shared/', import.meta.url)
const anthropic = new URL('specs/anthropic-sse/', shared)
const envoy = new URL('recordings/envoy/', shared)

function partsOf(dialect: ChatDialect, pieces: readonly Buffer[]): readonly StreamPart[] {
  const read = codecs[dialect].createReader()
  const splitter = createSseSplitter()
  const parts: StreamPart[] = []
  const visit = ({ data }: { readonly data: Buffer | undefined }): void => {
    if (data !== undefined) parts.push(...read(data.toString()))
  }
  for (const piece of pieces) splitter.push(piece, visit)
  splitter.flush(visit)
  return parts
}

function holdAtEveryByte(dialect: ChatDialect, bytes: Buffer): void {
  const whole = partsOf(dialect, [bytes])
  assert.ok(whole.length > 1)
  for (let at = 1; at < bytes.length; at += 1) assert.deepEqual(partsOf(dialect, [bytes.subarray(0, at), bytes.subarray(at)]), whole, `cut at byte ${at}`)
}

if (!existsSync(anthropic)) void test('event streams of Anthropic', { skip: 'skipped: ../shared/specs not found' }, () => undefined)
else for (const file of readdirSync(anthropic).filter((name) => !name.endsWith('.md'))) {
  void test(`${file}, cut at every byte, gives the same parts`, () => holdAtEveryByte('anthropic-messages', readFileSync(new URL(file, anthropic))))
}

interface Recording { readonly interactions: readonly { readonly request: { readonly url: string }; readonly response: { readonly body: string } }[] }

if (!existsSync(envoy)) void test('recorded streams of OpenAI', { skip: 'skipped: ../shared/recordings not found' }, () => undefined)
else for (const file of readdirSync(envoy).filter((name) => name.endsWith('.yaml'))) {
  const { interactions } = parse(readFileSync(new URL(file, envoy), 'utf8')) as Recording
  for (const { request, response } of interactions) {
    if (!request.url.includes('/chat/completions') || !response.body.startsWith('data:')) continue
    // Long streams: the first 6,000 bytes are cut everywhere, the whole is read once.
    const bytes = Buffer.from(response.body)
    void test(`${file}, cut at every byte, gives the same parts`, () => {
      assert.equal(partsOf('openai-chat', [bytes]).at(-1)?.type, 'response-end')
      holdAtEveryByte('openai-chat', bytes.subarray(0, 6000))
    })
  }
}

/** Streams of responses that the specification itself shows, as the service sent them. */
function shownStreams(): readonly string[] {
  const { paths } = specification('openai')
  const create = (paths['/responses'] as { readonly post: { readonly 'x-oaiMeta': { readonly examples: readonly { readonly response: string }[] } } }).post
  return create['x-oaiMeta'].examples.map(({ response }) => response).filter((text) => text.startsWith('event:'))
}

void test('streams of responses that the specification shows, cut at every byte, give the same parts', { skip: specificationMissing }, () => {
  const shown = shownStreams()
  assert.ok(shown.length > 0)
  for (const stream of shown) {
    const bytes = Buffer.from(`${stream.trimEnd()}\n\n`)
    assert.equal(partsOf('openai-responses', [bytes]).at(-1)?.type, 'response-end')
    holdAtEveryByte('openai-responses', bytes)
  }
})

for (const { name, says } of answerFeatures) {
  const said = says['openai-responses']
  if (said === undefined) continue
  void test(`a stream of responses with ${name}, cut at every byte, gives the same parts`, () => holdAtEveryByte('openai-responses', Buffer.from(streamOf['openai-responses'](said))))
}

void test('a tool refused in the middle of hosted tools is a named failure, not a crash', { skip: existsSync(anthropic) ? false : 'skipped: ../shared/specs not found' }, () => {
  const parts = partsOf('anthropic-messages', [readFileSync(new URL('stream-a-toolrefusal.sse', anthropic))])
  const failure = parts.find((part) => part.type === 'failure')
  assert.match(failure?.failure.message ?? '', /server_tool_use/)
})
