import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { fingerprints, packFingerprints } from '../terms/detection/winnow.ts'
import type { Call, Sink } from './call.ts'
import { captureBytesMax, capturing } from './capture.ts'
import type { Captured } from './capture.ts'
import type { Intent } from './intent.ts'
import type { Ports } from './ports.ts'

interface Stage { readonly call: Call; readonly said: string[]; readonly kept: Captured[]; readonly raised: string[]; readonly turn: () => void }

function stage(body: Buffer, keeps = true): Stage {
  const said: string[] = []
  const kept: Captured[] = []
  const raised: string[] = []
  let soon: (() => void)[] = []
  const sink: Sink = {
    head: (status) => void said.push(`head ${status}`), write: (bytes) => said.push(`write ${bytes.length}`) > 0, end: (bytes) => void said.push(`end ${bytes?.length ?? '-'}`),
    destroy: () => {}, whenDrained: () => {}, whenGone: () => {}, gone: () => false,
  }
  const call = { id: 'call_1', received: 7, dialect: 'openai-chat', body, contentType: 'application/json', sink } as unknown as Call
  const intent = { caller: { organization: 'acme', project: 'feed', key: 'key_1', purpose: 'captions', capture: 'content' }, model: { name: 'm' } } as unknown as Intent
  const ports = { timers: { soon: (run: () => void) => void soon.push(run) }, raise: (kind: string) => void raised.push(kind), ...(keeps ? { keepContent: (one: Captured) => void kept.push(one) } : {}) } as unknown as Ports
  return {
    call: capturing(call, intent, ports), said, kept, raised,
    turn: () => {
      const due = soon
      soon = []
      for (const run of due) run()
    },
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

test('a stream passes as it comes; what was sealed is handed on after it has left, and commits to every byte', () => {
  const { call, said, kept, turn } = stage(Buffer.from('ask'))
  call.sink.head(200, { 'content-type': 'text/event-stream' })
  call.sink.write(Buffer.from('one '))
  call.sink.write(Buffer.from('two '))
  assert.deepEqual(call.capture?.seal(Buffer.from('three'), 'one two three'), { input: sha256('ask'), output: sha256('one two three') })
  call.sink.end(Buffer.from('three'))
  assert.deepEqual([said, kept], [['head 200', 'write 4', 'write 4', 'end 5'], []], 'nothing is kept before the answer has left')
  turn()
  assert.deepEqual(kept.map((one) => [one.call, one.request.toString(), one.response.toString(), one.responseType]), [['call_1', 'ask', 'one two three', 'text/event-stream']])
  turn()
  assert.equal(kept.length, 1)
})

test('an answer of some length is committed to by its fingerprints as well, whatever its form on the wire', () => {
  const text = 'a weir measures a river and regulates it and can divert it where it must not go'
  const { call } = stage(Buffer.from('ask'))
  assert.equal(call.capture?.seal(Buffer.from('bytes'), text)?.sketch, createHash('sha256').update(packFingerprints(fingerprints(text))).digest('hex'))
})

test('an answer that was never sealed, being broken off or refused, is not kept', () => {
  const { call, kept, turn } = stage(Buffer.from('ask'))
  call.sink.head(200, {})
  call.sink.write(Buffer.from('half'))
  call.sink.end(Buffer.from('error event'))
  turn()
  assert.deepEqual(kept, [])
})

test('what is too large is served and told, and not kept', () => {
  const { call, said, kept, raised, turn } = stage(Buffer.alloc(captureBytesMax))
  call.sink.write(Buffer.from('x'))
  assert.equal(call.capture?.seal(Buffer.alloc(0), ''), undefined)
  call.sink.end()
  turn()
  assert.deepEqual([said, kept, raised], [['write 1', 'end -'], [], ['content-too-large']])
})

test('where nothing keeps content the call is the same', () => {
  assert.equal(stage(Buffer.from('ask'), false).call.capture, undefined)
})
