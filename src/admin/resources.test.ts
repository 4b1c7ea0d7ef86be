import assert from 'node:assert/strict'
import test from 'node:test'
import { openAnyForTest } from '../../test/stores.ts'
import { buildSnapshot } from '../gateway/build-snapshot.ts'
import { type Resources, resourcesSchema } from '../gateway/resources.ts'
import { idMaker } from '../kernel/ids.ts'
import { seededRandom } from '../kernel/random.ts'
import { hashSecret, type Keyring, makeMasterKey, readKeyring } from '../kernel/sealing.ts'
import { assetSchema } from '../ledger/assets/asset.ts'
import { saveAsset } from '../ledger/assets/asset-store.ts'
import { modelFacts } from '../ledger/model-facts.ts'
import { providerType, providerTypes } from '../providers/catalogue.ts'
import type { Store } from '../store/store.ts'
import { installationOf } from './entries.ts'
import { firstStart } from './first-start.ts'
import { createKey, createToken, findToken, revokeKey, rotateKey } from './keys.ts'
import { type Applied, type NotApplied, operatorRows, type ResourceBook, resourceBook } from './resources.ts'
import { namedAssets } from './named-assets.ts'
import { openPepper } from './secrets.ts'

const random = seededRandom(11)
const clock = { now: () => Date.parse('2026-11-20T10:00:00Z'), monotonic: () => 0 }
const catalogue = { providerType, modelFacts }

interface Opened { readonly store: Store; readonly book: ResourceBook; readonly keyring: Keyring }

async function open(): Promise<Opened> {
  const store = await openAnyForTest()
  const keyring = readKeyring(makeMasterKey(random))
  if (typeof keyring === 'string') throw new Error(keyring)
  const pepper = await openPepper(store, keyring, random)
  if ('failed' in pepper) throw new Error(pepper.failed)
  return { store, keyring, book: resourceBook({ store, keyring: () => keyring, pepper, clock, random, makeId: idMaker(clock, random), catalogue, providerTypes }) }
}

const declared = (over: Record<string, unknown> = {}): Resources => resourcesSchema.parse({
  providers: { upstream: { type: 'openai-compatible', prices: 'openai', baseUrl: 'http://127.0.0.1:9000/v1', apiKey: 'the-upstream-secret', headers: { 'x-extra': 'another-secret' } } },
  models: { 'gpt-4.1': { deployments: [{ provider: 'upstream', model: 'gpt-4.1' }] } },
  organizations: { acme: { projects: { feed: { budget: { amount: '100.00' }, limits: { requestsPerMinute: 60 }, keys: [{ name: 'feed-1', secret: 'a-secret-of-length-20' }] } } } },
  ...over,
})

function ok(result: Applied | NotApplied): Applied {
  assert.equal(result.status, 'applied', JSON.stringify(result))
  return result as Applied
}

test('resources: applied, read back as a snapshot, secrets never in clear in the database', async (t) => {
  const { store, book } = await open()
  t.after(() => store.close())
  const before = await book.version()
  const first = ok(await book.apply(declared()))
  assert.ok(first.version > before)
  assert.deepEqual(first.changes.map(({ kind, name, action }) => `${action} ${kind} ${name}`), [
    'add provider upstream', 'add model gpt-4.1', 'add organization acme', 'add project acme/feed', 'add key acme/feed/feed-1',
  ])
  assert.ok(!JSON.stringify(first.changes).includes('secret-of') && !JSON.stringify(first.changes).includes('another-secret'))
  const snapshot = buildSnapshot(installationOf(await book.state()), catalogue)
  const caller = snapshot.callers.get(book.hash('a-secret-of-length-20'))
  assert.equal(caller?.keyName, 'feed-1')
  assert.deepEqual(caller?.budgets.map(({ id, limit, currency }) => ({ id, limit, currency })), [{ id: 'project/acme/feed/month', limit: 100n * 10n ** 12n, currency: 'USD' }])
  assert.deepEqual(caller?.limits, [{ scope: 'project:acme/feed', requestsPerMinute: 60, tokensPerMinute: undefined, concurrency: undefined }])
  const deployment = snapshot.deployments.get('upstream/gpt-4.1')
  assert.equal(deployment?.provider.apiKey, 'the-upstream-secret')
  assert.equal(deployment?.provider.headers['x-extra'], 'another-secret')
  assert.equal(deployment?.priceList, 'openai')
  assert.ok((deployment?.contextWindow ?? 0) > 1_000_000)
  const stored = JSON.stringify(await store.query('admin', 'SELECT * FROM resource')) + JSON.stringify(await store.query('admin', 'SELECT * FROM setting'))
  for (const secret of ['the-upstream-secret', 'another-secret', 'a-secret-of-length-20']) assert.ok(!stored.includes(secret))

  await t.test('a second apply changes nothing, and a change shows its fields', async () => {
    const again = ok(await book.apply(declared()))
    assert.deepEqual(again.changes, [])
    assert.equal(again.version, first.version)
    const dry = ok(await book.apply(declared({ models: { 'gpt-4.1': { deployments: [{ provider: 'upstream', model: 'gpt-4.1', weight: 2 }] } } }), { dryRun: true }))
    assert.deepEqual(dry.changes.map(({ name, action, differences }) => ({ name, action, differences })), [
      { name: 'gpt-4.1', action: 'change', differences: [{ path: 'deployments[0].weight', before: '1', after: '2' }] },
    ])
    assert.equal(await book.version(), first.version)
  })

  await t.test('what the file no longer declares goes; what was made by hand stays', async () => {
    const made = await createKey(book, { organization: 'acme', project: 'feed', spec: { name: 'by-hand' } })
    assert.equal(made.status, 'made')
    const result = ok(await book.apply(declared({ organizations: {} })))
    assert.deepEqual(result.changes.map(({ kind, name, action, note }) => [action, kind, name, note === undefined ? '' : 'noted']), [
      ['remove', 'key', 'acme/feed/feed-1', 'noted'], ['keep', 'project', 'acme/feed', 'noted'], ['keep', 'organization', 'acme', 'noted'],
    ])
    const callers = buildSnapshot(installationOf(await book.state()), catalogue).callers
    assert.equal(callers.has(book.hash('a-secret-of-length-20')), false)
    assert.equal(callers.size, 1)
    const back = ok(await book.apply(declared()))
    assert.deepEqual(back.changes.map(({ name, note }) => [name, note]), [['acme/feed/feed-1', 'valid again']])
    const revived = buildSnapshot(installationOf(await book.state()), catalogue).callers.get(book.hash('a-secret-of-length-20'))
    assert.equal(revived?.key, caller?.key)
  })
})

