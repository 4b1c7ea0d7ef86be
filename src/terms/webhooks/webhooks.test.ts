import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import { openAnyForTest } from '../../../test/stores.ts'
import { seededRandom } from '../../kernel/random.ts'
import { makeMasterKey, readKeyring } from '../../kernel/sealing.ts'
import type { Keyring } from '../../kernel/sealing.ts'
import type { Sql, Store } from '../../store/store.ts'
import { approveRestriction, moveCase, openCase, restrict } from '../cases/case-store.ts'
import { ensureGovernance } from '../log/governance.ts'
import { deliverDue, nextTryMs, postMessages, readDeliveries, redeliver, waitsMs } from './deliver.ts'
import { addEndpoint, changeEndpoint, readEndpoints, removeEndpoint, resealWebhooks, rotateEndpoint, signingOf } from './endpoint-store.ts'
import { addressFault, isPublicAddress } from './public-address.ts'
import { isWebhookSecret, makeWebhookSecret, signWebhook, toleranceMs, verifyWebhook } from './standard-webhooks.ts'

const random = seededRandom(5)
const ringOf = (text: string): Keyring => {
  const ring = readKeyring(text)
  assert.ok(typeof ring !== 'string')
  return ring
}
const masterKey = makeMasterKey(random)
const keyring = ringOf(masterKey)
let now = Date.now()
let store: Store
const ask: Sql = (text, values) => store.query('admin', text, values)
const act = { actor: 'ada', get atMs() { return now } }

before(async () => {
  store = await openAnyForTest()
  await store.transaction('admin', (sql) => ensureGovernance(sql, 'log.example/governance'))
})
after(() => store.close())

const add = (id: string, url: string, eventTypes: readonly string[], organization?: string): Promise<string> => store.transaction('admin', (sql) => addEndpoint(sql, { keyring, random }, { id, name: id, url, eventTypes, organization }, act))
const raise = (id: string, kind: string, body: object): Promise<unknown> => ask('INSERT INTO event (id, at, kind, subject, body) VALUES ($1, now(), $2, $3, $4)', [id, kind, 'a subject', JSON.stringify(body)])

test('the example of the specification verifies; a changed body, another secret and an old or missing header do not', () => {
  // standard-webhooks, spec/standard-webhooks.md and its libraries' tests (read 2026-11-28).
  const [secret, id, seconds, body] = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'msg_p5jXN8AQM9LWM0D4loKWxJek', '1614265330', '{"test": 2432232314}']
  const headers: Record<string, string> = { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' }
  const judged = (change: Record<string, string | undefined> = {}, given = body, key = secret, nowMs = 1_614_265_330_000): string => verifyWebhook(key, (name) => ({ ...headers, ...change })[name], Buffer.from(given), nowMs).status
  assert.equal(judged(), 'verified')
  assert.equal(judged({ 'webhook-signature': `v1,AAAA v1a,x ${headers['webhook-signature'] ?? ''}` }), 'verified', 'one of several')
  assert.equal(judged({}, '{"test": 2432232315}'), 'refused')
  assert.equal(judged({}, body, makeWebhookSecret(random)), 'refused')
  assert.equal(judged({ 'webhook-id': 'msg_other' }), 'refused')
  for (const name of Object.keys(headers)) assert.equal(judged({ [name]: undefined }), 'refused', name)
  assert.equal(judged({}, body, secret, 1_614_265_330_000 + toleranceMs + 1_000), 'refused', 'played again later')
  assert.equal(judged({}, body, secret, 1_614_265_330_000 - toleranceMs - 1_000), 'refused')
  assert.deepEqual([isWebhookSecret(secret), isWebhookSecret('whsec_short'), isWebhookSecret('not base 64!')], [true, false, false])
})

test('OpenAI\'s own client reads what we send, and refuses it changed', async () => {
  const secret = makeWebhookSecret(random)
  const client = new OpenAI({ apiKey: 'none', webhookSecret: secret })
  const body = JSON.stringify({ id: 'evt_1', object: 'event', created_at: 1, type: 'safety.warning_issued', data: { id: 'case_1' } })
  const headers = { ...signWebhook([makeWebhookSecret(random), secret], 'evt_1', Date.now(), body) }
  const event = await client.webhooks.unwrap(body, headers)
  assert.deepEqual([event.type, (event.data as { id: string }).id], ['safety.warning_issued', 'case_1'])
  await assert.rejects(client.webhooks.unwrap(body.replace('case_1', 'case_2'), headers))
})

