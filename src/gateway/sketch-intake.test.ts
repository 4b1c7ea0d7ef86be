import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemTimers } from '../kernel/timers.ts'
import { sketchOf } from '../terms/detection/sketch.ts'
import type { NewSketch, Tally } from '../terms/detection/sketch-store.ts'
import type { Call } from './call.ts'
import type { Intent } from './intent.ts'
import { makeSketchIntake, sampledInMinute, watchedInMinute } from './sketch-intake.ts'

const received = 1_800_000_000_000
const call = (body: object | string, given: Partial<Call> = {}): Call =>
  ({ id: 'call_1', received, dialect: 'openai-chat', body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), contentType: 'application/json', headers: { 'user-agent': 'feed/3' }, peer: '203.0.113.9', ...given }) as unknown as Call
const intent = (key: string, endUser?: string): Intent => ({ caller: { organization: 'acme', project: 'feed', key, purpose: 'captions' }, model: { name: 'm' }, ask: { endUser } }) as unknown as Intent
const chat = (text: string): object => ({ model: 'm', messages: [{ role: 'system', content: 'You are terse.' }, { role: 'user', content: 'first' }, { role: 'assistant', content: 'yes' }, { role: 'user', content: text }], n: 2, logprobs: true })

interface Stage { readonly written: NewSketch[]; readonly tallies: Tally[]; readonly failures: unknown[] }

function intakeFor(given: { readonly watched?: boolean; readonly fails?: boolean } = {}): Stage & { readonly intake: ReturnType<typeof makeSketchIntake> } {
  const stage: Stage = { written: [], tallies: [], failures: [] }
  const intake = makeSketchIntake({
    timers: { ...systemTimers, every: () => () => undefined }, salt: 's', watched: () => given.watched ?? false, failed: (cause) => void stage.failures.push(cause),
    write: async (sketches, tally) => {
      if (given.fails === true) throw new Error('the database is away')
      stage.written.push(...sketches)
      stage.tallies.push(tally)
    },
  })
  return { ...stage, intake }
}

const sum = (tallies: readonly Tally[]): Tally => tallies.reduce((all, one) => ({ calls: all.calls + one.calls, sketched: all.sketched + one.sketched, thinned: all.thinned + one.thinned, dropped: all.dropped + one.dropped, unread: all.unread + one.unread }))

test('a call becomes a sketch of what its user said last, with hashes of who asked, and no text', async () => {
  const { intake, written } = intakeFor()
  intake.take(call(chat('Name the rivers of Portugal')), intent('key_1', 'user-7'))
  intake.take(call(chat('Name the rivers of Spain'), { peer: '::ffff:203.0.113.77' }), intent('key_2', 'user-7'))
  intake.take(call({ model: 'm', input: 'Name the rivers of France' }, { peer: '2001:db8:1:2::3' }), intent('key_3'))
  await intake.settle()
  await intake.close()
  const [first, second, third] = written
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  assert.deepEqual(first.vector, sketchOf('Name the rivers of Portugal')?.vector)
  assert.deepEqual([first.settings, first.actor === second.actor, first.network === second.network, first.network === third.network, third.actor], [7, true, true, false, undefined])
  assert.doesNotMatch(JSON.stringify(written), /Portugal|user-7|203\.0|feed\/3/)
})

test('a key is sampled up to its share of a minute, a watched one far beyond, and the rest is counted', async () => {
  for (const watched of [false, true]) {
    const { intake, tallies } = intakeFor({ watched })
    for (let at = 0; at < 200; at += 1) intake.take(call(chat(`question ${at}`)), intent('key_1'))
    intake.take(call(chat('another key')), intent('key_2'))
    intake.take(call(chat('the next minute'), { received: received + 60_000 }), intent('key_1'))
    await intake.settle()
    await intake.close()
    const expected = watched ? 202 : sampledInMinute + 2
    assert.deepEqual(sum(tallies), { calls: 202, sketched: expected, thinned: 202 - expected, dropped: 0, unread: 0 })
  }
  assert.ok(watchedInMinute > 10 * sampledInMinute)
})

test('what has no text, or does not parse, is counted as unread', async () => {
  const { intake, tallies } = intakeFor()
  for (const body of ['{', '{}', JSON.stringify({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] })]) intake.take(call(body), intent('k'))
  intake.take(call('x', { contentType: 'multipart/form-data; boundary=x' }), intent('k'))
  intake.take(call(chat('x'.repeat(300_000))), intent('k'))
  await intake.settle()
  await intake.close()
  assert.deepEqual(sum(tallies), { calls: 5, sketched: 0, thinned: 0, dropped: 0, unread: 5 })
})

test('beyond the queue\'s bound calls are dropped and counted; none is kept for later', async () => {
  const { intake, tallies } = intakeFor({ watched: true })
  for (let at = 0; at < 6_000; at += 1) intake.take(call(chat('a')), intent(`key_${at}`))
  await intake.settle()
  await intake.close()
  assert.deepEqual(sum(tallies), { calls: 6_000, sketched: 5_000, thinned: 0, dropped: 1_000, unread: 0 })
})

test('a database that is away loses sketches, never calls, and says so', async () => {
  const { intake, failures } = intakeFor({ fails: true })
  intake.take(call(chat('a question')), intent('k'))
  await intake.settle()
  await intake.close()
  assert.equal(failures.length, 1)
})
