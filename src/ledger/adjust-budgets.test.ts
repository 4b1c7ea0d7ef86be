import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAnyForTest } from '../../test/stores.ts'
import { decimal } from '../kernel/decimal.ts'
import type { Store } from '../store/store.ts'
import { adjustBudgets } from './adjust-budgets.ts'
import { takeLeases } from './budgets.ts'

const at = Date.parse('2026-11-20T12:00:00Z')
const picos = 10n ** 12n

const want = (id: string, period: string, endsAt: number | undefined, need: bigint) => ({
  budget: { id, scope: 'organization' as const, name: 'acme', currency: 'USD', limit: 10n * picos, period: 'month' as const, timeZone: 'UTC', thresholds: [] }, period: { period, startsAt: 0, endsAt }, epoch: 'e1', have: 0n, returned: 0n, need, want: need,
})

async function budgetsOf(store: Store): Promise<readonly string[]> {
  const rows = await store.query<{ budget: string; posted: string; overrun: string }>('jobs', 'SELECT budget, posted, overrun FROM budget_period ORDER BY budget')
  return rows.map((row) => `${row.budget} ${Number(row.posted) / 1e12} ${Number(row.overrun) / 1e12}`)
}

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
