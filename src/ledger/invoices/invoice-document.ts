/**
 * An invoice as a value: what every form of it (HTML, PDF, CSV, JSON, XML) is written from and what is kept. Amounts are
 * decimal texts. Rules: net = sum of the lines' payables; each tax = net × percent, rounded half to even to the minor
 * unit; total = net + taxes; due = total − prepaid.
 */
import { type Decimal, add, asFraction, decimal, formatDecimal, formatFixed, isZero, multiply, negate, roundHalfEven, subtract, sum, zero } from '../../kernel/decimal.ts'
import type { Period } from '../contracts/calendar.ts'
import { minorDigits } from '../contracts/currency.ts'
import type { Draw } from '../contracts/draw-credits.ts'
import type { Party } from '../contracts/party.ts'
import type { Line } from '../contracts/rate-contract.ts'

export interface InvoiceLine {
  readonly n: number
  readonly kind: Line['kind'] | 'credit' | 'late-usage' | 'credit-note'
  readonly description: string
  readonly project?: string
  readonly costCentre?: string
  readonly model?: string
  readonly meter?: string
  readonly tier?: string
  readonly rule: string
  /** Days covered, end excluded. */
  readonly from: string
  readonly until: string
  readonly quantity: string
  readonly unit: string
  readonly listUnitPrice?: string
  readonly unitPrice: string
  /** quantity × unitPrice, exact. */
  readonly exact: string
  readonly payable: string
  readonly calls: number
  readonly priceRows: readonly string[]
}

export interface InvoiceTax {
  readonly name: string
  readonly category: string
  readonly percent: string
  readonly base: string
  readonly amount: string
  readonly reason?: string
}

/** A contract that a month was rated under, and the days on which it held; no days: all of them. Version zero: list prices. */
export interface HeldUnder {
  readonly contract: string
  readonly version: number
  readonly on: readonly Period[]
}

export interface InvoiceDocument {
  readonly kind: 'invoice' | 'credit-note'
  readonly id: string
  /** Undefined while it is a draft. */
  readonly number?: string
  readonly issuedOn?: string
  readonly dueOn?: string
  readonly corrects?: { readonly number: string; readonly issuedOn: string }
  readonly reason?: string
  readonly month: string
  readonly from: string
  readonly until: string
  readonly currency: string
  readonly organization: string
  readonly contract: string
  readonly contractVersion: number
  /** Where more than one contract held in the month, or one on a part of it: which on which days. */
  readonly heldUnder?: readonly HeldUnder[]
  readonly paymentDays: number
  readonly seller: Party
  readonly buyer: Party
  readonly lines: readonly InvoiceLine[]
  readonly net: string
  /** Sum of the exact amounts, and what rounding left: net + remainder = exact. */
  readonly exact: string
  readonly remainder: string
  readonly taxes: readonly InvoiceTax[]
  readonly tax: string
  readonly total: string
  /** `contract` where it is another than the document's. */
  readonly prepaidDraws: readonly { readonly grant: string; readonly amount: string; readonly contract?: string }[]
  readonly prepaid: string
  readonly due: string
}

const meterNames: Readonly<Record<string, string>> = {
  input: 'input tokens', cached_input: 'cached input tokens', cache_write: 'cache write tokens', cache_write_long: 'long cache write tokens',
  audio_input: 'audio input tokens', image_input: 'image input tokens', output: 'output tokens', reasoning: 'reasoning tokens',
  audio_output: 'audio output tokens', image_output: 'image output tokens', web_search_call: 'web searches', file_search_call: 'file searches',
  code_interpreter_session: 'code interpreter sessions', image: 'images', audio_second: 'seconds of audio', request: 'requests',
}

function describe(line: Line): string {
  switch (line.kind) {
    case 'usage': return `${line.model}, ${meterNames[line.meter ?? ''] ?? line.meter}${line.tier === 'default' || line.tier === '' ? '' : `, ${line.tier}`}${ruleNote(line.rule)}`
    case 'provisioned': return `Provisioned capacity for ${line.model} (${line.rule.replace('provisioned ', '')})`
    case 'spend-discount': return `Discount by spend (${line.rule})`
    case 'minimum-shortfall': return 'Shortfall to the monthly minimum'
    case 'commitment-shortfall': return `Shortfall to ${line.rule}`
  }
}

function ruleNote(rule: string): string {
  if (rule === 'list') return ''
  if (rule.startsWith('allowance')) return ' (free allowance)'
  if (rule.startsWith('provisioned')) return ' (carried by provisioned capacity)'
  if (rule.startsWith('discount')) return ' (discounted)'
  if (rule.startsWith('price')) return ' (contract price)'
  return ` (${rule})`
}

