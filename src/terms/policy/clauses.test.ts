import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { clauseFaults, Engine, policySet, restorePolicySet } from './engine.ts'
import { decisionText, evaluate, replay } from './evaluate.ts'
import type { Decision, Outcome } from './evaluate.ts'
import { points, vocabulary } from './facts.ts'
import type { FactName, Facts, Point } from './facts.ts'
import { seedClauses } from './seed-clauses.ts'
import type { Clause } from './seed-clauses.ts'

const seeds = seedClauses()
const signed = (clause: Clause): Clause => ({ ...clause, approvedBy: ['ada', 'bo'] })

function engineOf(clauses: readonly Clause[], slot: Engine['slot'] = 'draft'): Engine {
  const engine = new Engine(slot)
  const loaded = engine.load(policySet(clauses))
  assert.ok(loaded.status === 'ok', JSON.stringify(loaded))
  return engine
}

const minimal: Facts = { at: 1_800_000_000_000, maker: 'none', channel: 'none' }

interface Row { readonly point: Point; readonly facts: Facts; readonly outcome: Outcome; readonly by?: string; readonly duty?: string }

const chat = { targetIsModel: true, targetClass: 'chat', targetDistribution: 'external', trainHost: 'own' } as const
const oai = { maker: 'openai', channel: 'azure', countrySupported: true, extractionSuspected: false, keySharedOutside: false, purposeRegistered: true, spreadOverAccounts: false, dataClass: 'internal', territoryExcluded: false } as const

