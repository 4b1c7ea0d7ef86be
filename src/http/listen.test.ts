import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { systemClock } from '../kernel/clock.ts'
import { listen, type Handlers } from './listen.ts'

test('a request that names two hosts is refused and its connection ends', async () => {
  const never = (): never => assert.fail('it was let in')
  const handlers: Handlers = { call: never, stored: never, models: never, feedback: never, otherwise: never, failed: never }
  const listening = await listen({ host: '127.0.0.1', port: 0, bodyLimitBytes: 1_000, clock: systemClock, makeId: (prefix) => `${prefix}_1`, handlers })
  const text = await new Promise<string>((resolve, reject) => {
    let all = ''
    const socket = connect(listening.port, '127.0.0.1', () => socket.write('GET /v1/models HTTP/1.1\r\nhost: a\r\nHost: b\r\n\r\nGET /v1/models HTTP/1.1\r\nhost: a\r\n\r\n'))
    socket.on('data', (chunk: Buffer) => (all += chunk.toString())).on('end', () => { resolve(all) }).on('error', reject)
  })
  await listening.close()
  assert.match(text, /^HTTP\/1\.1 400 /)
  assert.match(text, /names its host twice/)
  assert.equal(text.split('HTTP/1.1').length, 2)
})

test('half requests are cut in bounded time', async () => {
  const never = (): never => assert.fail('it was let in')
  const listening = await listen({ host: '127.0.0.1', port: 0, bodyLimitBytes: 1_000, clock: systemClock, makeId: (prefix) => `${prefix}_1`, handlers: { call: never, stored: never, models: never, feedback: never, otherwise: never, failed: never } })
  const { headersTimeout, requestTimeout } = listening.server
  await listening.close()
  assert.ok(headersTimeout > 0 && headersTimeout <= 30_000, `${headersTimeout}`)
  assert.ok(requestTimeout > 0 && requestTimeout <= 120_000, `${requestTimeout}`)
})

test('an answer that was handed over before the server stops reaches a reader that is slow', async () => {
  const never = (): never => assert.fail('it was let in')
  const answer = Buffer.alloc(32 << 20, 'x')
  const listening = await listen({ host: '127.0.0.1', port: 0, bodyLimitBytes: 1_000, clock: systemClock, makeId: (prefix) => `${prefix}_1`, handlers: { call: never, stored: never, models: () => answer, feedback: never, otherwise: never, failed: never } })
  let bytes = 0
  const socket = connect(listening.port, '127.0.0.1', () => socket.write('GET /v1/models HTTP/1.1\r\nhost: a\r\n\r\n'))
  await new Promise<void>((resolve) => void socket.once('readable', resolve))
  assert.equal(listening.unsent(), true)
  const closed = listening.close()
  await new Promise<void>((resolve, reject) => {
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > answer.length) resolve()
    })
    socket.on('close', () => reject(new Error(`cut off after ${bytes} bytes`)))
  })
  assert.equal(listening.unsent(), false)
  listening.cut()
  await closed
})

test('an encoded body is refused by the name of its coding', async () => {
  const never = (): never => assert.fail('it was let in')
  const handlers: Handlers = { call: never, stored: never, models: never, feedback: never, otherwise: never, failed: never }
  const listening = await listen({ host: '127.0.0.1', port: 0, bodyLimitBytes: 1_000, clock: systemClock, makeId: (prefix) => `${prefix}_1`, handlers })
  const answer = await fetch(`http://127.0.0.1:${listening.port}/v1/chat/completions`, { method: 'POST', headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' }, body: gzipSync('{}') })
  assert.equal(answer.status, 415)
  assert.match(await answer.text(), /encoded as gzip.*without content-encoding/)
  await listening.close()
})
