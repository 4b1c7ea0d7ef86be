import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI, { type APIError } from 'openai'
import { until } from '../../demo/until.ts'
import { anthropic, azure, hello, openai } from './clients.ts'
import { house, keys, upstreamSecrets } from './house.ts'
import { completionText, refusing, type Script, streamPieces, well } from './scripted.ts'

const chat = (client: OpenAI, model = 'gpt-4.1', headers: Record<string, string> = {}): Promise<APIError> =>
  client.chat.completions.create({ model, messages: hello }, { headers }).then(() => assert.fail('it was answered'), (error: unknown) => error as APIError)
const message = (client: Anthropic, model = 'claude-sonnet-4-6', headers: Record<string, string> = {}): Promise<InstanceType<typeof Anthropic.APIError>> =>
  client.messages.create({ model, messages: hello, max_tokens: 5 }, { headers }).then(() => assert.fail('it was answered'), (error: unknown) => error as InstanceType<typeof Anthropic.APIError>)

test('keys: none, unknown, expired, on every surface, for calls, models and stored responses alike', async () => {
  const home = await house()
  for (const [key, code] of [['sk-weir-unknown-000000000000', 'invalid_api_key'], [keys.expired, 'expired_api_key']] as const) {
    const client = await openai(key)
    for (const error of [await chat(client), await client.models.list().catch((cause: unknown) => cause as APIError), await client.responses.retrieve('resp_1').catch((cause: unknown) => cause as APIError)]) {
      assert.ok(error instanceof OpenAI.AuthenticationError, 'not an AuthenticationError')
      assert.equal(error.code, code)
    }
    const refused = await message(await anthropic(key))
    assert.ok(refused instanceof Anthropic.AuthenticationError)
    assert.ok((await chat(await azure(undefined, { apiKey: key }))) instanceof OpenAI.AuthenticationError)
  }
  const without = await fetch(`${home.url}/v1/chat/completions`, { method: 'POST', body: '{}' })
  assert.equal(without.status, 401)
  assert.equal(((await without.json()) as { error: { code: string } }).error.code, 'missing_api_key')
})

test('models: unknown, and one that the key may not use, look alike', async () => {
  const error = await chat(await openai(), 'nothing-such')
  assert.ok(error instanceof OpenAI.NotFoundError && error.code === 'model_not_found' && error.param === 'model')
  const narrow = await chat(await openai(keys.narrow))
  assert.ok(narrow instanceof OpenAI.NotFoundError && narrow.code === 'model_not_found')
})

test('a service tier without a price is refused by name and never dialled; one with a price is billed at it', async () => {
  const client = await openai()
  const refused = await client.chat.completions.create({ model: 'gpt-4.1', messages: hello, service_tier: 'priority' }).catch((cause: unknown) => cause as APIError)
  assert.ok(refused instanceof OpenAI.BadRequestError && refused.code === 'unpriced_tier' && refused.param === 'service_tier')
  const { data, response } = await client.chat.completions.create({ model: 'gpt-4.1', messages: hello, service_tier: 'flex', max_completion_tokens: 4 }).withResponse()
  assert.deepEqual([data.service_tier, response.headers.get('x-weir-cost')], ['flex', String((data.usage?.prompt_tokens ?? 0) / 1e6 + (data.usage?.completion_tokens ?? 0) * 4 / 1e6)])
})

test('a hosted tool without a price is refused by its meter, and one that another model is billed for by its name; neither is dialled', async () => {
  const { scripted } = await house()
  scripted.tell('keeping', () => assert.fail('it was dialled'))
  const ask = async (type: string): Promise<APIError> => {
    const tools = [{ type, ...(type === 'code_interpreter' ? { container: { type: 'auto' } } : {}) }] as OpenAI.Responses.Tool[]
    return (await openai()).responses.create({ model: 'keeping', input: 'Draw the river.', tools }).then(() => assert.fail('it was answered'), (error: unknown) => error as APIError)
  }
  const unpriced = await ask('code_interpreter')
  assert.ok(unpriced instanceof OpenAI.BadRequestError && unpriced.code === 'unpriced_tool' && unpriced.param === 'tools' && unpriced.message.includes('code_interpreter_session'), String(unpriced))
  const aside = await ask('image_generation')
  assert.ok(aside instanceof OpenAI.BadRequestError && aside.param === 'tools' && /image_generation.*cannot be metered.*images\/generations/.test(aside.message), String(aside))
})

