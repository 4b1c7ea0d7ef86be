/**
 * Budgets in the database. What a budget's period may still spend is limit − posted − leased; what a node may still spend
 * of its lease is granted − returned − spent. All sums are cumulative and only grow, so every request may be repeated.
 * Locks are taken in the order of (budget, period), then the lease (src/store/migrations/0002-ledger.ts).
 */
import { assert } from '../kernel/assert.ts'
import type { Store } from '../store/store.ts'
import type { BudgetUse } from '../journal/record.ts'
import type { Budget } from './lease.ts'
import type { BudgetPeriod } from './budget-period.ts'

/** What a node asks for on one account. Sums since the lease was opened, picos. */
export interface LeaseWant {
  readonly budget: Budget
  readonly period: BudgetPeriod
  readonly epoch: string
  /** What the node counts as granted, and has given back. */
  readonly have: bigint
  readonly returned: bigint
  /** What granted has to reach, and what it had better reach. */
  readonly need: bigint
  readonly want: bigint
}

export interface LeaseState {
  readonly budget: string
  readonly period: string
  readonly granted: bigint
  readonly limit: bigint
  readonly posted: bigint
  readonly leased: bigint
  /** Number of the last recall on this budget, 0 for none. */
  readonly recall: number
}

export type LeaseAnswer =
  | { readonly status: 'granted'; readonly leases: readonly LeaseState[] }
  /** Not on this account: `ceiling` is the most that granted could have reached, `waiting` how many other nodes have not yet given back what they do not use. */
  | { readonly status: 'refused'; readonly budget: string; readonly period: string; readonly limit: bigint; readonly posted: bigint; readonly leased: bigint; readonly ceiling: bigint; readonly waiting: number }
  /** The lease was written off or belongs to an earlier run: open a new one. */
  | { readonly status: 'fenced'; readonly budget: string; readonly period: string }

/** The database was restored and does not know every lease yet: nothing is granted until the nodes have named theirs. */
export class BudgetsRecovering extends Error {
  override readonly name = 'BudgetsRecovering'
}

const order = (a: LeaseWant, b: LeaseWant): number =>
  a.budget.id < b.budget.id ? -1 : a.budget.id > b.budget.id ? 1 : a.period.period < b.period.period ? -1 : a.period.period > b.period.period ? 1 : 0

/**
 * Extends a node's leases on all accounts or on none, in one statement. `recall` also asks the other nodes, by notification,
 * to give back what they do not use; without it the answer's `waiting` counts those who still owe an answer. `confirmed` is up
 * to where the journal knows its records confirmed: a database that has fewer was put back, and grants nothing for a while.
 */
export async function takeLeases(store: Store, journalId: string, wants: readonly LeaseWant[], recall: boolean, confirmed = 0): Promise<LeaseAnswer> {
  const asked = wants.toSorted(order).map(({ budget, period, epoch, have, returned, need, want }) => ({
    budget: budget.id, period: period.period, currency: budget.currency, limit: budget.limit.toString(), ends: period.endsAt ?? null,
    thresholds: budget.thresholds.toSorted((a, b) => Number(a) - Number(b)), epoch, have: have.toString(), returned: returned.toString(), need: need.toString(), want: want.toString(),
  }))
  const [row] = await store.query<{ answer: RawAnswer | { readonly status: 'recovering' } }>('lease', 'SELECT lease_take($1, $2::jsonb, $3, $4) AS answer', [journalId, JSON.stringify(asked), recall, confirmed])
  assert(row !== undefined, 'lease_take answers one row')
  if (row.answer.status === 'recovering') throw new BudgetsRecovering('the database was restored: no lease grows until every node has named its own; see weir doctor')
  return readAnswer(row.answer)
}

type RawAnswer =
  | { readonly status: 'granted'; readonly leases: readonly { budget: string; period: string; granted: string; limit: string; posted: string; leased: string; recall: number }[] }
  | { readonly status: 'refused'; readonly budget: string; readonly period: string; readonly limit: string; readonly posted: string; readonly leased: string; readonly ceiling: string; readonly waiting: number }
  | { readonly status: 'fenced'; readonly budget: string; readonly period: string }