/** One line a rule: what is asked, under which facts, what must come out and which clause must say so. */
const rules: Readonly<Record<string, Row>> = {
  'ordinary call': { point: 'admit', facts: oai, outcome: 'allow', by: 'house.use' },
  'oai.compete': { point: 'export', facts: { maker: 'openai', channel: 'azure', ...chat }, outcome: 'deny', by: 'oai.compete' },
  'oai.compete, target unknown': { point: 'train', facts: { maker: 'openai', channel: 'openai', trainHost: 'own' }, outcome: 'deny', by: 'oai.compete' },
  'oai.exc.a': { point: 'export', facts: { maker: 'openai', channel: 'azure', ...chat, targetClass: 'classifier', targetDistribution: 'internal' }, outcome: 'allow', by: 'oai.exc.a', duty: 'oai.exc.a.keep' },
  'oai.exc.a, distribution unknown': { point: 'train', facts: { maker: 'openai', channel: 'azure', targetIsModel: true, targetClass: 'classifier', trainHost: 'own' }, outcome: 'ask', by: 'oai.exc.a' },
  'oai.exc.a.keep broken': { point: 'publish', facts: { lineageFlags: ['oai.exc.a'], publishDistribution: 'external', publishKind: 'model' }, outcome: 'deny', by: 'oai.exc.a.keep', duty: 'oai.exc.a.keep' },
  'oai.exc.a.keep, distribution unknown': { point: 'publish', facts: { lineageFlags: ['oai.exc.a'], publishKind: 'model' }, outcome: 'deny', by: 'oai.exc.a.keep' },
  'oai.exc.a.keep kept': { point: 'publish', facts: { lineageFlags: ['oai.exc.a'], publishDistribution: 'internal', publishKind: 'model' }, outcome: 'allow', by: 'house.publish', duty: 'oai.exc.a.keep' },
  'oai.exc.b': { point: 'train', facts: { maker: 'openai', channel: 'openai', ...chat, trainHost: 'openai' }, outcome: 'allow', by: 'oai.exc.b' },
  'oai.extract': { point: 'admit', facts: { ...oai, extractionSuspected: true }, outcome: 'deny', by: 'oai.extract' },
  'oai.extract unknown': { point: 'admit', facts: { ...oai, extractionSuspected: undefined as never }, outcome: 'ask', by: 'oai.extract' },
  'oai.region': { point: 'route', facts: { ...oai, countrySupported: false }, outcome: 'deny', by: 'oai.region' },
  'oai.region unknown': { point: 'admit', facts: { ...oai, countrySupported: undefined as never }, outcome: 'deny', by: 'oai.region' },
  'oai.key': { point: 'admit', facts: { ...oai, keySharedOutside: true }, outcome: 'deny', by: 'oai.key' },
  'oai.resale': { point: 'contract', facts: { ...oai, resalePerToken: true }, outcome: 'deny', by: 'oai.resale' },
  'oai.resale unknown': { point: 'contract', facts: { ...oai }, outcome: 'ask', by: 'oai.resale' },
  'oai.resale approved': { point: 'contract', facts: { ...oai, resalePerToken: true, authorisations: ['openai:resale'] }, outcome: 'allow', by: 'house.use' },
  'oai.limits': { point: 'route', facts: { ...oai, spreadOverAccounts: true }, outcome: 'deny', by: 'oai.limits' },
  'az.purpose': { point: 'admit', facts: { ...oai, purposeRegistered: false }, outcome: 'deny', by: 'az.purpose' },
  'az.mam': { point: 'route', facts: { ...oai, dataClass: 'sensitive' }, outcome: 'deny', by: 'az.mam', duty: 'az.mam' },
  'az.mam approved': { point: 'route', facts: { ...oai, dataClass: 'sensitive', authorisations: ['azure:modified-monitoring'] }, outcome: 'allow', by: 'house.use' },
  'az.mam, data class unknown': { point: 'route', facts: { ...oai, dataClass: undefined as never }, outcome: 'deny', by: 'az.mam' },
  'ant.train': { point: 'export', facts: { maker: 'anthropic', channel: 'bedrock', ...chat, targetCompetesWithChannel: false }, outcome: 'deny', by: 'ant.train' },
  'ant.train, even a classifier': { point: 'train', facts: { maker: 'anthropic', channel: 'anthropic', ...chat, targetClass: 'classifier', targetDistribution: 'internal' }, outcome: 'deny', by: 'ant.train' },
  'ant.train authorised': { point: 'train', facts: { maker: 'anthropic', channel: 'anthropic', ...chat, authorised: true }, outcome: 'allow', by: 'house.authorised' },
  'ant.own50': { point: 'contract', facts: { maker: 'anthropic', channel: 'anthropic', ownershipUnsupportedPercent: 51, resalePerToken: false, territoryExcluded: false }, outcome: 'deny', by: 'ant.own50' },
  'ant.own50 unknown': { point: 'contract', facts: { maker: 'anthropic', channel: 'anthropic', resalePerToken: false, territoryExcluded: false }, outcome: 'deny', by: 'ant.own50' },
  'ant.own50 half': { point: 'contract', facts: { maker: 'anthropic', channel: 'anthropic', ownershipUnsupportedPercent: 50, resalePerToken: false, territoryExcluded: false }, outcome: 'allow', by: 'house.use' },
  'ant.resale': { point: 'contract', facts: { maker: 'anthropic', channel: 'anthropic', ownershipUnsupportedPercent: 0, resalePerToken: true, territoryExcluded: false }, outcome: 'deny', by: 'ant.resale' },
  'goo.compete': { point: 'train', facts: { maker: 'google', channel: 'google', ...chat, targetCompetes: true }, outcome: 'deny', by: 'goo.compete' },
  'goo.compete unknown': { point: 'train', facts: { maker: 'google', channel: 'google', ...chat }, outcome: 'ask', by: 'goo.compete' },
  'goo.eea.paid': { point: 'admit', facts: { maker: 'google', channel: 'google', tier: 'free', endUserCountry: 'CH' }, outcome: 'deny', by: 'goo.eea.paid' },
  'goo.eea.paid on the paid tier, country unknown': { point: 'admit', facts: { maker: 'google', channel: 'google', tier: 'paid' }, outcome: 'allow', by: 'house.use' },
  'goo.eea.paid on the free tier, country unknown': { point: 'admit', facts: { maker: 'google', channel: 'google', tier: 'free' }, outcome: 'deny', by: 'goo.eea.paid' },
  'goo.eea.paid elsewhere': { point: 'admit', facts: { maker: 'google', channel: 'google', tier: 'free', endUserCountry: 'US' }, outcome: 'allow', by: 'house.use' },
  'aws.compete': { point: 'train', facts: { maker: 'meta', channel: 'bedrock', ...chat, targetCompetesWithChannel: true }, outcome: 'deny', by: 'aws.compete' },
  'aws.retention': { point: 'route', facts: { maker: 'meta', channel: 'bedrock', retentionNone: true, retentionRequired: true, territoryExcluded: false }, outcome: 'deny', by: 'aws.retention' },
  'aws.retention, need unknown': { point: 'route', facts: { maker: 'meta', channel: 'bedrock', retentionRequired: true, territoryExcluded: false }, outcome: 'deny', by: 'aws.retention' },
  'aws.retention not required': { point: 'route', facts: { maker: 'meta', channel: 'bedrock', retentionRequired: false, territoryExcluded: false }, outcome: 'allow', by: 'house.use' },
  'ds.train': { point: 'export', facts: { maker: 'deepseek', channel: 'deepseek', ...chat }, outcome: 'allow', by: 'ds.train', duty: 'ds.label' },
  'ds.train, licence unknown': { point: 'train', facts: { maker: 'deepseek', channel: 'elsewhere', ...chat }, outcome: 'allow', by: 'ds.train' },
  'ds.train, other licence elsewhere': { point: 'train', facts: { maker: 'deepseek', channel: 'elsewhere', licence: 'other', ...chat }, outcome: 'ask' },
  'ds.label open': { point: 'publish', facts: { lineageFlags: ['ds.label'], publishKind: 'dataset' }, outcome: 'deny', by: 'ds.label', duty: 'ds.label' },
  'ds.label met': { point: 'publish', facts: { lineageFlags: ['ds.label'], publishKind: 'dataset', fulfilled: ['ds.label'] }, outcome: 'allow', by: 'house.publish', duty: 'ds.label' },
  'zai.train': { point: 'train', facts: { maker: 'zai', channel: 'zai', access: 'api', ...chat }, outcome: 'deny', by: 'zai.train' },
  'zai.train with weights': { point: 'train', facts: { maker: 'zai', channel: 'zai', access: 'weights', ...chat }, outcome: 'ask' },
  'llama.name open': { point: 'publish', facts: { lineageFlags: ['llama.name'], publishKind: 'model', publishedName: 'Otter 1', fulfilled: ['llama.display', 'llama.notice', 'llama.licence-copy'] }, outcome: 'deny', by: 'llama.name', duty: 'llama.name' },
  'llama.name without notice': { point: 'publish', facts: { lineageFlags: ['llama.name'], publishKind: 'model', publishedName: 'Llama Otter 1', fulfilled: ['llama.display', 'llama.licence-copy'] }, outcome: 'deny', by: 'llama.name' },
  'llama.name met': { point: 'publish', facts: { lineageFlags: ['llama.name'], publishKind: 'model', publishedName: 'Llama Otter 1', fulfilled: ['llama.display', 'llama.notice', 'llama.licence-copy'] }, outcome: 'allow', by: 'house.publish', duty: 'llama.name' },
  'llama rows carry the duty': { point: 'export', facts: { maker: 'meta', channel: 'own', licence: 'llama-4', ...chat }, outcome: 'ask', duty: 'llama.name' },
  'llama.mau': { point: 'route', facts: { maker: 'meta', channel: 'own', licence: 'llama-4', groupMonthlyUsersAtRelease: 700_000_001, territoryExcluded: false }, outcome: 'deny', by: 'llama.mau' },
  'llama.mau unknown': { point: 'route', facts: { maker: 'meta', channel: 'own', licence: 'llama-4', territoryExcluded: false }, outcome: 'deny', by: 'llama.mau' },
  'llama.mau at the limit': { point: 'route', facts: { maker: 'meta', channel: 'own', licence: 'llama-4', groupMonthlyUsersAtRelease: 700_000_000, territoryExcluded: false }, outcome: 'allow', by: 'house.use' },
  'threshold.display': { point: 'publish', facts: { lineageLicences: ['qwen'], groupMonthlyUsers: 100_000_001, publishKind: 'model' }, outcome: 'ask', by: 'threshold.display', duty: 'threshold.display' },
  'threshold.display by revenue alone': { point: 'publish', facts: { lineageLicences: ['kimi-k2'], groupMonthlyRevenueDollars: 20_000_001, publishKind: 'model' }, outcome: 'ask', by: 'threshold.display' },
  'threshold.display below': { point: 'publish', facts: { lineageLicences: ['kimi-k2'], groupMonthlyUsers: 5, groupMonthlyRevenueDollars: 5, publishKind: 'model' }, outcome: 'allow', by: 'house.publish' },
  'threshold.display unknown': { point: 'publish', facts: { lineageLicences: ['minimax-m2'], publishKind: 'model' }, outcome: 'ask', by: 'threshold.display' },
  'threshold.gate': { point: 'route', facts: { maker: 'moonshot', channel: 'own', licence: 'kimi-k3', maas: true, groupYearRevenueDollars: 20_000_001, territoryExcluded: false }, outcome: 'deny', by: 'threshold.gate' },
  'threshold.gate embedded': { point: 'route', facts: { maker: 'moonshot', channel: 'own', licence: 'kimi-k3', maas: false, territoryExcluded: false }, outcome: 'allow', by: 'house.use' },
  'threshold.gate unknown': { point: 'route', facts: { maker: 'liquid', channel: 'own', licence: 'liquid-lfm', territoryExcluded: false }, outcome: 'ask', by: 'threshold.gate' },
  'territory': { point: 'contract', facts: { maker: 'minimax', channel: 'own', territoryExcluded: true }, outcome: 'deny', by: 'territory' },
  'exclusivity': { point: 'contract', facts: { ...oai, channel: 'bedrock', resalePerToken: false, exclusiveChannel: 'azure', exclusiveUntil: 1_800_000_000_001 }, outcome: 'deny', by: 'exclusivity' },
  'exclusivity ended': { point: 'contract', facts: { ...oai, channel: 'bedrock', resalePerToken: false, exclusiveChannel: 'azure', exclusiveUntil: 1_800_000_000_000 }, outcome: 'allow', by: 'house.use' },
  'exclusivity, other region': { point: 'route', facts: { maker: 'm', channel: 'b', territoryExcluded: false, region: 'eu', exclusiveRegions: ['us'], exclusiveChannel: 'a', exclusiveUntil: 1_900_000_000_000 }, outcome: 'allow', by: 'house.use' },
  'exclusivity, carve-out': { point: 'route', facts: { maker: 'm', channel: 'b', territoryExcluded: false, carvedOut: true, exclusiveChannel: 'a', exclusiveUntil: 1_900_000_000_000 }, outcome: 'allow', by: 'house.use' },
  'a maker that is silent on training': { point: 'train', facts: { maker: 'minimax', channel: 'minimax', ...chat }, outcome: 'ask' },
  'a suspended agreement stops calls': { point: 'admit', facts: { maker: 'm', channel: 'c', agreementState: 'suspended' }, outcome: 'deny', by: 'house.agreement' },
  'an ended agreement stops calls': { point: 'route', facts: { maker: 'm', channel: 'c', agreementState: 'ended', territoryExcluded: false }, outcome: 'deny', by: 'house.agreement' },
  'a suspended agreement stops trainings': { point: 'train', facts: { maker: 'deepseek', channel: 'deepseek', access: 'api', ...chat, agreementState: 'suspended' }, outcome: 'deny', by: 'house.agreement' },
  'an agreement under investigation is a question at export': { point: 'export', facts: { maker: 'deepseek', channel: 'deepseek', access: 'api', ...chat, agreementState: 'under-investigation' }, outcome: 'ask', by: 'house.investigation', duty: 'house.investigation' },
  'an agreement under investigation stops no call': { point: 'admit', facts: { maker: 'm', channel: 'c', agreementState: 'under-investigation' }, outcome: 'allow', by: 'house.use' },
  'rows by people': { point: 'train', facts: { origin: 'human', ...chat }, outcome: 'allow', by: 'house.own' },
  'rows of unknown origin': { point: 'train', facts: { origin: 'unknown', ...chat }, outcome: 'ask' },
  'evaluation is not training': { point: 'export', facts: { maker: 'openai', channel: 'azure', targetIsModel: false, phase: 'evaluation' }, outcome: 'allow', by: 'house.evaluation' },
  'maker and channel bind together': { point: 'train', facts: { maker: 'deepseek', channel: 'bedrock', licence: 'MIT', ...chat, targetCompetesWithChannel: true }, outcome: 'deny', by: 'aws.compete' },
}

