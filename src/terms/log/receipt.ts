/**
 * The leaf of a receipt. What identifies a person, a key or a purpose, and all content, enters as a salted commitment, so
 * that the log may be shown to anyone and single records opened on demand. One salt a record; each member is committed
 * under its own salt derived from it, so that opening one does not let others be guessed. Erasing the salt erases them all.
 */
import { hash } from 'node:crypto'
import type { AttemptRecord, OutcomeRecord } from '../../journal/record.ts'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import { isoTime } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import { inSlices, systemPause, type Pause } from '../../kernel/slices.ts'

export interface Receipted {
  /** Number of the outcome's record in its journal. */
  readonly sequence: number
  readonly attempt: AttemptRecord
  readonly outcome: OutcomeRecord
  readonly maker?: string
  readonly channel?: string
  readonly region?: string
  /** Licence of the weights, and whether they were reached through an API: the export gate reads both from the leaf. */
  readonly licence?: string
  readonly access?: 'api' | 'weights'
  /** Phase of the purpose that the key is bound to: plain, so that a statement can tell training from product. */
  readonly phase?: string
  /** Exact cost as booked at posting, decimal text; left out where nothing was booked. */
  readonly cost?: { readonly amount: string; readonly currency: string }
  /** Ledger transaction that it was posted with. */
  readonly entry?: string
  /** What the decision rested on, where one was made. */
  readonly terms?: { readonly policySetHash: string; readonly termsHashes: readonly string[]; readonly decisionId: string; readonly duties: readonly string[] }
  /** SHA-256 digests of request, response and the answer's fingerprints, where content is captured. */
  readonly content?: { readonly input?: Uint8Array; readonly output?: Uint8Array; readonly sketch?: Uint8Array }
}

export const saltLength = 32

export const committed = ['key', 'purpose', 'actor', 'project', 'input', 'output', 'sketch'] as const
export type Committed = (typeof committed)[number]

/**
 * Salt of one member: SHA-256(record's salt ‖ name). Reveal this one, never the record's. A plain hash does where HMAC
 * would cost six times as much: the salt has a fixed length, and no extension of a revealed hash is another member's name.
 */
export const memberSalt = (recordSalt: Uint8Array, member: Committed): Buffer => hash('sha256', joined(recordSalt, member), 'buffer')

/** SHA-256(salt ‖ value), hex. */
export const commitment = (salt: Uint8Array, value: Uint8Array | string): string => hash('sha256', joined(salt, value), 'hex')

/** What is hashed next, put together in one place: a receipt takes four to fourteen hashes of short values. */
const scratch = Buffer.alloc(1_024)

function joined(salt: Uint8Array, value: Uint8Array | string): Uint8Array {
  // A character takes three bytes at most.
  if (typeof value !== 'string' || salt.length + value.length * 3 > scratch.length) return Buffer.concat([salt, Buffer.from(value)])
  scratch.set(salt)
  return scratch.subarray(0, salt.length + scratch.write(value, salt.length))
}

/** Usage fields, as decimal text: a statement discloses these of every leaf in its range. */
function usageOf({ counts, source, billable }: OutcomeRecord): Json {
  const all: Readonly<Record<string, bigint | number | string | undefined>> = { ...counts, billable, source }
  const usage: Record<string, string> = {}
  for (const name of Object.keys(all).sort()) if (all[name] !== undefined) usage[name] = String(all[name])
  return usage
}

