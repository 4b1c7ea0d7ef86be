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

/** Appends the latest signed checkpoint of each receipts log that changed since the last time; answers how many. */
export async function recordCheckpoints(store: Store, nowMs: number): Promise<number> {
  return store.transaction('jobs', async (sql) => {
    const [last] = await sql<{ body: string }>(`SELECT body FROM terms_leaf WHERE log = $1 AND body LIKE '%"kind":"receipts-checkpoints"%' ORDER BY index DESC LIMIT 1`, [governanceLog])
    const rows = await sql<{ log: string; origin: string; size: string; root: Buffer }>(
      `SELECT DISTINCT ON (c.log) c.log, l.origin, c.size, c.root FROM terms_checkpoint c JOIN terms_log l ON l.id = c.log
       WHERE l.kind = 'receipts' AND c.note IS NOT NULL ORDER BY c.log, c.size DESC`)
    const checkpoints = rows.map((row) => ({ origin: row.origin, size: row.size, root: row.root.toString('base64') }))
    const before = last === undefined ? undefined : canonicalJson((JSON.parse(last.body) as { body: Json }).body)
    if (checkpoints.length === 0 || before === canonicalJson(checkpoints)) return 0
    await recordEvent(sql, { kind: 'receipts-checkpoints', atMs: nowMs, actor: 'sequencer', subject: 'receipts', body: checkpoints })
    return checkpoints.length
  })
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
