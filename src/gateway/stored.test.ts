import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { UpstreamEvents } from './dial.ts'
import { actOnStored, type StoredAct, type StoredPorts } from './stored.ts'

/** What a client gets of a stored response that its host sends so: the bytes, and how they ended. */
async function got(headers: Record<string, string>, body: Buffer): Promise<{ readonly text: string; readonly end: 'whole' | 'broken off' | undefined }> {
  const sent: Buffer[] = []
  let end: 'whole' | 'broken off' | undefined
  const keep = (chunk: Buffer): boolean => sent.push(chunk) > 0
  const sink = {
    head: () => undefined, write: keep, whenGone: () => undefined,
    end: (rest?: Buffer) => {
      if (rest !== undefined) keep(rest)
      end ??= 'whole'
    },
    destroy: () => { end ??= 'broken off' },
  }
  const deployment = { provider: {}, upstreamModel: 'm' }
  const ports = {
    snapshot: () => ({ deployments: new Map([['d', deployment]]) }), identify: () => ({ organization: 'acme', project: 'feed' }),
    findResponse: async () => ({ organization: 'acme', project: 'feed', deployment: 'd' }), rememberItems: async () => undefined, nudge: () => undefined,
    credentials: async () => ({}), target: () => ({ origin: 'http://maker', path: '/', headers: {} }),
    upstream: {
      dial: (_: unknown, events: UpstreamEvents) => {
        queueMicrotask(() => {
          events.head(200, headers)
          events.data(body)
          events.end()
        })
        return { pause: () => undefined, resume: () => undefined, abort: () => undefined }
      },
    },
  } as unknown as StoredPorts
  await actOnStored({ id: 'call_1', received: 0, surface: 'openai', action: 'retrieve', response: 'resp_1', query: '', secret: 'key', headers: {}, sink } as unknown as StoredAct, ports)
  return { text: Buffer.concat(sent).toString(), end }
}

test('a stored response whose content coding cannot be undone breaks off: what came of it is no answer', async () => {
  const text = JSON.stringify({ id: 'resp_1', object: 'response', output: [], note: 'x'.repeat(200) })
  const json = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  const packed = gzipSync(text)
  assert.deepEqual(await got(json, packed), { text, end: 'whole' })
  const wrong = Buffer.from(packed)
  wrong.writeUInt32LE(0, wrong.length - 8)
  for (const [headers, body] of [[json, Buffer.from('no gzip at all')], [json, wrong], [{ 'content-type': 'text/event-stream', 'content-encoding': 'x-own' }, Buffer.from('data: {}\n\n')]] as const) assert.equal((await got(headers, body)).end, 'broken off')
})

test('a content coding that is not known passes as it is, whatever its name', async () => {
  for (const coding of ['x-own', 'constructor', 'toString']) assert.deepEqual(await got({ 'content-type': 'application/json', 'content-encoding': coding }, Buffer.from('as it is')), { text: 'as it is', end: 'whole' }, coding)
})
