/**
 * A difference of a day that is exactly what one call used: the bill lacks that call, or has one more just like it. Told only
 * where every meter of the day's group fits, so that it is no guess by size.
 */
import { type Decimal, formatDecimal, isNegative, isZero, negate, subtract, zero } from '../../kernel/decimal.ts'
import type { Sql } from '../../store/store.ts'
import { dayStart } from '../contracts/calendar.ts'
import type { Variance } from './match-bill.ts'

/** Calls that one call of these quantities can be; at most so many are named. */
export interface OneCall { readonly calls: readonly string[]; readonly callsInAll: number }

export interface Told {
  readonly variances: readonly Variance[]
  readonly of: ReadonlyMap<Variance, OneCall>
}

const tried: ReadonlySet<string> = new Set(['unexplained', 'estimated'])
const quantityOf = ({ billedQuantity = zero, bookedQuantity = zero }: Variance): Decimal => subtract(billedQuantity, bookedQuantity)

/** Attempts that used exactly this, of a day, a model and, where it is known, a deployment; those alone whose usage was reported. */
async function callsOf(sql: Sql, supplier: string, where: Variance, used: ReadonlyMap<string, Decimal>, callsMax: number): Promise<OneCall> {
  const rows = await sql<{ attempt: string; in_all: string }>(`SELECT call || '/' || n AS attempt, count(*) OVER () AS in_all FROM attempt
    WHERE supplier = $1 AND day = $2 AND regexp_replace(model, '-(\\d{4}-\\d{2}-\\d{2}|\\d{4}|\\d{8})$', '') = $3 AND ($4::text IS NULL OR deployment = $4) AND source = 'reported'
      AND cardinality(string_to_array(lines, ';')) = cardinality($5::text[]) AND NOT EXISTS (SELECT 1 FROM unnest($5::text[]) AS line WHERE position(line IN ';' || lines) = 0)
    ORDER BY call, n LIMIT ${callsMax}`,
  [supplier, dayStart(where.day) / 86_400_000, where.model ?? '', where.deployment ?? null, [...used].map(([meter, quantity]) => `;${meter} ${formatDecimal(quantity)} `)])
  return { calls: rows.map((row) => row.attempt), callsInAll: Number(rows[0]?.in_all ?? 0) }
}

/** Says so of the variances that one call explains; an estimate that only seemed to explain a part gives way to it. */
export async function tellOneCall(sql: Sql, supplier: string, variances: readonly Variance[], callsMax: number): Promise<Told> {
  const of = new Map<Variance, OneCall>()
  const told = new Map<Variance, Variance>()
  const groups = Map.groupBy(variances.filter((item) => tried.has(item.kind) && item.attempt === undefined && item.model !== undefined && !isZero(quantityOf(item))), (item) => [item.day, item.model, item.deployment].join('\n'))
  for (const group of groups.values()) {
    const [first] = group
    if (first === undefined || !group.some((item) => item.kind === 'unexplained')) continue
    const lacks = isNegative(quantityOf(first))
    if (group.some((item) => isNegative(quantityOf(item)) !== lacks || item.meter === undefined)) continue
    const found = await callsOf(sql, supplier, first, new Map(group.map((item) => [item.meter ?? '', lacks ? negate(quantityOf(item)) : quantityOf(item)])), callsMax)
    if (found.callsInAll === 0) continue
    const why = found.callsInAll === 1 ? (lacks ? 'the bill lacks exactly what one call used' : 'the bill has exactly what one call used once more')
      : lacks ? `the bill lacks exactly what one call used, one of ${found.callsInAll} alike` : `the bill has once more exactly what one call used, one of ${found.callsInAll} alike`
    for (const item of group) {
      const one: Variance = { ...item, kind: 'unexplained', why }
      told.set(item, one)
      of.set(one, found)
    }
  }
  return { variances: variances.map((item) => told.get(item) ?? item), of }
}
