/** From measured rounds to the table and to docs/benchmarks.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { CaseFigures } from './measure-case.ts'
import type { OpenStreams } from './open-streams.ts'
import { partyNames, type PartyName } from './parties.ts'
import type { Soak } from './soak.ts'

export interface Results {
  readonly at: string
  readonly machine: string
  readonly loadBefore: number
  readonly rounds: number
  readonly measureMs: number
  /** In a network namespace with nothing but loopback. */
  readonly alone: boolean
  readonly measured: (CaseFigures & { readonly round: number; readonly party: PartyName; readonly case: string })[]
  readonly openStreams: OpenStreams[]
  readonly soak: Soak | undefined
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] ?? Number.NaN : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

interface Row {
  readonly case: string
  readonly party: PartyName
  readonly perSecond: number
  readonly p50: number
  readonly addedP50: number | undefined
  readonly addedP99: number | undefined
  readonly addedFirst: number | undefined
  readonly addedChunk: number | undefined
  readonly cpuMicros: number | undefined
  readonly cpuSpread: readonly [number, number] | undefined
  readonly peakMb: number | undefined
  readonly elsewhereMicros: number | undefined
  readonly failed: number
  readonly dropped: number
}

/** A round whose direct run took more than twice its median is no basis to subtract from. */
const degraded = 2

function rowOf(results: Results, name: string, party: PartyName): Row {
  const here = results.measured.filter((each) => each.case === name && each.party === party)
  const direct = new Map(results.measured.filter((each) => each.case === name && each.party === 'direct').map((each) => [each.round, each]))
  const usual = median([...direct.values()].map((each) => each.p50))
  const fit = here.filter((each) => (direct.get(each.round)?.p50 ?? Infinity) <= usual * degraded)
  const added = (of: (figures: CaseFigures) => number | undefined): number | undefined => {
    const found = fit.map((each) => Number(of(each)) - Number(direct.get(each.round) === undefined ? Number.NaN : of(direct.get(each.round) as CaseFigures)))
    return found.length === 0 || found.some(Number.isNaN) ? undefined : median(found)
  }
  const cpu = here.flatMap((each) => (each.cpuMicros === undefined ? [] : [each.cpuMicros]))
  return {
    case: name, party, perSecond: median(here.map((each) => each.perSecond)), p50: median(here.map((each) => each.p50)), addedP50: added((each) => each.p50), addedP99: added((each) => each.p99),
    addedFirst: added((each) => each.firstP50), addedChunk: added((each) => each.chunkP50),
    cpuMicros: cpu.length === 0 ? undefined : median(cpu), cpuSpread: cpu.length === 0 ? undefined : [Math.min(...cpu), Math.max(...cpu)],
    elsewhereMicros: here.some((each) => each.elsewhereMicros !== undefined) ? median(here.map((each) => each.elsewhereMicros ?? Number.NaN)) : undefined,
    peakMb: here.reduce<number | undefined>((most, each) => (each.peakMb === undefined ? most : Math.max(most ?? 0, each.peakMb)), undefined),
    failed: here.reduce((sum, each) => sum + each.failed, 0), dropped: here.length - fit.length,
  }
}

const figure = (value: number | undefined, digits: number): string => (value === undefined || Number.isNaN(value) ? '–' : value.toFixed(digits))

const columns: readonly { readonly title: string; readonly width: number; readonly of: (row: Row) => string }[] = [
  { title: 'case', width: 19, of: (row) => row.case },
  { title: 'party', width: 10, of: (row) => row.party },
  { title: 'calls/s', width: 8, of: (row) => figure(row.perSecond, 0) },
  { title: '+p50 ms', width: 8, of: (row) => (row.party === 'direct' ? '' : figure(row.addedP50, 2)) },
  { title: '+p99 ms', width: 8, of: (row) => (row.party === 'direct' ? '' : figure(row.addedP99, 2)) },
  { title: 'CPU µs', width: 8, of: (row) => (row.party === 'direct' ? '' : figure(row.cpuMicros, 0)) },
  { title: '+1st ms', width: 8, of: (row) => (row.party === 'direct' || row.addedFirst === undefined ? '' : figure(row.addedFirst, 2)) },
  { title: 'peak MB', width: 8, of: (row) => (row.party === 'direct' ? '' : figure(row.peakMb, 0)) },
]

