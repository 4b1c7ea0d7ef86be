/** Widths at which layouts change, as Tailwind has them, for what is drawn by code. */
import { useSyncExternalStore } from 'react'

const widths = { sm: 640, md: 768, lg: 1024, xl: 1280 } as const
export type Media = Readonly<Record<keyof typeof widths, boolean>>

const queries = Object.entries(widths).map(([name, width]) => [name, matchMedia(`(min-width: ${width}px)`)] as const)
const read = (): Media => Object.fromEntries(queries.map(([name, query]) => [name, query.matches])) as Media
let present = read()
const listeners = new Set<() => void>()
for (const [, query] of queries) {
  query.addEventListener('change', () => {
    present = read()
    for (const listener of listeners) listener()
  })
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useMedia = (): Media => useSyncExternalStore(subscribe, () => present)
