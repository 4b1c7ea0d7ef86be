/**
 * Diverting a share of a model to an own deployment, changing the share, and taking all of it back. Each is one change of
 * the resources, so it reaches every node as the snapshot does: within two seconds, with no call interrupted.
 */
import { readTwoSides, type TwoSides } from '../planner/two-sides.ts'
import { type Diversion, objectionTo } from '../planner/diversion.ts'
import { lastStretch, recordStep, type Step, stepsOf } from '../planner/diversion-steps.ts'
import type { Store } from '../store/store.ts'
import type { AncestryVerdict } from '../terms/dataset/ancestry.ts'
import { raiseEvent } from '../ledger/events.ts'
import { differences } from './differences.ts'
import { all, type Entry, find, type State } from './entries.ts'
import type { Plan } from './plan-apply.ts'
import type { NotApplied, ResourceBook } from './resources.ts'
import { namedAssets } from './named-assets.ts'

export interface DivertPorts {
  readonly resources: ResourceBook
  readonly store: Store
  /** Undefined: no model of this deployment is registered with the terms. */
  readonly ancestry: (deployment: string, upstreamModel: string) => Promise<AncestryVerdict | undefined>
}

export interface Diverted {
  readonly status: 'diverted' | 'back' | 'unchanged'
  readonly version: number
  readonly diversion: Diversion | undefined
  /** What a person should know: the ancestry that was or was not checked. */
  readonly notes: readonly string[]
}

const nothing: Plan = { changes: [], writes: [], removals: [], made: [] }

/** Starts a diversion, or changes the one that the model has. */
export async function divert({ resources, store, ancestry }: DivertPorts, wanted: Diversion, actor: string, options: { readonly unknownAncestry?: boolean } = {}): Promise<Diverted | NotApplied> {
  const state = await resources.state()
  const objection = objectionTo(find(state, 'model', wanted.model)?.body.spec, wanted)
  if (objection !== undefined) return { status: find(state, 'model', wanted.model) === undefined ? 'not-found' : 'refused', says: objection }
  const checked = await ancestryOf(state, wanted, ancestry)
  if (checked.outcome === 'deny') return { status: 'refused', says: `the terms do not let ${wanted.to} serve: ${checked.says.join(' ')}` }
  if (checked.outcome === 'ask' && options.unknownAncestry !== true) return { status: 'refused', says: `the ancestry of ${wanted.to} is in question: ${checked.says.join(' ')} Settle it, or say that you know (--unknown-ancestry)` }
  const done = await resources.edit((now) => {
    const refused = objectionTo(find(now, 'model', wanted.model)?.body.spec, wanted)
    if (refused !== undefined) return { status: 'refused', says: refused }
    const before = find(now, 'diversion', wanted.model)
    const changed = differences('diversion', before?.body.spec, wanted)
    if (before !== undefined && changed.length === 0) return nothing
    const entry: Entry = { kind: 'diversion', name: wanted.model, body: { spec: wanted, createdAt: before?.body.createdAt ?? resources.ports.clock.now() }, managedBy: undefined }
    return { ...nothing, changes: [{ kind: 'diversion', name: wanted.model, action: before === undefined ? 'add' : 'change', differences: changed }], writes: [entry] }
  })
  if (done.status !== 'applied') return done
  if (done.changes.length === 0) return { status: 'unchanged', version: done.version, diversion: wanted, notes: checked.says }
  await recordStep(store, resources.ports, { model: wanted.model, diversion: wanted, version: done.version, actor })
  return { status: 'diverted', version: done.version, diversion: wanted, notes: checked.says }
}

async function ancestryOf(state: State, { model, to }: Diversion, check: DivertPorts['ancestry']): Promise<Standing> {
  const deployment = find(state, 'model', model)?.body.spec.deployments.find((each) => (each.id ?? `${each.provider}/${each.model}`) === to)
  const found = deployment === undefined ? undefined : await check(to, deployment.model)
  return found ?? { outcome: 'unregistered', says: [`The ancestry of ${to} was not checked: no model of that name is registered with the terms: weir model train registers one with what it was made from.`] }
}

