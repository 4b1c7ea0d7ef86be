/** Files of others: as AWS and Azure write them nothing is found fault with, and one wrong cell of each kind of rule is found by its row and column. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { checkFocus12, focusRules } from './check-focus-12.ts'
import { checkFocus14, type FocusFault, focusModel } from './check-focus-14.ts'
import type { FocusRow, FocusTable, FocusVersion } from './focus-row.ts'

const folder = join(import.meta.dirname, '../../../../shared/focus')
const skip = existsSync(folder) ? false : 'skipped: ../shared/focus not found'
const model = () => focusModel.parse(JSON.parse(readFileSync(join(folder, 'focus-1.4-model.json'), 'utf8')))
const rules = () => focusRules.parse(JSON.parse(gunzipSync(readFileSync(join(folder, 'focus-1.2-requirements-model.json.gz'))).toString('utf8')))

const aws: FocusRow = {
  AvailabilityZone: null, BilledCost: '0.0036', BillingAccountId: '111122223333', BillingAccountName: 'Buyer', BillingAccountType: 'Payer', BillingCurrency: 'USD', BillingPeriodEnd: '2026-12-01T00:00:00Z', BillingPeriodStart: '2026-11-01T00:00:00Z', CapacityReservationId: null, CapacityReservationStatus: null,
  ChargeCategory: 'Usage', ChargeClass: null, ChargeDescription: '$0.0008 per 1K input tokens', ChargeFrequency: 'Usage-Based', ChargePeriodEnd: '2026-11-03T01:00:00Z', ChargePeriodStart: '2026-11-03T00:00:00Z',
  CommitmentDiscountCategory: null, CommitmentDiscountId: null, CommitmentDiscountName: null, CommitmentDiscountQuantity: null, CommitmentDiscountStatus: null, CommitmentDiscountType: null, CommitmentDiscountUnit: null,
  ConsumedQuantity: '4.5', ConsumedUnit: '1K tokens', ContractedCost: '0.0036', ContractedUnitPrice: '0.0008', EffectiveCost: '0.0036', InvoiceId: 'EUIN26-1', InvoiceIssuerName: 'Amazon Web Services EMEA SARL', ListCost: '0.0036', ListUnitPrice: '0.0008', PricingCategory: 'Standard', PricingCurrency: 'USD', PricingQuantity: '4.5', PricingUnit: '1K tokens',
  ProviderName: 'AWS', PublisherName: 'Amazon Web Services', RegionId: 'eu-west-1', RegionName: 'EU (Ireland)', ResourceId: 'arn:aws:bedrock:eu-west-1::model/nova', ResourceName: null, ResourceType: 'Model', ServiceCategory: 'AI and Machine Learning', ServiceName: 'Amazon Bedrock', ServiceSubcategory: 'Generative AI',
  SkuId: 'ABC', SkuMeter: 'NovaLite-input', SkuPriceDetails: '{"UsageType":"x"}', SkuPriceId: 'ABC.DEF', SubAccountId: '444455556666', SubAccountName: 'prod', SubAccountType: 'Linked', Tags: '{"team":"a"}', x_Operation: 'InvokeModel',
}
const without = (row: FocusRow, columns: RegExp): FocusRow => Object.fromEntries(Object.entries(row).filter(([column]) => !columns.test(column)))
const azure: FocusRow = {
  ...without(aws, /^(AvailabilityZone|x_Operation)$/), BillingAccountType: 'Billing Profile', ContractedCost: '12.34', EffectiveCost: '12.34', BilledCost: '12.34', ListCost: '15.425', ListUnitPrice: '15.425', ContractedUnitPrice: '12.34', PricingQuantity: '1', PricingUnit: '1M', ConsumedQuantity: '1000000', ConsumedUnit: 'Units',
  ProviderName: 'Microsoft', PublisherName: 'Microsoft', InvoiceIssuerName: 'Microsoft', SubAccountType: 'Subscription', ServiceName: 'Azure OpenAI', PricingCurrencyContractedUnitPrice: '12.34', PricingCurrencyEffectiveCost: '12.34', PricingCurrencyListUnitPrice: '15.425', x_SkuMeterName: 'gpt 4.1 Inp glbl',
}
const taxOf = (row: FocusRow): FocusRow => ({
  ...row, ...Object.fromEntries(Object.keys(row).filter((column) => /^(Consumed|ContractedUnit|ListUnit|Pricing(Category|Quantity|Unit)|PricingCurrency.*UnitPrice|Sku|Resource|Region)/.test(column)).map((column) => [column, null])), ChargeCategory: 'Tax', ChargeDescription: 'VAT', ChargeFrequency: 'One-Time',
})
const covered = (row: FocusRow): FocusRow => ({
  ...row, CommitmentDiscountCategory: 'Spend', CommitmentDiscountId: 'sp-1', CommitmentDiscountName: 'Savings', CommitmentDiscountQuantity: '0.0036', CommitmentDiscountStatus: 'Used', CommitmentDiscountType: 'Savings Plan', CommitmentDiscountUnit: 'USD', PricingCategory: 'Committed', CapacityReservationId: 'cr-1', CapacityReservationStatus: 'Used',
})
const table = (rows: readonly FocusRow[], version: FocusVersion = '1.2'): FocusTable => ({ dataset: 'Cost and Usage', version, columns: Object.keys(rows[0] ?? {}), rows })
const errors = (faults: readonly FocusFault[]): readonly string[] => faults.filter((fault) => fault.level === 'error').map((fault) => `${fault.rule} ${fault.column} ${fault.row ?? ''}: ${fault.detail}`)

test('a file of another, with all that 1.2 knows or with the least, has no errors', { skip }, () => {
  const published = rules()
  for (const row of [aws, azure]) assert.deepEqual(errors(checkFocus12(table([row, covered(row), taxOf(row)]), published)), [])
  const least = without(aws, /^(Commitment|Capacity|Region|SubAccount|Tags|Availability|BillingAccountType|PricingCurrency|Resource|x_)/)
  assert.deepEqual(errors(checkFocus12(table([least]), published)), [])
  assert.ok(errors(checkFocus12(table([without(aws, /^CommitmentDiscountStatus$/)]), published)).some((text) => text.startsWith('CostAndUsage-D-017-C')), 'half of a feature is not enough')
})

const wrong: Readonly<Record<string, string | null>> = {
  TypeDecimal: 'abc', FormatNumeric: '1,5', TypeDateTime: '2026-02-30T00:00:00Z', FormatDateTime: '2026-11-03 00:00:00', CheckNotValue: null, CheckValue: 'Nonsense', FormatKeyValue: 'team=a', FormatCurrency: 'usd', CheckNationalCurrency: 'ZZZ', FormatUnit: '$$', CheckGreaterOrEqualThanValue: '-1', FormatString: ' ',
}
/** Which charges have an invoice is not in the file. */
const notInTheFile = /^InvoiceId-C-00[45]-C$/

