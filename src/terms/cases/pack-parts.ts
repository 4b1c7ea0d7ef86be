/**
 * What an evidence pack holds beside its timeline: receipts of the calls named as evidence, with their proofs; decisions
 * made under its clauses, replayed; what was exported and trained; the detector's score card with its error rates; who was
 * allowed to read content. All of it of the case's last event or before, and of the customer that the case is about.
 */
import type { Json } from '../../kernel/canonical-json.ts'
import { isoTime } from '../../kernel/clock.ts'
import type { Sql } from '../../store/store.ts'
import { errorRates } from '../detection/error-rates.ts'
import { threshold } from '../detection/score-card.ts'
import { leavesOfCalls, receiptsLog } from '../log/append.ts'
import { inclusionProof } from '../log/merkle.ts'
import type { Objects } from '../log/objects.ts'
import { formatProof } from '../log/proof.ts'
import { tileNodes } from '../log/tiles.ts'
import type { Case } from './case.ts'

export interface Recorded { readonly policySet: string; readonly body: string }

export interface PartsPorts {
  readonly sql: Sql
  readonly objectsOf: (log: string) => Objects
  /** What replaying recorded decisions gives, in their order. */
  readonly replayed: (decisions: readonly Recorded[]) => Promise<readonly string[]>
}

interface About {
  readonly organization: string
  readonly fromMs: number
  /** The case's last event: what came later is in no pack of it. */
  readonly untilMs: number
}

/** Receipts and decisions named one by one; what is left out is counted. */
const namedMax = 200

/** Calls that the case, a restriction or a party named as evidence. */
export function evidenceCalls(found: Case): string[] {
  const named = [...found.signal.evidence, ...found.restrictions.flatMap((one) => one.evidence), ...found.events.flatMap(({ body }) => ('evidence' in body ? body.evidence : []))]
  return [...new Set(named.filter((one) => one.startsWith('call_')))].toSorted()
}

/** A leaf's proof under the first checkpoint over it: the same one whenever it is asked for. Undefined: none is published yet. */
export async function firstProof(sql: Sql, objects: Objects, log: string, leaf: { readonly index: string; readonly body: string }): Promise<string | undefined> {
  const [row] = await sql<{ size: string; note: string }>('SELECT size, note FROM terms_checkpoint WHERE log = $1 AND size > $2 AND published AND note IS NOT NULL ORDER BY size LIMIT 1', [log, leaf.index])
  if (row === undefined) return undefined
  const size = BigInt(row.size)
  const hashes = await inclusionProof(BigInt(leaf.index), size, tileNodes(objects.read, size))
  return formatProof({ extra: Buffer.from(leaf.body), index: BigInt(leaf.index), hashes, checkpoint: row.note })
}

async function receiptsPart({ sql, objectsOf }: PartsPorts, { organization }: About, calls: readonly string[]): Promise<Json | undefined> {
  const log = receiptsLog(organization)
  const leaves = await sql<{ call: string; index: string; body: string }>(`SELECT call, index, body FROM ${leavesOfCalls} ORDER BY index LIMIT $3`, [log, calls.slice(0, namedMax), namedMax])
  const receipts: Json[] = []
  for (const leaf of leaves) {
    const proof = await firstProof(sql, objectsOf(log), log, leaf)
    if (proof === undefined) return undefined
    receipts.push({ call: leaf.call, leaf: leaf.index, proof })
  }
  return receipts
}

interface DecisionRow extends Record<string, unknown> { readonly id: string; readonly at_ms: string; readonly point: string; readonly subject: string; readonly outcome: string; readonly policy_set: string; readonly body: string; readonly more: string }

