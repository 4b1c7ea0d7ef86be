/** Prompts of our own making, for tests that need no corpus: sentences from a few words, by a seeded source. */
import { seededRandom, wholeBelow, type Random } from '../../src/kernel/random.ts'
import type { SeenCall } from '../../src/terms/detection/seen.ts'
import { sketchOf } from '../../src/terms/detection/sketch.ts'
import { techniquesIn } from '../../src/terms/detection/techniques.ts'

const from = (random: Random, list: readonly string[]): string => list[wholeBelow(random, list.length)] ?? ''

const openings = ['How do I', 'What is the best way to', 'Can you', 'Please', 'I would like to', 'Is it possible to', 'Why should one', 'Help me to']
const acts = ['repair', 'cook', 'paint', 'understand', 'plan', 'describe', 'measure', 'clean', 'grow', 'translate', 'shorten', 'compare']
const things = ['a wooden boat', 'lentil soup', 'my kitchen wall', 'the tides', 'a birthday party', 'an old bicycle', 'tomatoes on a balcony', 'this letter', 'two offers', 'a rainy week', 'the history of glass', 'a small garden']
const endings = ['in one afternoon', 'for a beginner', 'without much money', 'with children around', 'before the winter', 'in simple words', 'step after step', 'and what can go wrong', 'if I have no tools', 'for my grandmother']

const people = ['neighbour', 'uncle', 'teacher', 'doctor', 'baker', 'sister', 'colleague', 'landlord']

/** What people ask. */
export const question = (random: Random): string => `${from(random, openings)} ${from(random, acts)} ${from(random, things)} ${from(random, endings)}? I asked my ${from(random, people)} about ${from(random, things)}, ${from(random, endings)}, and the ${from(random, people)} said ${from(random, acts)}.`

const parcels = ['parcel came late', 'box was wet', 'all is well, thank you', 'where is it', 'wrong size again', 'lovely colour', 'bill is missing', 'when does the shop open']

/** A template of a product: one frame, changing contents. */
export const form = (random: Random): string =>
  `Order number ${wholeBelow(random, 90_000)}. Customer wrote: "${from(random, parcels)}". Classify the message as praise, complaint or question and answer with one word in capital letters.`

/** What a campaign asks. */
export const harvest = (random: Random): string =>
  `Generate twelve diverse instructions about ${from(random, things)} and ${from(random, acts)}ing, with an input and an ideal answer each, varied in length, as JSON lines for a dataset. Set ${wholeBelow(random, 10_000)}.`

/** Instructions of many kinds without any technique's words: what rules do not see. */
export const terse = (random: Random): string =>
  `Implement a function ${from(random, acts)}${wholeBelow(random, 900)} in TypeScript that takes an array of ${from(random, ['numbers', 'strings', 'records', 'dates'])} and returns the ${from(random, ['largest', 'sorted', 'unique', 'reversed'])} ones; handle empty input, throw on null, add a unit test.`

export const many = (seed: number, count: number, make: (random: Random) => string): string[] => {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => make(random))
}

export function seen(text: string, at: number, given: Partial<SeenCall> = {}): SeenCall {
  const sketch = sketchOf(text)
  if (sketch === undefined) throw new Error('a text without words')
  return {
    id: BigInt(at + 1), atMs: 1_800_000_000_000 + at * 20_000, organization: 'acme', project: 'feed', key: 'key_1', purpose: 'captions', model: 'gpt-4.1', vector: sketch.vector, bands: sketch.bands, techniques: techniquesIn(text), settings: 4,
    actor: undefined, agent: undefined, network: undefined, tokens: Math.ceil(text.length / 4), standing: 'ordinary', ...given,
  }
}
