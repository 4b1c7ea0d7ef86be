import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { openAnyForTest } from '../../test/stores.ts'
import { openDeskForTest } from '../../test/terms-desk.ts'
import { resourcesSchema } from '../gateway/resources.ts'
import { idMaker } from '../kernel/ids.ts'
import { seededRandom } from '../kernel/random.ts'
import { modelFacts } from '../ledger/model-facts.ts'
import { providerType, providerTypes } from '../providers/catalogue.ts'
import { approveClause, essenceHash, putRecord } from '../terms/register/record-store.ts'
import { resourceBook } from './resources.ts'
import { openMasterKey, openPepper } from './secrets.ts'
import { termsAtApply } from './terms-at-apply.ts'
import { clausesNow } from './terms-desk.ts'

test('apply is warned by an unsigned exclusivity, refused by a signed one, and free after its end; a spread project is a warning', async (t) => {
  const random = seededRandom(3)
  let now = Date.parse('2026-11-20T10:00:00Z')
  const clock = { now: () => now, monotonic: () => now }
  const store = await openAnyForTest()
  const folder = mkdtempSync(join(tmpdir(), 'weir-apply-'))
  t.after(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })
  const masterKey = openMasterKey({ environment: undefined, dataFolder: folder, random })
  assert.ok(!('failed' in masterKey))
  const pepper = await openPepper(store, masterKey.keyring(), random)
  assert.ok(!('failed' in pepper))
  const book = resourceBook({ store, keyring: masterKey.keyring, pepper, clock, random, makeId: idMaker(clock, random), catalogue: { providerType, modelFacts }, providerTypes })
  const desk = await openDeskForTest({ store, clock, random, keyring: masterKey.keyring, folder })
  t.after(() => desk.terms.stop())
  const declared = resourcesSchema.parse({
    providers: { one: { type: 'sandbox', maker: 'm', channel: 'cloud' }, two: { type: 'sandbox', maker: 'm', channel: 'elsewhere' } },
    models: { 'gpt-4.1': { maker: 'm', deployments: [{ provider: 'one', model: 'gpt-4.1' }, { provider: 'two', model: 'gpt-4.1' }] } },
    organizations: { acme: { projects: { feed: { keys: [{ name: 'k', secret: 'sk-a-key-of-this-test' }] } } } },
  })
  const at = (): ReturnType<typeof termsAtApply> => termsAtApply(desk, store, book, declared, 'file')
  const before = await at()
  assert.deepEqual(before.refusals, [])
  assert.equal(before.warnings.length, 1)
  assert.match(before.warnings[0] ?? '', /acme\/feed reaches 2 accounts of m \(one, two\)/)

  const endsMs = now + 1_000
  await store.transaction('admin', (sql) => putRecord(sql, { kind: 'exclusivity', id: 'deal', body: { id: 'deal', maker: 'm', channel: 'cloud', carveOuts: [], endsMs, matchingRight: true }, actor: 'ada', atMs: now }))
  const observed = await at()
  assert.deepEqual(observed.refusals, [])
  assert.match(observed.warnings.join('\n'), /acme and two\/gpt-4\.1: exclusivity/)
  assert.match(observed.warnings.join('\n'), /two\/gpt-4\.1 is offered by elsewhere: until 2026-11-20 cloud may match such an offer of m's \(exclusivity deal\)/)
  await store.transaction('admin', (sql) => putRecord(sql, { kind: 'exclusivity', id: 'deal', body: { id: 'deal', maker: 'm', channel: 'cloud', carveOuts: [], endsMs, matchingRight: true, waivers: ['elsewhere'] }, actor: 'ada', atMs: now }))
  const waived = await at()
  assert.equal(waived.warnings.some((one) => one.includes('may match')), false, 'the channel has said that it does not match')
  assert.match(waived.warnings.join('\n'), /acme and two\/gpt-4\.1: exclusivity/, 'which opens nothing that is exclusive')
  const clause = (await clausesNow(store)).find((one) => one.id === 'exclusivity')
  assert.ok(clause)
  for (const actor of ['ada', 'bo']) await store.transaction('admin', (sql) => approveClause(sql, clause, essenceHash(clause), actor, now))
  const refused = await at()
  assert.deepEqual(refused.refusals.map((one) => one.path), [['models', 'gpt-4.1']])
  assert.match(refused.refusals[0]?.says ?? '', /acme may not reach two\/gpt-4\.1: exclusivity/)
  now = endsMs
  const after = await at()
  assert.deepEqual(after.refusals, [], 'after the end date it is allowed')
  assert.equal(after.warnings.some((one) => one.includes('may match')), false)
})
