/** Loss accounting (C3): what came in, and what became of each event. The difference is 0, or something is wrong. */
import type { Row, Store } from '../store/store.ts'

export interface Loss {
  /** Attempts, and records that belong to none. */
  readonly eventsIn: number
  readonly posted: number
  /** In quarantine now. */
  readonly quarantined: number
  /** Attempts whose outcome has not come yet. */
  readonly open: number
  /** Settled by a person or by a re-drive that did not post them. */
  readonly resolved: number
  /** Records that never came: the node had forgotten them. */
  readonly missing: number
  readonly difference: number
  readonly estimated: number
  readonly absent: number
  readonly unpriced: number
  /** Records that are shipped and not yet posted. */
  readonly unposted: number
  /** The journal whose records wait longest, milliseconds since it last moved; undefined where none waits. */
  readonly oldestUnpostedMs: number | undefined
}

export async function lossAccounting(store: Store): Promise<Loss> {
  const [row] = await store.query<Row>('admin', `SELECT
      (SELECT coalesce(sum(attempts + strays), 0) FROM journal_watermark) AS events_in,
      (SELECT coalesce(sum(posted_events), 0) FROM journal_watermark) AS posted,
      (SELECT coalesce(sum(quarantined_events - resolved_events), 0) FROM journal_watermark) AS quarantined,
      (SELECT coalesce(sum(resolved_events), 0) FROM journal_watermark) AS resolved,
      (SELECT coalesce(sum(missing), 0) FROM journal_watermark) AS missing,
      (SELECT coalesce(sum(estimated), 0) FROM journal_watermark) AS estimated,
      (SELECT coalesce(sum(absent), 0) FROM journal_watermark) AS absent,
      (SELECT coalesce(sum(shipped - posted), 0) FROM journal_watermark) AS unposted,
      (SELECT extract(epoch FROM now() - min(updated_at)) * 1000 FROM journal_watermark WHERE posted < shipped) AS oldest,
      (SELECT count(*) FROM attempt_open) AS open,
      (SELECT count(*) FROM quarantine WHERE resolved_at_ms IS NULL AND reason = 'unpriced') AS unpriced`)
  const count = (name: string): number => Number(row?.[name] ?? 0)
  const figures = { eventsIn: count('events_in'), posted: count('posted'), quarantined: count('quarantined'), open: count('open') }
  return {
    ...figures, resolved: count('resolved'), missing: count('missing'), estimated: count('estimated'), absent: count('absent'), unpriced: count('unpriced'), unposted: count('unposted'),
    difference: figures.eventsIn - figures.posted - figures.quarantined - figures.open,
    oldestUnpostedMs: row?.['oldest'] === null || row?.['oldest'] === undefined ? undefined : Math.round(Number(row['oldest'])),
  }
}
