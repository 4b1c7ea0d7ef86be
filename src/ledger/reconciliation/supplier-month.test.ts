/** What a supplier's contract charges beside calls is payable, and a bill that names it takes its place. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openAnyForTest } from '../../../test/stores.ts'
import { decimal, formatDecimal, negate, sum } from '../../kernel/decimal.ts'
import type { Store } from '../../store/store.ts'
import { parseContract } from '../contracts/parse-contract.ts'
import { saveContract } from '../contracts/contract-store.ts'
import { bookUsage } from '../invoices/booked-usage.fixture.ts'
import { checkMoney } from '../invoices/check-money.ts'
import { closeMonth } from '../invoices/close-month.ts'
import { varianceKinds } from './match-bill.ts'
import { importBill, reconcile } from './reconcile.ts'
import { closeSupplierMonth } from './supplier-month.ts'
import { trueUp } from './true-up.ts'

let store: Store
let now = Date.parse('2026-12-02T09:00:00Z')
const clock = { now: () => (now += 1), monotonic: () => now }
before(async () => { store = await openAnyForTest() })
after(() => store.close())

async function contract(supplier: string, terms: string): Promise<void> {
  const parsed = parseContract(`id: ${supplier}\nparty: ${supplier}\nside: supplier\ncurrency: USD\nterm: { from: "2026-01-01" }\nterms: ${terms}\n`)
  if ('faults' in parsed) assert.fail(JSON.stringify(parsed.faults))
  await saveContract(store, clock, parsed.contract)
}
const payable = async (supplier: string): Promise<string> => {
  const rows = await store.query<{ account: string; amount: string }>('jobs', `SELECT split_part(account, '/', 3) AS account, sum(amount) AS amount FROM entry WHERE account LIKE 'payable/' || $1 || '/%' GROUP BY 1 HAVING sum(amount) <> 0 ORDER BY 1`, [supplier])
  return [...rows.map((row) => `${row.account} ${formatDecimal(negate(decimal(row.amount)))}`), `= ${formatDecimal(negate(sum(rows.map((row) => decimal(row.amount)))))}`].join(' ')
}
const use = (supplier: string, day: string, deployment = 'main') => bookUsage(store, [{ day, organization: `of-${supplier}`, supplier, maker: 'maker', deployment, meter: 'output', quantity: '1000000', unitPrice: '0.00001' }])

test('units, a minimum, a commitment that ends and discounts become payable, once; late usage moves the rest', async () => {
  await contract('sup', '{ discounts: [{ percent: "10" }], minimum: { amount: "100" }, commitments: [{ id: k, amount: "200", from: "2026-11-01", until: "2026-12-01" }], provisioned: [{ id: u, count: 2, model: m, deployments: [ptu], term: monthly, unitPrice: "30", from: "2026-11-01" }] }')
  await use('sup', '2026-11-05')
  await use('sup', '2026-11-06', 'ptu')
  assert.equal(await payable('sup'), 'maker 20 = 20')
  const closed = await closeSupplierMonth(store, clock, 'sup', '2026-11')
  assert.ok(closed.status === 'posted')
  // 9.00 of calls and 60.00 of units: 31.00 short of the minimum, 131.00 short of the commitment; list prices come off by 1.00 and 10.00.
  assert.deepEqual(closed.charges, [{ account: 'purchase', amount: '60' }, { account: 'fee', amount: '162' }, { account: 'contract', amount: '-11' }])
  assert.equal(await payable('sup'), 'contract -11 fee 162 maker 20 purchase 60 = 231')
  assert.equal((await closeSupplierMonth(store, clock, 'sup', '2026-11')).status, 'no-change')
  await use('sup', '2026-11-07')
  const again = await closeSupplierMonth(store, clock, 'sup', '2026-11')
  assert.deepEqual(again.status === 'posted' && again.charges, [{ account: 'fee', amount: '-18' }, { account: 'contract', amount: '-1' }])
  assert.equal(await payable('sup'), 'contract -12 fee 144 maker 30 purchase 60 = 222')
  assert.deepEqual(await store.query('jobs', `SELECT commitment, amount FROM commitment_draw WHERE organization = 'supplier/sup'`), [{ commitment: 'k', amount: '78' }])
  assert.deepEqual((await checkMoney(store)).filter((item) => !item.ok), [])
})

test('a bill that names the units takes the accrual’s place; what it does not name stays accrued', async () => {
  await contract('billed', '{ discounts: [{ percent: "10" }], minimum: { amount: "100" }, provisioned: [{ id: u, count: 1, model: m, term: monthly, unitPrice: "60", from: "2026-11-01" }] }')
  await use('billed', '2026-11-05')
  assert.equal((await closeSupplierMonth(store, clock, 'billed', '2026-11')).status, 'posted')
  assert.equal(await payable('billed'), 'contract -1 fee 31 maker 10 purchase 60 = 100')
  const imported = await importBill(store, clock, 'billed', [
    'ChargePeriodStart,BillingCurrency,BilledCost,ChargeCategory,ConsumedQuantity,ConsumedUnit,SkuMeter,x_Model,ChargeDescription', '2026-11-05,USD,9,Usage,1000000,Tokens,output,gpt-4.1,calls', '2026-11-03,USD,58,Purchase,,,,,units', '',
  ].join('\n'))
  assert.ok(imported.status === 'imported', JSON.stringify(imported))
  const report = await reconcile(store, clock, imported.bill)
  const done = await trueUp(store, clock, report?.id ?? '', [...varianceKinds])
  assert.equal(done.status === 'posted' && done.amount, '-2', JSON.stringify([report?.byKind, done]))
  assert.equal(await payable('billed'), 'contract -1 fee 31 maker 10 purchase 58 = 98')
  assert.equal((await closeSupplierMonth(store, clock, 'billed', '2026-11')).status, 'no-change')
  assert.equal((await closeSupplierMonth(store, clock, 'nobody', '2026-11')).status, 'no-contract')
})

test('the monthly run makes suppliers’ months payable, once, and goes on where one cannot be; a draft run and one for some customers leave them', async () => {
  await contract('run', '{ minimum: { amount: "50" } }')
  const euros = parseContract('id: euros\nparty: euros\nside: supplier\ncurrency: EUR\nterm: { from: "2026-01-01" }\nterms: { minimum: { amount: "5" } }\n')
  assert.ok('contract' in euros)
  await saveContract(store, clock, euros.contract)
  await use('run', '2026-10-05')
  await use('euros', '2026-10-06')
  const none = { posted: [], unchanged: 0, failed: [] }
  assert.deepEqual((await closeMonth(store, clock, '2026-10', { draftOnly: true })).suppliers, none)
  assert.deepEqual((await closeMonth(store, clock, '2026-10', { organizations: ['of-run'] })).suppliers, none)
  // Cut off before it comes to the suppliers, and run again.
  const dying: Store = { ...store, transaction: async (priority, run) => store.transaction(priority, async (sql) => run(async (text, values) => { if (text.includes('advisory') && String(values?.[0]) === 'true-up run') throw new Error('killed'); return sql(text, values) })) }
  await assert.rejects(closeMonth(dying, clock, '2026-10'), /killed/)
  assert.equal(await payable('run'), 'maker 10 = 10')
  const { suppliers, issued } = await closeMonth(store, clock, '2026-10')
  assert.deepEqual(issued, [])
  assert.deepEqual(suppliers.posted.filter((one) => one.supplier === 'run'), [{ supplier: 'run', currency: 'USD', amount: '40' }])
  assert.deepEqual(suppliers.failed, [{ supplier: 'euros', why: 'no exchange rate from USD to EUR on 2026-10-06: record it with weir contracts rate USD EUR 2026-10-06 RATE --source TEXT, and run again' }])
  assert.equal(await payable('run'), 'fee 40 maker 10 = 50')
  const again = await closeMonth(store, clock, '2026-10')
  assert.deepEqual(again.suppliers.posted, [])
  assert.equal(await payable('run'), 'fee 40 maker 10 = 50')
  assert.deepEqual((await checkMoney(store)).filter((item) => !item.ok), [])
})
