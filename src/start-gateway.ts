/** The gateway half of a node: journal, leases, recovery, carrier, the ports of `handle`. */
import { join } from 'node:path'
import type { Config } from './config.ts'
import { makeFollower, type Follower } from './gateway/background.ts'
import { makeBreaker, type Breaker } from './gateway/breaker.ts'
import { makeUpstream } from './gateway/dial.ts'
import { makeLimiter, type Limiter } from './gateway/limiter.ts'
import { poolsIn } from './gateway/limit-pool-store.ts'
import { pooledLimiter } from './gateway/pooled-limiter.ts'
import type { Objection, Observed, Ports } from './gateway/ports.ts'
import { closeLost } from './gateway/recover.ts'
import { remembered } from './gateway/remembered.ts'
import { makeSketchIntake } from './gateway/sketch-intake.ts'
import type { StoredPorts } from './gateway/stored.ts'
import { makeTokenCounter } from './gateway/token-counter.ts'
import type { Caller, Deployment, Model, Snapshot } from './gateway/snapshot.ts'
import { gatewayPorts } from './gateway-ports.ts'
import type { AttemptRecord, Journal, JournalRecord, NotRecorded } from './journal/record.ts'
import { openJournal, type NodeJournal } from './journal/open-journal.ts'
import type { Clock } from './kernel/clock.ts'
import type { Random } from './kernel/random.ts'
import type { Pause } from './kernel/slices.ts'
import type { Timers } from './kernel/timers.ts'
import { watchHistory, writeOff } from './ledger/budgets.ts'
import { carryJournal, type Carrier } from './ledger/carry.ts'
import { nodeLeases, type NodeLeases } from './ledger/leases.ts'
import type { PriceBook } from './ledger/price.ts'
import { ship, watermark } from './ledger/ship.ts'
import { sqlLeases } from './ledger/sql-ledger.ts'
import { makeCredentials, makeTokenSource } from './providers/entra.ts'
import type { Store } from './store/store.ts'
import { addTally, storeSketches } from './terms/detection/sketch-store.ts'

export interface GatewayOptions {
  /** This process's id. */
  readonly node: string
  readonly config: Config
  readonly clock: Clock
  readonly timers: Timers
  /** Between the slices of what is shipped. */
  readonly pause: Pause
  readonly random: Random
  readonly store: Store
  readonly hashSecret: (secret: string) => string
  readonly snapshot: () => Snapshot | undefined
  readonly book: () => PriceBook
  readonly permit: (caller: Caller, model: Model, deployment: Deployment) => Objection | undefined
  readonly decided: Ports['decided']
  readonly keepContent: NonNullable<Ports['keepContent']>
  readonly throttled: NonNullable<Ports['throttled']>
  /** Whether a case has a caller's calls looked at more closely. */
  readonly watched: (caller: Caller, model: Model) => boolean
  readonly observe: (seen: Observed) => void
  /** Sees each record as it is journalled. */
  readonly journalled: (record: JournalRecord) => void
  /** A hold had to wait for the database, milliseconds. */
  readonly held: (waitedMs: number) => void
  readonly raise: Ports['raise']
  readonly draining: () => boolean
  /** After something was shipped. */
  readonly shipped: () => void
  /** The journal takes no records, or, with undefined, takes them again. */
  readonly refusal: (refusal: NotRecorded | undefined) => void
  readonly failed: (what: string, cause: unknown) => void
}

export interface GatewayNode {
  readonly ports: Ports
  readonly stored: StoredPorts
  readonly journal: NodeJournal
  readonly carrier: Carrier
  readonly leases: NodeLeases
  readonly breaker: Breaker
  readonly limiter: Limiter
  readonly follower: Follower
  /** Attempts that the last run left open and this start closed as lost. */
  readonly lost: number
  /** Ships what is left. Call it when no call is open, and let it be posted before `close`, so that leases can be given back. */
  readonly flush: () => Promise<void>
  /** Gives leases back, closes the journal. */
  readonly close: () => Promise<void>
}