function rowsOf(results: Results): readonly Row[] {
  const cases = [...new Set(results.measured.map((each) => each.case))]
  const parties = partyNames.filter((party) => results.measured.some((each) => each.party === party))
  return cases.flatMap((name) => parties.filter((party) => results.measured.some((each) => each.party === party && each.case === name)).map((party) => rowOf(results, name, party)))
}

interface Target {
  readonly says: string
  readonly reached: number
  readonly wanted: number
  readonly most: boolean
}

/** The targets, with what was reached; those without figures are left out. */
function targetsOf(results: Results, rows: readonly Row[]): readonly Target[] {
  const at = (name: string, party: PartyName): Row | undefined => rows.find((row) => row.case === name && row.party === party)
  const best = (party: PartyName): number => Math.max(...rows.filter((row) => row.party === party && row.case.startsWith('1 kB') && !row.case.includes('/s')).map((row) => row.perSecond))
  const ratio = (name: string, other: PartyName): number => Number(at(name, 'weir')?.cpuMicros) / Number(at(name, other)?.cpuMicros)
  const less = (name: string, one: PartyName, other: PartyName, of: (row: Row) => number | undefined): number => Number(at(name, one) === undefined ? Number.NaN : of(at(name, one) as Row)) - Number(at(name, other) === undefined ? Number.NaN : of(at(name, other) as Row))
  const nodeOverWeir = Number(at('1 kB × 1', 'node')?.p50) / Number(at('1 kB × 1', 'weir')?.p50)
  const streams = results.openStreams.find((each) => each.party === 'weir')
  return [
    { says: '1 kB: calls a second, times Portkey’s', reached: best('weir') / best('portkey'), wanted: 10, most: false },
    { says: '1 kB × 32: CPU a call, part of Portkey’s', reached: ratio('1 kB × 32', 'portkey'), wanted: 0.1, most: true },
    { says: '1 kB × 32: CPU a call, times nginx’s', reached: ratio('1 kB × 32', 'nginx'), wanted: 4, most: true },
    { says: '1 kB × 1: added p50, ms', reached: at('1 kB × 1', 'weir')?.addedP50 ?? Number.NaN, wanted: 0.3, most: true },
    { says: '1 kB × 1: added p99, ms', reached: at('1 kB × 1', 'weir')?.addedP99 ?? Number.NaN, wanted: 2, most: true },
    { says: 'gateway node × 32: CPU, part of Portkey’s', reached: Number(at('1 kB × 32', 'node')?.cpuMicros) / Number(at('1 kB × 32', 'portkey')?.cpuMicros), wanted: 0.1, most: true },
    { says: 'gateway node × 32: CPU, times nginx’s', reached: Number(at('1 kB × 32', 'node')?.cpuMicros) / Number(at('1 kB × 32', 'nginx')?.cpuMicros), wanted: 4, most: true },
    { says: 'gateway node × 1: p50, times embedded’s', reached: nodeOverWeir, wanted: 1.1, most: true },
    { says: 'terms, receipts × 1: added p50, ms', reached: less('1 kB × 1', 'weir', 'no-terms', (row) => row.addedP50), wanted: 0.02, most: true },
    { says: 'terms, receipts × 32: added CPU, µs', reached: less('1 kB × 32', 'weir', 'no-terms', (row) => row.cpuMicros), wanted: 5, most: true },
    { says: 'terms, receipts, gateway node × 1: p50, ms', reached: less('1 kB × 1', 'node', 'bare-node', (row) => row.addedP50), wanted: 0.02, most: true },
    { says: 'terms, receipts, gateway node × 32: CPU', reached: less('1 kB × 32', 'node', 'bare-node', (row) => row.cpuMicros), wanted: 5, most: true },
    { says: 'memory of an open stream, kB', reached: streams?.kbEach ?? Number.NaN, wanted: 40, most: true },
  ].filter((target) => Number.isFinite(target.reached) && (rows.some((row) => row.party === 'portkey') || !target.says.includes('Portkey')))
}