const known = (facts: Facts): Facts => Object.fromEntries(Object.entries({ ...minimal, ...facts }).filter(([, value]) => value !== undefined)) as Facts

test('the seed clauses: 26 and exclusivity, valid under strict validation, without invented hashes', () => {
  assert.equal(seeds.filter((clause) => !clause.id.startsWith('house.')).length, 27)
  assert.deepEqual(clauseFaults(seeds), [])
  assert.ok(seeds.every((clause) => clause.source.sourceHash === undefined))
})

test('every rule gives its outcome, by its clause, with its duty, and replays byte for byte', () => {
  const engine = engineOf(seeds.map(signed))
  const again = engineOf(seeds.map(signed), 'replay')
  for (const [name, rule] of Object.entries(rules)) {
    const decision = evaluate(engine, rule.point, known(rule.facts))
    assert.equal(decision.outcome, rule.outcome, `${name}: ${JSON.stringify(decision, null, 1)}`)
    if (rule.by !== undefined) assert.ok(decision.reasons.some((reason) => reason.clause === rule.by), `${name}: ${JSON.stringify(decision.reasons)}`)
    if (rule.duty !== undefined) assert.ok(decision.duties.some((duty) => duty.clause === rule.duty), name)
    assert.deepEqual(decision.errors, [])
    assert.deepEqual(replay(again, decisionText(decision)), { status: 'same' }, name)
  }
  const named = new Set(Object.values(rules).map((rule) => rule.by))
  const untested = seeds.filter((clause) => !named.has(clause.id)).map((clause) => clause.id)
  assert.deepEqual(untested, [], 'every clause has a rule')
})

