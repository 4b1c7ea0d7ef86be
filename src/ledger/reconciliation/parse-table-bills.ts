/** Bills that come as tables: FOCUS Cost and Usage 1.2 and 1.4 as clouds export it, and Azure's native cost export. */
import { type Decimal, decimal, multiply } from '../../kernel/decimal.ts'
import { addDays } from '../contracts/calendar.ts'
import { type Bill, type BillRow, coveredBy, meterOf, type Parsed, undated } from './bill.ts'
import { type CellReader, readTable } from './cell-reader.ts'

/** How many units one of a bill's units is: `1K Tokens`, `1M`, `1000 tokens`, `Tokens`. */
export function unitsIn(unit: string | undefined): Decimal {
  const match = /^(\d+(?:\.\d+)?)?\s*([KMB])?(?:\b|$)/i.exec((unit ?? '').trim())
  const count = decimal(match?.[1] ?? '1')
  const letter = (match?.[2] ?? '').toUpperCase()
  const isPrefix = /^\d*(?:\.\d+)?\s*[KMB](?:\s|$)/i.test((unit ?? '').trim())
  const factor = !isPrefix ? 1 : letter === 'K' ? 1_000 : letter === 'M' ? 1_000_000 : letter === 'B' ? 1_000_000_000 : 1
  return multiply(count, decimal(factor))
}

interface Details { readonly model?: string; readonly meter?: string; readonly deployment?: string; readonly tier?: string }

/** Members of SkuPriceDetails and Tags that we and others write; a text that is not a JSON object is a fault of its column. */
function details(table: CellReader, row: number, column: string): Details {
  const text = table.text(row, column)
  if (text === undefined) return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    table.fault(row, column, 'is not JSON')
    return {}
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) { table.fault(row, column, 'is not a JSON object'); return {} }
  const found: Record<string, string> = {}
  for (const [key, item] of Object.entries(value)) {
    const name = key.replace(/^x_/, '').toLowerCase()
    if (['model', 'meter', 'deployment', 'tier'].includes(name) && typeof item === 'string') found[name] = item
  }
  return found
}

function bill(table: CellReader, format: Bill['format'], rows: readonly BillRow[]): Parsed {
  const currencies = new Set(rows.map((row) => row.currency))
  if (currencies.size > 1) table.fault(0, 'BillingCurrency', `the bill mixes ${[...currencies].join(' and ')}: split it`)
  if (table.faults.length > 0) return { faults: table.faults }
  const covered = coveredBy(rows, (day) => addDays(day, 1))
  if (covered === undefined) return { faults: [{ row: 1, column: '', reason: 'the bill has no row' }] }
  return { bill: { format, currency: [...currencies][0] ?? 'USD', ...covered, rows } }
}

function focusRow(table: CellReader, row: number): BillRow | undefined {
  const sku = details(table, row, 'SkuPriceDetails')
  const tags = details(table, row, 'Tags')
  const day = table.day(row, 'ChargePeriodStart')
  const currency = table.text(row, 'BillingCurrency')
  if (currency === undefined || !/^[A-Z]{3}$/.test(currency)) table.fault(row, 'BillingCurrency', currency === undefined ? 'is missing' : `${JSON.stringify(currency)} is not a currency`)
  const amount = table.number(row, 'BilledCost')
  if (amount === undefined && table.text(row, 'BilledCost') === undefined) table.fault(row, 'BilledCost', 'is missing')
  const category = table.text(row, 'ChargeCategory')
  if (category !== undefined && !['Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment'].includes(category)) table.fault(row, 'ChargeCategory', `${JSON.stringify(category)} is not a charge category`)
  const consumed = table.number(row, 'ConsumedQuantity')
  const priced = consumed === undefined ? table.number(row, 'PricingQuantity') : undefined
  const quantity = consumed !== undefined ? multiply(consumed, unitsIn(table.text(row, 'ConsumedUnit'))) : priced === undefined ? undefined : multiply(priced, unitsIn(table.text(row, 'PricingUnit')))
  if (day === undefined || currency === undefined || amount === undefined) return undefined
  const words = [table.text(row, 'SkuMeter', 'x_SkuMeterName', 'x_UsageType', 'x_Operation'), table.text(row, 'ChargeDescription')].filter((item) => item !== undefined)
  const deployment = table.text(row, 'x_Deployment') ?? sku.deployment ?? tags.deployment ?? table.text(row, 'ResourceName')
  const model = table.text(row, 'x_Model') ?? sku.model ?? tags.model
  const meter = table.text(row, 'x_Meter') ?? sku.meter ?? tags.meter ?? (category === undefined || category === 'Usage' ? words.map(meterOf).find((found) => found !== undefined) : undefined)
  const tier = table.text(row, 'x_Tier') ?? sku.tier
  return {
    n: table.line(row), day, currency, amount, description: words.at(-1) ?? category ?? '',
    ...(deployment === undefined ? {} : { deployment }), ...(model === undefined ? {} : { model: undated(model) }), ...(meter === undefined ? {} : { meter }), ...(tier === undefined ? {} : { tier }),
    ...(quantity === undefined ? {} : { quantity }),
  }
}

