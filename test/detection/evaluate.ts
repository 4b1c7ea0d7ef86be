/**
 * What the detector catches and what it wrongly flags, by family, window and share. One frozen threshold for all of it; what
 * is drawn into a window is drawn without replacement; references come before what is judged, in the order of the files.
 */
import { seededRandom, type Random } from '../../src/kernel/random.ts'
import { accumulated, alarmAt } from '../../src/terms/detection/accumulate.ts'
import { discrepancyScore, embed, referenceOf, type Reference } from '../../src/terms/detection/discrepancy.ts'
import { scoreCard, threshold, type Observed } from '../../src/terms/detection/score-card.ts'
import type { SeenCall } from '../../src/terms/detection/seen.ts'
import { wilson, type Share } from '../../src/terms/detection/share.ts'
import { ruleHits, techniqueShares } from '../../src/terms/detection/techniques.ts'
import { distillation, prompts, shuffled, type Family, type Prompt } from './corpus.ts'

export interface Measured extends Share {
  readonly family: string
  readonly window: number
  /** Of distillation in the window, percent. */
  readonly percent: number
}

export interface Evaluation {
  readonly calibration: { readonly draws: number; readonly quantile99: number; readonly threshold: number }
  readonly falseAlarms: readonly Measured[]
  readonly detection: readonly Measured[]
  readonly rules: readonly (Measured & { readonly without: Share })[]
  readonly verdicts: readonly { readonly what: string; readonly signals: Share; readonly cases: Share }[]
  /** What adds up over 45 days of 50 prompts. */
  readonly days: readonly { readonly what: string; readonly raised: Share; readonly medianDay: number | undefined }[]
  readonly different: readonly Measured[]
}

/** Rules that were written by somebody who had seen a family: a family is judged without them as well. */
const knownFrom: Readonly<Record<string, readonly string[]>> = { 'selfinstruct-generation': ['task-generation'], 'harvest-tool': ['tool-annotation'] }

const vectors = (of: readonly Prompt[]): Uint8Array[] => of.map(({ vector }) => vector)
const flagged = (window: readonly Prompt[], reference: Reference): boolean => (discrepancyScore(embed(vectors(window)), reference) ?? 0) >= threshold
const rate = (results: readonly boolean[]): Share => wilson(results.filter(Boolean).length, results.length)
const times = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at))

interface Halves { readonly reference: Reference; readonly earlier: readonly Prompt[]; readonly later: readonly Prompt[] }

function halvesOf(all: readonly Prompt[]): Halves {
  const half = Math.floor(all.length / 2)
  return { reference: referenceOf(vectors(all.slice(0, half))), earlier: all.slice(0, half), later: all.slice(half) }
}

/** The 99th percentile of windows of 50 against 150 others, all from the earlier half: no prompt of it is judged later. */
function calibrate(random: Random, earlier: readonly Prompt[], draws: number): Evaluation['calibration'] {
  const scores = times(draws, () => {
    const order = vectors(shuffled(random, earlier))
    return discrepancyScore(embed(order.slice(150, 200)), referenceOf(order.slice(0, 150))) ?? 0
  }).toSorted((a, b) => a - b)
  return { draws, quantile99: scores[Math.floor(0.99 * draws)] ?? 0, threshold }
}

/** Windows of one size that fit side by side into a new order of the later half. */
function disjoint(random: Random, from: readonly Prompt[], size: number): Prompt[][] {
  const order = shuffled(random, from)
  return times(Math.floor(order.length / size), (at) => order.slice(at * size, (at + 1) * size))
}

function falseAlarmsOf(random: Random, family: string, halves: () => Halves, sizes: readonly number[], rounds: number): Measured[] {
  return sizes.map((window) => {
    const results = times(rounds, () => {
      const { reference, later } = halves()
      return disjoint(random, later, window).map((each) => flagged(each, reference))
    }).flat()
    return { family, window, percent: 0, ...rate(results) }
  })
}

