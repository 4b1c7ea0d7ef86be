import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
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
