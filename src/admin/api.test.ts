import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import test from 'node:test'
import { openAdmin } from '../../test/admin-stage.ts'
import type { Store } from '../store/store.ts'
import { ensureCliToken } from './cli-token.ts'
import { installationOf } from './entries.ts'
import { permissions } from './permissions.ts'
import { openMasterKey } from './secrets.ts'
import { seededRandom } from '../kernel/random.ts'

test('admin API', async (t) => {
  const stage = await openAdmin()
  t.after(stage.close)
  const { api, call, book, store } = stage
  const random = seededRandom(30)

  await t.test('every route has a permission and every permission a route', () => {
    assert.deepEqual(api.routes.toSorted(), Object.keys(permissions).filter((route) => !route.startsWith('GET /api')).toSorted())
  })

  await t.test('no route but the public ones answers without a token, with a client key or with a revoked token', async () => {
    for (const route of api.routes) {
      const [method = '', path = ''] = route.split(' ')
      if (permissions[route as keyof typeof permissions] === 'public') continue
      for (const token of [null, 'sk-weir-nothing', 'wadm_nothing']) {
        const answer = await call(method, path.replaceAll(/:\w+/g, 'x'), method === 'POST' || method === 'PUT' ? {} : undefined, token)
        assert.equal(answer.status, 401, route)
      }
    }
  })

  await t.test('keys: created once, listed without secret, rotated, revoked', async () => {
    const made = await call('POST', '/admin/v1/keys', { organization: 'default', project: 'default', name: 'team/one' })
    assert.equal(made.status, 201)
    const { secret, id } = made.body as unknown as { secret: string; id: string }
    assert.match(secret, /^sk-weir-/)
    const list = await call('GET', '/admin/v1/keys')
    assert.ok(list.text.includes(id) && !list.text.includes(secret))
    assert.equal((await call('POST', '/admin/v1/keys', { organization: 'default', project: 'default', name: 'team/one' })).status, 409)
    const rotated = await call('POST', '/admin/v1/keys/default~default~team~one/rotate', { grace_seconds: 60 })
    assert.equal(rotated.status, 200)
    assert.notEqual((rotated.body as unknown as { secret: string }).secret, secret)
    assert.equal((await call('DELETE', `/admin/v1/keys/${id}`)).status, 200)
    assert.equal((await call('DELETE', '/admin/v1/keys/key_nothing')).status, 404)
    assert.ok(!(await call('GET', '/admin/v1/keys')).text.includes(id))
    assert.match((await call('GET', '/admin/v1/keys?revoked=true')).text, /"revoked_by":"first"/)
  })

  await t.test('resources: written one by one, secrets hidden and kept, wrong ones refused with the place', async () => {
    assert.equal((await call('PUT', '/admin/v1/providers/up~stream', { type: 'openai', apiKey: 'sk-the-supplier-secret' })).status, 200)
    const providers = await call('GET', '/admin/v1/providers')
    assert.ok(providers.text.includes('up/stream') && !providers.text.includes('the-supplier-secret'))
    assert.equal((await call('PUT', '/admin/v1/providers/up~stream', { type: 'openai', apiKey: '(secret)', region: 'eu' })).status, 200)
    assert.equal(installationOf(await book.state()).providers.get('up/stream')?.apiKey, 'sk-the-supplier-secret')
    const wrong = await call('PUT', '/admin/v1/models/new', { deployments: [{ provider: 'nobody', model: 'x' }] })
    assert.equal(wrong.status, 422)
    assert.match(wrong.text, /unknown provider nobody/)
    assert.equal((await call('PUT', '/admin/v1/organizations/acme', { budgett: 1 })).status, 422)
    assert.equal((await call('PUT', '/admin/v1/organizations/acme', { budget: { amount: '10' } })).status, 200)
    assert.equal((await call('PUT', '/admin/v1/organizations/acme/projects/feed', { capture: 'metadata' })).status, 200)
    assert.equal((await call('DELETE', '/admin/v1/organizations/acme')).status, 409)
    const budgets = await call('GET', '/admin/v1/budgets')
    assert.deepEqual((budgets.body as unknown as { data: unknown[] }).data, [{
      id: 'organization/acme/month', scope: 'organization', name: 'acme', currency: 'USD', period: 'month', time_zone: 'UTC', limit: '10', spent: '0', held: '0', left: '10', overrun: '0',
      period_start: '2026-11-01T00:00:00.000Z', period_end: '2026-12-01T00:00:00.000Z', thresholds: ['0.5', '0.8', '1'],
    }])
    const applied = await call('POST', '/admin/v1/apply', { resources: { organizations: { beta: {} } }, dry_run: true })
    assert.equal(applied.status, 200, applied.text)
    assert.match(applied.text, /"name":"beta","action":"add"/)
  })

  await t.test('prices in force and their history', async () => {
    const now = await call('GET', '/admin/v1/prices?model=gpt-4.1&list=openai')
    const rows = (now.body as unknown as { data: { meter: string; per_million: string; tier: string }[] }).data
    assert.equal(rows.find((row) => row.meter === 'input' && row.tier === 'default')?.per_million, '2')
    assert.ok((await call('GET', '/admin/v1/prices/history?model=gpt-4.1')).text.includes('"source"'))
    const own = { prices: [{ list: 'ours', model: 'm', meter: 'input', perMillion: '0.1', effectiveFrom: '2026-01-01T00:00:00Z', source: 'us' }] }
    assert.equal((await call('POST', '/admin/v1/prices', own)).status, 200)
    assert.equal((await call('POST', '/admin/v1/prices', { prices: [{ ...own.prices[0], meter: 'bytes' }] })).status, 422)
  })

  await t.test('usage and costs, ours and in OpenAI\'s shape', async () => {
    await seedUsage(store)
    const usage = (await call('GET', '/admin/v1/usage')).body as unknown as { data: object[] }
    assert.deepEqual(usage.data, [{
      organization: 'acme', project: 'feed', model: 'gpt-4.1', calls: 4, attempts: 5, reported_calls: 3, estimated_calls: 1, absent_calls: 0,
      input_tokens: 40, cached_input_tokens: 10, output_tokens: 20, reasoning_tokens: 4, cost: '77.43306000000000000001', currency: 'USD',
    }])
    const start = Date.parse('2026-11-18T00:00:00Z') / 1_000
    const page = await call('GET', `/v1/organization/usage/completions?start_time=${start}&end_time=${start + 3 * 86_400}&group_by[]=project_id&group_by[]=model&models[]=gpt-4.1&limit=2`)
    assert.equal(page.status, 200, page.text)
    const body = page.body as unknown as { data: { start_time: number; results: Record<string, unknown>[] }[]; has_more: boolean; next_page: string }
    assert.deepEqual(body.data.map((bucket) => [bucket.start_time, bucket.results.length]), [[start, 0], [start + 86_400, 1]])
    assert.deepEqual([body.has_more, body.data[1]?.results[0]?.['project_id'], body.data[1]?.results[0]?.['input_tokens'], body.data[1]?.results[0]?.['num_model_requests']], [true, 'acme/feed', 40, 4])
    const next = (await call('GET', `/v1/organization/usage/completions?start_time=${start}&end_time=${start + 3 * 86_400}&page=${body.next_page}`)).body as unknown as { data: { start_time: number }[]; has_more: boolean }
    assert.deepEqual([next.data.length, next.data[0]?.start_time, next.has_more], [1, start + 2 * 86_400, false])
    const costs = await call('GET', `/v1/organization/costs?start_time=${start}&end_time=${start + 3 * 86_400}`)
    assert.ok(costs.text.includes('"amount":{"value":0.00008,"currency":"usd"}'), costs.text)
    assert.equal((await call('GET', `/v1/organization/usage/embeddings?start_time=${start}`)).status, 200)
    assert.equal((await call('GET', `/v1/organization/costs?start_time=${start}&group_by=colour`)).status, 400)
    assert.match((await call('GET', `/v1/organization/costs?start_time=${start}&end_time=${start + 3 * 86_400}&group_by=line_item`)).text, /"line_item":"gpt-4.1, input"/)
  })

  await t.test('events come in the order of time, page by page, whatever their ids are', async () => {
    for (const [id, at] of [['event_b', '01:00'], ['evt_a', '02:00'], ['event_a', '03:00'], ['event_c', '03:00'], ['evt_0', '00:30']]) {
      await store.query('admin', 'INSERT INTO event (id, at, kind, subject, body) VALUES ($1, $2, $3, $3, $4)', [id ?? '', `2026-11-19T${at}:00Z`, 'ordered', '{}'])
    }
    interface Page { readonly data: readonly { readonly id: string }[]; readonly next: string | null }
    const seen: string[] = []
    for (let after: string | null = ''; after !== null;) {
      const page: Page = (await call('GET', `/admin/v1/events?kind=ordered&limit=2${after === '' ? '' : `&after=${after}`}`)).body as unknown as Page
      seen.push(...page.data.map(({ id }) => id))
      after = page.next
    }
    assert.deepEqual(seen, ['event_c', 'event_a', 'evt_a', 'event_b', 'evt_0'])
  })

  await t.test('the doctor sees events that are nowhere', async () => {
    const well = await call('GET', '/admin/v1/doctor')
    assert.deepEqual((well.body as unknown as { findings: unknown[] }).findings.filter((finding) => (finding as { severity: string }).severity === 'error'), [])
    assert.equal((await call('GET', '/admin/v1/ledger/check')).status, 200)
    await store.query('admin', `INSERT INTO journal_watermark (journal_id, shipped, posted, attempts) VALUES ('j1', 4, 4, 2)`)
    assert.match((await call('GET', '/admin/v1/doctor')).text, /2 events are neither posted nor in quarantine/)
  })

  await t.test('the command line\'s token is private, valid, and kept', async () => {
    const made = await ensureCliToken(book, stage.folder, 'http://127.0.0.1:1')
    assert.ok('path' in made)
    assert.equal(statSync(made.path).mode & 0o777, 0o600)
    const version = await book.version()
    await ensureCliToken(book, stage.folder, 'http://127.0.0.1:2')
    assert.equal(await book.version(), version)
  })

  await t.test('the master key is rotated, and old envelopes are gone', async () => {
    const before = JSON.stringify(await store.query('admin', "SELECT body FROM resource WHERE kind = 'provider'"))
    const rotated = await call('POST', '/admin/v1/secrets/rotate')
    assert.equal(rotated.status, 200, rotated.text)
    const after = JSON.stringify(await store.query('admin', "SELECT body FROM resource WHERE kind = 'provider'"))
    assert.notEqual(before, after)
    assert.ok(after.includes(`weir1.${(rotated.body as unknown as { key: string }).key}.`))
    assert.equal(installationOf(await book.state()).providers.get('up/stream')?.apiKey, 'sk-the-supplier-secret')
    const again = openMasterKey({ environment: undefined, dataFolder: stage.folder, random })
    assert.equal('failed' in again ? 0 : again.keyring().byId.size, 1)
  })

  await t.test('described as OpenAPI 3.1, with a reference page that asks nobody else', async () => {
    const document = await call('GET', '/api/openapi.json', undefined, null)
    const paths = (document.body as unknown as { openapi: string; paths: Record<string, unknown> })
    assert.equal(paths.openapi, '3.1.0')
    for (const route of api.routes) assert.ok(paths.paths[route.split(' ')[1]?.replaceAll(/:(\w+)/g, '{$1}') ?? ''], route)
    const page = await call('GET', '/api/', undefined, null)
    assert.equal(page.status, 200)
    assert.ok(!/https?:\/\/(?!127)/.test(page.text.replaceAll(/"https?:\/\/www\.w3\.org[^"]*"/g, '')), page.text.slice(0, 500))
  })

  await t.test('what is unknown is a 404 in words, and a defect is told to the log only', async () => {
    assert.match((await call('GET', '/admin/v1/nothing')).text, /not a path of the admin API/)
    assert.deepEqual(stage.failures, [])
  })
})

async function seedUsage(store: Store): Promise<void> {
  const minute = Math.floor(Date.parse('2026-11-19T12:00:00Z') / 60_000)
  await store.query('admin', `INSERT INTO usage_minute (minute, dims, organization, project, key, model, deployment, supplier, maker, operation, tier, currency, calls, attempts, reported, estimated, absent,
    input, cached_input, cache_write, audio_input, output, reasoning, audio_output, pieces, cost)
    SELECT $1, 'd' || n, 'acme', 'feed', 'key_1', 'gpt-4.1', 'd', 's', 'm', 'chat', 'default', 'USD', 2, 2 + n, 1 + n, 1 - n, 0, 20, 5, 0, 0, 10, 2, 0, 0, CASE n WHEN 0 THEN 70.43306::numeric ELSE 7.00000000000000000001 END FROM generate_series(0, 1) AS n`, [minute])
  await store.query('admin', `INSERT INTO ledger_transaction (id, kind, minute, currency, organization, project, key, supplier, maker, model, tier, source, price_row, meter, quantity, unit_price, amount, attempts)
    VALUES ('t1', 'usage', $1, 'USD', 'acme', 'feed', 'key_1', 's', 'm', 'gpt-4.1', 'default', 'reported', 'price_1', 'input', 40, 0.000002, 0.00008, 5)`, [minute])
}
