/**
 *   raised ──► acknowledged ──► credited | rejected
 *      └───────────────► withdrawn
 *
 * What we tell a supplier it charged wrongly, and what became of it. A credit reduces what we owe, in the books too. While
 * one is open its kinds are not trued up; when it has ended they are, whole: a credit stands beside them.
 */
import { assert } from '../../kernel/assert.ts'
import { type Clock, isoTime } from '../../kernel/clock.ts'
import { decimal, formatDecimal, negate, sum } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { parseSum } from '../contracts/amount.ts'
import { raiseEvent } from '../events.ts'
import { postMoney } from '../money-transaction.ts'
import type { VarianceKind } from './match-bill.ts'
import type { Report } from './reconcile.ts'
import { lockSupplier, truedUp } from './settled-kinds.ts'

export type DisputeState = 'raised' | 'acknowledged' | 'credited' | 'rejected' | 'withdrawn'

const next: Readonly<Record<DisputeState, readonly DisputeState[]>> = { raised: ['acknowledged', 'credited', 'rejected', 'withdrawn'], acknowledged: ['credited', 'rejected', 'withdrawn'], credited: [], rejected: [], withdrawn: [] }

export interface Dispute {
  readonly id: string
  readonly supplier: string
  readonly state: DisputeState
  readonly currency: string
  readonly amount: string
  readonly reason: string
  readonly history: readonly { readonly at: string; readonly state: DisputeState; readonly note: string }[]
}

const columns = 'id, supplier, state, currency, amount, reason, history'

export type Raised = { readonly status: 'raised'; readonly dispute: Dispute } | { readonly status: 'unknown' } | { readonly status: 'not-possible'; readonly why: string }

/** Of the same bill, a dispute that is over one of these kinds and was not withdrawn; `same`: over exactly these, and open. */
async function disputedBefore(sql: Sql, bill: string, kinds: readonly VarianceKind[]): Promise<{ readonly same?: Dispute; readonly why?: string }> {
  const others = await sql<Dispute & Record<string, unknown> & { readonly kinds: readonly string[] }>(`SELECT ${columns.split(', ').map((one) => `d.${one}`).join(', ')}, d.kinds FROM dispute d JOIN reconciliation r ON r.id = d.reconciliation
    WHERE r.bill = $1 AND d.state <> 'withdrawn' AND d.kinds && $2::text[] ORDER BY d.raised_at`, [bill, kinds])
  const [other] = others
  if (other === undefined) return {}
  const { kinds: of, ...dispute } = other
  if (of.join() === kinds.join()) return { same: dispute }
  const kind = kinds.find((one) => of.includes(one)) ?? ''
  return { why: next[other.state].length === 0 ? `${kind} was disputed by ${other.id}, which is ${other.state}: true it up, or dispute the other kinds` : `${kind} is disputed already by ${other.id}: move that one on, or withdraw it first` }
}

/**
 * Raises a dispute over the variances of these kinds; the same bill and kinds again answer the one that is there. What is
 * trued up is accepted, and cannot be disputed.
 */
export async function raiseDispute(store: Store, clock: Clock, reconciliation: string, of: readonly VarianceKind[], reason: string): Promise<Raised> {
  return store.transaction('admin', async (sql) => {
    const [row] = await sql<{ bill: string; report: Report }>('SELECT bill, report FROM reconciliation WHERE id = $1', [reconciliation])
    if (row === undefined) return { status: 'unknown' }
    const { bill, report } = row
    // Two at once take turns, so that the later one is answered the dispute of the earlier.
    await lockSupplier(sql, report.supplier)
    const kinds = [...new Set(of)].sort()
    const { same, why } = await disputedBefore(sql, bill, kinds)
    if (same !== undefined) return { status: 'raised', dispute: same }
    const without = kinds.filter((kind) => !report.variances.some((item) => item.kind === kind))
    if (without.length > 0) return { status: 'not-possible', why: `the bill has no variance of ${without.join(' or ')}: it has ${Object.keys(report.byKind).sort().join(', ') || 'none'}` }
    const settled = why ?? await truedUp(sql, report, kinds)
    if (settled !== undefined) return { status: 'not-possible', why: settled }
    const amount = formatDecimal(sum(report.variances.filter((item) => kinds.includes(item.kind)).map((item) => decimal(item.amount))))
    const history = [{ at: isoTime(clock.now()), state: 'raised' as const, note: reason }]
    const name = `dispute_${reconciliation}_${kinds.join('+')}`
    const [earlier] = await sql<{ n: string }>(`SELECT count(*) AS n FROM dispute WHERE reconciliation = $1 AND kinds = $2::text[]`, [reconciliation, kinds])
    const id = earlier?.n === '0' ? name : `${name}_${Number(earlier?.n) + 1}`
    const [dispute] = await sql<Dispute & Record<string, unknown>>(`INSERT INTO dispute (id, reconciliation, supplier, state, currency, amount, reason, history, kinds, raised_at) VALUES ($1, $2, $3, 'raised', $4, $5, $6, $7, $8, $9)
      RETURNING ${columns}`,
      [id, reconciliation, report.supplier, report.currency, amount, reason, JSON.stringify(history), kinds, isoTime(clock.now())])
    await raiseEvent(sql, clock, 'dispute-raised', `supplier/${report.supplier}`, id, { dispute: id, amount, currency: report.currency, reason })
    assert(dispute !== undefined, 'an insert answers its row')
    return { status: 'raised', dispute }
  })
}

export type Moved = { readonly status: 'moved'; readonly dispute: Dispute } | { readonly status: 'unknown' } | { readonly status: 'not-possible'; readonly why: string }

/** Moves a dispute on. `credited` needs the sum that the supplier gave back, which is posted. */
export async function moveDispute(store: Store, clock: Clock, id: string, state: DisputeState, note: string, credit?: string): Promise<Moved> {
  return store.transaction('admin', async (sql) => {
    const [row] = await sql<Dispute & Record<string, unknown>>(`SELECT ${columns} FROM dispute WHERE id = $1 FOR UPDATE`, [id])
    if (row === undefined) return { status: 'unknown' }
    if (!next[row.state].includes(state)) return { status: 'not-possible', why: `a dispute that is ${row.state} cannot become ${state}` }
    if ((state === 'credited') !== (credit !== undefined)) return { status: 'not-possible', why: 'a credit has a sum, and only a credit has one' }
    if (credit !== undefined) {
      if (parseSum(credit, row.currency) === undefined) return { status: 'not-possible', why: `the sum credited must be above zero, in whole minor units of ${row.currency}, such as 12.50` }
      await postMoney(sql, {
        id: `dispute:${id}`, kind: 'true-up', at: clock.now(), currency: row.currency, note,
        entries: [{ account: { id: `payable/${row.supplier}/disputed`, supplier: row.supplier }, amount: decimal(credit) }, { account: { id: `cost/${row.supplier}/disputed`, supplier: row.supplier }, amount: negate(decimal(credit)) }],
      })
    }
    const history = [...row.history, { at: isoTime(clock.now()), state, note }]
    await sql('UPDATE dispute SET state = $2, history = $3 WHERE id = $1', [id, state, JSON.stringify(history)])
    return { status: 'moved', dispute: { ...row, state, history } }
  })
}
