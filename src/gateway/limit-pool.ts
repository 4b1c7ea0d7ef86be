/**
 * A rate limit that several nodes share: one bucket in the database, out of which nodes take what they are about to admit.
 * What is taken leaves the bucket, so all nodes together admit what one bucket would: its capacity at once, and its refill
 * from then on. Nothing is divided beforehand: a single busy node can have all, and a limit smaller than the number of
 * nodes is served call by call. Where there is not enough for all, each is served in proportion to what it wants.
 *
 * Pure: the store locks the bucket's row, calls `grant`, and writes down what it answers.
 */
import type { ScopedLimits } from './snapshot.ts'

export interface Pool {
  /** What may be taken now; below zero after a call that was larger than the whole limit. */
  readonly requests: number
  readonly tokens: number
  /** Milliseconds of the database's clock up to which it is filled. */
  readonly at: number
}

/** What a node has and wants, as of its last ask. */
export interface Part {
  readonly requestsHeld: number
  readonly tokensHeld: number
  /** A second. */
  readonly requestsWanted: number
  readonly tokensWanted: number
  /** Open calls that it may have at a time, and would like to have. */
  readonly places: number
  readonly placesWanted: number
  readonly at: number
}

export interface Ask {
  /** Present reserves; what is beyond `want` is given back. Below zero: admitted beyond what was taken, to be made good. */
  readonly requestsHeld: number
  readonly tokensHeld: number
  /** More than what is held: without `Need` the answer is of no use to the call that waits, `Want` is what would be welcome. Below zero: given back. */
  readonly requestsNeed: number
  readonly requestsWant: number
  readonly tokensNeed: number
  readonly tokensWant: number
  /** What this node's calls ask for, a second, served or not. */
  readonly requestsPace: number
  readonly tokensPace: number
  readonly open: number
  readonly placesNeed: number
  readonly placesWant: number
}

export interface Granted {
  /** Added to the reserves; below zero where something was given back. */
  readonly requests: number
  readonly tokens: number
  /** All that the node has from now on. */
  readonly places: number
  /** What is left for anybody. */
  readonly left: { readonly requests: number; readonly tokens: number; readonly places: number }
  /** Others want more than there is: what is not used is to be given back at once. */
  readonly contested: boolean
}

/** After its last ask a node's wishes count so long, and its open calls so long: it may be cut off and still serve them. */
export const wishesMs = 3_000
export const placesMs = 30_000

const minuteMs = 60_000

export const fullPool = (limits: ScopedLimits, at: number): Pool => ({ requests: limits.requestsPerMinute ?? 0, tokens: limits.tokensPerMinute ?? 0, at })

/** Level after a refill. What nodes hold is part of the capacity, so that bucket and reserves together never exceed it. */
function refilled(level: number, capacity: number, held: number, elapsedMs: number): number {
  const room = capacity - held
  return Math.max(Math.min(level, capacity), Math.min(room, level + (Math.max(0, elapsedMs) * capacity) / minuteMs))
}

interface Taking {
  readonly level: number
  readonly capacity: number
  readonly need: number
  readonly want: number
  readonly pace: number
  readonly othersPace: number
  readonly othersHeld: number
  /** What one call takes: less than that would lie with a node and be of no use to anybody. */
  readonly each: number
}

/** How much of `want` is taken out of the bucket. */
function taken({ level, capacity, need, want, pace, othersPace, othersHeld, each }: Taking): number {
  if (want <= 0) return want
  // A call larger than the whole limit goes when the bucket is as full as it gets, and leaves a debt behind.
  const enough = Math.min(need, capacity - Math.min(othersHeld, capacity / 2))
  if (need > 0 && level < enough) return 0
  const total = pace + othersPace
  const fair = total <= 0 || want + othersPace <= level ? want : (Math.max(0, level) * pace) / total
  const ahead = Math.min(want, fair, Math.max(0, level))
  return Math.max(need, Math.floor(ahead / each) * each)
}

const sum = (parts: readonly Part[], of: (part: Part) => number): number => parts.reduce((all, part) => all + of(part), 0)

/** Serves one node's ask. `others` are the other nodes' parts; what is too old in them is not counted. */
export function grant(limits: ScopedLimits, pool: Pool, others: readonly Part[], ask: Ask, now: number): { readonly pool: Pool; readonly part: Part; readonly granted: Granted } {
  const wishing = others.filter((part) => now - part.at < wishesMs)
  const elapsed = now - pool.at
  const kind = (capacity: number | undefined, level: number, held: number, need: number, want: number, pace: number, each: number, of: (part: Part) => readonly [number, number]): { readonly took: number; readonly level: number } => {
    if (capacity === undefined) return { took: 0, level: 0 }
    const othersHeld = sum(wishing, (part) => of(part)[0])
    const filled = refilled(level, capacity, othersHeld + Math.max(0, held), elapsed)
    const took = taken({ level: filled, capacity, need, want, pace, othersPace: sum(wishing, (part) => of(part)[1]), othersHeld, each })
    return { took, level: filled - took }
  }
  const requests = kind(limits.requestsPerMinute, pool.requests, ask.requestsHeld, ask.requestsNeed, ask.requestsWant, ask.requestsPace, 1, (part) => [part.requestsHeld, part.requestsWanted])
  const tokens = kind(limits.tokensPerMinute, pool.tokens, ask.tokensHeld, ask.tokensNeed, ask.tokensWant, ask.tokensPace, ask.requestsPace > 0 ? Math.max(1, ask.tokensPace / ask.requestsPace) : 1, (part) => [part.tokensHeld, part.tokensWanted])
  const places = placesFor(limits.concurrency, others.filter((part) => now - part.at < placesMs), wishing, ask)
  return {
    pool: { requests: requests.level, tokens: tokens.level, at: Math.max(now, pool.at) },
    part: {
      requestsHeld: Math.max(0, ask.requestsHeld + requests.took), tokensHeld: Math.max(0, ask.tokensHeld + tokens.took), requestsWanted: ask.requestsPace, tokensWanted: ask.tokensPace,
      places: places.granted, placesWanted: ask.placesWant, at: now,
    },
    granted: {
      requests: requests.took, tokens: tokens.took, places: places.granted, left: { requests: requests.level, tokens: tokens.level, places: places.left }, contested: places.contested,
    },
  }
}

/** Open calls keep their places; the rest goes to those who want it, in proportion where it does not suffice. */
function placesFor(limit: number | undefined, holding: readonly Part[], wishing: readonly Part[], ask: Ask): { readonly granted: number; readonly left: number; readonly contested: boolean } {
  if (limit === undefined) return { granted: 0, left: 0, contested: false }
  const free = Math.max(0, limit - sum(holding, (part) => part.places))
  const wanted = ask.placesWant + sum(wishing, (part) => part.placesWanted)
  const contested = wanted > limit && wishing.some((part) => part.placesWanted > 0)
  const fair = contested ? Math.floor((limit * ask.placesWant) / wanted) : ask.placesWant
  const granted = Math.min(free, Math.max(ask.open, ask.placesNeed, Math.min(ask.placesWant, fair)))
  return { granted, left: free - granted, contested }
}
