/** What a caller is held to and what is kept of it: tokens per minute, limits of a model, thresholds, traces, tags. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import OpenAI, { type APIError } from 'openai'
import { hello, openai } from './clients.ts'
import { house, keys } from './house.ts'
import { completionText, well } from './scripted.ts'

const refusalOf = (call: Promise<unknown>): Promise<APIError> => call.then(() => assert.fail('it was answered'), (cause: unknown) => cause as APIError)

test('tokens per minute: taken by estimate, told in the headers, refused where they are gone, given back at the end', async () => {
  const { scripted } = await house()
  const client = await openai(keys.counted)
  const ask = (most: number) => client.chat.completions.create({ model: 'calm', messages: hello, max_completion_tokens: most }).withResponse()
  scripted.tell('j', well)
  const { response } = await ask(300)
  assert.equal(response.headers.get('x-ratelimit-limit-tokens'), '1000')
  // A quarter of the body's bytes and the output limit.
  const remaining = Number(response.headers.get('x-ratelimit-remaining-tokens'))
  assert.ok(remaining >= 650 && remaining < 700, String(remaining))
  assert.match(response.headers.get('x-ratelimit-reset-tokens') ?? '', /^\d+(\.\d+)?m?s$/)

  let release: (() => void) | undefined
  scripted.tell('j', (answer) => new Promise((resolve) => { release = () => { answer.writeHead(200, { 'content-type': 'application/json' }).end(completionText()); resolve() } }))
  // All but some twenty of what is left once ten were used and the rest was given back.
  const large = ask(remaining + 280)
  while (release === undefined) await wait(5)
  const refused = await refusalOf(ask(300))
  assert.ok(refused instanceof OpenAI.RateLimitError && refused.code === 'rate_limit_exceeded' && /1000 tokens per minute/.test(refused.message), String(refused))
  const headers = refused.headers ?? new Headers()
  const seconds = Number(headers.get('retry-after'))
  assert.ok(seconds >= 10 && seconds <= 22, `${seconds} s for some 320 tokens at 1,000 a minute`)
  assert.ok(Number(headers.get('x-ratelimit-remaining-tokens')) < 100)
  release()
  await large
  // Ten tokens were used in place of more than nine hundred.
  scripted.tell('j', well)
  const { response: after } = await ask(300)
  assert.ok(Number(after.headers.get('x-ratelimit-remaining-tokens')) > 600)
})

test('a model’s limit is one for all who call it', async () => {
  const { scripted } = await house()
  scripted.tell('j', well)
  for (const key of [keys.plain, keys.other]) {
    const { response } = await (await openai(key)).chat.completions.create({ model: 'rationed', messages: hello }).withResponse()
    assert.equal(response.headers.get('x-ratelimit-limit-requests'), '2')
  }
  for (const key of [keys.plain, keys.other]) {
    const refused = await refusalOf((await openai(key)).chat.completions.create({ model: 'rationed', messages: hello }))
    assert.ok(refused instanceof OpenAI.RateLimitError && /model:rationed: 2 requests per minute/.test(refused.message), String(refused))
  }
  assert.equal(scripted.arrivals('j').length, 2)
})

test('each threshold of a budget raises one event, when it is crossed', async () => {
  const home = await house()
  const used = JSON.parse(completionText()) as { usage: object }
  // 7 tokens in and 100 out: 0.000814 of 0.004 dollars a call.
  home.scripted.tell('j', (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...used, usage: { prompt_tokens: 7, completion_tokens: 100, total_tokens: 107 } })))
  const client = await openai(keys.watched)
  const events = async (): Promise<readonly unknown[]> => {
    await home.settled()
    const { data } = await home.admin<{ data: readonly { subject: string; body: { threshold: string } }[] }>('GET', '/admin/v1/events?kind=budget-threshold&limit=1000')
    return data.filter(({ subject }) => subject === 'budget/project/acme/watched/total').map(({ body }) => body.threshold).toReversed()
  }
  for (const expected of [[], [], ['0.5'], ['0.5', '0.8']]) {
    await client.chat.completions.create({ model: 'calm', messages: hello, max_completion_tokens: 100 })
    assert.deepEqual(await events(), expected)
  }
  const refused = await refusalOf(client.chat.completions.create({ model: 'calm', messages: hello, max_completion_tokens: 100 }))
  assert.equal(refused.code, 'insufficient_quota')
  await client.chat.completions.create({ model: 'calm', messages: hello, max_completion_tokens: 1 }).catch(() => undefined)
  assert.deepEqual(await events(), ['0.5', '0.8'])
  home.scripted.tell('j', well)
})

test('traceparent and tracestate reach the upstream; traceparent and x-weir-tag headers stand in the journal, beside the metadata', async () => {
  const home = await house()
  home.scripted.tell('j', well)
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const { response } = await (await openai()).chat.completions.create({ model: 'calm', messages: hello, metadata: { customer: 'c-17' } }, {
    headers: { traceparent, tracestate: 'vendor=1', 'x-weir-tag-feature': 'captions', 'x-weir-tag-long': 'v'.repeat(1_000) },
  }).withResponse()
  const { headers } = home.scripted.arrivals('j')[0] ?? assert.fail('it was not dialled')
  assert.deepEqual([headers['traceparent'], headers['tracestate'], headers['x-weir-tag-feature']], [traceparent, 'vendor=1', undefined])
  await home.settled()
  interface Detail { readonly attempts: readonly { readonly records: { readonly attempt: { readonly traceparent?: string; readonly tags?: Readonly<Record<string, string>> } } }[] }
  const { attempts } = await home.admin<Detail>('GET', `/admin/v1/calls/${response.headers.get('x-weir-call-id') ?? ''}`)
  const { attempt } = attempts[0]?.records ?? assert.fail('no record')
  assert.deepEqual([attempt.traceparent, attempt.tags], [traceparent, { customer: 'c-17', feature: 'captions', long: 'v'.repeat(256) }])
})
