/** Checkpoints and their cosignatures: c2sp.org/tlog-checkpoint and tlog-cosignature (C2SP at 5ba5ee8, read 2026-11-23). */
import { cosignatureV1, decodeBase64, ed25519, openNote, parseNote } from './note.ts'
import type { Note, NoteSigner, Opened, Signature, Signed, VerifierKey } from './note.ts'

export interface Checkpoint {
  readonly origin: string
  readonly size: bigint
  /** 32 bytes. */
  readonly root: Buffer
  readonly extensions: readonly string[]
}

const sizeShape = /^(?:0|[1-9][0-9]{0,19})$/

/** A tree size in ASCII decimal without leading zeros; undefined otherwise, or beyond 2^64. */
export function parseSize(text: string): bigint | undefined {
  if (!sizeShape.test(text)) return undefined
  const size = BigInt(text)
  return size < 2n ** 64n ? size : undefined
}

/** The note text: origin, size, root, each on a line. We write no extension lines. */
export const checkpointText = (checkpoint: Pick<Checkpoint, 'origin' | 'size' | 'root'>): string =>
  `${checkpoint.origin}\n${checkpoint.size}\n${checkpoint.root.toString('base64')}\n`

/** Reads a checkpoint from a note's text; undefined where a line is missing or malformed. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  if (!text.endsWith('\n')) return undefined
  const [origin, sizeText, rootText, ...extensions] = text.slice(0, -1).split('\n')
  if (origin === undefined || origin === '' || sizeText === undefined || rootText === undefined) return undefined
  const size = parseSize(sizeText)
  const root = decodeBase64(rootText)
  if (size === undefined || root === undefined || root.length !== 32 || extensions.includes('')) return undefined
  return { origin, size, root, extensions }
}

export type OpenedCheckpoint =
  | { readonly status: 'ok'; readonly checkpoint: Checkpoint; readonly note: Note }
  | { readonly status: 'malformed' | 'other-origin' | 'unsigned' }
  | { readonly status: 'forged'; readonly name: string }

/** Parses a checkpoint and verifies it against the log's keys, all of which carry the origin as their name. */
export function openCheckpoint(text: string, origin: string, keys: readonly VerifierKey[]): OpenedCheckpoint {
  const note = parseNote(text)
  if (note === undefined) return { status: 'malformed' }
  const checkpoint = parseCheckpoint(note.text)
  if (checkpoint === undefined) return { status: 'malformed' }
  if (checkpoint.origin !== origin) return { status: 'other-origin' }
  const opened = openNote(note, keys.filter((key) => key.type === ed25519))
  return opened.status === 'ok' ? { status: 'ok', checkpoint, note } : opened
}

const cosignedMessage = (noteText: string, seconds: bigint): Buffer => Buffer.from(`cosignature/v1\ntime ${seconds}\n${noteText}`)

const signedWithTime: Signed = (note, signature) => {
  if (signature.bytes.length !== 72) return undefined
  const seconds = signature.bytes.readBigUInt64BE(0)
  if (seconds >= 2n ** 63n) return undefined
  return { message: cosignedMessage(note.text, seconds), signature: signature.bytes.subarray(8) }
}

/** A witness's signature of type 0x04 over a checkpoint's text. `seconds` since 1970, never zero. */
export async function cosign(noteText: string, seconds: bigint, witness: NoteSigner): Promise<Signature> {
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(seconds)
  return { name: witness.key.name, keyId: witness.key.keyId, bytes: Buffer.concat([time, await witness.sign(cosignedMessage(noteText, seconds))]) }
}

/** Verifies the cosignatures of known witnesses; others are ignored. */
export const openCosignatures = (note: Note, witnesses: readonly VerifierKey[]): Opened =>
  openNote(note, witnesses.filter((key) => key.type === cosignatureV1), signedWithTime)

/** Seconds since 1970 that a cosignature states. Meaningful only after it verified. */
export const cosignedAt = (signature: Signature): bigint => signature.bytes.readBigUInt64BE(0)
