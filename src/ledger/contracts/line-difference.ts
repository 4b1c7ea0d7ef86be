/**
 * What changes between two ratings of one period: a contract that came late, a price that was corrected, usage that
 * arrived after the bill. The lines of the difference are lines of their own, to be billed or credited in the open period;
 * what was issued stays as it was. The same rating twice makes no difference.
 */
import { type Decimal, add, isZero, negate, roundHalfEven, subtract, zero } from '../../kernel/decimal.ts'
import { minorDigits } from './currency.ts'
import type { Line, RatedPeriod } from './rate-contract.ts'

export interface Difference {
  readonly lines: readonly Line[]
  readonly total: Decimal
  readonly exact: Decimal
  readonly remainder: Decimal
}

const plain = (value: Decimal): string => {
  let { coefficient, scale } = value
  while (scale > 0 && coefficient % 10n === 0n) { coefficient /= 10n; scale -= 1 }
  return `${coefficient}/${scale}`
}

const keyOf = (line: Line): string => JSON.stringify([line.kind, line.rule, line.project, line.model, line.meter, line.tier, line.unit, line.from.slice(0, 7), plain(line.unitPrice), line.listUnitPrice === undefined ? '' : plain(line.listUnitPrice)])

/** Lines whose quantity grew are charged, lines whose quantity fell are taken back; payables are the differences of payables. */
export function lineDifference(before: Pick<RatedPeriod, 'lines' | 'currency'>, after: RatedPeriod): Difference {
  const digits = minorDigits(after.currency)
  const earlier = new Map(before.lines.map((line) => [keyOf(line), line]))
  const lines: Line[] = []
  for (const line of after.lines) {
    const was = earlier.get(keyOf(line))
    earlier.delete(keyOf(line))
    const quantity = was === undefined ? line.quantity : subtract(line.quantity, was.quantity)
    if (isZero(quantity)) continue
    lines.push({ ...line, quantity, amount: subtract(line.amount, was?.amount ?? zero), payable: subtract(line.payable, was?.payable ?? zero), calls: line.calls - (was?.calls ?? 0) })
  }
  for (const line of earlier.values()) {
    lines.push({ ...line, quantity: negate(line.quantity), amount: negate(line.amount), payable: negate(line.payable), calls: -line.calls })
  }
  const sumOf = (of: (line: Line) => Decimal): Decimal => lines.reduce((sum, line) => add(sum, of(line)), zero)
  const total = roundHalfEven(sumOf((line) => line.payable), digits)
  const exact = sumOf((line) => line.amount)
  return { lines, total, exact, remainder: subtract(exact, total) }
}
