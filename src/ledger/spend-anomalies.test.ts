import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAnyForTest } from '../../test/stores.ts'
import { takeLeases } from './budgets.ts'
import { addDays, dayOf } from './contracts/calendar.ts'
import { type Booked, bookUsage } from './invoices/booked-usage.fixture.ts'
import { capsInForce, liftCap, type SpendWatch, watchSpend } from './spend-anomalies.ts'

const picos = 10n ** 12n
const now = Date.parse('2026-11-20T15:00:00Z')
const clock = { now: () => now, monotonic: () => now }
const today = dayOf(now)
const watch = (project: string, part: Partial<SpendWatch> = {}): SpendWatch => ({ organization: 'acme', project, owner: `${project}@acme.example`, factor: '4', floor: '20', capAfter: undefined, ...part })

/** Ten days of ten dollars each, and today. */
const days = (project: string, last: readonly Partial<Booked>[]): readonly Booked[] => [
  ...Array.from({ length: 10 }, (_, back): Booked => ({ day: addDays(today, -1 - back), project, meter: 'output', quantity: '1000000', unitPrice: '0.00001' })),
  ...last.map((part): Booked => ({ day: today, project, meter: 'output', quantity: '1000000', unitPrice: '0.00001', ...part })),
]

test('a day out of the ordinary is raised once, with its owner and what drove it; usual ones and small ones are not', async () => {
  const store = await openAnyForTest()
  try {
    await bookUsage(store, [
      ...days('calls', Array.from({ length: 6 }, () => ({}))),
      ...days('tokens', [{ quantity: '9000000' }]),
      ...days('price', [{ unitPrice: '0.00008' }]),
      ...days('fresh', [{ key: 'key_9', model: 'o3', quantity: '7000000' }]),
      ...days('usual', [{ quantity: '3900000' }]),
      { day: today, project: 'young', meter: 'output', quantity: '90000000', unitPrice: '0.00001' },
    ])
    const watches = ['calls', 'tokens', 'price', 'fresh', 'usual', 'young'].map((project) => watch(project))
    const found = await watchSpend(store, clock, watches)
    assert.deepEqual(found.map((one) => [one.project, one.owner, one.amount, one.usual, one.times, one.cause.what, one.cause.times, one.cause.key, one.cause.model]), [
      ['calls', 'calls@acme.example', '60.00', '10.00', '6', 'calls', '6', 'key_1', 'gpt-4.1'],
      ['tokens', 'tokens@acme.example', '90.00', '10.00', '9', 'tokens a call', '9', 'key_1', 'gpt-4.1'],
      ['price', 'price@acme.example', '80.00', '10.00', '8', 'price', '8', 'key_1', 'gpt-4.1'],
      ['fresh', 'fresh@acme.example', '70.00', '10.00', '7', 'new', undefined, 'key_9', 'o3'],
    ])
    assert.deepEqual(await watchSpend(store, clock, watches), [], 'once a day and project')
    assert.deepEqual(await watchSpend(store, clock, [watch('usual', { factor: '2', floor: '100' })]), [], 'below the floor')
    const events = await store.query<{ subject: string }>('jobs', "SELECT subject FROM event WHERE kind = 'spend-anomaly' ORDER BY subject")
    assert.equal(events.length, 4)
  } finally {
    await store.close()
  }
})

test('with capAfter, what may be lent ends there until it is lifted', async () => {
  const store = await openAnyForTest()
  try {
    await bookUsage(store, days('feed', [{ quantity: '9000000' }]))
    const want = (need: bigint) => ({
      budget: { id: 'project/acme/feed/month', scope: 'project' as const, name: 'acme/feed', currency: 'USD', limit: 1_000n * picos, period: 'month' as const, timeZone: 'UTC', thresholds: [] },
      period: { period: '2026-11-01T00:00:00Z', startsAt: 0, endsAt: Date.parse('2026-12-01') }, epoch: 'e1', have: 0n, returned: 0n, need, want: need,
    })
    assert.equal((await takeLeases(store, 'a', [want(10n * picos)], false)).status, 'granted')
    await store.query('jobs', 'UPDATE budget_period SET posted = 190000000000000')
    // A budget in another currency is none of the amount's business.
    await store.query('jobs', `INSERT INTO budget_period SELECT (jsonb_populate_record(b, '{"budget": "project/acme/feed/day", "currency": "EUR"}'::jsonb)).* FROM budget_period b`)
    const [found] = await watchSpend(store, clock, [watch('feed', { capAfter: '30' })])
    assert.deepEqual(found?.capped, ['project/acme/feed/month'])
    assert.deepEqual((await capsInForce(store, clock)).map((one) => [one.budget, one.posted, one.cap]), [['project/acme/feed/month', '190', '220']])
    assert.equal((await takeLeases(store, 'b', [want(20n * picos)], false)).status, 'granted', 'ten are lent, twenty are left below the cap')
    const refused = await takeLeases(store, 'c', [want(1n)], false)
    assert.ok(refused.status === 'refused' && refused.limit === 220n * picos)
    assert.equal(await liftCap(store, clock, 'project/acme/feed/month', 'finance', 'a planned import'), 1)
    assert.equal((await takeLeases(store, 'c', [want(100n * picos)], false)).status, 'granted')
    assert.equal(await liftCap(store, clock, 'project/acme/feed/month', 'finance', 'again'), 0)
  } finally {
    await store.close()
  }
})
