/**
 * The leaf of a receipt. What identifies a person, a key or a purpose, and all content, enters as a salted commitment, so
 * that the log may be shown to anyone and single records opened on demand. One salt a record; each member is committed
 * under its own salt derived from it, so that opening one does not let others be guessed. Erasing the salt erases them all.
 */
import { createHmac, hash } from 'node:crypto'
import type { AttemptRecord, OutcomeRecord } from '../../journal/record.ts'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import { isoTime } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import type { Sql } from '../../store/store.ts'
import { appendLeaves, ensureLog, receiptsLog } from './append.ts'
import type { NewLeaf } from './append.ts'

export interface Receipted {
  readonly journal: { readonly id: string; readonly sequence: number | string }
  readonly attempt: AttemptRecord
  readonly outcome: OutcomeRecord
  readonly maker?: string
  readonly channel?: string
  readonly region?: string
  /** Licence of the weights, and whether they were reached through an API: the export gate reads both from the leaf. */
  readonly licence?: string
  readonly access?: 'api' | 'weights'
  /** Ledger transaction that it was posted with. */
  readonly entry?: string
  /** What the decision rested on, where one was made. */
  readonly terms?: { readonly policySetHash: string; readonly termsHashes: readonly string[]; readonly decisionId: string; readonly duties: readonly string[] }
  /** SHA-256 digests of request and response, where content is captured. */
  readonly content?: { readonly input?: Uint8Array; readonly output?: Uint8Array; readonly sketch?: Uint8Array }
}

export const saltLength = 32

export const committed = ['key', 'purpose', 'actor', 'project', 'input', 'output', 'sketch'] as const
export type Committed = (typeof committed)[number]

/** Salt of one member: HMAC-SHA-256 of its name under the record's salt. Reveal this one, never the record's. */
export const memberSalt = (recordSalt: Uint8Array, member: Committed): Buffer => createHmac('sha256', recordSalt).update(member).digest()

/** SHA-256(salt ‖ value), hex. */
export const commitment = (salt: Uint8Array, value: Uint8Array | string): string => hash('sha256', Buffer.concat([salt, Buffer.from(value)]), 'hex')

/** Usage fields, as decimal text: a statement discloses these of every leaf in its range. */
function usageOf(outcome: OutcomeRecord): Json {
  const counts = outcome.counts ?? {}
  const members = Object.entries(counts).filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value)])
  return { ...(Object.fromEntries(members) as Record<string, string>), source: outcome.source, billable: outcome.billable }
}

/** The leaf's body for one attempt, under a salt of 32 bytes. */
export function receiptBody(receipt: Receipted, salt: Uint8Array): string {
  const { attempt, outcome } = receipt
  const hide = (member: Committed, value: string | Uint8Array | undefined): string | undefined => (value === undefined ? undefined : commitment(memberSalt(salt, member), value))
  return canonicalJson({
    v: 1,
    kind: 'receipt',
    journalId: receipt.journal.id,
    sequence: String(receipt.journal.sequence),
    call: attempt.call,
    attempt: attempt.n,
    organization: attempt.organization,
    projectCommit: hide('project', attempt.project),
    keyCommit: hide('key', attempt.key),
    purposeCommit: hide('purpose', attempt.purpose),
    actorCommit: hide('actor', attempt.actor),
    inCommit: hide('input', receipt.content?.input),
    outCommit: hide('output', receipt.content?.output),
    sketchCommit: hide('sketch', receipt.content?.sketch),
    upstream: {
      maker: receipt.maker, channel: receipt.channel, account: attempt.account, region: receipt.region ?? attempt.regionClass, deployment: attempt.deployment,
      model: attempt.upstreamModel, modelVersion: outcome.servedModel, requestId: outcome.upstreamId, licence: receipt.licence, access: receipt.access,
    },
    terms: receipt.terms === undefined ? undefined : { policySetHash: receipt.terms.policySetHash, termsHashes: [...receipt.terms.termsHashes], decisionId: receipt.terms.decisionId, duties: [...receipt.terms.duties] },
    outcome: outcome.outcome,
    usage: usageOf(outcome),
    entry: receipt.entry,
    t0: isoTime(attempt.at),
    t1: isoTime(outcome.at),
  })
}

