import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createSseSplitter, type SseEvent } from './sse.ts'

/** Feeds the bytes in chunks of the given lengths, the rest at once. */
function split(bytes: Buffer, lengths: readonly number[] = []): readonly SseEvent[] {
  const events: SseEvent[] = []
  const splitter = createSseSplitter()
  let at = 0
  for (const length of lengths) {
    splitter.push(bytes.subarray(at, at + length), (event) => events.push(event))
    at += length
  }
  if (at < bytes.length) splitter.push(bytes.subarray(at), (event) => events.push(event))
  splitter.flush((event) => events.push(event))
  return events
}

/** The reading that the HTML standard prescribes, over the whole text; the last event counts even without its blank line. */
function prescribed(text: string): readonly { name: string; data: string }[] {
  const events: { name: string; data: string }[] = []
  let name = '', data: string[] = []
  for (const line of [...text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/), '']) {
    if (line === '') {
      if (data.length > 0) events.push({ name, data: data.join('\n') })
      name = ''
      data = []
      continue
    }
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') data.push(value)
    if (field === 'event') name = value
  }
  return events
}

const seen = (events: readonly SseEvent[]): readonly { name: string; data: string }[] =>
  events.filter((event) => event.data !== undefined).map((event) => ({ name: event.name, data: event.data!.toString() }))

const line = fc.constantFrom('', '', 'data: {"a":1}', 'data:x', 'data', 'data:  two', 'event: ping', 'event', ': comment', 'id: 7', 'datax: y', 'data: é', 'dat')
const stream = fc.tuple(fc.boolean(), fc.array(fc.tuple(line, fc.constantFrom('\n', '\n', '\r\n', '\r'))))
  .map(([mark, lines]) => (mark ? '\ufeff' : '') + lines.map(([text, end]) => text + end).join(''))

test('events are what the standard prescribes, however the stream is cut, and no byte is lost', () => {
  fc.assert(fc.property(stream, fc.array(fc.nat({ max: 12 })), (text, cuts) => {
    const bytes = Buffer.from(text)
    const lengths = cuts.reduce<{ list: number[]; left: number }>(({ list, left }, cut) => ({ list: [...list, Math.min(cut, left)], left: left - Math.min(cut, left) }), { list: [], left: bytes.length }).list
    const events = split(bytes, lengths)
    assert.equal(Buffer.concat(events.map((event) => event.raw)).toString(), text)
    assert.deepEqual(seen(events), prescribed(text))
    assert.deepEqual(events.map((event) => event.raw.toString()), split(bytes).map((event) => event.raw.toString()))
  }), { numRuns: 2000 })
})

test('an event leaves with the chunk that brings its blank line', () => {
  const splitter = createSseSplitter()
  let count = 0
  splitter.push(Buffer.from('data: 1\n'), () => count++)
  assert.equal(count, 0)
  splitter.push(Buffer.from('\n'), () => count++)
  assert.equal(count, 1)
  splitter.push(Buffer.from('data: 2\r\n\r\ndata: 3\n\n'), () => count++)
  assert.equal(count, 3)
})
