/**
 * What could not be posted, and why: visible, never dropped, and driven again once its cause is gone: a price added, a
 * copied journal sorted out. C3: events in = posted + quarantined + resolved + open, per journal.
 */
import type { Clock } from '../kernel/clock.ts'
import type { AttemptRecord, NumberedRecord, OutcomeRecord } from '../journal/record.ts'
import { codeOf } from '../store/error-code.ts'
import type { Store } from '../store/store.ts'
import type { Pair } from './journal-page.ts'
import type { PriceBook } from './price.ts'
import { rateAttempt, type RatedAttempt } from './rate-attempt.ts'
import { ship } from './ship.ts'
import { addUsage, ensureDays, insertAttempts, insertTransactions, joined, type Statement } from './write-page.ts'

export interface QuarantineItem {
  readonly id: string
  readonly journalId: string
  readonly sequence: number
  /** unpriced, nonsense, conflict, malformed, outcome-without-attempt, duplicate-attempt, posted-before. */
  readonly reason: string
  readonly detail: string
  /** JSON text of the record, or of `{attemptSequence, attempt, outcome}`. */
  readonly body: string
  readonly at: number
}

interface RawItem extends Readonly<Record<string, unknown>> {
  readonly id: string
  readonly journal_id: string
  readonly sequence: string
  readonly reason: string
  readonly detail: string
  readonly body: string
  readonly at_ms: string
}

const itemOf = (row: RawItem): QuarantineItem => ({ id: row.id, journalId: row.journal_id, sequence: Number(row.sequence), reason: row.reason, detail: row.detail, body: row.body, at: Number(row.at_ms) })

/** Unresolved items, the oldest first. `after` is the id of the last item of the page before. */
export async function listQuarantine(store: Store, filter: { readonly reason?: string; readonly after?: string; readonly limit?: number } = {}): Promise<readonly QuarantineItem[]> {
  const rows = await store.query<RawItem>('admin', 'SELECT * FROM quarantine WHERE resolved_at_ms IS NULL AND id > $1::bigint AND ($2::text IS NULL OR reason = $2) ORDER BY id LIMIT $3',
    [filter.after ?? '0', filter.reason ?? null, filter.limit ?? 100])
  return rows.map(itemOf)
}

export interface Redriven {
  readonly resolved: number
  /** Still without a price, still nonsense, or for a person to decide. */
  readonly remaining: number
}

const pageItems = 200

/**
 * Tries again: rates with the prices known now what was unpriced or made no sense, and ships records of a copied journal
 * under a journal of their own, to be posted like any other. Budgets were charged when the event was quarantined and are
 * not charged again.
 */
export async function redrive(store: Store, book: PriceBook, which: string | 'all', clock: Clock): Promise<Redriven> {
  let resolved = 0
  let remaining = 0
  for (let after = '0'; ;) {
    const items = which === 'all' ? await listQuarantine(store, { after, limit: pageItems }) : await oneItem(store, which)
    const last = items.at(-1)
    if (last === undefined) break
    const done = await redriveRated(store, book, clock, items) + await redriveForks(store, clock, items)
    resolved += done
    remaining += items.length - done
    if (which !== 'all') break
    after = last.id
  }
  return { resolved, remaining }
}

async function oneItem(store: Store, id: string): Promise<readonly QuarantineItem[]> {
  if (!/^\d{1,18}$/.test(id)) return []
  return (await store.query<RawItem>('admin', 'SELECT * FROM quarantine WHERE resolved_at_ms IS NULL AND id = $1::bigint', [id])).map(itemOf)
}

async function redriveRated(store: Store, book: PriceBook, clock: Clock, items: readonly QuarantineItem[]): Promise<number> {
  let resolved = 0
  for (const item of items) {
    if (item.reason !== 'unpriced' && item.reason !== 'nonsense') continue
    const { attemptSequence, attempt, outcome } = JSON.parse(item.body) as { readonly attemptSequence: number; readonly attempt: AttemptRecord; readonly outcome: OutcomeRecord }
    const pair: Pair = { attempt, outcome, attemptSequence, sequence: item.sequence, attemptBody: JSON.stringify(attempt), outcomeBody: JSON.stringify(outcome) }
    const rated = rateAttempt(pair, book, clock.now())
    if (!('reason' in rated) && await bookAgain(store, clock, item, rated)) resolved += 1
  }
  return resolved
}

async function bookAgain(store: Store, clock: Clock, item: QuarantineItem, rated: RatedAttempt): Promise<boolean> {
  await ensureDays(store, [rated])
  const { source, billable } = rated.outcome
  const resolve: Statement = {
    text: "UPDATE quarantine SET resolved_at_ms = $2, resolution = 'posted' WHERE id = $1::bigint AND resolved_at_ms IS NULL RETURNING 1",
    values: [item.id, clock.now()], expected: 1,
  }
  const count: Statement = {
    text: `UPDATE journal_watermark SET posted_events = posted_events + 1, quarantined_events = quarantined_events - 1, reported = reported + $2::int,
      estimated = estimated + $3::int, absent = absent + $4::int, unbilled = unbilled + $5::int WHERE journal_id = $1 RETURNING 1`,
    values: [item.journalId, source === 'reported' ? 1 : 0, source === 'estimated' ? 1 : 0, source === 'absent' && billable !== 'no' ? 1 : 0, source === 'absent' && billable === 'no' ? 1 : 0], expected: 1,
  }
  const place = { id: `redrive:${item.id}`, journalId: item.journalId, first: item.sequence, last: item.sequence }
  const { text, values } = joined([resolve, count, ...insertAttempts(item.journalId, [rated]), ...insertTransactions(new Set(), place, [rated]).statements, ...addUsage([rated])])
  try {
    await store.query('posting', text, values)
    return true
  } catch (cause) {
    // WE001: somebody else drove it. unique_violation: the attempt is in the books; a person may dismiss the item.
    if (!['WE001', '23505'].includes(codeOf(cause) ?? '')) throw cause
    return false
  }
}

