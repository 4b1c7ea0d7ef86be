/**
 * Whether what a model was made from lets it serve: judged anew, by the clauses and the register of now, for every
 * training among its ancestors. A training that was allowed once may not be any more, or was entered without the gate.
 */
import type { Engine } from '../policy/engine.ts'
import { currentPurpose, type Register } from '../register/register.ts'
import { decidePublication, decideTraining, inherit, lineOf } from './lineage.ts'
import type { Registered } from './lineage-store.ts'
import { sourcesOf } from './training.ts'

export interface AncestryVerdict {
  readonly outcome: 'allow' | 'ask' | 'deny'
  /** A sentence each: what stands against it, or what it was judged by. */
  readonly says: readonly string[]
}

const strictest = (all: readonly AncestryVerdict['outcome'][]): AncestryVerdict['outcome'] => (all.includes('deny') ? 'deny' : all.includes('ask') ? 'ask' : 'allow')

/** Undefined: no model or weights of this id are registered. */
export function judgeAncestry(engine: Engine, register: Register, id: string, known: ReadonlyMap<string, Registered>, nowMs: number): AncestryVerdict | undefined {
  const model = known.get(id)
  if (model === undefined || (model.kind !== 'model' && model.kind !== 'weights')) return undefined
  const judged = [...lineOf(id, known).filter((one) => one.kind === 'run').map((run) => trainingOf(engine, register, run, known, nowMs)), serving(engine, register, model, known, nowMs)]
  const outcome = strictest(judged.map((one) => one.outcome))
  const says = [...new Set(judged.filter((one) => one.outcome !== 'allow').flatMap((one) => one.says))]
  if (outcome !== 'allow') return { outcome, says }
  const { flags } = inherit([id], known)
  return { outcome, says: [`The ancestry of ${id} was judged by the clauses of today: ${judged.length - 1} training runs.${flags.length === 0 ? '' : ` It carries ${flags.join(', ')}.`}`] }
}

function trainingOf(engine: Engine, register: Register, run: Registered, known: ReadonlyMap<string, Registered>, nowMs: number): AncestryVerdict {
  const named = run.body['purpose']
  const purpose = currentPurpose(register, run.organization, typeof named === 'string' ? named : undefined, nowMs)
  if (purpose === undefined) return { outcome: 'ask', says: [`Training ${run.id} has no purpose that is registered now: register ${typeof named === 'string' ? named : 'one'} again.`] }
  const { decisions, outcome } = decideTraining(engine, register, run.organization, purpose, sourcesOf(run.from, known), nowMs)
  const reasons = decisions.filter((decision) => decision.outcome !== 'allow').flatMap((decision) => decision.reasons)
  return { outcome, says: reasons.map((reason) => `${reason.clause}, training ${run.id}: ${reason.says} ${reason.remedy}`) }
}

/** To serve is to publish: as far as it was published, else inside. */
function serving(engine: Engine, register: Register, model: Registered, known: ReadonlyMap<string, Registered>, nowMs: number): AncestryVerdict {
  const published = model.body['publication'] as { readonly name?: string; readonly distribution?: 'internal' | 'external'; readonly evidence?: Readonly<Record<string, string>> } | undefined
  const { outcome, says } = decidePublication(engine, register, model.organization, {
    kind: 'model', name: published?.name ?? model.id, distribution: published?.distribution ?? 'internal', fulfilled: Object.keys(published?.evidence ?? {}), from: [model.id],
  }, known, nowMs)
  return { outcome, says }
}
