/**
 * The evidence pack of a case: one signed file with its timeline, the clauses' texts, the statements of reasons, how much
 * was used, and for every event the proof that it stands in the governance log. Deterministic: the same case, unchanged,
 * makes the same bytes, because everything in it is of the case's last event or before.
 */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import { isoTime } from '../../kernel/clock.ts'
import type { Sql } from '../../store/store.ts'
import { governanceLog, receiptsLog } from '../log/append.ts'
import { signEnvelope } from '../log/dsse.ts'
import type { Envelope } from '../log/dsse.ts'
import { inclusionProof } from '../log/merkle.ts'
import type { NoteSigner } from '../log/note.ts'
import type { Objects } from '../log/objects.ts'
import { formatProof } from '../log/proof.ts'
import { receiptTotals } from '../log/statement.ts'
import { tileNodes } from '../log/tiles.ts'
import type { Clause } from '../policy/seed-clauses.ts'
import { essenceHash } from '../register/record-store.ts'
import type { Case } from './case.ts'
import { eventHash } from './case-store.ts'
import type { StoredEvent } from './case-store.ts'
import { reasonsOf } from './statement-of-reasons.ts'

export const packType = 'application/vnd.weir.evidence-pack+json'

/** How far before the signal the extent of use reaches: thirty days. */
const extentMs = 30 * 86_400_000

export interface PackPorts {
  readonly sql: Sql
  /** The governance log's published objects. */
  readonly governance: Objects
  readonly clauses: readonly Clause[]
  readonly signer: NoteSigner
}

export type Packed =
  | { readonly status: 'packed'; readonly envelope: Envelope; readonly sha256: string }
  /** The last event is not under a signed checkpoint yet: ask again in a second. */
  | { readonly status: 'pending' }

/** Proofs of all events under the first checkpoint that covers them; cosignatures come later and are left out. */
async function proofsOf({ sql, governance }: PackPorts, events: readonly StoredEvent[]): Promise<string[] | undefined> {
  const [row] = await sql<{ size: string; note: string }>('SELECT size, note FROM terms_checkpoint WHERE log = $1 AND size > $2 AND published AND note IS NOT NULL ORDER BY size LIMIT 1', [governanceLog, events.at(-1)?.leaf ?? '0'])
  if (row === undefined) return undefined
  const size = BigInt(row.size)
  const leaves = await sql<{ index: string; body: string }>('SELECT index, body FROM terms_leaf WHERE log = $1 AND index = ANY ($2::bigint[]) ORDER BY index', [governanceLog, events.map((one) => one.leaf)])
  const proofs: string[] = []
  for (const { index, body } of leaves) {
    const hashes = await inclusionProof(BigInt(index), size, tileNodes(governance.read, size))
    proofs.push(formatProof({ extra: Buffer.from(body), index: BigInt(index), hashes, checkpoint: row.note }))
  }
  return proofs
}

const clauseShown = (clause: Clause): Json => ({
  id: clause.id, version: clause.version, maker: clause.source.maker, document: clause.source.document, section: clause.source.section, says: clause.says, policy: clause.text, sha256: essenceHash(clause),
  ...(clause.source.effectiveFrom === undefined ? {} : { effective_from: clause.source.effectiveFrom }), ...(clause.source.sourceHash === undefined ? {} : { source_sha256: clause.source.sourceHash }),
})

/** Makes and signs the pack of a case. */
export async function packCase(ports: PackPorts, found: Case): Promise<Packed> {
  const events = (found.events as readonly StoredEvent[]).filter((one) => one.kind !== 'packed')
  const proofs = await proofsOf(ports, events)
  if (proofs === undefined) return { status: 'pending' }
  const { signal } = found
  const signalMs = events[0]?.atMs ?? 0
  const named = new Set([signal.clause, ...found.restrictions.map((one) => one.clause)])
  const totals = await receiptTotals(ports.sql, receiptsLog(signal.organization), signalMs - extentMs, signalMs)
  const body = Buffer.from(canonicalJson({
    v: 1, case: found.id, organization: signal.organization, state: found.state, ...(found.finding === undefined ? {} : { finding: found.finding }),
    timeline: events.map((one) => ({ number: one.number, at: isoTime(one.atMs), actor: one.actor, leaf: one.leaf, sha256: eventHash(one.body), event: one.body as unknown as Json })),
    statements_of_reasons: found.restrictions.map((one) => ({ status: one.status, ...reasonsOf(found, one) }) as unknown as Json),
    clauses: ports.clauses.filter((one) => named.has(one.id)).map(clauseShown),
    extent: { from: isoTime(signalMs - extentMs), to: isoTime(signalMs), totals: JSON.parse(JSON.stringify(totals)) as Json },
    proofs,
  }))
  return { status: 'packed', envelope: await signEnvelope(packType, body, [ports.signer]), sha256: createHash('sha256').update(body).digest('hex') }
}
