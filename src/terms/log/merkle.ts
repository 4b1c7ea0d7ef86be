/**
 * The Merkle tree of RFC 6962 §2.1 over SHA-256. Sizes and indexes are bigint: a log may outgrow 2^53. Proofs are planned
 * as ranges of leaves and filled from stored hashes of complete subtrees, so no function here holds the whole tree.
 */
import { createHash, hash as digest } from 'node:crypto'
import { assert } from '../../kernel/assert.ts'

/** Bytes of every hash. */
export const hashLength = 32

const leafPrefix = Buffer.from([0])
const nodePrefix = Buffer.from([1])

/** SHA-256(0x00 ‖ entry). */
export const leafHash = (entry: Uint8Array): Buffer => digest('sha256', Buffer.concat([leafPrefix, entry]), 'buffer')

/** SHA-256(0x01 ‖ left ‖ right). */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer =>
  digest('sha256', Buffer.concat([nodePrefix, left, right]), 'buffer')

/** Root of the tree without leaves: SHA-256 of nothing. */
export const emptyRoot: Buffer = createHash('sha256').digest()

/** The complete subtree of 2^level leaves that starts at leaf index × 2^level. */
export interface Node {
  readonly level: number
  readonly index: bigint
}

/** Leaves start ≤ i < end. */
export interface Range {
  readonly start: bigint
  readonly end: bigint
}

/** Hashes of complete subtrees, in the order asked. */
export type NodeSource = (nodes: readonly Node[]) => Promise<readonly Uint8Array[]>

/** Splits a range into the largest complete subtrees, left to right. The start must be aligned, as RFC 6962's ranges are. */
export function nodesOf({ start, end }: Range): Node[] {
  const nodes: Node[] = []
  let at = start
  while (at < end) {
    let level = 0
    while (at % (2n << BigInt(level)) === 0n && at + (2n << BigInt(level)) <= end) level += 1
    nodes.push({ level, index: at >> BigInt(level) })
    at += 1n << BigInt(level)
  }
  return nodes
}

/** Folds the hashes of a range's complete subtrees, from right to left, into the range's Merkle tree hash. */
export function foldRight(hashes: readonly Uint8Array[]): Buffer {
  if (hashes.length === 0) return emptyRoot
  let folded: Buffer = Buffer.from(hashes[hashes.length - 1] as Uint8Array)
  for (let at = hashes.length - 2; at >= 0; at -= 1) folded = nodeHash(hashes[at] as Uint8Array, folded)
  return folded
}

/** The largest power of two smaller than n (n > 1). */
const split = (n: bigint): bigint => 1n << BigInt((n - 1n).toString(2).length - 1)

/** Ranges whose tree hashes are the inclusion proof of `index` in a tree of `size`, from the leaf's sibling up. */
export function inclusionRanges(index: bigint, size: bigint): Range[] {
  assert(index >= 0n && index < size, `no leaf ${index} in a tree of ${size}`)
  const ranges: Range[] = []
  let start = 0n
  let end = size
  while (end - start > 1n) {
    const middle = start + split(end - start)
    if (index < middle) {
      ranges.unshift({ start: middle, end })
      end = middle
    } else {
      ranges.unshift({ start, end: middle })
      start = middle
    }
  }
  return ranges
}

/** Ranges whose tree hashes are the consistency proof from size1 to size2 (RFC 6962 §2.1.2). Empty for equal sizes. */
export function consistencyRanges(size1: bigint, size2: bigint): Range[] {
  assert(size1 > 0n && size1 <= size2, `no consistency proof from ${size1} to ${size2}`)
  const ranges: Range[] = []
  let start = 0n
  let end = size2
  let whole = true
  while (size1 !== end) {
    const middle = start + split(end - start)
    if (size1 <= middle) {
      ranges.unshift({ start: middle, end })
      end = middle
    } else {
      ranges.unshift({ start, end: middle })
      start = middle
      whole = false
    }
  }
  if (!whole) ranges.unshift({ start, end })
  return ranges
}

/** Fetches and folds the hashes of several ranges with one request to the source. */
export async function rangeHashes(ranges: readonly Range[], source: NodeSource): Promise<Buffer[]> {
  const plans = ranges.map(nodesOf)
  const hashes = await source(plans.flat())
  let at = 0
  return plans.map((plan) => {
    const part = hashes.slice(at, at + plan.length)
    at += plan.length
    return foldRight(part)
  })
}

export const inclusionProof = (index: bigint, size: bigint, source: NodeSource): Promise<Buffer[]> =>
  rangeHashes(inclusionRanges(index, size), source)

export const consistencyProof = (size1: bigint, size2: bigint, source: NodeSource): Promise<Buffer[]> =>
  rangeHashes(consistencyRanges(size1, size2), source)