/** A rated line in its printed form. */
export const invoiceLine = (line: Line, n: number, buyer: Party, currency: string): InvoiceLine => ({
  n,
  kind: line.kind,
  description: describe(line),
  ...(line.project === undefined ? {} : { project: line.project }),
  ...(line.project === undefined || buyer.costCentres[line.project] === undefined ? {} : { costCentre: buyer.costCentres[line.project] ?? '' }),
  ...(line.model === undefined ? {} : { model: line.model }),
  ...(line.meter === undefined ? {} : { meter: line.meter }),
  ...(line.tier === undefined ? {} : { tier: line.tier }),
  rule: line.rule, from: line.from, until: line.until,
  quantity: formatDecimal(line.quantity), unit: line.unit,
  ...(line.listUnitPrice === undefined ? {} : { listUnitPrice: formatDecimal(line.listUnitPrice) }),
  unitPrice: formatDecimal(line.unitPrice), exact: formatDecimal(line.amount), payable: formatFixed(roundHalfEven(line.payable, minorDigits(currency))),
  calls: line.calls, priceRows: line.priceRows,
})

/** A draw of a grant of one of the contracts that an invoice is under. */
export interface ContractDraw extends Draw {
  readonly contract: string
}

export interface InvoiceParts {
  readonly kind: 'invoice' | 'credit-note'
  readonly id: string
  readonly month: string
  readonly from: string
  readonly until: string
  readonly currency: string
  readonly organization: string
  readonly contract: string
  readonly contractVersion: number
  readonly heldUnder?: readonly HeldUnder[]
  readonly paymentDays: number
  readonly seller: Party
  readonly buyer: Party
  readonly lines: readonly InvoiceLine[]
  readonly draws: readonly ContractDraw[]
  readonly corrects?: { readonly number: string; readonly issuedOn: string }
  readonly reason?: string
}

/** Adds up an invoice; the only place that does. */
export function composeInvoice(parts: InvoiceParts): InvoiceDocument {
  const digits = minorDigits(parts.currency)
  const fixed = (value: Decimal): string => formatFixed(roundHalfEven(value, digits))
  const net = sum(parts.lines.map((line) => decimal(line.payable)))
  const exact = sum(parts.lines.map((line) => decimal(line.exact)))
  const { tax } = parts.buyer
  const rate = decimal(tax.percent)
  const amount = roundHalfEven(multiply(net, asFraction(rate)), digits)
  const total = add(net, amount)
  const prepaid = sum(parts.draws.map((draw) => draw.amount))
  const { draws, ...rest } = parts
  return {
    ...rest,
    net: fixed(net), exact: formatDecimal(exact), remainder: formatDecimal(subtract(exact, net)),
    taxes: [{ name: tax.name, category: tax.category, percent: formatDecimal(rate), base: fixed(net), amount: fixed(amount), ...(tax.reason === undefined ? {} : { reason: tax.reason }) }],
    tax: fixed(amount), total: fixed(total),
    prepaidDraws: draws.map(({ grant, amount: drawn, contract }) => ({ grant, amount: fixed(drawn), ...(contract === parts.contract ? {} : { contract }) })),
    prepaid: fixed(prepaid), due: fixed(subtract(total, prepaid)),
  }
}

/** The prepaid credit that may pay an invoice of these lines: its total with tax. */
export function totalWithTax(lines: readonly InvoiceLine[], buyer: Party, currency: string): Decimal {
  const net = sum(lines.map((line) => decimal(line.payable)))
  const rate = decimal(buyer.tax.percent)
  return add(net, roundHalfEven(multiply(net, asFraction(rate)), minorDigits(currency)))
}

export interface Subtotal { readonly name: string; readonly payable: string; readonly calls: number }

export interface Tally {
  readonly add: (line: InvoiceLine) => void
  /** In the order of names. */
  readonly rows: () => readonly Subtotal[]
}

/** Adds payables up by a member of the lines, one line after the other. */
export function tally(currency: string, of: (line: InvoiceLine) => string | undefined): Tally {
  const sums = new Map<string, { payable: Decimal; calls: number }>()
  const digits = minorDigits(currency)
  return {
    add: (line) => {
      const name = of(line) ?? 'not assigned'
      const known = sums.get(name) ?? { payable: zero, calls: 0 }
      sums.set(name, { payable: add(known.payable, decimal(line.payable)), calls: known.calls + line.calls })
    },
    rows: () => [...sums].map(([name, { payable, calls }]) => ({ name, payable: formatFixed(roundHalfEven(payable, digits)), calls })).sort((a, b) => a.name.localeCompare(b.name)),
  }
}

/** Payables added up by a member of the lines: model, project, cost centre, meter. */
export function subtotals(document: InvoiceDocument, of: (line: InvoiceLine) => string | undefined): readonly Subtotal[] {
  const sums = tally(document.currency, of)
  document.lines.forEach(sums.add)
  return sums.rows()
}

/** The same lines with the opposite sign: the body of a full credit note. */
export const negatedLines = (lines: readonly InvoiceLine[]): readonly InvoiceLine[] =>
  lines.map((line) => {
    const flip = (text: string): string => { const value = decimal(text); return isZero(value) ? text : formatFixed(negate(value)) }
    return { ...line, quantity: flip(line.quantity), exact: flip(line.exact), payable: flip(line.payable), calls: -line.calls }
  })
