/**
 * Posting: what the nodes shipped becomes entries, usage and budget charges. Page by page and journal by journal; each page
 * is one short transaction that also moves the journal's mark, so a crash at any instruction posts each event exactly once.
 * Reading and rating happen before the transaction, which then checks that nobody else moved the mark.
 */
import type { Clock } from '../kernel/clock.ts'
import { inSlices, systemPause, type Pause } from '../kernel/slices.ts'
import type { AttemptRecord } from '../journal/record.ts'
import { codeOf } from '../store/error-code.ts'
import type { Store } from '../store/store.ts'
import { attemptKey, bodiesOf, pageOf, pairPage, readRecords, type OpenAttempt, type Page, type Pair, type Paired, type Read } from './journal-page.ts'
import type { PriceBook } from './price.ts'
import { pricesOf, rateAttempt, type Doubtful, type RatedAttempt } from './rate-attempt.ts'
import { storePrices } from './stored-prices.ts'
import { knownIn, addUsage, chargeBudgets, ensureDays, insertAttempts, insertQuarantined, insertRefusals, insertTransactions, joined, moveOpen, type Quarantined, type Statement } from './write-page.ts'
import { chargesOf } from './book-page.ts'
import { plain, textColumn, texts } from './columns.ts'

export interface Posted {
  /** Events: attempts that reached the books. */
  readonly posted: number
  readonly quarantined: number
  /** Records that are shipped and not yet processed. */
  readonly remaining: number
}

/** Records a page; two make an event. What a page costs the database by itself is shared by its records (bench/posting.ts). */
const pageRecords = 2_000

/**
 * Records read, or attempts rated, between two pauses. Small, because calls wait for it, and because the half
 * megabyte of the page before does not go to the database at once: its rest leaves in these turns, and until it has the
 * database cannot begin.
 */
const stepRecords = 250

/** Rounds in a row that were overtaken before posting gives up for this time. */
const fruitlessMax = 20

/** What else has to stand in the database exactly when a page does: its receipts. Part of the page's own statement. */
export type Prove = (journalId: string, rated: readonly RatedAttempt[]) => Promise<{ readonly text: string; readonly values: readonly unknown[] } | undefined>

/** Processes up to `limit` shipped records; prices are those known at the time of posting. Call it again while `remaining` is not 0. */
export async function postPending(store: Store, book: PriceBook, limit: number, clock: Clock, pause: Pause = systemPause, prove?: Prove): Promise<Posted> {
  const sum = { posted: 0, quarantined: 0 }
  let processed = 0
  let fruitless = 0
  for (;;) {
    const run = await postRun({ store, book, clock, pause, prove }, limit - processed, sum)
    processed += run.processed
    if (run.overtaken === undefined) break
    fruitless = run.processed === 0 ? fruitless + 1 : 0
    if (fruitless === fruitlessMax) throw new Error(`journal ${run.overtaken.journalId} is not posted past ${run.overtaken.from}: others post it at the same time, or one of its records contradicts the books; look at the records after that number`)
  }
  const [row] = await store.query<{ remaining: string }>('posting', 'SELECT coalesce(sum(shipped - posted), 0) AS remaining FROM journal_watermark WHERE posted < shipped')
  return { ...sum, remaining: Number(row?.remaining ?? 0) }
}

/** Batches as they lie in the database: unpacked one by one, when their turn comes. */
interface Stretch {
  readonly journalId: string
  /** Where the journal's mark stands: the number before `first`, or earlier where numbers are missing. */
  readonly from: number
  /** `skip`: records that are posted already; `count`: those to post. */
  readonly batches: readonly { readonly first: number; readonly skip: number; readonly count: number; readonly payload: Buffer }[]
}

/**
 * The next unposted batches of the journal that has waited longest, at most `limit` records. `after` is a page whose writing
 * may still be on its way: its journal counts as posted up to it, and comes last.
 */
