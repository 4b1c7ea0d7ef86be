import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import type { Clock } from '../kernel/clock.ts'
import { makeCredentials, makeTokenSource, type EntraAccount } from './entra.ts'

interface TokenServer {
  readonly account: EntraAccount
  readonly forms: URLSearchParams[]
  answer: (response: ServerResponse, n: number) => void
}

const grant = (seconds: number) => (response: ServerResponse, n: number): void => {
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ token_type: 'Bearer', expires_in: seconds, access_token: `token-${n}` }))
}

async function tokenServer(context: TestContext): Promise<TokenServer> {
  const forms: URLSearchParams[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      if (request.url !== '/tenant-1/oauth2/v2.0/token') return void response.writeHead(404).end()
      forms.push(new URLSearchParams(Buffer.concat(chunks).toString()))
      state.answer(response, forms.length)
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  context.after(() => { server.closeAllConnections(); server.close() })
  const authority = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const state: TokenServer = { account: { tenantId: 'tenant-1', clientId: 'client-1', clientSecret: 'hush-hush', authority, scope: undefined }, forms, answer: grant(3_600) }
  return state
}

function turnedClock(): Clock & { forward: (ms: number) => void } {
  let now = 1_000_000
  return { now: () => now, monotonic: () => now, forward: (ms) => { now += ms } }
}

test('one fetch serves all who ask, and the token is kept until shortly before it ends', async (context) => {
  const server = await tokenServer(context)
  const clock = turnedClock()
  const source = makeTokenSource({ clock })
  const asked = await Promise.all([source.token(server.account), source.token(server.account), source.token(server.account)])
  assert.deepEqual(asked, [{ token: 'token-1' }, { token: 'token-1' }, { token: 'token-1' }])
  assert.equal(server.forms.length, 1)
  assert.deepEqual(Object.fromEntries(server.forms[0] ?? []), { grant_type: 'client_credentials', client_id: 'client-1', client_secret: 'hush-hush', scope: 'https://cognitiveservices.azure.com/.default' })

  clock.forward(3_600_000 - 6 * 60_000)
  assert.deepEqual(source.token(server.account), { token: 'token-1' })
  assert.equal(server.forms.length, 1)
  clock.forward(2 * 60_000)
  // Within the last five minutes: still answered from memory while a new one is fetched.
  assert.deepEqual(source.token(server.account), { token: 'token-1' })
  assert.deepEqual(source.token(server.account), { token: 'token-1' })
  while (server.forms.length < 2) await new Promise(setImmediate)
  clock.forward(3.5 * 60_000)
  assert.deepEqual(await source.token(server.account), { token: 'token-2' })
  assert.equal(server.forms.length, 2)
})

test('a refusal is a value that names the cause and keeps the secret; the next ask tries again', async (context) => {
  const server = await tokenServer(context)
  const source = makeTokenSource({ clock: turnedClock() })
  server.answer = (response) => void response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ error: 'invalid_client', error_description: 'Invalid client secret provided.' }))
  const refused = await source.token(server.account)
  assert.ok('failed' in refused)
  assert.match(refused.failed, /invalid_client/)
  assert.doesNotMatch(refused.failed, /hush-hush/)
  server.answer = (response) => void response.writeHead(200).end('<html>')
  const odd = await source.token(server.account)
  assert.match('failed' in odd ? odd.failed : '', /without a token/)
  server.answer = grant(100)
  assert.deepEqual(await source.token(server.account), { token: 'token-3' })
})

test('an unreachable authority is a value', async () => {
  const source = makeTokenSource({ clock: turnedClock() })
  const result = await source.token({ tenantId: 't', clientId: 'c', clientSecret: 's', authority: 'http://127.0.0.1:1', scope: undefined })
  assert.match('failed' in result ? result.failed : '', /connection failed/)
})

test('forget makes the next ask fetch, and credentials choose Entra over the key', async (context) => {
  const server = await tokenServer(context)
  const source = makeTokenSource({ clock: turnedClock() })
  const credentials = makeCredentials(source)
  const account = { type: { auth: 'api-key' as const }, apiKey: 'k', entra: server.account }
  assert.deepEqual(await credentials(account), { authorization: 'Bearer token-1' })
  assert.deepEqual(credentials(account), { authorization: 'Bearer token-1' })
  source.forget(server.account)
  assert.deepEqual(await credentials(account), { authorization: 'Bearer token-2' })
  assert.deepEqual(credentials({ ...account, entra: undefined }), { 'api-key': 'k' })
})
