/** Words that people have given to questions at export, train and publish: two different people let one through. */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import type { Sql } from '../../store/store.ts'
import { recordEvent } from '../log/governance.ts'
import { approveUse } from './record-store.ts'

export interface Given { readonly by: readonly string[]; readonly untilMs: number }

/** Id of a question: what it is about, under which policy set. Another policy set is another question. */
export const questionId = (about: Json): string => `approval_${createHash('sha256').update(canonicalJson(about)).digest('hex').slice(0, 24)}`

/** Who approved what, with the instant up to which all of them hold, milliseconds. One person's latest word counts. */
export async function approvalsGiven(sql: Sql): Promise<Map<string, Given>> {
  const rows = await sql<{ id: string; actor: string; body: { untilMs: string } }>(`SELECT DISTINCT ON (id, actor) id, actor, body FROM terms_record WHERE kind = 'use-approval' ORDER BY id, actor, version DESC`)
  const given = new Map<string, Given>()
  for (const { id, actor, body } of rows) {
    const before = given.get(id)
    given.set(id, { by: [...(before?.by ?? []), actor], untilMs: Math.min(before?.untilMs ?? Infinity, Number(body.untilMs)) })
  }
  return given
}

/** Whether two different people have let a question through, at an instant. */
export const letThrough = (given: Given | undefined, nowMs: number): boolean => given !== undefined && given.untilMs > nowMs && new Set(given.by).size >= 2

export type UseApproved = { readonly status: 'approved'; readonly by: readonly string[] } | { readonly status: 'same-person' }

/** One person's word. The same person twice counts once, and trying is logged. */
export async function giveApproval(sql: Sql, approval: string, untilMs: number, actor: string, atMs: number): Promise<UseApproved> {
  await sql('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`terms approval ${approval}`])
  const before = (await approvalsGiven(sql)).get(approval)
  if (before?.by.includes(actor) === true && before.untilMs > atMs) {
    await recordEvent(sql, { kind: 'use-approval-refused', atMs, actor, subject: `use-approval/${approval}`, body: { why: 'the same person approved it before' } })
    return { status: 'same-person' }
  }
  await approveUse(sql, approval, untilMs, actor, atMs)
  return { status: 'approved', by: [...(before?.by ?? []), actor] }
}
