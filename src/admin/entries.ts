/** Resources as the database keeps them: one row per kind and name, secrets sealed or hashed. */
import type { Installation, StoredKey } from '../gateway/build-snapshot.ts'
import type { KeyResource, ModelResource, OrganizationResource, PriceResource, ProjectResource, ProviderResource } from '../gateway/resources.ts'
import { isSealed, type Keyring, seal, unseal } from '../kernel/sealing.ts'
import type { Random } from '../kernel/random.ts'
import { type Diversion, diverted } from '../planner/diversion.ts'
import type { Sql } from '../store/store.ts'
import type { Role } from './roles.ts'

export type OrganizationSpec = Omit<OrganizationResource, 'projects'>
export type ProjectSpec = Omit<ProjectResource, 'keys'>
export type KeySpec = Omit<KeyResource, 'secret'>

interface Made<S> {
  readonly spec: S
  /** Milliseconds. */
  readonly createdAt: number
}

export interface KeyBody extends Made<KeySpec> {
  readonly id: string
  readonly organization: string
  readonly project: string
  readonly hash: string
  /** Last letters of the secret. */
  readonly hint: string
  /** The secret before a rotation, valid until then (milliseconds). */
  readonly previous?: { readonly hash: string; readonly until: number }
  readonly revoked?: { readonly at: number; readonly by: string }
}

export interface TokenSpec {
  readonly label: string
  /** Left out: owner, or customer where there is an organization. */
  readonly role?: Role
  /** Of a customer: the token sees what is this organization's only. */
  readonly organization?: string
  /** Of a maker: the token sees what was made of its models only. */
  readonly maker?: string
  /** The user who made it and answers for it: what the token does, that person did. */
  readonly person?: string
}

export interface TokenBody extends Made<TokenSpec> {
  readonly id: string
  readonly hash: string
  readonly hint: string
}

export interface Bodies {
  readonly provider: Made<ProviderResource>
  readonly model: Made<ModelResource>
  readonly organization: Made<OrganizationSpec>
  /** Named `organization/project`. */
  readonly project: Made<ProjectSpec>
  /** Named `organization/project/key`. */
  readonly key: KeyBody
  /** Named by its content. `createdAt` is when the price was recorded. */
  readonly price: Made<PriceResource>
  readonly token: TokenBody
  /** Named by its model; lies over the model as declared, whoever declares that. */
  readonly diversion: Made<Diversion>
}

export const kinds = ['provider', 'model', 'organization', 'project', 'key', 'price', 'token', 'diversion'] as const satisfies readonly (keyof Bodies)[]
export type Kind = (typeof kinds)[number]

export interface EntryOf<K extends Kind> {
  readonly kind: K
  readonly name: string
  readonly body: Bodies[K]
  /** Who declares it: `file` for weir.yaml; undefined for console and command line. */
  readonly managedBy: string | undefined
}

export type Entry = { readonly [K in Kind]: EntryOf<K> }[Kind]

/** All entries at one version, secrets opened: in memory only. */
export interface State {
  readonly version: number
  readonly entries: ReadonlyMap<string, Entry>
}

export const entryKey = (kind: Kind, name: string): string => `${kind} ${name}`

export function find<K extends Kind>(state: State, kind: K, name: string): EntryOf<K> | undefined {
  return state.entries.get(entryKey(kind, name)) as EntryOf<K> | undefined
}

export function all<K extends Kind>(state: State, kind: K): readonly EntryOf<K>[] {
  return [...state.entries.values()].filter((entry): entry is EntryOf<K> & Entry => entry.kind === kind) as unknown as EntryOf<K>[]
}

