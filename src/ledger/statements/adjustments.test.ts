/** What changes in a month after its statement reaches a later one, once, with the keys that lead to its calls. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openAnyForTest } from '../../../test/stores.ts'
import { decimal, formatDecimal, sum } from '../../kernel/decimal.ts'
import type { Store } from '../../store/store.ts'
import { parseContract } from '../contracts/parse-contract.ts'
import { saveContract } from '../contracts/contract-store.ts'
import { bookUsage } from '../invoices/booked-usage.fixture.ts'
import { checkMoney } from '../invoices/check-money.ts'
import { closeMonth } from '../invoices/close-month.ts'
import { creditInvoice, voidInvoice } from '../invoices/issue-invoice.ts'
import { applyReRating, previewReRating } from '../invoices/re-rate.ts'
import { balanceOf } from '../money-transaction.ts'
import { agreementSchema } from './agreement.ts'
import type { StatementDocument } from './compose-statement.ts'
import { issueStatement, saveAgreement } from './issue-statement.ts'
import { withoutCustomers } from './without-customers.ts'

let store: Store
let now = Date.parse('2026-11-02T09:00:00Z')
const clock = { now: () => now, monotonic: () => now }
const at = (text: string): void => { now = Date.parse(`${text}T09:00:00Z`) }

const balance = async (account: string): Promise<string> => formatDecimal(decimal((await store.transaction('jobs', (sql) => balanceOf(sql, account))).get('USD') ?? '0'))
const statement = async (month: string, maker = 'openai'): Promise<StatementDocument> => {
  const issued = await issueStatement(store, clock, maker, month)
  assert.ok(issued.status === 'issued')
  return issued.document
}
const words = (document: StatementDocument): readonly string[] => document.lines.map((line) => `${line.kind} ${line.organization ?? '-'} ${line.base} × ${line.rate} = ${line.payable}`)
const million = (organization: string, day: string, model = 'gpt-4.1', maker = 'openai') => bookUsage(store, [{ day, organization, project: 'p', model, maker, meter: 'output', quantity: '10000000', unitPrice: '0.00001' }])

describe('what changes after the statement', () => {
  before(async () => {
    store = await openAnyForTest()
    await saveAgreement(store, clock, agreementSchema.parse({ id: 'ag', maker: 'openai', currency: 'USD', term: { from: '2026-01-01' }, shares: [{ percent: '20', floorPerMillionTokens: '1' }] }))
    for (const organization of ['alpha', 'beta', 'gamma', 'delta']) await million(organization, '2026-10-05')
    await closeMonth(store, clock, '2026-10')
    assert.deepEqual(words(await statement('2026-10')), ['alpha', 'beta', 'delta', 'gamma'].map((name) => `revenue-share ${name} 100 × 0.2 = 20.00`))
  })
  after(() => store.close())

  test('a credit note, a further invoice, one taken back and billed again, and late usage: adjustments that name the month', async () => {
    at('2026-11-10')
    assert.equal((await creditInvoice(store, clock, 'inv_alpha_2026-10_1', 'cn-1', { net: '60.00', description: 'Outage' }, 'outage')).status, 'issued')
    const parsed = parseContract('id: beta\nparty: beta\nside: customer\ncurrency: USD\nterm: { from: "2026-01-01" }\nterms: { prices: [{ perMillion: "12" }] }\n')
    assert.ok('contract' in parsed)
    await saveContract(store, clock, parsed.contract)
    const dearer = await previewReRating(store, 'beta', '2026-10')
    assert.ok(dearer.status === 'previewed')
    assert.equal((await applyReRating(store, clock, 'beta', '2026-10', dearer.preview.token)).status, 'invoiced')
    assert.equal((await voidInvoice(store, clock, 'inv_gamma_2026-10_1', 'never used')).status, 'void')
    await million('delta', '2026-10-06')
    at('2026-12-02')
    await closeMonth(store, clock, '2026-11', { organizations: ['alpha', 'beta', 'delta'] })
    const november = await statement('2026-11')
    // Alpha: 40 of 100 is left, a share of 8.00, and the floor of 10.00 holds: 10.00 less than 20.00. Gamma pays nothing, and its tokens have their floor.
    assert.deepEqual(words(november), [
      'adjustment alpha -60 × 0.2 = -12.00', 'adjustment beta 20 × 0.2 = 4.00', 'adjustment delta 100 × 0.2 = 20.00', 'adjustment gamma -100 × 0.2 = -20.00', 'adjustment alpha 2 × 1 = 2.00', 'adjustment gamma 10 × 1 = 10.00',
    ])
    const alpha = november.lines.find((line) => line.organization === 'alpha')
    assert.equal(alpha?.description, '2026-10: 20 % of what was billed for gpt-4.1 (changed since its statement by CN-2026-000001)')
    assert.deepEqual([alpha?.keys, alpha?.of], [{ month: '2026-10', priceRows: ['price_gpt-4.1_output_0.00001'], invoices: ['CN-2026-000001', 'INV-2026-000001'], calls: 1 }, 'revenue-share'])
    assert.match(november.lines.find((line) => line.organization === 'delta')?.description ?? '', /by INV-2026-\d+/)
    assert.deepEqual([november.toMaker, november.net], ['4.00', '4.00'])
    // Its maker sees the sums, and neither customers nor their invoices.
    assert.deepEqual(withoutCustomers(november).lines.map((line) => [line.description, line.payable, line.keys.invoices.length]), [
      ['2026-10: 20 % of what was billed for gpt-4.1 (changed since its statement)', '-8', 0], ['2026-10: Up to the floor of 1 a million tokens of gpt-4.1 (changed since its statement)', '12', 0],
    ])
  })

  test('the next statements adjust what changed since, and nothing twice; what posting accrued is taken back once', async () => {
    at('2027-01-02')
    assert.deepEqual(words(await statement('2026-12')), [])
    await closeMonth(store, clock, '2026-10')
    at('2027-02-02')
    const january = await statement('2027-01')
    assert.deepEqual(words(january), ['adjustment gamma 100 × 0.2 = 20.00', 'adjustment gamma -10 × 1 = -10.00'])
    at('2027-03-02')
    assert.deepEqual(words(await statement('2027-02')), [])
    // 80 + 4 + 10: what October comes to under the invoices that stand. Everything accrued at list price is settled instead.
    assert.deepEqual([await balance('settlement/openai'), await balance('share/openai'), await balance('payable/azure/openai'), await balance('cost/azure/openai')], ['-94', '94', '0', '0'])
    assert.deepEqual((await checkMoney(store)).filter((item) => !item.ok), [])
  })

  test('under a guarantee what comes after its end changes the shortfall, so that the maker gets the guarantee and no more', async () => {
    await saveAgreement(store, clock, agreementSchema.parse({
      id: 'guaranteed', maker: 'maker', currency: 'USD', term: { from: '2027-03-01' }, shares: [{ percent: '10' }], minimumGuarantee: { amount: '50', from: '2027-03-01', until: '2027-05-01' },
    }))
    await million('epsilon', '2027-03-05', 'm1', 'maker')
    await million('epsilon', '2027-04-05', 'm1', 'maker')
    at('2027-04-02')
    await closeMonth(store, clock, '2027-03', { organizations: ['epsilon'] })
    await statement('2027-03', 'maker')
    at('2027-05-02')
    await closeMonth(store, clock, '2027-04', { organizations: ['epsilon'] })
    assert.deepEqual(words(await statement('2027-04', 'maker')), ['revenue-share epsilon 100 × 0.1 = 10.00', 'guarantee-shortfall - 30 × 1 = 30.00'])
    await creditInvoice(store, clock, 'inv_epsilon_2027-03_1', 'cn-2', { net: '20.00', description: 'Outage' }, 'outage')
    at('2027-06-02')
    assert.deepEqual(words(await statement('2027-05', 'maker')), ['adjustment epsilon -20 × 0.1 = -2.00', 'adjustment - 2 × 1 = 2.00'])
    const paid = await store.query<{ net: string }>('jobs', `SELECT net FROM statement WHERE maker = 'maker'`)
    assert.equal(formatDecimal(sum(paid.map((row) => decimal(row.net)))), '50')
  })
})
