/**
 * A weir.yaml against what is stored: what would change. Pure. Declarative for what the file declares or declared before;
 * what console and command line made is left alone.
 */
import { createHash } from 'node:crypto'
import { deploymentId, internalList } from '../gateway/build-snapshot.ts'
import type { ModelResource, PriceResource, Resources } from '../gateway/resources.ts'
import { canonicalJson, type Json } from '../kernel/canonical-json.ts'
import { isoTime } from '../kernel/clock.ts'
import { compare, decimal } from '../kernel/decimal.ts'
import { differences, type Difference } from './differences.ts'
import { all, type Bodies, type Entry, entryKey, find, type EntryOf, type KeyBody, type Kind, type State } from './entries.ts'

export interface Change {
  readonly kind: Kind
  readonly name: string
  /** `adopt`: console or command line made it, from now on the file declares it. `keep`: the file no longer declares it, and something still needs it. */
  readonly action: 'add' | 'change' | 'remove' | 'adopt' | 'keep'
  readonly differences: readonly Difference[]
  readonly note?: string
}

export interface Plan {
  readonly changes: readonly Change[]
  readonly writes: readonly Entry[]
  readonly removals: readonly { readonly kind: Kind; readonly name: string }[]
  /** Secrets that Weir made for declared keys without one: shown once. */
  readonly made: readonly { readonly key: string; readonly secret: string }[]
}

export interface PlanContext {
  /** Milliseconds. */
  readonly now: number
  readonly manager: string
  readonly keyId: () => string
  readonly makeSecret: () => string
  readonly hash: (secret: string) => string
  readonly hint: (secret: string) => string
}

export function planApply(state: State, resources: Resources, context: PlanContext): Plan {
  const plan: MutablePlan = { changes: [], writes: [], removals: [], made: [] }
  const declared = new Set<string>()
  const put = <K extends 'provider' | 'model' | 'organization' | 'project' | 'price'>(kind: K, name: string, spec: Bodies[K]['spec']): void => {
    declared.add(entryKey(kind, name))
    putSpec(state, plan, context, kind, name, spec)
  }
  for (const [name, spec] of Object.entries(resources.providers)) put('provider', name, spec)
  for (const [name, spec] of Object.entries(resources.models)) put('model', name, spec)
  for (const [organization, { projects, ...spec }] of Object.entries(resources.organizations)) {
    put('organization', organization, spec)
    for (const [project, { keys, ...projectSpec }] of Object.entries(projects)) {
      put('project', `${organization}/${project}`, projectSpec)
      for (const { secret, ...key } of keys) {
        declared.add(entryKey('key', `${organization}/${project}/${key.name}`))
        putKey(state, plan, context, organization, project, key, secret)
      }
    }
  }
  for (const price of [...resources.prices, ...internalPrices(state, resources, context.now)]) put('price', priceName(price), price)
  removeUndeclared(state, plan, context, declared)
  return plan
}

interface MutablePlan {
  readonly changes: Change[]
  readonly writes: Entry[]
  readonly removals: { kind: Kind; name: string }[]
  readonly made: { key: string; secret: string }[]
}

/** A price is named by its content, since rows never change: another price is another row. */
export const priceName = (price: Bodies['price']['spec']): string =>
  createHash('sha256').update(canonicalJson(price as unknown as Json)).digest('hex').slice(0, 24)

/** Rows for stated internal rates that differ from the last stated ones: from now on, since rows never change. */
export function internalPrices(state: State, resources: { readonly models: Readonly<Record<string, ModelResource>> }, now: number): readonly PriceResource[] {
  const stated = new Map<string, PriceResource>()
  for (const { body } of all(state, 'price')) {
    const key = `${body.spec.list} ${body.spec.model} ${body.spec.meter}`
    const last = stated.get(key)
    if (last === undefined || Date.parse(last.effectiveFrom) <= Date.parse(body.spec.effectiveFrom)) stated.set(key, body.spec)
  }
  const rows: PriceResource[] = []
  for (const deployment of Object.values(resources.models).flatMap((model) => model.deployments)) {
    const { internalRate } = deployment
    if (internalRate === undefined) continue
    for (const meter of ['input', 'output'] as const) {
      const list = internalList(deploymentId(deployment))
      const model = deployment.pricedAs ?? deployment.model
      const last = stated.get(`${list} ${model} ${meter}`)
      if (last?.perMillion !== undefined && last.currency === internalRate.currency && compare(decimal(last.perMillion), decimal(internalRate[meter])) === 0) continue
      rows.push({ list, model, meter, perMillion: internalRate[meter], tier: 'default', regionClass: 'any', aboveInput: 0, currency: internalRate.currency, effectiveFrom: isoTime(now), source: 'internal rate, as declared' })
    }
  }
  return rows
}