test('where webhooks may go: public addresses over https, and hosts that the operator named', () => {
  const exempt = new Set(['hooks.internal'])
  for (const url of ['https://example.com/x', 'https://93.184.215.14/', 'http://hooks.internal:8080/x']) assert.equal(addressFault(url, exempt), undefined, url)
  for (const url of ['http://example.com/', 'https://127.0.0.1/', 'https://[::1]/', 'https://169.254.169.254/latest/meta-data', 'https://10.1.2.3/', 'https://[::ffff:10.0.0.1]/', 'https://user:pass@example.com/', 'ftp://hooks.internal/', 'nonsense', 'https://0x7f000001/', 'https://[fd00::1]/'])
    assert.notEqual(addressFault(url, exempt), undefined, url)
  for (const address of ['::ffff:192.168.0.1', '100.64.0.1', '0.0.0.0', '224.0.0.1', '64:ff9b::a00:1', 'fe80::1', '2002:0a00:0001::', 'no address']) assert.equal(isPublicAddress(address), false, address)
  for (const address of ['8.8.8.8', '2606:4700:4700::1111']) assert.equal(isPublicAddress(address), true, address)
})

test('a name that leads to a private address is refused at the connection', async () => {
  const { post, close } = postMessages(new Set())
  const answer = await post('https://localhost:1/', {}, '{}')
  await close()
  assert.equal(answer.status, undefined)
  assert.match(answer.says, /not a public address/)
})

