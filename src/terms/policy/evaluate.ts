/**
 * Decisions. Three questions to Cedar: which clauses forbid this, which permit it, which duties come with it. A clause
 * whose facts are unknown is asked again with the values under which it would bite; where it then matches, its `onUnknown`
 * applies. The answer depends on nothing but the policy set, the point and the facts, so it can be replayed (T3).
 */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import { engineVersion } from './engine.ts'
import type { Engine, Matches } from './engine.ts'
import { factFaults, factsText, fulfilment, normalFacts } from './facts.ts'
import type { FactName, Facts, Point } from './facts.ts'
import type { Clause } from './seed-clauses.ts'

export type Outcome = 'allow' | 'ask' | 'deny'

export interface Reason {
  readonly clause: string
  readonly version: number
  /** How the clause came to count: it matched, facts were unknown, its evaluation failed, its duty is outstanding, or its text has changed since it was approved. */
  readonly because: 'matched' | 'unknown' | 'error' | 'outstanding' | 'terms-changed'
  readonly effect: Outcome
  /** Facts that would have to be known, for `unknown`. */
  readonly missing: readonly FactName[]
  readonly says: string
  readonly remedy: string
}

export interface Duty {
  readonly clause: string
  readonly obligation: string
  /** Whether evidence for it is recorded. */
  readonly met: boolean
}

export interface Decision {
  readonly point: Point
  /** What binds. */
  readonly outcome: Outcome
  /** What would bind if every clause were signed off: differs at contract, admit and route only. */
  readonly observed: Outcome
  readonly reasons: readonly Reason[]
  /** Reasons of clauses that only observe, for want of two approvals. */
  readonly observations: readonly Reason[]
  readonly duties: readonly Duty[]
  /** Exceptions that were used: they stick to what is made under them. */
  readonly exceptions: readonly string[]
  readonly errors: readonly { readonly clause: string; readonly says: string }[]
  readonly policySet: string
  readonly engine: string
  readonly factsHash: string
  readonly facts: Facts
}

/** Points at which a clause binds only once two people have approved it. Rows, trainings and publications cannot be taken back: there it always binds. */
const observing: readonly Point[] = ['contract', 'admit', 'route']

export const isSigned = (clause: Clause): boolean => new Set(clause.approvedBy).size >= 2

/** Its text has changed and nobody has read the new one: it binds as a question. */
const isDoubtful = (clause: Clause): boolean => clause.changed === true && !isSigned(clause)

const binds = (clause: Clause, point: Point): boolean => !observing.includes(point) || isSigned(clause) || isDoubtful(clause)

const rank: Readonly<Record<Outcome, number>> = { allow: 0, ask: 1, deny: 2 }
const strictest = (outcomes: readonly Outcome[]): Outcome => outcomes.reduce((worst, outcome) => (rank[outcome] > rank[worst] ? outcome : worst), 'allow')

const sortOf = { forbid: 'objections', permit: 'permissions', oblige: 'duties' } as const

interface Asked { readonly engine: Engine; readonly point: Point; readonly facts: Facts }

/** Facts that the clause turns on, that are unknown, and under whose supposition it would match. */
function missingFacts(asked: Asked, clause: Clause): readonly FactName[] {
  const missing = (Object.keys(clause.suppose) as FactName[]).filter((name) => asked.facts[name] === undefined).sort()
  if (missing.length === 0) return []
  const supposed = normalFacts({ ...asked.facts, ...Object.fromEntries(missing.map((name) => [name, clause.suppose[name]])) })
  return asked.engine.match(asked.point, sortOf[clause.kind], supposed).clauses.has(clause.id) ? missing : []
}

const reasonOf = (clause: Clause, because: Reason['because'], effect: Outcome, missing: readonly FactName[] = []): Reason =>
  ({ clause: clause.id, version: clause.version, because, effect, missing, says: clause.says, remedy: clause.remedy })

interface Findings {
  readonly matches: Readonly<Record<'objections' | 'permissions' | 'duties', Matches>>
  readonly unknown: ReadonlyMap<string, readonly FactName[]>
}

const outOfScope = ({ scope }: Clause, facts: Facts): boolean =>
  (scope?.maker !== undefined && scope.maker !== facts.maker) || (scope?.channel !== undefined && scope.channel !== facts.channel)

