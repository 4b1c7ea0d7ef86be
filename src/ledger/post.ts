/**
 * Posting: what the nodes shipped becomes entries, usage and budget charges. Page by page and journal by journal; each page
 * is one short transaction that also moves the journal's mark, so a crash at any instruction posts each event exactly once.
 * Reading and rating happen before the transaction, which then checks that nobody else moved the mark.
 */
import type { Clock } from '../kernel/clock.ts'
import type { AttemptRecord } from '../journal/record.ts'
import type { Sql, Store } from '../store/store.ts'
import { attemptKey, bodiesOf, pageOf, pairPage, type OpenAttempt, type Page, type Paired } from './journal-page.ts'
import type { PriceBook } from './price.ts'
import { rateAttempt, type Doubtful, type RatedAttempt } from './rate-attempt.ts'
import { addUsage, chargeBudgets, ensureDays, insertAttempts, insertQuarantined, insertRefusals, insertTransactions, moveOpen, type Quarantined } from './write-page.ts'
import { plain, textColumn, texts } from './columns.ts'

export interface Posted {
  /** Events: attempts that reached the books. */
  readonly posted: number
  readonly quarantined: number
  /** Records that are shipped and not yet processed. */
  readonly remaining: number
}

/** Records a page; two make an event. Keeps the transaction under 50 ms on the embedded database (bench/posting.ts). */
const pageRecords = 1_000

/** Processes up to `limit` shipped records; prices are those known at the time of posting. Call it again while `remaining` is not 0. */
export async function postPending(store: Store, book: PriceBook, limit: number, clock: Clock): Promise<Posted> {
  let posted = 0
  let quarantined = 0
  let processed = 0
  while (processed < limit) {
    const stretch = await nextStretch(store, limit - processed)
    if (stretch === undefined) break
    for (let at = 0; at < stretch.bodies.length; at += pageRecords) {
      const page = pageOf(stretch.journalId, at === 0 ? stretch.from : stretch.first + at - 1, stretch.first + at, stretch.bodies.slice(at, at + pageRecords))
      const done = await postPage(store, book, clock, page)
      // Somebody else posts this journal: leave it to them and look for what is next.
      if (done === undefined) break
      posted += done.posted
      quarantined += done.quarantined
      processed += page.last - page.first + 1
    }
  }
  const [row] = await store.query<{ remaining: string }>('posting', 'SELECT coalesce(sum(shipped - posted), 0) AS remaining FROM journal_watermark WHERE posted < shipped')
  return { posted, quarantined, remaining: Number(row?.remaining ?? 0) }
}

interface Stretch {
  readonly journalId: string
  /** Where the journal's mark stands: the number before `first`, or earlier where numbers are missing. */
  readonly from: number
  readonly first: number
  readonly bodies: readonly string[]
}

/** The next unposted records of the journal that has waited longest, at most `limit`, at most one batch. */
async function nextStretch(store: Store, limit: number): Promise<Stretch | undefined> {
  const [row] = await store.query<{ journal_id: string; posted: string; first_sequence: string; payload: Buffer | null }>('posting', `
    SELECT w.journal_id, w.posted, b.first_sequence, b.payload
    FROM (SELECT journal_id, posted FROM journal_watermark WHERE posted < shipped ORDER BY updated_at LIMIT 1) w
    JOIN LATERAL (SELECT first_sequence, payload FROM journal_batch WHERE journal_id = w.journal_id AND last_sequence > w.posted ORDER BY first_sequence LIMIT 1) b ON true`)
  if (row === undefined) return undefined
  if (row.payload === null) throw new Error(`batch ${row.first_sequence} of journal ${row.journal_id} was pruned before it was posted`)
  const first = Number(row.first_sequence)
  const next = Math.max(first, Number(row.posted) + 1)
  return { journalId: row.journal_id, from: Number(row.posted), first: next, bodies: bodiesOf(row.payload).slice(next - first, next - first + limit) }
}

/** A page was overtaken: the transaction is given up and the page looked at afresh. */
class Overtaken extends Error {}

async function postPage(store: Store, book: PriceBook, clock: Clock, page: Page): Promise<{ posted: number; quarantined: number } | undefined> {
  try {
    return await writePage(store, book, clock, page, new Set())
  } catch (cause) {
    if (!(cause instanceof Overtaken)) throw cause
  }
  const [row] = await store.query<{ posted: string }>('posting', 'SELECT posted FROM journal_watermark WHERE journal_id = $1', [page.journalId])
  if (Number(row?.posted) !== page.from) return undefined
  // The mark has not moved, so an attempt of this page was posted before, under another number or journal.
  return writePage(store, book, clock, page, await alreadyPosted(store, page))
}

