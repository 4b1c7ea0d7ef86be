/** What carries traffic, by hand: units of a contract and replicas of our own, against one busy and one quiet minute. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { openAdmin } from '../../test/admin-stage.ts'

interface Carrier { readonly kind: string; readonly id: string; readonly count: number | null; readonly tokens_per_minute: string | null; readonly mean_tokens_per_minute: string; readonly peak_tokens_per_minute: string; readonly utilisation: string | null; readonly peak_utilisation: string | null }

test('units and replicas show how full they are, and what is not declared stays unknown', async (t) => {
  const stage = await openAdmin()
  t.after(stage.close)
  const read = async (): Promise<readonly Carrier[]> => (JSON.parse((await stage.call('GET', '/admin/v1/capacity')).text) as { data: readonly Carrier[] }).data
  assert.deepEqual(await read(), [])
  const own = { provider: 'sandbox', model: 'gpt-4.1', capacity: 'in-house', internalRate: { input: '0.10', output: '0.40' } }
  const put = await stage.call('PUT', '/admin/v1/models/own', { maker: 'us', contextWindow: 8_192, deployments: [{ ...own, id: 'own/a', replicas: { count: 2, tokensPerMinute: '500', outputWeight: '4' } }, { ...own, id: 'own/b' }] })
  assert.equal(put.status, 200, put.text)
  const contract = { party: 'default', side: 'customer', currency: 'USD', term: { from: '2026-01-01' }, terms: { provisioned: [{ id: 'ptu', count: 3, model: 'chat', deployments: ['cloud/ptu'], term: 'hourly', unitPrice: '1', from: '2026-01-01', tokensPerMinute: '100' }, { id: 'over', count: 1, model: 'chat', deployments: [], term: 'hourly', unitPrice: '1', from: '2026-01-01', until: '2026-02-01' }] } }
  assert.equal((await stage.call('PUT', '/admin/v1/contracts/main', contract)).status, 200)
  const now = Math.floor(stage.time.now / 60_000)
  const use = (minute: number, deployment: string, input: number, output: number): Promise<unknown> => stage.store.query('admin', `
    INSERT INTO usage_minute (minute, dims, organization, project, key, model, deployment, supplier, maker, operation, tier, currency, calls, attempts, reported, estimated, absent, input, cached_input, cache_write, audio_input, output, reasoning, audio_output, pieces, cost)
    VALUES ($1, $2, 'default', 'default', 'k', 'm', $2, 's', 'm', 'chat', 'default', 'USD', 1, 1, 1, 0, 0, $3, 9000, 0, 0, $4, 0, 0, 0, 0)`, [minute, deployment, input + 9_000, output])
  await use(now - 3, 'own/a', 1_000, 125)
  await use(now - 10, 'own/a', 300, 0)
  await use(now - 61, 'own/a', 50_000, 0)
  await use(now - 1, 'cloud/ptu', 600, 0)
  const rows = (await read()).map((one) => [one.kind, one.id, one.count, one.tokens_per_minute, one.mean_tokens_per_minute, one.peak_tokens_per_minute, one.utilisation, one.peak_utilisation])
  assert.deepEqual(rows, [
    ['reserved', 'main/ptu', 3, '300', '10', '600', '0.0333', '2'],
    // 1,000 and four times 125 in one minute, 300 in another: 1,800 in the hour.
    ['in-house', 'own/a', 2, '1000', '30', '1500', '0.03', '1.5'],
    ['in-house', 'own/b', null, null, '0', '0', null, null],
  ])
})
