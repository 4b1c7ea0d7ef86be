/**
 * FOCUS Cost and Usage rows of one invoice. Rules kept: `ListCost = ListUnitPrice × PricingQuantity` and
 * `ContractedCost = ContractedUnitPrice × PricingQuantity` exactly; the BilledCost of an InvoiceId adds up to the invoice's
 * total, the difference being one rounding row; what covers later usage has an EffectiveCost of zero when it is bought, and
 * its Used and Unused rows carry the cost of the hours. Units by the hour are no commitment: their hours are Used and Unused
 * parts of a capacity reservation.
 */
import { type Decimal, add, compare, decimal, divideRounded, formatDecimal, isNegative, isZero, multiply, subtract, sum, zero } from '../../kernel/decimal.ts'
import { addDays, monthPeriod, type Period } from '../contracts/calendar.ts'
import { type Contract, heldIn, holdsOn, type Provisioned, type Terms, termsOn } from '../contracts/contract.ts'
import type { Piece } from '../contracts/price-usage.ts'
import { allocate, inputEquivalent, utilisationIn } from '../contracts/provisioned.ts'
import { commitmentEnd } from '../contracts/rate-contract.ts'
import { inScope } from '../contracts/scope.ts'
import type { UsageRow } from '../contracts/usage-row.ts'
import type { InvoiceDocument, InvoiceLine } from '../invoices/invoice-document.ts'
import { type FocusRow, focusTime, type FocusVersion } from './focus-row.ts'

/** A usage row with what FOCUS wants to know besides. */
export interface FocusUsage extends UsageRow {
  readonly key: string
  readonly supplier: string
  readonly maker: string
}

export interface CostAndUsageInput {
  readonly version: FocusVersion
  readonly document: InvoiceDocument
  /** The contracts that the month was rated under, each with the days on which it held. */
  readonly contracts: readonly Contract[]
  /** The month's usage as the invoice billed it, priced; rows must be FocusUsage. */
  readonly pieces: readonly (Piece & { readonly row: FocusUsage })[]
  /** Name of a deployment's region, where it has one. */
  readonly regionOf?: (deployment: string) => string | undefined
}

const commonColumns = [
  'BilledCost', 'BillingAccountId', 'BillingAccountName', 'BillingCurrency', 'BillingPeriodEnd', 'BillingPeriodStart', 'CapacityReservationId', 'CapacityReservationStatus', 'ChargeCategory', 'ChargeClass', 'ChargeDescription', 'ChargeFrequency',
  'ChargePeriodEnd', 'ChargePeriodStart', 'CommitmentDiscountCategory', 'CommitmentDiscountId', 'CommitmentDiscountName', 'CommitmentDiscountQuantity', 'CommitmentDiscountStatus', 'CommitmentDiscountType',
  'CommitmentDiscountUnit', 'ConsumedQuantity', 'ConsumedUnit', 'ContractedCost', 'ContractedUnitPrice', 'EffectiveCost', 'InvoiceId', 'InvoiceIssuerName', 'ListCost', 'ListUnitPrice', 'PricingCategory',
  'PricingQuantity', 'PricingUnit', 'RegionId', 'RegionName', 'ResourceId', 'ResourceName', 'ResourceType', 'ServiceCategory', 'ServiceName', 'ServiceSubcategory', 'SkuId', 'SkuMeter', 'SkuPriceDetails', 'SkuPriceId',
  'SubAccountId', 'SubAccountName', 'Tags',
]
const ownColumns = ['x_Deployment', 'x_Meter', 'x_Model', 'x_Tier']

/** Columns of an export, in the order they are written. */
export const costAndUsageColumns = (version: FocusVersion): readonly string[] =>
  [...commonColumns, ...(version === '1.2' ? ['ProviderName', 'PublisherName'] : ['ContractApplied', 'HostProviderName', 'InvoiceDetailId', 'ServiceProviderName'])].sort().concat(ownColumns)

