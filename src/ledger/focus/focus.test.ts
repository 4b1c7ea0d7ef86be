import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { parquetReadObjects } from 'hyparquet'
import { openAnyForTest } from '../../../test/stores.ts'
import { add, compare, decimal, formatDecimal, sum, zero } from '../../kernel/decimal.ts'
import type { Store } from '../../store/store.ts'
import { parseContract } from '../contracts/parse-contract.ts'
import { saveContract } from '../contracts/contract-store.ts'
import { partySchema, saveParty } from '../contracts/party.ts'
import { bookUsage } from '../invoices/booked-usage.fixture.ts'
import { closeMonth } from '../invoices/close-month.ts'
import { creditInvoice } from '../invoices/issue-invoice.ts'
import { parseBill } from '../reconciliation/reconcile.ts'
import { checkFocus12, focusRules, weirSupports } from './check-focus-12.ts'
import { checkFocus14, focusModel } from './check-focus-14.ts'
import { billingPeriods, contractCommitments, costAndUsage, invoiceDetail } from './export-focus.ts'
import type { FocusTable } from './focus-row.ts'
import { focusCsv, focusParquet } from './write-focus.ts'

const folder = join(import.meta.dirname, '../../../../shared/focus')
const skip = existsSync(folder) ? false : 'skipped: ../shared/focus not found'
const model = () => focusModel.parse(JSON.parse(readFileSync(join(folder, 'focus-1.4-model.json'), 'utf8')))
const rules = () => focusRules.parse(JSON.parse(gunzipSync(readFileSync(join(folder, 'focus-1.2-requirements-model.json.gz'))).toString('utf8')))

const terms = `
id: acme-2026
party: acme
side: customer
currency: USD
term: { from: "2026-01-01", until: "2027-01-01" }
terms:
  discounts: [{ percent: "10" }]
  allowances: [{ id: free, meters: [input], quantity: "1000" }]
  spendTiers: [{ id: s, kind: graduated, bands: [{ upTo: "10", discountPercent: "0" }, { discountPercent: "5" }] }]
  minimum: { amount: "5000" }
  commitments:
    - { id: macc, amount: "60000", from: "2026-01-01", until: "2027-01-01" }
    - { id: outputs, meters: [output], amount: "100", from: "2026-11-01", until: "2026-11-05" }
  credits: [{ id: gift, amount: "5", from: "2026-01-01", paid: false }]
  provisioned:
    - { id: ptu-month, count: 10, model: gpt-5.2, deployments: [azure/ptu], term: monthly, unitPrice: "260", from: "2026-11-01", tokensPerMinute: "3400", outputWeight: "8" }
    - { id: ptu-hour, count: 1, model: gpt-4o, deployments: [azure/hour], term: hourly, unitPrice: "1", from: "2026-11-29", until: "2026-11-30", tokensPerMinute: "1000", outputWeight: "4" }
    - { id: ptu-idle, count: 1, model: gpt-4o, term: hourly, unitPrice: "1", from: "2026-11-29T12:00:00Z", until: "2026-11-29T18:00:00Z" }
`

