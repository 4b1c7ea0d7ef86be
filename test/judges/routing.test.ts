import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type OpenAI from 'openai'
import type { APIError } from 'openai'
import { until } from '../../demo/until.ts'
import { hello, openai } from './clients.ts'
import { house, upstreamSecrets } from './house.ts'
import { refusing, streamPieces, well } from './scripted.ts'

const ask = async (model: string, more: object = {}, headers: Record<string, string> = {}): Promise<Response> =>
  (await openai()).chat.completions.create({ model, messages: hello, ...more } as OpenAI.ChatCompletionCreateParamsNonStreaming, { headers }).asResponse()
const served = async (model: string, more: object = {}): Promise<string | null> => (await ask(model, more)).headers.get('x-weir-deployment')

test('a failed attempt is tried again at the same deployment; the client sees one answer', async () => {
  const { scripted } = await house()
  scripted.tell('a', (response, arrival, n) => (n < 3 ? refusing(500) : well)(response, arrival, n))
  const response = await ask('one')
  assert.equal(response.headers.get('x-weir-attempts'), '3')
  const attempts = scripted.arrivals('a').map((one) => one.headers['x-weir-attempt'])
  assert.deepEqual(attempts, [1, 2, 3].map((n) => `${response.headers.get('x-weir-call-id')}/${n}`))
})

test('Retry-After is honoured, in seconds and in milliseconds', async () => {
  const { scripted } = await house()
  for (const [headers, least] of [[{ 'retry-after': '1' }, 990], [{ 'retry-after-ms': '300', 'retry-after': '9' }, 295]] as const) {
    scripted.tell('a', (response, arrival, n) => (n === 1 ? refusing(429, {}, headers) : well)(response, arrival, n))
    await ask('one')
    const [first, second] = scripted.arrivals('a')
    assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= least, `${(second?.at ?? 0) - (first?.at ?? 0)} ms`)
  }
})

test('nothing is tried again once the client has had a byte', async () => {
  const { scripted } = await house()
  scripted.tell('b', async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(streamPieces().slice(0, 2).join(''))
    await wait(30)
    response.destroy()
  })
  scripted.tell('c', well)
  const text = await (await ask('groups', { stream: true })).text()
  assert.match(text, /upstream_broke/)
  assert.equal(scripted.arrivals('b').length, 1)
  assert.equal(scripted.arrivals('c').length, 0)
})

