/** A statement as its maker reads it: the same sums, without who the customers are and what each of them used. */
import { add, decimal, formatDecimal } from '../../kernel/decimal.ts'
import type { StatementDocument, StatementLine } from './compose-statement.ts'

const sumOf = (a: string, b: string): string => formatDecimal(add(decimal(a), decimal(b)))

/** Lines of several customers that are alike become one; amounts add up to what they did before. */
export function withoutCustomers(document: StatementDocument): StatementDocument {
  const lines = new Map<string, StatementLine>()
  for (const { organization: _, keys: { month, calls }, description: told, ...rest } of document.lines) {
    const line = { ...rest, description: told.replace(/(\(changed since its statement) by .*\)$/, '$1)') }
    const alike = JSON.stringify([line.direction, line.kind, line.of, line.description, line.model, line.asset, line.rate])
    const before = lines.get(alike)
    lines.set(alike, before === undefined
      ? { ...line, n: lines.size + 1, keys: { month, priceRows: [], invoices: [], calls } }
      : { ...before, base: sumOf(before.base, line.base), exact: sumOf(before.exact, line.exact), payable: sumOf(before.payable, line.payable), keys: { ...before.keys, calls: before.keys.calls + calls } })
  }
  return { ...document, lines: [...lines.values()] }
}
