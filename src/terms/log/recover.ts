/**
 * After an old backup was restored: the leaves that the database has lost are still in the published bundles. They go back
 * first, at their old indexes, before the nodes ship their journals again; posting then finds them there and skips them.
 */
import type { Sql, Store } from '../../store/store.ts'
import { appendLeaves, readFrontier } from './append.ts'
import type { NewLeaf } from './append.ts'
import { rootOfFrontier } from './merkle.ts'
import type { Objects } from './objects.ts'
import { frontierAt, publishedTree } from './publish.ts'
import { decodeEntries, entriesPath } from './tiles.ts'

const tileWidth = 256n

export type Recovered =
  | { readonly status: 'whole' }
  | { readonly status: 'recovered'; readonly leaves: bigint }
  /** The database's own part already differs from what was published: only people can decide what happened. */
  | { readonly status: 'forked' }

function leafOf(entry: Buffer): NewLeaf {
  const body = entry.toString()
  const receipt = JSON.parse(body) as { journalId?: unknown; sequence?: unknown; call?: unknown }
  const journal = typeof receipt.journalId === 'string' && typeof receipt.sequence === 'string' ? { journal: { id: receipt.journalId, sequence: receipt.sequence } } : {}
  return { body, ...journal, ...(typeof receipt.call === 'string' ? { call: receipt.call } : {}) }
}

async function bundleTail(objects: Objects, from: bigint, size: bigint): Promise<Buffer[]> {
  const index = from / tileWidth
  const left = size - index * tileWidth
  const width = left >= tileWidth ? 256 : Number(left)
  const path = entriesPath(index, width)
  const bytes = await objects.read(path)
  const entries = bytes && decodeEntries(bytes)
  if (entries?.length !== width) throw new Error(`${path} is missing or damaged: restore it from the object store's versions or a mirror`)
  return entries.slice(Number(from - index * tileWidth))
}

/** Puts published leaves back into a database that has fewer. */
export async function recoverLog(store: Store, objects: Objects, log: string): Promise<Recovered> {
  const shown = await publishedTree(objects)
  const ask: Sql = (text, values) => store.query('jobs', text, values)
  const start = await readFrontier(ask, log)
  if (start.size >= shown.size) return { status: 'whole' }
  if (!rootOfFrontier(await frontierAt(objects, shown.size)).equals(shown.root ?? Buffer.alloc(0))) return { status: 'forked' }
  let size = start.size
  while (size < shown.size) {
    const page = await bundleTail(objects, size, shown.size)
    await store.transaction('jobs', (sql) => appendLeaves(sql, log, page.map(leafOf)))
    const now = await readFrontier(ask, log)
    const there = now.size === size + BigInt(page.length) && rootOfFrontier(now).equals(rootOfFrontier(await frontierAt(objects, now.size, shown.size)))
    if (!there) return { status: 'forked' }
    size = now.size
  }
  return { status: 'recovered', leaves: shown.size - start.size }
}
