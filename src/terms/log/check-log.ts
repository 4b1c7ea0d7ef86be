/**
 * `weir log check`: reads everything about a log again and names what does not fit: rows, tiles, bundles, checkpoints, keys.
 * The log may grow meanwhile: what is read later holds whatever was read before it, so that growth is no fault.
 */
import type { Sql, Store } from '../../store/store.ts'
import { governanceLog, readFrontier, slackMs } from './append.ts'
import { openCheckpoint } from './checkpoint.ts'
import { readRecorded, readRecoveries } from './governance.ts'
import type { Recorded } from './governance.ts'
import { emptyFrontier, extend, leafHash, rootOfFrontier } from './merkle.ts'
import type { Frontier, Node } from './merkle.ts'
import { parseNote, parseVkey } from './note.ts'
import type { VerifierKey } from './note.ts'
import type { Objects } from './objects.ts'
import { checkpointPath } from './publish.ts'
import { rotationKeys } from './rotation.ts'
import { encodeEntries, entriesPath, nodesOfTile, tilePath, tilesOf } from './tiles.ts'
import type { Tile } from './tiles.ts'

export interface LogFault {
  readonly kind: 'row' | 'tile' | 'bundle' | 'checkpoint' | 'key' | 'size'
  /** Which one: an index, a path, a size, a verifier key. */
  readonly where: string
  readonly says: string
}

export interface LogReport {
  readonly log: string
  readonly size: bigint
  readonly checkpoints: number
  readonly faults: readonly LogFault[]
}

interface LeafRow extends Record<string, unknown> { readonly index: string; readonly hash: Buffer; readonly body: string }
interface CheckpointRow extends Record<string, unknown> {
  readonly size: string
  readonly root: Buffer
  readonly epoch: string
  readonly at_ms: string
  readonly note: string | null
  readonly cosignatures: string
  /** Size of the one before it; null: it was the first. */
  readonly previous: string | null
}

const pageLeaves = 2_048
const faultsMax = 100

class Check {
  readonly faults: LogFault[] = []
  readonly ask: Sql
  readonly log: string
  constructor(store: Store, log: string) {
    this.ask = (text, values) => store.query('jobs', text, values)
    this.log = log
  }
  fault(kind: LogFault['kind'], where: string, says: string): void {
    if (this.faults.length < faultsMax) this.faults.push({ kind, where, says })
  }
}

/** Walks the first `size` rows in pages; `page` sees the entries and their hashes as stored. */
async function walkRows(check: Check, size: bigint, page: (entries: readonly Buffer[], hashes: readonly Buffer[]) => Promise<void>): Promise<bigint> {
  let next = 0n
  for (;;) {
    const rows = await check.ask<LeafRow>('SELECT index, hash, body FROM terms_leaf WHERE log = $1 AND index >= $2 AND index < $3 ORDER BY index LIMIT $4', [check.log, String(next), String(size), pageLeaves])
    if (rows.length === 0) return next
    const entries = rows.map(({ body }) => Buffer.from(body))
    for (const [at, row] of rows.entries()) {
      if (BigInt(row.index) !== next) {
        check.fault('row', String(next), `leaf ${next} is missing: the next row is ${row.index}`)
        return next
      }
      if (!leafHash(entries[at] as Buffer).equals(row.hash)) check.fault('row', row.index, `leaf ${row.index} was changed: its body does not give its hash`)
      next += 1n
    }
    // The stored hash is what was signed; a changed body is named above and must not hide faults further on.
    await page(entries, rows.map((row) => row.hash))
  }
}

interface Rows { readonly nodes: Map<string, Buffer>; readonly bodies: Map<bigint, Buffer> }

async function checkTile(check: Check, objects: Objects, tile: Tile, rows: Rows): Promise<void> {
  const path = tilePath(tile)
  const wanted = Buffer.concat(nodesOfTile(tile).map((node) => rows.nodes.get(`${node.level}/${node.index}`) ?? Buffer.alloc(0)))
  const found = await objects.read(path)
  if (found === undefined) check.fault('tile', path, 'the tile is missing')
  else if (!found.equals(wanted)) check.fault('tile', path, 'the tile differs from the rows')
  if (tile.level > 0) return
  const entries = entriesPath(tile.index, tile.width)
  const bundle = await objects.read(entries)
  const expected = encodeEntries(Array.from({ length: tile.width }, (_, at) => rows.bodies.get(tile.index * 256n + BigInt(at)) ?? Buffer.alloc(0)))
  if (bundle === undefined) check.fault('bundle', entries, 'the bundle is missing')
  else if (!bundle.equals(expected)) check.fault('bundle', entries, 'the bundle differs from the rows')
}

