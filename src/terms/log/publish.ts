/**
 * Turns rows into tiles. A tree is published from what was published before plus the new rows, and its root must be the
 * committed one: so a rewound or rewritten database is found out before anything is signed.
 */
import type { Store } from '../../store/store.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { extend, nodesOf, rootOfFrontier } from './merkle.ts'
import type { Frontier, Node } from './merkle.ts'
import { parseNote } from './note.ts'
import type { Objects } from './objects.ts'
import { encodeEntries, entriesPath, nodesOfTile, tileNodes, tilePath, tilesOf } from './tiles.ts'

/** Path of the latest signed checkpoint. */
export const checkpointPath = 'checkpoint'

/** Leaves read in one statement: under 50 ms on the embedded database. */
const stepLeaves = 2_048n
const tileWidth = 256n

interface LeafRow extends Record<string, unknown> { readonly hash: Buffer; readonly body: string }

export type Published =
  | { readonly status: 'published'; readonly root: Buffer }
  /** The folder shows more leaves than the database has: an old backup was restored. */
  | { readonly status: 'rewound'; readonly published: bigint }
  /** The rows do not continue what was published. */
  | { readonly status: 'forked'; readonly published: bigint }

/** Size, root and origin of the checkpoint that the folder shows; zero where there is none. */
export async function publishedTree(objects: Objects): Promise<{ size: bigint; root: Buffer | undefined; origin: string | undefined }> {
  const text = await objects.read(checkpointPath)
  const note = text === undefined ? undefined : parseNote(text.toString())
  const checkpoint = note && parseCheckpoint(note.text)
  if (text !== undefined && checkpoint === undefined) throw new Error('the published checkpoint cannot be read and nothing is signed over it: put the file back from a backup of the folder logs, or from a witness, which serves the newest that it has cosigned')
  return { size: checkpoint?.size ?? 0n, root: checkpoint?.root, origin: checkpoint?.origin }
}

/** Frontier of the first `size` leaves of a published tree, from its tiles. */
export async function frontierAt(objects: Objects, size: bigint, published = size): Promise<Frontier> {
  const hashes = await tileNodes(objects.read, published)(nodesOf({ start: 0n, end: size }))
  return { size, hashes: hashes.map((hash) => Buffer.from(hash)) }
}

const nodeName = (node: Node): string => `${node.level}/${node.index}`

/** Writes the tiles and bundles that the tree of `to` leaves adds to that of `from.size`; answers the new frontier. */
async function publishStep(store: Store, objects: Objects, log: string, from: Frontier, to: bigint): Promise<Frontier> {
  const firstBundle = (from.size / tileWidth) * tileWidth
  const rows = await store.query<LeafRow>('posting', 'SELECT hash, body FROM terms_leaf WHERE log = $1 AND index >= $2 AND index < $3 ORDER BY index', [log, String(firstBundle), String(to)])
  const fresh = rows.slice(Number(from.size - firstBundle))
  const nodes = new Map<string, Buffer>()
  const grown = extend(from, fresh.map((row) => row.hash), (node, hash) => {
    if (node.level % 8 === 0) nodes.set(nodeName(node), hash)
  })
  const old = tileNodes(objects.read, from.size)
  // Each file is synced; together they wait for the disk once instead of a hundred times.
  await Promise.all(tilesOf(grown.size, from.size).map(async (tile) => {
    const wanted = nodesOfTile(tile)
    const missing = wanted.filter((node) => !nodes.has(nodeName(node)))
    const hashes = missing.length === 0 ? [] : await old(missing)
    await objects.write(tilePath(tile), Buffer.concat([...hashes, ...wanted.slice(missing.length).map((node) => nodes.get(nodeName(node)) as Buffer)]))
    if (tile.level > 0) return
    const start = Number(tile.index * tileWidth - firstBundle)
    await objects.write(entriesPath(tile.index, tile.width), encodeEntries(rows.slice(start, start + tile.width).map((row) => Buffer.from(row.body))))
  }))
  return grown
}

/** Publishes the tiles of a committed tree. Nothing is signed here; the checkpoint file is written by the sequencer. */
export async function publishTiles(store: Store, objects: Objects, log: string, size: bigint, root: Buffer): Promise<Published> {
  const before = await publishedTree(objects)
  if (before.size > size) return { status: 'rewound', published: before.size }
  let frontier = await frontierAt(objects, before.size)
  if (before.root !== undefined && !rootOfFrontier(frontier).equals(before.root)) return { status: 'forked', published: before.size }
  while (frontier.size < size) {
    const end = ((frontier.size + stepLeaves) / tileWidth) * tileWidth
    const grown = await publishStep(store, objects, log, frontier, end < size ? end : size)
    if (grown.size === frontier.size) return { status: 'forked', published: before.size }
    frontier = grown
  }
  return rootOfFrontier(frontier).equals(root) ? { status: 'published', root } : { status: 'forked', published: before.size }
}