test('resources: what does not fit together is refused with what to do, and nothing is written', async (t) => {
  const { store, book } = await open()
  t.after(() => store.close())
  const before = await book.version()
  const wrong = await book.apply(declared({
    providers: { upstream: { type: 'openai-compatibel' }, other: { type: 'vllm', dialects: ['klingon'], quirks: { flies: true } }, azure: { type: 'azure' }, box: { type: 'sandbox', options: { profile: 'nope' } }, bax: { type: 'sandbox', options: { faults: [] } } },
    models: { a: { deployments: [{ provider: 'nobody', model: 'x' }] }, b: { deployments: [{ provider: 'other', model: 'secret-model' }] } },
    organizations: { acme: { models: ['zzz'], projects: { p: { keys: [{ name: 'k1', secret: 'same-secret-same-secret' }, { name: 'k2', secret: 'same-secret-same-secret' }] } } } },
  }))
  assert.equal(wrong.status, 'invalid')
  const text = wrong.status === 'invalid' ? wrong.findings.map((finding) => `${finding.path.join('.')}: ${finding.says}`).join('\n') : ''
  for (const part of [/unknown provider type openai-compatibel; expected one of openai, azure/, /unknown dialect klingon/, /unknown quirk/, /azure\.baseUrl: .*add baseUrl/, /box\.options: no sandbox profile is named "nope": use one of instant/, /bax\.options: the sandbox has no option faults: its behaviour is under profile/, /unknown provider nobody/, /no price for secret-model on the list vllm/, /nothing is known of secret-model.*contextWindow/, /unknown model zzz/, /the same secret as key/]) assert.match(text, part)
  assert.equal(await book.version(), before)
  const euro = await book.apply(declared({ organizations: { acme: { budget: { amount: '5', currency: 'EUR' }, projects: {} } } }))
  assert.match(JSON.stringify(euro), /a budget in EUR, and nothing here is priced in it: prices are in USD/)
})

test('resources: own prices and internal rates make an unknown model callable', async (t) => {
  const { store, book } = await open()
  t.after(() => store.close())
  const own = resourcesSchema.parse({
    providers: { house: { type: 'vllm', baseUrl: 'http://127.0.0.1:9001/v1', prices: 'ours' } },
    models: {
      big: { contextWindow: 32_768, deployments: [{ provider: 'house', model: 'big-1', capacity: 'in-house', internalRate: { input: '0.10', output: '0.40' } }] },
      small: { contextWindow: 32_768, deployments: [{ provider: 'house', model: 'small-1' }] },
    },
    prices: [{ list: 'ours', model: 'small-1', meter: 'input', perMillion: '0.05', effectiveFrom: '2026-01-01T00:00:00Z', source: 'price list of 2026' }],
  })
  ok(await book.apply(own))
  ok(await book.apply(own))
  const rows = operatorRows(await book.state())
  assert.deepEqual(rows.map((row) => `${row.list} ${row.model} ${row.meter} ${row.unitPrice.coefficient}e-${row.unitPrice.scale}`).toSorted(), [
    'internal:house/big-1 big-1 input 1e-7', 'internal:house/big-1 big-1 output 4e-7', 'ours small-1 input 5e-8',
  ])
  assert.equal(buildSnapshot(installationOf(await book.state()), catalogue).models.get('big')?.deployments[0]?.priceList, 'internal:house/big-1')
})