test('unsigned clauses observe live calls and bind exports, trainings and publications', () => {
  const engine = engineOf(seeds)
  for (const [name, rule] of Object.entries(rules)) {
    const decision = evaluate(engine, rule.point, known(rule.facts))
    const live = ['contract', 'admit', 'route'].includes(rule.point)
    assert.equal(decision.outcome, live && rule.by?.startsWith('house.') !== true ? 'allow' : rule.outcome, name)
    assert.equal(decision.observed, rule.outcome, name)
  }
  const one = engineOf(seeds.map((clause) => ({ ...clause, approvedBy: ['ada', 'ada'] })), 'replay')
  assert.equal(evaluate(one, 'route', known({ ...oai, countrySupported: false })).outcome, 'ask', 'one person twice is one person: even the house rule does not bind')
})

const draftClause = (text: string, rest: Partial<Clause> = {}): Clause =>
  ({ id: 'x', version: 1, source: { maker: 'm', document: 'd', section: 's' }, kind: 'forbid', points: ['route'], onUnknown: 'ask', suppose: {}, says: 's', remedy: 'r', text, approvedBy: ['ada', 'bo'], ...rest })
const head = '@id("x") @point("route") @onUnknown("ask")\n'

test('a policy that does not parse, misses a guard, or lies in its head is refused with its place; the set before stays', () => {
  const engine = engineOf(seeds.map(signed))
  const before = engine.set?.hash
  const faults = (text: string, rest: Partial<Clause> = {}): string => {
    const loaded = engine.load(policySet([...seeds, draftClause(text, rest)]))
    assert.ok(loaded.status === 'invalid')
    assert.equal(engine.set?.hash, before)
    const [first] = loaded.faults
    return `${first?.clause}:${first?.line}: ${first?.says}`
  }
  assert.match(faults(`${head}forbid (principal, action, resource)\nwhen { context.tier = };`), /^x:3: /)
  assert.match(faults(`${head}forbid (principal, action, resource)\nwhen { context.tier == "free" };`), /^x:3: .*optional attribute `tier`/)
  assert.match(faults(`${head}forbid (principal, action, resource)\nwhen { context.teir == "free" };`), /teir/)
  assert.match(faults(`${head}permit (principal, action, resource);`), /needs forbid/)
  assert.match(faults('@id("x") @point("admit") @onUnknown("ask") forbid (principal, action, resource);'), /@point must be/)
  assert.match(faults(`${head}forbid (principal, action, resource);`, { suppose: { tier: 7 } }), /supposition/)
  assert.match(faults(`${head}forbid (principal, action, resource);`, { id: 'oai.key' }), /same id/)
})

