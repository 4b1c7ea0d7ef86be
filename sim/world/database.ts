/**
 * One node's way to the books: delays, failures before and after a request took effect, shipments that arrive twice and
 * late. The books themselves are the real ones behind it.
 */
import type { Ledger } from '../../src/ledger/ledger.ts'
import type { Books } from '../books.ts'
import type { Draw } from './draw.ts'
import type { SimulatedTime } from './simulated-time.ts'

/** The books of a run, and what only the world may do with them. */
export interface Shelf {
  readonly ledger: Ledger
  readonly books: () => Promise<Books>
  /** Sums of all budgets, for the check after each event. */
  readonly budgets: () => Promise<Books['budgets']>
  readonly save: () => Promise<unknown>
  readonly restore: (saved: unknown) => Promise<void>
}

export interface Weather {
  down: boolean
  /** Probability that an answer is lost after its request took effect. */
  lost: number
  /** Probability that a shipment arrives once more, later. */
  repeated: number
  slow: boolean
  /** A request took effect: budgets may have changed. */
  readonly touched: () => void
  /** Nodes that hear of reconnects. */
  readonly listeners: Set<(payload: string) => void>
}

class Unavailable extends Error {
  override readonly name = 'Unavailable'
}

export function ledgerOver(shelf: Shelf, time: SimulatedTime, draw: Draw, weather: Weather, alive: () => boolean): Ledger {
  const { ledger } = shelf
  const delay = (): number => (weather.slow && draw.chance(0.2) ? draw.real(20, 400) : draw.real(0.2, 3))

  const ask = <T>(run: () => Promise<T>): Promise<T> => new Promise((resolve, reject) => {
    const answer = (tell: () => void): void => void time.after(delay(), () => { if (alive()) tell() })
    time.after(delay(), () => {
      if (weather.down) return answer(() => reject(new Unavailable('the database is down')))
      time.waitFor(run()).then(
        (result) => {
          weather.touched()
          if (draw.chance(weather.lost)) answer(() => reject(new Unavailable('the answer was lost')))
          else answer(() => resolve(result))
        },
        (cause: unknown) => answer(() => reject(cause as Error)),
      )
    })
  })

  return {
    ship: (journalId, records, oldest) => {
      if (draw.chance(weather.repeated)) {
        time.after(draw.real(10, 3_000), () => {
          if (!weather.down) void time.waitFor(ledger.ship(journalId, records, oldest)).then(weather.touched)
        })
      }
      return ask(() => ledger.ship(journalId, records, oldest))
    },
    watermark: (journalId) => ask(() => ledger.watermark(journalId)),
    post: (book, limit) => ask(() => ledger.post(book, limit)),
    takeLeases: (journalId, wants, recall) => ask(() => ledger.takeLeases(journalId, wants, recall)),
    returnLease: (journalId, lease) => ask(() => ledger.returnLease(journalId, lease)),
    closeLeases: (journalId, current) => ask(() => ledger.closeLeases(journalId, current)),
    spoke: (journalId) => ask(() => ledger.spoke(journalId)),
    releaseClosed: (journalId, holds, last) => ask(() => ledger.releaseClosed(journalId, holds, last)),
    writeOff: (journalId) => ask(() => ledger.writeOff(journalId)),
    budgetState: () => ask(() => ledger.budgetState()),
    onNotify: (listener) => {
      const hear = (payload: string): void => {
        if (alive() && !weather.down) time.after(draw.real(0.5, 15), () => { if (alive()) listener(payload) })
      }
      weather.listeners.add(hear)
      const stop = ledger.onNotify(hear)
      return () => {
        weather.listeners.delete(hear)
        stop()
      }
    },
  }
}