test('each rule of 1.2 about a cell: one wrong cell is found, by its row and column', { skip }, () => {
  const published = rules()
  const grounds = [azure, covered(azure), taxOf(azure), { ...azure, ChargeCategory: 'Purchase' }, { ...azure, ChargeClass: 'Correction' }, { ...azure, SubAccountId: null }, { ...azure, BillingAccountId: null }, { ...azure, SkuId: null }, { ...azure, CapacityReservationStatus: 'Unused' }]
  let rulesMet = 0
  for (const [id, { ValidationCriteria: { Requirement: { CheckFunction: kind = '', ColumnName: column, Value: value }, Keyword }, Reference }] of Object.entries(published.ModelRules)) {
    if (typeof column !== 'string' || !(kind in wrong) || !Keyword.startsWith('MUST') || notInTheFile.test(id)) continue
    const cell = kind === 'CheckNotValue' && typeof value === 'string' ? value : wrong[kind] ?? null
    const found = grounds.some((ground) => checkFocus12(table([azure, { ...ground, [column]: cell }]), published).some((fault) => fault.level === 'error' && fault.row === 2 && [column, Reference].includes(fault.column)))
    if (column in azure) { assert.ok(found, `${id}: ${kind} ${column} ${cell}`); rulesMet += 1 }
  }
  assert.ok(rulesMet > 100, String(rulesMet))
})

test('1.4 as another writes it: no error, and each column’s nulls, types and values are looked at', { skip }, () => {
  const read = model()
  const row: FocusRow = { ...without(aws, /^(ProviderName|PublisherName|ResourceName)$/), HostProviderName: 'AWS', ServiceProviderName: 'AWS', ContractApplied: null, InvoiceDetailId: 'EUIN26-1/1' }
  assert.deepEqual(errors(checkFocus14(table([row], '1.4'), read)), [])
  const columns = read.datasets['Cost and Usage']?.columns ?? {}
  for (const [column, about] of Object.entries(columns).filter(([name]) => name in row)) {
    const cells: readonly (string | null)[] = [...(about.allows_nulls ? [] : [null]), ...(about.allowed_values === null ? [] : ['Nonsense']), ...(about.data_type === 'Decimal' ? ['1,5'] : []), ...(about.data_type === 'Date/Time' ? ['2026-02-30T00:00:00Z', '2026-11-03'] : []), ...(about.data_type === 'JSON' ? ['a=b', '[]'] : []), ...(about.value_format === 'Currency' ? ['ZZZ', 'usd'] : [])]
    for (const cell of cells) assert.ok(checkFocus14(table([row, { ...row, [column]: cell }], '1.4'), read).some((fault) => fault.level === 'error' && fault.row === 2 && fault.column === column), `${column} ${cell}`)
  }
})
