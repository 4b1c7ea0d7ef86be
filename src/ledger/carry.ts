/**
 * Carries a node's journal to the database, in order, and starts again from the database's own watermark after every
 * failure: a database that was restored or failed over says what it lacks, and gets it again. Rows stay in the journal
 * until they are durable and older than the recovery window.
 */
import type { Journal, NumberedRecord } from '../journal/record.ts'
import type { Clock } from '../kernel/clock.ts'
import { pauseOf, type Pause } from '../kernel/slices.ts'
import type { Timers } from '../kernel/timers.ts'

export interface CarryOptions {
  readonly journal: Journal
  readonly clock: Clock
  readonly timers: Timers
  /** Between slices; a turn of the event loop where absent. */
  readonly pause?: Pause
  /** Durable and idempotent; resolves with the database's watermark for this journal. */
  readonly ship: (records: readonly NumberedRecord[]) => Promise<number>
  readonly watermark: () => Promise<number>
  /** Called after something was shipped. */
  readonly shipped: () => void
  readonly failed: (cause: unknown) => void
  /** Records shipped at once. Whatever the load, what each batch costs the database by itself is shared by its records. */
  readonly batch?: number
  /** How long a record waits for others to travel with; a full batch leaves within a fifth of it. */
  readonly everyMs?: number
  /** How long confirmed rows stay, for a database that is restored from a backup. */
  readonly recoveryWindowMs?: number
}

export interface Carrier {
  /** Records not yet confirmed by the database. */
  readonly unshipped: () => number
  /** Milliseconds for which the oldest of them has waited; undefined where none does. */
  readonly oldestUnshippedMs: () => number | undefined
  /** Resolves when all that is in the journal now has been shipped; rejects where the database does not take it. */
  readonly flush: () => Promise<void>
  /** After a reconnect: the database may have been restored from a backup, so its watermark is read again. */
  readonly reread: () => void
  readonly stop: () => void
}

const forgetEveryMs = 60_000
const ticksPerTurn = 5

export function carryJournal(options: CarryOptions): Carrier {
  const { journal, timers, clock, batch = 2_000, everyMs = 1_000, recoveryWindowMs = 7 * 24 * 3_600_000 } = options
  let mark: number | undefined
  let running: Promise<void> | undefined
  let waitUntil = 0
  let again = false
  let failures = 0
  let ticks = 0

  async function carry(): Promise<void> {
    // Never ahead of what this very file knows to be confirmed: should it have been copied, the overlap shows it.
    mark ??= Math.min(await options.watermark(), journal.confirmed())
    // What comes meanwhile waits for its own turn: chasing it would ship a few records at a time.
    const target = journal.last()
    while (mark < target) {
      const records = await readInSteps(options, mark, batch)
      const last = records.at(-1)
      if (last === undefined) {
        mark = journal.last()
        break
      }
      // The answer may lie before what was sent: a database restored from a backup asks for what it lacks. Where it lies
      // beyond, a copy of this journal has shipped records of its own under these numbers; ours have to arrive all the same.
      mark = Math.min(await options.ship(records), last.sequence)
      journal.confirm(mark)
      options.shipped()
    }
    failures = 0
  }

  const run = (): Promise<void> => {
    running ??= carry().finally(() => {
      running = undefined
      if (again) mark = undefined
      again = false
    })
    return running
  }
  const attempt = (): void => {
    ticks += 1
    const waiting = mark === undefined ? Infinity : journal.last() - mark
    if (running !== undefined || clock.monotonic() < waitUntil || waiting <= 0 || (waiting < batch && ticks % ticksPerTurn !== 0)) return
    run().catch((cause: unknown) => {
      mark = undefined
      failures += 1
      waitUntil = clock.monotonic() + Math.min(10_000, everyMs * 2 ** failures)
      options.failed(cause)
    })
  }
  const stops = [
    timers.every(everyMs / ticksPerTurn, attempt),
    timers.every(forgetEveryMs, () => void (mark !== undefined && forget(options, mark, clock.now() - recoveryWindowMs))),
  ]
  return {
    oldestUnshippedMs: () => (mark !== undefined && mark >= journal.last() ? undefined : waitedMs(journal, mark ?? 0, clock)),
    unshipped: () => (mark === undefined ? journal.last() : journal.last() - mark),
    flush: async () => {
      await running
      await run()
    },
    reread: () => {
      if (running === undefined) mark = undefined
      else again = true
    },
    stop: () => stops.forEach((stop) => stop()),
  }
}

/** Rows read between two pauses: calls wait for it. */
const stepRows = 500

async function readInSteps({ journal, timers, pause = pauseOf(timers) }: CarryOptions, mark: number, batch: number): Promise<readonly NumberedRecord[]> {
  const records: NumberedRecord[] = []
  for (;;) {
    const wanted = Math.min(stepRows, batch - records.length)
    const rows = journal.after(records.at(-1)?.sequence ?? mark, wanted)
    records.push(...rows)
    if (rows.length < wanted || records.length === batch) return records
    await pause()
  }
}

function forget({ journal, failed }: CarryOptions, mark: number, before: number): void {
  try {
    journal.forget(mark, before)
  } catch (cause) {
    // A full disk: the rows stay until there is room to note that they are gone.
    failed(cause)
  }
}

/** How long the first record after `mark` has waited. */
function waitedMs(journal: Journal, mark: number, clock: Clock): number | undefined {
  const [first] = journal.after(mark, 1)
  return first === undefined ? undefined : Math.max(0, clock.now() - (JSON.parse(first.body) as { readonly at: number }).at)
}
