import assert from 'node:assert/strict'
import { createServer, type Server, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { test, type TestContext } from 'node:test'
import { until } from '../../demo/until.ts'
import { systemClock } from '../kernel/clock.ts'
import { systemTimers } from '../kernel/timers.ts'
import { makeUpstream, type DialFailure, type Line, type Upstream, type UpstreamRequest } from './dial.ts'

/** Bounds for what hangs; a test of a deadline gives its own. */
const timeouts = { connectMs: 30_000, firstByteMs: 30_000, idleMs: 30_000, totalMs: 60_000 }
const answer = (body: string, more = ''): string => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n${more}\r\n${body}`

/** A host that answers each request with what `say` writes, and remembers what it was sent and on how many connections. */
async function host(t: TestContext, say: (socket: Socket, request: string) => void, address = '127.0.0.1'): Promise<{ readonly origin: string; readonly requests: string[]; readonly sockets: Socket[]; readonly server: Server }> {
  const requests: string[] = []
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined).on('data', (bytes) => {
      requests.push(bytes.toString('latin1'))
      say(socket, bytes.toString('latin1'))
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, address, resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const bound = server.address()
  return { origin: `http://${address.includes(':') ? `[${address}]` : address}:${typeof bound === 'object' ? bound?.port : 0}`, requests, sockets, server }
}

function upstreamFor(t: TestContext): Upstream {
  const upstream = makeUpstream({ clock: systemClock, timers: systemTimers })
  t.after(() => upstream.close())
  return upstream
}

interface Heard {
  readonly status: number | undefined
  readonly body: string
  readonly failure: DialFailure | undefined
}

function ask(upstream: Upstream, origin: string, given: Partial<UpstreamRequest> = {}, opened?: (line: Line) => void): Promise<Heard> {
  return new Promise((resolve) => {
    let status: number | undefined
    let body = ''
    const line = upstream.dial({ origin, path: '/v1/x?a=b', method: 'POST', headers: { accept: '*/*' }, body: Buffer.from('{"a":1}'), timeouts, ...given }, {
      head: (code) => { status = code },
      data: (chunk) => { body += chunk.toString() },
      end: () => resolve({ status, body, failure: undefined }),
      failed: (failure) => resolve({ status, body, failure }),
    })
    opened?.(line)
  })
}

test('a request leaves whole, and its connection carries the next one', async (t) => {
  const { origin, requests, sockets } = await host(t, (socket) => socket.write(answer('fine')))
  const upstream = upstreamFor(t)
  assert.deepEqual(await ask(upstream, origin), { status: 200, body: 'fine', failure: undefined })
  assert.deepEqual(await ask(upstream, origin, { method: 'GET', body: undefined }), { status: 200, body: 'fine', failure: undefined })
  assert.equal(sockets.length, 1)
  const { host: name } = new URL(origin)
  assert.equal(requests[0], `POST /v1/x?a=b HTTP/1.1\r\nhost: ${name}\r\nconnection: keep-alive\r\naccept: */*\r\ncontent-length: 7\r\n\r\n{"a":1}`)
  assert.equal(requests[1], `GET /v1/x?a=b HTTP/1.1\r\nhost: ${name}\r\nconnection: keep-alive\r\naccept: */*\r\n\r\n`)
})

test('requests at one time have a connection each', async (t) => {
  const { origin, sockets } = await host(t, (socket) => void setTimeout(() => socket.write(answer('fine')), 20))
  const upstream = upstreamFor(t)
  await Promise.all([ask(upstream, origin), ask(upstream, origin), ask(upstream, origin)])
  await Promise.all([ask(upstream, origin), ask(upstream, origin)])
  assert.equal(sockets.length, 3)
})

test('a connection that its host will close or has closed is not used again', async (t) => {
  let closes = true
  const { origin, sockets } = await host(t, (socket) => {
    if (closes) socket.write(answer('fine', 'connection: close\r\n'))
    else socket.end(answer('fine'))
  })
  const upstream = upstreamFor(t)
  await ask(upstream, origin)
  closes = false
  await ask(upstream, origin)
  await new Promise((resolve) => void setTimeout(resolve, 20))
  assert.equal((await ask(upstream, origin)).body, 'fine')
  assert.equal(sockets.length, 3)
})