test('keys: made once, rotated with grace, revoked; tokens are found by hash', async (t) => {
  const { store, book } = await open()
  t.after(() => store.close())
  const first = await firstStart(store, book, { declared: false })
  assert.match(first?.adminToken ?? '', /^wadm_/)
  assert.match(first?.key ?? '', /^sk-weir-/)
  assert.equal(await firstStart(store, book, { declared: false }), undefined)
  const callers = async (): Promise<ReadonlyMap<string, { readonly expiresAt: number | undefined }>> => buildSnapshot(installationOf(await book.state()), catalogue).callers
  assert.ok((await callers()).has(book.hash(first?.key ?? '')))
  assert.equal(findToken(await book.state(), book.hash(first?.adminToken ?? ''))?.spec.label, 'first')
  assert.equal(findToken(await book.state(), book.hash('wadm_other')), undefined)

  const rotated = await rotateKey(book, 'default/default/first', 60_000)
  const secret = rotated.status === 'made' ? rotated.secret : ''
  assert.equal((await callers()).get(book.hash(first?.key ?? ''))?.expiresAt, clock.now() + 60_000)
  assert.equal((await callers()).get(book.hash(secret))?.expiresAt, undefined)
  ok(await revokeKey(book, 'default/default/first', 'someone'))
  assert.equal((await callers()).size, 0)
  const again = await rotateKey(book, 'default/default/first', 0)
  assert.equal(again.status, 'refused')
  assert.equal((await createKey(book, { organization: 'default', project: 'nowhere', spec: { name: 'x' } })).status, 'not-found')
  assert.equal((await createToken(book, 'second')).status, 'made')
  assert.notEqual(hashSecret(Buffer.alloc(32), secret), book.hash(secret))
})

test('keys: many changes at once all land', async (t) => {
  const { store, book } = await open()
  t.after(() => store.close())
  ok(await book.apply(declared()))
  const results = await Promise.all(['a', 'b', 'c', 'd'].map((name) => createKey(book, { organization: 'acme', project: 'feed', spec: { name } })))
  assert.deepEqual(results.map((result) => result.status), ['made', 'made', 'made', 'made'])
  assert.equal(buildSnapshot(installationOf(await book.state()), catalogue).callers.size, 5)
})

test('a deployment or provider that names an infrastructure asset which is not saved is refused with its place', async () => {
  const { store, book } = await open()
  try {
    const own = (asset: Record<string, unknown>, provider: Record<string, unknown> = {}): Resources => declared({
      providers: { house: { type: 'vllm', baseUrl: 'http://127.0.0.1:9100/v1', ...provider } },
      models: { big: { contextWindow: 32_768, deployments: [{ provider: 'house', model: 'big-1', capacity: 'in-house', internalRate: { input: '0.10', output: '0.40' }, ...asset }] } },
    })
    const refused = async (resources: Resources): Promise<readonly string[]> => {
      const done = await book.apply(resources)
      return done.status === 'invalid' ? done.findings.map(({ path, says }) => `${path.join('.')}: ${says}`) : [done.status]
    }
    assert.deepEqual(await refused(own({ asset: 'dc9' })), ['models.big.deployments.0.asset: no infrastructure asset dc9; none is saved: save it first with weir contracts save asset FILE. Before a first start: leave it away, save it once Weir runs, then add it, for the file is read again'])
    await saveAsset(store, assetSchema.parse({ id: 'dc1', name: 'Cluster', currency: 'USD', cost: '7200', inServiceOn: '2026-01-01', lifeMonths: 72, gpus: 1 }))
    assert.deepEqual(await refused(own({}, { asset: 'dc9' })), ['providers.house.asset: no infrastructure asset dc9; saved are dc1: save it first with weir contracts save asset FILE'])
    assert.match((await refused(own({ asset: 'dc1', capacity: 'pay-as-you-go' }))).join(), /deployments\.0\.asset: an asset carries in-house deployments, and this one is pay-as-you-go/)
    assert.deepEqual(await refused(own({ asset: 'dc1' })), ['applied'])
    assert.deepEqual([...namedAssets(await book.state())], [['house/big-1', 'dc1']])
    assert.deepEqual(await refused(own({}, { asset: 'dc1' })), ['applied'])
    assert.deepEqual([...namedAssets(await book.state())], [['house/big-1', 'dc1']])
  } finally {
    await store.close()
  }
})
