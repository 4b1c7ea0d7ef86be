/** Draws from a seeded source. Each part of a world draws from its own branch, so that a change in one leaves the others as they are. */
import { seededRandom, type Random } from '../../src/kernel/random.ts'

export interface Draw {
  readonly random: Random
  /** True with this probability. */
  readonly chance: (probability: number) => boolean
  /** A whole number from `low` to `high`, both included. */
  readonly whole: (low: number, high: number) => number
  readonly real: (low: number, high: number) => number
  readonly one: <T>(items: readonly T[]) => T
  /** One of the names, by weight. */
  readonly weighted: <K extends string>(weights: Readonly<Record<K, number>>) => K
  readonly branch: (name: string) => Draw
}

/** FNV-1a over the name, mixed with the seed. */
function mixed(seed: number, name: string): number {
  let hash = (2_166_136_261 ^ seed) >>> 0
  for (let index = 0; index < name.length; index += 1) hash = Math.imul(hash ^ name.charCodeAt(index), 16_777_619) >>> 0
  return hash
}

export function drawFrom(seed: number): Draw {
  const random = seededRandom(seed)
  const real = (low: number, high: number): number => low + random.fraction() * (high - low)
  const whole = (low: number, high: number): number => low + Math.floor(random.fraction() * (high - low + 1))
  return {
    random, real, whole,
    chance: (probability) => random.fraction() < probability,
    one: (items) => {
      const item = items[whole(0, items.length - 1)]
      if (item === undefined) throw new Error('nothing to draw from')
      return item
    },
    weighted: (weights) => {
      const names = Object.keys(weights) as (keyof typeof weights)[]
      let at = random.fraction() * names.reduce((sum, name) => sum + weights[name], 0)
      for (const name of names) {
        at -= weights[name]
        if (at < 0) return name
      }
      return names[0] as keyof typeof weights
    },
    branch: (name) => drawFrom(mixed(seed, name)),
  }
}
