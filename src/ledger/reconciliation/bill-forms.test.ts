/**
 * Bills in the forms in which clouds really export them: whole column sets, a cloud's own columns, units and words. Rows are
 * ours. A row is shown as day, charge, deployment, model, meter, tier, quantity, amount; `-` stands for nothing.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatDecimal } from '../../kernel/decimal.ts'
import { azureModel, bedrockModel, meterOf, tierOf } from './bill-words.ts'
import { parseBill } from './reconcile.ts'

/** A table with these columns; each row names only the cells that it fills. */
function tableOf(header: string, rows: readonly Readonly<Record<string, string>>[]): string {
  const columns = header.split(',')
  const cell = (text: string): string => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  return [header, ...rows.map((row) => columns.map((name) => cell(row[name] ?? '')).join(','))].join('\r\n')
}

function shown(text: string): readonly string[] {
  const parsed = parseBill(text)
  if ('faults' in parsed) assert.fail(JSON.stringify(parsed.faults))
  return parsed.bill.rows.map((row) => [
    row.day.slice(8), row.charge ?? 'usage', row.deployment ?? '-', row.model ?? '-', row.meter ?? '-', row.tier ?? '-',
    row.quantity === undefined ? '-' : formatDecimal(row.quantity), row.amount === undefined ? '-' : formatDecimal(row.amount),
  ].join(' '))
}

const faults = (text: string): readonly string[] => {
  const parsed = parseBill(text)
  assert.ok('faults' in parsed, JSON.stringify(parsed))
  return parsed.faults.map((fault) => `${fault.row} ${fault.column}: ${fault.reason}`)
}

/** AWS Data Exports, "FOCUS 1.2 with AWS columns": all of them, in their order. */
const awsColumns = 'AvailabilityZone,BilledCost,BillingAccountId,BillingAccountName,BillingAccountType,BillingCurrency,BillingPeriodEnd,BillingPeriodStart,CapacityReservationId,CapacityReservationStatus,ChargeCategory,ChargeClass,ChargeDescription,ChargeFrequency,ChargePeriodEnd,ChargePeriodStart,CommitmentDiscountCategory,CommitmentDiscountId,CommitmentDiscountName,CommitmentDiscountQuantity,CommitmentDiscountStatus,CommitmentDiscountType,CommitmentDiscountUnit,ConsumedQuantity,ConsumedUnit,ContractedCost,ContractedUnitPrice,EffectiveCost,InvoiceId,InvoiceIssuerName,ListCost,ListUnitPrice,PricingCategory,PricingCurrency,PricingCurrencyContractedUnitPrice,PricingCurrencyEffectiveCost,PricingCurrencyListUnitPrice,PricingQuantity,PricingUnit,ProviderName,PublisherName,RegionId,RegionName,ResourceId,ResourceName,ResourceType,ServiceCategory,ServiceName,ServiceSubcategory,SkuId,SkuMeter,SkuPriceDetails,SkuPriceId,SubAccountId,SubAccountName,SubAccountType,Tags,x_Discounts,x_Operation,x_ServiceCode,x_UsageType'

const awsRow = (day: string, more: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
  BillingAccountId: '123456789012', BillingAccountType: 'Management', BillingCurrency: 'USD', BillingPeriodStart: '2026-11-01T00:00:00.000Z', BillingPeriodEnd: '2026-12-01T00:00:00.000Z', ChargeCategory: 'Usage', ChargeFrequency: 'Usage-Based',
  ChargePeriodStart: `2026-11-${day}T00:00:00.000Z`, ChargePeriodEnd: `2026-11-${day}T01:00:00.000Z`, InvoiceIssuerName: 'Amazon Web Services, Inc.', ProviderName: 'AWS', PublisherName: 'AWS', RegionId: 'us-east-1', Tags: '{"user:team":"search"}', x_Discounts: '{}', ServiceCategory: 'AI and Machine Learning', ServiceName: 'Amazon Bedrock', x_ServiceCode: 'AmazonBedrock', ...more,
})

