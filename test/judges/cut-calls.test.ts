/** Calls that are open when their key is revoked or a case takes their use away: each client learns why, in its surface's shape. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { anotherPerson, decideCase, person, restrictionOf } from '../../demo/case-talk.ts'
import { until } from '../../demo/until.ts'
import { anthropic, azure, hello, openai } from './clients.ts'
import { house, type House } from './house.ts'
import { streamPieces, well } from './scripted.ts'

/** The lane takes requests and says nothing, or begins a stream and falls silent; resolves when so many have come. */
async function holding(home: House, count: number, first: 'silence' | 'stream'): Promise<() => Promise<void>> {
  home.scripted.tell('j', (response) => {
    if (first === 'stream') response.writeHead(200, { 'content-type': 'text/event-stream' }).write(streamPieces().slice(0, 2).join(''))
  })
  return async () => void (await until('all at the upstream', () => home.scripted.arrivals('j').length, (come) => come >= count))
}

interface Suspect { readonly id: string; readonly secret: string }

const newKey = (home: House, name: string): Promise<Suspect> => home.admin('POST', '/admin/v1/keys', { organization: 'acme', project: 'main', name })

/** A person decides to suspend the key, another one agrees. */
async function suspended(home: House, { id }: Suspect): Promise<string> {
  const first = person(home.url, home.weir.first?.adminToken ?? '')
  const second = await anotherPerson(home.url, first, `second person for ${id}`)
  const about = { organization: 'acme', project: 'main', key: id }
  const grounds = { clause: 'oai.extract', says: 'Its calls walk through the model as an extraction would.', evidence: ['call_1'] }
  const decided = await decideCase(first, about, grounds)
  const { id: restriction } = restrictionOf(await first.does(`cases/${decided.id}/restrictions`, { kind: 'suspend_key', scope: about, ...grounds }), 'suspend_key')
  await second.does(`cases/${decided.id}/restrictions/${restriction}/approve`, {})
  return decided.id
}

const failureOf = (call: Promise<unknown>): Promise<Error> => call.then(() => assert.fail('it was answered'), (cause: unknown) => cause as Error)

async function outcomesOf(home: House, key: Suspect): Promise<readonly (readonly [string, number | null])[]> {
  await home.settled()
  const { data } = await home.admin<{ data: readonly { outcome: string; status: number | null }[] }>('GET', `/admin/v1/calls?key=${key.id}`)
  return data.map(({ outcome, status }) => [outcome, status] as const)
}

test('a revoked key: open calls that have had nothing are answered 401 on every surface, whole and streamed', async () => {
  const home = await house()
  const key = await newKey(home, 'revoked-waiting')
  const begun = await holding(home, 5, 'silence')
  const client = await openai(key.secret)
  const failures = [
    failureOf(client.chat.completions.create({ model: 'calm', messages: hello })), failureOf(client.chat.completions.create({ model: 'calm', messages: hello, stream: true })),
    failureOf(client.responses.create({ model: 'calm', input: 'Hello.', store: false })), failureOf((await azure(undefined, { apiKey: key.secret })).chat.completions.create({ model: 'calm', messages: hello })),
    failureOf((await anthropic(key.secret)).messages.create({ model: 'calm', messages: hello, max_tokens: 5 })),
  ]
  await begun()
  await home.admin('DELETE', `/admin/v1/keys/${key.id}`)
  for (const [index, error] of (await Promise.all(failures)).entries()) {
    if (index === 4) assert.ok(error instanceof Anthropic.AuthenticationError && /not known here/.test(error.message), String(error))
    else assert.ok(error instanceof OpenAI.AuthenticationError && error.code === 'invalid_api_key', String(error))
  }
  assert.deepEqual(await outcomesOf(home, key), Array.from({ length: 5 }, () => ['cut', null]))
  home.scripted.tell('j', well)
})

test('a suspended key: open calls that have had nothing are answered 403 with clause and case', async () => {
  const home = await house()
  const key = await newKey(home, 'suspended-waiting')
  const begun = await holding(home, 2, 'silence')
  const failures = [failureOf((await openai(key.secret)).chat.completions.create({ model: 'calm', messages: hello })), failureOf((await anthropic(key.secret)).messages.create({ model: 'calm', messages: hello, max_tokens: 5 }))]
  await begun()
  const decided = await suspended(home, key)
  const [chat, messages] = await Promise.all(failures)
  assert.ok(chat instanceof OpenAI.PermissionDeniedError && chat.code === 'terms_not_permitted' && chat.message.includes('oai.extract') && chat.message.includes(decided), String(chat))
  assert.ok(messages instanceof Anthropic.PermissionDeniedError && messages.message.includes(decided), String(messages))
  assert.deepEqual(await outcomesOf(home, key), [['cut', null], ['cut', null]])
  home.scripted.tell('j', well)
})