function readAnswer(raw: RawAnswer): LeaseAnswer {
  switch (raw.status) {
    case 'fenced': return raw
    case 'refused': return { ...raw, limit: BigInt(raw.limit), posted: BigInt(raw.posted), leased: BigInt(raw.leased), ceiling: BigInt(raw.ceiling) }
    case 'granted': return {
      status: 'granted',
      leases: raw.leases.map((lease) => ({ ...lease, granted: BigInt(lease.granted), limit: BigInt(lease.limit), posted: BigInt(lease.posted), leased: BigInt(lease.leased) })),
    }
  }
}

/**
 * Gives back; `returned` is the sum of all that was given back. `answers` is the last recall after which the node gave back
 * all that it did not use, 0 for none: another return, crossing a recall on its way, is no answer to it.
 */
export async function returnLease(store: Store, journalId: string, lease: { readonly budget: string; readonly period: string; readonly epoch: string; readonly returned: bigint; readonly answers: number }): Promise<void> {
  await store.query('lease', 'SELECT lease_return($1, $2, $3, $4, $5::numeric, $6)', [journalId, lease.epoch, lease.budget, lease.period, lease.returned.toString(), lease.answers])
}

/** A node has named all its leases, after a start or a reconnect: a fence after a restore need not wait for it. */
export async function spoke(store: Store, journalId: string): Promise<void> {
  await store.query('lease', 'SELECT budgets_spoken($1)', [journalId])
}

/** On PostgreSQL, before a node asks for its first lease: from now on a branched history is noticed. */
export async function watchHistory(store: Store): Promise<void> {
  if (store.kind === 'embedded') {
    // Restored from a PostgreSQL, perhaps.
    await store.query('lease', 'DELETE FROM budget_history')
    return
  }
  await store.query('lease', 'INSERT INTO budget_history (history) VALUES (database_history()) ON CONFLICT DO NOTHING')
  await store.query('lease', 'SELECT budgets_fenced()')
}

/** Leases of a journal other than these get nothing more: what is held in them may settle, the rest is given back by `releaseClosed`. */
export async function closeLeases(store: Store, journalId: string, current: readonly BudgetUse[]): Promise<void> {
  await store.query('lease', `
    UPDATE lease l SET state = 'closing', changed_at = now() WHERE journal_id = $1 AND state = 'open' AND NOT EXISTS (
      SELECT 1 FROM jsonb_to_recordset($2::jsonb) AS c(budget text, period text, epoch text) WHERE c.budget = l.budget AND c.period = l.period AND c.epoch = l.epoch)`,
  [journalId, JSON.stringify(current)])
}

/** A hold that is still open in a lease of an earlier run. */
export interface OpenHold {
  readonly budget: string
  readonly period: string
  readonly epoch: string
  readonly picos: bigint
}

/**
 * Gives back what closing leases of a journal do not need: all but the open holds, once everything that the journal held
 * when those holds were listed (up to `last`) is posted. Answers false while something is not yet posted.
 */
export async function releaseClosed(store: Store, journalId: string, openHolds: readonly OpenHold[], last: number): Promise<boolean> {
  const [mark] = await store.query<{ posted: string }>('lease', 'SELECT posted FROM journal_watermark WHERE journal_id = $1', [journalId])
  if (Number(mark?.posted ?? 0) < last) return false
  const rows = await store.query<{ budget: string; period: string; epoch: string; granted: string; spent: string }>('lease',
    "SELECT budget, period, epoch, granted, spent FROM lease WHERE journal_id = $1 AND state = 'closing' AND lease_rest(granted, returned, spent) > 0 ORDER BY budget, period", [journalId])
  for (const row of rows) {
    const held = openHolds.filter((hold) => hold.budget === row.budget && hold.period === row.period && hold.epoch === row.epoch).reduce((sum, hold) => sum + hold.picos, 0n)
    const returned = BigInt(row.granted) - BigInt(row.spent) - held
    if (returned > 0n) await returnLease(store, journalId, { ...row, returned, answers: 0 })
  }
  return true
}

export interface WrittenOff {
  readonly budget: string
  readonly period: string
  readonly epoch: string
  readonly picos: bigint
}

/**
 * Gives up on a node that will not come back: what its leases may still have spent counts as spent, and the leases are
 * fenced. Should the node live after all, its next request is refused by the fence, and the charges that it still ships
 * are taken from what was written off instead of being counted twice.
 */
