/**
 * `weir terms statement`: how much was used for what, in a form that can be checked to be complete. The period runs from one
 * checkpoint to another; every leaf between them is disclosed, commitments closed, so that whoever reads it rebuilds the
 * signed root and the sums. Use outside the gateway is an explicit list: stated by reconciliation, not proven by the log.
 */
import type { Sql, Store } from '../../store/store.ts'
import { totalsOf } from '../verifier/verify.ts'
import { firstLeafSince, readFrontier } from './append.ts'
import type { Objects } from './objects.ts'
import { frontierAt } from './publish.ts'

/** Use that did not pass the gateway, as reconciliation found it. */
export interface OutsideUse { readonly supplier: string; readonly says: string; readonly amount?: string; readonly currency?: string }

export interface Statement {
  readonly kind: 'weir-statement/v1'
  readonly origin: string
  /** RFC 3339 or milliseconds as asked; the period is exactly that of the two checkpoints. */
  readonly fromMs: number
  readonly toMs: number
  readonly before: { readonly size: string; readonly peaks: readonly string[]; readonly checkpoint?: string }
  readonly checkpoint: string
  readonly leaves: readonly string[]
  readonly totals: readonly Record<string, unknown>[]
  readonly outside: readonly OutsideUse[]
}

interface NoteRow extends Record<string, unknown> { readonly size: string; readonly note: string; readonly cosignatures: string }

const checkpoint = async (sql: Sql, where: string, values: readonly unknown[]): Promise<NoteRow | undefined> =>
  (await sql<NoteRow>(`SELECT size, note, cosignatures FROM terms_checkpoint WHERE log = $1 AND published AND note IS NOT NULL AND ${where} LIMIT 1`, values))[0]

const pageLeaves = 5_000
/** Leaves summed in one statement: reading a body as JSON takes the embedded database some 20 µs. */
const sumLeaves = 1_000n

/**
 * States what was posted between two instants, in milliseconds: from the last checkpoint at or before `fromMs` to the first
 * at or after `toMs`, or the newest. Undefined where the log has no published checkpoint.
 */
export async function buildStatement(store: Store, objects: Objects, log: string, fromMs: number, toMs: number, outside: readonly OutsideUse[]): Promise<Statement | undefined> {
  const ask: Sql = (text, values) => store.query('jobs', text, values)
  const end = (await checkpoint(ask, 'at_ms >= $2 ORDER BY size', [log, String(toMs)])) ?? (await checkpoint(ask, 'true ORDER BY size DESC', [log]))
  if (end === undefined) return undefined
  const start = await checkpoint(ask, 'at_ms <= $2 AND size <= $3 ORDER BY size DESC', [log, String(fromMs), end.size])
  const first = BigInt(start?.size ?? 0)
  const { hashes } = await frontierAt(objects, first, BigInt(end.size))
  const leaves: string[] = []
  for (let next = first; next < BigInt(end.size); next = first + BigInt(leaves.length)) {
    const rows = await ask<{ body: string }>('SELECT body FROM terms_leaf WHERE log = $1 AND index >= $2 AND index < $3 ORDER BY index LIMIT $4', [log, String(next), end.size, pageLeaves])
    if (rows.length === 0) throw new Error(`leaf ${next} of ${log} is missing: run weir log check`)
    leaves.push(...rows.map((row) => row.body))
  }
  const { origin } = await readFrontier(ask, log)
  return {
    kind: 'weir-statement/v1', origin, fromMs, toMs,
    before: { size: String(first), peaks: hashes.map((hash) => hash.toString('base64')), ...(start === undefined ? {} : { checkpoint: start.note + start.cosignatures }) },
    checkpoint: end.note + end.cosignatures, leaves, totals: totalsOf(leaves), outside,
  }
}

export interface LogTotals { readonly attempts: number; readonly input: string; readonly output: string }

/** Attempts and tokens that a log has receipts for, dialled in [fromMs, toMs): one side of T1. The ledger supplies the other. */
export async function receiptTotals(sql: Sql, log: string, fromMs: number, toMs: number): Promise<LogTotals> {
  const [held] = await sql<{ size: string }>('SELECT size FROM terms_log WHERE id = $1', [log])
  const size = BigInt(held?.size ?? 0)
  let [attempts, input, output] = [0, 0n, 0n]
  for (let first = await firstLeafSince(sql, log, fromMs); first < size; first += sumLeaves) {
    const [row] = await sql<{ attempts: string; input: string; output: string }>(
      `SELECT count(*) AS attempts, coalesce(sum((b->'usage'->>'input')::numeric), 0) AS input, coalesce(sum((b->'usage'->>'output')::numeric), 0) AS output
       FROM terms_leaf l CROSS JOIN LATERAL (SELECT at_ms FROM terms_salt WHERE terms_salt.journal_id = l.journal_id AND terms_salt.sequence = l.sequence OFFSET 0) s,
         LATERAL (SELECT l.body::jsonb AS b) AS parsed
       WHERE l.log = $1 AND l.index >= $2 AND l.index < $3 AND s.at_ms >= $4 AND s.at_ms < $5`, [log, String(first), String(first + sumLeaves), String(fromMs), String(toMs)])
    attempts += Number(row?.attempts ?? 0)
    input += BigInt(row?.input ?? 0)
    output += BigInt(row?.output ?? 0)
  }
  return { attempts, input: String(input), output: String(output) }
}

export type Completeness = { readonly status: 'equal' } | { readonly status: 'different'; readonly says: readonly string[] }

/** T1: receipts = ledger, by attempts and by tokens. A difference is a case, not a rounding. */
export function compareTotals(receipts: LogTotals, ledger: LogTotals): Completeness {
  const says = (['attempts', 'input', 'output'] as const).flatMap((name) => (String(receipts[name]) === String(ledger[name]) ? [] : [`${name}: receipts ${receipts[name]}, ledger ${ledger[name]}`]))
  return says.length === 0 ? { status: 'equal' } : { status: 'different', says }
}
