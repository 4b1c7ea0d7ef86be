/**
 * Fingerprints that survive editing: of all hashes of five words in a row, the smallest in each window of four is kept
 * (Schleimer, Wilkerson and Aiken, "Winnowing", SIGMOD 2003), so that any run of eight equal words leaves a common one.
 * What they find is a lead for a person, with the error table of docs/detection.md; it proves nothing about a row.
 */
import { wordHashes } from './sketch.ts'

const shingleWords = 5
const windowShingles = 4
/** Words of a text that are fingerprinted; what comes later is left out. */
const wordsMax = 4_000

const mix = (hash: number, word: number): number => {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1)
  return (mixed ^ (mixed >>> 15)) >>> 0
}

/** The fingerprints of a text; none where it has fewer than eight words. */
export function fingerprints(text: string): ReadonlySet<number> {
  const words = wordHashes(text, wordsMax)
  const shingles: number[] = []
  for (let at = 0; at + shingleWords <= words.length; at += 1) {
    let hash = 0
    for (let offset = 0; offset < shingleWords; offset += 1) hash = mix(hash, words[at + offset] ?? 0)
    shingles.push(hash)
  }
  const kept = new Set<number>()
  for (let at = 0; at + windowShingles <= shingles.length; at += 1) {
    let least = Number.POSITIVE_INFINITY
    for (let offset = 0; offset < windowShingles; offset += 1) least = Math.min(least, shingles[at + offset] ?? least)
    kept.add(least)
  }
  return kept
}

/** Fingerprints as bytes: ascending, four bytes each, so that equal sets are equal bytes. */
export function packFingerprints(marks: ReadonlySet<number>): Buffer {
  const packed = Buffer.allocUnsafe(marks.size * 4)
  Uint32Array.from(marks).sort().forEach((mark, at) => packed.writeUInt32BE(mark, at * 4))
  return packed
}

export const unpackFingerprints = (packed: Buffer): ReadonlySet<number> => new Set(Array.from({ length: packed.length >> 2 }, (_, at) => packed.readUInt32BE(at * 4)))

/** Share of a text's fingerprints that occur in another. */
export function containment(of: ReadonlySet<number>, within: ReadonlySet<number>): number {
  if (of.size === 0) return 0
  let common = 0
  for (const one of of) if (within.has(one)) common += 1
  return common / of.size
}

/** Code repeats itself from author to author, so it needs a higher share than prose (reference "Terms and proof" §5.5, 2026-11-23). */
export const leadShare = { prose: 0.05, code: 0.25 } as const

/** Whether a text looks like program code: marks that prose hardly has. */
export const looksLikeCode = (text: string): boolean => (text.match(/[{};=<>()]|\b(?:def|function|return|import|class|SELECT)\b/g)?.length ?? 0) * 25 > text.length

export interface Lead {
  /** Number of the row in the file, from 0. */
  readonly row: number
  /** The captured call whose answer it resembles most. */
  readonly call: string
  readonly share: number
  readonly text: 'prose' | 'code'
}

/** Rows with the same fingerprints: as one, or repeating a copy would make boilerplate of it and hide it. */
interface Alike { readonly marks: ReadonlySet<number>; readonly kind: Lead['text']; readonly rows: number[] }

/** Words of a text that is compared as a whole; a longer one is compared in pieces, or what is put around a copy would hide it. */
export const wholeWordsMax = 600
export const pieceWords = 400
/** Pieces overlap, so that a copy that one of them cuts lies in the other. */
const pieceStep = 300

/** A text, or its pieces where it is long. */
export function piecesOf(text: string): readonly string[] {
  const words = text.split(/\s+/)
  if (words.length <= wholeWordsMax) return [text]
  return Array.from({ length: Math.ceil((words.length - pieceWords) / pieceStep) + 1 }, (_, at) => words.slice(at * pieceStep, at * pieceStep + pieceWords).join(' '))
}

function alikeIn(rows: readonly string[]): readonly Alike[] {
  const found = new Map<string, Alike>()
  for (const [row, text] of rows.flatMap((whole, at) => piecesOf(whole).map((piece) => [at, piece] as const))) {
    const marks = fingerprints(text)
    const kind = looksLikeCode(text) ? 'code' : 'prose'
    const name = `${kind} ${packFingerprints(marks).toString('base64')}`
    const known = found.get(name)
    if (known === undefined) found.set(name, { marks, kind, rows: [row] })
    else known.rows.push(row)
  }
  return [...found.values()]
}

/** An index of rows that answers, source by source, which rows a source may have been copied into; `compare` says whether it is now the likeliest of any. */
export function rowIndex(rows: readonly string[]): { readonly compare: (call: string, source: string) => boolean; readonly leads: () => readonly Lead[] } {
  const own = alikeIn(rows)
  const withMark = new Map<number, { readonly alike: Alike[]; texts: number }>()
  for (const one of own) {
    for (const mark of one.marks) {
      const known = withMark.get(mark)
      if (known === undefined) withMark.set(mark, { alike: [one], texts: 1 })
      else {
        // Pieces of one row stand one after the other, and count as the text that they are of.
        if (known.alike.at(-1)?.rows[0] !== one.rows[0]) known.texts += 1
        known.alike.push(one)
      }
    }
  }
  // A mark of many texts is boilerplate: it names no source.
  const boilerplate = Math.max(5, new Set(own.map(({ rows: [first] }) => first)).size * 0.02)
  const best = new Map<Alike, { readonly call: string; readonly share: number }>()
  return {
    compare: (call, source) => {
      const common = new Map<Alike, number>()
      let likeliest = false
      for (const mark of fingerprints(source)) {
        const found = withMark.get(mark)
        if (found !== undefined && found.texts <= boilerplate) for (const one of found.alike) common.set(one, (common.get(one) ?? 0) + 1)
      }
      for (const [one, count] of common) {
        const share = count / one.marks.size
        if (share < leadShare[one.kind] || share <= (best.get(one)?.share ?? 0)) continue
        best.set(one, { call, share })
        likeliest = true
      }
      return likeliest
    },
    leads: () => {
      const all = [...best].flatMap(([{ kind, rows: of }, { call, share }]) => of.map((row): Lead => ({ row, call, share, text: kind }))).toSorted((a, b) => b.share - a.share || a.row - b.row)
      // Of a row's pieces the likeliest stands for it.
      const seen = new Set<number>()
      return all.filter(({ row }) => !seen.has(row) && seen.add(row))
    },
  }
}
