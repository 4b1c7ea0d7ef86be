import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAnyForTest } from '../../../test/stores.ts'
import { decimal, formatDecimal, zero } from '../../kernel/decimal.ts'
import { assetSchema } from '../assets/asset.ts'
import { postAssetMonth, saveAsset } from '../assets/asset-store.ts'
import { parseContract } from '../contracts/parse-contract.ts'
import { saveContract } from '../contracts/contract-store.ts'
import type { Sql } from '../../store/store.ts'
import { bookUsage } from '../invoices/booked-usage.fixture.ts'
import { checkMoney } from '../invoices/check-money.ts'
import { closeMonth } from '../invoices/close-month.ts'
import { balanceOf } from '../money-transaction.ts'
import { agreementSchema } from './agreement.ts'
import { agreedElsewhere } from './check-agreement.ts'
import { composeStatement, type Sale } from './compose-statement.ts'
import { issueStatement, saveAgreement } from './issue-statement.ts'
import { inHouseCosts } from './in-house-cost.ts'
import { marginsOf, valueOf } from './margins.ts'

const sale = (part: Partial<Sale> = {}): Sale => ({ organization: 'acme', model: 'gpt-4.1', net: decimal('100.00'), list: decimal('120'), tokens: decimal(40_000_000), calls: 5, priceRows: ['p'], invoices: ['INV-1'], ...part })
const agreement = (part: Record<string, unknown>) => agreementSchema.parse({ id: 'ag', maker: 'openai', currency: 'USD', term: { from: '2026-01-01' }, ...part })
const nothing = { paidUnderGuarantee: zero, creditsLeft: new Map() }

const rules: readonly (readonly [string, Record<string, unknown>, readonly Sale[], readonly string[]])[] = [
  ['share of what was billed', { shares: [{ percent: '20' }] }, [sale()], ['to-maker revenue-share 20.00']],
  ['share of list price', { shares: [{ percent: '20', base: 'list' }] }, [sale()], ['to-maker revenue-share 24.00']],
  ['a model of its own rate', { shares: [{ models: ['o3'], percent: '50' }, { percent: '20' }] }, [sale({ model: 'o3' }), sale()], ['to-maker revenue-share 50.00', 'to-maker revenue-share 20.00']],
  ['a floor by tokens', { shares: [{ percent: '20', floorPerMillionTokens: '0.75' }] }, [sale()], ['to-maker revenue-share 20.00', 'to-maker floor 10.00']],
  ['cost handed on instead of a share', { shares: [{ percent: '20' }], passThrough: [{ models: ['gpt*'] }] }, [sale()], ['to-maker pass-through 120.00']],
  ['a guarantee that ends in the month', { shares: [{ percent: '20' }], minimumGuarantee: { amount: '50', from: '2026-11-01', until: '2026-12-01' } }, [sale()], ['to-maker revenue-share 20.00', 'to-maker guarantee-shortfall 30.00']],
  ['a guarantee that runs on', { shares: [{ percent: '20' }], minimumGuarantee: { amount: '50', from: '2026-11-01', until: '2027-01-01' } }, [sale()], ['to-maker revenue-share 20.00']],
  ['a guarantee of the maker to take compute, which it did not', { shares: [{ percent: '20' }], makerGuarantee: { amount: '12', from: '2026-11-01', until: '2026-12-01' } }, [sale()], ['to-maker revenue-share 20.00', 'to-channel guarantee-shortfall 12.00']],
  ['an amendment counts from its month, member by member', { shares: [{ percent: '20' }], amendments: [{ effectiveFrom: '2026-11-01', reason: 'renewed', terms: { shares: [{ percent: '25' }] } }, { effectiveFrom: '2026-12-01', reason: 'again', terms: { shares: [{ percent: '99' }] } }] }, [sale()], ['to-maker revenue-share 25.00']],
  ['a model outside the agreement', { shares: [{ models: ['o3'], percent: '50' }] }, [sale()], []],
]

test('rules of an agreement', () => {
  for (const [name, part, sales, lines] of rules) {
    const statement = composeStatement(agreement(part), 1, '2026-11', sales, [], nothing)
    assert.deepEqual(statement.lines.map((line) => `${line.direction} ${line.kind} ${line.payable}`), lines, name)
  }
})

