/** Light, dark, or as the system says. */
import { useSyncExternalStore } from 'react'

export type Appearance = 'system' | 'light' | 'dark'

const place = 'weir.appearance'
const listeners = new Set<() => void>()
const system = matchMedia('(prefers-color-scheme: dark)')
const kept = localStorage.getItem(place)
let present: Appearance = kept === 'light' || kept === 'dark' ? kept : 'system'

function show(): void {
  const dark = present === 'dark' || (present === 'system' && system.matches)
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light'
  for (const listener of listeners) listener()
}

system.addEventListener('change', show)
show()

export function setAppearance(appearance: Appearance): void {
  present = appearance
  localStorage.setItem(place, appearance)
  show()
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useAppearance = (): Appearance => useSyncExternalStore(subscribe, () => present)
/** What is shown now: charts are drawn anew when it changes. */
export const useTheme = (): string => useSyncExternalStore(subscribe, () => document.documentElement.dataset['theme'] ?? 'light')
