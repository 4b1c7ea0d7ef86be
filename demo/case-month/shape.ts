/**
 * The shape of the case's month: how unequal customers are, how their hours go up and down, how long prompts and answers
 * are. Read from public traces where they lie beside the repository; invented, and said to be so, where they do not.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { seededRandom, wholeBelow } from '../../src/kernel/random.ts'

export interface Client {
  readonly name: string
  /** What it weighs among the others: requests of the trace. */
  readonly weight: bigint
  /** How much of its traffic falls into each hour of the trace's fortnight; repeated over a month. */
  readonly hours: readonly number[]
}

export interface Sizes { readonly input: number; readonly output: number }

export interface Shape {
  /** The client whose place the case's largest customer takes, and the others, the largest first. */
  readonly largest: Client
  readonly rest: readonly Client[]
  /** Prompt and answer of single calls, in the order of the trace. */
  readonly calls: readonly Sizes[]
  /** Where all of it comes from, for every report made of it. */
  readonly source: string
}

export const tracesFolder = resolve(import.meta.dirname, '../../../shared/traces')
/** 14 days. */
const fortnight = 336

const rowsOf = (folder: string, file: string): readonly string[][] => readFileSync(join(folder, file), 'utf8').trimEnd().split('\n').slice(1).map((line) => line.split(','))

/** An hour in which nobody has anything is a gap of whoever collected, not of demand: it gets the mean of that hour of the day. */
function withoutGaps(hours: readonly number[], gaps: ReadonlySet<number>): readonly number[] {
  return hours.map((value, hour) => {
    if (!gaps.has(hour)) return value
    const same = hours.filter((_, other) => other % 24 === hour % 24 && !gaps.has(other))
    return Math.round(same.reduce((sum, each) => sum + each, 0) / Math.max(1, same.length))
  })
}

/** The workload whose concentration without its largest client is that of the case's other customers. */
const workload = 'm-mid'

/** Reads the traces; undefined where the folder is not there. */
export function traceShape(folder = tracesFolder): Shape | undefined {
  if (!existsSync(join(folder, 'servegen-clients.csv'))) return undefined
  const hours = new Map<string, number[]>()
  for (const [of, client = '', hour, requests] of rowsOf(folder, 'servegen-client-hourly.csv')) {
    if (of !== workload) continue
    const own = hours.get(client) ?? Array.from({ length: fortnight }, () => 0)
    hours.set(client, own)
    own[Number(hour)] = Number(requests)
  }
  const seen = new Set([...hours.values()].flatMap((own) => own.flatMap((value, hour) => (value > 0 ? [hour] : []))))
  const gaps = new Set(Array.from({ length: fortnight }, (_, hour) => hour).filter((hour) => !seen.has(hour)))
  const clients = rowsOf(folder, 'servegen-clients.csv')
    .filter(([of, client = '', requests]) => of === workload && Number(requests) > 0 && hours.has(client))
    .map(([, client = '', requests = '0']): Client => ({ name: `client-${client.padStart(3, '0')}`, weight: BigInt(requests), hours: withoutGaps(hours.get(client) ?? [], gaps) }))
    .toSorted((a, b) => Number(b.weight - a.weight) || (a.name < b.name ? -1 : 1))
  const [largest, ...rest] = clients
  if (largest === undefined) throw new Error(`${folder} has no clients of ${workload}`)
  const calls = rowsOf(folder, 'azure-llm-2023-conv.csv').map(([, input, output]): Sizes => ({ input: Number(input), output: Number(output) }))
  return { largest, rest, calls, source: `ServeGen ${workload} (clients, hours), Azure LLM 2023 conversation (tokens)` }
}

/**
 * A shape without traces: shares fall as a power of the rank, hours as a working day. It answers no question about the
 * case; it lets the month be shown where the traces are not at hand.
 */
export function inventedShape(seed: number, customers = 40): Shape {
  const random = seededRandom(seed)
  const client = (rank: number): Client => ({
    name: `client-${String(rank).padStart(3, '0')}`,
    weight: BigInt(Math.round(1e9 / (rank + 4) ** 1.4)),
    hours: Array.from({ length: fortnight }, (_, hour) => {
      const [day, ofDay] = [Math.floor(hour / 24) % 7, hour % 24]
      return 200 + wholeBelow(random, 200) + (day < 5 ? 600 : 150) * Math.max(0, 8 - Math.abs(ofDay - 14))
    }),
  })
  const calls = Array.from({ length: 1_000 }, (): Sizes => ({ input: 200 + wholeBelow(random, 1_911), output: 20 + wholeBelow(random, 383) }))
  return { largest: client(0), rest: Array.from({ length: customers }, (_, index) => client(index + 1)), calls, source: `invented with seed ${seed}: ../shared/traces not found` }
}
