/**
 * The one way in which resources change. Each change is planned on a state, checked as a whole, sealed and written in one
 * transaction that holds the version it was planned on; the database raises the version and tells all nodes.
 */
import type { Resources } from '../gateway/resources.ts'
import type { Clock } from '../kernel/clock.ts'
import type { MakeId } from '../kernel/ids.ts'
import type { Meter } from '../kernel/meters.ts'
import type { Random } from '../kernel/random.ts'
import { hashSecret, hint, type Keyring, makeClientKey } from '../kernel/sealing.ts'
import { priceBook } from '../ledger/price-book.ts'
import { operatorPriceRow, seedPriceRows } from '../ledger/price-seed.ts'
import type { PriceRow } from '../ledger/price.ts'
import type { Sql, Store } from '../store/store.ts'
import { checkResources, type CheckContext, type Finding } from './check-resources.ts'
import { all, type Entry, loadState, sealEntry, type State } from './entries.ts'
import { applied, type Change, type Plan, planApply } from './plan-apply.ts'

export interface ResourcesPorts {
  readonly store: Store
  readonly keyring: () => Keyring
  readonly pepper: Buffer
  readonly clock: Clock
  readonly random: Random
  readonly makeId: MakeId
  readonly catalogue: CheckContext['catalogue']
  readonly providerTypes: readonly string[]
}

export interface Applied {
  readonly status: 'applied'
  /** The version that holds the changes; the present one where nothing changed or `dryRun` was asked for. */
  readonly version: number
  readonly changes: readonly Change[]
  /** Secrets that Weir made: shown here and never again. Empty on a dry run. */
  readonly made: readonly { readonly key: string; readonly secret: string }[]
}

/** `invalid`: the result would not fit together. `conflict`: others kept changing the same. `refused`: why a change cannot be made. */
export type NotApplied =
  | { readonly status: 'invalid'; readonly findings: readonly Finding[] }
  | { readonly status: 'conflict'; readonly says: string }
  | Refused

export interface Refused {
  readonly status: 'refused' | 'not-found'
  readonly says: string
}

export interface ResourceBook {
  /** All entries, secrets opened. Throws where the master key does not open them: nothing can be served then. */
  readonly state: () => Promise<State>
  readonly version: () => Promise<number>
  readonly apply: (resources: Resources, options?: { readonly manager?: string; readonly dryRun?: boolean }) => Promise<Applied | NotApplied>
  /** Plans on the present state and writes the plan, again from the start where another change came between. */
  readonly edit: (plan: (state: State) => Plan | Refused, options?: { readonly dryRun?: boolean }) => Promise<Applied | NotApplied>
  readonly hash: (secret: string) => string
  readonly ports: ResourcesPorts
}

const attemptsMax = 5

/** Rows of the operator's own prices and stated internal rates. */
export function operatorRows(state: State): readonly PriceRow[] {
  return all(state, 'price').map(({ body: { spec, createdAt } }) =>
    operatorPriceRow({
      list: spec.list, model: spec.model, meter: spec.meter as Meter, perMillion: spec.perMillion, perUnit: spec.perUnit, tier: spec.tier, regionClass: spec.regionClass,
      aboveInput: spec.aboveInput, currency: spec.currency, effectiveFrom: Date.parse(spec.effectiveFrom), recordedAt: createdAt, source: spec.source,
    }))
}

