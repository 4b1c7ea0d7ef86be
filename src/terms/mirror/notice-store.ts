/** Notices as they came, once each, with the case that answers each of them. */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import type { Sql } from '../../store/store.ts'
import { openCase } from '../cases/case-store.ts'
import { everyOrganization } from '../cases/case.ts'
import { watchMeanwhile } from '../cases/watch-meanwhile.ts'
import { recordEvent } from '../log/governance.ts'
import { latestRecords, putRecord } from '../register/record-store.ts'
import { agreementSchema } from '../register/register.ts'
import type { Matched } from './match-calls.ts'
import type { NoticeForm, ReadNotice } from './notice.ts'

/** What was made of a notice. */
export interface Reading extends ReadNotice {
  readonly matched: Omit<Matched, 'calls'>
  /** The first of the matching calls. */
  readonly calls: readonly { readonly call: string; readonly organization: string; readonly by: string; readonly at: string }[]
}

export interface StoredNotice {
  readonly id: string
  readonly party: string
  readonly external: string
  readonly form: NoticeForm
  readonly organization: string
  readonly body: Json
  readonly reading: Reading | undefined
  readonly case: string | undefined
  readonly source: string | undefined
  readonly tries: number
  readonly trouble: string | undefined
  readonly atMs: number
  readonly actor: string
}

interface NoticeRow extends Record<string, unknown> {
  readonly id: string; readonly party: string; readonly external: string; readonly form: NoticeForm; readonly organization: string; readonly body: Json; readonly read: Reading | null; readonly case_id: string | null
  readonly source: string | null; readonly tries: number; readonly trouble: string | null; readonly at_ms: string; readonly actor: string
}

const columns = 'id, party, external, form, organization, body, read, case_id, source, tries, trouble, at_ms, actor'
const noticeOf = (row: NoticeRow): StoredNotice => ({
  id: row.id, party: row.party, external: row.external, form: row.form, organization: row.organization, body: row.body, reading: row.read ?? undefined, case: row.case_id ?? undefined,
  source: row.source ?? undefined, tries: row.tries, trouble: row.trouble ?? undefined, atMs: Number(row.at_ms), actor: row.actor,
})

export const readNotices = async (sql: Sql, organization?: string): Promise<StoredNotice[]> =>
  (await sql<NoticeRow>(`SELECT ${columns} FROM terms_notice WHERE $1::text IS NULL OR organization = $1 ORDER BY at_ms DESC, id DESC LIMIT 500`, [organization ?? null])).map(noticeOf)

export async function findNotice(sql: Sql, id: string): Promise<StoredNotice | undefined> {
  const [row] = await sql<NoticeRow>(`SELECT ${columns} FROM terms_notice WHERE id = $1`, [id])
  return row === undefined ? undefined : noticeOf(row)
}

/** How long after a try a case that could not be read is asked for again; after the last it is taken up with what it says itself. */
export const rereadAfterMs = [5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 2 * 3_600_000, 4 * 3_600_000] as const

/** Notices whose case has still to be read at the sender, and whose turn it is. */
export const unreadNotices = async (sql: Sql, nowMs: number): Promise<StoredNotice[]> =>
  (await sql<NoticeRow>(`SELECT ${columns} FROM terms_notice WHERE read IS NULL AND next_try_ms <= $1 ORDER BY at_ms LIMIT 20`, [String(nowMs)])).map(noticeOf)

export interface NewNotice {
  readonly id: string
  readonly party: string
  readonly external: string
  readonly form: NoticeForm
  readonly organization: string
  readonly body: Json
  readonly source?: string
  readonly actor: string
  readonly atMs: number
}

const sha256 = (body: Json): string => createHash('sha256').update(canonicalJson(body)).digest('hex')

