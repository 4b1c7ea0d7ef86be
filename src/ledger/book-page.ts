/** What a page of rated attempts adds to the books, summed up in memory so that the database sees few and big statements. */
import { add, decimal, multiply, negate, zero, type Decimal } from '../kernel/decimal.ts'
import type { Counts, Meter } from '../kernel/meters.ts'
import type { BudgetUse } from '../journal/record.ts'
import type { Pair } from './journal-page.ts'
import type { RatedAttempt } from './rate-attempt.ts'

export const minuteMs = 60_000
export const dayMs = 86_400_000

/** One transaction stands for all lines of one account path, price row and minute in one page (DESIGN.md, Database). */
export interface UsageTransaction {
  readonly organization: string
  readonly project: string
  readonly key: string
  readonly supplier: string
  readonly maker: string
  readonly model: string
  readonly deployment: string
  readonly meter: Meter
  readonly tier: string
  readonly source: string
  readonly currency: string
  readonly minute: number
  readonly priceRow: string
  readonly unitPrice: Decimal
  quantity: Decimal
  attempts: number
}

/** Sums lines to transactions, in the order of first appearance: the same page makes the same transactions. */
export function transactionsOf(rated: readonly RatedAttempt[]): readonly UsageTransaction[] {
  const sums: UsageTransaction[] = []
  // Two steps, so that the long key of the path is made and hashed once an attempt, not once a line.
  const paths = new Map<string, Map<string, UsageTransaction>>()
  for (const { attempt, outcome, lines, supplier, maker, tier, currency } of rated) {
    if (lines.length === 0) continue
    const minute = Math.floor(attempt.at / minuteMs)
    const path = `${attempt.organization}\n${attempt.project}\n${attempt.key}\n${attempt.model}\n${attempt.deployment}\n${supplier}\n${maker}\n${tier}\n${outcome.source}\n${minute}`
    let rows = paths.get(path)
    if (rows === undefined) paths.set(path, rows = new Map())
    for (const line of lines) {
      const key = `${line.meter}\n${line.priceRow}`
      const sum = rows.get(key)
      if (sum === undefined) {
        const fresh = {
          organization: attempt.organization, project: attempt.project, key: attempt.key, supplier, maker, model: attempt.model, deployment: attempt.deployment, meter: line.meter, tier,
          source: outcome.source, currency, minute, priceRow: line.priceRow, unitPrice: line.unitPrice, quantity: decimal(line.quantity), attempts: 1,
        }
        rows.set(key, fresh)
        sums.push(fresh)
      } else {
        sum.quantity = add(sum.quantity, decimal(line.quantity))
        sum.attempts += 1
      }
    }
  }
  return sums
}

export interface Account {
  readonly id: string
  readonly kind: 'receivable' | 'revenue' | 'cost' | 'payable'
  readonly organization?: string
  readonly project?: string
  readonly supplier?: string
  readonly maker?: string
}

export interface Entry {
  readonly transaction: string
  readonly account: Account
  readonly currency: string
  /** Positive is debit. */
  readonly amount: Decimal
}

/**
 * The four entries of used service at list price: what the organization owes against revenue, and what it cost against
 * what we owe the supplier. Contracts change both sides later, by corrections.
 */
export function entriesOf(transaction: string, used: UsageTransaction): readonly Entry[] {
  const amount = multiply(used.quantity, used.unitPrice)
  const { organization, project, supplier, maker, currency } = used
  const buyer = { organization, project }
  const seller = { supplier, maker }
  const entries: readonly Entry[] = [
    { transaction, currency, amount, account: { id: `receivable/${organization}/${project}`, kind: 'receivable', ...buyer } },
    { transaction, currency, amount: negate(amount), account: { id: `revenue/${organization}/${project}`, kind: 'revenue', ...buyer } },
    { transaction, currency, amount, account: { id: `cost/${supplier}/${maker}`, kind: 'cost', ...seller } },
    { transaction, currency, amount: negate(amount), account: { id: `payable/${supplier}/${maker}`, kind: 'payable', ...seller } },
  ]
  return entries
}

