/**
 * `weir model train` and `publish`: a training run is registered with all that went into it, decided before it counts, and
 * its model carries what its ancestors carry. Publishing asks for every duty of every ancestor. Refusals are recorded too.
 */
import type { Json } from '../../kernel/canonical-json.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Sql, Store } from '../../store/store.ts'
import { recordEvent } from '../log/governance.ts'
import { decisionIdOf } from '../policy/decision-table.ts'
import type { Engine } from '../policy/engine.ts'
import { factsAsked } from '../policy/facts.ts'
import { decisionText } from '../policy/evaluate.ts'
import type { Decision, Duty, Outcome } from '../policy/evaluate.ts'
import { approvalsGiven, letThrough, questionId } from '../register/approvals.ts'
import type { Given } from '../register/approvals.ts'
import type { RowSource } from '../register/facts-of.ts'
import { recordDecisions } from '../register/record-store.ts'
import type { Purpose, Register } from '../register/register.ts'
import { comesFrom, decidePublication, decideTraining, dutiesOf, inherit } from './lineage.ts'
import type { Ancestor } from './lineage.ts'
import { holdName, readLineage, register } from './lineage-store.ts'
import type { Registered } from './lineage-store.ts'

export interface ModelPorts {
  readonly store: Store
  readonly clock: Clock
  readonly engine: Engine
  readonly register: Register
}

export interface TrainAsk {
  readonly organization: string
  /** Name of the model that comes of it; the run is called `NAME/run`. */
  readonly model: string
  readonly purpose: Purpose
  /** Ids of datasets and base weights or models. */
  readonly from: readonly string[]
  /** Parameters of the training, SHA-256 of the weights: kept as they are given. */
  readonly parameters: { readonly [key: string]: Json | undefined }
  readonly actor: string
}

/** What the training of a model is registered as. */
export const runOf = (model: string): string => `${model}/run`

export interface Judged {
  readonly status: 'recorded' | 'refused'
  readonly outcome: Outcome
  /** A sentence each: clause, what it says, what would make it allowed. */
  readonly says: readonly string[]
  readonly clauses: readonly string[]
  /** Id that two people can approve, where it is a question. */
  readonly approval: string | undefined
  readonly flags: readonly string[]
  readonly licences: readonly string[]
  readonly duties: readonly Duty[]
}

async function recordJudgement(sql: Sql, ports: ModelPorts, organization: string, subject: string, decisions: readonly Decision[]): Promise<void> {
  if (ports.engine.set === undefined) return
  await recordDecisions(sql, ports.engine.set, decisions.map((decision) => {
    const text = decisionText(decision)
    return { id: decisionIdOf(text), text, decision, organization, subject }
  }), ports.clock.now())
}

const against = (decisions: readonly Decision[]): { says: string[]; clauses: string[] } => {
  const reasons = decisions.filter((decision) => decision.outcome !== 'allow').flatMap((decision) => decision.reasons)
  const unique = reasons.filter((reason, at) => reasons.findIndex((other) => other.clause === reason.clause) === at)
  return { says: unique.map((reason) => `${reason.clause}: ${reason.says} ${reason.remedy}`), clauses: unique.map((reason) => reason.clause) }
}

/**
 * What a training is decided about: the sources of each thing that went into it. What was entered by hand, or made here, is
 * asked about under each licence that it carries: each binds by itself.
 */
export const sourcesOf = (from: readonly string[], known: ReadonlyMap<string, Registered>): RowSource[] =>
  from.flatMap((id): readonly RowSource[] => {
    const found = known.get(id)
    if (found === undefined) return [{ maker: 'none', channel: 'none', origin: 'unknown', flags: [] }]
    const sources: readonly RowSource[] = found.sources.length > 0 ? found.sources : [{ maker: 'none', channel: 'none', origin: found.origin === 'unknown' ? 'unknown' : 'own-model', flags: [] }]
    const flagged = sources.map((source) => ({ ...source, flags: [...new Set([...source.flags, ...found.flags])].sort() }))
    const whole = found.kind === 'weights' || found.sources.length === 0
    return whole && found.licences.length > 0 ? flagged.flatMap((source) => found.licences.map((licence) => ({ ...source, licence }))) : flagged
  })

interface Concluded { readonly passes: boolean; readonly approval: string | undefined; readonly says: readonly string[] }

function conclude(outcome: Outcome, about: Json, given: ReadonlyMap<string, Given>, nowMs: number, says: readonly string[]): Concluded {
  const approval = outcome === 'ask' ? questionId(about) : undefined
  const passes = outcome === 'allow' || (approval !== undefined && letThrough(given.get(approval), nowMs))
  return { passes, approval: passes ? undefined : approval, says: passes ? [] : says.length > 0 ? says : ['no-clause: no clause covers this. Have two people approve it.'] }
}

/** The name is that of something registered, or what it would be made from comes from it. */
export interface NameTaken { readonly status: 'taken'; readonly says: string }

/**
 * A name stands for one training: a second one under it would shed what sticks to the first, and hide a dataset of that
 * name. Names are looked up across organizations, because a model is served and looked up by its name alone.
 */
function nameTaken({ model, from }: TrainAsk, all: ReadonlyMap<string, Registered>): NameTaken | undefined {
  const run = runOf(model)
  const found = all.get(model) ?? all.get(run)
  if (found !== undefined) return { status: 'taken', says: `${found.id} is registered already, as a ${found.kind}: a training makes a new model, so choose another name.` }
  const round = from.find((id) => id === run || comesFrom(id, model, all))
  return round === undefined ? undefined : { status: 'taken', says: `${round} comes from ${model}, so ${model} cannot be made from it: choose another name for the new model.` }
}

