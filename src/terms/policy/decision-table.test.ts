import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Offer } from '../register/facts-of.ts'
import { liveFacts } from '../register/facts-of.ts'
import { emptyRegister, purposeSchema } from '../register/register.ts'
import type { Attestation, Purpose, Register } from '../register/register.ts'
import { precompute, spreadWarnings } from './decision-table.ts'
import type { KeyFacts, SnapshotFacts } from './decision-table.ts'
import { Engine, policySet } from './engine.ts'
import { replay } from './evaluate.ts'
import { contractFindings, explain, simulate } from './explain.ts'
import { seedClauses } from './seed-clauses.ts'

const now = 1_800_000_000_000
const day = 86_400_000

const engineOf = (signed: boolean, slot: Engine['slot'] = 'draft'): Engine => {
  const engine = new Engine(slot)
  assert.equal(engine.load(policySet(seedClauses().map((clause) => (signed ? { ...clause, approvedBy: ['ada', 'bo'] } : clause)))).status, 'ok')
  return engine
}

const purpose: Purpose = purposeSchema.parse({ id: 'summaries', organization: 'acme', says: 'Summarise articles', phase: 'product', dataClass: 'internal', endUserCountries: ['US'], owner: 'ada', expiresMs: now + 100 * day })
const classifier: Purpose = { ...purpose, id: 'spam-filter', phase: 'training', target: { class: 'classifier', distribution: 'internal', host: 'own', competesWith: 'none' } }
const ownModel: Purpose = { ...purpose, id: 'own-model', phase: 'training', target: { class: 'chat', distribution: 'external', host: 'own' } }
const users: Attestation = { id: 'a1', organization: 'acme', kind: 'monthly-users-at-release', value: 900_000_000, asOfMs: now - day, owner: 'ada', expiresMs: now + day }
const register: Register = { ...emptyRegister, purposes: [purpose, classifier, ownModel], attestations: [users] }

const azure: Offer = { deployment: 'azure-gpt', model: 'gpt', upstreamModel: 'gpt-x', maker: 'openai', channel: 'azure', account: 'azure-1', access: 'api', supportedCountries: ['US', 'DE'] }
const deepseek: Offer = { deployment: 'ds', model: 'ds', upstreamModel: 'ds-1', maker: 'deepseek', channel: 'deepseek', account: 'ds-1', access: 'api' }
const llama: Offer = { deployment: 'own-llama', model: 'llama', upstreamModel: 'llama-4', maker: 'meta', channel: 'own', account: 'own', access: 'weights', licence: 'llama-4', excludedTerritories: [] }
const key: KeyFacts = { key: 'key_1', organization: 'acme', project: 'feed', purpose: 'summaries' }
const snapshot = (change: Partial<SnapshotFacts> = {}): SnapshotFacts => ({ register, keys: [key], offers: [azure, deepseek, llama], approvals: new Map(), ...change })

test('permitted uses pass, others say clause, reason and remedy', () => {
  const table = precompute(engineOf(true), snapshot(), { now: () => now, monotonic: () => 0 })
  assert.equal(table.permit('key_1', 'gpt', 'azure-gpt'), undefined)
  const objection = table.permit('key_1', 'llama', 'own-llama')
  assert.equal(objection?.clause, 'llama.mau')
  assert.ok(objection?.says !== '' && objection?.remedy !== '' && objection?.approval === undefined)
  assert.equal(table.permit('key_1', 'gpt', 'azure-gpt', { endUserCountry: 'KP' })?.clause, 'oai.region')
  assert.equal(table.permit('key_2', 'gpt', 'azure-gpt')?.clause, 'engine')
  const recorded = table.taken()
  assert.equal(new Set(recorded.map((one) => one.id)).size, recorded.length)
  for (const one of recorded) assert.equal(replay(engineOf(true), one.text).status, 'same')
  assert.deepEqual(table.taken(), [])
  assert.ok(recorded.some((one) => one.id === table.decided('key_1', 'azure-gpt')?.id))
})

