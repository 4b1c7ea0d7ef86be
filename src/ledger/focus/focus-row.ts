/** Rows of FOCUS datasets as texts by column name; null is FOCUS's null. Decimals are exact, times are UTC in ISO 8601. */
export type FocusRow = Readonly<Record<string, string | null>>
export type FocusVersion = '1.2' | '1.4'
export type FocusType = 'String' | 'Decimal' | 'Date/Time' | 'JSON'

export interface FocusTable {
  readonly dataset: 'Cost and Usage' | 'Contract Commitment' | 'Invoice Detail' | 'Billing Period'
  readonly version: FocusVersion
  readonly columns: readonly string[]
  readonly rows: readonly FocusRow[]
}

/** FOCUS columns of these datasets that are not texts (FOCUS 1.2 of 2025-05-29 and 1.4 of 2026-06-04). */
const decimals = new Set([
  'BilledCost', 'EffectiveCost', 'ContractedCost', 'ListCost', 'ContractedUnitPrice', 'ListUnitPrice', 'PricingQuantity', 'ConsumedQuantity', 'CommitmentDiscountQuantity',
  'ContractCommitmentCost', 'ContractCommitmentDiscountPercentage', 'ContractCommitmentPaymentUpfrontPercentage', 'ContractCommitmentQuantity',
])
const times = new Set([
  'BillingPeriodStart', 'BillingPeriodEnd', 'ChargePeriodStart', 'ChargePeriodEnd', 'BillingPeriodCreated', 'BillingPeriodLastUpdated', 'ContractCommitmentCreated', 'ContractCommitmentLastUpdated',
  'ContractCommitmentPeriodStart', 'ContractCommitmentPeriodEnd', 'ContractPeriodStart', 'ContractPeriodEnd', 'InvoiceDetailCreated', 'InvoiceDetailLastUpdated', 'InvoiceIssueDate', 'PaymentDueDate',
])
const jsons = new Set(['Tags', 'SkuPriceDetails', 'ContractApplied', 'ContractCommitmentApplicability', 'InvoiceDetailGrain'])

export const focusType = (column: string): FocusType => decimals.has(column) ? 'Decimal' : times.has(column) ? 'Date/Time' : jsons.has(column) ? 'JSON' : 'String'

/** First instant of a day as FOCUS writes it. */
export const focusTime = (day: string): string => `${day}T00:00:00Z`

/** An instant without fractions of a second. */
export const focusInstant = (text: string): string => `${new Date(text).toISOString().slice(0, 19)}Z`

/** Whether a text is a time as FOCUS writes it, of a day and an hour that exist. */
export const isFocusTime = (text: string): boolean => {
  const at = Date.parse(text)
  return !Number.isNaN(at) && `${new Date(at).toISOString().slice(0, 19)}Z` === text
}
