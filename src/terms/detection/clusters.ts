/**
 * Keys that act as one: joined by what they share, before anything is scored, because a campaign that is spread over many
 * keys shows on none of them (reference "Terms and proof" §6, design 2). Joining accuses nobody: it says what is counted
 * together.
 */
import type { SeenCall } from './seen.ts'

export type LinkKind = 'template' | 'end-user' | 'burst'

export interface Link {
  readonly kind: LinkKind
  readonly keys: readonly [string, string]
}

export interface Cluster {
  readonly id: string
  readonly keys: readonly string[]
  /** How many links of each kind hold it together. */
  readonly links: Readonly<Partial<Record<LinkKind, number>>>
}

/** Disjoint sets with path halving and union by size. */
export function unionFind(): { readonly find: (name: string) => string; readonly join: (a: string, b: string) => void; readonly sets: () => readonly (readonly string[])[] } {
  const parent = new Map<string, string>()
  const size = new Map<string, number>()
  const find = (name: string): string => {
    if (!parent.has(name)) {
      parent.set(name, name)
      size.set(name, 1)
    }
    let at = name
    for (let up = parent.get(at) ?? at; up !== at; up = parent.get(at) ?? at) {
      const above = parent.get(up) ?? up
      parent.set(at, above)
      at = above
    }
    return at
  }
  return {
    find,
    join: (a, b) => {
      const [one, other] = [find(a), find(b)]
      if (one === other) return
      const [large, small] = (size.get(one) ?? 0) >= (size.get(other) ?? 0) ? [one, other] : [other, one]
      parent.set(small, large)
      size.set(large, (size.get(large) ?? 0) + (size.get(small) ?? 0))
    },
    sets: () => {
      const bySet = new Map<string, string[]>()
      for (const name of parent.keys()) bySet.set(find(name), [...(bySet.get(find(name)) ?? []), name])
      return [...bySet.values()].map((names) => names.toSorted())
    },
  }
}

/** A template counts for a key where at least this share of its prompts, and two of them, are near-duplicates. */
const templateShare = 0.2
/** Keys that appear within this time, from one network with one client software, are one burst where they are at least so many. */
const burstMs = 600_000
const burstKeys = 5

/** Bands that many prompts of a key share: its templates. */
function templatesOf(calls: readonly SeenCall[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const { bands } of calls) bands.forEach((band, at) => counts.set(`${at}:${band}`, (counts.get(`${at}:${band}`) ?? 0) + 1))
  return [...counts].filter(([, count]) => count >= Math.max(2, calls.length * templateShare)).map(([band]) => band)
}

/** Neighbours in groups that share a name are linked; a chain suffices, as joining is transitive. */
function chain(kind: LinkKind, groups: ReadonlyMap<string, readonly string[]>, min = 2): Link[] {
  const seen = new Set<string>()
  return [...groups.values()].flatMap((keys) => {
    const distinct = [...new Set(keys)]
    if (distinct.length < min) return []
    return distinct.slice(1).flatMap((key, at): Link[] => {
      const before = distinct[at] ?? key
      const name = `${before} ${key}`
      if (seen.has(name)) return []
      seen.add(name)
      return [{ kind, keys: [before, key] }]
    })
  })
}

function grouped(entries: Iterable<readonly [string, string]>): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const [name, key] of entries) {
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [key])
    else group.push(key)
  }
  return groups
}

/**
 * Keys that appeared together: sorted by their first call, each with the one before it where that was within the burst. Only
 * in an organization that was seen before: in a new one every key is new.
 */
function bursts(calls: readonly SeenCall[], isNew: (key: string) => boolean): Map<string, string[]> {
  const since = new Map<string, number>()
  for (const { organization, atMs } of calls) since.set(organization, Math.min(since.get(organization) ?? atMs, atMs))
  const first = new Map<string, SeenCall>()
  for (const call of calls) if (isNew(call.key) && (first.get(call.key)?.atMs ?? Number.POSITIVE_INFINITY) > call.atMs) first.set(call.key, call)
  const appeared = [...first.values()].filter(({ network, agent, organization, atMs }) => network !== undefined && agent !== undefined && atMs - (since.get(organization) ?? atMs) > burstMs).toSorted((a, b) => a.atMs - b.atMs)
  const groups = new Map<string, string[]>()
  const last = new Map<string, { readonly name: string; readonly atMs: number }>()
  for (const { key, atMs, organization, network, agent } of appeared) {
    const origin = `${organization} ${network} ${agent}`
    const before = last.get(origin)
    const name = before !== undefined && atMs - before.atMs <= burstMs ? before.name : `${origin} ${atMs}`
    last.set(origin, { name, atMs })
    groups.set(name, [...(groups.get(name) ?? []), key])
  }
  return groups
}

/** What links keys in these calls. `isNew` tells whether a key's first call lies among them: only then can it be part of a burst. */
export function linksIn(calls: readonly SeenCall[], isNew: (key: string) => boolean): Link[] {
  const byKey = Map.groupBy(calls, ({ key }) => key)
  const templates = grouped([...byKey].flatMap(([key, own]) => templatesOf(own).map((band) => [band, key] as const)))
  const actors = grouped(calls.flatMap(({ actor, key }) => (actor === undefined ? [] : [[actor, key] as const])))
  return [...chain('template', templates), ...chain('end-user', actors), ...chain('burst', bursts(calls, isNew), burstKeys)]
}

/** Sets of two keys or more. The id is that of its first key by name, so that a cluster that grows at its end keeps it. */
export function clustersIn(links: readonly Link[]): Cluster[] {
  const sets = unionFind()
  for (const { keys: [a, b] } of links) sets.join(a, b)
  return sets.sets().map((keys) => {
    const own: Partial<Record<LinkKind, number>> = {}
    for (const link of links) if (keys.includes(link.keys[0])) own[link.kind] = (own[link.kind] ?? 0) + 1
    return { id: `cluster:${keys[0] ?? ''}`, keys, links: own }
  })
}
