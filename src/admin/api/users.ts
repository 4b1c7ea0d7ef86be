/** Users: invited by a link that is shown once, changed, disabled, reset. And the first owner, by the admin token. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import { hashPassword } from '../people/passwords.ts'
import { addUser, allUsers, isLastOwner, loginOf, makeLink, type User, userBy } from '../people/users.ts'
import type { AdminPorts } from '../ports.ts'
import { type Bound, roles } from '../roles.ts'
import { type Api, Failed, isoOrNull, listOf, notFound } from './reply.ts'
import { enter, factorsOf, newPassword, refusePoor } from './sign-in.ts'

const tags = ['users']
const boundFields = { role: z.enum(roles), organization: z.string().min(1).optional().describe('Of a customer.'), maker: z.string().min(1).optional().describe('Of a maker.') }
const user = z.object({
  id: z.string(), login: z.string().nullable(), name: z.string(), role: z.enum(roles), organization: z.string().nullable(), maker: z.string().nullable(), single_sign_on: z.string().nullable(),
  factors: z.array(z.enum(['totp', 'recovery', 'passkey'])), invited: z.boolean().describe('Has not set a password yet.'), disabled: z.boolean(), created_at: z.string(), created_by: z.string(), seen_at: z.string().nullable(),
})
const link = z.object({ id: z.string(), link: z.string().describe('Its path, with a secret after the #: shown in this answer and never again, good once within three days.') })
const login = z.string().trim().min(2).max(200).regex(/^[^\s]+$/, 'an e-mail address or a name without spaces')

const shown = (one: User): z.infer<typeof user> => ({
  id: one.id, login: one.login ?? null, name: one.name, role: one.role, organization: one.organization ?? null, maker: one.maker ?? null, single_sign_on: one.issuer ?? null, factors: factorsOf(one),
  invited: !one.hasPassword && one.issuer === undefined, disabled: one.disabledMs !== undefined, created_at: isoTime(one.createdMs), created_by: one.createdBy, seen_at: isoOrNull(one.seenMs),
})

/** A role with what it is bound to, and nothing it is not. */
export function boundOf({ role, organization, maker }: { readonly role: Bound['role']; readonly organization?: string | undefined; readonly maker?: string | undefined }): Bound {
  if ((role === 'customer') !== (organization !== undefined)) throw new Failed(422, 'invalid', role === 'customer' ? 'a customer is one of an organization: name it' : `the role ${role} is not bound to an organization; customer is`)
  if ((role === 'maker') !== (maker !== undefined)) throw new Failed(422, 'invalid', role === 'maker' ? 'name the maker whose models this one sees' : `the role ${role} is not bound to a maker; maker is`)
  return { role, organization, maker }
}

const pathOf = (secret: string): string => `/welcome#${secret}`
const taken = (name: string): Failed => new Failed(409, 'login_taken', `somebody signs in as ${name} already`)

function firstOwner(api: Api, ports: AdminPorts): void {
  const { store, resources } = ports
  const body = z.strictObject({ login, name: z.string().trim().min(1).max(200), password: newPassword })
  api.post('/admin/v1/set-up', { schema: { tags, summary: 'Make the first owner, while there is no user; a second factor is set up next', body, response: { 201: z.object({ id: z.string() }) } } }, async (request, reply) => {
    refusePoor(request.body.password, [request.body.login, request.body.name])
    const password = await hashPassword(request.body.password, resources.ports.random)
    const id = await store.transaction('admin', async (sql) => {
      await sql('LOCK TABLE sign_in_user IN EXCLUSIVE MODE')
      if ((await sql('SELECT FROM sign_in_user LIMIT 1')).length > 0) return undefined
      const made = await addUser(sql, resources, { login: request.body.login, name: request.body.name, role: 'owner', organization: undefined, maker: undefined }, request.actor ?? 'set-up')
      if (made !== undefined) await sql('UPDATE sign_in_user SET password = $2 WHERE id = $1', [made, password])
      return made
    })
    if (id === undefined) throw new Failed(409, 'set_up_already', 'There are users already: an owner invites more.')
    await enter(request, reply, ports, { whose: { user: id }, stage: 'enrol', way: 'set-up', factor: false }, request.caller?.session?.id)
    return reply.code(201).send({ id })
  })
}

