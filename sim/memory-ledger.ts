/**
 * The books in memory: the same promises as the database (test/conformance/ledger.ts), without SQL. Rating, pairing and
 * booking are the real ones; what the database's functions and constraints do is written here a second time.
 */
import { createHash } from 'node:crypto'
import { assert } from '../src/kernel/assert.ts'
import type { Clock } from '../src/kernel/clock.ts'
import { add, decimal, formatDecimal, isZero, sum, type Decimal } from '../src/kernel/decimal.ts'
import type { NumberedRecord } from '../src/journal/record.ts'
import { chargesOf, entriesOf, transactionsOf, usageOf, type BudgetCharge, type UsageRow } from '../src/ledger/book-page.ts'
import { attemptKey, pageOf, pairPage, readRecords, type OpenAttempt, type Page, type Paired } from '../src/ledger/journal-page.ts'
import type { Ledger } from '../src/ledger/ledger.ts'
import { judge, type Judged, type Posted } from '../src/ledger/post.ts'
import type { PriceBook } from '../src/ledger/price.ts'
import type { RatedAttempt } from '../src/ledger/rate-attempt.ts'
import { leaseJournal } from '../src/ledger/write-page.ts'
import type { Books } from './books.ts'
import { memoryBudgets, type BudgetTables } from './memory-budgets.ts'

interface Batch {
  readonly first: number
  readonly bodies: readonly string[]
}

interface JournalState {
  shipped: number
  posted: number
  missing: number
  attempts: number
  strays: number
  postedEvents: number
  quarantinedEvents: number
  reported: number
  estimated: number
  absent: number
  unbilled: number
  refusals: number
  /** Order of the last change: posting takes the journal that has waited longest. */
  turn: number
  batches: Batch[]
}

interface Tables {
  turn: number
  readonly journals: Map<string, JournalState>
  readonly open: Map<string, OpenAttempt & { readonly journal: string }>
  readonly attempts: Map<string, RatedAttempt & { readonly journal: string }>
  readonly transactions: Set<string>
  readonly entries: Books['entries'][number][]
  readonly accounts: Set<string>
  readonly usage: Map<string, UsageRow>
  readonly quarantine: Map<string, Books['quarantine'][number]>
  readonly refusals: Set<string>
  readonly events: Set<string>
  readonly budgets: BudgetTables
}

const emptyTables = (): Tables => ({
  turn: 0, journals: new Map(), open: new Map(), attempts: new Map(), transactions: new Set(), entries: [], accounts: new Set(), usage: new Map(),
  quarantine: new Map(), refusals: new Set(), events: new Set(), budgets: { periods: new Map(), leases: new Map(), opened: 0 },
})

/** Defects that a test plants, to show that the auditor finds them. */
export interface LedgerDefects {
  /** Takes records below the watermark for new ones. */
  readonly shipTwice?: boolean
  /** One of the four entries is a pico short. */
  readonly unbalanced?: boolean
  /** What cannot be rated disappears. */
  readonly dropDoubtful?: boolean
  /** A lease is granted without looking at what other nodes hold. */
  readonly overgrant?: boolean
  /** What a lost node may have spent is given back instead of counted. */
  readonly forgiveWriteOff?: boolean
  /** Charges that are posted do not reduce what may be leased. */
  readonly forgetCharges?: boolean
}

export interface MemoryLedger extends Ledger {
  readonly books: () => Books
  /** A copy of everything, to go back to: a backup. */
  readonly save: () => unknown
  readonly restore: (saved: unknown) => void
}

const pageRecords = 1_000
const batchesMax = 8