test('an amendment within a month, out of order or of an unknown member is refused with its place', () => {
  const faults = (amendments: readonly Record<string, unknown>[]): readonly string[] =>
    agreementSchema.safeParse({ id: 'ag', maker: 'm', currency: 'USD', term: { from: '2026-01-01' }, amendments }).error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? []
  assert.deepEqual(faults([{ effectiveFrom: '2026-11-15', reason: 'x', terms: {} }]), ['amendments.0.effectiveFrom: the first day of a month: statements are of whole months'])
  assert.deepEqual(faults([{ effectiveFrom: '2026-11-01', reason: 'x', terms: {} }, { effectiveFrom: '2026-10-01', reason: 'y', terms: {} }]), ['amendments.1.effectiveFrom: must not be before 2026-11-01: amendments stand in the order of their months'])
  assert.match(faults([{ effectiveFrom: '2026-11-01', reason: 'x', terms: { share: [] } }]).join(), /amendments\.0\.terms: Unrecognized key/)
})

test('compute under the maker’s guarantee counts before credit, with what it took before', () => {
  const terms = agreement({ makerGuarantee: { amount: '50', from: '2026-10-01', until: '2026-12-01' }, compute: [{ asset: 'a', perGpuHour: '2.5' }], computeCredits: [{ id: 'research', amount: '10', from: '2026-01-01', until: '2027-01-01' }] })
  const statement = composeStatement(terms, 1, '2026-11', [], [{ asset: 'a', hours: decimal(4), cost: decimal(4) }], { ...nothing, computeUnderGuarantee: decimal(15) })
  assert.deepEqual(statement.lines.map((line) => `${line.kind} ${line.payable}`), ['compute 10.00', 'compute-credit -10.00', 'guarantee-shortfall 25.00'])
})

test('the maker’s compute stands against its share, less credit while it lasts', () => {
  const terms = agreement({ shares: [{ percent: '20' }], compute: [{ asset: 'a', perGpuHour: '2.5' }, { asset: 'b', costPlusPercent: '10' }], computeCredits: [{ id: 'research', amount: '15', from: '2026-01-01', until: '2027-01-01' }] })
  const compute = [{ asset: 'a', hours: decimal(4), cost: decimal(4) }, { asset: 'b', hours: decimal(4), cost: decimal(10) }]
  const statement = composeStatement(terms, 1, '2026-11', [sale()], compute, nothing)
  assert.deepEqual([statement.toMaker, statement.toChannel, statement.net], ['20.00', '6.00', '14.00'])
  const later = composeStatement(terms, 1, '2026-12', [sale()], compute, { paidUnderGuarantee: zero, creditsLeft: new Map([['research', zero]]) })
  assert.deepEqual([later.toMaker, later.toChannel, later.net], ['20.00', '21.00', '-1.00'])
})

