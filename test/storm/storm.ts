/**
 * A seeded storm against a real Weir process and the independent upstream: clients that hang up anywhere, upstream faults,
 * budgets that race, and `kill -9` of the gateway at random moments; then judged, attempt by attempt, from the database.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '../../src/kernel/clock.ts'
import { seededRandom, wholeBelow, type Random } from '../../src/kernel/random.ts'
import { systemTimers } from '../../src/kernel/timers.ts'
import { migrations } from '../../src/store/migrations/all.ts'
import { openStore } from '../../src/store/open-store.ts'
import { readBillFile } from '../upstream/bill-file.ts'
import { startUpstream, type FaultKind } from '../upstream/upstream.ts'
import { startWeir, type WeirProcess } from '../../demo/weir-process.ts'
import { nobody, shoot, type Seen } from './clients.ts'
import { judge, type Judgement } from './judge.ts'

export interface StormOptions {
  readonly seed: number
  /** Times that the gateway is killed. */
  readonly rounds: number
  readonly clients: number
  /** Milliseconds of traffic between two kills, at most. */
  readonly roundMs: number
  /** Leaves database, journal and bill behind and says where. */
  readonly keep?: boolean
  readonly progress: (line: string) => void
}

export interface StormResult extends Judgement {
  readonly seen: Seen
  readonly kills: number
}

export const faults: Readonly<Partial<Record<FaultKind, number>>> = {
  'refuse-429': 0.02, 'refuse-500': 0.02, 'refuse-503': 0.02, 'reset-early': 0.02, 'reset-late': 0.02, cut: 0.03, 'no-usage': 0.03, 'late-usage': 0.02, nonsense: 0.01, 'bad-json': 0.02,
}

const keys = { free: 'sk-weir-storm-free-0000000000', tight: 'sk-weir-storm-tight-000000000' }

/** One upstream, two models, a budget that never ends and one that is soon spent. */
export const configOf = (upstream: string): string => `
providers:
  upstream: { type: openai-compatible, prices: openai, baseUrl: "${upstream}/v1", apiKey: "upstream-secret" }
models:
  gpt-4.1:
    deployments: [{ provider: upstream, model: gpt-4.1 }]
    retries: { attemptsMax: 3, backoffMs: 20, backoffMaxMs: 100 }
  gpt-4.1-mini:
    deployments: [{ provider: upstream, model: gpt-4.1-mini }]
    retries: { attemptsMax: 2, backoffMs: 20, backoffMaxMs: 100 }
organizations:
  free: { projects: { feed: { budget: { amount: "1000000", period: month }, keys: [{ name: one, secret: "${keys.free}" }] } } }
  tight: { budget: { amount: "0.75", period: total }, projects: { race: { keys: [{ name: one, secret: "${keys.tight}" }] } } }
`

function shotOf(random: Random, url: string): Parameters<typeof shoot>[0] {
  const leaves = random.fraction() < 0.3
  const tight = random.fraction() < 0.3
  return {
    url, key: tight ? keys.tight : keys.free, model: random.fraction() < 0.5 ? 'gpt-4.1' : 'gpt-4.1-mini', stream: random.fraction() < 0.5,
    words: 1 + wholeBelow(random, 200), outputMax: 1 + wholeBelow(random, 120),
    leavesAtHeaders: leaves && random.fraction() < 0.3,
    leavesAfterMs: leaves ? wholeBelow(random, 120) : undefined,
  }
}

/** Clients fire one call after another until `until`; a gateway that is down makes them wait a little. */
export async function traffic(weir: Pick<WeirProcess, 'url'>, options: Pick<StormOptions, 'clients'>, random: Random, until: number, seen: Seen): Promise<void> {
  const one = async (): Promise<void> => {
    while (Date.now() < until) {
      const before = seen.broken
      await shoot(shotOf(random, weir.url), seen)
      if (seen.broken > before) await wait(20)
    }
  }
  await Promise.all(Array.from({ length: options.clients }, one))
}

/** Opens the database of a Weir that has ended and compares it with the upstream's bill. */
export async function judgeDatabase(database: Parameters<typeof openStore>[0]['database'], billFile: string): Promise<Judgement> {
  const store = await openStore({ database, clock: systemClock, timers: systemTimers, migrations, onLost: (cause) => { throw cause } })
  try {
    return await judge(store, readBillFile(billFile))
  } finally {
    await store.close()
  }
}

export async function storm(options: StormOptions): Promise<StormResult> {
  const random = seededRandom(options.seed)
  const folder = mkdtempSync(join(tmpdir(), 'weir-storm-'))
  const billFile = join(folder, 'bill.jsonl')
  const upstream = await startUpstream({ bill: billFile, seed: options.seed, faults, pieceMs: 1, firstMs: 3 })
  const data = join(folder, 'data')
  const start = (): Promise<WeirProcess> => startWeir({ data, config: configOf(upstream.url), args: ['--drain-ms', '10000'] })
  const seen = nobody()
  try {
    for (let round = 0; round < options.rounds; round += 1) {
      const weir = await start()
      const until = Date.now() + 800 + wholeBelow(random, options.roundMs)
      const shooting = traffic(weir, options, random, until, seen)
      await wait(until - Date.now() - wholeBelow(random, 250))
      await weir.kill()
      await shooting
      options.progress(`round ${round + 1} of ${options.rounds}: ${seen.calls} calls, ${seen.hungUp} hung up, ${seen.served} served`)
    }
    const weir = await start()
    await traffic(weir, options, random, Date.now() + 500, seen)
    await weir.stop()
    const judgement = await judgeDatabase({ kind: 'embedded', folder: join(data, 'database') }, billFile)
    return { ...judgement, seen, kills: options.rounds }
  } finally {
    await upstream.close()
    if (options.keep === true) options.progress(`kept: ${folder}`)
    else rmSync(folder, { recursive: true, force: true })
  }
}
