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
  else assert.ok('code' in body.error && (surface === 'azure' || 'param' in body.error), answer.text)
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
      const answer = await raw([posted({ path, key, body: bytes, headers: name === 'anthropic' ? ['anthropic-version: 2023-06-01'] : [] })])
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
    const answer = await raw([posted({ path, key, body, headers: name === 'anthropic' ? ['anthropic-version: 2023-06-01'] : [] })])
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
    const answer = await raw([bytes], { answers: 2 })
    assert.ok(!answer.text.includes('"object":"list"'), `${what}: the hidden request was answered\n${answer.text}`)
    assert.ok(answer.closed, `${what}: the connection stays open\n${answer.text}`)
    assert.ok(answer.statuses.length === 1 && [400, 408, 413, 431, 501, 505].includes(answer.statuses[0] ?? 0), `${what}: ${answer.text}`)
  }
  await alive(await house())
})

test('pipelined requests are answered in order; garbage behind a good one ends the connection', async () => {
  const two = await raw([Buffer.concat([posted({ key, body: good }), Buffer.from(evil)])], { answers: 2 })
  assert.deepEqual(two.statuses, [200, 200])
  const garbage = await raw([Buffer.concat([posted({ key, body: good }), Buffer.from('\0\0garbage\r\n\r\n')])], { answers: 2 })
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
    const answer = await raw([`GET ${target} HTTP/1.1\r\nhost: weir\r\nauthorization: Bearer ${key}\r\n\r\n`])
    assert.ok((answer.statuses[0] ?? 0) >= 400, `${target}: ${answer.text}`)
  }
  const tunnel = await raw([`CONNECT weir:443 HTTP/1.1\r\nhost: weir\r\n\r\n`])
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

test('what two servers could read in two ways, and what is too long, is refused with what to do', async () => {
  const cases: readonly (readonly [string, number, RegExp])[] = [
    [posted({ key, body: good, headers: [`authorization: Bearer ${keys.other}`] }).toString('latin1'), 400, /authorization stands twice/],
    [`POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\nauthorization: Bearer ${key}\r\ntransfer-encoding: gzip, chunked\r\n\r\n${good.length.toString(16)}\r\n${good}\r\n0\r\n\r\n`, 415, /encoded as gzip, chunked.*chunked alone/],
    [`GET /v1/models HTTP/1.1\r\nhost: weir\r\nx: ${'a'.repeat(40_000)}\r\n\r\n`, 431, /larger than 32768 bytes.*fewer or shorter/],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, /plain HTTP client; TLS and HTTP\/2 end at a proxy/],
  ]
  for (const [bytes, status, says] of cases) {
    const answer = await raw([bytes])
    assert.deepEqual(answer.statuses, [status], answer.text)
    assert.match(answer.text, says)
  }
  const impossible = await raw([posted({ key, body: good, headers: ['expect: the-impossible', 'connection: close'] })])
  assert.deepEqual(impossible.statuses, [200])
  const long = await raw([posted({ key, body: JSON.stringify({ model: 'm'.repeat(60_000), messages: [] }) })])
  assert.ok(long.statuses[0] === 404 && long.text.length < 2_000, long.text.slice(0, 300))
})

/** Answered, or refused in words: no failure of ours, no silence. */
function answeredOrRefused(answer: RawAnswer, what: string): void {
  const status = answer.statuses.at(-1)
  assert.ok(status !== undefined && status < 500, `${what}: ${answer.text.slice(0, 500)}`)
  if (status === 200) return
  const body = JSON.parse(Buffer.from(answer.text.slice(answer.text.lastIndexOf('\r\n\r\n') + 4), 'latin1').toString('utf8')) as { error: { message: string; type: string } }
  assert.ok(body.error.message.length > 5 && body.error.type.length > 0, answer.text)
}

test('random headers on every surface', async () => {
  const known = fc.constantFrom(
    'accept', 'accept-encoding', 'api-key', 'x-api-key', 'authorization', 'content-encoding', 'content-type', 'cookie', 'idempotency-key', 'if-match', 'openai-beta', 'anthropic-beta', 'openai-organization', 'range', 'traceparent', 'tracestate', 'te',
    'x-forwarded-for', 'x-request-id', 'x-stainless-retry-count', 'x-weir-attempt', 'x-weir-session', 'x-weir-tag-a', 'x-weir-tag-__proto__', 'x-weir-tag-', '__proto__', 'constructor', 'user-agent', 'via', 'x-ms-client-request-id', 'x-upstream-fault',
  )
  const name = fc.oneof({ weight: 4, arbitrary: known }, { weight: 1, arbitrary: fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,60}$/).filter((one) => !/^(expect|upgrade|connection|transfer-encoding|content-length|host|anthropic-version)$/i.test(one)) })
  const value = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte >= 32 || byte === 9)).toString('latin1'))
  const headers = fc.array(fc.tuple(name, fc.oneof(value, fc.constantFrom('', '0', '{}', 'null', 'Bearer', '*', 'a,b;q=2', `${'x'.repeat(5_000)}`))).map(([one, given]) => `${one}: ${given}`), { minLength: 1, maxLength: 12 })
  await fc.assert(fc.asyncProperty(headers, fc.constantFrom(...surfaces), async (given, { name: surface, path, body }) => {
    answeredOrRefused(await raw([posted({ path, key, body, headers: [...given, ...(surface === 'anthropic' ? ['anthropic-version: 2023-06-01'] : [])] })]), JSON.stringify(given))
  }), { numRuns: 150 })
  await alive(await house())
})

