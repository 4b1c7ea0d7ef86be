import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAnyForTest } from '../../../test/stores.ts'
import { decimal, formatDecimal, zero } from '../../kernel/decimal.ts'
import { assetSchema } from '../assets/asset.ts'
import { postAssetMonth, saveAsset } from '../assets/asset-store.ts'
import { parseContract } from '../contracts/contract.ts'
import { saveContract } from '../contracts/contract-store.ts'
import { bookUsage } from '../invoices/booked-usage.fixture.ts'
import { closeMonth } from '../invoices/close-month.ts'
import { balanceOf } from '../money-transaction.ts'
import { agreementSchema } from './agreement.ts'
import { composeStatement, type Sale } from './compose-statement.ts'
import { issueStatement, saveAgreement } from './issue-statement.ts'
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
  ['a model outside the agreement', { shares: [{ models: ['o3'], percent: '50' }] }, [sale()], []],
]

test('rules of an agreement', () => {
  for (const [name, part, sales, lines] of rules) {
    const statement = composeStatement(agreement(part), 1, '2026-11', sales, [], nothing)
    assert.deepEqual(statement.lines.map((line) => `${line.direction} ${line.kind} ${line.payable}`), lines, name)
  }
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
    const posted = await postAssetMonth(store, clock, 'dc1', '2026-11', [{ party: 'openai', use: 'maker', hours: '360' }])
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
    const margins = await marginsOf(store, '2026-11', 'USD')
    assert.deepEqual(margins.map((item) => [item.organization, item.model, formatDecimal(item.revenue), formatDecimal(item.cost), item.basis, formatDecimal(item.margin)]), [
      ['acme', 'gpt-4.1', '90', '18', 'agreement', '72'], ['beta', 'claude', '10', '10', 'list', '0'], ['beta', 'gpt-4.1', '40', '8', 'agreement', '32'],
    ])
    const value = await valueOf(store, '2026-11', 'USD')
    assert.deepEqual(value.map((item) => [item.role, item.party]), [['channel', 'self'], ['maker', 'anthropic'], ['maker', 'openai'], ['customer', 'acme'], ['customer', 'beta']])
    assert.deepEqual(value[0]?.rows.map((row) => row.amount), ['140.00', '36.00', '104.00', '64.29'])
    assert.deepEqual(await store.query('jobs', 'SELECT currency FROM entry GROUP BY currency HAVING sum(amount) <> 0'), [])
  } finally {
    await store.close()
  }
})
