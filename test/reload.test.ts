/** A changed weir.yaml comes in force on a running server: each setting is seen to do what it says, without a restart. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ask, post } from '../demo/talk.ts'
import { until as eventually } from '../demo/until.ts'
import { startWeir } from '../demo/weir-process.ts'
import { attributeOf, startCollector } from './otlp-collector.ts'
import { judgeDatabase } from './storm/storm.ts'
import { oneUpstream } from './upstream/one-upstream.ts'
import { startUpstream } from './upstream/upstream.ts'

const key = 'sk-weir-reload-0000000000000'

/** Looks again until it holds: the file is looked at each second. */
const until = (what: string, holds: () => Promise<boolean> | boolean): Promise<boolean> => eventually(what, holds, Boolean)

test('settings of the node come in force without a restart; what cannot is named', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-reload-'))
  const bill = join(folder, 'bill.jsonl')
  const upstream = await startUpstream({ bill, pieceMs: 100, firstMs: 1 })
  const collector = await startCollector()
  const data = join(folder, 'data')
  const declare = (settings: string): string => `${settings}\n${oneUpstream(upstream.url, key)}`
  const weir = await startWeir({ data, quiet: false, config: declare('log: { level: warn }') })
  t.after(async () => {
    await weir.kill()
    await upstream.close()
    await collector.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const token = weir.first?.adminToken ?? ''
  const change = (settings: string): void => writeFileSync(`${data}.yaml`, declare(settings))
  const call = (more: object = {}): ReturnType<typeof post> =>
    post(`${weir.url}/v1/chat/completions`, { authorization: `Bearer ${key}` }, { model: 'gpt-4.1', max_tokens: 2, messages: [{ role: 'user', content: 'one two three' }], ...more })
  const logged = (text: string) => (): boolean => weir.log().includes(text)

  await t.test('log.level', async () => {
    assert.equal((await call()).status, 200)
    assert.ok(!weir.log().includes('"level":30'), weir.log())
    change('log: { level: info }')
    await until('a line of information', logged('in force now: log.level'))
  })

  await t.test('bodyLimitBytes', async () => {
    change('log: { level: info }\nbodyLimitBytes: 200')
    await until('413', async () => (await call({ user: 'x'.repeat(200) })).status === 413)
    change('log: { level: info }\nbodyLimitBytes: 100000')
    await until('200', async () => (await call({ user: 'x'.repeat(200) })).status === 200)
  })

  await t.test('staleAfterMs', async () => {
    change('log: { level: info }\nstaleAfterMs: 1')
    await until('not_current', async () => (await call()).text.includes('not_current'))
    change('log: { level: info }\nstaleAfterMs: 10000')
    await until('200', async () => (await call()).status === 200)
  })

  await t.test('webhooks.privateHosts', async () => {
    const register = (): ReturnType<typeof post> => post(`${weir.url}/admin/v1/webhook-endpoints`, { authorization: `Bearer ${token}` }, { name: 'own', url: 'http://127.0.0.1:9/hook', event_types: ['*'] })
    assert.equal((await register()).status, 422)
    change('log: { level: info }\nwebhooks: { privateHosts: ["127.0.0.1"] }')
    await until('201', async () => (await register()).status === 201)
    change('log: { level: info }')
    await until('422', async () => (await register()).status === 422)
  })

  await t.test('signIn', async () => {
    const button = async (): Promise<unknown> => ((await ask(`${weir.url}/admin/v1/sign-in`, token)) as { single_sign_on: string | null }).single_sign_on
    assert.equal(await button(), null)
    change('log: { level: info }\nsignIn: { url: "http://127.0.0.1:1", oidc: { issuer: "http://127.0.0.1:9", clientId: weir, label: Front door, roles: { admins: owner } } }')
    await until('a button', async () => (await button()) === 'Front door')
  })

  await t.test('otlp: turned on, and off again, when what is left is sent', async () => {
    change(`log: { level: info }\notlp: { endpoint: "${collector.url}" }`)
    await until('otlp.endpoint', logged('in force now: otlp.endpoint'))
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const { headers } = await post(`${weir.url}/v1/chat/completions`, { authorization: `Bearer ${key}`, traceparent }, { model: 'gpt-4.1', max_tokens: 2, messages: [{ role: 'user', content: 'one two three' }] })
    change('log: { level: info }')
    await until('spans', () => collector.spans().length === 2)
    const [one, two] = collector.spans()
    const [server, client] = one?.kind === 2 ? [one, two] : [two, one]
    assert.deepEqual(['gen_ai.operation.name', 'gen_ai.request.model', 'gen_ai.usage.output_tokens', 'weir.call.id'].map((name) => attributeOf(server, name)), ['chat', 'gpt-4.1', '2', headers['x-weir-call-id']])
    assert.deepEqual([server?.traceId, server?.parentSpanId, client?.parentSpanId], ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331', server?.spanId])
    for (const name of ['gen_ai.client.token.usage', 'gen_ai.client.operation.duration']) await until(name, () => collector.metrics().includes(name))
  })

  await t.test('journal.durability, and a witness whose key cannot be read', async () => {
    change('log: { level: info }\njournal: { durability: power }')
    await until('durability', logged('in force now: journal.durability'))
    assert.equal((await call()).status, 200)
    change(`log: { level: info }\nwitnesses: [{ url: "http://127.0.0.1:9", key: "witness.example/w+00000000+${Buffer.alloc(33, 4).toString('base64')}" }]`)
    await until('a refusal', logged('witnesses stays as it was: witnesses[0].key is not a verifier key'))
  })

  await t.test('listen, data, database and role wait for a restart, and the log says so', async () => {
    change(`log: { level: info }\nlisten: { host: 127.0.0.2 }\nrole: control\ndatabase: "postgres://nobody@127.0.0.1:9/none"`)
    await until('what waits', logged('listen, database, role will be in force after a restart'))
    assert.equal((await call()).status, 200)
  })

  await t.test('what is wrong is said, and nothing changes', async () => {
    change('log: { level: error }\ndrainMs: soon')
    await until('a problem', logged('drainMs: expected milliseconds: a whole number'))
    assert.equal((await call()).status, 200)
  })

  await t.test('drainMs: a stream of a hundred seconds is cut after half a second', async () => {
    const before = weir.log().length
    change('log: { level: info }\ndrainMs: 500')
    await until('drainMs', () => weir.log().slice(before).includes('drainMs'))
    let head: (() => void) | undefined
    const begun = new Promise<void>((resolve) => { head = resolve })
    const stream = fetch(`${weir.url}/v1/chat/completions`, {
      method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-4.1', stream: true, max_tokens: 1_000, metadata: { words: '1000' }, messages: [{ role: 'user', content: 'go on' }] }),
    }).then((answer) => {
      head?.()
      return answer.text()
    }).then((text) => (text.includes('[DONE]') ? 'whole' : 'broken'), () => 'broken')
    await begun
    // Rejects long before the stream would have ended.
    await weir.stop()
    assert.equal(await stream, 'broken')
    assert.deepEqual((await judgeDatabase({ kind: 'embedded', folder: join(data, 'database') }, bill)).wrong, [])
  })
})