test('a stream that breaks before its first byte goes to the next group', async () => {
  const { scripted } = await house()
  scripted.tell('b', (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    setTimeout(() => response.destroy(), 20)
  })
  scripted.tell('c', (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(streamPieces().join('')))
  const response = await ask('groups', { stream: true })
  assert.equal(response.headers.get('x-weir-deployment'), 'c')
  assert.match(await response.text(), /\[DONE\]/)
})

test('where one deployment cannot carry a field and another refused the call, the client is told what that one said', async () => {
  const { scripted } = await house()
  const asked = { logit_bias: { 1: 1 } }
  scripted.tell('b', well)
  assert.equal(await served('mixed', asked), 'b')
  scripted.tell('b', refusing(429, { message: 'Slow down, please.' }, { 'retry-after': '7' }))
  await assert.rejects(served('mixed', asked), (error: APIError) => error.status === 429 && /Slow down/.test(error.message) && error.headers?.get('retry-after') === '7')
  scripted.tell('b', refusing(503, { message: 'At its limit.' }))
  await assert.rejects(served('mixed', asked), (error: APIError) => error.status === 503 && /At its limit/.test(error.message))
  scripted.tell('b', well)
})

test('groups in order: the second only where the first fails, and a client’s mistake goes nowhere else', async () => {
  const { scripted } = await house()
  scripted.tell('b', well)
  scripted.tell('c', well)
  assert.equal(await served('groups'), 'b')
  scripted.tell('b', refusing(503))
  assert.equal(await served('groups'), 'c')
  scripted.tell('b', refusing(400, { type: 'invalid_request_error' }))
  scripted.tell('c', well)
  await assert.rejects(ask('groups'), { status: 400 })
  assert.equal(scripted.arrivals('c').length, 0)
  scripted.tell('b', well)
})

test('weights share the traffic; a user stays where it was', async () => {
  const { scripted } = await house()
  scripted.tell('d', well)
  scripted.tell('e', well)
  const total = 400
  const counts = new Map<string | null, number>()
  for (let block = 0; block < total / 40; block += 1) {
    for (const id of await Promise.all(Array.from({ length: 40 }, () => served('weighted')))) counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  // Five standard deviations of a binomial with p = 3/4: one run in two million fails by chance.
  const spread = 5 * Math.sqrt(total * 0.75 * 0.25)
  assert.ok(Math.abs((counts.get('d') ?? 0) - total * 0.75) < spread, JSON.stringify([...counts]))
  const homes = new Set<string>()
  for (let user = 0; user < 12; user += 1) {
    const places = new Set(await Promise.all(Array.from({ length: 4 }, () => served('sticky', { user: `user-${user}` }))))
    assert.equal(places.size, 1)
    homes.add([...places][0] ?? '')
  }
  assert.equal(homes.size, 2)
})

test('a call that continues a stored response goes to the deployment that holds it', async () => {
  const client = await openai()
  const homes = new Set<string>()
  for (let chain = 0; chain < 6; chain += 1) {
    const first = await client.responses.create({ model: 'pair', input: 'Begin.' }).withResponse()
    const home = first.response.headers.get('x-weir-deployment') ?? ''
    homes.add(home)
    for (let turn = 0; turn < 3; turn += 1) {
      const next = await client.responses.create({ model: 'pair', input: 'Go on.', previous_response_id: first.data.id }).withResponse()
      assert.equal(next.response.headers.get('x-weir-deployment'), home)
    }
  }
  assert.ok(homes.size >= 1)
})

test('the breaker: a deployment that fails again and again rests, then gets one trial', async () => {
  const { scripted } = await house()
  scripted.tell('f', refusing(500))
  scripted.tell('g', well)
  for (let call = 0; call < 7; call += 1) assert.equal(await served('breaking'), 'g')
  assert.equal(scripted.arrivals('f').length, 5)
  scripted.tell('f', well)
  await until('its trial', () => served('breaking'), (deployment) => deployment === 'f')
  assert.equal(await served('breaking'), 'f')
})

test('provisioned first; 429, 5xx and a long context spill over, and who served is booked at its price', async () => {
  const home = await house()
  const { scripted } = home
  const azured = (response: Parameters<typeof well>[0]): void => void well(response, scripted.arrivals('ptu', 'paygo')[0]!, 1)
  scripted.tell('paygo', azured)
  scripted.tell('ptu', azured)
  const own = await ask('spilling')
  assert.equal(own.headers.get('x-weir-deployment'), 'ptu')
  assert.equal(own.headers.get('x-weir-cost'), '0.000019')
  assert.equal(own.headers.get('x-ms-spillover-from-deployment'), null)
  for (const refusal of [refusing(429, { code: '429' }, { 'retry-after': '60' }), refusing(500), refusing(503), refusing(400, { code: 'context_length_exceeded' })]) {
    scripted.tell('ptu', refusal)
    const spilled = await ask('spilling')
    assert.equal(spilled.headers.get('x-weir-deployment'), 'paygo')
    assert.equal(spilled.headers.get('x-weir-attempts'), '2')
    assert.equal(spilled.headers.get('x-ms-spillover-from-deployment'), 'ptu')
    assert.equal(spilled.headers.get('x-ms-deployment-name'), 'paygo')
    assert.ok(['429', '500', '503', '400'].includes(spilled.headers.get('x-ms-spillover-error') ?? ''))
    assert.equal(spilled.headers.get('x-weir-cost'), '0.000038')
    await home.settled()
    const { attempts } = await home.admin<{ attempts: readonly { n: number; deployment: string; price_list: string; charge: string }[] }>('GET', `/admin/v1/calls/${spilled.headers.get('x-weir-call-id')}`)
    assert.deepEqual(attempts.map((one) => one.deployment), ['ptu', 'paygo'])
  }
  scripted.tell('ptu', refusing(400, { message: 'a bad request', type: 'invalid_request_error' }))
  await assert.rejects(ask('spilling'), { status: 400 })
  scripted.tell('ptu', azured)
})

test('spillover that the cloud did by itself: the deployment that served is told, charged and booked at its price', async () => {
  const home = await house()
  home.scripted.tell('cloud', (response, arrival, n) => {
    if (n > 1) for (const [name, value] of Object.entries({ 'x-ms-spillover-from-deployment': 'ptu-1', 'x-ms-deployment-name': 'standard-1', 'x-ms-spillover-error': '429' })) response.setHeader(name, value)
    void well(response, arrival, n)
  })
  for (const [cost, deployment] of [['0.000019', 'cloud-ptu'], ['0.000038', 'cloud-standard']] as const) {
    const response = await ask('spilling-azure')
    assert.equal(response.headers.get('x-weir-cost'), cost)
    assert.equal(response.headers.get('x-ms-deployment-name'), deployment === 'cloud-ptu' ? null : 'standard-1')
    await home.settled()
    const call = await home.admin<object>('GET', `/admin/v1/calls/${response.headers.get('x-weir-call-id')}`)
    const text = JSON.stringify(call)
    assert.ok(text.includes(`"deployment":"${deployment}"`) && text.includes(cost), text)
  }
})

for (const [what, status, error] of [['a key that no longer works', 401, { code: 'invalid_api_key' }], ['a deactivated account', 401, { code: 'account_deactivated', message: 'The OpenAI account has been deactivated' }], ['an abuse penalty', 403, { code: 'AbusePenalty' }]] as const) {
  test(`supplier gone, ${what}: all deployments of the account leave together; one event; a new key brings them back`, async () => {
    const home = await house()
    const { scripted } = home
    for (const lane of ['shared-1', 'shared-2', 'outside']) scripted.tell(lane, well)
    const gone = async (): Promise<number> => (await home.admin<{ data: readonly { kind: string; subject: string }[] }>('GET', '/admin/v1/events?limit=200')).data.filter((event) => event.kind === 'supplier-gone' && event.subject === 'shared').length
    assert.match((await served('accounts')) ?? '', /^shared-/)
    const before = await gone()
    for (const lane of ['shared-1', 'shared-2']) scripted.tell(lane, refusing(status, error))
    assert.deepEqual(await Promise.all([served('accounts'), served('accounts'), served('accounts')]), ['outside', 'outside', 'outside'])
    const dialled = scripted.arrivals('shared-1', 'shared-2').length
    assert.equal(await served('accounts'), 'outside')
    assert.equal(scripted.arrivals('shared-1', 'shared-2').length, dialled, 'nothing is dialled there any more')
    await assert.rejects(ask('alone'), (cause: { status: number; code: string }) => cause.status === 503 && cause.code === 'supplier_suspended')
    assert.equal(await gone(), before + 1)
    for (const lane of ['shared-1', 'shared-2']) scripted.tell(lane, well)
    home.reconfigure((yaml) => yaml.replaceAll(/(lane-shared-\d: .*apiKey: )\S+(, account)/g, `$1${upstreamSecrets.lane}-${before}-${status}$2`))
    await until('the account is back', () => served('accounts'), (deployment) => deployment?.startsWith('shared-') === true)
    assert.ok((await ask('alone')).ok)
  })
}

test('a client’s words cannot take an account out', async () => {
  const { scripted } = await house()
  scripted.tell('shared-2', refusing(400, { message: 'Invalid value: "your account has been suspended AbusePenalty"', type: 'invalid_request_error' }))
  await assert.rejects(ask('alone'), { status: 400 })
  scripted.tell('shared-2', well)
  assert.ok((await ask('alone')).ok)
})

test('a wait for Retry-After ends when the client leaves', async () => {
  const { scripted } = await house()
  scripted.tell('a', refusing(429, {}, { 'retry-after': '1' }))
  const control = new AbortController()
  const asked = (await openai()).chat.completions.create({ model: 'one', messages: hello }, { signal: control.signal }).catch(() => undefined)
  while (scripted.arrivals('a').length === 0) await wait(5)
  control.abort()
  await asked
  await wait(1_300)
  assert.equal(scripted.arrivals('a').length, 1)
  scripted.tell('a', well)
})

test('a plain 403: another account serves at once, five in a row rest the deployment and people are told, the account stays', async () => {
  const home = await house()
  const { scripted } = home
  for (const lane of ['shared-1', 'shared-2']) scripted.tell(lane, refusing(403, { message: 'Access to this model is denied.', type: 'invalid_request_error' }))
  scripted.tell('outside', well)
  const told = async (): Promise<number> => (await home.admin<{ data: readonly { kind: string; subject: string; body: { kind?: string } }[] }>('GET', '/admin/v1/events?limit=200')).data.filter((event) => event.kind === 'supplier-gone' && event.subject === 'shared' && event.body.kind === 'forbidden').length
  for (let n = 0; n < 3; n += 1) assert.equal(await served('accounts'), 'outside')
  for (let n = 0; n < 5 && await told() === 0; n += 1) await assert.rejects(ask('alone'), ({ status }: { status: number }) => status === 403 || status === 503)
  await until('word of it', told, (count) => count > 0)
  assert.equal(await told(), 1)
  await assert.rejects(ask('alone'), { status: 503, code: 'suppliers_unavailable' })
  assert.equal(await served('accounts'), 'outside')
  for (const lane of ['shared-1', 'shared-2']) scripted.tell(lane, well)
  await until('it is tried again, and nobody had to do anything', () => ask('alone').then((answer) => answer.ok, () => false), Boolean)
})
