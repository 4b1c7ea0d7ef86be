/** The door: password and second factor, passkey, one-time link, admin token. Answers the same to everybody about who exists. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { addressOf, agentOf, dropCookie, giveCookie, ownOrigin, refuseForeign, sessionOf } from '../authorize.ts'
import { findToken } from '../keys.ts'
import { forgiveGuess, takeGuess } from '../people/guesses.ts'
import { askForPasskey, partyOf, userOfPasskey } from '../people/passkeys.ts'
import { checkPassword, hashPassword, passwordFault } from '../people/passwords.ts'
import { beginSession, endSession, endSessionsOf, type NewSession, type SignedIn } from '../people/sessions.ts'
import { acceptCode, acceptRecoveryCode, anyUsers, loginOf, passwordHash, type User, userBy, userOfLink } from '../people/users.ts'
import type { AdminPorts } from '../ports.ts'
import { type Api, Failed } from './reply.ts'

const tags = ['sign-in']
const ways = ['totp', 'recovery', 'passkey'] as const
const status = z.object({
  status: z.enum(['signed-in', 'second-factor', 'set-up-factor']).describe('second-factor: show one with the next request; set-up-factor: none is there yet, set one up under /admin/v1/account.'),
  ways: z.array(z.enum(ways)).describe('Second factors that this person has.'),
})
export type Entered = z.infer<typeof status>

export const factorsOf = (user: User): Entered['ways'] => [...(user.hasTotp ? ['totp' as const] : []), ...(user.recoveryLeft > 0 ? ['recovery' as const] : []), ...(user.passkeys > 0 ? ['passkey' as const] : [])]

export const stageOf = (user: User): 'factor' | 'enrol' => (user.hasTotp || user.passkeys > 0 ? 'factor' : 'enrol')

/** Begins a session for this browser and hands its cookie over. */
export async function enter(request: FastifyRequest, reply: FastifyReply, ports: AdminPorts, session: Omit<NewSession, 'address' | 'agent'>, before?: string): Promise<void> {
  const secret = await beginSession(ports.store, ports.resources, { ...session, address: addressOf(request), agent: agentOf(request) }, before)
  giveCookie(request, reply, ports.signIn()?.url, secret)
}

/** Counts a guess before it is looked at. */
export async function guess(ports: AdminPorts, reply: FastifyReply, kind: 'account' | 'code' | 'address' | 'challenge', whom: string): Promise<void> {
  const now = ports.clock.now()
  const may = await takeGuess(ports.store, kind, whom, now)
  if (may.status === 'may') return
  const seconds = Math.max(1, Math.ceil((may.untilMs - now) / 1_000))
  void reply.header('retry-after', String(seconds))
  throw new Failed(429, 'too_many_guesses', `${kind === 'challenge' ? 'Signing in was begun too often from here' : 'Too many wrong tries'}: try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`)
}

const wrong = (): Failed => new Failed(401, 'wrong_password', 'Name and password do not belong together.')

export const newPassword = z.string().min(1).max(1_000)

export function refusePoor(password: string, about: readonly string[]): void {
  const fault = passwordFault(password, about)
  if (fault !== undefined) throw new Failed(422, 'poor_password', fault)
}

function passwordRoutes(api: Api, ports: AdminPorts): void {
  const { store, resources, signIn } = ports
  const { random } = resources.ports
  api.post('/admin/v1/sign-in/password', { schema: { tags, summary: 'Name and password; a second factor follows', body: z.strictObject({ login: z.string().min(1).max(200), password: newPassword }), response: { 200: status } } }, async (request, reply) => {
    refuseForeign(request, signIn()?.url)
    const login = loginOf(request.body.login)
    await guess(ports, reply, 'address', addressOf(request))
    await guess(ports, reply, 'account', login)
    const user = await userBy(store, 'login', login)
    const hash = user === undefined ? undefined : await passwordHash(store, user.id)
    const checked = await checkPassword(request.body.password, hash)
    if (checked === 'wrong' || user === undefined || user.disabledMs !== undefined) throw wrong()
    await forgiveGuess(store, 'account', login)
    await forgiveGuess(store, 'address', addressOf(request))
    if (checked === 'weak') await store.query('admin', 'UPDATE sign_in_user SET password = $2 WHERE id = $1 AND password = $3', [user.id, await hashPassword(request.body.password, random), hash])
    const stage = stageOf(user)
    await enter(request, reply, ports, { whose: { user: user.id }, stage, way: 'password', factor: false }, (await sessionOf(request, ports))?.session.id)
    return { status: stage === 'factor' ? 'second-factor' as const : 'set-up-factor' as const, ways: factorsOf(user) }
  })
  api.post('/admin/v1/sign-in/code', { schema: { tags, summary: 'The second factor: a code of the app, or a recovery code', body: z.strictObject({ code: z.string().min(1).max(40) }), response: { 200: status } } }, async (request, reply) => {
    refuseForeign(request, signIn()?.url)
    const session = await betweenFactors(request, ports)
    await proveCode(ports, reply, session.user, request.body.code)
    await enter(request, reply, ports, { whose: { user: session.user }, stage: 'full', way: session.way, factor: true }, session.id)
    return { status: 'signed-in' as const, ways: [] }
  })
}

