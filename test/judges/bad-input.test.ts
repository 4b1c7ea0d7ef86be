/** What no honest client sends: a clear error in the surface's shape, never a crash, a hang or somebody's secret. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import { openai } from './clients.ts'
import { bodyLimitBytes, house, keys, type House } from './house.ts'
import { openSocket, posted, sendRaw, type RawAnswer, type RawOptions } from './socket.ts'

const key = keys.plain
const good = JSON.stringify({ model: 'gpt-4.1', max_tokens: 2, messages: [{ role: 'user', content: 'hi' }] })

interface Paths {
  readonly name: 'openai' | 'azure' | 'anthropic'
  readonly path: string
  readonly body: string
}

const surfaces: readonly Paths[] = [
  { name: 'openai', path: '/v1/chat/completions', body: good },
  { name: 'azure', path: '/openai/deployments/gpt-4.1/chat/completions?api-version=2024-10-21', body: good },
  { name: 'anthropic', path: '/v1/messages', body: JSON.stringify({ model: 'claude-sonnet-4-6', max_tokens: 2, messages: [{ role: 'user', content: 'hi' }] }) },
]

async function alive(home: House): Promise<void> {
  const answer = await sendRaw(home.url, [posted({ key, body: good })])
  assert.deepEqual(answer.statuses, [200], answer.text)
}

async function raw(parts: readonly (string | Buffer)[], options?: RawOptions): Promise<RawAnswer> {
  const home = await house()
  const answer = await sendRaw(home.url, parts, options)
  home.keepsSecrets(answer.text, key)
  return answer
}

/** The one answer, its status and its error in the surface's shape. */
function errorIn(answer: RawAnswer, surface: Paths['name']): { status: number; message: string } {
  assert.equal(answer.statuses.length, 1, answer.text)
  const body = JSON.parse(Buffer.from(answer.text.slice(answer.text.indexOf('\r\n\r\n') + 4), 'latin1').toString('utf8')) as { type?: string; error: { message: string; type: string; code?: string; param?: string | null } }
  assert.equal(typeof body.error.message, 'string')
  assert.equal(typeof body.error.type, 'string')
  if (surface === 'anthropic') assert.equal(body.type, 'error')
  else assert.ok('code' in body.error && 'param' in body.error, answer.text)
  // An upstream's own refusal passes as it came.
  if (surface === 'azure' && !answer.text.includes('x-weir-attempts')) assert.equal(Object.keys(body.error)[0], 'code')
  return { status: answer.statuses[0] ?? 0, message: body.error.message }
}

