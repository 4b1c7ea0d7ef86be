/**
 * What a round of detection works out, apart from what it reads and writes: on a control node in a thread of its own, since
 * a reference of a thousand prompts takes tens of milliseconds and calls may share the process.
 */
import { askedWorker } from '../../kernel/asked-worker.ts'
import { clustersIn, linksIn, type Cluster } from './clusters.ts'
import { scoreCard, type Observed, type ScoreCard } from './score-card.ts'
import type { SeenCall } from './seen.ts'

export interface Reckoned {
  /** Keys that act as one in these calls; `fresh` are the keys whose first call lies among them. */
  readonly clusters: (calls: readonly SeenCall[], fresh: ReadonlySet<string>) => Promise<readonly Cluster[]>
  readonly score: (observed: Observed) => Promise<ScoreCard>
}

export type ReckonAsk =
  | { readonly what: 'clusters'; readonly calls: readonly SeenCall[]; readonly fresh: ReadonlySet<string> }
  | { readonly what: 'score'; readonly observed: Observed }

const clustersOf = (calls: readonly SeenCall[], fresh: ReadonlySet<string>): readonly Cluster[] => clustersIn(linksIn(calls, (key) => fresh.has(key)))

/** What an ask comes to: pure, and the same in either thread. */
export const reckoned = (ask: ReckonAsk): readonly Cluster[] | ScoreCard => (ask.what === 'score' ? scoreCard(ask.observed) : clustersOf(ask.calls, ask.fresh))

/** In the caller's own thread: for tests and measurements. */
export const reckonHere: Reckoned = { clusters: async (calls, fresh) => clustersOf(calls, fresh), score: async (observed) => scoreCard(observed) }

const noVector = new Uint8Array(0)
const noBands = new Uint32Array(0)

/** The same arrays as views of one buffer, which goes over whole: five thousand small ones cost more than all that is in them. */
function together<A extends Uint8Array | Uint32Array>(all: A, arrays: readonly A[]): readonly A[] {
  let at = 0
  return arrays.map((array) => {
    all.set(array, at)
    at += array.length
    return all.subarray(at - array.length, at) as A
  })
}

const lengthOf = (arrays: readonly { readonly length: number }[]): number => arrays.reduce((sum, { length }) => sum + length, 0)

/** Clusters ask for bands alone. */
function withBands(calls: readonly SeenCall[]): SeenCall[] {
  const bands = calls.map((call) => call.bands)
  const views = together(new Uint32Array(lengthOf(bands)), bands)
  return calls.map((call, index) => ({ ...call, vector: noVector, bands: views[index] ?? noBands }))
}

/** Scores ask for vectors alone. */
function withVectors(calls: readonly SeenCall[]): SeenCall[] {
  const vectors = calls.map((call) => call.vector)
  const views = together(new Uint8Array(lengthOf(vectors)), vectors)
  return calls.map((call, index) => ({ ...call, vector: views[index] ?? noVector, bands: noBands }))
}

export function reckonElsewhere(): Reckoned & { readonly close: () => Promise<void> } {
  const { ask, close } = askedWorker<ReckonAsk, unknown>(new URL('./reckon-worker.ts', import.meta.url))
  return {
    clusters: (calls, fresh) => ask({ what: 'clusters', calls: withBands(calls), fresh }) as Promise<readonly Cluster[]>,
    score: ({ calls, purposeCalls, accepted, ...observed }) =>
      ask({ what: 'score', observed: { ...observed, calls: withVectors(calls), purposeCalls: withVectors(purposeCalls), accepted: accepted.map(withVectors) } }) as Promise<ScoreCard>,
    close,
  }
}
