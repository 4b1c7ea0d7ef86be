/**
 * The continuity drill: if this supplier, maker or account were suspended tomorrow, what of each purpose goes on? For every
 * model that a purpose has used, the deployments that would be left and that the terms permit; how much they have carried
 * before, against what would be needed; and how long until calls are served again. What nobody has measured is unknown.
 */
import type { Clock } from '../kernel/clock.ts'
import type { Snapshot } from '../gateway/snapshot.ts'
import type { Store } from '../store/store.ts'
import { explain } from '../terms/policy/explain.ts'
import type { Explained } from '../terms/policy/explain.ts'
import { currentPurpose } from '../terms/register/register.ts'
import type { Offer } from '../terms/register/facts-of.ts'
import { adminSql, inForce, type TermsDesk } from './terms-desk.ts'

export interface DrillAsk {
  /** What is suspended: a supplier, a maker, a channel or an account by name. */
  readonly suspended: { readonly kind: 'supplier' | 'maker' | 'channel' | 'account'; readonly name: string }
  readonly organization: string | undefined
  /** Days of use that are looked at. */
  readonly days: number
}

export interface Fallback {
  readonly deployment: string
  readonly model: string
  readonly maker: string
  /** Same public name: the very call goes on there. Another name: somebody has to list it there, or clients change. */
  readonly how: 'same-model' | 'other-model'
  /** Highest tokens in a minute that it has carried in the period, text; undefined: it has carried nothing. */
  readonly carried: string | undefined
  /** Its declared limit, tokens a minute. */
  readonly limit: number | undefined
}

export type Recovery =
  /** The call that meets the suspension is itself served by the next candidate. */
  | { readonly kind: 'automatic'; readonly seconds: 0 }
  /** After somebody has applied the change; it holds on every node within these seconds. */
  | { readonly kind: 'by-change'; readonly seconds: 2; readonly change: string }
  /** Nothing that is permitted is left. */
  | { readonly kind: 'none'; readonly seconds: undefined }

export interface DrillLine {
  readonly organization: string
  /** Undefined: keys that are bound to no registered purpose. */
  readonly purpose: string | undefined
  readonly model: string
  /** Of the period: what went through what is suspended, and through all. */
  readonly calls: number
  readonly callsThere: number
  readonly tokens: string
  /** Highest tokens in a minute that would have to be carried elsewhere. */
  readonly peak: string
  readonly fallbacks: readonly Fallback[]
  /** Deployments that would be left, but that the terms do not permit, with why. */
  readonly refused: readonly { readonly deployment: string; readonly outcome: string; readonly says: string }[]
  /** Whether the fallbacks have carried, or are declared for, as much as would come. */
  readonly capacity: 'enough' | 'short' | 'unknown' | 'none'
  readonly recovery: Recovery
}

export interface Drill {
  readonly at: number
  readonly suspended: DrillAsk['suspended']
  readonly days: number
  readonly lines: readonly DrillLine[]
  /** Purposes that would stop. */
  readonly stops: number
}

interface UsedRow extends Record<string, unknown> { readonly organization: string; readonly purpose: string | null; readonly model: string; readonly deployment: string; readonly calls: string; readonly tokens: string }
interface PeakRow extends Record<string, unknown> { readonly organization: string; readonly purpose: string | null; readonly model: string; readonly peak: string }

const minuteMs = 60_000
const dayMs = 86_400_000

export interface DrillPorts { readonly store: Store; readonly clock: Clock; readonly terms: TermsDesk; readonly snapshot: () => Snapshot | undefined }

function hitBy({ kind, name }: DrillAsk['suspended'], snapshot: Snapshot): ReadonlySet<string> {
  return new Set([...snapshot.deployments.values()].filter(({ provider, maker }) =>
    (kind === 'supplier' ? provider.supplier : kind === 'maker' ? (maker ?? provider.supplier) : kind === 'channel' ? provider.channel : provider.account) === name).map(({ id }) => id))
}

const refusalText = (one: Explained): string => one.points.flatMap(({ reasons, outcome }) => (outcome === 'allow' ? [] : reasons.map((reason) => `${reason.clause}: ${reason.says}`))).join(' ') || 'no clause covers it'

interface Left { readonly fallbacks: readonly Fallback[]; readonly refused: DrillLine['refused'] }

/** What is left for a model: deployments of its own name first, then other models that the purpose may use. */
function leftFor(model: string, judged: readonly Explained[], hit: ReadonlySet<string>, snapshot: Snapshot, carried: ReadonlyMap<string, string>): Left {
  const left = judged.filter((one) => !hit.has(one.deployment))
  const fallbacks = left.filter((one) => one.outcome === 'allow').map((one): Fallback => ({
    deployment: one.deployment, model: one.model, maker: one.maker, how: one.model === model ? 'same-model' : 'other-model', carried: carried.get(one.deployment),
    limit: snapshot.models.get(one.model)?.limits.map((limits) => limits.tokensPerMinute).find((limit) => limit !== undefined),
  }))
  return {
    fallbacks: fallbacks.toSorted((a, b) => (a.how === b.how ? 0 : a.how === 'same-model' ? -1 : 1)),
    refused: left.filter((one) => one.outcome !== 'allow' && one.model === model).map((one) => ({ deployment: one.deployment, outcome: one.outcome, says: refusalText(one) })),
  }
}

