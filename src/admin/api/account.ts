/** One's own account: session, password, second factors. What could lock others in asks for a fresh second factor. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import { type Caller, dropCookie, sessionOf } from '../authorize.ts'
import { keepChallenge, takeChallenge } from '../people/challenges.ts'
import { forgiveGuess } from '../people/guesses.ts'
import { askForNewPasskey, keepPasskey, passkeysOf, userOfPasskey } from '../people/passkeys.ts'
import { checkPassword, hashPassword } from '../people/passwords.ts'
import { endSession, endSessionsOf, recentMs, type Session, sessionsOfUser, showedFactor } from '../people/sessions.ts'
import { stepOf, otpauthUri, toBase32 } from '../people/totp.ts'
import { anyUsers, makeRecoveryCodes, openTotp, passwordHash, sealTotp, type User, userBy } from '../people/users.ts'
import type { AdminPorts } from '../ports.ts'
import { permissionsOf, roles } from '../roles.ts'
import { endOfJourney } from './single-sign-on.ts'
import { type Api, Failed, isoOrNull, listOf, notFound } from './reply.ts'
import { enter, guess, newPassword, partyAt, passkeyAnswer, passkeyTicket, proveCode, refusePoor } from './sign-in.ts'

const tags = ['account']
const made = z.object({ recovery_codes: z.array(z.string()).nullable().describe('Where these are the first: each replaces a second factor once. Shown in this answer and never again.') })

interface Self {
  readonly user: User
  readonly session: Session
}

/** The user whose session asks. */
async function selfOf(request: FastifyRequest, { store }: AdminPorts): Promise<Self> {
  const session = request.caller?.session
  const user = session?.user === undefined ? undefined : await userBy(store, 'id', session.user)
  if (user === undefined || session === undefined) throw new Failed(403, 'no_account', 'An admin token has no account: sign in as a user.')
  return { user, session }
}

/** Whoever finds a browser open must not be able to stay. */
function refuseStale({ user, session }: Self, { clock }: AdminPorts): void {
  // Begun before there was a factor, elsewhere: a password alone must not add another one.
  if (session.stage === 'enrol' && (user.hasTotp || user.passkeys > 0)) throw new Failed(401, 'second_factor_missing', 'A second factor was set up meanwhile: sign in again, and show it.')
  if (session.stage === 'full' && clock.now() - session.factorMs > recentMs) throw new Failed(403, 'factor_too_old', 'This asks for a second factor shown in the last 15 minutes: confirm that it is you.')
}

/** A second factor was added: recovery codes where there are none, and the end of setting up. */
async function strengthened(request: FastifyRequest, reply: FastifyReply, ports: AdminPorts, { user, session }: Self): Promise<readonly string[] | null> {
  const codes = user.recoveryLeft > 0 ? null : await ports.store.transaction('admin', (sql) => makeRecoveryCodes(sql, ports.resources, user.id))
  if (session.stage === 'enrol') await enter(request, reply, ports, { whose: { user: user.id }, stage: 'full', way: session.way, factor: true }, session.id)
  else await showedFactor(ports.store, ports.resources, session.id)
  return codes
}

function totpRoutes(api: Api, ports: AdminPorts): void {
  const { store, clock, resources } = ports
  const { random, keyring } = resources.ports
  api.post('/admin/v1/account/totp', { schema: { tags, summary: 'Begin to set up an authenticator app', response: { 200: z.object({ ticket: z.string(), secret: z.string().describe('Base 32, for typing.'), uri: z.string().describe('For a QR code, drawn where it is shown.') }) } } }, async (request) => {
    const self = await selfOf(request, ports)
    refuseStale(self, ports)
    const secret = random.bytes(20)
    const ticket = await keepChallenge(store, resources, 'totp-new', { user: self.user.id, sealed: sealTotp(keyring(), random, self.user.id, secret) }, 15 * 60_000)
    return { ticket, secret: toBase32(secret), uri: otpauthUri(secret, 'Weir', self.user.login ?? self.user.name) }
  })
  api.put('/admin/v1/account/totp', { schema: { tags, summary: 'Finish it with a code', body: z.strictObject({ ticket: z.string().max(200), code: z.string().max(20) }), response: { 200: made } } }, async (request, reply) => {
    const self = await selfOf(request, ports)
    refuseStale(self, ports)
    await guess(ports, reply, 'code', self.user.id)
    const kept = await takeChallenge<{ user: string; sealed: string }>(store, resources, 'totp-new', request.body.ticket)
    if (kept?.user !== self.user.id) throw new Failed(409, 'begin_again', 'The secret that this code belongs to is over: begin again.')
    const step = stepOf(openTotp(keyring(), self.user.id, kept.sealed), request.body.code.replaceAll(/\s/g, ''), clock.now(), 0)
    if (step === undefined) throw new Failed(422, 'wrong_code', 'This code is not that secret’s of now: is the clock of the phone right? Begin again.')
    await store.query('admin', 'UPDATE sign_in_user SET totp = $2, totp_step = $3 WHERE id = $1', [self.user.id, kept.sealed, step])
    return { recovery_codes: await strengthened(request, reply, ports, self) as string[] | null }
  })
  api.delete('/admin/v1/account/totp', { schema: { tags, summary: 'Do without the app; another second factor has to be there', response: { 200: z.object({}) } } }, async (request) => {
    const self = await selfOf(request, ports)
    refuseStale(self, ports)
    refuseLast(self.user, self.user.passkeys)
    await store.query('admin', 'UPDATE sign_in_user SET totp = NULL WHERE id = $1', [self.user.id])
    return {}
  })
  api.post('/admin/v1/account/recovery-codes', { schema: { tags, summary: 'New recovery codes; those before are void', response: { 200: made } } }, async (request) => {
    const self = await selfOf(request, ports)
    refuseStale(self, ports)
    return { recovery_codes: [...await store.transaction('admin', (sql) => makeRecoveryCodes(sql, resources, self.user.id))] }
  })
}

