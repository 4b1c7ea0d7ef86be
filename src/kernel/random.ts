import { randomBytes } from 'node:crypto'

/** Randomness comes in from outside. `bytes` is fit for secrets in the system's form only; a seeded one is for tests. */
export interface Random {
  /** Uniform in [0, 1). */
  readonly fraction: () => number
  readonly bytes: (count: number) => Buffer
}

export const systemRandom: Random = {
  fraction: () => Math.random(),
  bytes: (count) => randomBytes(count),
}

/** A deterministic source (mulberry32) for the simulator, the sandbox and tests: the same seed, the same run. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const bytes = (count: number): Buffer => {
    const buffer = Buffer.alloc(count)
    for (let index = 0; index < count; index += 1) buffer[index] = Math.floor(fraction() * 256)
    return buffer
  }
  return { fraction, bytes }
}

/** A whole number in [0, below). */
export const wholeBelow = (random: Random, below: number): number => Math.floor(random.fraction() * below)
