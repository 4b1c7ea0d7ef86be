/**
 * Logs as rows. The index of a leaf is assigned by compare-and-set on the log's size inside the transaction that posts what
 * the leaf is about, so that a leaf exists exactly when its posting does (T1).
 */
import { assert } from '../../kernel/assert.ts'
import type { Sql } from '../../store/store.ts'
import { extend, frontierBytes, leafHash, parseFrontier } from './merkle.ts'
import type { Frontier } from './merkle.ts'

/** The log of policies, approvals, cases, exports, admin acts and the receipts' checkpoints. */
export const governanceLog = 'governance'

/** Id of an organization's receipts log. */
export const receiptsLog = (organization: string): string => `receipts/${organization}`

/**
 * Leaves `l` of a log `$1` that are about the calls `$2::text[]`, each found by its call. Without the fence (`OFFSET 0`) a
 * planner that knows nothing of the table, as the embedded one never does, reads the whole log for any handful of calls.
 */
export const leavesOfCalls = `(SELECT found.* FROM unnest($2::text[]) AS asked (call)
  CROSS JOIN LATERAL (SELECT log, call, index, body, journal_id, sequence FROM terms_leaf WHERE terms_leaf.call = asked.call OFFSET 0) found WHERE found.log = $1) l`

/** How far the clocks of those who dial and of those who sign may lie apart. */
export const slackMs = 3_600_000

/** Index before which no leaf of a log is about a call dialled since an instant: what a checkpoint covers was dialled before it. */
export async function firstLeafSince(sql: Sql, log: string, sinceMs: number): Promise<bigint> {
  const [row] = await sql<{ size: string }>('SELECT size FROM terms_checkpoint WHERE log = $1 AND at_ms < $2 ORDER BY at_ms DESC LIMIT 1', [log, String(sinceMs - slackMs)])
  return BigInt(row?.size ?? 0)
}

/** The record's salt of leaf `l`; null where it was erased. */
export const saltOfLeaf = '(SELECT s.salt FROM terms_salt s WHERE s.journal_id = l.journal_id AND s.sequence = l.sequence)'

export interface NewLeaf {
  /** Canonical JSON (RFC 8785); its UTF-8 bytes are the entry. At most 65,535 bytes. */
  readonly body: string
  /** What it is a receipt for. The same pair is never appended twice to one log. */
  readonly journal?: { readonly id: string; readonly sequence: number | string }
  readonly call?: string
}

export interface Appended {
  /** Index of the first new leaf. */
  readonly first: bigint
  readonly size: bigint
  /** Leaves that were there already. */
  readonly skipped: number
}

interface LogRow extends Record<string, unknown> { readonly size: string; readonly frontier: Buffer }

const entryLengthMax = 65_535

/** Makes a log where it does not exist yet. `origin` names it to the outside world and never changes. */
export async function ensureLog(sql: Sql, log: { readonly id: string; readonly origin: string; readonly organization?: string }): Promise<void> {
  await sql('INSERT INTO terms_log (id, kind, organization, origin) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING', [
    log.id, log.organization === undefined ? 'governance' : 'receipts', log.organization ?? null, log.origin,
  ])
}

async function unseen(sql: Sql, log: string, leaves: readonly NewLeaf[]): Promise<NewLeaf[]> {
  const journals = leaves.flatMap((leaf) => (leaf.journal === undefined ? [] : [leaf.journal]))
  if (journals.length === 0) return [...leaves]
  const rows = await sql<{ journal_id: string; sequence: string }>(
    `SELECT l.journal_id, l.sequence FROM unnest($2::text[], $3::bigint[]) AS asked (journal_id, sequence)
     JOIN terms_leaf l ON l.log = $1 AND l.journal_id = asked.journal_id AND l.sequence = asked.sequence`,
    [log, journals.map((journal) => journal.id), journals.map((journal) => String(journal.sequence))],
  )
  const seen = new Set(rows.map((row) => `${row.sequence} ${row.journal_id}`))
  return leaves.filter(({ journal }) => {
    if (journal === undefined) return true
    const name = `${journal.sequence} ${journal.id}`
    if (seen.has(name)) return false
    seen.add(name)
    return true
  })
}

/**
 * One statement for all rows. Bodies and hashes travel as one value each: escaping thousands of array members costs the
 * driver more than all hashing. Canonical JSON holds no raw newline, so lines can carry it.
 */
async function insertLeaves(sql: Sql, log: string, first: string, leaves: readonly NewLeaf[], hashes: readonly Buffer[]): Promise<void> {
  assert(leaves.every((leaf) => !leaf.body.includes('\n')), 'a leaf is canonical JSON and holds no newline')
  await sql(
    `INSERT INTO terms_leaf (log, index, hash, body, journal_id, sequence, call)
     SELECT $1, $2::bigint + n - 1, substring($3::bytea FROM (n::integer - 1) * 32 + 1 FOR 32), body, journal_id, sequence, call
     FROM ROWS FROM (string_to_table($4::text, E'\\n'), unnest($5::text[]), unnest($6::bigint[]), unnest($7::text[])) WITH ORDINALITY AS new (body, journal_id, sequence, call, n)`,
    [log, first, Buffer.concat(hashes), leaves.map((leaf) => leaf.body).join('\n'), leaves.map((leaf) => leaf.journal?.id ?? null), leaves.map((leaf) => (leaf.journal === undefined ? null : String(leaf.journal.sequence))), leaves.map((leaf) => leaf.call ?? null)],
  )
}

/**
 * Appends leaves inside the caller's transaction, in order. The log's row stays locked until that transaction ends, so
 * give leaves in pages that keep it short. Throws where the log does not exist, or an entry is too long.
 */
export async function appendLeaves(sql: Sql, log: string, leaves: readonly NewLeaf[]): Promise<Appended> {
  const [row] = await sql<LogRow>('SELECT size, frontier FROM terms_log WHERE id = $1 FOR UPDATE', [log])
  assert(row !== undefined, `no log ${log}: make it with ensureLog`)
  const size = BigInt(row.size)
  const fresh = await unseen(sql, log, leaves)
  if (fresh.length === 0) return { first: size, size, skipped: leaves.length }
  const hashes = fresh.map((leaf) => {
    const entry = Buffer.from(leaf.body)
    assert(entry.length <= entryLengthMax, `a leaf of ${entry.length} bytes for ${log}: entries are commitments, never content`)
    return leafHash(entry)
  })
  const grown = extend(parseFrontier(size, row.frontier), hashes)
  const set = await sql('UPDATE terms_log SET size = $2, frontier = $3 WHERE id = $1 AND size = $4 RETURNING id', [log, String(grown.size), frontierBytes(grown), row.size])
  assert(set.length === 1, `log ${log} changed under its lock`)
  await insertLeaves(sql, log, row.size, fresh, hashes)
  return { first: size, size: grown.size, skipped: leaves.length - fresh.length }
}

/** A log's size and frontier as committed, or inside a transaction. */
export async function readFrontier(sql: Sql, log: string): Promise<Frontier & { readonly epoch: bigint; readonly origin: string }> {
  const [row] = await sql<LogRow & { epoch: string; origin: string }>('SELECT size, frontier, epoch, origin FROM terms_log WHERE id = $1', [log])
  assert(row !== undefined, `no log ${log}: make it with ensureLog`)
  return { ...parseFrontier(BigInt(row.size), row.frontier), epoch: BigInt(row.epoch), origin: row.origin }
}
