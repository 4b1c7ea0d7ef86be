/**
 * Personal data out of text before it becomes a dataset: a declared rule set for what has a form that can be checked, and
 * libphonenumber-js for telephone numbers. Names, postal addresses and anything told in prose are not found: see the
 * decision record of 2026-11-23. The rule set's digest goes into the manifest, so that a reader knows what was looked for.
 */
import { createHash } from 'node:crypto'
import { findPhoneNumbersInText } from 'libphonenumber-js'
import type { CountryCode } from 'libphonenumber-js'
import type { DatasetRow } from './gate.ts'

export interface RedactionRule {
  readonly name: string
  /** What stands in its place. */
  readonly mark: string
  readonly pattern: RegExp
  /** Tells a real one from digits that look like it. */
  readonly holds?: (text: string) => boolean
}

const digitsOf = (text: string): string => text.replaceAll(/\D/g, '')

/** Luhn's check digit (ISO/IEC 7812-1). */
export function luhnHolds(text: string): boolean {
  const digits = digitsOf(text)
  let sum = 0
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at])
    sum += at % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)
  }
  return digits.length >= 13 && digits.length <= 19 && sum % 10 === 0
}

/** Check digits of an IBAN (ISO 13616: modulo 97 is 1). */
export function ibanHolds(text: string): boolean {
  const plain = text.replaceAll(/\s/g, '').toUpperCase()
  if (plain.length < 15 || plain.length > 34) return false
  const moved = plain.slice(4) + plain.slice(0, 4)
  let rest = 0
  for (const letter of moved) rest = Number(`${rest}${parseInt(letter, 36)}`) % 97
  return rest === 1
}

const octetsHold = (text: string): boolean => text.split('.').every((part) => Number(part) <= 255)

/** In the order in which they are applied: what is longer and surer comes first. */
export const redactionRules: readonly RedactionRule[] = [
  { name: 'secret', mark: '[secret]', pattern: /\b(?:sk|pk|rk|ghp|gho|xox[abp]|wadm|AKIA|AIza)[-_A-Za-z0-9]{16,}\b|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/g },
  { name: 'credentials in a URL', mark: '[credentials]', pattern: /(?<=\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+:[^\s/@]+(?=@)/gi },
  { name: 'email', mark: '[email]', pattern: /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}/gu },
  { name: 'iban', mark: '[iban]', pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/g, holds: ibanHolds },
  { name: 'payment card', mark: '[card]', pattern: /\b\d(?:[ -]?\d){12,18}\b/g, holds: luhnHolds },
  { name: 'us social security number', mark: '[ssn]', pattern: /\b(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}\b/g },
  { name: 'ip address', mark: '[ip]', pattern: /\b\d{1,3}(?:\.\d{1,3}){3}\b/g, holds: octetsHold },
  { name: 'ip address', mark: '[ip]', pattern: /(?<![\w:])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![\w:])/gi },
]

export interface Redacted { readonly text: string; readonly found: Readonly<Record<string, number>> }

/** Puts marks in place of what the rules find. `country` reads telephone numbers without a country code. */
export function redact(text: string, country?: string): Redacted {
  const found: Record<string, number> = {}
  const count = (name: string): void => { found[name] = (found[name] ?? 0) + 1 }
  let out = text
  for (const { name, mark, pattern, holds } of redactionRules) {
    out = out.replace(pattern, (match) => {
      if (holds !== undefined && !holds(match)) return match
      count(name)
      return mark
    })
  }
  const numbers = findPhoneNumbersInText(out, country === undefined ? undefined : { defaultCountry: country as CountryCode })
  for (const { startsAt, endsAt } of numbers.toSorted((a, b) => b.startsAt - a.startsAt)) {
    count('telephone')
    out = `${out.slice(0, startsAt)}[telephone]${out.slice(endsAt)}`
  }
  return { text: out, found }
}

/** Digest of the rule set: names, marks and patterns, with the library that finds telephone numbers. */
export const redactionDigest: string = createHash('sha256')
  .update(JSON.stringify([...redactionRules.map(({ name, mark, pattern }) => [name, mark, pattern.source, pattern.flags]), ['telephone', '[telephone]', 'libphonenumber-js 1.13.16']])).digest('hex')

export interface RedactedRows { readonly rows: readonly DatasetRow[]; readonly changed: number; readonly found: Readonly<Record<string, number>> }

/** Redacts every message of every row. Receipts go on committing to the bytes as they were captured. */
export function redactRows(rows: readonly DatasetRow[], country?: string): RedactedRows {
  const found: Record<string, number> = {}
  let changed = 0
  const redacted = rows.map((row) => {
    const messages = row.messages.map(({ role, content }) => {
      const done = redact(content, country)
      for (const [name, times] of Object.entries(done.found)) found[name] = (found[name] ?? 0) + times
      return { role, content: done.text }
    })
    if (messages.some(({ content }, at) => content !== row.messages[at]?.content)) changed += 1
    return { ...row, messages }
  })
  return { rows: redacted, changed, found }
}