function blended(random: Random, bad: readonly Prompt[], good: readonly Prompt[], size: number, percent: number): Prompt[] {
  const count = Math.round((size * percent) / 100)
  return [...shuffled(random, bad).slice(0, count), ...shuffled(random, good).slice(0, size - count)]
}

/** A call as the detector sees it, from a prompt. */
function callOf(prompt: Prompt, at: number, key: string): SeenCall {
  return {
    id: BigInt(at), atMs: at * 30_000, organization: 'buyer', project: 'feed', key, purpose: 'product', model: 'm', vector: prompt.vector, bands: prompt.bands, techniques: prompt.techniques, settings: 0,
    actor: undefined, agent: undefined, network: undefined, tokens: 100, standing: 'ordinary',
  }
}

const observed = (past: readonly Prompt[], window: readonly Prompt[], keys: number, accepted: readonly (readonly SeenCall[])[] = []): Observed => {
  const names = times(keys, (at) => `key_${at}`)
  return {
    subject: { kind: keys === 1 ? 'key' : 'cluster', id: 'subject', organization: 'buyer', project: 'feed', keys: names }, purpose: { id: 'product', phase: 'product' }, purposeUnknown: false, sum: 0, accepted,
    calls: [...(keys === 1 ? past : []), ...window].map((prompt, at) => callOf(prompt, at, names[at % keys] ?? '')), purposeCalls: keys === 1 ? [] : past.map((prompt, at) => callOf(prompt, at, 'other')),
  }
}

function verdictsOf(what: string, rounds: number, make: () => Observed): Evaluation['verdicts'][number] {
  const cards = times(rounds, () => scoreCard(make()))
  return { what, signals: rate(cards.map(({ verdict }) => verdict !== 'quiet')), cases: rate(cards.map(({ verdict }) => verdict === 'case')) }
}

/** Days of 50 prompts; each day is drawn without replacement, days from one another with, as the corpus is smaller than 45 days. */
function ramp(random: Random, { reference, later }: Halves, bad: readonly Prompt[], rounds: number, percentAt: (day: number) => number): (number | undefined)[] {
  return times(rounds, () => {
    let sum = 0
    for (let day = 1; day <= 45; day += 1) {
      sum = accumulated(sum, discrepancyScore(embed(vectors(blended(random, bad, later, 50, percentAt(day)))), reference) ?? 0)
      if (sum >= alarmAt) return day
    }
    return undefined
  })
}

function rulesOf(random: Random, of: Readonly<Record<string, readonly Prompt[]>>, good: readonly Prompt[], rounds: number): Evaluation['rules'] {
  const hits = (window: readonly Prompt[], except: readonly string[]): boolean => ruleHits(techniqueShares(window.map((each) => each.techniques))).some(({ name }) => !except.includes(name))
  return Object.entries(of).flatMap(([family, bad]) => [100, 30].map((percent) => {
    const windows = times(rounds, () => blended(random, bad, good, 50, percent))
    return { family, window: 50, percent, ...rate(windows.map((each) => hits(each, []))), without: rate(windows.map((each) => hits(each, knownFrom[family] ?? []))) }
  }))
}