export function usersApi(api: Api, ports: AdminPorts): void {
  const { store, resources, clock } = ports
  const params = z.object({ user: z.string() })
  const found = async (id: string): Promise<User> => {
    const one = await userBy(store, 'id', id) ?? await userBy(store, 'login', loginOf(id))
    if (one === undefined) throw notFound(`no user ${id}: weir users list`)
    return one
  }
  firstOwner(api, ports)
  api.get('/admin/v1/people', { schema: { tags, summary: 'Names of users, for what stands beside acts', response: { 200: listOf(z.object({ id: z.string(), name: z.string() })) } } }, async () => ({ data: (await allUsers(store)).map(({ id, name }) => ({ id, name })) }))
  api.get('/admin/v1/users', { schema: { tags, summary: 'Users', response: { 200: listOf(user) } } }, async () => ({ data: (await allUsers(store)).map(shown) }))
  const added = z.strictObject({ login, name: z.string().trim().min(1).max(200), ...boundFields })
  api.post('/admin/v1/users', { schema: { tags, summary: 'Invite a user: a link to set password and second factor, shown once', body: added, response: { 201: link } } }, async (request, reply) => {
    const bound = boundOf(request.body)
    const done = await store.transaction('admin', async (sql) => {
      const id = await addUser(sql, resources, { login: request.body.login, name: request.body.name, ...bound }, request.actor ?? '')
      return id === undefined ? undefined : { id, link: pathOf(await makeLink(sql, resources, id)) }
    })
    if (done === undefined) throw taken(request.body.login)
    return reply.code(201).send(done)
  })
  const changed = z.strictObject({ name: z.string().trim().min(1).max(200), ...boundFields, disabled: z.boolean().default(false) })
  api.put('/admin/v1/users/:user', { schema: { tags, summary: 'Change role or name, disable or enable; another role or none ends all sessions', params, body: changed, response: { 200: user } } }, async (request) => {
    const before = await found(request.params.user)
    const { name, disabled } = request.body
    const bound = boundOf(request.body)
    const less = disabled || bound.role !== before.role || bound.organization !== before.organization || bound.maker !== before.maker
    const refused = await store.transaction('admin', async (sql) => {
      await sql('LOCK TABLE sign_in_user IN EXCLUSIVE MODE')
      if ((disabled || bound.role !== 'owner') && (await isLastOwner(sql, before.id))) return true
      await sql('UPDATE sign_in_user SET name = $2, role = $3, organization = $4, maker = $5, disabled_ms = CASE WHEN $6 THEN coalesce(disabled_ms, $7) END WHERE id = $1',
        [before.id, name, bound.role, bound.organization ?? null, bound.maker ?? null, disabled, clock.now()])
      if (less || before.disabledMs !== undefined) await sql('DELETE FROM sign_in_session WHERE user_id = $1', [before.id])
      return false
    })
    if (refused) throw new Failed(409, 'last_owner', 'This is the last owner who can sign in: make another one first.')
    return shown(await found(before.id))
  })
  const reset = z.strictObject({ what: z.enum(['password', 'second-factor']).describe('second-factor: and the password with it, so that who has stolen one cannot set the other.') })
  api.post('/admin/v1/users/:user/reset', { schema: { tags, summary: 'Let a user begin anew: sessions end, and a link is shown once', params, body: reset, response: { 200: link } } }, async (request) => {
    const one = await found(request.params.user)
    if (one.login === undefined) throw new Failed(409, 'single_sign_on_only', 'This user signs in by single sign-on: reset it at the identity provider.')
    const { what } = request.body
    const secret = await store.transaction('admin', async (sql) => {
      await sql('UPDATE sign_in_user SET password = NULL WHERE id = $1', [one.id])
      if (what === 'second-factor') {
        await sql(`UPDATE sign_in_user SET totp = NULL, recovery = '[]' WHERE id = $1`, [one.id])
        await sql('DELETE FROM sign_in_passkey WHERE user_id = $1', [one.id])
      }
      await sql('DELETE FROM sign_in_session WHERE user_id = $1', [one.id])
      return makeLink(sql, resources, one.id)
    })
    return { id: one.id, link: pathOf(secret) }
  })
}