export async function rootOf(size: bigint, source: NodeSource): Promise<Buffer> {
  const [root] = await rangeHashes([{ start: 0n, end: size }], source)
  return root as Buffer
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

const misshapen = (hashes: readonly Uint8Array[]): boolean => hashes.some((hash) => hash.length !== hashLength)

/** Levels at which a leaf's path has a sibling inside the tree, and how many left siblings hang on the border above them. */
function pathShape(index: bigint, size: bigint): { inner: number; border: number } {
  const inner = (index ^ (size - 1n)).toString(2).length
  const innerLevels = index === size - 1n ? 0 : inner
  const border = (index >> BigInt(innerLevels)).toString(2).replaceAll('0', '').length
  return { inner: innerLevels, border }
}

/** Why the proof does not show that the leaf is at `index` of the tree of `size` with this root; undefined: it does. */
export function inclusionFault(index: bigint, size: bigint, leaf: Uint8Array, proof: readonly Uint8Array[], root: Uint8Array): string | undefined {
  if (index < 0n || index >= size) return `leaf ${index} is not in a tree of ${size}`
  if (misshapen([leaf, root, ...proof])) return 'a hash is not 32 bytes long'
  const { inner, border } = pathShape(index, size)
  if (proof.length !== inner + border) return `the proof has ${proof.length} hashes, ${inner + border} are needed`
  let hash: Uint8Array = leaf
  proof.forEach((sibling, level) => {
    const left = level >= inner || (index >> BigInt(level)) % 2n === 1n
    hash = left ? nodeHash(sibling, hash) : nodeHash(hash, sibling)
  })
  return same(hash, root) ? undefined : 'the proof leads to another root'
}

/** Why the proof does not show that the tree of size2 begins with the tree of size1; undefined: it does. */
export function consistencyFault(size1: bigint, size2: bigint, proof: readonly Uint8Array[], root1: Uint8Array, root2: Uint8Array): string | undefined {
  if (size1 <= 0n) return 'nothing follows from the empty tree'
  if (size1 > size2) return `${size1} is larger than ${size2}`
  if (misshapen([root1, root2, ...proof])) return 'a hash is not 32 bytes long'
  if (size1 === size2) {
    if (proof.length > 0) return 'equal sizes need an empty proof'
    return same(root1, root2) ? undefined : 'equal sizes, other roots'
  }
  const ranges = consistencyRanges(size1, size2)
  if (proof.length !== ranges.length) return `the proof has ${proof.length} hashes, ${ranges.length} are needed`
  // The first range ends at size1, or size1 is a complete subtree itself and root1 stands for it.
  const complete = (ranges[0] as Range).start >= size1
  let old: Uint8Array = complete ? root1 : (proof[0] as Uint8Array)
  let now: Uint8Array = old
  for (let at = complete ? 0 : 1; at < proof.length; at += 1) {
    const hash = proof[at] as Uint8Array
    if ((ranges[at] as Range).start >= size1) {
      now = nodeHash(now, hash)
    } else {
      old = nodeHash(hash, old)
      now = nodeHash(hash, now)
    }
  }
  if (!same(old, root1)) return 'the proof leads to another old root'
  return same(now, root2) ? undefined : 'the proof leads to another new root'
}

/** The complete subtrees of a tree, left to right: all that is needed to append and to know the root. */
export interface Frontier {
  readonly size: bigint
  readonly hashes: readonly Buffer[]
}

export const emptyFrontier: Frontier = { size: 0n, hashes: [] }

export const rootOfFrontier = (frontier: Frontier): Buffer => foldRight(frontier.hashes)

/** Appends leaf hashes. `visit` sees each complete subtree that the append closes, leaves included. */
export function extend(frontier: Frontier, leaves: readonly Buffer[], visit?: (node: Node, hash: Buffer) => void): Frontier {
  const hashes = [...frontier.hashes]
  let size = frontier.size
  for (const leaf of leaves) {
    let hash = leaf
    let level = 0
    let index = size
    visit?.({ level, index }, hash)
    while (index % 2n === 1n) {
      hash = nodeHash(hashes.pop() as Buffer, hash)
      level += 1
      index /= 2n
      visit?.({ level, index }, hash)
    }
    hashes.push(hash)
    size += 1n
  }
  return { size, hashes }
}

/** One buffer of all hashes, for a database column; the size says how many there must be. */
export const frontierBytes = (frontier: Frontier): Buffer => Buffer.concat(frontier.hashes)

export function parseFrontier(size: bigint, bytes: Uint8Array): Frontier {
  const wanted = size.toString(2).replaceAll('0', '').length
  assert(bytes.length === wanted * hashLength, `a frontier of ${size} leaves has ${wanted} hashes, found ${bytes.length} bytes`)
  const hashes = Array.from({ length: wanted }, (_, at) => Buffer.from(bytes.subarray(at * hashLength, (at + 1) * hashLength)))
  return { size, hashes }
}
