/** What a supplier imposes on an account, on a running node: calls go where the penalty leaves them, visibly, and for its time only. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../demo/until.ts'
import { startNodeForTest } from './running-node.ts'

const secret = 'sk-weir-penalties-test-0001'
const config = `
providers:
  main: { type: sandbox, maker: openai, channel: azure }
  other: { type: sandbox, maker: openai, channel: openai }
models:
  both: { deployments: [{ provider: main, model: gpt-4.1, id: main/both }, { provider: other, model: gpt-4.1, id: other/both, group: 1 }] }
  alone: { deployments: [{ provider: main, model: gpt-4.1, id: main/alone }] }
organizations: { acme: { projects: { feed: { keys: [{ name: one, secret: "${secret}" }] } } } }
`

interface Answer<T> { readonly status: number; readonly body: T; readonly side: string }
interface Imported { readonly id: string; readonly case: string; readonly imposed: { readonly account: string; readonly action: string; readonly percent: number | null; readonly until: string | null } | null }

test('a throttled account yields all but its share, a blocked one leaves rotation with its reason; its own end, or a person, brings it back', async (t) => {
  const node = await startNodeForTest(t, config)
  const { token } = node
  const ask = async <T>(method: 'GET' | 'POST', path: string, bearer: string, body?: object): Promise<Answer<T>> => {
    const { status, text, deployment } = await node.ask(method, path, bearer, body)
    return { status, body: JSON.parse(text) as T, side: deployment }
  }
  const call = (model: string): Promise<Answer<{ readonly error?: { readonly code: string } }>> => ask('POST', '/v1/chat/completions', secret, { model, max_tokens: 8, messages: [{ role: 'user', content: 'How high is the river?' }] })
  const impose = async (abusePenalty: object): Promise<Imported> => {
    const { status, body } = await ask<Imported>('POST', '/admin/v1/notices', token, { party: 'azure', form: 'azure-abuse-penalty', body: { name: 'main', properties: { abusePenalty } } })
    assert.equal(status, 201, JSON.stringify(body))
    return body
  }
  const sides = async (count: number): Promise<Record<string, number>> => {
    const all: Record<string, number> = {}
    for (let n = 0; n < count; n += 1) {
      const { status, side } = await call('both')
      assert.equal(status, 200)
      all[side] = (all[side] ?? 0) + 1
    }
    return all
  }
  const suspended = async (): Promise<{ readonly reason: string } | null | undefined> =>
    (await ask<{ readonly accounts: readonly { readonly account: string; readonly suspended: { readonly reason: string } | null }[] }>('GET', '/admin/v1/health', token)).body.accounts.find((one) => one.account === 'main')?.suspended
  const events = async (): Promise<string[]> => (await ask<{ readonly data: readonly { readonly kind: string; readonly subject: string }[] }>('GET', '/admin/v1/events', token)).body.data.map((one) => `${one.kind} ${one.subject}`)

  assert.deepEqual(await sides(4), { 'main/both': 4 })
  const throttled = await impose({ action: 'Throttle', rateLimitPercentage: 25, expiration: '2090-01-01T00:00:00Z' })
  assert.deepEqual(throttled.imposed, { account: 'main', action: 'throttle', percent: 25, until: '2090-01-01T00:00:00.000Z' })
  assert.match(throttled.case, /^case_/)
  await until('a call at other/both', () => call('both'), ({ side }) => side === 'other/both')
  assert.deepEqual(await sides(40), { 'main/both': 10, 'other/both': 30 })
  assert.equal((await call('alone')).status, 200, 'what no other place may serve stays')

  const blocked = await impose({ action: 'Block', expiration: new Date(Date.now() + 15_000).toISOString() })
  await until('the block in force', suspended, (found) => found != null)
  assert.deepEqual(await sides(8), { 'other/both': 8 })
  const refused = await call('alone')
  assert.deepEqual([refused.status, refused.body.error?.code], [503, 'supplier_suspended'])
  assert.match((await suspended())?.reason ?? '', /^Azure blocks account main until /)
  assert.ok((await events()).includes('account-penalized main'))
  await until('the end of the block', suspended, (found) => found === null)
  assert.equal((await call('alone')).status, 200, 'it ends by itself')
  assert.equal((await ask<Imported>('GET', `/admin/v1/notices/${blocked.id}`, token)).body.imposed, null)

  assert.equal((await ask<{ readonly reinstated: boolean }>('POST', '/admin/v1/accounts/main/reinstate', token)).body.reinstated, true)
  assert.deepEqual(await sides(8), { 'main/both': 8 }, 'the throttle is over, by a person')
  assert.equal((await ask<Imported>('GET', `/admin/v1/notices/${throttled.id}`, token)).body.imposed, null)
})
