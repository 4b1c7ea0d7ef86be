/**
 * The dataset's manifest: an in-toto Statement v1 with a predicate of our own, in a DSSE envelope. It says how many rows
 * came from whom under which terms, what was left out and why, and which duties go along. A Merkle root over the ordered
 * rows lets a verifier open a random sample and check each against its receipt.
 */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import { isoTime } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import { wholeBelow } from '../../kernel/random.ts'
import { signEnvelope } from '../log/dsse.ts'
import type { Envelope } from '../log/dsse.ts'
import { emptyFrontier, extend, inclusionFault, inclusionRanges, leafHash, rangeHashes, rootOfFrontier } from '../log/merkle.ts'
import type { NoteSigner } from '../log/note.ts'
import { decisionText } from '../policy/evaluate.ts'
import { decisionIdOf } from '../policy/decision-table.ts'
import type { DatasetRow, ExportPlan } from './gate.ts'
import { rowHash } from './rows.ts'

export const payloadType = 'application/vnd.in-toto+json'
export const predicateType = 'urn:weir:dataset-lineage:v1'

export interface ManifestFile { readonly name: string; readonly bytes: Uint8Array }
export interface Transform { readonly tool: string; readonly digest?: string; readonly parameters: Json; readonly in: number; readonly out: number }

/** What the Merkle root is over: position, row and receipt together. */
const rowLeaf = (row: DatasetRow, position: number): Buffer =>
  Buffer.from(canonicalJson({ leaf: row.receipt?.index, log: row.receipt?.log, position: String(position), row: rowHash(row) }))

export const rowsRoot = (rows: readonly DatasetRow[]): Buffer => rootOfFrontier(extend(emptyFrontier, rows.map((row, at) => leafHash(rowLeaf(row, at)))))

export interface ManifestParts {
  readonly name: string
  readonly plan: ExportPlan
  readonly files: readonly ManifestFile[]
  readonly transforms: readonly Transform[]
  /** Two people who approved the export, where it needed approval. */
  readonly approvals: readonly string[]
}

/** The statement, before it is signed. */
export function statementOf(parts: ManifestParts): Json {
  const { plan } = parts
  const { target, ...purpose } = plan.purpose
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: parts.files.map((file) => ({ name: file.name, digest: { sha256: createHash('sha256').update(file.bytes).digest('hex') } })),
    predicateType,
    predicate: {
      name: parts.name,
      createdAt: isoTime(plan.atMs),
      rows: {
        total: String(plan.passed.length),
        merkleRoot: rowsRoot(plan.passed).toString('hex'),
        groups: plan.groups.map((group) => ({
          maker: group.source.maker, channel: group.source.channel, model: group.source.model, licence: group.source.licence, origin: group.source.origin,
          termsHash: group.termsHash, flags: [...group.source.flags], rows: String(group.rows), outcome: group.outcome, refusedBy: group.refusedBy,
          decision: decisionIdOf(decisionText(group.now)), decisionAsProduced: group.produced === undefined ? undefined : decisionIdOf(decisionText(group.produced)),
        })),
      },
      transforms: parts.transforms.map((transform) => ({ tool: transform.tool, digest: transform.digest, parameters: transform.parameters, in: String(transform.in), out: String(transform.out) })),
      purpose: { id: purpose.id, phase: purpose.phase, dataClass: purpose.dataClass, owner: purpose.owner, expires: isoTime(purpose.expiresMs) },
      targetModel: target === undefined ? undefined : { class: target.class, distribution: target.distribution },
      exclusions: plan.exclusions.map((one) => ({ clause: one.clause, maker: one.maker, rows: String(one.rows) })),
      duties: plan.duties.map((duty) => ({ clause: duty.clause, obligation: duty.obligation })),
      flags: [...plan.flags],
      licences: [...plan.licences],
      approvals: [...parts.approvals],
      policySet: plan.groups[0]?.now.policySet,
    },
  }
}

export const signManifest = (parts: ManifestParts, signers: readonly NoteSigner[]): Promise<Envelope> =>
  signEnvelope(payloadType, Buffer.from(canonicalJson(statementOf(parts))), signers)

export interface SampledRow { readonly position: number; readonly row: DatasetRow; readonly proof: readonly Buffer[] }

/** Rows at random places, each with its proof under the manifest's root. 300 without a fault: under 1 % bad at 95 % (rule of three). */
export async function sampleRows(rows: readonly DatasetRow[], count: number, random: Random): Promise<SampledRow[]> {
  const nodes = new Map<string, Buffer>()
  extend(emptyFrontier, rows.map((row, at) => leafHash(rowLeaf(row, at))), (node, hash) => nodes.set(`${node.level}/${node.index}`, hash))
  const places = new Set<number>()
  while (places.size < Math.min(count, rows.length)) places.add(wholeBelow(random, rows.length))
  return Promise.all([...places].sort((a, b) => a - b).map(async (position) => ({
    position, row: rows[position] as DatasetRow,
    proof: await rangeHashes(inclusionRanges(BigInt(position), BigInt(rows.length)), async (asked) => asked.map((node) => nodes.get(`${node.level}/${node.index}`) as Buffer)),
  })))
}

/** Why a sampled row is not the row of the manifest at its place; undefined: it is. */
export const sampleFault = (sampled: SampledRow, total: number, root: Uint8Array): string | undefined =>
  inclusionFault(BigInt(sampled.position), BigInt(total), leafHash(rowLeaf(sampled.row, sampled.position)), sampled.proof, root)