export function memoryLedger(clock: Clock, defects: LedgerDefects = {}): MemoryLedger {
  let tables = emptyTables()
  const listeners = new Set<(payload: string) => void>()
  const notify = (payload: string): void => listeners.forEach((listener) => listener(payload))
  const raise = (kind: string, subject: string, occasion: string): void => {
    tables.events.add(`event_${createHash('sha256').update(`${kind}\n${subject}\n${occasion}`).digest('hex').slice(0, 26)}`)
  }
  const budgets = memoryBudgets({ tables: () => tables.budgets, raise, notify, clock, posted: (journal) => tables.journals.get(journal)?.posted ?? 0, defects })
  const watermark = async (journalId: string): Promise<number> => tables.journals.get(journalId)?.shipped ?? 0

  return {
    ...budgets.ledger,
    onNotify: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    ship: async (journalId, records, oldest) => (records.length === 0 ? watermark(journalId) : shipTo(tables, raise, journalId, records, oldest, defects)),
    watermark,
    post: async (book, limit) => postPages({ tables, raise, charge: budgets.charge, clock, book, defects }, limit),
    books: () => booksOf(tables),
    save: () => structuredClone(tables),
    restore: (saved) => {
      tables = structuredClone(saved as Tables)
    },
  }
}

const emptyJournal = (): JournalState => ({
  shipped: 0, posted: 0, missing: 0, attempts: 0, strays: 0, postedEvents: 0, quarantinedEvents: 0, reported: 0, estimated: 0, absent: 0, unbilled: 0, refusals: 0, turn: 0, batches: [],
})

type Raise = (kind: string, subject: string, occasion: string) => void

function shipTo(tables: Tables, raise: Raise, journalId: string, records: readonly NumberedRecord[], oldest: number | undefined, defects: LedgerDefects): number {
  records.forEach((record, index) => assert(record.sequence === (records[0]?.sequence ?? 0) + index, 'journal records must be shipped without gaps'))
  const journal = tables.journals.get(journalId) ?? emptyJournal()
  tables.journals.set(journalId, journal)
  if (defects.shipTwice === true && (records[0]?.sequence ?? 0) <= journal.shipped) {
    journal.batches.push({ first: journal.shipped + 1, bodies: records.map((record) => record.body) })
    journal.shipped += records.length
    return journal.shipped
  }
  compareOverlap(tables, raise, journalId, journal, records)
  const fresh = records.filter((record) => record.sequence > journal.shipped)
  const first = fresh[0]?.sequence
  if (first === undefined) return journal.shipped
  if (first > journal.shipped + 1) {
    if (oldest === undefined || oldest < first) return journal.shipped
    journal.missing += first - journal.shipped - 1
    raise('journal-gap', `journal/${journalId}`, `${journal.shipped + 1}-${first - 1}`)
  }
  journal.batches.push({ first, bodies: fresh.map((record) => record.body) })
  journal.shipped = first + fresh.length - 1
  journal.turn = tables.turn += 1
  return journal.shipped
}

function compareOverlap(tables: Tables, raise: Raise, journalId: string, journal: JournalState, records: readonly NumberedRecord[]): void {
  const bodyAt = (sequence: number): string | undefined => {
    const batch = journal.batches.find(({ first, bodies }) => sequence >= first && sequence < first + bodies.length)
    return batch?.bodies[sequence - batch.first]
  }
  const conflicting = records.filter(({ sequence, body }) => sequence <= journal.shipped && bodyAt(sequence) !== body)
  const kept = conflicting.filter(({ sequence, body }) => quarantineOnce(tables, { journal: journalId, sequence, reason: 'conflict', body }))
  if (kept.length === 0) return
  journal.strays += kept.length
  journal.quarantinedEvents += kept.length
  raise('journal-conflict', `journal/${journalId}`, String(conflicting[0]?.sequence))
}

const quarantineKey = (row: Books['quarantine'][number]): string => `${row.journal}\n${row.sequence}\n${row.reason}\n${row.body}`

function quarantineOnce(tables: Tables, row: Books['quarantine'][number]): boolean {
  const key = quarantineKey(row)
  if (tables.quarantine.has(key)) return false
  tables.quarantine.set(key, row)
  return true
}

interface Posting {
  readonly tables: Tables
  readonly raise: Raise
  readonly charge: (page: string, journal: string, charges: readonly BudgetCharge[]) => void
  readonly clock: Clock
  readonly book: PriceBook
  readonly defects: LedgerDefects
}

