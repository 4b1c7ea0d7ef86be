/** Usage and cost by time and any dimension, read from the rollup of minutes. */
import { decimal, type Decimal } from '../kernel/decimal.ts'
import type { Row, Store } from '../store/store.ts'

export const usageDimensions = ['organization', 'project', 'key', 'purpose', 'model', 'deployment', 'supplier', 'maker', 'operation', 'tier'] as const
export type UsageDimension = (typeof usageDimensions)[number]

export interface UsageQuery {
  /** Milliseconds; whole minutes count. Undefined: since the beginning, until now. */
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
  /** Undefined: one figure for the whole time. */
  readonly bucketMinutes?: number
  readonly groupBy: readonly UsageDimension[]
  /** Allowed values. `project` is `organization/project`. */
  readonly only: Readonly<Partial<Record<UsageDimension, readonly string[] | undefined>>>
}

export interface UsageFigure {
  /** Milliseconds; 0 without buckets. */
  readonly bucketStart: number
  /** Values of the dimensions that were grouped by. */
  readonly dimensions: Readonly<Partial<Record<UsageDimension, string | null>>>
  readonly currency: string
  /** Calls, by what their last attempt's usage came from; those that cannot have been billed are in `calls` alone. */
  readonly calls: number
  readonly attempts: number
  readonly reported: number
  readonly estimated: number
  readonly absent: number
  readonly input: number
  readonly cachedInput: number
  readonly cacheWrite: number
  readonly audioInput: number
  readonly output: number
  readonly reasoning: number
  readonly audioOutput: number
  readonly cost: Decimal
}

const minuteMs = 60_000

/** Conditions and values for a table with the columns of the rollup. */
function conditionsOf(query: Pick<UsageQuery, 'fromMs' | 'toMs' | 'only'>): { readonly where: string; readonly values: unknown[] } {
  const values: unknown[] = []
  const bind = (value: unknown): string => `$${values.push(value)}`
  const conditions = ['true']
  if (query.fromMs !== undefined) conditions.push(`minute >= ${bind(Math.floor(query.fromMs / minuteMs))}`)
  if (query.toMs !== undefined) conditions.push(`minute < ${bind(Math.ceil(query.toMs / minuteMs))}`)
  for (const dimension of usageDimensions) {
    const allowed = query.only[dimension]
    if (allowed !== undefined) conditions.push(`${expression[dimension] ?? dimension} = ANY(${bind(allowed)}::text[])`)
  }
  return { where: conditions.join(' AND '), values }
}

const expression: Readonly<Partial<Record<UsageDimension, string>>> = { project: "(organization || '/' || project)" }

const bucketOf = (bucketMinutes: number | undefined): string => (bucketMinutes === undefined ? '0' : `(minute / ${Math.floor(bucketMinutes)}) * ${Math.floor(bucketMinutes)}`)

interface SumRow extends Row {
  readonly bucket: string
  readonly currency: string
  readonly cost: string
}

export async function usageFigures(store: Store, query: UsageQuery): Promise<readonly UsageFigure[]> {
  const { where, values } = conditionsOf(query)
  const dims = query.groupBy.map((dimension) => `${expression[dimension] ?? dimension} AS ${dimension}_value`)
  const sums = ['calls', 'attempts', 'reported', 'estimated', 'absent', 'input', 'cached_input', 'cache_write', 'audio_input', 'output', 'reasoning', 'audio_output', 'cost']
  const rows = await store.query<SumRow>('admin', `SELECT ${[`${bucketOf(query.bucketMinutes)} AS bucket`, ...dims, 'currency', ...sums.map((sum) => `sum(${sum}) AS ${sum}`)].join(', ')}
    FROM usage_minute WHERE ${where} GROUP BY ${Array.from({ length: dims.length + 2 }, (_, index) => index + 1).join(', ')}
    ORDER BY ${Array.from({ length: dims.length + 2 }, (_, index) => index + 1).join(', ')}`, values)
  return rows.map((row) => {
    const count = (name: string): number => Number(row[name] ?? 0)
    return {
      bucketStart: Number(row.bucket) * minuteMs, currency: row.currency, cost: decimal(row.cost),
      dimensions: Object.fromEntries(query.groupBy.map((dimension) => [dimension, row[`${dimension}_value`] ?? null])),
      calls: count('calls'), attempts: count('attempts'), reported: count('reported'), estimated: count('estimated'), absent: count('absent'), input: count('input'), cachedInput: count('cached_input'),
      cacheWrite: count('cache_write'), audioInput: count('audio_input'), output: count('output'), reasoning: count('reasoning'), audioOutput: count('audio_output'),
    }
  })
}
