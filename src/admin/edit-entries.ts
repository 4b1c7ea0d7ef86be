/** One entry at a time, as console and command line change it. What a file declares is changed in the file. */
import { differences } from './differences.ts'
import { all, type Bodies, type Entry, find, type State } from './entries.ts'
import { internalPrices, type Plan, priceName } from './plan-apply.ts'
import type { ModelResource } from '../gateway/resources.ts'
import type { Applied, NotApplied, Refused, ResourceBook } from './resources.ts'

type Editable = 'provider' | 'model' | 'organization' | 'project'

/** What a secret reads as; written back, it means the one that is stored. */
export const hiddenSecret = '(secret)'

const declaredElsewhere = (kind: string, name: string, manager: string): Refused => ({ status: 'refused', says: `${kind} ${name} is declared by ${manager}: change it there and apply` })

export function putEntry<K extends Editable>(book: ResourceBook, kind: K, name: string, spec: Bodies[K]['spec']): Promise<Applied | NotApplied> {
  return book.edit((state) => {
    const before = find(state, kind, name)
    if (before?.managedBy !== undefined) return declaredElsewhere(kind, name, before.managedBy)
    const full = restoreSecrets(spec, before?.body.spec) as Bodies[K]['spec']
    const changed = differences(kind, before?.body.spec, full)
    if (before !== undefined && changed.length === 0) return { changes: [], writes: [], removals: [], made: [] }
    const now = book.ports.clock.now()
    const prices = kind === 'model' ? internalPrices(state, { models: { [name]: full as ModelResource } }, now) : []
    return {
      changes: [{ kind, name, action: before === undefined ? 'add' : 'change', differences: changed }],
      writes: [
        { kind, name, body: { spec: full, createdAt: before?.body.createdAt ?? now }, managedBy: undefined } as unknown as Entry,
        ...prices.map((price): Entry => ({ kind: 'price', name: priceName(price), body: { spec: price, createdAt: now }, managedBy: undefined })),
      ],
      removals: [], made: [],
    } satisfies Plan
  })
}

/** Removes an entry that nothing needs any more; what still needs it is refused by the check of the whole, or named here. */
export function removeEntry(book: ResourceBook, kind: Editable, name: string): Promise<Applied | NotApplied> {
  return book.edit((state) => {
    const before = find(state, kind, name)
    if (before === undefined) return { status: 'not-found', says: `no ${kind} ${name}` }
    if (before.managedBy !== undefined) return declaredElsewhere(kind, name, before.managedBy)
    const below = neededBelow(state, kind, name)
    if (below.length > 0) return { status: 'refused', says: `${kind} ${name} still has ${below.slice(0, 5).join(', ')}${below.length > 5 ? ` and ${below.length - 5} more` : ''}: remove or revoke them first` }
    return { changes: [{ kind, name, action: 'remove', differences: [] }], writes: [], removals: [{ kind, name }], made: [] } satisfies Plan
  })
}

function neededBelow(state: State, kind: Editable, name: string): readonly string[] {
  if (kind === 'organization') return all(state, 'project').filter((project) => project.name.startsWith(`${name}/`)).map((project) => project.name)
  if (kind === 'project') return all(state, 'key').filter((key) => key.name.startsWith(`${name}/`) && key.body.revoked === undefined).map((key) => key.name)
  return []
}

function restoreSecrets(spec: unknown, before: unknown): unknown {
  if (spec === hiddenSecret) return before ?? spec
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) return spec
  const old = typeof before === 'object' && before !== null ? (before as Readonly<Record<string, unknown>>) : {}
  return Object.fromEntries(Object.entries(spec).map(([name, value]) => [name, restoreSecrets(value, old[name])]))
}

/** A provider's spec with each secret hidden. */
export function hideSecrets(spec: Bodies['provider']['spec']): Bodies['provider']['spec'] {
  const { apiKey, entra, headers } = spec
  return {
    ...spec,
    ...(apiKey === undefined ? {} : { apiKey: hiddenSecret }),
    ...(entra === undefined ? {} : { entra: { ...entra, clientSecret: hiddenSecret } }),
    ...(headers === undefined ? {} : { headers: Object.fromEntries(Object.keys(headers).map((name) => [name, hiddenSecret])) }),
  }
}
