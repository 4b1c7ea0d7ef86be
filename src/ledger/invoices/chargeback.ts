/**
 * An invoice divided over the buyer's cost centres, to the cent: usage by its project; units bought ahead over the usage
 * they carried, at list price; discounts by spend, credits and shortfalls over all that came before. The parts add up to
 * the invoice's net.
 */
import { type Decimal, absolute, add, decimal, formatFixed, isZero, multiply, roundHalfEven, sum, zero } from '../../kernel/decimal.ts'
import { minorDigits } from '../contracts/currency.ts'
import { allocate } from '../contracts/provisioned.ts'
import type { InvoiceDocument, InvoiceLine } from './invoice-document.ts'

export interface CostCentrePart {
  /** Undefined: projects without a cost centre. */
  readonly costCentre: string | undefined
  readonly usage: string
  readonly provisioned: string
  /** Discounts by spend, credits, shortfalls. */
  readonly shared: string
  readonly total: string
}

type Column = 'usage' | 'provisioned' | 'shared'
interface Part { usage: Decimal; provisioned: Decimal; shared: Decimal; list: Decimal }

const listOf = (line: InvoiceLine): Decimal => absolute(multiply(decimal(line.quantity), decimal(line.listUnitPrice ?? line.unitPrice)))
const totalOf = (part: Part): Decimal => add(add(part.usage, part.provisioned), part.shared)

/** @returns one part a cost centre, in the order of their names; those without one last. */
export function chargeback(document: InvoiceDocument): readonly CostCentrePart[] {
  const digits = minorDigits(document.currency)
  const parts = new Map<string, Part>()
  const partOf = (line: { readonly costCentre?: string }): Part => {
    const key = line.costCentre ?? ''
    const part = parts.get(key) ?? { usage: zero, provisioned: zero, shared: zero, list: zero }
    parts.set(key, part)
    return part
  }
  const spread = (line: InvoiceLine, column: Column, weights: ReadonlyMap<Part, Decimal>): void => {
    const bearers = [...weights]
    if (bearers.every(([, weight]) => isZero(weight))) {
      const part = partOf({})
      part[column] = add(part[column], decimal(line.payable))
      return
    }
    allocate(decimal(line.payable), bearers.map(([, weight]) => weight), digits).forEach((amount, index) => {
      const part = bearers[index]?.[0]
      if (part !== undefined) part[column] = add(part[column], amount)
    })
  }
  const own = document.lines.filter((line) => line.project !== undefined)
  for (const line of own) {
    const part = partOf(line)
    part.usage = add(part.usage, decimal(line.payable))
    part.list = add(part.list, listOf(line))
  }
  const others = document.lines.filter((line) => line.project === undefined)
  for (const line of others.filter((each) => each.kind === 'provisioned')) {
    const carried = own.filter((each) => each.rule === line.rule)
    spread(line, 'provisioned', new Map([...Map.groupBy(carried, partOf)].map(([part, lines]) => [part, sum(lines.map(listOf))])))
  }
  const before = new Map([...parts.values()].map((part) => [part, absolute(totalOf(part))]))
  for (const line of others.filter((each) => each.kind !== 'provisioned')) spread(line, 'shared', before)
  const fixed = (value: Decimal): string => formatFixed(roundHalfEven(value, digits))
  return [...parts].toSorted(([a], [b]) => (a === '' ? 1 : b === '' ? -1 : a < b ? -1 : 1)).map(([key, part]) => ({
    costCentre: key === '' ? undefined : key, usage: fixed(part.usage), provisioned: fixed(part.provisioned), shared: fixed(part.shared), total: fixed(totalOf(part)),
  }))
}