/** Keeps a notice as it came. The id of the one that is there already where it came before. */
export async function keepNotice(sql: Sql, notice: NewNotice): Promise<{ readonly status: 'kept' | 'known'; readonly id: string }> {
  const { id, party, external, form, organization, body, source, actor, atMs } = notice
  const rows = await sql('INSERT INTO terms_notice (id, party, external, form, organization, body, source, at_ms, actor) VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9) ON CONFLICT (party, external) DO NOTHING RETURNING id',
    [id, party, external, form, organization, JSON.stringify(body), source ?? null, String(atMs), actor])
  if (rows.length === 0) {
    const [known] = await sql<{ id: string }>('SELECT id FROM terms_notice WHERE party = $1 AND external = $2', [party, external])
    return { status: 'known', id: known?.id ?? id }
  }
  await recordEvent(sql, { kind: 'notice-received', atMs, actor, subject: `notice/${id}`, body: { party, external, form, sha256: sha256(body) } })
  return { status: 'kept', id }
}

/** At most this many calls are named in the case and kept with the notice. */
const namedMax = 200

/** Whose use it is about: who made all matching calls, else what the notice or its source was registered for. */
export function organizationOf(stated: string, matched: Matched): string {
  const found = new Set(matched.calls.map((one) => one.organization))
  const [only] = found
  return stated === everyOrganization && found.size === 1 && only !== undefined ? only : stated
}

/** An active agreement with the sender is under investigation from now on: exports of its rows become a question. */
async function investigate(sql: Sql, notice: StoredNotice, organization: string, atMs: number): Promise<void> {
  for (const record of await latestRecords(sql, 'agreement', organization)) {
    const agreement = agreementSchema.parse(record.body)
    if (agreement.party !== notice.party || agreement.state !== 'active') continue
    await putRecord(sql, { kind: 'agreement', id: agreement.id, organization, body: { ...agreement, state: 'under-investigation' } as unknown as Json, actor: `notice ${notice.external}`, atMs })
  }
}

/** Opens the case that answers a notice, once it has been read and matched. */
export async function takeUpNotice(sql: Sql, notice: StoredNotice, read: ReadNotice, matched: Matched, caseId: string, atMs: number): Promise<Reading> {
  const { calls, ...numbers } = matched
  const organization = organizationOf(notice.organization, matched)
  const named = calls.slice(0, namedMax)
  const reading: Reading = { ...read, matched: numbers, calls: named.map(({ call, organization: of, by, at }) => ({ call, organization: of, by, at })) }
  const mine = await sql('UPDATE terms_notice SET read = $2::jsonb, case_id = $3, organization = $4, trouble = NULL WHERE id = $1 AND read IS NULL RETURNING id', [notice.id, JSON.stringify(reading), caseId, organization])
  // Another node was faster: its case stands.
  if (mine.length === 0) return reading
  const clause = read.clause ?? `${notice.party}.notice`
  await openCase(sql, caseId, {
    kind: 'signalled', organization, about: { organization }, source: 'supplier_notice', referredBy: notice.party, matter: 'terms_breach', clause,
    says: read.says, evidence: [notice.id, ...named.map((one) => one.call)],
  }, notice.actor, atMs)
  // Whose end user a supplier has turned off; one that is about an account of ours keeps that out of rotation (penalties.ts).
  if (read.action === 'deactivation' && read.account === undefined && organization !== everyOrganization) {
    await watchMeanwhile(sql, caseId, { id: caseId.replace(/^case/, 'restriction'), scope: { organization }, clause, says: `${notice.party} has turned an end user off: more calls are looked at than usual. Nothing is kept out.`, evidence: [notice.id] }, `notice ${notice.external}`, atMs)
  }
  if (read.action !== 'told') await investigate(sql, notice, organization, atMs)
  return reading
}

/** The sender could not be asked, or did not answer: kept, to be tried again, and no sooner than `afterMs` from now where the sender said so. */
export function noteTrouble(sql: Sql, { id, tries }: StoredNotice, says: string, nowMs: number, afterMs = 0): Promise<unknown> {
  const waitMs = Math.max(rereadAfterMs[Math.min(tries, rereadAfterMs.length - 1)] ?? 0, afterMs)
  return sql('UPDATE terms_notice SET tries = tries + 1, trouble = $2, next_try_ms = $3 WHERE id = $1', [id, says, String(nowMs + waitMs)])
}
