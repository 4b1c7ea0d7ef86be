/**
 * Chapters of the case, run from the console. The work is done by the command line in a process of its own
 * (`weir demo N --json`); this keeps what it says and how it ends, one run at a time on all nodes.
 *
 *   running ─ the command ends with 0 ─► passed
 *      └───── it ends otherwise, is stopped, or its node goes without a word ─► failed
 */
import { z } from 'zod'
import type { Clock } from '../kernel/clock.ts'
import type { MakeId } from '../kernel/ids.ts'
import type { Timers } from '../kernel/timers.ts'
import type { Store } from '../store/store.ts'
import { all } from './entries.ts'
import type { ResourceBook } from './resources.ts'

export type DemoPlace = 'here' | 'alone'

/** Starts the command; handed in by `main.ts`. `undefined`: the demonstration is not part of this installation. */
export interface DemoCommand {
  readonly start: (chapter: number, place: DemoPlace, heard: (line: string) => void) => { readonly ended: Promise<{ readonly code: number; readonly says: string }>; readonly stop: () => void }
  /** The case's figures, each with its origin. */
  readonly figures: () => Readonly<Record<string, CaseFigure>>
}

export interface CaseFigure {
  readonly value: unknown
  readonly unit: string
  /** `reported`, `derived` or `assumed`. */
  readonly origin: string
  readonly says?: string
  readonly from?: string
}

export const chaptersMax = 8
/** A run that its node has said nothing of for this long has gone with it. */
const lostMs = 30_000
const beatEveryMs = 1_000
/** The longest chapter takes about a minute on two cores. */
const runMaxMs = 300_000
const linesMax = 400
const runsShown = 40

const figure = z.object({ book: z.string(), figure: z.string(), value: z.string(), unit: z.string() })
const books = z.object({ before: z.array(figure), after: z.array(figure) })
export const demoRun = z.object({
  id: z.string(), chapter: z.number(), place: z.enum(['here', 'alone']), state: z.enum(['running', 'passed', 'failed']), started_at: z.string(), started_by: z.string(), ended_at: z.string().nullable(),
  lines: z.array(z.object({ chapter: z.number(), says: z.string() })), books: books.nullable().describe('What each party\'s book said before and after; null where the chapter ran against servers of its own.'), says: z.string().nullable().describe('Why it failed.'),
})
export type DemoRun = z.infer<typeof demoRun>

/** What the command prints, a document a line. */
const printed = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('says'), chapter: z.number(), says: z.string() }),
  z.object({ kind: z.literal('ended'), chapter: z.number() }),
  z.object({ kind: z.literal('played'), before: z.array(figure), after: z.array(figure) }),
])

export interface DemoPorts {
  readonly store: Store
  readonly clock: Clock
  readonly timers: Timers
  readonly resources: ResourceBook
  readonly demo: DemoCommand | undefined
  readonly failed: (what: string, cause: unknown) => void
}

/** Why nothing can be run here; undefined: it can. */
export async function notPlayable({ resources, demo }: Pick<DemoPorts, 'resources' | 'demo'>): Promise<string | undefined> {
  if (demo === undefined) return 'The demonstration is not part of this installation.'
  const real = all(await resources.state(), 'provider').filter(({ body: { spec } }) => spec.type !== 'sandbox' || spec.baseUrl !== undefined)
  return real.length === 0 ? undefined : `This installation has real providers (${real.map((one) => one.name).join(', ')}): the case is played on a sandbox installation only.`
}

interface Row { readonly id: string; readonly chapter: number; readonly place: DemoPlace; readonly state: DemoRun['state']; readonly started_ms: string; readonly started_by: string; readonly ended_ms: string | null; readonly lines: DemoRun['lines']; readonly books: DemoRun['books']; readonly says: string | null }

const iso = (ms: string): string => new Date(Number(ms)).toISOString()
const shown = ({ started_ms: started, ended_ms: ended, ...rest }: Row): DemoRun => ({ id: rest.id, chapter: rest.chapter, place: rest.place, state: rest.state, started_at: iso(started), started_by: rest.started_by, ended_at: ended === null ? null : iso(ended), lines: rest.lines, books: rest.books, says: rest.says })
const columns = 'id, chapter, place, state, started_ms, started_by, ended_ms, lines, books, says'