function find(asked: Asked): Findings {
  const { engine, point, facts } = asked
  // Cedar checks the request against the schema once; the other questions carry the same facts.
  const matches = { objections: engine.match(point, 'objections', facts, true), permissions: engine.match(point, 'permissions', facts), duties: engine.match(point, 'duties', facts) }
  const unknown = new Map<string, readonly FactName[]>()
  for (const clause of asked.engine.clausesAt(asked.point)) {
    const found = matches[sortOf[clause.kind]]
    if (outOfScope(clause, facts)) continue
    if (found.clauses.has(clause.id) || found.errors.has(clause.id)) continue
    const missing = missingFacts(asked, clause)
    if (missing.length > 0) unknown.set(clause.id, missing)
  }
  return { matches, unknown }
}

/** A changed text turns whatever the clause decides into a question; what cannot be evaluated still denies. */
const doubted = (clause: Clause, reason: Reason | undefined): Reason | undefined =>
  reason === undefined || reason.because === 'error' || !isDoubtful(clause) ? reason : { ...reason, because: 'terms-changed', effect: 'ask', remedy: `The text of this clause has changed: two people have to read and approve it again. ${reason.remedy}`.trim() }

/** The reason that a clause contributes against the act, if any. Permissions contribute through `permits`. */
function objectionOf(clause: Clause, point: Point, found: Findings): Reason | undefined {
  const matches = found.matches[sortOf[clause.kind]]
  const missing = found.unknown.get(clause.id)
  if (clause.kind === 'permit') return undefined
  const blocks = clause.kind === 'forbid' || (clause.blocks ?? []).includes(point)
  if (!blocks) return undefined
  // What cannot be evaluated denies: an error is a defect, not a doubt that a person could settle.
  if (matches.errors.has(clause.id)) return reasonOf(clause, 'error', 'deny')
  if (matches.clauses.has(clause.id)) return clause.kind === 'forbid' ? reasonOf(clause, 'matched', 'deny') : reasonOf(clause, 'outstanding', clause.onUnknown === 'ask' ? 'ask' : 'deny')
  return missing === undefined || clause.onUnknown === 'allow' ? undefined : reasonOf(clause, 'unknown', clause.onUnknown, missing)
}

/** An exception whose facts are unknown turns the denial that it excepts into a question. */
function softened(reason: Reason, clauses: readonly Clause[], found: Findings): readonly Reason[] {
  if (reason.effect !== 'deny' || reason.because !== 'matched') return [reason]
  const open = clauses.filter((clause) => clause.excepts === reason.clause && clause.onUnknown === 'ask' && found.unknown.has(clause.id))
  return open.length === 0 ? [reason] : [{ ...reason, effect: 'ask' }, ...open.map((clause) => reasonOf(clause, 'unknown', 'ask', found.unknown.get(clause.id)))]
}

/** Permissions that hold, those with unknown facts and `onUnknown: allow` among them. */
const permits = (clauses: readonly Clause[], found: Findings): Reason[] =>
  clauses.filter((clause) => clause.kind === 'permit').flatMap((clause) => {
    if (found.matches.permissions.clauses.has(clause.id)) return [reasonOf(clause, 'matched', 'allow')]
    const missing = found.unknown.get(clause.id)
    return missing !== undefined && clause.onUnknown === 'allow' ? [reasonOf(clause, 'unknown', 'allow', missing)] : []
  })

function conclude(objections: readonly Reason[], permissions: readonly Reason[]): Outcome {
  if (objections.length > 0) return strictest(objections.map((reason) => reason.effect))
  // No clause covers the case: that is a question for a person, not a prohibition.
  return permissions.length > 0 ? 'allow' : 'ask'
}

function dutiesOf(asked: Asked, clauses: readonly Clause[], outstanding: Matches): Duty[] {
  const bare = normalFacts(Object.fromEntries(Object.entries(asked.facts).filter(([name]) => !fulfilment.includes(name as FactName))) as Facts)
  const all = asked.engine.match(asked.point, 'duties', bare)
  // A duty that cannot be evaluated is carried along as outstanding: it must not get lost.
  const open = (clause: Clause): boolean => outstanding.clauses.has(clause.id) || outstanding.errors.has(clause.id)
  return clauses.filter((clause) => clause.kind === 'oblige' && (all.clauses.has(clause.id) || open(clause)))
    .map((clause) => ({ clause: clause.id, obligation: asked.engine.obligation(clause), met: !open(clause) }))
}

