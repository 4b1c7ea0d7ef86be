/**
 * The logs' signing keys: one Ed25519 seed for the installation, which signs every log under that log's own name. Sealed
 * under the master key, which lies outside the database (S1). During a rotation two seeds sign, the new one first.
 */
import type { Keyring } from '../../kernel/sealing.ts'
import { seal, unseal } from '../../kernel/sealing.ts'
import type { Random } from '../../kernel/random.ts'
import type { Sql, Store } from '../../store/store.ts'
import { cosignatureV1, ed25519, formatVkey, localSigner } from './note.ts'
import type { NoteSigner } from './note.ts'
import { rotateKey } from './rotation.ts'

const place = 'setting/log-keys'

export interface LogKeys {
  /** Signers of a log: the current key first, then one that verifiers may still expect. */
  readonly signersOf: (log: string, origin: string) => Promise<readonly NoteSigner[]>
  /** Signs manifests and evidence: the same seed under another name, and after a rotation the new one. */
  readonly signer: (name: string) => NoteSigner
  /** Reads the seeds again: this node, or another, may have rotated them. */
  readonly reload: () => Promise<void>
  /** A witness's key for other people's logs. */
  readonly witness: (name: string) => NoteSigner
}

function keysOf(first: readonly Buffer[], read: () => Promise<readonly Buffer[] | { readonly failed: string }>): LogKeys {
  let seeds = first
  const current = (name: string, type: number): NoteSigner => localSigner(name, seeds[0] as Buffer, type)
  return {
    signersOf: async (_log, origin) => seeds.map((seed) => localSigner(origin, seed, ed25519)),
    signer: (name) => ({ get key() { return current(name, ed25519).key }, sign: (message) => current(name, ed25519).sign(message) }),
    witness: (name) => current(name, cosignatureV1),
    // What cannot be opened leaves the seeds as they were: the master key may be rotated at this moment.
    reload: async () => { const now = await read(); if (!('failed' in now)) seeds = now },
  }
}

async function readSeeds(store: Store, keyring: Keyring): Promise<Buffer[] | { readonly failed: string }> {
  const [row] = await store.query<{ value: { sealed: string } }>('admin', `SELECT value FROM setting WHERE name = 'log-keys'`)
  const opened = unseal(keyring, place, row?.value.sealed ?? '')
  return 'failed' in opened ? opened : opened.clear.split(' ').map((text) => Buffer.from(text, 'base64'))
}

/** Opens the keys, making them at the first start; `failed` says what a person has to do. */
export async function openLogKeys(store: Store, keyring: () => Keyring, random: Random): Promise<LogKeys | { readonly failed: string }> {
  const made = seal(keyring(), random, place, random.bytes(32).toString('base64'))
  await store.query('admin', `INSERT INTO setting (name, value) VALUES ('log-keys', $1::jsonb) ON CONFLICT DO NOTHING`, [JSON.stringify({ sealed: made })])
  const seeds = await readSeeds(store, keyring())
  return 'failed' in seeds ? seeds : keysOf(seeds, () => readSeeds(store, keyring()))
}

/** Logs that have a key and have not been told of this one. */
async function untoldOf(store: Store, next: Buffer): Promise<{ readonly id: string; readonly origin: string }[]> {
  const logs = await store.query<{ id: string; origin: string; vkeys: string[] }>('admin', 'SELECT l.id, l.origin, array_agg(k.vkey) AS vkeys FROM terms_log l JOIN terms_log_key k ON k.log = l.id GROUP BY l.id ORDER BY l.id')
  return logs.filter(({ origin, vkeys }) => !vkeys.includes(formatVkey(localSigner(origin, next).key)))
}

/**
 * Puts a new key in front: a leaf signed with both introduces it in every log that has a key. The old one goes on signing
 * beside it until `retireLogKey`. Called again after a crash it finishes what is missing. Answers how many logs were told.
 */
export async function rotateLogKey(store: Store, keyring: Keyring, random: Random): Promise<{ readonly logs: number } | { readonly failed: string }> {
  const seeds = await readSeeds(store, keyring)
  if ('failed' in seeds) return seeds
  const [next, old] = seeds.length > 1 ? (seeds as [Buffer, Buffer]) : ([random.bytes(32), seeds[0]] as [Buffer, Buffer])
  if (seeds.length === 1) {
    await store.query('admin', `UPDATE setting SET value = $1::jsonb WHERE name = 'log-keys'`, [JSON.stringify({ sealed: seal(keyring, random, place, `${next.toString('base64')} ${old.toString('base64')}`) })])
  }
  const untold = await untoldOf(store, next)
  if (untold.length === 0 && seeds.length > 1) return { failed: 'a rotation is under way and every log knows the new key: retire the old one first' }
  for (const { id, origin } of untold) await rotateKey(store, id, localSigner(origin, old), localSigner(origin, next))
  return { logs: untold.length }
}

/** Seals the seeds anew under the current master key; part of rotating that one, in its transaction. */
export async function resealLogKeys(sql: Sql, keyring: Keyring, random: Random): Promise<{ readonly failed: string } | undefined> {
  const [row] = await sql<{ value: { sealed: string } }>(`SELECT value FROM setting WHERE name = 'log-keys' FOR UPDATE`)
  if (row === undefined) return undefined
  const opened = unseal(keyring, place, row.value.sealed)
  if ('failed' in opened) return opened
  await sql(`UPDATE setting SET value = $1::jsonb WHERE name = 'log-keys'`, [JSON.stringify({ sealed: seal(keyring, random, place, opened.clear) })])
  return undefined
}

/** Forgets the old key once verifiers have the new one. Refused while a log does not know the new one. */
export async function retireLogKey(store: Store, keyring: Keyring, random: Random): Promise<{ readonly failed: string } | undefined> {
  const seeds = await readSeeds(store, keyring)
  if ('failed' in seeds) return seeds
  if (seeds.length < 2) return { failed: 'there is no old key: no rotation is under way' }
  const untold = await untoldOf(store, seeds[0] as Buffer)
  if (untold.length > 0) return { failed: `${untold.length} logs do not know the new key yet: rotate again, which finishes what is missing` }
  await store.query('admin', `UPDATE setting SET value = $1::jsonb WHERE name = 'log-keys'`, [JSON.stringify({ sealed: seal(keyring, random, place, (seeds[0] as Buffer).toString('base64')) })])
  return undefined
}
