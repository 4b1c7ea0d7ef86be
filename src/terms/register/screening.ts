/**
 * Party screening: lists of names that somebody has to look at before business is done with them, and the parties that
 * carry such a name. Lists are brought from outside (a sanctions list, a maker's list of barred entities) and kept as
 * versions; a hit is a lead for a person, never a refusal by itself. Needs counsel's sign-off.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'

export const screeningListSchema = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$/),
  /** Who publishes it, and where. */
  source: z.string().min(1),
  asOf: z.string().min(4),
  entries: z.array(z.strictObject({ reference: z.string().min(1), name: z.string().min(1), aliases: z.array(z.string().min(1)).default([]), countries: z.array(z.string().length(2)).default([]) })).min(1).max(200_000),
})
export type ScreeningList = z.infer<typeof screeningListSchema>

/** A party that we deal with, under each of its names. */
export interface ScreenedParty { readonly kind: 'organization' | 'party' | 'maker' | 'channel' | 'supplier'; readonly id: string; readonly names: readonly string[] }

export interface Hit {
  /** Same list entry and same party: the same hit, whatever the list's version. */
  readonly id: string
  readonly list: string
  readonly reference: string
  readonly listed: string
  readonly party: ScreenedParty
  readonly name: string
  /** `same`: the names are equal; `words`: they hold the same words in another order. */
  readonly how: 'same' | 'words'
}

/** Legal forms say nothing about who somebody is. */
const forms = new Set(['inc', 'incorporated', 'corp', 'corporation', 'co', 'company', 'ltd', 'limited', 'llc', 'llp', 'plc', 'gmbh', 'ag', 'kg', 'se', 'sa', 'sas', 'sarl', 'srl', 'spa', 'bv', 'nv', 'oy', 'ab', 'as', 'pte', 'pty', 'kk', 'oao', 'ooo', 'pao', 'jsc'])

/** A name's words: without accents, case, punctuation and legal forms. */
export function wordsOf(name: string): readonly string[] {
  const words = name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '')
  const telling = words.filter((word) => !forms.has(word))
  return telling.length > 0 ? telling : words
}

const hitId = (list: string, reference: string, party: ScreenedParty): string => `hit_${createHash('sha256').update(JSON.stringify([list, reference, party.kind, party.id])).digest('hex').slice(0, 24)}`

/** All hits of all lists, in the order of the lists. */
export function screen(lists: readonly ScreeningList[], parties: readonly ScreenedParty[]): Hit[] {
  const names = parties.flatMap((party) => [...new Set(party.names)].map((name) => ({ party, name, words: wordsOf(name) }))).filter(({ words }) => words.length > 0)
  const byText = Map.groupBy(names, ({ words }) => words.join(' '))
  const bySet = Map.groupBy(names, ({ words }) => words.toSorted().join(' '))
  const hits = new Map<string, Hit>()
  for (const list of lists) {
    for (const entry of list.entries) {
      for (const listed of [entry.name, ...entry.aliases]) {
        const words = wordsOf(listed)
        const same = byText.get(words.join(' ')) ?? []
        const found = [...same.map((one) => ({ ...one, how: 'same' as const })), ...(bySet.get(words.toSorted().join(' ')) ?? []).filter((one) => !same.includes(one)).map((one) => ({ ...one, how: 'words' as const }))]
        for (const { party, name, how } of found) {
          const id = hitId(list.id, entry.reference, party)
          if (!hits.has(id)) hits.set(id, { id, list: list.id, reference: entry.reference, listed, party, name, how })
        }
      }
    }
  }
  return [...hits.values()]
}

/** What a person made of a hit. */
export const reviewSchema = z.strictObject({ decision: z.enum(['cleared', 'confirmed']), says: z.string().min(10, 'say why, in ten characters or more') })