/** Decisions of the customer that a clause of the case had a part in, and all at export, training and publication. */
async function decisionsPart({ sql, replayed }: PartsPorts, { organization, fromMs, untilMs }: About, clauses: readonly string[]): Promise<Json> {
  const rows = await sql<DecisionRow>(
    `SELECT id, at_ms, point, subject, outcome, policy_set, body, count(*) OVER () AS more FROM terms_decision WHERE organization = $1 AND at_ms >= $2 AND at_ms <= $3
     AND (point IN ('export', 'train', 'publish') OR EXISTS (SELECT 1 FROM jsonb_array_elements((body::jsonb)->'reasons') AS r WHERE r->>'clause' = ANY ($4::text[]))) ORDER BY at_ms DESC, id LIMIT $5`,
    [organization, String(fromMs), String(untilMs), clauses, namedMax])
  const replays = await replayed(rows.map((one) => ({ policySet: one.policy_set, body: one.body })))
  return {
    left_out: String(Number(rows[0]?.more ?? 0) - rows.length),
    made: rows.map((one, at) => ({ id: one.id, at: isoTime(Number(one.at_ms)), point: one.point, subject: one.subject, outcome: one.outcome, policy_set: one.policy_set, replay: replays[at] ?? 'impossible', decision: JSON.parse(one.body) as Json })),
  }
}

/** Everything that was made of outputs: datasets, trainings, models, each version with what it came from. */
async function lineagePart({ sql }: PartsPorts, { organization, untilMs }: About): Promise<Json> {
  const rows = await sql<{ id: string; version: number; body: Readonly<Record<string, Json | undefined>>; at_ms: string; actor: string }>(
    `SELECT id, version, body, at_ms, actor FROM terms_record WHERE kind IN ('dataset', 'training-run', 'model') AND organization = $1 AND at_ms <= $2 ORDER BY at_ms, id, version`, [organization, String(untilMs)])
  return rows.map(({ id, version, body, at_ms: at, actor }) => ({ id, version, at: isoTime(Number(at)), actor, ...Object.fromEntries(['kind', 'origin', 'flags', 'licences', 'from', 'sources'].flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]]))) as { [key: string]: Json } }))
}

/** How the detector came to its signal, with the rates at which it is wrong. */
async function scorePart({ sql }: PartsPorts, caseId: string): Promise<Json | undefined> {
  const rows = await sql<{ id: string; raised_ms: string; updated_ms: string; card: Json }>('SELECT id, raised_ms, updated_ms, card FROM detection_signal WHERE case_id = $1 ORDER BY id', [caseId])
  if (rows.length === 0) return undefined
  const cards = rows.map(({ id, raised_ms: raised, updated_ms: updated, card }) => ({ signal: id, raised: isoTime(Number(raised)), as_of: isoTime(Number(updated)), card }))
  // Rates are fractions: as text, since numbers of a signed file are whole.
  return JSON.parse(JSON.stringify({ cards, threshold, error_rates: errorRates }, (_name, value: unknown) => (typeof value === 'number' && !Number.isInteger(value) ? String(value) : value))) as Json
}

async function custodyPart({ sql }: PartsPorts, { untilMs }: About, calls: readonly string[]): Promise<Json> {
  const rows = await sql<{ id: string; call: string; asked_by: string; reason: string; asked_at_ms: string; allowed_by: string | null; until_ms: string | null }>(
    'SELECT id, call, asked_by, reason, asked_at_ms, allowed_by, until_ms FROM terms_content_access WHERE call = ANY ($1::text[]) AND asked_at_ms <= $2 ORDER BY asked_at_ms, id', [calls, String(untilMs)])
  return rows.map((one) => ({ id: one.id, call: one.call, asked_by: one.asked_by, reason: one.reason, asked: isoTime(Number(one.asked_at_ms)), ...(one.allowed_by === null ? {} : { allowed_by: one.allowed_by, until: isoTime(Number(one.until_ms)) }) }))
}

/** The parts of a case's pack, under the names that they have in it. Undefined: a receipt is not under a signed checkpoint yet. */
export async function packParts(ports: PartsPorts, found: Case, about: About, clauses: readonly string[]): Promise<{ readonly [name: string]: Json } | undefined> {
  const calls = evidenceCalls(found)
  const receipts = await receiptsPart(ports, about, calls)
  if (receipts === undefined) return undefined
  const score = await scorePart(ports, found.id)
  return {
    receipts, decisions: await decisionsPart(ports, about, clauses), lineage: await lineagePart(ports, about),
    ...(score === undefined ? {} : { score_card: score }), custody: await custodyPart(ports, about, calls),
  }
}