test('keys that share their facts share their decisions', () => {
  const keys = Array.from({ length: 200 }, (_, at) => ({ ...key, key: `key_${at}` }))
  const table = precompute(engineOf(true), snapshot({ keys }), { now: () => now, monotonic: () => 0 })
  assert.equal(table.size(), 600)
  assert.equal(table.taken().length, 6)
})

test('a decision ends with the facts under it: an attestation that expires turns to unknown', () => {
  let at = now
  const few: Attestation = { ...users, value: 5 }
  const table = precompute(engineOf(true), snapshot({ register: { ...register, attestations: [few] } }), { now: () => at, monotonic: () => 0 })
  assert.equal(table.permit('key_1', 'llama', 'own-llama'), undefined)
  at = now + day - 1
  assert.equal(table.permit('key_1', 'llama', 'own-llama'), undefined)
  at = now + day
  const objection = table.permit('key_1', 'llama', 'own-llama')
  assert.equal(objection?.clause, 'llama.mau')
  assert.match(objection?.says ?? '', /Not known: groupMonthlyUsersAtRelease/)
  at = now + 100 * day
  assert.equal(table.permit('key_1', 'gpt', 'azure-gpt')?.clause, 'az.purpose', 'an expired purpose is no registered purpose')
})

test('an exclusivity refuses other channels until its end', () => {
  let at = now
  const exclusive = { ...register, exclusivities: [{ id: 'x', maker: 'deepseek', channel: 'azure', carveOuts: [], endsMs: now + day, matchingRight: true, waivers: [] }] }
  const table = precompute(engineOf(true), snapshot({ register: exclusive }), { now: () => at, monotonic: () => 0 })
  assert.equal(table.permit('key_1', 'ds', 'ds')?.clause, 'exclusivity')
  at = now + day
  assert.equal(table.permit('key_1', 'ds', 'ds'), undefined)
})

test('a question carries an approval id, and an approval lets the use through until it ends', () => {
  let at = now
  const gate: Offer = { ...llama, deployment: 'k3', model: 'k3', maker: 'moonshot', licence: 'kimi-k3' }
  const asked = precompute(engineOf(true), snapshot({ offers: [gate] }), { now: () => at, monotonic: () => 0 }).permit('key_1', 'k3', 'k3')
  assert.equal(asked?.clause, 'threshold.gate')
  assert.match(asked?.approval ?? '', /^approval_[0-9a-f]{24}$/)
  const approvals = new Map([[asked?.approval ?? '', now + day]])
  const table = precompute(engineOf(true), snapshot({ offers: [gate], approvals }), { now: () => at, monotonic: () => 0 })
  assert.equal(table.permit('key_1', 'k3', 'k3'), undefined)
  at = now + day
  assert.equal(table.permit('key_1', 'k3', 'k3')?.approval, asked?.approval)
  const other = precompute(engineOf(true), snapshot({ offers: [gate], approvals, keys: [{ ...key, purpose: 'spam-filter' }] }), { now: () => now, monotonic: () => 0 })
  assert.ok(other.permit('key_1', 'k3', 'k3'), 'an approval for one purpose is none for another')
  const anew = { ...register, purposes: [{ ...purpose, dataClass: 'personal' as const }] }
  assert.ok(precompute(engineOf(true), snapshot({ offers: [gate], approvals, register: anew }), { now: () => now, monotonic: () => 0 }).permit('key_1', 'k3', 'k3'), 'nor for the same one, registered anew as something else')
  assert.equal(precompute(engineOf(true), snapshot({ offers: [{ ...gate, region: 'eu' }], approvals }), { now: () => now, monotonic: () => 0 }).permit('key_1', 'k3', 'k3'), undefined, 'it holds wherever the model is served')
})

