/**
 * From a node's journal into the database: durable, in order, and idempotent by (journal identity, sequence, content).
 * What arrives twice with the same content is ignored; the same number with other content means a copied journal, and is
 * kept apart in quarantine and raised as an event, never merged and never dropped (C3).
 */
import { createHash, hash } from 'node:crypto'
import { promisify } from 'node:util'
import { zstdCompress } from 'node:zlib'
import { assert } from '../kernel/assert.ts'
import type { Clock } from '../kernel/clock.ts'
import { inSlices, systemPause, type Pause } from '../kernel/slices.ts'
import type { NumberedRecord } from '../journal/record.ts'
import type { Sql, Store } from '../store/store.ts'
import { raiseEvent } from './events.ts'

export interface ShipOptions {
  readonly clock: Clock
  /** Between slices; a turn of the event loop where absent. */
  readonly pause?: Pause
  /**
   * The first number that the journal still has. Numbers before it can never come, so a gap that ends there is accepted,
   * counted as missing and raised as an event. Any other gap is refused: the watermark answered says where to begin.
   */
  readonly oldest?: number
}

/** Bytes kept of each record's SHA-256: enough to tell contents apart, for good, after the payload is pruned. */
const hashBytes = 16

const sha256 = (text: string): Buffer => hash('sha256', text, 'buffer')

interface Batch {
  readonly first: number
  readonly last: number
  readonly hash: Buffer
  readonly hashes: Buffer
  readonly payload: Buffer
}

const compress = promisify(zstdCompress)

/** Records hashed between two pauses: calls wait for it. */
const stepRecords = 500

async function batchOf(records: readonly NumberedRecord[], pause: Pause = systemPause): Promise<Batch> {
  const hashes = Buffer.alloc(records.length * hashBytes)
  const whole = createHash('sha256')
  const first = records[0]?.sequence ?? 0
  await inSlices(pause, records, stepRecords, (slice, at) => slice.forEach((record, index) => {
    assert(record.sequence === first + at + index, `journal records must be shipped without gaps: ${record.sequence} follows ${first + at + index - 1}`)
    const one = sha256(record.body)
    one.copy(hashes, (at + index) * hashBytes, 0, hashBytes)
    whole.update(one)
  }))
  const payload = await compress(records.map((record) => record.body).join('\n'))
  return { first, last: first + records.length - 1, hash: whole.digest(), hashes, payload }
}

/**
 * Stores records and answers the watermark: the highest number up to which the journal is durable. Records above it have
 * to be shipped again. One round trip where the batch follows the watermark; overlaps and gaps take a transaction.
 */
export async function ship(store: Store, journalId: string, records: readonly NumberedRecord[], options: ShipOptions): Promise<number> {
  if (records.length === 0) return watermark(store, journalId)
  const batch = await batchOf(records, options.pause)
  const moved = await store.query('posting', `
    WITH moved AS (
      INSERT INTO journal_watermark AS w (journal_id, shipped)
      SELECT $1, $3 WHERE $2::bigint = 1 OR EXISTS (SELECT 1 FROM journal_watermark WHERE journal_id = $1)
      ON CONFLICT (journal_id) DO UPDATE SET shipped = $3, updated_at = now() WHERE w.shipped = $2::bigint - 1
      RETURNING 1
    )
    INSERT INTO journal_batch (journal_id, first_sequence, last_sequence, hash, hashes, payload)
    SELECT $1, $2, $3, $4, $5, $6 FROM moved RETURNING 1`,
  [journalId, batch.first, batch.last, batch.hash, batch.hashes, batch.payload])
  if (moved.length > 0) return batch.last
  return store.transaction('posting', (sql) => shipAcross(sql, journalId, records, options))
}

