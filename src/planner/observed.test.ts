import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decimal } from '../kernel/decimal.ts'
import { seededRandom } from '../kernel/random.ts'
import { addDays } from '../ledger/contracts/calendar.ts'
import { contractSchema } from '../ledger/contracts/contract.ts'
import { endings } from './calendar.ts'
import { type DayOfCalls, earlySigns } from './early-signs.ts'
import { bootstrap, meanDifference, quantile, quantileBounds, wilson } from './intervals.ts'
import { capacities, liveMix, type MixRow } from './live-mix.ts'
import { compareRatios, one, plus, zeroRatio } from './ratio.ts'

test('score interval: 0 of 10, 5 of 10 and 10 of 10 as published', () => {
  const shown = (hits: number, tries: number): readonly string[] => { const { low, high } = wilson(hits, tries); return [low.toFixed(4), high.toFixed(4)] }
  assert.deepEqual(shown(0, 10), ['0.0000', '0.2775'])
  assert.deepEqual(shown(5, 10), ['0.2366', '0.7634'])
  assert.deepEqual(shown(10, 10), ['0.7225', '1.0000'])
  assert.deepEqual(shown(0, 0), ['0.0000', '1.0000'])
})

test('score intervals hold the share they were made from, in nineteen of twenty draws', () => {
  const random = seededRandom(7)
  let inside = 0
  for (let trial = 0; trial < 1_000; trial += 1) {
    let hits = 0
    for (let index = 0; index < 120; index += 1) if (random.fraction() < 0.15) hits += 1
    const { low, high } = wilson(hits, 120)
    if (low <= 0.15 && high >= 0.15) inside += 1
  }
  assert.ok(inside >= 925 && inside <= 975, `${inside} of 1,000`)
})

test('quantiles and their ranks', () => {
  const values = Array.from({ length: 100 }, (_, index) => index + 1)
  assert.equal(quantile(values, 0.5), 50)
  assert.equal(quantile(values, 0.95), 95)
  assert.deepEqual(quantileBounds(values, 0.5), { low: 40, high: 60 })
  assert.equal(quantileBounds([1, 2, 3], 0.95), undefined)
  assert.equal(quantile([], 0.5), undefined)
})

test('a bootstrap of one value is none; of equal values, that value; without a denominator, open above', () => {
  const mean = (sample: readonly number[]): number => sample.reduce((a, b) => a + b, 0) / sample.length
  assert.equal(bootstrap([1], mean, seededRandom(1)), undefined)
  assert.deepEqual(bootstrap([2, 2, 2], mean, seededRandom(1)), { low: 2, high: 2 })
  const open = bootstrap([1, 0, 0], (sample) => { const hits = sample.reduce((a, b) => a + b, 0); return hits === 0 ? undefined : 3 / hits }, seededRandom(1))
  assert.equal(open?.high, undefined)
  assert.equal(meanDifference([1], [1, 2]), undefined)
})

const until = '2026-11-01'
/** Two customers for 56 days; `acme` has `of(index)` calls of its own, `own(index)` of them in-house. */
function days(of: (index: number) => number, own: (index: number) => number = () => 0, project: (index: number) => string = () => 'feed'): readonly DayOfCalls[] {
  return Array.from({ length: 56 }, (_, index) => index).flatMap((index) => {
    const day = addDays(until, index - 56)
    const wobble = (index * 7) % 5
    return [{ day, customer: 'acme', project: project(index), calls: of(index) + wobble, ownCalls: own(index) }, { day, customer: 'other', project: 'main', calls: 1_000 - wobble, ownCalls: 0 }]
  })
}
const signsOf = (calls: readonly DayOfCalls[], contracts: Parameters<typeof earlySigns>[0]['contracts'] = []): readonly string[] => earlySigns({ until, calls, contracts }).signs.map(({ customer, sign }) => `${customer}: ${sign}`)

test('a steady customer gives no sign; a falling one does, and the other is not accused of growing', () => {
  assert.deepEqual(signsOf(days(() => 1_000)), [])
  assert.deepEqual(signsOf(days((index) => (index < 28 ? 1_000 : 600))), ['acme: falling share of calls'])
})

test('a move to own deployments shows, as does a project that fell silent', () => {
  assert.deepEqual(signsOf(days(() => 1_000, (index) => (index < 28 ? 20 : 300))), ['acme: growing share on own deployments'])
  assert.deepEqual(signsOf(days(() => 1_000, undefined, (index) => (index < 28 ? 'pilot' : 'feed'))), ['acme: project fell silent'])
})

