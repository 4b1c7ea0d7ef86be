/**
 * Budgets that were charged a full hold because no usage came: once the bill says what was due, they are charged that. An
 * attempt on which a bill of attempts is silent cost nothing; a bill by days divides what it says over the holds of the day.
 */
import { type Decimal, add, compare, decimal, divideRounded, fromPicos, isZero, multiply, subtract, sum, zero } from '../../kernel/decimal.ts'
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
}

/** Under which kind of variance a bill's word on these attempts stands. */
const kindOf = (held: Held): VarianceKind => (held.source === 'estimated' ? 'estimated' : 'cancelled')

async function heldIn(sql: Sql, { supplier, from, until, currency }: Report): Promise<readonly Held[]> {
  const dayNumber = (day: string): number => dayStart(day) / 86_400_000
  return sql<Held>(`
    SELECT at_ms, to_char(DATE '1970-01-01' + day, 'YYYY-MM-DD') AS day, call || '/' || n AS attempt, organization, project, key, model, deployment, source, currency, cost, charge
    FROM attempt WHERE supplier = $1 AND day >= $2 AND day < $3 AND currency = $4 AND billable <> 'no' AND source <> 'reported' AND charge > 0 ORDER BY day, call, n`,
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

/** How each attempt's charge changes by a bill whose variances of these kinds are accepted. */
export async function rechargesOf(sql: Sql, report: Report, kinds: readonly VarianceKind[]): Promise<readonly Recharge[]> {
  const place = (item: { readonly day: string; readonly model?: string; readonly deployment?: string; readonly attempt?: string }): string =>
    report.by === 'attempt' ? item.attempt ?? '' : [item.day, undated(item.model ?? ''), report.by === 'deployment' ? item.deployment ?? '' : ''].join('\n')
  const said = Map.groupBy(report.variances, place)
  const groups = Map.groupBy(await heldIn(sql, report), (held) => `${held.source}\n${place(held)}`)
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    const due = first === undefined ? undefined : dueFor(group, said.get(place(first)) ?? [], kinds)
    if (due === undefined) return []
    const held = sum(group.map(chargeOf))
    return group.map((each): Recharge => ({
      organization: each.organization, project: each.project, key: each.key, at: Number(each.at_ms), currency: each.currency,
      amount: subtract(isZero(held) ? zero : divideRounded(multiply(due, chargeOf(each)), held, 18), chargeOf(each)),
    }))
  })
}