function putSpec<K extends 'provider' | 'model' | 'organization' | 'project' | 'price'>(
  state: State, plan: MutablePlan, context: PlanContext, kind: K, name: string, spec: Bodies[K]['spec'],
): void {
  const before = find(state, kind, name)
  const changed = differences(kind, before?.body.spec, spec)
  if (before !== undefined && changed.length === 0 && before.managedBy === context.manager) return
  const action = before === undefined ? 'add' : before.managedBy === context.manager ? 'change' : 'adopt'
  plan.changes.push({ kind, name, action, differences: changed })
  plan.writes.push({ kind, name, body: { spec, createdAt: before?.body.createdAt ?? context.now }, managedBy: context.manager } as unknown as Entry)
}

function putKey(state: State, plan: MutablePlan, context: PlanContext, organization: string, project: string, spec: Bodies['key']['spec'], secret: string | undefined): void {
  const name = `${organization}/${project}/${spec.name}`
  const before = find(state, 'key', name)
  const made = before === undefined && secret === undefined ? context.makeSecret() : undefined
  const given = secret ?? made
  const hash = given === undefined ? before?.body.hash : context.hash(given)
  if (hash === undefined) return
  const changed = [...differences('key', before?.body.spec, spec)]
  if (before !== undefined && before.body.hash !== hash) changed.push({ path: 'secret', before: '(secret)', after: '(secret)' })
  // Taken out of the file and put back: valid again. Revoked by a person: stays revoked, whatever the file says.
  const { revoked, ...rest } = before?.body ?? {}
  const returns = revoked?.by === context.manager
  if (before !== undefined && changed.length === 0 && before.managedBy === context.manager && !returns) return
  const note = returns ? 'valid again' : revoked === undefined ? undefined : `stays revoked (by ${revoked.by})`
  const action = before === undefined ? 'add' : before.managedBy === context.manager ? 'change' : 'adopt'
  const body: KeyBody = {
    ...rest,
    spec,
    createdAt: before?.body.createdAt ?? context.now,
    id: before?.body.id ?? context.keyId(),
    organization,
    project,
    hash,
    hint: given === undefined ? (before?.body.hint ?? '') : context.hint(given),
    ...(revoked === undefined || returns ? {} : { revoked }),
  }
  plan.changes.push({ kind: 'key', name, action, differences: changed, ...(note === undefined ? {} : { note }) })
  plan.writes.push({ kind: 'key', name, body, managedBy: context.manager })
  if (made !== undefined) plan.made.push({ key: name, secret: made })
}

function removeUndeclared(state: State, plan: MutablePlan, context: PlanContext, declared: ReadonlySet<string>): void {
  const gone = (entry: { readonly kind: Kind; readonly name: string; readonly managedBy: string | undefined }): boolean =>
    entry.managedBy === context.manager && !declared.has(entryKey(entry.kind, entry.name))
  for (const key of all(state, 'key').filter(gone)) if (key.body.revoked === undefined) revoke(plan, context, key)
  const leaving = new Set<string>()
  /** Keys that stay valid, below a path. */
  const needed = (path: string): boolean => all(state, 'key').some((key) => key.name.startsWith(`${path}/`) && key.body.revoked === undefined && !gone(key))
  for (const project of all(state, 'project').filter(gone)) {
    if (needed(project.name)) plan.changes.push({ kind: 'project', name: project.name, action: 'keep', differences: [], note: 'it has keys that the file does not declare; revoke them to let it go' })
    else leaving.add(project.name)
  }
  for (const organization of all(state, 'organization').filter(gone)) {
    const projects = all(state, 'project').filter((project) => project.name.startsWith(`${organization.name}/`) && !leaving.has(project.name))
    if (projects.length > 0) plan.changes.push({ kind: 'organization', name: organization.name, action: 'keep', differences: [], note: `it has projects that stay: ${projects.map((project) => project.name).join(', ')}` })
    else remove(plan, organization)
  }
  for (const project of all(state, 'project')) if (leaving.has(project.name)) remove(plan, project)
  for (const kind of ['model', 'provider'] as const) for (const entry of all<'model' | 'provider'>(state, kind).filter(gone)) remove(plan, entry)
}

function remove(plan: MutablePlan, { kind, name }: { readonly kind: Kind; readonly name: string }): void {
  plan.changes.push({ kind, name, action: 'remove', differences: [] })
  plan.removals.push({ kind, name })
}

/** A key is never deleted, so that its usage keeps a name. */
function revoke(plan: MutablePlan, context: PlanContext, key: EntryOf<'key'>): void {
  plan.changes.push({ kind: 'key', name: key.name, action: 'remove', differences: [], note: 'revoked' })
  plan.writes.push({ ...key, body: { ...key.body, revoked: { at: context.now, by: context.manager } } })
}

/** The state as it would be after a plan. */
export function applied(state: State, plan: Plan): State {
  const entries = new Map(state.entries)
  for (const { kind, name } of plan.removals) entries.delete(entryKey(kind, name))
  for (const entry of plan.writes) entries.set(entryKey(entry.kind, entry.name), entry)
  return { version: state.version, entries }
}
