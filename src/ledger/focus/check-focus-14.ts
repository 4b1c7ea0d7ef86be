/**
 * Checks a table against the machine-readable FOCUS 1.4 model (data type, nulls, allowed values, feature level, ranges) and
 * the invariants that the specification states between columns. The model is given: see docs of `weir focus check`.
 */
import { z } from 'zod'
import { compare, decimal, multiply, parseDecimal } from '../../kernel/decimal.ts'
import { isCurrency } from '../contracts/currency.ts'
import { type FocusRow, type FocusTable, isFocusTime } from './focus-row.ts'

const columnModel = z.object({
  allowed_values: z.array(z.string()).nullable(), allows_nulls: z.boolean(), condition: z.string(), data_type: z.string(), feature_level: z.string(),
  numeric_range: z.array(z.number()).nullable(), value_format: z.string(),
})
export const focusModel = z.object({
  focus_version: z.string(),
  datasets: z.record(z.string(), z.object({ columns: z.record(z.string(), columnModel) })),
  service_subcategory_parents: z.record(z.string(), z.string()),
})
export type FocusModel = z.infer<typeof focusModel>

export interface FocusFault {
  readonly level: 'error' | 'warning'
  readonly rule: string
  readonly column: string
  /** Counted from 1 without the header; undefined for the table as a whole. */
  readonly row: number | undefined
  readonly detail: string
}

type ColumnModel = z.infer<typeof columnModel>
type Report = (rule: string, column: string, row: number | undefined, detail: string, level?: FocusFault['level']) => void

function isKeyValue(value: string): boolean | undefined {
  let parsed: unknown
  try { parsed = JSON.parse(value) } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
}

function checkValue(name: string, model: ColumnModel, value: string, row: number, report: Report): void {
  if (model.data_type === 'Decimal') {
    const number = parseDecimal(value)
    if (number === undefined) { report('data-type', name, row, `${value} is not a decimal`); return }
    if (model.value_format === 'Decimal (non-negative)' && number.coefficient < 0n) report('non-negative', name, row, `${value} is negative`)
    const [low, high] = model.numeric_range ?? []
    if (low !== undefined && high !== undefined && (Number(value) < low || Number(value) > high)) report('numeric-range', name, row, `${value} is not between ${low} and ${high}`)
  }
  if (model.data_type === 'Date/Time' && !isFocusTime(value)) report('data-type', name, row, `${value} is not an ISO 8601 time in UTC`)
  if (model.data_type === 'JSON') {
    const object = isKeyValue(value)
    if (object === undefined) report('data-type', name, row, 'is not JSON')
    else if (!object) report('value-format', name, row, 'is not a JSON object')
    else if (model.value_format === 'Key-Value' && Object.values(JSON.parse(value) as object).some((item) => typeof item === 'object' && item !== null)) report('value-format', name, row, 'a key has more than a plain value')
  }
  if (model.value_format === 'Currency' && !isCurrency(value)) report('value-format', name, row, `${value} is not a currency`)
  if (model.allowed_values !== null && !model.allowed_values.includes(value)) report('allowed-values', name, row, `${value} is not one of ${model.allowed_values.join(', ')}`)
}

function checkColumns(table: FocusTable, columns: Readonly<Record<string, ColumnModel>>, report: Report): void {
  const present = new Set(table.columns)
  if (present.size !== table.columns.length) report('unique-columns', '', undefined, 'a column occurs twice')
  for (const [name, model] of Object.entries(columns)) {
    if (!present.has(name)) {
      if (model.feature_level === 'Mandatory') report('mandatory', name, undefined, 'the column is missing')
      else if (model.feature_level === 'Recommended') report('recommended', name, undefined, `the column is recommended${model.condition === 'n/a' ? '' : `: ${model.condition}`}`, 'warning')
      continue
    }
    table.rows.forEach((row, index) => {
      const value = row[name] ?? null
      if (value === '') report('null-handling', name, index + 1, 'an empty text stands where null should')
      else if (value === null) { if (!model.allows_nulls) report('not-null', name, index + 1, 'is null') } else checkValue(name, model, value, index + 1, report)
    })
  }
  for (const name of table.columns) if (columns[name] === undefined && !name.startsWith('x_')) report('custom-columns', name, undefined, 'is no column of this dataset; custom columns begin with x_')
}

