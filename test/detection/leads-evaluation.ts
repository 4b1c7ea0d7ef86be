/** How well winnowing finds edited copies, and how often it names unseen text of the same kind. */
import { seededRandom, wholeBelow, type Random } from '../../src/kernel/random.ts'
import { wilson, type Share } from '../../src/terms/detection/share.ts'
import { containment, fingerprints, leadShare } from '../../src/terms/detection/winnow.ts'
import { shuffled, texts, type Family } from './corpus.ts'

export interface LeadRates {
  readonly text: string
  readonly atLeast: number
  /** 10, 20, 30, 40, 50 % of the words replaced. */
  readonly replaced: readonly Share[]
  readonly dropped: Share
  readonly unrelated: Share
}

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '')

function replaceWords(random: Random, text: string, others: readonly string[], percent: number): string {
  return wordsOf(text).map((word) => (random.fraction() * 100 < percent ? others[wholeBelow(random, others.length)] ?? word : word)).join(' ')
}

const dropThird = (text: string): string => text.split(/(?<=[.!?\n])\s+/).filter((_, at) => at % 3 !== 2).join(' ')

function ratesOf(random: Random, text: string, family: Family, atLeast: number, max: number): LeadRates {
  const all = texts(family).filter((each) => wordsOf(each).length >= 40)
  const order = shuffled(random, all)
  const [sources, unseen] = [order.slice(0, Math.min(max, Math.floor(order.length / 2))), order.slice(Math.floor(order.length / 2)).slice(0, max)]
  const marks = sources.map(fingerprints)
  const vocabulary = all.flatMap(wordsOf)
  const finds = (edited: (source: string) => string): Share => {
    const hits = sources.filter((source, at) => containment(fingerprints(edited(source)), marks[at] ?? new Set()) >= atLeast)
    return wilson(hits.length, sources.length)
  }
  return {
    text, atLeast, replaced: [10, 20, 30, 40, 50].map((percent) => finds((source) => replaceWords(random, source, vocabulary, percent))), dropped: finds(dropThird),
    unrelated: wilson(unseen.filter((each) => { const own = fingerprints(each); return marks.some((source) => containment(own, source) >= atLeast) }).length, unseen.length),
  }
}

export function evaluateLeads(seed: number): LeadRates[] {
  const random = seededRandom(seed)
  return [ratesOf(random, 'prose and mixed (human-en)', 'human-en', leadShare.prose, 150), ratesOf(random, 'code tasks (harvest-code)', 'harvest-code', leadShare.prose, 150), ratesOf(random, 'code tasks (harvest-code)', 'harvest-code', leadShare.code, 150)]
}
