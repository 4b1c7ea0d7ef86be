/** Passkeys by the browser's own functions, which read and write the JSON of the admin API (WebAuthn level 3, 5.1). */
import type { Answer } from './api.ts'

type Ticketed = Answer<'POST /admin/v1/sign-in/passkey/options'>

/** Where the browser can do it and the address is a name. */
export const canPasskey = (): boolean => typeof PublicKeyCredential === 'function' && 'parseCreationOptionsFromJSON' in PublicKeyCredential

export async function makePasskey({ ticket, options }: Ticketed): Promise<{ readonly ticket: string; readonly answer: Record<string, unknown> }> {
  const made = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options as PublicKeyCredentialCreationOptionsJSON) })
  return { ticket, answer: (made as PublicKeyCredential).toJSON() as unknown as Record<string, unknown> }
}

export async function showPasskey({ ticket, options }: Ticketed): Promise<{ readonly ticket: string; readonly answer: Record<string, unknown> }> {
  const shown = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options as PublicKeyCredentialRequestOptionsJSON) })
  return { ticket, answer: (shown as PublicKeyCredential).toJSON() as unknown as Record<string, unknown> }
}