test('a pilot that fell silent or expired after calls is named; one that goes on, or never called, is not', () => {
  const calls = days(() => 1_000).map((row, index) => ({ ...row, purpose: row.customer === 'acme' ? (index < 50 ? 'trial' : 'captions') : 'other-trial' }))
  const pilot = (purpose: string, customer: string, expires: string) => ({ purpose, customer, expires, version: 2 })
  const found = (pilots: Parameters<typeof earlySigns>[0]['pilots'] & {}): readonly string[] =>
    earlySigns({ until, calls, contracts: [], pilots }).signs.map(({ sign, about, inputs }) => [sign, about, ...inputs.map(({ id }) => id)].join(' | '))
  assert.deepEqual(found([pilot('trial', 'acme', '2027-01-01')]), ['pilot ended | trial | usage_minute organization=acme purpose=trial | trial version 2'])
  assert.equal(found([pilot('other-trial', 'other', '2026-10-31')]).length, 1)
  assert.deepEqual(found([pilot('other-trial', 'other', '2027-01-01'), pilot('never', 'acme', '2026-10-31'), pilot('trial', 'other', '2026-10-31')]), [])
})

test('contracts that end within half a year show; too few days are said, not guessed', () => {
  const contract = { customer: 'acme', contract: 'acme-2026', version: 3, until: '2027-01-15' }
  const found = earlySigns({ until, calls: [], contracts: [contract, { ...contract, contract: 'later', until: '2029-01-01' }] })
  assert.deepEqual(found.signs.map(({ says }) => says), ['contract acme-2026 ends on 2027-01-15, in 76 days'])
  assert.deepEqual(found.signs[0]?.inputs, [{ kind: 'contract', id: 'acme-2026 version 3', date: '2027-01-15' }])
  assert.equal(found.missing.length, 2)
})

const mixRows: fc.Arbitrary<readonly MixRow[]> = fc.array(fc.record({
  period: fc.constantFrom('2026-10', '2026-11'), capacity: fc.constantFrom(...capacities), tokens: fc.integer({ min: 0, max: 10 ** 9 }).map((n) => decimal(n)), amount: fc.integer({ min: 0, max: 10 ** 6 }).map((n) => decimal(n)),
}), { maxLength: 20 })

test('shares of the live mix sum to exactly one in every period that has tokens', () => {
  fc.assert(fc.property(mixRows, (rows) => {
    for (const { shares } of liveMix(rows)) {
      assert.equal(shares.length, capacities.length)
      if (shares.some(({ share }) => share === undefined)) assert.ok(shares.every(({ share, tokens }) => share === undefined && tokens.coefficient === 0n))
      else assert.equal(compareRatios(shares.reduce((sum, { share }) => plus(sum, share ?? zeroRatio), zeroRatio), one), 0)
    }
  }))
})

test('the calendar: contract, commitment, credit, units bought term by term, retirement with its keys', () => {
  const contract = contractSchema.parse({
    id: 'cloud', party: 'cloud', side: 'supplier', currency: 'USD', term: { from: '2026-01-01', until: '2027-06-30' },
    terms: {
      commitments: [{ id: 'spend', amount: '1000000', from: '2026-01-01', until: '2027-01-01' }],
      credits: [{ id: 'welcome', amount: '5000', from: '2026-01-01', expires: '2026-12-31' }],
      provisioned: [{ id: 'flat', count: 100, model: 'gpt-4.1', term: 'yearly', unitPrice: '2652', from: '2026-03-01' }],
    },
  })
  const found = endings({
    today: '2026-11-23', contracts: [{ contract, version: 2 }],
    retirements: [{ model: 'old', retires: '2027-02-01', source: 'maker, read 2026-11-01', id: 'plan_1' }, { model: 'gone', retires: '2026-01-01', source: 'x', id: 'plan_2' }],
    keys: [{ key: 'key_1', organization: 'acme', project: 'feed', model: 'old', calls: 12 }, { key: 'key_2', organization: 'acme', project: 'lab', model: 'other', calls: 99 }],
  })
  assert.deepEqual(found.map(({ day, what, name }) => `${day} ${what} ${name}`), [
    '2026-12-31 credit cloud/welcome', '2027-01-01 commitment cloud/spend', '2027-02-01 model retirement old', '2027-03-01 reserved units cloud/flat', '2027-06-30 contract cloud',
  ])
  assert.deepEqual(found[2]?.keys, [{ key: 'key_1', project: 'acme/feed', calls: 12 }])
})