const unitOf = (meter: string): string => {
  switch (meter) {
    case 'web_search_call': case 'file_search_call': return 'Calls'
    case 'code_interpreter_session': return 'Sessions'
    case 'image': return 'Images'
    case 'audio_second': return 'Seconds'
    case 'request': return 'Requests'
    default: return 'Tokens'
  }
}

const text = (value: Decimal): string => formatDecimal(value)

interface Frame {
  readonly input: CostAndUsageInput
  readonly blank: FocusRow
}

/** The contract that a day's rows are under, and its terms as they stood when it began to hold in the month. */
const underOn = ({ contracts }: CostAndUsageInput, day: string): Contract | undefined => contracts.find((contract) => holdsOn(contract, day)) ?? contracts[0]
const monthOfInvoice = ({ document }: CostAndUsageInput): Period => monthPeriod(document.month)
const termsIn = (input: CostAndUsageInput, contract: Contract): Terms => termsOn(contract, heldIn(contract, monthOfInvoice(input))[0]?.from ?? input.document.from)
/** Every provision of the month with its contract. */
const provisions = (input: CostAndUsageInput): readonly { readonly contract: Contract; readonly item: Provisioned }[] =>
  input.contracts.flatMap((contract) => termsIn(input, contract).provisioned.map((item) => ({ contract, item })))

function frameOf(input: CostAndUsageInput): Frame {
  const { document, version } = input
  const empty = Object.fromEntries(costAndUsageColumns(version).map((column) => [column, null])) as Record<string, string | null>
  const seller = document.seller.name
  return {
    input,
    blank: {
      ...empty, BillingAccountId: document.organization, BillingAccountName: document.buyer.name, BillingCurrency: document.currency,
      BillingPeriodStart: focusTime(`${document.month}-01`), BillingPeriodEnd: focusTime(addDays(`${document.month}-28`, 4).slice(0, 8) + '01'),
      ChargePeriodStart: focusTime(document.from), ChargePeriodEnd: focusTime(document.until), InvoiceId: document.number ?? null, InvoiceIssuerName: seller,
      ServiceCategory: 'AI and Machine Learning', ServiceSubcategory: 'Generative AI', ServiceName: 'AI models',
      ...(version === '1.2' ? { ProviderName: seller, PublisherName: seller } : { ServiceProviderName: seller, HostProviderName: seller }),
    },
  }
}

const isCovering = (item: Provisioned | undefined): item is Provisioned => item !== undefined && item.term !== 'hourly'

function commitmentColumns(item: Provisioned, status: 'Used' | 'Unused' | null, quantity: Decimal | undefined): FocusRow {
  return {
    CommitmentDiscountCategory: 'Usage', CommitmentDiscountId: item.id, CommitmentDiscountName: `${item.count} provisioned units of ${item.model}`, CommitmentDiscountStatus: status,
    CommitmentDiscountType: 'Provisioned throughput', CommitmentDiscountQuantity: quantity === undefined ? null : text(quantity), CommitmentDiscountUnit: quantity === undefined ? null : 'Tokens',
  }
}