function refusal(point: Point, facts: Facts, policySet: string, says: readonly string[]): Decision {
  const reasons: Reason[] = [{ clause: 'engine', version: 1, because: 'error', effect: 'deny', missing: [], says: 'The decision could not be made, so it is refused.', remedy: 'Correct the facts or the policy set.' }]
  return { point, outcome: 'deny', observed: 'deny', reasons, observations: [], duties: [], exceptions: [], errors: says.map((text) => ({ clause: 'engine', says: text })), policySet, engine: engineVersion, factsHash: hashOf(facts), facts }
}

const hashOf = (facts: Facts): string => createHash('sha256').update(factsText(facts)).digest('hex')

/** Decides an act at a point. Pure in policy set, point and facts. Facts that are malformed, or no policy set: deny. */
export function evaluate(engine: Engine, point: Point, given: Facts): Decision {
  const facts = normalFacts(given)
  const faults = factFaults({ ...given, ...facts })
  if (engine.set === undefined) return refusal(point, facts, '', ['no policy set is loaded'])
  if (faults.length > 0) return refusal(point, facts, engine.set.hash, faults)
  const asked: Asked = { engine, point, facts }
  const clauses = engine.clausesAt(point)
  const found = find(asked)
  const unanswered = Object.values(found.matches).flatMap((match) => match.errors.get('engine') ?? [])
  if (unanswered.length > 0) return refusal(point, facts, engine.set.hash, unanswered)
  const objections = clauses.flatMap((clause) => doubted(clause, objectionOf(clause, point, found)) ?? []).flatMap((reason) => softened(reason, clauses, found))
  const unique = objections.filter((reason, at) => objections.findIndex((other) => other.clause === reason.clause) === at)
  const binding = new Set(clauses.filter((clause) => binds(clause, point)).map((clause) => clause.id))
  const bound = unique.filter((reason) => binding.has(reason.clause))
  const allPermissions = permits(clauses, found)
  const permissions = allPermissions.filter((reason) => !clauses.some((clause) => clause.id === reason.clause && isDoubtful(clause)))
  const doubts = allPermissions.filter((reason) => !permissions.includes(reason)).flatMap((reason) => clauses.filter((clause) => clause.id === reason.clause).flatMap((clause) => doubted(clause, reason) ?? []))
  const boundPermissions = permissions.filter((reason) => binding.has(reason.clause))
  const outcome = conclude(bound, boundPermissions)
  const exceptions = allPermissions.filter((reason) => clauses.some((clause) => clause.id === reason.clause && clause.excepts !== undefined)).map((reason) => reason.clause)
  return {
    point, outcome, observed: conclude(unique, permissions),
    reasons: bound.length > 0 ? bound : boundPermissions.length > 0 ? boundPermissions : doubts,
    observations: unique.filter((reason) => !binding.has(reason.clause)),
    duties: dutiesOf(asked, clauses, found.matches.duties),
    exceptions,
    errors: Object.values(found.matches).flatMap((match) => [...match.errors].map(([clause, says]) => ({ clause, says }))),
    policySet: engine.set.hash, engine: engineVersion, factsHash: hashOf(facts), facts,
  }
}

/** The bytes that are recorded and compared on replay. */
export const decisionText = (decision: Decision): string => canonicalJson(decision as unknown as Json)

export type Replayed = { readonly status: 'same' } | { readonly status: 'different'; readonly now: string } | { readonly status: 'impossible'; readonly reason: string }

/** Decides again from the facts recorded with a decision, under the policy set that made it, and compares every byte. */
export function replay(engine: Engine, text: string): Replayed {
  const recorded = JSON.parse(text) as Decision
  if (recorded.engine !== engineVersion) return { status: 'impossible', reason: `it was made by ${recorded.engine}, this is ${engineVersion}` }
  if (engine.set?.hash !== recorded.policySet) return { status: 'impossible', reason: `policy set ${recorded.policySet} is not loaded` }
  const now = decisionText(evaluate(engine, recorded.point, recorded.facts))
  return now === text ? { status: 'same' } : { status: 'different', now }
}
