/**
 * What is said about a key, a project or a cluster of keys: how far its prompts lie from their own past and from others
 * under the same purpose, which techniques they name, how they come, and whether that fits what was declared. Pure. It
 * proposes; people decide: a score alone opens nothing (reference "Terms and proof" §6, designs 5 and 6, 2026-11-23).
 */
import { accumulated, alarmAt } from './accumulate.ts'
import { discrepancyScore, embed, mixtureScore, referenceOf, type Embedding, type Reference } from './discrepancy.ts'
import { harvestingShare, rhythmOf, sharingOf, type Rhythm, type Sharing } from './rhythm.ts'
import type { SeenCall } from './seen.ts'
import { wilson } from './share.ts'
import { ruleHits, techniqueShares, type TechniqueShare } from './techniques.ts'

/** Standard deviations above which a window is far off: one frozen number for windows, references and families of every kind (docs/detection.md). */
export const threshold = 3
export const windowSizes = [50, 200, 1_000] as const
/** Prompts below which a reference says nothing, and above which no more are read. */
export const referenceMin = 100
export const referenceMax = 1_000
/** Keys that act as one and are at least so many are spread, whatever each of them does. */
export const spreadKeys = 8

export interface Subject {
  readonly kind: 'key' | 'project' | 'cluster'
  readonly id: string
  readonly organization: string
  readonly project: string | undefined
  readonly keys: readonly string[]
}

/** The registered use case, as far as it matters here. */
export interface DeclaredPurpose {
  readonly id: string
  readonly phase: 'product' | 'evaluation' | 'data-generation' | 'training'
}

export interface Observed {
  readonly subject: Subject
  /** Oldest first; the last `windowSizes` of them are the windows. */
  readonly calls: readonly SeenCall[]
  /** Earlier calls of others under the same purpose. */
  readonly purposeCalls: readonly SeenCall[]
  /** What was accepted under the purpose: each set is one accepted change. */
  readonly accepted: readonly (readonly SeenCall[])[]
  readonly purpose: DeclaredPurpose | undefined
  /** The purpose that the calls name is not registered, or has expired. */
  readonly purposeUnknown: boolean
  /** Sum of the windows before the last 50 calls. */
  readonly sum: number
}

export interface WindowScore {
  readonly size: number
  /** Standard deviations from the own past, and from others under the purpose; undefined: no reference. */
  readonly own: number | undefined
  readonly purpose: number | undefined
  /** The threshold's measure: against the purpose, or against the own past where that is established and fits better, or where there is no other. */
  readonly score: number | undefined
}

export interface ScoreCard {
  readonly subject: Subject
  readonly purpose: string | undefined
  /** Of the latest call: its maker's clause is the one that a case names. */
  readonly model: string
  readonly calls: number
  readonly tokens: number
  readonly reference: { readonly own: number; readonly purpose: number; readonly accepted: number }
  readonly windows: readonly WindowScore[]
  /** The largest window score. */
  readonly score: number | undefined
  readonly accumulated: number
  readonly high: boolean
  readonly techniques: readonly (TechniqueShare & { readonly hit: boolean })[]
  readonly rhythm: Rhythm
  readonly sharing: Sharing
  readonly harvestingSettings: number
  /** What does not fit the declared purpose; empty: nothing. */
  readonly mismatch: readonly string[]
  readonly verdict: 'quiet' | 'signal' | 'case'
  /** The verdict in sentences. */
  readonly says: readonly string[]
}

interface Split {
  readonly lag: number
  readonly own: readonly SeenCall[]
  /** The own past is old enough to explain anything: what was wrong from its first day would otherwise be its own excuse. */
  readonly established: boolean
}

/** Milliseconds that an own past has to reach back before it may explain what the purpose does not. */
const establishedMs = 7 * 86_400_000

