/** Rounds of detection over a real database: signals, clusters, cases, clearing, the day's room. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { form, harvest, many, question, terse } from '../../../test/detection/made-prompts.ts'
import { openAnyForTest } from '../../../test/stores.ts'
import { idMaker } from '../../kernel/ids.ts'
import { seededRandom, type Random } from '../../kernel/random.ts'
import type { Sql, Store } from '../../store/store.ts'
import { readCases, readRestrictions } from '../cases/case-store.ts'
import { ensureGovernance } from '../log/governance.ts'
import { putRecord, readRegister } from '../register/record-store.ts'
import { forgetSketches, makeDetector } from './detect.ts'
import { indicatorsOf, indicatorsSchema, matchIndicators } from './indicators.ts'
import { casesPerDay, clearSignal, promoteWaiting } from './raise-signal.ts'
import { reckonElsewhere, reckonHere } from './reckon.ts'
import { readClusters, readSignals, readSketches, readTally, addTally, storeSketches, type Signal } from './sketch-store.ts'
import { sketchOf } from './sketch.ts'
import { techniquesIn } from './techniques.ts'

let store: Store
let now = 1_800_000_000_000
/** Each on a store of its own. No hook: at this level it would run around every test of the whole suite, which shares one process. */
const onFreshStore = (name: string, body: () => Promise<void>): Promise<void> => test(name, async () => {
  store = await openAnyForTest()
  now = 1_800_000_000_000
  try {
    await store.transaction('admin', (sql) => ensureGovernance(sql, 'log.example/governance'))
    await purpose('captions', 'product')
    await body()
  } finally {
    await store.close()
  }
})

const clock = { now: () => now, monotonic: () => now }
const ask: Sql = (text, values) => store.query('admin', text, values)
const makeId = idMaker(clock, seededRandom(3))
const raised: Signal[] = []
const detector = (): (() => Promise<number>) => makeDetector({ store, clock, makeId, makerOf: () => 'openai', reckon: reckonHere, raised: (signal) => void raised.push(signal) })

const purpose = (id: string, phase: string): Promise<unknown> => store.transaction('admin', (sql) =>
  putRecord(sql, { kind: 'purpose', id, organization: 'acme', body: { id, organization: 'acme', says: id, phase, dataClass: 'internal', owner: 'ada', expiresMs: now + 10 ** 11 }, actor: 'ada', atMs: now }))

async function calls(seed: number, count: number, make: (random: Random) => string, keys: readonly string[], given: { readonly purpose?: string; readonly project?: string } = {}): Promise<void> {
  const sketches = many(seed, count, make).map((text, at) => {
    const sketch = sketchOf(text)
    assert.ok(sketch !== undefined)
    now += 1_000
    return {
      atMs: now, organization: 'acme', project: given.project ?? 'feed', key: keys[at % keys.length] ?? '', purpose: given.purpose ?? 'captions', model: 'gpt-4.1', vector: sketch.vector, bands: new Uint8Array(sketch.bands.buffer),
      techniques: techniquesIn(text), settings: 4, actor: undefined, agent: 'a', network: `n ${given.project ?? 'feed'}`, tokens: 50,
    }
  })
  for (let at = 0; at < sketches.length; at += 100) await storeSketches(ask, sketches.slice(at, at + 100))
}

const signals = (): Promise<Signal[]> => readSignals(ask, { limit: 100 })
const names = (count: number, prefix = 'lab'): string[] => Array.from({ length: count }, (_, at) => `${prefix}_${String(at).padStart(2, '0')}`)

void onFreshStore('sketches come back as they went in, oldest first, in pages', async () => {
  await calls(1, 1_200, question, ['key_1', 'key_2'])
  const back = await readSketches(ask, { sinceMs: 0, limit: 1_100 })
  assert.equal(back.length, 1_100)
  assert.ok(back.every(({ id }, at) => at === 0 || id > (back[at - 1]?.id ?? 0n)))
  const text = many(1, 1_200, question).at(-1) ?? ''
  assert.deepEqual([new Uint8Array(back.at(-1)?.vector ?? []), back.at(-1)?.bands], [sketchOf(text)?.vector, sketchOf(text)?.bands])
  now += 40 * 86_400_000
  await forgetSketches(store, now)
  assert.deepEqual(await readSketches(ask, { sinceMs: 0, limit: 10 }), [])
})

