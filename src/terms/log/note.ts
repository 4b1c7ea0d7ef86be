/**
 * Signed notes: c2sp.org/signed-note (C2SP at 5ba5ee8, read 2026-11-23). A note is a text that ends in a newline, an empty
 * line, and one line per signature. Keys are told apart by (name, id); unknown ones are ignored.
 */
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** Signature types that we read and write. */
export const ed25519 = 0x01
export const cosignatureV1 = 0x04

export interface Signature {
  readonly name: string
  /** First 4 bytes of the hash that names the key, as 8 hex digits. */
  readonly keyId: string
  /** What follows the key id: for type 0x01 the 64 bytes of Ed25519. */
  readonly bytes: Buffer
}

export interface Note {
  /** Ends in a newline. */
  readonly text: string
  readonly signatures: readonly Signature[]
}

export interface VerifierKey {
  readonly name: string
  readonly keyId: string
  readonly type: number
  /** 32 bytes, RFC 8032. */
  readonly publicKey: Buffer
}

/** Signs messages. The private key may live in another process, so the answer may take time. */
export interface NoteSigner {
  readonly key: VerifierKey
  readonly sign: (message: Buffer) => Promise<Buffer>
}

const signaturesMax = 64
const nameShape = /^[^\s+\u0085\u180e\u200b\u2060\ufeff]+$/u
const base64Shape = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Standard base 64 with padding, and nothing else; undefined where the text is not that. */
export function decodeBase64(text: string): Buffer | undefined {
  if (!base64Shape.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

export function keyIdOf(name: string, type: number, publicKey: Uint8Array): string {
  return createHash('sha256').update(name).update(Buffer.from([0x0a, type])).update(publicKey).digest('hex').slice(0, 8)
}

export const verifierKey = (name: string, type: number, publicKey: Buffer): VerifierKey => ({ name, type, publicKey, keyId: keyIdOf(name, type, publicKey) })

/** `name+hex(id)+base64(type ‖ key)`. */
export const formatVkey = (key: VerifierKey): string =>
  `${key.name}+${key.keyId}+${Buffer.concat([Buffer.from([key.type]), key.publicKey]).toString('base64')}`

/** Undefined where the text is no vkey, its id does not fit its key, or its type is not one of ours. */
export function parseVkey(text: string): VerifierKey | undefined {
  const first = text.indexOf('+')
  const second = text.indexOf('+', first + 1)
  if (first < 1 || second < 0) return undefined
  const name = text.slice(0, first)
  const keyId = text.slice(first + 1, second)
  const material = decodeBase64(text.slice(second + 1))
  if (!nameShape.test(name) || material === undefined || material.length !== 33) return undefined
  const type = material[0] as number
  if (type !== ed25519 && type !== cosignatureV1) return undefined
  const key = verifierKey(name, type, Buffer.from(material.subarray(1)))
  return key.keyId === keyId ? key : undefined
}

/** Anything below U+0020 but newline. */
const controls = /[^\n\u0020-\u{10ffff}]/u
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Text of bytes that are valid UTF-8; undefined otherwise. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    if (cause instanceof TypeError) return undefined
    throw cause
  }
}

/** Takes a note apart; undefined where it is malformed. Nothing is verified: see `openNote`. */
export function parseNote(text: string): Note | undefined {
  if (controls.test(text) || !text.isWellFormed()) return undefined
  const border = text.lastIndexOf('\n\n')
  if (border < 0 || !text.endsWith('\n')) return undefined
  const lines = text.slice(border + 2, -1).split('\n')
  if (text.length === border + 2 || lines.length > signaturesMax) return undefined
  const signatures: Signature[] = []
  for (const line of lines) {
    const signature = parseSignatureLine(line)
    if (signature === undefined) return undefined
    signatures.push(signature)
  }
  return { text: text.slice(0, border + 1), signatures }
}

/** One line without its newline: em dash, name, base 64 of id and signature. */
export function parseSignatureLine(line: string): Signature | undefined {
  const [dash, name, encoded, ...more] = line.split(' ')
  if (dash !== '—' || name === undefined || encoded === undefined || more.length > 0 || !nameShape.test(name)) return undefined
  const bytes = decodeBase64(encoded)
  if (bytes === undefined || bytes.length < 5) return undefined
  return { name, keyId: bytes.subarray(0, 4).toString('hex'), bytes: bytes.subarray(4) }
}

export const formatSignatureLine = (signature: Signature): string =>
  `— ${signature.name} ${Buffer.concat([Buffer.from(signature.keyId, 'hex'), signature.bytes]).toString('base64')}\n`

export const formatNote = (note: Note): string => `${note.text}\n${note.signatures.map(formatSignatureLine).join('')}`

const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/** True where the Ed25519 signature over the message is by this key (32 bytes). */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  const key = createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey]), format: 'der', type: 'spki' })
  return verify(null, message, key, signature)
}

/** Ed25519 private key from its 32-byte seed. */
export const privateKeyOf = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' })

/** The 32 bytes of an Ed25519 private key's public half. */
const publicBytes = (privateKey: KeyObject): Buffer => Buffer.from(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(spkiPrefix.length))

/** A signer in this process. `type` is 0x01 for logs, 0x04 for witnesses. */
export function localSigner(name: string, seed: Uint8Array, type: number = ed25519): NoteSigner {
  const privateKey = privateKeyOf(seed)
  return { key: verifierKey(name, type, publicBytes(privateKey)), sign: async (message) => sign(null, message, privateKey) }
}

/** Bytes that a signature of this kind covers; undefined where the signature cannot be of that kind. */
export type Signed = (note: Note, signature: Signature) => { readonly message: Buffer; readonly signature: Buffer } | undefined

const signedPlainly: Signed = (note, signature) => ({ message: Buffer.from(note.text), signature: signature.bytes })

export type Opened =
  | { readonly status: 'ok'; readonly by: readonly { readonly key: VerifierKey; readonly signature: Signature }[] }
  | { readonly status: 'unsigned' }
  | { readonly status: 'forged'; readonly name: string }

/**
 * Verifies every signature whose (name, id) is known. One that fails makes the whole note `forged`; a note without any
 * known signature is `unsigned`. `signed` says what a signature covers, cosignatures having their own form.
 */
export function openNote(note: Note, keys: readonly VerifierKey[], signed: Signed = signedPlainly): Opened {
  const by: { key: VerifierKey; signature: Signature }[] = []
  for (const signature of note.signatures) {
    for (const key of keys) {
      if (key.name !== signature.name || key.keyId !== signature.keyId) continue
      const covered = signed(note, signature)
      if (covered === undefined || !verifyEd25519(key.publicKey, covered.message, covered.signature)) return { status: 'forged', name: key.name }
      by.push({ key, signature })
    }
  }
  return by.length === 0 ? { status: 'unsigned' } : { status: 'ok', by }
}

/** Signs a text that ends in a newline. */
export async function signNote(text: string, signers: readonly NoteSigner[]): Promise<Note> {
  const signatures = await Promise.all(signers.map(async (signer) => ({ name: signer.key.name, keyId: signer.key.keyId, bytes: await signer.sign(Buffer.from(text)) })))
  return { text, signatures }
}