export function resourceBook(ports: ResourcesPorts): ResourceBook {
  const { store, clock, pepper, random, makeId } = ports
  const hash = (secret: string): string => hashSecret(pepper, secret)
  const opened = (loaded: State | { readonly failed: string }): State => {
    if ('failed' in loaded) throw new Error(loaded.failed)
    return loaded
  }
  const state = async (): Promise<State> => opened(await loadState((text, values) => store.query('admin', text, values), ports.keyring()))
  const version = async (): Promise<number> => Number((await store.query<{ version: string }>('revocation', 'SELECT version FROM snapshot_version'))[0]?.version ?? 0)

  const edit: ResourceBook['edit'] = async (plan, options = {}) => {
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      const before = await state()
      const planned = plan(before)
      if ('status' in planned) return planned
      const findings = newFindings(before, planned, ports, await assetsSaved(store))
      if (findings.length > 0) return { status: 'invalid', findings }
      const nothing = planned.writes.length === 0 && planned.removals.length === 0
      if (nothing || options.dryRun === true) return { status: 'applied', version: before.version, changes: planned.changes, made: options.dryRun === true ? [] : planned.made }
      const written = await store.transaction(planned.writes.some((entry) => entry.kind === 'key') ? 'revocation' : 'admin', (sql) => write(sql, before.version, planned, ports))
      if (written !== undefined) return { status: 'applied', version: written, changes: planned.changes, made: planned.made }
    }
    return { status: 'conflict', says: 'other changes kept coming in between; try again' }
  }
  const apply: ResourceBook['apply'] = (resources, options = {}) =>
    edit((before) => planApply(before, resources, {
      now: clock.now(), manager: options.manager ?? 'file', keyId: () => makeId('key'), makeSecret: () => makeClientKey(random), hash, hint,
    }), options)
  return { state, version, apply, edit, hash, ports }
}

/** What a plan would break. What was wrong before and stays as it was does not stand in its way. */
function newFindings(before: State, plan: Plan, ports: ResourcesPorts, assets: ReadonlySet<string>): readonly Finding[] {
  const after = applied(before, plan)
  const old = new Set(check(before, ports, assets).map(textOf))
  return check(after, ports, assets).filter((finding) => !old.has(textOf(finding)))
}

const textOf = (finding: Finding): string => `${finding.path.join('\0')}\0${finding.says}`

const assetsSaved = async (store: Store): Promise<ReadonlySet<string>> =>
  new Set((await store.query<{ id: string }>('admin', 'SELECT id FROM asset ORDER BY id')).map((row) => row.id))

function check(state: State, ports: ResourcesPorts, assets: ReadonlySet<string>): readonly Finding[] {
  const badMeters = checkResources(state, { ...ports, assets, sheet: () => undefined }).filter((finding) => finding.path[0] === 'prices')
  if (badMeters.length > 0) return badMeters
  const book = priceBook(seedPriceRows())
  const conflict = book.add(operatorRows(state))
  const now = ports.clock.now()
  const findings = checkResources(state, { ...ports, assets, sheet: (list, model, regionClass) => book.sheet(list, model, regionClass, now, now) })
  return conflict === undefined ? findings : [...findings, { path: ['prices'], says: conflict.why }]
}

/** Undefined: the version is no longer the one that was planned on. */
async function write(sql: Sql, planned: number, plan: Plan, ports: ResourcesPorts): Promise<number | undefined> {
  const [held] = await sql<{ version: string }>('SELECT version FROM snapshot_version FOR UPDATE')
  if (Number(held?.version) !== planned) return undefined
  const keyring = ports.keyring()
  const rows = plan.writes.map((entry) => sealEntry(entry, keyring, ports.random)).map(rowOf)
  if (rows.length > 0) {
    await sql(`INSERT INTO resource (kind, name, body, managed_by)
      SELECT kind, name, body, managed_by FROM jsonb_to_recordset($1::jsonb) AS r(kind text, name text, body jsonb, managed_by text)
      ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body, managed_by = excluded.managed_by, changed_at = now()`, [JSON.stringify(rows)])
  }
  if (plan.removals.length > 0) {
    await sql(`DELETE FROM resource USING jsonb_to_recordset($1::jsonb) AS r(kind text, name text) WHERE resource.kind = r.kind AND resource.name = r.name`, [JSON.stringify(plan.removals)])
  }
  const [raised] = await sql<{ version: string }>('SELECT version FROM snapshot_version')
  return Number(raised?.version)
}

const rowOf = (entry: Entry): { readonly kind: string; readonly name: string; readonly body: unknown; readonly managed_by: string | null } =>
  ({ kind: entry.kind, name: entry.name, body: entry.body, managed_by: entry.managedBy ?? null })
