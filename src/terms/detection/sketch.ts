/**
 * What is kept of a prompt: no text, but a vector of hashed words and word pairs, and a signature that near-duplicates
 * share. Recipe: reference "Terms and proof" §6 (2026-11-23). A sketch cannot be read back as a text; whoever has a guess
 * of the text can test it, so a sketch is less than content and more than nothing.
 */

/** Dimensions of the hashed vector. */
export const dimensions = 1_024
/** Two bits a dimension. */
export const vectorBytes = dimensions / 4
/** Words of a prompt that count; what comes later is left out. */
export const wordsMax = 300
/** Rows of the signature, and how many of them make a band: prompts that share a band are near-duplicates. */
const rows = 64
const rowsInBand = 4
export const bandCount = rows / rowsInBand

export interface Sketch {
  /**
   * Signs of the hashed words and pairs: 1, −1, or 0 where nothing fell. Signs and not counts: what a prompt repeats says
   * less than what it holds, and counts let one long prompt drown a window (measured in docs/detection.md).
   * Packed: a bit for each 1, then a bit for each −1.
   */
  readonly vector: Uint8Array
  /** Hashes of the signature's bands. */
  readonly bands: Uint32Array
  /** Words that were counted. */
  readonly words: number
}

const fnvStart = 0x811c9dc5
const fnvPrime = 0x01000193

/** Spreads a hash over all its bits (the finalizer of MurmurHash3): FNV leaves the low bits of short words alike. */
function spread(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

const isLetter = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 95 || code >= 0xc0
/** Scripts that write no spaces: each character is a word of its own. */
const isOwnWord = (code: number): boolean => code >= 0x2e80 && code < 0xd7b0

/** FNV-1a hashes of the first words of a text, lower-cased. Written as one loop over characters: it runs for each call. */
export function wordHashes(text: string, max = wordsMax): Uint32Array {
  const found = new Uint32Array(max)
  let count = 0
  let hash = fnvStart
  let inside = false
  for (let at = 0; at <= text.length && count < max; at += 1) {
    let code = at < text.length ? text.charCodeAt(at) : 32
    if (code >= 65 && code <= 90) code += 32
    const letter = isLetter(code)
    if (inside && (!letter || isOwnWord(code))) {
      found[count++] = spread(hash)
      hash = fnvStart
      inside = false
      if (count === max) break
    }
    if (!letter) continue
    hash = Math.imul(hash ^ code, fnvPrime)
    inside = true
    if (!isOwnWord(code)) continue
    found[count++] = spread(hash)
    hash = fnvStart
    inside = false
  }
  return found.subarray(0, count)
}

const pairHash = (first: number, second: number): number => spread(Math.imul(first, 31) ^ second)

/** One odd factor for each row of the signature: multiplying permutes 32-bit hashes. */
const factors = Uint32Array.from({ length: rows }, (_, row) => spread(row + 1) | 1)

/** MinHash: for each permutation the smallest of the shingles' hashes. Two texts agree in a row as often as their shingles overlap. */
function signature(shingles: Uint32Array): Uint32Array {
  const least = new Uint32Array(rows).fill(0xffffffff)
  for (const shingle of shingles) {
    for (let row = 0; row < rows; row += 1) {
      const hash = Math.imul(shingle, factors[row] ?? 1) >>> 0
      if (hash < (least[row] ?? 0)) least[row] = hash
    }
  }
  return least
}

function bandsOf(least: Uint32Array): Uint32Array {
  const bands = new Uint32Array(bandCount)
  for (let band = 0; band < bandCount; band += 1) {
    let hash = fnvStart ^ band
    for (let row = 0; row < rowsInBand; row += 1) hash = Math.imul(hash ^ (least[band * rowsInBand + row] ?? 0), fnvPrime)
    bands[band] = spread(hash)
  }
  return bands
}

function packed(counts: Int16Array): Uint8Array {
  const vector = new Uint8Array(vectorBytes)
  for (let slot = 0; slot < dimensions; slot += 1) {
    const count = counts[slot] as number
    if (count === 0) continue
    const at = (slot >> 3) + (count > 0 ? 0 : vectorBytes / 2)
    vector[at] = (vector[at] as number) | (1 << (slot & 7))
  }
  return vector
}

/** A sketch of a prompt; undefined where it has no words. */
export function sketchOf(text: string): Sketch | undefined {
  const words = wordHashes(text)
  if (words.length === 0) return undefined
  const counts = new Int16Array(dimensions)
  const pairs = new Uint32Array(Math.max(1, words.length - 1))
  const add = (hash: number): void => {
    const slot = hash & (dimensions - 1)
    counts[slot] = (counts[slot] ?? 0) + (hash & 0x80000000 ? -1 : 1)
  }
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? 0
    add(word)
    if (at === 0) continue
    const pair = pairHash(words[at - 1] ?? 0, word)
    pairs[at - 1] = pair
    add(pair)
  }
  if (words.length === 1) pairs[0] = words[0] ?? 0
  return { vector: packed(counts), bands: bandsOf(signature(pairs)), words: words.length }
}