test('rate limits: 429 with Retry-After and the x-ratelimit headers', async () => {
  const client = await openai(keys.limited)
  const { response } = await client.chat.completions.create({ model: 'gpt-4.1', messages: hello }).withResponse()
  assert.equal(response.headers.get('x-ratelimit-limit-requests'), '2')
  assert.equal(response.headers.get('x-ratelimit-remaining-requests'), '1', JSON.stringify([...response.headers]))
  await client.chat.completions.create({ model: 'gpt-4.1', messages: hello })
  const error = await chat(client)
  assert.ok(error instanceof OpenAI.RateLimitError && error.code === 'rate_limit_exceeded', String(error))
  assert.ok(Number(error.headers?.get('retry-after')) > 0)
  assert.equal(error.headers?.get('x-ratelimit-remaining-requests'), '0')
  assert.match(error.headers?.get('x-ratelimit-reset-requests') ?? '', /s$/)
  const refused = await message(await anthropic(keys.limited))
  assert.ok(refused instanceof Anthropic.RateLimitError)
})

test('open calls: the second at a time is refused, and the place is given back', async () => {
  const { scripted } = await house()
  let release: (() => void) | undefined
  scripted.tell('a', (response) => new Promise((resolve) => { release = () => { void well(response, scripted.arrivals('a')[0]!, 1); resolve() } }))
  const client = await openai(keys.busy)
  const first = client.chat.completions.create({ model: 'one', messages: hello })
  while (release === undefined) await wait(5)
  const error = await chat(client, 'one')
  assert.ok(error instanceof OpenAI.RateLimitError)
  release()
  await first
  scripted.tell('a', well)
  await client.chat.completions.create({ model: 'one', messages: hello })
})

test('budget exhausted: insufficient_quota with the numbers, and the client does not try again', async () => {
  let sent = 0
  const client = await openai(keys.poor, { maxRetries: 3, fetch: (input, init) => { sent += 1; return fetch(input, init) } })
  const error = await chat(client)
  assert.ok(error instanceof OpenAI.RateLimitError)
  assert.equal(error.code, 'insufficient_quota')
  assert.equal(error.type, 'insufficient_quota')
  assert.equal(error.headers?.get('x-should-retry'), 'false')
  assert.match(error.message, /limit 0\.000001 USD, spent 0, held for open calls 0, this call at its worst \d/)
  assert.equal(sent, 1)
  assert.ok((await message(await anthropic(keys.poor))) instanceof Anthropic.RateLimitError)
})

test('an upstream’s refusals pass: bad request, context too long, content filter', async () => {
  const client = await openai()
  const bad = await chat(client, 'gpt-4.1', { 'x-sandbox-fault': '400' })
  assert.ok(bad instanceof OpenAI.BadRequestError && /fault on demand/.test(bad.message))
  const long = await chat(client, 'gpt-4.1', { 'x-sandbox-fault': 'context' })
  assert.ok(long instanceof OpenAI.BadRequestError && long.code === 'context_length_exceeded')
  const filtered = await chat(client, 'gpt-4.1', { 'x-sandbox-fault': 'content-filter' })
  assert.ok(filtered instanceof OpenAI.BadRequestError && filtered.code === 'content_filter')
  for (const fault of ['400', 'context', 'content-filter']) {
    assert.ok((await message(await anthropic(), 'claude-sonnet-4-6', { 'x-sandbox-fault': fault })) instanceof Anthropic.BadRequestError, fault)
    assert.ok((await message(await anthropic(), 'chat-only', { 'x-sandbox-fault': fault })) instanceof Anthropic.BadRequestError, `translated ${fault}`)
  }
})

test('an upstream that fails: 500 and 503 after as many attempts as allowed, 429 with its Retry-After', async () => {
  const { scripted } = await house()
  const client = await openai()
  for (const [status, type] of [[500, OpenAI.InternalServerError], [503, OpenAI.InternalServerError]] as const) {
    scripted.tell('a', refusing(status))
    const error = await chat(client, 'one')
    assert.ok(error instanceof type, String(error))
    assert.equal(error.status, status)
    assert.equal(error.headers?.get('x-weir-attempts'), '3')
    assert.equal(scripted.arrivals('a').length, 3)
    scripted.tell('a', well)
    await client.chat.completions.create({ model: 'one', messages: hello })
  }
  scripted.tell('a', refusing(429, { code: 'rate_limit_exceeded' }, { 'retry-after': '3600' }))
  const limited = await chat(client, 'one')
  assert.ok(limited instanceof OpenAI.RateLimitError && limited.headers?.get('retry-after') === '3600')
  assert.equal(scripted.arrivals('a').length, 1)
  scripted.tell('a', well)
})