/** Rows of usage, one for each priced piece of a day. */
function usageRow(frame: Frame, piece: CostAndUsageInput['pieces'][number], effective: Decimal, carrier: Provisioned | undefined): FocusRow {
  const { row, quantity, unitPrice } = piece
  const { document, version } = frame.input
  const contract = underOn(frame.input, row.day)
  // Those that the row draws down: in whose scope and on whose days it is.
  const commitments = contract === undefined ? [] : termsIn(frame.input, contract).commitments.filter((item) => inScope(item, row) && row.day >= item.from && row.day < commitmentEnd(contract, item).until)
  const cost = multiply(quantity, unitPrice)
  const covered = isCovering(carrier)
  const skuId = `${row.model}/${row.meter}/${row.tier}`
  const region = frame.input.regionOf?.(row.deployment)
  const applied = contract === undefined || commitments.length === 0 || isZero(cost) ? null : JSON.stringify({ ContractId: contract.id, ContractCommitments: commitments.map((item) => ({ ContractCommitmentId: item.id, ContractCommitmentAppliedCost: text(cost) })) })
  return {
    ...frame.blank,
    ChargeCategory: 'Usage', ChargeFrequency: 'Usage-Based', ChargeDescription: `${row.model} ${row.meter} (${piece.rule})`, ChargePeriodStart: focusTime(row.day), ChargePeriodEnd: focusTime(addDays(row.day, 1)),
    BilledCost: text(cost), ContractedCost: text(cost), ContractedUnitPrice: text(unitPrice), EffectiveCost: text(effective), ListCost: text(multiply(quantity, row.listUnitPrice)), ListUnitPrice: text(row.listUnitPrice),
    PricingCategory: covered ? 'Committed' : 'Standard', PricingQuantity: text(quantity), PricingUnit: unitOf(row.meter), ConsumedQuantity: text(quantity), ConsumedUnit: unitOf(row.meter),
    ...(covered ? commitmentColumns(carrier, 'Used', quantity) : {}),
    RegionId: region ?? null, RegionName: region ?? null, ResourceId: row.deployment === '' ? null : row.deployment, ResourceName: row.deployment === '' ? null : row.deployment, ResourceType: row.deployment === '' ? null : 'Model deployment',
    SkuId: skuId, SkuMeter: row.meter, SkuPriceId: row.priceRow, SkuPriceDetails: JSON.stringify({ x_Model: row.model, x_Meter: row.meter, x_Tier: row.tier }),
    SubAccountId: row.project, SubAccountName: row.project, Tags: JSON.stringify({ key: row.key, model: row.model, project: row.project }),
    ...(version === '1.2' ? { ProviderName: document.seller.name, PublisherName: row.maker === '' ? document.seller.name : row.maker } : { HostProviderName: row.supplier === '' ? document.seller.name : row.supplier, ContractApplied: applied, InvoiceDetailId: document.number === undefined ? null : `${document.number}/usage` }),
    x_Deployment: row.deployment, x_Meter: row.meter, x_Model: row.model, x_Tier: row.tier,
  }
}

const weightsOf = (item: Provisioned, pieces: readonly Piece[]): readonly Decimal[] => pieces.map(({ row, quantity }) => inputEquivalent(item, row.meter, quantity))

/** Divides what the units cost in the month over what they carried, by input-equivalent tokens; the rest is one Unused row. */
function coveredRows(frame: Frame, contract: Contract, item: Provisioned, pieces: readonly CostAndUsageInput['pieces'][number][], period: Period): readonly FocusRow[] {
  const weights = weightsOf(item, pieces)
  const used = utilisationIn(contract, item, period, sum(weights))
  const parts = isZero(sum(weights)) ? pieces.map(() => zero) : allocate(used.usedCost, weights)
  const unusedCost = subtract(used.cost, sum(parts))
  const rows = pieces.map((piece, index) => usageRow(frame, piece, parts[index] ?? zero, item))
  if (isZero(unusedCost)) return rows
  const unusedQuantity = used.capacity === undefined ? undefined : subtract(used.capacity, used.used)
  return [...rows, {
    ...frame.blank, ...commitmentColumns(item, 'Unused', unusedQuantity === undefined || isNegative(unusedQuantity) ? zero : unusedQuantity),
    ChargeCategory: 'Usage', ChargeFrequency: 'Usage-Based', ChargeDescription: `Unused part of ${item.id}`, BilledCost: '0', ContractedCost: '0', ContractedUnitPrice: '0', ListCost: '0', ListUnitPrice: '0',
    EffectiveCost: text(unusedCost), PricingCategory: 'Committed', PricingQuantity: '0', PricingUnit: 'Tokens', SkuId: `${item.model}/provisioned`, SkuPriceId: `${item.model}/provisioned/${item.term}`, SkuMeter: 'provisioned', x_Model: item.model,
  }]
}