function refuseLast(user: User, factorsLeft: number): void {
  if (user.issuer === undefined && factorsLeft === 0) throw new Failed(409, 'last_factor', 'This is the only second factor: add another one first.')
}

function passkeyRoutes(api: Api, ports: AdminPorts): void {
  const { store, resources } = ports
  api.post('/admin/v1/account/passkeys/options', { schema: { tags, summary: 'Begin to add a passkey', response: { 200: passkeyTicket } } }, async (request) => {
    const self = await selfOf(request, ports)
    refuseStale(self, ports)
    const { origin, party } = partyAt(request, ports)
    return askForNewPasskey(store, resources, self.user, origin, party)
  })
  api.post('/admin/v1/account/passkeys', { schema: { tags, summary: 'Add it', body: passkeyAnswer.extend({ name: z.string().min(1).max(60) }), response: { 200: made } } }, async (request, reply) => {
    const self = await selfOf(request, ports)
    refuseStale(self, ports)
    const refused = await keepPasskey(store, resources, self.user.id, request.body)
    if (refused !== undefined) throw new Failed(422, 'passkey_refused', refused)
    return { recovery_codes: await strengthened(request, reply, ports, self) as string[] | null }
  })
  api.delete('/admin/v1/account/passkeys/:passkey', { schema: { tags, summary: 'Remove a passkey', params: z.object({ passkey: z.string() }), response: { 200: z.object({}) } } }, async (request) => {
    const self = await selfOf(request, ports)
    refuseStale(self, ports)
    refuseLast(self.user, self.user.passkeys - 1 + (self.user.hasTotp ? 1 : 0))
    const gone = await store.query('admin', 'DELETE FROM sign_in_passkey WHERE id = $1 AND user_id = $2 RETURNING id', [request.params.passkey, self.user.id])
    if (gone.length === 0) throw notFound('no such passkey of yours')
    return {}
  })
}

function sessionRoutes(api: Api, ports: AdminPorts): void {
  const { store, resources } = ports
  const session = z.object({ id: z.string(), present: z.boolean(), way: z.string(), since: z.string(), seen: z.string(), until: z.string(), address: z.string(), agent: z.string() })
  api.get('/admin/v1/account/sessions', { schema: { tags, summary: 'Where one is signed in', response: { 200: listOf(session) } } }, async (request) => {
    const self = await selfOf(request, ports)
    return {
      data: (await sessionsOfUser(store, resources, self.user.id)).map((one) => ({
        id: one.id, present: one.id === self.session.id, way: one.way, since: isoTime(one.createdMs), seen: isoTime(one.seenMs), until: isoTime(one.expiresMs), address: one.address, agent: one.agent,
      })),
    }
  })
  const ended = z.object({ ended: z.number() })
  api.delete('/admin/v1/account/sessions', { schema: { tags, summary: 'Sign out everywhere else', response: { 200: ended } } }, async (request) => {
    const self = await selfOf(request, ports)
    return { ended: await endSessionsOf(store, self.user.id, self.session.id) }
  })
  api.delete('/admin/v1/account/sessions/:session', { schema: { tags, summary: 'Sign out there', params: z.object({ session: z.string() }), response: { 200: ended } } }, async (request) => {
    const self = await selfOf(request, ports)
    if (!(await endSession(store, request.params.session, self.user.id))) throw notFound('no such session of yours')
    return { ended: 1 }
  })
}

