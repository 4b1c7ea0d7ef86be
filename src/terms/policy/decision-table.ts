/**
 * Decisions of a snapshot for the hot path: worked out beforehand, looked up synchronously, and worked out again where one
 * of the facts under them has ended meanwhile. Equal facts are decided once, however many keys share them.
 */
import { createHash } from 'node:crypto'
import type { Clock } from '../../kernel/clock.ts'
import { liveFacts } from '../register/facts-of.ts'
import type { Offer } from '../register/facts-of.ts'
import type { Register } from '../register/register.ts'
import type { Engine } from './engine.ts'
import { decisionText, evaluate } from './evaluate.ts'
import type { Decision, Reason } from './evaluate.ts'
import { factsAsked, useCaseAsked } from './facts.ts'
import type { Facts } from './facts.ts'

/** Whom a key speaks for, as far as terms ask. */
export interface KeyFacts {
  readonly key: string
  readonly organization: string
  readonly project: string
  readonly purpose: string | undefined
  /** Public model names; undefined: all. */
  readonly models?: ReadonlySet<string>
  readonly extractionSuspected?: boolean
  readonly keySharedOutside?: boolean
  /** Whether it was promised that nothing is kept of calls in a region; undefined, or its answer: nobody said. */
  readonly retentionNone?: (region: string | undefined) => boolean | undefined
}

export interface SnapshotFacts {
  readonly register: Register
  readonly keys: readonly KeyFacts[]
  readonly offers: readonly Offer[]
  /** Approval id → the instant up to which it holds, milliseconds. */
  readonly approvals: ReadonlyMap<string, number>
}

/** Why terms do not allow a use, in the shape that the gateway answers with. */
export interface Objection {
  readonly clause: string
  readonly says: string
  readonly remedy: string
  /** Id of the approval that a person may give; undefined where nobody may. */
  readonly approval: string | undefined
}

export interface DecisionTable {
  /** Undefined: allowed. A key or deployment that the snapshot does not hold is refused. */
  readonly permit: (key: string, model: string, deployment: string, call?: { readonly endUserCountry?: string }) => Objection | undefined
  /** The decision behind the last answer for this use, for the call's record. */
  readonly decided: (key: string, deployment: string, call?: { readonly endUserCountry?: string }) => Decided | undefined
  /** Decisions made so far that `taken` has not given out yet, with what is to be recorded of them. */
  readonly taken: () => readonly RecordedDecision[]
  /** Decides up to `count` more of the snapshot's uses; false when none is left. For slices between other work. */
  readonly warm: (count: number) => boolean
  /** Uses decided so far. */
  readonly size: () => number
}

/** What a call's record and its receipt say of the decision that allowed it. */
export interface Decided {
  readonly id: string
  readonly policySet: string
  /** Phase of the registered purpose; undefined: none is registered. */
  readonly phase: string | undefined
  /** Clauses whose duties come with the use. */
  readonly duties: readonly string[]
}

export interface RecordedDecision {
  /** From the decision's bytes, so that the same decision is recorded once. */
  readonly id: string
  readonly text: string
  readonly decision: Decision
  readonly organization: string
  readonly subject: string
}

export const decisionIdOf = (text: string): string => `dec_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`

const uncovered: Reason = { clause: 'no-clause', version: 1, because: 'unknown', effect: 'ask', missing: [], says: 'No clause covers this use.', remedy: 'Ask for an approval, or have a clause written that covers it.' }

interface Entry {
  readonly objection: Objection | undefined
  readonly untilMs: number
  readonly decided: Decided
}

/** Stands for a use of a model under a purpose as it is registered now: whoever approves it approves this use by this organization, under this clause. */
export function approvalId(organization: string, purpose: string | undefined, model: string, clause: string, facts: Facts): string {
  return `approval_${createHash('sha256').update(JSON.stringify([organization, purpose ?? null, model, clause, useCaseAsked(facts)])).digest('hex').slice(0, 24)}`
}

/** Accounts per (project, maker): more than one means that a project is spread. */
export function spreadProjects(keys: readonly KeyFacts[], offers: readonly Offer[]): ReadonlyMap<string, readonly string[]> {
  const accounts = new Map<string, Set<string>>()
  for (const key of keys) {
    for (const offer of offers) {
      if (key.models !== undefined && !key.models.has(offer.model)) continue
      const name = `${key.organization}/${key.project} ${offer.maker}`
      const known = accounts.get(name) ?? new Set<string>()
      accounts.set(name, known.add(offer.account))
    }
  }
  return new Map([...accounts].filter(([, set]) => set.size > 1).map(([name, set]) => [name, [...set].sort()]))
}

/** What `weir apply` says about projects that reach several accounts of one maker. */
export const spreadWarnings = (keys: readonly KeyFacts[], offers: readonly Offer[]): string[] =>
  [...spreadProjects(keys, offers)].map(([name, accounts]) => {
    const [project, maker] = name.split(' ')
    return `${project} reaches ${accounts.length} accounts of ${maker} (${accounts.join(', ')}): makers forbid spreading one project over accounts to get around limits. Route it through one, or record the maker's consent.`
  })

interface Use { readonly key: KeyFacts; readonly offer: Offer; readonly endUserCountry: string | undefined; readonly spread: boolean }

