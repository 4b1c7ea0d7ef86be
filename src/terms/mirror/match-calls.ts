/**
 * Which of our calls a notice is about. Receipts hold the supplier's request id in clear and the safety identifier as a
 * salted commitment: each leaf's own salt tells whether it commits to the identifier, so that nobody is named in the log
 * and those who hold the salts still find them. Reads each log from the period's first checkpoint on, a page at a time.
 */
import type { Sql } from '../../store/store.ts'
import { firstLeafSince } from '../log/append.ts'
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
interface Row extends Record<string, unknown> { readonly index: string; readonly body: string; readonly salt: Buffer | null }
interface LogRow extends Record<string, unknown> { readonly id: string; readonly organization: string; readonly size: string }

/** The receipts of a period, a page of indexes at a time; the salt of each is looked up by its own key. */
async function* pagesOf(sql: Sql, log: LogRow, ask: MatchAsk, rowsAtOnce: number): AsyncGenerator<readonly Row[]> {
  const size = BigInt(log.size)
  for (let first = await firstLeafSince(sql, log.id, ask.fromMs); first < size; first += BigInt(rowsAtOnce)) {
    yield await sql<Row>(
      `SELECT l.index, l.body, s.salt FROM terms_leaf l
       CROSS JOIN LATERAL (SELECT salt, at_ms FROM terms_salt WHERE terms_salt.journal_id = l.journal_id AND terms_salt.sequence = l.sequence OFFSET 0) s
       WHERE l.log = $1 AND l.index >= $2 AND l.index < $3 AND s.at_ms >= $4 AND s.at_ms < $5 ORDER BY l.index`,
      [log.id, String(first), String(first + BigInt(rowsAtOnce)), String(ask.fromMs), String(ask.toMs)])
  }
}

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
  const take = ({ id: log, organization }: LogRow, { index, body, salt }: Row): void => {
    const leaf = JSON.parse(body) as Leaf
    scanned += 1
    if (account !== undefined && leaf.upstream?.account === account) through += 1
    if (salt === null) closed += 1
    const named = leaf.upstream?.requestId !== undefined && wanted.has(leaf.upstream.requestId)
    const actorSalt = salt === null || leaf.actorCommit === undefined || identifiers.length === 0 ? undefined : memberSalt(salt, 'actor')
    const meant = actorSalt !== undefined && actorsOf(organization).some((one) => commitment(actorSalt, one) === leaf.actorCommit)
    if (!named && !meant) return
    count += 1
    if (calls.length < callsMax) calls.push({ call: leaf.call, organization, log, index, at: leaf.t0, by: named ? 'request-id' : 'identifier' })
  }
  const logs = await sql<LogRow>(`SELECT id, organization, size FROM terms_log WHERE kind = 'receipts' AND ($1::text IS NULL OR organization = $1) ORDER BY id`, [ask.organization ?? null])
  for (const log of logs) for await (const rows of pagesOf(sql, log, ask, rowsAtOnce)) for (const row of rows) take(log, row)
  return { calls, count, scanned, closed, throughAccount: account === undefined ? undefined : through }
}