function capacityOf(fallbacks: readonly Fallback[], peak: bigint): DrillLine['capacity'] {
  const [first] = fallbacks
  if (first === undefined) return 'none'
  const used = fallbacks.filter((one) => one.how === first.how)
  if (used.some((one) => one.limit !== undefined && BigInt(one.limit) < peak) && used.length === 1) return 'short'
  const proven = used.reduce((sum, one) => sum + BigInt(one.carried ?? '0'), 0n)
  return proven >= peak && proven > 0n ? 'enough' : 'unknown'
}

function recoveryOf(model: string, fallbacks: readonly Fallback[]): Recovery {
  const [first] = fallbacks
  if (first === undefined) return { kind: 'none', seconds: undefined }
  return first.how === 'same-model' ? { kind: 'automatic', seconds: 0 } : { kind: 'by-change', seconds: 2, change: `List ${first.deployment} among the deployments of ${model} in weir.yaml and run weir apply, or have clients ask for ${first.model}.` }
}

async function readUse({ store, clock }: DrillPorts, ask: DrillAsk, hit: ReadonlySet<string>): Promise<{ readonly used: readonly UsedRow[]; readonly peaks: readonly PeakRow[]; readonly carried: ReadonlyMap<string, string> }> {
  const since = String(Math.floor((clock.now() - ask.days * dayMs) / minuteMs))
  const sql = adminSql(store)
  const used = await sql<UsedRow>(`SELECT organization, purpose, model, deployment, sum(calls) AS calls, sum(input + output) AS tokens FROM usage_minute WHERE minute >= $1 AND ($2::text IS NULL OR organization = $2) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`, [since, ask.organization ?? null])
  const peaks = await sql<PeakRow>(`SELECT organization, purpose, model, max(tokens) AS peak FROM (SELECT organization, purpose, model, minute, sum(input + output) AS tokens FROM usage_minute WHERE minute >= $1 AND ($2::text IS NULL OR organization = $2) AND deployment = ANY ($3::text[]) GROUP BY 1, 2, 3, 4) AS m GROUP BY 1, 2, 3`, [since, ask.organization ?? null, [...hit]])
  const carried = await sql<{ deployment: string; peak: string }>(`SELECT deployment, max(tokens) AS peak FROM (SELECT deployment, minute, sum(input + output) AS tokens FROM usage_minute WHERE minute >= $1 GROUP BY 1, 2) AS m GROUP BY 1`, [since])
  return { used, peaks, carried: new Map(carried.map((row) => [row.deployment, row.peak])) }
}

/** Undefined: there is no snapshot yet. */
export async function drill(ports: DrillPorts, ask: DrillAsk): Promise<Drill | undefined> {
  const snapshot = ports.snapshot()
  if (snapshot === undefined) return undefined
  const nowMs = ports.clock.now()
  const hit = hitBy(ask.suspended, snapshot)
  const { used, peaks, carried } = await readUse(ports, ask, hit)
  const { engine, register } = await inForce(ports.terms, ports.store)
  const offers: readonly Offer[] = ports.terms.offers()
  const groups = Map.groupBy(used, (row) => JSON.stringify([row.organization, row.purpose, row.model]))
  const lines = [...groups.values()].flatMap((rows): readonly DrillLine[] => {
    const [{ organization, purpose, model } = { organization: '', purpose: null, model: '' }] = rows
    const there = rows.filter((row) => hit.has(row.deployment))
    if (there.length === 0) return []
    const registered = currentPurpose(register, organization, purpose ?? undefined, nowMs)
    const asked = registered ?? { id: purpose ?? 'none', organization, says: 'not registered', phase: 'product' as const, dataClass: 'internal' as const, owner: 'nobody', expiresMs: 0 }
    const { fallbacks, refused } = leftFor(model, explain(engine, register, asked, offers, nowMs), hit, snapshot, carried)
    const peak = peaks.find((row) => row.organization === organization && row.purpose === purpose && row.model === model)?.peak ?? '0'
    const sum = (of: readonly UsedRow[], column: 'calls' | 'tokens'): bigint => of.reduce((all, row) => all + BigInt(row[column]), 0n)
    return [{
      organization, purpose: purpose ?? undefined, model, calls: Number(sum(rows, 'calls')), callsThere: Number(sum(there, 'calls')), tokens: String(sum(there, 'tokens')), peak,
      fallbacks, refused, capacity: capacityOf(fallbacks, BigInt(peak)), recovery: recoveryOf(model, fallbacks),
    }]
  })
  return { at: nowMs, suspended: ask.suspended, days: ask.days, lines, stops: lines.filter((line) => line.recovery.kind === 'none').length }
}