test('a month in the database: invoices, statement, margins, the value page; and the books sum to zero', async () => {
  const store = await openAnyForTest()
  const now = Date.parse('2026-12-02T09:00:00Z')
  const clock = { now: () => now, monotonic: () => now }
  try {
    const parsed = parseContract('id: acme\nparty: acme\nside: customer\ncurrency: USD\nterm: { from: "2026-01-01" }\nterms: { discounts: [{ percent: "10" }] }\n')
    assert.ok('contract' in parsed)
    await saveContract(store, clock, parsed.contract)
    await bookUsage(store, [
      { day: '2026-11-01', meter: 'input', quantity: '30000000', unitPrice: '0.000002' }, { day: '2026-11-02', meter: 'output', quantity: '5000000', unitPrice: '0.000008' },
      { day: '2026-11-02', organization: 'beta', project: 'x', meter: 'output', quantity: '5000000', unitPrice: '0.000008' },
      { day: '2026-11-02', organization: 'beta', project: 'x', model: 'claude', maker: 'anthropic', supplier: 'anthropic', meter: 'output', quantity: '1000000', unitPrice: '0.00001' },
    ])
    await closeMonth(store, clock, '2026-11')
    await saveAsset(store, assetSchema.parse({ id: 'dc1', name: 'Cluster', currency: 'USD', cost: '7200', inServiceOn: '2026-01-01', lifeMonths: 72, gpus: 1 }))
    const posted = await postAssetMonth(store, clock, 'dc1', '2026-11', [{ party: 'openai', use: 'maker', hours: '360' }, { party: 'beta', use: 'customer', model: 'claude', hours: '72' }, { party: 'beta', use: 'customer', hours: '36' }])
    assert.equal(posted.status, 'allocated')
    assert.equal((await postAssetMonth(store, clock, 'dc1', '2026-11', [])).status, 'posted-before')
    await saveAgreement(store, clock, agreement({ shares: [{ percent: '20' }], compute: [{ asset: 'dc1', costPlusPercent: '0' }] }))
    const issued = await issueStatement(store, clock, 'openai', '2026-11')
    assert.ok(issued.status === 'issued')
    assert.deepEqual([issued.document.toMaker, issued.document.toChannel, issued.document.net], ['26.00', '50.00', '-24.00'])
    assert.deepEqual(issued.document.lines[0]?.keys, { month: '2026-11', priceRows: ['price_gpt-4.1_input_0.000002', 'price_gpt-4.1_output_0.000008'], invoices: ['INV-2026-000001'], calls: 1 })
    const again = await issueStatement(store, clock, 'openai', '2026-11')
    assert.ok(again.status === 'issued' && again.known)
    const balance = async (account: string): Promise<string> => formatDecimal(decimal((await store.transaction('jobs', (sql) => balanceOf(sql, account))).get('USD') ?? '0'))
    assert.deepEqual([await balance('settlement/openai'), await balance('payable/azure/openai'), await balance('share/openai'), await balance('depreciation/dc1')], ['24', '0', '26', '-100'])
    // What the channel owes and is owed before netting, and what the maker is to have in the end.
    assert.deepEqual([await balance('channel/self/owes/openai'), await balance('channel/self/owed/openai'), await balance('maker/openai/self')], ['-26', '50', '-24'])
    const statements = async (): Promise<readonly string[] | undefined> => (await checkMoney(store)).find((item) => item.id === 'statements')?.found
    assert.deepEqual(await statements(), [])
    const margins = await marginsOf(store, '2026-11', 'USD')
    assert.deepEqual(margins.map((item) => [item.organization, item.model, formatDecimal(item.revenue), formatDecimal(item.cost), item.basis, formatDecimal(item.margin)]), [
      ['acme', 'gpt-4.1', '90', '18', 'agreement', '72'], ['beta', 'claude', '10', '10', 'list', '0'], ['beta', 'gpt-4.1', '40', '8', 'agreement', '32'],
    ])
    // 72 of 720 hours of 100.00, beside the cost and not in it; hours that name no model are put to none.
    assert.deepEqual(margins.map((item) => item.inHouseCost === undefined ? undefined : formatDecimal(item.inHouseCost)), [undefined, '10', undefined])
    const value = await valueOf(store, '2026-11', 'USD')
    assert.deepEqual(value.map((item) => [item.role, item.party]), [['channel', 'self'], ['maker', 'anthropic'], ['maker', 'openai'], ['customer', 'acme'], ['customer', 'beta']])
    assert.deepEqual(value[0]?.rows.map((row) => row.amount), ['140.00', '36.00', '104.00', '64.29'])
    assert.deepEqual(await store.query('jobs', 'SELECT currency FROM entry GROUP BY currency HAVING sum(amount) <> 0'), [])
    // A statement whose accounts say something else is found: one that stands for another sum than its entries.
    await store.query('admin', 'ALTER TABLE statement DISABLE TRIGGER append_only')
    await store.query('admin', `UPDATE statement SET document = jsonb_set(document, '{toMaker}', '"27.00"')`)
    assert.deepEqual(await statements(), ['statement_openai_2026-11: owed to the maker 27, booked 26'])
  } finally {
    await store.close()
  }
})

test('an agreement that names its channel: its statement stands on the accounts of that channel, and one at the same time is refused', async () => {
  const store = await openAnyForTest()
  const now = Date.parse('2026-12-02T09:00:00Z')
  const clock = { now: () => now, monotonic: () => now }
  try {
    await bookUsage(store, [{ day: '2026-11-02', organization: 'beta', project: 'x', meter: 'output', quantity: '5000000', unitPrice: '0.000008' }])
    await closeMonth(store, clock, '2026-11')
    const named = agreement({ channel: 'azure', shares: [{ percent: '20' }] })
    await saveAgreement(store, clock, named)
    const issued = await issueStatement(store, clock, 'openai', '2026-11')
    assert.ok(issued.status === 'issued' && issued.document.channel === 'azure')
    const balances = await store.query<{ account: string; sum: string }>('jobs', `SELECT account, sum(amount) AS sum FROM entry WHERE account LIKE 'channel/%' OR account LIKE 'maker/%' GROUP BY account ORDER BY account`)
    assert.deepEqual(balances.map((row) => `${row.account} ${formatDecimal(decimal(row.sum))}`), ['channel/azure/owes/openai -8', 'maker/openai/azure 8'])
    assert.equal((await valueOf(store, '2026-11', 'USD'))[0]?.party, 'azure')
    const statements = async (): Promise<readonly string[] | undefined> => (await checkMoney(store)).find((item) => item.id === 'statements')?.found
    assert.deepEqual(await statements(), [])
    // Entries on the accounts of another channel than the statement names are found.
    await store.query('admin', 'ALTER TABLE statement DISABLE TRIGGER append_only')
    await store.query('admin', `UPDATE statement SET document = document - 'channel'`)
    assert.deepEqual(await statements(), ['statement_openai_2026-11: owed to the maker 8, booked 0', 'statement_openai_2026-11: net 8, booked 0'])
    const meets = (part: Record<string, unknown>): Promise<string | undefined> => store.transaction('admin', async (sql) => (await agreedElsewhere(sql, agreement(part)))?.message)
    assert.equal(await meets({ id: 'other', channel: 'aws' }), `openai has ${named.id} with azure from ${named.term.from} on: end that one with the month before this begins, or amend it`)
    // One that was saved before terms had to be of whole months.
    await saveAgreement(store, clock, agreement({ channel: 'azure', shares: [{ percent: '20' }], term: { from: '2026-01-01', until: '2026-12-15' } }))
    assert.match(await meets({ id: 'other', term: { from: '2026-12-15' } }) ?? '', /until 2026-12-15: end that one with the month before/)
    assert.equal(await meets({ id: 'other', term: { from: '2027-01-01' } }), undefined)
    assert.equal(await meets({ id: 'other', maker: 'someone' }), undefined)
    assert.equal(await meets({ channel: 'aws' }), undefined)
    assert.throws(() => agreement({ channel: 'a/owes' }), /a name: letters/)
  } finally {
    await store.close()
  }
})