test('a forbid that errors denies, a permit that errors grants nothing', () => {
  const overflow = 'context.at * 9223372036854775807 > 0'
  const forbids = engineOf([...seeds, draftClause(`${head}forbid (principal, action, resource) when { ${overflow} };`)])
  const decision = evaluate(forbids, 'route', known({}))
  assert.equal(decision.outcome, 'deny')
  assert.deepEqual(decision.reasons.map((reason) => [reason.clause, reason.because]), [['x', 'error']])
  assert.equal(decision.errors[0]?.clause, 'x')
  const permits = engineOf([draftClause(`${head}permit (principal, action, resource) when { ${overflow} };`, { kind: 'permit' })])
  assert.equal(evaluate(permits, 'route', known({})).outcome, 'ask')
})

test('no policy set, unknown names and wrong types are refused', () => {
  assert.equal(evaluate(new Engine('draft'), 'route', known({})).outcome, 'deny')
  const engine = engineOf(seeds)
  for (const facts of [{ maker: 'm' }, { ...minimal, colour: 'blue' }, { ...minimal, maas: 'yes' }, { ...minimal, groupMonthlyUsers: 0.5 }, { ...minimal, fulfilled: [1] }]) {
    const decision = evaluate(engine, 'route', facts as unknown as Facts)
    assert.equal(decision.outcome, 'deny')
    assert.equal(decision.reasons[0]?.clause, 'engine')
  }
})

