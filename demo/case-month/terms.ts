/**
 * What was agreed in the case's month. The figures of the case stand in demo/case.json; contracts, shares, prices of units
 * and the cluster are assumed by us, so that every kind of term occurs at least once.
 */
import { type Decimal, decimal, formatDecimal, multiply } from '../../src/kernel/decimal.ts'
import { addMonths, monthPeriod } from '../../src/ledger/contracts/calendar.ts'

/** One stream of a customer's traffic. */
export interface Stream {
  readonly project: string
  readonly model: string
  readonly deployment: string
  /** Share of the customer's list amount, in percent. */
  readonly percent: number
}

export interface Customer {
  readonly id: string
  readonly rank: number
  /** Before tax, what the month's invoice comes to. */
  readonly target: Decimal
  readonly streams: readonly Stream[]
  readonly contract: Readonly<Record<string, unknown>>
  /** Taken off the target before usage is sought: a shortfall fills it up. */
  readonly shortPercent: number
  readonly party: Readonly<Record<string, unknown>>
}

export interface Scale {
  readonly month: string
  /** 1 is the case; 0.001 is a thousandth of it, terms included. */
  readonly scale: Decimal
}

export const maker = 'maker'
export const asset = 'cluster'

/** Whole units at the case's size; where fewer than one were left, one unit stands for its part. */
function units({ scale }: Scale, count: number, price: string, tokensPerMinute: string): Readonly<Record<string, unknown>> {
  const scaled = multiply(decimal(count), scale)
  const whole = Number(formatDecimal(scaled))
  if (Number.isInteger(whole)) return { count: whole, unitPrice: price, tokensPerMinute }
  return { count: 1, unitPrice: formatDecimal(multiply(scaled, decimal(price))), tokensPerMinute: formatDecimal(multiply(scaled, decimal(tokensPerMinute))) }
}

const money = ({ scale }: Scale, amount: string): string => formatDecimal(multiply(decimal(amount), scale))

// Months run into one set of books one after the other: what a month grants or commits is named by it, so that each month
// comes to the case's figures by itself.

/** The largest customer: units, a free allowance, a negotiated price, discounts by model and by spend, a commitment, credits. */
function buyerTerms(of: Scale): Readonly<Record<string, unknown>> {
  const year = of.month.slice(0, 4)
  return {
    prices: [{ models: ['gpt-4.1-mini'], meters: ['output'], perMillion: '1.5' }],
    discounts: [{ models: ['gpt-4.1'], percent: '7' }, { percent: '5' }],
    allowances: [{ id: 'search', models: ['gpt-4.1-mini'], meters: ['input'], quantity: money(of, '50000000000') }],
    spendTiers: [{ id: 'spend', kind: 'graduated', bands: [{ upTo: money(of, '5000000'), discountPercent: '0' }, { upTo: money(of, '15000000'), discountPercent: '3' }, { discountPercent: '6' }] }],
    minimum: { amount: money(of, '15000000') },
    commitments: [{ id: 'year', amount: money(of, '200000000'), from: `${year}-01-01`, until: addMonths(`${year}-01-01`, 12), whenSuspended: 'pause' }],
    credits: [
      { id: `prepaid-${of.month}`, amount: money(of, '1000000'), from: `${year}-01-01`, expires: addMonths(`${of.month}-01`, 3), order: 1, whenSuspended: 'pause' },
      { id: `launch-${of.month}`, amount: money(of, '250000'), from: `${of.month}-01`, expires: addMonths(`${of.month}-01`, 1), order: 2, paid: false },
    ],
    // 3,000 input tokens a minute a unit, output counts fourfold, 260 dollars a month (economics.md 2.2 and 2.5).
    provisioned: [{ id: 'units', model: 'gpt-4.1', deployments: ['maker/gpt-4.1-units'], term: 'monthly', from: `${year}-01-01`, outputWeight: '4', ...units(of, 20_000, '260', '3000') }],
    paymentDays: 45,
    creditLimit: money(of, '90000000'),
  }
}

const main = (model: string, percent = 100): Stream => ({ project: 'main', model, deployment: `maker/${model}`, percent })

export const buyerStreams: readonly Stream[] = [
  { project: 'feed', model: 'gpt-4.1', deployment: 'maker/gpt-4.1-units', percent: 19 },
  { project: 'feed', model: 'gpt-4.1', deployment: 'maker/gpt-4.1', percent: 51 },
  { project: 'search', model: 'gpt-4.1-mini', deployment: 'maker/gpt-4.1-mini', percent: 18 },
  { project: 'assistant', model: 'gpt-4o', deployment: 'maker/gpt-4o', percent: 12 },
]

interface Deal { readonly streams: readonly Stream[]; readonly terms: (of: Scale, target: Decimal) => Readonly<Record<string, unknown>>; readonly shortPercent?: number }