/** What stands against a use, with the approvals that were given; `untilMs` where it rests on an approval. */
function objectionOf(decision: Decision, use: Use, approvals: ReadonlyMap<string, number>, nowMs: number): { objection: Objection | undefined; untilMs: number } {
  if (decision.outcome === 'allow') return { objection: undefined, untilMs: Infinity }
  let untilMs = Infinity
  for (const reason of [...decision.reasons.filter((one) => one.effect === decision.outcome), ...(decision.reasons.length === 0 ? [uncovered] : [])]) {
    const says = reason.missing.length > 0 ? `${reason.says} Not known: ${reason.missing.join(', ')}.` : reason.says
    const approval = reason.effect === 'ask' ? approvalId(use.key.organization, use.key.purpose, use.offer.model, reason.clause, decision.facts) : undefined
    const approvedUntil = approval === undefined ? 0 : (approvals.get(approval) ?? 0)
    if (approvedUntil <= nowMs) return { objection: { clause: reason.clause, says, remedy: reason.remedy, approval }, untilMs }
    untilMs = Math.min(untilMs, approvedUntil)
  }
  return { objection: undefined, untilMs }
}

/** Decides all uses of a snapshot at once. */
export function precompute(engine: Engine, snapshot: SnapshotFacts, clock: Clock): DecisionTable {
  const table = decisionTable(engine, snapshot, clock)
  while (table.warm(1_000)) continue
  return table
}

/** The table of a snapshot, empty: a use is decided when it is first asked for, or by `warm`. A decision takes about a millisecond. */
export function decisionTable(engine: Engine, snapshot: SnapshotFacts, clock: Clock): DecisionTable {
  const keys = new Map(snapshot.keys.map((key) => [key.key, key]))
  const offers = new Map(snapshot.offers.map((offer) => [offer.deployment, offer]))
  const spread = spreadProjects(snapshot.keys, snapshot.offers)
  const byFacts = new Map<string, { decision: Decision; id: string }>()
  const fresh: RecordedDecision[] = []
  const entries = new Map<string, Entry>()

  const decide = (point: 'admit' | 'route', facts: Facts, use: Use): { decision: Decision; id: string } => {
    // The instant is left out of the comparison: facts that have ended are no longer among them.
    const name = `${point} ${factsAsked(facts)}`
    const known = byFacts.get(name)
    if (known !== undefined) return known
    const decision = evaluate(engine, point, facts)
    const text = decisionText(decision)
    const made = { decision, id: decisionIdOf(text) }
    byFacts.set(name, made)
    fresh.push({ id: made.id, text, decision, organization: use.key.organization, subject: `${use.key.purpose ?? '-'} ${use.offer.model} ${use.offer.deployment}` })
    return made
  }

  const work = (use: Use): Entry => {
    const nowMs = clock.now()
    const signals = { extractionSuspected: use.key.extractionSuspected ?? false, keySharedOutside: use.key.keySharedOutside ?? false, spreadOverAccounts: use.spread, retentionNone: use.key.retentionNone?.(use.offer.region) }
    const { facts, untilMs } = liveFacts(snapshot.register, { organization: use.key.organization, purpose: use.key.purpose, offer: use.offer, signals, ...(use.endUserCountry === undefined ? {} : { endUserCountry: use.endUserCountry }) }, nowMs)
    const made = [decide('admit', facts, use), decide('route', facts, use)]
    const judged = made.map((one) => objectionOf(one.decision, use, snapshot.approvals, nowMs))
    const worst = made.findIndex((_, at) => judged[at]?.objection !== undefined)
    const { id, decision } = made[worst === -1 ? 1 : worst] as (typeof made)[number]
    const duties = [...new Set(made.flatMap((one) => one.decision.duties.map((duty) => duty.clause)))].sort()
    const decided: Decided = { id, policySet: decision.policySet, phase: typeof facts.phase === 'string' ? facts.phase : undefined, duties }
    return { objection: judged[worst]?.objection, untilMs: Math.min(untilMs ?? Infinity, ...judged.map((one) => one.untilMs)), decided }
  }

  const entryOf = (key: string, deployment: string, endUserCountry: string | undefined): Entry | undefined => {
    const name = `${key}\n${deployment}\n${endUserCountry ?? ''}`
    const known = entries.get(name)
    if (known !== undefined && clock.now() < known.untilMs) return known
    const [caller, offer] = [keys.get(key), offers.get(deployment)]
    if (caller === undefined || offer === undefined) return undefined
    const entry = work({ key: caller, offer, endUserCountry, spread: spread.has(`${caller.organization}/${caller.project} ${offer.maker}`) })
    entries.set(name, entry)
    return entry
  }

  const uses = usesOf(snapshot)

  return {
    warm: (count) => {
      for (let done = 0; done < count; done += 1) {
        const next = uses.next()
        if (next.done === true) return false
        entryOf(next.value.key, next.value.deployment, undefined)
      }
      return true
    },
    permit: (key, _model, deployment, call) => {
      const entry = entryOf(key, deployment, call?.endUserCountry)
      return entry === undefined ? unknownUse : entry.objection
    },
    decided: (key, deployment, call) => entryOf(key, deployment, call?.endUserCountry)?.decided,
    taken: () => fresh.splice(0),
    size: () => entries.size,
  }
}

function* usesOf(snapshot: SnapshotFacts): Generator<{ readonly key: string; readonly deployment: string }> {
  for (const { key, models } of snapshot.keys) {
    for (const { deployment, model } of snapshot.offers) if (models === undefined || models.has(model)) yield { key, deployment }
  }
}

const unknownUse: Objection = { clause: 'engine', says: 'This use is not in the snapshot that decisions were made for.', remedy: 'Try again in a second; if it lasts, reload the snapshot.', approval: undefined }