async function writePage(store: Store, book: PriceBook, clock: Clock, page: Page, before: ReadonlySet<string>): Promise<{ posted: number; quarantined: number }> {
  const paired = pairPage(page, await openAttempts(store, page))
  const judged = judge(paired, book, clock.now(), before)
  await ensureDays(store, judged.rated)
  const remember = await store.transaction('posting', async (sql) => {
    await moveMark(sql, page, paired, judged)
    if (!(await moveOpen(sql, page.journalId, paired.opened, paired.closed))) throw new Overtaken()
    if ((await insertAttempts(sql, page.journalId, judged.rated)) !== judged.rated.length) throw new Overtaken()
    const accounts = await insertTransactions(store, sql, { id: `${page.journalId}:${page.first}`, journalId: page.journalId, first: page.first, last: page.last }, judged.rated)
    await addUsage(sql, judged.rated)
    await chargeBudgets(sql, clock, page.journalId, [...judged.rated, ...judged.doubtful])
    await insertRefusals(sql, page.journalId, page.refusals)
    await insertQuarantined(sql, clock, page.journalId, judged.quarantined)
    return accounts
  })
  remember()
  return { posted: judged.rated.length, quarantined: judged.quarantined.length }
}

/** Attempts of earlier pages that outcomes of this page may end, by key. */
async function openAttempts(store: Store, page: Page): Promise<ReadonlyMap<string, OpenAttempt>> {
  const here = new Set(page.attempts.map(({ record }) => attemptKey(record)))
  const wanted = [...page.outcomes.filter(({ record }) => !here.has(attemptKey(record))), ...page.attempts].map(({ record }) => record)
  if (wanted.length === 0) return new Map()
  const rows = await store.query<{ body: string }>('posting', `SELECT o.body FROM attempt_open o JOIN unnest(${textColumn(1)}, $2::int[]) AS c(call, n) ON o.call = c.call AND o.n = c.n`,
    [texts(wanted.map(({ call }) => call)), plain(wanted.map(({ n }) => n))])
  return new Map(rows.map(({ body }) => {
    const record = JSON.parse(body) as AttemptRecord
    return [attemptKey(record), { record, body }]
  }))
}

interface Judged {
  readonly rated: readonly RatedAttempt[]
  readonly doubtful: readonly Doubtful[]
  readonly quarantined: readonly Quarantined[]
}

function judge(paired: Paired, book: PriceBook, knownAt: number, before: ReadonlySet<string>): Judged {
  const rated: RatedAttempt[] = []
  const doubtful: Doubtful[] = []
  const quarantined: Quarantined[] = [...paired.strays]
  for (const pair of paired.pairs) {
    const body = `{"attempt":${pair.attemptBody},"outcome":${pair.outcomeBody}}`
    if (before.has(attemptKey(pair.attempt))) {
      quarantined.push({ sequence: pair.sequence, reason: 'posted-before', detail: `attempt ${attemptKey(pair.attempt)} is in the books already`, body })
      continue
    }
    const result = rateAttempt(pair, book, knownAt)
    if ('reason' in result) {
      doubtful.push(result)
      quarantined.push({ sequence: pair.sequence, reason: result.reason, detail: result.detail, body })
    } else rated.push(result)
  }
  return { rated, doubtful, quarantined }
}

/** Moves the journal's mark past the page and counts what became of its events; gives up where the mark is elsewhere. */
async function moveMark(sql: Sql, page: Page, { pairs, opened, strays, closed }: Paired, { rated, quarantined }: Judged): Promise<void> {
  const count = (of: (each: RatedAttempt) => boolean): number => rated.filter(of).length
  const moved = await sql(`
    UPDATE journal_watermark SET posted = $3, attempts = attempts + $4, strays = strays + $5, posted_events = posted_events + $6,
      quarantined_events = quarantined_events + $7, reported = reported + $8, estimated = estimated + $9, absent = absent + $10,
      unbilled = unbilled + $11, refusals = refusals + $12, updated_at = now()
    WHERE journal_id = $1 AND posted = $2
    RETURNING 1`,
  [page.journalId, page.from, page.last, pairs.length - closed.length + opened.length, strays.length, rated.length, quarantined.length,
    count(({ outcome }) => outcome.source === 'reported'), count(({ outcome }) => outcome.source === 'estimated'),
    count(({ outcome }) => outcome.source === 'absent' && outcome.billable !== 'no'), count(({ outcome }) => outcome.source === 'absent' && outcome.billable === 'no'), page.refusals.length])
  if (moved.length === 0) throw new Overtaken()
}

async function alreadyPosted(store: Store, page: Page): Promise<ReadonlySet<string>> {
  const rows = await store.query<{ call: string; n: number }>('posting', `SELECT a.call, a.n FROM attempt a JOIN unnest(${textColumn(1)}, $2::int[]) AS c(call, n) ON a.call = c.call AND a.n = c.n`,
    [texts(page.outcomes.map(({ record }) => record.call)), plain(page.outcomes.map(({ record }) => record.n))])
  return new Set(rows.map(attemptKey))
}