/** Repeats: `rounds` orders of the benign half, `draws` windows of each family, share and size. */
export function evaluate({ seed, rounds, draws }: { readonly seed: number; readonly rounds: number; readonly draws: number }): Evaluation {
  const random = seededRandom(seed)
  const english = prompts('human-en')
  const main = halvesOf(english)
  const bad = Object.fromEntries(distillation.map((family) => [family, prompts(family)])) as Record<Family, Prompt[]>
  const templated = prompts('templated-t0')
  const byTemplate = [...Map.groupBy(templated, ({ template }) => template).values()]
  const multilingual = prompts('human-multilingual')
  const randomHalves = (all: readonly Prompt[]) => (): Halves => halvesOf(shuffled(random, all))
  const perTemplate = (): Halves => halvesOf(shuffled(random, byTemplate[Math.floor(random.fraction() * byTemplate.length)] ?? []))
  const newTemplate = (): Prompt[] => shuffled(random, byTemplate[Math.floor(random.fraction() * byTemplate.length)] ?? [])
  const sizes = [50, 104, 200]
  const change = (share: number) => (): Observed => observed(main.earlier, blended(random, newTemplate(), main.later, 50, share), 1)
  return {
    calibration: calibrate(random, main.earlier, 300),
    falseAlarms: [
      ...falseAlarmsOf(random, 'human-en, later half against earlier', () => main, sizes, rounds),
      ...falseAlarmsOf(random, 'human-en, random halves', randomHalves(english), sizes, rounds),
      ...falseAlarmsOf(random, 'templated-t0, all templates, random halves', randomHalves(templated), sizes, Math.ceil(rounds / 3)),
      ...falseAlarmsOf(random, 'templated-t0, one template, 50 against 50', perTemplate, [50], rounds * 3),
      ...falseAlarmsOf(random, 'human-multilingual, 60 against 60', randomHalves(multilingual), [50], rounds * 3),
    ],
    detection: distillation.flatMap((family) => [100, 30, 20, 10, 5].flatMap((percent) => sizes.map((window) => (
      { family, window, percent, ...rate(times(percent === 100 ? 2 * draws : draws, () => flagged(blended(random, bad[family], main.later, window, percent), main.reference))) })))),
    different: [
      { family: 'templated-t0, one template', window: 50, percent: 0, ...rate(times(draws, () => flagged(newTemplate().slice(0, 50), main.reference))) },
      { family: 'human-multilingual', window: 50, percent: 0, ...rate(times(draws, () => flagged(shuffled(random, multilingual).slice(0, 50), main.reference))) },
    ],
    rules: rulesOf(random, { ...bad, 'human-en': main.later, 'human-multilingual': multilingual, 'templated-t0': templated }, main.earlier, draws),
    verdicts: [
      verdictsOf('ordinary traffic goes on', draws, () => observed(main.earlier, shuffled(random, main.later).slice(0, 50), 1)),
      verdictsOf('half of it becomes a new template', draws, change(50)),
      verdictsOf('all of it becomes a new template', draws, change(100)),
      verdictsOf('it becomes multilingual', draws, () => observed(main.earlier, shuffled(random, multilingual).slice(0, 50), 1)),
      verdictsOf('the new template again, once it is cleared', draws, () => {
        const rows = newTemplate()
        return observed(main.earlier, blended(random, rows.slice(50), main.later, 50, 60), 1, [rows.slice(0, 50).map((prompt, at) => callOf(prompt, at, 'key_0'))])
      }),
      ...distillation.map((family) => verdictsOf(`${family} on one key under a product's purpose`, draws, () => observed(main.earlier, shuffled(random, bad[family]).slice(0, 50), 1))),
      ...distillation.map((family) => verdictsOf(`${family} on 40 keys that were clustered, 5 prompts each`, draws, () => observed(main.earlier, shuffled(random, bad[family]).slice(0, 200), 40))),
      verdictsOf('ordinary traffic of 40 keys that were clustered, 5 prompts each', draws, () => observed(main.earlier, shuffled(random, main.later).slice(0, 200), 40)),
    ],
    days: daysOf(random, main, bad['harvest-roleplay'], Math.ceil(draws / 5)),
  }
}

function daysOf(random: Random, halves: Halves, bad: readonly Prompt[], rounds: number): Evaluation['days'] {
  const measure = (what: string, percentAt: (day: number) => number): Evaluation['days'][number] => {
    const days = ramp(random, halves, bad, rounds, percentAt)
    const raised = days.filter((day) => day !== undefined).toSorted((a, b) => a - b)
    return { what, raised: rate(days.map((day) => day !== undefined)), medianDay: raised[Math.floor(raised.length / 2)] }
  }
  return [
    measure('none', () => 0), measure('5 % each day', () => 5), measure('10 % each day', () => 10), measure('2 % more each day, up to 30 %', (day) => Math.min(30, 2 * day)),
  ]
}
