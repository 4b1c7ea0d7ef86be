/**
 *   raised ──► acknowledged ──► credited | rejected
 *      └───────────────► withdrawn
 *
 * What we tell a supplier it charged wrongly, and what became of it. A credit reduces what we owe, in the books too.
 */
import { type Clock, isoTime } from '../../kernel/clock.ts'
import { compare, decimal, formatDecimal, negate, sum, zero } from '../../kernel/decimal.ts'
import type { Store } from '../../store/store.ts'
import { raiseEvent } from '../events.ts'
import { postMoney } from '../money-transaction.ts'
import type { VarianceKind } from './match-bill.ts'
import type { Report } from './reconcile.ts'

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

/** Raises a dispute over the variances of these kinds; the same reconciliation and kinds again answer the one that is there. */
export async function raiseDispute(store: Store, clock: Clock, reconciliation: string, kinds: readonly VarianceKind[], reason: string): Promise<Dispute | undefined> {
  return store.transaction('admin', async (sql) => {
    const [row] = await sql<{ report: Report }>('SELECT report FROM reconciliation WHERE id = $1', [reconciliation])
    if (row === undefined) return undefined
    const { report } = row
    const amount = formatDecimal(sum(report.variances.filter((item) => kinds.includes(item.kind)).map((item) => decimal(item.amount))))
    const id = `dispute_${reconciliation}_${[...kinds].sort().join('+')}`
    const history = [{ at: isoTime(clock.now()), state: 'raised' as const, note: reason }]
    await sql(`INSERT INTO dispute (id, reconciliation, supplier, state, currency, amount, reason, history, raised_at) VALUES ($1, $2, $3, 'raised', $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
      [id, reconciliation, report.supplier, report.currency, amount, reason, JSON.stringify(history), isoTime(clock.now())])
    await raiseEvent(sql, clock, 'dispute-raised', `supplier/${report.supplier}`, id, { dispute: id, amount, currency: report.currency, reason })
    const [saved] = await sql<Dispute & Record<string, unknown>>('SELECT id, supplier, state, currency, amount, reason, history FROM dispute WHERE id = $1', [id])
    return saved
  })
}

export type Moved = { readonly status: 'moved'; readonly dispute: Dispute } | { readonly status: 'unknown' } | { readonly status: 'not-possible'; readonly why: string }

/** Moves a dispute on. `credited` needs the sum that the supplier gave back, which is posted. */
export async function moveDispute(store: Store, clock: Clock, id: string, state: DisputeState, note: string, credit?: string): Promise<Moved> {
  return store.transaction('admin', async (sql) => {
    const [row] = await sql<Dispute & Record<string, unknown>>('SELECT id, supplier, state, currency, amount, reason, history FROM dispute WHERE id = $1 FOR UPDATE', [id])
    if (row === undefined) return { status: 'unknown' }
    if (!next[row.state].includes(state)) return { status: 'not-possible', why: `a dispute that is ${row.state} cannot become ${state}` }
    if ((state === 'credited') !== (credit !== undefined)) return { status: 'not-possible', why: 'a credit has a sum, and only a credit has one' }
    if (credit !== undefined) {
      if (compare(decimal(credit), zero) <= 0) return { status: 'not-possible', why: 'the sum credited must be above zero' }
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
