/** FOCUS 1.4's datasets beside Cost and Usage: Invoice Detail, Billing Period, Contract Commitment. */
import { type Decimal, decimal, divideRounded, formatDecimal, isZero, negate, sum } from '../../kernel/decimal.ts'
import { monthPeriod } from '../contracts/calendar.ts'
import { type Contract, termsOn, termPeriod } from '../contracts/contract.ts'
import { commitmentEnd } from '../contracts/rate-contract.ts'
import type { InvoiceDocument } from '../invoices/invoice-document.ts'
import { type FocusRow, focusInstant, focusTime } from './focus-row.ts'

export const invoiceDetailColumns = ['BilledCost', 'BillingAccountId', 'BillingCurrency', 'BillingPeriodEnd', 'BillingPeriodStart', 'ChargeCategory', 'InvoiceDetailCreated', 'InvoiceDetailDescription', 'InvoiceDetailGrain', 'InvoiceDetailId', 'InvoiceDetailLastUpdated', 'InvoiceId', 'InvoiceIssueDate', 'InvoiceIssueStatus', 'InvoiceIssuerName', 'PaymentDueDate', 'PaymentTerms', 'PurchaseOrderNumber', 'ReferenceInvoiceId'] as const

/** One row a line of the invoice, one for this month's usage as a whole, one for taxes: the ids that Cost and Usage refer to. */
export function invoiceDetailRows(document: InvoiceDocument, status: 'issued' | 'paid' | 'void', issuedAt: string): readonly FocusRow[] {
  const { from, until } = monthPeriod(document.month)
  const number = document.number ?? document.id
  const row = (id: string, category: string, description: string, cost: string, grain: Readonly<Record<string, string>>): FocusRow => ({
    BilledCost: cost, BillingAccountId: document.organization, BillingCurrency: document.currency, BillingPeriodStart: focusTime(from), BillingPeriodEnd: focusTime(until), ChargeCategory: category,
    InvoiceDetailCreated: focusInstant(issuedAt), InvoiceDetailLastUpdated: focusInstant(issuedAt), InvoiceDetailDescription: description, InvoiceDetailGrain: JSON.stringify(grain), InvoiceDetailId: id, InvoiceId: number,
    InvoiceIssueDate: document.issuedOn === undefined ? null : focusTime(document.issuedOn), InvoiceIssueStatus: status === 'void' ? 'Voided' : 'Issued', InvoiceIssuerName: document.seller.name,
    PaymentDueDate: document.dueOn === undefined ? null : focusTime(document.dueOn), PaymentTerms: `${document.paymentDays} days net`, PurchaseOrderNumber: document.buyer.purchaseOrder ?? null, ReferenceInvoiceId: document.corrects?.number ?? number,
  })
  const note = document.kind === 'credit-note'
  const usage = note ? [] : document.lines.filter((line) => line.kind === 'usage')
  const exact = formatDecimal(sum(usage.map((line) => decimal(line.exact))))
  const rows: FocusRow[] = usage.length === 0 ? [] : [row(`${number}/usage`, 'Usage', `Usage of ${document.month}`, exact, { ChargeCategory: 'Usage' })]
  for (const line of document.lines) {
    if (!note && line.kind === 'usage') continue
    const category = note ? 'Credit' : line.kind === 'provisioned' ? (line.unit === 'unit-hours' ? 'Usage' : 'Purchase') : line.kind === 'late-usage' && line.meter !== undefined ? 'Usage' : line.kind === 'credit' || line.kind === 'credit-note' ? 'Credit' : 'Adjustment'
    rows.push(row(`${number}/${line.n}`, category, line.description, line.exact, { Line: String(line.n) }))
  }
  if (!isZero(decimal(document.tax))) rows.push(row(`${number}/tax`, 'Tax', 'Taxes', document.tax, { ChargeCategory: 'Tax' }))
  const remainder = decimal(document.remainder)
  if (!isZero(remainder)) rows.push(row(`${number}/rounding`, 'Adjustment', 'Rounding of lines to the minor unit', formatDecimal(negate(remainder)), { ChargeCategory: 'Adjustment' }))
  return rows
}

export const billingPeriodColumns = ['BillingPeriodCreated', 'BillingPeriodEnd', 'BillingPeriodLastUpdated', 'BillingPeriodStart', 'BillingPeriodStatus', 'InvoiceIssuerName'] as const

export function billingPeriodRow(month: string, issuer: string, closed: boolean, lastUpdated: string): FocusRow {
  const { from, until } = monthPeriod(month)
  return { BillingPeriodCreated: focusTime(from), BillingPeriodStart: focusTime(from), BillingPeriodEnd: focusTime(until), BillingPeriodLastUpdated: focusInstant(lastUpdated), BillingPeriodStatus: closed ? 'Closed' : 'Open', InvoiceIssuerName: issuer }
}