function presentSession(api: Api, ports: AdminPorts): void {
  const { store, version } = ports
  const session = z.object({
    actor: z.string().describe('What stands beside one’s acts: a user’s id, or a token’s label.'), name: z.string(), person: z.boolean(), role: z.enum(roles), organization: z.string().nullable().describe('Set where this sees one organization only.'),
    maker: z.string().nullable().describe('Set where this sees one maker’s models only.'), may: z.array(z.string()).describe('Permissions, as each route asks for them.'), version: z.string(),
    stage: z.enum(['enrol', 'full']), account: z.boolean().describe('A user’s session, with an account to look after.'), csrf: z.string().nullable().describe('For the header x-weir-csrf of whatever changes something.'),
    set_up: z.boolean().describe('No user is there yet.'), until: z.string().nullable(),
  })
  api.get('/admin/v1/session', { schema: { tags, summary: 'Who asks, and what they may do', response: { 200: session } } }, async (request) => {
    const caller = request.caller as Caller
    const found = request.headers.authorization === undefined ? await sessionOf(request, ports) : undefined
    const stage = caller.session?.stage === 'enrol' ? 'enrol' as const : 'full' as const
    return {
      actor: caller.actor, name: caller.name, person: caller.person, role: caller.role, organization: caller.organization ?? null, maker: caller.maker ?? null, may: stage === 'enrol' ? [] : [...permissionsOf(caller.role)], version,
      stage, account: caller.session?.user !== undefined, csrf: found?.csrf ?? null, set_up: !(await anyUsers(store)), until: isoOrNull(caller.session?.expiresMs),
    }
  })
  api.delete('/admin/v1/session', { schema: { tags, summary: 'Sign out', response: { 200: z.object({ continue_at: z.string().nullable().describe('Where single sign-on ends too.') }) } } }, async (request, reply) => {
    const present = request.caller?.session
    if (present !== undefined) await endSession(store, present.id)
    dropCookie(reply)
    return { continue_at: present?.way === 'single-sign-on' ? await endOfJourney(ports) : null }
  })
}

export function accountApi(api: Api, ports: AdminPorts): void {
  const { store, resources } = ports
  const passkey = z.object({ id: z.string(), name: z.string(), created_at: z.string(), used_at: z.string().nullable() })
  const account = z.object({
    id: z.string(), login: z.string().nullable(), name: z.string(), role: z.enum(roles), organization: z.string().nullable(), maker: z.string().nullable(), single_sign_on: z.string().nullable(), password: z.boolean(), totp: z.boolean(),
    recovery_codes_left: z.number(), passkeys: z.array(passkey),
  })
  presentSession(api, ports)
  api.get('/admin/v1/account', { schema: { tags, summary: 'One’s own account', response: { 200: account } } }, async (request) => {
    const { user } = await selfOf(request, ports)
    return {
      id: user.id, login: user.login ?? null, name: user.name, role: user.role, organization: user.organization ?? null, maker: user.maker ?? null, single_sign_on: user.issuer ?? null, password: user.hasPassword, totp: user.hasTotp,
      recovery_codes_left: user.recoveryLeft, passkeys: (await passkeysOf(store, user.id)).map((one) => ({ id: one.id, name: one.name, created_at: isoTime(one.createdMs), used_at: isoOrNull(one.usedMs) })),
    }
  })
  api.put('/admin/v1/account/password', { schema: { tags, summary: 'Change the password; all other sessions end', body: z.strictObject({ current: z.string().min(1).max(1_000), password: newPassword }), response: { 200: z.object({}) } } }, async (request, reply) => {
    const self = await selfOf(request, ports)
    refuseStale(self, ports)
    const { user, session } = self
    await guess(ports, reply, 'code', `${user.id}/password`)
    if ((await checkPassword(request.body.current, await passwordHash(store, user.id))) === 'wrong') throw new Failed(422, 'wrong_password', 'The present password is not right.')
    await forgiveGuess(store, 'code', `${user.id}/password`)
    refusePoor(request.body.password, [user.login ?? '', user.name])
    await store.query('admin', 'UPDATE sign_in_user SET password = $2 WHERE id = $1', [user.id, await hashPassword(request.body.password, resources.ports.random)])
    await endSessionsOf(store, user.id, session.id)
    await enter(request, reply, ports, { whose: { user: user.id }, stage: 'full', way: session.way, factor: true }, session.id)
    return {}
  })
  const proof = z.union([z.strictObject({ code: z.string().min(1).max(40) }), passkeyAnswer])
  api.post('/admin/v1/account/confirm', { schema: { tags, summary: 'Show a second factor again, for what asks for a recent one', body: proof, response: { 200: z.object({}) } } }, async (request, reply) => {
    const { user, session } = await selfOf(request, ports)
    if ('code' in request.body) await proveCode(ports, reply, user.id, request.body.code)
    else if ((await userOfPasskey(store, resources, request.body)) !== user.id) throw new Failed(401, 'unknown_passkey', 'This is not a passkey of yours.')
    await showedFactor(store, resources, session.id)
    return {}
  })
  totpRoutes(api, ports)
  passkeyRoutes(api, ports)
  sessionRoutes(api, ports)
}
