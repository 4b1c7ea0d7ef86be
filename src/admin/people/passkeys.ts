/**
 * Passkeys (WebAuthn level 3): a key pair that the person's device keeps for our address, opened by face, finger or PIN. One
 * is both factors at once, so user verification is always asked for. The library is loaded when it is first needed.
 */
import { isIP } from 'node:net'
import type { AuthenticationResponseJSON, AuthenticatorTransport, RegistrationResponseJSON } from '@simplewebauthn/server'
import type { Store } from '../../store/store.ts'
import type { ResourceBook } from '../resources.ts'
import { keepChallenge, takeChallenge } from './challenges.ts'
import type { User } from './users.ts'

const challengeMs = 5 * 60_000

interface Asked {
  readonly challenge: string
  readonly origin: string
  readonly user?: string
}

/** The address that passkeys are bound to; undefined where there can be none: a bare IP address is no name to bind to. */
export function partyOf(origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined
  const { hostname, protocol } = new URL(origin)
  if (isIP(hostname.replaceAll(/[[\]]/g, '')) !== 0) return undefined
  return protocol === 'https:' || hostname === 'localhost' || hostname.endsWith('.localhost') ? hostname : undefined
}

export interface Ticket {
  /** Comes back with the answer. */
  readonly ticket: string
  readonly options: object
}

export interface Passkey {
  readonly id: string
  readonly name: string
  readonly createdMs: number
  readonly usedMs: number | undefined
}

interface PasskeyRow {
  readonly [name: string]: unknown
  readonly id: string
  readonly user_id: string
  readonly name: string
  readonly public_key: Buffer
  readonly counter: string
  readonly transports: AuthenticatorTransport[]
  readonly created_ms: string
  readonly used_ms: string | null
}

export async function passkeysOf(store: Store, user: string): Promise<readonly Passkey[]> {
  const rows = await store.query<PasskeyRow>('admin', 'SELECT * FROM sign_in_passkey WHERE user_id = $1 ORDER BY created_ms', [user])
  return rows.map((row) => ({ id: row.id, name: row.name, createdMs: Number(row.created_ms), usedMs: row.used_ms === null ? undefined : Number(row.used_ms) }))
}

export async function askForNewPasskey(store: Store, book: ResourceBook, user: User, origin: string, party: string): Promise<Ticket> {
  const { generateRegistrationOptions } = await import('@simplewebauthn/server')
  const options = await generateRegistrationOptions({
    rpName: 'Weir', rpID: party, userID: new Uint8Array(Buffer.from(user.id)), userName: user.login ?? user.name, userDisplayName: user.name, challenge: new Uint8Array(book.ports.random.bytes(32)), attestationType: 'none',
    excludeCredentials: (await passkeysOf(store, user.id)).map(({ id }) => ({ id })), authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })
  return { ticket: await keepChallenge(store, book, 'passkey-new', { challenge: options.challenge, origin, user: user.id } satisfies Asked, challengeMs), options }
}

/** Undefined where it was kept; otherwise why not. */
export async function keepPasskey(store: Store, book: ResourceBook, user: string, given: { readonly ticket: string; readonly answer: object; readonly name: string }): Promise<string | undefined> {
  const asked = await takeChallenge<Asked>(store, book, 'passkey-new', given.ticket)
  if (asked?.user !== user) return 'The question that this answers is over: begin again.'
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  const checked = await verifyRegistrationResponse({
    response: given.answer as RegistrationResponseJSON, expectedChallenge: asked.challenge, expectedOrigin: asked.origin, expectedRPID: new URL(asked.origin).hostname, requireUserVerification: true,
  }).catch((cause: unknown) => ({ verified: false as const, why: String(cause) }))
  if (!checked.verified) return `The passkey was not accepted${'why' in checked ? `: ${checked.why}` : ''}.`
  const { id, publicKey, counter, transports } = checked.registrationInfo.credential
  const made = await store.query('admin', 'INSERT INTO sign_in_passkey (id, user_id, name, public_key, counter, transports, created_ms) VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7) ON CONFLICT DO NOTHING RETURNING id',
    [id, user, given.name, Buffer.from(publicKey), counter, JSON.stringify(transports ?? []), book.ports.clock.now()])
  return made.length === 1 ? undefined : 'This passkey is known already.'
}

/** Asks whoever is there: the device answers with a passkey and whose it is. */
export async function askForPasskey(store: Store, book: ResourceBook, origin: string, party: string): Promise<Ticket> {
  const { generateAuthenticationOptions } = await import('@simplewebauthn/server')
  const options = await generateAuthenticationOptions({ rpID: party, userVerification: 'required', challenge: new Uint8Array(book.ports.random.bytes(32)) })
  return { ticket: await keepChallenge(store, book, 'passkey-sign-in', { challenge: options.challenge, origin } satisfies Asked, challengeMs), options }
}

/** Whose passkey answered; undefined where none of ours did, or not rightly. */
export async function userOfPasskey(store: Store, book: ResourceBook, given: { readonly ticket: string; readonly answer: object }): Promise<string | undefined> {
  const asked = await takeChallenge<Asked>(store, book, 'passkey-sign-in', given.ticket)
  const answer = given.answer as AuthenticationResponseJSON
  const [row] = typeof answer.id === 'string' ? await store.query<PasskeyRow>('admin', 'SELECT * FROM sign_in_passkey WHERE id = $1', [answer.id]) : []
  if (asked === undefined || row === undefined) return undefined
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  const checked = await verifyAuthenticationResponse({
    response: answer, expectedChallenge: asked.challenge, expectedOrigin: asked.origin, expectedRPID: new URL(asked.origin).hostname, requireUserVerification: true,
    credential: { id: row.id, publicKey: new Uint8Array(row.public_key), counter: Number(row.counter), transports: row.transports },
  }).catch(() => ({ verified: false as const }))
  if (!checked.verified || !('authenticationInfo' in checked)) return undefined
  await store.query('admin', 'UPDATE sign_in_passkey SET counter = $2, used_ms = $3 WHERE id = $1', [row.id, checked.authenticationInfo.newCounter, book.ports.clock.now()])
  return row.user_id
}
