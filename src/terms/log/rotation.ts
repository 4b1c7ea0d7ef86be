/** Key rotation: the new key is introduced by a leaf that both keys have signed, so that trust in the first key carries on. */
import { canonicalJson } from '../../kernel/canonical-json.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import { assert } from '../../kernel/assert.ts'
import type { Store } from '../../store/store.ts'
import { appendLeaves } from './append.ts'
import { decodeBase64, formatVkey, parseVkey, verifyEd25519 } from './note.ts'
import type { NoteSigner } from './note.ts'

const kind = 'key-rotation'

const statement = (log: string, previous: string, next: string): Buffer =>
  Buffer.from(`weir key rotation v1\n${canonicalJson({ log, next, previous })}\n`)

/** The leaf that introduces `next`, signed by both. */
export async function rotationLeaf(log: string, previous: NoteSigner, next: NoteSigner): Promise<string> {
  const [from, to] = [formatVkey(previous.key), formatVkey(next.key)]
  const message = statement(log, from, to)
  const [previousSignature, nextSignature] = await Promise.all([previous.sign(message), next.sign(message)])
  return canonicalJson({ v: 1, kind, log, previous: from, next: to, previousSignature: previousSignature.toString('base64'), nextSignature: nextSignature.toString('base64') })
}

/** The keys that a rotation leaf ties together, where both signatures hold; undefined where it is no such leaf. */
export function rotationKeys(body: string): { readonly previous: string; readonly next: string; readonly previousKey: Buffer } | undefined {
  const leaf = parseObject(body)
  if (leaf?.['kind'] !== kind) return undefined
  const [log, previous, next, a, b] = ['log', 'previous', 'next', 'previousSignature', 'nextSignature'].map((name) => leaf[name])
  if (typeof log !== 'string' || typeof previous !== 'string' || typeof next !== 'string' || typeof a !== 'string' || typeof b !== 'string') return undefined
  const [from, to, first, second] = [parseVkey(previous), parseVkey(next), decodeBase64(a), decodeBase64(b)]
  if (from === undefined || to === undefined || first === undefined || second === undefined) return undefined
  const message = statement(log, previous, next)
  return verifyEd25519(from.publicKey, message, first) && verifyEd25519(to.publicKey, message, second) ? { previous, next, previousKey: from.publicKey } : undefined
}

function parseObject(text: string): Readonly<Record<string, Json>> | undefined {
  try {
    const value = JSON.parse(text) as Json
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, Json>>) : undefined
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}

/** Introduces a key. Afterwards hand the sequencer both signers until every verifier has the new one, then the new alone. */
export async function rotateKey(store: Store, log: string, previous: NoteSigner, next: NoteSigner): Promise<bigint> {
  assert(previous.key.name === next.key.name, 'the new key must carry the log\'s origin as its name')
  const body = await rotationLeaf(log, previous, next)
  return store.transaction('jobs', async (sql) => {
    const known = await sql('SELECT 1 FROM terms_log_key WHERE log = $1 AND vkey = $2', [log, formatVkey(previous.key)])
    if (known.length === 0) throw new Error(`${formatVkey(previous.key)} is not a key of ${log}: sign a checkpoint with it first`)
    const { first } = await appendLeaves(sql, log, [{ body }])
    await sql('INSERT INTO terms_log_key (log, vkey, introduced_at) VALUES ($1, $2, $3)', [log, formatVkey(next.key), String(first)])
    return first
  })
}
