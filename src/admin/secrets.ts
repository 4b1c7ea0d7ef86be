/**
 * The installation's master key and what hangs on it (S1). The key comes from WEIR_MASTER_KEY, or from a file in the data
 * folder that only its owner may read; the database never holds it.
 */
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Random } from '../kernel/random.ts'
import { firstPepper, type Keyring, makeMasterKey, readKeyring, seal, sealedUnder, unseal } from '../kernel/sealing.ts'
import type { Sql, Store } from '../store/store.ts'
import { resealContentKeys } from '../terms/content/content-keys.ts'
import { resealWatches } from '../terms/mirror/account-watches.ts'
import { resealSources } from '../terms/mirror/notice-sources.ts'
import { resealWebhooks } from '../terms/webhooks/endpoint-store.ts'
import { resealLogKeys } from '../terms/log/log-keys.ts'
import { resealTotp } from './people/users.ts'
import { all, type Entry, loadState, sealEntry } from './entries.ts'

export interface MasterKeyHolder {
  readonly keyring: () => Keyring
  /** The file that holds it; undefined where it comes from the environment. */
  readonly file: string | undefined
  /** True where this call made the key. */
  readonly created: boolean
  /** Puts a new key in front of the file's. Fails where the key comes from the environment. */
  readonly addKey: () => { readonly failed: string } | undefined
  /** Leaves only the first key in the file. */
  readonly dropOldKeys: () => void
}

const hidden = 0o600

/** Replaces a file as a whole, readable by its owner only. */
export function writeSecretFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const beside = `${path}.new`
  const file = openSync(beside, 'w', hidden)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  chmodSync(beside, hidden)
  renameSync(beside, path)
}

/** `environment` is WEIR_MASTER_KEY. Makes the file where neither is there. */
export function openMasterKey(options: { readonly environment: string | undefined; readonly dataFolder: string; readonly random: Random }): MasterKeyHolder | { readonly failed: string } {
  const { environment, dataFolder, random } = options
  if (environment !== undefined) {
    const keyring = readKeyring(environment)
    if (typeof keyring === 'string') return { failed: `WEIR_MASTER_KEY: ${keyring}` }
    const refusal = { failed: 'the master key comes from WEIR_MASTER_KEY: put a new one in front, separated by a comma, restart, and rotate again' }
    return { keyring: () => keyring, file: undefined, created: false, addKey: () => (keyring.byId.size > 1 ? undefined : refusal), dropOldKeys: () => undefined }
  }
  const path = join(dataFolder, 'master-key')
  const found = readSecretFile(path)
  if (found !== undefined && 'failed' in found) return found
  if (found === undefined) writeSecretFile(path, `${makeMasterKey(random)}\n`)
  let text = found?.text ?? readFileSync(path, 'utf8')
  const first = readKeyring(text)
  if (typeof first === 'string') return { failed: `${path}: ${first}` }
  let keyring = first
  const use = (next: string): void => {
    const read = readKeyring(next)
    if (typeof read === 'string') throw new Error(`${path}: ${read}`)
    writeSecretFile(path, next)
    text = next
    keyring = read
  }
  return {
    keyring: () => keyring,
    file: path,
    created: found === undefined,
    addKey: () => void use(`${makeMasterKey(random)}\n${text}`),
    dropOldKeys: () => use(`${text.split('\n')[0] ?? ''}\n`),
  }
}

/** Undefined: not there. Refuses a file that others may read. */
export function readSecretFile(path: string): { readonly text: string } | { readonly failed: string } | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return undefined
  if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) return { failed: `${path} may be read by others; make it private with: chmod 600 ${path}` }
  return { text: readFileSync(path, 'utf8') }
}

const pepperPlace = 'setting/pepper'

/** The pepper of all hashes, made on creation. The same on all nodes, because it is kept, sealed, in the database. */
export async function openPepper(store: Store, keyring: Keyring, random: Random): Promise<Buffer | { readonly failed: string }> {
  const made = seal(keyring, random, pepperPlace, firstPepper(keyring).toString('base64'))
  await store.query('admin', `INSERT INTO setting (name, value) VALUES ('pepper', $1::jsonb) ON CONFLICT DO NOTHING`, [JSON.stringify({ sealed: made })])
  const [row] = await store.query<{ value: { sealed: string } }>('admin', `SELECT value FROM setting WHERE name = 'pepper'`)
  const opened = unseal(keyring, pepperPlace, row?.value.sealed ?? '')
  return 'failed' in opened ? opened : Buffer.from(opened.clear, 'base64')
}

