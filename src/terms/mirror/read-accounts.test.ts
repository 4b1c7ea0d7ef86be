/** Accounts that tell nobody: Azure's and Bedrock's interfaces as their references give them, played by a server here. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { openAnyForTest } from '../../../test/stores.ts'
import { keepsMore } from '../../gateway/data-retention.ts'
import type { RetentionMode } from '../../gateway/data-retention.ts'
import { seededRandom } from '../../kernel/random.ts'
import { makeMasterKey, readKeyring } from '../../kernel/sealing.ts'
import type { Keyring } from '../../kernel/sealing.ts'
import { raiseEvent } from '../../ledger/events.ts'
import { makeTokenSource } from '../../providers/entra.ts'
import type { Sql, Store } from '../../store/store.ts'
import { readCase } from '../cases/case-store.ts'
import { ensureGovernance } from '../log/governance.ts'
import { addWatch, readRetention, readWatches, removeWatch, resealWatches } from './account-watches.ts'
import type { WatchedAccount } from './account-watches.ts'
import { readNotices } from './notice-store.ts'
import { readPenalties } from './penalties.ts'
import { everyMs, readAccounts } from './read-accounts.ts'
import type { ReadAccountsPorts } from './read-accounts.ts'

const random = seededRandom(61)
const ringOf = (text: string): Keyring => {
  const ring = readKeyring(text)
  assert.ok(typeof ring !== 'string')
  return ring
}
const masterKey = makeMasterKey(random)
let keyring = ringOf(masterKey)
let now = 1_800_000_000_000
const clock = { now: () => now, monotonic: () => now }
let store: Store
const ask: Sql = (text, values) => store.query('admin', text, values)

let answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined
const asked: string[] = []
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url} ${String(request.headers.authorization ?? request.headers['x-api-key'])}`)
  request.resume().on('end', () => answer(request, response))
})
const json = (status: number, body: unknown, headers: Record<string, string> = {}) => (_request: IncomingMessage, response: ServerResponse): void => void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

let declared: RetentionMode = 'none'
const entra = makeTokenSource({ clock })
const ports = (): ReadAccountsPorts => ({
  store, clock, random, keyring: () => keyring, privateHosts: new Set(['127.0.0.1']), pseudonym: (_organization, user) => user, accessToken: async (account) => entra.token(account),
  judgeRetention: (_account, _region, mode) => ({ declared, keepsMore: keepsMore(mode, declared) }), raise: (sql, kind, subject, occasion, body) => raiseEvent(sql, clock, kind, subject, occasion, body),
})
const add = (watch: Partial<WatchedAccount> & Pick<WatchedAccount, 'id' | 'kind' | 'url'>): Promise<void> => store.transaction('admin', (sql) =>
  addWatch(sql, keyring, random, { party: 'azure', account: watch.id, organization: 'acme', region: undefined, tenant: undefined, client: undefined, authority: undefined, ...watch, secret: 'a secret of theirs' }, 'ada', now))
const events = async (): Promise<string[]> => (await ask<{ kind: string; subject: string }>('SELECT kind, subject FROM event ORDER BY at, id')).map((one) => `${one.kind} ${one.subject}`)
const turn = async (): Promise<number> => {
  now += everyMs
  return readAccounts(ports())
}

let url = ''
before(async () => {
  store = await openAnyForTest()
  await store.transaction('admin', (sql) => ensureGovernance(sql, 'log.example/governance'))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
after(async () => {
  server.close()
  await store.close()
})

test('Azure\'s abuse penalty is read with a token of Entra\'s, becomes a notice and a case once, and its end is told', async () => {
  const resource = '/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/main'
  let penalty: object | undefined
  const account = () => ({ id: resource, name: 'main', type: 'Microsoft.CognitiveServices/accounts', kind: 'OpenAI', properties: { provisioningState: 'Succeeded', endpoint: 'https://main.openai.azure.com/', ...(penalty === undefined ? {} : { abusePenalty: penalty }) } })
  answer = (request, response) => (request.url?.includes('/oauth2/') === true ? json(200, { token_type: 'Bearer', expires_in: 3_599, access_token: 'a-token' }) : json(200, account()))(request, response)
  await add({ id: 'azure-main', kind: 'azure-account', url: `${url}${resource}?api-version=2024-10-01`, tenant: 't-1', client: 'c-1', authority: url })
  assert.deepEqual([await readAccounts(ports()), await readAccounts(ports())], [1, 0], 'once every five minutes')
  assert.deepEqual(asked, ['POST /t-1/oauth2/v2.0/token undefined', `GET ${resource}?api-version=2024-10-01 Bearer a-token`])
  assert.deepEqual([(await readWatches(ask))[0]?.state, await readNotices(ask)], ['none', []], 'no penalty, nothing told')

  penalty = { action: 'Throttle', rateLimitPercentage: 25, expiration: '2027-02-01T00:00:00Z' }
  await turn()
  await turn()
  const [notice, ...others] = await readNotices(ask)
  assert.deepEqual([notice?.party, notice?.form, notice?.reading?.action, notice?.reading?.percent, notice?.reading?.account, others.length], ['azure', 'azure-abuse-penalty', 'throttle', 25, 'azure-main', 0])
  assert.match((await readCase(ask, notice?.case ?? ''))?.signal.says ?? '', /Azure throttles account azure-main to 25 % of its rate until 2027-02-01/)
  const imposed = async (): Promise<unknown> => (await readPenalties(ask, now)).map((one) => [one.account, one.action, one.percent, one.untilMs])
  assert.deepEqual(await imposed(), [['azure-main', 'throttle', 25, Date.parse('2027-02-01')]])
  penalty = { action: 'Block' }
  await turn()
  assert.deepEqual(await imposed(), [['azure-main', 'block', undefined, Infinity]], 'in its place, and while the account says so')
  penalty = undefined
  await turn()
  assert.deepEqual(await imposed(), [], 'no longer there, no longer acted on')
  penalty = { action: 'Block' }
  await turn()
  assert.deepEqual((await readNotices(ask)).map((one) => one.reading?.action), ['block', 'block', 'throttle'], 'what comes again after it had ended is told again')
  assert.deepEqual(await events(), ['supplier-penalty-ended account/azure-main'])
  await store.transaction('admin', (sql) => removeWatch(sql, 'azure-main', 'ada', now))
  assert.deepEqual((await readPenalties(ask, now + 71 * 3_600_000)).map((one) => one.action), ['block'])
  assert.deepEqual(await readPenalties(ask, now + 72 * 3_600_000), [], 'of an account that nobody reads any more, no longer than a program may')
})

test('Bedrock\'s retention mode: a change is told, one that keeps more than was declared is a case', async () => {
  await ask('DELETE FROM event')
  asked.length = 0
  let mode = 'none'
  answer = (request, response) => json(200, request.url?.includes('/projects/') === true ? { id: 'proj_1', data_retention: { mode } } : { mode, updated_at: 1_733_529_600 })(request, response)
  await add({ id: 'bedrock-eu', kind: 'bedrock-retention', party: 'bedrock', url: `${url}/v1/data_retention`, region: 'eu-west-1' })
  await add({ id: 'bedrock-project', kind: 'bedrock-retention', party: 'bedrock', url: `${url}/v1/organization/projects/proj_1`, region: 'eu-west-1' })
  await add({ id: 'bedrock-plane', kind: 'bedrock-retention', party: 'bedrock', url: `${url}/data-retention`, region: 'eu-west-1' })
  assert.equal(await turn(), 3)
  assert.deepEqual(asked.toSorted(), ['GET /data-retention Bearer a secret of theirs', 'GET /v1/data_retention a secret of theirs', 'GET /v1/organization/projects/proj_1 a secret of theirs'])
  const cases = async (): Promise<string[]> => (await ask<{ says: string }>(`SELECT body->>'says' AS says FROM terms_case_event WHERE kind = 'signalled' AND body->>'clause' = 'aws.retention' ORDER BY at_ms`)).map((one) => one.says)
  assert.deepEqual([(await readWatches(ask)).map((one) => one.state), await cases()], [['none', 'none', 'none'], []])
  for (const id of ['bedrock-project', 'bedrock-plane']) await store.transaction('admin', (sql) => removeWatch(sql, id, 'ada', now))
  const version = async (): Promise<number> => Number((await ask<{ version: string }>('SELECT version FROM snapshot_version'))[0]?.version)
  const stood = await version()
  await turn()
  assert.deepEqual([await version(), await readRetention(ask)], [stood, [{ account: 'bedrock-eu', region: 'eu-west-1', mode: 'none' }]], 'nothing new makes no new snapshot')
  mode = 'aws_review'
  await turn()
  await turn()
  assert.ok((await version()) > stood, 'every node decides anew')
  assert.match((await cases()).join('\n'), /^bedrock holds account bedrock-eu in eu-west-1 at data retention aws_review; weir.yaml says none\. [^\n]*$/, 'one case for one change')
  declared = 'aws_review'
  mode = 'default'
  await turn()
  assert.equal((await cases()).length, 1, 'less than declared breaks no promise')
  assert.deepEqual((await events()).filter((one) => one === 'retention-mode account/bedrock-eu').length, 2)
  assert.deepEqual([keepsMore('inherit', 'none'), keepsMore('a-new-mode', 'provider_data_share'), keepsMore('provider_data_share', 'inherit')], [true, true, false])
})

test('what cannot be read is asked for less and less often, as long as the supplier says, and told after three times', async () => {
  await ask('DELETE FROM event')
  let status = 429
  answer = (request, response) => json(status, { error: 'no' }, status === 429 ? { 'retry-after': '1200' } : {})(request, response)
  const watch = async () => (await readWatches(ask)).find((one) => one.id === 'bedrock-eu')
  assert.equal(await turn(), 1)
  assert.deepEqual([(await watch())?.failures, (await watch())?.nextAtMs, (await watch())?.state], [1, now + 1_200_000, 'default'])
  assert.match((await watch())?.trouble ?? '', /answered 429/)
  status = 403
  now += 1_200_000
  assert.equal(await readAccounts(ports()), 1)
  assert.equal((await watch())?.nextAtMs, now + 2 * everyMs)
  now += 2 * everyMs
  answer = json(200, { mode: 7 })
  assert.equal(await readAccounts(ports()), 1)
  assert.match((await watch())?.trouble ?? '', /is not bedrock-retention/)
  assert.deepEqual(await events(), ['account-unread account/bedrock-eu'])
  now += 4 * everyMs
  answer = json(503, {}, { 'retry-after': 'Tue, 01 Dec 2026 10:50:00 GMT', date: 'Tue, 01 Dec 2026 10:00:00 GMT' })
  assert.equal(await readAccounts(ports()), 1)
  assert.equal((await watch())?.nextAtMs, now + 3_000_000, 'a date counts from the answer’s own')
  now += 3_000_000
  for (const [script, says] of [
    [(_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"mode": "def'), /no JSON, or was cut/],
    [(_request, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), /answered 302 for account bedrock-eu/],
    [(request) => void request.socket.destroy(), /could not be asked for account bedrock-eu: \S+/],
  ] as const satisfies readonly (readonly [typeof answer, RegExp])[]) {
    answer = script
    await readAccounts(ports())
    assert.match((await watch())?.trouble ?? '', says)
    now += 3_600_000
  }
  answer = json(200, { mode: 'default' })
  await readAccounts(ports())
  assert.deepEqual([(await watch())?.failures, (await watch())?.trouble], [0, undefined])
})

test('its secret stands sealed, follows the master key, and is destroyed with the watch', async () => {
  const sealed = async (): Promise<string> => (await ask<{ sealed_secret: string }>("SELECT sealed_secret FROM terms_account_watch WHERE id = 'bedrock-eu'"))[0]?.sealed_secret ?? ''
  const before = await sealed()
  assert.equal(before.includes('a secret of theirs'), false)
  keyring = ringOf(`${makeMasterKey(random)}\n${masterKey}`)
  assert.equal(await store.transaction('admin', (sql) => resealWatches(sql, keyring, random)), 1)
  assert.notEqual(await sealed(), before)
  await turn()
  assert.equal((await readWatches(ask))[0]?.failures, 0)
  assert.equal(await store.transaction('admin', (sql) => removeWatch(sql, 'bedrock-eu', 'ada', now)), true)
  assert.deepEqual([await sealed(), await readWatches(ask), await turn()], ['', [], 0])
})
