/**
 * Step 11, for detection of misuse: after an answer has left, the call's body goes by a bounded queue to a worker that makes
 * sketches of it, and the sketches to the database. The call itself pays for one entry in a list. What is not looked at is
 * counted: beyond a key's share of a minute, or because the queue was full.
 */
import { headerText } from '../dialects/headers.ts'
import { askedWorker } from '../kernel/asked-worker.ts'
import type { Timers } from '../kernel/timers.ts'
import type { NewSketch, Tally } from '../terms/detection/sketch-store.ts'
import type { Call } from './call.ts'
import type { Intent } from './intent.ts'

/** What of a call goes to the worker. */
export interface TakenCall {
  readonly at: number
  readonly organization: string
  readonly project: string
  readonly key: string
  readonly purpose: string | undefined
  readonly model: string
  readonly body: Uint8Array
  readonly actor: string | undefined
  readonly agent: string | undefined
  readonly peer: string | undefined
}

export interface SketchIntake {
  /** Takes a served call and answers at once. */
  readonly take: (call: Call, intent: Intent) => void
  /** Resolves when all that was taken is stored, or was given up and told. */
  readonly settle: () => Promise<void>
  readonly close: () => Promise<void>
}

export interface SketchIntakeOptions {
  readonly timers: Timers
  /** Hides end users, networks and client software: the same on every node of an installation. */
  readonly salt: string
  /** Whether a case has a caller watched: then more of its calls are looked at. */
  readonly watched: (intent: Intent) => boolean
  readonly write: (sketches: readonly NewSketch[], tally: Tally) => Promise<void>
  readonly failed: (cause: unknown) => void
}

/** Calls of a key that are sketched in a minute; of one that is watched. */
export const sampledInMinute = 60
export const watchedInMinute = 1_200
const minuteMs = 60_000
const flushMs = 250
const batchMax = 500
/** What waits for the worker: beyond it calls are not looked at, and counted. */
const waitingMax = 5_000
const waitingBytesMax = 32 * 1024 * 1024
/** A larger body is not parsed for this. */
const bodyMax = 256 * 1024

const nothing: Tally = { calls: 0, sketched: 0, thinned: 0, dropped: 0, unread: 0 }

interface Made { readonly sketches: readonly NewSketch[]; readonly unread: number }

export function makeSketchIntake({ timers, salt, watched, write, failed }: SketchIntakeOptions): SketchIntake {
  const { ask: make, close } = askedWorker<readonly TakenCall[], Made>(new URL('./sketch-worker.ts', import.meta.url), { salt })
  let queue: TakenCall[] = []
  let bytes = 0
  let tally: { -readonly [K in keyof Tally]: Tally[K] } = { ...nothing }
  let minute = -1
  let taken = new Map<string, number>()
  let working: Promise<void> | undefined

  const flush = async (): Promise<void> => {
    while (queue.length > 0 || tally.calls > 0) {
      const batch = queue.slice(0, batchMax)
      queue = queue.slice(batchMax)
      const size = batch.reduce((sum, { body }) => sum + body.length, 0)
      const counted = tally
      tally = { ...nothing }
      try {
        const made = batch.length === 0 ? { sketches: [], unread: 0 } : await make(batch)
        await write(made.sketches, { ...counted, sketched: made.sketches.length, unread: counted.unread + made.unread })
      } catch (cause) {
        // The batch is lost and counted as such; calls and books do not depend on it.
        tally.dropped += batch.length
        tally.calls += counted.calls
        tally.thinned += counted.thinned
        tally.unread += counted.unread
        failed(cause)
        return
      } finally {
        bytes -= size
      }
    }
  }
  const work = (): Promise<void> => (working ??= flush().finally(() => { working = undefined }))
  const stop = timers.every(flushMs, () => { if (queue.length > 0 || tally.calls > 0) void work() })

  return {
    take: (call, intent) => {
      tally.calls += 1
      const { caller, model, ask } = intent
      const now = Math.floor(call.received / minuteMs)
      if (now !== minute) {
        minute = now
        taken = new Map()
      }
      const before = taken.get(caller.key) ?? 0
      if (before >= sampledInMinute && (before >= watchedInMinute || !watched(intent))) return void (tally.thinned += 1)
      if (call.body.length > bodyMax || !call.contentType.startsWith('application/json')) return void (tally.unread += 1)
      if (queue.length >= waitingMax || bytes + call.body.length > waitingBytesMax) return void (tally.dropped += 1)
      taken.set(caller.key, before + 1)
      bytes += call.body.length
      queue.push({
        at: call.received, organization: caller.organization, project: caller.project, key: caller.key, purpose: caller.purpose, model: model.name, body: call.body,
        actor: ask.endUser, agent: headerText(call.headers, 'user-agent'), peer: call.peer,
      })
    },
    settle: async () => {
      await working
      await work()
    },
    close: async () => {
      stop()
      await close()
    },
  }
}
