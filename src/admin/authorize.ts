/**
 * Who asks, and whether they may: before every route that is not public. Programs bring an admin token, browsers a session
 * cookie. A request that changes something and comes with a cookie has to come from our own pages: the cookie is strict
 * about sites, the browser says where the request was made, and a header repeats what only our page was told.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Failed } from './api/reply.ts'
import { all, type State } from './entries.ts'
import { findToken } from './keys.ts'
import { anyUsers } from './people/users.ts'
import { recentMs, type Session, sessionOfCookie, type SignedIn } from './people/sessions.ts'
import { countsPeople, type Permission } from './permissions.ts'
import type { AdminPorts } from './ports.ts'
import { type Bound, isDangerous, isOpen, mayDo, type Role } from './roles.ts'

/** Whoever a request speaks for. */
export interface Caller extends Bound {
  /** Stands beside what was done: a user's id, also where a token of that user did it; a token's label where nobody answers for it. */
  readonly actor: string
  /** The actor is a person. */
  readonly person: boolean
  /** As people read it. */
  readonly name: string
  /** Of a browser. */
  readonly session: Session | undefined
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined on public routes. */
    caller: Caller | undefined
    /** The caller's `actor`. */
    actor: string | undefined
    /** Set where the caller may see one organization only. */
    onlyOrganization: string | undefined
    /** Set where the caller may see one maker's models only. */
    onlyMaker: string | undefined
  }
}

const bearer = /^bearer\s+(\S+)\s*$/i

/** Where a browser gets nothing by plain HTTP that it would hand to another: `__Host-` binds a cookie to this very host. */
const cookieName = (secure: boolean): string => (secure ? '__Host-weir' : 'weir')

/** The page that a request was made on, as the browser says; undefined for programs. */
const originOf = (request: FastifyRequest): string | undefined => (typeof request.headers.origin === 'string' ? request.headers.origin : undefined)

/** Ours: at the address that the operator named, or at the one that was asked. */
const isOurs = (origin: string, request: FastifyRequest, publicUrl: string | undefined): boolean =>
  URL.canParse(origin) && (new URL(origin).host === request.headers.host || (publicUrl !== undefined && new URL(publicUrl).origin === origin))

/** Refuses what another site made a browser send. */
export function refuseForeign(request: FastifyRequest, publicUrl: string | undefined): void {
  const site = request.headers['sec-fetch-site']
  const origin = originOf(request)
  if (site === 'cross-site' || site === 'same-site' || (origin !== undefined && !isOurs(origin, request, publicUrl))) {
    throw new Failed(403, 'foreign_page', 'This request was made by a page of another site, or a proxy changes the Host header: then name the public address under signIn.url in weir.yaml.')
  }
}

/** Where our page runs, as the browser sees it; undefined where nobody said. */
export function ownOrigin(request: FastifyRequest, publicUrl: string | undefined): string | undefined {
  const origin = originOf(request)
  if (origin !== undefined && isOurs(origin, request, publicUrl)) return origin
  return publicUrl === undefined ? undefined : new URL(publicUrl).origin
}

const isSecure = (request: FastifyRequest, publicUrl: string | undefined): boolean =>
  request.headers['x-forwarded-proto'] === 'https' || (ownOrigin(request, publicUrl) ?? '').startsWith('https://')

/** The session's cookie gone out: forgotten by scripts, other sites and the disk. */
export function giveCookie(request: FastifyRequest, reply: FastifyReply, publicUrl: string | undefined, secret: string): void {
  const secure = isSecure(request, publicUrl)
  void reply.header('set-cookie', `${cookieName(secure)}=${secret}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`)
}

export function dropCookie(reply: FastifyReply): void {
  for (const secure of [true, false]) void reply.header('set-cookie', `${cookieName(secure)}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0${secure ? '; Secure' : ''}`)
}

export function cookieOf(request: FastifyRequest, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return undefined
}

const sessionCookie = (request: FastifyRequest): string | undefined => cookieOf(request, cookieName(true)) ?? cookieOf(request, cookieName(false))

/** What a page repeats in `x-weir-csrf`: bound to its session, worth nothing without the cookie. */
export const csrfOf = ({ resources }: Pick<AdminPorts, 'resources'>, secret: string): string => resources.hash(`csrf ${secret}`)

/** The caller's address: what a proxy beside us says, where one is between. */
export function addressOf(request: FastifyRequest): string {
  const direct = request.socket.remoteAddress ?? ''
  const said = String(request.headers['x-forwarded-for'] ?? '').split(',').at(-1)?.trim() ?? ''
  return said !== '' && /^(::ffff:)?(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)|^::1$|^f[cd]/.test(direct) ? said : direct
}

export const agentOf = (request: FastifyRequest): string => String(request.headers['user-agent'] ?? '')

/** The session of a request, whatever its stage, with what its pages have to repeat. */
export async function sessionOf(request: FastifyRequest, { store, resources }: AdminPorts, used = true): Promise<(SignedIn & { readonly csrf: string }) | undefined> {
  const secret = sessionCookie(request)
  if (secret === undefined || secret === '') return undefined
  const found = await sessionOfCookie(store, resources, secret, used)
  return found === undefined ? undefined : { ...found, csrf: csrfOf({ resources }, secret) }
}

