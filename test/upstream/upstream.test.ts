import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawn } from 'node:child_process'
import { test, type TestContext } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { specificationMissing, validator } from '../openapi.ts'
import { readBillFile } from './bill-file.ts'
import { readRecordings } from './recordings.ts'
import { startUpstream, type Upstream, type UpstreamOptions } from './upstream.ts'

async function open(context: TestContext, options: UpstreamOptions = {}): Promise<{ readonly upstream: Upstream; readonly bill: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'upstream-'))
  const bill = join(folder, 'bill.jsonl')
  const upstream = await startUpstream({ bill, ...options })
  context.after(async () => {
    await upstream.close()
    rmSync(folder, { recursive: true })
  })
  return { upstream, bill }
}

const client = (upstream: Upstream): OpenAI => new OpenAI({ apiKey: 'k', baseURL: `${upstream.url}/v1`, maxRetries: 0 })
const ask = { model: 'm', messages: [{ role: 'user' as const, content: 'three little words' }], metadata: { words: '20' } }

test('the four kinds, whole and streamed, billed by attempt as they were reported', async (context) => {
  const { upstream, bill } = await open(context)
  const openai = client(upstream)
  const anthropic = new Anthropic({ apiKey: 'k', baseURL: upstream.url, maxRetries: 0 })
  const whole = await openai.chat.completions.create(ask, { headers: { 'x-weir-attempt': 'call_1/1' } }).withResponse()
  assert.deepEqual([whole.data.usage?.prompt_tokens, whole.data.usage?.completion_tokens], [3, 20])
  const events = []
  for await (const event of await openai.responses.create({ model: 'm', input: 'three little words', stream: true })) events.push(event)
  const last = events.at(-1)
  assert.ok(last?.type === 'response.completed')
  const message = await anthropic.messages.stream({ model: 'm', max_tokens: 5, messages: ask.messages }).finalMessage()
  assert.deepEqual([message.usage.input_tokens, message.usage.output_tokens], [3, 5])
  assert.equal((await openai.embeddings.create({ model: 'm', input: ['a b', 'c'] })).data.length, 2)
  if (specificationMissing === false) {
    assert.deepEqual(validator('CreateChatCompletionResponse')(whole.data), [])
    for (const event of events) assert.deepEqual(validator('ResponseStreamEvent')(event), [])
  }
  const attempts = readBillFile(bill)
  assert.deepEqual(attempts.map((attempt) => [attempt.inputTokens, attempt.outputTokens, attempt.usageSent, attempt.finished]), [
    [3, 20, true, true], [3, last.response.usage?.output_tokens, true, true], [3, 5, true, true], [3, 0, true, true],
  ])
  assert.equal(attempts[0]?.attempt, 'call_1/1')
  assert.equal(attempts[0]?.request, whole.response.headers.get('x-request-id'))
})

test('faults do what they are called, and the bill says what was owed', async (context) => {
  const { upstream, bill } = await open(context)
  const openai = client(upstream)
  const stream = async (fault: string): Promise<{ readonly text: string; readonly usage: boolean; readonly failed: boolean }> => {
    let text = ''
    let usage = false
    try {
      for await (const chunk of await openai.chat.completions.create({ ...ask, stream: true, stream_options: { include_usage: true } }, { headers: { 'x-upstream-fault': fault } })) {
        text += chunk.choices[0]?.delta.content ?? ''
        usage ||= chunk.usage != null
      }
      return { text, usage, failed: false }
    } catch (cause) {
      assert.ok(cause instanceof Error)
      return { text, usage, failed: true }
    }
  }
  assert.deepEqual(await stream('no-usage').then(({ usage, failed }) => [usage, failed]), [false, false])
  assert.deepEqual(await stream('late-usage').then(({ usage, failed }) => [usage, failed]), [true, false])
  assert.equal((await stream('cut')).usage, false)
  assert.equal((await stream('reset-early')).failed, true)
  assert.equal((await stream('reset-late')).failed, true)
  await assert.rejects(openai.chat.completions.create(ask, { headers: { 'x-upstream-fault': 'refuse-429' } }), OpenAI.RateLimitError)
  await assert.rejects(openai.chat.completions.create(ask, { headers: { 'x-upstream-fault': 'refuse-503' } }), OpenAI.InternalServerError)
  const odd = await openai.chat.completions.create(ask, { headers: { 'x-upstream-fault': 'nonsense' } })
  assert.ok((odd.usage?.prompt_tokens_details?.cached_tokens ?? 0) > (odd.usage?.prompt_tokens ?? 0))
  while (upstream.counts().open > 0) await new Promise(setImmediate)
  const attempts = readBillFile(bill)
  assert.deepEqual(attempts.map(({ fault, refused, usageSent, finished, broke }) => [fault, refused, usageSent, finished, broke]), [
    ['no-usage', false, false, true, false], ['late-usage', false, true, true, false], ['cut', false, false, false, true], ['reset-early', true, false, false, false], ['reset-late', false, false, false, true],
    ['refuse-429', true, false, false, false], ['refuse-503', true, false, false, false], ['nonsense', false, true, true, false],
  ])
  assert.ok((attempts[2]?.outputTokens ?? 0) > 0 && (attempts[2]?.outputTokens ?? 20) < 20)
})

