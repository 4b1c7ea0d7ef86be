/** A stream that is open does not outlive what it was opened with. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { openAdmin, type Stage } from '../../test/admin-stage.ts'
import { systemTimers } from '../kernel/timers.ts'
import { createToken } from './keys.ts'

/** An open stream of live events; `beaten` answers at its first heartbeat, `cut` once the server has ended it. */
async function watch({ url }: Stage, headers: Readonly<Record<string, string>>): Promise<{ readonly beaten: Promise<void>; readonly cut: Promise<string> }> {
  const answer = await fetch(`${url}/admin/v1/live`, { headers })
  assert.equal(answer.status, 200)
  const { promise: beaten, resolve } = Promise.withResolvers<void>()
  const read = async (): Promise<string> => {
    let text = ''
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk).toString()
      if (text.includes(': here')) resolve()
    }
    return text
  }
  return { beaten, cut: read() }
}

const stillOpen = async (cut: Promise<string>): Promise<boolean> => await Promise.race([cut.then(() => false), new Promise<boolean>((done) => { setTimeout(() => done(true), 50) })])

test('a live stream ends with its session, and with its token', async (t) => {
  const beats = new Set<() => void>()
  const stage = await openAdmin({ timers: { ...systemTimers, every: (_ms, run) => { beats.add(run); return () => void beats.delete(run) } } })
  t.after(stage.close)
  const beat = (): void => { for (const run of beats) run() }
  const signedIn = await stage.call('POST', '/admin/v1/sign-in/token', { token: stage.token }, null, { origin: stage.url, 'sec-fetch-site': 'same-origin' })
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const token = await createToken(stage.book, 'watcher')
  const [bySession, byToken] = [await watch(stage, { cookie }), await watch(stage, { authorization: `Bearer ${token.status === 'made' ? token.secret : ''}` })]
  beat()
  await Promise.all([bySession.beaten, byToken.beaten])
  assert.deepEqual([await stillOpen(bySession.cut), await stillOpen(byToken.cut)], [true, true])

  const { csrf } = (await stage.call('GET', '/admin/v1/session', undefined, null, { cookie })).body as unknown as { csrf: string }
  assert.equal((await stage.call('DELETE', '/admin/v1/session', undefined, null, { cookie, origin: stage.url, 'sec-fetch-site': 'same-origin', 'x-weir-csrf': csrf })).status, 200)
  beat()
  assert.match(await bySession.cut, /: here/)
  assert.equal(await stillOpen(byToken.cut), true)

  assert.equal((await stage.call('DELETE', '/admin/v1/tokens/watcher')).status, 200)
  beat()
  assert.match(await byToken.cut, /: here/)
  assert.deepEqual(stage.failures, [])
})

test('a stream that is watched does not keep an idle session from ending', async (t) => {
  const beats = new Set<() => void>()
  const stage = await openAdmin({ timers: { ...systemTimers, every: (_ms, run) => { beats.add(run); return () => void beats.delete(run) } } })
  t.after(stage.close)
  const signedIn = await stage.call('POST', '/admin/v1/sign-in/token', { token: stage.token }, null, { origin: stage.url, 'sec-fetch-site': 'same-origin' })
  const { cut } = await watch(stage, { cookie: signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '' })
  for (const minutes of [40, 40]) {
    stage.time.now += minutes * 60_000
    for (const run of beats) run()
    await stillOpen(cut)
  }
  // Ends: where it did not, the test would not either.
  await cut
})
