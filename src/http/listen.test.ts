import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { systemClock } from '../kernel/clock.ts'
import { listen, type Handlers } from './listen.ts'

test('a request that names two hosts is refused and its connection ends', async () => {
  const never = (): never => assert.fail('it was let in')
  const handlers: Handlers = { call: never, stored: never, models: never, feedback: never, otherwise: never, failed: never }
  const listening = await listen({ host: '127.0.0.1', port: 0, bodyLimitBytes: () => 1_000, clock: systemClock, makeId: (prefix) => `${prefix}_1`, handlers })
  const text = await new Promise<string>((resolve, reject) => {
    let all = ''
    const socket = connect(listening.port, '127.0.0.1', () => socket.write('GET /v1/models HTTP/1.1\r\nhost: a\r\nHost: b\r\n\r\nGET /v1/models HTTP/1.1\r\nhost: a\r\n\r\n'))
    socket.on('data', (chunk: Buffer) => (all += chunk.toString())).on('end', () => { resolve(all) }).on('error', reject)
  })
  await listening.close()
  assert.match(text, /^HTTP\/1\.1 400 /)
  assert.match(text, /header host stands twice/)
  assert.equal(text.split('HTTP/1.1').length, 2)
})

test('a page that breaks ends its request with a fault, and the server goes on', async () => {
  const never = (): never => assert.fail('it was let in')
  const causes: unknown[] = []
  const breaking = new Error('a file is missing')
  const handlers: Handlers = { call: never, stored: never, models: () => Buffer.from('{}'), feedback: never, otherwise: () => { throw breaking }, failed: (_, cause) => { causes.push(cause); return { code: 'internal', say: {} } } }
  const listening = await listen({ host: '127.0.0.1', port: 0, bodyLimitBytes: () => 1_000, clock: systemClock, makeId: (prefix) => `${prefix}_1`, handlers })
  assert.equal((await fetch(`http://127.0.0.1:${listening.port}/verify`)).status, 500)
  assert.deepEqual(causes, [breaking])
  assert.equal((await fetch(`http://127.0.0.1:${listening.port}/v1/models`)).status, 200)
  await listening.close()
})

test('half requests are cut in bounded time', async () => {
  const never = (): never => assert.fail('it was let in')
  const listening = await listen({ host: '127.0.0.1', port: 0, bodyLimitBytes: () => 1_000, clock: systemClock, makeId: (prefix) => `${prefix}_1`, handlers: { call: never, stored: never, models: never, feedback: never, otherwise: never, failed: never } })
  const { headersTimeout, requestTimeout } = listening.server
  await listening.close()
  assert.ok(headersTimeout > 0 && headersTimeout <= 30_000, `${headersTimeout}`)
  assert.ok(requestTimeout > 0 && requestTimeout <= 120_000, `${requestTimeout}`)
})

test('what has not arrived in time is answered with 408; a connection on which nothing came ends without a word', async () => {
  const never = (): never => assert.fail('it was let in')
  const listening = await listen({ host: '127.0.0.1', port: 0, bodyLimitBytes: () => 1_000, clock: systemClock, makeId: (prefix) => `${prefix}_1`, handlers: { call: never, stored: never, models: never, feedback: never, otherwise: never, failed: never } })
  const late = Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
  const answered = (sent: string): Promise<string> => new Promise((resolve, reject) => {
    let all = ''
    listening.server.once('connection', (socket: Socket) => {
      const timeUp = (): void => void listening.server.emit('clientError', late, socket)
      if (sent === '') timeUp()
      else socket.once('data', timeUp)
    })
    const socket = connect(listening.port, '127.0.0.1', () => socket.write(sent))
    socket.on('data', (chunk: Buffer) => (all += chunk.toString())).on('close', () => { resolve(all) }).on('error', reject)
  })
  assert.equal(await answered(''), '')
  assert.match(await answered('POST /v1/chat'), /^HTTP\/1\.1 408 [\s\S]*did not arrive in time/)
  await listening.close()
})

test('an answer that was handed over before the server stops reaches a reader that is slow', async () => {
  const never = (): never => assert.fail('it was let in')
  const answer = Buffer.alloc(32 << 20, 'x')
  const listening = await listen({ host: '127.0.0.1', port: 0, bodyLimitBytes: () => 1_000, clock: systemClock, makeId: (prefix) => `${prefix}_1`, handlers: { call: never, stored: never, models: () => answer, feedback: never, otherwise: never, failed: never } })
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
  const listening = await listen({ host: '127.0.0.1', port: 0, bodyLimitBytes: () => 1_000, clock: systemClock, makeId: (prefix) => `${prefix}_1`, handlers })
  const answer = await fetch(`http://127.0.0.1:${listening.port}/v1/chat/completions`, { method: 'POST', headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' }, body: gzipSync('{}') })
  assert.equal(answer.status, 415)
  assert.match(await answer.text(), /encoded as gzip.*without content-encoding/)
  await listening.close()
})

test('a body is plain under identity in any letters, and packed by its coding in small ones', async (t) => {
  const never = (): never => assert.fail('it was let in')
  const handlers: Handlers = { call: async ({ sink, body }) => { sink.head(200, {}); sink.end(body); return { status: 'answered' } }, stored: never, models: never, feedback: never, otherwise: never, failed: never }
  const listening = await listen({ host: '127.0.0.1', port: 0, bodyLimitBytes: () => 1_000, clock: systemClock, makeId: (prefix) => `${prefix}_1`, handlers })
  t.after(() => listening.close())
  const sent = async (coding: string): Promise<readonly [number, string]> => {
    const answer = await fetch(`http://127.0.0.1:${listening.port}/v1/chat/completions`, { method: 'POST', headers: { 'content-encoding': coding, 'content-type': 'application/json' }, body: '{}' })
    return [answer.status, await answer.text()]
  }
  for (const plain of ['identity', 'Identity', 'IDENTITY ', '']) assert.deepEqual(await sent(plain), [200, '{}'], plain)
  const [status, text] = await sent('GZip')
  assert.equal(status, 415)
  assert.match(text, /encoded as gzip/)
})

test('who asks before sending a body is asked for it, and not for one that is too large', async () => {
  const never = (): never => assert.fail('it was let in')
  const handlers: Handlers = { call: async ({ sink, body }) => { sink.head(200, {}); sink.end(body); return { status: 'answered' } }, stored: never, models: never, feedback: never, otherwise: never, failed: never }
  const listening = await listen({ host: '127.0.0.1', port: 0, bodyLimitBytes: () => 1_000, clock: systemClock, makeId: (prefix) => `${prefix}_1`, handlers })
  const asking = (bytes: number): Promise<string> => new Promise((resolve, reject) => {
    let all = ''
    const socket = connect(listening.port, '127.0.0.1', () => socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: ${bytes}\r\n\r\n`))
    socket.on('data', (chunk: Buffer) => {
      if (all === '' && chunk.toString().startsWith('HTTP/1.1 100 ')) socket.write('x'.repeat(bytes))
      all += chunk.toString()
      if (all.includes('HTTP/1.1 413')) socket.end()
    }).on('close', () => { resolve(all) }).on('error', reject)
  })
  assert.match(await asking(3), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
  assert.match(await asking(1_001), /^HTTP\/1\.1 413 /)
  await listening.close()
})
