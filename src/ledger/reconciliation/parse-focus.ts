/**
 * FOCUS Cost and Usage as clouds export it: AWS "FOCUS 1.2 with AWS columns" (x_Discounts, x_Operation, x_ServiceCode,
 * x_UsageType), Azure FocusCost 1.0 and 1.2-preview (x_SkuMeterName, x_SkuMeterSubcategory, x_SkuDescription,
 * x_PricingBlockSize), ours and others' 1.2 and 1.4. Column sets from the AWS Data Exports table dictionary and from
 * Microsoft's FOCUS dataset metadata, read 2026-11-28.
 */
import { type Decimal, multiply } from '../../kernel/decimal.ts'
import { type BillRow, type Charge, type Parsed, undated } from './bill.ts'
import { azureModel, bedrockModel, meterOf, tierOf, unitsIn } from './bill-words.ts'
import type { CellReader } from './cell-reader.ts'
import { amountIn, currencyIn, tableBill } from './table-bill.ts'

interface Details { readonly model?: string; readonly meter?: string; readonly deployment?: string; readonly tier?: string }

/** Members of SkuPriceDetails and Tags that we and others write. */
function details(table: CellReader, row: number, column: 'SkuPriceDetails' | 'Tags'): Details {
  const text = table.text(row, column)
  if (text === undefined) return {}
  // Tags are the customer's own and clouds write them in several ways; details of a price are the supplier's word.
  const fault = (reason: string): Details => { if (column === 'SkuPriceDetails') table.fault(row, column, reason); return {} }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    return fault('is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fault('is not a JSON object')
  const found: Record<string, string> = {}
  for (const [key, item] of Object.entries(value)) {
    const name = key.replace(/^x_/, '').toLowerCase()
    if (['model', 'meter', 'deployment', 'tier'].includes(name) && typeof item === 'string') found[name] = item
  }
  return found
}

const categories: Readonly<Record<string, Charge | undefined>> = { Usage: undefined, Purchase: 'purchase', Tax: 'tax', Credit: 'credit', Adjustment: 'adjustment' }

/** What a row charges for; undefined: calls. A correction of an earlier bill is no usage of this one's days. */
function chargeOf(table: CellReader, row: number, words: string, meter: string | undefined): Charge | undefined {
  const category = table.text(row, 'ChargeCategory') ?? 'Usage'
  if (!Object.hasOwn(categories, category)) table.fault(row, 'ChargeCategory', `${JSON.stringify(category)} is not a charge category`)
  const charge = categories[category]
  if (charge === 'purchase') return /\bfees?\b|support/i.test(words) ? 'fee' : 'purchase'
  if (charge !== undefined) return charge
  if (table.text(row, 'ChargeClass') === 'Correction') return 'adjustment'
  if (table.text(row, 'CommitmentDiscountStatus') === 'Unused') return 'purchase'
  if (meter !== undefined) return undefined
  if (/provisioned|model ?units?\b|\bptu\b/i.test(words)) return 'purchase'
  if (/\bfees?\b|support/i.test(words)) return 'fee'
  const service = table.text(row, 'ServiceCategory')
  return service === undefined || service === 'AI and Machine Learning' ? undefined : 'other-service'
}

/** Units of a row. Where a cloud prices in blocks and says their size, quantity × size; else what was consumed, in its unit. */
function quantityOf(table: CellReader, row: number, words: string): Decimal | undefined {
  const block = table.number(row, 'x_PricingBlockSize')
  const priced = table.number(row, 'PricingQuantity')
  if (block !== undefined && priced !== undefined) return multiply(priced, block)
  const consumed = table.number(row, 'ConsumedQuantity')
  const [quantity, unit] = consumed === undefined ? [priced, table.text(row, 'PricingUnit')] : [consumed, table.text(row, 'ConsumedUnit') ?? table.text(row, 'PricingUnit')]
  // A marketplace counts in `Units`, and says only in the description that one is a million.
  return quantity === undefined ? undefined : multiply(quantity, unitsIn(/^units?$/i.test(unit ?? '') ? words : unit))
}

/** The model, from the words in which AWS or Azure names what it meters. */
const modelOf = (table: CellReader, row: number): string | undefined =>
  bedrockModel(table.text(row, 'x_UsageType'), table.text(row, 'ServiceName')) ?? azureModel(table.text(row, 'SkuMeter', 'x_SkuMeterName') ?? '', table.text(row, 'x_SkuMeterSubcategory'))

function focusRow(table: CellReader, row: number): BillRow | undefined {
  const sku = details(table, row, 'SkuPriceDetails')
  const tags = details(table, row, 'Tags')
  const day = table.day(row, 'ChargePeriodStart')
  const currency = currencyIn(table, row, 'BillingCurrency')
  const amount = amountIn(table, row, 'BilledCost')
  const description = table.text(row, 'ChargeDescription')
  // The most telling first: a description may speak of more than its row.
  const words = [table.text(row, 'x_Meter') ?? sku.meter, table.text(row, 'x_UsageType'), table.text(row, 'SkuMeter', 'x_SkuMeterName'), table.text(row, 'x_SkuDescription'), description].filter((item) => item !== undefined)
  const meter = table.text(row, 'x_Meter') ?? sku.meter ?? words.map(meterOf).find((found) => found !== undefined)
  const charge = chargeOf(table, row, words.join(' '), meter)
  const quantity = quantityOf(table, row, words.join(' '))
  if (day === undefined || currency === undefined || amount === undefined) return undefined
  const deployment = table.text(row, 'x_Deployment') ?? sku.deployment ?? tags.deployment ?? table.text(row, 'ResourceName')
  const model = table.text(row, 'x_Model') ?? sku.model ?? tags.model ?? (meter === undefined ? undefined : modelOf(table, row))
  const tier = table.text(row, 'x_Tier') ?? sku.tier ?? tierOf(words.join(' '))
  return {
    n: table.line(row), day, currency, amount, description: description ?? words.at(-1) ?? table.text(row, 'ServiceName') ?? charge ?? '',
    ...(charge === undefined ? {} : { charge }), ...(deployment === undefined ? {} : { deployment }), ...(model === undefined ? {} : { model: undated(model) }),
    ...(meter === undefined || charge !== undefined ? {} : { meter }), ...(tier === undefined ? {} : { tier }), ...(quantity === undefined ? {} : { quantity }),
  }
}

/** FOCUS Cost and Usage, 1.2 or 1.4, with or without a cloud's own `x_` columns. */
export const parseFocus = (text: string): Parsed => tableBill(text, 'focus', [['BilledCost'], ['BillingCurrency'], ['ChargePeriodStart']], focusRow)
