/**
 * Which contract holds on which day of a month: the one whose term the day lies in; of several, the one that begins last;
 * of none, list price. Every day of the month has exactly one, so every row is priced by exactly one. A contract that holds
 * on a part of the month only has `heldOn`, and its monthly rules follow: minimum and allowances by the days held, bands of
 * tiers whole, commitments and bought units by their own dates (docs/decisions/2026-11-28-months-held-in-part.md).
 */
import { addDays, eachDay, monthPeriod, type Period } from './calendar.ts'
import { type Contract, contractSchema, holdsOn } from './contract.ts'

export interface StoredContract {
  readonly contract: Contract
  /** Zero for list prices: nobody signed them. */
  readonly version: number
}

/** What holds for a party that signed nothing: list prices, no more and no less. */
export const listContract = (party: string, currency: string, side: 'customer' | 'supplier' = 'customer'): StoredContract => ({
  version: 0,
  contract: contractSchema.parse({ id: `list/${party}`, party, side, currency, term: { from: '1970-01-01' } }),
})

/** Consecutive days as periods. */
function spansOf(days: readonly string[]): readonly Period[] {
  const spans: Period[] = []
  for (const day of days) {
    const last = spans.at(-1)
    const until = addDays(day, 1)
    if (last?.until === day) spans[spans.length - 1] = { from: last.from, until }
    else spans.push({ from: day, until })
  }
  return spans
}

/**
 * The contracts of a month in the order of their first days, list prices where none holds. One that holds on every day
 * comes back as it is. `currency` is that of list prices where there is no contract at all.
 */
export function cover(contracts: readonly StoredContract[], month: string, party: string, currency: string): readonly StoredContract[] {
  const ordered = contracts.toSorted((a, b) => a.contract.term.from.localeCompare(b.contract.term.from) || a.contract.id.localeCompare(b.contract.id))
  const list = listContract(party, ordered.at(-1)?.contract.currency ?? currency, ordered.at(-1)?.contract.side)
  const owned = Map.groupBy(eachDay(monthPeriod(month)), (day) => ordered.findLast(({ contract }) => holdsOn(contract, day)) ?? list)
  if (owned.size === 1) return [...owned.keys()]
  return [...owned].map(([{ contract, version }, days]) => ({ version, contract: { ...contract, heldOn: spansOf(days) } }))
}

/** The contract that an invoice of these is under: of those that were signed, the one that begins last. */
export const mainOf = (parts: readonly StoredContract[]): StoredContract => {
  const signed = parts.filter((part) => part.version > 0)
  const main = (signed.length === 0 ? parts : signed).toSorted((a, b) => a.contract.term.from.localeCompare(b.contract.term.from)).at(-1)
  if (main === undefined) throw new Error('no contract and no list prices: cover() gives at least one')
  return main
}
