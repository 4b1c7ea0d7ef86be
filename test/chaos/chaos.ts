/**
 * Several gateways on one PostgreSQL whose clients race for one budget, while nodes are killed and paused, connections
 * break and the database restarts; then judged from the database against the upstream's own bill (C1–C3).
 */
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { until } from '../../demo/until.ts'
import type { WeirProcess } from '../../demo/weir-process.ts'
import { seededRandom, wholeBelow, type Random } from '../../src/kernel/random.ts'
import { makeCluster, startInTurn, wireTo, type Cluster, type Wire } from '../cluster.ts'
import { startOwnCluster, type OwnCluster } from '../postgres.ts'
import type { Judgement } from '../storm/judge.ts'
import { judgeDatabase } from '../storm/storm.ts'
import { nobody, shoot, type Seen } from '../storm/clients.ts'
import { startUpstream, type FaultKind } from '../upstream/upstream.ts'

export interface ChaosOptions {
  readonly seed: number
  readonly nodes: number
  readonly clients: number
  /** How long trouble lasts. */
  readonly ms: number
  /** Also puts an older copy of the database back in the middle. */
  readonly restore: boolean
  readonly progress: (line: string) => void
}

export interface ChaosResult extends Judgement {
  readonly troubles: Readonly<Record<string, number>>
  readonly calm: Seen
  readonly tight: Seen
  /** Part of the tight budget that was spent in the end. */
  readonly spent: number
  /** Highest posted + leased of the tight budget that was ever seen, as part of its limit. */
  readonly most: number
}

/** No 429 of the upstream's own, so that every 429 is Weir's. */
const faults: Readonly<Partial<Record<FaultKind, number>>> = { 'refuse-503': 0.02, 'reset-early': 0.02, 'reset-late': 0.02, cut: 0.03, 'no-usage': 0.03, 'late-usage': 0.02 }

const keys = { calm: 'sk-weir-chaos-calm-0000000000', tight: 'sk-weir-chaos-tight-000000000' }

const configOf = (upstream: string, amount: string): string => `
providers:
  upstream: { type: openai-compatible, prices: openai, baseUrl: "${upstream}/v1", apiKey: "upstream-secret" }
models:
  gpt-4.1:
    deployments: [{ provider: upstream, model: gpt-4.1 }]
    retries: { attemptsMax: 3, backoffMs: 20, backoffMaxMs: 100 }
organizations:
  calm: { projects: { feed: { budget: { amount: "1000000", period: month }, keys: [{ name: one, secret: "${keys.calm}" }] } } }
  tight: { budget: { amount: "${amount}", period: total }, projects: { race: { keys: [{ name: one, secret: "${keys.tight}" }] } } }
`

/** One gateway with its own way to the database; comes back with the same journal after a kill. */
interface Place {
  readonly name: string
  readonly wire: Wire
  weir: WeirProcess | undefined
  /** Something is being done to it. */
  busy: boolean
}

interface World {
  readonly options: ChaosOptions
  readonly random: Random
  readonly postgres: OwnCluster
  readonly database: string
  readonly cluster: Cluster
  readonly places: readonly Place[]
  readonly troubles: Record<string, number>
  /** Calls per key so far. */
  readonly seen: { readonly calm: Seen; readonly tight: Seen }
}

/** As a supervisor would: a node that meets a database which is just restarting ends, and is started again. */
async function startPlace(cluster: Cluster, place: Place, triesMax = 10): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      place.weir = await cluster.start(place.name, 'gateway', { database: place.wire.url, args: ['--stale-after-ms', '3000', '--drain-ms', '10000'] })
      return
    } catch (cause) {
      if (tries >= triesMax) throw cause
      await wait(500)
    }
  }
}

type Trouble = (world: World, place: Place) => Promise<void>

const troubles: Readonly<Record<string, Trouble>> = {
  killed: async ({ cluster, random }, place) => {
    await place.weir?.kill()
    place.weir = undefined
    await wait(wholeBelow(random, 1_000))
    await startPlace(cluster, place)
  },
  paused: async ({ random }, place) => {
    place.weir?.pause()
    await wait(3_500 + wholeBelow(random, 3_000))
    place.weir?.resume()
  },
  'cut off': async ({ random }, { wire }) => {
    wire.cut()
    await wait(500 + wholeBelow(random, 4_000))
    wire.mend()
  },
  swallowed: async ({ random }, { wire }) => {
    wire.hang()
    await wait(500 + wholeBelow(random, 4_000))
    wire.mend()
  },
}