const aws = tableOf(awsColumns, [
  awsRow('03', { BilledCost: '1.5E-4', ConsumedQuantity: '1.0', ConsumedUnit: '1K tokens', PricingQuantity: '1.0', PricingUnit: '1K tokens', x_UsageType: 'USE1-openai.gpt-oss-120b-mantle-input-tokens-standard', x_Operation: 'OnDemandInference', ChargeDescription: '$0.00015 per 1K token for openai.gpt-oss-120b-mantle-input-tokens-standard in US East (N. Virginia)' }),
  awsRow('03', { BilledCost: '0.0003', ConsumedQuantity: '1.0', ConsumedUnit: '1K tokens', x_UsageType: 'USE1-openai.gpt-oss-120b-mantle-output-tokens-batch' }),
  awsRow('03', { BilledCost: '0.006', ConsumedQuantity: '20', ConsumedUnit: '1K tokens', x_UsageType: 'USE1-Claude3.5Sonnet-cache-read-input-token-count' }),
  awsRow('04', { BilledCost: '6.0', ConsumedQuantity: '2', ConsumedUnit: 'Units', ServiceName: 'Claude Sonnet 4.5 (Amazon Bedrock Edition)', x_UsageType: 'USE1-MP:USE1_InputTokenCount-Units', ChargeDescription: 'AWS Marketplace software usage|us-east-1|Million Input Tokens' }),
  awsRow('04', { BilledCost: '15', ConsumedQuantity: '1', ConsumedUnit: 'Units', ServiceName: 'Claude Sonnet 4.5 (Amazon Bedrock Edition)', x_UsageType: 'USE1-MP:USE1_OutputTokenCount_Global-Units', ChargeDescription: 'AWS Marketplace software usage|us-east-1|Million Response Tokens Global' }),
  awsRow('04', { BilledCost: '3.75', ConsumedQuantity: '1', ConsumedUnit: 'Units', ServiceName: 'Claude Sonnet 4.5 (Amazon Bedrock Edition)', x_UsageType: 'USE1-MP:USE1_CacheWriteInputTokenCount-Units', ChargeDescription: 'AWS Marketplace software usage|us-east-1|Million Cache Write Input Tokens' }),
  awsRow('01', { BilledCost: '5.25', ChargeCategory: 'Tax', ChargePeriodEnd: '2026-12-01T00:00:00.000Z', ChargeDescription: 'Tax for product code AmazonBedrock' }),
  awsRow('01', { BilledCost: '2500', ChargeCategory: 'Purchase', ChargeFrequency: 'Recurring', CommitmentDiscountId: 'arn:aws:savingsplans::1:savingsplan/x', ChargeDescription: '1 year No Upfront Savings Plan' }),
  awsRow('01', { BilledCost: '100', ChargeCategory: 'Purchase', ChargeDescription: 'AWS Support (Business): monthly fee' }),
  awsRow('05', { BilledCost: '-20', ChargeCategory: 'Credit', ChargeDescription: 'AWS Activate credit' }),
  awsRow('05', { BilledCost: '-1', ChargeClass: 'Correction', ConsumedQuantity: '-1', ConsumedUnit: '1K tokens', x_UsageType: 'USE1-openai.gpt-oss-120b-mantle-input-tokens-standard', ChargeDescription: 'October usage corrected' }),
  awsRow('05', { BilledCost: '39.6', ConsumedQuantity: '1', ConsumedUnit: 'hours', x_UsageType: 'USE1-NovaLite-ProvisionedThroughput-ModelUnits', ChargeDescription: 'Provisioned model unit hours' }),
  awsRow('05', { BilledCost: '0.09', ConsumedQuantity: '1', ConsumedUnit: 'GB', ServiceCategory: 'Networking', ServiceName: 'AWS Data Transfer', x_UsageType: 'USE1-DataTransfer-Out-Bytes' }),
])

test('FOCUS 1.2 as AWS exports it: usage types, blocks of a thousand and of a million, and what is no call', () => {
  assert.deepEqual(shown(aws), [
    '03 usage - openai.gpt-oss-120b input - 1000 0.00015',
    '03 usage - openai.gpt-oss-120b output batch 1000 0.0003',
    '03 usage - Claude3.5Sonnet cached_input - 20000 0.006',
    '04 usage - claude-sonnet-4-5 input - 2000000 6',
    '04 usage - claude-sonnet-4-5 output - 1000000 15',
    '04 usage - claude-sonnet-4-5 cache_write - 1000000 3.75',
    '01 tax - - - - - 5.25',
    '01 purchase - - - - - 2500',
    '01 fee - - - - - 100',
    '05 credit - - - - - -20',
    '05 adjustment - openai.gpt-oss-120b - - -1000 -1',
    '05 purchase - - - - 1 39.6',
    '05 other-service - - - - 1 0.09',
  ])
  const parsed = parseBill(aws)
  assert.ok('bill' in parsed)
  assert.deepEqual([parsed.bill.from, parsed.bill.until], ['2026-11-03', '2026-11-05'], 'taxes and purchases date from no call')
})