/** Lines of the invoice that are not this month's usage: units bought, discounts, shortfalls, credits, late usage. */
function otherRow(frame: Frame, line: InvoiceLine): FocusRow {
  const { document, version } = frame.input
  const bought = line.kind === 'provisioned' ? provisions(frame.input).filter(({ item }) => line.rule === `provisioned ${item.id}`) : []
  const item = (bought.find(({ contract }) => holdsOn(contract, line.from)) ?? bought[0])?.item
  const covering = isCovering(item)
  const category = line.kind === 'provisioned' ? (covering ? 'Purchase' : 'Usage') : line.kind === 'late-usage' && line.meter !== undefined ? 'Usage' : line.kind === 'credit' || line.kind === 'credit-note' ? 'Credit' : 'Adjustment'
  const priced = category === 'Purchase' || category === 'Usage'
  const hourly = category === 'Usage' && line.kind === 'provisioned'
  const corrected = line.kind === 'late-usage' || line.kind === 'credit-note'
  const unit = line.meter === undefined ? (line.unit === 'unit-hours' ? 'Hours' : 'Units') : unitOf(line.meter)
  const listUnit = line.listUnitPrice ?? line.unitPrice
  return {
    ...frame.blank, ChargeCategory: category, ChargeClass: corrected ? 'Correction' : null, ChargeDescription: line.description, ChargeFrequency: category === 'Purchase' ? 'Recurring' : category === 'Usage' ? 'Usage-Based' : 'One-Time',
    ChargePeriodStart: focusTime(line.from), ChargePeriodEnd: focusTime(line.until), BilledCost: line.exact, ContractedCost: line.exact, EffectiveCost: covering ? '0' : line.exact,
    ListCost: priced ? text(multiply(decimal(line.quantity), decimal(listUnit))) : line.exact, ContractedUnitPrice: priced ? line.unitPrice : null, ListUnitPrice: priced ? listUnit : null,
    PricingCategory: priced ? (covering ? 'Committed' : 'Standard') : null, PricingQuantity: priced ? line.quantity : null, PricingUnit: priced ? unit : null,
    ...((line.kind === 'late-usage' && priced) || hourly ? { ConsumedQuantity: line.quantity, ConsumedUnit: unit } : {}),
    ...(covering ? { ...commitmentColumns(item, null, undefined), CommitmentDiscountQuantity: line.quantity, CommitmentDiscountUnit: 'Units' } : {}),
    ...(priced ? { SkuId: line.meter === undefined ? `${line.model}/provisioned` : `${line.model}/${line.meter}/${line.tier}`, SkuPriceId: line.priceRows[0] ?? `${line.model}/provisioned/${item?.term ?? 'hourly'}`, SkuMeter: line.meter ?? 'provisioned' } : {}),
    ...(line.kind === 'provisioned' && item !== undefined ? { ResourceId: item.id, ResourceName: item.id, ResourceType: 'Provisioned throughput' } : {}),
    ...(line.project === undefined ? {} : { SubAccountId: line.project, SubAccountName: line.project }),
    ...(version === '1.4' ? { InvoiceDetailId: document.number === undefined ? null : `${document.number}/${line.n}` } : {}),
    x_Model: line.model ?? null, x_Meter: line.meter ?? null, x_Tier: line.tier ?? null,
  }
}

/** Digits of the unit-hours that a used part is cut to: the unused part is the rest, so that both products are exact. */
const hourDigits = 6