describe('FOCUS exports', () => {
  let store: Store
  let now = Date.parse('2026-12-02T09:00:00Z')
  const clock = { now: () => now, monotonic: () => now }
  before(async () => {
    store = await openAnyForTest()
    await saveParty(store, 'self', partySchema.parse({ name: 'Weir Cloud', country: 'IT', vatId: 'IT1' }))
    await saveParty(store, 'acme', partySchema.parse({ name: 'Acme', country: 'DE', vatId: 'DE1', tax: { category: 'S', percent: '22' } }))
    const parsed = parseContract(terms)
    assert.ok('contract' in parsed, JSON.stringify(parsed))
    await saveContract(store, clock, parsed.contract)
    await bookUsage(store, [
      { day: '2026-11-01', meter: 'input', quantity: '10000001', unitPrice: '0.000002' }, { day: '2026-11-02', meter: 'output', quantity: '7', unitPrice: '0.000008' },
      { day: '2026-11-03', model: 'gpt-5.2', deployment: 'azure/ptu', meter: 'input', quantity: '5000000', unitPrice: '0.00000175' }, { day: '2026-11-03', model: 'gpt-5.2', deployment: 'azure/ptu', meter: 'output', quantity: '1000000', unitPrice: '0.000014' },
      { day: '2026-11-29', model: 'gpt-4o', deployment: 'azure/hour', meter: 'output', quantity: '600', unitPrice: '0.00001' }, { day: '2026-11-29', model: 'gpt-4o', deployment: 'azure/hour', meter: 'audio_output', quantity: '400', unitPrice: '0.00008' },
      { day: '2026-11-29', model: 'gpt-4o', deployment: 'azure/hour', meter: 'cached_input', quantity: '5000', unitPrice: '0.00000125' }, { day: '2026-11-29', model: 'gpt-4o', deployment: 'azure/hour', meter: 'web_search_call', quantity: '20', unitPrice: '0.01' },
      { day: '2026-11-03', organization: 'beta', project: 'x', meter: 'web_search_call', quantity: '3', unitPrice: '0.01' },
    ])
    await closeMonth(store, clock, '2026-11')
    await bookUsage(store, [{ day: '2026-11-05', meter: 'output', quantity: '1000000', unitPrice: '0.000008' }, { day: '2026-12-05', meter: 'output', quantity: '1000', unitPrice: '0.000008' }])
    now = Date.parse('2027-01-02T09:00:00Z')
    await closeMonth(store, clock, '2026-12')
    await creditInvoice(store, clock, 'inv_acme_2026-11_1', 'cn-1', { net: '10.00', description: 'Outage' }, 'outage')
  })
  after(() => store.close())

  test('1.4: no error on any dataset', { skip }, async () => {
    const checked = model()
    for (const table of [await costAndUsage(store, '1.4', '2026-11'), await costAndUsage(store, '1.4', '2026-12'), await invoiceDetail(store, '2026-11'), await billingPeriods(store, '2026-12'), await contractCommitments(store, '2026-12-15')]) {
      assert.ok(table.rows.length > 0, table.dataset)
      assert.deepEqual(checkFocus14(table, checked).filter((fault) => fault.level === 'error'), [], table.dataset)
    }
  })

  test('1.2: no MUST rule of the published model is broken', { skip }, async () => {
    const published = rules()
    for (const month of ['2026-11', '2026-12']) {
      const table = await costAndUsage(store, '1.2', month)
      const faults = [...checkFocus12(table, published), ...checkFocus12(table, published, weirSupports)]
      assert.deepEqual(faults.filter((fault) => fault.level === 'error').slice(0, 10), [])
    }
  })

  test('BilledCost of each invoice adds up to its total, in Cost and Usage and in Invoice Detail', async () => {
    for (const month of ['2026-11', '2026-12']) {
      const invoices = await store.query<{ number: string; total: string }>('jobs', `SELECT number, total FROM invoice WHERE month = $1 AND status IN ('issued', 'paid')`, [month])
      for (const table of [await costAndUsage(store, '1.4', month), await costAndUsage(store, '1.2', month), await invoiceDetail(store, month)]) {
        for (const { number, total } of invoices) {
          const billed = sum(table.rows.filter((row) => row['InvoiceId'] === number).map((row) => decimal(row['BilledCost'] ?? '0')))
          assert.equal(compare(billed, decimal(total)), 0, `${table.dataset} ${table.version} ${number}: ${formatDecimal(billed)} is not ${total}`)
        }
      }
    }
  })

  test('Used and Unused of a month’s units carry what they cost; the purchase carries nothing', async () => {
    const rows = (await costAndUsage(store, '1.4', '2026-11')).rows.filter((row) => row['CommitmentDiscountId'] === 'ptu-month')
    const effective = rows.reduce((total, row) => add(total, decimal(row['EffectiveCost'] ?? '0')), zero)
    const billed = rows.reduce((total, row) => add(total, decimal(row['BilledCost'] ?? '0')), zero)
    assert.deepEqual([formatDecimal(effective), formatDecimal(billed)], ['2600', '2600'])
    assert.deepEqual(rows.map((row) => row['CommitmentDiscountStatus']), ['Used', 'Used', 'Unused', null])
  })

  test('ContractApplied names the commitments that a row draws down: those of its scope and of its days', async () => {
    const rows = (await costAndUsage(store, '1.4', '2026-11', 'acme')).rows.concat((await costAndUsage(store, '1.4', '2026-12', 'acme')).rows)
    const applied = rows.filter((row) => row['ChargeCategory'] === 'Usage' && row['ContractApplied'] !== null).map((row) => {
      const value = JSON.parse(row['ContractApplied'] ?? '') as { ContractCommitments: { ContractCommitmentId: string; ContractCommitmentAppliedCost: string }[] }
      assert.ok(value.ContractCommitments.every((one) => one.ContractCommitmentAppliedCost === row['BilledCost']))
      return `${row['ChargePeriodStart']?.slice(0, 10)} ${row['x_Meter']}: ${value.ContractCommitments.map((one) => one.ContractCommitmentId).join(', ')}`
    })
    assert.deepEqual([...new Set(applied)].toSorted(), ['2026-11-01 input: macc', '2026-11-02 output: macc, outputs', '2026-12-05 output: macc'])
  })

  test('hours of units are Used and Unused parts of a capacity reservation, each an exact product, together what was billed', async () => {
    for (const version of ['1.2', '1.4'] as const) {
      const rows = (await costAndUsage(store, version, '2026-11', 'acme')).rows.filter((row) => row['CapacityReservationId'] !== null)
      // 24 hours of 1,000 tokens a minute carried 1,000 tokens of weight 4, written or spoken: 4,000 of 1,440,000; what was cached and what is no token fill nothing. Nothing went to the other.
      assert.deepEqual(rows.map((row) => ['CapacityReservationId', 'CapacityReservationStatus', 'PricingQuantity', 'BilledCost', 'EffectiveCost'].map((column) => row[column])), [
        ['ptu-hour', 'Used', '0.066667', '0.066667', '0.066667'], ['ptu-hour', 'Unused', '23.933333', '23.933333', '23.933333'], ['ptu-idle', 'Unused', '6', '6', '6'],
      ])
    }
  })

  const planted: readonly (readonly [string, string, string | null, string, string])[] = [
    ['BilledCost', 'BilledCost', 'abc', 'data-type', 'BilledCost-C-001-M'], ['BillingCurrency', 'BillingCurrency', 'usd', 'value-format', 'BillingCurrency-C-005-M'], ['ChargeCategory', 'ChargeCategory', 'Use', 'allowed-values', 'ChargeCategory-C-003-M'],
    ['a null', 'ServiceName', null, 'not-null', 'ServiceName-C-003-M'], ['a product', 'ListCost', '1', 'list-cost', 'ListCost-C-009-C'], ['a time', 'ChargePeriodStart', '2026-11-01', 'data-type', 'ChargePeriodStart-C-002-M'],
  ]
  test('planted errors are found, by both checkers', { skip }, async () => {
    const [v14, v12] = [await costAndUsage(store, '1.4', '2026-11', 'acme'), await costAndUsage(store, '1.2', '2026-11', 'acme')]
    const spoil = (table: FocusTable, column: string, value: string | null): FocusTable => ({ ...table, rows: table.rows.map((row, index) => index === 0 ? { ...row, [column]: value } : row) })
    const [checked, published] = [model(), rules()]
    for (const [name, column, value, rule, official] of planted) {
      assert.ok(checkFocus14(spoil(v14, column, value), checked).some((fault) => fault.rule === rule && fault.column === column && fault.row === 1), `${name} in 1.4`)
      const found = checkFocus12(spoil(v12, column, value), published).filter((fault) => fault.level === 'error')
      assert.ok(found.some((fault) => fault.column === column), `${name} in 1.2: ${official} ${JSON.stringify(found.map((fault) => fault.rule))}`)
    }
    const without = { ...v14, columns: v14.columns.filter((column) => column !== 'HostProviderName') }
    assert.ok(checkFocus14(without, checked).some((fault) => fault.rule === 'mandatory' && fault.column === 'HostProviderName'))
    assert.ok(checkFocus12({ ...v12, columns: v12.columns.filter((column) => column !== 'ProviderName') }, published).some((fault) => fault.column === 'ProviderName'))
    assert.ok(checkFocus14({ ...v14, columns: [...v14.columns, 'Mine'] }, checked).some((fault) => fault.rule === 'custom-columns'))
  })

  test('CSV and Parquet carry the same figures, exactly', async () => {
    const table = await costAndUsage(store, '1.4', '2026-11')
    const bytes = focusParquet(table)
    const objects = await parquetReadObjects({ file: { byteLength: bytes.length, slice: (start: number, end?: number) => bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + (end ?? bytes.length)) as ArrayBuffer } })
    assert.equal(objects.length, table.rows.length)
    assert.deepEqual(objects.map((row) => row['ChargeDescription']), table.rows.map((row) => row['ChargeDescription']))
    const csv = focusCsv(table)
    assert.equal(csv.split('\r\n')[0], table.columns.join(','))
    const read = parseBill(csv)
    assert.ok('bill' in read)
    assert.equal(compare(sum(read.bill.rows.map((row) => row.amount ?? zero)), sum(table.rows.map((row) => decimal(row['BilledCost'] ?? '0')))), 0)
  })
})
