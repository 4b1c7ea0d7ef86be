/**
 * After an old backup was restored: the leaves that the database has lost are still in the published bundles. They go back
 * first, at their old indexes, before the nodes ship their journals again; posting then finds them there and skips them.
 */
import type { Sql, Store } from '../../store/store.ts'
import { appendLeaves, readFrontier } from './append.ts'
import type { NewLeaf } from './append.ts'
import { recordRecovery } from './governance.ts'
import { rootOfFrontier } from './merkle.ts'
import type { Frontier } from './merkle.ts'
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

/** The salts are lost with what the backup did not have: receipts that were put back stand as those whose salt was erased. */
const saltless = (sql: Sql, log: string, from: string, to: string, nowMs: number): Promise<unknown> =>
  sql(`INSERT INTO terms_salt (journal_id, sequence, organization, project, salt, at_ms, erased_at_ms)
    SELECT l.journal_id, l.sequence, t.organization, '', NULL, (extract(epoch FROM (l.body::jsonb->>'t0')::timestamptz) * 1000)::bigint, $4 FROM terms_leaf l JOIN terms_log t ON t.id = l.log
    WHERE l.log = $1 AND l.index >= $2 AND l.index < $3 AND l.journal_id IS NOT NULL AND l.body::jsonb->>'t0' IS NOT NULL ON CONFLICT (journal_id, sequence) DO NOTHING`, [log, from, to, String(nowMs)])

/** Puts published leaves back into a database that has fewer, and says so in the governance log. */
export async function recoverLog(store: Store, objects: Objects, log: string, nowMs: number): Promise<Recovered> {
  const shown = await publishedTree(objects)
  const ask: Sql = (text, values) => store.query('jobs', text, values)
  const start = await readFrontier(ask, log)
  if (start.size >= shown.size) return { status: 'whole' }
  if (!rootOfFrontier(await frontierAt(objects, shown.size)).equals(shown.root ?? Buffer.alloc(0))) return { status: 'forked' }
  const continues = async (tree: Frontier): Promise<boolean> => rootOfFrontier(tree).equals(rootOfFrontier(await frontierAt(objects, tree.size, shown.size)))
  if (!(await continues(start))) return { status: 'forked' }
  for (let size = start.size; size < shown.size;) {
    const page = await bundleTail(objects, size, shown.size)
    const next = size + BigInt(page.length)
    const there = await store.transaction('jobs', async (sql) => {
      await appendLeaves(sql, log, page.map(leafOf))
      const now = await readFrontier(sql, log)
      if (now.size !== next || !(await continues(now))) return false
      await saltless(sql, log, String(size), String(next), nowMs)
      if (next === shown.size) await recordRecovery(sql, log, start.size, shown.size, nowMs)
      return true
    })
    if (!there) return { status: 'forked' }
    size = next
  }
  return { status: 'recovered', leaves: shown.size - start.size }
}
