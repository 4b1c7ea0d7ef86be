/** The statements that put a booked page into the database; all of them run in the posting transaction. */
import { formatDecimal, multiply } from '../kernel/decimal.ts'
import { isoTime, type Clock } from '../kernel/clock.ts'
import type { Store } from '../store/store.ts'
import { codeOf } from '../store/error-code.ts'
import { dayMs, entriesOf, linesText, transactionsOf, usageDims, usageOf, usageSums, type Account, type BudgetCharge, type Entry } from './book-page.ts'
import { plain, textColumn, texts } from './columns.ts'
import type { OpenAttempt, Pair, Placed } from './journal-page.ts'
import type { AttemptRecord, RefusalRecord } from '../journal/record.ts'
import type { RatedAttempt } from './rate-attempt.ts'

/** The identity under which a journal's leases stand; re-driven conflicts are shipped as a fork of it. */
export const leaseJournal = (journalId: string): string => journalId.split('~')[0] ?? journalId

/**
 * What is known to be in a store. Forgotten after each reconnect, since the database may have been restored from a backup
 * that lacks it.
 */
export function knownIn<T>(): (store: Store) => Set<T> {
  const known = new WeakMap<Store, Set<T>>()
  return (store) => {
    const before = known.get(store)
    if (before !== undefined) return before
    const fresh = new Set<T>()
    known.set(store, fresh)
    store.onNotify((payload) => {
      if (payload === 'resync') fresh.clear()
    })
    return fresh
  }
}

const knownDays = knownIn<number>()

/** Makes the partitions that these attempts need. Outside the posting transaction: it locks the whole table for a moment. */
export async function ensureDays(store: Store, pairs: readonly Pair[]): Promise<void> {
  const known = knownDays(store)
  for (const { attempt } of pairs) {
    const day = Math.floor(attempt.at / dayMs)
    if (day < 0 || known.has(day)) continue
    try {
      await store.query('posting', `CREATE TABLE IF NOT EXISTS attempt_day_${day} PARTITION OF attempt FOR VALUES FROM (${day}) TO (${day + 1})`)
    } catch (cause) {
      // duplicate_table, unique_violation, invalid_object_definition: another node made the same day at the same moment.
      if (!['42P07', '23505', '42P17'].includes(codeOf(cause) ?? '')) throw cause
    }
    known.add(day)
  }
}

/** One statement of a page, made before the transaction begins, so that the transaction only writes. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
  /** How many rows it must answer; another number means that the page was overtaken. */
  readonly expected?: number
}

/** Inserts attempts. One that was posted before breaks the primary key, and with it the page. */
export function insertAttempts(journalId: string, rated: readonly RatedAttempt[]): Statement[] {
  if (rated.length === 0) return []
  const text = (of: (each: RatedAttempt) => string | undefined): string => texts(rated.map(of))
  const number = (of: (each: RatedAttempt) => number | string | boolean | undefined): string => plain(rated.map(of))
  const columns: readonly (readonly [string, string, string])[] = [
    ['day', 'int[]', number(({ attempt }) => Math.floor(attempt.at / dayMs))],
    ['call', 'text', text(({ attempt }) => attempt.call)],
    ['n', 'int[]', number(({ attempt }) => attempt.n)],
    ['attempt_sequence', 'bigint[]', number((each) => each.attemptSequence)],
    ['sequence', 'bigint[]', number((each) => each.sequence)],
    ['at_ms', 'bigint[]', number(({ attempt }) => attempt.at)],
    ['ended_ms', 'bigint[]', number(({ outcome }) => outcome.at)],
    ['organization', 'text', text(({ attempt }) => attempt.organization)],
    ['project', 'text', text(({ attempt }) => attempt.project)],
    ['key', 'text', text(({ attempt }) => attempt.key)],
    ['purpose', 'text', text(({ attempt }) => attempt.purpose)],
    ['model', 'text', text(({ attempt }) => attempt.model)],
    ['deployment', 'text', text(({ attempt }) => attempt.deployment)],
    ['supplier', 'text', text((each) => each.supplier)],
    ['maker', 'text', text((each) => each.maker)],
    ['operation', 'text', text(({ attempt }) => attempt.operation)],
    ['outcome', 'text', text(({ outcome }) => outcome.outcome)],
    ['status', 'int[]', number(({ outcome }) => outcome.status)],
    ['source', 'text', text(({ outcome }) => outcome.source)],
    ['billable', 'text', text(({ outcome }) => outcome.billable)],
    ['tier', 'text', text((each) => each.tier)],
    ['input', 'bigint[]', number(({ outcome }) => outcome.counts?.input)],
    ['cached_input', 'bigint[]', number(({ outcome }) => outcome.counts?.cachedInput)],
    ['output', 'bigint[]', number(({ outcome }) => outcome.counts?.output)],
    ['currency', 'text', text((each) => each.currency)],
    ['cost', 'numeric[]', number(({ cost }) => cost === undefined ? undefined : formatDecimal(cost))],
    ['charge', 'numeric[]', number(({ outcome }) => outcome.charge)],
    ['last', 'boolean[]', number(({ outcome }) => outcome.last)],
    ['lines', 'text', text(linesText)],
  ]
  return [{
    text: `INSERT INTO attempt (journal_id, ${columns.map(([name]) => name).join(', ')}) SELECT $1, u.* FROM unnest(${unnested(columns)}) AS u`,
    values: [journalId, ...columns.map(([, , value]) => value)],
  }]
}