/** Keys of the log in order, each followed from the one before by its rotation leaf. */
async function checkKeys(check: Check): Promise<VerifierKey[]> {
  const rows = await check.ask<{ vkey: string; introduced_at: string | null; body: string | null }>(
    `SELECT k.vkey, k.introduced_at, l.body FROM terms_log_key k LEFT JOIN terms_leaf l ON l.log = k.log AND l.index = k.introduced_at
     WHERE k.log = $1 ORDER BY k.introduced_at NULLS FIRST`, [check.log])
  const keys: VerifierKey[] = []
  for (const row of rows) {
    const key = parseVkey(row.vkey)
    const rotated = row.introduced_at === null ? undefined : rotationKeys(row.body ?? '')
    const follows = row.introduced_at === null ? keys.length === 0 : rotated !== undefined && rotated.next === row.vkey && keys.some((known) => known.publicKey.equals(rotated.previousKey))
    if (key === undefined || !follows) check.fault('key', row.vkey, 'the key was not introduced by a leaf signed with both keys')
    else keys.push(key)
  }
  return keys
}

function checkNote(check: Check, origin: string, keys: readonly VerifierKey[], row: CheckpointRow): void {
  if (row.note === null) return
  const opened = openCheckpoint(row.note, origin, keys)
  if (opened.status !== 'ok') check.fault('checkpoint', row.size, `the signed note of size ${row.size} is ${opened.status}`)
  else if (String(opened.checkpoint.size) !== row.size || !opened.checkpoint.root.equals(row.root)) check.fault('checkpoint', row.size, `the signed note of size ${row.size} says another size or root`)
  else if (parseNote(row.note + row.cosignatures) === undefined) check.fault('checkpoint', row.size, `the cosignatures of size ${row.size} were changed: they are no signature lines`)
}

/** Each row names the one before it, and neither time nor epoch runs backwards along them. */
function checkLinks(check: Check, rows: readonly CheckpointRow[]): void {
  for (const [at, row] of rows.entries()) {
    const before = rows[at - 1]
    if (row.previous !== (before?.size ?? null)) {
      if (row.previous !== null && rows.every(({ size }) => size !== row.previous)) check.fault('checkpoint', row.previous, `the checkpoint of ${row.previous} leaves is missing: that of ${row.size} came right after it`)
      else check.fault('checkpoint', row.size, `the checkpoint of ${row.size} leaves was changed: it says that ${row.previous === null ? 'none' : `that of ${row.previous}`} came before it, and ${before === undefined ? 'none' : `that of ${before.size}`} does`)
    }
    if (before === undefined) continue
    if (BigInt(row.epoch) < BigInt(before.epoch)) check.fault('checkpoint', row.size, `the checkpoint of ${row.size} leaves or the one before it was changed: its epoch ${row.epoch} lies before ${before.epoch}`)
    if (Number(row.at_ms) < Number(before.at_ms) - slackMs) check.fault('checkpoint', row.size, `the checkpoint of ${row.size} leaves or the one before it was changed: its time lies before that of ${before.size}`)
  }
}

/** The governance log keeps sizes, roots and counts of this log's checkpoints: what it names has to stand here. */
async function checkRecorded(check: Check, recorded: readonly Recorded[], rows: readonly CheckpointRow[]): Promise<void> {
  const known = new Map(rows.map((row) => [row.size, row]))
  const lost = await readRecoveries(check.ask, check.log)
  for (const { size, root, after, checkpoints, atMs, leaf } of recorded) {
    const [from, to] = [BigInt(after ?? size), BigInt(size)]
    // What a backup did not hold was said to be lost when its leaves were put back.
    if (lost.some((one) => one.from < to && from < one.to)) continue
    const row = known.get(size)
    if (row === undefined) check.fault('checkpoint', size, `the checkpoint of ${size} leaves is missing: leaf ${leaf} of the governance log has it`)
    else if (row.root.toString('base64') !== root) check.fault('checkpoint', size, `the checkpoint of ${size} leaves has another root than leaf ${leaf} of the governance log has`)
    else if (Number(row.at_ms) > atMs + slackMs) check.fault('checkpoint', size, `the checkpoint of ${size} leaves was changed: its time lies after that of leaf ${leaf} of the governance log, which has it`)
    if (checkpoints === undefined) continue
    const there = rows.filter((one) => BigInt(one.size) > from && BigInt(one.size) <= to).length
    if (there !== checkpoints) check.fault('checkpoint', size, `${there} checkpoints of more than ${from} and up to ${size} leaves stand, leaf ${leaf} of the governance log counted ${checkpoints}`)
  }
}

/** The published checkpoint as it is found; its size, or undefined where it cannot be taken at its word. `publishedMin`: leaves under one that was published before. */
async function checkPublished(check: Check, text: Buffer | undefined, publishedMin: bigint, origin: string, keys: readonly VerifierKey[], rows: readonly CheckpointRow[]): Promise<bigint> {
  if (text === undefined) {
    if (publishedMin > 0n) check.fault('checkpoint', checkpointPath, 'the published checkpoint is missing')
    return publishedMin
  }
  const opened = openCheckpoint(text.toString(), origin, keys)
  if (opened.status !== 'ok') {
    check.fault('checkpoint', checkpointPath, `the published checkpoint is ${opened.status}`)
    return publishedMin
  }
  const { size, root } = opened.checkpoint
  const row = rows.find((one) => one.size === String(size))
  if (row === undefined) check.fault('checkpoint', checkpointPath, `the published checkpoint of ${size} leaves is unknown to the database: its row was deleted, or an old backup was restored`)
  else if (!row.root.equals(root)) check.fault('checkpoint', checkpointPath, `the published checkpoint of ${size} leaves has another root than the database: two histories were signed`)
  else if (publishedMin > size) check.fault('checkpoint', checkpointPath, `the published checkpoint shows ${size} leaves, ${publishedMin} were published`)
  return size
}