async function makeTrouble(world: World, until: number): Promise<void> {
  const { random, places, options } = world
  const running: Promise<void>[] = []
  const kinds = Object.keys(troubles)
  for (let n = 0; Date.now() < until; n += 1) {
    const free = places.filter((place) => !place.busy)
    const place = free[wholeBelow(random, Math.max(1, free.length))]
    const kind = kinds[n % kinds.length] ?? ''
    const trouble = troubles[kind]
    if (place !== undefined && trouble !== undefined && free.length > places.length / 2) {
      place.busy = true
      world.troubles[kind] = (world.troubles[kind] ?? 0) + 1
      options.progress(`${place.name} ${kind}`)
      running.push(trouble(world, place).finally(() => (place.busy = false)))
    }
    await wait(400 + wholeBelow(random, 1_200))
  }
  await Promise.all(running)
}

/** The server fails in the middle of it all, twice; with `restore` it comes back as it was a while ago. */
async function troubleDatabase({ options, postgres, troubles: counts }: World): Promise<void> {
  const step = options.ms / 4
  await wait(step)
  if (options.restore) await postgres.keepCopy()
  else await postgres.restart('fast')
  counts['database stopped'] = 1
  await wait(step)
  await postgres.restart('immediate')
  counts['database crashed'] = 1
  if (!options.restore) return
  await wait(step)
  await postgres.putCopyBack()
  counts['database restored'] = 1
}

async function clients(world: World, until: number, keysOf: (random: Random) => 'calm' | 'tight', small: boolean): Promise<void> {
  const { random, places, seen, options } = world
  const one = async (): Promise<void> => {
    while (Date.now() < until) {
      const weir = places[wholeBelow(random, places.length)]?.weir
      if (weir === undefined) {
        await wait(20)
        continue
      }
      const which = keysOf(random)
      const leaves = !small && random.fraction() < 0.2
      const before = seen[which].broken
      await shoot({
        url: weir.url, key: keys[which], model: 'gpt-4.1', stream: random.fraction() < 0.5, words: 1 + wholeBelow(random, small ? 2 : 100), outputMax: 1 + wholeBelow(random, small ? 2 : 60),
        leavesAtHeaders: leaves && random.fraction() < 0.3, leavesAfterMs: leaves ? wholeBelow(random, 200) : undefined,
      }, seen[which])
      if (seen[which].broken > before) await wait(50)
      else if (!small) await wait(wholeBelow(random, 100))
    }
  }
  await Promise.all(Array.from({ length: options.clients }, one))
}

/**
 * Watches posted + leased of the tight budget; a database that is down is asked again. While a fence is up nothing is granted,
 * and the sum counts twice what the older copy believes leased and nodes name anew: it is not looked at then.
 */
function watchBudget(database: string): { readonly most: () => number; readonly stop: () => Promise<void> } {
  let most = 0
  let stopped = false
  const watch = async (): Promise<void> => {
    while (!stopped) {
      const client = new Client({ connectionString: database })
      client.on('error', () => {})
      try {
        await client.connect()
        while (!stopped) {
          const { rows } = await client.query<{ part: string | null }>(`SELECT max((posted + leased) / limit_picos) AS part FROM budget_period WHERE budget LIKE 'organization/tight/%'
            AND NOT EXISTS (SELECT 1 FROM budget_fence WHERE since > now() - interval '20 seconds' OR (cardinality(awaits) > 0 AND since > now() - interval '15 minutes'))`)
          most = Math.max(most, Number(rows[0]?.part ?? 0))
          await wait(50)
        }
      } catch {
        // The database is being restarted: that is part of the test.
        await wait(100)
      }
      await client.end().catch(() => {})
    }
  }
  const watching = watch()
  return { most: () => most, stop: async () => {
    stopped = true
    await watching
  } }
}