test('a body without a length ends with its connection', async (t) => {
  const { origin } = await host(t, (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nto the end'))
  assert.deepEqual(await ask(upstreamFor(t), origin), { status: 200, body: 'to the end', failure: undefined })
})

test('a failure says whether the request can have arrived', async (t) => {
  const upstream = upstreamFor(t)
  const { origin, server } = await host(t, (socket) => socket.destroy())
  assert.equal((await ask(upstream, origin)).failure?.kind, 'broke')
  const halved = await host(t, (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'))
  assert.deepEqual(await ask(upstream, halved.origin), { status: 200, body: 'half', failure: { kind: 'broke', message: 'the upstream closed the connection' } })
  const garbled = await host(t, (socket) => socket.write('no HTTP\r\n\r\n'))
  assert.match((await ask(upstream, garbled.origin)).failure?.message ?? '', /not HTTP/)
  server.close()
  const { failure } = await ask(upstream, 'http://127.0.0.1:1')
  assert.equal(failure?.kind, 'unreached')
  assert.match(failure?.message ?? '', /ECONNREFUSED/)
  assert.equal((await ask(upstream, origin, { headers: { 'x-tag': 'a\r\nb: c' } })).failure?.kind, 'unreached')
  // Speaks no TLS: the handshake fails, and not a byte of the request has left.
  assert.equal((await ask(upstream, garbled.origin.replace('http:', 'https:'))).failure?.kind, 'unreached')
})

test('deadlines end what hangs', async (t) => {
  const upstream = upstreamFor(t)
  const silent = await host(t, () => undefined)
  assert.deepEqual((await ask(upstream, silent.origin, { timeouts: { ...timeouts, firstByteMs: 500 } })).failure, { kind: 'timeout', message: 'no answer began within 500 ms' })
  const stalled = await host(t, (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'))
  assert.equal((await ask(upstream, stalled.origin, { timeouts: { ...timeouts, idleMs: 50 } })).failure?.message, 'it fell silent for more than 50 ms')
  await until('the connection given up', () => stalled.sockets.every((socket) => socket.destroyed || socket.readableEnded), Boolean)
})

test('an aborted request is silent, and its connection is gone', async (t) => {
  const { origin, sockets } = await host(t, (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'))
  const upstream = upstreamFor(t)
  const heard = ask(upstream, origin, {}, (line) => void setTimeout(() => line.abort(), 30))
  const first = await Promise.race([heard, new Promise((resolve) => void setTimeout(() => resolve('silence'), 150))])
  assert.equal(first, 'silence')
  await until('its connection gone', () => sockets.every((socket) => socket.destroyed || socket.readableEnded), Boolean)
})

test('a reader that pauses holds the host back, and gets all of it', async (t) => {
  const size = 64 << 20
  const { origin, sockets } = await host(t, (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`)
    socket.write(Buffer.alloc(size))
  })
  const upstream = upstreamFor(t)
  let bytes = 0
  let pauses = 0
  await new Promise<void>((resolve, reject) => {
    const rest = (): void => {
      line.pause()
      pauses += 1
      const before = bytes
      setTimeout(() => {
        // What was on its way to us still comes; not more.
        assert.ok(bytes - before < size / 8, `${bytes - before} came while paused`)
        assert.ok((sockets[0]?.writableLength ?? 0) > 0)
        line.resume()
      }, 50)
    }
    const line = upstream.dial({ origin, path: '/', method: 'POST', headers: {}, body: undefined, timeouts }, {
      head: rest,
      data: (chunk) => {
        bytes += chunk.length
        if (pauses === 1 && bytes > 1 << 20) rest()
      },
      end: resolve,
      failed: (failure) => reject(new Error(failure.message)),
    })
  })
  assert.deepEqual([bytes, pauses], [size, 2])
})

test('a connection that ends under its next request leaves it open whether that was billed: it is not called unreached', async (t) => {
  const { origin, requests } = await host(t, (socket) => {
    if (requests.length === 1) socket.write(answer('fine'))
    else socket.destroy()
  })
  const upstream = upstreamFor(t)
  await ask(upstream, origin)
  assert.equal((await ask(upstream, origin)).failure?.kind, 'broke')
  assert.equal(requests.length, 2, 'and it is sent once')
})

test('an answer that comes before the request has left is heard, and its connection not used again', async (t) => {
  const { origin, sockets } = await host(t, (socket) => {
    socket.removeAllListeners('data').pause()
    socket.write('HTTP/1.1 413 Content Too Large\r\ncontent-length: 4\r\n\r\nmuch')
  })
  const upstream = upstreamFor(t)
  const body = Buffer.alloc(32 << 20)
  assert.deepEqual(await ask(upstream, origin, { body }), { status: 413, body: 'much', failure: undefined })
  assert.equal((await ask(upstream, origin, { body })).status, 413)
  assert.equal(sockets.length, 2)
})

test('a connection whose time is over is not used, also where no sweep has come by', async (t) => {
  const { origin, sockets } = await host(t, (socket) => socket.write(answer('fine')))
  let ahead = 0
  const upstream = makeUpstream({ clock: { ...systemClock, monotonic: () => systemClock.monotonic() + ahead }, timers: { ...systemTimers, every: () => () => undefined } })
  t.after(() => upstream.close())
  await ask(upstream, origin)
  await ask(upstream, origin)
  assert.equal(sockets.length, 1)
  ahead = 60_000
  assert.equal((await ask(upstream, origin)).body, 'fine')
  assert.equal(sockets.length, 2)
})

const noIpv6 = Object.values(networkInterfaces()).flat().some((one) => one?.address === '::1') ? false : 'skipped: this machine has no IPv6'

test('hosts are reached by their IPv6 address', { skip: noIpv6 }, async (t) => {
  const { origin, requests } = await host(t, (socket) => socket.write(answer('fine')), '::1')
  assert.match(origin, /^http:\/\/\[::1\]:\d+$/)
  assert.equal((await ask(upstreamFor(t), origin)).body, 'fine')
  assert.match(requests[0] ?? '', /\r\nhost: \[::1\]:\d+\r\n/)
})

test('what cannot be reached in time has not been billed, whichever deadline comes first', async (t) => {
  const upstream = upstreamFor(t)
  const unnamed = await ask(upstream, 'http://weir.invalid', { timeouts: { ...timeouts, connectMs: 1_000 } })
  assert.equal(unnamed.failure?.kind, 'unreached', JSON.stringify(unnamed))
  // Accepts, and never shakes hands: nothing of the request leaves.
  const mute = await host(t, () => undefined)
  const secure = mute.origin.replace('http:', 'https:')
  for (const given of [{ ...timeouts, connectMs: 50 }, { ...timeouts, firstByteMs: 50 }]) assert.equal((await ask(upstream, secure, { timeouts: given })).failure?.kind, 'unreached')
  assert.ok(mute.requests.every((bytes) => !bytes.includes('/v1/x')))
})

test('a path that would end the request line never leaves', async (t) => {
  const { origin, requests } = await host(t, (socket) => socket.write(answer('fine')))
  const { failure } = await ask(upstreamFor(t), origin, { path: '/v1/responses/a HTTP/1.1\r\nx: y' })
  assert.equal(failure?.kind, 'unreached')
  assert.deepEqual(requests, [])
})

test('a header that would say again where a request goes or how long it is never leaves', async (t) => {
  const { origin, requests } = await host(t, (socket) => socket.write(answer('fine')))
  const upstream = upstreamFor(t)
  for (const name of ['host', 'content-length', 'transfer-encoding']) {
    const { failure } = await ask(upstream, origin, { headers: { [name]: '1' } })
    assert.equal(failure?.kind, 'unreached')
    assert.match(failure?.message ?? '', new RegExp(`header ${name} is the connection`))
  }
  assert.deepEqual(requests, [])
})
