import Anthropic from '@anthropic-ai/sdk'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import OpenAI from 'openai'
import { until } from '../../../demo/until.ts'
import { systemClock } from '../../kernel/clock.ts'
import { systemTimers } from '../../kernel/timers.ts'
import type { BillEntry } from './bill.ts'
import { startSandbox, type Sandbox, type SandboxOptions } from './sandbox.ts'

async function open(context: TestContext, options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ seed: 7, clock: systemClock, timers: systemTimers, ...options })
  context.after(() => sandbox.close())
  return sandbox
}

const client = (sandbox: Sandbox): OpenAI => new OpenAI({ apiKey: 'sk-one', baseURL: `${sandbox.url}/v1`, maxRetries: 0, timeout: 30_000 })
const ask = { model: 'gpt-4.1', messages: [{ role: 'user' as const, content: 'Go on.' }], metadata: { weir_output_tokens: '200' } }
const lastEntry = async (sandbox: Sandbox): Promise<BillEntry | undefined> => (await sandbox.bill()).entries.at(-1)
/** The latest of so many entries: who breaks off is noticed a moment after. */
const entryOf = async (sandbox: Sandbox, count: number): Promise<BillEntry | undefined> => (await until(`${count} entries`, () => sandbox.bill(), ({ entries }) => entries.length === count)).entries.at(-1)

/** The bytes of one request over a bare socket, until the server ends the connection or falls silent. */
function raw(sandbox: Sandbox, fault: string, stream: boolean): Promise<string> {
  return new Promise((resolve) => {
    const url = new URL(sandbox.url)
    const body = JSON.stringify({ ...ask, stream })
    const socket = connect(Number(url.port), url.hostname)
    let text = ''
    const quiet = { stop: (): void => undefined }
    const rearm = (): void => {
      quiet.stop()
      quiet.stop = systemTimers.after(1_000, () => socket.destroy())
    }
    socket.on('data', (chunk) => { text += chunk.toString(); rearm() })
    socket.on('error', () => undefined).on('close', () => { quiet.stop(); resolve(text) })
    socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-sandbox-fault: ${fault}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    rearm()
  })
}

const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4)

test('refusals carry status and Retry-After and cost nothing', async (context) => {
  const sandbox = await open(context)
  const fails = (fault: string): Promise<unknown> => client(sandbox).chat.completions.create(ask, { headers: { 'x-sandbox-fault': fault } }).then(() => undefined, (cause: unknown) => cause)
  const limited = await fails('429;retry-after=2')
  assert.ok(limited instanceof OpenAI.RateLimitError)
  assert.equal(limited.headers.get('retry-after'), '2')
  assert.ok(await fails('500') instanceof OpenAI.InternalServerError)
  assert.equal((await fails('503') as InstanceType<typeof OpenAI.APIError>).status, 503)
  assert.equal((await fails('quota') as InstanceType<typeof OpenAI.APIError>).code, 'insufficient_quota')
  assert.ok(await fails('reset') instanceof OpenAI.APIConnectionError)
  const anthropic = new Anthropic({ apiKey: 'an-one', baseURL: sandbox.url, maxRetries: 0 })
  await assert.rejects(anthropic.messages.create({ model: 'claude-opus-5', max_tokens: 9, messages: ask.messages }, { headers: { 'x-sandbox-fault': '529' } }), (cause) => cause instanceof Anthropic.APIError && cause.type === 'overloaded_error')
  assert.equal((await sandbox.bill()).entries.length, 0)
})

test('faults of delivery are billed as far as the work went', async (context) => {
  const sandbox = await open(context)
  const cut = bodyOf(await raw(sandbox, 'disconnect=700', true)).replace(/^[0-9a-f]+\r\n/, '')
  assert.equal(Buffer.byteLength(cut.replace(/\r\n$/, '')), 700)
  assert.equal((await entryOf(sandbox, 1))?.outcome, 'broken')
  const stalled = bodyOf(await raw(sandbox, 'stall=9', true))
  assert.ok(stalled.includes('data:') && !stalled.includes('[DONE]'))
  const entry = await entryOf(sandbox, 2)
  assert.equal(entry?.outcome, 'broken')
  assert.ok((entry?.quantities['output'] ?? 0) > 0 && (entry?.quantities['output'] ?? 200) < 200)
  await raw(sandbox, 'lost', false)
  const lost = await entryOf(sandbox, 3)
  assert.deepEqual([lost?.quantities['output'], lost?.outcome], [200, 'broken'])
  const short = await raw(sandbox, 'content-length', false)
  const claimed = Number(/content-length: (\d+)/.exec(short)?.[1])
  assert.equal(claimed, Buffer.byteLength(bodyOf(short)) + 64)
})

