/**
 * Budgets that were charged a full hold because no usage came: once the bill says what was due, they are charged that. An
 * attempt on which a bill of attempts is silent cost nothing; a bill by days divides what it says over the holds of the day.
 */
import { type Decimal, add, compare, decimal, divideRounded, formatDecimal, fromPicos, isZero, multiply, subtract, sum, zero } from '../../kernel/decimal.ts'
import type { Sql } from '../../store/store.ts'
import type { Recharge } from '../adjust-budgets.ts'
import { dayStart } from '../contracts/calendar.ts'
import { undated } from './bill.ts'
import type { VarianceKind } from './match-bill.ts'
import type { Report } from './reconcile.ts'

interface Held extends Record<string, unknown> {
  readonly at_ms: string
  readonly day: string
  readonly attempt: string
  readonly organization: string
  readonly project: string
  readonly key: string
  readonly model: string
  readonly deployment: string
  readonly source: 'estimated' | 'absent'
  readonly currency: string
  readonly cost: string | null
  readonly charge: string
  /** What an earlier true-up made of the charge; null where none has. */
  readonly due: string | null
}

/** Under which kind of variance a bill's word on these attempts stands. */
const kindOf = (held: Held): VarianceKind => (held.source === 'estimated' ? 'estimated' : 'cancelled')

async function heldIn(sql: Sql, { supplier, from, until, currency }: Report): Promise<readonly Held[]> {
  const dayNumber = (day: string): number => dayStart(day) / 86_400_000
  return sql<Held>(`
    SELECT a.at_ms, to_char(DATE '1970-01-01' + a.day, 'YYYY-MM-DD') AS day, a.call || '/' || a.n AS attempt, a.organization, a.project, a.key, a.model, a.deployment, a.source, a.currency, a.cost, a.charge, d.due
    FROM attempt a LEFT JOIN trued_up_attempt d ON d.attempt = a.call || '/' || a.n
    WHERE a.supplier = $1 AND a.day >= $2 AND a.day < $3 AND a.currency = $4 AND a.billable <> 'no' AND a.source <> 'reported' AND a.charge > 0 ORDER BY a.day, a.call, a.n`,
  [supplier, dayNumber(from), dayNumber(until), currency])
}

const costOf = (held: Held): Decimal => decimal(held.cost ?? '0')
const chargeOf = (held: Held): Decimal => fromPicos(BigInt(held.charge))

/** What is to be charged for attempts of one group and kind in place of their holds; undefined where the bill left it open. */
function dueFor(group: readonly Held[], variances: Report['variances'], kinds: readonly VarianceKind[]): Decimal | undefined {
  const kind = group[0] === undefined ? undefined : kindOf(group[0])
  if (kind === undefined || !kinds.includes(kind)) return undefined
  if (variances.some((item) => item.kind === 'unexplained' || item.kind === 'timing')) return undefined
  const said = sum(variances.filter((item) => item.kind === kind).map((item) => decimal(item.amount)))
  const due = add(sum(group.map(costOf)), said)
  return compare(due, zero) < 0 ? zero : due
}

/** What an attempt is charged from now on. */
export interface Due { readonly attempt: string; readonly amount: Decimal }

export interface Recharges { readonly recharges: readonly Recharge[]; readonly dues: readonly Due[] }

/** How each attempt's charge changes by a bill whose variances of these kinds are accepted; an earlier true-up's word counts as its charge. */
export async function rechargesOf(sql: Sql, report: Report, kinds: readonly VarianceKind[]): Promise<Recharges> {
  const place = (item: { readonly day: string; readonly model?: string; readonly deployment?: string; readonly attempt?: string }): string =>
    report.by === 'attempt' ? item.attempt ?? '' : [item.day, undated(item.model ?? ''), report.by === 'deployment' ? item.deployment ?? '' : ''].join('\n')
  const said = Map.groupBy(report.variances, place)
  const groups = Map.groupBy(await heldIn(sql, report), (held) => `${held.source}\n${place(held)}`)
  const each = [...groups.values()].flatMap((group) => {
    const [first] = group
    const due = first === undefined ? undefined : dueFor(group, said.get(place(first)) ?? [], kinds)
    if (due === undefined) return []
    const held = sum(group.map(chargeOf))
    return group.map((one) => ({ one, due: isZero(held) ? zero : divideRounded(multiply(due, chargeOf(one)), held, 18) }))
  })
  return {
    dues: each.map(({ one, due }) => ({ attempt: one.attempt, amount: due })),
    recharges: each.map(({ one, due }): Recharge => ({
      organization: one.organization, project: one.project, key: one.key, at: Number(one.at_ms), currency: one.currency, amount: subtract(due, one.due === null ? chargeOf(one) : decimal(one.due)),
    })).filter((one) => !isZero(one.amount)),
  }
}

/** Keeps what attempts are charged now, for the next bill that speaks of them. */
export async function recordDues(sql: Sql, supplier: string, dues: readonly Due[]): Promise<void> {
  if (dues.length === 0) return
  await sql(`INSERT INTO trued_up_attempt (supplier, attempt, due) SELECT $1, * FROM unnest($2::text[], $3::numeric[]) ON CONFLICT (attempt) DO UPDATE SET due = excluded.due`,
    [supplier, dues.map((due) => due.attempt), dues.map((due) => formatDecimal(due.amount))])
}
