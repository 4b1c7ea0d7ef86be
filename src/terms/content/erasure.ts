/**
 * Erasure: a record's key, its ciphertext and its salt are destroyed, and a signed attestation of that is logged, with its
 * limits. The receipt stands: it proves as before that a call was made, and can no longer be opened. Held records stay.
 */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import { isoTime } from '../../kernel/clock.ts'
import type { Sql, Store } from '../../store/store.ts'
import { signEnvelope } from '../log/dsse.ts'
import type { Envelope } from '../log/dsse.ts'
import { recordEvent } from '../log/governance.ts'
import type { NoteSigner } from '../log/note.ts'
import { notHeld } from './holds.ts'

export const erasureType = 'application/vnd.weir.erasure+json'

/** What an attestation says that it cannot say. */
export const erasureLimits = [
  'Copies that were handed out before, in datasets, answers or by people, are not reached.',
  'Backups made before the erasure may still hold ciphertext and wrapped keys, until they are destroyed: keep captured content out of them.',
  'What a supplier has kept of the call is governed by the supplier\'s terms.',
] as const

export interface ErasurePorts {
  readonly store: Store
  readonly signer: NoteSigner
}

export interface ErasureAsk {
  readonly organization: string
  /** These calls; or all that expired by `nowMs`, or that were made before an instant. */
  readonly which: { readonly calls: readonly string[] } | 'expired' | { readonly beforeMs: number }
  readonly reason: string
  readonly actor: string
  readonly nowMs: number
}

export interface Erased {
  readonly calls: readonly string[]
  /** Calls of those asked for that a legal hold keeps. */
  readonly held: number
  /** Undefined where nothing was erased. */
  readonly attestation: Envelope | undefined
}

const pageCalls = 500

const condition = (which: ErasureAsk['which']): string =>
  which === 'expired' ? 'expires_at_ms <= $2' : 'calls' in which ? 'call = ANY ($2::text[])' : 'at_ms < $2'

const valueOf = ({ which, nowMs }: ErasureAsk): unknown => (which === 'expired' ? String(nowMs) : 'calls' in which ? [...which.calls] : String(which.beforeMs))

/** Destroys a page of records with their salts, and answers their calls. */
async function erasePage(sql: Sql, ask: ErasureAsk): Promise<string[]> {
  const rows = await sql<{ call: string }>(
    `UPDATE terms_content SET wrapped_key = NULL, request = NULL, response = NULL, erased_at_ms = $3 WHERE call IN
     (SELECT call FROM terms_content WHERE organization = $1 AND ${condition(ask.which)} AND wrapped_key IS NOT NULL AND held_by IS NULL AND ${notHeld('terms_content', 'terms_content.call', '$3::bigint')} ORDER BY call LIMIT ${pageCalls} FOR UPDATE) RETURNING call`,
    [ask.organization, valueOf(ask), String(ask.nowMs)])
  const calls = rows.map((row) => row.call).sort()
  await sql(
    `UPDATE terms_salt s SET salt = NULL, erased_at_ms = $2 FROM terms_leaf l
     WHERE l.call = ANY ($1::text[]) AND s.journal_id = l.journal_id AND s.sequence = l.sequence AND s.salt IS NOT NULL AND s.held_by IS NULL AND ${notHeld('s', 'l.call', '$2::bigint')}`, [calls, String(ask.nowMs)])
  return calls
}

/** Erases what is asked for, a page a transaction, each with its attestation; the last attestation is answered. */
export async function eraseContent(ports: ErasurePorts, ask: ErasureAsk): Promise<Erased> {
  const erased: string[] = []
  let attestation: Envelope | undefined
  for (;;) {
    const page = await ports.store.transaction('jobs', async (sql) => {
      const calls = await erasePage(sql, ask)
      if (calls.length === 0) return undefined
      const statement = canonicalJson({
        kind: 'weir-erasure/v1', organization: ask.organization, at: isoTime(ask.nowMs), by: ask.actor, reason: ask.reason, calls,
        destroyed: ['the record\'s key', 'its ciphertext', 'the salts of its receipts'], limits: [...erasureLimits],
      })
      const envelope = await signEnvelope(erasureType, Buffer.from(statement), [ports.signer])
      await recordEvent(sql, {
        kind: 'content-erased', atMs: ask.nowMs, actor: ask.actor, subject: `organization/${ask.organization}`,
        body: { reason: ask.reason, calls: String(calls.length), callsSha256: createHash('sha256').update(calls.join('\n')).digest('hex'), attestation: JSON.stringify(envelope.signatures[0] ?? {}), statement: createHash('sha256').update(statement).digest('hex'), limits: [...erasureLimits] },
      })
      return { calls, envelope }
    })
    if (page === undefined) break
    erased.push(...page.calls)
    attestation = page.envelope
  }
  const [held] = await ports.store.query<{ count: string }>('jobs', `SELECT count(*) AS count FROM terms_content WHERE organization = $1 AND ${condition(ask.which)} AND wrapped_key IS NOT NULL`, [ask.organization, valueOf(ask)])
  return { calls: erased, held: Number(held?.count ?? 0), attestation }
}

/** Retention: what has expired in any organization is erased. */
export async function eraseExpired(ports: ErasurePorts, nowMs: number): Promise<number> {
  const rows = await ports.store.query<{ organization: string }>('jobs', 'SELECT DISTINCT organization FROM terms_content WHERE expires_at_ms <= $1 AND wrapped_key IS NOT NULL AND held_by IS NULL', [String(nowMs)])
  let count = 0
  for (const { organization } of rows) count += (await eraseContent(ports, { organization, which: 'expired', reason: 'its retention ended', actor: 'retention', nowMs })).calls.length
  return count
}