/** Records of a copied journal, and outcomes whose attempt has turned up since, go to a journal of their own. */
async function redriveForks(store: Store, clock: Clock, items: readonly QuarantineItem[]): Promise<number> {
  const forks = new Map<string, QuarantineItem[]>()
  for (const item of items) {
    if (item.reason !== 'conflict' && !(item.reason === 'outcome-without-attempt' && await hasOpenAttempt(store, item))) continue
    forks.set(item.journalId, [...(forks.get(item.journalId) ?? []), item])
  }
  let resolved = 0
  for (const [journalId, records] of forks) {
    const fork = `${journalId}~${records[0]?.id}`
    const numbered: NumberedRecord[] = records.map((record, index) => ({ sequence: index + 1, body: record.body }))
    if ((await ship(store, fork, numbered, { clock })) < numbered.length) continue
    const done = await store.query('posting', `
      WITH resolved AS (UPDATE quarantine SET resolved_at_ms = $2, resolution = $3 WHERE id = ANY($4::bigint[]) AND resolved_at_ms IS NULL RETURNING 1),
        counted AS (UPDATE journal_watermark SET quarantined_events = quarantined_events - (SELECT count(*) FROM resolved), resolved_events = resolved_events + (SELECT count(*) FROM resolved) WHERE journal_id = $1)
      SELECT 1 FROM resolved`, [journalId, clock.now(), `shipped as journal ${fork}`, records.map((record) => record.id)])
    resolved += done.length
  }
  return resolved
}

async function hasOpenAttempt(store: Store, item: QuarantineItem): Promise<boolean> {
  const { call, n } = JSON.parse(item.body) as OutcomeRecord
  return (await store.query('posting', 'SELECT 1 FROM attempt_open WHERE call = $1 AND n = $2', [call, n])).length > 0
}

/** A person's decision that an item needs no posting, with the reason; false where it is resolved already. */
export async function dismiss(store: Store, id: string, reason: string, clock: Clock): Promise<boolean> {
  if (!/^\d{1,18}$/.test(id)) return false
  const done = await store.query('admin', `
    WITH resolved AS (UPDATE quarantine SET resolved_at_ms = $2, resolution = $3 WHERE id = $1::bigint AND resolved_at_ms IS NULL RETURNING journal_id),
      counted AS (UPDATE journal_watermark w SET quarantined_events = quarantined_events - 1, resolved_events = resolved_events + 1 FROM resolved r WHERE w.journal_id = r.journal_id)
    SELECT 1 FROM resolved`, [id, clock.now(), `dismissed: ${reason}`])
  return done.length > 0
}

/** Events of one journal, or of all. An event is a dialled attempt, or a record that belongs to none. */
export interface Losses {
  readonly journal: string
  /** Records that the database has, and those of them not yet processed. */
  readonly shipped: number
  readonly pending: number
  /** Numbers that never came. */
  readonly missing: number
  readonly events: number
  readonly posted: number
  readonly quarantined: number
  /** Quarantined and then dismissed or shipped under another journal, where they count again. */
  readonly resolved: number
  /** Dialled, and no outcome yet. */
  readonly open: number
  readonly reported: number
  readonly estimated: number
  readonly absent: number
  readonly unbilled: number
  readonly unpriced: number
  readonly refusals: number
  /** events − posted − quarantined − resolved − open: C3 says that it is 0. */
  readonly lost: number
}

/** Where every event is, by journal, with a last line `all` (C3). */
export async function lossAccounting(store: Store): Promise<readonly Losses[]> {
  const rows = await store.query<Readonly<Record<string, string>>>('admin', `
    SELECT w.*, (SELECT count(*) FROM attempt_open o WHERE o.journal_id = w.journal_id) AS open,
      (SELECT count(*) FROM quarantine q WHERE q.journal_id = w.journal_id AND q.reason = 'unpriced' AND q.resolved_at_ms IS NULL) AS unpriced
    FROM journal_watermark w ORDER BY w.journal_id`)
  const journals = rows.map((row) => {
    const number = (name: string): number => Number(row[name])
    return balanced({
      journal: row['journal_id'] ?? '', shipped: number('shipped') - number('missing'), pending: number('shipped') - number('posted'), missing: number('missing'), events: number('attempts') + number('strays'),
      posted: number('posted_events'), quarantined: number('quarantined_events'), resolved: number('resolved_events'), open: number('open'), reported: number('reported'),
      estimated: number('estimated'), absent: number('absent'), unbilled: number('unbilled'), unpriced: number('unpriced'), refusals: number('refusals'), lost: 0,
    })
  })
  const all = journals.reduce((sum, each) => Object.fromEntries(Object.entries(sum).map(([name, value]) => [name, name === 'journal' ? 'all' : Number(value) + Number(each[name as keyof Losses])])) as unknown as Losses, noLosses)
  // A fork's outcome may end an attempt of the journal that it was copied from: only the sum over all is exact then.
  return [...journals, balanced(all)]
}

const noLosses: Losses = { journal: 'all', shipped: 0, pending: 0, missing: 0, events: 0, posted: 0, quarantined: 0, resolved: 0, open: 0, reported: 0, estimated: 0, absent: 0, unbilled: 0, unpriced: 0, refusals: 0, lost: 0 }

const balanced = (losses: Losses): Losses => ({ ...losses, lost: losses.events - losses.posted - losses.quarantined - losses.resolved - losses.open })
