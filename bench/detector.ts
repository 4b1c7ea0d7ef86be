/**
 * What detection of misuse costs: prompts a second that one core turns into sketches (text out of a request's JSON, vector,
 * signature, rules), and how long a score takes. A fresh process per row, the median of five. Run: `npm exec -- node bench/detector.ts`.
 * The prompts are made here: 20 to 250 words.
 */
import { spawnSync } from 'node:child_process'
import { parseRecord } from '../src/dialects/json-fields.ts'
import { askedSettings, promptText } from '../src/dialects/prompt-text.ts'
import { seededRandom, wholeBelow, type Random } from '../src/kernel/random.ts'
import { discrepancyScore, embed, referenceOf } from '../src/terms/detection/discrepancy.ts'
import { sketchOf } from '../src/terms/detection/sketch.ts'
import { techniquesIn } from '../src/terms/detection/techniques.ts'
import { fingerprints } from '../src/terms/detection/winnow.ts'
import { question } from '../test/detection/made-prompts.ts'

const prompt = (random: Random): string => Array.from({ length: 1 + wholeBelow(random, 9) }, () => question(random)).join(' ')
const random = seededRandom(1)
const texts = Array.from({ length: 5_000 }, () => prompt(random))
const bodies = texts.map((content) => Buffer.from(JSON.stringify({ model: 'gpt-4.1', messages: [{ role: 'system', content: 'You help.' }, { role: 'user', content }] })))

function sketch(body: Buffer): void {
  const record = parseRecord(body.toString('utf8'))
  const text = record === undefined ? undefined : promptText(record)
  if (record === undefined || text === undefined) return
  sketchOf(text)
  askedSettings(record)
  techniquesIn(text)
}

const vectors = texts.slice(0, 1_200).flatMap((text) => sketchOf(text)?.vector ?? [])

/** What is done once, and how many units that is. */
const works: Readonly<Record<string, { readonly unit: string; readonly units: number; readonly run: () => void }>> = {
  'request to sketch': { unit: 'prompts/s', units: bodies.length, run: () => bodies.forEach(sketch) },
  'text to sketch': { unit: 'prompts/s', units: texts.length, run: () => texts.forEach((text) => void sketchOf(text)) },
  'rules alone': { unit: 'prompts/s', units: texts.length, run: () => texts.forEach((text) => void techniquesIn(text)) },
  'winnowing': { unit: 'texts/s', units: texts.length, run: () => texts.forEach((text) => void fingerprints(text)) },
  'reference of 1,000': { unit: 'a second', units: 1, run: () => void referenceOf(vectors.slice(0, 1_000)) },
  'window of 200 against it': { unit: 'a second', units: 20, run: () => { for (let at = 0; at < 20; at += 1) void discrepancyScore(embed(vectors.slice(1_000)), ready()) } },
}

let made: ReturnType<typeof referenceOf> | undefined
const ready = (): ReturnType<typeof referenceOf> => (made ??= referenceOf(vectors.slice(0, 1_000)))

function measure(name: string): void {
  const work = works[name]
  if (work === undefined) throw new Error(`no work ${name}`)
  const rates: number[] = []
  for (let round = 0; round < 7; round += 1) {
    const before = process.cpuUsage()
    work.run()
    const { user, system } = process.cpuUsage(before)
    // CPU time and not the wall's: others may use the machine.
    if (round >= 2) rates.push((work.units / (user + system)) * 1_000_000)
  }
  const median = rates.toSorted((a, b) => a - b)[2] ?? 0
  console.log(`${name.padEnd(26)} ${Math.round(median).toLocaleString('en').padStart(9)} ${work.unit}`)
}

const [name] = process.argv.slice(2)
if (name !== undefined) measure(name)
else {
  const words = texts.map((text) => text.split(' ').length).toSorted((a, b) => a - b)
  console.log(`${texts.length} prompts of ${words[0] ?? 0} to ${words.at(-1) ?? 0} words, median ${words[words.length / 2] ?? 0}; per second of CPU`)
  for (const each of Object.keys(works)) spawnSync(process.execPath, [import.meta.filename, each], { stdio: 'inherit' })
}
