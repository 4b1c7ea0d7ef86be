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

/** Lines by what they stand for; those alike, as two contracts of one month may have them, are one. */
function byKey(lines: readonly Line[]): Map<string, Line> {
  const found = new Map<string, Line>()
  for (const line of lines) {
    const key = keyOf(line)
    const known = found.get(key)
    found.set(key, known === undefined ? line : { ...line, from: known.from, quantity: add(known.quantity, line.quantity), amount: add(known.amount, line.amount), payable: add(known.payable, line.payable), calls: known.calls + line.calls })
  }
  return found
}

type Rated = Pick<RatedPeriod, 'lines' | 'currency'>

/** Lines whose quantity grew are charged, lines whose quantity fell are taken back; payables are the differences of payables. */
export function lineDifference(before: Rated, after: Rated): Difference {
  const digits = minorDigits(after.currency)
  const earlier = byKey(before.lines)
  const lines: Line[] = []
  for (const [key, line] of byKey(after.lines)) {
    const was = earlier.get(key)
    earlier.delete(key)
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