function postPages(posting: Posting, limit: number): Posted {
  const { tables } = posting
  const done = { posted: 0, quarantined: 0 }
  let processed = 0
  while (processed < limit) {
    const next = [...tables.journals].filter(([, journal]) => journal.posted < journal.shipped).toSorted((a, b) => a[1].turn - b[1].turn)[0]
    if (next === undefined) break
    const [journalId, journal] = next
    const before = processed
    const waiting = journal.batches.filter(({ first, bodies }) => first + bodies.length - 1 > journal.posted).slice(0, batchesMax)
    for (const batch of waiting) {
      const first = Math.max(batch.first, journal.posted + 1)
      const bodies = batch.bodies.slice(first - batch.first, first - batch.first + limit - processed)
      for (let at = 0; at < bodies.length; at += pageRecords) {
        const page = pageOf(journalId, journal.posted, first + at, readRecords(first + at, bodies.slice(at, at + pageRecords)))
        const judged = postPage(posting, journal, page)
        done.posted += judged.rated.length
        done.quarantined += judged.doubts.length
        processed += page.last - page.first + 1
      }
    }
    assert(processed > before, `posting of journal ${journalId} does not get past ${journal.posted}`)
  }
  const remaining = [...tables.journals.values()].reduce((total, journal) => total + journal.shipped - journal.posted, 0)
  return { ...done, remaining }
}

function postPage({ tables, raise, charge, clock, book, defects }: Posting, journal: JournalState, page: Page): Judged {
  const { journalId } = page
  const paired = pairPage(page, tables.open)
  const before = new Set(page.outcomes.map(({ record }) => attemptKey(record)).filter((key) => tables.attempts.has(key)))
  const judged = judge(paired, book, clock.now(), before)
  for (const { record } of paired.closed) tables.open.delete(attemptKey(record))
  for (const opened of paired.opened) tables.open.set(attemptKey(opened.record), { ...opened, journal: journalId })
  for (const each of judged.rated) tables.attempts.set(attemptKey(each.attempt), { ...each, journal: journalId })
  addEntries(tables, page, judged.rated, defects)
  addUsage(tables, judged.rated)
  for (const { sequence } of page.refusals) tables.refusals.add(`${journalId}\n${sequence}`)
  const reasons = new Set<string>()
  for (const { sequence, reason, body } of defects.dropDoubtful === true ? [] : judged.doubts) {
    const fresh = quarantineOnce(tables, { journal: journalId, sequence, reason, body })
    assert(fresh, 'a page is posted once')
    if (!reasons.has(reason)) raise('quarantined', `quarantine/${reason}`, `${journalId} ${sequence}`)
    reasons.add(reason)
  }
  charge(`${journalId}:${page.first}`, leaseJournal(journalId), chargesOf([...judged.rated, ...judged.doubtful]))
  countPage(journal, page, paired, judged)
  journal.turn = tables.turn += 1
  return judged
}

function countPage(journal: JournalState, page: Page, { pairs, opened, closed, strays }: Paired, { rated, doubts }: Judged): void {
  const count = (of: (each: RatedAttempt) => boolean): number => rated.filter(of).length
  journal.posted = page.last
  journal.attempts += pairs.length - closed.length + opened.length
  journal.strays += strays.length
  journal.postedEvents += rated.length
  journal.quarantinedEvents += doubts.length
  journal.reported += count(({ outcome }) => outcome.source === 'reported')
  journal.estimated += count(({ outcome }) => outcome.source === 'estimated')
  journal.absent += count(({ outcome }) => outcome.source === 'absent' && outcome.billable !== 'no')
  journal.unbilled += count(({ outcome }) => outcome.source === 'absent' && outcome.billable === 'no')
  journal.refusals += page.refusals.length
}