test('random bytes where headers should be: an answer or the end of the connection, and the next client is served', async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 120 }), async (bytes) => {
    const answer = await raw([`POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\nauthorization: Bearer ${key}\r\nx-odd: `, Buffer.from(bytes), `\r\ncontent-length: ${good.length}\r\n\r\n${good}`], { patienceMs: 4_000 })
    assert.ok(answer.closed || answer.statuses.length > 0, JSON.stringify(answer))
    for (const status of answer.statuses) assert.ok(status < 500, answer.text)
  }), { numRuns: 100 })
  await alive(await house())
})

interface Part {
  readonly head: string
  readonly body: Buffer
}

/** A form with a part for each, and then damaged. */
function formOf(boundary: string, parts: readonly Part[], { end, line, cut, twice }: { readonly end: string; readonly line: string; readonly cut: number; readonly twice: boolean }): Buffer {
  const one = Buffer.concat([...parts.flatMap(({ head, body }) => [Buffer.from(`--${boundary}${line}${head}${line}${line}`, 'latin1'), body, Buffer.from(line)]), Buffer.from(`--${boundary}${end}`, 'latin1')])
  const whole = twice ? Buffer.concat([one, one]) : one
  return whole.subarray(0, Math.ceil(whole.length * cut))
}

test('random multipart forms: transcribed, or refused in words', async () => {
  const model: Part = { head: 'content-disposition: form-data; name="model"', body: Buffer.from('whisper-1') }
  const disposition = fc.constantFrom(
    'content-disposition: form-data; name="model"', 'content-disposition: form-data; name="stream"', 'content-disposition: form-data; name="response_format"', 'content-disposition: form-data; name="temperature"',
    'content-disposition: form-data; name="file"; filename="a.wav"\r\ncontent-type: audio/wav', 'content-disposition: form-data; name="file"; filename="../../etc/passwd"', 'content-disposition: form-data; name="file"; filename*=utf-8\'\'%00',
    'content-disposition: form-data', 'content-disposition: form-data; name=', 'content-disposition: form-data; name="', 'content-disposition: attachment; name="model"', 'content-disposition: form-data; name="__proto__"', 'content-type: text/plain', '', 'x',
    'content-disposition: form-data; name="model"; name="file"', `content-disposition: form-data; name="${'n'.repeat(3_000)}"`, 'CONTENT-DISPOSITION: FORM-DATA; NAME="timestamp_granularities[]"',
  )
  const body = fc.oneof(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)), fc.constantFrom('whisper-1', 'true', 'srt', '1e999', '--b', '\r\n--b\r\n', '').map((text) => Buffer.from(text)))
  const parts = fc.array(fc.record({ head: disposition, body }), { maxLength: 5 })
  const boundary = fc.constantFrom('b', 'a b', 'x'.repeat(70), 'x'.repeat(400), '--', "'()+_,-./:=?", '\xff')
  const damage = fc.record({ end: fc.constantFrom('--\r\n', '--', '', '-', '\r\n'), line: fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r'), cut: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) }), twice: fc.boolean() })
  const type = fc.constantFrom((one: string) => `multipart/form-data; boundary=${one}`, (one: string) => `multipart/form-data; boundary="${one}"`, (one: string) => `Multipart/Form-Data;charset=utf-8;boundary=${one}; boundary=other`, () => 'multipart/mixed; boundary=b', () => 'multipart/form-data')
  await fc.assert(fc.asyncProperty(boundary, parts, fc.boolean(), damage, type, async (mark, given, named, hurt, typed) => {
    const form = formOf(mark, named ? [model, ...given] : given, hurt)
    answeredOrRefused(await raw([posted({ path: '/v1/audio/transcriptions', key, body: form, headers: [`content-type: ${typed(mark)}`] })]), form.toString('latin1').slice(0, 300))
  }), { numRuns: 200 })
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