for (const { name, path, body } of surfaces) {
  const bodies: readonly (readonly [string, string | Buffer])[] = [
    ['nothing', ''], ['half an object', body.slice(0, -10)], ['an array', '[]'], ['a string', '"x"'], ['a number', '1'], ['null', 'null'], ['two objects', `${body}${body}`], ['garbage after it', `${body}x`],
    ['a byte order mark', `\ufeff${body}`], ['broken UTF-8', Buffer.concat([Buffer.from(body.slice(0, -2)), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from(body.slice(-2))])], ['UTF-16', Buffer.from(body, 'utf16le')],
    ['a NUL', `\0${body}`], ['a raw control character', body.replace('hi', 'h\u0001i')], ['a duplicate model', body.replace('{', '{"model":"gpt-4.1-mini",')], ['an escaped duplicate', body.replace('{', '{"\\u006dodel":"gpt-4.1-mini",')],
    ['deep nesting', body.replace('"hi"', `${'['.repeat(100_000)}${']'.repeat(100_000)}`)], ['deep nesting beside', body.replace('{', `{"x":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)},`)],
    ['a giant number', body.replace(/"max_tokens":2/, '"max_tokens":1e999')], ['a number of many digits', body.replace(/"max_tokens":2/, `"max_tokens":${'9'.repeat(5_000)}`)], ['a negative limit', body.replace(/"max_tokens":2/, '"max_tokens":-1')],
    ['a fraction of a token', body.replace(/"max_tokens":2/, '"max_tokens":1.5')], ['a model that is a number', body.replace(/"model":"[^"]+"/, '"model":7')], ['a model that is an object', body.replace(/"model":"[^"]+"/, '"model":{"a":1}')],
    ['no model', body.replace(/"model":"[^"]+",/, '')], ['an unknown model', body.replace(/"model":"[^"]+"/, '"model":"../../etc/passwd"')], ['a prototype’s name', body.replace(/"model":"[^"]+"/, '"model":"__proto__"')],
    ['messages that are a string', body.replace(/"messages":\[.*\]/, '"messages":"x"')], ['a stream that is a word', body.replace('{', '{"stream":"yes",')], ['single quotes', body.replaceAll('"', "'")], ['a trailing comma', body.replace(/}$/, ',}')],
  ]
  /** What another layer names or a provider may take: answered, and as an answer or an error in shape. */
  const mayPass = new Set(['deep nesting', 'deep nesting beside', 'messages that are a string', ...(name === 'azure' ? ['no model', 'an unknown model', 'a prototype’s name', 'a model that is a number', 'a model that is an object'] : [])])

  test(`${name}: bodies that are not what they should be`, async () => {
    for (const [what, bytes] of bodies) {
      const answer = await raw([posted({ path, key, body: bytes, headers: name === 'anthropic' ? ['anthropic-version: 2023-06-01'] : [] })], { patienceMs: 8_000 })
      if (mayPass.has(what) && answer.statuses[0] === 200) continue
      const { status } = errorIn(answer, name)
      assert.ok(status >= 400 && status < 500, `${what}: ${answer.text.slice(0, 500)}`)
    }
    await alive(await house())
  })

  test(`${name}: bodies that are too large, announced or not, are refused and the connection ends`, async () => {
    const announced = await raw([posted({ path, key, body: Buffer.alloc(bodyLimitBytes + 1, 32), headers: name === 'anthropic' ? ['anthropic-version: 2023-06-01'] : [] })])
    assert.equal(errorIn(announced, name).status, 413)
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 32), Buffer.from('\r\n')])
    const endless = await raw([`POST ${path} HTTP/1.1\r\nhost: weir\r\nauthorization: Bearer ${key}\r\ntransfer-encoding: chunked\r\n\r\n`, ...Array.from({ length: 64 }, () => chunk)])
    assert.equal(errorIn(endless, name).status, 413)
    await alive(await house())
  })
}

test('a client library that sends too much is told so', async () => {
  for (const size of [bodyLimitBytes + 1, 4 * bodyLimitBytes, 20 * bodyLimitBytes]) {
    const error = await (await openai()).chat.completions.create({ model: 'gpt-4.1', messages: [{ role: 'user', content: 'x'.repeat(size) }] }).catch((cause: unknown) => cause as { status?: number })
    assert.equal('status' in error ? error.status : undefined, 413, JSON.stringify(error))
  }
})

test('random bytes and random JSON as bodies on every surface', async () => {
  const json = fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text))
  const members = fc.dictionary(fc.constantFrom('model', 'messages', 'stream', 'max_tokens', 'n', 'tools', 'stream_options', 'metadata', 'store', 'input', 'user', 'response_format', 'tool_choice'), fc.oneof(fc.jsonValue(), fc.constantFrom('gpt-4.1', true, 1, [{ role: 'user', content: 'x' }])))
  await fc.assert(fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)), json, members.map((value) => Buffer.from(JSON.stringify(value)))), fc.constantFrom(...surfaces, { name: 'openai' as const, path: '/v1/responses', body: '' }, { name: 'openai' as const, path: '/v1/embeddings', body: '' }), async (body, { name, path }) => {
    const answer = await raw([posted({ path, key, body, headers: name === 'anthropic' ? ['anthropic-version: 2023-06-01'] : [] })], { patienceMs: 8_000 })
    if (answer.statuses[0] !== 200) assert.ok(errorIn(answer, name).status < 500, answer.text)
  }), { numRuns: 150 })
  await alive(await house())
})

test('a request cut into any pieces is one request', async () => {
  const bytes = posted({ key, body: good })
  await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { minLength: 1, maxLength: 6 }), async (cuts) => {
    const edges = [0, ...new Set(cuts.toSorted((a, b) => a - b)), bytes.length]
    const answer = await raw(edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge)), { pauseMs: 1 })
    assert.deepEqual(answer.statuses, [200], answer.text)
  }), { numRuns: 25 })
})