/** Azure FocusCost, as its metadata lists the columns that matter to a match; its blocks are a column of their own. */
const azureFocusColumns = 'BilledCost,BillingAccountId,BillingAccountName,BillingAccountType,BillingCurrency,BillingPeriodEnd,BillingPeriodStart,ChargeCategory,ChargeClass,ChargeDescription,ChargeFrequency,ChargePeriodEnd,ChargePeriodStart,CommitmentDiscountCategory,CommitmentDiscountId,CommitmentDiscountName,CommitmentDiscountStatus,CommitmentDiscountType,ConsumedQuantity,ConsumedUnit,ContractedCost,ContractedUnitPrice,EffectiveCost,InvoiceId,InvoiceIssuerName,ListCost,ListUnitPrice,PricingCategory,PricingCurrency,PricingQuantity,PricingUnit,ProviderName,PublisherName,RegionId,RegionName,ResourceId,ResourceName,ResourceType,ServiceCategory,ServiceName,ServiceSubcategory,SkuId,SkuMeter,SkuPriceDetails,SkuPriceId,SubAccountId,SubAccountName,SubAccountType,Tags,x_BilledCostInUsd,x_BillingExchangeRate,x_InvoiceSectionName,x_PricingBlockSize,x_PricingUnitDescription,x_ResourceGroupName,x_SkuDescription,x_SkuDetails,x_SkuMeterCategory,x_SkuMeterId,x_SkuMeterName,x_SkuMeterSubcategory,x_SkuTerm'

const azureFocusRow = (day: string, more: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
  BillingCurrency: 'EUR', ChargeCategory: 'Usage', ChargeFrequency: 'Usage-Based', ChargePeriodStart: `2026-11-${day}T00:00:00Z`, ChargePeriodEnd: `2026-11-${day}T23:59:59Z`, ProviderName: 'Microsoft', InvoiceIssuerName: 'Microsoft', ServiceCategory: 'AI and Machine Learning', ServiceName: 'Azure OpenAI',
  ResourceId: '/subscriptions/s/resourcegroups/rg/providers/microsoft.cognitiveservices/accounts/east', ResourceName: 'east', x_SkuMeterCategory: 'Foundry Models', x_SkuMeterSubcategory: 'Azure OpenAI', x_PricingUnitDescription: '1K', x_PricingBlockSize: '1000', PricingUnit: 'Units', ConsumedUnit: 'Units', ...more,
})

const azureFocus = tableOf(azureFocusColumns, [
  azureFocusRow('01', { BilledCost: '1.7', PricingQuantity: '1000', ConsumedQuantity: '1000000', x_SkuMeterName: 'gpt 4.1 Inp glbl Tokens', x_SkuDescription: 'Azure OpenAI - gpt 4.1 Inp glbl - EU West' }),
  azureFocusRow('01', { BilledCost: '0.05', PricingQuantity: '100', ConsumedQuantity: '100', SkuMeter: 'gpt 4o 1120 cached Inp glbl Tokens' }),
  azureFocusRow('02', { BilledCost: '8.5', PricingQuantity: '1', ConsumedQuantity: '1000000', x_PricingBlockSize: '1000000', x_PricingUnitDescription: '1M', x_SkuMeterName: '5.4 opt Dz 1M Tokens', x_SkuMeterSubcategory: 'Azure OpenAI GPT5', Tags: 'team: search' }),
  azureFocusRow('02', { BilledCost: '0', PricingQuantity: '24', ConsumedQuantity: '24', x_PricingBlockSize: '1', CommitmentDiscountStatus: 'Unused', x_SkuMeterName: 'Provisioned Managed Global Unit' }),
  azureFocusRow('02', { BilledCost: '24', PricingQuantity: '24', ConsumedQuantity: '24', x_PricingBlockSize: '1', x_SkuMeterName: 'Provisioned Managed Global Unit' }),
  azureFocusRow('01', { BilledCost: '2652', ChargeCategory: 'Purchase', ChargeFrequency: 'One-Time', CommitmentDiscountId: '/providers/Microsoft.Capacity/reservationOrders/r', x_SkuMeterName: 'Provisioned Managed Global Unit', x_SkuDescription: 'Azure OpenAI provisioned reservation' }),
  azureFocusRow('30', { BilledCost: '-0.01', ChargeCategory: 'Adjustment', ChargeDescription: 'Rounding' }),
])

