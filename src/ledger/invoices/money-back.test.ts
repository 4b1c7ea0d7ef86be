import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { freshPostgresUrl, postgresMissing } from '../../../test/postgres.ts'
import { openAnyForTest, openPostgresForTest } from '../../../test/stores.ts'
import { decimal, formatDecimal } from '../../kernel/decimal.ts'
import type { Store } from '../../store/store.ts'
import { balanceOf } from '../money-transaction.ts'
import { bookUsage } from './booked-usage.fixture.ts'
import { checkMoney } from './check-money.ts'
import { closeMonth } from './close-month.ts'
import { exposureOf } from './exposure.ts'
import { giveBack, type MoneyBack, type WentBack } from './money-back.ts'
import { matchPayments, recordPayment } from './payments.ts'

let store: Store
const now = Date.parse('2027-01-10T09:00:00Z')
const clock = { now: () => now, monotonic: () => now }

before(async () => { store = await openAnyForTest() })
after(() => store.close())

const balance = async (account: string): Promise<string> => formatDecimal(decimal((await store.transaction('jobs', (sql) => balanceOf(sql, account))).get('USD') ?? '0'))
const back = (part: Partial<MoneyBack>): Promise<WentBack> => giveBack(store, clock, { id: 'out-1', payment: 'bank-1', amount: undefined, leftOn: '2027-01-09', reference: 'paid back', ...part })

/** One invoice of 10 USD. */
async function billed(organization: string): Promise<string> {
  await bookUsage(store, [{ day: '2026-12-12', organization, project: 'p', meter: 'output', quantity: '1000000', unitPrice: '0.00001' }])
  return (await closeMonth(store, clock, '2026-12', { organizations: [organization] })).issued[0]?.number ?? ''
}

async function booksAgree(): Promise<void> {
  assert.deepEqual((await checkMoney(store)).filter((check) => !check.ok).map((check) => [check.id, check.found]), [])
}

test('what a payment left over is paid back, once and never more than it; what is left stays to be matched', async () => {
  await billed('alpha')
  await recordPayment(store, clock, { id: 'bank-1', organization: 'alpha', currency: 'USD', amount: '25', receivedOn: '2027-01-05', reference: 'december' })
  assert.deepEqual(await back({ amount: '15.01' }), { status: 'too-much', unapplied: '15', currency: 'USD' })
  const first = await back({ amount: '12' })
  assert.deepEqual(first, { status: 'recorded', known: false, unapplied: '3', currency: 'USD', reopened: [] })
  assert.deepEqual(await back({ amount: '12' }), { ...first, known: true })
  assert.deepEqual(await back({ amount: '1' }), { status: 'another', payment: 'bank-1', amount: '12', currency: 'USD' })
  assert.deepEqual(await back({ id: 'out-2' }), { status: 'refunded-already', amount: '12', currency: 'USD' })
  assert.deepEqual(await back({ payment: 'bank-0' }), { status: 'no-payment' })
  assert.deepEqual([await balance('cash/USD'), await balance('unapplied/alpha'), (await exposureOf(store, 'alpha', '2027-01-10')).unapplied], ['13', '-3', '3.00'])
  assert.deepEqual((await matchPayments(store, clock, { organization: 'alpha' })).left, [{ payment: 'bank-1', organization: 'alpha', currency: 'USD', amount: '3' }])
  await booksAgree()
})

test('of many refunds at once no more goes back than is left over', async () => {
  await recordPayment(store, clock, { id: 'bank-many', organization: 'alpha', currency: 'USD', amount: '10', receivedOn: '2027-01-05', reference: 'twice' })
  const done = await Promise.all(Array.from({ length: 6 }, (_, n) => back({ id: `out-many-${n}`, payment: 'bank-many', amount: '4' })))
  assert.deepEqual(done.map((one) => one.status).toSorted(), ['recorded', 'recorded', 'too-much', 'too-much', 'too-much', 'too-much'])
  await booksAgree()
})

test('the same money recorded of two payments by two nodes at once is that of one, and the other is told so', { skip: postgresMissing }, async (t) => {
  const url = await freshPostgresUrl()
  const nodes = [await openPostgresForTest(undefined, url), await openPostgresForTest(undefined, url)] as const
  t.after(() => Promise.all(nodes.map((node) => node.close())))
  const payments = ['bank-a', 'bank-b'] as const
  for (const id of payments) await recordPayment(nodes[0], clock, { id, organization: 'gamma', currency: 'USD', amount: '10', receivedOn: '2027-01-05', reference: 'both' })
  const done = await Promise.all(payments.map((payment, at) => giveBack(nodes[at] ?? nodes[0], clock, { id: 'out-both', payment, amount: '4', leftOn: '2027-01-09', reference: 'paid back' })))
  assert.deepEqual(done.map((one) => one.status).toSorted(), ['another', 'recorded'])
})

test('a payment that the bank took back opens what it had paid, and a second payment pays it', async () => {
  const number = await billed('beta')
  const payment = { id: 'bank-2', organization: 'beta', currency: 'USD', amount: '12', receivedOn: '2027-01-05', reference: number }
  await recordPayment(store, clock, payment)
  const before = await balance('cash/USD')
  assert.deepEqual(await back({ id: 'out-3', payment: 'bank-2' }), { status: 'recorded', known: false, unapplied: '0', currency: 'USD', reopened: [{ number, amount: '10' }] })
  assert.deepEqual(await back({ id: 'out-3', payment: 'bank-2' }), { status: 'recorded', known: true, unapplied: '0', currency: 'USD', reopened: [] })
  assert.deepEqual(await back({ id: 'out-4', payment: 'bank-2' }), { status: 'returned-already', id: 'out-3' })
  assert.deepEqual(await back({ id: 'out-4', payment: 'bank-2', amount: '1' }), { status: 'returned-already', id: 'out-3' })
  const [row] = await store.query<{ status: string; paid: string }>('jobs', 'SELECT status, paid FROM invoice WHERE number = $1', [number])
  assert.deepEqual([row?.status, Number(row?.paid), await balance('invoiced/beta'), await balance('unapplied/beta')], ['issued', 0, '10', '0'])
  assert.equal(Number(await balance('cash/USD')), Number(before) - 12)
  const told = await store.query('jobs', `SELECT subject, body FROM event WHERE kind = 'invoice-reopened'`)
  assert.deepEqual(told, [{ subject: `invoice/${number}`, body: { organization: 'beta', payment: 'bank-2', amount: '10', currency: 'USD' } }])
  assert.deepEqual(await matchPayments(store, clock, { organization: 'beta' }), { matched: [], left: [] })
  const again = await recordPayment(store, clock, { ...payment, id: 'bank-3', amount: '10' })
  assert.deepEqual(again.status === 'recorded' && [again.matches.map((match) => match.amount), again.unapplied], [['10'], '0'])
  await booksAgree()
})