/** Hours of units that are no commitment: what of them carried tokens, and what stood idle, as a reservation of capacity. */
function hourlyRows(frame: Frame, line: InvoiceLine, contract: Contract, item: Provisioned, pieces: readonly Piece[]): readonly FocusRow[] {
  const period = { from: line.from, until: line.until }
  const carried = pieces.filter(({ row }) => row.day >= period.from && row.day < period.until)
  const { used, capacity } = utilisationIn(contract, item, period, sum(weightsOf(item, carried)))
  const hours = decimal(line.quantity)
  const share = capacity === undefined || isZero(capacity) ? (isZero(used) ? zero : hours) : divideRounded(multiply(hours, compare(used, capacity) > 0 ? capacity : used), capacity, hourDigits)
  const parts = [['Used', share], ['Unused', subtract(hours, share)]] as const
  return parts.filter(([, quantity]) => !isZero(quantity)).map(([status, quantity]) => ({
    ...otherRow(frame, { ...line, quantity: text(quantity), exact: text(multiply(quantity, decimal(line.unitPrice))), description: status === 'Used' ? line.description : `${line.description}, unused part` }),
    CapacityReservationId: item.id, CapacityReservationStatus: status,
  }))
}

function flatRow(frame: Frame, category: 'Tax' | 'Adjustment', description: string, amount: Decimal, detail: string): FocusRow {
  const { document, version } = frame.input
  return {
    ...frame.blank, ChargeCategory: category, ChargeDescription: description, ChargeFrequency: 'One-Time', BilledCost: text(amount), ContractedCost: text(amount), EffectiveCost: text(amount), ListCost: text(amount),
    ...(version === '1.4' ? { InvoiceDetailId: document.number === undefined ? null : `${document.number}/${detail}` } : {}),
  }
}

/** All rows of one invoice, or of one credit note, whose lines are credits that correct. Their BilledCost adds up to its total with taxes, exactly. */
export function costAndUsageRows(input: CostAndUsageInput): readonly FocusRow[] {
  const frame = frameOf(input)
  const { document } = input
  const carriers = provisions(input)
  const carrierOf = (piece: Piece): Provisioned | undefined => carriers.find(({ contract, item }) => piece.rule === `provisioned ${item.id}` && holdsOn(contract, piece.row.day))?.item
  const rows: FocusRow[] = []
  for (const piece of input.pieces) if (!isCovering(carrierOf(piece))) rows.push(usageRow(frame, piece, multiply(piece.quantity, piece.unitPrice), carrierOf(piece)))
  const note = document.kind === 'credit-note'
  // A further invoice of a month, which says why there is one, divides nothing a second time.
  const first = !note && document.reason === undefined
  for (const { contract, item } of first ? carriers.filter((each) => isCovering(each.item)) : []) {
    const held = heldIn(contract, monthOfInvoice(input))
    const period = { from: held[0]?.from ?? document.from, until: held.at(-1)?.until ?? document.until }
    rows.push(...coveredRows(frame, contract, item, input.pieces.filter((piece) => carrierOf(piece) === item), period))
  }
  for (const line of document.lines.filter((each) => note || each.kind !== 'usage')) {
    const hourly = note || line.kind !== 'provisioned' ? undefined : carriers.find(({ contract, item }) => item.term === 'hourly' && line.rule === `provisioned ${item.id}` && holdsOn(contract, line.from))
    if (hourly === undefined) rows.push(otherRow(frame, note ? { ...line, kind: 'credit-note' } : line))
    else rows.push(...hourlyRows(frame, line, hourly.contract, hourly.item, input.pieces.filter((piece) => carrierOf(piece) === hourly.item)))
  }
  for (const tax of document.taxes) if (!isZero(decimal(tax.amount))) rows.push(flatRow(frame, 'Tax', `${tax.name} ${tax.percent} %`, decimal(tax.amount), 'tax'))
  const billed = rows.reduce((total, row) => add(total, decimal(row['BilledCost'] ?? '0')), zero)
  const rounding = subtract(decimal(document.total), billed)
  return isZero(rounding) ? rows : [...rows, flatRow(frame, 'Adjustment', 'Rounding of lines to the minor unit', rounding, 'rounding')]
}

