/** The present minute, for pages that ask about spans up to now. */
import { useSyncExternalStore } from 'react'

const minuteMs = 60_000
let minute = Math.floor(Date.now() / minuteMs)
const listeners = new Set<() => void>()
setInterval(() => {
  const now = Math.floor(Date.now() / minuteMs)
  if (now === minute) return
  minute = now
  for (const listener of listeners) listener()
}, 1_000)

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Milliseconds at which the present minute began. */
export const useMinute = (): number => useSyncExternalStore(subscribe, () => minute) * minuteMs
