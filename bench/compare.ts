/**
 * The comparison: direct, nginx, Portkey and Weir in front of one mock upstream. Interleaved rounds, a fresh process each,
 * the order reversed each round, medians. The method and the last full run stand in docs/benchmarks.md.
 */
import { spawnSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureCase, type Case } from './measure-case.ts'
import { openStreams, type OpenStreams } from './open-streams.ts'
import { hasPortkey, hasPostgres, installPortkey, partyNames, startMock, startParty, type PartyName } from './parties.ts'
import { printReport, writeReport, type Results } from './report.ts'
import { soak, type Soak } from './soak.ts'

const help = `npm run bench -- [options]
  --quick              three short rounds of five cases, a few minutes
  --soak [--minutes n] Weir alone under steady load, 10 minutes
  --rounds n           rounds (5; quick 3)
  --seconds n          measured seconds a case (0.8)
  --parties a,b        of direct,nginx,portkey,weir,no-terms,node,bare-node
  --cases text         only cases whose name contains it, such as "1 kB"
  --streams n          streams held open for the memory figure (5000; 0: none)
  --json               results as JSON on standard output
  --write              write the table into docs/benchmarks.md
`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false }, soak: { type: 'boolean', default: false }, minutes: { type: 'string', default: '10' }, rounds: { type: 'string' }, seconds: { type: 'string' },
    parties: { type: 'string' }, cases: { type: 'string' }, streams: { type: 'string' }, json: { type: 'boolean', default: false }, write: { type: 'boolean', default: false },
    inside: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
  },
})

const say = (text: string): void => void process.stderr.write(`${text}\n`)

function casesOf(quick: boolean): readonly Case[] {
  const sizes = [1_000, 15_000, 100_000]
  const connections = [1, 8, 32, 128]
  const all: Case[] = [
    ...sizes.flatMap((bodyBytes) => connections.map((each): Case => ({ name: `${bodyBytes / 1_000} kB × ${each}`, behaviour: 'plain', bodyBytes, connections: each }))),
    // A rate that every party sustains, so that no figure is the length of somebody's queue.
    { name: '1 kB × 32 at 300/s', behaviour: 'plain', bodyBytes: 1_000, connections: 32, rate: 300 },
    ...connections.map((each): Case => ({ name: `stream × ${each}`, behaviour: 'stream', bodyBytes: 1_000, connections: each })),
  ]
  const few = new Set(['1 kB × 1', '1 kB × 32', '100 kB × 8', '1 kB × 32 at 300/s', 'stream × 32'])
  return quick ? all.filter((each) => few.has(each.name)) : all
}

/** Shapes of Weir that are there to be held against Weir: a few cases do. */
const shapes: ReadonlySet<PartyName> = new Set(['no-terms', 'node', 'bare-node'])
const shapeCases: ReadonlySet<string> = new Set(['1 kB × 1', '1 kB × 32', '1 kB × 32 at 300/s'])

/** Everything runs again inside a network namespace that has only loopback: Portkey listens on all interfaces. */
function reenter(): number | undefined {
  const argv = [process.execPath, import.meta.filename, ...process.argv.slice(2), '--inside']
  const possible = spawnSync('unshare', ['--net', 'sh', '-c', 'ip link set lo up']).status === 0
  if (!possible) return undefined
  return spawnSync('unshare', ['--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...argv], { stdio: 'inherit' }).status ?? 1
}

async function compare(): Promise<Results> {
  const rounds = Number(values.rounds ?? (values.quick ? 3 : 5))
  const measureMs = Number(values.seconds ?? 0.8) * 1_000
  if ((loadavg()[0] ?? 0) > availableParallelism() / 2) say(`the machine is not quiet (load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores): ratios may hold, figures will not`)
  const wanted = (values.parties?.split(',') ?? partyNames) as readonly PartyName[]
  const parties = wanted.filter((name) => (name !== 'portkey' || hasPortkey()) && ((name !== 'node' && name !== 'bare-node') || hasPostgres))
  if (parties.length < wanted.length) say('Portkey or PostgreSQL is not installed: what needs it is left out')
  const cases = casesOf(values.quick).filter((each) => each.name.includes(values.cases ?? ''))
  const results: Results = { at: new Date().toISOString(), machine: `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? '?'}`, loadBefore: loadavg()[0] ?? 0, rounds, measureMs, alone: values.inside, measured: [], openStreams: [], soak: undefined }
  const mock = await startMock()
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? parties : parties.toReversed()) {
      const party = await startParty(name, mock.port, values.inside)
      // A fresh process compiles for its first ten to twenty seconds, in threads of its own: not the cost of any case.
      if (party.pid !== undefined) await measureCase(party, { name: 'warm', behaviour: 'plain', bodyBytes: 1_000, connections: 32 }, { warmMs: 100, measureMs: 20_000 })
      for (const each of cases.filter((one) => !shapes.has(name) || shapeCases.has(one.name))) {
        const figures = await measureCase(party, each, { warmMs: 500, measureMs })
        results.measured.push({ round, party: name, case: each.name, ...figures })
        say(`${round + 1}/${rounds} ${name.padEnd(10)}${each.name.padEnd(20)}${figures.perSecond.toFixed(0).padStart(7)}/s  p50 ${figures.p50.toFixed(2)}  p99 ${figures.p99.toFixed(2)} ms${figures.cpuMicros === undefined ? '' : `  CPU ${figures.cpuMicros.toFixed(0)} µs`}${figures.failed > 0 ? `  ${figures.failed} failed` : ''}`)
      }
      await party.stop()
    }
  }
  const streams = Number(values.streams ?? (values.quick ? 2_000 : 5_000))
  if (streams > 0) {
    for (const name of parties.filter((each) => each !== 'direct' && !shapes.has(each))) {
      const party = await startParty(name, mock.port, values.inside)
      const held: OpenStreams = await openStreams(party, streams)
      results.openStreams.push(held)
      say(`${name}: ${held.open} of ${streams} streams open, ${held.kbEach.toFixed(1)} kB each`)
      await party.stop()
    }
  }
  await mock.process.stop()
  return results
}

async function runSoak(): Promise<Soak> {
  const mock = await startMock()
  const done = await soak(mock.port, Number(values.minutes), say)
  await mock.process.stop()
  return done
}

if (values.help) process.stdout.write(help)
else {
  if (!values.inside) {
    if (!values.soak) await installPortkey()
    const status = reenter()
    if (status !== undefined) process.exit(status)
    say('no network namespace can be made here: Portkey is bound to loopback by a preload')
  }
  const results = values.soak ? await runSoak() : await compare()
  if (values.json) process.stdout.write(`${JSON.stringify(results, undefined, 1)}\n`)
  else if ('measured' in results) printReport(results, (line) => process.stdout.write(`${line}\n`))
  if (values.write) writeReport(results, join(import.meta.dirname, '../docs/benchmarks.md'))
  process.exit(0)
}
