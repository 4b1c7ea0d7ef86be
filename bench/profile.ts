/**
 * Where Weir's time goes: `node bench/profile.ts [seconds] [calls a second] [behaviour] [--gateway] [--no-functions] [--node=…]`,
 * `--gateway` a gateway node on PostgreSQL instead of Weir on its embedded database, the last an argument for its Node. CPU by thread while 32 connections
 * call it (and until the posting has caught up), then the functions that the profiler saw most, on the main thread and in
 * the database's. The profiler itself costs something: the sums by thread are the truth, the functions are shares of it.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LoadFigures } from './load.ts'
import { orderOf, startLoad } from './measure-case.ts'
import { startMock, startNode, startWeir, type Behaviour } from './parties.ts'
import { memoryKbOf, untilQuiet } from './processes.ts'

const [secondsText = '5', rateText = '0', behaviour = 'plain'] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'weir-profile-'))

/** CPU milliseconds by thread: name and id. */
function threads(pid: number): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const id of readdirSync(`/proc/${pid}/task`)) {
    const text = readFileSync(`/proc/${pid}/task/${id}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    found.set(`${text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'))} ${id}`, (Number(fields[11]) + Number(fields[12])) * 10)
  }
  return found
}

interface Profile {
  /** Microseconds of the monotonic clock, as hrtime's. */
  readonly startTime: number
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number } }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

function top(path: string, most: number, from: number, to: number): readonly string[] {
  const profile = JSON.parse(readFileSync(path, 'utf8')) as Profile
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, `${callFrame.functionName || '(anonymous)'} ${callFrame.url.replace(/^.*\/(?=(src|node_modules)\/)/, '').slice(-50)}:${callFrame.lineNumber + 1}`]))
  const self = new Map<string, number>()
  let sum = 0
  let at = profile.startTime
  profile.samples.forEach((id, index) => {
    const name = names.get(id) ?? '?'
    const micros = profile.timeDeltas[index] ?? 0
    at += micros
    if (at < from || at > to || name.startsWith('(idle)') || name.startsWith('(program)')) return
    sum += micros
    self.set(name, (self.get(name) ?? 0) + micros)
  })
  return [`${path.split('/').at(-1)}: ${(sum / 1_000).toFixed(0)} ms busy`, ...[...self].sort((a, b) => b[1] - a[1]).slice(0, most).map(([name, micros]) => `${((100 * micros) / sum).toFixed(1).padStart(6)} %  ${name}`)]
}

const mock = await startMock()
const given = process.argv.filter((arg) => arg.startsWith('--node=')).map((arg) => arg.slice(7))
const profiled = process.argv.includes('--no-functions') ? given : [...given, '--cpu-prof', `--cpu-prof-dir=${folder}`]
const party = await (process.argv.includes('--gateway') ? startNode : startWeir)(mock.port, { node: profiled })
const pid = party.pid ?? 0
const rate = Number(rateText)
const load = startLoad(orderOf(party, { name: 'profile', behaviour: behaviour as Behaviour, bodyBytes: 1_000, connections: 32, ...(rate > 0 ? { rate } : {}) }, { warmMs: 3_000, measureMs: Number(secondsText) * 1_000 }))
await load.line()
await untilQuiet([pid])
const before = threads(pid)
const rssBefore = memoryKbOf([pid], 'VmRSS')
const hrMicros = (): number => Number(process.hrtime.bigint() / 1_000n)
const from = hrMicros()
load.say('go')
const figures = JSON.parse((await load.line()) ?? '{}') as LoadFigures
const during = threads(pid)
await untilQuiet([pid], 120_000)
const to = hrMicros()
const after = threads(pid)
console.log(`${figures.calls} calls in ${figures.seconds.toFixed(1)} s, ${figures.failed} failed ${JSON.stringify(figures.failures)}, ${(figures.calls / figures.seconds).toFixed(0)}/s, p50 ${figures.p50.toFixed(2)} p99 ${figures.p99.toFixed(2)} ms`)
console.log(`RSS ${(rssBefore / 1024).toFixed(0)} → ${(memoryKbOf([pid], 'VmRSS') / 1024).toFixed(0)} MB, peak ${(memoryKbOf([pid], 'VmHWM') / 1024).toFixed(0)} MB`)
const micros = (ms: number): string => ((ms * 1_000) / figures.calls).toFixed(1).padStart(8)
let sum = 0
console.log('CPU µs a call, and of it after the load ended')
for (const [name, ms] of [...after].sort((a, b) => b[1] - (before.get(b[0]) ?? 0) - (a[1] - (before.get(a[0]) ?? 0)))) {
  const used = ms - (before.get(name) ?? 0)
  sum += used
  if (used > 0) console.log(`${micros(used)}${micros(ms - (during.get(name) ?? 0))}  ${name}`)
}
console.log(`${micros(sum)}  in all`)
await party.stop()
await mock.process.stop()
for (const file of readdirSync(folder)) console.log(top(join(folder, file), 60, from, to).join('\n'))
rmSync(folder, { recursive: true })
process.exit(0)
