/**
 * Agreements, purposes, attestations, exclusivities, clauses and approvals as versions in one append-only table. Each
 * change is a leaf of the governance log in the same transaction, with the hash of what changed.
 */
import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import type { Sql } from '../../store/store.ts'
import { recordEvent } from '../log/governance.ts'
import type { RecordedDecision } from '../policy/decision-table.ts'
import type { PolicySet } from '../policy/engine.ts'
import type { Clause } from '../policy/seed-clauses.ts'
import { agreementSchema, attestationSchema, exclusivitySchema, purposeSchema } from './register.ts'
import type { Register } from './register.ts'

export type RecordKind = 'agreement' | 'purpose' | 'attestation' | 'exclusivity' | 'screening-list' | 'screening-hit' | 'drill' | 'clause' | 'clause-approval' | 'use-approval' | 'dataset' | 'training-run' | 'model'

export interface NewRecord {
  readonly kind: RecordKind
  readonly id: string
  readonly organization?: string
  readonly body: Json
  readonly actor: string
  readonly atMs: number
}

/** Adds a version; answers its number. */
export async function putRecord(sql: Sql, record: NewRecord): Promise<number> {
  // Two writers of one record take turns on this lock, so that both get a version.
  await sql('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`terms ${record.kind} ${record.id}`])
  const [row] = await sql<{ version: number }>(
    `INSERT INTO terms_record (kind, id, version, organization, body, at_ms, actor)
     SELECT $1, $2, 1 + coalesce(max(version), 0), $3, $4, $5, $6 FROM terms_record WHERE kind = $1 AND id = $2 RETURNING version`,
    [record.kind, record.id, record.organization ?? null, JSON.stringify(record.body), String(record.atMs), record.actor])
  const version = row?.version as number
  const hash = createHash('sha256').update(canonicalJson(record.body)).digest('hex')
  await recordEvent(sql, { kind: `${record.kind}-recorded`, atMs: record.atMs, actor: record.actor, subject: `${record.kind}/${record.id}`, body: { version: String(version), sha256: hash } })
  return version
}

export interface StoredRecord { readonly id: string; readonly version: number; readonly body: Json; readonly actor: string; readonly atMs: number }

/** The latest version of every record of a kind. */
export async function latestRecords(sql: Sql, kind: RecordKind, organization?: string): Promise<StoredRecord[]> {
  const rows = await sql<{ id: string; version: number; body: Json; actor: string; at_ms: string }>(
    `SELECT DISTINCT ON (id) id, version, body, actor, at_ms FROM terms_record WHERE kind = $1 AND ($2::text IS NULL OR organization = $2) ORDER BY id, version DESC`, [kind, organization ?? null])
  return rows.map((row) => ({ id: row.id, version: row.version, body: row.body, actor: row.actor, atMs: Number(row.at_ms) }))
}

/** Every version of one record, oldest first: what a difference is shown from. */
export async function historyOf(sql: Sql, kind: RecordKind, id: string): Promise<StoredRecord[]> {
  const rows = await sql<{ version: number; body: Json; actor: string; at_ms: string }>('SELECT version, body, actor, at_ms FROM terms_record WHERE kind = $1 AND id = $2 ORDER BY version', [kind, id])
  return rows.map((row) => ({ id, version: row.version, body: row.body, actor: row.actor, atMs: Number(row.at_ms) }))
}

/** All that is registered, as decisions read it. */
export async function readRegister(sql: Sql): Promise<Register> {
  const read = async <T>(kind: RecordKind, schema: z.ZodType<T>): Promise<T[]> => (await latestRecords(sql, kind)).map((record) => schema.parse(record.body))
  return {
    agreements: await read('agreement', agreementSchema),
    purposes: await read('purpose', purposeSchema),
    attestations: await read('attestation', attestationSchema),
    exclusivities: await read('exclusivity', exclusivitySchema),
  }
}

/** What of a clause people approve: everything but who approved it. */
const essence = ({ approvedBy: _approvedBy, ...rest }: Clause): Json => rest as unknown as Json

/** The clauses in force: seeds, replaced by the latest stored versions, with the approvals of exactly these versions. */
export async function currentClauses(sql: Sql, seeds: readonly Clause[]): Promise<Clause[]> {
  const stored = new Map((await latestRecords(sql, 'clause')).map((record) => [record.id, { ...(record.body as unknown as Clause), version: record.version + 1 }]))
  const approvals = new Map<string, Set<string>>()
  for (const row of await sql<{ id: string; actor: string; body: { sha256: string } }>(`SELECT id, actor, body FROM terms_record WHERE kind = 'clause-approval'`)) {
    const name = `${row.id} ${row.body.sha256}`
    approvals.set(name, (approvals.get(name) ?? new Set<string>()).add(row.actor))
  }
  const ids = [...new Set([...seeds.map((clause) => clause.id), ...stored.keys()])]
  return ids.map((id) => {
    const clause = (stored.get(id) ?? seeds.find((seed) => seed.id === id)) as Clause
    // A house rule came signed off; changed here, it needs its own approvals as every other.
    if (clause.source.maker === 'house' && !stored.has(id)) return clause
    return { ...clause, approvedBy: [...(approvals.get(`${id} ${essenceHash(clause)}`) ?? [])].sort() }
  })
}

export const essenceHash = (clause: Clause): string => createHash('sha256').update(canonicalJson(essence(clause))).digest('hex')

export type Approved =
  | { readonly status: 'approved'; readonly approvals: number }
  /** The same person has approved this version already: that counts once. Logged. */
  | { readonly status: 'same-person' }
  /** The text was changed since it was read. */
  | { readonly status: 'changed'; readonly sha256: string }

/** One person's approval of one version of a clause, named by the hash of what was read. Two different people make it bind. */
export async function approveClause(sql: Sql, clause: Clause, sha256: string, actor: string, atMs: number): Promise<Approved> {
  const now = essenceHash(clause)
  if (now !== sha256) {
    await recordEvent(sql, { kind: 'clause-approval-refused', atMs, actor, subject: `clause/${clause.id}`, body: { why: 'the clause was changed', sha256 } })
    return { status: 'changed', sha256: now }
  }
  await sql('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`terms clause-approval ${clause.id}`])
  const before = await sql<{ actor: string }>(`SELECT DISTINCT actor FROM terms_record WHERE kind = 'clause-approval' AND id = $1 AND body->>'sha256' = $2`, [clause.id, sha256])
  if (before.some((row) => row.actor === actor)) {
    await recordEvent(sql, { kind: 'clause-approval-refused', atMs, actor, subject: `clause/${clause.id}`, body: { why: 'the same person approved it before', sha256 } })
    return { status: 'same-person' }
  }
  await putRecord(sql, { kind: 'clause-approval', id: clause.id, body: { sha256 }, actor, atMs })
  return { status: 'approved', approvals: before.length + 1 }
}

/** Stores a changed clause. Approvals of the version before do not carry over. */
export const saveClause = (sql: Sql, clause: Clause, actor: string, atMs: number): Promise<number> =>
  putRecord(sql, { kind: 'clause', id: clause.id, body: essence(clause), actor, atMs })

export type Attached = { readonly status: 'attached' | 'unchanged' } | { readonly status: 'terms-changed'; readonly before: string; readonly clauses: readonly string[] }

/**
 * Records the hash of a text that somebody attached. Another hash than before means that the terms changed: every clause
 * that was read from the same text is a question from now on, until two people have approved it again.
 */
export async function attachSource(sql: Sql, clause: Clause, sha256: string, clauses: readonly Clause[], actor: string, atMs: number): Promise<Attached> {
  const before = clause.source.sourceHash
  if (before === sha256) return { status: 'unchanged' }
  if (before === undefined) {
    await saveClause(sql, { ...clause, source: { ...clause.source, sourceHash: sha256 } }, actor, atMs)
    return { status: 'attached' }
  }
  const { maker, document } = clause.source
  const affected = clauses.filter((one) => one.source.maker === maker && one.source.document === document && one.source.sourceHash === before)
  for (const one of affected) await saveClause(sql, { ...one, changed: true, source: { ...one.source, sourceHash: sha256 } }, actor, atMs)
  await recordEvent(sql, { kind: 'terms-changed', atMs, actor, subject: `clause/${clause.id}`, body: { before, after: sha256, clauses: affected.map((one) => one.id) } })
  return { status: 'terms-changed', before, clauses: affected.map((one) => one.id) }
}

/** One person's word that a use which is a question may go on, until an instant. The id is the one that the refusal named. */
export const approveUse = (sql: Sql, approval: string, untilMs: number, actor: string, atMs: number): Promise<number> =>
  putRecord(sql, { kind: 'use-approval', id: approval, body: { untilMs: String(untilMs) }, actor, atMs })

/** Approvals of uses by id, with the instants up to which they hold, milliseconds. */
export const useApprovals = async (sql: Sql): Promise<Map<string, number>> =>
  new Map((await latestRecords(sql, 'use-approval')).map((record) => [record.id, Number((record.body as { untilMs: string }).untilMs)]))

/** Keeps policy set and decisions for replay; what is there already stays as it is. */
export async function recordDecisions(sql: Sql, set: PolicySet, decisions: readonly RecordedDecision[], atMs: number): Promise<void> {
  await sql('INSERT INTO terms_policy_set (hash, body, at_ms) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING', [set.hash, set.body, String(atMs)])
  for (const { id, text, decision, organization, subject } of decisions) {
    await sql('INSERT INTO terms_decision (id, at_ms, point, organization, subject, outcome, policy_set, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING',
      [id, String(atMs), decision.point, organization, subject, decision.outcome, decision.policySet, text])
  }
}
