/**
 * Secrets at rest (S1). A master key lives outside the database; what the database holds are envelopes of AES-256-GCM
 * that name the key they were sealed under, and hashes of what never has to be read again.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Random } from './random.ts'

export interface MasterKey {
  /** First 8 hexadecimal digits of the SHA-256 of the key: says which key an envelope wants, and nothing about it. */
  readonly id: string
  /** 32 bytes. */
  readonly bytes: Buffer
}

/** The first key seals; all of them open. A rotation puts a new one in front and leaves the old one until nothing needs it. */
export interface Keyring {
  readonly current: MasterKey
  readonly byId: ReadonlyMap<string, MasterKey>
}

const envelopeMark = 'weir1'

export function makeMasterKey(random: Random): string {
  return random.bytes(32).toString('base64url')
}

/** Reads `key[,older…]`, each 32 bytes as base64, base64url or 64 hexadecimal digits. A text says what is wrong. */
export function readKeyring(text: string): Keyring | string {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '')
  const keys: MasterKey[] = []
  for (const part of parts) {
    const bytes = /^[0-9a-fA-F]{64}$/.test(part) ? Buffer.from(part, 'hex') : Buffer.from(part, 'base64url')
    if (bytes.length !== 32) return 'a master key is 32 bytes as base64 or 64 hexadecimal digits; make one with: openssl rand -base64 32'
    keys.push({ id: createHash('sha256').update(bytes).digest('hex').slice(0, 8), bytes })
  }
  const current = keys[0]
  if (current === undefined) return 'the master key is empty; make one with: openssl rand -base64 32'
  return { current, byId: new Map(keys.map((key) => [key.id, key])) }
}

const subkey = (key: MasterKey, use: string): Buffer => Buffer.from(hkdfSync('sha256', key.bytes, Buffer.alloc(0), `weir ${use}`, 32))

/** `place` is bound to the envelope, so that one moved to another row does not open. */
export function seal(keyring: Keyring, random: Random, place: string, clear: string): string {
  const nonce = random.bytes(12)
  const cipher = createCipheriv('aes-256-gcm', subkey(keyring.current, 'sealing'), nonce)
  cipher.setAAD(Buffer.from(place))
  const sealed = Buffer.concat([cipher.update(clear, 'utf8'), cipher.final()])
  return `${envelopeMark}.${keyring.current.id}.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')}`
}

export type Opened = { readonly clear: string } | { readonly failed: string }

/** Opens what `seal` made under any key of the ring. */
export function unseal(keyring: Keyring, place: string, envelope: string): Opened {
  const [mark, id = '', body = ''] = envelope.split('.')
  if (mark !== envelopeMark) return { failed: `${place}: not a sealed value` }
  const key = keyring.byId.get(id)
  if (key === undefined) {
    return { failed: `${place} is sealed under master key ${id}, and this node has ${[...keyring.byId.keys()].join(', ')}: give it that key in WEIR_MASTER_KEY, after the new one if it was rotated` }
  }
  const bytes = Buffer.from(body, 'base64url')
  if (bytes.length < 28) return { failed: `${place}: the envelope is too short` }
  const decipher = createDecipheriv('aes-256-gcm', subkey(key, 'sealing'), bytes.subarray(0, 12))
  decipher.setAAD(Buffer.from(place))
  decipher.setAuthTag(bytes.subarray(12, 28))
  const clear = decipher.update(bytes.subarray(28))
  try {
    return { clear: Buffer.concat([clear, decipher.final()]).toString('utf8') }
  } catch {
    // `final` throws where the tag does not match: changed bytes, or an envelope from another place.
    return { failed: `${place}: the envelope was changed or belongs elsewhere` }
  }
}

export const isSealed = (text: string): boolean => text.startsWith(`${envelopeMark}.`)

/** The master key that an envelope wants. */
export const sealedUnder = (envelope: string): string => envelope.split('.')[1] ?? ''

/**
 * The first pepper of an installation, derived from its first master key. It is itself kept sealed in the database, so
 * that a rotation of the master key reseals it and hashes stay valid.
 */
export const firstPepper = (keyring: Keyring): Buffer => subkey(keyring.current, 'pepper')

/** How a client key or admin token is stored and looked up: HMAC-SHA-256 under the pepper, base64. */
export const hashSecret = (pepper: Buffer, secret: string): string => createHmac('sha256', pepper).update(secret).digest('base64')

/** `sk-weir-…` and `wadm_…`: 32 random bytes. */
/** What an end user of an organization is called towards suppliers and in receipts, from the installation's own hash: the same person gives the same text, and nobody else can make it. */
export const pseudonymOf = (hash: (text: string) => string) => (organization: string, endUser: string): string => hash(`end user of ${organization}\n${endUser}`)

export const makeClientKey = (random: Random): string => `sk-weir-${random.bytes(32).toString('base64url')}`
export const makeAdminToken = (random: Random): string => `wadm_${random.bytes(32).toString('base64url')}`

/** What may be shown of a secret afterwards, so that people can tell two apart. */
export const hint = (secret: string): string => `${secret.startsWith('sk-weir-') ? 'sk-weir-' : ''}…${secret.slice(-4)}`

export function sameSecret(a: string, b: string): boolean {
  const left = createHash('sha256').update(a).digest()
  const right = createHash('sha256').update(b).digest()
  return timingSafeEqual(left, right)
}
