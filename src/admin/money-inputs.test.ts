/** Sums, days and names that people hand in: what no money ever was is refused by its place, and nothing of it is kept. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openAdmin, type Stage } from '../../test/admin-stage.ts'
import { bookUsage } from '../ledger/invoices/booked-usage.fixture.ts'

let stage: Stage
before(async () => {
  stage = await openAdmin()
  await bookUsage(stage.store, [{ day: '2026-11-05', meter: 'output', quantity: '1000000', unitPrice: '0.000008' }])
})
after(() => stage.close())

const said = async (method: string, path: string, body?: unknown): Promise<string> => {
  const { status, text } = await stage.call(method, path, body)
  return `${status} ${status < 400 ? '' : (JSON.parse(text) as { error: { message: string } }).error.message}`
}

test('payments: a sum, a day, a currency and a customer that there are', async () => {
  const pay = (part: Record<string, string>): Promise<string> => said('POST', '/admin/v1/payments', { id: 'bank-1', organization: 'acme', currency: 'USD', amount: '5', reference: '', received_on: '2026-11-20', ...part })
  for (const amount of ['abc', '', '-5', '0', '1 000', '1.005', '1e400']) assert.match(await pay({ amount }), /^422 body\.amount: an amount above zero in whole minor units/, amount)
  for (const day of ['2026-02-29', 'yesterday', '20.11.2026']) assert.match(await pay({ received_on: day }), /^422 body\.received_on: a day that exists/, day)
  assert.equal(await pay({ received_on: '2026-11-22' }), '422 body.received_on: 2026-11-22 is yet to come: record a payment when it has come in')
  assert.match(await pay({ currency: 'usd' }), /^422 body\.currency: a currency of ISO 4217/)
  assert.match(await pay({ organization: 'acne' }), /^404 no customer acne: .*GET \/admin\/v1\/exposure lists customers/)
  assert.deepEqual(await stage.store.query('admin', 'SELECT id FROM payment'), [])
  assert.match(await pay({ received_on: '2026-11-21' }), /^200/)
  assert.match(await pay({ received_on: '2026-11-21' }), /^200/, 'the same again is the same')
  assert.match(await pay({ amount: '6' }), /^409 bank-1 is a payment of 5 USD by acme already: give this one the bank's own reference/)
  assert.match(await said('POST', '/admin/v1/prepayments', { organization: 'acme', grant: 'g', currency: 'USD', amount: '0' }), /^422 body\.amount/)
})

test('prepaid credit: of a credit that the contract sells, in its currency, once', async () => {
  const prepay = (part: Record<string, string>): Promise<string> => said('POST', '/admin/v1/prepayments', { organization: 'acme', grant: 'pre', currency: 'USD', amount: '50', ...part })
  assert.match(await prepay({}), /^404 no contract of acme has a credit pre that is paid for; save the contract with its credit first/)
  assert.match(await said('PUT', '/admin/v1/contracts/prepaid', { party: 'acme', side: 'customer', currency: 'USD', term: { from: '2026-01-01' }, terms: { credits: [{ id: 'pre', amount: '50', from: '2026-01-01' }, { id: 'gift', amount: '5', from: '2026-01-01', paid: false }] } }), /^200/)
  assert.match(await prepay({ grant: 'gift' }), /^404 .*: it has pre;/)
  assert.match(await prepay({ currency: 'EUR' }), /^422 body\.currency: the credit pre of prepaid is in USD/)
  assert.match(await prepay({}), /^200/)
  assert.match(await prepay({ amount: '50.00' }), /^200/, 'the same again is the same')
  assert.match(await prepay({ amount: '60' }), /^409 50 USD was recorded for pre already/)
})

test('rates: another figure of a day that has one is refused with what to do', async () => {
  const record = (part: Record<string, string>): Promise<string> => said('POST', '/admin/v1/exchange-rates', { rates: [{ base: 'EUR', quote: 'USD', day: '2026-11-01', rate: '1.08', source: 'ECB', ...part }] })
  assert.match(await record({}), /^200/)
  assert.match(await record({ rate: '1.080' }), /^200/)
  assert.equal(await record({ rate: '1.08000000000000000001' }), '409 1 EUR is 1.08 USD from 2026-11-01 on already, and bills may rest on it: record what holds now under the day from which it does, or leave 1.08000000000000000001 out')
  assert.match(await record({ rate: '1e400', day: '2026-11-02' }), /^422 .*rate: a number above zero/)
  assert.match(await record({ quote: 'EUR' }), /^422 .*a currency is 1 of itself/)
})

test('what is asked of a bill or of days that there are not', async () => {
  assert.match(await said('POST', '/admin/v1/reconciliations/nope/disputes', { kinds: ['price'], reason: 'too dear' }), /^404 no reconciliation nope/)
  assert.match(await said('GET', '/admin/v1/usage-export/acme?from=x&until=2026-12-01'), /^422 querystring\.from: a day that exists/)
  assert.match(await said('GET', '/admin/v1/usage-export/acme?from=2026-12-01&until=2026-12-01'), /^422 .*until is the day after the last/)
  assert.match(await said('GET', '/admin/v1/usage-export/acme?from=2026-11-01&until=2026-12-01&currency=usd'), /^422 querystring\.currency: a currency of ISO 4217/)
  assert.equal(await said('GET', '/admin/v1/usage-export/acme?from=2026-11-01&until=2026-12-01&currency=EUR'), '422 querystring.currency: nothing that acme used in these days is booked in EUR: ask for USD')
  assert.match(await said('GET', '/admin/v1/usage-export/acne?from=2026-11-01&until=2026-12-01'), /^404 no customer acne: .*GET \/admin\/v1\/exposure lists customers/)
  assert.match(await said('GET', '/admin/v1/exposure/acne'), /^404 no customer acne: /)
  assert.match(await said('PUT', '/admin/v1/agreements/ag', { maker: 'm', currency: 'USD', term: { from: '2026-01-01' }, shares: [{ percent: '20' }, { models: ['o3'], percent: '50' }] }), /^422 .*never applies: shares\[0\] takes all of its models first/)
  for (const [category, percent] of [['Z', '1e-399'], ['S', '101'], ['S', '0.0']] as const) assert.match(await said('PUT', '/admin/v1/parties/x', { name: 'X', tax: { category, percent } }), /^422 tax/, `${category} ${percent}`)
  assert.deepEqual(stage.failures, [])
})

test('usage is exported in the currency in which it is booked; where there are several, one is named', async () => {
  const exported = async (query: string): Promise<unknown> => {
    const { status, text } = await stage.call('GET', `/admin/v1/usage-export/euro?${query}`)
    const answer = JSON.parse(text) as { currency: string; rows: readonly { amount: string }[]; error: { message: string } }
    return status === 200 ? [answer.currency, answer.rows.map((row) => row.amount)] : `${status} ${answer.error.message}`
  }
  const use = (day: string, currency: string): Promise<void> => bookUsage(stage.store, [{ day, organization: 'euro', meter: 'output', quantity: '1000000', unitPrice: '0.000008', currency }])
  await use('2026-10-05', 'EUR')
  assert.deepEqual(await exported('from=2026-10-01&until=2026-11-01'), ['EUR', ['8']])
  assert.deepEqual(await exported('from=2026-11-01&until=2026-12-01'), ['EUR', []], 'days without usage have no rows')
  assert.equal(await exported('from=2026-11-01&until=2026-12-01&currency=USD'), '422 querystring.currency: nothing that euro used is booked in USD: ask for EUR')
  await use('2026-10-06', 'USD')
  assert.equal(await exported('from=2026-10-01&until=2026-11-01'), '422 querystring.currency: what euro used in these days is booked in EUR and USD: ask for one of them')
  assert.deepEqual(await exported('from=2026-10-01&until=2026-11-01&currency=USD'), ['USD', ['8']])
})

test('a suspension that ends before it begins is not previewed', async () => {
  assert.match(await said('PUT', '/admin/v1/contracts/seen', { party: 'seen', side: 'customer', currency: 'USD', term: { from: '2026-01-01' }, terms: { minimum: { amount: '300' } } }), /^200/)
  const preview = (span: string): Promise<string> => said('GET', `/admin/v1/contracts/seen/suspension?${span}`)
  for (const until of ['2026-11-15', '2026-11-16', '2026-11-15T23:59:59Z']) assert.equal(await preview(`from=2026-11-16&until=${until}`), '422 querystring.until: it must be after from: a suspension that ends before it begins suspends nothing')
  assert.match(await preview('from=2026-11-16&until=2026-11-17'), /^200/)
  assert.match(await preview('from=2026-11-16'), /^200/)
})

test('who has paid and used nothing yet has an exposure: what came in', async () => {
  assert.match(await said('PUT', '/admin/v1/organizations/early', {}), /^20[01]/)
  assert.match(await said('POST', '/admin/v1/payments', { id: 'bank-early', organization: 'early', currency: 'USD', amount: '70', reference: '', received_on: '2026-11-20' }), /^200/)
  const { data } = JSON.parse((await stage.call('GET', '/admin/v1/exposure')).text) as { data: readonly { organization: string; unapplied: string; total: string }[] }
  assert.deepEqual(data.filter((one) => one.organization === 'early').map(({ unapplied, total }) => [unapplied, total]), [['70.00', '-70.00']])
  assert.match(await said('DELETE', '/admin/v1/organizations/early'), /^20/)
  assert.match(await said('GET', '/admin/v1/exposure/early'), /^200/, 'its money is in the books, though it is gone')
})