/** Calls `change` on each secret text of an entry, with the place that its envelope is bound to. */
function mapSecrets(entry: Entry, change: (place: string, text: string) => string): Entry {
  if (entry.kind !== 'provider') return entry
  const { spec } = entry.body
  const place = (field: string): string => `provider/${entry.name}/${field}`
  const { apiKey, entra, headers } = spec
  return {
    ...entry,
    body: {
      ...entry.body,
      spec: {
        ...spec,
        ...(apiKey === undefined ? {} : { apiKey: change(place('apiKey'), apiKey) }),
        ...(entra === undefined ? {} : { entra: { ...entra, clientSecret: change(place('entra.clientSecret'), entra.clientSecret) } }),
        ...(headers === undefined ? {} : { headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, change(place(`headers.${name}`), text)])) }),
      },
    },
  }
}

export const sealEntry = (entry: Entry, keyring: Keyring, random: Random): Entry => mapSecrets(entry, (place, clear) => seal(keyring, random, place, clear))

/** Opens all secrets of an entry, or says why one does not open. */
export function openEntry(entry: Entry, keyring: Keyring): Entry | { readonly failed: string } {
  let failed: string | undefined
  const opened = mapSecrets(entry, (place, text) => {
    if (!isSealed(text)) failed ??= `${place} is stored in clear; write it again`
    const result = unseal(keyring, place, text)
    if ('clear' in result) return result.clear
    failed ??= result.failed
    return ''
  })
  return failed === undefined ? opened : { failed }
}

/** Reads all entries and their version in one statement, so that the two belong together. */
export async function loadState(sql: Sql, keyring: Keyring): Promise<State | { readonly failed: string }> {
  const rows = await sql<{ version: string; kind: Kind | null; name: string; body: never; managed_by: string | null }>(
    'SELECT v.version, r.kind, r.name, r.body, r.managed_by FROM snapshot_version v LEFT JOIN resource r ON true ORDER BY r.kind, r.name')
  const entries = new Map<string, Entry>()
  for (const row of rows) {
    if (row.kind === null || !kinds.includes(row.kind)) continue
    const opened = openEntry({ kind: row.kind, name: row.name, body: row.body, managedBy: row.managed_by ?? undefined }, keyring)
    if ('failed' in opened) return opened
    entries.set(entryKey(row.kind, row.name), opened)
  }
  return { version: Number(rows[0]?.version ?? 0), entries }
}

/** What the gateway's snapshot is built from. */
export function installationOf(state: State): Installation {
  const specs = <K extends 'provider' | 'model' | 'organization' | 'project'>(kind: K): Map<string, Bodies[K]['spec']> =>
    new Map(all(state, kind).map((entry) => [entry.name, entry.body.spec]))
  const created = [...state.entries.values()].map((entry) => entry.body.createdAt)
  return {
    version: state.version,
    createdAt: created.length === 0 ? 0 : created.reduce((a, b) => Math.min(a, b)),
    providers: specs('provider') as ReadonlyMap<string, ProviderResource>,
    models: divertedModels(state),
    organizations: specs('organization') as ReadonlyMap<string, OrganizationSpec>,
    projects: specs('project') as ReadonlyMap<string, ProjectSpec>,
    keys: all(state, 'key').flatMap(({ body }) => storedKeys(body)),
  }
}

/** Models as they are routed: as declared, with each diversion over its model. */
function divertedModels(state: State): ReadonlyMap<string, ModelResource> {
  return new Map(all(state, 'model').map(({ name, body: { spec } }) => {
    const diversion = find(state, 'diversion', name)?.body.spec
    return [name, diversion === undefined ? spec : diverted(spec, diversion)]
  }))
}

/** One for the present secret, one more for the secret before a rotation while that is valid. */
function storedKeys(body: KeyBody): StoredKey[] {
  const { id, organization, project, hash, previous, revoked } = body
  const key: StoredKey = { ...body.spec, id, organization, project, hash, revokedAt: revoked?.at }
  if (previous === undefined) return [key]
  const until = Math.min(previous.until, body.spec.expires === undefined ? Infinity : Date.parse(body.spec.expires))
  return [key, { ...key, hash: previous.hash, expires: new Date(until).toISOString() }]
}
