/** What a supplier should charge under its contract: the booked usage of its days, priced piece by piece as for a customer. */
import { type Decimal, add, multiply, zero } from '../../kernel/decimal.ts'
import type { Sql } from '../../store/store.ts'
import { monthOf, monthPeriod, monthsOf } from '../contracts/calendar.ts'
import { contractsIn } from '../contracts/contract-store.ts'
import { priceMonth } from '../contracts/price-usage.ts'
import { supplierUsage } from '../contracts/supplier-usage.ts'
import { undated } from './bill.ts'
import type { Booked } from './match-bill.ts'

/**
 * Expected sums by day: under the contract that holds on the day, at list price where none does. Undefined where no
 * contract holds at all, or one in another currency than the bill's: list prices are all that can be compared then.
 * Spend tiers, minimums and units bought are charges of the month, not of a day, and are not among them.
 */
export async function expectedByDay(sql: Sql, supplier: string, from: string, until: string, currency: string): Promise<readonly Booked[] | undefined> {
  const sums = new Map<string, { booked: Booked; amount: Decimal; quantity: Decimal; estimated: Decimal }>()
  let signed = false
  for (const part of monthsOf({ from, until })) {
    const holding = await contractsIn(sql, supplier, 'supplier', monthOf(part.from), currency)
    if (holding.some(({ contract }) => contract.currency !== currency)) return undefined
    signed ||= holding.some(({ version }) => version > 0)
    const usage = (await supplierUsage(sql, supplier, { from: monthPeriod(monthOf(part.from)).from, until: part.until })).filter((row) => row.currency === currency)
    for (const { row, quantity, unitPrice } of holding.flatMap(({ contract }) => priceMonth(contract, monthOf(part.from), usage))) {
      if (row.day < part.from) continue
      const key = [row.day, row.model, row.deployment, row.meter].join('|')
      const sum = sums.get(key) ?? { booked: { day: row.day, model: undated(row.model), deployment: row.deployment, meter: row.meter, quantity: zero, amount: zero, estimated: zero }, amount: zero, quantity: zero, estimated: zero }
      sums.set(key, sum)
      sum.amount = add(sum.amount, multiply(quantity, unitPrice))
      sum.quantity = add(sum.quantity, quantity)
      if (row.estimated !== undefined) sum.estimated = add(sum.estimated, quantity)
    }
  }
  if (!signed) return undefined
  return [...sums.values()].map(({ booked, amount, quantity, estimated }) => ({ ...booked, amount, quantity, estimated }))
}
