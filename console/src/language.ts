/** The language of the page. Words stand beside the page that says them, English and Italian side by side. */
import { useSyncExternalStore } from 'react'

export type Language = 'en' | 'it'

const place = 'weir.language'
const listeners = new Set<() => void>()

function initial(): Language {
  const kept = localStorage.getItem(place)
  if (kept === 'en' || kept === 'it') return kept
  return navigator.language.toLowerCase().startsWith('it') ? 'it' : 'en'
}

let present: Language = initial()
document.documentElement.lang = present

export function setLanguage(language: Language): void {
  present = language
  localStorage.setItem(place, language)
  document.documentElement.lang = language
  for (const listener of listeners) listener()
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useLanguage = (): Language => useSyncExternalStore(subscribe, () => present)

type Word = string | ((...values: never[]) => string)
export type Words = Readonly<Record<string, readonly [english: Word, italian: Word]>>
export type Spoken<W extends Words> = { readonly [K in keyof W]: W[K][0] extends string ? string : W[K][0] }

const spoken = new WeakMap<Words, Partial<Record<Language, object>>>()

/** A page's words in the present language. */
export function useWords<const W extends Words>(words: W): Spoken<W> {
  const language = useLanguage()
  let known = spoken.get(words)
  if (known === undefined) spoken.set(words, (known = {}))
  known[language] ??= Object.fromEntries(Object.entries(words).map(([key, pair]) => [key, pair[language === 'en' ? 0 : 1]]))
  return known[language] as Spoken<W>
}