/** Registers a training run and its model, or records why it may not be. */
export async function train(ports: ModelPorts, ask: TrainAsk): Promise<Judged | NameTaken> {
  const { store, clock, engine } = ports
  const subject = `model/${ask.model}`
  return store.transaction('admin', async (sql): Promise<Judged | NameTaken> => {
    await holdName(sql, ask.model)
    // Not before its turn has come: what has ended while it waited has ended.
    const nowMs = clock.now()
    const taken = nameTaken(ask, await readLineage(sql))
    if (taken !== undefined) return taken
    // Not out of those of all: two organizations may have named something alike before names stood for one training.
    const known = await readLineage(sql, ask.organization)
    const verdict = decideTraining(engine, ports.register, ask.organization, ask.purpose, sourcesOf(ask.from, known), nowMs)
    const inherited = inherit(ask.from, known)
    const { says, clauses } = against(verdict.decisions)
    const given = await approvalsGiven(sql)
    const concluded = conclude(verdict.outcome, ['train', ask.organization, ask.model, ask.purpose.id, [...ask.from].sort(), engine.set?.hash ?? '', ...verdict.decisions.map((decision) => factsAsked(decision.facts))], given, nowMs, says)
    await recordJudgement(sql, ports, ask.organization, subject, verdict.decisions)
    const flags = [...new Set([...verdict.flags, ...inherited.flags])].sort()
    const judged: Omit<Judged, 'status'> = { outcome: verdict.outcome, says: concluded.says, clauses: concluded.passes ? [] : clauses, approval: concluded.approval, flags, licences: inherited.licences, duties: dutiesOf(verdict.decisions) }
    if (!concluded.passes) {
      await recordEvent(sql, { kind: 'training-refused', atMs: nowMs, actor: ask.actor, subject, body: { purpose: ask.purpose.id, from: [...ask.from], says: [...concluded.says] } })
      return { status: 'refused', ...judged }
    }
    const origin: Ancestor['origin'] = inherited.unknown.length === 0 ? 'known' : 'unknown'
    const run: Ancestor = { id: runOf(ask.model), kind: 'run', origin, flags, licences: inherited.licences, from: ask.from }
    await register(sql, ask.organization, run, { purpose: ask.purpose.id, parameters: ask.parameters }, ask.actor, nowMs)
    await register(sql, ask.organization, { ...run, id: ask.model, kind: 'model', from: [run.id] }, { purpose: ask.purpose.id }, ask.actor, nowMs)
    await recordEvent(sql, { kind: 'training-recorded', atMs: nowMs, actor: ask.actor, subject, body: { purpose: ask.purpose.id, from: [...ask.from], flags } })
    return { status: 'recorded', ...judged }
  })
}

export interface PublishAsk {
  readonly organization: string
  /** Id of the model or dataset. */
  readonly id: string
  /** Under which name it appears; its id where left out. */
  readonly name?: string
  readonly distribution: 'internal' | 'external'
  /** Duties, or parts of them, with where the evidence is. */
  readonly fulfilled: Readonly<Record<string, string>>
  readonly actor: string
}

/** Publishes what is registered, or records why it may not be. Undefined: nothing of that id is registered. */
export async function publish(ports: ModelPorts, ask: PublishAsk): Promise<Judged | undefined> {
  const { store, clock, engine } = ports
  return store.transaction('admin', async (sql): Promise<Judged | undefined> => {
    await holdName(sql, ask.id)
    const nowMs = clock.now()
    const known = await readLineage(sql, ask.organization)
    const found = known.get(ask.id)
    if (found === undefined) return undefined
    const kind = found.kind === 'dataset' ? 'dataset' : 'model'
    const subject = `${kind}/${ask.id}`
    const verdict = decidePublication(engine, ports.register, ask.organization, { kind, name: ask.name ?? ask.id, distribution: ask.distribution, fulfilled: Object.keys(ask.fulfilled), from: [ask.id] }, known, nowMs)
    const concluded = conclude(verdict.outcome, ['publish', ask.organization, ask.id, ask.name ?? ask.id, ask.distribution, engine.set?.hash ?? '', ...verdict.decisions.map((decision) => factsAsked(decision.facts))], await approvalsGiven(sql), nowMs, verdict.says)
    await recordJudgement(sql, ports, ask.organization, subject, verdict.decisions)
    const judged: Omit<Judged, 'status'> = {
      outcome: verdict.outcome, says: concluded.says, clauses: concluded.passes ? [] : against(verdict.decisions).clauses, approval: concluded.approval,
      flags: verdict.inherited.flags, licences: verdict.inherited.licences, duties: verdict.duties,
    }
    const body = { name: ask.name ?? ask.id, distribution: ask.distribution, evidence: ask.fulfilled }
    await recordEvent(sql, { kind: concluded.passes ? 'publication-recorded' : 'publication-refused', atMs: nowMs, actor: ask.actor, subject, body: { ...body, says: [...concluded.says] } })
    if (concluded.passes) await register(sql, ask.organization, found, { ...found.body, publication: { ...body, duties: verdict.duties.map((duty) => ({ ...duty })) } }, ask.actor, nowMs)
    return { status: concluded.passes ? 'recorded' : 'refused', ...judged }
  })
}
