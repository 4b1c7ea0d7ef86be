/** Answers that are legal and unusual, or wrong in ways that hosts are known for: each ends with exact usage, or is said to be estimated or absent. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { hello } from './clients.ts'
import { house, keys, upstreamSecrets } from './house.ts'
import { completionText, streamPieces, well, type Script } from './scripted.ts'

interface Booked {
  readonly status: number
  readonly text: string
  readonly headers: Headers
  readonly attempt:
    | {
        readonly outcome: string
        readonly source: string
        readonly billable: string
        readonly input_tokens: number | null
        readonly output_tokens: number | null
        readonly cost: string | null
        readonly budget_charge_picos: string
      }
    | undefined
  readonly quarantined: readonly { readonly reason: string }[]
}

/** One call, and what the books say of it. */
async function booked(script: Script, body: object, path = '/v1/chat/completions', init: RequestInit = {}): Promise<Booked> {
  const { url, scripted, admin, settled } = await house()
  scripted.tell('odd', script)
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${keys.leaver}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...init
  })
  const text = await response.text()
  await settled()
  const call = await admin<{
    attempts: NonNullable<Booked['attempt']>[]
    quarantined: Booked['quarantined']
  }>('GET', `/admin/v1/calls/${response.headers.get('x-weir-call-id')}`)
  // Failures in a row would rest the deployment.
  scripted.tell('odd', well)
  await (
    await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys.leaver}` },
      body: JSON.stringify({ model: 'odd', messages: hello })
    })
  ).text()
  return {
    status: response.status,
    text,
    headers: response.headers,
    attempt: call.attempts[0],
    quarantined: call.quarantined
  }
}

const json =
  (body: unknown, headers: Record<string, string> = {}): Script =>
  (response) =>
    void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(typeof body === 'string' ? body : JSON.stringify(body))
const events =
  (pieces: readonly string[], type = 'text/event-stream'): Script =>
  (response) =>
    void response.writeHead(200, { 'content-type': type }).end(pieces.join(''))
const answer = (usage: unknown): object => ({ ...(JSON.parse(completionText()) as object), usage })
const chat = { model: 'odd', messages: hello }
const streamed = { ...chat, stream: true }
const pieces = streamPieces()
const [usagePiece = '', done = ''] = pieces.slice(-2)

for (const [what, usage] of [
  ['is empty', {}],
  ['counts in words', { prompt_tokens: '7', completion_tokens: '3' }],
  ['has nothing but nulls', { prompt_tokens: null, completion_tokens: null }],
  ['has a sum alone', { total_tokens: 10 }]
] as const) {
  test(`a usage object that ${what} is none: estimated, and the whole hold is charged`, async () => {
    const whole = await booked(json(answer(usage)), chat)
    assert.deepEqual([whole.status, whole.attempt?.source], [200, 'estimated'])
    assert.ok(Number(whole.attempt?.budget_charge_picos) > 1e11 && whole.attempt?.cost !== '0', JSON.stringify(whole.attempt))
    const stream = await booked(events([...pieces.slice(0, -2), usagePiece.replace(/"usage":.*\}/, `"usage":${JSON.stringify(usage)}}`), done]), streamed)
    assert.deepEqual([stream.status, stream.attempt?.source], [200, 'estimated'])
  })
}

test('a usage object without one of its totals: what it tells stands, the rest is estimated', async () => {
  const { attempt } = await booked(json(answer({ prompt_tokens: 4_711 })), chat)
  assert.deepEqual([attempt?.source, attempt?.input_tokens], ['estimated', 4_711])
  assert.ok((attempt?.output_tokens ?? 0) > 0)
})

for (const [status, billable, charged] of [
  [301, 'no', false],
  [302, 'no', false],
  [303, 'maybe', true],
  [307, 'no', false],
  [308, 'no', false]
] as const) {
  test(`a redirect with ${status} is not followed and not passed on${charged ? '; it says that work was done' : ', and costs nothing'}`, async () => {
    const { scripted } = await house()
    scripted.tell('a', well)
    const { status: answered, text, headers, attempt } = await booked((response) => void response.writeHead(status, { location: `${scripted.url}/a/v1/chat/completions` }).end('elsewhere'), chat)
    assert.deepEqual([answered, headers.get('location')], [502, null])
    assert.match(text, /upstream_redirected/)
    assert.deepEqual([attempt?.source, attempt?.billable, Number(attempt?.budget_charge_picos) > 0], ['absent', billable, charged])
    assert.deepEqual(scripted.arrivals('a'), [])
  })
}

test('an empty usage object behind a full one takes nothing back', async () => {
  const { attempt } = await booked(events([...pieces.slice(0, -1), usagePiece.replace(/"usage":.*\}/, '"usage":{}}'), done]), streamed)
  assert.deepEqual([attempt?.source, attempt?.input_tokens, attempt?.output_tokens], ['reported', 7, 3])
})

test('the input that a broken messages stream had told counts in its estimate', async () => {
  const event = (type: string, more: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`
  const start = event('message_start', {
    message: {
      id: 'msg_odd',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-6',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: {
        input_tokens: 12,
        cache_read_input_tokens: 9_000,
        cache_creation_input_tokens: 0,
        output_tokens: 1
      }
    }
  })
  const text =
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
    event('content_block_delta', {
      index: 0,
      delta: { type: 'text_delta', text: 'the river is high' }
    })
  const { attempt } = await booked(
    async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(start + text)
      await wait(30)
      response.destroy()
    },
    { model: 'odd-claude', max_tokens: 100, messages: hello, stream: true },
    '/v1/messages'
  )
  assert.deepEqual([attempt?.outcome, attempt?.source, attempt?.input_tokens, attempt?.output_tokens], ['failed', 'estimated', 9_012, 4])
})

