/** What an open stream costs in memory: resident size with many open, less the size before, for each. */
import { measureCase, orderOf, startLoad } from './measure-case.ts'
import type { Party, PartyName } from './parties.ts'
import { memoryKbOf, pause, treeOf } from './processes.ts'

export interface OpenStreams {
  readonly party: PartyName
  readonly open: number
  readonly kbEach: number
  readonly rssMb: number
}

/** Compiling leaves memory behind that is given back within half a minute: measured over it, streams would seem to cost less. */
async function untilSteady(pids: readonly number[]): Promise<void> {
  let before = Infinity
  for (let tries = 0; tries < 12; tries += 1) {
    await pause(5_000)
    const now = memoryKbOf(pids, 'VmRSS')
    if (tries >= 3 && Math.abs(before - now) < now / 100) return
    before = now
  }
}

export async function openStreams(party: Party, streams: number): Promise<OpenStreams> {
  const pids = treeOf(party.pid ?? 0)
  // The code is compiled and the heap has its working size before the first figure is taken.
  await measureCase(party, { name: 'warm', behaviour: 'stream', bodyBytes: 1_000, connections: 64 }, { warmMs: 1_000, measureMs: 1_000 })
  await untilSteady(pids)
  const before = memoryKbOf(pids, 'VmRSS')
  const load = startLoad({ ...orderOf(party, { name: 'hold', behaviour: 'hold', bodyBytes: 1_000, connections: streams }, { warmMs: 0, measureMs: 0 }), hold: true })
  const { open } = JSON.parse((await load.line()) ?? '{"open":0}') as { open: number }
  // Two rounds of chunks: what only opening needed has been collected.
  await pause(12_000)
  const after = memoryKbOf(pids, 'VmRSS')
  await load.stop()
  return { party: party.name, open, kbEach: (after - before) / Math.max(1, open), rssMb: after / 1_024 }
}
