import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { consistencyFault, consistencyProof, emptyFrontier, emptyRoot, extend, frontierBytes, inclusionFault, inclusionProof, leafHash, nodeHash, parseFrontier, rootOf, rootOfFrontier } from './merkle.ts'
import type { Node, NodeSource } from './merkle.ts'
import { needs, sharedFiles, sharedJson } from './vectors.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'base64')

interface InclusionVector { leafIdx: bigint; treeSize: bigint; root: string; leafHash: string; proof: string[] | null; wantErr: boolean }
interface ConsistencyVector { size1: bigint; size2: bigint; root1: string; root2: string; proof: string[] | null; wantErr: boolean }

test('every inclusion vector is accepted or refused as it says', needs('vectors/merkle'), () => {
  const files = sharedFiles('vectors/merkle/inclusion')
  assert.equal(files.length, 49)
  for (const file of files) {
    const vector = sharedJson(file) as InclusionVector
    const fault = inclusionFault(vector.leafIdx, vector.treeSize, bytes(vector.leafHash), (vector.proof ?? []).map(bytes), bytes(vector.root))
    assert.equal(fault !== undefined, vector.wantErr, `${file}: ${fault}`)
  }
})

test('every consistency vector is accepted or refused as it says', needs('vectors/merkle'), () => {
  const files = sharedFiles('vectors/merkle/consistency')
  assert.equal(files.length, 49)
  for (const file of files) {
    const vector = sharedJson(file) as ConsistencyVector
    const fault = consistencyFault(vector.size1, vector.size2, (vector.proof ?? []).map(bytes), bytes(vector.root1), bytes(vector.root2))
    assert.equal(fault !== undefined, vector.wantErr, `${file}: ${fault}`)
  }
})

/** RFC 6962's own recursive definition, sharing nothing with the code but the two hashes. */
function treeHash(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return emptyRoot
  if (leaves.length === 1) return leaves[0] as Buffer
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return nodeHash(treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)))
}

export function growTree(size: number): { leaves: Buffer[]; source: NodeSource; root: Buffer } {
  const nodes = new Map<string, Buffer>()
  const leaves = Array.from({ length: size }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)))
  const frontier = extend(emptyFrontier, leaves, (node: Node, hash: Buffer) => nodes.set(`${node.level}/${node.index}`, hash))
  return { leaves, source: async (asked) => asked.map((node) => nodes.get(`${node.level}/${node.index}`) as Buffer), root: rootOfFrontier(frontier) }
}

test('roots follow the definition at every size up to 130', async () => {
  for (let size = 0; size <= 130; size += 1) {
    const { leaves, source, root } = growTree(size)
    assert.deepEqual(root, treeHash(leaves))
    assert.deepEqual(await rootOf(BigInt(size), source), root)
  }
})

test('proofs made for any leaf and any two sizes verify, and for nothing else', async () => {
  await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 300 }), fc.nat(), fc.nat(), fc.nat(), async (size, a, b, bit) => {
    const tree = growTree(size)
    const index = BigInt(a % size)
    const leaf = tree.leaves[Number(index)] as Buffer
    const proof = await inclusionProof(index, BigInt(size), tree.source)
    assert.equal(inclusionFault(index, BigInt(size), leaf, proof, tree.root), undefined)
    const old = BigInt((b % size) + 1)
    const oldRoot = await rootOf(old, tree.source)
    const steps = await consistencyProof(old, BigInt(size), tree.source)
    assert.equal(consistencyFault(old, BigInt(size), steps, oldRoot, tree.root), undefined)
    const flip = (hash: Buffer): Buffer => { const copy = Buffer.from(hash); copy[bit % 32] = (copy[bit % 32] as number) ^ (1 << bit % 8); return copy }
    assert.ok(inclusionFault(index, BigInt(size), flip(leaf), proof, tree.root))
    assert.ok(consistencyFault(old, BigInt(size), steps, flip(oldRoot), tree.root))
    for (let at = 0; at < proof.length; at += 1) assert.ok(inclusionFault(index, BigInt(size), leaf, proof.with(at, flip(proof[at] as Buffer)), tree.root))
    for (let at = 0; at < steps.length; at += 1) assert.ok(consistencyFault(old, BigInt(size), steps.with(at, flip(steps[at] as Buffer)), oldRoot, tree.root))
  }), { numRuns: 100 })
})

test('a frontier survives its byte form and grows the same in pieces', () => {
  const leaves = growTree(77).leaves
  const whole = extend(emptyFrontier, leaves)
  const pieces = extend(extend(emptyFrontier, leaves.slice(0, 33)), leaves.slice(33))
  assert.deepEqual(pieces, whole)
  assert.deepEqual(parseFrontier(77n, frontierBytes(whole)), whole)
  assert.throws(() => parseFrontier(76n, frontierBytes(whole)))
})

test('a proof of an index above 2^53 is checked with all its digits', () => {
  const size = 2n ** 60n + 1n
  const leaf = leafHash(Buffer.from('last'))
  const before = leafHash(Buffer.from('all that came before'))
  assert.equal(inclusionFault(size - 1n, size, leaf, [before], nodeHash(before, leaf)), undefined)
  assert.ok(inclusionFault(size - 2n, size, leaf, [before], nodeHash(before, leaf)))
})