async function query<R extends object>(database: string, text: string): Promise<readonly R[]> {
  const client = new Client({ connectionString: database })
  await client.connect()
  try {
    return (await client.query<R>(text)).rows
  } finally {
    await client.end()
  }
}

/** Until all nodes have shipped and posted everything and the leases of earlier runs are given back; asked of the database, whichever nodes live. */
async function quiet(database: string): Promise<void> {
  const waiting = async (): Promise<number> => {
    const [row] = await query<{ waiting: string }>(database, `SELECT (SELECT count(*) FROM journal_watermark WHERE posted < shipped) + (SELECT count(*) FROM attempt_open)
      + (SELECT count(*) FROM lease WHERE state = 'closing' AND lease_rest(granted, returned, spent) > 0) + (SELECT coalesce(sum(unshipped), 0) FROM node WHERE seen_at > now() - interval '10 seconds') AS waiting`)
    return Number(row?.waiting)
  }
  await until('all nodes at rest', waiting, (count) => count === 0, 120_000)
}

async function run(world: World): Promise<Omit<ChaosResult, keyof Judgement>> {
  const { options, random, database, cluster, places, seen } = world
  const [control] = await startInTurn(['control'], (name) => cluster.start(name, 'control', { args: ['--drain-ms', '10000'] }), options.progress)
  const named = new Map(places.map((place) => [place.name, place]))
  await startInTurn([...named.keys()], async (name) => startPlace(cluster, named.get(name) as Place, 1), options.progress)
  const budget = watchBudget(database)
  const until = Date.now() + options.ms
  await Promise.all([clients(world, until, (each) => (each.fraction() < 0.5 ? 'tight' : 'calm'), false), makeTrouble(world, until), troubleDatabase(world)])
  options.progress(`trouble is over: ${seen.calm.calls + seen.tight.calls} calls, ${seen.calm.served + seen.tight.served} served`)
  await Promise.all(places.map(async (place) => { if (place.weir === undefined) await startPlace(cluster, place) }))
  await quiet(database)
  // What is left of the tight budget goes to small calls, until there is none left for them.
  for (let round = 0, refused = -1; round < 60 && seen.tight.statuses.get(429) !== refused; round += 1) {
    const served = seen.tight.served
    await clients(world, Date.now() + 1_000, () => 'tight', true)
    if (seen.tight.served === served) refused = seen.tight.statuses.get(429) ?? 0
  }
  await quiet(database)
  for (const place of places) await place.weir?.stop()
  await control?.stop()
  await budget.stop()
  const [row] = await query<{ spent: string }>(database, "SELECT posted / limit_picos AS spent FROM budget_period WHERE budget LIKE 'organization/tight/%'")
  void random
  return { troubles: world.troubles, ...seen, spent: Number(row?.spent ?? 0), most: budget.most() }
}

export async function chaos(options: ChaosOptions): Promise<ChaosResult> {
  const random = seededRandom(options.seed)
  const postgres = await startOwnCluster((options.nodes + 1) * 9 + 20)
  const database = await postgres.freshUrl()
  const scratch = makeCluster({ database, config: '' })
  const bill = join(scratch.folder, 'bill.jsonl')
  const upstream = await startUpstream({ bill, seed: options.seed, faults, pieceMs: 1, firstMs: 3 })
  // Large enough that a node's lease is a small part of it, small enough to be spent within the run.
  const cluster = makeCluster({ database, config: configOf(upstream.url, (options.ms / 60_000).toFixed(2)) })
  const places = await Promise.all(Array.from({ length: options.nodes }, async (_, index): Promise<Place> => ({ name: `gateway-${index + 1}`, wire: await wireTo(database), weir: undefined, busy: false })))
  try {
    const result = await run({ options, random, postgres, database, cluster, places, troubles: {}, seen: { calm: nobody(), tight: nobody() } })
    return { ...(await judgeDatabase({ kind: 'postgres', url: database }, bill)), ...result }
  } finally {
    for (const place of places) {
      await place.weir?.kill()
      await place.wire.close()
    }
    await upstream.close()
    await postgres.close()
    cluster.remove()
    scratch.remove()
  }
}