export async function startGateway(options: GatewayOptions): Promise<GatewayNode> {
  const { config, clock, timers, pause, random, store, failed } = options
  const journal = openJournal({ file: join(config.dataFolder, 'journal.sqlite'), durability: config.durability, clock, timers, random, onRefusal: options.refusal })
  const memory = remembered(store, clock, journal.identity)
  const upstream = makeUpstream({ clock, timers })
  const breaker = makeBreaker({ clock })
  const limiter = store.kind === 'embedded' ? makeLimiter(clock) : pooledLimiter({ ask: poolsIn(store, options.node), clock, timers, failed: (cause) => failed('rate limits', cause) })
  const counter = makeTokenCounter()
  const leases = nodeLeases({ ledger: sqlLeases(store), journalId: journal.identity, clock, timers, random, lastSequence: journal.last, confirmed: journal.confirmed, failed: (cause) => failed('leases', cause) })
  const ship1 = (records: Parameters<typeof ship>[2]): Promise<number> => ship(store, journal.identity, records, { clock, pause, ...oldestOf(journal) })
  const carrier = carryJournal({ journal, clock, timers, pause, ship: ship1, watermark: () => watermark(store, journal.identity, journal.confirmed()), shipped: options.shipped, failed: (cause) => failed('shipping', cause) })
  const stopRereading = store.onNotify((payload) => {
    if (payload === 'resync') carrier.reread()
  })

  await watchHistory(store)
  if (store.kind === 'embedded') await writeOffVanished(store, journal.identity, options.raise)

  const intake = makeSketchIntake({
    timers, salt: options.hashSecret('detection of misuse'), watched: ({ caller, model }) => options.watched(caller, model), failed: (cause) => failed('detection of misuse', cause),
    write: (sketches, tally) => store.transaction('jobs', async (sql) => {
      if (sketches.length > 0) await storeSketches(sql, sketches)
      await addTally(sql, options.node, clock.now(), tally)
    }),
  })
  let follower: Follower | undefined
  const ports = gatewayPorts({
    ...options, journal: watched(journal, options.journalled), leases: timed(leases, clock, options.held), limiter, breaker, upstream, credentials: makeCredentials(makeTokenSource({ clock })), countTokens: counter.count,
    ...memory, sketch: intake.take, follow: (pending) => follower?.follow(pending),
  })
  const follow = (follower = makeFollower({ ...ports, failed: (cause) => failed('background responses', cause) }))
  const recovered = await closeLost(journal, clock, (attempt) => attempt.background === true)
  await memory.closeClaims(recovered.followed.map((attempt) => attempt.call))
  await leases.recover(recovered.followed)
  for (const attempt of recovered.followed) await takeUp(attempt, { ports, store, journal, snapshot: options.snapshot, follower: follow })

  return {
    ports, journal, carrier, leases, breaker, limiter, follower: follow, lost: recovered.closed.length,
    stored: { ...ports, forgetResponse: memory.forgetResponse, nudge: follow.nudge },
    flush: async () => {
      follow.stop()
      await carrier.flush().catch((cause: unknown) => failed('shipping', cause))
      stopRereading()
      carrier.stop()
    },
    close: async () => {
      await leases.stop().catch((cause: unknown) => failed('leases', cause))
      await limiter.stop()
      await upstream.close()
      await counter.close()
      await intake.settle()
      await intake.close()
      await journal.close()
    },
  }
}

const watched = (journal: Journal, journalled: (record: JournalRecord) => void): Journal => ({
  ...journal,
  append: (record) => {
    journalled(record)
    return journal.append(record)
  },
})

/** Tells how long holds waited; those that a lease at hand answers did not. */
function timed(leases: NodeLeases, clock: Clock, held: (waitedMs: number) => void): NodeLeases {
  return {
    ...leases,
    hold: (path, picos, at) => {
      const answer = leases.hold(path, picos, at)
      if (!(answer instanceof Promise)) return answer
      const since = clock.monotonic()
      return answer.finally(() => held(clock.monotonic() - since))
    },
  }
}

/**
 * The embedded database has one node. Leases of another journal mean that the journal's file was lost: what they may still
 * have spent counts as spent, and a person is told.
 */
async function writeOffVanished(store: Store, present: string, raise: Ports['raise']): Promise<void> {
  const others = await store.query<{ journal_id: string }>('lease', "SELECT DISTINCT journal_id FROM lease WHERE journal_id <> $1 AND state <> 'written-off' AND lease_rest(granted, returned, spent) > 0", [present])
  for (const { journal_id: journal } of others) {
    const written = await writeOff(store, journal)
    raise('journal-lost', journal, { budgets: written.length, picos: written.reduce((sum, each) => sum + each.picos, 0n).toString() })
  }
}

function oldestOf(journal: Journal): { readonly oldest?: number } {
  const [first] = journal.after(0, 1)
  return first === undefined ? {} : { oldest: first.sequence }
}

interface TakeUp {
  readonly ports: Ports
  readonly store: Store
  readonly journal: Journal
  readonly snapshot: () => Snapshot | undefined
  readonly follower: Follower
}

/** A background response from before the restart: its hold opens again and it is followed; without an id it is lost. */
async function takeUp(attempt: AttemptRecord, { ports, store, journal, snapshot, follower }: TakeUp): Promise<void> {
  const [row] = await store.query<{ response_id: string }>('lease', 'SELECT response_id FROM stored_response WHERE call = $1', [attempt.call])
  const deployment = snapshot()?.deployments.get(attempt.deployment)
  const sheet = deployment === undefined ? undefined : ports.sheet(deployment, attempt.at)
  const held = BigInt(attempt.hold)
  const hold = ports.leases.restore(attempt.budgets, held)
  if (row === undefined || deployment === undefined || sheet === undefined) {
    await journal.append({ kind: 'outcome', call: attempt.call, n: attempt.n, at: ports.clock.now(), outcome: 'lost', source: 'absent', billable: 'maybe', charge: attempt.hold, error: 'a background response without a known id or deployment', last: true })
    ports.leases.settle(hold, held)
    return
  }
  follower.follow({ response: row.response_id, deployment, call: attempt.call, n: attempt.n, operation: attempt.operation, sheet, held, body: Buffer.alloc(0), ended: (charge) => ports.leases.settle(hold, charge) })
}