test('what own machines cost is put to a sale in its currency, and to none where a rate is missing or several could be meant', async () => {
  const row = (party: string, currency: string): Record<string, string> => ({ party, model: 'm', cost: '10', currency })
  const sql = (() => Promise.resolve([row('a', 'USD'), row('a', 'EUR'), row('b', 'USD'), row('c', 'GBP')])) as unknown as Sql
  const sales = ['a', 'b', 'b', 'c', 'd'].map((organization) => ({ organization, model: 'm', maker: 'self', supplier: 'self' }))
  const costs = await inHouseCosts(sql, '2026-11', 'USD', (base, quote) => (base === quote ? decimal(1) : base === 'EUR' ? decimal('1.1') : undefined), sales)
  assert.deepEqual(sales.map((sale) => { const cost = costs.get(sale); return cost === undefined ? undefined : formatDecimal(cost) }), ['21', undefined, undefined, undefined, undefined])
})

test('calls of deployments that name their asset are costed from exactly that asset, hours without a model too', async () => {
  const store = await openAnyForTest()
  try {
    const usage = { day: '2026-11-02', organization: 'beta', project: 'x', model: 'own-chat', meter: 'output', quantity: '1000', unitPrice: '0.001', maker: 'own' } as const
    await bookUsage(store, [{ ...usage, supplier: 'here', deployment: 'here/chat' }, { ...usage, supplier: 'there', deployment: 'there/chat' }])
    await closeMonth(store, { now: () => Date.parse('2026-12-02T09:00:00Z'), monotonic: () => 0 }, '2026-11')
    for (const [id, used] of [['dc1', { hours: '72' }], ['dc2', { hours: '144', model: 'own-chat' }]] as const) {
      await saveAsset(store, assetSchema.parse({ id, name: id, currency: 'USD', cost: '7200', inServiceOn: '2026-01-01', lifeMonths: 72, gpus: 1 }))
      await postAssetMonth(store, { now: () => Date.parse('2026-12-02T09:00:00Z'), monotonic: () => 0 }, id, '2026-11', [{ party: 'beta', use: 'customer', ...used }])
    }
    const costs = async (named: Readonly<Record<string, string>>): Promise<readonly string[]> =>
      (await marginsOf(store, '2026-11', 'USD', new Map(Object.entries(named)))).map((item) => `${item.supplier} ${item.inHouseCost === undefined ? '-' : formatDecimal(item.inHouseCost)}`)
    assert.deepEqual(await costs({}), ['here -', 'there -'], 'two suppliers of one model: either could be meant')
    assert.deepEqual(await costs({ 'here/chat': 'dc1', 'there/chat': 'dc2' }), ['here 10', 'there 20'])
    assert.deepEqual(await costs({ 'here/chat': 'dc1' }), ['here 10', 'there 20'], 'the model that dc2 names is left to the one that names no asset')
    assert.deepEqual(await costs({ 'here/chat': 'dc3' }), ['here -', 'there 20'], 'its asset has no month, and no other asset stands in')
    assert.deepEqual(await costs({ 'here/chat': 'dc1', 'there/chat': 'dc1' }), ['here -', 'there -'])
  } finally {
    await store.close()
  }
})
