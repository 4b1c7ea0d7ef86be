import assert from 'node:assert/strict'
import test from 'node:test'
import { openAnyForTest } from '../../test/stores.ts'
import { makeBreaker } from '../gateway/breaker.ts'
import { buildSnapshot } from '../gateway/build-snapshot.ts'
import { modelFacts } from '../ledger/model-facts.ts'
import { providerType } from '../providers/catalogue.ts'
import { resourcesSchema } from '../gateway/resources.ts'
import { accountHealth, serviceFigures } from './service-figures.ts'

const clock = { now: () => Date.parse('2026-11-20T10:00:00Z'), monotonic: () => 0 }

test('health names what each deployment serves, what rests, and which account is out', () => {
  const { providers, models } = resourcesSchema.parse({
    providers: { one: { type: 'openai', apiKey: 'sk-one-0000000000', account: 'shared' }, two: { type: 'openai', apiKey: 'sk-two-0000000000' } },
    models: { fast: { deployments: [{ provider: 'one', model: 'gpt-4.1-mini' }, { provider: 'two', model: 'gpt-4.1-mini', group: 1 }] } },
  })
  const snapshot = buildSnapshot({ version: 1, createdAt: 0, providers: new Map(Object.entries(providers)), models: new Map(Object.entries(models)), organizations: new Map(), projects: new Map(), keys: [] }, { providerType, modelFacts })
  const breaker = makeBreaker({ clock, failuresMax: 2 })
  const [one, two] = ['one/gpt-4.1-mini', 'two/gpt-4.1-mini'].map((id) => snapshot.deployments.get(id))
  assert.ok(one !== undefined && two !== undefined)
  breaker.suspend(one.provider, 'account deactivated')
  breaker.failed(two)
  breaker.failed(two)
  const { deployments, accounts } = accountHealth(snapshot, breaker)
  assert.deepEqual(deployments.map(({ id, models: served, state, failures }) => [id, served, state, failures]), [['one/gpt-4.1-mini', ['fast'], 'closed', 0], ['two/gpt-4.1-mini', ['fast'], 'open', 2]])
  assert.deepEqual(accounts.map(({ account, suspension }) => [account, suspension?.reason]), [['shared', 'account deactivated'], ['two', undefined]])
  breaker.reinstate('shared')
  assert.equal(accountHealth(snapshot, breaker).accounts[0]?.suspension, undefined)
  assert.deepEqual(accountHealth(undefined, breaker), { deployments: [], accounts: [] })
})

test('service figures of no attempts are counts of zero and unknown times', async (t) => {
  const store = await openAnyForTest()
  t.after(() => store.close())
  assert.deepEqual(await serviceFigures(store, clock.now(), 60), { attempts: 0, failed: 0, p50_ms: null, p95_ms: null, p99_ms: null, tokens_per_second: null, sampled: false, models: [], outcomes: [] })
})
