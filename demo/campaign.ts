/**
 * A campaign as a buyer's laboratory might run it: forty keys, five prompts each, all asking for tasks to train a model
 * with, under a purpose that says captions. On no single key is there enough to see; the detector joins what acts as one.
 * The prompts are made here, from a few words.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Person } from './case-talk.ts'
import { restrictionOf } from './case-talk.ts'
import type { Stage } from './chapter.ts'
import { ask, post, type Answer } from './talk.ts'
import { served, until } from './until.ts'
import { runWeir } from './weir-command.ts'
import type { WeirProcess } from './weir-process.ts'

export const campaignKeys = Array.from({ length: 40 }, (_, at) => ({ name: `lab-${at + 1}`, secret: `sk-weir-demo-buyer-lab-${String(at + 1).padStart(4, '0')}` }))
export const productKeys = Array.from({ length: 3 }, (_, at) => ({ name: `product-${at + 1}`, secret: `sk-weir-demo-buyer-product-${at + 1}` }))
export const purpose = 'captions'

const pick = (list: readonly string[], at: number): string => list[at % list.length] ?? ''

const places = ['a quiet river', 'the harbour at dawn', 'a market in the rain', 'our garden', 'the old bridge', 'a mountain hut', 'the night train', 'a field of barley', 'the town square', 'a beach in winter', 'the library stairs']
const moods = ['calm', 'funny', 'short', 'warm', 'plain', 'dreamy', 'proud']
const asks = ['Write a caption for a photo of', 'One line, please, for my picture of', 'What could I write under a photo of', 'A caption with a wink for', 'Describe in ten words', 'Suggest a title for the picture of']
const subjects = ['arithmetic', 'history', 'cooking', 'grammar', 'music', 'law', 'gardening', 'astronomy', 'sport', 'travel', 'medicine']
const verbs = ['explaining', 'comparing', 'rewriting', 'sorting', 'translating', 'proving', 'planning']

const caption = (at: number): string => `${pick(asks, at)} ${pick(places, at * 7 + 3)}. It should sound ${pick(moods, at * 5 + 1)}${at % 3 === 0 ? `, and mention the number ${at + 2}` : ''}.`
const taskPrompt = (at: number): string =>
  `You build training data. Come up with ten diverse instructions about ${pick(subjects, at)}, each with an input and an ideal answer, using ${pick(verbs, at * 3 + 1)} and ${pick(verbs, at * 5 + 2)}. Number them, vary their length, do not repeat a verb, and return them as JSON lines. Batch ${at}.`

const send = (weir: WeirProcess, key: string, content: string): Promise<Answer> =>
  post(`${weir.url}/v1/chat/completions`, { authorization: `Bearer ${key}` }, { model: 'gpt-4.1', max_tokens: 4, messages: [{ role: 'user', content }] })

/** So many at a time, each answered with 200. */
async function sendAll(weir: WeirProcess, prompts: readonly { readonly key: string; readonly content: string }[]): Promise<void> {
  for (let at = 0; at < prompts.length; at += 20) {
    const answers = await Promise.all(prompts.slice(at, at + 20).map(({ key, content }) => send(weir, key, content)))
    for (const answer of answers) assert.equal(answer.status, 200, answer.text)
  }
}

interface Card { readonly kind: string; readonly keys: readonly string[]; readonly calls: number; readonly score: number | null; readonly threshold: number; readonly says: readonly string[]; readonly mismatch: readonly string[] }
interface Signal { readonly id: string; readonly state: string; readonly case: string | null; readonly card: Card; readonly error_rates: { readonly falseAlarms: readonly { readonly hits: number; readonly of: number; readonly high: number }[] } }
interface List { readonly data: readonly Signal[]; readonly coverage: { readonly calls: number; readonly sketched: number; readonly dropped: number } }

const read = async (weir: WeirProcess, token: string): Promise<List> => (await ask(`${weir.url}/admin/v1/signals`, token)) as List

/** The case's throttle bites within two seconds: a share of the calls is refused, and told why. */
async function throttled({ say }: Stage, weir: WeirProcess, who: Person, id: string): Promise<void> {
  const about = { organization: 'buyer', project: 'lab' }
  const grounds = { clause: 'oai.extract', says: 'Forty keys ask for training data under a purpose that says captions.', evidence: [id] }
  await who.does(`cases/${id}/restrictions`, { kind: 'block_export', scope: about, ...grounds })
  const gate = await post(`${weir.url}/admin/v1/datasets`, { authorization: `Bearer ${who.token}` }, { name: 'harvest', organization: 'buyer', purpose, calls: { projects: ['lab'] } })
  const stopped = (JSON.parse(gate.text) as { error?: { code: string; message: string } }).error
  assert.deepEqual([gate.status, stopped?.code, stopped?.message.includes(id)], [403, 'restricted', true], gate.text)
  say(`  a person blocks exports: ${stopped?.message ?? ''}`)
  const done = await who.does(`cases/${id}/restrictions`, { kind: 'throttle', percent: 25, scope: about, ...grounds })
  assert.equal(restrictionOf(done, 'throttle').status, 'in-force')
  const key = campaignKeys[0]?.secret ?? ''
  const refused = await until('a throttled call', () => send(weir, key, taskPrompt(900)), ({ status }) => status === 429)
  const { error } = JSON.parse(refused.text) as { error: { code: string; message: string } }
  assert.deepEqual([error.code, refused.headers['retry-after'], error.message.includes(id)], ['throttled', '10', true], refused.text)
  const statuses: number[] = []
  for (let at = 0; at < 20; at += 1) statuses.push((await send(weir, key, taskPrompt(901 + at))).status)
  assert.deepEqual(statuses.filter((status) => status === 200).length, 5, 'a quarter of twenty')
  const product = await send(weir, productKeys[0]?.secret ?? '', caption(1))
  assert.equal(product.status, 200)
  say(`  and throttles the laboratory to 25 %: of 20 calls 5 pass, 15 get 429 with Retry-After; the product's keys work on`)
}

