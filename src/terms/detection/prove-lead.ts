/**
 * What proves a lead to somebody who sees neither the captured answer nor the database: the fingerprints that its receipt
 * committed to when the answer was delivered, and the salt that opens this one commitment. The receipt's own proof
 * (`weir receipt get`) shows that the leaf is in the log. It proves what the answer's fingerprints were, and so the share;
 * whether the row was copied stays a person's judgement.
 */
import { createHash } from 'node:crypto'
import type { Sql } from '../../store/store.ts'
import { leavesOfCalls } from '../log/append.ts'
import { commitment, memberSalt } from '../log/receipt.ts'
import { containment, fingerprints, packFingerprints, piecesOf, unpackFingerprints } from './winnow.ts'

export interface LeadProof {
  /** Index of the answer's receipt in its organization's log. */
  readonly index: string
  /** The receipt: canonical JSON, as in the log. */
  readonly leaf: string
  /** Of the member `sketch`, hex. */
  readonly salt: string
  /** The answer's fingerprints, ascending, four bytes each, base64. */
  readonly fingerprints: string
}

const digestOf = (packed: Buffer): Buffer => createHash('sha256').update(packed).digest()

function opens({ leaf, salt, fingerprints: packed }: LeadProof): boolean {
  const { sketchCommit } = JSON.parse(leaf) as { readonly sketchCommit?: string }
  return sketchCommit !== undefined && sketchCommit === commitment(Buffer.from(salt, 'hex'), digestOf(Buffer.from(packed, 'base64')))
}

/**
 * Proofs for answers, by call. Left out: a call whose salt was erased, one whose receipt has no sketch, and one whose answer
 * held more than the text given, such as reasoning or tool calls: its sketch is of all of that.
 */
export async function proveLeads(sql: Sql, log: string, answers: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, LeadProof>> {
  const rows = await sql<{ call: string; index: string; body: string; salt: Buffer }>(
    `SELECT l.call, l.index, l.body, s.salt FROM ${leavesOfCalls} JOIN terms_salt s ON s.journal_id = l.journal_id AND s.sequence = l.sequence
     WHERE s.salt IS NOT NULL AND l.body::jsonb ? 'sketchCommit'`, [log, [...answers.keys()]])
  return new Map(rows.map((row): readonly [string, LeadProof] => [row.call, {
    index: row.index, leaf: row.body, salt: memberSalt(row.salt, 'sketch').toString('hex'), fingerprints: packFingerprints(fingerprints(answers.get(row.call) ?? '')).toString('base64'),
  }]).filter(([, proof]) => opens(proof)))
}

/** The share of a row's fingerprints that the committed answer has, of a long one those of its likeliest piece; undefined where the proof does not open the leaf's commitment. */
export const provenShare = (proof: LeadProof, row: string): number | undefined =>
  opens(proof) ? Math.max(...piecesOf(row).map((piece) => containment(fingerprints(piece), unpackFingerprints(Buffer.from(proof.fingerprints, 'base64'))))) : undefined