test('faults of usage', async (context) => {
  const sandbox = await open(context)
  const create = (fault: string): Promise<OpenAI.ChatCompletion> => client(sandbox).chat.completions.create(ask, { headers: { 'x-sandbox-fault': fault } })
  assert.equal((await create('missing-usage')).usage, undefined)
  assert.equal((await lastEntry(sandbox))?.usageSent, false)
  const odd = (await create('nonsense')).usage
  assert.ok((odd?.prompt_tokens_details?.cached_tokens ?? 0) > (odd?.prompt_tokens ?? 0))
  await assert.rejects(create('bad-json'), SyntaxError)
  const late = await client(sandbox).chat.completions.create({ ...ask, stream: true, stream_options: { include_usage: true } }, { headers: { 'x-sandbox-fault': 'late-usage=60' } })
  let finishedAt = 0
  let usageAt = 0
  for await (const chunk of late) {
    if (chunk.choices[0]?.finish_reason === 'stop') finishedAt = systemClock.monotonic()
    if (chunk.usage != null) usageAt = systemClock.monotonic()
  }
  assert.ok(usageAt > finishedAt)
})

test('a caller who leaves a paced stream pays for what was produced', async (context) => {
  const sandbox = await open(context, { profile: { perTokenMs: 2 } })
  let seen = 0
  for await (const chunk of await client(sandbox).chat.completions.create({ ...ask, stream: true })) {
    if (chunk.choices[0]?.delta.content !== '' && ++seen === 10) break
  }
  const entry = await entryOf(sandbox, 1)
  assert.equal(entry?.outcome, 'broken')
  assert.ok((entry?.quantities['output'] ?? 0) >= 10 && (entry?.quantities['output'] ?? 0) < 200)
})

test('faults by chance repeat with the seed', async (context) => {
  const run = async (): Promise<string> => {
    const sandbox = await open(context, { profile: { faults: [{ fault: '500', rate: 0.3 }, { fault: '429', rate: 0.2 }] } })
    let plan = ''
    for (let index = 0; index < 30; index += 1) plan += await client(sandbox).chat.completions.create(ask).then(() => '.', (cause: InstanceType<typeof OpenAI.APIError>) => String(cause.status)[0] ?? '')
    return plan
  }
  const plan = await run()
  assert.match(plan, /5/)
  assert.match(plan, /4/)
  assert.equal(await run(), plan)
})

test('limits are enforced where the profile says so', async (context) => {
  const sandbox = await open(context, { profile: { requestsPerMinute: 2, enforceLimits: true } })
  const { response } = await client(sandbox).chat.completions.create(ask).withResponse()
  assert.deepEqual([response.headers.get('x-ratelimit-limit-requests'), response.headers.get('x-ratelimit-remaining-requests')], ['2', '1'])
  await client(sandbox).chat.completions.create(ask)
  await assert.rejects(client(sandbox).chat.completions.create(ask), OpenAI.RateLimitError)
})

test('the bill: pages, CSV, a file that outlives the process, a wrong profile', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-'))
  context.after(() => { rmSync(folder, { recursive: true }) })
  const billFile = join(folder, 'bill.jsonl')
  const sandbox = await open(context, { billFile })
  for (let index = 0; index < 3; index += 1) await client(sandbox).chat.completions.create(ask, { headers: { 'x-weir-attempt': `call/${index}` } })
  const page = async (query: string): Promise<{ entries: BillEntry[]; more: boolean }> => (await fetch(`${sandbox.url}/_sandbox/bill?${query}`)).json() as Promise<{ entries: BillEntry[]; more: boolean }>
  const first = await page('limit=2&account=sk-one')
  assert.deepEqual([first.entries.map((entry) => entry.attempt), first.more], [['call/0', 'call/1'], true])
  const second = await page(`limit=2&after=${first.entries[1]?.id}`)
  assert.deepEqual([second.entries.map((entry) => entry.attempt), second.more], [['call/2'], false])
  const csv = await (await fetch(`${sandbox.url}/_sandbox/bill?format=csv`)).text()
  assert.equal(csv.trim().split('\r\n').length, 1 + 3 * 2)
  const total = (await sandbox.bill()).totals
  assert.equal(total[0]?.cost, '0.004818')
  await sandbox.close()
  const again = await open(context, { billFile })
  assert.deepEqual((await again.bill()).totals, total)
  await assert.rejects(startSandbox({ seed: 1, profile: { perTokenMs: -1 }, clock: systemClock, timers: systemTimers }), /perTokenMs/)
})
