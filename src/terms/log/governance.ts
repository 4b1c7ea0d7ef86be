/** The governance log: who decided what, and each minute what the receipts logs looked like. */
import { canonicalJson } from '../../kernel/canonical-json.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import { isoTime } from '../../kernel/clock.ts'
import type { Sql, Store } from '../../store/store.ts'
import { appendLeaves, ensureLog, governanceLog } from './append.ts'
import { askWitness } from './witness.ts'
import type { Cosigning, SendToWitness } from './witness.ts'
import { consistencyProof } from './merkle.ts'
import type { Objects } from './objects.ts'
import { openCosignatures } from './checkpoint.ts'
import { formatSignatureLine, parseNote } from './note.ts'
import type { VerifierKey } from './note.ts'
import { tileNodes } from './tiles.ts'

export interface GovernanceEvent {
  /** `policy-approved`, `case-opened`, `export-refused`, `admin-access`… */
  readonly kind: string
  readonly atMs: number
  /** Who did it: a user's or program's id. */
  readonly actor: string
  readonly subject: string
  /** Never content: names, hashes, counts, decisions. */
  readonly body: Json
}

/** Appends one event inside the caller's transaction; answers its index. */
export async function recordEvent(sql: Sql, event: GovernanceEvent): Promise<bigint> {
  const body = canonicalJson({ v: 1, kind: event.kind, at: isoTime(event.atMs), actor: event.actor, subject: event.subject, body: event.body })
  return (await appendLeaves(sql, governanceLog, [{ body }])).first
}

export const ensureGovernance = (sql: Sql, origin: string): Promise<void> => ensureLog(sql, { id: governanceLog, origin })

const recordedKind = 'receipts-checkpoints'
const recoveredKind = 'log-recovered'
/** Logs in one leaf, which holds 64 KiB: an entry takes some 200 bytes. */
const logsPerLeaf = 200

/** A receipts log's checkpoint as a leaf of the governance log has it. */
export interface Recorded {
  readonly size: string
  /** Base64. */
  readonly root: string
  /** Size of the one recorded before, and how many checkpoints came since, this one included; undefined in older leaves. */
  readonly after: string | undefined
  readonly checkpoints: number | undefined
  readonly atMs: number
  /** Index in the governance log. */
  readonly leaf: string
}

type Entry = Omit<Recorded, 'atMs' | 'leaf'> & { readonly origin: string }
interface Leaf<Body> { readonly at: string; readonly body: Body }

const leavesOfKind = async <Body>(sql: Sql, kind: string, about: string): Promise<readonly (Leaf<Body> & { readonly index: string })[]> =>
  (await sql<{ index: string; body: string }>('SELECT index, body FROM terms_leaf WHERE log = $1 AND position($2 IN body) > 0 AND position($3 IN body) > 0 ORDER BY index', [governanceLog, `"kind":${JSON.stringify(kind)}`, JSON.stringify(about)]))
    .map(({ index, body }) => ({ ...(JSON.parse(body) as Leaf<Body>), index }))

/** All that the governance log has of a log's checkpoints, the oldest first. */
export async function readRecorded(sql: Sql, origin: string): Promise<Recorded[]> {
  const leaves = await leavesOfKind<readonly Entry[]>(sql, recordedKind, origin)
  return leaves.flatMap(({ index, at, body }) => body.filter((one) => one.origin === origin).map(({ size, root, after, checkpoints }) => ({ size, root, after, checkpoints, atMs: Date.parse(at), leaf: index })))
}

/** Says in the governance log that a restored backup had lost a log's leaves, and that they were put back; its checkpoints of these sizes are lost. */
export const recordRecovery = (sql: Sql, log: string, from: bigint, to: bigint, nowMs: number): Promise<bigint> =>
  recordEvent(sql, { kind: recoveredKind, atMs: nowMs, actor: 'recovery', subject: log, body: { log, from: String(from), to: String(to) } })

