/** AES-256-GCM for bytes: nonce, tag, ciphertext. The place is bound in, so that a record moved elsewhere does not open. */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Random } from '../../kernel/random.ts'

const nonceLength = 12
const tagLength = 16

/** `key`: 32 bytes. */
export function sealBytes(key: Uint8Array, random: Random, place: string, clear: Uint8Array): Buffer {
  const nonce = random.bytes(nonceLength)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(place))
  const sealed = Buffer.concat([cipher.update(clear), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
}

/** Undefined where the bytes were changed, belong elsewhere, or were sealed under another key. */
export function openBytes(key: Uint8Array, place: string, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < nonceLength + tagLength) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceLength))
  decipher.setAAD(Buffer.from(place))
  decipher.setAuthTag(sealed.subarray(nonceLength, nonceLength + tagLength))
  const clear = decipher.update(sealed.subarray(nonceLength + tagLength))
  try {
    return Buffer.concat([clear, decipher.final()])
  } catch {
    // `final` throws where the tag does not match.
    return undefined
  }
}
