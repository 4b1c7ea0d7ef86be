/** `weir terms explain`: which models may serve a purpose, and what is missing for the others. */
import { liveFacts, rowFacts } from '../register/facts-of.ts'
import type { Offer } from '../register/facts-of.ts'
import type { Purpose, Register } from '../register/register.ts'
import type { Engine } from './engine.ts'
import { evaluate } from './evaluate.ts'
import type { Decision, Outcome, Reason } from './evaluate.ts'
import type { FactName, Point } from './facts.ts'

export interface Explained {
  readonly deployment: string
  readonly model: string
  readonly maker: string
  readonly channel: string
  /** The strictest outcome over the points asked. */
  readonly outcome: Outcome
  /** What it would be with every clause signed off. */
  readonly observed: Outcome
  readonly points: readonly { readonly point: Point; readonly outcome: Outcome; readonly reasons: readonly Reason[] }[]
  /** Facts that would have to be attested or registered. */
  readonly missing: readonly FactName[]
  readonly remedies: readonly string[]
  readonly duties: readonly string[]
}

const rank: Readonly<Record<Outcome, number>> = { allow: 0, ask: 1, deny: 2 }
const strictest = (outcomes: readonly Outcome[]): Outcome => outcomes.reduce((worst, one) => (rank[one] > rank[worst] ? one : worst), 'allow')

/** Points that matter for a phase: what is generated to train with must also be exportable and trainable. */
const pointsFor = (purpose: Purpose): readonly Point[] =>
  purpose.phase === 'product' ? ['admit', 'route'] : purpose.phase === 'evaluation' ? ['admit', 'route', 'export'] : ['admit', 'route', 'export', 'train']

function explainOffer(engine: Engine, register: Register, purpose: Purpose, offer: Offer, spreadOverAccounts: boolean, atMs: number): Explained {
  const live = liveFacts(register, { organization: purpose.organization, purpose: purpose.id, offer, signals: { extractionSuspected: false, keySharedOutside: false, spreadOverAccounts } }, atMs).facts
  const rows = rowFacts(register, purpose.organization, purpose, { maker: offer.maker, channel: offer.channel, model: offer.upstreamModel, origin: 'model', flags: [], ...(offer.licence === undefined ? {} : { licence: offer.licence }), ...(offer.access === undefined ? {} : { access: offer.access }) }, atMs).facts
  const decisions: Decision[] = pointsFor(purpose).map((point) => evaluate(engine, point, point === 'export' || point === 'train' ? rows : live))
  const objections = decisions.flatMap((decision) => [...decision.reasons, ...decision.observations].filter((reason) => reason.effect !== 'allow'))
  return {
    deployment: offer.deployment, model: offer.model, maker: offer.maker, channel: offer.channel,
    outcome: strictest(decisions.map((decision) => decision.outcome)), observed: strictest(decisions.map((decision) => decision.observed)),
    points: decisions.map((decision) => ({ point: decision.point, outcome: decision.outcome, reasons: decision.reasons })),
    missing: [...new Set(objections.flatMap((reason) => reason.missing))].sort(),
    remedies: [...new Set(objections.map((reason) => reason.remedy))],
    duties: [...new Set(decisions.flatMap((decision) => decision.duties.map((duty) => duty.obligation)))],
  }
}

/** One line for each offer, permitted ones first. */
export function explain(engine: Engine, register: Register, purpose: Purpose, offers: readonly Offer[], atMs: number): Explained[] {
  const spread = new Set(offers.map((offer) => offer.maker).filter((maker) => new Set(offers.filter((offer) => offer.maker === maker).map((offer) => offer.account)).size > 1))
  return offers.map((offer) => explainOffer(engine, register, purpose, offer, spread.has(offer.maker), atMs)).toSorted((a, b) => rank[a.outcome] - rank[b.outcome])
}

export interface Changed {
  readonly id: string
  readonly point: Point
  readonly before: Outcome
  readonly after: Outcome
  readonly reasons: readonly Reason[]
}

/** What a draft policy set would have decided otherwise, from decisions recorded before: shown before anybody approves it. */
export function simulate(draft: Engine, recorded: readonly { readonly id: string; readonly text: string }[]): Changed[] {
  return recorded.flatMap(({ id, text }) => {
    const before = JSON.parse(text) as Decision
    const after = evaluate(draft, before.point, before.facts)
    return after.outcome === before.outcome && after.observed === before.observed ? [] : [{ id, point: before.point, before: before.outcome, after: after.outcome, reasons: after.reasons }]
  })
}

export interface ContractFinding {
  readonly organization: string
  readonly deployment: string
  readonly outcome: Outcome
  /** Whether it binds, or only observes for want of approvals. */
  readonly binds: boolean
  readonly reasons: readonly Reason[]
}

/** What `weir apply` says before an organization may reach deployments: the contract point, exclusivity among it. */
export function contractFindings(engine: Engine, register: Register, uses: readonly { readonly organization: string; readonly offer: Offer }[], atMs: number): ContractFinding[] {
  return uses.flatMap(({ organization, offer }) => {
    const decision = evaluate(engine, 'contract', liveFacts(register, { organization, purpose: undefined, offer, signals: {} }, atMs).facts)
    if (decision.observed === 'allow') return []
    const binds = decision.outcome !== 'allow'
    return [{ organization, deployment: offer.deployment, outcome: binds ? decision.outcome : decision.observed, binds, reasons: binds ? decision.reasons : decision.observations }]
  })
}
