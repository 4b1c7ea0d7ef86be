/**
 * What suppliers impose on our accounts, as their notices say it, while it lasts: a blocked account leaves rotation, a
 * throttled one gets the stated share of the calls that another place may serve. It ends with the supplier's own end, when
 * the account is read without it, or when a person reinstates the account; a notice that names no end, of an account that
 * nobody reads, is acted on for as long as anything is that a program does.
 */
import type { Sql } from '../../store/store.ts'
import { automaticMs } from '../cases/case.ts'
import { recordEvent } from '../log/governance.ts'

export interface Penalty {
  /** Of the notice that says it. */
  readonly notice: string
  readonly account: string
  readonly action: 'block' | 'throttle'
  /** Of the usual rate, what is left: a throttled account keeps that share of its calls. Undefined: the supplier does not say, and none is sent elsewhere. */
  readonly percent: number | undefined
  readonly says: string
  readonly sinceMs: number
  /** Infinite while the account is read and says so without an end. */
  readonly untilMs: number
}

interface Row extends Record<string, unknown> {
  readonly id: string
  readonly read: { readonly account: string; readonly action: string; readonly percent?: number; readonly untilMs?: number; readonly says: string }
  readonly at_ms: string
  readonly watched: boolean
}

/** Those in force, the latest last. */
export async function readPenalties(sql: Sql, nowMs: number): Promise<Penalty[]> {
  const rows = await sql<Row>(
    `SELECT n.id, n.read - 'calls' AS read, n.at_ms, EXISTS (SELECT 1 FROM terms_account_watch w WHERE w.kind = 'azure-account' AND w.removed_at_ms IS NULL AND w.account = n.read->>'account' AND w.party = n.party) AS watched
     FROM terms_notice n WHERE n.ended_at_ms IS NULL AND n.read->>'account' IS NOT NULL AND n.read->>'action' IN ('block', 'throttle', 'deactivation') ORDER BY n.at_ms, n.id`)
  return rows.map(({ id, read, at_ms: at, watched }): Penalty => ({
    notice: id, account: read.account, action: read.action === 'throttle' ? 'throttle' : 'block', percent: read.percent, says: read.says, sinceMs: Number(at),
    untilMs: read.untilMs ?? (watched ? Number.POSITIVE_INFINITY : Number(at) + automaticMs),
  })).filter((one) => nowMs < one.untilMs)
}

/** Ends what is imposed on an account, one leaf each. Answers the notices. */
export async function endPenalties(sql: Sql, account: string, says: string, actor: string, atMs: number): Promise<string[]> {
  const rows = await sql<{ id: string }>(`UPDATE terms_notice SET ended_at_ms = $2 WHERE ended_at_ms IS NULL AND read->>'account' = $1 AND read->>'action' IN ('block', 'throttle', 'deactivation') RETURNING id`, [account, String(atMs)])
  for (const { id } of rows) await recordEvent(sql, { kind: 'penalty-ended', atMs, actor, subject: `notice/${id}`, body: { account, says } })
  return rows.map((one) => one.id).toSorted()
}