function refuseForged(request: FastifyRequest, csrf: string, publicUrl: string | undefined): void {
  if (request.method === 'GET' || request.method === 'HEAD') return
  refuseForeign(request, publicUrl)
  if (request.headers['sec-fetch-site'] === undefined && originOf(request) === undefined) throw new Failed(403, 'foreign_page', 'A browser says where a request was made, and this one does not. Programs use an admin token.')
  if (request.headers['x-weir-csrf'] !== csrf) throw new Failed(403, 'csrf', 'The header x-weir-csrf is missing or of another session: load the page again.')
}

/** Who made a token, as of now. */
interface PersonRow {
  readonly [name: string]: unknown
  readonly role: Role
  readonly organization: string | null
  readonly maker: string | null
  readonly disabled_ms: string | null
}

/** `used` is false where an open answer only makes sure that it may still go on. */
export type Authorize = (request: FastifyRequest, permission: Permission, used?: boolean) => Promise<void>

/** Tokens are read anew when the version of all resources has changed, so a revoked one is refused at once. */
export function authorizer(ports: AdminPorts): Authorize {
  const { resources, store, clock, signIn } = ports
  let known: State | undefined
  const state = async (): Promise<State> => {
    if (known?.version !== (await resources.version())) known = await resources.state()
    return known
  }
  /** A token does no more than its role says, and no more than the person who made it may do today. */
  const ofToken = async (token: NonNullable<ReturnType<typeof findToken>>, session: Session | undefined, permission: Permission): Promise<Caller> => {
    const { label, organization, maker, role, person } = token.spec
    const caller: Caller = { actor: person ?? label, person: person !== undefined, name: label, role: role ?? (organization === undefined ? 'owner' : 'customer'), organization, maker, session }
    const [made] = person === undefined ? [] : await store.query<PersonRow>('admin', 'SELECT role, organization, maker, disabled_ms FROM sign_in_user WHERE id = $1', [person])
    if (made === undefined) return caller
    if (made.disabled_ms !== null) throw new Failed(401, 'user_disabled', 'The person whose token this is was disabled.')
    if (!mayDo(made.role, permission)) throw new Failed(403, 'not_permitted', `The person whose token this is has the role ${made.role} now: ${permission} is not among its permissions.`)
    return { ...caller, organization: made.organization ?? organization, maker: made.maker ?? maker }
  }
  const ofBearer = async (given: string, permission: Permission): Promise<Caller> => {
    const token = findToken(await state(), resources.hash(given))
    if (token === undefined) throw new Failed(401, 'unknown_token', 'This is not an admin token of this installation, or it was revoked.')
    return ofToken(token, undefined, permission)
  }
  const ofSession = async (request: FastifyRequest, permission: Permission, used: boolean): Promise<Caller> => {
    const found = await sessionOf(request, ports, used)
    if (found === undefined) throw new Failed(401, 'no_token', 'Sign in, or send an admin token: Authorization: Bearer wadm_….')
    const { session, user, csrf } = found
    if (session.stage === 'factor' || (session.stage === 'enrol' && permission !== 'enrol')) throw new Failed(401, 'second_factor_missing', 'A second factor is missing: finish signing in.')
    refuseForged(request, csrf, signIn()?.url)
    if (user !== undefined) return { actor: user.id, person: true, name: user.name, role: user.role, organization: user.organization, maker: user.maker, session }
    const token = all(await state(), 'token').find((entry) => entry.body.id === session.tokenId)?.body
    if (token === undefined) throw new Failed(401, 'token_revoked', 'The admin token of this session was revoked.')
    return ofToken(token, session, permission)
  }
  return async (request, permission, used = true) => {
    const given = bearer.exec(request.headers.authorization ?? '')?.[1]
    const caller = given === undefined ? await ofSession(request, permission, used) : await ofBearer(given, permission)
    if (!isOpen(permission) && !mayDo(caller.role, permission)) throw new Failed(403, 'not_permitted', refusal(caller, permission))
    if (caller.session?.user !== undefined && isDangerous(permission) && clock.now() - caller.session.factorMs > recentMs) {
      throw new Failed(403, 'factor_too_old', 'This asks for a second factor shown in the last 15 minutes: confirm that it is you.')
    }
    if (!caller.person && countsPeople(request.method, request.routeOptions.url ?? '') && (await anyUsers(store))) {
      throw new Failed(403, 'needs_person', `This act counts people, and nobody answers for the token ${caller.actor}: sign in, or use a token that a user has made.`)
    }
    request.caller = caller
    request.actor = caller.actor
    request.onlyOrganization = caller.organization
    request.onlyMaker = caller.maker
  }
}

function refusal({ role, organization, maker }: Caller, permission: Permission): string {
  if (organization !== undefined) return `This sign-in sees what is ${organization}'s only; ${permission} is not among its permissions.`
  if (maker !== undefined) return `This sign-in sees what was made of ${maker}'s models only; ${permission} is not among its permissions.`
  return `The role ${role} may not do this: ${permission} is not among its permissions. An owner can change roles.`
}