/** Takes a diversion back: the model is routed as declared. Doing it twice changes nothing. */
export async function divertBack({ resources, store }: Omit<DivertPorts, 'ancestry'>, model: string, actor: string): Promise<Diverted | NotApplied> {
  const done = await resources.edit((now) => {
    const before = find(now, 'diversion', model)
    if (before === undefined) return find(now, 'model', model) === undefined ? { status: 'not-found', says: `no model ${model}` } : nothing
    return { ...nothing, changes: [{ kind: 'diversion', name: model, action: 'remove', differences: [] }], removals: [{ kind: 'diversion', name: model }] }
  })
  if (done.status !== 'applied') return done
  if (done.changes.length === 0) return { status: 'unchanged', version: done.version, diversion: undefined, notes: [] }
  await recordStep(store, resources.ports, { model, diversion: undefined, version: done.version, actor })
  return { status: 'back', version: done.version, diversion: undefined, notes: [] }
}

/** What the clauses of today say of the model that a running diversion sends traffic to. */
export type Standing = AncestryVerdict | { readonly outcome: 'unregistered'; readonly says: readonly string[] }

export interface DiversionView {
  readonly model: string
  readonly diversion: Diversion | undefined
  /** Judged now, by the clauses and the lineage as they are now; undefined: nothing is diverted. */
  readonly standing: Standing | undefined
  /** Why the diversion has no effect: the model was declared anew so that it no longer fits. */
  readonly idle: string | undefined
  readonly steps: readonly Step[]
}

/** Models that are or were diverted. What runs is judged again on each look. */
export async function diversions({ resources, store, ancestry }: DivertPorts): Promise<readonly DiversionView[]> {
  const state = await resources.state()
  const steps = await stepsOf(store)
  const models = [...new Set([...all(state, 'diversion').map((each) => each.name), ...steps.map((each) => each.model)])].toSorted()
  return Promise.all(models.map(async (model) => {
    const diversion = find(state, 'diversion', model)?.body.spec
    return {
      model, diversion, steps: steps.filter((each) => each.model === model),
      standing: diversion === undefined ? undefined : await ancestryOf(state, diversion, ancestry),
      idle: diversion === undefined ? undefined : objectionTo(find(state, 'model', model)?.body.spec, diversion),
    }
  }))
}

/**
 * Judges every running diversion again, since clauses, purposes and lineage change under it, and raises an event for one
 * that could not be started today. Traffic stays where it is: to move it is a decision with a price, and a person's.
 */
export async function judgeDiversions({ resources, store, ancestry }: DivertPorts): Promise<void> {
  const state = await resources.state()
  for (const { body: { spec } } of all(state, 'diversion')) {
    const { outcome, says } = await ancestryOf(state, spec, ancestry)
    if (outcome !== 'deny' && outcome !== 'ask') continue
    const kind = outcome === 'deny' ? 'diversion-forbidden' : 'diversion-in-question'
    await raiseEvent((text, values) => store.query('jobs', text, values), resources.ports.clock, kind, `model/${spec.model}`, `${spec.to} ${says.join(' ')}`,
      { model: spec.model, deployment: spec.to, share: String(spec.share), says: [...says], remedy: `weir divert ${spec.model} --back` })
  }
}

/** Both sides of a model's last diversion. */
export async function sidesOf({ resources, store }: Omit<DivertPorts, 'ancestry'>, model: string, signal: string): Promise<TwoSides | { readonly status: 'not-found'; readonly says: string }> {
  const stretch = lastStretch(await stepsOf(store, model), resources.ports.clock.now())
  if (stretch === undefined) return { status: 'not-found', says: `${model} was never diverted: weir divert ${model} --to DEPLOYMENT --share 10%` }
  const named = namedAssets(await resources.state())
  const assets = [...new Set(stretch.own.flatMap((deployment) => named.get(deployment) ?? []))]
  return readTwoSides(store, { model, own: stretch.own, assets, since: stretch.since, until: stretch.until, signal })
}