export const contractCommitmentColumns = [
  'BillingCurrency', 'ContractCommitmentApplicability', 'ContractCommitmentBenefitCategory', 'ContractCommitmentCategory', 'ContractCommitmentCost', 'ContractCommitmentCreated', 'ContractCommitmentDescription', 'ContractCommitmentDiscountPercentage',
  'ContractCommitmentDurationType', 'ContractCommitmentFulfillmentInterval', 'ContractCommitmentId', 'ContractCommitmentLastUpdated', 'ContractCommitmentLifecycleStatus', 'ContractCommitmentModel', 'ContractCommitmentOfferCategory',
  'ContractCommitmentPaymentInterval', 'ContractCommitmentPaymentModel', 'ContractCommitmentPeriodEnd', 'ContractCommitmentPeriodStart', 'ContractCommitmentQuantity', 'ContractCommitmentType', 'ContractCommitmentUnit', 'ContractId',
  'ContractPeriodEnd', 'ContractPeriodStart', 'InvoiceIssuerName', 'ServiceProviderName',
] as const

interface CommitmentFacts {
  readonly id: string
  readonly category: 'Spend' | 'Usage'
  readonly type: string
  readonly description: string
  readonly from: string
  readonly until: string
  readonly cost: Decimal | undefined
  readonly quantity?: string
  readonly unit?: string
  readonly interval: string
  readonly paymentInterval: string
  readonly paymentModel: string
  readonly benefit: string
  readonly models: readonly string[] | undefined
}

const dayOfText = (value: string): string => value.slice(0, 10)

function factsOf(contract: Contract, today: string): readonly CommitmentFacts[] {
  const terms = termsOn(contract, today)
  const term = termPeriod(contract)
  const facts: CommitmentFacts[] = terms.commitments.map((item) => ({ id: item.id, category: 'Spend', type: 'Committed spend', description: `Committed spend of ${item.amount} ${contract.currency}`, from: item.from, until: commitmentEnd(contract, item).until, cost: decimal(item.amount), interval: 'Full Period', paymentInterval: 'Monthly', paymentModel: 'No Upfront', benefit: 'Discount', models: item.models }))
  if (terms.minimum !== undefined) facts.push({ id: `${contract.id}/minimum`, category: 'Spend', type: 'Monthly minimum', description: `At least ${terms.minimum.amount} ${contract.currency} a month`, from: term.from, until: term.until, cost: decimal(terms.minimum.amount), interval: 'Monthly', paymentInterval: 'Monthly', paymentModel: 'No Upfront', benefit: 'Discount', models: undefined })
  for (const item of terms.provisioned) {
    const upfront = item.term === 'monthly' || (item.term === 'yearly' && item.payment === 'upfront')
    facts.push({
      id: item.id, category: 'Usage', type: 'Provisioned throughput', description: `${item.count} units of ${item.model}, ${item.term}`, from: dayOfText(item.from), until: item.until === undefined ? term.until : dayOfText(item.until),
      cost: { coefficient: decimal(item.unitPrice).coefficient * BigInt(item.count), scale: decimal(item.unitPrice).scale }, quantity: String(item.count), unit: 'Units', interval: item.term === 'hourly' ? 'Hourly' : item.term === 'monthly' ? 'Monthly' : 'Annual',
      paymentInterval: item.term === 'yearly' && upfront ? 'Annual' : 'Monthly', paymentModel: upfront ? 'All Upfront' : 'No Upfront', benefit: 'Availability', models: [item.model],
    })
  }
  return facts
}

/** Commitments of a contract as they stand on a day. `changedAt`: when its version was recorded, RFC 3339. */
export function contractCommitmentRows(contract: Contract, issuer: string, today: string, changedAt: string): readonly FocusRow[] {
  const term = termPeriod(contract)
  return factsOf(contract, today).map((item): FocusRow => {
    const months = divideRounded(decimal(Math.max(0, (Date.parse(item.until) - Date.parse(item.from)) / 86_400_000)), decimal('30.44'), 0)
    return {
      BillingCurrency: contract.currency, ContractCommitmentApplicability: JSON.stringify({ models: item.models ?? ['*'] }), ContractCommitmentBenefitCategory: item.benefit, ContractCommitmentCategory: item.category,
      ContractCommitmentCost: item.cost === undefined ? null : formatDecimal(item.cost), ContractCommitmentCreated: focusInstant(changedAt), ContractCommitmentLastUpdated: focusInstant(changedAt), ContractCommitmentDescription: item.description,
      ContractCommitmentDiscountPercentage: null, ContractCommitmentDurationType: item.until > '9998' ? 'Open-ended' : `${formatDecimal(months)} Months`, ContractCommitmentFulfillmentInterval: item.interval, ContractCommitmentId: item.id,
      ContractCommitmentLifecycleStatus: today < item.from ? 'Pending' : today >= item.until ? 'Expired' : 'Active', ContractCommitmentModel: 'Continuous', ContractCommitmentOfferCategory: item.category === 'Usage' ? 'Public' : 'Negotiated',
      ContractCommitmentPaymentInterval: item.paymentInterval, ContractCommitmentPaymentModel: item.paymentModel, ContractCommitmentPeriodStart: focusTime(item.from), ContractCommitmentPeriodEnd: focusTime(item.until),
      ContractCommitmentQuantity: item.quantity ?? null, ContractCommitmentType: item.type, ContractCommitmentUnit: item.unit ?? null, ContractId: contract.id, ContractPeriodStart: focusTime(term.from), ContractPeriodEnd: focusTime(term.until),
      InvoiceIssuerName: issuer, ServiceProviderName: issuer,
    }
  })
}
