/**
 * The live events of the server: one connection for the whole page, read with fetch like every other answer.
 * Keeps the latest calls for whoever looks, and has the books read again when they have moved on.
 */
import { useSyncExternalStore } from 'react'
import { open, Problem, type Answer } from './api.ts'
import { refreshBooks } from './queries.ts'

type Message = Answer<'GET /admin/v1/live'>
export type LiveCall = Extract<Message, { readonly kind: 'calls' }>['calls'][number]

export interface Live {
  readonly connected: boolean
  /** The latest first. */
  readonly calls: readonly LiveCall[]
  /** Calls that ended since this page was opened. */
  readonly seen: number
  /** Calls in each of the last 60 seconds, the oldest first. */
  readonly perSecond: readonly number[]
  /** Grows with every posting. */
  readonly postings: number
}

const keptCalls = 300
const secondsKept = 60
/** However often books move on, they are read again at most this often. */
const refreshEveryMs = 1_500

const none: readonly number[] = Array.from({ length: secondsKept }, () => 0)
let present: Live = { connected: false, calls: [], seen: 0, perSecond: none, postings: 0 }
const listeners = new Set<() => void>()
const counts = new Map<number, number>()

function become(change: Partial<Live>): void {
  present = { ...present, ...change }
  for (const listener of listeners) listener()
}

function secondsNow(): readonly number[] {
  const now = Math.floor(Date.now() / 1_000)
  for (const second of counts.keys()) if (second <= now - secondsKept) counts.delete(second)
  return counts.size === 0 ? none : Array.from({ length: secondsKept }, (_, index) => counts.get(now - secondsKept + 1 + index) ?? 0)
}

let refreshAt = 0
function refreshSoon(): void {
  if (refreshAt > Date.now()) return
  const wait = Math.max(50, refreshAt + refreshEveryMs - Date.now())
  refreshAt = Date.now() + wait
  setTimeout(() => void refreshBooks(), wait)
}

function take(message: Message): void {
  if (message.kind === 'posted') {
    refreshSoon()
    become({ postings: present.postings + 1 })
    return
  }
  const second = Math.floor(Date.now() / 1_000)
  counts.set(second, (counts.get(second) ?? 0) + message.count)
  become({ calls: [...message.calls.toReversed(), ...present.calls].slice(0, keptCalls), seen: present.seen + message.count, perSecond: secondsNow() })
}

async function follow(signal: AbortSignal): Promise<void> {
  const response = await open('GET /admin/v1/live', {}, { signal })
  become({ connected: true })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const part = await reader?.read()
    if (part === undefined || part.done) return
    const events = (rest + part.value).split('\n\n')
    rest = events.pop() ?? ''
    for (const event of events) if (event.startsWith('data: ')) take(JSON.parse(event.slice(6)) as Message)
  }
}

/** Connects until stopped; after a loss it waits a little longer each time, and reads the books again when it is back. */
export function connectLive(): () => void {
  const stop = new AbortController()
  let failures = 0
  const tick = setInterval(() => {
    if (present.perSecond !== none) become({ perSecond: secondsNow() })
  }, 1_000)
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        await follow(stop.signal)
        failures = 0
      } catch (cause) {
        if (stop.signal.aborted) return
        if (cause instanceof Problem && (cause.status === 401 || cause.status === 403)) return
        failures += 1
      }
      become({ connected: false })
      await new Promise((resolve) => setTimeout(resolve, Math.min(15_000, 500 * 2 ** failures)))
      refreshSoon()
    }
  }
  void run()
  return () => {
    stop.abort()
    clearInterval(tick)
    counts.clear()
    present = { connected: false, calls: [], seen: 0, perSecond: none, postings: 0 }
  }
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useLive = (): Live => useSyncExternalStore(subscribe, () => present)