/** Sizes from which and up to which a log's checkpoints were lost with a restored backup. */
export async function readRecoveries(sql: Sql, log: string): Promise<readonly { readonly from: bigint; readonly to: bigint }[]> {
  const leaves = await leavesOfKind<{ readonly log: string; readonly from: string; readonly to: string }>(sql, recoveredKind, log)
  return leaves.filter(({ body }) => body.log === log).map(({ body }) => ({ from: BigInt(body.from), to: BigInt(body.to) }))
}

/**
 * Appends the latest signed checkpoint of each receipts log that grew since the last time, with how many came since: so a
 * row that goes missing is missed. Answers how many logs.
 */
export async function recordCheckpoints(store: Store, nowMs: number): Promise<number> {
  for (let recorded = 0; ;) {
    const page = await store.transaction('jobs', (sql) => recordPage(sql, nowMs))
    recorded += page
    if (page < logsPerLeaf) return recorded
  }
}

async function recordPage(sql: Sql, nowMs: number): Promise<number> {
  const rows = await sql<{ id: string; origin: string; recorded: string; size: string; root: Buffer; checkpoints: string }>(
    `SELECT l.id, l.origin, l.recorded, c.size, c.root, (SELECT count(*) FROM terms_checkpoint n WHERE n.log = l.id AND n.size > l.recorded AND n.size <= c.size) AS checkpoints
     FROM terms_log l CROSS JOIN LATERAL (SELECT size, root FROM terms_checkpoint c WHERE c.log = l.id AND c.note IS NOT NULL ORDER BY size DESC LIMIT 1) c
     WHERE l.kind = 'receipts' AND c.size > l.recorded ORDER BY l.id LIMIT $1`, [logsPerLeaf])
  if (rows.length === 0) return 0
  const body = rows.map((row) => ({ origin: row.origin, size: row.size, root: row.root.toString('base64'), after: row.recorded, checkpoints: Number(row.checkpoints) }))
  await recordEvent(sql, { kind: recordedKind, atMs: nowMs, actor: 'sequencer', subject: 'receipts', body })
  await sql('UPDATE terms_log l SET recorded = n.size FROM unnest($1::text[], $2::bigint[]) AS n (id, size) WHERE l.id = n.id', [rows.map(({ id }) => id), rows.map(({ size }) => size)])
  return rows.length
}

export interface AskedWitness {
  readonly key: VerifierKey
  readonly send: SendToWitness
}

/** Asks one witness to cosign a log's newest published checkpoint, and keeps its signature if it verifies. */
export async function gatherCosignature(store: Store, objects: Objects, log: string, witness: AskedWitness): Promise<Cosigning | { readonly status: 'nothing' }> {
  const [row] = await store.query<{ size: string; note: string; cosignatures: string }>('jobs', 'SELECT size, note, cosignatures FROM terms_checkpoint WHERE log = $1 AND published AND note IS NOT NULL ORDER BY size DESC LIMIT 1', [log])
  if (row === undefined) return { status: 'nothing' }
  const size = BigInt(row.size)
  const prove = async (old: bigint): Promise<readonly Uint8Array[] | undefined> =>
    old > size ? undefined : old === 0n || old === size ? [] : consistencyProof(old, size, tileNodes(objects.read, size))
  const answer = await askWitness(witness.send, row.note, 0n, prove)
  if (answer.status !== 'cosigned') return answer
  const note = parseNote(row.note + answer.lines)
  const opened = note === undefined ? undefined : openCosignatures(note, [witness.key])
  if (opened?.status !== 'ok') return { status: 'refused', httpStatus: 200, reason: 'the witness answered without a valid signature of its own' }
  const lines = opened.by.map(({ signature }) => formatSignatureLine(signature)).join('')
  await store.query('jobs', `UPDATE terms_checkpoint SET cosignatures = cosignatures || $3 WHERE log = $1 AND size = $2 AND position($3 IN cosignatures) = 0`, [log, row.size, lines])
  return { status: 'cosigned', lines }
}