test('FOCUS 1.2 as Azure exports it: meters by x_SkuMeterName, blocks by x_PricingBlockSize', () => {
  assert.deepEqual(shown(azureFocus), [
    '01 usage east gpt-4.1 input - 1000000 1.7',
    '01 usage east gpt-4o cached_input - 100000 0.05',
    '02 usage east gpt-5.4 output - 1000000 8.5',
    '02 purchase east - - - 24 0',
    '02 purchase east - - - 24 24',
    '01 purchase east - - - - 2652',
    '30 adjustment east - - - - -0.01',
  ])
})

/** Header of the cost details API for customer agreements, as it answered on 2025-03-01, with its byte-order mark. */
const azureColumns = 'invoiceId,previousInvoiceId,billingAccountId,billingAccountName,billingProfileId,billingProfileName,invoiceSectionId,invoiceSectionName,resellerName,resellerMpnId,costCenter,billingPeriodEndDate,billingPeriodStartDate,servicePeriodEndDate,servicePeriodStartDate,date,serviceFamily,productOrderId,productOrderName,consumedService,meterId,meterName,meterCategory,meterSubCategory,meterRegion,ProductId,ProductName,SubscriptionId,subscriptionName,publisherType,publisherId,publisherName,resourceGroupName,ResourceId,resourceLocation,location,effectivePrice,quantity,unitOfMeasure,chargeType,billingCurrency,pricingCurrency,costInBillingCurrency,costInPricingCurrency,costInUsd,paygCostInBillingCurrency,paygCostInUsd,exchangeRatePricingToBilling,exchangeRateDate,isAzureCreditEligible,serviceInfo1,serviceInfo2,additionalInfo,tags,PayGPrice,frequency,term,reservationId,reservationName,pricingModel,unitPrice,costAllocationRuleName,benefitId,benefitName,provider'

const azureRow = (date: string, more: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
  date, billingCurrency: 'EUR', pricingCurrency: 'USD', chargeType: 'Usage', pricingModel: 'OnDemand', meterCategory: 'Foundry Models', meterSubCategory: 'Azure OpenAI', unitOfMeasure: '1K', provider: 'Azure', tags: '"team": "search"',
  ResourceId: '/subscriptions/s/resourcegroups/rg/providers/microsoft.cognitiveservices/accounts/east', ...more,
})

const azure = `\ufeff${tableOf(azureColumns, [
  azureRow('11/01/2026', { meterName: 'gpt 4.1 Inp glbl Tokens', quantity: '1000', effectivePrice: '0.002', unitPrice: '0.002', costInBillingCurrency: '1.7' }),
  azureRow('11/01/2026', { meterName: 'gpt 4.1 Inp glbl Tokens', quantity: '1000', effectivePrice: '0.000002', unitPrice: '0.002', costInBillingCurrency: '0.0017' }),
  azureRow('11/01/2026', { meterName: 'gpt-4.1-mini-Outp-Batch-glbl Tokens', quantity: '10', costInBillingCurrency: '0.007' }),
  azureRow('11/02/2026', { meterName: 'Provisioned Managed Global Unit', unitOfMeasure: '1 Hour', quantity: '24', costInBillingCurrency: '20.4' }),
  azureRow('11/02/2026', { meterCategory: 'Storage', meterSubCategory: 'Blob', meterName: 'Hot LRS Write Operations', unitOfMeasure: '10K', quantity: '1', costInBillingCurrency: '0.05' }),
  azureRow('11/02/2026', { chargeType: 'Purchase', meterName: '', ProductName: 'Provisioned reservation, 1 month', unitOfMeasure: '1 Month', quantity: '1', costInBillingCurrency: '221' }),
  azureRow('11/03/2026', { chargeType: 'Refund', ProductName: 'Provisioned reservation, 1 month', costInBillingCurrency: '-21' }),
  azureRow('11/30/2026', { chargeType: 'Tax', ProductName: 'VAT', costInBillingCurrency: '40' }),
])}`

test('Azure’s cost details: quantities in blocks or in single units, by what the price of one says', () => {
  assert.deepEqual(shown(azure), [
    '01 usage east gpt-4.1 input - 1000000 1.7',
    '01 usage east gpt-4.1 input - 1000 0.0017',
    '01 usage east gpt-4.1-mini output batch 10000 0.007',
    '02 purchase east - - - 24 20.4',
    '02 other-service east - - - 10000 0.05',
    '02 purchase east - - - 1 221',
    '03 credit east - - - - -21',
    '30 tax east - - - - 40',
  ])
})