test('timeouts: first byte, silence, total; and an upstream that is not there', async () => {
  const { scripted } = await house()
  const client = await openai()
  scripted.tell('i', () => undefined)
  const first = await chat(client, 'impatient-first')
  assert.ok(first.status === 504 && /no answer began/.test(first.message), String(first))
  scripted.tell('i', (response) => { response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":') })
  const silent = await chat(client, 'impatient-idle')
  assert.ok(silent.status === 504 && /silent/.test(silent.message), String(silent))
  scripted.tell('i', async (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    for (let piece = 0; piece < 40 && !response.destroyed; piece += 1) {
      response.write(' ')
      await wait(100)
    }
  })
  const total = await chat(client, 'impatient-total')
  assert.ok(total.status === 504 && /longer than 1500 ms/.test(total.message), String(total))
  scripted.tell('i', well)
  const gone = await chat(client, 'unreachable')
  assert.ok(gone instanceof OpenAI.InternalServerError && gone.status === 502 && gone.code === 'upstream_unreachable', String(gone))
})

test('a stream that falls silent or breaks half-way ends in an error that the client raises', async () => {
  const { scripted } = await house()
  const read = async (): Promise<unknown> => {
    const stream = await (await openai()).chat.completions.create({ model: 'impatient-idle', messages: hello, stream: true })
    try {
      for await (const chunk of stream) void chunk
    } catch (error) {
      return error
    }
    return undefined
  }
  for (const after of [(): void => undefined, (response: { destroy: () => void }): void => response.destroy()]) {
    scripted.tell('i', async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(streamPieces().slice(0, 3).join(''))
      await wait(50)
      after(response)
    })
    const error = await read()
    assert.ok(error instanceof OpenAI.APIError, String(error))
    assert.match(error.message, /stream broke/)
  }
  scripted.tell('i', well)
})

/** The answer to a key that was used, once the end of its call is known: its client has it a moment sooner. */
const known = (ask: () => Promise<Response>): Promise<{ readonly status: number; readonly headers: Headers; readonly body: string }> => until('the end of the first call', async () => {
  const response = await ask()
  return { status: response.status, headers: response.headers, body: await response.text() }
}, ({ body }) => !body.includes('idempotency_in_flight'))

test('idempotency: in flight, finished without and with captured content, another body', async () => {
  const { scripted } = await house()
  const ask = async (key: string, id: string, content = 'same'): Promise<Response> => fetch(`${(await house()).url}/v1/chat/completions`, {
    method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': id }, body: JSON.stringify({ model: 'calm', messages: [{ role: 'user', content }] }),
  })
  const codeOf = async (response: Response): Promise<string> => ((await response.json()) as { error: { code: string } }).error.code
  let release: (() => void) | undefined
  scripted.tell('j', (response) => new Promise((resolve) => { release = () => { response.writeHead(200, { 'content-type': 'application/json' }).end(completionText()); resolve() } }))
  const first = ask(keys.plain, 'judge-1')
  while (release === undefined) await wait(5)
  const inFlight = await ask(keys.plain, 'judge-1')
  assert.deepEqual([inFlight.status, await codeOf(inFlight)], [409, 'idempotency_in_flight'])
  release()
  const answered = await first
  await answered.text()
  const call = answered.headers.get('x-weir-call-id') ?? '-'
  scripted.tell('j', well)
  const finished = await known(() => ask(keys.plain, 'judge-1'))
  assert.equal(finished.status, 409)
  assert.ok(finished.body.includes(call), finished.body)
  assert.equal(finished.headers.get('x-should-retry'), 'false')
  const other = await ask(keys.plain, 'judge-1', 'another')
  assert.deepEqual([other.status, await codeOf(other)], [409, 'idempotency_mismatch'])
  const captured = await (await ask(keys.capturing, 'judge-1')).text()
  const again = await known(() => ask(keys.capturing, 'judge-1'))
  assert.equal(again.status, 200)
  assert.equal(again.headers.get('idempotent-replayed'), 'true')
  assert.equal(again.body, captured)
  assert.equal(scripted.arrivals('j').length, 1)
  const conflict = await chat(await openai(), 'calm', { 'idempotency-key': 'judge-1' })
  assert.ok(conflict instanceof OpenAI.ConflictError)
})

test('idempotency: a captured stream is given again byte for byte, on every surface; one that broke off is not', async () => {
  const home = await house()
  const ask = async (id: string, path: string, body: object, key: string = keys.capturing): Promise<Response> => fetch(`${home.url}${path}`, {
    method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': id, ...(path === '/v1/messages' ? { 'anthropic-version': '2023-06-01' } : {}) }, body: JSON.stringify({ model: 'calm', stream: true, ...body }),
  })
  const streams = [['/v1/chat/completions', { messages: hello }], ['/v1/responses', { input: 'Hello.', store: false }], ['/v1/messages', { messages: hello, max_tokens: 5 }]] as const
  home.scripted.tell('j', (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(streamPieces().join('')))
  for (const [path, body] of streams) {
    const first = await ask(`stream ${path}`, path, body)
    const text = await first.text()
    assert.match(text, /well/)
    const again = await known(() => ask(`stream ${path}`, path, body))
    assert.deepEqual([again.status, again.headers.get('idempotent-replayed'), again.headers.get('content-type'), again.headers.get('x-weir-call-id')], [200, 'true', 'text/event-stream', first.headers.get('x-weir-call-id')])
    assert.equal(again.body, text)
  }
  assert.equal(home.scripted.arrivals('j').length, 3, 'each was dialled once')
  await (await ask('not captured', '/v1/chat/completions', { messages: hello }, keys.plain)).text()
  assert.equal((await known(() => ask('not captured', '/v1/chat/completions', { messages: hello }, keys.plain))).status, 409)
  home.scripted.tell('j', async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(streamPieces().slice(0, 3).join(''))
    await wait(50)
    response.destroy()
  })
  assert.match(await (await ask('breaks off', '/v1/chat/completions', { messages: hello })).text(), /upstream_broke/)
  const after = await known(() => ask('breaks off', '/v1/chat/completions', { messages: hello }))
  assert.deepEqual([after.status, after.headers.get('x-should-retry')], [409, 'false'])
  home.scripted.tell('j', well)
})

test('stored responses: a foreign id does not exist; upstreams without storage refuse by name', async () => {
  const mine = await (await openai()).responses.create({ model: 'gpt-4.1', input: 'Mine.' })
  const stranger = await openai(keys.other)
  const acts: readonly (() => Promise<unknown>)[] = [() => stranger.responses.retrieve(mine.id), () => stranger.responses.cancel(mine.id), () => stranger.responses.delete(mine.id), () => stranger.responses.create({ model: 'gpt-4.1', input: 'x', previous_response_id: mine.id })]
  for (const act of acts) {
    await assert.rejects(act(), (error) => error instanceof OpenAI.NotFoundError && error.code === 'response_not_found')
  }
  await assert.rejects(stranger.responses.inputItems.list(mine.id), { status: 404 })
  await assert.rejects((await openai()).responses.create({ model: 'unstored', input: 'x', previous_response_id: mine.id }), (error) => error instanceof OpenAI.BadRequestError && error.code === 'stored_responses_unsupported' && error.param === 'previous_response_id')
  for (const [field, value] of [['store', true], ['background', true]] as const) {
    await assert.rejects((await openai()).responses.create({ model: 'unstored', input: 'x', [field]: value }), (error) => error instanceof OpenAI.BadRequestError && error.code === 'stored_responses_unsupported' && error.message.includes(field))
  }
})

test('items of stored responses: a foreign or unknown one does not exist; what is kept outside responses is refused by name', async () => {
  const client = await openai()
  const mine = await client.responses.create({ model: 'gpt-4.1', input: 'Mine.' })
  const [item] = mine.output
  assert.ok(item?.id !== undefined)
  const reference = { type: 'item_reference', id: item.id } as const
  assert.equal((await client.responses.create({ model: 'gpt-4.1', input: [reference, { role: 'user', content: 'Go on.' }] })).status, 'completed')
  const notFound = (error: unknown): boolean => error instanceof OpenAI.NotFoundError && error.code === 'item_not_found' && error.param === 'input'
  const stranger = await openai(keys.other)
  for (const input of [[reference], [{ id: item.id }], [{ type: 'reasoning', id: item.id, summary: [] }]] as const) {
    await assert.rejects(stranger.responses.create({ model: 'gpt-4.1', input: input as unknown as OpenAI.Responses.ResponseInput }), notFound)
  }
  await assert.rejects(stranger.responses.create({ model: 'gpt-4.1', input: [reference], stream: true }), notFound)
  await assert.rejects(client.responses.create({ model: 'gpt-4.1', input: [{ type: 'item_reference', id: 'msg_unknown' }] }), notFound)
  await assert.rejects(client.responses.create({ model: 'suspendable', input: [reference] }), notFound, 'it lives at another account')
  await assert.rejects(stranger.responses.create({ model: 'gpt-4.1', input: 'x', tools: [{ type: 'code_interpreter', container: 'cntr_1' }] }), notFound)
  for (const model of ['unstored', 'claude-only']) {
    await assert.rejects(client.responses.create({ model, input: [reference] }), (error) => error instanceof OpenAI.BadRequestError && error.code === 'stored_responses_unsupported' && error.message.includes('store: false'))
  }
  await client.responses.delete(mine.id)
  await assert.rejects(client.responses.create({ model: 'gpt-4.1', input: [reference] }), notFound)
  for (const more of [{ conversation: 'conv_1' }, { prompt: { id: 'pmpt_1' } }]) {
    const [field] = Object.keys(more)
    await assert.rejects(client.responses.create({ model: 'gpt-4.1', input: 'x', ...more }), (error) => error instanceof OpenAI.BadRequestError && error.param === field && error.message.includes(`'${field}' names`))
  }
})

test('containers of Messages: the project that got one may go on in it, streams included; to any other it does not exist', async () => {
  const { scripted } = await house()
  const contained = (id: string, container: string): object => ({ id, type: 'message', role: 'assistant', model: 'claude-sonnet-4-6', content: [{ type: 'text', text: 'ran' }], stop_reason: 'end_turn', stop_sequence: null, container: { id: container, expires_at: '2027-01-01T00:00:00Z', skills: null }, usage: { input_tokens: 5, output_tokens: 3 } })
  const answers = [contained('msg_in_1', 'container_1'), contained('msg_in_2', 'container_2')]
  const event = (type: string, rest: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`
  scripted.tell('odd', (response, { body }) => {
    const [whole, streamed] = answers
    if (!body.includes('"stream":true')) return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(whole))
    const { container, ...begun } = streamed as { container: object }
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(event('message_start', { message: { ...begun, container: null, content: [], stop_reason: null } }) + event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null, container }, usage: { output_tokens: 3 } }) + event('message_stop', {}))
  })
  const [client, stranger] = [await anthropic(), await anthropic(keys.other)]
  const body: Anthropic.MessageCreateParamsNonStreaming = { model: 'odd-claude', max_tokens: 100, messages: [{ role: 'user', content: 'Run.' }] }
  const inside = (of: Anthropic, container: Anthropic.MessageCreateParams['container']): Promise<Anthropic.Message> => of.messages.create({ ...body, ...(container === undefined ? {} : { container }) })
  const notFound = (error: unknown): boolean => error instanceof Anthropic.NotFoundError && error.message.includes('container_')
  await assert.rejects(inside(client, 'container_1'), notFound, 'nobody has got it yet')
  assert.equal((await client.messages.create(body)).container?.id, 'container_1')
  assert.equal((await client.messages.stream({ ...body, stream: true }).finalMessage()).container?.id, 'container_2')
  for (const id of ['container_1', 'container_2']) {
    assert.equal((await inside(client, id)).stop_reason, 'end_turn')
    await assert.rejects(inside(stranger, id), notFound)
    await assert.rejects(inside(stranger, { id, skills: [] }), notFound)
  }
})

test('what a supplier answers on a stored response keeps our credential to itself, and a refusal of our account is told as one', async () => {
  const home = await house()
  const { url, scripted } = home
  const get = (): Promise<Response> => fetch(`${url}/v1/responses/resp_kept`, { headers: { authorization: `Bearer ${keys.plain}` } })
  const response = { id: 'resp_kept', object: 'response', status: 'completed', model: 'gpt-4.1', output: [], usage: { input_tokens: 1, output_tokens: 1 } }
  scripted.tell('keeping', (answer) => void answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(response)))
  await (await openai()).responses.create({ model: 'keeping', input: 'Keep this.' })
  scripted.tell('keeping', refusing(401, { message: `Incorrect API key provided: ${upstreamSecrets.lane}`, code: 'invalid_api_key' }))
  const refused = await get()
  assert.deepEqual([refused.status, ((await refused.json()) as { error: { code: string } }).error.code], [503, 'supplier_suspended'])
  scripted.tell('keeping', refusing(429, { message: `${upstreamSecrets.lane} asks too often` }, { 'retry-after': '9' }))
  const slow = await get()
  const text = await slow.text()
  assert.deepEqual([slow.status, slow.headers.get('retry-after')], [429, '9'])
  home.keepsSecrets(text, keys.plain)
  assert.match(text, /asks too often/)
  const bytes = gzipSync(Buffer.from(JSON.stringify(response)))
  scripted.tell('keeping', (answer) => void answer.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip', 'content-length': bytes.length }).end(bytes))
  const packed = await get()
  assert.equal(packed.headers.get('content-encoding'), null, 'the client may know no coding, and none was asked for')
  assert.equal(((await packed.json()) as { id: string }).id, 'resp_kept')
  scripted.tell('keeping', (answer) => void answer.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'x-own' }).end('as it is'))
  const foreign = await get()
  assert.deepEqual([foreign.headers.get('content-encoding'), await foreign.text()], ['x-own', 'as it is'])
})

test('a stored response that its host packs although it was not asked to: its items are its project’s, and a background one ends', async () => {
  const { url, scripted, settled } = await house()
  const get = (query = ''): Promise<Response> => fetch(`${url}/v1/responses/resp_packed${query}`, { headers: { authorization: `Bearer ${keys.plain}` } })
  const responseOf = (status: string, output: readonly unknown[]): Record<string, unknown> => ({ id: 'resp_packed', object: 'response', status, background: true, model: 'gpt-4.1', output, usage: status === 'completed' ? { input_tokens: 1, output_tokens: 1 } : null })
  const item = (id: string): Record<string, unknown> => ({ type: 'message', id, role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: 'Packed.', annotations: [] }] })
  const packed = (type: string, body: string): Script => (answer) => void answer.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' }).end(gzipSync(body))
  scripted.tell('keeping', (answer) => void answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(responseOf('queued', []))))
  await (await openai()).responses.create({ model: 'keeping', input: 'Keep this.', background: true })

  const event = (type: string, more: Record<string, unknown>): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`
  const stream = event('response.output_item.done', { sequence_number: 5, output_index: 0, item: item('msg_packed') }) + event('response.completed', { sequence_number: 6, response: responseOf('completed', [item('msg_packed')]) })
  scripted.tell('keeping', packed('text/event-stream', stream))
  const streamed = await get('?stream=true&starting_after=4')
  assert.deepEqual([streamed.headers.get('content-encoding'), await streamed.text()], [null, stream])
  scripted.tell('keeping', packed('application/json', JSON.stringify(responseOf('completed', [item('msg_packed')]))))
  const referred = { model: 'keeping', input: [{ type: 'item_reference', id: 'msg_packed' } as const, { role: 'user', content: 'Go on.' } as const], store: false }
  await (await openai()).responses.create(referred)
  await assert.rejects((await openai(keys.other)).responses.create(referred), { status: 404, code: 'item_not_found' })
  // The first poll that is read ends its hold; whoever retrieves one that is still open has it polled again.
  await settled()
  const before = scripted.arrivals('keeping').length
  await get()
  await wait(1_000)
  assert.equal(scripted.arrivals('keeping').length - before, 1, 'the retrieve alone')
})

test('where nothing may be kept, what would be stored upstream is refused by its field, also where it is the default; the rest is served', async () => {
  const client = await openai(keys.strict)
  for (const more of [{ store: true }, {}, { store: false, background: true }]) {
    const field = 'background' in more ? 'background' : 'store'
    await assert.rejects(client.responses.create({ model: 'gpt-4.1', input: 'x', ...more }), (error) => error instanceof OpenAI.PermissionDeniedError && error.code === 'retention_none' && error.param === field && error.message.includes(`\`${field}\``))
  }
  await assert.rejects(client.chat.completions.create({ model: 'gpt-4.1', messages: hello, store: true }), { status: 403, code: 'retention_none' })
  assert.equal((await client.responses.create({ model: 'gpt-4.1', input: 'x', store: false })).object, 'response')
  assert.equal((await client.responses.create({ model: 'claude-only', input: 'x' })).object, 'response', 'a translated call is never stored')
  assert.equal((await client.chat.completions.create({ model: 'gpt-4.1', messages: hello })).object, 'chat.completion')
})

test('unknown paths and methods: a 404 or 405 in the surface’s shape that says what is supported', async () => {
  const { url } = await house()
  const ask = async (method: string, path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: { type?: string; error: { code?: string; message: string; type?: string } } }> => {
    const response = await fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${keys.plain}`, ...headers } })
    return { status: response.status, body: (await response.json()) as never }
  }
  const plain = await ask('POST', '/v1/audio/speech')
  assert.deepEqual([plain.status, plain.body.error.code], [404, 'unknown_path'])
  assert.match(plain.body.error.message, /POST \/v1\/chat\/completions/)
  const azured = await ask('POST', '/openai/deployments/gpt-4.1/audio/speech?api-version=2024-10-21')
  assert.deepEqual([azured.status, Object.keys(azured.body.error)[0]], [404, 'code'])
  const messages = await ask('POST', '/v1/messages/batches', { 'anthropic-version': '2023-06-01' })
  assert.deepEqual([messages.status, messages.body.type, messages.body.error.type], [404, 'error', 'not_found_error'])
  assert.match(messages.body.error.message, /POST \/v1\/messages/)
  const method = await ask('GET', '/v1/chat/completions')
  assert.deepEqual([method.status, method.body.error.code], [405, 'method_not_allowed'])
  await assert.rejects((await openai()).files.list(), OpenAI.NotFoundError)
})

test('suspension: 503 that names it, one event, nothing retried, back with a new key', async () => {
  const home = await house()
  const client = await openai()
  await client.chat.completions.create({ model: 'suspendable', messages: hello })
  await fetch(`${home.sandbox.url}/_sandbox/accounts/${upstreamSecrets.second}/suspend`, { method: 'POST' })
  const first = await chat(client, 'suspendable')
  assert.ok(first.status === 503 && first.code === 'supplier_suspended', String(first))
  assert.equal(first.headers?.get('x-weir-attempts'), '1')
  const second = await chat(client, 'suspendable')
  assert.equal(second.headers?.get('x-weir-attempts'), null)
  const events = (await home.admin<{ data: readonly { kind: string; subject: string }[] }>('GET', '/admin/v1/events')).data.filter((event) => event.kind === 'supplier-gone' && event.subject === 'suspendable')
  assert.equal(events.length, 1)
  home.reconfigure((yaml) => yaml.replace(`apiKey: ${upstreamSecrets.second} }`, `apiKey: ${upstreamSecrets.second}-new }`))
  await until('the account is back', () => client.chat.completions.create({ model: 'suspendable', messages: hello }).catch((cause: unknown) => cause), (answer) => !(answer instanceof Error))
})

test('an upstream that quotes our key back at the client is not passed on in full', async () => {
  const home = await house()
  for (const status of [400, 404, 429, 500]) {
    home.scripted.tell('h', (response, { headers }) => void response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' }).end(JSON.stringify({ error: { message: `no good: ${headers.authorization ?? ''}`, type: 'x', param: null, code: null } })))
    const error = await chat(await openai(), 'broken')
    home.keepsSecrets(JSON.stringify(error.error) + error.message, keys.plain)
    assert.match(error.message, /no good/)
  }
  // After the head: begun with content, so that the error reaches the client as an event of the stream.
  home.scripted.tell('h', (response, { headers }) => void response.writeHead(200, { 'content-type': 'text/event-stream' })
    .end(`${streamPieces().slice(0, 2).join('')}data: ${JSON.stringify({ error: { message: `no good: ${headers.authorization ?? ''}`, type: 'server_error', param: null, code: null } })}\n\n`))
  for (const [path, body] of [['/v1/chat/completions', { messages: hello }], ['/v1/responses', { input: 'Hello.', store: false }], ['/v1/messages', { messages: hello, max_tokens: 5 }]] as const) {
    const stream = await fetch(`${home.url}${path}`, { method: 'POST', headers: { authorization: `Bearer ${keys.plain}`, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' }, body: JSON.stringify({ model: 'broken', stream: true, ...body }) })
    const text = await stream.text()
    assert.equal(stream.status, 200)
    home.keepsSecrets(text, keys.plain)
    assert.match(text, /no good/)
  }
  home.scripted.tell('h', well)
  home.keepsSecrets(home.log())
})
