/**
 * Access tokens of Microsoft Entra by client credentials (OAuth 2.0, RFC 6749 §4.4; Microsoft identity platform, read
 * 2026-11-23): one per account, kept until shortly before it ends, fetched by one request at a time.
 */
import { request as undiciRequest } from 'undici'
import { z } from 'zod'
import type { Clock } from '../kernel/clock.ts'
import type { AuthScheme } from './provider.ts'
import { credentialHeaders } from './upstream-request.ts'

export interface EntraAccount {
  readonly tenantId: string
  readonly clientId: string
  readonly clientSecret: string
  readonly authority: string | undefined
  readonly scope: string | undefined
}

export type TokenResult = { readonly token: string } | { readonly failed: string }

export interface TokenSource {
  /** From memory while the token lasts; the same promise for all who ask while one is fetched. */
  readonly token: (account: EntraAccount) => TokenResult | Promise<TokenResult>
  /** After a 401: the next ask fetches anew. */
  readonly forget: (account: EntraAccount) => void
}

const defaultAuthority = 'https://login.microsoftonline.com'
const defaultScope = 'https://cognitiveservices.azure.com/.default'
/** A token is replaced in the background from here on, and no longer used in its last minute. */
const refreshBeforeMs = 5 * 60_000
const unusableBeforeMs = 60_000
const fetchTimeoutMs = 10_000
const errorTextMax = 300

const granted = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() })
const refused = z.object({ error: z.string(), error_description: z.string().optional() })

interface Kept {
  token: string | undefined
  /** Milliseconds of the clock. */
  endsAt: number
  lifeMs: number
  fetching: Promise<TokenResult> | undefined
}

const keyOf = (account: EntraAccount): string => JSON.stringify([account.authority, account.tenantId, account.clientId, account.scope, account.clientSecret])

/** Short-lived tokens are refreshed in their last tenth, so that a lifetime below five minutes does not mean a fetch per call. */
const lead = (lifeMs: number, ms: number): number => Math.min(ms, lifeMs / 10)

export function makeTokenSource(options: { readonly clock: Clock }): TokenSource {
  const { clock } = options
  const kept = new Map<string, Kept>()

  const fetchInto = (entry: Kept, account: EntraAccount): Promise<TokenResult> => {
    entry.fetching ??= fetchToken(account).then((answer) => {
      entry.fetching = undefined
      if ('failed' in answer) return answer
      entry.token = answer.token
      entry.lifeMs = answer.lifeMs
      entry.endsAt = clock.now() + answer.lifeMs
      return { token: answer.token }
    })
    return entry.fetching
  }

  return {
    token: (account) => {
      const key = keyOf(account)
      const entry = kept.get(key) ?? { token: undefined, endsAt: 0, lifeMs: 0, fetching: undefined }
      kept.set(key, entry)
      const left = entry.endsAt - clock.now()
      if (entry.token === undefined || left <= lead(entry.lifeMs, unusableBeforeMs)) return fetchInto(entry, account)
      // A failed early refresh is no failure yet: the token still works, and the next ask tries again.
      if (left <= lead(entry.lifeMs, refreshBeforeMs)) void fetchInto(entry, account)
      return { token: entry.token }
    },
    forget: (account) => void kept.delete(keyOf(account)),
  }
}

async function fetchToken(account: EntraAccount): Promise<{ readonly token: string; readonly lifeMs: number } | { readonly failed: string }> {
  const authority = (account.authority ?? defaultAuthority).replace(/\/+$/, '')
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: account.clientId, client_secret: account.clientSecret, scope: account.scope ?? defaultScope })
  const say = (what: string): { readonly failed: string } => ({ failed: `no access token from ${authority} for tenant ${account.tenantId}: ${what}` })
  let status: number
  let text: string
  try {
    const answer = await undiciRequest(`${authority}/${encodeURIComponent(account.tenantId)}/oauth2/v2.0/token`, {
      method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }, body: form.toString(),
      headersTimeout: fetchTimeoutMs, bodyTimeout: fetchTimeoutMs,
    })
    status = answer.statusCode
    text = await answer.body.text()
  } catch (cause) {
    // undici rejects with the socket's or its own error; anything else is a defect and goes on.
    if (cause instanceof Error && 'code' in cause) return say(`the connection failed (${String(cause.code)})`)
    throw cause
  }
  const body = parseJson(text)
  const good = granted.safeParse(body)
  if (status === 200 && good.success) return { token: good.data.access_token, lifeMs: good.data.expires_in * 1_000 }
  const bad = refused.safeParse(body)
  return say(bad.success ? `${bad.data.error}: ${(bad.data.error_description ?? '').slice(0, errorTextMax)}. Check clientId, clientSecret and tenantId.` : `it answered ${status} without a token`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}

/** What a provider account needs to be asked for its credentials. */
export interface CredentialFields {
  readonly type: { readonly auth: AuthScheme }
  readonly apiKey: string | undefined
  readonly entra: EntraAccount | undefined
}

/** Credentials of any account, as headers: Entra where it is configured, the key otherwise. */
export function makeCredentials(source: TokenSource): (account: CredentialFields) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>> | { readonly failed: string }> {
  const carry = (result: TokenResult): Readonly<Record<string, string>> | { readonly failed: string } => ('failed' in result ? { failed: result.failed } : credentialHeaders('entra', result.token))
  return (account) => {
    if (account.entra === undefined) return credentialHeaders(account.type.auth, account.apiKey)
    const result = source.token(account.entra)
    if (result instanceof Promise) return result.then(carry)
    return 'token' in result ? credentialHeaders('entra', result.token) : Promise.resolve({ failed: result.failed })
  }
}
