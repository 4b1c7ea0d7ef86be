/** Weir under steady load for minutes: does its memory grow? */
import { orderOf, startLoad } from './measure-case.ts'
import { startWeir } from './parties.ts'
import { cpuMsOf, memoryKbOf, pause, treeOf } from './processes.ts'

export interface Soak {
  readonly minutes: number
  readonly calls: number
  readonly failed: number
  readonly failures: readonly Readonly<Record<string, number>>[]
  readonly perSecond: number
  readonly cpuMicros: number
  readonly samplesMb: readonly number[]
  /** Least squares over the second half, megabytes a minute. */
  readonly slopeMbPerMinute: number
  readonly peakMb: number
}

const sampleMs = 5_000
const rate = { plain: 400, stream: 20 } as const

function slope(values: readonly number[]): number {
  const meanX = (values.length - 1) / 2
  const meanY = values.reduce((sum, value) => sum + value, 0) / values.length
  const covered = values.reduce((sum, value, x) => sum + (x - meanX) * (value - meanY), 0)
  return covered / values.reduce((sum, _value, x) => sum + (x - meanX) ** 2, 0)
}

export async function soak(mockPort: number, minutes: number, say: (text: string) => void): Promise<Soak> {
  const party = await startWeir(mockPort)
  const pids = treeOf(party.pid ?? 0)
  const time = { warmMs: 2_000, measureMs: minutes * 60_000 }
  const loads = (['plain', 'stream'] as const).map((behaviour) => startLoad(orderOf(party, { name: 'soak', behaviour, bodyBytes: 1_000, connections: 32, rate: rate[behaviour] }, time)))
  for (const load of loads) await load.line()
  const before = cpuMsOf(pids)
  for (const load of loads) load.say('go')
  const samplesMb: number[] = []
  const figures = Promise.all(loads.map(async (load) => JSON.parse((await load.line()) ?? '{}') as { calls: number; failed: number; failures: Record<string, number>; seconds: number }))
  for (const until = performance.now() + minutes * 60_000; performance.now() < until;) {
    await pause(sampleMs)
    samplesMb.push(memoryKbOf(pids, 'VmRSS') / 1_024)
    if (samplesMb.length % 12 === 0) say(`${samplesMb.length / 12} min  ${samplesMb.at(-1)?.toFixed(0)} MB`)
  }
  const done = await figures
  const cpuMs = cpuMsOf(pids) - before
  const peakMb = memoryKbOf(pids, 'VmHWM') / 1_024
  await party.stop()
  const calls = done.reduce((sum, each) => sum + each.calls, 0)
  const result = {
    minutes, calls, failed: done.reduce((sum, each) => sum + each.failed, 0), failures: done.map((each) => each.failures), perSecond: calls / (minutes * 60), cpuMicros: (cpuMs * 1_000) / calls, samplesMb,
    slopeMbPerMinute: slope(samplesMb.slice(Math.floor(samplesMb.length / 2))) * (60_000 / sampleMs), peakMb,
  }
  say(`${calls} calls, ${result.failed} failed${result.failed > 0 ? ` ${JSON.stringify(result.failures)}` : ''}; RSS ${samplesMb[0]?.toFixed(0)} → ${samplesMb.at(-1)?.toFixed(0)} MB, slope ${result.slopeMbPerMinute.toFixed(2)} MB/min, peak ${peakMb.toFixed(0)} MB`)
  return result
}
