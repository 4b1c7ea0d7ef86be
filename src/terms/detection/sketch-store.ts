/** Sketches, signals and clusters in the database. */
import type { Sql } from '../../store/store.ts'
import type { Cluster } from './clusters.ts'
import type { ScoreCard } from './score-card.ts'
import type { SeenCall, Standing } from './seen.ts'

/** A sketched call on its way into the database. */
export interface NewSketch {
  readonly atMs: number
  readonly organization: string
  readonly project: string
  readonly key: string
  readonly purpose: string | undefined
  readonly model: string
  /** Packed: see sketch.ts. */
  readonly vector: Uint8Array
  readonly bands: Uint8Array
  readonly techniques: number
  readonly settings: number
  readonly actor: string | undefined
  readonly agent: string | undefined
  readonly network: string | undefined
  readonly tokens: number
}

/** What became of the calls of a node since it last said so. */
export interface Tally {
  readonly calls: number
  readonly sketched: number
  /** Beyond what a key is sampled for in a minute. */
  readonly thinned: number
  /** The queue was full. */
  readonly dropped: number
  /** No text in them: images, sound, what does not parse. */
  readonly unread: number
}

/** Sketches in one statement: bytes as hex, because arrays of bytea do not pass the driver as they are. */
export async function storeSketches(sql: Sql, sketches: readonly NewSketch[]): Promise<void> {
  const column = (of: (one: NewSketch) => unknown): unknown[] => sketches.map((one) => of(one) ?? null)
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  await sql(
    `INSERT INTO detection_sketch (at_ms, organization, project, key, purpose, model, vector, bands, techniques, settings, actor, agent, network, tokens)
     SELECT a, o, p, k, u, m, decode(v, 'hex'), decode(b, 'hex'), t, s, c, g, n, x
     FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::integer[], $10::integer[], $11::text[], $12::text[], $13::text[], $14::integer[])
       AS each (a, o, p, k, u, m, v, b, t, s, c, g, n, x)`,
    [column(({ atMs }) => String(atMs)), column(({ organization }) => organization), column(({ project }) => project), column(({ key }) => key), column(({ purpose }) => purpose), column(({ model }) => model),
      column(({ vector }) => hex(vector)), column(({ bands }) => hex(bands)), column(({ techniques }) => techniques), column(({ settings }) => settings), column(({ actor }) => actor), column(({ agent }) => agent),
      column(({ network }) => network), column(({ tokens }) => tokens)])
}

export const addTally = (sql: Sql, node: string, atMs: number, { calls, sketched, thinned, dropped, unread }: Tally): Promise<unknown> =>
  sql(
    `INSERT INTO detection_tally AS t (day, node, calls, sketched, thinned, dropped, unread) VALUES ((to_timestamp($1::float8 / 1000) AT TIME ZONE 'UTC')::date, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (day, node) DO UPDATE SET calls = t.calls + excluded.calls, sketched = t.sketched + excluded.sketched, thinned = t.thinned + excluded.thinned, dropped = t.dropped + excluded.dropped, unread = t.unread + excluded.unread`,
    [atMs, node, calls, sketched, thinned, dropped, unread])

/** Sums over all nodes since an instant. */
export async function readTally(sql: Sql, sinceMs: number): Promise<Tally> {
  const [row] = await sql<Record<keyof Tally, string>>(
    `SELECT coalesce(sum(calls), 0) AS calls, coalesce(sum(sketched), 0) AS sketched, coalesce(sum(thinned), 0) AS thinned, coalesce(sum(dropped), 0) AS dropped, coalesce(sum(unread), 0) AS unread
     FROM detection_tally WHERE day >= (to_timestamp($1::float8 / 1000) AT TIME ZONE 'UTC')::date`, [sinceMs])
  const count = (name: keyof Tally): number => Number(row?.[name] ?? 0)
  return { calls: count('calls'), sketched: count('sketched'), thinned: count('thinned'), dropped: count('dropped'), unread: count('unread') }
}

interface SketchRow extends Record<string, unknown> {
  readonly id: string; readonly at_ms: string; readonly organization: string; readonly project: string; readonly key: string; readonly purpose: string | null; readonly model: string; readonly vector: Buffer; readonly bands: Buffer
  readonly techniques: number; readonly settings: number; readonly actor: string | null; readonly agent: string | null; readonly network: string | null; readonly tokens: number; readonly standing: Standing
}

const columns = 'id, at_ms, organization, project, key, purpose, model, vector, bands, techniques, settings, actor, agent, network, tokens, standing'

function seenOf(row: SketchRow): SeenCall {
  return {
    id: BigInt(row.id), atMs: Number(row.at_ms), organization: row.organization, project: row.project, key: row.key, purpose: row.purpose ?? undefined, model: row.model, vector: row.vector,
    bands: new Uint32Array(new Uint8Array(row.bands).buffer), techniques: row.techniques, settings: row.settings, actor: row.actor ?? undefined, agent: row.agent ?? undefined, network: row.network ?? undefined, tokens: row.tokens, standing: row.standing,
  }
}

/** Rows of one statement: a page stays well under the 50 ms that a statement may take. */
const pageRows = 500

export interface SketchFilter {
  readonly keys?: readonly string[]
  readonly exceptKeys?: readonly string[]
  readonly organization?: string
  readonly purpose?: string
  readonly signal?: string
  readonly sinceMs: number
  readonly beforeId?: bigint
  readonly limit: number
}