export interface Rotated {
  /** Id of the key that now seals. */
  readonly key: string
  /** Secrets that were sealed anew. */
  readonly resealed: number
}

/**
 * Seals everything under a new master key. The new key is on disk before anything is sealed under it, and the old one
 * leaves the disk only after everything was; a crash in between is mended by rotating again.
 */
export async function rotateMasterKey(store: Store, holder: MasterKeyHolder, random: Random): Promise<Rotated | { readonly failed: string }> {
  const refused = holder.addKey()
  if (refused !== undefined) return refused
  const keyring = holder.keyring()
  const result = await store.transaction('admin', (sql) => reseal(sql, keyring, random))
  if ('failed' in result) return result
  holder.dropOldKeys()
  return result
}

async function reseal(sql: Sql, keyring: Keyring, random: Random): Promise<Rotated | { readonly failed: string }> {
  await sql('SELECT version FROM snapshot_version FOR UPDATE')
  const state = await loadState(sql, keyring)
  if ('failed' in state) return state
  const [pepper] = await sql<{ value: { sealed: string } }>(`SELECT value FROM setting WHERE name = 'pepper' FOR UPDATE`)
  const opened = unseal(keyring, pepperPlace, pepper?.value.sealed ?? '')
  if ('failed' in opened) return opened
  await sql(`UPDATE setting SET value = $1::jsonb WHERE name = 'pepper'`, [JSON.stringify({ sealed: seal(keyring, random, pepperPlace, opened.clear) })])
  const logKeys = await resealLogKeys(sql, keyring, random)
  if (logKeys !== undefined) return logKeys
  const contentKeys = await resealContentKeys(sql, keyring, random)
  if (typeof contentKeys !== 'number') return contentKeys
  const apps = await resealTotp(sql, keyring, random)
  if (typeof apps !== 'number') return apps
  const webhookSecrets = await resealWebhooks(sql, keyring, random)
  if (typeof webhookSecrets !== 'number') return webhookSecrets
  const sourceSecrets = await resealSources(sql, keyring, random)
  if (typeof sourceSecrets !== 'number') return sourceSecrets
  const watchSecrets = await resealWatches(sql, keyring, random)
  if (typeof watchSecrets !== 'number') return watchSecrets
  const rows = all(state, 'provider').map((entry) => sealEntry(entry as Entry, keyring, random)).map(({ kind, name, body }) => ({ kind, name, body }))
  if (rows.length > 0) {
    await sql(`UPDATE resource SET body = r.body, changed_at = now() FROM jsonb_to_recordset($1::jsonb) AS r(kind text, name text, body jsonb)
      WHERE resource.kind = r.kind AND resource.name = r.name`, [JSON.stringify(rows)])
  }
  return { key: keyring.current.id, resealed: rows.length + contentKeys + apps + webhookSecrets + sourceSecrets + watchSecrets + 1 }
}

/** Whether anything is still sealed under another key than the first: what a doctor reports. */
export async function sealedUnderOldKeys(store: Store, keyring: Keyring): Promise<boolean> {
  const rows = await store.query<{ envelope: string }>('admin', `SELECT value->>'sealed' AS envelope FROM setting WHERE name IN ('pepper', 'log-keys')
    UNION ALL SELECT sealed FROM terms_content_key
    UNION ALL SELECT sealed_secret FROM webhook_endpoint UNION ALL SELECT sealed_secret FROM terms_notice_source
    UNION ALL SELECT sealed_secret FROM terms_account_watch WHERE removed_at_ms IS NULL
    UNION ALL SELECT totp FROM sign_in_user WHERE totp IS NOT NULL
    UNION ALL SELECT body->'spec'->>'apiKey' FROM resource WHERE kind = 'provider' AND body->'spec' ? 'apiKey'`)
  return rows.some((row) => sealedUnder(row.envelope) !== keyring.current.id)
}
