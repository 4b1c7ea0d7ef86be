/** Prompts for measuring the detector, from a folder outside the repository: sketched once, never copied. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { wholeBelow, type Random } from '../../src/kernel/random.ts'
import { sketchOf } from '../../src/terms/detection/sketch.ts'
import { techniquesIn } from '../../src/terms/detection/techniques.ts'

export const folder = join(import.meta.dirname, '../../../shared/prompts')
export const hasCorpus = (): boolean => existsSync(join(folder, 'human-en.jsonl'))

export const distillation = ['selfinstruct-generation', 'harvest-code', 'harvest-roleplay', 'harvest-tool'] as const
export const ordinary = ['human-en', 'human-multilingual', 'templated-t0'] as const
export type Family = (typeof distillation)[number] | (typeof ordinary)[number]

export interface Prompt {
  readonly vector: Uint8Array
  readonly bands: Uint32Array
  readonly techniques: number
  /** Of templated prompts: which template. */
  readonly template: string
}

export const texts = (family: Family): string[] => lines(family).map(({ text }) => text)

const lines = (family: Family): { readonly id: string; readonly text: string }[] =>
  readFileSync(join(folder, `${family}.jsonl`), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { id: string; text: string })

export function prompts(family: Family): Prompt[] {
  return lines(family).flatMap(({ id, text }) => {
    const sketch = sketchOf(text)
    return sketch === undefined ? [] : [{ vector: sketch.vector, bands: sketch.bands, techniques: techniquesIn(text), template: id.split('/').slice(1, -1).join('/') }]
  })
}

/** A new order; drawing from its front is drawing without replacement. */
export function shuffled<T>(random: Random, values: readonly T[]): T[] {
  const order = [...values]
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = wholeBelow(random, at + 1)
    const held = order[at] as T
    order[at] = order[other] as T
    order[other] = held
  }
  return order
}