/** The newest sketches that match, the oldest of them first; read in pages. */
export async function readSketches(sql: Sql, filter: SketchFilter): Promise<SeenCall[]> {
  const found: SeenCall[] = []
  for (let before = filter.beforeId; found.length < filter.limit;) {
    const wanted = Math.min(pageRows, filter.limit - found.length)
    const rows = await sql<SketchRow>(
      `SELECT ${columns} FROM detection_sketch WHERE at_ms >= $1 AND ($2::bigint IS NULL OR id < $2) AND ($3::text[] IS NULL OR key = ANY ($3)) AND ($4::text[] IS NULL OR key <> ALL ($4))
       AND ($5::text IS NULL OR organization = $5) AND ($6::text IS NULL OR purpose = $6) AND ($7::text IS NULL OR signal = $7) ORDER BY id DESC LIMIT $8`,
      [String(filter.sinceMs), before === undefined ? null : String(before), filter.keys ?? null, filter.exceptKeys ?? null, filter.organization ?? null, filter.purpose ?? null, filter.signal ?? null, wanted])
    found.push(...rows.map(seenOf))
    before = found.at(-1)?.id
    if (rows.length < wanted) break
  }
  return found.toReversed()
}

export interface Signal {
  readonly id: string
  readonly subject: string
  readonly organization: string
  readonly raisedMs: number
  readonly updatedMs: number
  /** waiting: it would be a case, and the day's cases are full. */
  readonly state: 'open' | 'waiting' | 'case' | 'cleared'
  readonly rank: number
  readonly card: ScoreCard
  readonly caseId: string | undefined
  readonly cleared: { readonly under: string; readonly by: string; readonly atMs: number; readonly says: string } | undefined
}

interface SignalRow extends Record<string, unknown> {
  readonly id: string; readonly subject: string; readonly organization: string; readonly raised_ms: string; readonly updated_ms: string; readonly state: Signal['state']; readonly rank: string; readonly card: ScoreCard
  readonly case_id: string | null; readonly cleared_under: string | null; readonly cleared_by: string | null; readonly cleared_ms: string | null; readonly says: string | null
}

function signalOf(row: SignalRow): Signal {
  return {
    id: row.id, subject: row.subject, organization: row.organization, raisedMs: Number(row.raised_ms), updatedMs: Number(row.updated_ms), state: row.state, rank: Number(row.rank), card: row.card, caseId: row.case_id ?? undefined,
    cleared: row.cleared_under === null ? undefined : { under: row.cleared_under, by: row.cleared_by ?? '', atMs: Number(row.cleared_ms), says: row.says ?? '' },
  }
}

/** The most urgent first: what waits for a case, then what is open, by rank. */
export async function readSignals(sql: Sql, filter: { readonly organization?: string; readonly state?: Signal['state']; readonly limit: number }): Promise<Signal[]> {
  const rows = await sql<SignalRow>(
    `SELECT * FROM detection_signal WHERE ($1::text IS NULL OR organization = $1) AND ($2::text IS NULL OR state = $2) ORDER BY array_position(ARRAY['waiting', 'open', 'case', 'cleared'], state), rank DESC, id LIMIT $3`,
    [filter.organization ?? null, filter.state ?? null, filter.limit])
  return rows.map(signalOf)
}

export const readSignal = async (sql: Sql, id: string): Promise<Signal | undefined> => (await sql<SignalRow>('SELECT * FROM detection_signal WHERE id = $1', [id])).map(signalOf)[0]

export const openSignalOf = async (sql: Sql, subject: string): Promise<Signal | undefined> =>
  (await sql<SignalRow>(`SELECT * FROM detection_signal WHERE subject = $1 AND state <> 'cleared'`, [subject])).map(signalOf)[0]

/** Raises a signal, or brings the one that is open up to date. */
export async function saveSignal(sql: Sql, id: string, card: ScoreCard, state: Signal['state'], rank: number, caseId: string | undefined, atMs: number): Promise<void> {
  await sql(
    `INSERT INTO detection_signal (id, subject, organization, project, purpose, raised_ms, updated_ms, state, rank, card, case_id) VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9::jsonb, $10)
     ON CONFLICT (id) DO UPDATE SET updated_ms = excluded.updated_ms, state = excluded.state, rank = excluded.rank, card = excluded.card, case_id = coalesce(excluded.case_id, detection_signal.case_id)`,
    [id, card.subject.id, card.subject.organization, card.subject.project ?? null, card.purpose ?? null, String(atMs), state, String(rank), JSON.stringify(card), caseId ?? null])
}

/** What a signal rests on leaves the baselines until somebody has judged it. */
export const flagSketches = (sql: Sql, signal: string, ids: readonly bigint[]): Promise<unknown> =>
  sql(`UPDATE detection_sketch SET standing = 'flagged', signal = $1 WHERE id = ANY ($2::bigint[]) AND standing = 'ordinary'`, [signal, ids.map(String)])

export async function storeClusters(sql: Sql, clusters: readonly Cluster[], atMs: number): Promise<void> {
  await sql('DELETE FROM detection_cluster WHERE id <> ALL ($1::text[])', [clusters.map(({ id }) => id)])
  for (const { id, keys, links } of clusters) {
    await sql('INSERT INTO detection_cluster (id, keys, links, at_ms) VALUES ($1, $2::text[], $3::jsonb, $4) ON CONFLICT (id) DO UPDATE SET keys = excluded.keys, links = excluded.links, at_ms = excluded.at_ms', [id, keys, JSON.stringify(links), String(atMs)])
  }
}

export async function readClusters(sql: Sql): Promise<(Cluster & { readonly atMs: number })[]> {
  const rows = await sql<{ id: string; keys: string[]; links: Cluster['links']; at_ms: string }>('SELECT id, keys, links, at_ms FROM detection_cluster ORDER BY cardinality(keys) DESC, id LIMIT 500')
  return rows.map(({ id, keys, links, at_ms: at }) => ({ id, keys, links, atMs: Number(at) }))
}
