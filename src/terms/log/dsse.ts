/** DSSE v1 envelopes with Ed25519: github.com/secure-systems-lab/dsse protocol.md (at eebf7b59, read 2026-11-23). */
import { decodeBase64, formatVkey, verifyEd25519 } from './note.ts'
import type { NoteSigner, VerifierKey } from './note.ts'

export interface Envelope {
  readonly payload: string
  readonly payloadType: string
  readonly signatures: readonly { readonly keyid?: string; readonly sig: string }[]
}

/** Pre-authentication encoding: what is signed. Lengths in bytes. */
export function preAuthenticationEncoding(payloadType: string, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${body.length} `), body])
}

/** Signs a body. The key id is the signer's vkey, so that a reader knows which key to ask for. */
export async function signEnvelope(payloadType: string, body: Buffer, signers: readonly NoteSigner[]): Promise<Envelope> {
  const message = preAuthenticationEncoding(payloadType, body)
  const signatures = await Promise.all(signers.map(async (signer) => ({ keyid: formatVkey(signer.key), sig: (await signer.sign(message)).toString('base64') })))
  return { payload: body.toString('base64'), payloadType, signatures }
}

export type OpenedEnvelope = { readonly status: 'ok'; readonly body: Buffer; readonly by: readonly VerifierKey[] } | { readonly status: 'malformed' | 'unsigned' | 'other-type' }

/**
 * Verifies an envelope of the expected type against trusted keys. The key id is only a hint and not relied on; the body
 * that was verified is the body returned.
 */
export function openEnvelope(envelope: Envelope, payloadType: string, keys: readonly VerifierKey[]): OpenedEnvelope {
  if (envelope.payloadType !== payloadType) return { status: 'other-type' }
  const body = decodeBase64(envelope.payload)
  if (body === undefined) return { status: 'malformed' }
  const message = preAuthenticationEncoding(payloadType, body)
  const by = keys.filter((key) => envelope.signatures.some(({ sig }) => {
    const bytes = decodeBase64(sig)
    return bytes !== undefined && verifyEd25519(key.publicKey, message, bytes)
  }))
  return by.length === 0 ? { status: 'unsigned' } : { status: 'ok', body, by }
}
