import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

/** Crockford's base 32, lower case: sorts as the number does, reads aloud without doubt. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

function base32(value: number, digits: number): string {
  let text = ''
  let rest = value
  for (let index = 0; index < digits; index += 1) {
    text = alphabet[rest % 32] + text
    rest = Math.floor(rest / 32)
  }
  return text
}

/**
 * Ids that sort by time: 9 digits of milliseconds, then 80 random bits of which the low 25 count up within a process,
 * so that ids of one process never collide and ids of two processes do so with probability 2^-55 per pair and millisecond.
 * `uuidv7()` exists in PostgreSQL 18 only, so ids are made here (STACK.md, pitfall 16).
 */
export function idMaker(clock: Clock, random: Random): (prefix: string) => string {
  let counter = Math.floor(random.fraction() * 2 ** 24)
  let salt = ''
  let used = 2 ** 12
  let instant = -1
  let instantText = ''
  return (prefix) => {
    if (used === 2 ** 12) {
      salt = base32(Math.floor(random.fraction() * 2 ** 30), 6) + base32(Math.floor(random.fraction() * 2 ** 25), 5)
      used = 0
    }
    used += 1
    counter = (counter + 1) % 2 ** 25
    const now = clock.now()
    if (now !== instant) {
      instant = now
      instantText = base32(now, 9)
    }
    return `${prefix}_${instantText}${salt}${base32(counter, 5)}`
  }
}

export type MakeId = ReturnType<typeof idMaker>

/** The instant in an id that `idMaker` made, milliseconds; undefined where the text is no such id. */
export function timeOfId(id: string): number | undefined {
  const digits = /^[a-z]+_([0-9a-hjkmnp-tv-z]{9})[0-9a-hjkmnp-tv-z]{16}$/.exec(id)?.[1]
  if (digits === undefined) return undefined
  let value = 0
  for (const digit of digits) value = value * 32 + alphabet.indexOf(digit)
  return value
}
