/** When and from where a key calls: cheap signs that say little alone and something together. */
import type { SeenCall } from './seen.ts'

export interface Rhythm {
  /** Coefficient of variation of the gaps between calls: about 1 for people, near 0 for a pacemaker. Undefined: too few calls. */
  readonly variation: number | undefined
  /** Hours of the day (UTC) in which calls came. */
  readonly hours: number
  /** Share of the busy minutes that lie within a tenth of the busiest one: traffic that sits at its quota. */
  readonly pinned: number
  readonly machineLike: boolean
}

const callsMin = 20
const minuteMs = 60_000
const hourMs = 3_600_000

/** Times in milliseconds, in order. */
export function rhythmOf(times: readonly number[]): Rhythm {
  const gaps = times.slice(1).map((time, at) => time - (times[at] ?? time))
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
  const variation = gaps.length < callsMin || mean <= 0 ? undefined : Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length) / mean
  const hours = new Set(times.map((time) => Math.floor(time / hourMs) % 24)).size
  const minutes = new Map<number, number>()
  for (const time of times) minutes.set(Math.floor(time / minuteMs), (minutes.get(Math.floor(time / minuteMs)) ?? 0) + 1)
  const busiest = Math.max(0, ...minutes.values())
  const pinned = minutes.size < 10 || busiest < 5 ? 0 : [...minutes.values()].filter((count) => count >= busiest * 0.9).length / minutes.size
  return { variation, hours, pinned, machineLike: (variation !== undefined && variation < 0.25) || pinned >= 0.5 }
}

export interface Sharing {
  /** Networks (prefixes of addresses, hashed) that calls came from. */
  readonly networks: number
  /** Share of neighbouring calls within a minute that came from two networks: one person is not in two places. */
  readonly switching: number
  readonly shared: boolean
}

export function sharingOf(calls: readonly Pick<SeenCall, 'atMs' | 'network'>[]): Sharing {
  const known = calls.filter(({ network }) => network !== undefined)
  const close = known.slice(1).map((call, at) => [known[at], call] as const).filter(([before, after]) => before !== undefined && after.atMs - before.atMs <= minuteMs)
  const switched = close.filter(([before, after]) => before?.network !== after.network).length
  const networks = new Set(known.map(({ network }) => network)).size
  const switching = close.length < callsMin ? 0 : switched / close.length
  return { networks, switching, shared: networks >= 4 && switching >= 0.25 }
}

/** Settings that those ask for who harvest: several answers a prompt, probabilities of tokens. Bits of a stored sketch. */
export const settings = { severalAnswers: 1, probabilities: 2, notStreamed: 4 } as const

/** Share of calls that ask for several answers or for probabilities. */
export const harvestingShare = (masks: readonly number[]): number =>
  (masks.length === 0 ? 0 : masks.filter((mask) => (mask & (settings.severalAnswers | settings.probabilities)) !== 0).length / masks.length)