export interface UsageRow {
  readonly key: string
  readonly minute: number
  readonly dims: readonly (string | undefined)[]
  readonly sums: Record<UsageSum, number>
  cost: Decimal
}

export const usageDims = ['organization', 'project', 'key', 'purpose', 'model', 'deployment', 'supplier', 'maker', 'operation', 'tier', 'currency'] as const
export const usageSums = [
  'calls', 'attempts', 'reported', 'estimated', 'absent', 'input', 'cached_input', 'cache_write', 'audio_input', 'output', 'reasoning', 'audio_output', 'pieces',
] as const
export type UsageSum = (typeof usageSums)[number]

/** What a call counts as: what its last attempt says. A call whose last attempt cannot have been billed counts as none of the three. */
function classOf({ outcome }: Pair): 'reported' | 'estimated' | 'absent' | undefined {
  if (!outcome.last || (outcome.source === 'absent' && outcome.billable === 'no')) return undefined
  return outcome.source
}

const piecesOf = (counts: Counts): number => (counts.images ?? 0) + (counts.webSearchCalls ?? 0) + (counts.fileSearchCalls ?? 0) + (counts.codeInterpreterSessions ?? 0)

/** Rollups by the minute of the dial. */
export function usageOf(rated: readonly RatedAttempt[]): readonly UsageRow[] {
  const rows = new Map<string, UsageRow>()
  for (const each of rated) {
    const { attempt, outcome, supplier, maker, tier, currency } = each
    const minute = Math.floor(attempt.at / minuteMs)
    const dims = [attempt.organization, attempt.project, attempt.key, attempt.purpose, attempt.model, attempt.deployment, supplier, maker, attempt.operation, tier, currency]
    const key = `${minute}\n${dims.join('\n')}`
    let row = rows.get(key)
    if (row === undefined) {
      row = { key, minute, dims, cost: zero, sums: { calls: 0, attempts: 0, reported: 0, estimated: 0, absent: 0, input: 0, cached_input: 0, cache_write: 0, audio_input: 0, output: 0, reasoning: 0, audio_output: 0, pieces: 0 } }
      rows.set(key, row)
    }
    const { sums } = row
    const counts = outcome.counts ?? {}
    const kind = classOf(each)
    if (kind !== undefined) sums[kind] += 1
    if (outcome.last) sums.calls += 1
    sums.attempts += 1
    sums.input += counts.input ?? 0
    sums.cached_input += counts.cachedInput ?? 0
    sums.cache_write += (counts.cacheWrite ?? 0) + (counts.cacheWriteLong ?? 0)
    sums.audio_input += counts.audioInput ?? 0
    sums.output += counts.output ?? 0
    sums.reasoning += counts.reasoning ?? 0
    sums.audio_output += counts.audioOutput ?? 0
    sums.pieces += piecesOf(counts)
    if (each.cost !== undefined) row.cost = add(row.cost, each.cost)
  }
  return [...rows.values()]
}

export interface BudgetCharge extends BudgetUse {
  charge: bigint
  /** What went beyond the holds. */
  overrun: bigint
}

/** Charges by budget, period and lease, in the order in which the database takes its locks. */
export function chargesOf(pairs: readonly Pair[]): readonly BudgetCharge[] {
  const sums = new Map<string, BudgetCharge>()
  for (const { attempt, outcome } of pairs) {
    const charge = BigInt(outcome.charge)
    if (charge === 0n) continue
    const hold = BigInt(attempt.hold)
    for (const use of attempt.budgets) {
      const key = `${use.budget}\n${use.period}\n${use.epoch ?? ''}`
      const sum = sums.get(key) ?? { ...use, charge: 0n, overrun: 0n }
      sums.set(key, sum)
      sum.charge += charge
      if (charge > hold) sum.overrun += charge - hold
    }
  }
  return [...sums.values()].toSorted((a, b) => order(a.budget, b.budget) || order(a.period, b.period) || order(a.epoch ?? '', b.epoch ?? ''))
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The rated lines as the call's row keeps them: prices are immutable, so the row's id says the rest. */
export const linesText = ({ lines }: RatedAttempt): string => lines.map((line) => `${line.meter} ${line.quantity} ${line.priceRow}`).join(';') || '-'
