/**
 * Prompts of an exact number of tokens, without a tokenizer at run time. Each word here is one token of o200k_base, at the
 * start of a text and after a space, and the encoding splits at every space before it merges; so n words are n tokens.
 * A test holds every word to it.
 */
import { wholeBelow, type Random } from '../../kernel/random.ts'

export const words: readonly string[] = `time year people way day man thing woman life child world school state family student group
country problem hand part place case week company system program question work government number night point home water room mother area
money story fact month lot right study book eye job word business issue side kind head house service friend father power hour game line
end member law car city community name team minute idea kid body information back parent face others level office door health person art
war history party result change reason research girl air teacher force education foot boy age policy process music market sense nation
plan college interest death experience effect use class control care field development role rate heart drug show leader light voice wife
mind price report decision son view relation town road arm difference value building action season tax director position player record
paper space ground form event official matter center site project activity star table need court oil cost industry figure street image
phone data picture practice piece land product doctor wall patient worker news test movie north love support step film tree source hair
chance summer rest river measure bridge stone green blue round early late short long high low open close large small`.split(/\s+/)

/** The first words say which run and which call this is, so that no two long prompts begin alike and no cache makes them cheaper. */
const headWords = 6

const bodyWords = 16_384

export interface Prompts {
  /** A text of exactly `tokens` tokens, ASCII letters and spaces only. Zero: the empty text. */
  readonly of: (tokens: number, call: number) => string
}

export function makePrompts(random: Random): Prompts {
  const word = (): string => words[wholeBelow(random, words.length)] ?? 'time'
  const run = [word(), word(), word()]
  let body = ''
  const ends: number[] = [0]
  for (let index = 0; index < bodyWords; index += 1) {
    body += ` ${word()}`
    ends.push(body.length)
  }
  /** `count` words, each after a space. */
  const tail = (count: number): string => {
    let text = ''
    let left = count
    for (; left > bodyWords; left -= bodyWords) text += body
    return text + body.slice(0, ends[left])
  }
  return {
    of: (tokens, call) => {
      if (tokens === 0) return ''
      const head = [...run, ...digits(call)].slice(0, Math.min(tokens, headWords)).join(' ')
      return head + tail(tokens - Math.min(tokens, headWords))
    },
  }
}

/** A number as three words: different for the first nine million calls. */
const digits = (call: number): string[] => [call, Math.floor(call / words.length), Math.floor(call / words.length ** 2)].map((digit) => words[digit % words.length] ?? 'time')
