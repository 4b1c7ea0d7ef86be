/** Codes of an authenticator app: RFC 6238 over RFC 4226 with SHA-1, 30 seconds and 6 digits, the only form that all apps read. */
import { createHmac } from 'node:crypto'

export const stepSeconds = 30
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648, section 6, without padding: how apps take a secret. */
export function toBase32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{1,5}/g) ?? []).map((five) => base32[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')
}

/** RFC 4226, section 5.3. */
export function hotp(secret: Buffer, counter: number, digits = 6): string {
  const message = Buffer.alloc(8)
  message.writeBigUInt64BE(BigInt(counter))
  const mac = createHmac('sha1', secret).update(message).digest()
  const offset = (mac.at(-1) ?? 0) & 0x0f
  return String((mac.readUInt32BE(offset) & 0x7fff_ffff) % 10 ** digits).padStart(digits, '0')
}

export const stepAt = (ms: number): number => Math.floor(ms / 1_000 / stepSeconds)

/**
 * The time step that a code belongs to: now, or one before or after for clocks that differ (RFC 6238, section 5.2);
 * undefined where it is none of these, or not later than `after`, so that no code is good twice.
 */
export function stepOf(secret: Buffer, code: string, nowMs: number, after: number): number | undefined {
  const now = stepAt(nowMs)
  return [now - 1, now, now + 1].find((step) => step > after && hotp(secret, step) === code)
}

/** What a QR code holds: Key URI format, github.com/google/google-authenticator/wiki/Key-Uri-Format, read 2026-11-28. */
export const otpauthUri = (secret: Buffer, issuer: string, account: string): string =>
  `otpauth://totp/${encodeURIComponent(issuer)}:${encodeURIComponent(account)}?secret=${toBase32(secret)}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=6&period=${stepSeconds}`