test('what happens is delivered signed, tried again while it fails, visible, and sent again by hand', async () => {
  const seen: { headers: Record<string, unknown>; body: string }[] = []
  let status = 503
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => { body += chunk.toString() })
    request.on('end', () => {
      seen.push({ headers: request.headers, body })
      response.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:1/' } : {}).end(status === 503 ? 'not today' : '')
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  const { post, close } = postMessages(new Set(['127.0.0.1']))
  const deliver = (): Promise<number> => deliverDue({ store, clock: { now: () => now, monotonic: () => now }, random, keyring: () => keyring, post })
  const secret = await add('whe_a', url, ['event.budget-threshold'])
  await raise('event_1', 'other', {})
  await raise('event_2', 'budget-threshold', { organization: 'acme', used: '0.8' })
  now = Date.now() + 1
  assert.equal(await deliver(), 1, 'the one that was asked for')
  const [failed] = await readDeliveries(ask, { limit: 10 })
  assert.deepEqual([failed?.state, failed?.tries, failed?.status, failed?.says], ['waiting', 1, 503, 'not today'])
  assert.equal(await deliver(), 0, 'not before its time')
  now += waitsMs[0] * 1.2
  status = 302
  assert.equal(await deliver(), 1)
  assert.match((await readDeliveries(ask, { limit: 1 }))[0]?.says ?? '', /redirects are not followed/)
  now += waitsMs[1] * 1.2
  status = 204
  // During a rotation both secrets sign.
  const rotated = await store.transaction('admin', (sql) => rotateEndpoint(sql, { keyring, random }, 'whe_a', 3_600_000, act))
  await deliver()
  assert.deepEqual((await readDeliveries(ask, { state: 'delivered', limit: 9 })).map((one) => [one.id, one.tries]), [['event_2', 3]])
  const last = seen.at(-1)
  for (const key of [secret, rotated ?? '']) assert.equal(verifyWebhook(key, (name) => String(last?.headers[name]), Buffer.from(last?.body ?? ''), now).status, 'verified')
  assert.deepEqual(seen.map((one) => one.headers['webhook-id']), ['event_2', 'event_2', 'event_2'], 'the same id at every try')
  assert.deepEqual((JSON.parse(last?.body ?? '{}') as { type: string; data: unknown }).data, { subject: 'a subject', event: { organization: 'acme', used: '0.8' } })
  assert.equal(await redeliver(ask, 'whe_a', 'event_9', now), 'missing')
  assert.equal(await redeliver(ask, 'whe_a', 'event_2', now), 'again')
  status = 410
  await deliver()
  assert.deepEqual((await readEndpoints(ask)).map((one) => [one.id, one.enabled]), [['whe_a', false]], 'gone: switched off')
  const waiting = async (): Promise<number> => (await readDeliveries(ask, { state: 'waiting', limit: 9 })).length
  assert.deepEqual([await redeliver(ask, 'whe_a', 'event_2', now), await waiting()], ['off', 0], 'nothing is left waiting for an endpoint that takes nothing')
  await add('whe_old', 'https://example.org/old', ['event.passed'])
  await raise('event_3', 'passed', {})
  await store.transaction('admin', (sql) => removeEndpoint(sql, 'whe_old', act))
  assert.deepEqual([await redeliver(ask, 'whe_old', 'event_3', now), await waiting()], ['removed', 0])
  await close()
  server.close()
})

test('every endpoint has its turn, however much waits for another', async () => {
  const sent: string[] = []
  const post = (url: string): Promise<{ status: number; says: string }> => { sent.push(new URL(url).pathname); return Promise.resolve({ status: 204, says: '' }) }
  await add('whe_busy', 'https://example.com/busy', ['event.busy'])
  await add('whe_quiet', 'https://example.com/quiet', ['event.quiet'])
  for (let n = 0; n < 20; n += 1) await raise(`event_busy_${n}`, 'busy', {})
  await raise('event_quiet', 'quiet', {})
  now = Date.now() + 1
  assert.equal(await deliverDue({ store, clock: { now: () => now, monotonic: () => now }, random, keyring: () => keyring, post }), 8)
  assert.deepEqual([sent.filter((one) => one === '/busy').length, sent.filter((one) => one === '/quiet').length], [7, 1])
  for (const id of ['whe_busy', 'whe_quiet']) await store.transaction('admin', (sql) => removeEndpoint(sql, id, act))
})

test('ten tries over three days, then it is given up', () => {
  const times: (number | undefined)[] = Array.from({ length: 11 }, (_, tries) => nextTryMs(tries + 1, 0, random))
  assert.equal(times.filter((one) => one !== undefined).length, 9)
  assert.equal(nextTryMs(10, 0, random), undefined)
  const days = waitsMs.reduce<number>((sum, one) => sum + one, 0) / 86_400_000
  assert.ok(days > 3 && days < 3.5, String(days))
})

test('an endpoint of a customer hears of its own cases only: a warning at the notice, a deactivation where a suspension holds; what is rolled back is never sent', async () => {
  await add('whe_acme', 'https://example.com/acme', ['safety.*', 'case.*'], 'acme')
  await add('whe_all', 'https://example.com/all', ['*'])
  const grounds = { clause: 'oai.compete', says: 'x', evidence: ['call_1'], appeal: 'write', reversible: true, automatic: false }
  for (const organization of ['acme', 'other']) {
    const id = `case_${organization}`
    await store.transaction('admin', (sql) => openCase(sql, id, { kind: 'signalled', organization, about: { organization }, source: 'own_initiative', matter: 'misuse', clause: 'c', says: 's', evidence: [] }, 'ada', now))
    for (const move of ['take-up', 'open', 'notice'] as const) await store.transaction('admin', (sql) => moveCase(sql, id, { act: move, says: 'why', finding: undefined, evidence: [], actor: 'ada', atMs: now }))
  }
  await store.transaction('admin', (sql) => restrict(sql, 'case_acme', { ...grounds, id: 'r1', kind: 'block_export', scope: { organization: 'acme' } }, 'ada', now))
  await store.transaction('admin', (sql) => restrict(sql, 'case_acme', { ...grounds, id: 'r2', kind: 'suspend_project', scope: { organization: 'acme', project: 'p' } }, 'ada', now))
  await store.transaction('admin', (sql) => approveRestriction(sql, 'case_acme', 'r2', undefined, 'bo', now))
  await assert.rejects(store.transaction('admin', async (sql) => {
    await moveCase(sql, 'case_acme', { act: 'answer', says: 'why', finding: undefined, evidence: [], actor: 'ada', atMs: now })
    throw new Error('rolled back')
  }))
  const told = (await readDeliveries(ask, { endpoint: 'whe_acme', limit: 50 })).map((one) => one.type).toSorted()
  assert.deepEqual(told, ['case.notice', 'case.open', 'case.restricted', 'case.restricted', 'case.restriction-approved', 'case.signalled', 'case.take-up', 'safety.deactivation_issued', 'safety.warning_issued'])
  assert.equal((await readDeliveries(ask, { endpoint: 'whe_all', limit: 50 })).filter((one) => one.body.includes('case_other')).length, 5)
  assert.equal(await store.transaction('admin', (sql) => removeEndpoint(sql, 'whe_acme', act)), true)
  assert.deepEqual([...new Set((await readDeliveries(ask, { endpoint: 'whe_acme', limit: 50 })).map((one) => one.state))], ['given-up'])
  assert.equal(await store.transaction('admin', (sql) => changeEndpoint(sql, 'whe_acme', { enabled: true }, act)), false)
})

test('secrets stand sealed in the database and follow the master key', async () => {
  const secret = await add('whe_s', 'https://example.com/s', ['*'])
  const rows = JSON.stringify(await ask('SELECT * FROM webhook_endpoint'))
  assert.equal(rows.includes(secret.slice(6)), false)
  const next = ringOf(`${makeMasterKey(random)}\n${masterKey}`)
  assert.ok(Number(await store.transaction('admin', (sql) => resealWebhooks(sql, next, random))) >= 1)
  const signing = await signingOf(ask, next, 'whe_s', now)
  assert.deepEqual('failed' in signing ? signing : signing.secrets, [secret])
})