export interface ReceiptPorts {
  readonly random: Random
  /** Origin of an organization's log: a schema-less URL without spaces and plus signs. */
  readonly originOf: (organization: string) => string
}

/**
 * What the ledger calls inside its posting transaction, through a port that main.ts hands over: one leaf for each attempt,
 * in the log of its organization. Already known attempts are skipped, so a shipped batch may come twice.
 */
export function receiptAppender(ports: ReceiptPorts): (sql: Sql, receipts: readonly Receipted[]) => Promise<void> {
  return async (sql, receipts) => {
    // Logs are locked in the order of their names, so that two batches cannot wait for each other.
    const organizations = [...new Set(receipts.map((receipt) => receipt.attempt.organization))].sort()
    for (const organization of organizations) {
      const log = receiptsLog(organization)
      await ensureLog(sql, { id: log, origin: ports.originOf(organization), organization })
      const own = receipts.filter((receipt) => receipt.attempt.organization === organization)
      const salted = await saltsOf(sql, own, ports.random)
      const leaves: NewLeaf[] = own.map((receipt, at) => ({ body: receiptBody(receipt, salted[at] as Buffer), journal: receipt.journal, call: receipt.attempt.call }))
      await appendLeaves(sql, log, leaves)
    }
  }
}

/** New salts, stored; of records that have one already, whatever is made here is not used because their leaf is skipped. */
async function saltsOf(sql: Sql, receipts: readonly Receipted[], random: Random): Promise<Buffer[]> {
  const bytes = random.bytes(saltLength * receipts.length)
  await sql(
    `INSERT INTO terms_salt (journal_id, sequence, organization, project, salt, at_ms)
     SELECT journal_id, sequence, organization, project, substring($5::bytea FROM (n::integer - 1) * 32 + 1 FOR 32), at_ms
     FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $6::bigint[]) WITH ORDINALITY AS new (journal_id, sequence, organization, project, at_ms, n)
     ON CONFLICT (journal_id, sequence) DO NOTHING`,
    [receipts.map((one) => one.journal.id), receipts.map((one) => String(one.journal.sequence)), receipts.map((one) => one.attempt.organization), receipts.map((one) => one.attempt.project), bytes, receipts.map((one) => String(one.attempt.at))],
  )
  return receipts.map((_, at) => bytes.subarray(at * saltLength, (at + 1) * saltLength))
}

export type Opening = { readonly member: Committed; readonly salt: string; readonly value: string }

/** Opens one member of a record for somebody who may see it; undefined where the salt was erased or there is none. */
export async function openMember(sql: Sql, journal: { readonly id: string; readonly sequence: number | string }, member: Committed, value: string): Promise<Opening | undefined> {
  const [row] = await sql<{ salt: Buffer | null }>('SELECT salt FROM terms_salt WHERE journal_id = $1 AND sequence = $2', [journal.id, String(journal.sequence)])
  return row?.salt == null ? undefined : { member, salt: memberSalt(row.salt, member).toString('hex'), value }
}

/**
 * Erases the salts of records made before an instant: their commitments can no longer be opened or guessed. Held records
 * stay. Answers how many were erased. What it cannot do: unsay what was opened before, or reach copies outside Weir.
 */
export async function eraseSalts(sql: Sql, organization: string, beforeMs: number, nowMs: number, limit = 1_000): Promise<number> {
  const rows = await sql(
    `UPDATE terms_salt SET salt = NULL, erased_at_ms = $3 WHERE (journal_id, sequence) IN
     (SELECT journal_id, sequence FROM terms_salt WHERE organization = $1 AND at_ms < $2 AND salt IS NOT NULL AND held_by IS NULL ORDER BY at_ms LIMIT $4) RETURNING 1`,
    [organization, String(beforeMs), String(nowMs), limit],
  )
  return rows.length
}
