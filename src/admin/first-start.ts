/** What an installation is given when its database is new: an admin token, and, where no file declares anything, a sandbox to call. */
import { resourcesSchema } from '../gateway/resources.ts'
import type { Store } from '../store/store.ts'
import { createKey, createToken, type MadeSecret } from './keys.ts'
import { entryKey, type Entry } from './entries.ts'
import sandbox from './first-start.json' with { type: 'json' }
import { planApply } from './plan-apply.ts'
import type { NotApplied, ResourceBook } from './resources.ts'

export interface FirstStart {
  /** Shown once. */
  readonly adminToken: string
  /** Shown once. Undefined where a file declares the resources. */
  readonly key: string | undefined
}

/** Undefined: not the first start. Of several nodes that start at once, one is first. */
export async function firstStart(store: Store, book: ResourceBook, options: { readonly declared: boolean }): Promise<FirstStart | undefined> {
  const made = await store.query('admin', `INSERT INTO setting (name, value) VALUES ('installation', $1::jsonb) ON CONFLICT DO NOTHING RETURNING name`,
    [JSON.stringify({ createdAt: book.ports.clock.now() })])
  if (made.length === 0) return undefined
  const adminToken = secretOf(await createToken(book, 'first'))
  if (options.declared) return { adminToken, key: undefined }
  const resources = resourcesSchema.parse(sandbox)
  const filled = await book.edit((state) => {
    const plan = planApply(state, resources, { now: book.ports.clock.now(), manager: 'file', keyId: () => '', makeSecret: () => '', hash: () => '', hint: () => '' })
    // Nobody's file declares these: console and command line may change them.
    return { ...plan, removals: [], writes: plan.writes.filter((entry) => !state.entries.has(entryKey(entry.kind, entry.name))).map((entry): Entry => ({ ...entry, managedBy: undefined })) }
  })
  if (filled.status !== 'applied') throw new Error(`the sandbox's resources do not fit: ${JSON.stringify(filled)}`)
  const key = secretOf(await createKey(book, { organization: 'default', project: 'default', spec: { name: 'first' } }))
  return { adminToken, key }
}

function secretOf(made: MadeSecret | NotApplied): string {
  if (made.status !== 'made') throw new Error(`the first secret could not be made: ${JSON.stringify(made)}`)
  return made.secret
}