function addEntries(tables: Tables, page: Page, rated: readonly RatedAttempt[], defects: LedgerDefects): void {
  transactionsOf(rated).forEach((used, index) => {
    const id = `${page.journalId}:${page.first}:${index}`
    assert(!tables.transactions.has(id), `transaction ${id} is posted twice`)
    tables.transactions.add(id)
    const entries = entriesOf(id, used)
    assert(isZero(sum(entries.map((entry) => entry.amount))), `entries of transaction ${id} do not sum to zero`)
    entries.forEach((entry, at) => {
      tables.accounts.add(entry.account.id)
      const short: Decimal = { coefficient: defects.unbalanced === true && at === 0 ? -1n : 0n, scale: 12 }
      tables.entries.push({ transaction: id, account: entry.account.id, currency: entry.currency, amount: formatDecimal(add(entry.amount, short)) })
    })
  })
}

function addUsage(tables: Tables, rated: readonly RatedAttempt[]): void {
  for (const row of usageOf(rated)) {
    const known = tables.usage.get(row.key)
    if (known === undefined) {
      tables.usage.set(row.key, { ...row, sums: { ...row.sums } })
      continue
    }
    for (const name of Object.keys(row.sums) as (keyof UsageRow['sums'])[]) known.sums[name] += row.sums[name]
    known.cost = add(known.cost, row.cost)
  }
}

const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function booksOf(tables: Tables): Books {
  return {
    attempts: [...tables.attempts.values()].map(({ attempt, outcome, journal, attemptSequence, sequence, cost }) => ({
      call: attempt.call, n: attempt.n, journal, attemptSequence, sequence, source: outcome.source, billable: outcome.billable, outcome: outcome.outcome, model: attempt.model,
      input: outcome.counts?.input, output: outcome.counts?.output, cost: cost === undefined ? undefined : formatDecimal(cost), charge: outcome.charge, last: outcome.last,
    })).toSorted((a, b) => text(a.call, b.call) || a.n - b.n),
    open: [...tables.open.values()].map(({ record, journal }) => ({ call: record.call, n: record.n, journal })).toSorted((a, b) => text(a.call, b.call) || a.n - b.n),
    entries: tables.entries.toSorted((a, b) => text(a.transaction, b.transaction) || text(a.account, b.account)),
    accounts: [...tables.accounts].toSorted(text),
    quarantine: [...tables.quarantine.values()].toSorted((a, b) => text(a.journal, b.journal) || a.sequence - b.sequence || text(a.reason, b.reason) || text(a.body, b.body)),
    budgets: [...tables.budgets.periods.values()].map(({ budget, period, limit, posted, leased, overrun }) => ({ budget, period, limit: limit?.toString(), posted: posted.toString(), leased: leased.toString(), overrun: overrun.toString() }))
      .toSorted((a, b) => text(a.budget, b.budget) || text(a.period, b.period)),
    leases: [...tables.budgets.leases.values()].map(({ budget, period, journal, epoch, state, granted, returned, spent, credit }) => ({ budget, period, journal, epoch, state, granted: `${granted}`, returned: `${returned}`, spent: `${spent}`, credit: `${credit}` }))
      .toSorted((a, b) => text(a.budget, b.budget) || text(a.period, b.period) || text(a.journal, b.journal) || text(a.epoch, b.epoch)),
    journals: [...tables.journals].map(([journal, { turn: _, batches: __, ...counters }]) => ({ journal, ...counters })).toSorted((a, b) => text(a.journal, b.journal)),
    usage: totals(tables),
    refusals: tables.refusals.size,
    events: [...tables.events].toSorted(text),
  }
}

function totals(tables: Tables): Books['usage'] {
  const sums = new Map<string, { calls: number; attempts: number; reported: number; estimated: number; absent: number; input: number; output: number; cost: Decimal }>()
  for (const { dims, sums: row, cost } of tables.usage.values()) {
    const organization = dims[0] ?? ''
    const total = sums.get(organization) ?? { calls: 0, attempts: 0, reported: 0, estimated: 0, absent: 0, input: 0, output: 0, cost: decimal('0') }
    for (const name of ['calls', 'attempts', 'reported', 'estimated', 'absent', 'input', 'output'] as const) total[name] += row[name]
    total.cost = add(total.cost, cost)
    sums.set(organization, total)
  }
  return [...sums].map(([organization, total]) => ({ organization, ...total, cost: formatDecimal(total.cost) })).toSorted((a, b) => text(a.organization, b.organization))
}
