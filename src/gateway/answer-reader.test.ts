import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AnswerReader, Malformed } from './answer-reader.ts'

interface Read {
  readonly status: number | undefined
  readonly headers: Record<string, unknown>
  readonly body: string
  readonly over: boolean
  readonly reusable: boolean
  readonly untilClose: boolean
}

function read(pieces: readonly Buffer[]): Read {
  const reader = new AnswerReader()
  let status: number | undefined
  let headers: Record<string, unknown> = {}
  let body = ''
  reader.begin({ head: (given, all) => { status = given; headers = { ...all } }, data: (chunk) => { body += chunk.toString('latin1') } })
  let over = false
  for (const piece of pieces) over = reader.push(piece)
  return { status, headers, body, over, reusable: reader.reusable, untilClose: reader.untilClose() }
}

const whole = (text: string): Read => read([Buffer.from(text, 'latin1')])

const chunked = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;name=value\r\n, upstream\r\n0\r\nx-trailer: 1\r\n\r\n'
const sized = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 11\r\nset-cookie: a\r\nset-cookie: b\r\nkeep-alive: timeout=5\r\n\r\nhello\r\n0\r\n\r'

test('an answer reads the same wherever its bytes are cut', () => {
  for (const text of [chunked, sized]) {
    const bytes = Buffer.from(text, 'latin1')
    const expected = read([bytes])
    assert.equal(expected.over, true)
    for (let at = 1; at < bytes.length; at += 1) assert.deepEqual(read([bytes.subarray(0, at), bytes.subarray(at)]), expected, `cut at ${at}`)
    assert.deepEqual(read(Array.from(bytes, (byte) => Buffer.from([byte]))), expected, 'byte by byte')
  }
})

test('lengths of bodies follow RFC 9112, section 6.3', () => {
  assert.deepEqual(whole(chunked), { status: 200, headers: { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' }, body: 'hello, upstream', over: true, reusable: true, untilClose: false })
  const { body, headers } = whole(sized)
  assert.equal(body, 'hello\r\n0\r\n\r')
  assert.deepEqual(headers['set-cookie'], ['a', 'b'])
  assert.deepEqual(whole('HTTP/1.1 204 No Content\r\n\r\n'), { status: 204, headers: {}, body: '', over: true, reusable: true, untilClose: false })
  assert.deepEqual(whole('HTTP/1.1 200 OK\r\n\r\nto the end'), { status: 200, headers: {}, body: 'to the end', over: false, reusable: false, untilClose: true })
  assert.equal(whole('HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n').over, true)
})

test('a connection is not used again after an answer that leaves doubt', () => {
  const ends = 'content-length: 2\r\n\r\nok'
  assert.equal(whole(`HTTP/1.1 200 OK\r\n${ends}`).reusable, true)
  assert.equal(whole(`HTTP/1.1 200 OK\r\nConnection: Close\r\n${ends}`).reusable, false)
  assert.equal(whole(`HTTP/1.0 200 OK\r\n${ends}`).reusable, false)
  assert.equal(whole(`HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n${ends}`).reusable, true)
  assert.equal(whole(`HTTP/1.1 200 OK\r\n${ends}HTTP/1.1 200 OK`).reusable, false, 'more came than was asked for')
  assert.equal(whole('HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n').reusable, false, 'two lengths')
  assert.equal(whole('HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n').reusable, false, 'a coding that HTTP/1.0 does not have')
  assert.equal(whole('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nHTTP/1.1 200 OK\r\n\r\n').reusable, false, 'what stands where a trailer belongs is none')
})

test('an answer without a body has none, whatever its fields say', () => {
  for (const status of ['204 No Content', '304 Not Modified']) {
    for (const fields of ['', 'content-length: 5\r\n', 'transfer-encoding: chunked\r\n']) {
      const { over, body, untilClose } = whole(`HTTP/1.1 ${status}\r\n${fields}\r\n`)
      assert.deepEqual({ over, body, untilClose }, { over: true, body: '', untilClose: false }, `${status} ${fields}`)
    }
  }
  assert.equal(whole('HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n').reusable, false, 'an empty chunk may follow')
})

test('answers in between are passed over, however many', () => {
  const early = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\ncontent-length: 9\r\n\r\n'
  const { status, headers, body, reusable } = whole(`${early.repeat(50)}HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nok`)
  assert.deepEqual({ status, headers, body, reusable }, { status: 200, headers: { 'content-length': ['2', '2'] }, body: 'ok', reusable: true })
})

test('what two readers could understand differently is refused', () => {
  for (const text of [
    'SSH-2.0-OpenSSH\r\n\r\n', 'HTTP/2 200\r\n\r\n', 'HTTP/1.1 2000 OK\r\n\r\n', 'HTTP/1.1 101 Switching Protocols\r\n\r\n',
    'HTTP/1.1 200 OK\r\nname : value\r\n\r\n', 'HTTP/1.1 200 OK\r\na: b\r\n folded\r\n\r\n', 'HTTP/1.1 200 OK\r\na: b\nc: d\r\n\r\n', 'HTTP/1.1 200 OK\r\na: \u0000\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: +5\r\n\r\n', 'HTTP/1.1 200 OK\r\ncontent-length:\r\n\r\n',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n', `HTTP/1.1 200 OK\r\na: ${'b'.repeat(70_000)}`, `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${'0'.repeat(2_000)}`,
  ]) assert.throws(() => whole(text), Malformed, JSON.stringify(text.slice(0, 80)))
})
