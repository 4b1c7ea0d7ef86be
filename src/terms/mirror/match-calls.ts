/**
 * Which of our calls a notice is about. Receipts hold the supplier's request id in clear and the safety identifier as a
 * salted commitment: each leaf's own salt tells whether it commits to the identifier, so that nobody is named in the log
 * and those who hold the salts still find them. Reads a page at a time.
 */
import type { Sql } from '../../store/store.ts'
import { commitment, memberSalt } from '../log/receipt.ts'
import type { ReadNotice } from './notice.ts'

export interface MatchedCall {
  readonly call: string
  readonly organization: string
  readonly log: string
  readonly index: string
  readonly at: string
  readonly by: 'request-id' | 'identifier'
}

export interface Matched {
  /** At most `callsMax`, the oldest first. */
  readonly calls: readonly MatchedCall[]
  /** Calls that match, named or not. */
  readonly count: number
  /** Receipts looked at, and those whose salt was erased, so that identifiers cannot be compared. */
  readonly scanned: number
  readonly closed: number
  /** Calls through the account that the notice names, where it names one. */
  readonly throughAccount: number | undefined
}

export interface MatchAsk {
  readonly notice: Pick<ReadNotice, 'identifiers' | 'requestIds' | 'account'>
  /** Undefined: all organizations. */
  readonly organization: string | undefined
  readonly fromMs: number
  readonly toMs: number
  /** What an end user of an organization is called towards suppliers: an identifier may also be the application's own. */
  readonly pseudonym: (organization: string, endUser: string) => string
}

const pageRows = 2_000
/** Commitments computed between two turns of the event loop: a maker names up to a thousand identifiers, and calls go on. */
const hashesMax = 20_000
export const callsMax = 10_000

interface Leaf { readonly call: string; readonly actorCommit?: string; readonly upstream?: { readonly requestId?: string; readonly account?: string }; readonly t0: string }
interface Row extends Record<string, unknown> { readonly log: string; readonly index: string; readonly body: string; readonly salt: Buffer | null; readonly organization: string }

export async function matchCalls(sql: Sql, ask: MatchAsk): Promise<Matched> {
  const { identifiers, requestIds, account } = ask.notice
  const wanted = new Set(requestIds)
  const rowsAtOnce = Math.max(1, Math.min(pageRows, Math.floor(hashesMax / (2 * identifiers.length + 1))))
  /** What an actor's commitment may hide, made once an organization. */
  const actors = new Map<string, readonly string[]>()
  const actorsOf = (organization: string): readonly string[] => {
    const known = actors.get(organization) ?? identifiers.flatMap((one) => [one, ask.pseudonym(organization, one)])
    actors.set(organization, known)
    return known
  }
  const calls: MatchedCall[] = []
  let [count, scanned, closed, through] = [0, 0, 0, 0]
  let after: { log: string; index: string } = { log: '', index: '-1' }
  for (;;) {
    const rows = await sql<Row>(
      `SELECT l.log, l.index, l.body, s.salt, s.organization FROM terms_leaf l JOIN terms_salt s ON s.journal_id = l.journal_id AND s.sequence = l.sequence
       WHERE (l.log, l.index) > ($1, $2::bigint) AND s.at_ms >= $3 AND s.at_ms < $4 AND ($5::text IS NULL OR s.organization = $5) ORDER BY l.log, l.index LIMIT ${rowsAtOnce}`,
      [after.log, after.index, String(ask.fromMs), String(ask.toMs), ask.organization ?? null])
    for (const { log, index, body, salt, organization } of rows) {
      const leaf = JSON.parse(body) as Leaf
      scanned += 1
      if (account !== undefined && leaf.upstream?.account === account) through += 1
      if (salt === null) closed += 1
      const named = leaf.upstream?.requestId !== undefined && wanted.has(leaf.upstream.requestId)
      const actorSalt = salt === null || leaf.actorCommit === undefined || identifiers.length === 0 ? undefined : memberSalt(salt, 'actor')
      const meant = actorSalt !== undefined && actorsOf(organization).some((one) => commitment(actorSalt, one) === leaf.actorCommit)
      if (!named && !meant) continue
      count += 1
      if (calls.length < callsMax) calls.push({ call: leaf.call, organization, log, index, at: leaf.t0, by: named ? 'request-id' : 'identifier' })
    }
    const last = rows.at(-1)
    if (rows.length < rowsAtOnce || last === undefined) break
    after = { log: last.log, index: last.index }
  }
  return { calls, count, scanned, closed, throughAccount: account === undefined ? undefined : through }
}