/** Six digits are the app's, anything else a recovery code. */
export async function proveCode(ports: AdminPorts, reply: FastifyReply, user: string, given: string): Promise<void> {
  const { store, resources } = ports
  await guess(ports, reply, 'code', user)
  const digits = given.replaceAll(/\s/g, '')
  const right = /^\d{6}$/.test(digits) ? await acceptCode(store, resources, user, digits) : await acceptRecoveryCode(store, resources, user, given)
  if (!right) throw new Failed(401, 'wrong_code', 'This code is not right, or was used before: wait for the next one.')
  await forgiveGuess(store, 'code', user)
}

async function betweenFactors(request: FastifyRequest, ports: AdminPorts): Promise<SignedIn['session'] & { readonly user: string }> {
  const found = await sessionOf(request, ports)
  if (found?.user === undefined || found.session.stage !== 'factor') throw new Failed(401, 'sign_in_over', 'The password was not shown, or too long ago: sign in again.')
  return { ...found.session, user: found.user.id }
}

function linkRoutes(api: Api, ports: AdminPorts): void {
  const { store, resources, signIn } = ports
  const gone = (): Failed => new Failed(404, 'link_gone', 'This link was used, replaced, or is over three days old: ask an owner for a new one.')
  const link = z.string().min(1).max(200)
  const body = z.strictObject({ link })
  api.post('/admin/v1/sign-in/link', { schema: { tags, summary: 'Whose one-time link this is', body, response: { 200: z.object({ login: z.string(), name: z.string() }) } } }, async (request, reply) => {
    refuseForeign(request, signIn()?.url)
    await guess(ports, reply, 'address', addressOf(request))
    const user = await userOfLink(store, resources, request.body.link)
    if (user === undefined) throw gone()
    await forgiveGuess(store, 'address', addressOf(request))
    return { login: user.login ?? '', name: user.name }
  })
  api.post('/admin/v1/sign-in/link/accept', { schema: { tags, summary: 'Set a password by a one-time link', body: body.extend({ password: newPassword }), response: { 200: status } } }, async (request, reply) => {
    refuseForeign(request, signIn()?.url)
    await guess(ports, reply, 'address', addressOf(request))
    const user = await userOfLink(store, resources, request.body.link)
    if (user === undefined) throw gone()
    refusePoor(request.body.password, [user.login ?? '', user.name])
    const hash = await hashPassword(request.body.password, resources.ports.random)
    const done = await store.transaction('admin', async (sql) => {
      const used = await sql('DELETE FROM sign_in_link WHERE hash = $1 RETURNING user_id', [resources.hash(request.body.link)])
      if (used.length === 1) await sql('UPDATE sign_in_user SET password = $2 WHERE id = $1', [user.id, hash])
      return used.length === 1
    })
    if (!done) throw gone()
    await endSessionsOf(store, user.id)
    await forgiveGuess(store, 'address', addressOf(request))
    const stage = stageOf(user)
    await enter(request, reply, ports, { whose: { user: user.id }, stage, way: 'link', factor: false })
    return { status: stage === 'factor' ? 'second-factor' as const : 'set-up-factor' as const, ways: factorsOf(user) }
  })
}

const noParty = (): Failed => new Failed(409, 'no_passkeys_here', 'Passkeys are bound to a name: open Weir by https:// and its name, or on this machine at http://localhost, not by an IP address.')

/** The origin that passkeys of this page are bound to. */
export function partyAt(request: FastifyRequest, { signIn }: AdminPorts): { readonly origin: string; readonly party: string } {
  const origin = ownOrigin(request, signIn()?.url)
  const party = partyOf(origin)
  if (origin === undefined || party === undefined) throw noParty()
  return { origin, party }
}

