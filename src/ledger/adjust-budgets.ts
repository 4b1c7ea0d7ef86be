/**
 * What budgets are changed by once more is known than at admission: a supplier's bill, a price or a contract that came
 * late. Periods that are over stay as they are. In an open one the change counts at once: less gives room back, more takes
 * it, and where more is due than the limit allows, nothing further is admitted.
 */
import { type Clock, isoTime } from '../kernel/clock.ts'
import { type Decimal, add, roundUp, zero } from '../kernel/decimal.ts'
import type { Sql } from '../store/store.ts'

/** Something that was used, by whom and when, and how much more (or less) it costs than was charged. */
export interface Recharge {
  readonly organization: string
  /** Undefined: nothing but the organization is known. */
  readonly project?: string
  readonly key?: string
  /** Milliseconds of the dial. */
  readonly at: number
  readonly currency: string
  readonly amount: Decimal
}

export interface Adjusted {
  /** Budget periods changed. */
  readonly changed: number
  /** Budget periods that the use fell into and that are over. */
  readonly closed: number
}

const periods = ['day', 'month', 'total'] as const

const accountsOf = ({ organization, project, key }: Recharge): readonly string[] => [
  `organization/${organization}`, ...(project === undefined ? [] : [`project/${organization}/${project}`]), ...(key === undefined ? [] : [`key/${key}`]),
].flatMap((account) => periods.map((period) => `${account}/${period}`))

interface Met extends Record<string, unknown> { readonly n: number; readonly budget: string; readonly period: string; readonly open: boolean }

/** Budget periods that each use was charged to: those that had a lease before it, in its currency. */
async function periodsMet(sql: Sql, clock: Clock, uses: readonly Recharge[]): Promise<readonly Met[]> {
  const asked = uses.flatMap((use, n) => accountsOf(use).map((budget) => ({ n, budget, at: use.at, currency: use.currency })))
  return sql<Met>(`
    SELECT a.n, b.budget, b.period, (b.ends_ms IS NULL OR b.ends_ms > $2) AS open
    FROM jsonb_to_recordset($1::jsonb) AS a(n integer, budget text, at float8, currency text)
    JOIN budget_period b ON b.budget = a.budget AND b.currency = a.currency
      AND CASE WHEN b.period = 'total' THEN true ELSE a.at >= extract(epoch FROM b.period::timestamptz) * 1000 AND a.at < b.ends_ms END
    WHERE EXISTS (SELECT 1 FROM lease l WHERE l.budget = b.budget AND l.period = b.period AND extract(epoch FROM l.opened_at) * 1000 <= a.at + $3)`,
  [JSON.stringify(asked), clock.now(), slackMs])
}

/** Clocks of nodes and database may differ by so much, and a use may be known to the minute only. */
const slackMs = 61_000

/**
 * Changes the budgets that these uses were charged to. `id` names the reason once and for all: the same again changes
 * nothing. Runs in the caller's transaction.
 */
export async function adjustBudgets(sql: Sql, clock: Clock, id: string, reason: string, uses: readonly Recharge[]): Promise<Adjusted> {
  if (uses.length === 0) return { changed: 0, closed: 0 }
  const sums = new Map<string, { readonly budget: string; readonly period: string; readonly open: boolean; amount: Decimal }>()
  for (const met of await periodsMet(sql, clock, uses)) {
    const key = `${met.budget}\n${met.period}`
    const known = sums.get(key) ?? { budget: met.budget, period: met.period, open: met.open, amount: zero }
    known.amount = add(known.amount, uses[met.n]?.amount ?? zero)
    sums.set(key, known)
  }
  const ordered = [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum)
  const open = ordered.filter((sum) => sum.open && sum.amount.coefficient !== 0n)
  const [row] = await sql<{ changed: number }>('SELECT budget_adjust($1, $2, $3, $4::text[], $5::text[], $6::numeric[]) AS changed',
    [isoTime(clock.now()), id, reason, open.map((sum) => sum.budget), open.map((sum) => sum.period), open.map((sum) => String(picosOf(sum.amount)))])
  return { changed: row?.changed ?? 0, closed: ordered.filter((sum) => !sum.open).length }
}

/** A budget never counts less than is due. */
const picosOf = (amount: Decimal): bigint => roundUp(amount, 12).coefficient