const page = (results: string, object = 'bucket'): string => `{"object":"page","has_more":false,"data":[{"object":"${object}","start_time":1793491200,"end_time":1793577600,"results":[${results}]}]}`
const cost = (item: string, value: string, more = ''): string => `{"object":"organization.costs.result","amount":{"value":${value},"currency":"usd"},"line_item":${item}${more}}`

test('OpenAI’s costs and usage: units, tiers, pieces, and items that are no call', () => {
  assert.deepEqual(shown(page([
    cost('"gpt-4.1-2025-04-14, input"', '0.2', ',"quantity":100,"quantity_unit":"1000_tokens"'), cost('"gpt-4.1-2025-04-14, output, batch"', '0.4', ',"quantity":100000,"quantity_unit":"tokens"'),
    cost('"whisper-1"', '0.06', ',"quantity":10,"quantity_unit":"duration_minutes"'), cost('"web search tool calls"', '0.25', ',"quantity":10,"quantity_unit":null'), cost('"file search storage"', '0.1', ',"quantity":1,"quantity_unit":"gibibyte_hours"'),
    cost('"Sales tax"', '3'), cost('"Promotional credit"', '-5'), cost('"Scale tier units"', '500'), cost('"Support fee"', '10'),
  ].join(','))), [
    '01 usage - gpt-4.1 input - 100000 0.2', '01 usage - gpt-4.1 output batch 100000 0.4', '01 usage - whisper-1 audio_second - 600 0.06', '01 usage - - web_search_call - 10 0.25', '01 other-service - - - - - 0.1',
    '01 tax - - - - - 3', '01 credit - - - - - -5', '01 purchase - - - - - 500', '01 fee - - - - - 10',
  ])
  assert.deepEqual(shown(page('{"object":"organization.usage.images.result","images":4,"num_model_requests":4,"model":"gpt-image-1"},{"object":"organization.usage.web_searches.result","num_requests":7,"model":"gpt-4.1"},{"object":"organization.usage.completions.result","input_tokens":10,"output_tokens":5,"model":"gpt-4.1","batch":true}')), [
    '01 usage - gpt-image-1 image - 4 -', '01 usage - gpt-4.1 web_search_call - 7 -', '01 usage - gpt-4.1 input batch 10 -', '01 usage - gpt-4.1 output batch 5 -',
  ])
})

test('faults of the real forms name row, column and reason, and nothing of the bill is read', () => {
  assert.deepEqual(faults(azure.replace('Purchase', 'Gift')), ['7 ChargeType: "Gift" is not a charge type that is known'])
  assert.match(faults(azure.replace('OnDemand', 'Reservation'))[0] ?? '', /^2 PricingModel: .* amortised export/)
  assert.deepEqual(faults(azure.replace('11/01/2026', '31/12/2026')), ['2 Date: "31/12/2026" is not a day'])
  assert.deepEqual(faults(aws.replace('1.5E-4', '1;5')), ['2 BilledCost: "1;5" is not a number'])
  assert.deepEqual(faults(aws.replace(',Tax,', ',Levy,')), ['8 ChargeCategory: "Levy" is not a charge category'])
  assert.match(faults(page(cost('null', '4')))[0] ?? '', /^1 line_item: .*group_by=line_item/)
  assert.match(faults(page('{"object":"organization.usage.vector_stores.result","usage_bytes":5}'))[0] ?? '', /^1 data\.0\.results\.0: usage of vector_stores has no meter/)
  // Numbers that no bill has, and days with something behind them that is no time.
  for (const amount of ['1e400', '-1e18', '1e-41']) assert.match(faults(aws.replace('1.5E-4', amount)).join(), /^2 BilledCost: ".*" is more than any bill/, amount)
  for (const day of ['2026-11-031', '2026-11-03x', '2026-11-03T25:00:00+01:00', '2026-11-03T12']) assert.deepEqual(faults(aws.replace('2026-11-03T00:00:00.000Z', day)), [`2 ChargePeriodStart: "${day}" is not a day`])
  assert.deepEqual([shown(aws.replace('2026-11-03T00:00:00.000Z', '2026-11-03T00:30:00+01:00'))[0]?.slice(0, 2), shown(azure.replace('11/01/2026', '11/01/2026 12:00:00 AM')).length], ['02', shown(azure).length], 'a time with its zone is of a day in UTC')
  assert.match(faults(page(cost('"gpt-4.1, input"', '1e400'))).join(), /amount\.value: is more than any bill/)
  assert.match(faults(page('{"object":"organization.usage.completions.result","input_tokens":5.5,"output_tokens":1}')).join(), /input_tokens: is not a whole number/)
  assert.deepEqual(shown(page('{"object":"organization.usage.audio_transcriptions.result","seconds":1.5,"model":"whisper-1"}')), ['01 usage - whisper-1 audio_second - 1.5 -'], 'no part of a second is dropped')
  assert.match(faults(page(cost('"gpt-4.1, input"', '4').replaceAll('usd', 'zzz'))).join(), /currency: "ZZZ" is not a currency/)
  assert.match(faults(page('{"object":"organization.usage.completions.result","input_tokens":5,"input_cached_tokens":9,"output_tokens":1}'))[0] ?? '', /its parts are more than the whole/)
})

