/** Terms as the admin API works with them: the node's parts, and the policy set, register and approvals as they are now. */
import { policySet, Engine, restorePolicySet } from '../terms/policy/engine.ts'
import { replay } from '../terms/policy/evaluate.ts'
import { seedClauses } from '../terms/policy/seed-clauses.ts'
import type { Clause } from '../terms/policy/seed-clauses.ts'
import { type AncestryVerdict, judgeAncestry } from '../terms/dataset/ancestry.ts'
import { readLineage } from '../terms/dataset/lineage-store.ts'
import type { Objects } from '../terms/log/objects.ts'
import type { Offer } from '../terms/register/facts-of.ts'
import { currentClauses, readRegister } from '../terms/register/record-store.ts'
import type { Register } from '../terms/register/register.ts'
import type { Terms } from '../terms/terms-node.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Sql, Store } from '../store/store.ts'

export interface TermsDesk {
  readonly terms: Terms
  /** What the present snapshot offers. */
  readonly offers: () => readonly Offer[]
  /** Where exported files lie until they are fetched. */
  readonly exports: Objects
}

export const adminSql = (store: Store): Sql => (text, values) => store.query('admin', text, values)

export const clausesNow = (store: Store): Promise<Clause[]> => currentClauses(adminSql(store), seedClauses())

export interface InForce {
  readonly engine: Engine
  readonly register: Register
}

/** The clauses as recorded this moment, which may be newer than what live calls are decided by; the engine is fresh where they are. */
export async function inForce({ terms }: TermsDesk, store: Store): Promise<InForce> {
  const set = policySet(await clausesNow(store))
  const register = await readRegister(adminSql(store))
  if (terms.engine.set?.hash === set.hash) return { engine: terms.engine, register }
  const engine = new Engine('draft')
  const loaded = engine.load(set)
  // Clauses are checked when they are saved, so this is the seeds' or the database's defect.
  if (loaded.status === 'invalid') throw new Error(`the clauses in force are not valid: ${loaded.faults.map((fault) => `${fault.clause}: ${fault.says}`).join('; ')}`)
  return { engine, register }
}

/** Engines of policy sets by hash, for terms as they were; a set that is not on record has none. */
export async function enginesOf(store: Store, now: Engine, hashes: readonly string[]): Promise<(hash: string) => Engine | undefined> {
  const wanted = [...new Set(hashes)].filter((hash) => hash !== now.set?.hash)
  const rows = wanted.length === 0 ? [] : await store.query<{ hash: string; body: string }>('admin', 'SELECT hash, body FROM terms_policy_set WHERE hash = ANY ($1::text[])', [wanted])
  const engines = new Map<string, Engine>()
  for (const { hash, body } of rows) {
    const set = restorePolicySet(hash, body)
    const engine = new Engine('replay')
    if (set !== undefined && engine.load(set).status === 'ok') engines.set(hash, engine)
  }
  return (hash) => (hash === now.set?.hash ? now : engines.get(hash))
}

/** What replaying recorded decisions gives, each under its own policy set. */
export async function replayAll(desk: TermsDesk, store: Store, decisions: readonly { readonly policySet: string; readonly body: string }[]): Promise<readonly string[]> {
  const { engine } = await inForce(desk, store)
  const then = await enginesOf(store, engine, decisions.map((one) => one.policySet))
  return decisions.map(({ policySet, body }) => {
    const made = then(policySet)
    return made === undefined ? 'impossible' : replay(made, body).status
  })
}

/** Judges the ancestry of the model behind a deployment, found by the deployment's id or the model's upstream name; undefined: none is registered. */
export function judgeOf({ terms: desk, store, clock }: JudgePorts): (deployment: string, upstreamModel: string) => Promise<AncestryVerdict | undefined> {
  return async (...names) => {
    const { engine, register } = await inForce(desk, store)
    const known = await readLineage(adminSql(store))
    return names.map((name) => judgeAncestry(engine, register, name, known, clock.now())).find((one) => one !== undefined)
  }
}

interface JudgePorts {
  readonly terms: TermsDesk
  readonly store: Store
  readonly clock: Clock
}
