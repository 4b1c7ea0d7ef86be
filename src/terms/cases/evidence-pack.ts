/**
 * The evidence pack of a case: one signed file with its timeline, the clauses' texts, the statements of reasons, how much
 * was used and whether the books agree, the parts of `pack-parts.ts`, and for every event the proof that it stands in the
 * governance log. Deterministic: the same case, unchanged, makes the same bytes, because everything in it is of the case's
 * last event or before; but for bills that came since and a signal that grew.
 */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import { isoTime } from '../../kernel/clock.ts'
import { governanceLog, receiptsLog } from '../log/append.ts'
import { signEnvelope } from '../log/dsse.ts'
import type { Envelope } from '../log/dsse.ts'
import type { NoteSigner } from '../log/note.ts'
import { compareTotals, receiptTotals } from '../log/statement.ts'
import type { LogTotals } from '../log/statement.ts'
import type { Clause } from '../policy/seed-clauses.ts'
import { essenceHash } from '../register/record-store.ts'
import type { Case } from './case.ts'
import { eventHash } from './case-store.ts'
import type { StoredEvent } from './case-store.ts'
import { firstProof, packParts } from './pack-parts.ts'
import type { PartsPorts } from './pack-parts.ts'
import { reasonsOf } from './statement-of-reasons.ts'

export const packType = 'application/vnd.weir.evidence-pack+json'

/** How far before the signal the extent of use reaches: thirty days. */
const extentMs = 30 * 86_400_000

export interface PackPorts extends PartsPorts {
  readonly clauses: readonly Clause[]
  readonly signer: NoteSigner
  /** The books' side of the receipts' totals, and what suppliers' bills say of use outside the gateway. */
  readonly books: (organization: string, fromMs: number, toMs: number) => Promise<{ readonly ledger: LogTotals; readonly outside: Json }>
}

export type Packed =
  | { readonly status: 'packed'; readonly envelope: Envelope; readonly sha256: string }
  /** The last event, or a receipt, is not under a signed checkpoint yet: ask again in a second. */
  | { readonly status: 'pending' }

/** Proofs of all events, each under the first checkpoint that covers it; cosignatures come later and are left out. */
async function proofsOf({ sql, objectsOf }: PackPorts, events: readonly StoredEvent[]): Promise<string[] | undefined> {
  const leaves = await sql<{ index: string; body: string }>('SELECT index, body FROM terms_leaf WHERE log = $1 AND index = ANY ($2::bigint[]) ORDER BY index', [governanceLog, events.map((one) => one.leaf)])
  const proofs: string[] = []
  for (const leaf of leaves) {
    const proof = await firstProof(sql, objectsOf(governanceLog), governanceLog, leaf)
    if (proof === undefined) return undefined
    proofs.push(proof)
  }
  return proofs
}

/** What was used in the thirty days before the signal, by receipts and by books. */
async function extentPart({ sql, books }: PackPorts, organization: string, fromMs: number, toMs: number): Promise<Json> {
  const totals = await receiptTotals(sql, receiptsLog(organization), fromMs, toMs)
  const { ledger, outside } = await books(organization, fromMs, toMs)
  const compared = compareTotals(totals, ledger)
  return {
    from: isoTime(fromMs), to: isoTime(toMs), totals: { ...totals },
    reconciliation: { ledger: { ...ledger }, status: compared.status, ...(compared.status === 'equal' ? {} : { says: [...compared.says] }), outside },
  }
}

const clauseShown = (clause: Clause): Json => ({
  id: clause.id, version: clause.version, maker: clause.source.maker, document: clause.source.document, section: clause.source.section, says: clause.says, policy: clause.text, sha256: essenceHash(clause),
  ...(clause.source.effectiveFrom === undefined ? {} : { effective_from: clause.source.effectiveFrom }), ...(clause.source.sourceHash === undefined ? {} : { source_sha256: clause.source.sourceHash }),
})

/** Makes and signs the pack of a case. */
export async function packCase(ports: PackPorts, found: Case): Promise<Packed> {
  // That a pack was made is no event of the case as long as nothing comes after it: else a pack would change the next one.
  const events = (found.events as readonly StoredEvent[]).slice(0, 1 + found.events.findLastIndex((one) => one.kind !== 'packed'))
  const proofs = await proofsOf(ports, events)
  if (proofs === undefined) return { status: 'pending' }
  const { signal } = found
  const signalMs = events[0]?.atMs ?? 0
  const named = new Set([signal.clause, ...found.restrictions.map((one) => one.clause)])
  const about = { organization: signal.organization, fromMs: signalMs - extentMs, untilMs: events.at(-1)?.atMs ?? signalMs }
  const parts = await packParts(ports, found, about, [...named])
  if (parts === undefined) return { status: 'pending' }
  const body = Buffer.from(canonicalJson({
    v: 2, case: found.id, organization: signal.organization, state: found.state, ...(found.finding === undefined ? {} : { finding: found.finding }),
    timeline: events.map((one) => ({ number: one.number, at: isoTime(one.atMs), actor: one.actor, leaf: one.leaf, sha256: eventHash(one.body), event: one.body as unknown as Json })),
    statements_of_reasons: found.restrictions.map((one) => ({ status: one.status, ...reasonsOf(found, one) }) as unknown as Json),
    clauses: ports.clauses.filter((one) => named.has(one.id)).map(clauseShown),
    extent: await extentPart(ports, signal.organization, about.fromMs, signalMs), ...parts, proofs,
  }))
  return { status: 'packed', envelope: await signEnvelope(packType, body, [ports.signer]), sha256: createHash('sha256').update(body).digest('hex') }
}