/** Builds the tree again from the rows, comparing roots at each checkpoint and tiles as they close. */
async function checkTree(check: Check, objects: Objects, size: bigint, shown: bigint, checkpoints: readonly CheckpointRow[]): Promise<{ rowCount: bigint; tree: Frontier }> {
  let tree: Frontier = emptyFrontier
  const rows: Rows = { nodes: new Map(), bodies: new Map() }
  const due = checkpoints.filter((row) => BigInt(row.size) <= size && row.size !== '0')
  const remember = (node: Node, hash: Buffer): void => {
    if (node.level % 8 === 0) rows.nodes.set(`${node.level}/${node.index}`, hash)
  }
  let closed = 0n
  const rowCount = await walkRows(check, size, async (entries, hashes) => {
    const start = tree.size
    entries.forEach((entry, at) => rows.bodies.set(start + BigInt(at), entry))
    for (let at = 0; at < hashes.length;) {
      const stop = due[0] === undefined ? hashes.length : Math.min(hashes.length, Number(BigInt(due[0].size) - start))
      tree = extend(tree, hashes.slice(at, stop), remember)
      at = stop
      if (due[0]?.size !== String(tree.size)) continue
      const row = due.shift() as CheckpointRow
      if (!rootOfFrontier(tree).equals(row.root)) check.fault('checkpoint', row.size, `the rows give another root than the checkpoint of ${row.size} leaves`)
    }
    // Full tiles are checked as they close and forgotten; the nodes above them stay for the end.
    const limit = tree.size < shown ? tree.size : shown
    for (; closed + 256n <= limit; closed += 256n) {
      await checkTile(check, objects, { level: 0, index: closed / 256n, width: 256 }, rows)
      for (let index = closed; index < closed + 256n; index += 1n) {
        rows.bodies.delete(index)
        rows.nodes.delete(`0/${index}`)
      }
    }
  })
  if (rowCount >= shown) for (const tile of tilesOf(shown)) if (tile.level > 0 || tile.width < 256) await checkTile(check, objects, tile, rows)
  return { rowCount, tree }
}

async function checkBeyond(check: Check): Promise<void> {
  const rows = await check.ask<{ index: string; size: string }>('SELECT l.index, t.size FROM terms_leaf l JOIN terms_log t ON t.id = l.log WHERE l.log = $1 AND l.index >= t.size ORDER BY l.index LIMIT $2', [check.log, faultsMax])
  for (const { index, size } of rows) check.fault('row', index, `leaf ${index} lies beyond the log's size ${size}`)
}

/** Checks one log. `pinned` are keys that the caller trusts from elsewhere: the first key must be one of them. */
export async function checkLog(store: Store, objects: Objects, log: string, pinned?: readonly VerifierKey[]): Promise<LogReport> {
  const check = new Check(store, log)
  const { origin } = await readFrontier(check.ask, log)
  const [published] = await check.ask<{ size: string | null }>('SELECT max(size) AS size FROM terms_checkpoint WHERE log = $1 AND published', [log])
  const shownText = await objects.read(checkpointPath)
  const recorded = log === governanceLog ? [] : await readRecorded(check.ask, origin)
  const keys = await checkKeys(check)
  const first = keys[0]
  if (pinned !== undefined && first !== undefined && !pinned.some((key) => key.publicKey.equals(first.publicKey))) check.fault('key', first.name, 'the log\'s first key is not one that you trust')
  const checkpoints = await check.ask<CheckpointRow>('SELECT size, root, epoch, at_ms, note, cosignatures, previous FROM terms_checkpoint WHERE log = $1 ORDER BY size', [log])
  const head = await readFrontier(check.ask, log)
  for (const row of checkpoints) checkNote(check, origin, pinned === undefined ? keys : [...keys, ...pinned], row)
  checkLinks(check, checkpoints)
  await checkRecorded(check, recorded, checkpoints)
  const shown = await checkPublished(check, shownText, BigInt(published?.size ?? 0), origin, keys, checkpoints)

  const { rowCount, tree } = await checkTree(check, objects, head.size, shown, checkpoints)
  if (rowCount !== head.size) check.fault('size', String(head.size), `the log says ${head.size} leaves, ${rowCount} rows are there`)
  else if (!rootOfFrontier(tree).equals(rootOfFrontier(head))) check.fault('size', String(head.size), 'the rows give another root than the log\'s frontier')
  await checkBeyond(check)
  for (const row of checkpoints) if (BigInt(row.size) > head.size) check.fault('checkpoint', row.size, `a checkpoint of ${row.size} leaves stands, the log has ${head.size}`)
  return { log, size: head.size, checkpoints: checkpoints.length, faults: check.faults }
}