test('one project over several accounts of a maker is warned about, and refused once signed', () => {
  const second: Offer = { ...azure, deployment: 'azure-gpt-2', account: 'azure-2' }
  assert.match(spreadWarnings([key], [azure, second])[0] ?? '', /acme\/feed reaches 2 accounts of openai \(azure-1, azure-2\)/)
  assert.deepEqual(spreadWarnings([{ ...key, models: new Set(['ds']) }], [azure, second, deepseek]), [])
  const table = precompute(engineOf(true), snapshot({ offers: [azure, second] }), { now: () => now, monotonic: () => 0 })
  assert.equal(table.permit('key_1', 'gpt', 'azure-gpt')?.clause, 'oai.limits')
})

test('explain says which models may serve a purpose, and what is missing for the others', () => {
  const engine = engineOf(true)
  const of = (asked: Purpose): Record<string, string> => Object.fromEntries(explain(engine, { ...register, attestations: [] }, asked, [azure, deepseek, llama], now).map((one) => [one.deployment, `${one.outcome} ${one.missing.join(' ')}`]))
  assert.deepEqual(of(purpose), { 'azure-gpt': 'allow ', ds: 'allow ', 'own-llama': 'deny groupMonthlyUsersAtRelease' })
  assert.deepEqual(of(classifier), { 'azure-gpt': 'allow ', ds: 'allow ', 'own-llama': 'deny groupMonthlyUsersAtRelease' })
  assert.deepEqual(of(ownModel), { 'azure-gpt': 'deny ', ds: 'allow ', 'own-llama': 'deny groupMonthlyUsersAtRelease' })
  const [first] = explain(engine, register, classifier, [azure], now)
  assert.match(first?.duties[0] ?? '', /Keep the model and everything made from it internal/)
})

test('a draft is simulated against recorded decisions before anybody approves it', () => {
  const recorded = precompute(engineOf(false, 'live'), snapshot(), { now: () => now, monotonic: () => 0 }).taken()
  const changed = simulate(engineOf(true), recorded)
  assert.deepEqual(changed.map((one) => [one.point, one.before, one.after, one.reasons[0]?.clause]), [['route', 'allow', 'deny', 'llama.mau']])
})

test('expired and future attestations are unknown, of several the latest counts, and others\' do not count at all', () => {
  const facts = (attestations: Attestation[]): unknown => liveFacts({ ...register, attestations }, { organization: 'acme', purpose: 'summaries', offer: llama, signals: {} }, now).facts.groupMonthlyUsersAtRelease
  assert.equal(facts([users]), 900_000_000)
  assert.equal(facts([{ ...users, expiresMs: now }]), undefined)
  assert.equal(facts([{ ...users, asOfMs: now + 1 }]), undefined)
  assert.equal(facts([{ ...users, organization: 'other' }]), undefined)
  assert.equal(facts([users, { ...users, id: 'a2', value: 7, asOfMs: now }]), 7)
  assert.equal(facts([{ ...users, licence: 'llama-3' }]), undefined)
})

test('at apply, a deployment outside an exclusivity is refused once the clause is signed, and shown before', () => {
  const exclusive: Register = { ...register, attestations: [{ ...users, kind: 'resale-per-token', value: false }], exclusivities: [{ id: 'x', maker: 'deepseek', channel: 'azure', carveOuts: ['other'], endsMs: now + day, matchingRight: false, waivers: [] }] }
  const uses = [{ organization: 'acme', offer: deepseek }, { organization: 'acme', offer: azure }, { organization: 'other', offer: deepseek }]
  const found = (signed: boolean, at = now): unknown => contractFindings(engineOf(signed), exclusive, uses, at).map((one) => [one.organization, one.deployment, one.outcome, one.binds, one.reasons[0]?.clause])
  assert.deepEqual(found(true), [['acme', 'ds', 'deny', true, 'exclusivity']])
  assert.deepEqual(found(false), [['acme', 'ds', 'deny', false, 'exclusivity']])
  assert.deepEqual(contractFindings(engineOf(true), exclusive, uses.slice(0, 1), now + day), [])
})