/** The leaf's body for one attempt, under a salt of 32 bytes. */
export function receiptBody(journalId: string, receipt: Receipted, salt: Uint8Array): string {
  const { attempt, outcome } = receipt
  const hide = (member: Committed, value: string | Uint8Array | undefined): string | undefined => (value === undefined ? undefined : commitment(memberSalt(salt, member), value))
  // In the order of the canonical form, which spares sorting them.
  return canonicalJson({
    actorCommit: hide('actor', attempt.actor),
    attempt: attempt.n,
    call: attempt.call,
    cost: receipt.cost === undefined ? undefined : { amount: receipt.cost.amount, currency: receipt.cost.currency },
    entry: receipt.entry,
    inCommit: hide('input', receipt.content?.input),
    journalId,
    keyCommit: hide('key', attempt.key),
    kind: 'receipt',
    organization: attempt.organization,
    outCommit: hide('output', receipt.content?.output),
    outcome: outcome.outcome,
    phase: receipt.phase,
    projectCommit: hide('project', attempt.project),
    purposeCommit: hide('purpose', attempt.purpose),
    sequence: String(receipt.sequence),
    sketchCommit: hide('sketch', receipt.content?.sketch),
    t0: isoTime(attempt.at),
    t1: isoTime(outcome.at),
    terms: termsOf(receipt.terms),
    upstream: {
      access: receipt.access, account: attempt.account, channel: receipt.channel, deployment: attempt.deployment, licence: receipt.licence, maker: receipt.maker,
      model: attempt.upstreamModel, modelVersion: outcome.servedModel, region: receipt.region ?? attempt.regionClass, requestId: outcome.upstreamId,
      retentionMode: attempt.retentionMode,
    },
    usage: usageOf(outcome),
    v: 1,
  })
}

function termsOf(terms: Receipted['terms']): Json | undefined {
  return terms === undefined ? undefined : { decisionId: terms.decisionId, duties: [...terms.duties], policySetHash: terms.policySetHash, termsHashes: [...terms.termsHashes] }
}

export interface ReceiptPorts {
  readonly random: Random
  /** Between slices; a turn of the event loop where absent. */
  readonly pause?: Pause
  /** Schema-less URL below which the logs' origins lie, without space or plus sign: `weir.example/9f2c`. */
  readonly originBase: string
}

/** One statement, to be run in the caller's transaction or joined into the caller's own. */
export interface ReceiptStatement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** PostgreSQL's text of an array; the driver's own takes three times as long. */
const arrayText = (values: readonly (string | number)[]): string =>
  `{${values.map((value) => (typeof value === 'number' ? value : `"${/["\\]/.test(value) ? value.replaceAll(/["\\]/g, '\\$&') : value}"`)).join(',')}}`

/** RFC 6962's hash of each leaf, one after the other, into `hashes` as leaf `from` and those after it. */
function hashLeaves(bodies: readonly string[], hashes: Buffer, from: number): void {
  // A character takes three bytes at most.
  const entry = Buffer.alloc(1 + 3 * Math.max(...bodies.map((body) => body.length)))
  bodies.forEach((body, at) => hash('sha256', entry.subarray(0, 1 + entry.write(body, 1)), 'buffer').copy(hashes, (from + at) * 32))
}

/** Receipts made between two pauses: calls wait for it. */
const sliceReceipts = 100

/**
 * The statement that posts receipts: one leaf for each attempt, in the log of its organization, which it makes where there
 * is none. The ledger joins it into the statement that posts the page, through a port that main.ts hands over, so that a
 * leaf exists exactly when its posting does. What is in the log already is skipped. Answers one row: how many were added.
 */
export function receiptStatement(ports: ReceiptPorts): (journalId: string, receipts: readonly Receipted[]) => Promise<ReceiptStatement | undefined> {
  return async (journalId, receipts) => {
    if (receipts.length === 0) return undefined
    const salts = ports.random.bytes(saltLength * receipts.length)
    const bodies: string[] = []
    const hashes = Buffer.alloc(receipts.length * 32)
    await inSlices(ports.pause ?? systemPause, receipts, sliceReceipts, (slice, from) => {
      const made = slice.map((receipt, at) => receiptBody(journalId, receipt, salts.subarray((from + at) * saltLength, (from + at + 1) * saltLength)))
      hashLeaves(made, hashes, from)
      bodies.push(...made)
    })
    const column = (of: (receipt: Receipted) => string | number): string => arrayText(receipts.map(of))
    return {
      text: 'SELECT terms_post_receipts($1, $2, $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8, $9::bytea, $10::bytea) AS added',
      values: [ports.originBase, journalId, column(({ attempt }) => attempt.organization), column(({ attempt }) => attempt.project), column(({ attempt }) => attempt.call),
        column(({ sequence }) => sequence), column(({ attempt }) => attempt.at), bodies.join('\n'), salts, hashes],
    }
  }
}
