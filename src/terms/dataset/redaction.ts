/**
 * Personal data out of text before it becomes a dataset: a declared rule set for what has a form that can be checked, and
 * libphonenumber-js for telephone numbers. Names, postal addresses and anything told in prose are not found: see the
 * decision record of 2026-11-23. The rule set's digest goes into the manifest, so that a reader knows what was looked for.
 */
import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { findPhoneNumbersInText, isSupportedCountry } from 'libphonenumber-js'
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

/** An address with enough of it to be no name of a program (`a::b`) and no time of day. */
const ipv6Holds = (text: string): boolean => isIPv6(text) && /\d/.test(text) && text.replaceAll(':', '').length >= 5

const octetsHold = (text: string): boolean => text.split('.').every((part) => Number(part) <= 255)

/** In the order in which they are applied: what is longer and surer comes first. */
export const redactionRules: readonly RedactionRule[] = [
  { name: 'secret', mark: '[secret]', pattern: /\b(?:sk|pk|rk|ghp|gho|xox[abp]|wadm|AKIA|AIza)[-_A-Za-z0-9]{16,}\b|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/g },
  { name: 'credentials in a URL', mark: '[credentials]', pattern: /(?<=\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+:[^\s/@]+(?=@)/gi },
  { name: 'email', mark: '[email]', pattern: /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}/gu },
  { name: 'iban', mark: '[iban]', pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/gi, holds: ibanHolds },
  { name: 'payment card', mark: '[card]', pattern: /\b\d(?:[ -]?\d){12,18}\b/g, holds: luhnHolds },
  { name: 'us social security number', mark: '[ssn]', pattern: /\b(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}\b/g },
  { name: 'ip address', mark: '[ip]', pattern: /\b\d{1,3}(?:\.\d{1,3}){3}\b/g, holds: octetsHold },
  { name: 'ip address', mark: '[ip]', pattern: /(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])/gi, holds: ipv6Holds },
]

/** Whether telephone numbers without a country code can be read as those of a country: ISO 3166-1, two capitals. */
export const isTelephoneCountry = (country: string): boolean => isSupportedCountry(country)

export interface Redacted { readonly text: string; readonly found: Readonly<Record<string, number>> }

/** What is not written out: soft hyphens, marks of direction, joiners. */
const unseen = /\p{Cf}/u
const dash = /\p{Pd}/gu

interface Folded {
  readonly text: string
  /** Where each character of the text, and its end, lies in what was folded. */
  readonly at: readonly number[]
}

/** A text as the rules read it: wide and other forms of letters and digits as plain ones, any dash as a hyphen, nothing unseen. */
function folded(text: string): Folded | undefined {
  if (!/[^\0-\x7f]/.test(text)) return undefined
  const at: number[] = []
  let plain = ''
  let place = 0
  for (const letter of text) {
    const form = unseen.test(letter) ? '' : letter.normalize('NFKC').replaceAll(dash, '-')
    for (let each = 0; each < form.length; each += 1) at.push(place)
    plain += form
    place += letter.length
  }
  return plain === text ? undefined : { text: plain, at: [...at, place] }
}

interface Span { readonly name: string; readonly mark: string; readonly start: number; readonly end: number }

/** The longest run of a match's groups that holds: what follows a number, or comes before it, may look like a part of it. */
function holding(match: string, holds: (text: string) => boolean): { readonly start: number; readonly end: number } | undefined {
  const groups = [...match.matchAll(/[^ -]+/g)].map((group) => ({ start: group.index, end: group.index + group[0].length }))
  for (let width = groups.length; width > 0; width -= 1) {
    for (let first = 0; first + width <= groups.length; first += 1) {
      const [from, to] = [groups[first]?.start ?? 0, groups[first + width - 1]?.end ?? 0]
      if (holds(match.slice(from, to))) return { start: from, end: to }
    }
  }
  return undefined
}

/** What the rules find, none over another, in the order of their places. */
function spansOf(text: string, country: string | undefined): Span[] {
  const spans: Span[] = []
  // What was found is blanked, so that a later rule finds nothing in it.
  let left = text
  const take = (span: Span): void => {
    spans.push(span)
    left = `${left.slice(0, span.start)}${'\n'.repeat(span.end - span.start)}${left.slice(span.end)}`
  }
  for (const { name, mark, pattern, holds } of redactionRules) {
    for (const match of left.matchAll(pattern)) {
      const found = holds === undefined ? { start: 0, end: match[0].length } : holding(match[0], holds)
      if (found !== undefined) take({ name, mark, start: match.index + found.start, end: match.index + found.end })
    }
  }
  for (const { startsAt, endsAt } of findPhoneNumbersInText(left, country === undefined ? undefined : { defaultCountry: country as CountryCode })) take({ name: 'telephone', mark: '[telephone]', start: startsAt, end: endsAt })
  return spans.toSorted((a, b) => a.start - b.start)
}

/** Puts marks in place of what the rules find. `country` reads telephone numbers without a country code. */
export function redact(text: string, country?: string): Redacted {
  const read = folded(text)
  const found: Record<string, number> = {}
  let [out, done] = ['', 0]
  for (const { name, mark, start, end } of spansOf(read?.text ?? text, country)) {
    found[name] = (found[name] ?? 0) + 1
    const [from, to] = read === undefined ? [start, end] : [read.at[start] ?? 0, read.at[end] ?? text.length]
    out += `${text.slice(done, from)}${mark}`
    done = to
  }
  return { text: out + text.slice(done), found }
}

/** Digest of the rule set: names, marks and patterns, how texts are read, and the library that finds telephone numbers. */
export const redactionDigest: string = createHash('sha256')
  .update(JSON.stringify([...redactionRules.map(({ name, mark, pattern }) => [name, mark, pattern.source, pattern.flags]), ['reading', 'NFKC, dashes as hyphens, without format characters'], ['telephone', '[telephone]', 'libphonenumber-js 1.13.16']])).digest('hex')

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
