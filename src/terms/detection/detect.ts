/**
 * A round of detection, on the control node that leads: what came since the last round is clustered, every subject with
 * enough new calls is scored against its own past and its purpose, and verdicts are carried out. It reads pages and writes
 * short transactions at the lowest priority: calls never wait for it.
 */
import type { Clock } from '../../kernel/clock.ts'
import type { Sql, Store } from '../../store/store.ts'
import { readRegister } from '../register/record-store.ts'
import { currentPurpose, type Register } from '../register/register.ts'
import type { Cluster } from './clusters.ts'
import { carryOut, promoteWaiting } from './raise-signal.ts'
import type { Reckoned } from './reckon.ts'
import { referenceMax, windowSizes, type ScoreCard, type Subject } from './score-card.ts'
import type { SeenCall } from './seen.ts'
import { readSignals, readSketches, storeClusters, type Signal } from './sketch-store.ts'

export interface DetectPorts {
  readonly store: Store
  readonly clock: Clock
  readonly makeId: (prefix: string) => string
  /** Maker of a public model name. */
  readonly makerOf: (model: string) => string | undefined
  /** Works out clusters and scores. */
  readonly reckon: Reckoned
  /** Told of each new signal, for people and webhooks. */
  readonly raised: (signal: Signal) => void
}

const dayMs = 86_400_000
/** How long calls count for baselines, and how long keys are linked by what they share. */
const baselineMs = 30 * dayMs
const linkMs = dayMs
/** Newest calls that links are looked for in. */
const linkRows = 5_000
/** New calls that make a subject due: windows of this size follow one another without overlap. */
const stride = windowSizes[0]
/** Subjects that one round scores; the others come in the next. */
const subjectsMax = 40
/** Accepted changes that a purpose is compared with, the latest first, and the prompts taken of each. */
const acceptedMax = 4
const acceptedRows = 200

interface Due {
  readonly subject: Subject
  readonly fresh: number
  readonly newest: bigint
}

/** Clusters before keys and projects: what a cluster's signal covers is not raised again for its parts. */
function subjectsIn(recent: readonly SeenCall[], clusters: readonly Cluster[]): Subject[] {
  const home = new Map(recent.map(({ key, organization, project }) => [key, { organization, project }]))
  const inCluster = clusters.flatMap((cluster): Subject[] => {
    const homes = cluster.keys.flatMap((key) => home.get(key) ?? [])
    const organization = homes[0]?.organization
    if (organization === undefined) return []
    // A case is about one organization: keys of others are counted in the cluster and judged in their own.
    const own = cluster.keys.filter((key) => home.get(key)?.organization === organization)
    const projects = new Set(own.map((key) => home.get(key)?.project))
    return [{ kind: 'cluster', id: cluster.id, organization, project: projects.size === 1 ? homes[0]?.project : undefined, keys: own }]
  })
  const keys = [...home].map(([key, { organization, project }]): Subject => ({ kind: 'key', id: `key:${key}`, organization, project, keys: [key] }))
  const projects = [...Map.groupBy(keys, ({ organization, project }) => `${organization}/${project ?? ''}`)].filter(([, members]) => members.length > 1)
    .map(([name, members]): Subject => ({ kind: 'project', id: `project:${name}`, organization: members[0]?.organization ?? '', project: members[0]?.project, keys: members.flatMap((member) => member.keys) }))
  return [...inCluster, ...keys, ...projects]
}

const openSignals = async (sql: Sql): Promise<Signal[]> => (await readSignals(sql, { limit: 1_000 })).filter(({ state }) => state !== 'cleared')

/** With enough new calls, or with keys that its open signal does not name yet. */
async function dueIn(sql: Sql, recent: readonly SeenCall[], subjects: readonly Subject[]): Promise<Due[]> {
  const named = new Map((await openSignals(sql)).map(({ subject, card }) => [subject, card.subject.keys.length]))
  const rows = await sql<{ subject: string; seen: string }>('SELECT subject, seen FROM detection_progress WHERE subject = ANY ($1::text[])', [subjects.map(({ id }) => id)])
  const seen = new Map(rows.map((row) => [row.subject, BigInt(row.seen)]))
  const byKey = Map.groupBy(recent, ({ key }) => key)
  return subjects.map((subject): Due => {
    const calls = subject.keys.flatMap((key) => byKey.get(key) ?? []).filter(({ id }) => id > (seen.get(subject.id) ?? 0n))
    return { subject, fresh: calls.length, newest: calls.reduce((most, { id }) => (id > most ? id : most), 0n) }
  }).filter(({ subject, fresh }) => fresh >= stride || (fresh > 0 && subject.keys.length > (named.get(subject.id) ?? subject.keys.length)))
}

/** The purpose of most of the newest calls. */
function purposeOf(calls: readonly SeenCall[]): string | undefined {
  const counts = Map.groupBy(calls.slice(-windowSizes[1]), ({ purpose }) => purpose)
  return [...counts].toSorted((a, b) => b[1].length - a[1].length)[0]?.[0]
}

async function acceptedUnder(sql: Sql, organization: string, purpose: string, sinceMs: number): Promise<(readonly SeenCall[])[]> {
  const rows = await sql<{ id: string }>('SELECT id FROM detection_signal WHERE organization = $1 AND cleared_under = $2 ORDER BY cleared_ms DESC LIMIT $3', [organization, purpose, acceptedMax])
  const sets: (readonly SeenCall[])[] = []
  for (const { id } of rows) sets.push(await readSketches(sql, { signal: id, sinceMs, limit: acceptedRows }))
  return sets
}