/** The way for batches that overlap what is there, or leave a gap after it. */
async function shipAcross(sql: Sql, journalId: string, records: readonly NumberedRecord[], options: ShipOptions): Promise<number> {
  await sql('INSERT INTO journal_watermark (journal_id) VALUES ($1) ON CONFLICT DO NOTHING', [journalId])
  const [row] = await sql<{ shipped: string }>('SELECT shipped FROM journal_watermark WHERE journal_id = $1 FOR UPDATE', [journalId])
  const shipped = Number(row?.shipped ?? 0)
  await compareOverlap(sql, journalId, records.filter((record) => record.sequence <= shipped), options.clock)
  const fresh = records.filter((record) => record.sequence > shipped)
  const first = fresh[0]?.sequence
  if (first === undefined) return shipped
  if (first > shipped + 1) {
    if (options.oldest === undefined || options.oldest < first) return shipped
    const missing = first - shipped - 1
    await sql('UPDATE journal_watermark SET missing = missing + $2 WHERE journal_id = $1', [journalId, missing])
    await raiseEvent(sql, options.clock, 'journal-gap', `journal/${journalId}`, `${shipped + 1}-${first - 1}`, {
      from: shipped + 1, to: first - 1, missing, advice: 'these records were forgotten by their node before the database had them; look for a backup of its journal',
    })
  }
  const batch = await batchOf(fresh, options.pause)
  await sql('INSERT INTO journal_batch (journal_id, first_sequence, last_sequence, hash, hashes, payload) VALUES ($1, $2, $3, $4, $5, $6)',
    [journalId, batch.first, batch.last, batch.hash, batch.hashes, batch.payload])
  await sql('UPDATE journal_watermark SET shipped = $2, updated_at = now() WHERE journal_id = $1', [journalId, batch.last])
  return batch.last
}

async function compareOverlap(sql: Sql, journalId: string, records: readonly NumberedRecord[], clock: Clock): Promise<void> {
  const first = records[0]?.sequence
  const last = records.at(-1)?.sequence
  if (first === undefined || last === undefined) return
  const batches = await sql<{ first_sequence: string; last_sequence: string; hashes: Buffer }>(
    'SELECT first_sequence, last_sequence, hashes FROM journal_batch WHERE journal_id = $1 AND last_sequence >= $2 AND first_sequence <= $3 ORDER BY first_sequence',
    [journalId, first, last])
  const same = (record: NumberedRecord): boolean => batches.some((batch) => {
    const offset = (record.sequence - Number(batch.first_sequence)) * hashBytes
    return offset >= 0 && offset < batch.hashes.length && batch.hashes.subarray(offset, offset + hashBytes).equals(sha256(record.body).subarray(0, hashBytes))
  })
  const conflicting = records.filter((record) => !same(record))
  if (conflicting.length === 0) return
  const kept = await sql(`
    INSERT INTO quarantine (journal_id, sequence, reason, detail, body, at_ms)
    SELECT $1, s, 'conflict', 'the journal holds another record under this number: its file was copied', b, $4
    FROM unnest($2::bigint[], $3::text[]) AS c(s, b) ON CONFLICT DO NOTHING RETURNING id`,
  [journalId, conflicting.map((record) => record.sequence), conflicting.map((record) => record.body), clock.now()])
  if (kept.length === 0) return
  await sql('UPDATE journal_watermark SET strays = strays + $2, quarantined_events = quarantined_events + $2 WHERE journal_id = $1', [journalId, kept.length])
  await raiseEvent(sql, clock, 'journal-conflict', `journal/${journalId}`, String(conflicting[0]?.sequence), {
    records: kept.length, from: conflicting[0]?.sequence ?? 0, to: conflicting.at(-1)?.sequence ?? 0,
    advice: 'two files with one identity write: stop one node, give it a new journal, then re-drive the quarantined records',
  })
}

/**
 * The highest number up to which the journal is durable in the database; 0 where it is unknown. `confirmed` is the number that
 * the journal was told: where the database has fewer, it was put back, and its budgets are fenced until every node has spoken.
 */
export async function watermark(store: Store, journalId: string, confirmed = 0): Promise<number> {
  const [row] = await store.query<{ shipped: string }>('posting', 'SELECT journal_shipped($1, $2) AS shipped', [journalId, confirmed])
  return Number(row?.shipped ?? 0)
}

/** Forgets the payloads of batches that are posted and were received before `before`, milliseconds. Their hashes stay. */
export async function pruneBatches(store: Store, before: number): Promise<number> {
  const pruned = await store.query('jobs', `
    UPDATE journal_batch b SET payload = NULL FROM journal_watermark w
    WHERE b.payload IS NOT NULL AND w.journal_id = b.journal_id AND b.last_sequence <= w.posted
      AND b.received_at < to_timestamp($1::float8 / 1000) RETURNING 1`, [before])
  return pruned.length
}
