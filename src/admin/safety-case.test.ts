/** Our cases and webhooks, read by the client that a customer has for its maker's; and a maker's webhooks to us. */
import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import OpenAI from 'openai'
import { openAdmin } from '../../test/admin-stage.ts'
import { seededRandom } from '../kernel/random.ts'
import { approveRestriction, moveCase, openCase, restrict } from '../terms/cases/case-store.ts'
import { deliverDue, postMessages } from '../terms/webhooks/deliver.ts'
import { addEndpoint } from '../terms/webhooks/endpoint-store.ts'
import { signWebhook } from '../terms/webhooks/standard-webhooks.ts'
import { openMasterKey } from './secrets.ts'

test('OpenAI\'s client, unchanged, verifies our safety webhooks and reads the case that they name: a warning at the notice, a deactivation once a suspension holds', async (t) => {
  const stage = await openAdmin()
  const { store, folder } = stage
  const received: { readonly body: string; readonly headers: IncomingHttpHeaders }[] = []
  const hook = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => { body += chunk.toString() })
    request.on('end', () => {
      received.push({ body, headers: request.headers })
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => void hook.listen(0, '127.0.0.1', resolve))
  const { post, close } = postMessages(new Set(['127.0.0.1']))
  t.after(async () => {
    await close()
    hook.close()
    await stage.close()
  })
  const random = seededRandom(7)
  const masterKey = openMasterKey({ environment: undefined, dataFolder: folder, random })
  assert.ok(!('failed' in masterKey))
  // The client holds a message against the real clock.
  const now = Date.now()
  const clock = { now: () => now + 1, monotonic: () => 0 }
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`
  const secret = await store.transaction('admin', (sql) => addEndpoint(sql, { keyring: masterKey.keyring(), random }, { id: 'whe_acme', name: 'acme', url, eventTypes: ['safety.*'], organization: 'acme' }, { actor: 'ada', atMs: now }))
  const client = new OpenAI({ baseURL: `${stage.url}/v1`, apiKey: stage.token, webhookSecret: secret, maxRetries: 0 })
  const told = async (): Promise<readonly [string, string]> => {
    received.length = 0
    await deliverDue({ store, clock, random, keyring: masterKey.keyring, post })
    assert.equal(received.length, 1)
    const { body, headers } = received[0] ?? { body: '', headers: {} }
    const event = await client.webhooks.unwrap(body, headers as Record<string, string>)
    await assert.rejects(client.webhooks.unwrap(body.replace('safety', 'safely'), headers as Record<string, string>))
    assert.ok(event.type === 'safety.warning_issued' || event.type === 'safety.deactivation_issued', event.type)
    return [event.type, event.data.id]
  }
  const about = { organization: 'acme', project: 'lab', key: 'key_7' }
  await store.transaction('admin', (sql) => openCase(sql, 'case_1', { kind: 'signalled', organization: 'acme', about, source: 'own_initiative', matter: 'misuse', clause: 'oai.extract', says: 'It collects outputs.', evidence: [] }, 'ada', now))
  const move = (act: 'take-up' | 'open' | 'notice'): Promise<unknown> => store.transaction('admin', (sql) => moveCase(sql, 'case_1', { act, says: 'why', finding: undefined, evidence: [], actor: 'ada', atMs: now }))
  await move('take-up')
  await move('open')
  await assert.rejects(client.safety.cases.retrieve('case_1'), OpenAI.NotFoundError, 'whoever is looked at is first told by a notice')
  await assert.rejects(client.safety.cases.retrieve('case_2'), OpenAI.NotFoundError)

  await move('notice')
  assert.deepEqual(await told(), ['safety.warning_issued', 'case_1'])
  const warned = { id: 'case_1', object: 'safety.case', created_at: Math.floor(now / 1_000), entity_identifier: 'key_7', reason: 'oai.extract', notice: { type: 'warning' } }
  assert.deepEqual(await client.safety.cases.retrieve('case_1'), warned)
  assert.deepEqual(await client.safety.cases.retrieve('case_1'), warned, 'reading lifts nothing')

  await store.transaction('admin', (sql) => restrict(sql, 'case_1', { id: 'r1', kind: 'suspend_key', scope: about, clause: 'oai.extract', says: 'x', evidence: ['call_1'], appeal: 'write', reversible: true, automatic: false }, 'ada', now))
  assert.equal((await client.safety.cases.retrieve('case_1')).notice.type, 'warning', 'proposed by one person')
  await store.transaction('admin', (sql) => approveRestriction(sql, 'case_1', 'r1', undefined, 'bo', now))
  assert.deepEqual(await told(), ['safety.deactivation_issued', 'case_1'])
  assert.equal((await client.safety.cases.retrieve('case_1')).notice.type, 'deactivation')
})

test('webhooks to us: a warning and the deactivation after it in one case are two notices, in either order and once each; what is refused is an event that says why', async (t) => {
  const stage = await openAdmin()
  t.after(stage.close)
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const { body: { webhook_path: path } } = await stage.call('POST', '/admin/v1/notice-sources', { party: 'cloud', secret, base_url: 'http://127.0.0.1:9/v1' }) as unknown as { readonly body: { readonly webhook_path: string } }
  const send = async (action: string, { atMs = stage.time.now, key = secret } = {}): Promise<readonly [number, unknown]> => {
    const body = { id: `evt_${action}`, object: 'event', created_at: 1, type: `safety.${action}_issued`, data: { id: 'case_1' } }
    const answer = await stage.call('POST', path, body, null, { ...signWebhook([key], `msg_${action}`, atMs, JSON.stringify(body)) })
    return [answer.status, answer.body['notice']]
  }
  const [deactivated, warned, again] = [await send('deactivation'), await send('warning'), await send('deactivation')]
  assert.deepEqual([deactivated[0], warned[0]], [202, 202])
  assert.notEqual(deactivated[1], warned[1])
  assert.deepEqual(again, deactivated)
  const notices = (await stage.call('GET', '/admin/v1/notices')).body as unknown as { readonly data: readonly { readonly external: string }[] }
  assert.deepEqual(notices.data.map((one) => one.external).toSorted(), ['case_1 deactivation', 'case_1 warning'])

  for (const given of [{ atMs: stage.time.now - 400_000 }, { atMs: stage.time.now + 400_000 }, { key: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }]) assert.equal((await send('warning', given))[0], 401)
  // Whoever knows the path can send as many as it likes.
  for (let each = 0; each < 20; each += 1) await send('warning', { key: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' })
  const told = async (): Promise<readonly unknown[]> => (await stage.store.query<{ body: string }>('admin', `SELECT body FROM terms_leaf WHERE position('"kind":"notice-refused"' IN body) > 0 ORDER BY index`)).map(({ body }) => (JSON.parse(body) as { readonly body: { readonly refused: string } }).body.refused)
  assert.deepEqual(await told(), ['1'], 'one leaf a minute')
  stage.time.now += 60_000
  await send('warning', { atMs: stage.time.now - 400_000 })
  assert.deepEqual(await told(), ['1', '24'], 'with how many there were so far')
  const sources = (await stage.call('GET', '/admin/v1/notice-sources')).body as unknown as { readonly data: readonly { readonly refused: number }[] }
  assert.deepEqual(sources.data.map((one) => one.refused), [24])
  const events = await stage.store.query<{ body: { readonly says: string; readonly remedy: string } }>('admin', "SELECT body FROM event WHERE kind = 'notice-refused' ORDER BY body->>'says'")
  assert.deepEqual(events.map(({ body }) => body.says), ['A message to the source of cloud was refused: no signature fits: the message was changed, or signed with another secret.', 'A message to the source of cloud was refused: webhook-timestamp is more than five minutes from our clock.'])
  assert.match(events[0]?.body.remedy ?? '', /clock/)

  await stage.store.query('admin', `UPDATE terms_notice SET tries = 3, trouble = 'the sender answered 500' WHERE id = $1`, [warned[1]])
  assert.match((await stage.call('GET', '/admin/v1/doctor')).text, /notice \S+ of cloud waits, its case could not be read: the sender answered 500/)
})
