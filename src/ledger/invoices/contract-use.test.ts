import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openAnyForTest } from '../../../test/stores.ts'
import type { Store } from '../../store/store.ts'
import { parseContract } from '../contracts/parse-contract.ts'
import { saveContract } from '../contracts/contract-store.ts'
import { bookUsage } from './booked-usage.fixture.ts'
import { closeMonth } from './close-month.ts'
import { contractUse } from './contract-use.ts'

let store: Store
const clock = { now: () => Date.parse('2026-11-03T12:00:00Z'), monotonic: () => 0 }

before(async () => {
  store = await openAnyForTest()
})
after(() => store.close())

test('what is used of a contract: billed months as recorded, the running month as it stands, units against their capacity', async () => {
  const parsed = parseContract(`id: acme-2026
party: acme
side: customer
currency: USD
term: { from: "2026-10-01" }
terms:
  commitments: [{ id: year, amount: "100", from: "2026-10-01", until: "2027-10-01" }]
  credits: [{ id: gift, amount: "5", from: "2026-10-01", paid: false }]
  provisioned: [{ id: ptu, count: 2, model: gpt, deployments: [deep], term: hourly, unitPrice: "1", from: "2026-11-01", tokensPerMinute: "1000", outputWeight: "4" }]
`)
  if ('faults' in parsed) assert.fail(JSON.stringify(parsed.faults))
  await saveContract(store, clock, parsed.contract)
  await bookUsage(store, [{ day: '2026-10-05', meter: 'input', quantity: '10000000', unitPrice: '0.000002' }])
  const asOctoberEnds = (await contractUse(store, parsed.contract, 1, '2026-11-01')).commitments[0]
  assert.deepEqual([asOctoberEnds?.drawn, asOctoberEnds?.drawnThisMonth], ['1460.00', '1440.00'], 'a month that is over draws before it is billed')
  await closeMonth(store, clock, '2026-10')
  await bookUsage(store, [
    { day: '2026-11-02', meter: 'input', quantity: '1000000', unitPrice: '0.000002' },
    { day: '2026-11-02', meter: 'output', quantity: '864000', unitPrice: '0.000008', deployment: 'deep' },
  ])
  const use = await contractUse(store, parsed.contract, 1, '2026-11-03')
  // October: 20.00. November: 2.00 of tokens by the call and two units for 30 days, 1440.00; what the units carry costs nothing more.
  assert.deepEqual(use.commitments, [{ id: 'year', from: '2026-10-01', until: '2027-10-01', amount: '100.00', drawn: '1462.00', drawnThisMonth: '1442.00', left: '-1362.00' }])
  assert.deepEqual(use.credits, [{ id: 'gift', from: '2026-10-01', expires: undefined, amount: '5.00', drawn: '5.00', left: '0.00' }])
  // Three days of two units: 144 unit-hours; 864,000 written tokens weigh 3,456,000 of 8,640,000.
  assert.deepEqual(use.provisioned, [{ id: 'ptu', model: 'gpt', count: 2, term: 'hourly', unitPrice: '1', cost: '144.00', unusedCost: '86.40', used: '3456000', capacity: '8640000', utilisation: '0.4', perMillion: '41.666666666667' }])
})

test('months that are over and not billed draw by their units too, used or not, also where the contract ends within the running month', async () => {
  const parsed = parseContract(`id: still-2026
party: still
side: customer
currency: USD
term: { from: "2026-07-01", until: "2026-11-16" }
terms:
  commitments: [{ id: year, amount: "1000", from: "2026-07-01", until: "2026-11-16" }]
  provisioned: [{ id: ptu, count: 1, model: gpt, deployments: [deep], term: monthly, unitPrice: "100", from: "2026-07-01" }]
`)
  if ('faults' in parsed) assert.fail(JSON.stringify(parsed.faults))
  await saveContract(store, { ...clock, now: () => Date.parse('2026-09-20T00:00:00Z') }, parsed.contract)
  await bookUsage(store, [{ day: '2026-10-05', organization: 'still', meter: 'input', quantity: '10000000', unitPrice: '0.000002' }])
  const drawn = async (): Promise<readonly (string | undefined)[]> => {
    const [year] = (await contractUse(store, parsed.contract, 1, '2026-11-03')).commitments
    return [year?.drawn, year?.drawnThisMonth]
  }
  // September to November, 100 each; October also 20 by the call. July and August were over before anybody wrote the contract down.
  assert.deepEqual(await drawn(), ['320.00', '100.00'])
  for (const month of ['2026-09', '2026-10']) assert.equal((await closeMonth(store, clock, month, { organizations: ['still'] })).issued.length, 1)
  assert.deepEqual(await drawn(), ['320.00', '100.00'], 'billed, it is the same')
})
