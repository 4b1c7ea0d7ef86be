/**
 * A diversion: a share of a model's traffic goes to one of its own deployments, the same user or session always to the
 * same side. It lies over the model as declared and changes nothing of it, so that taking it away is the whole way back.
 *
 * Weighted rendezvous hashing (gateway/route.ts) makes it hold: the target gets the share, the deployments that carried
 * the traffic keep theirs in proportion, a larger share moves users to the target only, and never one away from it.
 */
import type { DeploymentResource, ModelResource } from '../gateway/resources.ts'
import { deploymentId } from '../gateway/build-snapshot.ts'

export interface Diversion {
  readonly model: string
  /** Deployment id. */
  readonly to: string
  /** Above 0, at most 1: at 1 the others stay as a last resort. */
  readonly share: number
  readonly sticky: 'user' | 'session'
}

const firstGroup = (deployments: readonly DeploymentResource[]): number => deployments.reduce((least, each) => Math.min(least, each.group), Number.POSITIVE_INFINITY)

/** The deployments among which the model's traffic is divided today, the target aside: those of the first group. */
function carriers(model: ModelResource, to: string): readonly DeploymentResource[] {
  const others = model.deployments.filter((each) => deploymentId(each) !== to)
  const group = firstGroup(others)
  return others.filter((each) => each.group === group)
}

/** Why a diversion cannot be made; undefined: it can. */
export function objectionTo(model: ModelResource | undefined, { model: name, to, share }: Diversion): string | undefined {
  if (model === undefined) return `no model ${name}`
  if (!(share > 0 && share <= 1)) return 'a share lies above 0 % and is at most 100 %'
  const target = model.deployments.find((each) => deploymentId(each) === to)
  if (target === undefined) return `${to} is not a deployment of ${name}; its deployments are ${model.deployments.map(deploymentId).join(', ')}`
  if (target.capacity !== 'in-house') return `${to} is ${target.capacity}, not in-house: a diversion goes to a deployment of one's own (capacity: in-house)`
  if (carriers(model, to).length === 0) return `${to} is the only deployment of ${name}: there is nothing to divert from`
  return undefined
}

/** The model as it is routed under a diversion. One that no longer fits the model as declared leaves it as it is. */
export function diverted(model: ModelResource, diversion: Diversion): ModelResource {
  if (objectionTo(model, diversion) !== undefined) return model
  const from = carriers(model, diversion.to)
  const group = firstGroup(from)
  const total = from.reduce((sum, each) => sum + each.weight, 0)
  const weightOf = (each: DeploymentResource): number => (total === 0 ? 1 / from.length : each.weight / total) * (1 - diversion.share)
  return {
    ...model,
    sticky: diversion.sticky,
    deployments: model.deployments.map((each) => {
      if (deploymentId(each) === diversion.to) return { ...each, group, weight: diversion.share }
      return from.includes(each) ? { ...each, weight: weightOf(each) } : each
    }),
  }
}

/** `10%`, `0.1`, `10`: above 1 it is a percentage. Undefined where the text is none of these. */
export function parseShare(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text.trim())
  if (match?.[1] === undefined) return undefined
  const value = Number(match[1])
  const share = match[2] === '%' || value > 1 ? value / 100 : value
  return share > 0 && share <= 1 ? share : undefined
}
