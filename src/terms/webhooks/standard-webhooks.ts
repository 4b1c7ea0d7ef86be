/**
 * Signatures of the Standard Webhooks specification 1.0 (standardwebhooks.com, read 2026-11-28): HMAC-SHA-256 over
 * `id.timestamp.body` under the secret behind `whsec_`, base 64, as `v1,…`; several, separated by spaces, in a rotation.
 * OpenAI signs its webhooks this way (developers.openai.com/api/docs/guides/webhooks, read 2026-11-28).
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Random } from '../../kernel/random.ts'

export const secretMark = 'whsec_'

/** How far the sender's clock may be from ours, either way: keeps old messages from being sent again. */
export const toleranceMs = 300_000

export const makeWebhookSecret = (random: Random): string => secretMark + random.bytes(32).toString('base64')

/** A secret's key; undefined where the text is no secret of at least 24 bytes, as the specification asks. */
function keyOf(secret: string): Buffer | undefined {
  const text = secret.startsWith(secretMark) ? secret.slice(secretMark.length) : secret
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined
  const key = Buffer.from(text, 'base64')
  return key.length < 24 ? undefined : key
}

export const isWebhookSecret = (secret: string): boolean => keyOf(secret) !== undefined

const mac = (key: Buffer, id: string, seconds: string, body: Uint8Array | string): Buffer => createHmac('sha256', key).update(`${id}.${seconds}.`).update(body).digest()

export interface WebhookHeaders { readonly 'webhook-id': string; readonly 'webhook-timestamp': string; readonly 'webhook-signature': string }

/** The headers of one message: one signature a secret, the newest first. */
export function signWebhook(secrets: readonly string[], id: string, atMs: number, body: string): WebhookHeaders {
  const seconds = String(Math.floor(atMs / 1000))
  const signatures = secrets.flatMap((secret) => keyOf(secret) ?? []).map((key) => `v1,${mac(key, id, seconds, body).toString('base64')}`)
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signatures.join(' ') }
}

export type VerifiedWebhook = { readonly status: 'verified'; readonly id: string } | { readonly status: 'refused'; readonly says: string }

const signaturesMax = 32

/** Verifies a message as it came, byte for byte. `header` answers a header by its lower-case name. */
export function verifyWebhook(secret: string, header: (name: string) => string | undefined, body: Uint8Array, nowMs: number): VerifiedWebhook {
  const refused = (says: string): VerifiedWebhook => ({ status: 'refused', says })
  const [id, seconds, given] = [header('webhook-id'), header('webhook-timestamp'), header('webhook-signature')]
  if (id === undefined || id === '' || seconds === undefined || given === undefined) return refused('webhook-id, webhook-timestamp and webhook-signature are all needed')
  if (!/^\d{1,12}$/.test(seconds)) return refused('webhook-timestamp is not a number of seconds')
  if (Math.abs(nowMs - Number(seconds) * 1000) > toleranceMs) return refused('webhook-timestamp is more than five minutes from our clock')
  const key = keyOf(secret)
  if (key === undefined) return refused('the secret of this source cannot be read: register the source again')
  const expected = mac(key, id, seconds, body)
  const fits = given.split(' ', signaturesMax).some((one) => {
    const [version, text] = one.split(',')
    const bytes = version === 'v1' && text !== undefined ? Buffer.from(text, 'base64') : Buffer.alloc(0)
    return bytes.length === expected.length && timingSafeEqual(bytes, expected)
  })
  return fits ? { status: 'verified', id } : refused('no signature fits: the message was changed, or signed with another secret')
}
