/** Amounts, counts and times as the reader's language writes them. */
import { useMemo } from 'react'
import { type Language, useLanguage } from './language.ts'

export interface Format {
  /** Small amounts keep three significant digits: a call costs fractions of a cent. */
  readonly money: (amount: string, currency: string) => string
  readonly count: (value: number) => string
  /** A decimal with all its digits. */
  readonly decimal: (text: string) => string
  /** 12.4K, 3.1M. */
  readonly short: (value: number) => string
  readonly percent: (ratio: number) => string
  readonly time: (iso: string | number) => string
  readonly moment: (iso: string | number) => string
  readonly date: (iso: string | number) => string
  readonly month: (iso: string | number) => string
  /** Starts of buckets, in UTC. */
  readonly day: (ms: number) => string
  readonly hour: (ms: number) => string
  readonly duration: (ms: number) => string
  readonly ago: (iso: string) => string
}

const locales: Readonly<Record<Language, string>> = { en: 'en-GB', it: 'it-IT' }

/** Decimal text goes in as it is, so that nothing is rounded on the way. */
const exactly = (amount: string): number => amount as unknown as number

export function formatFor(language: Language): Format {
  const locale = locales[language]
  const cache = new Map<string, Intl.NumberFormat>()
  const money = (currency: string, small: boolean): Intl.NumberFormat => {
    const key = `${currency} ${String(small)}`
    let found = cache.get(key)
    if (found === undefined) cache.set(key, (found = new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'narrowSymbol', ...(small ? { maximumSignificantDigits: 3 } : { minimumFractionDigits: 2, maximumFractionDigits: 2 }) })))
    return found
  }
  const count = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const decimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 20 })
  const short = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 })
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 })
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
  const moment = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' })
  const date = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' })
  const month = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric' })
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' })
  const hour = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' })
  const at = (value: string | number): Date => new Date(value)
  return {
    money: (amount, currency) => {
      const size = Math.abs(Number(amount))
      // Whole cents are written as such; below that, three digits that mean something.
      return money(currency, size > 0 && size < 0.995 && !/^-?\d+(\.\d{1,2}0*)?$/.test(amount)).format(exactly(amount))
    },
    count: (value) => count.format(value),
    decimal: (text) => decimal.format(exactly(text)),
    short: (value) => (Math.abs(value) < 10_000 ? count.format(value) : short.format(value)),
    percent: (ratio) => percent.format(ratio),
    time: (iso) => time.format(at(iso)),
    moment: (iso) => moment.format(at(iso)),
    date: (iso) => date.format(at(iso)),
    month: (iso) => month.format(at(iso)),
    day: (ms) => day.format(ms),
    hour: (ms) => hour.format(ms),
    duration: (ms) => (ms < 1_000 ? `${count.format(Math.round(ms))} ms` : ms < 60_000 ? `${new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }).format(ms / 1_000)} s` : `${count.format(ms / 60_000)} min`),
    ago: (iso) => {
      const seconds = (at(iso).getTime() - Date.now()) / 1_000
      const [value, unit] = Math.abs(seconds) < 60 ? [seconds, 'second'] as const : Math.abs(seconds) < 3_600 ? [seconds / 60, 'minute'] as const : Math.abs(seconds) < 86_400 ? [seconds / 3_600, 'hour'] as const : [seconds / 86_400, 'day'] as const
      return relative.format(Math.round(value), unit)
    },
  }
}

export function useFormat(): Format {
  const language = useLanguage()
  return useMemo(() => formatFor(language), [language])
}