async function nextStretch(store: Store, limit: number, after: Pick<Page, 'journalId' | 'last'> | undefined): Promise<Stretch | undefined> {
  if (limit <= 0) return undefined
  const rows = await store.query<{ journal_id: string; posted: string; first_sequence: string; last_sequence: string; payload: Buffer | null }>('posting', `
    SELECT w.journal_id, w.posted, b.first_sequence, b.last_sequence, b.payload
    FROM (
      SELECT journal_id, greatest(posted, written) AS posted
      FROM (SELECT journal_id, posted, shipped, updated_at, CASE WHEN journal_id = $1 THEN $2::bigint END AS written FROM journal_watermark WHERE posted < shipped) m
      WHERE greatest(posted, written) < shipped ORDER BY written IS NOT NULL, updated_at LIMIT 1
    ) w
    JOIN LATERAL (SELECT first_sequence, last_sequence, payload FROM journal_batch WHERE journal_id = w.journal_id AND last_sequence > w.posted ORDER BY first_sequence LIMIT 8) b ON true
    ORDER BY b.first_sequence`, [after?.journalId ?? '', after?.last ?? 0])
  const [head] = rows
  if (head === undefined) return undefined
  const batches: Stretch['batches'][number][] = []
  let left = limit
  for (const row of rows) {
    if (left <= 0) break
    if (row.payload === null) throw new Error(`batch ${row.first_sequence} of journal ${row.journal_id} was retired before it was posted`)
    const first = Math.max(Number(row.first_sequence), Number(row.posted) + 1)
    const count = Math.min(Number(row.last_sequence) - first + 1, left)
    batches.push({ first, skip: first - Number(row.first_sequence), count, payload: row.payload })
    left -= count
  }
  return { journalId: head.journal_id, from: Number(head.posted), batches }
}

interface Posting {
  readonly store: Store
  readonly book: PriceBook
  readonly clock: Clock
  readonly pause: Pause
  readonly prove: Prove | undefined
}

interface Run {
  readonly processed: number
  /** The page that was not written because somebody else moved the mark: the caller looks afresh. Undefined: nothing is left. */
  readonly overtaken: Page | undefined
}

/**
 * Posts page by page until nothing is left or `limit` records are done. While the database writes one page, the next is read,
 * paired and rated, also where it belongs to another stretch, which is asked for before the last page of this one is written.
 */
async function postRun(posting: Posting, limit: number, sum: { posted: number; quarantined: number }): Promise<Run> {
  const { store, pause } = posting
  let left = limit
  let processed = 0
  let writing: { readonly page: Page; readonly done: Promise<Prepared | undefined> } | undefined
  const settle = async (): Promise<Page | undefined> => {
    const { page, done } = writing ?? {}
    writing = undefined
    const prepared = await done
    if (page === undefined || prepared === undefined) return page
    sum.posted += prepared.posted
    sum.quarantined += prepared.quarantined
    processed += page.last - page.first + 1
    return undefined
  }
  let stretch = await nextStretch(store, left, undefined)
  let carried = new Map<string, OpenAttempt>()
  while (stretch !== undefined) {
    const { journalId } = stretch
    let mark = stretch.from
    let ahead: Promise<Stretch | undefined> | undefined
    for (const { first, bodies, last } of pagesOf(stretch)) {
      const page = pageOf(journalId, mark, first, await readInSteps(pause, first, bodies))
      const prepared = await preparePage(posting, page, await openAttempts(store, page, carried), new Set())
      const overtaken = await settle()
      if (overtaken !== undefined) return { processed, overtaken }
      for (const { record } of prepared.paired.closed) carried.delete(attemptKey(record))
      for (const opened of prepared.paired.opened) carried.set(attemptKey(opened.record), opened)
      await ensureDays(store, prepared.pairs)
      mark = page.last
      left -= bodies.length
      if (last) ahead = nextStretch(store, left, page)
      const done = writePage(posting, prepared)
      writing = { page, done }
      // Their failures are met when they are awaited; this keeps them from counting as unhandled until then.
      done.catch(() => undefined)
      ahead?.catch(() => undefined)
    }
    stretch = await ahead
    if (stretch?.journalId !== journalId) carried = new Map()
  }
  return { processed, overtaken: await settle() }
}

function* pagesOf({ batches }: Stretch): Generator<{ readonly first: number; readonly bodies: readonly string[]; readonly last: boolean }> {
  for (const batch of batches) {
    const { first, skip, count, payload } = batch
    const bodies = bodiesOf(payload).slice(skip, skip + count)
    for (let at = 0; at < count; at += pageRecords) yield { first: first + at, bodies: bodies.slice(at, at + pageRecords), last: at + pageRecords >= count && batch === batches.at(-1) }
  }
}