test('words of meters, tiers and models', () => {
  for (const [words, meter] of [
    ['gpt 4.1 cchd Inp glbl Tokens', 'cached_input'], ['5.4 cd inp Gl 1M Tokens', 'cached_input'], ['GPT 5 outpt Glbl 1M Tokens', 'output'], ['gpt-4o-realtime Aud Inp glbl Tokens', 'audio_input'], ['gpt-image-1 Img Outp glbl Tokens', 'image_output'],
    ['grok-4-1-fast-reasoning Inp Glbl Tokens', 'input'], ['USE1-anthropic.claude-haiku-4-5-mantle-cache-write-tokens-1h-standard', 'cache_write_long'], ['USE1-MP:USE1_CacheReadInputTokenCount_Global-Units', 'cached_input'], ['USW2-MP:USW2_output_tokens_global_standard-Units', 'output'],
    ['USE1-DataTransfer-Out-Bytes', undefined], ['file search storage', undefined], ['gpt-4o-mini training', undefined], ['Virtual Machines', undefined],
  ] as const) assert.equal(meterOf(words), meter, words)
  for (const [words, tier] of [['USE1-xai.grok-4.3-mantle-input-tokens-flex', 'flex'], ['gpt 5 pp Inp glbl', 'priority'], ['gpt 4.1 Inp glbl', undefined]] as const) assert.equal(tierOf(words), tier, words)
  for (const [name, sub, model] of [['o3 0416 Outp glbl Tokens', 'Azure OpenAI Reasoning', 'o3'], ['gpt 4.1 mini Inp glbl Tokens', '', 'gpt-4.1-mini'], ['5.5 ShortCo inp Gl 1M Tokens', 'Azure OpenAI GPT5', 'gpt-5.5'], ['Inp Tokens', '', undefined]] as const) assert.equal(azureModel(name, sub), model, name)
  for (const [type, service, model] of [['USE1-NovaLite-input-tokens', 'Amazon Bedrock', 'NovaLite'], ['USE1-MP:USE1_InputTokenCount-Units', 'Claude Opus 4.1 (Amazon Bedrock Edition)', 'claude-opus-4-1'], ['USE1-Websearch-Queries', 'Amazon Bedrock', undefined]] as const) assert.equal(bedrockModel(type, service), model, type)
})

test('what is nearly a bill is refused by what is wrong with it: a column that is missing, another separator, zero bytes', () => {
  const header = 'BillingCurrency,ChargeCategory,ChargePeriodStart,BilledCost'
  const row = 'USD,Usage,2026-11-03T00:00:00Z,1.5'
  assert.deepEqual(faults(`${header.replace(',BilledCost', '')}\n${row.replace(',1.5', '')}`), ['1 BilledCost: the column is missing'])
  assert.deepEqual(faults('Date,MeterCategory,BillingCurrencyCode\n11/03/2026,Foundry Models,USD'), ['1 CostInBillingCurrency: the column is missing'])
  assert.deepEqual(faults(`${header}\n${row.replace('USD', 'ZZZ')}`), ['2 BillingCurrency: "ZZZ" is not a currency'])
  assert.deepEqual(faults(`${header}\n${row}`.replaceAll(',', ';')), ['1 : columns are not divided by commas: export it as CSV with commas'])
  assert.deepEqual(faults(`${header}\n${row}\n${row.replace('Usage', 'Us\0age')}`), ['3 : a zero byte: this is not a text file, or one in UTF-16; give it in UTF-8'])
  assert.deepEqual(shown(`\ufeff${header.split(',').map((name) => `"${name}"`).join(',')}\r\n${row}\r\n\r\n`), ['03 usage - - - - - 1.5'])
})