export const passkeyAnswer = z.strictObject({ ticket: z.string().min(1).max(200), answer: z.looseObject({}).describe('The credential, as PublicKeyCredential.toJSON() gives it.') })
export const passkeyTicket = z.object({ ticket: z.string(), options: z.unknown().describe('For PublicKeyCredential.parse…OptionsFromJSON().') })

function passkeyRoutes(api: Api, ports: AdminPorts): void {
  const { store, resources, signIn } = ports
  api.post('/admin/v1/sign-in/passkey/options', { schema: { tags, summary: 'Begin to sign in with a passkey', response: { 200: passkeyTicket } } }, async (request, reply) => {
    refuseForeign(request, signIn()?.url)
    const { origin, party } = partyAt(request, ports)
    await guess(ports, reply, 'challenge', addressOf(request))
    return askForPasskey(store, resources, origin, party)
  })
  api.post('/admin/v1/sign-in/passkey', { schema: { tags, summary: 'Sign in with a passkey', body: passkeyAnswer, response: { 200: status } } }, async (request, reply) => {
    refuseForeign(request, signIn()?.url)
    await guess(ports, reply, 'address', addressOf(request))
    const id = await userOfPasskey(store, resources, request.body)
    const user = id === undefined ? undefined : await userBy(store, 'id', id)
    if (user === undefined || user.disabledMs !== undefined) throw new Failed(401, 'unknown_passkey', 'This passkey is not known here, or its user was disabled.')
    for (const kind of ['address', 'challenge'] as const) await forgiveGuess(store, kind, addressOf(request))
    await enter(request, reply, ports, { whose: { user: user.id }, stage: 'full', way: 'passkey', factor: true }, (await sessionOf(request, ports))?.session.id)
    return { status: 'signed-in' as const, ways: [] }
  })
}

export function signInApi(api: Api, ports: AdminPorts): void {
  const { store, resources, signIn } = ports
  const door = z.object({
    set_up: z.boolean().describe('No user is there yet: the admin token that was printed makes the first owner.'), single_sign_on: z.string().nullable().describe('What stands on its button.'), passkeys: z.boolean().describe('Whether this address can have passkeys.'),
    stage: z.enum(['factor', 'enrol', 'full']).nullable().describe('How far this browser is.'), ways: z.array(z.enum(ways)), name: z.string().nullable(),
  })
  api.get('/admin/v1/sign-in', { schema: { tags, summary: 'What the sign-in page shows', response: { 200: door } } }, async (request) => {
    const found = await sessionOf(request, ports)
    const user = found?.user === undefined ? undefined : await userBy(store, 'id', found.user.id)
    // A page's own GET carries no origin: the address that was asked for has to do.
    const origin = ownOrigin(request, signIn()?.url) ?? `${request.headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'}://${request.headers.host ?? ''}`
    return {
      set_up: !(await anyUsers(store)), single_sign_on: signIn()?.oidc === undefined ? null : (signIn()?.oidc?.label ?? ''), passkeys: URL.canParse(origin) && partyOf(origin) !== undefined,
      stage: found?.session.stage ?? null, ways: user === undefined || found?.session.stage !== 'factor' ? [] : factorsOf(user), name: found?.session.stage === 'factor' ? (user?.name ?? null) : null,
    }
  })
  api.post('/admin/v1/sign-in/leave', { schema: { tags, summary: 'Give up between password and second factor', response: { 200: z.object({}) } } }, async (request, reply) => {
    refuseForeign(request, signIn()?.url)
    const found = await sessionOf(request, ports)
    // A whole session ends by DELETE /admin/v1/session, which asks for its token.
    if (found !== undefined && found.session.stage !== 'full') {
      await endSession(store, found.session.id)
      dropCookie(reply)
    }
    return {}
  })
  passwordRoutes(api, ports)
  linkRoutes(api, ports)
  passkeyRoutes(api, ports)
  api.post('/admin/v1/sign-in/token', { schema: { tags, summary: 'A session of an admin token, for a browser', body: z.strictObject({ token: z.string().min(1).max(200) }), response: { 200: status } } }, async (request, reply) => {
    refuseForeign(request, signIn()?.url)
    await guess(ports, reply, 'address', addressOf(request))
    const token = findToken(await resources.state(), resources.hash(request.body.token.trim()))
    if (token === undefined) throw new Failed(401, 'unknown_token', 'This is not an admin token of this installation, or it was revoked.')
    await forgiveGuess(store, 'address', addressOf(request))
    await enter(request, reply, ports, { whose: { token: token.id }, stage: 'full', way: 'token', factor: false }, (await sessionOf(request, ports))?.session.id)
    return { status: 'signed-in' as const, ways: [] }
  })
}