void onFreshStore('attack: a campaign over forty keys is one cluster, one signal, one case with a watch that lapses; it goes on as the same case', async () => {
  const round = detector()
  await calls(2, 240, question, ['key_1', 'key_2', 'key_3'])
  await round()
  assert.deepEqual(await signals(), [])
  await calls(3, 200, harvest, names(40), { project: 'lab' })
  await round()
  const [signal, ...more] = await signals()
  assert.ok(signal !== undefined)
  assert.deepEqual([more.length, signal.state, signal.card.subject.keys.length, signal.card.verdict], [0, 'case', 40, 'case'])
  assert.deepEqual((await readClusters(ask)).find(({ keys }) => keys.length === 40)?.keys, names(40))
  const [found, ...others] = (await readCases(ask)).cases
  assert.deepEqual([others.length, found?.id, found?.state, found?.signal.source, found?.signal.clause, found?.signal.about], [0, signal.caseId, 'triage', 'detector', 'oai.extract', { organization: 'acme', project: 'lab' }])
  assert.deepEqual((await readRestrictions(ask, now)).map(({ kind, automatic }) => [kind, automatic]), [['watch', true]])
  assert.deepEqual(await readRestrictions(ask, now + 73 * 3_600_000), [], 'nobody took it over: it lapses after 72 hours')
  await calls(4, 200, harvest, names(40), { project: 'lab' })
  await round()
  assert.deepEqual([(await signals()).length, (await readCases(ask)).cases.length], [1, 1])
})

void onFreshStore('a cluster that grows is named in full by its signal, though few calls are new', async () => {
  const round = detector()
  await calls(30, 240, question, ['key_1', 'key_2', 'key_3'])
  await calls(31, 160, harvest, names(32), { project: 'lab' })
  await round()
  assert.equal((await signals())[0]?.card.subject.keys.length, 32)
  await calls(32, 24, harvest, names(40).slice(32), { project: 'lab' })
  await round()
  assert.deepEqual([(await signals()).length, (await signals())[0]?.card.subject.keys.length, (await readCases(ask)).cases.length], [1, 40, 1])
})

void onFreshStore('a benign new template under a registered purpose opens no case; one click clears it, and it does not signal again', async () => {
  const round = detector()
  await calls(5, 300, question, ['key_1'])
  await round()
  await calls(6, 60, form, ['key_1'])
  await round()
  const [signal] = await signals()
  assert.ok(signal !== undefined)
  assert.deepEqual([signal.state, signal.subject, (await readCases(ask)).cases.length, (await readRestrictions(ask, now)).length], ['open', 'key:key_1', 0, 0])
  const by = { register: await readRegister(ask), says: 'The new order form.', actor: 'ada', atMs: now }
  const refused = await store.transaction('admin', (sql) => clearSignal(sql, signal.id, { ...by, purpose: 'nothing' }))
  assert.deepEqual(refused.status === 'refused' ? refused.code : refused.status, 'not_registered')
  const cleared = await store.transaction('admin', (sql) => clearSignal(sql, signal.id, { ...by, purpose: 'captions' }))
  assert.equal(cleared.status, 'cleared')
  assert.equal((await store.transaction('admin', (sql) => clearSignal(sql, signal.id, { ...by, purpose: 'captions' }))).status, 'refused')
  await calls(7, 100, (random) => (random.fraction() < 0.6 ? form(random) : question(random)), ['key_1'])
  await round()
  assert.deepEqual((await signals()).map(({ state }) => state), ['cleared'])
  const leaves = await ask<{ body: string }>(`SELECT body FROM terms_leaf WHERE log = 'governance' AND body LIKE '%signal-cleared%'`)
  assert.match(leaves[0]?.body ?? '', /"actor":"ada"/)
})

void onFreshStore('a signal that is a case is not cleared beside it', async () => {
  const round = detector()
  await calls(8, 240, question, ['key_1'])
  await calls(9, 60, harvest, ['key_9'])
  await round()
  const [signal] = await signals()
  assert.ok(signal?.caseId !== undefined)
  const answer = await store.transaction('admin', async (sql) => clearSignal(sql, signal.id, { register: await readRegister(sql), purpose: 'captions', says: 'x', actor: 'ada', atMs: now }))
  assert.equal(answer.status === 'refused' ? answer.code : answer.status, 'is_a_case')
})

