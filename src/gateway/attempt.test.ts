import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { isRefusal } from '../dialects/dialect.ts'
import { readAsk } from '../dialects/dialects.ts'
import { openExchange } from '../dialects/exchange.ts'
import { systemClock } from '../kernel/clock.ts'
import { systemTimers } from '../kernel/timers.ts'
import { decodeWhole, runAttempt, wholeBytesMax, type AttemptInput, type Ended } from './attempt.ts'
import type { Line, UpstreamEvents } from './dial.ts'

test('an answer that unpacks to more than can be meant is not unpacked', () => {
  const bomb = Buffer.alloc(wholeBytesMax + 1)
  for (const [coding, pack] of [['gzip', gzipSync], ['zstd', zstdCompressSync]] as const) {
    assert.equal(decodeWhole(pack(bomb), coding), undefined, coding)
    assert.equal(decodeWhole(pack(bomb.subarray(0, 1 << 20)), coding)?.length, 1 << 20, coding)
  }
  assert.equal(decodeWhole(Buffer.from('{}'), 'constructor'), undefined)
})

test('an answer in one piece that does not end is given up where its memory is, and not asked for again', async () => {
  let aborted = 0
  let sent = 0
  const never = (): never => assert.fail('nothing of it is delivered')
  const ended = await new Promise<Ended>((resolve, reject) => {
    const upstream = {
      dial: (_: unknown, events: UpstreamEvents): Line => {
        queueMicrotask(() => {
          events.head(200, { 'content-type': 'application/json' })
          const piece = Buffer.alloc(8 << 20)
          while (aborted === 0 && sent < 2 * wholeBytesMax) {
            sent += piece.length
            events.data(piece)
          }
          events.data(piece)
        })
        return { pause: never, resume: never, abort: () => { aborted += 1 } }
      },
      close: () => Promise.resolve(),
    }
    const sink = { head: never, write: never, end: never, destroy: never, whenDrained: never, whenGone: () => undefined, gone: () => false }
    const input = { request: {}, upstream, sink, exchange: {}, clock: systemClock, timers: systemTimers, settle: never, answerHeaders: never, whenClientLeaves: 'cancel', drainMaxMs: 0, secret: undefined, acceptEncoding: undefined }
    runAttempt(input as unknown as AttemptInput).then(resolve, reject)
  })
  assert.deepEqual([ended.outcome, ended.failure?.kind, ended.failure?.retryable, ended.delivered, aborted], ['failed', 'broke', false, false, 1])
  assert.match(ended.failure?.message ?? '', /larger than 268435456 bytes/)
  assert.ok(sent <= wholeBytesMax + (8 << 20))
})

/** One attempt at an upstream that answers so and ends; what goes to its client, and what is settled. */
async function answered(body: string, answer: { readonly type: string; readonly body: string }): Promise<{ readonly sent: string; readonly settled: readonly Ended[] }> {
  const sent: Buffer[] = []
  const settled: Ended[] = []
  const request = Buffer.from(body)
  const ask = readAsk('openai-responses', request, 'application/json')
  assert.ok(!isRefusal(ask))
  const exchange = openExchange({ client: 'openai-responses', upstream: 'openai-responses', body: request, contentType: 'application/json', ask, edits: {} })
  const upstream = {
    dial: (_: unknown, events: UpstreamEvents): Line => {
      queueMicrotask(() => {
        events.head(200, { 'content-type': answer.type })
        events.data(Buffer.from(answer.body))
        events.end()
      })
      return { pause: () => undefined, resume: () => undefined, abort: () => undefined }
    },
  }
  const keep = (chunk?: Buffer): boolean => { sent.push(chunk ?? Buffer.alloc(0)); return true }
  const sink = { head: () => undefined, write: keep, end: keep, whenGone: () => undefined }
  const settle = async (ended: Ended): Promise<{ cost: undefined }> => { settled.push(ended); return { cost: undefined } }
  await runAttempt({ request: {}, upstream, sink, exchange, clock: systemClock, timers: systemTimers, settle, answerHeaders: () => ({}), whenClientLeaves: 'cancel', drainMaxMs: 0, secret: 'sk-ours', acceptEncoding: undefined } as unknown as AttemptInput)
  return { sent: Buffer.concat(sent).toString(), settled }
}

test('our credential in the words of an error goes neither to the client nor on record, whatever the answer had begun with', async () => {
  const failed = { id: 'resp_1', object: 'response', status: 'failed', model: 'm', output: [], error: { code: 'server_error', message: 'no good: sk-ours' } }
  const event = (type: string, body: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...body })}\n\n`
  const begun = event('response.output_text.delta', { delta: 'Hi', sequence_number: 1 })
  const streams = [begun + event('response.failed', { response: failed }), begun + event('error', { code: 'server_error', message: 'no good: sk-ours' })]
  const ways = [...streams.map((body) => ['{"model":"m","input":"x","stream":true}', { type: 'text/event-stream', body }] as const), ['{"model":"m","input":"x"}', { type: 'application/json', body: JSON.stringify(failed) }] as const]
  for (const [body, answer] of ways) {
    const { sent, settled } = await answered(body, answer)
    assert.match(sent, /no good: \*\*\*/)
    assert.ok(!sent.includes('sk-ours'), sent)
    assert.deepEqual(settled.map(({ reading }) => reading?.failure?.message), ['no good: ***'])
  }
})