const unnested = (columns: readonly (readonly [string, string, string])[]): string =>
  columns.map(([, type], index) => (type === 'text' ? textColumn(index + 2) : `$${index + 2}::${type}`)).join(', ')

export interface TransactionPlace {
  /** Prefix of the transactions' ids; made of journal and numbers, so that the same page makes the same ids. */
  readonly id: string
  readonly journalId: string
  readonly first: number
  readonly last: number
}

/** Inserts transactions with their balanced entries. */
export function insertTransactions(known: ReadonlySet<string>, place: TransactionPlace, rated: readonly RatedAttempt[]): { readonly statements: Statement[]; readonly accounts: readonly string[] } {
  const used = transactionsOf(rated)
  if (used.length === 0) return { statements: [], accounts: [] }
  const idOf = (index: number): string => `${place.id}:${index}`
  const columns: readonly (readonly [string, string, string])[] = [
    ['id', 'text', texts(used.map((_, index) => idOf(index)))],
    ['minute', 'bigint[]', plain(used.map((each) => each.minute))],
    ['currency', 'text', texts(used.map((each) => each.currency))],
    ['organization', 'text', texts(used.map((each) => each.organization))],
    ['project', 'text', texts(used.map((each) => each.project))],
    ['key', 'text', texts(used.map((each) => each.key))],
    ['supplier', 'text', texts(used.map((each) => each.supplier))],
    ['maker', 'text', texts(used.map((each) => each.maker))],
    ['model', 'text', texts(used.map((each) => each.model))],
    ['deployment', 'text', texts(used.map((each) => each.deployment))],
    ['meter', 'text', texts(used.map((each) => each.meter))],
    ['tier', 'text', texts(used.map((each) => each.tier))],
    ['source', 'text', texts(used.map((each) => each.source))],
    ['price_row', 'text', texts(used.map((each) => each.priceRow))],
    ['quantity', 'numeric[]', plain(used.map((each) => formatDecimal(each.quantity)))],
    ['unit_price', 'numeric[]', plain(used.map((each) => formatDecimal(each.unitPrice)))],
    ['amount', 'numeric[]', plain(used.map((each) => formatDecimal(multiply(each.quantity, each.unitPrice))))],
    ['attempts', 'int[]', plain(used.map((each) => each.attempts))],
  ]
  const header: Statement = {
    text: `INSERT INTO ledger_transaction (kind, journal_id, first_sequence, last_sequence, ${columns.map(([name]) => name).join(', ')})
      SELECT 'usage', $1, $${columns.length + 2}::bigint, $${columns.length + 3}::bigint, u.* FROM unnest(${unnested(columns)}) AS u`,
    values: [place.journalId, ...columns.map(([, , value]) => value), place.first, place.last],
  }
  const entries = used.flatMap((each, index) => entriesOf(idOf(index), each))
  const accounts = newAccounts(known, entries)
  return { statements: [header, ...insertAccounts(accounts), insertEntries(entries)], accounts: accounts.map(({ id }) => id) }
}