async function writePage(posting: Posting, prepared: Prepared): Promise<Prepared | undefined> {
  const { store } = posting
  const { page } = prepared
  if (await tryWrite(store, prepared)) return prepared
  const [row] = await store.query<{ posted: string }>('posting', 'SELECT posted FROM journal_watermark WHERE journal_id = $1', [page.journalId])
  if (Number(row?.posted) !== page.from) return undefined
  // The mark has not moved, so an attempt of this page was posted before, or stands open, under another number or journal.
  const again = await preparePage(posting, page, await openAttempts(store, page, new Map(), true), await alreadyPosted(store, page))
  return (await tryWrite(store, again)) ? again : undefined
}

/** Writes a prepared page; false where it was overtaken: somebody else posts this journal, or one of its attempts is in the books already. */
async function tryWrite(store: Store, prepared: Prepared): Promise<boolean> {
  try {
    await store.query('posting', prepared.text, prepared.values)
  } catch (cause) {
    // WE001: the mark or an open attempt moved. unique_violation: an attempt of this page is in the books. 40001, 40P01: lost against another writer.
    if (overtaken.has(codeOf(cause) ?? '')) return false
    throw cause
  }
  const known = written(store)
  for (const id of prepared.fresh) known.add(id)
  return true
}

const overtaken: ReadonlySet<string> = new Set(['WE001', '23505', '40001', '40P01'])

/** Accounts and price rows that this process has seen written. */
const written = knownIn<string>()

/** Attempts of earlier pages that outcomes of this page may end, by key; `carried` are those of pages just prepared. `all`: also those that this page opens again. */
async function openAttempts(store: Store, page: Page, carried: ReadonlyMap<string, OpenAttempt>, all = false): Promise<ReadonlyMap<string, OpenAttempt>> {
  const here = new Set(page.attempts.map(({ record }) => attemptKey(record)))
  const named = all ? [...page.attempts, ...page.outcomes] : page.outcomes
  const wanted = named.map(({ record }) => record).filter((record) => (all || !here.has(attemptKey(record))) && !carried.has(attemptKey(record)))
  if (wanted.length === 0) return carried
  const rows = await store.query<{ journal_id: string; sequence: string; body: string }>('posting', `SELECT o.journal_id, o.sequence, o.body FROM attempt_open o JOIN unnest(${textColumn(1)}, $2::int[]) AS c(call, n) ON o.call = c.call AND o.n = c.n`,
    [texts(wanted.map(({ call }) => call)), plain(wanted.map(({ n }) => n))])
  const open = new Map(carried)
  for (const { journal_id: journalId, sequence, body } of rows) {
    const record = JSON.parse(body) as AttemptRecord
    // An attempt of another journal has no number in this one: a copied journal's outcome ends it.
    open.set(attemptKey(record), { sequence: journalId === page.journalId ? Number(sequence) : 0, record, body })
  }
  return open
}

interface Prepared {
  readonly page: Page
  readonly paired: Paired
  readonly pairs: readonly Pair[]
  readonly posted: number
  readonly quarantined: number
  /** One statement for the whole page. */
  readonly text: string
  readonly values: readonly unknown[]
  /** Accounts and price rows that are in the database once this is written. */
  readonly fresh: readonly string[]
}

async function readInSteps(pause: Pause, first: number, bodies: readonly string[]): Promise<readonly Read[]> {
  const read: Read[] = []
  await inSlices(pause, bodies, stepRecords, (slice, at) => void read.push(...readRecords(first + at, slice)))
  await pause()
  return read
}

async function preparePage({ store, book, clock, pause, prove }: Posting, page: Page, open: ReadonlyMap<string, OpenAttempt>, before: ReadonlySet<string>): Promise<Prepared> {
  const { journalId, first, last } = page
  const paired = pairPage(page, open)
  const { rated, doubtful, doubts } = await judgeInSteps(pause, paired, book, clock.now(), before)
  const receipts = rated.length === 0 ? undefined : await prove?.(journalId, rated)
  const known = written(store)
  const prices = pricesOf(rated, known)
  const parts: Statement[] = []
  let accounts: readonly string[] = []
  await inSlices<() => readonly Statement[]>(pause, [
    () => [moveMark(page, paired, rated, doubts.length), ...moveOpen(journalId, paired.opened, paired.closed)],
    () => insertAttempts(journalId, rated),
    () => {
      const transactions = insertTransactions(known, { id: `${journalId}:${first}`, journalId, first, last }, rated)
      accounts = transactions.accounts
      return [...storePrices(prices), ...transactions.statements]
    },
    () => [...addUsage(rated), ...insertRefusals(journalId, page.refusals), ...insertQuarantined(clock, journalId, doubts)],
    () => [...chargeBudgets(clock, `${journalId}:${first}`, journalId, chargesOf([...rated, ...doubtful])), ...(receipts === undefined ? [] : [receipts])],
  ], 1, (makers) => { for (const make of makers) parts.push(...make()) })
  const statement = joined(parts)
  return { page, paired, pairs: rated, posted: rated.length, quarantined: doubts.length, fresh: [...accounts, ...prices.map(({ id }) => id)], ...statement }
}

