/**
 * Single sign-on: OpenID Connect authorization code flow with PKCE, state and nonce, by `openid-client`, which is certified
 * for it. The provider is asked for its addresses and keys at each journey, so that a rotated key is never an old one.
 */
import type { Configuration } from 'openid-client'
import type { Bound } from '../roles.ts'
import type { OidcSettings } from './settings.ts'

export interface Begun {
  readonly url: string
  /** Kept until the person comes back. */
  readonly journey: Journey
}

export interface Journey {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

export interface Vouched extends Bound {
  readonly issuer: string
  readonly subject: string
  readonly name: string
}

/** What the provider answers is looked at for so long. */
const timeoutSeconds = 10

async function providerOf({ issuer, clientId, clientSecret }: OidcSettings): Promise<{ readonly client: typeof import('openid-client'); readonly provider: Configuration }> {
  const client = await import('openid-client')
  const provider = await client.discovery(new URL(issuer), clientId, clientSecret, undefined, {
    timeout: timeoutSeconds,
    // Without this the signature of the ID token is taken on trust, because it came over TLS.
    execute: [client.enableNonRepudiationChecks, ...(issuer.startsWith('http://') ? [client.allowInsecureRequests] : [])],
  })
  return { client, provider }
}

export async function beginJourney(settings: OidcSettings, returnTo: string): Promise<Begun> {
  const { client, provider } = await providerOf(settings)
  const journey: Journey = { state: client.randomState(), nonce: client.randomNonce(), verifier: client.randomPKCECodeVerifier() }
  const url = client.buildAuthorizationUrl(provider, {
    redirect_uri: returnTo, scope: settings.scopes.join(' '), state: journey.state, nonce: journey.nonce, code_challenge: await client.calculatePKCECodeChallenge(journey.verifier), code_challenge_method: 'S256',
  })
  return { url: url.href, journey }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** Whom the provider vouches for; otherwise why nobody gets in. `came` is the address that the person came back to, with its query. */
export async function endJourney(settings: OidcSettings, journey: Journey, came: URL): Promise<Vouched | { readonly failed: string }> {
  const { client, provider } = await providerOf(settings)
  let claims: Readonly<Record<string, unknown>> & { readonly sub: string; readonly iss: string }
  try {
    const tokens = await client.authorizationCodeGrant(provider, came, { pkceCodeVerifier: journey.verifier, expectedState: journey.state, expectedNonce: journey.nonce, idTokenExpected: true })
    const said = tokens.claims()
    if (said === undefined) return { failed: 'The identity provider sent no ID token.' }
    // Groups and names may stand behind the user-info address only.
    const more = said[settings.groupsClaim] === undefined && provider.serverMetadata().userinfo_endpoint !== undefined ? await client.fetchUserInfo(provider, tokens.access_token, said.sub) : {}
    claims = { ...more, ...said }
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause
    // The library's messages name what did not fit, and no secret.
    return { failed: `The identity provider's answer was not accepted: ${cause.message}` }
  }
  const groups = [claims[settings.groupsClaim] ?? []].flat().filter((one) => typeof one === 'string')
  const bound = Object.entries(settings.roles).find(([group]) => groups.includes(group))?.[1]
  if (bound === undefined) return { failed: `The identity provider knows you, but none of your groups has a role here (claim ${settings.groupsClaim}). An owner maps groups to roles in weir.yaml.` }
  const name = text(claims['name']) ?? text(claims['email']) ?? text(claims['preferred_username']) ?? claims.sub
  return { issuer: claims.iss, subject: claims.sub, name: name.slice(0, 200), ...bound }
}

/** Where the person ends the provider's own session; undefined where the provider has no such place. */
export async function farewell(settings: OidcSettings, returnTo: string): Promise<string | undefined> {
  const { client, provider } = await providerOf(settings)
  if (provider.serverMetadata().end_session_endpoint === undefined) return undefined
  return client.buildEndSessionUrl(provider, { post_logout_redirect_uri: returnTo }).href
}