function newAccounts(known: ReadonlySet<string>, entries: readonly Entry[]): readonly Account[] {
  const fresh = new Map<string, Account>()
  for (const { account } of entries) if (!known.has(account.id)) fresh.set(account.id, account)
  return [...fresh.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

function insertAccounts(accounts: readonly Account[]): Statement[] {
  if (accounts.length === 0) return []
  return [{
    text: `INSERT INTO account (id, kind, organization, project, supplier, maker) SELECT * FROM unnest(${[1, 2, 3, 4, 5, 6].map(textColumn).join(', ')}) ON CONFLICT DO NOTHING`,
    values: [texts(accounts.map((a) => a.id)), texts(accounts.map((a) => a.kind)), texts(accounts.map((a) => a.organization)), texts(accounts.map((a) => a.project)), texts(accounts.map((a) => a.supplier)), texts(accounts.map((a) => a.maker))],
  }]
}

const insertEntries = (entries: readonly Entry[]): Statement => ({
  text: `INSERT INTO entry (transaction_id, account, currency, amount) SELECT * FROM unnest(${textColumn(1)}, ${textColumn(2)}, ${textColumn(3)}, $4::numeric[])`,
  values: [texts(entries.map((e) => e.transaction)), texts(entries.map((e) => e.account.id)), texts(entries.map((e) => e.currency)), plain(entries.map((e) => formatDecimal(e.amount)))],
})

/** Adds to the rollups by minute. */
export function addUsage(rated: readonly RatedAttempt[]): Statement[] {
  const rows = usageOf(rated).toSorted((a, b) => (a.key < b.key ? -1 : 1))
  if (rows.length === 0) return []
  const columns: readonly (readonly [string, string, string])[] = [
    ['dims', 'text', texts(rows.map((row) => row.dims.map((dim) => dim ?? '').join('|')))],
    ['minute', 'bigint[]', plain(rows.map((row) => row.minute))],
    ...usageDims.map((name, index) => [name, 'text', texts(rows.map((row) => row.dims[index]))] as const),
    ...usageSums.map((name) => [name, 'bigint[]', plain(rows.map((row) => row.sums[name]))] as const),
    ['cost', 'numeric[]', plain(rows.map((row) => formatDecimal(row.cost)))],
  ]
  return [{
    text: `INSERT INTO usage_minute AS m (${columns.map(([name]) => name).join(', ')})
      SELECT u.* FROM unnest(${columns.map(([, type], index) => (type === 'text' ? textColumn(index + 1) : `$${index + 1}::${type}`)).join(', ')}) AS u
      ON CONFLICT (minute, dims) DO UPDATE SET ${[...usageSums, 'cost'].map((name) => `${name} = m.${name} + excluded.${name}`).join(', ')}`,
    values: columns.map(([, , value]) => value),
  }]
}

/** Moves charges from leased to posted; the database raises events for thresholds and overruns. */
export function chargeBudgets(clock: Clock, page: string, journalId: string, charges: readonly BudgetCharge[]): Statement[] {
  if (charges.length === 0) return []
  return [{
    text: `SELECT budget_charge($1, $2, $3, ${[4, 5, 6].map(textColumn).join(', ')}, $7::numeric[], $8::numeric[])`,
    values: [isoTime(clock.now()), page, leaseJournal(journalId), texts(charges.map((c) => c.budget)), texts(charges.map((c) => c.period)), texts(charges.map((c) => c.epoch ?? '-')),
      plain(charges.map((c) => c.charge)), plain(charges.map((c) => c.overrun))],
  }]
}

/** Attempts whose outcome comes on a later page go in, those that ended here go out. */
export function moveOpen(journalId: string, opened: readonly Placed<AttemptRecord>[], closed: readonly OpenAttempt[]): Statement[] {
  const statements: Statement[] = []
  if (closed.length > 0) {
    statements.push({
      text: `DELETE FROM attempt_open o USING unnest(${textColumn(1)}, $2::int[]) AS c(call, n) WHERE o.call = c.call AND o.n = c.n RETURNING 1`,
      values: [texts(closed.map(({ record }) => record.call)), plain(closed.map(({ record }) => record.n))], expected: closed.length,
    })
  }
  if (opened.length > 0) {
    statements.push({
      text: `INSERT INTO attempt_open (journal_id, call, n, sequence, at_ms, body) SELECT $1, u.* FROM unnest(${textColumn(2)}, $3::int[], $4::bigint[], $5::bigint[], ${textColumn(6)}) AS u`,
      values: [journalId, texts(opened.map(({ record }) => record.call)), plain(opened.map(({ record }) => record.n)), plain(opened.map(({ sequence }) => sequence)), plain(opened.map(({ record }) => record.at)), texts(opened.map(({ body }) => body))],
    })
  }
  return statements
}

export function insertRefusals(journalId: string, refusals: readonly Placed<RefusalRecord>[]): Statement[] {
  if (refusals.length === 0) return []
  const text = (of: (record: RefusalRecord) => string | undefined): string => texts(refusals.map(({ record }) => of(record)))
  return [{
    text: `INSERT INTO refusal (journal_id, sequence, at_ms, call, organization, project, key, model, operation, code, clause)
      SELECT $1, u.* FROM unnest($2::bigint[], $3::bigint[], ${[4, 5, 6, 7, 8, 9, 10, 11].map(textColumn).join(', ')}) AS u ON CONFLICT DO NOTHING`,
    values: [journalId, plain(refusals.map(({ sequence }) => sequence)), plain(refusals.map(({ record }) => record.at)), text((r) => r.call), text((r) => r.organization),
      text((r) => r.project), text((r) => r.key), text((r) => r.model), text((r) => r.operation), text((r) => r.code), text((r) => r.clause)],
  }]
}

export interface Quarantined {
  readonly sequence: number
  readonly reason: string
  readonly detail: string
  readonly body: string
}

export function insertQuarantined(clock: Clock, journalId: string, items: readonly Quarantined[]): Statement[] {
  if (items.length === 0) return []
  const reasons = [...new Set(items.map((item) => item.reason))].map((reason) => items.filter((item) => item.reason === reason))
  return [{
    text: `INSERT INTO quarantine (journal_id, at_ms, sequence, reason, detail, body)
      SELECT $1, $2::bigint, u.* FROM unnest($3::bigint[], ${[4, 5, 6].map(textColumn).join(', ')}) AS u`,
    values: [journalId, clock.now(), plain(items.map((i) => i.sequence)), texts(items.map((i) => i.reason)), texts(items.map((i) => i.detail)), texts(items.map((i) => i.body))],
  }, {
    text: `SELECT raise_event($1, 'quarantined', 'quarantine/' || e.reason, $2 || ' ' || e.sequence, jsonb_build_object('reason', e.reason, 'records', e.records, 'detail', e.detail))
      FROM unnest(${textColumn(3)}, $4::bigint[], $5::int[], ${textColumn(6)}) AS e(reason, sequence, records, detail)`,
    values: [isoTime(clock.now()), journalId, texts(reasons.map(([first]) => first?.reason)), plain(reasons.map(([first]) => first?.sequence)), plain(reasons.map((all) => all.length)), texts(reasons.map(([first]) => first?.detail))],
  }]
}

/**
 * Joins the statements of a page into one, which is one transaction and one round trip: the database works on a page while
 * the next is rated. A part that expects rows ends the whole where it finds another number (SQLSTATE WE001).
 */
export function joined(statements: readonly Statement[]): { readonly text: string; readonly values: readonly unknown[] } {
  const parts: string[] = []
  const checks: string[] = []
  const values: unknown[] = []
  statements.forEach((statement, index) => {
    const offset = values.length
    parts.push(`part${index} AS (${statement.text.replace(/\$(\d+)/g, (_, n: string) => `$${Number(n) + offset}`)})`)
    values.push(...statement.values)
    if (statement.expected !== undefined) {
      values.push(statement.expected)
      checks.push(`expect_rows((SELECT count(*) FROM part${index}), $${values.length}::bigint)`)
    } else if (statement.text.startsWith('SELECT')) checks.push(`(SELECT count(*) FROM part${index})`)
  })
  return { text: `WITH ${parts.join(',\n')} SELECT ${checks.join(', ')}`, values }
}
