/** Our cases and webhooks, read by the client that a customer has for its maker's. */
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
