/**
 * Text of an exact length in tokens. Every word below is one token of o200k_base in each form used here: after a space,
 * capitalised after a space, and capitalised at the start of a text; so are the full stop and the comma after a word.
 * Because the encoding never merges across those borders, joining n pieces gives n tokens.
 */
import { type Random, wholeBelow } from '../../kernel/random.ts'

/** A piece of output and how many tokens it is: one, except where a character spans several tokens. */
export interface Piece {
  readonly text: string
  readonly tokens: number
}

const words: readonly string[] = (
  'river water stream current flow level measure bank bridge gate stone field rain spring summer winter light shadow market paper ' +
  'letter number table window garden forest engine signal record account balance journal price contract model answer question reason ' +
  'method system service report figure season weather circle square corner middle center border north south east west early late ' +
  'quick slow deep wide clear dark bright quiet warm cold small large open closed simple common public private local global modern ' +
  'plain known given taken found built made held sent read write listen watch carry follow lead turn move stand rest begin end ' +
  'rise fall grow change hold keep pass cross reach meet join part share count test check plan build draw mark name call ' +
  'ask tell show give take bring send find lose win save pay sell buy trade'
).split(' ')

const inner: readonly Piece[] = words.map((word) => ({ text: ` ${word}`, tokens: 1 }))
const capital = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`
const opening: readonly Piece[] = words.map((word) => ({ text: capital(word), tokens: 1 }))
const sentence: readonly Piece[] = words.map((word) => ({ text: ` ${capital(word)}`, tokens: 1 }))
const stop: Piece = { text: '.', tokens: 1 }
const comma: Piece = { text: ',', tokens: 1 }

const pick = (random: Random, from: readonly Piece[]): Piece => from[wholeBelow(random, from.length)] as Piece

/** Sentences of exactly `tokens` tokens; the last ends with a full stop where there is room. */
export function writeWords(random: Random, tokens: number): Piece[] {
  const pieces: Piece[] = []
  let until = 6 + wholeBelow(random, 9)
  let sinceStop = 0
  while (pieces.length < tokens) {
    const left = tokens - pieces.length
    if (sinceStop === 0) pieces.push(pick(random, pieces.length === 0 ? opening : sentence))
    else if (left === 1 || (sinceStop >= until && left > 2)) {
      pieces.push(stop)
      until = 6 + wholeBelow(random, 9)
      sinceStop = -1
    } else if (sinceStop === 4 && until > 11 && left > 2) pieces.push(comma)
    else pieces.push(pick(random, inner))
    sinceStop += 1
  }
  return pieces
}
