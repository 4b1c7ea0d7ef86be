/**
 * Legal holds: what one covers is not erased while it lasts, whoever asks. A hold is time-boxed; before it ends somebody
 * other than who set it has to look at it again, or it ends by itself. Each step is a leaf. Erasure asks the table itself
 * (`notHeld`), so that what is captured into a held period later is covered too.
 */
import { createHash } from 'node:crypto'
import type { Sql } from '../../store/store.ts'
import { recordEvent } from '../log/governance.ts'

const dayMs = 86_400_000
/** The longest time before a hold has to be looked at again: a house rule, needs counsel's sign-off. */
export const holdMaxMs = 365 * dayMs
/** How long before its end people are reminded. */
export const holdWarningMs = 14 * dayMs

export interface Hold {
  readonly id: string
  readonly organization: string
  /** The case, claim or letter that it serves. */
  readonly matter: string
  readonly reason: string
  /** These calls; undefined: all of the organization's made in [fromMs, toMs). */
  readonly calls: readonly string[] | undefined
  readonly fromMs: number | undefined
  readonly toMs: number | undefined
  readonly setBy: string
  readonly setAtMs: number
  readonly untilMs: number
  readonly reviewedBy: string | undefined
  readonly reviewedAtMs: number | undefined
  readonly endedBy: string | undefined
  readonly endedAtMs: number | undefined
}

interface HoldRow extends Record<string, unknown> {
  readonly id: string; readonly organization: string; readonly matter: string; readonly reason: string; readonly calls: string[] | null; readonly from_ms: string | null; readonly to_ms: string | null; readonly set_by: string
  readonly set_at_ms: string; readonly until_ms: string; readonly reviewed_by: string | null; readonly reviewed_at_ms: string | null; readonly ended_by: string | null; readonly ended_at_ms: string | null
}

const numberOf = (text: string | null): number | undefined => (text === null ? undefined : Number(text))

const holdOf = (row: HoldRow): Hold => ({
  id: row.id, organization: row.organization, matter: row.matter, reason: row.reason, calls: row.calls ?? undefined, fromMs: numberOf(row.from_ms), toMs: numberOf(row.to_ms), setBy: row.set_by, setAtMs: Number(row.set_at_ms),
  untilMs: Number(row.until_ms), reviewedBy: row.reviewed_by ?? undefined, reviewedAtMs: numberOf(row.reviewed_at_ms), endedBy: row.ended_by ?? undefined, endedAtMs: numberOf(row.ended_at_ms),
})

/** A condition on rows with `organization` and `at_ms`: no hold covers them. `call` is an expression for the row's call. */
export const notHeld = (table: string, call: string, now: string): string => `NOT EXISTS (SELECT 1 FROM terms_hold h WHERE h.ended_at_ms IS NULL AND h.until_ms > ${now} AND h.organization = ${table}.organization
  AND (${call} = ANY (h.calls) OR (${table}.at_ms >= h.from_ms AND ${table}.at_ms < h.to_ms)))`

export const readHolds = async (sql: Sql, organization?: string): Promise<Hold[]> =>
  (await sql<HoldRow>('SELECT * FROM terms_hold WHERE $1::text IS NULL OR organization = $1 ORDER BY set_at_ms DESC, id', [organization ?? null])).map(holdOf)

export type HoldJudged = { readonly status: 'done'; readonly hold: Hold } | { readonly status: 'refused'; readonly code: 'unknown' | 'too_long' | 'same_person' | 'over'; readonly says: string }

const refused = (code: 'unknown' | 'too_long' | 'same_person' | 'over', says: string): HoldJudged => ({ status: 'refused', code, says })
const tooLong = refused('too_long', 'A hold lasts a year at most before it is looked at again: name an earlier end, in the future.')

async function found(sql: Sql, id: string): Promise<Hold | undefined> {
  const [row] = await sql<HoldRow>('SELECT * FROM terms_hold WHERE id = $1 FOR UPDATE', [id])
  return row === undefined ? undefined : holdOf(row)
}

const done = async (sql: Sql, id: string): Promise<HoldJudged> => {
  const hold = await found(sql, id)
  return hold === undefined ? refused('unknown', `no hold ${id}`) : { status: 'done', hold }
}