const product = (row: FocusRow, price: string, quantity: string, cost: string): boolean => {
  const [a, b, c] = [row[price], row[quantity], row[cost]].map((value) => value === null || value === undefined ? undefined : parseDecimal(value))
  return a === undefined || b === undefined || c === undefined || compare(multiply(a, b), c) === 0
}

/** What the specification states between columns of Cost and Usage, beyond what the model holds. */
function checkInvariants(table: FocusTable, model: FocusModel, report: Report): void {
  table.rows.forEach((row, index) => {
    const at = index + 1
    const correction = row['ChargeClass'] === 'Correction'
    if (!correction && !product(row, 'ListUnitPrice', 'PricingQuantity', 'ListCost')) report('list-cost', 'ListCost', at, 'is not ListUnitPrice × PricingQuantity')
    if (!correction && !product(row, 'ContractedUnitPrice', 'PricingQuantity', 'ContractedCost')) report('contracted-cost', 'ContractedCost', at, 'is not ContractedUnitPrice × PricingQuantity')
    const { ChargePeriodStart: start, ChargePeriodEnd: end, ServiceSubcategory: sub, ServiceCategory: category } = row
    if (typeof start === 'string' && typeof end === 'string' && start >= end) report('charge-period', 'ChargePeriodEnd', at, 'is not after ChargePeriodStart')
    if (typeof sub === 'string' && model.service_subcategory_parents[sub] !== category) report('service-subcategory', 'ServiceSubcategory', at, `${sub} does not belong to ${category}`)
    if ((row['ConsumedQuantity'] ?? null) !== null && (row['ConsumedUnit'] ?? null) === null) report('consumed-unit', 'ConsumedUnit', at, 'is null where a quantity is consumed')
    if ((row['PricingQuantity'] ?? null) !== null && (row['PricingUnit'] ?? null) === null) report('pricing-unit', 'PricingUnit', at, 'is null where a quantity is priced')
    if (row['ChargeCategory'] === 'Usage' && !correction && (row['PricingQuantity'] ?? null) === null) report('pricing-quantity', 'PricingQuantity', at, 'is null for usage')
    if ((row['CommitmentDiscountStatus'] ?? null) !== null && (row['CommitmentDiscountId'] ?? null) === null) report('commitment-id', 'CommitmentDiscountId', at, 'is null where a status is given')
    if ((row['CommitmentDiscountId'] ?? null) !== null && row['ChargeCategory'] === 'Usage' && (row['CommitmentDiscountStatus'] ?? null) === null) report('commitment-status', 'CommitmentDiscountStatus', at, 'is null for usage under a commitment')
    if ((row['CommitmentDiscountId'] ?? null) !== null && row['ChargeCategory'] === 'Purchase' && compare(decimal(row['EffectiveCost'] ?? '0'), decimal(0)) !== 0) report('covering-purchase', 'EffectiveCost', at, 'is not zero for a purchase that covers later usage')
  })
}

/** Errors and warnings; a table without errors conforms as far as the model says. */
export function checkFocus14(table: FocusTable, model: FocusModel): readonly FocusFault[] {
  const faults: FocusFault[] = []
  const report: Report = (rule, column, row, detail, level = 'error') => { faults.push({ level, rule, column, row, detail }) }
  const dataset = model.datasets[table.dataset]
  if (dataset === undefined) return [{ level: 'error', rule: 'dataset', column: '', row: undefined, detail: `the model has no dataset ${table.dataset}` }]
  checkColumns(table, dataset.columns, report)
  if (table.dataset === 'Cost and Usage') checkInvariants(table, model, report)
  return faults
}
