/**
 * A kind of a bill's variances is disputed or trued up, never both: what is disputed waits for the end of the dispute, and
 * what is trued up is accepted. Bills that overlap say the same of their days, so a variance is known by its kind, day and
 * model, whatever bill it stands on. Callers hold the lock of the supplier (`lockSupplier`).
 */
import type { Sql } from '../../store/store.ts'
import { besideCalls, undated } from './bill.ts'
import type { VarianceKind } from './match-bill.ts'
import type { Report } from './reconcile.ts'

type Variance = Report['variances'][number]

/** True-ups and disputes of one supplier take turns. */
export const lockSupplier = (sql: Sql, supplier: string): Promise<unknown> => sql('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`true-up ${supplier}`])

const placeOf = (item: Variance): string => [item.kind, item.day, besideCalls.has(item.kind) ? item.why : undated(item.model ?? '')].join('\n')
const meet = (a: Variance, b: Variance): boolean => a.deployment === undefined || b.deployment === undefined || a.deployment === b.deployment

interface Settled extends Record<string, unknown> { readonly by: string; readonly bill: string; readonly kinds: readonly string[]; readonly report: Report }

/** The first of the report's variances of these kinds that something else speaks of, and what. */
function meeting(report: Report, kinds: readonly VarianceKind[], others: readonly Settled[]): { readonly kind: VarianceKind; readonly day: string; readonly by: string; readonly bill: string } | undefined {
  const own = Map.groupBy(report.variances.filter((item) => kinds.includes(item.kind)), placeOf)
  for (const { by, bill, kinds: of, report: other } of others) {
    for (const item of other.variances) {
      if (of.includes(item.kind) && own.get(placeOf(item))?.some((each) => meet(each, item)) === true) return { kind: item.kind, day: item.day, by, bill }
    }
  }
  return undefined
}

/** Why these kinds cannot be trued up now, with what to do: a dispute that is open is over them. */
export async function disputed(sql: Sql, report: Report, kinds: readonly VarianceKind[]): Promise<string | undefined> {
  const open = await sql<Settled>(`SELECT d.id AS by, r.bill, d.kinds, r.report FROM dispute d JOIN reconciliation r ON r.id = d.reconciliation WHERE d.supplier = $1 AND d.state IN ('raised', 'acknowledged') ORDER BY d.raised_at`, [report.supplier])
  const found = meeting(report, kinds, open)
  return found === undefined ? undefined : `${found.kind} of ${found.day} is disputed by ${found.by}: move that dispute to credited, rejected or withdrawn first, or true up the other kinds`
}

/** Why these kinds cannot be disputed, with what to do: they are trued up. */
export async function truedUp(sql: Sql, report: Report, kinds: readonly VarianceKind[]): Promise<string | undefined> {
  const done = await sql<Settled>(`SELECT k.transaction_id AS by, k.bill, array_agg(k.kind) AS kinds, r.report FROM trued_up_kind k JOIN reconciliation r ON r.id = k.reconciliation
    WHERE r.supplier = $1 AND r.report->>'until' > $2 AND r.report->>'from' < $3 GROUP BY k.transaction_id, k.bill, r.id ORDER BY r.made_at`, [report.supplier, report.from, report.until])
  const kept = done.find((one) => one.bill === report.bill && kinds.some((kind) => one.kinds.includes(kind)))
  const found = kept === undefined ? meeting(report, kinds, done) : { kind: kinds.find((kind) => kept.kinds.includes(kind)), day: '', ...kept }
  if (found === undefined) return undefined
  return `${found.kind ?? ''}${found.day === '' ? '' : ` of ${found.day}`} is trued up by ${found.by}, so the books owe it: ask the supplier for a corrected bill or a credit, and true up that one when it comes`
}

/** Kinds of a bill that were trued up before. */
export async function kindsBefore(sql: Sql, bill: string): Promise<readonly VarianceKind[]> {
  return (await sql<{ kind: VarianceKind }>('SELECT kind FROM trued_up_kind WHERE bill = $1 ORDER BY kind', [bill])).map((row) => row.kind)
}

/** Says that a true-up has booked these kinds of a bill. */
export async function recordKinds(sql: Sql, reconciliation: string, bill: string, transaction: string, kinds: readonly VarianceKind[]): Promise<void> {
  await sql('INSERT INTO trued_up_kind (bill, kind, reconciliation, transaction_id) SELECT $1, kind, $2, $3 FROM unnest($4::text[]) AS kind ON CONFLICT DO NOTHING', [bill, reconciliation, transaction, kinds])
}