/** A round may come while prompts still arrive: the case opens on the keys seen so far, and its signal grows with the others. */
const whole = (one: Signal): boolean => one.case !== null && one.card.keys.length === campaignKeys.length

interface Stated { readonly keys: readonly string[]; readonly statement: { readonly leaves: readonly string[]; readonly totals: readonly { readonly phase: string; readonly calls: number; readonly attempts: number; readonly input: string; readonly output: string }[] } }

/** To what extent: the customer's statement counts every call, and anybody with the public key counts again. */
async function extent({ say }: Stage, weir: WeirProcess, who: Person, folder: string, calls: number): Promise<void> {
  const read = async (): Promise<Stated> => (await ask(`${weir.url}/admin/v1/terms/statement?organization=buyer&from=2026-01-01T00:00:00Z&to=2100-01-01T00:00:00Z`, who.token)) as Stated
  const product = ({ statement }: Stated): Stated['statement']['totals'][number] | undefined => statement.totals.find(({ phase }) => phase === 'product')
  const stated = await until('the statement of all calls', read, (one) => product(one)?.calls === calls)
  writeFileSync(join(folder, 'extent.json'), JSON.stringify(stated.statement))
  const verified = await runWeir(['verify', 'extent.json', '--key', stated.keys[0] ?? ''], { folder })
  assert.equal(verified.code, 0, verified.out + verified.note)
  const whole = stated.statement.totals.reduce((sum, row) => sum + row.calls, 0)
  assert.equal(stated.statement.totals.reduce((sum, row) => sum + row.attempts, 0), stated.statement.leaves.length, 'every attempt is a leaf that is disclosed')
  say(`  the customer's statement of use, verified with the public key alone: ${calls} of ${whole} calls under the purpose, ${product(stated)?.input ?? ''} tokens in, ${product(stated)?.output ?? ''} out; ${campaignKeys.length * promptsEach} of them are the campaign's`)
}

const promptsEach = 5

export async function campaign(stage: Stage, weir: WeirProcess, who: Person, folder: string): Promise<void> {
  const { say } = stage
  const registered = await post(`${weir.url}/admin/v1/terms/records/purposes`, { authorization: `Bearer ${who.token}` },
    { id: purpose, organization: 'buyer', says: 'Captions for photos', phase: 'product', dataClass: 'internal', owner: 'product', expiresMs: Date.parse('2030-01-01T00:00:00Z') })
  assert.equal(registered.status, 201, registered.text)
  await served(weir.url, who.token)
  const ordinary = Array.from({ length: 150 }, (_, at) => ({ key: productKeys[at % productKeys.length]?.secret ?? '', content: caption(at) }))
  await sendAll(weir, ordinary)
  await until('ordinary traffic', () => read(weir, who.token), ({ coverage }) => coverage.sketched >= ordinary.length)
  assert.deepEqual((await read(weir, who.token)).data, [], 'ordinary traffic raises nothing')
  say(`${ordinary.length} ordinary calls of the product are the purpose's baseline: no signal.`)
  const lab = campaignKeys.flatMap(({ secret: key }, at) => Array.from({ length: promptsEach }, (_, each) => ({ key, content: taskPrompt(at * promptsEach + each) })))
  await sendAll(weir, lab)
  say(`${campaignKeys.length} keys of the laboratory send ${lab.length} prompts, five each, under the same purpose:`)
  const { data, coverage } = await until('a case', () => read(weir, who.token), (list) => list.data.some(whole))
  const found = data.find(whole)
  const { card } = found ?? { card: undefined }
  assert.ok(found?.case !== null && found !== undefined && card !== undefined)
  assert.equal(card.calls, lab.length, 'all of the campaign\'s calls, and none of the product\'s')
  assert.deepEqual([card.kind, card.keys.length, (card.score ?? 0) >= card.threshold, coverage.dropped], ['cluster', campaignKeys.length, true, 0])
  say(`  they are joined into one cluster; its prompts lie ${(card.score ?? 0).toFixed(0)} standard deviations off, ${card.threshold} is the threshold`)
  for (const sentence of card.says.slice(1)) say(`  ${sentence}`)
  const [alarms] = found.error_rates.falseAlarms
  say(`  beside it stands how often that is wrong: ${alarms?.hits ?? '?'} of ${alarms?.of ?? '?'} ordinary windows`)
  const opened = (await ask(`${weir.url}/admin/v1/cases/${found.case}`, who.token)) as { state: string; source: string; restrictions: readonly { kind: string; automatic: boolean; ends: string | null }[] }
  assert.deepEqual([opened.state, opened.source, opened.restrictions.map(({ kind, automatic, ends }) => [kind, automatic, ends !== null])], ['triage', 'detector', [['watch', true, true]]])
  say('  it opens a case for a person and watches the laboratory for 72 hours; more it may not do by itself')
  await extent(stage, weir, who, folder, ordinary.length + lab.length)
  await throttled(stage, weir, who, found.case)
}