test('usage that makes no sense is quarantined, and neither limits nor metrics take it for a number', async () => {
  const { url, log, scripted } = await house()
  const mad = await booked(json(JSON.stringify(answer({ prompt_tokens: -7, completion_tokens: 3 })).replace('"completion_tokens":3', '"completion_tokens":1e400')), chat)
  assert.deepEqual([mad.status, mad.quarantined.map(({ reason }) => reason)], [200, ['nonsense']])
  scripted.tell('odd', json(JSON.stringify(answer({ prompt_tokens: 7 })).replace('"prompt_tokens":7', '"prompt_tokens":1e400,"completion_tokens":3')))
  const ask = (): Promise<Response> =>
    fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys.counted}` },
      body: JSON.stringify({ model: 'odd', max_tokens: 20, messages: hello })
    })
  await (await ask()).text()
  const next = await ask()
  assert.equal(next.status, 200, await next.text())
  scripted.tell('odd', well)
  assert.doesNotMatch(log(), /decrease a counter|not a valid number/)
})

test('an error that stands in place of an answer, under a status of success, is a refusal', async () => {
  const { url, scripted } = await house()
  for (const [error, status, code] of [
    [{ message: 'the model is busy', code: 503 }, 503, 'server_is_overloaded'],
    [{ message: 'too fast', code: 'rate_limit_exceeded' }, 429, 'rate_limit_exceeded'],
    ['it is down', 500, 'server_error'],
    [{ message: 'no such field', type: 'invalid_request_error' }, 400, 'invalid_request']
  ] as const) {
    const { status: got, text, attempt } = await booked(json({ error }), chat)
    assert.deepEqual([got, (JSON.parse(text) as { error: { code: string } }).error.code, attempt?.outcome], [status, code, 'refused'], text)
    assert.match(text, /busy|too fast|down|no such field/)
  }
  const quoting = { message: `Incorrect key ${upstreamSecrets.lane}`, code: 500 }
  for (const [script, body] of [[json({ error: quoting }), chat], [events([`data: ${JSON.stringify({ error: quoting })}\n\n`]), streamed]] as const) {
    const { status, text } = await booked(script, body)
    assert.ok(status === 500 && text.includes('Incorrect key ***') && !text.includes(upstreamSecrets.lane), text)
  }
  const overloaded = await booked(json({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }), { model: 'odd-claude', messages: hello })
  assert.deepEqual([overloaded.status, overloaded.text.includes('Overloaded')], [529, true])
  // Another deployment serves where the error can be helped.
  scripted.tell('b', json({ error: { message: 'the model is busy', code: 503 } }))
  scripted.tell('c', well)
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${keys.plain}` },
    body: JSON.stringify({ model: 'groups', messages: hello })
  })
  assert.deepEqual([response.status, response.headers.get('x-weir-deployment')], [200, 'c'], await response.text())
})