const judged = ({ says, reached, wanted, most }: Target): string => {
  const met = most ? reached <= wanted : reached >= wanted
  return `${says.padEnd(42)}${reached.toFixed(2).padStart(9)}  ${most ? 'at most' : 'at least'} ${wanted}  ${met ? 'met' : `missed by ${Math.abs(((reached - wanted) / wanted) * 100).toFixed(0)} %`}`
}

function tableOf(results: Results): readonly string[] {
  const rows = rowsOf(results)
  const line = (cells: readonly string[]): string => cells.map((cell, index) => (index < 2 ? cell.padEnd(columns[index]?.width ?? 0) : cell.padStart(columns[index]?.width ?? 0))).join('').trimEnd()
  const dropped = rows.reduce((sum, row) => sum + row.dropped, 0)
  const failed = rows.filter((row) => row.failed > 0).map((row) => `${row.party} ${row.case}: ${row.failed}`)
  return [
    line(columns.map((column) => column.title)),
    ...rows.map((row) => line(columns.map((column) => column.of(row)))),
    '',
    ...rows.filter((row) => row.elsewhereMicros !== undefined).map((row) => `${row.party}, ${row.case}: ${figure(row.elsewhereMicros, 0)} µs of CPU a call more on its control node and PostgreSQL`),
    ...results.openStreams.map((each) => `${each.party.padEnd(8)}${each.open} open streams: ${each.kbEach.toFixed(1)} kB each, ${each.rssMb.toFixed(0)} MB in all`),
    `${dropped} points dropped because the direct run of their round degraded`,
    failed.length === 0 ? 'no call failed' : `failed calls: ${failed.join('; ')}`,
    '',
    ...targetsOf(results, rows).map(judged),
  ]
}

export function printReport(results: Results, out: (line: string) => void): void {
  for (const line of tableOf(results)) out(line)
}

const marks = { table: ['<!-- table -->', '<!-- /table -->'], soak: ['<!-- soak -->', '<!-- /soak -->'] } as const

/** Puts the figures between their marks; the prose around them is written by hand. */
export function writeReport(results: Results | Soak, path: string): void {
  const text = readFileSync(path, 'utf8')
  const [open, close] = 'measured' in results ? marks.table : marks.soak
  const lines = 'measured' in results
    ? [`By \`npm run bench -- --write\`, ${results.at.slice(0, 10)}, ${results.machine}, load ${results.loadBefore.toFixed(1)} before the start; medians of ${results.rounds} rounds of ${results.measureMs / 1_000} s${results.alone ? ', in a network namespace with only loopback' : ''}.`, '', '```', ...tableOf(results), '```']
    : [`By \`npm run bench -- --soak --write\`: ${results.minutes} minutes at ${results.perSecond.toFixed(0)} calls a second, ${results.calls} calls, ${results.failed} failed: ${results.cpuMicros.toFixed(0)} µs of CPU a call; resident ${results.samplesMb[0]?.toFixed(0)} MB after 5 s, ${results.samplesMb.at(-1)?.toFixed(0)} MB at the end, peak ${results.peakMb.toFixed(0)} MB; slope over the second half ${results.slopeMbPerMinute.toFixed(2)} MB a minute.`]
  const [from, to] = [text.indexOf(open), text.indexOf(close)]
  if (from === -1 || to === -1) throw new Error(`${path} lacks the marks ${open} and ${close}`)
  writeFileSync(path, `${text.slice(0, from + open.length)}\n${lines.join('\n')}\n${text.slice(to)}`)
}
