/**
 * Tiles and entry bundles as files: c2sp.org/tlog-tiles (C2SP at 5ba5ee8, read 2026-11-23). A tile holds up to 256 hashes
 * of one level; levels between the tiles' are computed from them.
 */
import { assert } from '../../kernel/assert.ts'
import { hashLength, nodeHash } from './merkle.ts'
import type { Node, NodeSource } from './merkle.ts'

const tileHeight = 8
const tileWidth = 256n

/** `level` counts tiles, not nodes: the hashes of tile level l are nodes of level 8l. Width 256 is a full tile. */
export interface Tile {
  readonly level: number
  readonly index: bigint
  readonly width: number
}

const indexPath = (index: bigint): string => {
  const digits = index.toString()
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) as string[]
  return groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/')
}

const suffix = (width: number): string => (width === 256 ? '' : `.p/${width}`)

/** `tile/0/x001/x234/067.p/8`. */
export const tilePath = (tile: Tile): string => `tile/${tile.level}/${indexPath(tile.index)}${suffix(tile.width)}`

/** `tile/entries/000.p/5`; the width is that of the tile of level 0 with the same index. */
export const entriesPath = (index: bigint, width: number): string => `tile/entries/${indexPath(index)}${suffix(width)}`

/** All tiles of a tree of `size`, lowest level first, that hold a hash that the tree of `from` leaves did not have. */
export function tilesOf(size: bigint, from = 0n): Tile[] {
  const tiles: Tile[] = []
  for (let level = 0; size >> BigInt(tileHeight * level) > 0n; level += 1) {
    const now = size >> BigInt(tileHeight * level)
    const before = from >> BigInt(tileHeight * level)
    if (now === before) continue
    for (let index = before / tileWidth; index * tileWidth < now; index += 1n) {
      const left = now - index * tileWidth
      tiles.push({ level, index, width: left >= tileWidth ? 256 : Number(left) })
    }
  }
  return tiles
}

/** The nodes whose hashes a tile is made of, in order. */
export const nodesOfTile = (tile: Tile): Node[] =>
  Array.from({ length: tile.width }, (_, at) => ({ level: tile.level * tileHeight, index: tile.index * tileWidth + BigInt(at) }))

/** The tile of a tree of `size` from which a node's hash can be read or computed, and the nodes under it there. */
export function tileHolding(node: Node, size: bigint): { tile: Tile; first: number; count: number } {
  const level = Math.floor(node.level / tileHeight)
  const count = 1 << (node.level % tileHeight)
  const first = node.index * BigInt(count)
  const index = first / tileWidth
  const left = (size >> BigInt(level * tileHeight)) - index * tileWidth
  const offset = Number(first - index * tileWidth)
  const width = left >= tileWidth ? 256 : Number(left)
  assert(offset + count <= width, `a tree of ${size} has no node ${node.index} of level ${node.level}`)
  return { tile: { level, index, width }, first: offset, count }
}

/** Reads one stored object; undefined where there is none. */
export type ReadObject = (path: string) => Promise<Uint8Array | undefined>

/** A tile is missing or has another length than its name says. */
export class TileFault extends Error {
  override readonly name = 'TileFault'
  readonly path: string
  constructor(path: string, message: string) {
    super(`${path}: ${message}`)
    this.path = path
  }
}

function fold(hashes: readonly Uint8Array[]): Uint8Array {
  let level = hashes
  while (level.length > 1) {
    level = Array.from({ length: level.length / 2 }, (_, at) => nodeHash(level[2 * at] as Uint8Array, level[2 * at + 1] as Uint8Array))
  }
  return level[0] as Uint8Array
}

/** Node hashes of a published tree of `size`. A partial tile that is gone is looked for in the full one (tlog-tiles, Partial Tiles). */
export function tileNodes(read: ReadObject, size: bigint): NodeSource {
  const load = async (tile: Tile): Promise<Uint8Array> => {
    const path = tilePath(tile)
    const exact = await read(path)
    const bytes = exact ?? (tile.width === 256 ? undefined : await read(tilePath({ ...tile, width: 256 })))
    if (bytes === undefined) throw new TileFault(path, 'missing')
    if (bytes.length !== (exact === undefined ? 256 : tile.width) * hashLength) throw new TileFault(path, `has ${bytes.length} bytes`)
    return bytes
  }
  return async (nodes) => {
    const held = nodes.map((node) => tileHolding(node, size))
    const loads = new Map<string, Promise<Uint8Array>>()
    for (const { tile } of held) {
      const path = tilePath(tile)
      if (!loads.has(path)) loads.set(path, load(tile))
    }
    return Promise.all(held.map(async ({ tile, first, count }) => {
      const bytes = await (loads.get(tilePath(tile)) as Promise<Uint8Array>)
      return fold(Array.from({ length: count }, (_, at) => bytes.subarray((first + at) * hashLength, (first + at + 1) * hashLength)))
    }))
  }
}

/** Entry bundle: each entry with its length as a big-endian uint16 before it. Throws on an entry of 64 KiB or more. */
export function encodeEntries(entries: readonly Uint8Array[]): Buffer {
  const parts: Uint8Array[] = []
  for (const entry of entries) {
    assert(entry.length < 65_536, `an entry of ${entry.length} bytes does not fit a bundle`)
    const length = Buffer.alloc(2)
    length.writeUInt16BE(entry.length)
    parts.push(length, entry)
  }
  return Buffer.concat(parts)
}

/** The entries of a bundle; undefined where the bytes do not end with an entry's end. */
export function decodeEntries(bytes: Uint8Array): Buffer[] | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const entries: Buffer[] = []
  let at = 0
  while (at < buffer.length) {
    if (at + 2 > buffer.length) return undefined
    const end = at + 2 + buffer.readUInt16BE(at)
    if (end > buffer.length) return undefined
    entries.push(buffer.subarray(at + 2, end))
    at = end
  }
  return entries
}
