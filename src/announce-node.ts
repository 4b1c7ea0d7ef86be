/** A node's own row: who is there and how it fares, for the doctor and the console of the others. An embedded database has one node and no row. */
import type { Config } from './config.ts'
import type { Stop, Timers } from './kernel/timers.ts'
import type { Store } from './store/store.ts'

export interface NodeState {
  readonly snapshotVersion: number | undefined
  readonly openCalls: number
  readonly unshipped: number
  readonly oldestUnshippedMs: number | undefined
}

export interface AnnounceOptions {
  readonly store: Store
  readonly timers: Timers
  readonly id: string
  readonly role: Config['role']
  readonly journalId: string | undefined
  readonly state: () => NodeState
  readonly failed: (cause: unknown) => void
}

const everyMs = 2_000

/** Rows of nodes that are gone for good are no use to anybody. */
const forgottenAfterDays = 7

export interface Announced {
  /** Takes the row away: this node has ended in order. */
  readonly stop: () => Promise<void>
}

export async function announceNode({ store, timers, id, role, journalId, state, failed }: AnnounceOptions): Promise<Announced> {
  if (store.kind === 'embedded') return { stop: async () => {} }
  const announce = async (): Promise<void> => {
    const { snapshotVersion, openCalls, unshipped, oldestUnshippedMs } = state()
    // First: who was at work when a database's history branched is told by rows as they were then.
    await store.query('jobs', 'SELECT budgets_fenced()')
    await store.query('jobs', `
      INSERT INTO node (id, role, journal_id, snapshot_version, open_calls, unshipped, oldest_unshipped_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)
      ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp(), snapshot_version = excluded.snapshot_version, open_calls = excluded.open_calls,
        unshipped = excluded.unshipped, oldest_unshipped_ms = excluded.oldest_unshipped_ms`,
    [id, role, journalId ?? null, snapshotVersion ?? null, openCalls, unshipped, oldestUnshippedMs === undefined ? null : Math.round(oldestUnshippedMs)])
  }
  await announce()
  await store.query('jobs', `DELETE FROM node WHERE seen_at < clock_timestamp() - $1::int * interval '1 day'`, [forgottenAfterDays])
  let running: Promise<void> | undefined
  const stopAnnouncing: Stop = timers.every(everyMs, () => {
    running ??= announce().catch(failed).finally(() => (running = undefined))
  })
  return {
    stop: async () => {
      stopAnnouncing()
      await running
      await store.query('jobs', 'DELETE FROM node WHERE id = $1', [id]).catch(failed)
    },
  }
}