type Scored = { readonly card: ScoreCard; readonly calls: readonly SeenCall[] }

async function scored(sql: Sql, score: Reckoned['score'], subject: Subject, register: Register, nowMs: number): Promise<Scored | undefined> {
  const sinceMs = nowMs - baselineMs
  const calls = await readSketches(sql, { keys: subject.keys, sinceMs, limit: 2 * referenceMax })
  const from = calls.at(-Math.min(windowSizes[1], calls.length))
  if (from === undefined) return undefined
  const name = purposeOf(calls)
  const purpose = currentPurpose(register, subject.organization, name, nowMs)
  const purposeCalls = name === undefined ? [] : await readSketches(sql, { organization: subject.organization, purpose: name, exceptKeys: subject.keys, beforeId: from.id, sinceMs, limit: referenceMax })
  const accepted = name === undefined ? [] : await acceptedUnder(sql, subject.organization, name, sinceMs)
  const [progress] = await sql<{ accumulated: number }>('SELECT accumulated FROM detection_progress WHERE subject = $1', [subject.id])
  const declared = purpose === undefined ? undefined : { id: purpose.id, phase: purpose.phase }
  const card = await score({ subject, calls, purposeCalls, accepted, purpose: declared, purposeUnknown: name !== undefined && purpose === undefined, sum: Number(progress?.accumulated ?? 0) })
  return { card, calls }
}

/** Whether the open signal of something larger already says it. */
const covered = (subject: Subject, signals: readonly Signal[]): boolean =>
  signals.some(({ card, subject: name }) => name !== subject.id && (subject.kind === 'project' ? card.subject.keys.some((key) => subject.keys.includes(key)) : subject.keys.every((key) => card.subject.keys.includes(key))))

/** Makes rounds one after another; each answers how many subjects it scored. */
export function makeDetector(ports: DetectPorts): () => Promise<number> {
  const { store, clock, makeId, makerOf, reckon } = ports
  const ask: Sql = (text, values) => store.query('jobs', text, values)
  let lastSeen = -1n
  const makerIn = ({ model }: ScoreCard): string | undefined => makerOf(model)

  const newKeys = async (recent: readonly SeenCall[]): Promise<ReadonlySet<string>> => {
    const oldest = recent[0]?.id ?? 0n
    const keys = [...new Set(recent.map(({ key }) => key))]
    const rows = await ask<{ key: string }>('SELECT k.key FROM unnest($1::text[]) AS k (key) WHERE NOT EXISTS (SELECT FROM detection_sketch s WHERE s.key = k.key AND s.id < $2)', [keys, String(oldest)])
    return new Set(rows.map(({ key }) => key))
  }

  const judge = async ({ subject, newest: seen }: Due, register: Register, nowMs: number): Promise<void> => {
    const found = await scored(ask, reckon.score, subject, register, nowMs)
    if (found === undefined) return
    const { card, calls } = found
    const open = await openSignals(ask)
    const size = Math.max(windowSizes[0], ...card.windows.filter(({ score }) => score !== undefined && score === card.score).map((window) => window.size))
    const known = new Set(open.map(({ id }) => id))
    const signal = await store.transaction('jobs', async (sql) => {
      await sql('INSERT INTO detection_progress (subject, seen, accumulated, at_ms) VALUES ($1, $2, $3, $4) ON CONFLICT (subject) DO UPDATE SET seen = excluded.seen, accumulated = excluded.accumulated, at_ms = excluded.at_ms', [subject.id, String(seen), card.accumulated, String(nowMs)])
      return covered(subject, open) ? undefined : carryOut({ sql, makeId, nowMs }, card, calls.slice(-(subject.kind === 'cluster' ? windowSizes[1] : size)), makerIn(card))
    })
    if (signal !== undefined && !known.has(signal.id)) ports.raised(signal)
  }

  return async () => {
    const nowMs = clock.now()
    const [top] = await ask<{ id: string | null }>('SELECT max(id) AS id FROM detection_sketch')
    const newest = BigInt(top?.id ?? 0)
    await store.transaction('jobs', (sql) => promoteWaiting({ sql, makeId, nowMs }, makerIn))
    if (newest === lastSeen) return 0
    const recent = await readSketches(ask, { sinceMs: nowMs - linkMs, limit: linkRows })
    const fresh = await newKeys(recent)
    const clusters = await reckon.clusters(recent, fresh)
    await store.transaction('jobs', (sql) => storeClusters(sql, clusters, nowMs))
    const due = (await dueIn(ask, recent, subjectsIn(recent, clusters))).slice(0, subjectsMax)
    const register = due.length === 0 ? undefined : await readRegister(ask)
    if (register !== undefined) for (const one of due) await judge(one, register, nowMs)
    lastSeen = due.length === subjectsMax ? lastSeen : newest
    return due.length
  }
}

/** Sketches live as long as baselines do; signals stay. */
export const forgetSketches = (store: Store, nowMs: number): Promise<unknown> =>
  store.query('jobs', 'DELETE FROM detection_sketch WHERE id IN (SELECT id FROM detection_sketch WHERE at_ms < $1 LIMIT 5000)', [String(nowMs - baselineMs - dayMs)])
