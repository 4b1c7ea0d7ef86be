import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAnyForTest } from '../../test/stores.ts'
import { decimal } from '../kernel/decimal.ts'
import type { Store } from '../store/store.ts'
import { adjustBudgets } from './adjust-budgets.ts'
import { takeLeases } from './budgets.ts'
import { saveContract } from './contracts/contract-store.ts'
import { parseContract } from './contracts/parse-contract.ts'
import { bookUsage } from './invoices/booked-usage.fixture.ts'
import { closeMonth } from './invoices/close-month.ts'
import { creditInvoice } from './invoices/issue-invoice.ts'
import { applyReRating, previewReRating } from './invoices/re-rate.ts'

const at = Date.parse('2026-11-20T12:00:00Z')
const picos = 10n ** 12n

const want = (id: string, period: string, endsAt: number | undefined, need: bigint) => ({
  budget: { id, scope: 'organization' as const, name: 'acme', currency: 'USD', limit: 10n * picos, period: 'month' as const, timeZone: 'UTC', thresholds: [] }, period: { period, startsAt: 0, endsAt }, epoch: 'e1', have: 0n, returned: 0n, need, want: need,
})

async function budgetsOf(store: Store): Promise<readonly string[]> {
  const rows = await store.query<{ budget: string; posted: string; overrun: string }>('jobs', 'SELECT budget, posted, overrun FROM budget_period ORDER BY budget')
  return rows.map((row) => `${row.budget} ${Number(row.posted) / 1e12} ${Number(row.overrun) / 1e12}`)
}

test('a month rated again charges open budgets the difference of each project, once, and leaves closed ones', async () => {
  const store = await openAnyForTest()
  let now = Date.parse('2026-12-02T00:00:00Z')
  const clock = { now: () => now, monotonic: () => now }
  const save = async (price: string): Promise<void> => {
    const parsed = parseContract(`id: acme\nparty: acme\nside: customer\ncurrency: USD\nterm: { from: "2026-01-01" }\nterms: { prices: [{ projects: [feed], perMillion: "${price}" }] }\n`)
    assert.ok('contract' in parsed)
    await saveContract(store, clock, parsed.contract)
  }
  const apply = async (): Promise<string> => {
    const found = await previewReRating(store, 'acme', '2026-11')
    assert.ok(found.status === 'previewed', found.status)
    const done = await applyReRating(store, clock, 'acme', '2026-11', found.preview.token)
    assert.equal((await applyReRating(store, clock, 'acme', '2026-11', found.preview.token)).status, 'changed-since-preview')
    return done.status
  }
  try {
    await takeLeases(store, 'j', [want('organization/acme/total', 'total', undefined, picos), want('project/acme/feed/total', 'total', undefined, picos), want('project/acme/feed/month', '2026-11-01T00:00:00Z', Date.parse('2026-12-01T00:00:00Z'), picos), want('project/acme/ads/total', 'total', undefined, picos)], false)
    await store.query('jobs', `UPDATE lease SET opened_at = '2026-11-01'`)
    await store.query('jobs', 'UPDATE budget_period SET posted = 3000000000000')
    await bookUsage(store, ['feed', 'ads'].map((project) => ({ day: '2026-11-05', project, meter: 'output', quantity: '1000000', unitPrice: '0.000003' })))
    await closeMonth(store, clock, '2026-11')
    const rest = ['project/acme/ads/total 3 0', 'project/acme/feed/month 3 0']
    await save('5')
    assert.equal(await apply(), 'invoiced')
    assert.deepEqual(await budgetsOf(store), ['organization/acme/total 5 0', ...rest, 'project/acme/feed/total 5 0'])
    now += 1000
    await save('2')
    assert.equal(await apply(), 'credited')
    assert.deepEqual(await budgetsOf(store), ['organization/acme/total 2 0', ...rest, 'project/acme/feed/total 2 0'])
    // A note that is not possible, since too little is left of its invoice, charges nothing either.
    assert.equal((await creditInvoice(store, clock, 'inv_acme_2026-11_1', 'cn', { net: '4.50', description: 'outage' }, 'outage')).status, 'issued')
    now += 1000
    await save('1')
    const found = await previewReRating(store, 'acme', '2026-11')
    assert.ok(found.status === 'previewed')
    assert.deepEqual(await applyReRating(store, clock, 'acme', '2026-11', found.preview.token), { status: 'not-possible', why: '1 USD is to be given back and 0.5 is left of the invoices that billed 2026-11 (INV-2026-000001): pay the customer the rest apart, or agree a price that leaves it' })
    assert.deepEqual(await budgetsOf(store), ['organization/acme/total 2 0', ...rest, 'project/acme/feed/total 2 0'])
  } finally {
    await store.close()
  }
})

test('what is learnt late changes open budget periods once, leaves closed ones, and admits nothing beyond the limit', async () => {
  const store = await openAnyForTest()
  const now = Date.parse('2026-12-02T00:00:00Z')
  const clock = { now: () => now, monotonic: () => now }
  try {
    const open = want('organization/acme/total', 'total', undefined, 4n * picos)
    const over = want('project/acme/feed/month', '2026-11-01T00:00:00Z', Date.parse('2026-12-01T00:00:00Z'), 4n * picos)
    assert.equal((await takeLeases(store, 'j', [open, over], false)).status, 'granted')
    await store.query('jobs', `UPDATE lease SET opened_at = '2026-11-01'; `)
    await store.query('jobs', 'UPDATE budget_period SET posted = 3000000000000')
    const use = { organization: 'acme', project: 'feed', key: 'key_1', at, currency: 'USD' }
    const adjust = (id: string, amount: string, part: object = {}) => store.transaction('jobs', (sql) => adjustBudgets(sql, clock, id, 'a bill', [{ ...use, ...part, amount: decimal(amount) }]))

    assert.deepEqual(await adjust('lower', '-2'), { changed: 1, closed: 1 })
    assert.deepEqual(await adjust('lower', '-2'), { changed: 0, closed: 1 }, 'the same again')
    assert.deepEqual(await budgetsOf(store), ['organization/acme/total 1 0', 'project/acme/feed/month 3 0'])
    assert.deepEqual(await adjust('other money', '-1', { currency: 'EUR' }), { changed: 0, closed: 0 })
    assert.deepEqual(await adjust('before the budget', '-1', { at: Date.parse('2026-10-01') }), { changed: 0, closed: 0 })
    assert.deepEqual(await adjust('more', '7'), { changed: 1, closed: 1 })
    // 8 posted and 4 leased of 10: two beyond the limit, and nothing more is lent.
    assert.deepEqual(await budgetsOf(store), ['organization/acme/total 8 2', 'project/acme/feed/month 3 0'])
    const refused = await takeLeases(store, 'other', [{ ...open, need: 1n, want: 1n }], false)
    assert.equal(refused.status, 'refused')
    const [event] = await store.query<{ subject: string; body: { advice: string } }>('jobs', "SELECT subject, body FROM event WHERE kind = 'budget-overrun'")
    assert.equal(event?.subject, 'budget/organization/acme/total')
    assert.match(event?.body.advice ?? '', /^a bill: more is due/)
    await assert.rejects(store.query('jobs', 'DELETE FROM budget_adjustment'), /append-only|restrict|not/)
  } finally {
    await store.close()
  }
})
