/**
 * Which deployments may serve a call, in the order in which they are tried: group by group; inside a group by weight,
 * fixed for a user or key where the model is sticky, random otherwise. What cannot serve is left out with its reason.
 */
import { createHash } from 'node:crypto'
import type { Random } from '../kernel/random.ts'
import type { Breaker } from './breaker.ts'
import type { Deployment, Model } from './snapshot.ts'

/** A number in (0, 1) that depends on the text alone: the same user meets the same deployment on every node. */
export function fractionOf(text: string): number {
  const digest = createHash('sha256').update(text).digest()
  return (digest.readUIntBE(0, 6) + 1) / (2 ** 48 + 2)
}

/**
 * Weighted order without replacement: each takes the key -ln(u)/weight and the smallest goes first (Efraimidis and
 * Spirakis 2006). With u from a hash of (user, deployment) it is rendezvous hashing: a weight that changes moves only
 * the users that it must move. Weight 0 takes part as a last resort, in declared order.
 */
export function orderByWeight(deployments: readonly Deployment[], fraction: (deployment: Deployment) => number): Deployment[] {
  if (deployments.length < 2) return [...deployments]
  const keyed = deployments.map((deployment) => ({ deployment, key: deployment.weight > 0 ? -Math.log(fraction(deployment)) / deployment.weight : Number.POSITIVE_INFINITY }))
  return keyed.sort((a, b) => a.key - b.key).map(({ deployment }) => deployment)
}

export interface RouteInput {
  readonly model: Model
  readonly breaker: Breaker
  readonly random: Random
  /** Who should meet the same deployment again; undefined: nobody in particular. */
  readonly stickyTo: string | undefined
  /** Those of the model's deployments that may serve at all: where a call continues a stored response, those that know it. */
  readonly among?: readonly Deployment[] | undefined
}

export interface Routed {
  readonly candidates: readonly Deployment[]
  /** Of the unfit, accounts that are suspended: to name the reason in a 503. */
  readonly suspended: readonly Deployment[]
  readonly resting: readonly Deployment[]
}

export function route({ model, breaker, random, stickyTo, among }: RouteInput): Routed {
  const eligible = among ?? model.deployments
  if (eligible.length === 1) return split(eligible, breaker)
  const fraction = stickyTo === undefined ? () => random.fraction() || Number.MIN_VALUE : (deployment: Deployment) => fractionOf(`${stickyTo} ${deployment.id}`)
  const ordered: Deployment[] = []
  for (let from = 0; from < eligible.length; ) {
    let to = from + 1
    while (to < eligible.length && eligible[to]?.group === eligible[from]?.group) to += 1
    ordered.push(...orderByWeight(eligible.slice(from, to), fraction))
    from = to
  }
  return split(ordered, breaker)
}

function split(ordered: readonly Deployment[], breaker: Breaker): Routed {
  const candidates: Deployment[] = []
  const suspended: Deployment[] = []
  const resting: Deployment[] = []
  for (const deployment of ordered) {
    if (breaker.fit(deployment)) candidates.push(deployment)
    else if (breaker.suspended(deployment.provider) !== undefined) suspended.push(deployment)
    else resting.push(deployment)
  }
  return { candidates, suspended, resting }
}
