/** Single sign-on: to the identity provider and back, bound to the browser that set out. */
import { z } from 'zod'
import { addressOf, cookieOf } from '../authorize.ts'
import { forgiveGuess } from '../people/guesses.ts'
import { keepChallenge, takeChallenge } from '../people/challenges.ts'
import { beginJourney, endJourney, farewell, type Journey } from '../people/single-sign-on.ts'
import type { OidcSettings } from '../people/settings.ts'
import { userBy, userOfProvider } from '../people/users.ts'
import { endSessionsOf } from '../people/sessions.ts'
import type { AdminPorts } from '../ports.ts'
import { type Api, Failed } from './reply.ts'
import { enter, guess } from './sign-in.ts'

const tags = ['sign-in']
const callback = '/admin/v1/sign-in/sso/callback'
const journeyMs = 10 * 60_000

/** Not strict about sites like the session's: it has to come along when the provider sends the browser back. */
const journeyCookie = (url: string): string => (url.startsWith('https://') ? '__Host-weir-journey' : 'weir-journey')

function settingsOf(ports: AdminPorts): { readonly url: string; readonly oidc: OidcSettings } {
  const signIn = ports.signIn()
  if (signIn?.oidc === undefined || signIn.url === undefined) throw new Failed(404, 'no_single_sign_on', 'No identity provider is configured: see signIn.oidc in docs/sign-in.md.')
  return { url: signIn.url, oidc: signIn.oidc }
}

/** Where the provider's own session ends; null where it does not answer, because signing out here must not fail for that. */
export async function endOfJourney(ports: AdminPorts): Promise<string | null> {
  const { url, oidc } = settingsOf(ports)
  try {
    return (await farewell(oidc, new URL('/', url).href)) ?? null
  } catch (cause) {
    ports.failed('asking the identity provider where to sign out', cause)
    return null
  }
}

export function singleSignOnApi(api: Api, ports: AdminPorts): void {
  const { store, resources } = ports
  api.get('/admin/v1/sign-in/sso', { schema: { tags, summary: 'Set out for the identity provider' } }, async (request, reply) => {
    const { url, oidc } = settingsOf(ports)
    await guess(ports, reply, 'challenge', addressOf(request))
    const begun = await beginJourney(oidc, new URL(callback, url).href).catch((cause: unknown) => {
      ports.failed('asking the identity provider where to sign in', cause)
      throw new Failed(502, 'provider_unreachable', 'The identity provider does not answer as OpenID Connect says; the log of the server says why.')
    })
    const secret = await keepChallenge(store, resources, 'single-sign-on', begun.journey, journeyMs)
    const secure = url.startsWith('https://') ? '; Secure' : ''
    return reply.header('set-cookie', `${journeyCookie(url)}=${secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${journeyMs / 1_000}${secure}`).header('cache-control', 'no-store').redirect(begun.url, 302)
  })
  api.get(callback, { schema: { tags, summary: 'Come back from it', querystring: z.looseObject({}) } }, async (request, reply) => {
    const { url, oidc } = settingsOf(ports)
    const secret = cookieOf(request, journeyCookie(url))
    const journey = secret === undefined ? undefined : await takeChallenge<Journey>(store, resources, 'single-sign-on', secret)
    const fail = (says: string): typeof reply => reply.header('cache-control', 'no-store').redirect(`/sign-in?${new URLSearchParams({ problem: says }).toString()}`, 302)
    if (journey === undefined) return fail('This browser did not set out for the identity provider, or too long ago: begin again.')
    const vouched = await endJourney(oidc, journey, new URL(request.url, url)).catch((cause: unknown) => {
      ports.failed('asking the identity provider who came', cause)
      return { failed: 'The identity provider does not answer; the log of the server says why.' }
    })
    if ('failed' in vouched) return fail(vouched.failed)
    const [before] = await store.query<{ id: string }>('admin', 'SELECT id FROM sign_in_user WHERE issuer = $1 AND subject = $2', [vouched.issuer, vouched.subject])
    const was = before === undefined ? undefined : await userBy(store, 'id', before.id)
    if (was?.disabledMs !== undefined) return fail('Your account is disabled here. An owner can enable it.')
    const user = await userOfProvider(store, resources, vouched)
    await forgiveGuess(store, 'challenge', addressOf(request))
    // Another role than before: sessions that began under the old one end.
    if (was !== undefined && (was.role !== user.role || was.organization !== user.organization || was.maker !== user.maker)) await endSessionsOf(store, user.id)
    await enter(request, reply, ports, { whose: { user: user.id }, stage: 'full', way: 'single-sign-on', factor: true })
    return reply.header('cache-control', 'no-store').redirect('/', 302)
  })
}
