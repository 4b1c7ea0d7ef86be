/** Sums over rows of usage, exact and per currency. */
import { compare, sum } from './decimal.ts'
import type { Answer } from './api.ts'

export type UsageRow = Answer<'GET /admin/v1/usage'>['data'][number]

export interface Spend {
  readonly currency: string
  readonly cost: string
}

/** Per currency, the largest first; amounts of different currencies are never added. */
export function spendOf(rows: readonly Pick<UsageRow, 'cost' | 'currency'>[]): readonly Spend[] {
  const groups = Map.groupBy(rows, (row) => row.currency)
  return [...groups].map(([currency, inIt]) => ({ currency, cost: sum(inIt.map((row) => row.cost)) })).toSorted((a, b) => compare(b.cost, a.cost))
}

export const mainCurrency = (rows: readonly Pick<UsageRow, 'cost' | 'currency'>[]): string => spendOf(rows)[0]?.currency ?? 'USD'

export interface Group {
  readonly name: string
  readonly cost: string
  readonly calls: number
  readonly attempts: number
  readonly input: number
  readonly cached: number
  readonly output: number
  readonly reasoning: number
  readonly estimated: number
  readonly absent: number
}

const add = (rows: readonly UsageRow[], name: (row: UsageRow) => number): number => rows.reduce((total, row) => total + name(row), 0)

/** Rows of one currency, gathered by a name, the dearest first. */
export function groupsOf(rows: readonly UsageRow[], nameOf: (row: UsageRow) => string): readonly Group[] {
  return [...Map.groupBy(rows, nameOf)].map(([name, own]) => ({
    name, cost: sum(own.map((row) => row.cost)), calls: add(own, (row) => row.calls), attempts: add(own, (row) => row.attempts), input: add(own, (row) => row.input_tokens), cached: add(own, (row) => row.cached_input_tokens),
    output: add(own, (row) => row.output_tokens), reasoning: add(own, (row) => row.reasoning_tokens), estimated: add(own, (row) => row.estimated_calls), absent: add(own, (row) => row.absent_calls),
  })).toSorted((a, b) => compare(b.cost, a.cost) || b.calls - a.calls)
}

/** Every start of a bucket from the first to the last, so that quiet times show as zero and not as a straight line. */
export function bucketTimes(from: number, to: number, bucket: 'hour' | 'day'): readonly number[] {
  const step = bucket === 'hour' ? 3_600_000 : 86_400_000
  const first = Math.floor(from / step) * step
  return Array.from({ length: Math.max(1, Math.min(1_000, Math.floor((to - 1 - first) / step) + 1)) }, (_, index) => first + index * step)
}
