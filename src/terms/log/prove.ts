/** `weir receipt get CALL`: the proof files of a call's attempts. */
import type { Sql, Store } from '../../store/store.ts'
import { inclusionFault, inclusionProof, leafHash } from './merkle.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { parseNote } from './note.ts'
import type { Objects } from './objects.ts'
import { formatProof } from './proof.ts'
import { tileNodes } from './tiles.ts'

export type Receipt =
  | { readonly status: 'proven'; readonly log: string; readonly index: bigint; readonly body: string; readonly file: string }
  /** Posted, and not under a published checkpoint yet: ask again in a second. */
  | { readonly status: 'pending'; readonly log: string; readonly index: bigint }

interface LeafRow extends Record<string, unknown> { readonly log: string; readonly index: string; readonly body: string }
interface NoteRow extends Record<string, unknown> { readonly size: string; readonly note: string; readonly cosignatures: string }

/** A checkpoint over the leaf: the first that witnesses have cosigned, else the newest. */
const overLeaf = `SELECT size, note, cosignatures FROM terms_checkpoint WHERE log = $1 AND size > $2 AND published AND note IS NOT NULL
  ORDER BY (cosignatures = ''), CASE WHEN cosignatures = '' THEN -size ELSE size END LIMIT 1`

async function prove(sql: Sql, objects: Objects, leaf: LeafRow): Promise<Receipt> {
  const index = BigInt(leaf.index)
  const [row] = await sql<NoteRow>(overLeaf, [leaf.log, leaf.index])
  if (row === undefined) return { status: 'pending', log: leaf.log, index }
  const size = BigInt(row.size)
  const entry = Buffer.from(leaf.body)
  const hashes = await inclusionProof(index, size, tileNodes(objects.read, size))
  const root = parseCheckpoint(parseNote(row.note)?.text ?? '')?.root ?? Buffer.alloc(0)
  const fault = inclusionFault(index, size, leafHash(entry), hashes, root)
  if (fault !== undefined) throw new Error(`leaf ${index} of ${leaf.log} does not prove (${fault}): run weir log check`)
  return { status: 'proven', log: leaf.log, index, body: leaf.body, file: formatProof({ extra: entry, index, hashes, checkpoint: row.note + row.cosignatures }) }
}

/** One receipt for each attempt of the call, in order; empty where the call is unknown. */
export async function receiptsOf(store: Store, objectsOf: (log: string) => Objects, call: string): Promise<Receipt[]> {
  const ask: Sql = (text, values) => store.query('admin', text, values)
  const leaves = await ask<LeafRow>('SELECT log, index, body FROM terms_leaf WHERE call = $1 ORDER BY log, index', [call])
  const receipts: Receipt[] = []
  for (const leaf of leaves) receipts.push(await prove(ask, objectsOf(leaf.log), leaf))
  return receipts
}

/** The proof file of one leaf, by log and index. */
export async function proofOfLeaf(store: Store, objects: Objects, log: string, index: bigint): Promise<Receipt | undefined> {
  const ask: Sql = (text, values) => store.query('admin', text, values)
  const [leaf] = await ask<LeafRow>('SELECT log, index, body FROM terms_leaf WHERE log = $1 AND index = $2', [log, String(index)])
  return leaf === undefined ? undefined : prove(ask, objects, leaf)
}
