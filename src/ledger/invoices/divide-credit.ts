/**
 * What a new rating lowers, divided over the invoices that billed it: the first of a month, further ones, and those of later
 * months that it came late onto. Lines of one project, model, meter and tier stay together where one invoice billed them; where
 * several did, each gets its part as a sum, the latest first. No invoice gets back more than is left of it.
 */
import { type Decimal, add, compare, decimal, formatDecimal, formatFixed, isNegative, isZero, negate, roundHalfEven, subtract, sum, zero } from '../../kernel/decimal.ts'
import { minorDigits } from '../contracts/currency.ts'
import type { InvoiceLine } from './invoice-document.ts'

/** An invoice with lines of the month. */
export interface Billing {
  readonly invoice: string
  /** Of the month that is rated again; with those of notes against the invoice. */
  readonly lines: readonly InvoiceLine[]
  /** What can be credited yet, before tax. */
  readonly left: Decimal
}

export interface CreditPart { readonly invoice: string; readonly lines: readonly InvoiceLine[] }

const groupOf = ({ project, model, meter, tier, rule }: InvoiceLine): string => JSON.stringify([project, model, meter, tier, meter === undefined ? rule : undefined])
const netOf = (lines: readonly InvoiceLine[]): Decimal => sum(lines.map((line) => decimal(line.payable)))
const lesser = (a: Decimal, b: Decimal): Decimal => (compare(a, b) < 0 ? a : b)

interface Share { readonly invoice: string; readonly amount: Decimal }

/** Takes `due` from invoices, from each no more than `limit` says and is left of it. */
function take(due: Decimal, billings: readonly Billing[], left: Map<string, Decimal>, limit: (billing: Billing) => Decimal): { readonly shares: readonly Share[]; readonly rest: Decimal } {
  const shares: Share[] = []
  let rest = due
  for (const billing of billings) {
    const amount = lesser(rest, lesser(left.get(billing.invoice) ?? zero, limit(billing)))
    if (compare(amount, zero) <= 0) continue
    shares.push({ invoice: billing.invoice, amount })
    left.set(billing.invoice, subtract(left.get(billing.invoice) ?? zero, amount))
    rest = subtract(rest, amount)
  }
  return { shares, rest }
}

/** The lines of a group on one invoice of several: one sum; what the group's rounding leaves stands with the last. */
function partLines(lines: readonly InvoiceLine[], shares: readonly Share[], currency: string): readonly CreditPart[] {
  const [first] = lines
  if (first === undefined) return []
  let exactLeft = sum(lines.map((line) => decimal(line.exact)))
  const { listUnitPrice: _, ...rest } = first
  return shares.map(({ invoice, amount }, index) => {
    const exact = index === shares.length - 1 ? exactLeft : negate(amount)
    exactLeft = subtract(exactLeft, exact)
    const line: InvoiceLine = {
      ...rest, kind: 'credit-note', description: `${first.model ?? first.description}${first.meter === undefined ? '' : `, ${first.meter}`}: its part of what was rated again`, rule: 'rated again',
      quantity: '-1', unit: 'credit', unitPrice: formatDecimal(negate(exact)), exact: formatDecimal(exact), payable: formatFixed(roundHalfEven(negate(amount), minorDigits(currency))), calls: 0,
    }
    return { invoice, lines: [line] }
  })
}

/** A note gives something back: parts that would not stand with the one that gives back most. */
function merged(parts: Map<string, readonly InvoiceLine[]>): readonly CreditPart[] {
  for (;;) {
    const ordered = [...parts].toSorted(([, a], [, b]) => compare(netOf(a), netOf(b)))
    const [most, last] = [ordered[0], ordered.at(-1)]
    if (most === undefined || last === undefined || most === last || isNegative(netOf(last[1]))) return ordered.map(([invoice, lines]) => ({ invoice, lines: lines.map((line, index) => ({ ...line, n: index + 1 })) }))
    parts.delete(last[0])
    parts.set(most[0], [...most[1], ...last[1]])
  }
}

/**
 * The lines by the invoice that is to be credited with them; undefined where all of the invoices have less left than is to be
 * given back. `billings`: the latest first, at least one; the lines come to less than zero.
 */
export function divideCredit(lines: readonly InvoiceLine[], billings: readonly Billing[], currency: string): readonly CreditPart[] | undefined {
  const left = new Map(billings.map((billing) => [billing.invoice, billing.left]))
  const billed = (billing: Billing, group: string): Decimal => netOf(billing.lines.filter((line) => groupOf(line) === group))
  const parts = new Map<string, readonly InvoiceLine[]>()
  const put = ({ invoice, lines: own }: CreditPart): void => { parts.set(invoice, [...parts.get(invoice) ?? [], ...own]) }
  // What is charged more makes room first.
  const groups = [...Map.groupBy(lines, groupOf)].toSorted(([, a], [, b]) => compare(netOf(b), netOf(a)))
  for (const [group, own] of groups) {
    const net = netOf(own)
    if (!isNegative(net)) {
      const invoice = billings.toSorted((a, b) => compare(billed(b, group), billed(a, group)))[0]?.invoice ?? ''
      left.set(invoice, add(left.get(invoice) ?? zero, net))
      put({ invoice, lines: own })
      continue
    }
    const where = take(negate(net), billings, left, (billing) => billed(billing, group))
    const elsewhere = take(where.rest, billings, left, () => where.rest)
    if (!isZero(elsewhere.rest)) return undefined
    const shares = [...Map.groupBy([...where.shares, ...elsewhere.shares], (share) => share.invoice)].map(([invoice, each]) => ({ invoice, amount: sum(each.map((share) => share.amount)) }))
    if (shares.length === 1) put({ invoice: shares[0]?.invoice ?? '', lines: own })
    else partLines(own, shares, currency).forEach(put)
  }
  return merged(parts)
}