/** The own past ends where the largest window that leaves a reference begins, so that what is judged is in no reference. */
function splitAt(calls: readonly SeenCall[]): Split {
  const sizes = windowSizes.filter((size) => size <= calls.length)
  const fitting = sizes.findLast((size) => calls.length - size >= referenceMin) ?? sizes.at(-1) ?? calls.length
  const past = calls.slice(0, calls.length - fitting).filter(({ standing }) => standing !== 'flagged')
  const own = past.length < referenceMin ? [] : past.slice(-referenceMax)
  const reach = (calls.at(-fitting)?.atMs ?? 0) - (own[0]?.atMs ?? Number.POSITIVE_INFINITY)
  return { lag: fitting, own, established: reach >= establishedMs }
}

const vectors = (calls: readonly SeenCall[]): Uint8Array[] => calls.map(({ vector }) => vector)

/** Against a source or, where that fits better, a mixture of it and one accepted change, or an accepted change alone. */
function scoreAgainst(window: Embedding, reference: Reference | undefined, accepted: readonly Reference[]): number | undefined {
  const scores = [
    ...(reference === undefined ? accepted.map((one) => discrepancyScore(window, one)) : [discrepancyScore(window, reference), ...accepted.map((one) => mixtureScore(window, reference, one))]),
  ].filter((score) => score !== undefined)
  return scores.length === 0 ? undefined : Math.min(...scores)
}

function windowScores({ calls, purposeCalls, accepted }: Observed, { lag, own, established }: Split): WindowScore[] {
  const ownReference = own.length === 0 ? undefined : referenceOf(vectors(own))
  const others = purposeCalls.filter(({ standing }) => standing !== 'flagged').slice(-referenceMax)
  const purposeReference = others.length < referenceMin ? undefined : referenceOf(vectors(others))
  const changes = accepted.filter((set) => set.length >= 8).map((set) => referenceOf(vectors(set)))
  if (ownReference === undefined && purposeReference === undefined && changes.length === 0) return []
  // Without an own past that counts, all that there is may be judged; with one, what follows it.
  return windowSizes.filter((size) => size <= (established || purposeReference === undefined ? lag : calls.length)).map((size) => {
    const window = embed(vectors(calls.slice(-size)))
    const ownScore = ownReference === undefined && purposeReference !== undefined ? undefined : scoreAgainst(window, ownReference, changes)
    const purposeScore = purposeReference === undefined ? undefined : scoreAgainst(window, purposeReference, changes)
    const explained = established && ownScore !== undefined && purposeScore !== undefined ? Math.min(ownScore, purposeScore) : purposeScore ?? ownScore
    return { size, own: ownScore, purpose: purposeScore, score: explained }
  })
}

/** Share above which a technique surely occurs, though it does not hit: enough to contradict a purpose that does not need it. */
const traceShare = 0.02

interface Signs {
  readonly techniques: ScoreCard['techniques']
  readonly rhythm: Rhythm
  readonly sharing: Sharing
  readonly harvesting: number
}

/** What about these calls does not fit the declared purpose. A purpose of making or training on data declares most of it. */
function mismatches({ subject, purpose, purposeUnknown, calls }: Observed, { own }: Split, signs: Signs): string[] {
  const found: string[] = []
  const window = calls.slice(-windowSizes[1])
  if (purposeUnknown) found.push('the purpose that its keys are bound to is not registered, or has expired')
  if (subject.kind === 'cluster' && subject.keys.length >= spreadKeys) found.push(`${subject.keys.length} keys act as one`)
  if (signs.sharing.shared && !sharingOf(own).shared) found.push(`calls of one minute come from ${signs.sharing.networks} networks`)
  if (purpose === undefined || purpose.phase === 'data-generation' || purpose.phase === 'training') return found
  const trace = signs.techniques.find(({ low }) => low > traceShare)
  if (trace !== undefined) found.push(`a part of it ${trace.says}, which ${purpose.phase} does not need`)
  if (signs.harvesting >= 0.5 && harvestingShare(own.map((call) => call.settings)) < 0.1) found.push('most calls now ask for several answers or for probabilities of tokens')
  if (purpose.phase === 'product' && signs.rhythm.machineLike && own.length > 0 && !rhythmOf(own.map(({ atMs }) => atMs)).machineLike && window.length >= windowSizes[0]) found.push('its calls have come to keep the time of a machine')
  return found
}