test('two hundred callers at once, some of whom hang up; the plan of faults repeats', async (context) => {
  const faults = { cut: 0.1, 'refuse-500': 0.1, 'no-usage': 0.1 } as const
  const { upstream, bill } = await open(context, { seed: 5, faults, pieceMs: 1 })
  await Promise.all(Array.from({ length: 200 }, (_, index) => new Promise<void>((resolve) => {
    const request = httpRequest(`${upstream.url}/v1/chat/completions`, { method: 'POST', agent: false, headers: { 'content-type': 'application/json', 'x-weir-attempt': `c${index}/1` } }, (response) => {
      if (index % 3 === 0) response.once('data', () => request.destroy())
      else response.resume()
      response.on('error', () => undefined).on('close', resolve)
    })
    request.on('error', () => { resolve() })
    request.end(JSON.stringify({ ...ask, stream: true }))
  })))
  while (upstream.counts().open > 0) await new Promise(setImmediate)
  const attempts = readBillFile(bill)
  assert.equal(attempts.length, 200)
  assert.equal(new Set(attempts.map((attempt) => attempt.attempt)).size, 200)
  for (const attempt of attempts) assert.equal(Number(attempt.refused) + Number(attempt.finished || attempt.broke), 1, JSON.stringify(attempt))
  assert.ok(attempts.some((attempt) => attempt.broke && attempt.fault === null && attempt.outputTokens < 20))
  const again = await open(context, { seed: 5, faults })
  for (let index = 0; index < 20; index += 1) await client(again.upstream).chat.completions.create(ask).catch((cause: unknown) => assert.ok(cause instanceof Error))
  assert.deepEqual(readBillFile(again.bill).map((attempt) => attempt.fault), attempts.slice(0, 20).map((attempt) => attempt.fault))
})

const recordings = fileURLToPath(new URL('../../../shared/recordings/envoy', import.meta.url))

test('recordings come back byte for byte, found by path and body', { skip: existsSync(recordings) ? false : 'skipped: ../shared/recordings not found' }, async (context) => {
  const { upstream } = await open(context, { recordings })
  const all = readRecordings(recordings)
  assert.equal(all.length, 22)
  for (const recording of all) {
    const answer = await fetch(`${upstream.url}/v1${recording.path}`, { method: 'POST', headers: { 'content-type': recording.requestContentType }, body: recording.requestBody })
    assert.equal(answer.headers.get('x-recording'), recording.name)
    assert.equal(answer.status, recording.status)
    assert.equal(await answer.text(), recording.body)
  }
})

test('as a process of its own', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'upstream-'))
  const bill = join(folder, 'bill.jsonl')
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url)), '--port', '0', '--bill', bill], { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = new Promise((resolve) => void child.once('exit', resolve))
  context.after(async () => {
    child.kill('SIGTERM')
    await gone
    rmSync(folder, { recursive: true })
  })
  const url = await new Promise<string>((resolve) => void child.stdout.once('data', (chunk: Buffer) => { resolve(chunk.toString().trim()) }))
  const answer = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(ask) })
  assert.equal(answer.status, 200)
  assert.match(readFileSync(bill, 'utf8'), /"event":"finished"/)
})
