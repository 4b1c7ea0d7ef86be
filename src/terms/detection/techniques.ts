/**
 * Rules that name a technique: what published ways of making training data from a model ask for, in words. A rule gives
 * the reason that a drift cannot give. They miss whoever phrases it otherwise, and 30 % of a blend is below their bar.
 * Techniques: reference "Terms and proof" §6, design 3 (2026-11-23); phrasings after the published papers named beside each.
 */
import { wilson, type Share } from './share.ts'

export interface Technique {
  readonly name: string
  /** What it asks for, as the score card says it. */
  readonly says: string
  readonly pattern: RegExp
}

/** The order is the order of bits in a stored sketch: new ones go to the end. */
export const techniques: readonly Technique[] = [
  // Self-Instruct (Wang and others, 2022): a set of new tasks from a few seeds.
  { name: 'task-generation', says: 'asks for sets of new tasks or instructions', pattern: /\b(?:come up with|generate|create|write|produce|invent)\b[^.\n]{0,60}\b(?:diverse|new|different|various|novel|unique)\b[^.\n]{0,40}\b(?:instructions|tasks|prompts|questions)\b/i },
  // Evol-Instruct (Xu and others, 2023): the given prompt, made harder.
  { name: 'prompt-rewriting', says: 'has given prompts rewritten into harder ones', pattern: /\brewrite\b[^\n]{0,80}\bprompt\b|#(?:the )?given prompt#|\brewritten prompt\b|\bmake (?:the|this) (?:instruction|prompt) (?:more complex|harder)\b/i },
  // Orca (Mukherjee and others, 2023): the teacher's reasoning, spelled out.
  { name: 'reasoning-elicitation', says: 'asks for reasoning to be spelled out', pattern: /\b(?:think|reason|explain)\b[^.\n]{0,30}\bstep[- ]by[- ]step\b|\bchain[- ]of[- ]thought\b|\b(?:show|write out|include) (?:all |all of )?your (?:reasoning|thought process)\b|\bjustify your (?:steps|answer)\b/i },
  // MT-Bench and AlpacaEval judges (Zheng and others, 2023).
  { name: 'judging', says: 'has answers compared or graded by a rubric', pattern: /\bimpartial judge\b|\bwhich (?:response|answer|assistant|output) is better\b|\b(?:rate|score|grade)\b[^.\n]{0,60}\b(?:response|answer|output)s?\b[^.\n]{0,60}\b(?:scale|1 ?(?:to|-|–) ?(?:5|10)|rubric|criteria)\b/i },
  // Toolformer (Schick and others, 2023): texts annotated with calls of tools.
  { name: 'tool-annotation', says: 'collects calls of tools as annotations', pattern: /\btoolformer\b|\b(?:insert|annotate|add)\b[^.\n]{0,40}\bapi calls?\b[^.\n]{0,40}\b(?:text|sentence|passage)\b/i },
  { name: 'training-rows', says: 'asks for rows of training data', pattern: /\b(?:generate|create|write|produce|make)\b[^.\n]{0,60}\b(?:training|fine-?tuning|instruction[- ]tuning)\b[^.\n]{0,30}\b(?:data|examples|pairs|samples|rows|dataset)\b|\binstruction[- ](?:response|output|answer) pairs?\b/i },
]

/** Characters of a prompt that rules read. */
const readMax = 4_000

/** Techniques that a text names, as bits. */
export function techniquesIn(text: string): number {
  const read = text.length > readMax ? text.slice(0, readMax) : text
  let bits = 0
  for (let at = 0; at < techniques.length; at += 1) if (techniques[at]?.pattern.test(read) === true) bits |= 1 << at
  return bits
}

export interface TechniqueShare extends Share {
  readonly name: string
  readonly says: string
}

/** Share of a window's prompts below which ordinary traffic may well lie: a rule hits where the share is surely above. */
export const ruleShare = 0.1

/** Techniques that occur in a window, the most frequent first. */
export function techniqueShares(masks: readonly number[]): TechniqueShare[] {
  return techniques
    .map(({ name, says }, bit) => ({ name, says, ...wilson(masks.filter((mask) => (mask & (1 << bit)) !== 0).length, masks.length) }))
    .filter(({ hits }) => hits > 0)
    .toSorted((a, b) => b.hits - a.hits)
}

/** A technique hits where even the lower end of its interval lies above what ordinary traffic shows. */
export const ruleHits = (shares: readonly TechniqueShare[]): readonly TechniqueShare[] => shares.filter(({ low }) => low > ruleShare)
