/** One simulated node: the real gateway, journal, leases, carrier and posting, put together as `start-gateway.ts` does. */
import { makeBreaker } from '../../src/gateway/breaker.ts'
import type { Upstream } from '../../src/gateway/dial.ts'
import { makeLimiter } from '../../src/gateway/limiter.ts'
import type { Ports } from '../../src/gateway/ports.ts'
import { closeLost } from '../../src/gateway/recover.ts'
import type { Snapshot } from '../../src/gateway/snapshot.ts'
import { gatewayPorts } from '../../src/gateway-ports.ts'
import { openMemoryJournal, type MemoryDisk, type MemoryJournal } from '../../src/journal/memory-journal.ts'
import { idMaker, type MakeId } from '../../src/kernel/ids.ts'
import type { Random } from '../../src/kernel/random.ts'
import { carryJournal, type Carrier } from '../../src/ledger/carry.ts'
import type { Leases } from '../../src/ledger/lease.ts'
import { nodeLeases, type NodeLeases } from '../../src/ledger/leases.ts'
import type { Ledger } from '../../src/ledger/ledger.ts'
import { priceBook } from '../../src/ledger/price-book.ts'
import type { PriceBook, PriceRow } from '../../src/ledger/price.ts'
import { runPosting, type Posting } from '../../src/ledger/run-posting.ts'
import { makeCredentials } from '../../src/providers/entra.ts'
import { nodeClock, nodeTimers, type SimulatedTime } from './simulated-time.ts'

export interface NodeParts {
  readonly name: string
  readonly time: SimulatedTime
  readonly clock: ReturnType<typeof nodeClock>
  readonly random: Random
  readonly disk: MemoryDisk
  readonly ledger: Ledger
  readonly upstream: Upstream
  readonly snapshot: Snapshot
  readonly book: PriceBook
  readonly posts: boolean
  readonly alive: () => boolean
  /** A planted defect: what a crash left open stays open. */
  readonly leavesOpen: boolean
  /** Something that must not happen: a broken invariant of the node itself. */
  readonly wrong: (cause: unknown) => void
}

export interface RunningNode {
  readonly journal: MemoryJournal
  readonly leases: NodeLeases
  readonly carrier: Carrier
  readonly posting: Posting | undefined
  readonly makeId: MakeId
  readonly ports: Ports
  /** Leases of earlier runs are closed: from here on it takes calls. */
  readonly ready: Promise<void>
}

/** A tokenizer of the simulation's own: four characters a token. */
const countTokens = async (text: string): Promise<number> => Math.ceil(text.length / 4)

export const bookOf = (prices: readonly PriceRow[]): PriceBook => priceBook(prices)

const nothing = async (): Promise<void> => {}

export function startNode(parts: NodeParts): RunningNode {
  const { time, clock, random, disk, ledger, book, alive } = parts
  const timers = nodeTimers(time, alive)
  const journal = openMemoryJournal(disk, timers)
  const leases = nodeLeases({ ledger, journalId: journal.identity, clock, timers, random, lastSequence: journal.last, failed: expectUnavailable(parts) })
  const posting = parts.posts ? runPosting({ clock, timers, post: () => ledger.post(book, 20_000), posted: () => {}, failed: expectUnavailable(parts) }) : undefined
  const oldest = (): number | undefined => journal.after(0, 1)[0]?.sequence
  const carrier = carryJournal({
    journal, clock, timers, everyMs: 1_000, ship: (records) => ledger.ship(journal.identity, records, oldest()), watermark: () => ledger.watermark(journal.identity),
    shipped: () => posting?.wake(), failed: expectUnavailable(parts),
  })
  ledger.onNotify((payload) => {
    if (payload === 'resync') carrier.reread()
  })
  const ports = gatewayPorts({
    clock, timers, random, hashSecret: (secret) => secret, book: () => book, leases: leases as Leases, limiter: makeLimiter(clock), breaker: makeBreaker({ clock }), upstream: parts.upstream,
    credentials: makeCredentials({ token: async () => ({ failed: 'there is none in the simulation' }) } as unknown as Parameters<typeof makeCredentials>[0]), journal,
    snapshot: () => parts.snapshot, permit: () => undefined, countTokens, rememberResponse: nothing, rememberItems: nothing, findResponse: async () => undefined, findItems: async () => new Map(),
    claim: async (_project, _key, call) => ({ state: 'mine', call, replay: undefined }), finish: nothing, release: nothing, raise: () => {}, observe: () => {}, follow: () => {}, draining: () => false, decided: () => undefined,
  })
  return { journal, leases, carrier, posting, ports, makeId: idMaker(clock, random), ready: recover(parts, journal, leases) }
}

async function recover({ clock, wrong, leavesOpen, time }: NodeParts, journal: MemoryJournal, leases: NodeLeases): Promise<void> {
  if (!leavesOpen) await closeLost(journal, clock, () => false).catch(wrong)
  for (;;) {
    try {
      await leases.recover([])
      return
    } catch (cause) {
      if (!isUnavailable(cause)) return wrong(cause)
      await new Promise<void>((resolve) => void time.after(100, resolve))
    }
  }
}

export const isUnavailable = (cause: unknown): boolean => cause instanceof Error && cause.name === 'Unavailable'

const expectUnavailable = ({ wrong }: NodeParts) => (cause: unknown): void => {
  if (!isUnavailable(cause)) wrong(cause)
}