void onFreshStore('the day\'s room for cases is bounded; what waits is ranked by tokens and severity, and comes first when there is room', async () => {
  const round = detector()
  const many40 = names(casesPerDay + 3, 'alone')
  // Different words a key, so that they are no cluster.
  const words = (random: Random, at: number): string => Array.from({ length: 30 }, () => `word${at}x${Math.floor(random.fraction() * 500)}`).join(' ')
  for (const [at, key] of many40.entries()) await calls(100 + at, at === casesPerDay + 1 ? 200 : 50, (random) => `Generate different instructions: ${words(random, at)}`, [key], { project: `p${at}` })
  await round()
  const found = await signals()
  assert.deepEqual([found.filter(({ state }) => state === 'case').length, found.filter(({ state }) => state === 'waiting').length], [casesPerDay, 3])
  assert.deepEqual((await readCases(ask)).cases.length, casesPerDay)
  const waiting = found.filter(({ state }) => state === 'waiting').map(({ rank }) => rank)
  assert.deepEqual(waiting, waiting.toSorted((a, b) => b - a))
  now += 25 * 3_600_000
  await store.transaction('jobs', (sql) => promoteWaiting({ sql, makeId, nowMs: now }, () => 'openai'))
  assert.equal((await readCases(ask)).cases.length, casesPerDay + 3)
})

void onFreshStore('two rounds over the same calls say the same once; a round without new calls does nothing', async () => {
  await calls(20, 300, question, ['key_1'])
  await calls(21, 60, terse, ['key_1'])
  const before = raised.length
  assert.ok((await detector()()) > 0)
  const round = detector()
  await round()
  assert.equal(await round(), 0)
  assert.deepEqual([(await signals()).length, raised.length - before], [1, 1])
})

void onFreshStore('what was not looked at is counted', async () => {
  await addTally(ask, 'n1', now, { calls: 10, sketched: 6, thinned: 2, dropped: 1, unread: 1 })
  await addTally(ask, 'n1', now, { calls: 5, sketched: 5, thinned: 0, dropped: 0, unread: 0 })
  await addTally(ask, 'n2', now, { calls: 1, sketched: 0, thinned: 1, dropped: 0, unread: 0 })
  assert.deepEqual(await readTally(ask, now), { calls: 16, sketched: 11, thinned: 3, dropped: 1, unread: 1 })
})

void onFreshStore('indicators of a campaign find it elsewhere by hashes alone, and ordinary traffic does not match', async () => {
  await calls(21, 240, question, ['key_1', 'key_2', 'key_3'])
  await calls(22, 200, harvest, names(40), { project: 'lab' })
  await detector()()
  const [signal] = await signals()
  const found = await indicatorsOf(ask, signal?.id ?? '')
  assert.ok(found !== undefined && found.templates.length > 0, JSON.stringify(found))
  assert.deepEqual(found.techniques.includes('task-generation'), true)
  const given = indicatorsSchema.parse({ kind: 'weir-indicators/v1', made: '2026-11-28T00:00:00Z', says: 'A campaign.', ...found })
  assert.equal(/lab|acme|key_/.test(JSON.stringify(given)), false, 'nobody is named')
  assert.equal(await indicatorsOf(ask, 'signal_nobody_knows'), undefined)
  // Another installation: the same templates with other words in them, among ordinary traffic of its own.
  await ask('DELETE FROM detection_sketch')
  await calls(31, 240, question, ['other_1', 'other_2'])
  await calls(32, 60, harvest, ['suspect_1', 'suspect_2'], { project: 'elsewhere' })
  const { scanned, matches } = await matchIndicators(ask, given, 0)
  assert.deepEqual([scanned, matches.map((one) => one.key).toSorted()], [300, ['suspect_1', 'suspect_2']])
  assert.ok(matches.every((one) => one.prompts >= one.of / 2), JSON.stringify(matches))
  assert.deepEqual((await matchIndicators(ask, given, now + 1)).matches, [], 'not before the period')
})

void onFreshStore('clusters and scores come out of a thread of their own as they do here, and what it cannot work out is told', async () => {
  await calls(41, 300, question, ['key_1'])
  await calls(42, 200, harvest, names(40), { project: 'lab' })
  const seen = await readSketches(ask, { sinceMs: 0, limit: 1_000 })
  const observed = {
    subject: { kind: 'key', id: 'key:key_1', organization: 'acme', project: 'feed', keys: ['key_1'] }, calls: seen.slice(100), purposeCalls: seen.slice(0, 100), accepted: [seen.slice(0, 20)], purpose: undefined, purposeUnknown: true, sum: 1,
  } as const
  const elsewhere = reckonElsewhere()
  try {
    const fresh = new Set(names(40))
    const [clusters, card] = await Promise.all([elsewhere.clusters(seen, fresh), elsewhere.score(observed)])
    assert.deepEqual([clusters, card], [await reckonHere.clusters(seen, fresh), await reckonHere.score(observed)])
    assert.equal(clusters.some(({ keys }) => keys.length === 40), true)
    await assert.rejects(elsewhere.score({ ...observed, subject: null as unknown as (typeof observed)['subject'] }), TypeError)
    assert.deepEqual(await elsewhere.score(observed), card, 'the next ask starts another')
  } finally {
    await elsewhere.close()
  }
})