/** Contracts of the next largest; who comes after them pays list price, less a little up to the thirtieth. */
const deals: readonly Deal[] = [
  { streams: [main('gpt-4.1', 70), main('gpt-4o-mini', 30)], terms: () => ({ discounts: [{ percent: '8' }], paymentDays: 60 }) },
  { streams: [main('gpt-4.1')], shortPercent: 4, terms: (_, target) => ({ discounts: [{ percent: '6' }], minimum: { amount: formatDecimal(target) } }) },
  { streams: [main('gpt-4o-mini')], terms: (of) => ({ quantityTiers: [{ id: 'volume', meters: ['input'], kind: 'volume', bands: [{ upTo: money(of, '1000000000000'), perMillion: '0.15' }, { perMillion: '0.135' }] }] }) },
  { streams: [main('gpt-4o')], terms: (of) => ({ quantityTiers: [{ id: 'steps', meters: ['output'], kind: 'graduated', bands: [{ upTo: money(of, '50000000000'), discountPercent: '0' }, { upTo: money(of, '100000000000'), discountPercent: '5' }, { discountPercent: '12' }] }] }) },
  { streams: [main('gpt-4.1')], shortPercent: 3, terms: ({ month }, target) => ({ discounts: [{ percent: '5' }], commitments: [{ id: `month-${month}`, amount: formatDecimal(target), ...monthPeriod(month), whenSuspended: 'run' }] }) },
  { streams: [main('gpt-4.1-mini')], terms: (of) => ({ discounts: [{ percent: '3' }], credits: [{ id: `card-${of.month}`, amount: money(of, '2000000'), from: `${of.month}-01`, expires: addMonths(`${of.month}-01`, 12) }], paymentDays: 14 }) },
]

function dealOf(rank: number, id: string): Deal {
  const own = deals[rank - 1]
  if (own !== undefined) return own
  const model = ['gpt-4.1', 'gpt-4o', 'gpt-4.1-mini', 'gpt-4o-mini'][rank % 4] ?? 'gpt-4.1'
  return { streams: [main(model)], terms: () => (rank <= 30 ? { discounts: [{ percent: String(1 + (Number(id.slice(-1)) % 3)) }] } : {}) }
}

const address = (rank: number): Readonly<Record<string, unknown>> => ({ street: `${rank} Market Street`, city: 'Newtown', postalCode: '10000', electronicAddress: { scheme: '0204', value: `991-00000-${String(rank).padStart(2, '0')}` }, buyerReference: `PO-${rank}` })

/** A seventh of the customers are billed with tax. */
const taxOf = (rank: number): Readonly<Record<string, unknown>> => (rank % 7 === 3 ? { country: 'DE', vatId: `DE${String(100_000_000 + rank)}`, tax: { name: 'VAT', category: 'S', percent: '19' } } : { country: 'US' })

export function customerOf(of: Scale, rank: number, id: string, target: Decimal): Customer {
  const deal: Deal = rank === 0 ? { streams: buyerStreams, terms: buyerTerms } : dealOf(rank, id)
  return {
    id, rank, target, streams: deal.streams, shortPercent: deal.shortPercent ?? 0,
    contract: { id: `${id}-contract`, party: id, side: 'customer', currency: 'USD', term: { from: `${of.month.slice(0, 4)}-01-01` }, terms: deal.terms(of, target) },
    party: { name: rank === 0 ? 'Buyer' : `Customer ${id.replace('client-', '')}`, ...address(rank), ...taxOf(rank), ...(rank === 0 ? { costCentres: { feed: '4711', search: '4712', assistant: '4713' } } : {}) },
  }
}

export const seller: Readonly<Record<string, unknown>> = {
  name: 'Cloud', street: '1 Cloud Way', city: 'Redtown', postalCode: '98000', country: 'US', vatId: 'US000000001', registration: '0001', email: 'billing@cloud.example',
  contact: 'Billing', phone: '+1 555 0100', iban: 'DE02120300000000202051', electronicAddress: { scheme: '0204', value: '991-11111-11' },
}

/** What the cloud owes the maker of its sales, and what the maker owes for machines. */
export function agreementOf(of: Scale, share: string): Readonly<Record<string, unknown>> {
  const year = of.month.slice(0, 4)
  const days = { from: `${year}-01-01`, until: addMonths(`${year}-01-01`, 12) }
  return {
    id: 'maker-agreement', maker, currency: 'USD', term: { from: days.from },
    shares: [{ models: ['gpt-4o'], percent: share, floorPerMillionTokens: '0.80' }, { models: ['gpt-4.1-mini'], percent: '25' }, { percent: share }],
    passThrough: [{ models: ['gpt-4o-mini'], percentOfList: '30' }],
    minimumGuarantee: { amount: money(of, '150000000'), ...days },
    compute: [{ asset, perGpuHour: '2.95' }],
    computeCredits: [{ id: `research-${of.month}`, amount: money(of, '1500000'), ...days }],
  }
}

/** The cluster: 285 million dollars over five years, ten thousand GPUs of which five percent of the hours are maintenance. */
export const assetOf = (of: Scale): Readonly<Record<string, unknown>> => ({
  id: asset, name: 'Supercomputer', currency: 'USD', cost: money(of, '285000000'), inServiceOn: `${of.month.slice(0, 4)}-01-01`, lifeMonths: 60,
  gpus: Math.max(1, Math.round(Number(formatDecimal(multiply(decimal(10_000), of.scale))))), availability: '0.95', operatingPerMonth: money(of, '2400000'),
})