test('an error first in a stream has its own status and words', async () => {
  for (const first of ['data: {"error":{"message":"too fast","code":"rate_limit_exceeded"}}\n\n', 'data: {"error":"too fast"}\n\n', 'event: error\ndata: {"message":"too fast","code":429}\n\n']) {
    const { status, text } = await booked(events([first]), streamed)
    assert.ok(status === (first.includes('"error":"') ? 500 : 429) && text.includes('too fast'), `${first}: ${status} ${text}`)
  }
})

test('what has arrived of a compressed stream that breaks is metered', async () => {
  const bytes = gzipSync(Buffer.from([...pieces, ': '.padEnd(4_000, 'x'), '\n\n'].join('')))
  const { attempt } = await booked(async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
    response.write(bytes.subarray(0, bytes.length - 9))
    await wait(10)
    response.destroy()
  }, streamed)
  assert.deepEqual([attempt?.source, attempt?.input_tokens, attempt?.output_tokens], ['reported', 7, 3])
})

test('media types in any case, byte order marks, and speech without usage', async () => {
  const stream = await booked(events(pieces, 'Text/Event-Stream; charset=UTF-8'), streamed)
  assert.deepEqual([stream.status, stream.attempt?.source, stream.attempt?.input_tokens], [200, 'reported', 7])
  const marked = await booked(json(`\uFEFF${completionText()}`), chat)
  assert.deepEqual([marked.status, marked.attempt?.source, marked.attempt?.input_tokens], [200, 'reported', 7])
  const translated = await booked(json(`\uFEFF${completionText()}`), { model: 'odd', max_tokens: 9, messages: hello }, '/v1/messages', { headers: { 'x-api-key': keys.leaver, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' } })
  assert.deepEqual([translated.status, (JSON.parse(translated.text) as { type: string }).type, translated.attempt?.input_tokens], [200, 'message', 7])
  const unstreamed = await booked(json(`\uFEFF${completionText()}`), streamed)
  assert.deepEqual([unstreamed.headers.get('content-type')?.startsWith('text/event-stream'), unstreamed.attempt?.input_tokens], [true, 7])
  const form = new FormData()
  form.set('model', 'odd-speech')
  form.set('file', new File([Buffer.alloc(1_000)], 'a.wav'))
  form.set('response_format', 'text')
  const speech = await booked((response) => void response.writeHead(200, { 'content-type': 'text/plain' }).end('the river'), {}, '/v1/audio/transcriptions', { headers: { authorization: `Bearer ${keys.leaver}` }, body: form })
  assert.deepEqual([speech.status, speech.attempt?.source, speech.quarantined], [200, 'absent', []])
})

test('a stream that is nothing but its end is no answer: the client hears of it, as on every surface, and nothing is booked as done', async () => {
  const ending: Script = (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: [DONE]\n\n')
  for (const [path, body] of [['/v1/chat/completions', { messages: hello }], ['/v1/messages', { messages: hello, max_tokens: 5 }]] as const) {
    const { status, text, attempt } = await booked(ending, { model: 'odd', stream: true, ...body }, path)
    assert.equal(status, 502)
    assert.match(text, /broke off or answered unreadably/)
    assert.partialDeepStrictEqual(attempt, { outcome: 'failed', source: 'absent', billable: 'maybe' })
  }
})