export interface Judged {
  readonly rated: readonly RatedAttempt[]
  readonly doubtful: readonly Doubtful[]
  readonly doubts: readonly Quarantined[]
}

async function judgeInSteps(pause: Pause, { pairs, strays }: Paired, book: PriceBook, knownAt: number, before: ReadonlySet<string>): Promise<Judged> {
  const parts: Judged[] = []
  await inSlices(pause, pairs, stepRecords, (slice) => void parts.push(judge({ pairs: slice, strays: [] }, book, knownAt, before)))
  return { rated: parts.flatMap((part) => part.rated), doubtful: parts.flatMap((part) => part.doubtful), doubts: [...strays, ...parts.flatMap((part) => part.doubts)] }
}

/** Rates the pairs of a page; what makes no sense, has no price or is in the books already (`before`) is doubtful. */
export function judge(paired: Pick<Paired, 'pairs' | 'strays'>, book: PriceBook, knownAt: number, before: ReadonlySet<string>): Judged {
  const rated: RatedAttempt[] = []
  const doubtful: Doubtful[] = []
  const doubts: Quarantined[] = [...paired.strays]
  for (const pair of paired.pairs) {
    if (before.has(attemptKey(pair.attempt))) {
      doubts.push({ sequence: pair.sequence, reason: 'posted-before', detail: `attempt ${attemptKey(pair.attempt)} is in the books already`, body: pairBody(pair) })
      continue
    }
    const result = rateAttempt(pair, book, knownAt)
    if ('reason' in result) {
      doubtful.push(result)
      doubts.push({ sequence: pair.sequence, reason: result.reason, detail: result.detail, body: pairBody(pair) })
    } else rated.push(result)
  }
  return { rated, doubtful, doubts }
}

const pairBody = (pair: Pair): string => `{"attemptSequence":${pair.attemptSequence},"attempt":${pair.attemptBody},"outcome":${pair.outcomeBody}}`

/** Moves the journal's mark past the page and counts what became of its events; answers no row where the mark is elsewhere. */
function moveMark(page: Page, { pairs, opened, strays, closed }: Paired, rated: readonly RatedAttempt[], doubts: number): Statement {
  const count = (of: (each: RatedAttempt) => boolean): number => rated.filter(of).length
  return {
    text: `UPDATE journal_watermark SET posted = $3, attempts = attempts + $4, strays = strays + $5, posted_events = posted_events + $6,
        quarantined_events = quarantined_events + $7, reported = reported + $8, estimated = estimated + $9, absent = absent + $10,
        unbilled = unbilled + $11, refusals = refusals + $12, updated_at = now()
      WHERE journal_id = $1 AND posted = $2 RETURNING 1`,
    values: [page.journalId, page.from, page.last, pairs.length - closed.length + opened.length, strays.length, rated.length, doubts,
      count(({ outcome }) => outcome.source === 'reported'), count(({ outcome }) => outcome.source === 'estimated'),
      count(({ outcome }) => outcome.source === 'absent' && outcome.billable !== 'no'), count(({ outcome }) => outcome.source === 'absent' && outcome.billable === 'no'), page.refusals.length],
    expected: 1,
  }
}

async function alreadyPosted(store: Store, page: Page): Promise<ReadonlySet<string>> {
  const rows = await store.query<{ call: string; n: number }>('posting', `SELECT a.call, a.n FROM attempt a JOIN unnest(${textColumn(1)}, $2::int[]) AS c(call, n) ON a.call = c.call AND a.n = c.n`,
    [texts(page.outcomes.map(({ record }) => record.call)), plain(page.outcomes.map(({ record }) => record.n))])
  return new Set(rows.map(attemptKey))
}
