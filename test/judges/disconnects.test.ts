/** Clients that leave at every moment of a call, in every dialect: nothing stays held or open, and each attempt is accounted for. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { until } from '../../demo/until.ts'
import { house, keys, type House } from './house.ts'
import { openSocket, posted } from './socket.ts'
import { streamPieces, well } from './scripted.ts'

const key = keys.leaver
const words = { weir_output_tokens: '400' }

const calls: Readonly<Record<string, { readonly path: string; readonly body: Readonly<Record<string, unknown>>; readonly streams: boolean }>> = {
  chat: { path: '/v1/chat/completions', body: { model: 'gpt-4.1', metadata: words, messages: [{ role: 'user', content: 'hi' }] }, streams: true },
  responses: { path: '/v1/responses', body: { model: 'gpt-4.1', metadata: words, input: 'hi' }, streams: true },
  messages: { path: '/v1/messages', body: { model: 'claude-sonnet-4-6', max_tokens: 400, messages: [{ role: 'user', content: 'hi' }] }, streams: true },
  'translated messages': { path: '/v1/messages', body: { model: 'chat-only', max_tokens: 400, messages: [{ role: 'user', content: 'hi' }] }, streams: true },
  azure: { path: '/openai/deployments/azure-hosted/chat/completions?api-version=2024-10-21', body: { messages: [{ role: 'user', content: 'hi' }] }, streams: true },
  completions: { path: '/v1/completions', body: { model: 'gpt-3.5-turbo-instruct', prompt: 'hi', max_tokens: 200 }, streams: true },
  embeddings: { path: '/v1/embeddings', body: { model: 'text-embedding-3-small', input: 'hi' }, streams: false },
}

type Leave = (bytes: Buffer, home: House) => Promise<void>

const leaveAfterMs = (ms: number): Leave => async (bytes, home) => {
  const socket = await openSocket(home.url)
  socket.on('error', () => undefined)
  socket.write(bytes)
  await wait(ms)
  socket.resetAndDestroy()
}

/** Leaves once `moment` has come. */
const leaveOnce = (moment: () => Promise<unknown>): Leave => async (bytes, home) => {
  const socket = await openSocket(home.url)
  socket.on('error', () => undefined)
  socket.write(bytes)
  await moment()
  socket.resetAndDestroy()
}

const leaveAfterBytes = (count: number): Leave => async (bytes, home) => {
  const socket = await openSocket(home.url)
  socket.on('error', () => undefined)
  await new Promise<void>((resolve) => {
    let seen = 0
    socket.on('data', (chunk: Buffer) => {
      seen += chunk.length
      if (seen < count) return
      socket.destroy()
    })
    socket.once('close', resolve)
    socket.write(bytes)
    setTimeout(() => socket.destroy(), 2_000).unref()
  })
}

const moments: Readonly<Record<string, Leave>> = {
  'in the middle of the headers': (bytes, home) => leaveAfterMs(5)(bytes.subarray(0, 40), home),
  'before the end of the body': (bytes, home) => leaveAfterMs(5)(bytes.subarray(0, bytes.length - 5), home),
  'at once': leaveAfterMs(0), 'a moment later': leaveAfterMs(2), 'later still': leaveAfterMs(8),
  'with the first byte': leaveAfterBytes(1), 'in the middle': leaveAfterBytes(1_500), 'near the end': leaveAfterBytes(20_000),
  'half closed': async (bytes, home) => {
    const socket = await openSocket(home.url)
    socket.on('error', () => undefined)
    socket.end(bytes)
    socket.resume()
    await Promise.race([new Promise((resolve) => socket.once('close', resolve)), wait(2_000)])
    socket.destroy()
  },
}

interface Held { readonly data: readonly { readonly name: string; readonly held: string; readonly spent: string }[] }

/** Leases return what no hold uses; until then a budget shows it as held. */
async function nothingHeld(home: House): Promise<void> {
  await home.settled()
  const { balances } = { balances: (await home.admin<Held>('GET', '/admin/v1/budgets')).data.find((budget) => budget.name === 'acme/leaving') }
  assert.ok(balances !== undefined)
  const { ok, checks } = await home.admin<{ ok: boolean; checks: readonly { id: string; ok: boolean; found: readonly string[] }[] }>('GET', '/admin/v1/ledger/check')
  assert.ok(ok, JSON.stringify(checks.filter((check) => !check.ok)))
}

for (const [name, { path, body, streams }] of Object.entries(calls)) {
  test(`${name}: leaving at every moment`, async () => {
    const home = await house()
    for (const stream of streams ? [true, false] : [false]) {
      const bytes = posted({ path, key, body: JSON.stringify(streams ? { ...body, stream } : body) })
      await Promise.all(Object.values(moments).flatMap((leave) => [leave(bytes, home), leave(bytes, home)]))
    }
    await nothingHeld(home)
  })
}

test('leaving while the upstream says nothing, and while it waits between two pieces', async () => {
  const home = await house()
  const bytes = (stream: boolean): Buffer => posted({ key, body: JSON.stringify({ model: 'calm', stream, messages: [{ role: 'user', content: 'hi' }] }) })
  let finished = 0
  const left = Promise.withResolvers<void>()
  home.scripted.tell('j', async (response, arrival, n) => {
    response.once('finish', () => { finished += 1 })
    await left.promise
    await well(response, arrival, n)
  })
  const allAsked = (): Promise<number> => until('all ten at the upstream', () => home.scripted.arrivals('j').length, (come) => come === 10)
  // A stream is cancelled upstream when its client leaves; an answer that is not streamed is read to its end, because it is paid for.
  await Promise.all(Array.from({ length: 10 }, () => leaveOnce(allAsked)(bytes(false), home)))
  await wait(400)
  left.resolve()
  await home.settled()
  assert.equal(finished, 10)
  home.scripted.tell('j', async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const piece of streamPieces()) {
      if (response.destroyed) return
      response.write(piece)
      await wait(100)
    }
    response.end()
  })
  await Promise.all(Array.from({ length: 10 }, (_, index) => leaveOnce(async () => { await allAsked(); await wait(index * 40) })(bytes(true), home)))
  await nothingHeld(home)
  home.scripted.tell('j', well)
  const { data } = await home.admin<{ data: readonly { call: string; model: string; attempts: readonly unknown[] }[] }>('GET', '/admin/v1/calls?limit=500&project=leaving')
  assert.ok(data.filter((call) => call.model === 'calm').length >= 20)
})

test('a client that reads slowly slows its upstream down and costs no memory', async () => {
  const home = await house()
  const piece = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'gpt-4.1', choices: [{ index: 0, delta: { content: 'x'.repeat(60_000) }, finish_reason: null }] })}\n\n`
  let written = 0
  home.scripted.tell('j', async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (let index = 0; index < 2_000 && !response.destroyed; index += 1) {
      written += piece.length
      if (!response.write(piece)) await Promise.race([new Promise((resolve) => response.once('drain', resolve)), new Promise((resolve) => response.once('close', resolve))])
    }
    response.end()
  })
  const socket = await openSocket(home.url)
  socket.on('error', () => undefined)
  socket.pause()
  socket.write(posted({ key, body: JSON.stringify({ model: 'calm', stream: true, messages: [{ role: 'user', content: 'hi' }] }) }))
  await wait(1_000)
  assert.ok(written < 60_000_000, `${written} bytes were taken from the upstream for a client that reads none`)
  socket.destroy()
  await nothingHeld(home)
  home.scripted.tell('j', well)
  const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${home.weir.pid}/status`, 'utf8'))?.[1]) / 1_024
  assert.ok(rss < 1_500, `${rss} MiB`)
})