export type NewHold = Pick<Hold, 'id' | 'organization' | 'matter' | 'reason' | 'calls' | 'fromMs' | 'toMs' | 'untilMs'>

/** Sets a hold: one person may, because keeping harms less than losing evidence. */
export async function setHold(sql: Sql, hold: NewHold, actor: string, atMs: number): Promise<HoldJudged> {
  const { id, organization, matter, reason, calls, fromMs, toMs, untilMs } = hold
  if (untilMs <= atMs || untilMs > atMs + holdMaxMs) return tooLong
  await sql('INSERT INTO terms_hold (id, organization, matter, reason, calls, from_ms, to_ms, set_by, set_at_ms, until_ms) VALUES ($1, $2, $3, $4, $5::text[], $6, $7, $8, $9, $10)',
    [id, organization, matter, reason, calls === undefined ? null : [...calls], fromMs === undefined ? null : String(fromMs), toMs === undefined ? null : String(toMs), actor, String(atMs), String(untilMs)])
  const scope = calls === undefined ? { from: String(fromMs), to: String(toMs) } : { calls: String(calls.length), callsSha256: createHash('sha256').update([...calls].sort().join('\n')).digest('hex') }
  await recordEvent(sql, { kind: 'hold-set', atMs, actor, subject: `hold/${id}`, body: { organization, matter, reason, until: String(untilMs), ...scope } })
  return done(sql, id)
}

/** Looked at again, and prolonged, by somebody other than who set it. */
export async function reviewHold(sql: Sql, id: string, untilMs: number, says: string, actor: string, atMs: number): Promise<HoldJudged> {
  const hold = await found(sql, id)
  if (hold === undefined) return refused('unknown', `no hold ${id}`)
  if (hold.endedAtMs !== undefined || hold.untilMs <= atMs) return refused('over', `Hold ${id} has ended: set another one, if anything is left to hold.`)
  if (hold.setBy === actor) {
    await recordEvent(sql, { kind: 'hold-review-refused', atMs, actor, subject: `hold/${id}`, body: { why: 'the same person set it' } })
    return refused('same_person', 'You set this hold yourself: another person has to look at it.')
  }
  if (untilMs <= atMs || untilMs > atMs + holdMaxMs) return tooLong
  await sql('UPDATE terms_hold SET until_ms = $2, reviewed_by = $3, reviewed_at_ms = $4 WHERE id = $1', [id, String(untilMs), actor, String(atMs)])
  await recordEvent(sql, { kind: 'hold-reviewed', atMs, actor, subject: `hold/${id}`, body: { until: String(untilMs), says } })
  return done(sql, id)
}

/** Ends a hold before its time. */
export async function endHold(sql: Sql, id: string, says: string, actor: string, atMs: number): Promise<HoldJudged> {
  const hold = await found(sql, id)
  if (hold === undefined) return refused('unknown', `no hold ${id}`)
  if (hold.endedAtMs !== undefined) return refused('over', `Hold ${id} has ended already.`)
  await sql('UPDATE terms_hold SET ended_by = $2, ended_at_ms = $3 WHERE id = $1', [id, actor, String(atMs)])
  await recordEvent(sql, { kind: 'hold-ended', atMs, actor, subject: `hold/${id}`, body: { says } })
  return done(sql, id)
}

/** The timer's work: holds that are over end with a leaf. Answers those that ended, and those that end soon. */
export async function endHolds(sql: Sql, nowMs: number): Promise<{ readonly ended: readonly Hold[]; readonly soon: readonly Hold[] }> {
  const rows = (await sql<HoldRow>('SELECT * FROM terms_hold WHERE ended_at_ms IS NULL AND until_ms <= $1 ORDER BY id FOR UPDATE', [String(nowMs + holdWarningMs)])).map(holdOf)
  const ended = rows.filter((hold) => hold.untilMs <= nowMs)
  for (const hold of ended) {
    await sql(`UPDATE terms_hold SET ended_by = 'its time', ended_at_ms = $2 WHERE id = $1`, [hold.id, String(nowMs)])
    await recordEvent(sql, { kind: 'hold-ended', atMs: nowMs, actor: 'clock', subject: `hold/${hold.id}`, body: { says: 'Its time is over and nobody renewed it.' } })
  }
  return { ended, soon: rows.filter((hold) => hold.untilMs > nowMs) }
}
