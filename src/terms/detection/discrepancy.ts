/**
 * How far a window of prompts lies from a reference: the unbiased maximum mean discrepancy, MMD², of the L2-normalised
 * vectors under the dot product (Gretton and others, "A Kernel Two-Sample Test", JMLR 13, 2012, lemma 6), divided by
 * its standard deviation where both come from one source. The division is what lets one threshold serve windows of 50
 * and of 1,000 and references of any size: a small reference widens the deviation instead of raising false alarms.
 */
import { dimensions, vectorBytes } from './sketch.ts'

/** A set of prompts as far as MMD needs it: sums do, so that a window costs its length and not its square. */
export interface Embedding {
  /** Sum of the normalised vectors. */
  readonly sum: Float64Array
  readonly count: number
}

/** What windows are compared with. */
export interface Reference extends Embedding {
  /** Mean square of the dot product of two centred members: how much chance alone moves MMD². Undefined: too few to say. */
  readonly spread: number | undefined
}

/** Most pairs that the spread is estimated from. */
const pairsMax = 4_000

/** A prompt's vector by its slots that are not zero: a fifth of all, so sums and products cost a fifth. */
interface Unit {
  readonly plus: Uint16Array
  readonly minus: Uint16Array
  /** One divided by the length. */
  readonly scale: number
}

const held = new Uint16Array(dimensions)

/** Slots whose bits are set in one half of a packed vector. */
function slotsIn(vector: Uint8Array, from: number): Uint16Array {
  let count = 0
  for (let at = 0; at < vectorBytes / 2; at += 1) {
    for (let bits = vector[from + at] as number; bits !== 0; bits &= bits - 1) held[count++] = at * 8 + 31 - Math.clz32(bits & -bits)
  }
  return held.slice(0, count)
}

function unitOf(vector: Uint8Array): Unit {
  const [plus, minus] = [slotsIn(vector, 0), slotsIn(vector, vectorBytes / 2)]
  return { plus, minus, scale: plus.length + minus.length === 0 ? 0 : 1 / Math.sqrt(plus.length + minus.length) }
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let slot = 0; slot < dimensions; slot += 1) sum += (a[slot] as number) * (b[slot] as number)
  return sum
}

/** Product of a unit with a whole vector. */
function along(unit: Unit, whole: Float64Array): number {
  let sum = 0
  for (const slot of unit.plus) sum += whole[slot] as number
  for (const slot of unit.minus) sum -= whole[slot] as number
  return sum * unit.scale
}

function addTo(whole: Float64Array, { plus, minus }: Unit, scale: number): void {
  for (const slot of plus) whole[slot] = (whole[slot] as number) + scale
  for (const slot of minus) whole[slot] = (whole[slot] as number) - scale
}

/** Mean square of (x − m)·(y − m) over pairs at fixed distances: every member takes part as often. */
function spreadOf(units: readonly Unit[], sum: Float64Array): number | undefined {
  const count = units.length
  if (count < 8) return undefined
  const mean = sum.map((value) => value / count)
  const square = dot(mean, mean)
  const toMean = units.map((unit) => along(unit, mean))
  const distances = Math.max(1, Math.min(count - 1, Math.floor(pairsMax / count)))
  const whole = new Float64Array(dimensions)
  let total = 0
  units.forEach((unit, at) => {
    addTo(whole, unit, unit.scale)
    for (let distance = 1; distance <= distances; distance += 1) {
      const other = (at + distance) % count
      const centred = along(units[other] as Unit, whole) - (toMean[at] as number) - (toMean[other] as number) + square
      total += centred * centred
    }
    addTo(whole, unit, -unit.scale)
  })
  // Centring by the sample's own mean takes away a part of each member.
  return (total / (distances * count)) * (count / (count - 1)) ** 2
}

function summed(units: readonly Unit[]): Embedding {
  const sum = new Float64Array(dimensions)
  for (const unit of units) addTo(sum, unit, unit.scale)
  return { sum, count: units.length }
}

export const embed = (vectors: readonly Uint8Array[]): Embedding => summed(vectors.map(unitOf))

export function referenceOf(vectors: readonly Uint8Array[]): Reference {
  const units = vectors.map(unitOf)
  const all = summed(units)
  return { ...all, spread: spreadOf(units, all.sum) }
}

/** Mean dot product of two different members. */
const within = ({ sum, count }: Embedding): number => (dot(sum, sum) - count) / (count * (count - 1))
const across = (a: Embedding, b: Embedding): number => dot(a.sum, b.sum) / (a.count * b.count)

/** Unbiased MMD² of two sets of two members or more: zero on average where both come from one source, and below zero half the time. */
export const squaredDiscrepancy = (a: Embedding, b: Embedding): number => within(a) + within(b) - 2 * across(a, b)

/** Standard deviation of MMD² where both sets come from the reference's source: sqrt(2 s) (1/m + 1/n). */
const deviation = (spread: number, window: number, reference: number): number => Math.sqrt(2 * spread) * (1 / window + 1 / reference)

/** The discrepancy in standard deviations; undefined where the reference is too small to say. */
export function discrepancyScore(window: Embedding, reference: Reference): number | undefined {
  if (window.count < 2 || reference.count < 2 || reference.spread === undefined || reference.spread <= 0) return undefined
  return squaredDiscrepancy(window, reference) / deviation(reference.spread, window.count, reference.count)
}

/**
 * The score against two sources at once: against the mixture of them that fits best. A project that goes over from one
 * accepted template to another is in neither's reference and in a mixture of both.
 */
export function mixtureScore(window: Embedding, first: Reference, second: Reference): number | undefined {
  if (first.spread === undefined || second.spread === undefined) return discrepancyScore(window, first)
  const [a, b, ab] = [within(first), within(second), across(first, second)]
  const [wa, wb] = [across(window, first), across(window, second)]
  const curve = a + b - 2 * ab
  const share = curve <= 0 ? 1 : Math.max(0, Math.min(1, (wa - wb + b - ab) / curve))
  const squared = within(window) - 2 * (share * wa + (1 - share) * wb) + share * share * a + (1 - share) * (1 - share) * b + 2 * share * (1 - share) * ab
  const spread = share * first.spread + (1 - share) * second.spread
  const reference = 1 / (share * share / first.count + (1 - share) ** 2 / second.count)
  return spread <= 0 ? undefined : squared / deviation(spread, window.count, reference)
}