const evil = `GET /v1/models HTTP/1.1\r\nhost: weir\r\nauthorization: Bearer ${key}\r\n\r\n`
const smuggling: readonly (readonly [string, string])[] = [
  ['length and chunks', `POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\nauthorization: Bearer ${key}\r\ncontent-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${evil}`],
  ['two lengths', `POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\nauthorization: Bearer ${key}\r\ncontent-length: 0\r\ncontent-length: ${evil.length}\r\n\r\n${evil}`],
  ['a list of lengths', `POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\nauthorization: Bearer ${key}\r\ncontent-length: 0, 0\r\n\r\n${evil}`],
  ['a signed length', `POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\nauthorization: Bearer ${key}\r\ncontent-length: +0\r\n\r\n${evil}`],
  ['a bad chunk size', `POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\nauthorization: Bearer ${key}\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n${evil}`],
  ['a huge chunk size', `POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\nauthorization: Bearer ${key}\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n${evil}`],
  ['a chunk longer than said', `POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\nauthorization: Bearer ${key}\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}{}\r\n0\r\n\r\n${evil}`],
  ['another coding', `POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\nauthorization: Bearer ${key}\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n${evil}`],
  ['chunked not last', `POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\nauthorization: Bearer ${key}\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${evil}`],
  ['a space before the colon', `POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\nauthorization: Bearer ${key}\r\ncontent-length : ${evil.length}\r\n\r\n${evil}`],
  ['a folded header', `POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\nauthorization: Bearer ${key}\r\ntransfer-encoding:\r\n chunked\r\ncontent-length: 0\r\n\r\n${evil}`],
  ['a bare line feed', `POST /v1/chat/completions HTTP/1.1\nhost: weir\ncontent-length: 0\n\n${evil}`],
  ['a bare carriage return', `POST /v1/chat/completions HTTP/1.1\r\nhost: weir\rx: y\r\ncontent-length: 0\r\n\r\n${evil}`],
  ['no host', `POST /v1/chat/completions HTTP/1.1\r\ncontent-length: 0\r\n\r\n${evil}`],
  ['two hosts', `POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nhost: b\r\ncontent-length: 0\r\n\r\n${evil}`],
  ['a NUL in a header', `GET /v1/models HTTP/1.1\r\nhost: weir\r\nx: a\0b\r\n\r\n${evil}`],
  ['garbage', `\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03${'x'.repeat(200)}\r\n\r\n${evil}`],
  ['HTTP/2', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${evil}`],
  ['an odd version', `GET /v1/models HTTP/9.9\r\nhost: weir\r\n\r\n${evil}`],
  ['a header that is too large', `GET /v1/models HTTP/1.1\r\nhost: weir\r\nx: ${'a'.repeat(70_000)}\r\n\r\n${evil}`],
  ['too many headers', `GET /v1/models HTTP/1.1\r\nhost: weir\r\n${Array.from({ length: 5_000 }, (_, index) => `x${index}: y\r\n`).join('')}\r\n${evil}`],
]

test('request smuggling: refused, and what hides behind is never answered', async () => {
  for (const [what, bytes] of smuggling) {
    const answer = await raw([bytes], { answers: 2, patienceMs: 2_000 })
    assert.ok(!answer.text.includes('"object":"list"'), `${what}: the hidden request was answered\n${answer.text}`)
    assert.ok(answer.closed, `${what}: the connection stays open\n${answer.text}`)
    assert.ok(answer.statuses.length === 1 && [400, 408, 413, 431, 501, 505].includes(answer.statuses[0] ?? 0), `${what}: ${answer.text}`)
  }
  await alive(await house())
})

test('pipelined requests are answered in order; garbage behind a good one ends the connection', async () => {
  const two = await raw([Buffer.concat([posted({ key, body: good }), Buffer.from(evil)])], { answers: 2 })
  assert.deepEqual(two.statuses, [200, 200])
  const garbage = await raw([Buffer.concat([posted({ key, body: good }), Buffer.from('\0\0garbage\r\n\r\n')])], { answers: 2, patienceMs: 2_000 })
  assert.ok(garbage.closed)
  assert.ok(!garbage.text.includes('"object":"list"'))
})

test('paths: only the plain form is a path', async () => {
  const tricky = ['//v1/models', '/v1//models', '/v1/./models', '/v1/../v1/models', '/v1/%2e%2e/admin', '/v1%2fmodels', '/v1/models%2f..%2f..', '/v1\\models', '/v1/models%00', '/admin%2fv1', '/openai//deployments/x/chat/completions', '/v1/models/..', '/v1/models/%c0%ae', '/v1/models/%', '/v1/models/%zz']
  for (const path of tricky) {
    const answer = await raw([`GET ${path} HTTP/1.1\r\nhost: weir\r\nauthorization: Bearer ${key}\r\n\r\n`])
    assert.ok([400, 404].includes(answer.statuses[0] ?? 0), `${path}: ${answer.text}`)
    errorIn(answer, path.startsWith('/openai') ? 'azure' : 'openai')
  }
  for (const target of ['http://weir/v1/models', 'https://elsewhere/v1/models', '*', 'v1/models', 'weir:443']) {
    const answer = await raw([`GET ${target} HTTP/1.1\r\nhost: weir\r\nauthorization: Bearer ${key}\r\n\r\n`], { patienceMs: 2_000 })
    assert.ok((answer.statuses[0] ?? 0) >= 400, `${target}: ${answer.text}`)
  }
  const tunnel = await raw([`CONNECT weir:443 HTTP/1.1\r\nhost: weir\r\n\r\n`], { patienceMs: 2_000 })
  assert.ok(!/ 200 /.test(tunnel.text))
})

test('methods and content types that do not fit', async () => {
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
    const answer = await raw([posted({ method, key, body: '' })])
    assert.equal(errorIn(answer, 'openai').status, 405, `${method}: ${answer.text}`)
  }
  for (const type of ['text/plain', 'application/xml', 'multipart/form-data', 'application/json; charset=utf-16', 'application/x-www-form-urlencoded', '\xff\xfe']) {
    const answer = await raw([posted({ key, body: type.includes('json') ? Buffer.from(good, 'utf16le') : `<x>${good}</x>`, headers: [`content-type: ${type}`] })])
    assert.ok(errorIn(answer, 'openai').status < 500, `${type}: ${answer.text}`)
  }
  for (const type of ['application/json', 'multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data; boundary=x']) {
    const answer = await raw([posted({ path: '/v1/audio/transcriptions', key, body: '--y\r\n\r\nnothing', headers: [`content-type: ${type}`] })])
    assert.ok(errorIn(answer, 'openai').status < 500, `${type}: ${answer.text}`)
  }
  const packed = await raw([posted({ key, body: Buffer.from([31, 139, 8, 0, 0]), headers: ['content-encoding: gzip'] })])
  assert.ok([400, 415].includes(errorIn(packed, 'openai').status))
})

test('headers that are not what they should be', async () => {
  const odd = ['authorization: Basic eDp5', 'authorization: Bearer', 'authorization: Bearer a b', `authorization: Bearer ${'k'.repeat(8_000)}`, 'authorization: Bearer \xff\xfe\x80', 'api-key: ', 'x-api-key: \x7f']
  for (const header of odd) {
    const answer = await raw([`POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\n${header}\r\ncontent-length: ${good.length}\r\n\r\n${good}`])
    assert.ok([400, 401].includes(answer.statuses[0] ?? 0), `${header.slice(0, 40)}: ${answer.text}`)
  }
  for (const header of ['traceparent: \xff', 'x-weir-tag-a: \xff\xfe', `x-weir-tag-long: ${'v'.repeat(4_000)}`, 'idempotency-key: \xff', `idempotency-key: ${'i'.repeat(300)}`, 'accept: \xff', 'accept-encoding: \xff', 'expect: 100-continue', 'expect: the-impossible', 'upgrade: websocket\r\nconnection: upgrade', 'te: trailers', 'connection: authorization']) {
    const answer = await raw([posted({ key, body: good, headers: [header] })], { answers: header.startsWith('expect: 100') ? 2 : 1 })
    assert.ok((answer.statuses.at(-1) ?? 599) < 500, `${header}: ${answer.text}`)
  }
  await alive(await house())
})

test('slow clients: many half requests, sent drop by drop, hold nothing that others need', { timeout: 60_000 }, async () => {
  const home = await house()
  const sockets = await Promise.all(Array.from({ length: 200 }, () => openSocket(home.url)))
  for (const [index, socket] of sockets.entries()) {
    socket.on('error', () => undefined)
    socket.write(index % 2 === 0 ? 'POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\n' : `POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\nauthorization: Bearer ${key}\r\ncontent-length: 1000\r\n\r\n{`)
  }
  for (let call = 0; call < 5; call += 1) await alive(home)
  const drip = setInterval(() => { for (const socket of sockets) if (!socket.destroyed) socket.write('x') }, 500)
  try {
    await wait(1_500)
    await alive(home)
  } finally {
    clearInterval(drip)
    for (const socket of sockets) socket.destroy()
  }
})