/** FOCUS Cost and Usage, 1.2 or 1.4, with or without a cloud's own `x_` columns. */
export function parseFocus(text: string): Parsed {
  const table = readTable(text)
  if ('reason' in table) return { faults: [table] }
  for (const name of ['BilledCost', 'BillingCurrency', 'ChargePeriodStart']) if (!table.has(name)) table.fault(-1, name, 'the column is missing')
  if (table.faults.length > 0) return { faults: table.faults }
  const rows = Array.from({ length: table.rows }, (_, row) => focusRow(table, row)).filter((row) => row !== undefined)
  return bill(table, 'focus', rows)
}

/** `gpt-4.1-0414-cchd-Inp-glbl Tokens` → the model in front of the meter's words. */
function azureModel(meterName: string): string | undefined {
  const match = /^(.+?)[ -](?:(?:\d{4}|cchd|cached|batch|dev|pp|ft|reg|data|dz|dzn)[ -])*(?:inp|inpt|input|outp|out|opt|output|cchd|cached)\b/i.exec(meterName)
  return match?.[1] === undefined ? undefined : undated(match[1].trim().toLowerCase().replaceAll(' ', '-'))
}

function azureRow(table: CellReader, row: number): BillRow | undefined {
  const day = table.day(row, 'Date', 'UsageDate')
  const currency = table.text(row, 'BillingCurrencyCode', 'BillingCurrency', 'Currency')
  if (currency === undefined || !/^[A-Z]{3}$/.test(currency)) table.fault(row, 'BillingCurrency', currency === undefined ? 'is missing' : `${JSON.stringify(currency)} is not a currency`)
  const amount = table.number(row, 'CostInBillingCurrency', 'Cost', 'PreTaxCost')
  if (amount === undefined && table.text(row, 'CostInBillingCurrency', 'Cost', 'PreTaxCost') === undefined) table.fault(row, 'CostInBillingCurrency', 'is missing')
  const counted = table.number(row, 'Quantity', 'UsageQuantity')
  if (day === undefined || currency === undefined || amount === undefined) return undefined
  const name = table.text(row, 'MeterName') ?? ''
  const resource = table.text(row, 'ResourceId', 'InstanceId', 'ResourceName')?.split('/').at(-1)
  const model = azureModel(name)
  const meter = meterOf(name.replaceAll('-', ' '))
  return {
    n: table.line(row), day, currency, amount, description: [table.text(row, 'MeterSubCategory'), name].filter((item) => item !== undefined && item !== '').join(' · '),
    ...(resource === undefined ? {} : { deployment: resource }), ...(model === undefined ? {} : { model }), ...(meter === undefined ? {} : { meter }),
    ...(counted === undefined ? {} : { quantity: multiply(counted, unitsIn(table.text(row, 'UnitOfMeasure'))) }),
  }
}

/** Azure's cost and usage details (actual cost), enterprise and customer agreement forms: schema of 2024-08-01, read 2026-11. */
export function parseAzureExport(text: string): Parsed {
  const table = readTable(text)
  if ('reason' in table) return { faults: [table] }
  if (!table.has('CostInBillingCurrency', 'Cost', 'PreTaxCost')) table.fault(-1, 'CostInBillingCurrency', 'the column is missing')
  if (!table.has('Date', 'UsageDate')) table.fault(-1, 'Date', 'the column is missing')
  if (table.faults.length > 0) return { faults: table.faults }
  const rows = Array.from({ length: table.rows }, (_, row) => azureRow(table, row)).filter((row) => row !== undefined)
  return bill(table, 'azure-export', rows)
}
