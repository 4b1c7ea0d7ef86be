/** Client keys and admin tokens: made, rotated, revoked. Each answer with a secret in it is the only one that ever holds it. */
import type { KeyBody, KeySpec, State, TokenBody, TokenSpec } from './entries.ts'
import { all, find } from './entries.ts'
import type { Applied, NotApplied, Refused, ResourceBook } from './resources.ts'
import { differences } from './differences.ts'
import type { Plan } from './plan-apply.ts'
import { hint, makeAdminToken, makeClientKey } from '../kernel/sealing.ts'

export interface MadeSecret {
  readonly status: 'made'
  readonly id: string
  readonly name: string
  readonly secret: string
}

export interface NewKey {
  readonly organization: string
  readonly project: string
  readonly spec: KeySpec
  /** Left out, Weir makes one. */
  readonly secret?: string
}

const noPlan: Plan = { changes: [], writes: [], removals: [], made: [] }

export async function createKey(book: ResourceBook, key: NewKey): Promise<MadeSecret | NotApplied> {
  const { clock, random, makeId } = book.ports
  const name = `${key.organization}/${key.project}/${key.spec.name}`
  const secret = key.secret ?? makeClientKey(random)
  const id = makeId('key')
  const body: KeyBody = { spec: key.spec, createdAt: clock.now(), id, organization: key.organization, project: key.project, hash: book.hash(secret), hint: hint(secret) }
  const result = await book.edit((state) => {
    if (find(state, 'project', `${key.organization}/${key.project}`) === undefined) return { status: 'not-found', says: `no project ${key.organization}/${key.project}` }
    if (find(state, 'key', name) !== undefined) return { status: 'refused', says: `a key ${name} exists already: rotate it, or give this one another name` }
    return { ...noPlan, changes: [{ kind: 'key', name, action: 'add', differences: differences('key', undefined, key.spec) }], writes: [{ kind: 'key', name, body, managedBy: undefined }] }
  })
  return result.status === 'applied' ? { status: 'made', id, name, secret } : result
}

/** A key by its id or by `organization/project/name`. */
export const findKey = (state: State, idOrName: string): { readonly name: string; readonly body: KeyBody; readonly managedBy: string | undefined } | undefined =>
  find(state, 'key', idOrName) ?? all(state, 'key').find((entry) => entry.body.id === idOrName)

/** A new secret for the same key. The one before stays valid for `graceMs`. */
export async function rotateKey(book: ResourceBook, idOrName: string, graceMs: number): Promise<MadeSecret | NotApplied> {
  const { clock, random } = book.ports
  const secret = makeClientKey(random)
  let made: { readonly id: string; readonly name: string } | undefined
  const result = await book.edit((state) => {
    const key = findKey(state, idOrName)
    if (key === undefined) return notFound(idOrName)
    if (key.body.revoked !== undefined) return { status: 'refused', says: `key ${key.name} is revoked: create a new one` }
    if (key.managedBy !== undefined) return { status: 'refused', says: `key ${key.name} is declared by ${key.managedBy}: change its secret there and apply` }
    made = { id: key.body.id, name: key.name }
    const { previous: _, ...rest } = key.body
    const body: KeyBody = { ...rest, hash: book.hash(secret), hint: hint(secret), ...(graceMs > 0 ? { previous: { hash: key.body.hash, until: clock.now() + graceMs } } : {}) }
    return { ...noPlan, changes: [{ kind: 'key', name: key.name, action: 'change', differences: [{ path: 'secret', before: '(secret)', after: '(secret)' }] }], writes: [{ kind: 'key', name: key.name, body, managedBy: key.managedBy }] }
  })
  return result.status !== 'applied' || made === undefined ? result as NotApplied : { status: 'made', ...made, secret }
}

/** From the next snapshot on every node answers 401 to it. A second revocation changes nothing. */
export function revokeKey(book: ResourceBook, idOrName: string, by: string): Promise<Applied | NotApplied> {
  return book.edit((state) => {
    const key = findKey(state, idOrName)
    if (key === undefined) return notFound(idOrName)
    if (key.body.revoked !== undefined) return noPlan
    const { previous: _, ...rest } = key.body
    return {
      ...noPlan,
      changes: [{ kind: 'key', name: key.name, action: 'remove', differences: [], note: 'revoked' }],
      writes: [{ kind: 'key', name: key.name, body: { ...rest, revoked: { at: book.ports.clock.now(), by } }, managedBy: key.managedBy }],
    }
  })
}

const notFound = (name: string): Refused => ({ status: 'not-found', says: `no key ${name}: name it organization/project/key, or by its id (key_…)` })

/** An admin token under a label; a token with the same label is replaced. */
export async function createToken(book: ResourceBook, label: string, organization?: string, more: Omit<TokenSpec, 'label' | 'organization'> = {}): Promise<MadeSecret | NotApplied> {
  const { clock, random, makeId } = book.ports
  const secret = makeAdminToken(random)
  const id = makeId('token')
  const body: TokenBody = { spec: { label, ...(organization === undefined ? {} : { organization }), ...more }, createdAt: clock.now(), id, hash: book.hash(secret), hint: hint(secret) }
  const result = await book.edit(() => ({ ...noPlan, changes: [{ kind: 'token', name: label, action: 'add', differences: [] }], writes: [{ kind: 'token', name: label, body, managedBy: undefined }] }))
  return result.status === 'applied' ? { status: 'made', id, name: label, secret } : result
}

export function revokeToken(book: ResourceBook, label: string): Promise<Applied | NotApplied> {
  return book.edit((state) => {
    if (find(state, 'token', label) === undefined) return { status: 'not-found', says: `no token ${label}` }
    return { ...noPlan, changes: [{ kind: 'token', name: label, action: 'remove', differences: [] }], removals: [{ kind: 'token', name: label }] }
  })
}

/** Whom an admin token speaks for; undefined: nobody. */
export function findToken(state: State, hash: string): TokenBody | undefined {
  return all(state, 'token').find((entry) => entry.body.hash === hash)?.body
}
