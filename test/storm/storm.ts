/**
 * A seeded storm against a real Weir process and the independent upstream: clients that hang up anywhere, upstream faults,
 * budgets that race, `kill -9` of the gateway at random moments, and files that get lost; then judged, attempt by attempt,
 * from the database.
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
import { ask } from '../../demo/talk.ts'
import { rested } from '../../demo/until.ts'
import { startWeir, type WeirOptions, type WeirProcess } from '../../demo/weir-process.ts'
import { nobody, picos, shoot, type Refusal, type Seen } from './clients.ts'
import { disasterNames, disasters, forgetsLeases, type DisasterName, type Scene } from './disasters.ts'
import { judge, type Judgement } from './judge.ts'

export interface StormOptions {
  readonly seed: number
  /** Times that the gateway is killed. */
  readonly rounds: number
  readonly clients: number
  /** Milliseconds of traffic between two kills, at most. */
  readonly roundMs: number
  /** Each round of this number is a disaster of files, one kind after the other; 0: none. */
  readonly disasterEvery?: number
  /** Dollars of the budget that many race for; a small storm has a small one, so that it is spent. */
  readonly tightBudget?: string
  /** Leaves database, journal and bill behind and says where. */
  readonly keep?: boolean
  readonly progress: (line: string) => void
}

export interface StormResult extends Judgement {
  readonly seen: Seen
  readonly kills: number
  readonly disasters: readonly DisasterName[]
  /** What the judge says of budgets where that is not promised (disasters.ts). */
  readonly unpromised: readonly string[]
}

export const faults: Readonly<Partial<Record<FaultKind, number>>> = {
  'refuse-429': 0.02, 'refuse-500': 0.02, 'refuse-503': 0.02, 'reset-early': 0.02, 'reset-late': 0.02, cut: 0.03, 'no-usage': 0.03, 'late-usage': 0.02, nonsense: 0.01, 'bad-json': 0.02,
}

const keys = { free: 'sk-weir-storm-free-0000000000', tight: 'sk-weir-storm-tight-000000000' }

/** One upstream, two models, a budget that never ends and one that is soon spent. */
export const configOf = (upstream: string, tightBudget = '0.75'): string => `
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
  tight: { budget: { amount: "${tightBudget}", period: total }, projects: { race: { keys: [{ name: one, secret: "${keys.tight}" }] } } }
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

/** One installation, started again and again in the same folder. */
export function sceneOf(weir: WeirOptions, burst: Scene['burst']): Scene {
  let token = ''
  return {
    data: weir.data, burst,
    token: () => token,
    start: async () => {
      const started = await startWeir(weir)
      token = started.first?.adminToken ?? token
      return started
    },
  }
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

interface Blowing {
  readonly options: StormOptions
  readonly random: Random
  readonly seen: Seen
  readonly scene: Scene
}

/** Traffic, and a kill in the middle of it. */
async function killRound({ options, random, seen, scene }: Blowing): Promise<void> {
  const weir = await scene.start()
  const until = Date.now() + 800 + wholeBelow(random, options.roundMs)
  const shooting = traffic(weir, options, random, until, seen)
  await wait(until - Date.now() - wholeBelow(random, 250))
  await weir.kill()
  await shooting
}

async function rounds(blowing: Blowing): Promise<readonly DisasterName[]> {
  const { options, seen, scene } = blowing
  const every = options.disasterEvery ?? 0
  const befallen: DisasterName[] = []
  for (let round = 1; round <= options.rounds; round += 1) {
    const name = every > 0 && round % every === 0 ? disasterNames[befallen.length % disasterNames.length] : undefined
    if (name === undefined) await killRound(blowing)
    else {
      await (await disasters[name](scene)).kill()
      befallen.push(name)
    }
    options.progress(`round ${round} of ${options.rounds}${name === undefined ? '' : ` (${name})`}: ${seen.calls} calls, ${seen.hungUp} hung up, ${seen.served} served`)
  }
  return befallen
}

/** Calls at rest, and how many of them. */
const probes = 12

const probe = (weir: WeirProcess, outputMax: number, seen: Seen): Promise<void> =>
  shoot({ url: weir.url, key: keys.tight, model: 'gpt-4.1', stream: false, words: 150, outputMax, leavesAfterMs: undefined, leavesAtHeaders: false }, seen)

/** What a storm on a busy machine has left of the tight budget is spent, by twenty at once, so that refusals are there to judge. */
async function spendTheRest(weir: WeirProcess, seen: Seen): Promise<void> {
  const enough = seen.exhausted + 20
  for (let round = 0; round < 100 && seen.exhausted < enough; round += 1) await Promise.all(Array.from({ length: 20 }, () => probe(weir, 120, seen)))
}

/**
 * After the storm, with nothing open and everything posted: whatever leases stand, a call is refused only where the books
 * leave no room for its worst case.
 */
async function probeAtRest(weir: WeirProcess, token: string, seen: Seen): Promise<void> {
  await spendTheRest(weir, seen)
  for (let n = 0; n < probes; n += 1) {
    await rested(weir.url, token)
    seen.lastRefusal = undefined
    await probe(weir, 20 + 40 * (n % 3), seen)
    const refusal = seen.lastRefusal as Refusal | undefined
    if (refusal === undefined) continue
    // Its own earlier attempts may have cost, and are booked a moment after the answer.
    await rested(weir.url, token)
    const { data } = (await ask(`${weir.url}/admin/v1/budgets`, token)) as { data: readonly { id: string; spent: string; limit: string }[] }
    const booked = data.find(({ id }) => id === 'organization/tight/total')
    const [spent, limit] = [picos(booked?.spent), picos(booked?.limit)]
    if (spent + refusal.asked <= limit) seen.falseRefusals.push(`refused at rest: ${spent} booked + ${refusal.asked} asked of ${limit}, and it says that ${refusal.held} is held`)
  }
}

export async function storm(options: StormOptions): Promise<StormResult> {
  const random = seededRandom(options.seed)
  const folder = mkdtempSync(join(tmpdir(), 'weir-storm-'))
  const billFile = join(folder, 'bill.jsonl')
  const upstream = await startUpstream({ bill: billFile, seed: options.seed, faults, pieceMs: 1, firstMs: 3 })
  const data = join(folder, 'data')
  const seen = nobody()
  const scene = sceneOf({ data, config: configOf(upstream.url, options.tightBudget), args: ['--drain-ms', '10000'] }, (weir, ms) => traffic(weir, options, random, Date.now() + ms, seen))
  try {
    const befallen = await rounds({ options, random, seen, scene })
    const weir = await scene.start()
    await scene.burst(weir, 500)
    await probeAtRest(weir, scene.token(), seen)
    await weir.stop()
    const judgement = await judgeDatabase({ kind: 'embedded', folder: join(data, 'database') }, billFile)
    const [unpromised, wrong] = [true, false].map((apart) => judgement.wrong.filter((line) => (line.startsWith('budget ') && befallen.some(forgetsLeases)) === apart))
    return { ...judgement, wrong: [...(wrong ?? []), ...seen.falseRefusals], unpromised: unpromised ?? [], seen, kills: options.rounds, disasters: befallen }
  } finally {
    await upstream.close()
    if (options.keep === true) options.progress(`kept: ${folder}`)
    else rmSync(folder, { recursive: true, force: true })
  }
}
