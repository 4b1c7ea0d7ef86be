/**
 * Lineage: what datasets, trainings and models come from, and what sticks to them. Duties and exceptions are inherited by
 * every descendant; an ancestor of unknown origin keeps its descendants from being published without a person's word.
 */
import type { Engine } from '../policy/engine.ts'
import { evaluate } from '../policy/evaluate.ts'
import type { Decision, Duty } from '../policy/evaluate.ts'
import { publicationFacts, rowFacts } from '../register/facts-of.ts'
import type { Publication, RowSource } from '../register/facts-of.ts'
import type { Purpose, Register } from '../register/register.ts'

export interface Ancestor {
  readonly id: string
  readonly kind: 'dataset' | 'run' | 'model' | 'weights'
  readonly origin: 'known' | 'unknown'
  readonly flags: readonly string[]
  readonly licences: readonly string[]
  /** Ids of what it was made from. */
  readonly from: readonly string[]
}

export interface Inherited {
  readonly flags: readonly string[]
  readonly licences: readonly string[]
  /** Ancestors whose origin is unknown, or that are not registered. */
  readonly unknown: readonly string[]
}

/** Union over all ancestors, however far back. */
export function inherit(from: readonly string[], known: ReadonlyMap<string, Ancestor>): Inherited {
  const seen = new Set<string>()
  const unknown = new Set<string>()
  const flags = new Set<string>()
  const licences = new Set<string>()
  const queue = [...from]
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    const ancestor = known.get(id)
    if (ancestor === undefined || ancestor.origin === 'unknown') unknown.add(id)
    if (ancestor === undefined) continue
    for (const flag of ancestor.flags) flags.add(flag)
    for (const licence of ancestor.licences) licences.add(licence)
    queue.push(...ancestor.from)
  }
  return { flags: [...flags].sort(), licences: [...licences].sort(), unknown: [...unknown].sort() }
}

/** What is registered under this id and all that it came from, each before what it was made of, however long the line is. */
export function lineOf<T extends Ancestor>(id: string, known: ReadonlyMap<string, T>): readonly T[] {
  const line = new Map<string, T>()
  const waiting = [id]
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    const found = known.get(one)
    if (found === undefined || line.has(one)) continue
    line.set(one, found)
    waiting.push(...found.from.toReversed())
  }
  return [...line.values()]
}

/**
 * What sticks to the outputs of a model of one's own: what sticks to the model. It is found by the deployment that served
 * it, and by its name there: of two that are registered neither hides the other. Nothing sticks to what nobody registered,
 * and no clause lets that leave by itself either.
 */
export function stickingToOutputs({ deployment, model }: { readonly deployment?: string; readonly model?: string }, known: ReadonlyMap<string, Ancestor>): readonly string[] {
  const found = [deployment, model].flatMap((name) => (name === undefined ? [] : (known.get(name) ?? []))).filter(({ kind }) => kind === 'model' || kind === 'weights')
  return inherit(found.map(({ id }) => id), known).flags
}

/** Whether `id` is `ancestor`, or was made from it, however far back. */
export function comesFrom(id: string, ancestor: string, known: ReadonlyMap<string, Ancestor>): boolean {
  const seen = new Set<string>()
  const queue = [id]
  for (let one = queue.pop(); one !== undefined; one = queue.pop()) {
    if (one === ancestor) return true
    if (seen.has(one)) continue
    seen.add(one)
    queue.push(...(known.get(one)?.from ?? []))
  }
  return false
}

export interface TrainingVerdict {
  readonly decisions: readonly Decision[]
  readonly outcome: Decision['outcome']
  /** What the trained model carries from now on. */
  readonly flags: readonly string[]
}

/** Decides a training run: every source of its data, and the weights that it starts from, must be allowed. */
export function decideTraining(engine: Engine, register: Register, organization: string, purpose: Purpose, sources: readonly RowSource[], atMs: number): TrainingVerdict {
  const decisions = sources.map((source) => evaluate(engine, 'train', rowFacts(register, organization, purpose, source, atMs).facts))
  const outcome = decisions.some((decision) => decision.outcome === 'deny') ? 'deny' : decisions.length === 0 || decisions.some((decision) => decision.outcome === 'ask') ? 'ask' : 'allow'
  const flags = [...new Set([...sources.flatMap((source) => source.flags), ...decisions.flatMap((decision) => [...decision.exceptions, ...decision.duties.map((duty) => duty.clause)])])].sort()
  return { decisions, outcome, flags }
}

export interface PublishVerdict {
  /** One for each licence that is inherited, since each binds by itself; one where there is none. */
  readonly decisions: readonly Decision[]
  readonly outcome: Decision['outcome']
  readonly says: readonly string[]
  /** Of all licences, each once; met where it is met under all. */
  readonly duties: readonly Duty[]
  readonly inherited: Inherited
}

/** The duties of several decisions, by clause. */
export function dutiesOf(decisions: readonly Decision[]): Duty[] {
  const duties = new Map<string, Duty>()
  for (const duty of decisions.flatMap((decision) => decision.duties)) duties.set(duty.clause, { ...duty, met: duty.met && duties.get(duty.clause)?.met !== false })
  return [...duties.values()].sort((a, b) => (a.clause < b.clause ? -1 : 1))
}

/** Decides a publication: outstanding duties and gates of all ancestors, and none of unknown origin. */
export function decidePublication(engine: Engine, register: Register, organization: string, ask: { readonly kind: Publication['kind']; readonly name?: string; readonly distribution?: 'internal' | 'external'; readonly fulfilled: readonly string[]; readonly from: readonly string[] }, known: ReadonlyMap<string, Ancestor>, atMs: number): PublishVerdict {
  const inherited = inherit(ask.from, known)
  const { from: _from, ...publication } = ask
  const about = { ...publication, flags: inherited.flags, licences: inherited.licences }
  const decisions = (inherited.licences.length === 0 ? [about] : inherited.licences.map((licence) => ({ ...about, licence }))).map((one) => evaluate(engine, 'publish', publicationFacts(register, organization, one, atMs).facts))
  const decided = decisions.some((one) => one.outcome === 'deny') ? 'deny' : decisions.some((one) => one.outcome === 'ask') ? 'ask' : 'allow'
  const refusals = new Set(decisions.flatMap((one) => (one.outcome === 'allow' ? [] : one.reasons.map((reason) => `${reason.clause}: ${reason.says} ${reason.remedy}`))))
  const strangers = inherited.unknown.map((id) => `${id} is of unknown origin: clear it in the remediation queue, or publish without what came from it.`)
  const outcome = decided === 'allow' && inherited.unknown.length > 0 ? 'ask' : decided
  return { decisions, outcome, says: [...refusals, ...strangers], duties: dutiesOf(decisions), inherited }
}
