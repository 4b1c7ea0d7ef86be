/** One case against one party: warm, let it come to rest, measure, let it come to rest. */
import { join } from 'node:path'
import type { LoadFigures, LoadOrder } from './load.ts'
import type { Behaviour, Party } from './parties.ts'
import { cpuMsOf, memoryKbOf, startProcess, treeOf, untilQuiet } from './processes.ts'

export interface Case {
  readonly name: string
  readonly behaviour: Behaviour
  readonly bodyBytes: number
  readonly connections: number
  readonly rate?: number
}

export interface CaseFigures extends LoadFigures {
  readonly perSecond: number
  /** Of all threads, work put off until after the load included; undefined for direct. */
  readonly cpuMicros: number | undefined
  readonly peakMb: number | undefined
  /** CPU of a call in the processes that do part of the work elsewhere. */
  readonly elsewhereMicros: number | undefined
}

export const orderOf = (party: Party, each: Case, time: { readonly warmMs: number; readonly measureMs: number }): LoadOrder => ({
  host: '127.0.0.1', ...party.target(each.behaviour), bodyBytes: each.bodyBytes, stream: each.behaviour !== 'plain', connections: each.connections, ...time, ...(each.rate === undefined ? {} : { rate: each.rate }),
})

export const startLoad = (order: LoadOrder): ReturnType<typeof startProcess> => startProcess(process.execPath, [join(import.meta.dirname, 'load.ts'), JSON.stringify(order)])

export async function measureCase(party: Party, each: Case, time: { readonly warmMs: number; readonly measureMs: number }): Promise<CaseFigures> {
  const load = startLoad(orderOf(party, each, time))
  const pids = party.pid === undefined ? [] : treeOf(party.pid)
  if (await load.line() !== 'warm') throw new Error(`${party.name}, ${each.name}: the load did not start`)
  const all = [...pids, ...(party.elsewhere ?? [])]
  await untilQuiet(all, 30_000, party.putsOffMs)
  const before = cpuMsOf(pids)
  const beforeElsewhere = cpuMsOf(party.elsewhere ?? [])
  load.say('go')
  const line = await load.line()
  if (line === undefined) throw new Error(`${party.name}, ${each.name}: the load ended early`)
  const figures = JSON.parse(line) as LoadFigures
  await untilQuiet(all, 30_000, party.putsOffMs)
  const perCall = (ms: number): number => (ms * 1_000) / Math.max(1, figures.calls + figures.failed)
  return {
    ...figures, perSecond: figures.calls / figures.seconds,
    cpuMicros: party.pid === undefined ? undefined : perCall(cpuMsOf(pids) - before),
    elsewhereMicros: party.elsewhere === undefined ? undefined : perCall(cpuMsOf(party.elsewhere) - beforeElsewhere),
    peakMb: party.pid === undefined ? undefined : memoryKbOf(pids, 'VmHWM') / 1_024,
  }
}