test('streams that have begun end with their surface’s error event, which says why', async () => {
  const home = await house()
  const key = await newKey(home, 'streaming')
  const begun = await holding(home, 4, 'stream')
  const ask = (path: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${home.url}${path}`, { method: 'POST', headers: { authorization: `Bearer ${key.secret}`, 'content-type': 'application/json', ...headers }, body: JSON.stringify({ model: 'calm', stream: true, ...body }) })
  const streams = [
    ask('/v1/chat/completions', { messages: hello }), ask('/v1/responses', { input: 'Hello.', store: false }), ask('/v1/messages', { messages: hello, max_tokens: 5 }, { 'anthropic-version': '2023-06-01' }),
  ]
  const iterated = (await openai(key.secret)).chat.completions.create({ model: 'calm', messages: hello, stream: true })
  await begun()
  // All four have their heads: from here on there is a stream to end.
  const heads = await Promise.all(streams)
  const chunks = await iterated
  const decided = await suspended(home, key)
  const raised = failureOf((async () => {
    for await (const _ of chunks);
  })())
  const [chat = '', responses = '', messages = ''] = await Promise.all(heads.map((head) => head.text()))
  for (const text of [chat, responses, messages]) {
    const last = JSON.parse(text.trimEnd().split('\n').at(-1)?.replace(/^data: /, '') ?? '') as { readonly type?: string; readonly error?: { readonly code?: string; readonly message: string }; readonly message?: string }
    assert.ok((last.error?.message ?? last.message ?? '').includes(decided), text)
    if (text === messages) assert.equal(last.type, 'error')
    assert.doesNotMatch(text, /\[DONE\]|message_stop|response\.completed/)
  }
  assert.match(chat, /"code":"terms_not_permitted"/)
  const error = await raised
  assert.ok(error instanceof OpenAI.APIError && error.message.includes('oai.extract'), String(error))
  assert.deepEqual(await outcomesOf(home, key), Array.from({ length: 4 }, () => ['cut', 200]))
  home.scripted.tell('j', well)
})

test('a model that a case takes away: its open calls are answered, those of another model go on', async () => {
  const home = await house()
  const key = await newKey(home, 'model-blocked')
  const begun = await holding(home, 1, 'silence')
  home.scripted.tell('k', async (response) => {
    await wait(1_500)
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(streamPieces().join(''))
  })
  const client = await openai(key.secret)
  const blocked = failureOf(client.chat.completions.create({ model: 'calm', messages: hello }))
  const other = client.chat.completions.create({ model: 'cut', messages: hello, stream: true })
  await begun()
  const first = person(home.url, home.weir.first?.adminToken ?? '')
  const about = { organization: 'acme', project: 'main', key: key.id, model: 'calm' }
  const grounds = { clause: 'oai.extract', says: 'Its calls walk through the model as an extraction would.', evidence: ['call_1'] }
  const decided = await decideCase(first, about, grounds)
  await first.does(`cases/${decided.id}/restrictions`, { kind: 'block_model', scope: about, ...grounds })
  const error = await blocked
  assert.ok(error instanceof OpenAI.PermissionDeniedError && error.message.includes(decided.id), String(error))
  let words = ''
  for await (const chunk of await other) words += chunk.choices[0]?.delta.content ?? ''
  assert.equal(words, 'all is well')
  for (const lane of ['j', 'k']) home.scripted.tell(lane, well)
})

test('a call that waits to be tried again is answered at once when its key is revoked', async () => {
  const home = await house()
  const key = await newKey(home, 'backing-off')
  home.scripted.tell('a', (response) => void response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '15' }).end('{"error":{"message":"later","type":"rate_limit_error","code":"rate_limit_exceeded","param":null}}'))
  const failure = failureOf((await openai(key.secret)).chat.completions.create({ model: 'one', messages: hello }))
  await until('its first attempt', () => home.scripted.arrivals('a').length, (come) => come > 0)
  // The refusal has been read: what is left of the fifteen seconds is the wait for the next attempt.
  await wait(1_000)
  const since = performance.now()
  await home.admin('DELETE', `/admin/v1/keys/${key.id}`)
  assert.ok((await failure) instanceof OpenAI.AuthenticationError, String(await failure))
  assert.ok(performance.now() - since < 12_000, 'the wait was not sat out')
  assert.equal(home.scripted.arrivals('a').length, 1)
  assert.deepEqual(await outcomesOf(home, key), [['refused', 429]])
  home.scripted.tell('a', well)
})
