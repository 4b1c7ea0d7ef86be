import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Engine, policySet } from '../terms/policy/engine.ts'
import { precompute } from '../terms/policy/decision-table.ts'
import { seedClauses } from '../terms/policy/seed-clauses.ts'
import { emptyRegister } from '../terms/register/register.ts'
import { keysIn, offersIn } from '../admin/terms-at-apply.ts'
import { providerType } from '../providers/catalogue.ts'
import { modelFacts } from '../ledger/model-facts.ts'
import { buildSnapshot, type Installation } from './build-snapshot.ts'
import { effectiveRetention, keptAt, retains } from './data-retention.ts'
import { resourcesSchema } from './resources.ts'

test('project before account before the model\'s default, each by region', () => {
  assert.equal(effectiveRetention([undefined, 'none'], 'eu'), 'none')
  assert.equal(effectiveRetention(['inherit', 'aws_review'], 'eu'), 'aws_review')
  assert.equal(effectiveRetention([{ eu: 'none' }, 'default'], 'eu'), 'none')
  assert.equal(effectiveRetention([{ eu: 'none' }, 'default'], 'us'), 'default')
  assert.equal(effectiveRetention([{ eu: 'none' }], 'us'), 'inherit', 'the model\'s own')
  assert.deepEqual((['none', 'default', 'aws_review', 'provider_data_share', 'inherit'] as const).filter(retains), ['aws_review', 'provider_data_share'])
})

test('where nothing may be kept, a model that requires retention and an account that shares are refused, in that region only', () => {
  const { providers, models, organizations } = resourcesSchema.parse({
    providers: {
      eu: { type: 'sandbox', channel: 'bedrock', maker: 'm', region: 'eu', dataRetention: 'none' }, us: { type: 'sandbox', channel: 'bedrock', maker: 'm', region: 'us' },
      shared: { type: 'sandbox', channel: 'bedrock', maker: 'm', region: 'eu', dataRetention: { eu: 'provider_data_share' } },
    },
    models: { m: { contextWindow: 1_000, deployments: [{ id: 'eu-plain', provider: 'eu', model: 'a' }, { id: 'eu-keeps', provider: 'eu', model: 'b', requiresRetention: true }, { id: 'us-keeps', provider: 'us', model: 'b', requiresRetention: true }, { id: 'eu-shared', provider: 'shared', model: 'a' }] } },
    organizations: { strict: { dataRetention: { eu: 'none' }, projects: { p: { keys: [{ name: 'k' }] }, loose: { dataRetention: 'default', keys: [{ name: 'k' }] } } } },
  })
  const { projects = {}, ...organization } = organizations['strict'] ?? {}
  const installation: Installation = {
    version: 1, createdAt: 0, providers: new Map(Object.entries(providers)), models: new Map(Object.entries(models)), organizations: new Map([['strict', organization]]), projects: new Map(Object.entries(projects).map(([name, project]) => [`strict/${name}`, project])),
    keys: Object.keys(projects).map((project) => ({ name: 'k', id: `key_${project}`, organization: 'strict', project, hash: project, revokedAt: undefined })),
  }
  const snapshot = buildSnapshot(installation, { providerType, modelFacts })
  assert.deepEqual(snapshot.models.get('m')?.deployments.map(({ retentionMode }) => retentionMode), ['none', 'none', undefined, 'provider_data_share'], 'what receipts say of the account')
  const engine = new Engine('draft')
  assert.equal(engine.load(policySet(seedClauses().map((clause) => ({ ...clause, approvedBy: ['a', 'b'] })))).status, 'ok')
  const refused = (key: string, ...found: Parameters<typeof offersIn>[1] & object): string[] => {
    const table = precompute(engine, { register: emptyRegister, keys: keysIn(snapshot), offers: offersIn(snapshot, found), approvals: new Map() }, { now: () => 1, monotonic: () => 1 })
    return ['eu-plain', 'eu-keeps', 'us-keeps', 'eu-shared'].filter((id) => table.permit(key, 'm', id)?.clause === 'aws.retention')
  }
  assert.deepEqual(refused('key_p'), ['eu-keeps', 'eu-shared'])
  assert.deepEqual(refused('key_loose'), [], 'the project chose otherwise')
  // What the account was found at, read there, goes before what the file says of it; in its region, and where it keeps more.
  for (const mode of ['aws_review', 'default', 'inherit', 'a mode of tomorrow']) assert.deepEqual(refused('key_p', { account: 'eu', region: 'eu', mode }), ['eu-plain', 'eu-keeps', 'eu-shared'], mode)
  assert.deepEqual(refused('key_p', { account: 'eu', region: undefined, mode: 'none' }, { account: 'eu', region: undefined, mode: 'aws_review' }), ['eu-plain', 'eu-keeps', 'eu-shared'])
  for (const found of [{ account: 'eu', region: 'us', mode: 'aws_review' }, { account: 'other', region: 'eu', mode: 'aws_review' }, { account: 'shared', region: 'eu', mode: 'none' }]) assert.deepEqual(refused('key_p', found), ['eu-keeps', 'eu-shared'], JSON.stringify(found))
  assert.deepEqual(refused('key_loose', { account: 'eu', region: 'eu', mode: 'aws_review' }), [], 'nothing was promised')
  assert.deepEqual([keptAt('none', undefined), keptAt('default', true), keptAt('default', false)], [undefined, true, undefined])
})
