/**
 * Azure's cost and usage details (actual cost), in the forms of enterprise and customer agreements and of pay-as-you-go:
 * the schema of 2024-08-01, and the header that the cost details API gave on 2025-03-01; read 2026-11-28.
 */
import { type Decimal, absolute, compare, decimal, isZero, multiply, subtract } from '../../kernel/decimal.ts'
import type { BillRow, Charge, Parsed } from './bill.ts'
import { azureModel, meterOf, tierOf, unitsIn } from './bill-words.ts'
import type { CellReader } from './cell-reader.ts'
import { amountIn, currencyIn, tableBill } from './table-bill.ts'

/** Values of ChargeType; undefined: usage. */
const chargeTypes: Readonly<Record<string, Charge | undefined>> = {
  usage: undefined, purchase: 'purchase', refund: 'credit', credit: 'credit', tax: 'tax', adjustment: 'adjustment', roundingadjustment: 'adjustment', unusedreservation: 'purchase', unusedsavingsplan: 'purchase',
}
const models = /openai|cognitive|foundry|\bai\b|machine learning|\bmodels\b/i

function chargeOf(table: CellReader, row: number, meter: string | undefined): Charge | undefined {
  const type = table.text(row, 'ChargeType')
  const name = (type ?? 'usage').toLowerCase()
  if (!Object.hasOwn(chargeTypes, name)) table.fault(row, 'ChargeType', `${JSON.stringify(type)} is not a charge type that is known`)
  const charge = chargeTypes[name]
  if (charge !== undefined || meter !== undefined) return charge
  if (/provisioned|\bptu\b/i.test(table.text(row, 'MeterName') ?? '')) return 'purchase'
  const category = table.text(row, 'MeterCategory')
  return category === undefined || models.test(category) ? undefined : 'other-service'
}

/** Whether two numbers are less than a hundredth apart: prices are printed with few digits. */
function alike(a: Decimal, b: Decimal): boolean {
  const gap = subtract(a, b)
  return compare(multiply(absolute(gap), decimal(100)), b) < 0
}

/**
 * Units of a row. `Quantity` counts blocks of the unit of measure, or single units where the price of one, times the
 * block, is the price of the block: both forms are exported.
 */
function quantityOf(table: CellReader, row: number): Decimal | undefined {
  const quantity = table.number(row, 'Quantity', 'UsageQuantity')
  if (quantity === undefined) return undefined
  const block = unitsIn(table.text(row, 'UnitOfMeasure'))
  const [one, whole] = [table.number(row, 'EffectivePrice'), table.number(row, 'UnitPrice')]
  const single = compare(block, decimal(1)) > 0 && one !== undefined && whole !== undefined && !isZero(whole) && alike(multiply(one, block), whole)
  return single ? quantity : multiply(quantity, block)
}

function azureRow(table: CellReader, row: number): BillRow | undefined {
  const day = table.day(row, 'Date', 'UsageDate')
  const currency = currencyIn(table, row, 'BillingCurrency', 'BillingCurrencyCode', 'Currency')
  const amount = amountIn(table, row, 'CostInBillingCurrency', 'Cost', 'PreTaxCost')
  const name = table.text(row, 'MeterName') ?? ''
  const found = meterOf(name)
  const charge = chargeOf(table, row, found)
  const quantity = quantityOf(table, row)
  if (charge === undefined && amount !== undefined && !isZero(amount) && table.text(row, 'PricingModel')?.toLowerCase() === 'reservation') {
    table.fault(row, 'PricingModel', 'usage that a reservation covers has a cost: this is the amortised export; give the one of actual cost')
  }
  if (day === undefined || currency === undefined || amount === undefined) return undefined
  const resource = table.text(row, 'ResourceId', 'InstanceId', 'ResourceName')?.split('/').at(-1)
  const subCategory = table.text(row, 'MeterSubCategory')
  const model = found === undefined ? undefined : azureModel(name, subCategory)
  const tier = tierOf(name)
  const description = [subCategory, name === '' ? table.text(row, 'ProductName', 'Product') : name].filter((item) => item !== undefined && item !== '').join(' · ')
  return {
    n: table.line(row), day, currency, amount, description,
    ...(charge === undefined ? {} : { charge }), ...(resource === undefined ? {} : { deployment: resource }), ...(model === undefined ? {} : { model }),
    ...(found === undefined || charge !== undefined ? {} : { meter: found }), ...(tier === undefined ? {} : { tier }), ...(quantity === undefined ? {} : { quantity }),
  }
}

export const parseAzureExport = (text: string): Parsed => tableBill(text, 'azure-export', [['CostInBillingCurrency', 'Cost', 'PreTaxCost'], ['Date', 'UsageDate']], azureRow)