/** The latest run of each chapter and place, the latest first. */
export async function demoRuns(store: Store): Promise<readonly DemoRun[]> {
  return (await store.query<Row & Record<string, unknown>>('admin', `SELECT * FROM (SELECT DISTINCT ON (chapter, place) ${columns} FROM demo_run ORDER BY chapter, place, started_ms DESC) r ORDER BY started_ms DESC LIMIT ${runsShown}`)).map(shown)
}

export async function readRun(store: Store, id: string): Promise<DemoRun | undefined> {
  const [row] = await store.query<Row & Record<string, unknown>>('admin', `SELECT ${columns} FROM demo_run WHERE id = $1`, [id])
  return row === undefined ? undefined : shown(row)
}

export type Started = { readonly status: 'started'; readonly run: DemoRun } | { readonly status: 'busy' | 'not-playable'; readonly says: string }

/** Starts a chapter. Answers at once; the run is read as it goes on. */
export async function startRun(ports: DemoPorts & { readonly makeId: MakeId }, ask: { readonly chapter: number; readonly place: DemoPlace; readonly actor: string }): Promise<Started> {
  const { store, clock, demo, makeId } = ports
  const says = await notPlayable(ports)
  if (says !== undefined || demo === undefined) return { status: 'not-playable', says: says ?? '' }
  const now = clock.now()
  await store.query('admin', `UPDATE demo_run SET state = 'failed', ended_ms = $1, says = 'The node that ran it ended.' WHERE state = 'running' AND beat_ms < $2`, [now, now - lostMs])
  const id = makeId('run')
  const made = await store.query('admin', `INSERT INTO demo_run (id, chapter, place, state, started_ms, started_by, beat_ms) VALUES ($1, $2, $3, 'running', $4, $5, $4) ON CONFLICT DO NOTHING RETURNING id`, [id, ask.chapter, ask.place, now, ask.actor])
  if (made.length === 0) return { status: 'busy', says: 'A chapter is running: one at a time, since each takes the processor. Wait until it has ended.' }
  follow(ports, demo, id, ask)
  const run = await readRun(store, id)
  if (run === undefined) throw new Error(`run ${id} was not kept`)
  return { status: 'started', run }
}

function follow(ports: DemoPorts, demo: DemoCommand, id: string, ask: { readonly chapter: number; readonly place: DemoPlace }): void {
  const { store, clock, timers, failed } = ports
  const lines: { chapter: number; says: string }[] = []
  let figures: DemoRun['books'] = null
  const running = demo.start(ask.chapter, ask.place, (line) => {
    const read = printed.safeParse(parse(line))
    if (!read.success) return
    if (read.data.kind === 'says' && lines.length < linesMax) lines.push({ chapter: read.data.chapter, says: read.data.says })
    if (read.data.kind === 'played') figures = { before: read.data.before, after: read.data.after }
  })
  const keep = (): Promise<unknown> => store.query('admin', `UPDATE demo_run SET lines = $2::jsonb, beat_ms = $3 WHERE id = $1 AND state = 'running'`, [id, JSON.stringify(lines), clock.now()])
  const stopBeat = timers.every(beatEveryMs, () => void keep().catch((cause: unknown) => failed('keeping a run of the demonstration', cause)))
  const late = timers.after(runMaxMs, running.stop)
  running.ended.then(async ({ code, says }) => {
    stopBeat()
    late()
    await store.query('admin', `UPDATE demo_run SET state = $2, ended_ms = $3, lines = $4::jsonb, books = $5::jsonb, says = $6 WHERE id = $1 AND state = 'running'`,
      [id, code === 0 ? 'passed' : 'failed', clock.now(), JSON.stringify(lines), figures === null ? null : JSON.stringify(figures), code === 0 ? null : says.slice(0, 2_000)])
  }).catch((cause: unknown) => failed('ending a run of the demonstration', cause))
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line) as unknown
  } catch {
    // Not the command's: a warning of the runtime, for instance.
    return undefined
  }
}
