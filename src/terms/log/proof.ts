/** The `.tlog-proof` file, our receipt file: c2sp.org/tlog-proof (C2SP at 5ba5ee8, read 2026-11-23). */
import { parseSize } from './checkpoint.ts'
import { inclusionFault, leafHash } from './merkle.ts'
import { decodeBase64 } from './note.ts'
import { judgeCheckpoint } from './policy.ts'
import type { Judged, Policy } from './policy.ts'

export interface LogProof {
  /** Unauthenticated. Ours carries the leaf's bytes, which the proof then authenticates. */
  readonly extra: Buffer | undefined
  readonly index: bigint
  readonly hashes: readonly Buffer[]
  /** The signed checkpoint, verbatim. */
  readonly checkpoint: string
}

const header = 'c2sp.org/tlog-proof@v1'

export const formatProof = (proof: LogProof): string => [
  `${header}\n`,
  proof.extra === undefined ? '' : `extra ${proof.extra.toString('base64')}\n`,
  `index ${proof.index}\n`,
  ...proof.hashes.map((hash) => `${hash.toString('base64')}\n`),
  '\n',
  proof.checkpoint,
].join('')

/** Undefined where the text is not such a file. Nothing is verified. */
export function parseProof(text: string): LogProof | undefined {
  const border = text.indexOf('\n\n')
  if (border < 0) return undefined
  const [first, ...lines] = text.slice(0, border).split('\n')
  if (first !== header) return undefined
  const hasExtra = lines[0]?.startsWith('extra ') ?? false
  const extra = hasExtra ? decodeBase64((lines.shift() as string).slice(6)) : undefined
  if (hasExtra && extra === undefined) return undefined
  const indexLine = lines.shift()
  const index = indexLine?.startsWith('index ') ? parseSize(indexLine.slice(6)) : undefined
  const hashes = lines.map(decodeBase64)
  if (index === undefined || hashes.length > 64 || !hashes.every((hash) => hash?.length === 32)) return undefined
  return { extra, index, hashes: hashes as Buffer[], checkpoint: text.slice(border + 2) }
}

export type JudgedProof = (Judged & { readonly status: 'trusted' } & { readonly index: bigint }) | { readonly status: 'refused'; readonly reason: string }

/** Verifies that the leaf is in a log that the policy trusts. */
export function judgeProof(policy: Policy, text: string, leaf: Uint8Array): JudgedProof {
  const proof = parseProof(text)
  if (proof === undefined) return { status: 'refused', reason: 'not a tlog-proof file' }
  const judged = judgeCheckpoint(policy, proof.checkpoint)
  if (judged.status === 'refused') return judged
  const fault = inclusionFault(proof.index, judged.checkpoint.size, leafHash(leaf), proof.hashes, judged.checkpoint.root)
  return fault === undefined ? { ...judged, index: proof.index } : { status: 'refused', reason: fault }
}