test('two engines in one slot do not answer for each other', () => {
  const [strict, mild] = [engineOf(seeds.map(signed)), engineOf(seeds)]
  for (let round = 0; round < 2; round += 1) {
    assert.equal(evaluate(strict, 'route', known({ ...oai, countrySupported: false })).outcome, 'deny')
    assert.equal(evaluate(mild, 'route', known({ ...oai, countrySupported: false })).outcome, 'allow')
  }
  const silent = engineOf(seeds.filter((clause) => clause.id !== 'oai.region').map(signed))
  assert.equal(evaluate(strict, 'route', known({ ...oai, countrySupported: false })).outcome, 'deny')
  assert.equal(evaluate(silent, 'route', known({ ...oai, countrySupported: false })).outcome, 'allow')
})

test('a policy set is what its hash says, and replay notices another', () => {
  const set = policySet(seeds)
  assert.equal(restorePolicySet(set.hash, set.body)?.hash, set.hash)
  assert.equal(restorePolicySet(set.hash, set.body.replace('openai', 'openaj')), undefined)
  const text = decisionText(evaluate(engineOf(seeds), 'route', known({})))
  assert.equal(replay(engineOf(seeds.map(signed), 'replay'), text).status, 'impossible')
  const forged = JSON.stringify({ ...(JSON.parse(text) as Decision), outcome: 'deny' })
  assert.equal(replay(engineOf(seeds, 'replay'), forged).status, 'different')
})

const factArbitrary: fc.Arbitrary<Facts> = fc.record(Object.fromEntries((Object.keys(vocabulary) as FactName[]).map((name) => {
  const row = vocabulary[name]
  const texts = fc.constantFrom('openai', 'azure', 'anthropic', 'google', 'bedrock', 'deepseek', 'zai', 'classifier', 'internal', 'external', 'llama-4', 'kimi-k2', 'api', 'free', 'DE', 'sensitive', 'dataset', 'Llama x')
  const value = row.type === 'String' ? texts : row.type === 'Bool' ? fc.boolean() : row.type === 'Long' ? fc.constantFrom(0, 51, 30_000_001, 20_000_000_000) : fc.subarray(['oai.exc.a', 'ds.label', 'llama.name', 'kimi-k2', 'qwen'])
  return [name, value]
})), { requiredKeys: ['at', 'maker', 'channel'] }) as fc.Arbitrary<Facts>

test('whatever the facts: a decision comes, without errors, replays, and no permission outweighs an objection', () => {
  const engine = engineOf(seeds.map(signed))
  fc.assert(fc.property(fc.constantFrom(...points), factArbitrary, (point, facts) => {
    const decision = evaluate(engine, point, facts)
    assert.deepEqual(decision.errors, [])
    assert.equal(replay(engine, decisionText(decision)).status, 'same')
    if (decision.outcome === 'allow') assert.ok(decision.reasons.length > 0 && decision.reasons.every((reason) => reason.effect === 'allow'))
    if (decision.outcome === 'deny') assert.ok(decision.reasons.some((reason) => reason.effect === 'deny'))
    const worse = evaluate(engine, point, { ...facts, territoryExcluded: true })
    if (point === 'contract' || point === 'route') assert.equal(worse.outcome, 'deny')
  }), { numRuns: 60 })
})