const rounded = (value: number): string => value.toFixed(1)

/** The verdict. A case needs a hit of a rule that the purpose does not declare, or a high score together with a mismatch. */
function judged(observed: Observed, high: boolean, top: WindowScore | undefined, sum: number, signs: Signs, mismatch: readonly string[]): Pick<ScoreCard, 'verdict' | 'says'> {
  const hits = signs.techniques.filter(({ hit }) => hit)
  const declared = observed.purpose?.phase === 'data-generation' || observed.purpose?.phase === 'training'
  const says: string[] = []
  if (top?.score !== undefined && top.score >= threshold) says.push(`Its last ${top.size} prompts lie ${rounded(top.score)} standard deviations from what they are compared with; ${threshold} is the threshold.`)
  if (sum >= alarmAt) says.push(`Small differences have added up to ${rounded(sum)}; ${alarmAt} is the bar.`)
  for (const hit of hits) says.push(`Of ${hit.of} prompts, ${hit.hits} match the rule ${hit.name}: it ${hit.says}.${declared ? ' Its purpose declares that.' : ''}`)
  for (const one of mismatch) says.push(`Does not fit its purpose: ${one}.`)
  const opens = (hits.length > 0 && !declared) || (high && mismatch.length > 0)
  if (high && !opens) says.push('Nothing else contradicts its purpose. If this is a new template of a registered use case, clear it under that.')
  return { verdict: opens ? 'case' : high ? 'signal' : 'quiet', says }
}

export function scoreCard(observed: Observed): ScoreCard {
  const { subject, calls, purposeCalls, accepted, purpose, sum } = observed
  const split = splitAt(calls)
  const windows = windowScores(observed, split)
  const top = windows.filter(({ score }) => score !== undefined).toSorted((a, b) => (b.score ?? 0) - (a.score ?? 0))[0]
  const judgedCalls = calls.slice(-Math.max(windowSizes[0], Math.min(windowSizes[1], subject.kind === 'cluster' ? calls.length : split.lag)))
  const shares = techniqueShares(judgedCalls.map((call) => call.techniques))
  const hits = new Set(ruleHits(shares).map(({ name }) => name))
  const signs: Signs = {
    techniques: shares.map((share) => ({ ...share, hit: hits.has(share.name) })),
    rhythm: rhythmOf(judgedCalls.map(({ atMs }) => atMs)), sharing: sharingOf(judgedCalls), harvesting: harvestingShare(judgedCalls.map((call) => call.settings)),
  }
  const small = windows.find(({ size }) => size === windowSizes[0])?.score
  const added = small === undefined ? sum : accumulated(sum, small)
  const high = (top?.score ?? Number.NEGATIVE_INFINITY) >= threshold || added >= alarmAt
  const mismatch = mismatches(observed, split, signs)
  return {
    subject, purpose: purpose?.id, model: calls.at(-1)?.model ?? '', calls: calls.length, tokens: judgedCalls.reduce((total, call) => total + call.tokens, 0),
    reference: { own: split.own.length, purpose: Math.min(referenceMax, purposeCalls.length), accepted: accepted.length },
    windows, score: top?.score, accumulated: added, high, techniques: signs.techniques, rhythm: signs.rhythm, sharing: signs.sharing, harvestingSettings: wilson(judgedCalls.filter((call) => harvestingShare([call.settings]) > 0).length, judgedCalls.length).share,
    mismatch, ...judged(observed, high, top, added, signs, mismatch),
  }
}
