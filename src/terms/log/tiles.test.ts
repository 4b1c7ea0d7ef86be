import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyFrontier, extend, inclusionFault, inclusionProof, leafHash, rootOf, rootOfFrontier } from './merkle.ts'
import type { Node } from './merkle.ts'
import { decodeEntries, encodeEntries, entriesPath, nodesOfTile, tileNodes, tilePath, tilesOf, TileFault } from './tiles.ts'

test('the worked examples of tlog-tiles', () => {
  assert.equal(tilePath({ level: 0, index: 1_234_067n, width: 256 }), 'tile/0/x001/x234/067')
  assert.equal(tilePath({ level: 2, index: 0n, width: 1 }), 'tile/2/000.p/1')
  assert.equal(entriesPath(1_000n, 17), 'tile/entries/x001/000.p/17')
  const tiles = tilesOf(70_000n)
  const count = (level: number, full: boolean): number => tiles.filter((tile) => tile.level === level && (tile.width === 256) === full).length
  assert.equal(count(0, true), 273)
  assert.deepEqual(tiles.filter((tile) => tile.level === 0 && tile.width < 256).map((tile) => tile.width), [112])
  assert.equal(count(1, true), 1)
  assert.deepEqual(tiles.filter((tile) => tile.level === 1 && tile.width < 256).map((tile) => tile.width), [17])
  assert.deepEqual(tiles.filter((tile) => tile.level === 2).map((tile) => tile.width), [1])
  assert.deepEqual(tilesOf(256n).map(tilePath), ['tile/0/000', 'tile/1/000.p/1'])
  assert.deepEqual(tilesOf(0n), [])
})

function publish(size: number): { files: Map<string, Buffer>; leaves: Buffer[]; root: Buffer } {
  const nodes = new Map<string, Buffer>()
  const leaves = Array.from({ length: size }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)))
  const frontier = extend(emptyFrontier, leaves, (node: Node, hash: Buffer) => nodes.set(`${node.level}/${node.index}`, hash))
  const files = new Map(tilesOf(BigInt(size)).map((tile) => [tilePath(tile), Buffer.concat(nodesOfTile(tile).map((node) => nodes.get(`${node.level}/${node.index}`) as Buffer))]))
  return { files, leaves, root: rootOfFrontier(frontier) }
}

test('roots and proofs come out of tiles alone', async () => {
  for (const size of [1, 2, 255, 256, 257, 600, 65_536, 66_001]) {
    const { files, leaves, root } = publish(size)
    const source = tileNodes(async (path) => files.get(path), BigInt(size))
    assert.deepEqual(await rootOf(BigInt(size), source), root)
    for (const index of [0, Math.floor(size / 2), size - 1]) {
      const proof = await inclusionProof(BigInt(index), BigInt(size), source)
      assert.equal(inclusionFault(BigInt(index), BigInt(size), leaves[index] as Buffer, proof, root), undefined)
    }
  }
})

test('a growing tree only needs its new tiles, and a full tile stands in for a partial one', async () => {
  const grown = publish(600)
  const files = new Map([...publish(300).files, ...tilesOf(600n, 300n).map((tile) => [tilePath(tile), grown.files.get(tilePath(tile)) as Buffer] as const)])
  assert.deepEqual(await rootOf(600n, tileNodes(async (path) => files.get(path), 600n)), grown.root)
  files.delete('tile/0/001.p/44')
  assert.deepEqual(await rootOf(300n, tileNodes(async (path) => files.get(path), 300n)), publish(300).root)
})

test('a missing tile and a tile of another length are named', async () => {
  const { files } = publish(300)
  await assert.rejects(rootOf(300n, tileNodes(async (path) => (path === 'tile/1/000.p/1' ? undefined : files.get(path)), 300n)), (error) => error instanceof TileFault && error.path === 'tile/1/000.p/1')
  await assert.rejects(rootOf(300n, tileNodes(async (path) => files.get(path)?.subarray(0, 31), 300n)), TileFault)
})

test('entry bundles come back as they went in, and a cut bundle is noticed', () => {
  const entries = [Buffer.from('one'), Buffer.alloc(0), Buffer.alloc(65_535, 7)]
  const bundle = encodeEntries(entries)
  assert.deepEqual(decodeEntries(bundle), entries)
  assert.equal(decodeEntries(bundle.subarray(0, -1)), undefined)
  assert.equal(decodeEntries(bundle.subarray(0, 1)), undefined)
  assert.throws(() => encodeEntries([Buffer.alloc(65_536)]))
})