export async function writeOff(store: Store, journalId: string): Promise<readonly WrittenOff[]> {
  return store.transaction('lease', async (sql) => {
    const periods = await sql<{ budget: string; period: string }>("SELECT budget, period FROM lease WHERE journal_id = $1 AND state <> 'written-off' GROUP BY budget, period ORDER BY budget COLLATE \"C\", period COLLATE \"C\"", [journalId])
    await sql('UPDATE budget_fence SET awaits = array_remove(awaits, $1) WHERE $1 = ANY (awaits)', [journalId])
    const written: WrittenOff[] = []
    for (const { budget, period } of periods) {
      await sql('SELECT 1 FROM budget_period WHERE budget = $1 AND period = $2 FOR UPDATE', [budget, period])
      const leases = await sql<{ epoch: string; rest: string }>(`
        SELECT epoch, lease_rest(granted, returned, spent) AS rest FROM lease
        WHERE journal_id = $1 AND budget = $2 AND period = $3 AND state <> 'written-off' FOR UPDATE`, [journalId, budget, period])
      for (const { epoch, rest } of leases) {
        await sql(`UPDATE lease SET state = 'written-off', spent = spent + $5::numeric, credit = credit + $5::numeric, changed_at = now()
          WHERE journal_id = $1 AND budget = $2 AND period = $3 AND epoch = $4`, [journalId, budget, period, epoch, rest])
        await sql('UPDATE budget_period SET posted = posted + $3::numeric, leased = leased - $3::numeric WHERE budget = $1 AND period = $2', [budget, period, rest])
        written.push({ budget, period, epoch, picos: BigInt(rest) })
      }
    }
    return written
  })
}

export interface BudgetState {
  readonly budget: string
  readonly period: string
  readonly currency: string | undefined
  /** Picos, all of them. */
  readonly limit: bigint | undefined
  readonly posted: bigint
  readonly leased: bigint
  readonly overrun: bigint
  /** limit − posted − leased, not below zero; undefined while no node has named the limit. */
  readonly remaining: bigint | undefined
  /** Milliseconds; undefined for `total`. */
  readonly endsAt: number | undefined
  readonly leases: readonly { readonly journalId: string; readonly epoch: string; readonly state: string; readonly rest: bigint; readonly changedAt: string }[]
}

/** Periods of a budget (or of all), the latest first: for console and command line. */
export async function budgetState(store: Store, filter: { readonly budget?: string; readonly limit?: number } = {}): Promise<readonly BudgetState[]> {
  const rows = await store.query<{ budget: string; period: string; currency: string | null; limit_picos: string | null; posted: string; leased: string; overrun: string; ends_ms: string | null; leases: { journal_id: string; epoch: string; state: string; rest: string; changed_at: string }[] | null }>('admin', `
    SELECT b.*, (SELECT jsonb_agg(jsonb_build_object('journal_id', l.journal_id, 'epoch', l.epoch, 'state', l.state, 'rest', lease_rest(l.granted, l.returned, l.spent)::text, 'changed_at', l.changed_at) ORDER BY l.opened_at)
      FROM lease l WHERE l.budget = b.budget AND l.period = b.period) AS leases
    FROM budget_period b WHERE $1::text IS NULL OR b.budget = $1 ORDER BY b.budget, b.period DESC LIMIT $2`, [filter.budget ?? null, filter.limit ?? 1_000])
  return rows.map((row) => {
    const limit = row.limit_picos === null ? undefined : BigInt(row.limit_picos)
    const [posted, leased] = [BigInt(row.posted), BigInt(row.leased)]
    const left = limit === undefined ? undefined : limit - posted - leased
    return {
      budget: row.budget, period: row.period, currency: row.currency ?? undefined, limit, posted, leased, overrun: BigInt(row.overrun),
      remaining: left === undefined || left > 0n ? left : 0n, endsAt: row.ends_ms === null ? undefined : Number(row.ends_ms),
      leases: (row.leases ?? []).map((lease) => ({ journalId: lease.journal_id, epoch: lease.epoch, state: lease.state, rest: BigInt(lease.rest), changedAt: lease.changed_at })),
    }
  })
}
