/** The case: its figures with their origins, and its chapters, run from the console on a sandbox installation. */
import { z } from 'zod'
import { chaptersMax, demoRun, demoRuns, notPlayable, readRun, startRun } from '../demo-runs.ts'
import type { AdminPorts } from '../ports.ts'
import { type Api, Failed, notFound } from './reply.ts'

const tags = ['demonstration']
const caseFigure = z.object({ id: z.string(), value: z.string().describe('As text: a number, "28 to 29", or words.'), unit: z.string(), origin: z.string().describe('reported, derived or assumed.'), says: z.string().nullable(), from: z.string().nullable() })
const answer = z.object({ playable: z.boolean(), why_not: z.string().nullable(), figures: z.array(caseFigure), runs: z.array(demoRun).describe('The latest of each chapter and place.') })

const textOf = (value: unknown): string => (Array.isArray(value) ? value.map(String).join(' to ') : typeof value === 'object' && value !== null ? Object.entries(value).map(([name, part]) => `${name} ${String(part)}`).join(', ') : String(value))

export function demoApi(api: Api, ports: AdminPorts): void {
  const { store, demo, resources } = ports
  api.get('/admin/v1/demo', { schema: { tags, summary: 'The case\'s figures with their origins, and the latest runs of its chapters', response: { 200: answer } } }, async () => {
    const why = await notPlayable(ports)
    const figures = Object.entries(demo?.figures() ?? {}).map(([id, one]) => ({ id, value: textOf(one.value), unit: one.unit, origin: one.origin, says: one.says ?? null, from: one.from ?? null }))
    return { playable: why === undefined, why_not: why ?? null, figures, runs: [...(await demoRuns(store))] }
  })
  const body = z.strictObject({ chapter: z.number().int().min(1).max(chaptersMax).describe('As weir demo --list numbers them.'), place: z.enum(['here', 'alone']).describe('here: play it on this installation. alone: prove it against servers of its own, crashes and all.') })
  api.post('/admin/v1/demo/runs', { schema: { tags, summary: 'Run a chapter of the case, one at a time, on a sandbox installation only', body, response: { 201: demoRun } } }, async (request, reply) => {
    const done = await startRun({ ...ports, makeId: resources.ports.makeId }, { ...request.body, actor: request.actor ?? 'console' })
    if (done.status !== 'started') throw new Failed(409, done.status.replaceAll('-', '_'), done.says)
    return reply.code(201).send(done.run)
  })
  api.get('/admin/v1/demo/runs/:run', { schema: { tags, summary: 'A run: what it said so far, how it ended, what changed in each book', params: z.object({ run: z.string() }), response: { 200: demoRun } } }, async (request) => {
    const run = await readRun(store, request.params.run)
    if (run === undefined) throw notFound(`no run ${request.params.run}`)
    return run
  })
}
